"""The angle of exact points of the plane in turns, to 2**-48, with integers and IEEE + - * / only.

A turn is a whole revolution, so that angles add modulo 1 without pi. The point is folded into the first
octant, where t = min / max is in [0, 1]; there

    atan(t) = atan(c) + atan(f),    f = (t - c) / (1 + t * c),    |f| <= 2**-6,

with c the midpoint of one of 32 intervals and atan(f) = f - f**3/3 + f**5/5 - ... to f**9 (Gregory's series;
Abramowitz & Stegun, Handbook of Mathematical Functions, 4.4.42). Truncation leaves less than 2**-68 turns, the
roundings together less than 2**-53, and the result is rounded to 48 bits: the error of what is stored is
below 2**-49 + 2**-52 turns. Unfolding is done on the rounded integers, so mirrored points have mirrored angles exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

PHASE_BITS: Final = 48
TURN: Final = 1 << PHASE_BITS
"""Units of one turn."""

_INTERVALS: Final = 32
_RATIO_BITS: Final = 60
_GUARD: Final = 96
# 1 / (2 pi) rounded to float64; the digits are OEIS A086201.
_INVERSE_TWO_PI: Final = 0.15915494309189535


def _atan_bits(p: int, q: int) -> int:
    """atan(p / q) * 2**96 for 0 < p <= q, by Euler's series, whose terms at least halve."""
    norm = p * p + q * q
    term = (p * q << _GUARD) // norm
    total, k = 0, 0
    while term:
        total += term
        k += 1
        term = term * (2 * k * p * p) // ((2 * k + 1) * norm)
    return total


@cache
def _midpoint_turns() -> npt.NDArray[np.float64]:
    """Arc tangent of the midpoint of each of the 32 intervals of [0, 1] in turns, rounded to float64."""
    turn = 8 * _atan_bits(1, 1)
    doubled = 2 * _INTERVALS
    return np.array([(_atan_bits(2 * i + 1, doubled) << 62) // turn / 2.0**62 for i in range(_INTERVALS)])


def turn_units(x: Sequence[int], y: Sequence[int]) -> npt.NDArray[np.int64]:
    """The angles of n points (x, y), as int64 (n,) in units of 2**-48 turns, above -1/2 and up to 1/2.

    The angle of the origin is 0. The points are exact integers of any size.
    """
    ratios = [_octant_ratio(abs(a), abs(b)) for a, b in zip(x, y, strict=True)]
    t = np.array(ratios, dtype=np.int64).astype(np.float64) / 2.0**_RATIO_BITS
    interval = np.minimum((t * _INTERVALS).astype(np.int64), _INTERVALS - 1)
    centre = (2 * interval + 1) / (2.0 * _INTERVALS)
    f = (t - centre) / (1 + t * centre)
    s = f * f
    series = f * (1 - s * (1 / 3 - s * (1 / 5 - s * (1 / 7 - s * (1 / 9)))))
    units = np.rint((_midpoint_turns()[interval] + _INVERSE_TWO_PI * series) * 2.0**PHASE_BITS).astype(np.int64)
    flags = [(abs(b) > abs(a), a < 0, b < 0) for a, b in zip(x, y, strict=True)]
    steep, left, below = np.array(flags, dtype=bool).reshape(-1, 3).T
    units = np.where(steep, TURN // 4 - units, units)
    units = np.where(left, TURN // 2 - units, units)
    return np.where(below, -units, units)


def turn_unit(x: int, y: int) -> int:
    """`turn_units` of one point, by the same IEEE operations in the same order, so bit for bit."""
    t = _octant_ratio(abs(x), abs(y)) / 2.0**_RATIO_BITS
    interval = min(int(t * _INTERVALS), _INTERVALS - 1)
    centre = (2 * interval + 1) / (2.0 * _INTERVALS)
    f = (t - centre) / (1 + t * centre)
    s = f * f
    series = f * (1 - s * (1 / 3 - s * (1 / 5 - s * (1 / 7 - s * (1 / 9)))))
    units = round((float(_midpoint_turns()[interval]) + _INVERSE_TWO_PI * series) * 2.0**PHASE_BITS)
    units = TURN // 4 - units if abs(y) > abs(x) else units
    units = TURN // 2 - units if x < 0 else units
    return -units if y < 0 else units


def _octant_ratio(a: int, b: int) -> int:
    """The smaller of two magnitudes over the larger, in units of 2**-60; 0 at the origin."""
    low, high = (a, b) if a < b else (b, a)
    return (low << _RATIO_BITS) // high if high else 0
