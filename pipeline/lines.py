"""Lines of a text format, in bounded memory: a line beyond the limit is passed over in bites, never held."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, Final, NamedTuple

from .inputs import Slice
from .rows import BadRowError, ReadOptions, Reject, RejectReason, Row
from .streams import CORRUPT, open_stream

BITE: Final = 1 << 20
BOM: Final = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line, with its terminator."""

    number: int | None  # from 1; None in a later slice of a file
    offset: int
    size: int
    data: bytes | None  # None: longer than the limit


def rows_of_lines(
    part: Slice, options: ReadOptions, row_of_line: Callable[[Line], Row | None]
) -> Iterator[Row | Reject]:
    """The rows that `row_of_line` makes of the lines that start in the slice.

    None is no row; a BadRowError is a reject. A file that cannot be read further is one more reject.
    """
    line = Line(1 if part.start == 0 else None, part.start, 0, b"")
    try:
        for line in read_lines(part, options.max_document_bytes):
            try:
                row = row_of_line(line)
                if row is not None:
                    yield row
            except BadRowError as error:
                yield reject_of_line(part.source, line, error)
    except CORRUPT as error:
        number = None if line.number is None else line.number + bool(line.size)
        yield damage(part.source, error, line=number, offset=line.offset + line.size)


def read_lines(part: Slice, limit: int) -> Iterator[Line]:
    """The lines that start in the slice; a byte order mark at the start of the file is left out."""
    with open_stream(part.place) as stream:
        offset, number = part.start, 1 if part.start == 0 else None
        if part.start > 0:
            # From the byte before: if that is a newline, a line starts here, else one has started before us.
            stream.seek(part.start - 1)
            offset += skip_line(stream) - 1
        while part.stop is None or offset < part.stop:
            data = stream.readline(limit + 1)
            if not data:
                return
            whole = len(data) <= limit or data.endswith(b"\n")
            size = len(data) if whole else len(data) + skip_line(stream)
            if offset == 0:
                data = data.removeprefix(BOM)
            yield Line(number, offset, size, data if whole else None)
            offset += size
            number = None if number is None else number + 1


def skip_line(stream: IO[bytes]) -> int:
    """Read past the next newline; the number of bytes passed."""
    passed = 0
    while bite := stream.readline(BITE):
        passed += len(bite)
        if bite.endswith(b"\n"):
            break
    return passed


def reject_of_line(source: str, line: Line, error: BadRowError) -> Reject:
    """The reject of one line."""
    return Reject(
        source=source, reason=error.reason, detail=error.detail, line=line.number, offset=line.offset, size=line.size
    )


def damage(
    source: str,
    error: BaseException,
    *,
    line: int | None = None,
    row: int | None = None,
    offset: int | None = None,
) -> Reject:
    """The reject that stands for all of a file from a place on."""
    detail = f"the file cannot be read from here on: {str(error) or type(error).__name__}"
    return Reject(source=source, reason=RejectReason.UNREADABLE, detail=detail, line=line, row=row, offset=offset)
