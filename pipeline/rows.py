"""What readers yield: a row, or the reject that says why a row cannot be used; and the checks they share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class RejectReason(StrEnum):
    """Why a row could not be read."""

    MALFORMED_JSON = "malformed_json"
    MALFORMED_CSV = "malformed_csv"
    NOT_AN_OBJECT = "not_an_object"
    INVALID_UTF8 = "invalid_utf8"
    LONE_SURROGATE = "lone_surrogate"
    MISSING_TEXT = "missing_text"
    TEXT_NOT_STRING = "text_not_string"
    BAD_ID = "bad_id"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What a reader needs to know; see the fields of the same names in `BuildConfig`."""

    text_field: str
    """Key or column of the document."""
    id_field: str | None
    """Key or column of the id."""
    max_document_bytes: int
    """Limit of a record in bytes."""
    lines: bool = False
    """Whether a line of a .txt file is a document, and not the file."""


class Row(NamedTuple):
    """One document. A tuple, because there is one a document on the hot path."""

    id: str
    source: str  # input file, as given
    text: str
    size: int  # input bytes that it took, for progress and batches; characters where bytes are not at hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """One row that could not be read, with its place."""

    source: str
    """Input file, as given."""
    reason: RejectReason
    """Why."""
    detail: str
    """What was found, in words."""
    line: int | None = None
    """Line of a text format, from 1; None in a later slice of a file, where `offset` is the place."""
    row: int | None = None
    """Row of a table, from 0."""
    offset: int | None = None
    """First byte of the row in the decompressed file, for text formats."""
    size: int = 0
    """Input bytes that it took."""

    def as_json(self) -> dict[str, object]:
        """The line of the rejects file."""
        place = {"line": self.line, "row": self.row, "offset": self.offset}
        known = {name: value for name, value in place.items() if value is not None}
        return {"source": self.source, **known, "reason": self.reason.value, "detail": self.detail}


class BadRowError(Exception):
    """Raised and caught inside the readers: this row is a reject."""

    def __init__(self, reason: RejectReason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def decode(data: bytes) -> str:
    """UTF-8 as text, unchanged (a byte order mark stays).

    Raises:
        BadRowError: `invalid_utf8`, with the byte and its place.
    """
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        found = f"byte 0x{data[error.start]:02x} at {error.start} of the row: {error.reason}"
        raise BadRowError(RejectReason.INVALID_UTF8, found) from None


def check_surrogates(text: str) -> None:
    """Raise BadRowError (`lone_surrogate`) if the text cannot be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        found = f"character {error.start} is U+{ord(text[error.start]):04X}, half of a surrogate pair"
        raise BadRowError(RejectReason.LONE_SURROGATE, found) from None


def check_size(size: int, options: ReadOptions) -> None:
    """Raise BadRowError (`too_large`) if a record of `size` bytes is beyond the limit."""
    if size > options.max_document_bytes:
        found = f"{size} bytes or more, the limit is {options.max_document_bytes} bytes"
        raise BadRowError(RejectReason.TOO_LARGE, found)


def row_of_record(
    record: Mapping[str, object], options: ReadOptions, *, source: str, place: int, size: int | None = None
) -> Row:
    """A row from named values; `place` makes the id where no id field was given.

    Raises:
        BadRowError: `missing_text`, `text_not_string` or `bad_id`.
    """
    field = options.text_field
    if field not in record:
        raise BadRowError(RejectReason.MISSING_TEXT, f"no {field!r} among {_names(record)}")
    text = record[field]
    if not isinstance(text, str):
        raise BadRowError(RejectReason.TEXT_NOT_STRING, f"{field!r} is {kind_of(text)}")
    row_id = f"{source}#{place}" if options.id_field is None else _given_id(record, options.id_field)
    return Row(row_id, source, text, len(text) if size is None else size)


def _given_id(record: Mapping[str, object], field: str) -> str:
    value = record.get(field)
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    raise BadRowError(RejectReason.BAD_ID, f"{field!r}: expected a string or an integer, came {kind_of(value)}")


def kind_of(value: object) -> str:
    """What a JSON value or table cell is, in words."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", bytes: "binary data"}
    if value is None:
        return "null or missing"
    return names.get(type(value), "a number" if isinstance(value, int | float) else f"a {type(value).__name__}")


def _names(record: Iterable[str]) -> str:
    names = list(record)
    shown = ", ".join(repr(name[:40]) for name in names[:8])
    return shown + (", ..." if len(names) > 8 else "") if names else "no fields"
