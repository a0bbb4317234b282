"""CSV and TSV as rows (RFC 4180: quoted fields may hold the delimiter, newlines and doubled quotes).

The first record names the columns. The `csv` module finds the end of each record, strictly, so that a stray quote is
a reject and not a field that swallows its neighbours. A record beyond the limit is passed over without being held:
its bytes so far tell whether a quote is open, and a small machine goes on from there to its end.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from typing import IO, Final

from .inputs import Slice
from .lines import BITE, BOM, Line, damage, reject_of_line
from .rows import BadRowError, ReadOptions, Reject, RejectReason, Row, decode, row_of_record
from .streams import CORRUPT, open_stream


def read_csv(part: Slice, options: ReadOptions) -> Iterator[Row | Reject]:
    """One row a record, commas between the fields."""
    return _read(part, options, ",")


def read_tsv(part: Slice, options: ReadOptions) -> Iterator[Row | Reject]:
    """One row a record, tabs between the fields."""
    return _read(part, options, "\t")


class _TooLongError(Exception):
    """Raised through the `csv` module, out of a record that is beyond the limit."""


class _Feed:
    """Lines for `csv.reader`, with the place of the record that they belong to."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self.record: list[bytes] = []
        self.line, self.offset, self.size, self._newlines = 1, 0, 0, 0

    def begin(self) -> None:
        """What follows is the next record."""
        self.line += self._newlines
        self.offset += self.size
        self.record, self.size, self._newlines = [], 0, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        data = self._stream.readline(self._limit - self.size + 1)
        if not data:
            raise StopIteration
        self.size += len(data)
        self._newlines += data.endswith(b"\n")
        self.record.append(data)
        if self.size > self._limit:
            raise _TooLongError
        if self.offset == 0 and len(self.record) == 1:
            data = data.removeprefix(BOM)
        return data.decode(errors="surrogateescape")  # bytes that are no UTF-8 are looked at cell by cell

    def skip(self, delimiter: str) -> None:
        """Go to the end of a record that is too long."""
        scanner = _Scanner(delimiter)
        for data in self.record:
            scanner.feed(data)
        self.record = []
        while not scanner.ended and (data := self._stream.readline(BITE)):
            self.size += len(data)
            self._newlines += data.endswith(b"\n")
            scanner.feed(data)

    def as_line(self) -> Line:
        """The place of the record."""
        return Line(self.line, self.offset, self.size, None)


class _Scanner:
    """Where a record ends, a piece of bytes at a time: the states of a CSV parser without the fields."""

    _OUTSIDE: Final = 0  # where a field begins
    _PLAIN: Final = 1
    _QUOTED: Final = 2
    _CLOSED: Final = 3  # after a quote inside quotes: its end, or half of a doubled one

    def __init__(self, delimiter: str) -> None:
        self._state = self._OUTSIDE
        self._mark = re.compile(f"[{delimiter}\n]".encode())
        self._delimiter = delimiter.encode()
        self.ended = False

    def feed(self, data: bytes) -> None:
        """Go on; `ended` is set where the data ends with the newline that ends the record."""
        place = 0
        while place < len(data):
            if self._state == self._QUOTED:
                place = data.find(b'"', place) + 1 or len(data) + 1
                self._state = self._CLOSED if place <= len(data) else self._QUOTED
            elif data[place : place + 1] == b'"' and self._state != self._PLAIN:
                self._state, place = self._QUOTED, place + 1
            else:
                place = self._plain(data, place)

    def _plain(self, data: bytes, place: int) -> int:
        mark = self._mark.search(data, place)
        self._state = self._PLAIN if mark is None else self._OUTSIDE
        self.ended = mark is not None and mark[0] == b"\n"
        return len(data) if mark is None else mark.end()


def _read(part: Slice, options: ReadOptions, delimiter: str) -> Iterator[Row | Reject]:
    csv.field_size_limit(max(csv.field_size_limit(), options.max_document_bytes))  # of the process, so never lowered
    feed: _Feed | None = None
    try:
        with open_stream(part.place) as stream:
            feed = _Feed(stream, options.max_document_bytes)
            yield from _rows(part.source, feed, options, delimiter)
    except CORRUPT as error:
        offset, line = (0, 1) if feed is None else (feed.offset, feed.line)
        yield damage(part.source, error, line=line, offset=offset)


def _rows(source: str, feed: _Feed, options: ReadOptions, delimiter: str) -> Iterator[Row | Reject]:
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    names: list[str] | None = None
    while True:
        feed.begin()
        try:
            fields = next(reader, None)
            if fields is None:
                return
            if names is not None and fields:  # a blank line has no fields and is no row
                yield _row(source, feed, options, names, fields)
            elif fields:
                names = _columns(fields, options)
            continue
        except _TooLongError:
            feed.skip(delimiter)
            found = f"{feed.size} bytes, the limit is {options.max_document_bytes} bytes"
            bad = BadRowError(RejectReason.TOO_LARGE, found)
        except csv.Error as error:
            bad = BadRowError(RejectReason.MALFORMED_CSV, str(error))
        except BadRowError as error:
            bad = error
        yield reject_of_line(source, feed.as_line(), bad)
        if names is None:  # without the names of the columns, the rest of the file means nothing
            found = "the first record, which names the columns, is broken: no row of this file is read"
            yield reject_of_line(source, feed.as_line(), BadRowError(RejectReason.UNREADABLE, found))
            return


def _columns(fields: Sequence[str], options: ReadOptions) -> list[str]:
    """The names of the columns; raises BadRowError where nobody can tell which one is meant."""
    names = [_clean(name) for name in fields]
    for wanted in (options.text_field, options.id_field):
        if wanted is not None and names.count(wanted) > 1:
            raise BadRowError(RejectReason.MALFORMED_CSV, f"{names.count(wanted)} columns are called {wanted!r}")
    return names


def _row(source: str, feed: _Feed, options: ReadOptions, names: Sequence[str], fields: Sequence[str]) -> Row:
    if len(fields) != len(names):
        found = f"expected {len(names)} fields, as the first record has, came {len(fields)}"
        raise BadRowError(RejectReason.MALFORMED_CSV, found)
    wanted = (options.text_field, options.id_field)
    cells = {name: _clean(field) if name in wanted else None for name, field in zip(names, fields, strict=True)}
    return row_of_record(cells, options, source=source, place=feed.offset, size=feed.size)


def _clean(cell: str) -> str:
    """A cell as it is; raises BadRowError where it is not UTF-8."""
    return cell if cell.isascii() else decode(cell.encode(errors="surrogateescape"))
