"""Figures as Markdown, and the page that they stand on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

BEGIN: Final = "<!-- figures: written by python -m benchmarks -->"
END: Final = "<!-- end of figures -->"
HEAD: Final = """# Speed

One command measures everything on this page, peers' environments included:

```text
python -m benchmarks --data DATA
```

"""


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


def write_page(path: Path, figures: str) -> None:
    """Put the figures between their marks, and leave what was written around them."""
    page = path.read_text("utf-8") if path.exists() else f"{HEAD}{BEGIN}\n{END}\n"
    before, mark, rest = page.partition(BEGIN)
    if not mark or END not in rest:
        raise ValueError(f"expected the marks {BEGIN} and {END} in {path}: put them back, or delete the page")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{before}{BEGIN}\n\n{figures}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
