"""A tokenizer of UTF-8 bytes, for trying things out without a model's own: byte b is the id b."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final


class ByteTokenizer:
    """Ids 0 to 255 are bytes; nothing is trained and nothing is downloaded."""

    vocab_size: Final = 256

    def encode(self, text: str) -> list[int]:
        """The bytes of `text`; a lone surrogate, which UTF-8 has no bytes for, becomes a question mark."""
        return list(text.encode("utf-8", errors="replace"))

    def decode(self, ids: Sequence[int]) -> str:
        """The text of `ids`; bytes that are no UTF-8 become U+FFFD."""
        return bytes(ids).decode("utf-8", errors="replace")
