"""Spans against labelled text: precision, recall and values on every set, beside the bar that it has to pass.

    python benchmarks/accuracy.py --data ../shared/data --scorer ../shared/tools/score_spans.py

Prints one table, a row a measure. What the sets are and what their labels mean stands in the README beside them.
Exit code 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxem.domains import DOMAINS
from fluxem.integration.detector import Detector
from fluxem.vocabulary import DomainType

BATCH = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One row: a set, what of it is scored, and the least (or most) that will do."""

    files: tuple[str, ...]
    """Names of the sets, without ending."""
    types: str = ""
    """Comma-separated types to score; all where empty."""
    where: tuple[str, ...] = ()
    """Conditions on the gold spans, KEY=VALUE."""
    metric: str
    """`exact R`, `overlap P`, `values`, `records hit` or `spans per million`."""
    bar: float
    """A minimum, or a maximum for `records hit` (a share) and `spans per million`."""

    @property
    def is_maximum(self) -> bool:
        """Whether less is better."""
        return self.metric in ("records hit", "spans per million")

    def holds(self, figure: float) -> bool:
        """Whether `figure` passes."""
        return figure <= self.bar if self.is_maximum else figure >= self.bar


def _both(files: str, types: str, where: Sequence[str], **bars: float) -> list[Measure]:
    """One measure for each `exact_R=0.95`-like bar."""
    names = tuple(files.split())
    return [
        Measure(files=names, types=types, where=tuple(where), metric=metric.replace("_", " "), bar=bar)
        for metric, bar in bars.items()
    ]


SINGLE = ("form=single", "unit_kind=symbol,word")
MEASURES: tuple[Measure, ...] = (
    *_both("quantity_measeval", "QUANTITY", SINGLE, exact_R=0.95, overlap_P=0.90),
    *_both("quantity_wetlab", "QUANTITY", SINGLE, overlap_R=0.95, overlap_P=0.96),
    *_both("quantity_grobid", "QUANTITY", SINGLE, overlap_R=0.93),
    *_both("materials_syntheses", "QUANTITY", SINGLE, overlap_R=0.96),
    *_both("arithmetic_gsm8k", "ARITHMETIC", ["form=plain"], exact_R=0.97, exact_P=0.99, values=0.999),
    *_both("arithmetic_mathsdata", "ARITHMETIC", [], exact_R=0.99, values=1.0),
    *_both("rational_mathsdata", "RATIONAL", [], exact_R=0.99, values=1.0),
    *_both("chemistry_textbook", "FORMULA", ["form=plain"], overlap_R=0.95, overlap_P=0.97),
    *_both("formula_synthesis", "FORMULA", [], overlap_R=0.97),
    *_both("formula_tables", "FORMULA", [], overlap_R=0.97),
    *_both("reaction_synthesis", "REACTION", [], overlap_R=0.90),
    *_both("reaction_cantera", "REACTION", [], overlap_R=0.90),
    *_both("docs_examples", "VECTOR", [], overlap_R=0.97),
    *_both("docs_examples", "MATRIX", [], overlap_R=0.97),
    *_both("docs_docstrings", "VECTOR", [], overlap_R=0.97),
    *_both("docs_docstrings", "MATRIX", [], overlap_R=0.97),
    *_both("docs_docstrings", "COMPLEX", [], overlap_R=0.97),
    *_both("docs_docstrings", "POLYNOMIAL", ["form=expanded"], overlap_R=0.95),
    *_both("polynomial_mathsdata", "POLYNOMIAL", ["form=expanded"], overlap_R=0.95),
    *_both("sequence_fasta", "DNA", ["form=upper"], overlap_R=0.99),
    *_both("sequence_fasta", "RNA", ["form=upper"], overlap_R=0.99),
    *_both("datetime_recognizers datetime_tests", "DATE,TIME,DATETIME,DURATION", [], overlap_R=0.95),
    *_both("date_gum", "DATE,TIME", [], overlap_R=0.95),
    *_both("measurement_mathsdata", "TIME", [], overlap_R=0.95),
    *_both("measurement_mathsdata", "QUANTITY", [], overlap_R=0.95),
    *_both("music_docs", "PITCH", ["form=plain"], overlap_R=0.95),
    *_both("music_names", "PITCH", ["form=plain"], overlap_R=0.95),
    *_both("tricky_novel_symbols", "", [], records_hit=0.001),
    *(
        Measure(files=(f"tricky_{name}",), metric="records hit", bar=0.005)
        for name in ("identifiers", "ids", "versions", "years")
    ),
    *(
        Measure(files=(name,), metric="records hit", bar=0.03)
        for name in (
            "tricky_acronyms", "tricky_units", "tricky_codes", "tricky_ranges", "tricky_sharp", "tricky_acgt",
            "tricky_citations", "datetime_negatives",
        )
    ),
    Measure(
        files=("corpora/books",), types="FORMULA,REACTION,DNA,PITCH,CHORD,ARITHMETIC", metric="spans per million", bar=2
    ),
)  # fmt: skip


