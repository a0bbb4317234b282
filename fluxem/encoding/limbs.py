"""Signed fixed-point numbers as limbs: one float32 a limb, lowest place first.

A number x is held as the integer X = x * 10**fraction_digits; its limbs are the digits of X in base 100 or
1000, all with the sign of x. Limbs of a raw sum are sums of limbs (a carry-save numeral): the value is still
`sum(limb[j] * base**j)`, exact as long as every limb stays an exact float32 integer. Base 100 is used where
a code has to survive bfloat16 (integers to 256), base 1000 where density matters more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fluxem.encoding.header import EXACT_INTEGER_LIMIT, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class LimbFormat:
    """A fixed-point layout."""

    limbs: int
    """How many limbs, fractional ones included."""
    fraction_limbs: int
    """How many of them stand right of the point."""
    digits: int
    """Decimal digits a limb: 2 (base 100) or 3 (base 1000)."""

    @property
    def base(self) -> int:
        """Place value of one limb in units of the one below."""
        return int(10**self.digits)

    @property
    def scale(self) -> int:
        """X = x * scale."""
        return int(10 ** (self.digits * self.fraction_limbs))

    @property
    def bound(self) -> int:
        """|X| of a number that fits is below this."""
        return int(10 ** (self.digits * self.limbs))

    @property
    def max_summands(self) -> int:
        """Up to so many encodings add without a limb leaving the exact integers of float32."""
        return EXACT_INTEGER_LIMIT // (self.base - 1)


def write_limbs(out: FloatArray, scaled: Sequence[int], layout: LimbFormat) -> None:
    """Write the limbs of the integers `scaled` (|X| < layout.bound) into `out` (n, layout.limbs)."""
    if not scaled:
        return
    width = layout.digits * layout.limbs
    text = "".join([f"{abs(x):0{width}d}" for x in scaled])
    digits = np.frombuffer(text.encode("ascii"), dtype=np.uint8).reshape(len(scaled), layout.limbs, layout.digits)
    places = 10 ** np.arange(layout.digits - 1, -1, -1, dtype=np.float32)
    limbs = (digits - np.uint8(48)).astype(np.float32) @ places
    signs = np.fromiter((-1 if x < 0 else 1 for x in scaled), dtype=np.float32, count=len(scaled))
    np.multiply(limbs[:, ::-1], signs[:, None], out=out, where=limbs[:, ::-1] != 0)


def read_limbs(limbs: FloatArray, layout: LimbFormat) -> int | None:
    """X of one number or of a raw sum; None where a coordinate is no exact integer."""
    if (limbs != np.rint(limbs)).any() or (np.abs(limbs) >= EXACT_INTEGER_LIMIT).any():
        return None
    total = 0
    for limb in limbs[::-1].tolist():
        total = total * layout.base + int(limb)
    return total
