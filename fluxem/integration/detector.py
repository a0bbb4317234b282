"""Batch detection: texts in, columns of spans, vectors and failures out. The hot path of a build.

Two passes. The first scans each document with the composed pattern (`fluxem.integration.scanner`), looks around
anchors (`fluxem.integration.anchored`) and asks the evidence rules of the domains; it gives candidates. The second
encodes all candidates of the batch, domain by domain, each distinct surface once; what has no code becomes a
failure and stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from fluxem.domains import DOMAINS
from fluxem.domains.domain import Context, Domain, Verdict
from fluxem.errors import ConfigError
from fluxem.integration.anchored import Anchored
from fluxem.integration.registry import DomainEncoderRegistry
from fluxem.integration.scanner import compose
from fluxem.integration.span_batch import SpanBatch
from fluxem.vocabulary import PRIORITY, VECTOR_DIM, DomainType, FailureReason

Ambiguity = Literal["fallback", "priority"]
"""What becomes of a candidate without evidence."""

OFF_BY_DEFAULT: Final = frozenset({DomainType.NUMBER})
"""A vector for every bare number would leave a text without its years and page numbers."""

Candidate = tuple[int, int, int, int]
"""start, end, domain id, reason id (0 for a span)."""


class Detector:
    """Finds and encodes spans.

    Args:
        domains: which to look for; all but NUMBER by default.
        registry: encoders; by default the built-in ones.
        ambiguity: see `Ambiguity`.
    """

    def __init__(
        self,
        domains: Iterable[DomainType] | None = None,
        *,
        registry: DomainEncoderRegistry | None = None,
        ambiguity: Ambiguity = "fallback",
    ) -> None:
        if ambiguity not in ("fallback", "priority"):
            raise ConfigError(f"expected ambiguity 'fallback' or 'priority', got {ambiguity!r}")
        wanted = DOMAINS.keys() - OFF_BY_DEFAULT if domains is None else set(domains)
        unknown = wanted - DOMAINS.keys()
        if unknown:
            raise ConfigError(f"expected domains among {', '.join(d.name for d in DOMAINS)}, got {unknown}")
        self.registry = DomainEncoderRegistry() if registry is None else registry
        self._scanner = compose({domain: DOMAINS[domain] for domain in wanted})
        self._anchored = Anchored(DOMAINS[domain] for domain in PRIORITY if domain in wanted)
        self._take_first = ambiguity == "priority"

    def fingerprint(self) -> str:
        """12 hex digits that change when an encoder does."""
        return self.registry.fingerprint()

    def analyze_batch(self, texts: Sequence[str]) -> SpanBatch:
        """Spans with their vectors, and failures, of D documents."""
        candidates: list[Candidate] = []
        offsets = np.zeros(len(texts) + 1, dtype=np.int64)
        for row, text in enumerate(texts):
            candidates.extend(self._scan(text))
            offsets[row + 1] = len(candidates)
        columns = np.array(candidates, dtype=np.int32).reshape(-1, 4)
        owner = np.repeat(np.arange(len(texts)), np.diff(offsets))
        vectors = self._encode(texts, owner, columns)
        return _split(columns, vectors, owner, len(texts))

    def _scan(self, text: str) -> Iterator[Candidate]:
        """The candidates of one text, disjoint and in order: of a lead and an anchor that overlap, the longer."""
        search = self._scanner.pattern.search
        anchored = self._anchors(text)
        ahead = next(anchored, None)
        place = done = 0
        while match := search(text, place):
            begin = match.start()
            while ahead is not None and ahead[0] <= begin:
                if ahead[0] >= done:
                    yield ahead
                    done = ahead[1]
                ahead = next(anchored, None)
            place = max(place, done)
            if begin < place:
                continue
            chosen, place = self._read(text, match, place)
            if chosen is None:
                continue
            while ahead is not None and ahead[0] < chosen[1] and ahead[1] - ahead[0] < chosen[1] - chosen[0]:
                ahead = next(anchored, None)
            if ahead is not None and ahead[0] < chosen[1]:
                place = ahead[0]
            else:
                yield chosen
                done = place = max(chosen[1], begin + 1)
        for rest in (ahead, *anchored):
            if rest is not None and rest[0] >= done:
                yield rest
                done = rest[1]

    def _anchors(self, text: str) -> Iterator[Candidate]:
        """The candidates of one text that stand around an anchor, disjoint and in order."""
        for reading in self._anchored(text):
            chosen = self._choose(text, [reading])
            if chosen is not None:
                yield chosen

    def _read(self, text: str, match: re.Match[str], place: int) -> tuple[Candidate | None, int]:
        """What stands at a lead, and where to go on if that is nothing."""
        begin = match.start()
        readings: list[tuple[int, int, Domain]] = []
        skip = begin + 1
        for slot in self._scanner.slots[text[begin]]:
            end = match.end(slot.group)
            if end >= 0:
                skip = max(skip, end)
                if match.end(slot.mark) >= 0:
                    readings.append(_bounds(text, begin, end, slot.domain, place))
        # What was no span may end in the beginning of one: of `10 - 20 mg`, no difference, `20 mg` remains.
        last_word = text.rfind(" ", begin + 1, skip) + 1
        return self._choose(text, readings), last_word or skip

    def _choose(self, text: str, readings: list[tuple[int, int, Domain]]) -> Candidate | None:
        """The longest reading whose evidence holds, first in priority among equals; else the first ambiguous one."""
        if len(readings) > 1:
            readings.sort(key=lambda reading: reading[0] - reading[1])
        ambiguous: Candidate | None = None
        for start, end, domain in readings:
            verdict = Verdict.SPAN if domain.judge is None else domain.judge(Context(text=text, start=start, end=end))
            if verdict is Verdict.SPAN or (verdict is Verdict.AMBIGUOUS and self._take_first):
                return start, end, domain.type, 0
            if verdict is Verdict.AMBIGUOUS and ambiguous is None:
                ambiguous = start, end, domain.type, FailureReason.AMBIGUOUS
        return ambiguous

    def _encode(
        self, texts: Sequence[str], owner: npt.NDArray[np.intp], columns: npt.NDArray[np.int32]
    ) -> npt.NDArray[np.float32]:
        """Vectors (n, 128) of all candidates, a domain at a time; sets the reason of those that have none."""
        vectors = np.zeros((len(columns), VECTOR_DIM), dtype=np.float32)
        open_rows = columns[:, 3] == 0
        for domain in np.unique(columns[open_rows, 2]).tolist():
            rows = np.flatnonzero(open_rows & (columns[:, 2] == domain))
            places = zip(owner[rows].tolist(), columns[rows, 0].tolist(), columns[rows, 1].tolist(), strict=True)
            surfaces = [texts[row][start:end] for row, start, end in places]
            vectors[rows], columns[rows, 3] = self.registry.encode_surfaces(DomainType(domain), surfaces)
        return vectors


def _bounds(text: str, begin: int, end: int, domain: Domain, floor: int) -> tuple[int, int, Domain]:
    """Where a match begins and ends as a candidate: trimmed, and with its sign. `floor` is where the scan stood."""
    start = begin
    if domain.trim is not None:
        first, last = domain.trim(text[begin:end])
        start, end = begin + first, begin + last
    if domain.reach is not None and start == begin:
        start = domain.reach(text, begin, floor)
    if (
        domain.signed
        and start <= begin
        and start > floor
        and text[start - 1] in domain.signs
        and _is_sign(text, start - 1)
    ):
        start -= 1
    return start, end, domain


def _is_sign(text: str, place: int) -> bool:
    """Whether the sign at `place` belongs to what follows: nothing that it could join stands before."""
    return place == 0 or text[place - 1] in " \t\n\r\u00a0\u202f([{,;:=<>~≈≤≥±/|\"'“‘"


def _split(
    columns: npt.NDArray[np.int32], vectors: npt.NDArray[np.float32], owner: npt.NDArray[np.intp], documents: int
) -> SpanBatch:
    """Candidates parted into spans and failures."""
    failed = columns[:, 3] != 0
    spans, failures = columns[~failed], columns[failed]
    return SpanBatch(
        span_offsets=_offsets(owner[~failed], documents),
        span_start=np.ascontiguousarray(spans[:, 0]),
        span_end=np.ascontiguousarray(spans[:, 1]),
        span_domain=spans[:, 2].astype(np.uint8),
        span_vector=vectors[~failed] if failed.any() else vectors,
        failure_offsets=_offsets(owner[failed], documents),
        failure_start=np.ascontiguousarray(failures[:, 0]),
        failure_end=np.ascontiguousarray(failures[:, 1]),
        failure_domain=failures[:, 2].astype(np.uint8),
        failure_reason=failures[:, 3].astype(np.uint8),
    )


def _offsets(owner: npt.NDArray[np.intp], documents: int) -> npt.NDArray[np.int32]:
    """Row offsets (D + 1,) from the row of each entry."""
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=documents))]).astype(np.int32)
