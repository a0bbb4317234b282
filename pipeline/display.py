"""What people see in the terminal: the segmentation of a text, and the counts of a build.

Nothing of a corpus reaches the terminal raw: control characters, bidirectional overrides and halves of surrogate
pairs are shown as their escapes, for a text may try to move the cursor or to reverse what stands beside it.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import orjson
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fluxem.errors import ConfigError
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType

from .layout import STATS

_COLOURS: Final = ("cyan", "green", "yellow", "magenta", "blue", "red", "bright_cyan", "bright_green", "bright_magenta")
_ROWS: Final = 200
_PREVIEW_BYTES: Final = 1_000_000
# Controls but for newline and tab, marks that change the writing direction, line separators, lone surrogates.
_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def visible(text: str, *, inline: bool = False) -> str:
    """The text without characters that steer a terminal; `inline` also shows newlines and tabs as escapes."""
    safe = _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
    return safe.replace("\n", "\\n").replace("\t", "\\t") if inline else safe


def read_text(given: str) -> str:
    """The content of a file of that name, if there is one, else the argument itself.

    Raises:
        ConfigError: the file is too large, or cannot be read as UTF-8.
    """
    try:
        with Path(given).open("rb") as file:
            data = file.read(_PREVIEW_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return given
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return given
        raise ConfigError(f"cannot preview {given}: {error.strerror}") from None
    if len(data) > _PREVIEW_BYTES:
        raise ConfigError(f"cannot preview {given}: expected at most {_PREVIEW_BYTES:,} bytes; build it instead")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise ConfigError(f"cannot preview {given}: expected a text in UTF-8 ({error})") from None


def show_segments(text: str, domains: Iterable[DomainType]) -> RenderableType:
    """The text with its spans in colour, and a table of the spans and of the candidates that stayed text."""
    found = MultiDomainTokenizer(domains).analyze(text)
    line = Text(overflow="fold")
    for token in found.tokens:
        line.append(visible(token.text), "" if token.domain is DomainType.TEXT else f"bold {_colour(token.domain)}")
    table = _table("segment", "type", "start", "end", "why not")
    spans = [(t.start, t.end, t.domain, "") for t in found.tokens if t.domain is not DomainType.TEXT]
    rows = sorted([*spans, *((f.start, f.end, f.domain, f.reason.label) for f in found.failures)])
    for start, end, domain, reason in rows[:_ROWS]:
        style = "dim" if reason else _colour(domain)
        name = f"TEXT (not {domain.name})" if reason else domain.name
        surface = visible(text[start:end], inline=True)
        table.add_row(Text(surface, style), Text(name, style), str(start), str(end), reason)
    more = [Text(f"... and {len(rows) - _ROWS} more")] if len(rows) > _ROWS else []
    summary = Text(f"{len(spans)} spans, {len(found.failures)} candidates that stayed text")
    return Group(line, Text(), *([table] if rows else []), *more, summary)


def read_stats(folder: Path) -> dict[str, Any]:
    """The stats of a finished build.

    Raises:
        ConfigError: the folder has none, or they cannot be read.
    """
    path = folder / STATS
    try:
        stats: dict[str, Any] = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise ConfigError(f"{folder} holds no finished build: expected {path}") from None
    except (OSError, orjson.JSONDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from None
    return stats


def show_stats(stats: Mapping[str, Any]) -> RenderableType:
    """Counts by domain and by reason as tables."""
    rows, tokens = stats["rows"], stats["tokens"]
    head = Text(
        f"{rows['out']:,} rows, {rows['rejected']:,} rejected, {stats['text']['bytes']:,} bytes of text, "
        f"{tokens['input_ids']:,} tokens"
    )
    domains = _table("domain", "encoded", "failed", "encoded share")
    for name, found in stats["domains"].items():
        domains.add_row(name, *_counts(found["encoded"], found["failed"]))
    domains.add_section()
    domains.add_row("all", *_counts(stats["encoded"], stats["failed"]))
    tables = [domains, _reasons("failure reason", stats["failure_reasons"]), _reasons("rejected", rows["reasons"])]
    return Group(head, Text(), *(table for table in tables if table.row_count))


def _counts(encoded: int, failed: int) -> tuple[str, str, str]:
    return f"{encoded:,}", f"{failed:,}", f"{encoded / max(1, encoded + failed):.1%}"


def _reasons(title: str, counts: Mapping[str, int]) -> Table:
    table = _table(title, "count")
    for reason, count in counts.items():
        table.add_row(reason, f"{count:,}")
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="left" if name in ("type", "why not") else "right")
    return table


def _colour(domain: DomainType) -> str:
    return _COLOURS[(domain - 1) % len(_COLOURS)]
