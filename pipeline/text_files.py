"""Plain text as rows: a document a file, or a document a line."""

from __future__ import annotations

from collections.abc import Iterator

from .inputs import Slice
from .lines import Line, rows_of_lines
from .rows import BadRowError, ReadOptions, Reject, RejectReason, Row, check_size, decode
from .streams import CORRUPT, open_stream


def read_text(part: Slice, options: ReadOptions) -> Iterator[Row | Reject]:
    """As the options say."""
    return _read_lines(part, options) if options.lines else _read_file(part, options)


def _read_file(part: Slice, options: ReadOptions) -> Iterator[Row | Reject]:
    reason, data = RejectReason.UNREADABLE, b""
    try:
        with open_stream(part.place) as stream:
            data = stream.read(options.max_document_bytes + 1)
        check_size(len(data), options)
        yield Row(f"{part.source}#0", part.source, decode(data), len(data))
        return
    except BadRowError as error:
        reason, detail = error.reason, error.detail
    except CORRUPT as error:
        detail = f"the file cannot be read: {str(error) or type(error).__name__}"
    yield Reject(source=part.source, reason=reason, detail=detail, line=1, offset=0, size=len(data))


def _read_lines(part: Slice, options: ReadOptions) -> Iterator[Row | Reject]:
    def row_of_line(line: Line) -> Row | None:
        if line.data is None:
            check_size(line.size, options)
        data = (line.data or b"").removesuffix(b"\n").removesuffix(b"\r")
        return Row(f"{part.source}#{line.offset}", part.source, decode(data), line.size) if data else None

    return rows_of_lines(part, options, row_of_line)
