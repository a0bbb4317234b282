"""Many numerals at once, in columns: the fast way of `NumberEncoder.encode_batch`.

Takes the texts that are plain decimals, `42`, `-3.14`, from one regular expression over all of them, and computes in
int64 arrays what the way of one text at a time writes, bit for bit; all other texts are left to that way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import add
from typing import Final

import numpy as np
import numpy.typing as npt

from fluxem.encoding import number_block
from fluxem.encoding.header import FloatArray

_LINE = re.compile(r"(-?[0-9]{1,11})(?:\.([0-9]{1,6}))?\n|[^\n]*\n")
_TEN: Final = 10 ** np.arange(7, dtype=np.int64)


def write_decimals(vectors: FloatArray, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Write dims 8-127 of the texts that are plain decimals into `vectors` (n, 128), zeroed; returns which, (n,)."""
    lines = _LINE.findall("\n".join(texts) + "\n")
    if len(lines) != len(texts):  # a text of several lines is no numeral, and moves the others
        return np.zeros(len(texts), dtype=bool)
    wholes, parts = zip(*lines, strict=True)
    digits = np.array([int(text or 0) for text in map(add, wholes, parts)], dtype=np.int64)
    done = number_block.write_ratios(vectors, digits, _TEN[list(map(len, parts))])
    done &= np.array(list(map(bool, wholes)), dtype=bool)
    return done
