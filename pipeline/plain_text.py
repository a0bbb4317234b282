"""Text of others, made fit to be shown: nothing of a corpus reaches a terminal raw.

Control characters, bidirectional overrides and halves of surrogate pairs are shown as their escapes, for a text, a file
name or an id may try to move the cursor, to change the title of the window, or to reverse what stands beside it.
"""

from __future__ import annotations

import re
from typing import Final

# Controls but for newline and tab, marks that change the writing direction, line separators, lone surrogates, tags.
_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def counted(number: int, noun: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def visible(text: str, *, inline: bool = False) -> str:
    """The text without characters that steer a terminal; `inline` also shows newlines and tabs as escapes."""
    safe = _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
    return safe.replace("\n", "\\n").replace("\t", "\\t") if inline else safe
