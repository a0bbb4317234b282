"""Tables and plots of what `train_hybrid.py` found: Markdown on standard output, SVG files in a folder.

    python examples/plot_experiment.py docs/experiments/results.jsonl docs/experiments

Each figure of the table is a mean over the runs that differ in their seed alone, and says how many. Whiskers and
brackets go from the smallest to the largest. Runs of different length are never mixed: each number of steps has a table
and plots of its own. The calculator, which is shown the result, has a table of its own and stands in no plot.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

ARMS: Final = ("tokens", "hybrid", "augment", "scalar", "readout", "calculator")
COLORS: Final = dict(zip(ARMS, ("#4477aa", "#cc6677", "#999933", "#888888", "#aa4499", "#44aa99"), strict=True))
CALCULATOR: Final = ARMS[-1]
INK: Final = "#777777"
"""Readable on white and on black."""
Key = tuple[str, int]
"""Arm and number of examples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Runs that differ in their seed alone."""

    mean: float
    """Per cent."""
    least: float
    most: float
    runs: int

    def __str__(self) -> str:
        return f"{self.mean:.0f} ({self.least:.0f} to {self.most:.0f})"


def spread(values: Iterable[float]) -> Spread:
    """Mean, smallest and largest of shares, in per cent."""
    shares = [100 * value for value in values]
    return Spread(mean=statistics.mean(shares), least=min(shares), most=max(shares), runs=len(shares))


def group(runs: Iterable[dict[str, Any]]) -> dict[Key, list[dict[str, Any]]]:
    """The runs by arm and number of examples."""
    groups = defaultdict(list)
    for run in runs:
        groups[run["arm"], run["examples"]].append(run)
    return dict(sorted(groups.items(), key=lambda item: (item[0][1], ARMS.index(item[0][0]))))


def tests_of(groups: dict[Key, list[dict[str, Any]]]) -> list[str]:
    """The names of the tests."""
    return list(next(iter(groups.values()))[0]["accuracy"])


def table(groups: dict[Key, list[dict[str, Any]]]) -> str:
    """Markdown: a line an arm and number of examples."""
    names = tests_of(groups)
    lines = [
        f"| arm | examples | runs | {' | '.join(names)} | minutes of CPU |",
        f"|---|---|---|{'---|' * (len(names) + 1)}",
    ]
    for (arm, examples), runs in groups.items():
        cells = [str(spread(run["accuracy"][name] for run in runs)) for name in names]
        minutes = max(run["cpu_seconds"] for run in runs) / 60
        lines.append(f"| {arm} | {examples:,} | {len(runs)} | {' | '.join(cells)} | {minutes:.1f} |")
    return "\n".join(lines)


# ------------------------------------------------------------------------------------------------ SVG

LEFT, TOP, WIDE, HIGH, GAP = 44, 44, 150, 130, 22


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, color: str, width: float = 1.0) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{color}" stroke-width="{width}"/>'


def _height(share: float) -> float:
    """Where a share in per cent stands in a panel."""
    return TOP + HIGH * (1 - share / 100)


def _panel(number: int, name: str) -> tuple[float, list[str]]:
    """Left edge and frame of a panel, with its scale."""
    left = LEFT + number * (WIDE + GAP)
    parts = [_text(left + WIDE / 2, TOP - 8, name)]
    for share in (0, 25, 50, 75, 100):
        parts.append(_line(left, _height(share), left + WIDE, _height(share), INK, 0.3))
        if not number:
            parts.append(_text(left - 6, _height(share) + 4, str(share), "end"))
    return left, parts


def _drawing(title: str, arms: Iterable[str], parts: list[str], panels: int) -> str:
    width, height = LEFT + panels * (WIDE + GAP), TOP + HIGH + 34
    legend = []
    for place, arm in enumerate(arms):
        legend += [f'<circle cx="{LEFT + 5 + 90 * place}" cy="12" r="4" fill="{COLORS[arm]}"/>',
                   _text(LEFT + 14 + 90 * place, 16, arm, "start")]  # fmt: skip
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="11" fill="{INK}"><title>{escape(title)}</title>\n' + "\n".join([*legend, *parts]) + "\n</svg>\n"
    )


def curves(groups: dict[Key, list[dict[str, Any]]]) -> str:
    """Accuracy against the number of examples: a panel a test, a line an arm."""
    names, sizes = tests_of(groups), sorted({size for _, size in groups})
    arms = [arm for arm in ARMS if sum(known == arm for known, _ in groups) > 1 and arm != CALCULATOR]
    parts = []
    for number, name in enumerate(names):
        left, frame = _panel(number, name)
        parts += frame
        across = {size: left + WIDE * (place + 0.5) / len(sizes) for place, size in enumerate(sizes)}
        parts += [_text(x, TOP + HIGH + 15, f"{size:,}") for size, x in across.items()]
        for shift, arm in enumerate(arms):
            points = [(across[size] + 3 * shift - 4, spread(run["accuracy"][name] for run in groups[arm, size]))
                      for size in sizes if (arm, size) in groups]  # fmt: skip
            path = "L".join(f"{x:.1f} {_height(share.mean):.1f}" for x, share in points)
            parts.append(f'<path d="M{path}" fill="none" stroke="{COLORS[arm]}" stroke-width="1.5"/>')
            for x, share in points:
                parts.append(_line(x, _height(share.least), x, _height(share.most), COLORS[arm]))
                parts.append(f'<circle cx="{x:.1f}" cy="{_height(share.mean):.1f}" r="2.5" fill="{COLORS[arm]}"/>')
    parts.append(_text(LEFT, TOP + HIGH + 30, "right answers in per cent, by number of training questions", "start"))
    return _drawing("Right answers by number of training questions", arms, parts, len(names))


def bars(groups: dict[Key, list[dict[str, Any]]]) -> str:
    """Accuracy with the most examples: a panel a test, a bar an arm."""
    names, size = tests_of(groups), max(size for _, size in groups)
    arms = [arm for arm in ARMS if (arm, size) in groups and arm != CALCULATOR]
    parts, step = [], WIDE / len(arms)
    for number, name in enumerate(names):
        left, frame = _panel(number, name)
        parts += frame
        for place, arm in enumerate(arms):
            share = spread(run["accuracy"][name] for run in groups[arm, size])
            x, y = left + step * (place + 0.15), _height(share.mean)
            size_of = f'width="{0.7 * step:.1f}" height="{TOP + HIGH - y:.1f}"'
            parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" {size_of} fill="{COLORS[arm]}"/>')
            middle = x + 0.35 * step
            parts.append(_line(middle, _height(share.least), middle, _height(share.most), INK))
    parts.append(
        _text(LEFT, TOP + HIGH + 30, f"right answers in per cent, {size:,} training questions", "start"),
    )
    return _drawing(f"Right answers after {size:,} training questions", arms, parts, len(names))


def main(results: str, folder: str) -> None:
    """Write the plots and print the tables."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    runs = [json.loads(line) for line in Path(results).read_text(encoding="utf-8").splitlines()]
    for steps in sorted({run["steps"] for run in runs}):
        groups = group(run for run in runs if run["steps"] == steps)
        (place / f"by_test_{steps}.svg").write_text(bars(groups), encoding="utf-8")
        if len({size for _, size in groups}) > 1:
            (place / f"by_examples_{steps}.svg").write_text(curves(groups), encoding="utf-8")
        apart = {key: part for key, part in groups.items() if key[0] == CALCULATOR}
        print(f"{steps} steps\n\n{table({key: part for key, part in groups.items() if key not in apart})}\n")
        if apart:
            print(f"Shown the result:\n\n{table(apart)}\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit("usage: plot_experiment.py RESULTS.jsonl FOLDER")
    main(*sys.argv[1:])
