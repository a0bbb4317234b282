"""The splice of pieces and spans, against the obvious slow version."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from fluxem.integration.span_batch import SpanBatch
from fluxem_prep.pipeline.mixed_stream import mix

Document = tuple[str, list[tuple[int, int]]]


class Letters:
    """A tokenizer whose tokens are code points; at the start of a document it adds a token, as prefix rules do."""

    def encode_pieces(
        self, pieces: Sequence[str], at_document_start: npt.NDArray[np.bool_]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
        assert all(pieces), "no piece is empty"
        assert len(pieces) == len(at_document_start)
        ids = [slow_ids(piece, bool(start)) for piece, start in zip(pieces, at_document_start, strict=True)]
        offsets = np.cumsum([0, *map(len, ids)])
        return offsets, np.array([token for piece in ids for token in piece], np.int32)


def slow_ids(piece: str, start: bool) -> list[int]:
    return ([0] if start and piece else []) + [ord(character) for character in piece]


def slow_mix(text: str, spans: list[tuple[int, int]]) -> tuple[list[int], list[list[int]]]:
    place, stream, of_spans = 0, [], []
    for start, end in spans:
        stream += [*slow_ids(text[place:start], place == 0), -1]
        of_spans.append(slow_ids(text[start:end], start == 0))
        place = end
    return stream + slow_ids(text[place:], place == 0), of_spans


def batch(documents: list[Document]) -> SpanBatch:
    flat = [span for _, spans in documents for span in spans]
    offsets = np.cumsum([0, *(len(spans) for _, spans in documents)]).astype(np.int32)
    none = np.zeros(0, np.int32)
    return SpanBatch(
        span_offsets=offsets,
        span_start=np.array([start for start, _ in flat], np.int32),
        span_end=np.array([end for _, end in flat], np.int32),
        span_domain=np.ones(len(flat), np.uint8),
        span_vector=np.zeros((len(flat), 128), np.float32),
        failure_offsets=np.zeros(len(documents) + 1, np.int32),
        failure_start=none,
        failure_end=none,
        failure_domain=none.astype(np.uint8),
        failure_reason=none.astype(np.uint8),
    )


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(st.text(max_size=12))
    edges = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    return text, [span for span in pairwise(edges) if draw(st.booleans())]


@given(st.lists(documents(), max_size=5))
def test_the_splice_is_the_slow_splice(found: list[Document]) -> None:
    stream = mix([text for text, _ in found], batch(found), Letters())
    rows = [stream.input_ids[a:b].tolist() for a, b in pairwise(stream.input_offsets.tolist())]
    of_spans = [stream.span_ids[a:b].tolist() for a, b in pairwise(stream.span_offsets.tolist())]
    slow = [slow_mix(text, spans) for text, spans in found]
    assert rows == [ids for ids, _ in slow]
    assert of_spans == [ids for _, spans in slow for ids in spans]
    assert {column.dtype for column in (stream.input_ids, stream.input_offsets, stream.span_offsets)} == {
        np.dtype(np.int32)
    }
