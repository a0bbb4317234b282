"""`load_shards`: the door from a build's folder to a training run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, get_args, overload

from fluxem.errors import ConfigError
from fluxem.integration.registry import DomainEncoderRegistry
from fluxem.integration.row_content import Mode, Reading
from fluxem.integration.shard_dataset import Order, ShardDataset, ShardStream
from fluxem.integration.shard_files import CACHE_BYTES, ShardFiles

WINDOW: Final = 8192
"""Rows among which a row may move: a few row groups, so that few are in memory at once."""


@overload
def load_shards(
    path: str | Path,
    *,
    streaming: Literal[False] = False,
    split: str = ...,
    mode: Mode = ...,
    columns: Sequence[str] | None = ...,
    seed: int = ...,
    epoch: int = ...,
    shuffle: bool = ...,
    rank: int = ...,
    world_size: int = ...,
    lanes: int = ...,
    window: int = ...,
    cache_bytes: int = ...,
    registry: DomainEncoderRegistry | None = ...,
) -> ShardDataset: ...


@overload
def load_shards(
    path: str | Path,
    *,
    streaming: Literal[True],
    batch_size: int | None = ...,
    drop_last: bool = ...,
    split: str = ...,
    mode: Mode = ...,
    columns: Sequence[str] | None = ...,
    seed: int = ...,
    epoch: int = ...,
    shuffle: bool = ...,
    rank: int = ...,
    world_size: int = ...,
    lanes: int = ...,
    window: int = ...,
    cache_bytes: int = ...,
    registry: DomainEncoderRegistry | None = ...,
) -> ShardStream: ...


def load_shards(
    path: str | Path,
    *,
    streaming: bool = False,
    batch_size: int | None = None,
    drop_last: bool = False,
    split: str = "train",
    mode: Mode = "hybrid",
    columns: Sequence[str] | None = None,
    seed: int = 0,
    epoch: int = 0,
    shuffle: bool = True,
    rank: int = 0,
    world_size: int = 1,
    lanes: int = 1,
    window: int = WINDOW,
    cache_bytes: int = CACHE_BYTES,
    registry: DomainEncoderRegistry | None = None,
) -> ShardDataset | ShardStream:
    """The rows of a build, read from its Parquet files; nothing is copied into a cache on disk.

    Args:
        path: the output folder of a build, whose shards must be those of its manifest; or a folder of shards, or one
            shard, as they are.
        streaming: False gives a map-style `ShardDataset`, True a `ShardStream` that can be stopped and resumed.
        batch_size: rows a step and rank; streams only. None makes steps of one row, given as a dict.
        drop_last: leave out the last step of an epoch where it is not full, so that all ranks have equally many
            batches; streams only. False visits every row once an epoch, and the last batches may be shorter.
        split: which split of a build.
        mode: which columns are read: those that `MixedStreamCollator(mode)` needs.
        columns: these columns instead; `MixedStreamCollator.columns` names those of a collator.
        seed: tells runs apart.
        epoch: tells epochs apart; `set_epoch` changes it.
        shuffle: False visits rows as the files hold them.
        rank: which of the ranks this process is. Leave it at 0 of 1 where something else slices the rows
            (`accelerate`, hence the `Trainer`, does it for a map-style dataset).
        world_size: how many ranks there are.
        lanes: how many places of the epoch are read at once; a multiple of `world_size` lets each rank read row
            groups of its own, and costs one window of memory a lane and rank.
        window: rows among which a row may move.
        cache_bytes: memory for decoded row groups.
        registry: the encoders that the shards must have been written with; the built-in ones by default.

    Raises:
        MissingDependencyError: pyarrow is not installed.
        ConfigError: there are no shards, a build's are not those of its manifest, or a setting contradicts another.
        ShardMismatchError: a shard has another schema version, vector width, vocabulary or encoder; names both sides.
    """
    if not 0 <= rank < world_size:
        raise ConfigError(f"expected a rank from 0 to world_size - 1, got rank {rank} of {world_size}")
    for name, value in (("lanes", lanes), ("window", window), ("batch_size", batch_size)):
        if value is not None and value < 1:
            raise ConfigError(f"expected {name} from 1 up, got {value}")
    if not streaming and (batch_size is not None or drop_last):
        raise ConfigError("expected batch_size and drop_last with streaming=True; map-style, the data loader has them")
    if mode not in get_args(Mode):
        raise ConfigError(f"expected mode to be one of {', '.join(get_args(Mode))}, got {mode!r}")
    own = DomainEncoderRegistry() if registry is None else registry
    wanted = Reading(mode=mode, text_from=None, tokenizer=None).columns if columns is None else tuple(columns)
    files = ShardFiles(path, split=split, columns=wanted, encoder=own.encoder_id(), cache_bytes=cache_bytes)
    order = Order(files, seed=seed, epoch=epoch, shuffle=shuffle, lanes=lanes, window=window)
    if not streaming:
        return ShardDataset(files, order, rank=rank, world_size=world_size)
    return ShardStream(files, order, rank=rank, world_size=world_size, batch_size=batch_size, drop_last=drop_last)
