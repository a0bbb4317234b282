"""Texts as bytes, so that columns can look at all of them at once.

Texts become one byte a code point, so places stay: Latin-1 but for its control characters above 127, in whose place are
dashes, quotes and what science writes most, and `?` for all others. Between them stand zero bytes, so that what is
before and behind can be read without a question.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_FREQUENT: Final = "‘’“”–—…•€™‰−μΩΔ→⟶⇌⁻⁺⁴₂₃₄≤≥≈∼⋅\u2009\u202f\u2011"
"""The characters of bytes 128 to 159."""
_CHARACTERS: Final = "".join(map(chr, range(128))) + _FREQUENT + "".join(map(chr, range(160, 256)))
"""The character of each byte."""
_ENCODING: Final = codecs.charmap_build(_CHARACTERS)
_BYTES: Final = np.full(1 << 16, ord("?"), dtype=np.uint8)
"""The byte of each character of the basic plane."""
_BYTES[list(map(ord, _CHARACTERS))] = range(256)
MARGIN: Final = 32
"""Zero bytes in front of each text and behind the last."""
_GAP: Final = bytes(MARGIN)
_CALLS: Final = 3000
"""Characters that cost as much as a text by itself that has more than ASCII."""
_PIECE: Final = 1 << 17
"""Bytes that are looked at together: what is made of them stays in the cache."""
_FROM_LATIN: Final = dict(enumerate(_FREQUENT, start=128))


def as_bytes(text: str) -> bytes:
    """A text or a pattern as bytes, `?` for what has none of its own."""
    return codecs.charmap_encode(text, "replace", _ENCODING)[0]


def as_text(shown: bytes) -> str:
    """The characters of bytes."""
    text = shown.decode("latin-1")
    return text if text.isascii() else text.translate(_FROM_LATIN)


def byte_class(characters: str) -> Mask:
    """Which bytes match a class of characters, bool (256,)."""
    return np.array([re.match(characters, character) is not None for character in _CHARACTERS])


class Page:
    """Texts as bytes.

    Args:
        texts: T texts.
        marks: for each byte, a number of eight bits that says what it may be of; 0 for most.
    """

    def __init__(self, texts: Sequence[str], marks: bytes) -> None:
        self.texts = texts
        self.buffer = _joined(texts)
        self.codes: Bytes = np.frombuffer(self.buffer, dtype=np.uint8)
        self.starts: Places = np.cumsum([MARGIN, *(len(text) + MARGIN for text in texts)])[:-1]
        """(T,) where each text begins."""
        pieces = [self._marked(low, marks) for low in range(0, len(self.buffer), _PIECE)]
        self.marked: Places = np.concatenate([places for places, _ in pieces])
        """(M,) where the bytes with marks are."""
        self.marks: Bytes = np.concatenate([found for _, found in pieces])
        """(M,) what they are marked with."""

    def rows(self, places: Places) -> Places:
        """In which text each place is."""
        return np.searchsorted(self.starts, places, side="right") - 1

    def _marked(self, low: int, marks: bytes) -> tuple[Places, Bytes]:
        """Where the bytes with marks are in a piece, and their marks."""
        found = np.frombuffer(self.buffer[low : low + _PIECE].translate(marks), dtype=np.uint8)
        places = np.flatnonzero(found != 0)
        return places + low, found[places]


def _joined(texts: Sequence[str]) -> bytes:
    """The bytes of texts with gaps between them; at once where many texts have more than ASCII."""
    wide = sum(not text.isascii() for text in texts)
    if wide * _CALLS > sum(map(len, texts)):
        return _all_bytes(_GAP.decode().join(["", *texts, ""]))
    return _GAP.join([b"", *map(_all_bytes, texts), b""])


def _all_bytes(text: str) -> bytes:
    """`as_bytes`, faster for long texts."""
    if text.isascii():
        return text.encode("ascii")
    codes = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2")
    if len(codes) != len(text):  # a character beyond the plane takes two
        codes = np.minimum(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4"), len(_BYTES) - 1)
    return _BYTES.take(codes).tobytes()
