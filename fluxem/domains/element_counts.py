"""Counts of atoms, one dim an element: the payload of FORMULA, COMPOSITION and REACTION.

    dims 8-125  number of atoms of element Z = dim - 7
    dim  126    charge, in elementary charges
    dim  127    deuterium

The payload is literal: adding vectors adds counts, exactly, while every coordinate stays below 2**24.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import chain
from struct import Struct
from types import MappingProxyType
from typing import Final, TypeVar

import numpy as np

from fluxem.domains.elements import DEUTERIUM, ELEMENTS
from fluxem.encoding.header import EXACT_INTEGER_LIMIT, PAYLOAD, FloatArray
from fluxem.errors import DecodeError
from fluxem.vocabulary import FailureReason

Count = int | Fraction
N = TypeVar("N")

CHARGE: Final = "charge"
"""The key of the charge in a value."""

DIMS: Final[Mapping[str, int]] = MappingProxyType(
    {element.symbol: 7 + number for number, element in enumerate(ELEMENTS, start=1)} | {CHARGE: 126, DEUTERIUM: 127}
)
"""Dim of each key of a value."""

_DIM_OF: Final = dict(DIMS).__getitem__
_KEYS: Final = {dim: key for key, dim in DIMS.items()}


def write_counts(vectors: FloatArray, values: Sequence[Mapping[str, Count]], scale: int = 1) -> None:
    """Write the counts of n values, times `scale` (then whole), into the zeroed rows of `vectors` (n, 128)."""
    sizes = np.fromiter(map(len, values), dtype=np.intp, count=len(values))
    total = int(sizes.sum())
    rows = np.repeat(np.arange(len(values)), sizes)
    dims = np.fromiter(map(_DIM_OF, chain.from_iterable(values)), dtype=np.intp, count=total)
    counts = chain.from_iterable(value.values() for value in values)
    scaled = counts if scale == 1 else (int(count * scale) for count in counts)
    vectors[rows, dims] = np.fromiter(scaled, dtype=np.float64, count=total)


_COUNT: Final = Struct("=f")


def pack_counts(code: bytearray, value: Mapping[str, Count], scale: int = 1) -> None:
    """What `write_counts` writes of one value, into the bytes of a code."""
    for key, count in value.items():
        _COUNT.pack_into(code, 4 * _DIM_OF(key), count * scale)


def read_counts(vector: FloatArray) -> dict[str, int]:
    """The counts of one encoding or of a raw sum, without zeros, in Hill order, the charge last.

    Raises:
        DecodeError: there is no count, one is no integer or negative (but the charge), or is beyond the integers
            that float32 adds exactly.
    """
    payload = vector[PAYLOAD]
    found = np.flatnonzero(payload)
    counts = payload[found]
    atoms = found != DIMS[CHARGE] - PAYLOAD.start
    if not len(found) or (counts != np.rint(counts)).any() or (counts[atoms] < 0).any():
        raise DecodeError("expected whole counts of 0 or more in dims 8-127: this is not a sum of encodings")
    if (np.abs(counts) >= EXACT_INTEGER_LIMIT).any():
        raise DecodeError(
            f"expected counts below {EXACT_INTEGER_LIMIT}: beyond it the reading is not exact",
            FailureReason.LIMIT_EXCEEDED,
        )
    start = PAYLOAD.start
    pairs = zip(found.tolist(), counts.tolist(), strict=True)
    return in_hill_order({_KEYS[start + dim]: int(count) for dim, count in pairs})


def in_hill_order(counts: Mapping[str, N]) -> dict[str, N]:
    """`counts` with carbon first, hydrogen second, then by symbol (without carbon: all by symbol); charge last.

    Hill, J. Am. Chem. Soc. 22 (1900) 478. Deuterium stands with hydrogen.
    """
    return {key: counts[key] for key in hill_keys(counts)}


def hill_keys(keys: Iterable[str]) -> list[str]:
    """The keys of a value in the order of the Hill system."""
    wanted = set(keys)
    first = ("C", "H", DEUTERIUM) if "C" in wanted else ()
    return sorted(
        wanted, key=lambda key: (key == CHARGE, key not in first, first.index(key) if key in first else 0, key)
    )
