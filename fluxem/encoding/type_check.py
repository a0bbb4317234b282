"""Type fields that check themselves under addition.

The fields t of an encoding (dimension exponents, a shape, ...) must agree before two encodings may be added.
They add like everything else, and dim 8 holds q = |t|**2. By the equality case of Cauchy-Schwarz, n summands
have equal fields if and only if `n * q_sum == |t_sum|**2`: one dim checks any number of fields. Fields are
integers or halves and q then whole quarters, so the test is done in integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from struct import Struct
from typing import Final

import numpy as np

from fluxem.encoding.header import FloatArray
from fluxem.errors import DecodeError, TypeMismatchError
from fluxem.vocabulary import FailureReason

ENERGY: Final = 8
"""The dim of q."""
MAX_ENERGY: Final = 2**22
"""Beyond this a quarter is no exact float32 number any more, and readers refuse."""


def write_type(vectors: FloatArray, fields: FloatArray, at: slice) -> None:
    """Write `fields` (n, k) into dims `at` of `vectors` (n, 128), and their energy into dim 8."""
    vectors[:, at] = fields
    vectors[:, ENERGY] = np.square(fields, dtype=np.float64).sum(axis=1)


_FIELDS: Final = tuple(Struct(f"={1 + count}f") for count in range(16))


def pack_type(code: bytearray, fields: Sequence[int | Fraction]) -> None:
    """What `write_type` writes of one row whose fields begin at dim 9, into the bytes of a code."""
    energy = sum([field * field for field in fields])
    _FIELDS[len(fields)].pack_into(code, 4 * ENERGY, energy, *fields)


def read_type(vector: FloatArray, at: slice, weight: int) -> tuple[Fraction, ...]:
    """The type fields of one summand of a sum of `weight` encodings.

    Raises:
        TypeMismatchError: the summands have different types.
        DecodeError: the sums are too large to be compared exactly (`limit_exceeded`).
    """
    doubled = vector[at].astype(np.float64) * 2
    energy = float(vector[ENERGY]) * 4
    if energy >= 4 * MAX_ENERGY or (np.abs(doubled) >= 2 * MAX_ENERGY).any():
        raise DecodeError(
            "the type fields of this sum are too large to be compared exactly", FailureReason.LIMIT_EXCEEDED
        )
    if (doubled != np.rint(doubled)).any() or not energy.is_integer():
        raise DecodeError("expected type fields in whole halves: this is not a sum of encodings")
    totals = [int(x) for x in doubled.tolist()]
    if weight * int(energy) != sum(x * x for x in totals):
        raise TypeMismatchError("the summands have different types (units, shapes): only equal types can be added")
    return tuple(Fraction(x, 2 * weight) for x in totals)
