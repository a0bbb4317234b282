r"""Files as rows. A new input format is one function and one line in the table at the end.

A reader yields exactly one item for each row of its slice: the row, or the reject that says why it cannot be
used. It never raises for bad input. Decisions that hold for all formats:

* Text is kept unchanged: no newline translation, no Unicode normalisation, no stripping. A byte order mark that
  opens a .txt file is part of its text; one that opens a .jsonl file belongs to the file, not to row 1.
* A lone surrogate (`"\ud800"` in JSON) cannot be written as UTF-8, so such a row is a reject. NUL is a character.
* An empty document is a row. An empty or blank line of a .jsonl file is not a row.
* JSON with a NaN, as Python writes it, is read; what matters is the text field.
* A file that cannot be read (further) is one reject, at the place where reading ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from .inputs import Slice
from .json_lines import read_json_lines
from .rows import BadRowError, ReadOptions, Reject, RejectReason, Row, check_size, decode
from .streams import COMPRESSIONS, CORRUPT, open_stream

Reader = Callable[[Slice, ReadOptions], Iterator[Row | Reject]]


def read_slice(part: Slice, options: ReadOptions) -> Iterator[Row | Reject]:
    """All rows of a slice, in order. Its file must have a known suffix."""
    return READERS[format_suffix(part.source)](part, options)


def read_text_file(part: Slice, options: ReadOptions) -> Iterator[Row | Reject]:
    """A file is one document."""
    reason, data = RejectReason.UNREADABLE, b""
    try:
        with open_stream(part.source) as stream:
            data = stream.read(options.max_document_bytes + 1)
        check_size(len(data), options)
        yield Row(f"{part.source}#0", part.source, decode(data), len(data))
        return
    except BadRowError as error:
        reason, detail = error.reason, error.detail
    except CORRUPT as error:
        detail = f"the file cannot be read: {error}"
    yield Reject(source=part.source, reason=reason, detail=detail, line=1, offset=0, size=len(data))


def read_parquet(part: Slice, options: ReadOptions) -> Iterator[Row | Reject]:
    """See `parquet_rows`; imported late, because pyarrow is heavy."""
    from . import parquet_rows

    return parquet_rows.read_parquet(part, options)


def format_suffix(path: str) -> str:
    """The suffix that names the format: `.jsonl` for `a.jsonl`, `a.JSONL` and `a.jsonl.gz`."""
    name = Path(path)
    return Path(name.stem if is_compressed(path) else name).suffix.lower()


def is_compressed(path: str) -> bool:
    """Whether the name ends in the suffix of a compression."""
    return Path(path).suffix.lower() in COMPRESSIONS


def is_known(path: str) -> bool:
    """Whether a file of this name can be read. A compressed Parquet file cannot: it is read out of order."""
    suffix = format_suffix(path)
    return suffix in READERS and not (suffix in TABLES and is_compressed(path))


def known_suffixes() -> str:
    """The suffixes that can be read, for messages."""
    return f"{', '.join(READERS)} (text formats also with {', '.join(COMPRESSIONS)})"


READERS: Final[dict[str, Reader]] = {
    ".txt": read_text_file,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".parquet": read_parquet,
}

LINES: Final = frozenset({".jsonl", ".ndjson"})
"""Formats that are cut at any byte: a slice owns the lines that start in it."""

TABLES: Final = frozenset({".parquet"})
"""Formats that are cut between row groups."""
