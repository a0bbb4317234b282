"""Texts as bytes, so that columns can look at all of them at once.

Texts become one byte a code point (cp1252, which has dashes and quotes), others `?`, so places stay. Between them stand
zero bytes, so that what is before and behind can be read without a question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

CODEC: Final = "cp1252"
MARGIN: Final = 32
"""Zero bytes in front of each text and behind the last."""
_GAP: Final = bytes(MARGIN)


def byte_class(characters: str) -> Mask:
    """Which bytes match a class of characters, bool (256,)."""
    letters = (bytes([code]).decode(CODEC, "replace") for code in range(256))
    return np.array([re.match(characters, letter) is not None for letter in letters])


class Page:
    """Texts as bytes.

    Args:
        texts: T texts.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        # A text of ASCII is copied, which takes a tenth of the time.
        parts = [text.encode("ascii" if text.isascii() else CODEC, "replace") for text in texts]
        self.texts = texts
        self.buffer = _GAP.join([b"", *parts, b""])
        self.codes: Bytes = np.frombuffer(self.buffer, dtype=np.uint8)
        self.starts: Places = np.cumsum([MARGIN, *(len(text) + MARGIN for text in texts)])[:-1]
        """(T,) where each text begins."""

    def find(self, wanted: Mask) -> Places:
        """Where one of the bytes is that `wanted`, bool (256,), says."""
        return np.flatnonzero(np.frombuffer(self.buffer.translate(wanted.tobytes()), dtype=np.bool_))

    def rows(self, places: Places) -> Places:
        """In which text each place is."""
        return np.searchsorted(self.starts, places, side="right") - 1
