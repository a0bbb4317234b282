"""What share of the numbers in a text become part of a span?

    python examples/number_share.py FILE.jsonl[.gz] ... [--field text] [--rows 2000]

A number is a run of digits, with points and commas between digits. It counts as covered if it lies inside a span of the
default domains (all but NUMBER, under which nearly every number would be one).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from fluxem.integration import Detector
from fluxem.vocabulary import DomainType

NUMERAL = re.compile(r"\d(?:[\d.,]*\d)?")


def texts(path: Path, field: str) -> Iterator[str]:
    """The documents of a file of JSON Lines."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            value = json.loads(line).get(field)
            if isinstance(value, str):
                yield value


def count(path: Path, field: str, rows: int) -> Counter[str]:
    """Numbers by the domain of the span that covers them; "none" for the rest."""
    documents = list(islice(texts(path, field), rows))
    found = Detector().analyze_batch(documents)
    seen: Counter[str] = Counter()
    for row, text in enumerate(documents):
        own = slice(found.span_offsets[row], found.span_offsets[row + 1])
        spans = list(zip(found.span_start[own], found.span_end[own], found.span_domain[own], strict=True))
        for match in NUMERAL.finditer(text):
            covering = [
                DomainType(kind).name for start, end, kind in spans if start < match.end() and match.start() < end
            ]
            seen[covering[0] if covering else "none"] += 1
    return seen


def main() -> None:
    """A line a file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--field", default="text")
    parser.add_argument("--rows", type=int, default=2000)
    options = parser.parse_args()
    for path in options.files:
        seen = count(path, options.field, options.rows)
        total = sum(seen.values())
        inside = total - seen["none"]
        most = ", ".join(f"{name} {number / total:.0%}" for name, number in seen.most_common(5) if name != "none")
        print(f"| {path.name} | {total} | {inside / max(1, total):.0%} | {most} |")


if __name__ == "__main__":
    main()
