"""JSON Lines as rows."""

from __future__ import annotations

import json
from collections.abc import Iterator

import orjson

from .inputs import Slice
from .lines import Line, rows_of_lines
from .rows import (
    BadRowError,
    ReadOptions,
    Reject,
    RejectReason,
    Row,
    check_size,
    check_surrogates,
    decode,
    kind_of,
    row_of_record,
)


def read_json_lines(part: Slice, options: ReadOptions) -> Iterator[Row | Reject]:
    """One row a line that is not blank."""

    def row_of_line(line: Line) -> Row | None:
        if line.data is None:
            check_size(line.size, options)
        elif line.data.isspace():
            return None
        record = _parse(line.data or b"", options)
        return row_of_record(record, options, source=part.source, place=line.offset, size=line.size)

    return rows_of_lines(part, options, row_of_line)


def _parse(data: bytes, options: ReadOptions) -> dict[str, object]:
    try:
        record = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        record = _parse_slowly(data, options, str(error))
    if not isinstance(record, dict):
        raise BadRowError(RejectReason.NOT_AN_OBJECT, f"expected a JSON object, came {kind_of(record)}")
    return record


def _parse_slowly(data: bytes, options: ReadOptions, complaint: str) -> object:
    """What orjson refused: bad bytes, bad JSON, a lone surrogate, or a NaN as Python writes it (which may pass)."""
    try:
        record = json.loads(decode(data))
    except (ValueError, RecursionError):
        raise BadRowError(RejectReason.MALFORMED_JSON, complaint) from None
    for name in (options.text_field, options.id_field):
        value = record.get(name) if isinstance(record, dict) else None
        if isinstance(value, str):
            check_surrogates(value)
    return record
