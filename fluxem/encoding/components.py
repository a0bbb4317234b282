"""The component block of VECTOR, MATRIX and POLYNOMIAL: many numbers in one vector.

    dim   8      q, the energy of the type fields (`fluxem.encoding.type_check`)
    dims  9-12   length, two more fields of the domain's own (rows and columns; ...), tier
    dims 16-127  signed base-1000 limbs, shared among the components: component i has the next `limbs` dims

The tier says how the 112 limbs are shared. It follows from the length, so that all vectors of one length add:

    up to components | limbs each | fractional digits | integer digits
            4        |     28     |        36         |       48
            8        |     14     |        18         |       24
           16        |      7     |         9         |       12
           28        |      4     |         6         |        6
           37        |      3     |         3         |        6
           56        |      2     |         3         |        3

A component with more digits is `out_of_range`, more components are `too_long`; nothing is rounded. Limbs of up
to 16,793 added encodings stay exact; the type check may refuse earlier, when q passes 2**22.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import chain
from typing import Final

import numpy as np

from fluxem.encoding.header import FloatArray
from fluxem.encoding.limbs import LimbFormat, read_limbs, write_limbs
from fluxem.encoding.number_block import Number, simplest
from fluxem.encoding.type_check import read_type, write_type
from fluxem.errors import DecodeError
from fluxem.vocabulary import FailureReason

FIELDS: Final = slice(9, 13)
FIRST: Final = 16
_CAPACITIES: Final = ((4, 28, 12), (8, 14, 6), (16, 7, 3), (28, 4, 2), (37, 3, 1), (56, 2, 1))
CAPACITY: Final = tuple(capacity for capacity, _, _ in _CAPACITIES)
"""How many components each tier holds."""
TIERS: Final = tuple(LimbFormat(limbs=n, fraction_limbs=f, digits=3) for _, n, f in _CAPACITIES)
"""How each tier writes one component."""
MAX_COMPONENTS: Final = CAPACITY[-1]
MAX_SUMMANDS: Final = TIERS[0].max_summands

Fields = tuple[int, int, int, int]
"""Length, two fields of the domain's own, tier."""


def tier_of(length: int) -> int:
    """The first tier that holds `length` components, 1 to 56."""
    return next(tier for tier, capacity in enumerate(CAPACITY) if length <= capacity)


def scale_components(values: Sequence[Number], tier: int) -> list[int] | None:
    """The components as the integers that the limbs of `tier` spell; None where one does not fit."""
    layout = TIERS[tier]
    scaled = []
    for value in values:
        whole, rest = divmod(value.numerator * layout.scale, value.denominator)
        if rest or abs(whole) >= layout.bound:
            return None
        scaled.append(whole)
    return scaled


def check_components(values: Sequence[Number]) -> tuple[FailureReason, str] | None:
    """Reason and detail where `values` do not fit the tier of their number; None where they do."""
    if not values:
        return FailureReason.INVALID_VALUE, "expected at least one component"
    if len(values) > MAX_COMPONENTS:
        return FailureReason.TOO_LONG, f"expected at most {MAX_COMPONENTS} components, got more"
    tier = tier_of(len(values))
    if scale_components(values, tier) is None:
        digits = TIERS[tier].digits
        fraction = digits * TIERS[tier].fraction_limbs
        whole = digits * TIERS[tier].limbs - fraction
        text = f"expected at most {whole} integer and {fraction} fractional digits in each of {len(values)} components"
        return FailureReason.OUT_OF_RANGE, text
    return None


def write_components(vectors: FloatArray, fields: Sequence[Fields], rows: Sequence[Sequence[Number]]) -> None:
    """Write type fields (n, 4) and the components of n rows, checked to fit, into `vectors` (n, 128)."""
    write_type(vectors, np.array(fields, dtype=np.float32), FIELDS)
    tiers = [tier for *_, tier in fields]
    for tier in set(tiers):
        layout = TIERS[tier]
        members = [row for row, own in enumerate(tiers) if own == tier]
        counts = [len(rows[row]) for row in members]
        scaled = [scale_components(rows[row], tier) or [] for row in members]
        limbs = np.zeros((sum(counts), layout.limbs), dtype=np.float32)
        write_limbs(limbs, list(chain.from_iterable(scaled)), layout)
        owner = np.repeat(members, counts)
        place = np.concatenate([np.arange(count) for count in counts]) * layout.limbs + FIRST
        vectors[owner[:, None], place[:, None] + np.arange(layout.limbs)] = limbs


def read_fields(vector: FloatArray, weight: int) -> Fields:
    """The type fields of one summand, checked: a tier that exists.

    Raises:
        TypeMismatchError: the summands differ in type.
        DecodeError: no fields that an encoding has.
    """
    length, first, second, tier = read_type(vector, FIELDS, weight)
    whole = all(field.denominator == 1 for field in (length, first, second, tier))
    if not whole or not 0 <= tier < len(TIERS) or not 1 <= length <= CAPACITY[int(tier)]:
        raise DecodeError(f"expected a length of 1 to {MAX_COMPONENTS} and its tier in dims 9-12")
    return int(length), int(first), int(second), int(tier)


def read_components(vector: FloatArray, count: int, tier: int) -> list[Number]:
    """The first `count` components of one encoding or of a raw sum.

    Raises:
        DecodeError: a limb is no exact integer.
    """
    layout = TIERS[tier]
    out: list[Number] = []
    for start in range(FIRST, FIRST + count * layout.limbs, layout.limbs):
        scaled = read_limbs(vector[start : start + layout.limbs], layout)
        if scaled is None:
            raise DecodeError("expected integers in dims 16-127: this is not a sum of encodings")
        out.append(simplest(Fraction(scaled, layout.scale)))
    return out


def component_order(order: Sequence[int], tier: int) -> list[int]:
    """The dims of the components in a new order, as an index into the dims from 16 on."""
    limbs = TIERS[tier].limbs
    return [FIRST + component * limbs + limb for component in order for limb in range(limbs)]


def place_blocks(vector: FloatArray, tier: int) -> FloatArray:
    """The limbs of all places of `tier`, float32 (capacity, limbs)."""
    capacity, limbs = CAPACITY[tier], TIERS[tier].limbs
    return vector[FIRST : FIRST + capacity * limbs].reshape(capacity, limbs)


def with_blocks(vector: FloatArray, tier: int, blocks: FloatArray) -> FloatArray:
    """`vector` with other limbs in the places of `tier`."""
    out = vector.copy()
    out[FIRST : FIRST + CAPACITY[tier] * TIERS[tier].limbs] = blocks.ravel()
    return out


def exact_components(value: object, limit: int | None = None) -> list[Number] | None:
    """The finite int, Fraction or float components of a list or tuple, exactly; None where it is none.

    With a `limit`, only so many are looked at: enough to know that there are too many.
    """
    if not isinstance(value, list | tuple):
        return None
    out: list[Number] = []
    for component in value[:limit]:
        if not isinstance(component, int | Fraction | float):
            return None
        if isinstance(component, float) and not math.isfinite(component):
            return None
        out.append(simplest(Fraction(component)))
    return out
