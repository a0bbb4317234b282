"""What brings every coordinate of a code to order 1: one power of two a coordinate and domain.

Powers of two keep a product exact, so scaling loses nothing and stays linear: the scaled sum is the sum of the scaled.
The exponents are chosen by what a coordinate holds (a base-100 limb needs 7 bits), once for all: a model is trained
with them. Where sizes differ by orders (a count of atoms, a day number), the exponent fits usual values, not the
largest possible ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from fluxem.vocabulary import VECTOR_DIM, DomainType

Block = tuple[int, int, int]
"""First dim, one behind the last, bits: the coordinates are divided by 2**bits."""

_LOG: Final[tuple[Block, ...]] = ((23, 24, 5), (24, 30, 8))
_LINEAR: Final[Block] = (64, 128, 7)
_TYPE: Final[tuple[Block, ...]] = ((8, 9, 3), (9, 20, 1))
_NUMBER: Final = (*_TYPE, *_LOG, _LINEAR)
_COMPONENTS: Final[tuple[Block, ...]] = ((8, 9, 6), (9, 13, 3), (16, 128, 10))
_SEQUENCE: Final[tuple[Block, ...]] = (
    (8, 9, 6), (9, 10, 2), (10, 14, 5), (14, 30, 3), (38, 50, 24), (64, 128, 8),
)  # fmt: skip
_CALENDAR: Final[tuple[Block, ...]] = (
    (8, 9, 16), (10, 11, 4), (11, 12, 14), (12, 13, 16), (13, 16, 10), (16, 17, 8), (32, 33, 11), (33, 34, 3),
    (34, 35, 4), (35, 36, 8), (44, 45, 4), (45, 47, 5),
)  # fmt: skip
_HARMONY: Final[tuple[Block, ...]] = ((8, 10, 2),)

BLOCKS: Final[dict[DomainType, Sequence[Block]]] = {
    DomainType.ARITHMETIC: (*_NUMBER, (32, 41, 2)),
    DomainType.QUANTITY: _NUMBER,
    DomainType.NUMBER: _NUMBER,
    DomainType.RATIONAL: (*_NUMBER, (32, 64, 7)),
    DomainType.COMPLEX: (*_LOG, (30, 36, 8), _LINEAR),
    DomainType.VECTOR: _COMPONENTS,
    DomainType.MATRIX: _COMPONENTS,
    DomainType.POLYNOMIAL: _COMPONENTS,
    DomainType.FORMULA: ((8, 126, 3), (126, 128, 1)),
    DomainType.COMPOSITION: ((8, 128, 10),),
    DomainType.REACTION: ((8, 128, 14),),
    DomainType.DNA: _SEQUENCE,
    DomainType.RNA: _SEQUENCE,
    DomainType.PROTEIN: ((8, 9, 7), (9, 36, 4), (36, 38, 4), (38, 50, 24), (64, 128, 20)),
    DomainType.PITCH: ((8, 9, 5), (9, 10, 6), (10, 11, 14), (30, 31, 0), (31, 32, 2), (32, 33, 2)),
    DomainType.CHORD: _HARMONY,
    DomainType.SCALE: _HARMONY,
    DomainType.DATE: _CALENDAR,
    DomainType.TIME: _CALENDAR,
    DomainType.DATETIME: _CALENDAR,
    DomainType.DURATION: _CALENDAR,
}
"""Dims that no block names hold flags and small counts, and stay as they are."""

DIGIT_DOMAINS: Final = frozenset(
    {DomainType.ARITHMETIC, DomainType.QUANTITY, DomainType.NUMBER, DomainType.RATIONAL, DomainType.COMPLEX}
)
"""Domains whose dims 64-127 are base-100 limbs."""

_READ_LOG: Final = slice(21, 30)
DERIVED: Final[dict[DomainType, slice]] = {
    DomainType.ARITHMETIC: _READ_LOG,
    DomainType.QUANTITY: _READ_LOG,
    DomainType.NUMBER: _READ_LOG,
    DomainType.RATIONAL: _READ_LOG,
    DomainType.COMPLEX: slice(22, 36),
}
"""Dims that follow from the linear part and that decoding does not read: logarithm, phase, signs. Nobody can predict 48
bits of a logarithm, and nobody needs to."""


def coordinate_scale() -> npt.NDArray[np.float32]:
    """(domains, 128) the factors, by domain id; TEXT, which has no code, has ones."""
    scale = np.ones((max(DomainType) + 1, VECTOR_DIM), dtype=np.float32)
    for domain, blocks in BLOCKS.items():
        for first, last, bits in blocks:
            scale[domain, first:last] = 2.0**-bits
    return scale


def decoded_coordinates() -> npt.NDArray[np.float32]:
    """(domains, 128) 1 at the coordinates that a readout must predict, 0 at those that follow from others."""
    kept = np.ones((max(DomainType) + 1, VECTOR_DIM), dtype=np.float32)
    for domain, dims in DERIVED.items():
        kept[domain, dims] = 0
    for domain in DIGIT_DOMAINS:  # whose limbs are predicted digit by digit
        kept[domain, _LINEAR[0] : _LINEAR[1]] = 0
    return kept
