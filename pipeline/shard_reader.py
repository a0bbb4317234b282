"""Finished shards, read a row group and a few columns at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fluxem.errors import ConfigError, ShardMismatchError
from fluxem.integration.registry import DomainEncoderRegistry

from .places import Place, open_parquet

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowGroup:
    """A part of a shard."""

    path: Place
    """The shard."""
    index: int
    """Number of the row group in it."""
    rows: int
    """Its rows."""

    def read(self, columns: Sequence[str]) -> pa.Table:
        """Some of its columns.

        Raises:
            ConfigError: the shard cannot be read.
        """
        with open_shard(self.path) as file:
            return file.read_row_group(self.index, columns=list(columns))


def row_groups(path: Place) -> list[RowGroup]:
    """The row groups of a shard.

    Raises:
        ConfigError: the shard cannot be read.
    """
    with open_shard(path) as file:
        meta = file.metadata
        return [RowGroup(path=path, index=i, rows=meta.row_group(i).num_rows) for i in range(meta.num_row_groups)]


@contextmanager
def open_shard(path: Place) -> Iterator[Any]:
    """A `pyarrow.parquet.ParquetFile`; what goes wrong while it is open becomes a ConfigError that names it."""
    try:
        with open_parquet(path) as file:
            yield file
    except (OSError, EOFError, UnicodeDecodeError, MemoryError, pa.ArrowException) as error:
        raise ConfigError(
            f"cannot read the shard {path}: {error}; `fluxem-prep verify` says which shards are broken"
        ) from None


def check_encoder(path: Place) -> None:
    """Vectors can be decoded only by the encoders that wrote them.

    Raises:
        ConfigError: the shard cannot be read.
        ShardMismatchError: others wrote it.
    """
    with open_shard(path) as file:
        written = (file.schema_arrow.metadata or {}).get(b"fluxem.encoder", b"").decode(errors="replace")
    ours = DomainEncoderRegistry().encoder_id()
    if written != ours:
        raise ShardMismatchError("encoder", ours, written or "(none)")


def flat(column: pa.ChunkedArray) -> tuple[Ids, Ids]:
    """Values (n,) of a column of lists of integers, and the row (n,) of each."""
    array = column.combine_chunks()
    counts = np.diff(array.offsets.to_numpy())
    return array.flatten().to_numpy().astype(np.int64), np.repeat(np.arange(len(array)), counts)
