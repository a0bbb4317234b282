"""Predicted spans of labelled sets, ours and those of two peers, each computed once a set."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from environment import python_with

from fluxem.domains import DOMAINS
from fluxem.integration.detector import Detector
from fluxem.vocabulary import DomainType

BATCH = 256
RECORD_SECONDS = 5
"""A peer that takes longer for one record gets no spans there, which is counted."""

Record = dict[str, Any]


def labelled(data: Path, name: str) -> list[Record]:
    """The records of a set."""
    with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as handle:
        return [json.loads(line) for line in handle]


class Ours:
    """Our detector."""

    name = "fluxem-prep"
    types: frozenset[str] | None = None

    def __init__(self) -> None:
        self._detectors: dict[tuple[str, ...], Detector] = {}

    def spans(self, records: list[Record], only: tuple[str, ...]) -> Iterator[list[Record]]:
        """The spans of each record, looking for the domains `only`, or for all."""
        if only not in self._detectors:
            self._detectors[only] = Detector({DomainType[name] for name in only} or None)
        for start in range(0, len(records), BATCH):
            batch = self._detectors[only].analyze_batch([record["text"] for record in records[start : start + BATCH]])
            for row in range(len(batch.span_offsets) - 1):
                places = range(batch.span_offsets[row], batch.span_offsets[row + 1])
                yield [
                    {
                        "start": int(batch.span_start[place]),
                        "end": int(batch.span_end[place]),
                        **_typed(int(batch.span_domain[place]), batch.span_vector[place]),
                    }
                    for place in places
                ]


def _typed(domain: int, vector: npt.NDArray[np.float32]) -> dict[str, str]:
    """Type, and the decoded value where the labels have one to compare."""
    kind = DomainType(domain)
    value = DOMAINS[kind].encoder.decode(vector) if kind in (DomainType.ARITHMETIC, DomainType.RATIONAL) else None
    return {"type": kind.name} | ({"value": str(value)} if isinstance(value, int | Fraction) else {})


@dataclass(slots=True)
class Peer:
    """Another package, in an environment of its own."""

    name: str
    """As the package index has it, pinned."""
    script: str
    """The program beside this one that prints its spans."""
    types: frozenset[str] | None
    """What it can find; None where that is everything."""
    cache: Path
    """Where its environment is kept."""
    stopped: int = field(default=0, init=False)
    """Records that it did not finish."""

    def spans(self, records: list[Record], only: tuple[str, ...]) -> Iterator[list[Record]]:  # noqa: ARG002 - it has no choice
        """The spans of each record."""
        python = python_with([self.name], self.cache)
        script = Path(__file__).parent / "peers" / self.script
        lines = "".join(json.dumps({"id": record["id"], "text": record["text"]}) + "\n" for record in records)
        # -I: what PYTHONPATH names must not stand in for the package.
        command = [python, "-I", script, str(RECORD_SECONDS)]
        run = subprocess.run(command, input=lines, stdout=subprocess.PIPE, text=True, check=True)
        for line in run.stdout.splitlines():
            answer = json.loads(line)
            self.stopped += answer.get("stopped", False)
            yield answer["spans"]


def peers(cache: Path) -> tuple[Peer, ...]:
    """The two packages that we are measured beside."""
    return (
        Peer("fluxem==1.0.1", "spans_public.py", None, cache),
        Peer("quantulum3==0.10.0", "spans_quantulum.py", frozenset({"QUANTITY"}), cache),
    )


class Predictions:
    """Spans of one system on every set, computed when they are first asked for.

    COMPOSITION, a formula with fractional counts, counts as FORMULA, as it does in the labels.
    """

    def __init__(self, system: Ours | Peer, data: Path) -> None:
        self.system = system
        self._data = data
        self._done: dict[tuple[str, tuple[str, ...]], list[Record]] = {}

    def of(self, name: str, only: tuple[str, ...] = ()) -> list[Record]:
        """Records with `id`, `length`, `absent` and predicted `spans`."""
        if (name, only) not in self._done:
            records = labelled(self._data, name)
            found = self.system.spans(records, only)
            self._done[name, only] = [_row(record, spans) for record, spans in zip(records, found, strict=True)]
        return self._done[name, only]


def _row(record: Record, spans: list[Record]) -> Record:
    for span in spans:
        span["type"] = "FORMULA" if span["type"] == "COMPOSITION" else span["type"]
    return {"id": record["id"], "length": len(record["text"]), "absent": record.get("absent"), "spans": spans}
