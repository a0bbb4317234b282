"""`fluxem-prep stats`: the counts of a build as tables, JSON or CSV."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fluxem.errors import ConfigError
from fluxem.vocabulary import FailureReason

from .build_view import BuildView
from .display import domain_style, plain_table, visible
from .failing import FailingSurfaces
from .plain_text import counted

CSV_COLUMNS: Final = ("kind", "domain", "reason", "surface", "count", "ids")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula, or drops before it looks (OWASP, CSV Injection)."""


def resolve_reasons(names: Iterable[str] | None) -> tuple[FailureReason, ...]:
    """Reasons by name, also several joined by commas; none for None.

    Raises:
        ConfigError: an unknown name; the message has the nearest and all known ones.
    """
    by_name = {reason.label: reason for reason in FailureReason}
    wanted = [part.strip().lower() for name in names or () for part in name.split(",") if part.strip()]
    for name in wanted:
        if name not in by_name:
            near = difflib.get_close_matches(name, by_name, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise ConfigError(f"unknown reason {name}{hint}: the reasons are {', '.join(by_name)}")
    return tuple(by_name[name] for name in wanted)


def stats_tables(build: BuildView, failing: FailingSurfaces | None, *, totals: bool = True) -> RenderableType:
    """Totals, counts by type and by reason, and the surfaces that failed most; `totals` leaves only these."""
    parts: list[RenderableType] = [Text(build.note, "bold red")] if build.note else []
    if totals:
        parts += _totals(build.stats)
    if failing is not None and (failing.found or not totals):
        parts += [_failing(failing), *([] if failing.found else [Text("nothing failed so")])]
    return Group(*parts)


def stats_json(build: BuildView, failing: FailingSurfaces | None) -> dict[str, Any]:
    """The content of stats.json; with `failing`, its surfaces too."""
    more = {"unfinished": {"tasks": build.tasks, "done": build.done}} if not build.finished else {}
    if failing is not None:
        more["failing_surfaces"] = [asdict(item) for item in failing.found]  # type: ignore[assignment]
    return {**build.stats, **more}


def stats_csv(build: BuildView, failing: FailingSurfaces) -> str:
    """One table of all counts: kind is `total`, `encoded`, `failed`, `rejected` or `surface`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180
    writer.writerow(CSV_COLUMNS)
    for row in _csv_rows(build.stats, failing):
        writer.writerow([csv_cell(cell) for cell in row])
    return out.getvalue()


def csv_cell(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula, nor a terminal for a command.

    A quote goes before a text that could be a formula; control characters are shown as their escapes.
    """
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA):
        return f"'{visible(cell)}"
    return visible(str(cell))


def _csv_rows(stats: Mapping[str, Any], failing: FailingSurfaces) -> Iterable[tuple[object, ...]]:
    totals = {"rows in": stats["rows"]["in"], "rows out": stats["rows"]["out"], "bytes of text": stats["text"]["bytes"]}
    for name, count in totals.items():
        yield "total", "", name, "", count, ""
    for reason, count in stats["rows"]["reasons"].items():
        yield "rejected", "", reason, "", count, ""
    for domain, found in stats["domains"].items():
        yield "encoded", domain, "", "", found["encoded"], ""
        for reason, count in found["failure_reasons"].items():
            yield "failed", domain, reason, "", count, ""
    for item in failing.found:
        yield "surface", item.domain, item.reason, item.surface, item.count, " ".join(item.ids)


def _totals(stats: Mapping[str, Any]) -> list[RenderableType]:
    rows, tokens = stats["rows"], stats["tokens"]
    head = Text(
        f"{counted(rows['out'], 'row')}, {rows['rejected']:,} rejected, "
        f"{counted(stats['text']['bytes'], 'byte')} of text, {counted(tokens['input_ids'], 'token')}"
    )
    domains = plain_table("domain", "encoded", "failed", "encoded share")
    for name, found in stats["domains"].items():
        domains.add_row(Text(name, domain_style(name)), *_counts(found["encoded"], found["failed"]))
    domains.add_section()
    domains.add_row("all", *_counts(stats["encoded"], stats["failed"]))
    tables = [domains, _reasons("failure reason", stats["failure_reasons"]), _reasons("rejected", rows["reasons"])]
    spaced = [part for table in tables if table.row_count for part in (Text(), table)]
    return [head, *spaced, Text()]


def _counts(encoded: int, failed: int) -> tuple[str, str, str]:
    return f"{encoded:,}", f"{failed:,}", f"{encoded / max(1, encoded + failed):.1%}"


def _reasons(title: str, counts: Mapping[str, int]) -> Table:
    table = plain_table(title, "count")
    for reason, count in counts.items():
        table.add_row(reason, f"{count:,}")
    return table


def _failing(failing: FailingSurfaces) -> RenderableType:
    with_ids = any(item.ids for item in failing.found)
    table = plain_table("most often stayed text", "count", "type", "why not", *(["in"] if with_ids else []))
    for item in failing.found:
        count = f"{item.count:,}" if failing.exact else f"at least {item.count:,}"
        ids = [Text("\n".join(visible(name, inline=True) for name in item.ids), overflow="fold")] if with_ids else []
        surface = Text(visible(item.surface, inline=True))
        table.add_row(surface, count, Text(item.domain, domain_style(item.domain)), item.reason, *ids)
    return table
