"""Shards on disk: found, checked against this library, and read a row group at a time. The one file that needs pyarrow.

Nothing is copied into a cache on disk. Decoded row groups stay in memory up to `cache_bytes`, the latest ones first.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from fluxem.errors import ConfigError, MissingDependencyError, ShardMismatchError
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
        ConfigError: there are no shards at `path`, or one has not all the columns.
        ShardMismatchError: a shard has another schema version, vector width, vocabulary or encoder; names both sides.
    """

    def __init__(
        self, path: str | Path, *, split: str, columns: Sequence[str], encoder: str, cache_bytes: int = CACHE_BYTES
    ) -> None:
        self.paths: Final = _find(Path(path), split)
        self.columns: Final = tuple(columns)
        self._cache_bytes = cache_bytes
        self._cached: OrderedDict[int, Table] = OrderedDict()
        self._open: dict[int, Any] = {}
        groups = []
        for number, shard in enumerate(self.paths):
            metadata = _pyarrow_parquet().read_metadata(shard)
            _check(shard, metadata.schema.to_arrow_schema(), self.columns, encoder)
            groups += [(number, group, metadata.row_group(group).num_rows) for group in range(metadata.num_row_groups)]
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
        """A decoded row group, in one chunk a column."""
        table = self._cached.pop(group, None)
        if table is None:
            number, inside, _ = self._groups[group].tolist()
            if number not in self._open:
                self._open[number] = _pyarrow_parquet().ParquetFile(self.paths[number])
            # Data loader workers are the parallelism; threads inside each would only compete.
            table = self._open[number].read_row_group(inside, columns=list(self.columns), use_threads=False)
            table = table.combine_chunks()
            while self._cached and sum(t.nbytes for t in self._cached.values()) + table.nbytes > self._cache_bytes:
                self._cached.popitem(last=False)
        self._cached[group] = table
        return table


def _find(path: Path, split: str) -> list[Path]:
    if path.is_file():
        return [path]
    folder = path / "data" if (path / "data").is_dir() else path
    found = sorted(folder.glob(f"{split}-*.parquet"))
    if not found and folder == path:
        found = sorted(folder.glob("*.parquet"))
    if not found:
        raise ConfigError(
            f"expected Parquet shards of split {split!r} in {path}, found none: give the folder that fluxem-prep build "
            "wrote, or one of its shards"
        )
    return found


def _check(path: Path, schema: Any, columns: Sequence[str], encoder: str) -> None:  # noqa: ANN401 a pyarrow schema
    """Refuse a shard that this library would misread."""
    stored = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
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
