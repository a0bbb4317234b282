"""JSON Lines as rows, in bounded memory: a line beyond the limit is passed over in bites, never held."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Final, NamedTuple

import orjson

from .inputs import Slice
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
from .streams import CORRUPT, open_stream

_BITE: Final = 1 << 20
_BOM: Final = b"\xef\xbb\xbf"


class _Line(NamedTuple):
    number: int | None
    offset: int
    size: int
    data: bytes | None  # None: longer than the limit


def read_json_lines(part: Slice, options: ReadOptions) -> Iterator[Row | Reject]:
    """One row a line that is not blank."""
    line = _Line(1 if part.start == 0 else None, part.start, 0, b"")
    try:
        for line in _lines(part, options.max_document_bytes):
            if line.data is None or line.data.strip():
                yield _row_or_reject(part.source, line, options)
    except CORRUPT as error:
        number = None if line.number is None else line.number + bool(line.size)
        yield Reject(
            source=part.source,
            reason=RejectReason.UNREADABLE,
            detail=f"the file cannot be read from here on: {error}",
            line=number,
            offset=line.offset + line.size,
        )


def _lines(part: Slice, limit: int) -> Iterator[_Line]:
    """The lines that start in the slice."""
    with open_stream(part.source) as stream:
        offset, number = part.start, 1 if part.start == 0 else None
        if part.start > 0:
            # From the byte before: if that is a newline, a line starts here, else one has started before us.
            stream.seek(part.start - 1)
            offset += _skip_line(stream) - 1
        while part.stop is None or offset < part.stop:
            data = stream.readline(limit + 1)
            if not data:
                return
            whole = len(data) <= limit or data.endswith(b"\n")
            size = len(data) if whole else len(data) + _skip_line(stream)
            if offset == 0:
                data = data.removeprefix(_BOM)
            yield _Line(number, offset, size, data if whole else None)
            offset += size
            number = None if number is None else number + 1


def _skip_line(stream: IO[bytes]) -> int:
    """Read past the next newline; the number of bytes passed."""
    passed = 0
    while bite := stream.readline(_BITE):
        passed += len(bite)
        if bite.endswith(b"\n"):
            break
    return passed


def _row_or_reject(source: str, line: _Line, options: ReadOptions) -> Row | Reject:
    try:
        if line.data is None:
            check_size(line.size, options)
        record = _parse(line.data or b"", options)
        return row_of_record(record, options, source=source, place=line.offset, size=line.size)
    except BadRowError as error:
        return Reject(
            source=source,
            reason=error.reason,
            detail=error.detail,
            line=line.number,
            offset=line.offset,
            size=line.size,
        )


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
