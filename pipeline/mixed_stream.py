"""Texts and spans spliced into the mixed stream of token ids.

A document with k spans is 2k + 1 segments: text, span, text, ..., span, text; the texts may be empty. Segments are
tokenised each on its own, so that pieces and spans share no token, all segments of a batch in one call. Then

    input_ids       tokens of the text segments, and one placeholder where each span stands
    span_input_ids  tokens of the span segments

Shape letters: D documents, S spans, G segments (2S + D), T tokens of `input_ids`, U tokens of `span_input_ids`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fluxem.integration.span_batch import SpanBatch
from fluxem.vocabulary import VECTOR_PLACEHOLDER_ID

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class PieceTokenizer(Protocol):
    """What this module needs of `llm_tokenizer.LLMTokenizer`."""

    def encode_pieces(self, pieces: Sequence[str], at_document_start: Bools) -> tuple[Int64, Int32]:
        """Offsets (P + 1,) and ids; no piece is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedStream:
    """The token columns of D documents. Row i owns the entries `offsets[i]:offsets[i + 1]`."""

    input_offsets: Int32
    """(D + 1,)"""
    input_ids: Int32
    """(T,) token ids; -1 stands where a span's vector goes."""
    span_offsets: Int32
    """(S + 1,) where each span's tokens begin."""
    span_ids: Int32
    """(U,)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segments:
    """Where the documents of a batch are cut."""

    first: Int64
    """(D + 1,) the first segment of each document."""
    start: Int64
    """(G,) code points."""
    end: Int64
    """(G,)"""
    of_spans: Int64
    """(S,) the segment of each span."""


def mix(texts: Sequence[str], spans: SpanBatch, tokenizer: PieceTokenizer) -> MixedStream:
    """Tokenise D documents around their spans."""
    cuts = _cut(texts, spans)
    kept = cuts.end > cuts.start
    pieces = [piece for piece in _slice(texts, cuts) if piece]
    offsets, ids = tokenizer.encode_pieces(pieces, cuts.start[kept] == 0)
    lengths = np.zeros(len(kept), np.int64)
    lengths[kept] = np.diff(offsets)
    return _splice(cuts, lengths, ids)


def _cut(texts: Sequence[str], spans: SpanBatch) -> _Segments:
    documents = np.arange(len(texts) + 1)
    first = 2 * spans.span_offsets.astype(np.int64) + documents
    of_spans = 2 * np.arange(len(spans.span_start)) + np.repeat(documents[:-1], np.diff(spans.span_offsets)) + 1
    start, end = np.zeros(first[-1], np.int64), np.zeros(first[-1], np.int64)
    end[first[1:] - 1] = [len(text) for text in texts]
    end[of_spans - 1] = start[of_spans] = spans.span_start
    start[of_spans + 1] = end[of_spans] = spans.span_end
    return _Segments(first=first, start=start, end=end, of_spans=of_spans)


def _slice(texts: Sequence[str], cuts: _Segments) -> list[str]:
    """(G,) the text of each segment."""
    first, starts, ends = cuts.first.tolist(), cuts.start.tolist(), cuts.end.tolist()
    pieces: list[str] = []
    for text, (low, high) in zip(texts, pairwise(first), strict=True):
        if high - low == 1:
            pieces.append(text)
        else:
            pieces += [text[a:b] for a, b in zip(starts[low:high], ends[low:high], strict=True)]
    return pieces


def _splice(cuts: _Segments, lengths: Int64, ids: Int32) -> MixedStream:
    """Part the tokens of G segments, `lengths` of them each, into those of texts and those of spans."""
    is_span = np.zeros(len(lengths), np.bool_)
    is_span[cuts.of_spans] = True
    token_is_span = np.repeat(is_span, lengths)
    offsets = _offsets(np.where(is_span, 1, lengths))
    input_ids = np.full(offsets[-1], VECTOR_PLACEHOLDER_ID, np.int32)
    is_token = np.ones(len(input_ids), np.bool_)
    is_token[offsets[cuts.of_spans]] = False
    input_ids[is_token] = ids[~token_is_span]
    return MixedStream(
        input_offsets=offsets[cuts.first].astype(np.int32),
        input_ids=input_ids,
        span_offsets=_offsets(lengths[cuts.of_spans]).astype(np.int32),
        span_ids=ids[token_is_span],
    )


def _offsets(lengths: npt.NDArray[np.integer]) -> Int64:
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets
