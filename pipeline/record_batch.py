"""Rows, spans and tokens as one Arrow record batch, from buffers: no Python object a span or a token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fluxem.integration.span_batch import SpanBatch
from fluxem.vocabulary import VECTOR_DIM

from ..schemas.shard import SHARD_SCHEMA
from .mixed_stream import MixedStream
from .rows import Row

# What a row counts for when row groups are cut. Fixed numbers, so that the cut is the same on every machine.
_ROW_BYTES = 64
_SPAN_BYTES = 4 * VECTOR_DIM + 9
_FAILURE_BYTES = 10
_TOKEN_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RowBatch:
    """D encoded rows, ready to be written."""

    batch: pa.RecordBatch
    """D rows in the schema of a shard."""
    row_bytes: npt.NDArray[np.int64]
    """(D,) the size of each row by a fixed formula of its content."""
    spans: int
    """Spans in all rows."""
    text_bytes: int
    """UTF-8 bytes of all texts."""


def make_row_batch(rows: Sequence[Row], spans: SpanBatch, stream: MixedStream | None, encoder: str) -> RowBatch:
    """Join the parts of D rows.

    Args:
        rows: D documents.
        spans: their spans and failures. Its arrays must not change afterwards: they are not copied.
        stream: their tokens; None, without a tokenizer, leaves the token columns null.
        encoder: the value of the column `encoder`.
    """
    columns = {
        "id": _strings([row.id for row in rows]),
        "source": _strings([row.source for row in rows]),
        "encoder": _strings([encoder] * len(rows)),
        "text": _strings([row.text for row in rows]),
        **_span_columns(spans),
        **_token_columns(spans, stream, len(rows)),
    }
    arrays = [columns[field.name] for field in SHARD_SCHEMA]
    batch = pa.RecordBatch.from_arrays(arrays, schema=SHARD_SCHEMA)
    text_bytes = _lengths(columns["text"])
    return RowBatch(
        batch=batch,
        row_bytes=text_bytes + _lengths(columns["id"]) + _lengths(columns["source"]) + _list_bytes(spans, stream),
        spans=len(spans.span_start),
        text_bytes=int(text_bytes.sum()),
    )


def _span_columns(spans: SpanBatch) -> dict[str, Any]:
    own, failed = spans.span_offsets, spans.failure_offsets
    vectors = pa.FixedSizeListArray.from_arrays(_values(spans.span_vector.reshape(-1)), VECTOR_DIM)
    return {
        "span_start": _lists(own, _values(spans.span_start)),
        "span_end": _lists(own, _values(spans.span_end)),
        "span_domain": _lists(own, _values(spans.span_domain)),
        "span_vector": _lists(own, vectors),
        "failure_start": _lists(failed, _values(spans.failure_start)),
        "failure_end": _lists(failed, _values(spans.failure_end)),
        "failure_domain": _lists(failed, _values(spans.failure_domain)),
        "failure_reason": _lists(failed, _values(spans.failure_reason)),
    }


def _token_columns(spans: SpanBatch, stream: MixedStream | None, rows: int) -> dict[str, Any]:
    if stream is None:
        return {name: pa.nulls(rows, SHARD_SCHEMA.field(name).type) for name in ("input_ids", "span_input_ids")}
    of_spans = _lists(stream.span_offsets, _values(stream.span_ids))
    return {
        "input_ids": _lists(stream.input_offsets, _values(stream.input_ids)),
        "span_input_ids": _lists(spans.span_offsets, of_spans),
    }


def _values(array: npt.NDArray[Any]) -> pa.Array:
    """A flat numpy array as an Arrow array over the same memory."""
    array = np.ascontiguousarray(array)
    return pa.Array.from_buffers(pa.from_numpy_dtype(array.dtype), len(array), [None, pa.py_buffer(array)])


def _lists(offsets: npt.NDArray[np.int32], values: pa.Array) -> pa.Array:
    return pa.ListArray.from_arrays(_values(offsets), values)


def _strings(strings: Sequence[str]) -> pa.Array:
    """Strings as an Arrow array; `pa.array` would do, but loads pandas (0.2 s) to see whether it is given some."""
    encoded = [string.encode() for string in strings]
    offsets = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(data) for data in encoded], out=offsets[1:])
    assert offsets[-1] < 1 << 31, "a batch is one document, or less than a limit far below"
    buffers = pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(b"".join(encoded))
    return pa.StringArray.from_buffers(len(encoded), *buffers)


def _lengths(strings: pa.Array) -> npt.NDArray[np.int64]:
    """(D,) UTF-8 bytes of each string of an array that `_strings` made."""
    return np.diff(np.frombuffer(strings.buffers()[1], np.int32)).astype(np.int64)


def _list_bytes(spans: SpanBatch, stream: MixedStream | None) -> npt.NDArray[np.int64]:
    """(D,) bytes of each row beside its strings."""
    size = _ROW_BYTES + _SPAN_BYTES * np.diff(spans.span_offsets).astype(np.int64)
    size += _FAILURE_BYTES * np.diff(spans.failure_offsets)
    if stream is not None:
        size += _TOKEN_BYTES * np.diff(stream.input_offsets)
        size += _TOKEN_BYTES * np.diff(stream.span_offsets[spans.span_offsets])
    return size
