"""Spans against labelled text: precision, recall and values on every set, beside the bars and beside two peers.

    python benchmarks/accuracy.py --data ../shared/data --scorer ../shared/tools/score_spans.py [--peers] [--write]

Prints one table, a row a measure. What the sets are and what their labels mean stands in the README beside them;
what is scored of them, in `measures.py`. `--peers` measures the public `fluxem` 1.0.1 and `quantulum3` in the same run,
each in an environment of its own that is built at the first run; `--write` puts the table into docs/accuracy.md.
Exit code 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from environment import default_cache
from measures import MAXIMA, MEASURES, RULES, Measure
from predictions import RECORD_SECONDS, Ours, Peer, Predictions, labelled, peers

DOCUMENT = Path(__file__).parent.parent / "docs" / "accuracy.md"
LEGEND = """\
R is recall, P precision, `exact` wants both ends right, `overlap` one shared character; `values` is the share of right
values among exact hits; `records hit` the share of records with a span that must not be there. A dash: such spans are
not what the package looks for, or there was nothing to count.
"""
FORMULAS = """\
COMPOSITION counts as FORMULA. The labels of chemistry_textbook nest formulas inside reactions; our spans are disjoint,
so our detector looks for formulas alone there. In tricky_versions every span of ours is a date, a time or a quantity
that the sentence does hold (`Jun 27, 2018`, `12 months`); its second row counts all other types. The scored labels are
narrowed, where the table says so, to:
"""
COMMAND = "python benchmarks/accuracy.py --data ../shared/data --scorer ../shared/tools/score_spans.py --peers --write"


class Scorer:
    """Figures of one system, by the scoring program that comes with the sets."""

    def __init__(self, predictions: Predictions, data: Path, program: Path, folder: Path) -> None:
        self.predictions = predictions
        self._data = data
        self._program = program
        self._folder = folder

    def figure(self, measure: Measure) -> float | None:
        """The measured value; None where the system does not find such spans at all, or found none to judge."""
        types = self.predictions.system.types
        if types is not None and measure.types and not types & set(measure.types.split(",")):
            return None
        if measure.metric in MAXIMA:
            return self._rate(measure)
        totals = [self._score(measure, name) for name in measure.files]
        if measure.metric == "values":
            return _share(sum(t["values"]["right"] for t in totals), sum(t["values"]["compared"] for t in totals))
        mode, letter = measure.metric.split()
        hits = sum(t[mode]["hits"] for t in totals)
        predicted = sum(t[mode].get("predicted", t["predicted"]) for t in totals)
        return _share(hits, predicted if letter == "P" else sum(t["gold"] for t in totals))

    def _rate(self, measure: Measure) -> float:
        records = self.predictions.of(measure.files[0])
        if measure.metric == "records hit":
            wanted = set(measure.types.split(",")) if measure.types else None
            hits = [any(_is_wrong(span, record, wanted) for span in record["spans"]) for record in records]
            return sum(hits) / len(hits)
        wanted = set(measure.types.split(","))
        return sum(s["type"] in wanted for r in records for s in r["spans"]) / sum(r["length"] for r in records) * 1e6

    def _score(self, measure: Measure, name: str) -> dict[str, Any]:
        """The totals for one set."""
        rows = self.predictions.of(name, measure.only)
        predicted = self._lines(f"{name}.predicted", [{"id": row["id"], "spans": row["spans"]} for row in rows])
        command = [sys.executable, str(self._program), str(self._gold(measure, name)), str(predicted), "--json"]
        command += ["--types", measure.types]
        command += [part for condition in measure.where for part in ("--where", condition)]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        total: dict[str, Any] = json.loads(run.stdout)["all"]
        return total

    def _gold(self, measure: Measure, name: str) -> Path:
        """The labelled file; where a rule sets spans aside, a copy in which they are neither right nor wrong."""
        if not measure.rule:
            return self._data / f"{name}.jsonl.gz"
        rule = RULES[measure.rule][1]
        records = labelled(self._data, name)
        for record in records:
            for span in record["spans"]:
                if not span["type"].startswith("X_") and not rule(record["text"], span):
                    span["type"] = f"X_{span['type']}"
        return self._lines(f"{name}.gold", records)

    def _lines(self, name: str, records: list[dict[str, Any]]) -> Path:
        path = self._folder / f"{name.replace('/', '_')}.jsonl"
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        return path


def _is_wrong(span: dict[str, Any], record: dict[str, Any], wanted: set[str] | None) -> bool:
    """Whether a span must not be there: of a type that the record lists, or of any where it lists none."""
    kind = span["type"]
    return (record["absent"] is None or kind in record["absent"]) and (wanted is None or kind in wanted)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _cell(figure: float | None) -> str:
    return "–" if figure is None else f"{figure:.4g}"


def _table(rows: list[tuple[Measure, list[float | None]]], names: list[str]) -> list[str]:
    """Lines of a Markdown table."""
    lines = [f"| set | scored | measure | {names[0]} | bar | | {' | '.join(names[1:])} |".replace(" |  |", " |")]
    lines.append("|---" * (6 + len(names) - 1) + "|")
    for measure, figures in rows:
        sign = "" if measure.bar is None else f"{'<=' if measure.metric in MAXIMA else '>='} {measure.bar}"
        missed = figures[0] is None or not measure.holds(figures[0])
        first = [", ".join(measure.files), measure.scored, measure.metric, _cell(figures[0]), sign]
        lines.append(f"| {' | '.join([*first, 'missed' if missed else '', *map(_cell, figures[1:])])} |")
    return lines


def _document(table: list[str], others: tuple[Peer, ...]) -> str:
    """The page docs/accuracy.md."""
    rules = [f"- *{name}*: {reason}." for name, (reason, _) in RULES.items()]
    stopped = [
        f"- `{peer.name}`: {peer.stopped} records without an answer (over {RECORD_SECONDS} seconds, or an exception)."
        for peer in others
    ]
    return "\n".join(
        [
            "# Accuracy on labelled text\n",
            f"Written by\n\n```\n{COMMAND}\n```\n",
            LEGEND,
            FORMULAS,
            *rules,
            "",
            *table,
            "",
            *stopped,
            "",
        ]
    )


def main() -> int:
    """Measure everything, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of labelled sets")
    parser.add_argument("--scorer", type=Path, required=True, help="score_spans.py")
    parser.add_argument("--only", default="", help="only sets whose name contains this")
    parser.add_argument("--peers", action="store_true", help="measure the peers too")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="folder of the peers' environments")
    parser.add_argument("--write", action="store_true", help="write docs/accuracy.md")
    arguments = parser.parse_args()
    others = peers(arguments.cache) if arguments.peers else ()
    measures = [measure for measure in MEASURES if arguments.only in " ".join(measure.files)]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:

        def figures(system: Ours | Peer) -> list[float | None]:
            own = Path(folder) / system.name
            own.mkdir()
            predictions = Predictions(system, arguments.data)
            scorer = Scorer(predictions, arguments.data, arguments.scorer, own)
            return [scorer.figure(measure) for measure in measures]

        systems: list[Ours | Peer] = [Ours(), *others]
        columns = list(pool.map(figures, systems))
    rows = [(measure, [column[row] for column in columns]) for row, measure in enumerate(measures)]
    table = _table(rows, [system.name for system in systems])
    print("\n".join(table))
    if arguments.write:
        DOCUMENT.write_text(_document(table, others), encoding="utf-8")
    return int(any(values[0] is None or not measure.holds(values[0]) for measure, values in rows))


if __name__ == "__main__":
    raise SystemExit(main())
