"""A shard and its rejects: all of it, under its name, or nothing; how that is done, `store` says.

Bytes are a function of the rows alone: row groups are cut by the rows' own sizes, whatever batches they come in, and
each is written by one call on combined chunks.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from ..schemas.shard import PARQUET_OPTIONS, SHARD_SCHEMA
from .places import Place
from .record_batch import RowBatch
from .rows import Reject
from .store import WRITE_ERRORS, NewFile, naming_the_disk

ROW_GROUP_BYTES: Final = 32 << 20
"""Arrow bytes of a row group, at most; a single larger row is a row group of its own."""


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
    etag: str = ""
    """What an object store knows its content by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectsFile:
    """The rejects of a task that stand on disk."""

    name: str
    """File name."""
    rows: int
    """Lines."""
    sha256: str
    """Of the file, hex."""
    etag: str = ""
    """What an object store knows its content by."""


class ShardWriter:
    """Writes the rows of one shard. A context manager: leaving it by an exception leaves no file.

    Args:
        path: the final name; no file appears for a shard without rows.
        metadata: schema metadata.
        row_group_bytes: limit of a row group.
    """

    def __init__(self, path: Place, metadata: Mapping[str, str], row_group_bytes: int = ROW_GROUP_BYTES) -> None:
        self._path = path
        self._new: NewFile | None = None
        self._schema = SHARD_SCHEMA.with_metadata(dict(metadata))
        self._limit = row_group_bytes
        self._writer: Any = None
        self._pending: list[pa.RecordBatch] = []
        self._pending_bytes = 0
        self._rows = 0

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and self._writer is not None:
            with suppress(*WRITE_ERRORS):  # it would like to write a footer, perhaps on a full disk
                self._writer.close()
        if self._new is not None:
            self._new.discard()

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
        if self._new is None:
            return None
        with naming_the_disk(self._path):
            self._writer.close()
            self._new.file.flush()
            rows = pq.read_metadata(self._new.path).num_rows
        written = self._new.commit()
        return ShardFile(name=self._path.name, rows=rows, bytes=written.size, sha256=written.sha256, etag=written.etag)

    def _flush(self) -> None:
        if not self._pending:
            return
        table = pa.Table.from_batches(self._pending).combine_chunks().replace_schema_metadata(self._schema.metadata)
        if self._new is None:
            self._new = NewFile(self._path)
        with naming_the_disk(self._path):
            if self._writer is None:
                self._writer = pq.ParquetWriter(self._new.file, self._schema, **PARQUET_OPTIONS)
            self._writer.write_table(table, row_group_size=max(1, table.num_rows))
        self._pending, self._pending_bytes = [], 0


class RejectsWriter:
    """Writes the rejects of one task as JSON Lines; no file appears without a reject."""

    def __init__(self, path: Place) -> None:
        self._path = path
        self._new: NewFile | None = None
        self.count = 0

    def __enter__(self) -> RejectsWriter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._new is not None:
            self._new.discard()

    def write(self, reject: Reject) -> None:
        """Add one line."""
        if self._new is None:
            if isinstance(self._path, Path):
                with naming_the_disk(self._path):
                    self._path.parent.mkdir(exist_ok=True)
            self._new = NewFile(self._path)
        with naming_the_disk(self._path):
            self._new.file.write(orjson.dumps(reject.as_json(), option=orjson.OPT_APPEND_NEWLINE))
        self.count += 1

    def finish(self) -> RejectsFile | None:
        """Give the file its name; None if there was no reject."""
        if self._new is None:
            return None
        written = self._new.commit()
        return RejectsFile(name=self._path.name, rows=self.count, sha256=written.sha256, etag=written.etag)
