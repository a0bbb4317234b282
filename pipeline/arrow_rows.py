"""Arrow IPC files and streams (.arrow, .feather, what `datasets` saves) as rows, a record batch at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from .inputs import Slice
from .lines import damage
from .rows import ReadOptions, Reject, Row
from .streams import open_file
from .table_rows import BATCH_ROWS, UNREADABLE, records, row_or_reject, wanted_columns

_FILE_MAGIC: Final = b"ARROW1"
_END_MARK: Final = b"\0\0\0\0"
_BYTES: Final = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary()}


def read_arrow(part: Slice, options: ReadOptions) -> Iterator[Row | Reject]:
    """One row a row of the table."""
    row = 0
    try:
        with open_file(part.place) as stream:
            for batch in _batches(stream):
                wanted = wanted_columns(batch.schema.names, options)
                for name in wanted:
                    _check(batch.column(name))
                for first in range(0, batch.num_rows, BATCH_ROWS):
                    for record in records(batch.slice(first, BATCH_ROWS), wanted):
                        yield row_or_reject(record, options, part.source, row)
                        row += 1
    except UNREADABLE as error:
        yield damage(part.source, error, row=row)


def _check(column: pa.Array) -> None:
    """Raise ArrowInvalid where offsets or indices leave their buffers: pyarrow follows them as they stand in the file.

    Whether text is UTF-8 is looked at cell by cell, later: one bad cell is one reject.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        column.indices.validate(full=True)
        _check(column.dictionary)  # first, for its length may be negative
        bounds = pc.min_max(column.indices)
        if bounds["min"].is_valid and not 0 <= bounds["min"].as_py() <= bounds["max"].as_py() < len(column.dictionary):
            raise pa.ArrowInvalid("the indices of a dictionary leave it")
    elif kind in _BYTES:
        column.validate()
        bare = pa.Array.from_buffers(_BYTES[kind], len(column), column.buffers(), column.null_count, column.offset)
        bare.validate(full=True)
    else:
        column.validate(full=True)


def _batches(stream: IO[bytes]) -> Iterator[pa.RecordBatch]:
    is_file = stream.read(len(_FILE_MAGIC)) == _FILE_MAGIC
    stream.seek(0)
    if is_file:
        file: Any = pa.ipc.open_file(stream)
        yield from (file.get_batch(i) for i in range(file.num_record_batches))
        return
    yield from pa.ipc.open_stream(stream)
    stream.seek(-len(_END_MARK), os.SEEK_END)  # pyarrow takes a stream cut between two batches for a whole one
    if stream.read() != _END_MARK:
        raise EOFError("the stream of record batches has no end mark")
