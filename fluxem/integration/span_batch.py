"""What detection and encoding found in a batch of documents, as columns.

Shape letters: D documents, S spans, F failures, 128 the width of a vector.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanBatch:
    """Spans and failures of D documents, in document order, then by start; spans of a document are disjoint.

    Row i owns the entries `offsets[i]:offsets[i + 1]`. Starts and ends are code points, end exclusive.
    """

    span_offsets: npt.NDArray[np.int32]
    """(D + 1,) where each document's spans begin in the span columns."""
    span_start: npt.NDArray[np.int32]
    """(S,)"""
    span_end: npt.NDArray[np.int32]
    """(S,)"""
    span_domain: npt.NDArray[np.uint8]
    """(S,) ids of `fluxem.vocabulary.DomainType`, never 0."""
    span_vector: npt.NDArray[np.float32]
    """(S, 128) C-contiguous."""
    failure_offsets: npt.NDArray[np.int32]
    """(D + 1,) where each document's failures begin in the failure columns."""
    failure_start: npt.NDArray[np.int32]
    """(F,)"""
    failure_end: npt.NDArray[np.int32]
    """(F,)"""
    failure_domain: npt.NDArray[np.uint8]
    """(F,) the domain that was tried."""
    failure_reason: npt.NDArray[np.uint8]
    """(F,) ids of `fluxem.vocabulary.FailureReason`."""
