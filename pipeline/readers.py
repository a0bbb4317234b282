r"""Files as rows. A new input format is one function and one line in the table at the end.

A reader yields exactly one item for each row of its slice: the row, or the reject that says why it cannot be
used. It never raises for bad input. Decisions that hold for all formats:

* Text is kept unchanged: no newline translation, no Unicode normalisation, no stripping. A byte order mark that
  opens a .txt file is part of its text; one that opens a file of lines belongs to the file, not to row 1.
* A lone surrogate (`"\ud800"` in JSON) cannot be written as UTF-8, so such a row is a reject. NUL is a character.
* An empty document is a row. A blank line of a .jsonl, .csv or .tsv file is not a row, nor, where each line of a .txt
  file is a document, is an empty one.
* JSON with a NaN, as Python writes it, is read; what matters is the text field.
* A file that cannot be read (further) is one reject, at the place where reading ended; rows before it are rows.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Final

from .csv_rows import read_csv, read_tsv
from .inputs import Slice
from .json_lines import read_json_lines
from .rows import ReadOptions, Reject, Row
from .streams import COMPRESSIONS
from .text_files import read_text

Reader = Callable[[Slice, ReadOptions], Iterator[Row | Reject]]


def read_slice(part: Slice, options: ReadOptions) -> Iterator[Row | Reject]:
    """All rows of a slice, in order. Its file must have a known suffix."""
    return READERS[format_suffix(part.place)](part, options)


def read_parquet(part: Slice, options: ReadOptions) -> Iterator[Row | Reject]:
    """See `parquet_rows`; imported late, because pyarrow is heavy."""
    from . import parquet_rows

    return parquet_rows.read_parquet(part, options)


def read_arrow(part: Slice, options: ReadOptions) -> Iterator[Row | Reject]:
    """See `arrow_rows`; imported late, because pyarrow is heavy."""
    from . import arrow_rows

    return arrow_rows.read_arrow(part, options)


def format_suffix(path: str) -> str:
    """The suffix that names the format: `.jsonl` for `a.jsonl`, `a.JSONL` and `a.jsonl.gz`."""
    stem, suffix = _split(path)
    return _split(stem)[1] if suffix in COMPRESSIONS else suffix


def is_compressed(path: str) -> bool:
    """Whether the name ends in the suffix of a compression."""
    return _split(path)[1] in COMPRESSIONS


def _split(path: str) -> tuple[str, str]:
    """A name without its last suffix, and that in lower case; plain strings, for there may be millions of names."""
    stem, dot, suffix = path.rpartition(".")
    if not dot or not stem or stem.endswith(("/", os.sep)) or "/" in suffix or os.sep in suffix:
        return path, ""
    return stem, f".{suffix.lower()}"


def is_known(path: str) -> bool:
    """Whether a file of this name can be read. A compressed table cannot: it is read out of order."""
    suffix = format_suffix(path)
    return suffix in READERS and not (suffix in TABLES and is_compressed(path))


def known_suffixes() -> str:
    """The suffixes that can be read, for messages."""
    return f"{', '.join(READERS)} (text formats also with {', '.join(COMPRESSIONS)})"


def is_cut_by_bytes(path: str, *, lines: bool) -> bool:
    """Whether any byte may begin a slice of this file: it is plain, and each of its lines is a record."""
    suffix = format_suffix(path)
    return (suffix in LINES or (lines and suffix == ".txt")) and not is_compressed(path)


READERS: Final[dict[str, Reader]] = {
    ".txt": read_text,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".parquet": read_parquet,
    ".arrow": read_arrow,
    ".feather": read_arrow,
}

LINES: Final = frozenset({".jsonl", ".ndjson"})
"""Formats that are cut at any byte: a slice owns the lines that start in it."""

TABLES: Final = frozenset({".parquet", ".arrow", ".feather"})
"""Formats that are read out of order, hence never compressed as a whole."""
