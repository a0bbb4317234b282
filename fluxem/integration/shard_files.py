"""Shards on disk: found, checked against this library, and read a row group at a time. The one file that needs pyarrow.

Nothing is copied into a cache on disk. Decoded row groups stay in memory up to `cache_bytes`, the latest ones first.

A shard may come from anywhere, and disks rot. Once a file, its metadata and the types of its columns are held against
this library's, and a build's shard, when it is opened, against the manifest's sha256: neither footer nor page headers
have a checksum. Once a row group, the checksums of its pages are verified, and its columns held against each other.
What is wrong is one error that names the file, so that no damaged row becomes a batch.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from fluxem.errors import ConfigError, MissingDependencyError, ShardMismatchError, ShardRowError
from fluxem.integration.row_sources import ArrowSource
from fluxem.integration.shard_listing import find_shards
from fluxem.integration.shard_rows import check_columns
from fluxem.vocabulary import SCHEMA_VERSION, VECTOR_DIM, vocabulary

Integers = npt.NDArray[np.int64]
Table: TypeAlias = Any
"""A `pyarrow.Table`."""
Pyarrow: TypeAlias = Any
"""A module of pyarrow, which has no types."""

CACHE_BYTES: Final = 1 << 30


class ShardFiles:
    """The Parquet shards of one split, as one long table of rows.

    Args:
        path: the output folder of a build, a folder of shards, or one shard.
        split: which split of a build.
        columns: the columns to read.
        encoder: what the shards must have been written with.
        cache_bytes: memory for decoded row groups; those of the rows asked for stay in any case.

    Raises:
        MissingDependencyError: pyarrow is not installed.
        ConfigError: there are no shards at `path`, they are not those of the build's manifest, or one has not all the
            columns or cannot be read.
        ShardMismatchError: a shard has another schema version, vector width, vocabulary, encoder or type of a column;
            names both sides.
    """

    def __init__(
        self, path: str | Path, *, split: str, columns: Sequence[str], encoder: str, cache_bytes: int = CACHE_BYTES
    ) -> None:
        listed = find_shards(Path(path), split)
        self.paths: Final = list(listed)
        self._sha256: Final = list(listed.values())
        self.columns: Final = tuple(columns)
        self._cache_bytes = cache_bytes
        self._cached: OrderedDict[int, Table] = OrderedDict()
        self._open: dict[int, Any] = {}
        groups = []
        for number, shard in enumerate(self.paths):
            with _reading(shard):
                metadata = _pyarrow_parquet().read_metadata(shard)
                schema = metadata.schema.to_arrow_schema()
                counts = _rows_of_groups(shard, metadata)
            _check(shard, schema, self.columns, encoder)
            groups += [(number, group, rows) for group, rows in enumerate(counts)]
        self._groups = np.array(groups, dtype=np.int64).reshape(-1, 3)
        self._first = np.concatenate(([0], np.cumsum(self._groups[:, 2])))

    def __getstate__(self) -> dict[str, Any]:
        """For workers: neither open files nor cached rows travel."""
        return self.__dict__ | {"_cached": OrderedDict(), "_open": {}}

    @property
    def group_rows(self) -> Integers:
        """(G,) rows of each row group, in the order of the files."""
        rows: Integers = self._groups[:, 2]
        return rows

    def identity(self) -> str:
        """16 hex digits over names and row groups: equal where rows stand at the same places."""
        content = json.dumps([[path.name for path in self.paths], self._groups.tolist()])
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def take(self, rows: Integers) -> Table:
        """The rows, counted through all files, in the order asked for, as an Arrow table."""
        groups = np.searchsorted(self._first, rows, side="right") - 1
        by_group = np.argsort(groups, kind="stable")
        parts = []
        for group in np.unique(groups).tolist():
            inside = rows[groups == group] - self._first[group]
            parts.append(self._group(group).take(inside))
        if len(parts) == 1:
            return parts[0]
        back = np.empty(len(rows), dtype=np.int64)
        back[by_group] = np.arange(len(rows))
        return _pyarrow().concat_tables(parts).take(back)

    def _group(self, group: int) -> Table:
        """A decoded row group, in one chunk a column.

        Raises:
            ConfigError: it cannot be read, or is not what the manifest lists; names the file.
            ShardMismatchError, ShardRowError: its columns break a promise; names the file, the row and the column.
        """
        table = self._cached.pop(group, None)
        if table is None:
            table = self._read(*self._groups[group].tolist())
            while self._cached and sum(t.nbytes for t in self._cached.values()) + table.nbytes > self._cache_bytes:
                self._cached.popitem(last=False)
        self._cached[group] = table
        return table

    def _read(self, number: int, inside: int, rows: int) -> Table:
        path = self.paths[number]
        with _reading(path):
            if number not in self._open:
                _check_sha256(path, self._sha256[number])
                self._open[number] = _pyarrow_parquet().ParquetFile(path, page_checksum_verification=True)
            # Data loader workers are the parallelism; threads inside each would only compete.
            table = self._open[number].read_row_group(inside, columns=list(self.columns), use_threads=False)
            table = table.combine_chunks()
        if table.num_rows != rows:
            raise ConfigError(
                f"cannot use the shard {path}: its row group {inside} has {table.num_rows} rows, not {rows}"
            )
        try:
            check_columns(ArrowSource(table), self.columns)
        except ShardRowError as error:
            raise ShardRowError(error.row, error.field, error.expected, error.found, str(path)) from None
        except ShardMismatchError as error:
            raise ShardMismatchError(f"{error.field} (in {path})", error.expected, error.found) from None
        return table


def _rows_of_groups(shard: Path, metadata: Any) -> list[int]:  # noqa: ANN401  # pyarrow has no types
    """Rows of each row group. A footer has no checksum, so its counts are held against each other.

    Those of its columns are not looked at: for some damaged footers pyarrow ends the process there.
    """
    rows = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    if sum(rows) != metadata.num_rows:
        raise ConfigError(
            f"cannot use the shard {shard}: expected one count of rows in its footer, found {metadata.num_rows} in all "
            f"and {rows} by row group; `fluxem-prep verify` says which shards are broken"
        )
    return rows


def _check_sha256(path: Path, listed: str | None) -> None:
    """Refuse a shard whose bytes are not those that the manifest lists."""
    if listed is None:
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != listed:
        raise ConfigError(
            f"cannot use the shard {path}: expected the sha256 {listed} of the manifest, found {found}; "
            "running the build's command again mends it"
        )


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """What pyarrow raises on a file that is damaged, gone or hostile becomes an error that names it."""
    try:
        yield
    except (OSError, EOFError, UnicodeDecodeError, MemoryError, _pyarrow().ArrowException) as error:
        raise ConfigError(
            f"cannot read the shard {path}: {str(error) or type(error).__name__}; `fluxem-prep verify` says which "
            "shards of a build are broken, and running its command again mends them"
        ) from error


def _check(path: Path, schema: Any, columns: Sequence[str], encoder: str) -> None:  # noqa: ANN401 a pyarrow schema
    """Refuse a shard that this library would misread."""
    pairs = (schema.metadata or {}).items()
    stored = {key.decode(errors="replace"): value.decode(errors="replace") for key, value in pairs}
    expected = {
        "fluxem.schema_version": str(SCHEMA_VERSION),
        "fluxem.vector_dim": str(VECTOR_DIM),
        "fluxem.vocabulary": json.dumps(vocabulary(), sort_keys=True),
        "fluxem.encoder": encoder,
    }
    for key, ours in expected.items():
        if stored.get(key) != ours:
            raise ShardMismatchError(f"{key.removeprefix('fluxem.')} (in {path.name})", ours, stored.get(key))
    missing = [name for name in columns if name not in schema.names]
    if missing:
        raise ConfigError(f"expected columns {', '.join(missing)} in {path}, found {', '.join(schema.names)}")
    types = _types()
    for name in columns:
        if schema.names.count(name) > 1:
            raise ConfigError(f"expected one column {name} in {path}, found {schema.names.count(name)}")
        found = schema.field(name).type
        if name in types and found != types[name]:
            raise ShardMismatchError(f"the type of {name} (in {path.name})", types[name], found)


def _types() -> dict[str, Any]:
    """The types of the columns that this library reads, as pyarrow has them."""
    pa = _pyarrow()
    offsets, ids = pa.list_(pa.int32()), pa.list_(pa.uint8())
    return {
        "id": pa.string(),
        "encoder": pa.string(),
        "text": pa.string(),
        "span_start": offsets,
        "span_end": offsets,
        "span_domain": ids,
        "span_vector": pa.list_(pa.list_(pa.float32(), VECTOR_DIM)),
        "input_ids": offsets,
        "span_input_ids": pa.list_(offsets),
    }


def _pyarrow() -> Pyarrow:
    try:
        import pyarrow
    except ImportError as error:
        raise MissingDependencyError("pyarrow", "torch") from error
    return pyarrow


def _pyarrow_parquet() -> Pyarrow:
    _pyarrow()
    import pyarrow.parquet

    return pyarrow.parquet
