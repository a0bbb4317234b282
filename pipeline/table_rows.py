"""What the readers of tables share: cells of Arrow columns as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import pyarrow as pa

from .rows import BadRowError, ReadOptions, Reject, Row, check_size, decode, row_of_record

BATCH_BYTES: Final = 1 << 20
BATCH_ROWS: Final = 1024

UNREADABLE: Final = (OSError, EOFError, UnicodeDecodeError, MemoryError, pa.ArrowException)
"""What pyarrow raises on a file that is missing, damaged or truncated, or asks for absurd amounts of memory."""


def wanted_columns(names: list[str], options: ReadOptions) -> list[str]:
    """The columns to read, as far as the table has them."""
    wanted = (options.text_field,) if options.id_field is None else (options.text_field, options.id_field)
    return [name for name in dict.fromkeys(wanted) if name in names]


def records(batch: pa.RecordBatch, wanted: list[str]) -> Iterator[dict[str, object]]:
    """The wanted cells of each row."""
    if not wanted:
        yield from (dict.fromkeys(batch.schema.names) for _ in range(batch.num_rows))
        return
    columns = [_cells(batch.column(name)) for name in wanted]
    for cells in zip(*columns, strict=True):
        yield dict(zip(wanted, cells, strict=True))


def row_or_reject(record: Mapping[str, object], options: ReadOptions, source: str, row: int) -> Row | Reject:
    """One row of a table."""
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
