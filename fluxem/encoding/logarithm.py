"""log2 of exact rationals, to 2**-48, with integers and IEEE + - * / only.

Library logarithms differ in their last bit between machines, so none is used. The mantissa m in [1, 2) is
brought near 1 by a table of 128 midpoints c and the rest goes through the series

    log2(m) = log2(c) + (2 / ln 2) * (f + f**3 / 3 + f**5 / 5 + ...),    f = (m - c) / (m + c),  |f| < 2**-9

(the area tangent series; Abramowitz & Stegun, Handbook of Mathematical Functions, 4.1.27). Truncation after
f**5 leaves less than 2**-64; the roundings together stay below 2**-51, and the result is rounded to 48
bits: the error of what is stored is below 2**-48.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np
import numpy.typing as npt

FRACTION_BITS: Final = 48
_INTERVALS: Final = 128
_MANTISSA_BITS: Final = 60
# 2 / ln 2 rounded to float64; the digits of ln 2 are OEIS A002162.
_TWO_OVER_LN2: Final = 2.885390081777927


def _log2_bits(numerator: int, denominator: int, bits: int) -> int:
    """floor(log2(n / d) * 2**bits) for 1 <= n/d < 2, by repeated squaring."""
    guard = bits + 16
    mantissa = (numerator << guard) // denominator
    out = 0
    for _ in range(bits):
        mantissa = (mantissa * mantissa) >> guard
        out <<= 1
        if mantissa >> (guard + 1):
            mantissa >>= 1
            out |= 1
    return out


def _table() -> npt.NDArray[np.float64]:
    """log2 of the midpoint of each of the 128 intervals of [1, 2), rounded to float64."""
    doubled = 2 * _INTERVALS
    return np.array([_log2_bits(doubled + 2 * i + 1, doubled, 62) / 2.0**62 for i in range(_INTERVALS)])


_LOG2_MIDPOINT: Final = _table()


def split_binary(value: Fraction | int) -> tuple[int, int]:
    """(exponent, mantissa) of |value| > 0: exponent = floor(log2 |value|), mantissa = 60 bits below the leading one.

    |value| = (mantissa / 2**60) * 2**exponent up to truncation, 2**60 <= mantissa < 2**61.
    """
    n, d = abs(value.numerator), value.denominator
    shift = n.bit_length() - d.bit_length()
    if (n << -shift if shift < 0 else n) < (d << shift if shift > 0 else d):
        shift -= 1
    lift = _MANTISSA_BITS - shift
    mantissa = (n << lift) // d if lift >= 0 else n // (d << -lift)
    return shift, mantissa


def log2_fields(values: Sequence[Fraction | int]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """floor(log2 |v|) and the fraction of log2 |v| in units of 2**-48, for nonzero rationals.

    Returns two int64 arrays of shape (n,): the first the integer part, the second in 0 .. 2**48 - 1.
    """
    parts = [split_binary(value) for value in values]
    exponents = np.array([e for e, _ in parts], dtype=np.int64)
    mantissas = np.array([m for _, m in parts], dtype=np.int64).astype(np.float64) / 2.0**_MANTISSA_BITS
    interval = np.minimum(((mantissas - 1) * _INTERVALS).astype(np.int64), _INTERVALS - 1)
    centre = 1 + (2 * interval + 1) / (2.0 * _INTERVALS)
    f = (mantissas - centre) / (mantissas + centre)
    square = f * f
    series = f * (1 + square * (1 / 3 + square * (1 / 5)))
    units = np.rint((_LOG2_MIDPOINT[interval] + _TWO_OVER_LN2 * series) * 2.0**FRACTION_BITS).astype(np.int64)
    carry = units >> FRACTION_BITS
    return exponents + carry, units - (carry << FRACTION_BITS)
