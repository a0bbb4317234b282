"""Parquet tables as rows, a row group at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from .inputs import Slice
from .lines import damage
from .rows import ReadOptions, Reject, Row
from .streams import open_file
from .table_rows import BATCH_BYTES, BATCH_ROWS, UNREADABLE, records, row_or_reject, wanted_columns


def read_parquet(part: Slice, options: ReadOptions) -> Iterator[Row | Reject]:
    """One row a row of the row groups `start:stop`."""
    row = 0
    try:
        with open_file(part.place) as stream, pq.ParquetFile(stream) as file:
            row = sum(file.metadata.row_group(i).num_rows for i in range(part.start))
            groups = range(part.start, file.num_row_groups if part.stop is None else part.stop)
            for record in _records(file, groups, options):
                yield row_or_reject(record, options, part.source, row)
                row += 1
    except UNREADABLE as error:
        yield damage(part.source, error, row=row)


def row_group_weights(path: str, column: str) -> list[int]:
    """Uncompressed bytes of a column in each row group; [] if the file is unreadable.

    Without such a column, of the whole row group.
    """
    try:
        with open_file(path) as stream:
            meta = pq.read_metadata(stream)
    except UNREADABLE:
        return []
    names = [meta.schema.column(i).path for i in range(meta.num_columns)]
    groups = [meta.row_group(i) for i in range(meta.num_row_groups)]
    if column not in names:
        return [group.total_byte_size for group in groups]
    return [group.column(names.index(column)).total_uncompressed_size for group in groups]


def _records(file: pq.ParquetFile, groups: range, options: ReadOptions) -> Iterator[dict[str, object]]:
    """The wanted columns of each row, as far as the file has them."""
    wanted = wanted_columns(file.schema_arrow.names, options)
    for group in groups:
        meta = file.metadata.row_group(group)
        if not wanted:
            yield from (dict.fromkeys(file.schema_arrow.names) for _ in range(meta.num_rows))
            continue
        rows = max(1, min(BATCH_ROWS, BATCH_BYTES * meta.num_rows // max(1, meta.total_byte_size)))
        batches: Iterator[pa.RecordBatch] = file.iter_batches(
            rows, row_groups=[group], columns=wanted, use_threads=False
        )
        for batch in batches:
            yield from records(batch, wanted)
