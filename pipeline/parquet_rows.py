"""Parquet tables as rows, a row group at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from .inputs import Slice
from .rows import BadRowError, ReadOptions, Reject, RejectReason, Row, check_size, decode, row_of_record

_BATCH_BYTES: Final = 1 << 20
_BATCH_ROWS: Final = 1024

UNREADABLE: Final = (OSError, EOFError, pa.ArrowException)
"""What pyarrow raises on a file that is missing, damaged or truncated."""


def read_parquet(part: Slice, options: ReadOptions) -> Iterator[Row | Reject]:
    """One row a row of the row groups `start:stop`."""
    row = 0
    try:
        with pq.ParquetFile(part.source) as file:
            row = sum(file.metadata.row_group(i).num_rows for i in range(part.start))
            groups = range(part.start, file.num_row_groups if part.stop is None else part.stop)
            for record in _records(file, groups, options):
                yield _row_or_reject(record, options, part.source, row)
                row += 1
    except UNREADABLE as error:
        detail = f"the file cannot be read from here on: {error}"
        yield Reject(source=part.source, reason=RejectReason.UNREADABLE, detail=detail, row=row)


def row_group_weights(path: str, column: str) -> list[int]:
    """Uncompressed bytes of a column in each row group; [] if the file is unreadable.

    Without such a column, of the whole row group.
    """
    try:
        meta = pq.read_metadata(path)
    except UNREADABLE:
        return []
    names = [meta.schema.column(i).path for i in range(meta.num_columns)]
    groups = [meta.row_group(i) for i in range(meta.num_row_groups)]
    if column not in names:
        return [group.total_byte_size for group in groups]
    return [group.column(names.index(column)).total_uncompressed_size for group in groups]


def _records(file: pq.ParquetFile, groups: range, options: ReadOptions) -> Iterator[dict[str, object]]:
    """The wanted columns of each row, as far as the file has them."""
    names = (options.text_field,) if options.id_field is None else (options.text_field, options.id_field)
    wanted = [name for name in dict.fromkeys(names) if name in file.schema_arrow.names]
    for group in groups:
        meta = file.metadata.row_group(group)
        if not wanted:
            yield from ({} for _ in range(meta.num_rows))
            continue
        rows = max(1, min(_BATCH_ROWS, _BATCH_BYTES * meta.num_rows // max(1, meta.total_byte_size)))
        for batch in file.iter_batches(rows, row_groups=[group], columns=wanted, use_threads=False):
            columns = [_cells(batch.column(name)) for name in wanted]
            for cells in zip(*columns, strict=True):
                yield dict(zip(wanted, cells, strict=True))


def _cells(column: pa.Array) -> list[object]:
    """The cells as Python values; in place of a string that is not UTF-8 stands its BadRowError."""
    try:
        cells: list[object] = column.to_pylist()
    except UnicodeDecodeError:
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        return [_text_or_error(cell) for cell in column.cast(pa.large_binary()).to_pylist()]
    return cells


def _text_or_error(cell: bytes | None) -> str | BadRowError | None:
    try:
        return None if cell is None else decode(cell)
    except BadRowError as error:
        return error


def _row_or_reject(record: Mapping[str, object], options: ReadOptions, source: str, row: int) -> Row | Reject:
    try:
        for cell in record.values():
            if isinstance(cell, BadRowError):
                raise cell
        text = record.get(options.text_field)
        if isinstance(text, str) and 4 * len(text) > options.max_document_bytes:
            check_size(len(text.encode()), options)
        return row_of_record(record, options, source=source, place=row)
    except BadRowError as error:
        return Reject(source=source, reason=error.reason, detail=error.detail, row=row)
