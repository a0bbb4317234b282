"""Batch detection: texts in, columns of spans, vectors and failures out. The hot path of a build.

Two passes. The first (`fluxem.integration.candidates`) scans each document and asks the evidence rules of the
domains. The second encodes all candidates of the batch, domain by domain, each distinct surface once; what has no
code becomes a failure and stays text.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from fluxem.domains import DOMAINS
from fluxem.errors import ConfigError
from fluxem.integration.candidates import Candidate, CandidateScan
from fluxem.integration.registry import DomainEncoderRegistry
from fluxem.integration.span_batch import SpanBatch
from fluxem.vocabulary import VECTOR_DIM, DomainType

Ambiguity = Literal["fallback", "priority"]
"""What becomes of a candidate without evidence."""

OFF_BY_DEFAULT: Final = frozenset({DomainType.NUMBER})
"""A vector for every bare number would leave a text without its years and page numbers."""


class Detector:
    """Finds and encodes spans.

    Args:
        domains: which to look for; all but NUMBER by default.
        registry: encoders; by default the built-in ones.
        ambiguity: see `Ambiguity`.
        budget: candidates of one document, a limit of work and memory that does not depend on the clock: from the next
            one on, the document is one failure, `limit_exceeded`. None is no limit.
    """

    def __init__(
        self,
        domains: Iterable[DomainType] | None = None,
        *,
        registry: DomainEncoderRegistry | None = None,
        ambiguity: Ambiguity = "fallback",
        budget: int | None = None,
    ) -> None:
        if ambiguity not in ("fallback", "priority"):
            raise ConfigError(f"expected ambiguity 'fallback' or 'priority', got {ambiguity!r}")
        wanted = DOMAINS.keys() - OFF_BY_DEFAULT if domains is None else set(domains)
        unknown = wanted - DOMAINS.keys()
        if unknown:
            raise ConfigError(f"expected domains among {', '.join(d.name for d in DOMAINS)}, got {unknown}")
        self.registry = DomainEncoderRegistry() if registry is None else registry
        if budget is not None and budget < 1:
            raise ConfigError(f"expected a budget of 1 candidate or more, got {budget}")
        self._scan = CandidateScan(
            {domain: DOMAINS[domain] for domain in wanted},
            take_first=ambiguity == "priority",
            budget=sys.maxsize if budget is None else budget,
        )

    def fingerprint(self) -> str:
        """12 hex digits that change when an encoder does."""
        return self.registry.fingerprint()

    def analyze_batch(self, texts: Sequence[str]) -> SpanBatch:
        """Spans with their vectors, and failures, of D documents."""
        with _collector_paused():
            return self._analyze(texts)

    def _analyze(self, texts: Sequence[str]) -> SpanBatch:
        candidates: list[Candidate] = []
        offsets = np.zeros(len(texts) + 1, dtype=np.int64)
        for row, found in enumerate(self._scan(texts)):
            candidates.extend(found)
            offsets[row + 1] = len(candidates)
        columns = np.fromiter(chain.from_iterable(candidates), dtype=np.int32, count=4 * len(candidates)).reshape(-1, 4)
        owner = np.repeat(np.arange(len(texts)), np.diff(offsets))
        vectors = self._encode(texts, owner, columns)
        return _split(columns, vectors, owner, len(texts))

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


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Without Python's collector of cycles: a batch makes none, and many small objects that it would walk each time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


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
