"""Rows of shards for a training run, map-style or as a stream of batches.

Both visit rows in the order of `shard_order`, a pure function of (seed, epoch). A stream's place in its epoch is one
number, the rows that all ranks together have seen, so a run goes on from its `state_dict` without losing or repeating
a row, also on another number of ranks.

Ranks take turns: step k of a stream with batch size b on w ranks covers the next b * w positions, and rank r takes
every w-th of them from the r-th. Data loader workers take turns by steps, so that batches arrive in the same order for
any number of workers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from fluxem.errors import ConfigError
from fluxem.integration.shard_files import ShardFiles, Table
from fluxem.integration.shard_order import EpochOrder
from fluxem.vocabulary import VECTOR_DIM

_SAME: Final = ("shards", "shuffle", "lanes", "window")


class Order:
    """The order of the current epoch, and how to make that of another."""

    def __init__(self, files: ShardFiles, *, seed: int, epoch: int, shuffle: bool, lanes: int, window: int) -> None:
        self._group_rows = files.group_rows
        self.settings: dict[str, Any] = {"shuffle": shuffle, "lanes": lanes, "window": window}
        self.seed, self.epoch = seed, epoch
        self.set(epoch=epoch)

    def set(self, *, epoch: int, seed: int | None = None) -> None:
        """Take the order of an epoch."""
        self.seed = self.seed if seed is None else seed
        self.epoch = epoch
        self.now = EpochOrder(self._group_rows, seed=self.seed, epoch=epoch, **self.settings)


class ShardDataset:
    """Map-style rows of this rank in the order of one epoch: entry i of rank r of w is position i * w + r.

    Indexing gives a row as a dict; `torch.utils.data.DataLoader` asks for whole batches, which stay Arrow tables for
    the collator. Visit it in order (`shuffle=False`): it is shuffled already, and a random order over many row groups
    would decode a row group for each row.
    """

    def __init__(self, files: ShardFiles, order: Order, *, rank: int, world_size: int) -> None:
        self._files, self._order = files, order
        self._rank, self._world_size = rank, world_size

    def __len__(self) -> int:
        total = self._order.now.total
        return (total - self._rank + self._world_size - 1) // self._world_size

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Row `index`, with arrays for its lists."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"expected an index below {len(self)}, got {index}")
        return _as_dict(self.__getitems__([index % len(self)]))

    def __getitems__(self, indices: Sequence[int]) -> Table:
        """Rows as an Arrow table."""
        positions = np.asarray(indices, dtype=np.int64) * self._world_size + self._rank
        return self._files.take(self._order.now.rows(positions))

    def set_epoch(self, epoch: int) -> None:
        """Take the order of another epoch."""
        self._order.set(epoch=epoch)


class ShardStream:
    """Batches of this rank, as Arrow tables for the collator (without a batch size: rows as dicts).

    An iteration goes on where the last one stopped, to the end of the epoch; then the next epoch begins.
    `ShardLoader` adds data loader workers; in this process alone, iterate it as it is.
    """

    def __init__(
        self,
        files: ShardFiles,
        order: Order,
        *,
        rank: int,
        world_size: int,
        batch_size: int | None,
        drop_last: bool,
    ) -> None:
        self._files, self._order = files, order
        self._rank, self._world_size = rank, world_size
        self._batch_size, self._drop_last = batch_size, drop_last
        self._position = 0
        if self._is_over(0):
            raise ConfigError(
                f"expected at least {self._step} rows for one step of {world_size} ranks, got {order.now.total}: "
                "take a smaller batch_size, or drop_last=False"
            )

    def __len__(self) -> int:
        """Steps of a whole epoch, on each rank (the last may be one that some ranks have no rows for)."""
        total = self._order.now.total
        return total // self._step if self._drop_last else -(-total // self._step)

    def __iter__(self) -> Iterator[Any]:
        """Batches to the end of the epoch."""
        worker, workers = _worker()
        order, start = self._order.now, self._position
        for number, first in enumerate(range(start, order.total, self._step)):
            if self._is_over(first):
                return
            positions = np.arange(first + self._rank, min(first + self._step, order.total), self._world_size)
            self.advance()
            if number % workers == worker and len(positions):
                table = self._files.take(order.rows(positions))
                yield table if self._batch_size is not None else _as_dict(table)

    def advance(self) -> None:
        """Count a step that this process did not iterate itself (its workers did); ends in the next epoch."""
        self._go_to(self._position + self._step)

    @property
    def epoch(self) -> int:
        """The epoch that the next step belongs to."""
        return self._order.epoch

    @property
    def has_batches(self) -> bool:
        """Whether a step is a table of rows, not one row."""
        return self._batch_size is not None

    def set_epoch(self, epoch: int) -> None:
        """Begin an epoch."""
        self._order.set(epoch=epoch)
        self._position = 0

    def state_dict(self) -> dict[str, Any]:
        """Where the run stands; the same on all ranks after the same number of steps."""
        return {
            **self._identity(),
            "seed": self._order.seed,
            "epoch": self._order.epoch,
            "position": self._position,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`, whatever the rank, number of ranks and batch size that it was taken with.

        Raises:
            ConfigError: it was taken over other shards, or with another order of rows.
        """
        own = self._identity()
        for name in _SAME:
            if state.get(name) != own[name]:
                raise ConfigError(f"expected a state with {name} {own[name]!r}, got {state.get(name)!r}")
        self._order.set(seed=int(state["seed"]), epoch=int(state["epoch"]))
        self._go_to(int(state["position"]))

    @property
    def _step(self) -> int:
        return (self._batch_size or 1) * self._world_size

    def _is_over(self, position: int) -> bool:
        """Whether the epoch has no step left at `position`."""
        left = self._order.now.total - position
        return left < (self._step if self._drop_last else 1)

    def _go_to(self, position: int) -> None:
        if self._is_over(position):
            self._order.set(epoch=self._order.epoch + 1)
            position = 0
        self._position = position

    def _identity(self) -> dict[str, Any]:
        return {"shards": self._files.identity(), **self._order.settings}


def _worker() -> tuple[int, int]:
    """Number of this data loader worker, and how many there are. A worker has torch loaded; nothing else can be one."""
    data = sys.modules.get("torch.utils.data")
    info = None if data is None else data.get_worker_info()
    return (0, 1) if info is None else (info.id, info.num_workers)


def _as_dict(table: Table) -> dict[str, Any]:
    """The only row of a table, with arrays for its lists."""
    return {name: _plain(name, table.column(name)[0]) for name in table.column_names}


def _plain(name: str, cell: Any) -> Any:  # noqa: ANN401 a pyarrow scalar, and what it holds
    if not cell.is_valid or not hasattr(cell, "values"):
        return cell.as_py()
    if name == "span_vector":
        return cell.values.flatten().to_numpy(zero_copy_only=False).reshape(-1, VECTOR_DIM)
    if hasattr(cell.values, "flatten") and hasattr(cell.values.type, "value_type"):
        return [inner.values.to_numpy(zero_copy_only=False) for inner in cell.values]
    return cell.values.to_numpy(zero_copy_only=False)
