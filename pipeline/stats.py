"""Counts of what was found, as values that add up.

A task counts into a `StatsBuilder` and returns a frozen `Stats`; stats of tasks are added in order of task. They
balance: rows in = rows out + rejected, candidates = encoded + failed. Counts are exact; surfaces are counted over the
first spans of each task only (how many stands beside them), which bounds memory and time on any corpus.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from fluxem.integration.span_batch import SpanBatch
from fluxem.vocabulary import DOMAIN_NAMES, REASON_NAMES

from .mixed_stream import MixedStream
from .rows import Row

SURFACE_SPANS: Final = 100_000
"""Spans of a task whose surfaces are counted."""
_SURFACES_KEPT: Final = 100
_SURFACE_LENGTH: Final = 80
_EXAMPLES: Final = 5
ENCODED: Final = "encoded"


class Example(NamedTuple):
    """One occurrence."""

    id: str
    surface: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What a task, or a whole build, found. `a + b` is the stats of both, a before b."""

    rows_out: int = 0
    """Rows written."""
    text_bytes: int = 0
    """UTF-8 bytes of their texts."""
    characters: int = 0
    """Code points of their texts."""
    tokens: int = 0
    """Entries of `input_ids`: tokens of the text, and one placeholder a span."""
    span_tokens: int = 0
    """Tokens of the spans' own texts."""
    surface_spans: int = 0
    """Spans whose surfaces were counted."""
    rejects: Counter[str] = field(default_factory=Counter)
    """Rejected rows by reason."""
    encoded: Counter[str] = field(default_factory=Counter)
    """Spans by domain."""
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Candidates that stayed text, by (domain, reason)."""
    lengths: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Histograms: (name, b) counts the values of b bits, that is of 2**(b - 1) to 2**b - 1."""
    surfaces: Counter[tuple[str, str]] = field(default_factory=Counter)
    """The most frequent texts of spans, by (domain, surface)."""
    examples: dict[tuple[str, str], tuple[Example, ...]] = field(default_factory=dict)
    """A few occurrences by (domain, reason), and by (domain, "encoded")."""

    def __add__(self, other: Stats) -> Stats:
        """Add counts; keep the most frequent surfaces and the first examples."""
        bounded = ("surfaces", "examples")
        names = [item.name for item in fields(self) if item.name not in bounded]
        joined = {name: getattr(self, name) + getattr(other, name) for name in names}
        both = {**other.examples, **self.examples}
        return Stats(
            **joined,
            surfaces=_most_frequent(self.surfaces + other.surfaces),
            examples={key: (*self.examples.get(key, ()), *other.examples.get(key, ()))[:_EXAMPLES] for key in both},
        )

    @property
    def rejected(self) -> int:
        """Rejected rows."""
        return self.rejects.total()

    @property
    def candidates(self) -> int:
        """Everything that a domain claimed: encoded and failed."""
        return self.encoded.total() + self.failed.total()

    @property
    def failure_reasons(self) -> Counter[str]:
        """Failures by reason."""
        reasons: Counter[str] = Counter()
        for (_, reason), count in self.failed.items():
            reasons[reason] += count
        return reasons

    def as_json(self) -> dict[str, object]:
        """The content of stats.json."""
        seen = {*self.encoded, *(domain for domain, _ in self.failed)}
        return {
            "rows": {
                "in": self.rows_out + self.rejected,
                "out": self.rows_out,
                "rejected": self.rejected,
                "reasons": _ranked(self.rejects),
            },
            "text": {"bytes": self.text_bytes, "characters": self.characters},
            "tokens": {"input_ids": self.tokens, "span_input_ids": self.span_tokens},
            "candidates": self.candidates,
            "encoded": self.encoded.total(),
            "failed": self.failed.total(),
            "failure_reasons": _ranked(self.failure_reasons),
            "domains": {name: self._domain_json(name) for name in DOMAIN_NAMES if name in seen},
            "surfaces_counted_over_spans": self.surface_spans,
            "lengths": {name: _histogram(self.lengths, name) for name in sorted({name for name, _ in self.lengths})},
        }

    def as_record(self) -> dict[str, object]:
        """All of it as JSON values in a fixed order, for `from_record`."""
        sums = {name: getattr(self, name) for name in _SUMS}
        return sums | {
            "rejects": sorted(self.rejects.items()),
            "encoded": sorted(self.encoded.items()),
            **{name: [[*key, n] for key, n in sorted(getattr(self, name).items())] for name in _PAIRS},
            "examples": [[*key, list(map(list, found))] for key, found in sorted(self.examples.items())],
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Stats:
        """The stats of `as_record`.

        Raises:
            KeyError, TypeError, ValueError: it is no such record.
        """
        sums: dict[str, Any] = {name: int(record[name]) for name in _SUMS}
        pairs: dict[str, Any] = {name: Counter({(a, b): n for a, b, n in record[name]}) for name in _PAIRS}
        return cls(
            **sums,
            **pairs,
            rejects=Counter(dict(record["rejects"])),
            encoded=Counter(dict(record["encoded"])),
            examples={(a, b): tuple(Example(*item) for item in found) for a, b, found in record["examples"]},
        )

    def _domain_json(self, name: str) -> dict[str, object]:
        failures = Counter({reason: count for (domain, reason), count in self.failed.items() if domain == name})
        surfaces = Counter({text: count for (domain, text), count in self.surfaces.items() if domain == name})
        examples = {reason: found for (domain, reason), found in self.examples.items() if domain == name}
        return {
            "encoded": self.encoded[name],
            "failed": failures.total(),
            "failure_reasons": _ranked(failures),
            "top_surfaces": [[text, count] for text, count in _ranked(surfaces).items()][:_SURFACES_KEPT],
            "examples": {reason: [item._asdict() for item in examples[reason]] for reason in sorted(examples)},
        }


_SUMS: Final = ("rows_out", "text_bytes", "characters", "tokens", "span_tokens", "surface_spans")
_PAIRS: Final = ("failed", "lengths", "surfaces")


class StatsBuilder:
    """Counts batch by batch; `freeze` gives the value."""

    def __init__(self) -> None:
        self._sums: Counter[str] = Counter()
        self._rejects: Counter[str] = Counter()
        self._encoded = np.zeros(len(DOMAIN_NAMES), np.int64)
        self._failed = np.zeros((len(DOMAIN_NAMES), len(REASON_NAMES)), np.int64)
        self._wanted = np.ones_like(self._failed, np.bool_)  # which (domain, reason) lack examples; 0 is encoded
        self._lengths = {name: np.zeros(64, np.int64) for name in _HISTOGRAMS}
        self._surfaces: Counter[tuple[int, str]] = Counter()
        self._examples: dict[tuple[str, str], list[Example]] = {}

    def reject(self, reason: str) -> None:
        """Count a rejected row."""
        self._rejects[reason] += 1

    def add(self, rows: Sequence[Row], spans: SpanBatch, stream: MixedStream | None, text_bytes: int) -> None:
        """Count D rows; `text_bytes` is the UTF-8 size of their texts together."""
        characters = np.array([len(row.text) for row in rows], np.int64)
        self._sums["rows_out"] += len(rows)
        self._sums["text_bytes"] += text_bytes
        self._sums["characters"] += int(characters.sum())
        if stream is not None:
            self._sums["tokens"] += len(stream.input_ids)
            self._sums["span_tokens"] += len(stream.span_ids)
        self._encoded += np.bincount(spans.span_domain, minlength=len(DOMAIN_NAMES))
        np.add.at(self._failed, (spans.failure_domain, spans.failure_reason), 1)
        self._lengths["document_characters"] += _bits(characters)
        self._lengths["span_characters"] += _bits(spans.span_end - spans.span_start)
        self._lengths["spans_per_document"] += _bits(np.diff(spans.span_offsets))
        self._count_surfaces(rows, spans)
        self._take_examples(rows, spans)

    def freeze(self) -> Stats:
        """The counts so far."""
        surfaces = Counter({(DOMAIN_NAMES[domain], text): count for (domain, text), count in self._surfaces.items()})
        failed = {
            (DOMAIN_NAMES[domain], REASON_NAMES[reason]): int(self._failed[domain, reason])
            for domain, reason in np.argwhere(self._failed)
        }
        lengths = {(name, int(b)): int(n[b]) for name, n in self._lengths.items() for b in np.flatnonzero(n)}
        return Stats(
            **self._sums,
            rejects=Counter(self._rejects),
            encoded=Counter({DOMAIN_NAMES[i]: int(self._encoded[i]) for i in np.flatnonzero(self._encoded)}),
            failed=Counter(failed),
            lengths=Counter(lengths),
            surfaces=_most_frequent(surfaces),
            examples={key: tuple(found) for key, found in self._examples.items()},
        )

    def _count_surfaces(self, rows: Sequence[Row], spans: SpanBatch) -> None:
        count = min(len(spans.span_start), SURFACE_SPANS - self._sums["surface_spans"])
        if count <= 0:
            return
        documents = np.repeat(np.arange(len(rows)), np.diff(spans.span_offsets))[:count].tolist()
        starts, ends = spans.span_start[:count], spans.span_end[:count]
        ends = np.minimum(ends, starts + _SURFACE_LENGTH)
        found = (rows[i].text[a:b] for i, a, b in zip(documents, starts.tolist(), ends.tolist(), strict=True))
        self._surfaces.update(zip(spans.span_domain[:count].tolist(), found, strict=True))
        self._sums["surface_spans"] += count

    def _take_examples(self, rows: Sequence[Row], spans: SpanBatch) -> None:
        encoded = np.zeros(len(spans.span_domain), np.uint8)
        self._take(rows, spans.span_offsets, spans.span_start, spans.span_end, spans.span_domain, encoded)
        reasons = spans.failure_reason
        self._take(rows, spans.failure_offsets, spans.failure_start, spans.failure_end, spans.failure_domain, reasons)

    def _take(
        self,
        rows: Sequence[Row],
        offsets: npt.NDArray[np.int32],
        start: npt.NDArray[np.int32],
        end: npt.NDArray[np.int32],
        domain: npt.NDArray[np.uint8],
        reason: npt.NDArray[np.uint8],
    ) -> None:
        """The first entry of each (domain, reason) in each document, as long as there are too few."""
        entries = np.flatnonzero(self._wanted[domain, reason])
        owners = np.searchsorted(offsets, entries, side="right") - 1
        kinds = domain[entries].astype(np.int64) * len(REASON_NAMES) + reason[entries]
        _, firsts = np.unique(kinds * len(rows) + owners, return_index=True)
        for i, owner in zip(entries[firsts].tolist(), owners[firsts].tolist(), strict=True):
            key = DOMAIN_NAMES[domain[i]], REASON_NAMES[reason[i]] if reason[i] else ENCODED
            found = self._examples.setdefault(key, [])
            if len(found) < _EXAMPLES:
                text = rows[owner].text[start[i] : min(end[i], start[i] + _SURFACE_LENGTH)]
                found.append(Example(rows[owner].id, text))
                self._wanted[domain[i], reason[i]] = len(found) < _EXAMPLES


_HISTOGRAMS: Final = ("document_characters", "span_characters", "spans_per_document")


def _bits(values: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """(64,) how many of the values have that many bits."""
    return np.bincount(np.frexp(values.astype(np.float64))[1], minlength=64)


def _most_frequent(surfaces: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """The surfaces that are kept, by domain."""
    by_domain: dict[str, list[tuple[tuple[str, str], int]]] = {}
    for key, count in surfaces.items():
        by_domain.setdefault(key[0], []).append((key, count))
    ranked = (sorted(found, key=lambda item: (-item[1], item[0])) for found in by_domain.values())
    return Counter(dict(item for found in ranked for item in found[: 10 * _SURFACES_KEPT]))


def _ranked(counts: Counter[str]) -> dict[str, int]:
    """Most frequent first, equal counts by name."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _histogram(lengths: Counter[tuple[str, int]], name: str) -> dict[str, int]:
    bins = sorted((bits, count) for (of, bits), count in lengths.items() if of == name)
    return {("0" if bits == 0 else f"{2 ** (bits - 1)}-{2**bits - 1}"): count for bits, count in bins}
