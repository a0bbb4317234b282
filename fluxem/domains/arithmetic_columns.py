"""Many expressions of two operands at once, in columns: the fast way of `ArithmeticEncoder.encode_batch`.

Takes the texts that are two plain decimals and an operator between them (`48/2`, `1.5 * 20`), most of those in worked
problems, from one regular expression over all of them, and computes in int64 arrays what the way of one text at a time
writes, bit for bit; all other texts are left to that way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from fluxem.encoding import number_block
from fluxem.encoding.header import FloatArray

_DECIMAL: Final = r"([0-9]{1,6}|[1-9][0-9]{0,2},[0-9]{3})(?:\.([0-9]{1,3}))?"
_LINE = re.compile(rf"(?!0x){_DECIMAL} ?([-+*/x×·÷−]) ?{_DECIMAL}\n|[^\n]*\n")
_SIGNS: Final = {"+": 0, "-": 1, "−": 1, "*": 2, "x": 2, "×": 2, "·": 2, "/": 3, "÷": 3}
"""Operators by the place of their count among dims 32-40."""
_TEN: Final = 10 ** np.arange(7, dtype=np.int64)
_COUNTS: Final = 32
_OPERANDS: Final = 39


def write_two_operands(vectors: FloatArray, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Write dims 8-127 of the texts of two operands into `vectors` (n, 128), zeroed; returns which, (n,)."""
    lines = _LINE.findall("\n".join(texts) + "\n")
    done = np.zeros(len(texts), dtype=bool)
    rows = [row for row, line in enumerate(lines) if line[2]]
    if len(lines) != len(texts) or not rows:  # a text of several lines moves the others
        return done
    wholes, parts, signs, others, ends = zip(*(lines[row] for row in rows), strict=True)
    left, left_scale = _decimals(wholes, parts)
    right, right_scale = _decimals(others, ends)
    sign = np.array([_SIGNS[each] for each in signs])
    tops, bottoms = _results(left, left_scale, right, right_scale, sign)
    usable = bottoms != 0
    rows_done = np.zeros((len(rows), vectors.shape[1]), dtype=np.float32)
    usable &= number_block.write_ratios(rows_done, np.where(usable, tops, 0), np.where(usable, bottoms, 1))
    rows_done[np.arange(len(rows)), _COUNTS + sign] = 1
    rows_done[:, _OPERANDS] = 2
    kept = np.array(rows)[usable]
    vectors[kept, 8:] = rows_done[usable, 8:]
    done[kept] = True
    return done


def _decimals(wholes: Sequence[str], parts: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Decimals as whole numbers and the power of ten that divides them."""
    digits = [int(whole.replace(",", "") + part) for whole, part in zip(wholes, parts, strict=True)]
    return np.array(digits, dtype=np.int64), _TEN[list(map(len, parts))]


def _results(
    left: npt.NDArray[np.int64],
    left_scale: npt.NDArray[np.int64],
    right: npt.NDArray[np.int64],
    right_scale: npt.NDArray[np.int64],
    sign: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Numerators and denominators, in lowest terms; denominator 0 for a division by zero."""
    a, b = left * right_scale, right * left_scale  # all products are below 2**62
    product = left_scale * right_scale
    tops = np.select([sign == 0, sign == 1, sign == 2], [a + b, a - b, left * right], a)
    bottoms = np.where(sign == 3, b, product)
    divisors = np.maximum(np.gcd(tops, bottoms), 1)
    return tops // divisors, bottoms // divisors
