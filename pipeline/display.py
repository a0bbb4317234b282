"""What all output to a terminal shares: tables, a colour for each type, and text that cannot steer the terminal."""

from __future__ import annotations

from typing import Final

from rich.table import Table

from fluxem.vocabulary import DomainType

from .plain_text import visible

__all__ = ["domain_style", "plain_table", "visible"]

_COLOURS: Final = ("cyan", "green", "yellow", "magenta", "blue", "red", "bright_cyan", "bright_green", "bright_magenta")
_LEFT: Final = frozenset({"type", "encoding", "value", "why not", "examples", "limits", "evidence", "in"})


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
