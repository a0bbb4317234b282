"""The number block: one vector, two readings of a raw sum.

    dims  8-19   type fields (`fluxem.encoding.type_check`), zero for plain numbers
    dim   20     inexact count: how many summands were rounded; 0 = exact
    dims  21, 22 how many factors are negative, how many are zero
    dim   23     floor(log2 |x|)
    dims  24-29  fraction of log2 |x|: 48 bits as six base-256 limbs, highest first         } the log part
    dims 64-127  64 base-100 limbs, limb j has place value 100**(j - 24): 48 fractional
                 and 80 integer decimal digits                                              } the linear part

Adding vectors adds the values in the linear part (`read_sum`) and multiplies them in the log part
(`read_product`). Used by ARITHMETIC, QUANTITY, RATIONAL and NUMBER.

What is exact. Every decimal with at most 80 integer and 48 fractional digits. A rational that never
terminates (1/3, 1 km/h in m/s) is rounded half up, in magnitude, at the 48th digit, and dim 20 says so; both
parts then hold the rounded number, so a vector has one value. A decimal that terminates later than that, or
is too large, does not fit: `out_of_range`, never a silent rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np

from fluxem.encoding.header import FloatArray
from fluxem.encoding.limbs import LimbFormat, read_limbs, write_limbs
from fluxem.encoding.logarithm import log2_fields
from fluxem.errors import DecodeError
from fluxem.vocabulary import FailureReason

Number = int | Fraction

INEXACT: Final = 20
NEGATIVES: Final = 21
ZEROS: Final = 22
LOG: Final = slice(23, 30)
LINEAR: Final = slice(64, 128)
LAYOUT: Final = LimbFormat(limbs=64, fraction_limbs=24, digits=2)

MAX_SUMMANDS: Final = LAYOUT.max_summands
"""169,466: 2**24 / 99. The linear part of so many summands is exact, in any order."""
MAX_FACTORS: Final = 63_310
"""Up to so many factors the limbs of the log part (below 256, with room for the exponent) stay exact."""

_LOG_LIMBS: Final = 6
_LOG_SHIFTS: Final = np.arange(40, -1, -8, dtype=np.int64)


def to_scaled(value: Number) -> tuple[int, bool] | FailureReason:
    """`value` as X = value * 10**48 and whether that is exact; `out_of_range` where it does not fit."""
    scaled, rest = divmod(abs(value.numerator) * LAYOUT.scale, value.denominator)
    if rest:
        if _terminates(value.denominator):
            return FailureReason.OUT_OF_RANGE
        scaled += 2 * rest >= value.denominator
    if scaled >= LAYOUT.bound or (scaled == 0 and value != 0):
        return FailureReason.OUT_OF_RANGE
    return (-scaled if value < 0 else scaled), not rest


def _terminates(denominator: int) -> bool:
    """Whether a fraction in lowest terms with this denominator is a finite decimal."""
    return pow(10, denominator.bit_length(), denominator) == 0


def write_number(vectors: FloatArray, scaled: Sequence[int], exact: Sequence[bool]) -> None:
    """Write linear part, log part and flags of the numbers X * 10**-48 into `vectors` (n, 128)."""
    write_limbs(vectors[:, LINEAR], scaled, LAYOUT)
    vectors[:, INEXACT] = ~np.asarray(exact, dtype=bool)
    write_log(vectors, [Fraction(x, LAYOUT.scale) if x % LAYOUT.scale else x // LAYOUT.scale for x in scaled])


def write_log(vectors: FloatArray, values: Sequence[Number]) -> None:
    """Write dims 21-29 (signs, zeros, log part) of the rationals `values` into `vectors` (n, 128)."""
    vectors[:, NEGATIVES] = [value < 0 for value in values]
    vectors[:, ZEROS] = [value == 0 for value in values]
    rows = [row for row, value in enumerate(values) if value]
    if rows:
        exponents, units = log2_fields([values[row] for row in rows])
        vectors[rows, LOG.start] = exponents
        vectors[rows, LOG.start + 1 : LOG.stop] = (units[:, None] >> _LOG_SHIFTS) & 255


def read_sum(vector: FloatArray) -> Number:
    """The value of the linear part: the number, or the exact sum of the summands of a raw sum.

    Raises:
        DecodeError: a limb is no exact integer.
    """
    scaled = read_limbs(vector[LINEAR], LAYOUT)
    if scaled is None:
        raise DecodeError("expected integers in the linear part (dims 64-127): this is not a sum of encodings")
    return simplest(Fraction(scaled, LAYOUT.scale))


def read_log2(vector: FloatArray) -> Fraction:
    """log2 of the absolute value of the product, exactly as stored.

    Raises:
        DecodeError: a coordinate of the log part is no integer.
    """
    fields = vector[LOG]
    if (fields != np.rint(fields)).any():
        raise DecodeError("expected integers in the log part (dims 23-29): this is not a sum of encodings")
    whole, *limbs = (int(x) for x in fields.tolist())
    return whole + sum((Fraction(limb, 256 ** (i + 1)) for i, limb in enumerate(limbs)), Fraction(0))


def read_product(vector: FloatArray) -> float:
    """The product of the factors of a raw sum, by logarithms: relative error below n * 2**-48 * ln 2 + 2**-52.

    Returns inf or -inf where the product is beyond float64.
    """
    if vector[ZEROS] > 0:
        return 0.0
    log2 = read_log2(vector)
    whole = log2.numerator // log2.denominator
    sign = -1.0 if int(vector[NEGATIVES]) % 2 else 1.0
    mantissa = 2.0 ** float(log2 - whole)
    if whole >= 1024:
        return sign * float("inf")
    return sign * float(np.ldexp(mantissa, whole))


def simplest(value: Fraction) -> Number:
    """`value` as an int where it is whole."""
    return value.numerator if value.denominator == 1 else value
