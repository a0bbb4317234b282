"""log2 of exact rationals, to 2**-48, with integers and IEEE + - * / only.

Library logarithms differ in their last bit between machines, so none is used. The mantissa m in [1, 2) is
brought near 1 by a table of 128 midpoints c and the rest goes through the series

    log2(m) = log2(c) + (2 / ln 2) * (f + f**3 / 3 + f**5 / 5 + ...),    f = (m - c) / (m + c),  |f| < 2**-9

(the area tangent series; Abramowitz & Stegun, Handbook of Mathematical Functions, 4.1.27). Truncation after
f**5 leaves less than 2**-64; the roundings together stay below 2**-51, and the result is rounded to 48
bits: the error of what is stored is below 2**-48.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

FRACTION_BITS: Final = 48
_INTERVALS: Final = 128
_MANTISSA_BITS: Final = 60
_ALIGNED: Final = 62
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
_LOG2_MIDPOINTS: Final[list[float]] = _LOG2_MIDPOINT.tolist()


def split_binary(numerator: int, denominator: int) -> tuple[int, int]:
    """(exponent, mantissa) of v = numerator / denominator, both > 0, not necessarily in lowest terms.

    v = (mantissa / 2**60) * 2**exponent up to truncation, 2**60 <= mantissa < 2**61.
    """
    shift = numerator.bit_length() - denominator.bit_length()
    if (numerator << -shift if shift < 0 else numerator) < (denominator << shift if shift > 0 else denominator):
        shift -= 1
    lift = _MANTISSA_BITS - shift
    mantissa = (numerator << lift) // denominator if lift >= 0 else numerator // (denominator << -lift)
    return shift, mantissa


def split_binary_array(
    numerators: npt.NDArray[np.int64], denominators: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """`split_binary` of n small rationals at once, bit for bit: 0 < numerator < 2**62, 0 < denominator < 2**40."""
    top, bottom = _bit_length(numerators), _bit_length(denominators)
    # Both are aligned to 62 bits; where the quotient of the aligned is below 1, the exponent is one less.
    high, low = numerators << (_ALIGNED - top), denominators << (_ALIGNED - bottom)
    below = high < low
    rest = np.where(below, 2 * high - low, high - low)
    # Now v = (1 + rest / low) * 2**exponent, and rest / low * 2**60 = rest * 2**missing / denominator.
    missing = np.maximum(_MANTISSA_BITS - _ALIGNED + bottom, 0)
    fraction, rest = np.divmod(rest, denominators)
    for part in (missing // 2, missing - missing // 2):
        step, rest = np.divmod(rest << part, denominators)
        fraction = (fraction << part) + step
    fraction = np.where(bottom == 1, fraction >> 1, fraction)
    return top - bottom - below, fraction + (1 << _MANTISSA_BITS)


def _bit_length(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """`int.bit_length` of positive integers; float64 may round up to a power of two, which is put right."""
    bits = np.frexp(values.astype(np.float64))[1].astype(np.int64)
    exact: npt.NDArray[np.int64] = bits - (values >> (bits - 1) == 0)
    return exact


def log2_field(exponent: int, mantissa: int) -> tuple[int, int]:
    """`log2_fields` of one number, by the same IEEE operations in the same order, so bit for bit."""
    m = mantissa / 2.0**_MANTISSA_BITS
    interval = min(int((m - 1) * _INTERVALS), _INTERVALS - 1)
    centre = 1 + (2 * interval + 1) / (2.0 * _INTERVALS)
    f = (m - centre) / (m + centre)
    square = f * f
    series = f * (1 + square * (1 / 3 + square * (1 / 5)))
    units = round((_LOG2_MIDPOINTS[interval] + _TWO_OVER_LN2 * series) * 2.0**FRACTION_BITS)
    carry = units >> FRACTION_BITS
    return exponent + carry, units - (carry << FRACTION_BITS)


def log2_fields(
    parts: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """floor(log2 v) and the fraction of log2 v in units of 2**-48, from exponents and mantissas (`split_binary`).

    Returns two int64 arrays of shape (n,): the first the integer part, the second in 0 .. 2**48 - 1.
    """
    exponents, whole_mantissas = parts
    mantissas = whole_mantissas.astype(np.float64) / 2.0**_MANTISSA_BITS
    interval = np.minimum(((mantissas - 1) * _INTERVALS).astype(np.int64), _INTERVALS - 1)
    centre = 1 + (2 * interval + 1) / (2.0 * _INTERVALS)
    f = (mantissas - centre) / (mantissas + centre)
    square = f * f
    series = f * (1 + square * (1 / 3 + square * (1 / 5)))
    units = np.rint((_LOG2_MIDPOINT[interval] + _TWO_OVER_LN2 * series) * 2.0**FRACTION_BITS).astype(np.int64)
    carry = units >> FRACTION_BITS
    return exponents + carry, units - (carry << FRACTION_BITS)
