"""A shard and its rejects on disk: all of it, under its name, or nothing.

Bytes are a function of the rows alone: row groups are cut by the rows' own sizes, whatever batches they come in, and
each is written by one call on combined chunks. A file grows under a dot-name in its folder, which `datasets` passes
over, is flushed to the disk, and gets its name by a rename; then the folder is flushed. The dot-name has the number of
the process in it, so that one that outlives its build for a moment never writes into a file of the next.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from fluxem.errors import BuildError

from ..schemas.shard import PARQUET_OPTIONS, SHARD_SCHEMA
from .record_batch import RowBatch
from .rows import Reject

ROW_GROUP_BYTES: Final = 32 << 20
"""Arrow bytes of a row group, at most; a single larger row is a row group of its own."""
_TEMPORARY: Final = re.compile(r"\.(.+)\.[0-9]+\.tmp")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardFile:
    """A shard that stands on disk."""

    name: str
    """File name."""
    rows: int
    """Rows, as its footer says."""
    bytes: int
    """Size of the file."""
    sha256: str
    """Of the file, hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectsFile:
    """The rejects of a task that stand on disk."""

    name: str
    """File name."""
    rows: int
    """Lines."""
    sha256: str
    """Of the file, hex."""


class ShardWriter:
    """Writes the rows of one shard. A context manager: leaving it by an exception leaves no file.

    Args:
        path: the final name; no file appears for a shard without rows.
        metadata: schema metadata.
        row_group_bytes: limit of a row group.
    """

    def __init__(self, path: Path, metadata: Mapping[str, str], row_group_bytes: int = ROW_GROUP_BYTES) -> None:
        self._path = path
        self._temporary = temporary_name(path)
        self._schema = SHARD_SCHEMA.with_metadata(dict(metadata))
        self._limit = row_group_bytes
        self._writer: Any = None
        self._pending: list[pa.RecordBatch] = []
        self._pending_bytes = 0
        self._rows = 0

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            if self._writer is not None:
                with suppress(*_WRITE_ERRORS):  # it would like to write a footer, perhaps on a full disk
                    self._writer.close()
            self._temporary.unlink(missing_ok=True)

    def write(self, rows: RowBatch) -> None:
        """Add rows; those that fill a row group go to the file."""
        start, sizes = 0, rows.row_bytes
        while start < len(sizes):
            ends = np.cumsum(sizes[start:]) + self._pending_bytes
            count = int(np.searchsorted(ends, self._limit, side="right"))
            if count == 0 and not self._pending:
                count = 1
            if count:
                self._pending.append(rows.batch.slice(start, count))
                self._pending_bytes = int(ends[count - 1])
            start += count
            if start < len(sizes):
                self._flush()

    def finish(self) -> ShardFile | None:
        """Write what is left and give the file its name; None if there was no row."""
        self._flush()
        if self._writer is None:
            return None
        with naming_the_disk(self._path):
            self._writer.close()
            sha256 = flush_to_disk(self._temporary)
            size = self._temporary.stat().st_size
            rows = pq.read_metadata(self._temporary).num_rows
            commit(self._temporary, self._path)
        return ShardFile(name=self._path.name, rows=rows, bytes=size, sha256=sha256)

    def _flush(self) -> None:
        if not self._pending:
            return
        table = pa.Table.from_batches(self._pending).combine_chunks().replace_schema_metadata(self._schema.metadata)
        with naming_the_disk(self._path):
            if self._writer is None:
                self._writer = pq.ParquetWriter(self._temporary, self._schema, **PARQUET_OPTIONS)
            self._writer.write_table(table, row_group_size=max(1, table.num_rows))
        self._pending, self._pending_bytes = [], 0


class RejectsWriter:
    """Writes the rejects of one task as JSON Lines; no file appears without a reject."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary = temporary_name(path)
        self._file: Any = None
        self.count = 0

    def __enter__(self) -> RejectsWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and self._file is not None:
            with suppress(OSError):  # what is buffered does not fit a full disk
                self._file.close()
            self._temporary.unlink(missing_ok=True)

    def write(self, reject: Reject) -> None:
        """Add one line."""
        with naming_the_disk(self._path):
            if self._file is None:
                self._path.parent.mkdir(exist_ok=True)
                self._file = self._temporary.open("wb")
            self._file.write(orjson.dumps(reject.as_json(), option=orjson.OPT_APPEND_NEWLINE))
        self.count += 1

    def finish(self) -> RejectsFile | None:
        """Give the file its name; None if there was no reject."""
        if self._file is None:
            return None
        with naming_the_disk(self._path):
            self._file.close()
            sha256 = flush_to_disk(self._temporary)
            commit(self._temporary, self._path)
        return RejectsFile(name=self._path.name, rows=self.count, sha256=sha256)


def temporary_name(path: Path) -> Path:
    """Where a file grows until it is whole: hidden, in the folder of its final name."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def final_name(temporary: str) -> str | None:
    """What a file would have been called that some process of ours did not finish; None for any other name."""
    match = _TEMPORARY.fullmatch(temporary)
    return None if match is None else match[1]


def commit(temporary: Path, path: Path) -> None:
    """Give a file that is on disk its name, for good."""
    temporary.replace(path)
    with _folder(path.parent) as descriptor:
        os.fsync(descriptor)


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file so that it is there whole or not at all.

    Raises:
        BuildError: the disk refuses.
    """
    temporary = temporary_name(path)
    try:
        with naming_the_disk(path):
            temporary.write_bytes(content)
            flush_to_disk(temporary)
            commit(temporary, path)
    except BuildError:
        temporary.unlink(missing_ok=True)
        raise


def flush_to_disk(path: Path) -> str:
    """Flush a closed file; its sha256 in hex."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def naming_the_disk(path: Path) -> Iterator[None]:
    """What the disk refuses becomes one sentence, for it is no bug: it is full, read-only or gone."""
    try:
        yield
    except _WRITE_ERRORS as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise BuildError(
            f"cannot write {path}: {reason}; when that is mended (room on the disk, rights), run the same command "
            "again: it keeps the shards that are finished"
        ) from error


_WRITE_ERRORS: Final = (OSError, pa.ArrowException)


@contextmanager
def _folder(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