class Predictions:
    """Spans of every record of a set, computed once."""

    def __init__(self, data: Path, folder: Path, detector: Detector) -> None:
        self._data = data
        self._folder = folder
        self._detector = detector
        self._done: dict[str, list[dict[str, Any]]] = {}

    def gold(self, name: str) -> Path:
        """The labelled file."""
        return self._data / f"{name}.jsonl.gz"

    def of(self, name: str) -> list[dict[str, Any]]:
        """Records with `id`, `length`, `absent` and predicted `spans`."""
        if name not in self._done:
            self._done[name] = list(self._predict(name))
        return self._done[name]

    def file(self, name: str) -> Path:
        """The predictions as JSON Lines."""
        path = self._folder / f"{name.replace('/', '_')}.jsonl"
        rows = ({"id": record["id"], "spans": record["spans"]} for record in self.of(name))
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    def _predict(self, name: str) -> Iterator[dict[str, Any]]:
        with gzip.open(self.gold(name), "rt", encoding="utf-8") as handle:
            records = [json.loads(line) for line in handle]
        for start in range(0, len(records), BATCH):
            yield from self._spans(records[start : start + BATCH])

    def _spans(self, records: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        batch = self._detector.analyze_batch([record["text"] for record in records])
        for row, record in enumerate(records):
            places = range(batch.span_offsets[row], batch.span_offsets[row + 1])
            spans = [
                {
                    "start": int(batch.span_start[place]),
                    "end": int(batch.span_end[place]),
                    **_typed(int(batch.span_domain[place]), batch.span_vector[place]),
                }
                for place in places
            ]
            yield {
                "id": record["id"],
                "length": len(record["text"]),
                "absent": record.get("absent"),
                "spans": spans,
            }


def _typed(domain: int, vector: npt.NDArray[np.float32]) -> dict[str, str]:
    """Type, and the decoded value where the labels have one to compare."""
    kind = DomainType(domain)
    value = DOMAINS[kind].encoder.decode(vector) if kind in (DomainType.ARITHMETIC, DomainType.RATIONAL) else None
    return {"type": kind.name} | ({"value": str(value)} if isinstance(value, int | Fraction) else {})


def figure(measure: Measure, predictions: Predictions, scorer: Path) -> float:
    """The measured value."""
    if measure.metric == "records hit":
        records = predictions.of(measure.files[0])
        hits = [any(s["type"] in (r["absent"] or (s["type"],)) for s in r["spans"]) for r in records]
        return sum(hits) / len(hits)
    if measure.metric == "spans per million":
        records = predictions.of(measure.files[0])
        wanted = set(measure.types.split(","))
        return sum(s["type"] in wanted for r in records for s in r["spans"]) / sum(r["length"] for r in records) * 1e6
    totals = [_score(measure, predictions, scorer, name) for name in measure.files]
    if measure.metric == "values":
        return sum(t["values"]["right"] for t in totals) / max(1, sum(t["values"]["compared"] for t in totals))
    mode, letter = measure.metric.split()
    hits = sum(t[mode]["hits"] for t in totals)
    if letter == "R":
        return hits / sum(t["gold"] for t in totals)
    return hits / max(1, sum(t[mode].get("predicted", t["predicted"]) for t in totals))


def _score(measure: Measure, predictions: Predictions, scorer: Path, name: str) -> dict[str, Any]:
    """The scorer's totals for one file."""
    command = [sys.executable, str(scorer), str(predictions.gold(name)), str(predictions.file(name)), "--json"]
    command += ["--types", measure.types] if measure.types else []
    command += [part for condition in measure.where for part in ("--where", condition)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    total: dict[str, Any] = json.loads(run.stdout)["all"]
    return total


def main() -> int:
    """Measure everything, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of labelled sets")
    parser.add_argument("--scorer", type=Path, required=True, help="score_spans.py")
    parser.add_argument("--only", default="", help="only sets whose name contains this")
    arguments = parser.parse_args()
    missed = 0
    print("| set | scored | measure | figure | bar | |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        predictions = Predictions(arguments.data, Path(folder), Detector())
        for measure in MEASURES:
            if arguments.only not in " ".join(measure.files):
                continue
            value = figure(measure, predictions, arguments.scorer)
            missed += not measure.holds(value)
            scored = " ".join(filter(None, [measure.types, *measure.where])) or "all"
            sign = "<=" if measure.is_maximum else ">="
            mark = "" if measure.holds(value) else "missed"
            cells = (", ".join(measure.files), scored, measure.metric, f"{value:.4g}", f"{sign} {measure.bar}", mark)
            print(f"| {' | '.join(cells)} |", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
