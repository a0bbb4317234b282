"""Figures as Markdown, and the page that they stand on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

BEGIN: Final = "<!-- {}: written by python -m benchmarks -->"
END: Final = "<!-- end of {} -->"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are aligned to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def megabytes(rate: float) -> str:
    """A rate or a size in MB with two or three figures."""
    value = rate / 1e6
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def verdict(figure: float, bar: float, at_most: bool = False) -> Sequence[str]:
    """A figure, its bar, and whether it holds."""
    holds = figure <= bar if at_most else figure >= bar
    return [f"{figure:.2f}", f"{'≤' if at_most else '≥'} {bar:g}", "yes" if holds else "**no**"]


def write_page(path: Path, section: str, figures: str) -> None:
    """Put the figures of a section between its marks, and leave what was written around them.

    Raises:
        ValueError: the page has not got these marks.
    """
    begin, end = BEGIN.format(section), END.format(section)
    before, mark, rest = path.read_text("utf-8").partition(begin)
    if not mark or end not in rest:
        raise ValueError(f"expected the marks {begin} and {end} in {path}, came a page without: put them back")
    path.write_text(f"{before}{begin}\n\n{figures}\n{end}{rest.partition(end)[2]}", encoding="utf-8")
