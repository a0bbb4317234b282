"""Streams of shards through `torch.utils.data.DataLoader`, with workers and a resumable place. Needs torch."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from torch.utils.data import DataLoader, IterableDataset

from fluxem.errors import ConfigError
from fluxem.integration.shard_dataset import ShardStream


class ShardLoader:
    """Batches of a stream, collated in `num_workers` processes, in the order that one process gives them.

    The place counts batches that the training loop took, not those that workers made ahead, so `state_dict` may be
    called after any step.

    Args:
        stream: `load_shards(..., streaming=True, batch_size=...)`.
        collate: makes a batch of a table: a `MixedStreamCollator`.
        num_workers: processes; 0 collates in this one.
        options: further arguments of `DataLoader`, such as `pin_memory`.

    Raises:
        ConfigError: the stream has no batch size.
    """

    def __init__(
        self, stream: ShardStream, collate: Callable[[Any], Any], *, num_workers: int = 0, **options: object
    ) -> None:
        if not stream.has_batches:
            raise ConfigError("expected a stream with a batch_size, got one of single rows")
        self._stream = stream
        self._collate, self._workers, self._options = collate, num_workers, options

    def __len__(self) -> int:
        return len(self._stream)

    def __iter__(self) -> Iterator[Any]:
        """Collated batches to the end of the epoch."""
        options: dict[str, Any] = {"num_workers": self._workers, **self._options}
        # Workers iterate a copy: only batches that arrive here move the place.
        source = _Iterable(copy.deepcopy(self._stream))
        epoch = self._stream.epoch
        for batch in DataLoader(source, batch_size=None, collate_fn=self._collate, **options):
            self._stream.advance()
            yield batch
        if self._stream.epoch == epoch:
            # The last step had rows for other ranks only.
            self._stream.advance()

    def set_epoch(self, epoch: int) -> None:
        """Begin an epoch."""
        self._stream.set_epoch(epoch)

    def state_dict(self) -> dict[str, Any]:
        """Where the run stands."""
        return self._stream.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`."""
        self._stream.load_state_dict(state)


class _Iterable(IterableDataset[Any]):
    """What makes `DataLoader` iterate."""

    def __init__(self, stream: ShardStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[Any]:
        return iter(self._stream)
