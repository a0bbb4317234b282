"""What all output to a terminal shares: tables, a colour for each type, and text that cannot steer the terminal.

Nothing of a corpus reaches the terminal raw: control characters, bidirectional overrides and halves of surrogate
pairs are shown as their escapes, for a text may try to move the cursor or to reverse what stands beside it.
"""

from __future__ import annotations

import re
from typing import Final

from rich.table import Table

from fluxem.vocabulary import DomainType

_COLOURS: Final = ("cyan", "green", "yellow", "magenta", "blue", "red", "bright_cyan", "bright_green", "bright_magenta")
# Controls but for newline and tab, marks that change the writing direction, line separators, lone surrogates.
_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_LEFT: Final = frozenset({"type", "encoding", "value", "why not", "examples", "limits", "evidence", "in"})


def visible(text: str, *, inline: bool = False) -> str:
    """The text without characters that steer a terminal; `inline` also shows newlines and tabs as escapes."""
    safe = _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
    return safe.replace("\n", "\\n").replace("\t", "\\t") if inline else safe


def plain_table(first: str, *others: str) -> Table:
    """A table without lines; columns of text are set left, of numbers right, and long texts fold."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="left" if name in _LEFT else "right", overflow="fold")
    return table


def domain_style(name: str) -> str:
    """The colour of a type, by its name."""
    return _COLOURS[(DomainType[name] - 1) % len(_COLOURS)]
