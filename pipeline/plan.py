"""Inputs cut into tasks.

The cut depends on the inputs and on `shard_bytes` alone, never on workers, so that shards are the same whoever
builds them. Each file is cut into slices of at most `shard_bytes` where its format allows; neighbouring slices
then share a task as long as they stay under it together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from .config import BuildConfig
from .inputs import InputFile, Slice, list_inputs
from .readers import LINES, TABLES, format_suffix, is_compressed, is_known, known_suffixes

# Text under gzip or zstd takes a third to a quarter of its bytes; only the cut and the progress bar depend on it.
_EXPANSION: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The work that makes one shard."""

    index: int
    """Number of the task and of its shard, from 0."""
    slices: tuple[Slice, ...]
    """What to read, in order."""

    @property
    def weight(self) -> int:
        """Estimated bytes of text."""
        return sum(part.weight for part in self.slices)

    def describe(self) -> str:
        """The place in the corpus, for messages."""
        first = self.slices[0]
        more = f" and {len(self.slices) - 1} more" if len(self.slices) > 1 else ""
        return f"task {self.index} ({first.source} from {first.start}{more})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that a build will read, and how it is shared out."""

    files: tuple[InputFile, ...]
    """Inputs, pinned."""
    tasks: tuple[Task, ...]
    """Tasks, in order of index."""


def make_plan(config: BuildConfig) -> Plan:
    """List the inputs and cut them.

    Raises:
        ConfigError: an input is missing, unknown or empty of files.
    """
    files = list_inputs(config.inputs, is_known=is_known, known=known_suffixes(), out=config.out)
    slices = (part for file in files for part in _cut(file, config))
    tasks = (Task(index=i, slices=parts) for i, parts in enumerate(_pack(slices, config.shard_bytes)))
    return Plan(files=files, tasks=tuple(tasks))


def _cut(file: InputFile, config: BuildConfig) -> Iterator[Slice]:
    suffix = format_suffix(file.source)
    if suffix in TABLES:
        return _cut_row_groups(file, config)
    if suffix in LINES and not is_compressed(file.source):
        return _cut_bytes(file, config.shard_bytes)
    return iter([Slice(source=file.source, weight=file.size * (_EXPANSION if is_compressed(file.source) else 1))])


def _cut_bytes(file: InputFile, limit: int) -> Iterator[Slice]:
    count = max(1, -(-file.size // limit))
    edges = [i * file.size // count for i in range(count + 1)]
    for start, stop in pairwise(edges):
        yield Slice(source=file.source, start=start, stop=stop, weight=stop - start)


def _cut_row_groups(file: InputFile, config: BuildConfig) -> Iterator[Slice]:
    from .parquet_rows import row_group_weights  # late, because pyarrow is heavy

    weights = row_group_weights(file.source, config.text_field)
    if not weights:  # the reader will say what is wrong with it
        yield Slice(source=file.source, weight=file.size)
        return
    start, weight = 0, weights[0]
    for group, more in enumerate(weights[1:], start=1):
        if weight + more > config.shard_bytes:
            yield Slice(source=file.source, start=start, stop=group, weight=weight)
            start, weight = group, 0
        weight += more
    yield Slice(source=file.source, start=start, stop=len(weights), weight=weight)


def _pack(slices: Iterable[Slice], limit: int) -> Iterator[tuple[Slice, ...]]:
    parts: list[Slice] = []
    weight = 0
    for part in slices:
        if parts and weight + part.weight > limit:
            yield tuple(parts)
            parts, weight = [], 0
        parts.append(part)
        weight += part.weight
    if parts:
        yield tuple(parts)
