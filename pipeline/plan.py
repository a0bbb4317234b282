"""Inputs cut into tasks.

The cut depends on the inputs and on `shard_bytes` alone, never on workers, so that shards are the same whoever
builds them. Each file is cut into slices of at most `shard_bytes` where its format allows; neighbouring slices
then share a task as long as they stay under it together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Final

from .config import BuildConfig
from .inputs import InputFile, InputRules, Slice, list_inputs
from .readers import format_suffix, is_compressed, is_cut_by_bytes, is_known, known_suffixes
from .spool import spool_path

# Compressed text takes a third to a quarter of its bytes; only the cut and the progress bar depend on it.
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
        to = "its end" if first.stop is None else str(first.stop)
        more = f" and {len(self.slices) - 1} more" if len(self.slices) > 1 else ""
        return f"task {self.index} ({first.source} from {first.start} to {to}{more})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that a build will read, and how it is shared out."""

    files: tuple[InputFile, ...]
    """Inputs, pinned."""
    tasks: tuple[Task, ...]
    """Tasks, in order of index."""

    def as_json(self) -> dict[str, object]:
        """The plan as JSON values; a slice is [number of its file, first, end, weight]."""
        numbers = {file.source: number for number, file in enumerate(self.files)}
        tasks = [
            [[numbers[part.source], part.start, part.stop, part.weight] for part in task.slices] for task in self.tasks
        ]
        return {"files": [asdict(file) for file in self.files], "tasks": tasks}


def find_inputs(config: BuildConfig) -> tuple[InputFile, ...]:
    """The inputs as the user named them; streams are not read yet.

    Raises:
        ConfigError: an input is missing, unknown or empty of files.
    """
    rules = InputRules(is_known=is_known, known=known_suffixes(), out=config.out, stdin_format=config.stdin_format)
    return list_inputs(config.inputs, rules)


def make_plan(config: BuildConfig, files: Sequence[InputFile]) -> Plan:
    """Cut the inputs; streams must be spooled."""
    slices = (part for file in files for part in _cut(file, config))
    tasks = (Task(index=i, slices=parts) for i, parts in enumerate(_pack(slices, config.shard_bytes)))
    return Plan(files=tuple(files), tasks=tuple(tasks))


def _cut(file: InputFile, config: BuildConfig) -> Iterator[Slice]:
    name = file.spool or file.source
    if format_suffix(name) == ".parquet":
        return _cut_row_groups(file, config)
    if is_cut_by_bytes(name, lines=config.lines):
        return _cut_bytes(file, config.shard_bytes)
    weight = file.size * (_EXPANSION if is_compressed(name) else 1)
    return iter([Slice(source=file.source, weight=weight, pinned=file)])


def _cut_bytes(file: InputFile, limit: int) -> Iterator[Slice]:
    count = max(1, -(-file.size // limit))
    edges = [i * file.size // count for i in range(count + 1)]
    for start, stop in pairwise(edges):
        yield Slice(source=file.source, start=start, stop=stop, weight=stop - start, pinned=file)


def _cut_row_groups(file: InputFile, config: BuildConfig) -> Iterator[Slice]:
    from .parquet_rows import row_group_weights  # late, because pyarrow is heavy

    weights = row_group_weights(spool_path(config.out, file) or file.source, config.text_field)
    if not weights:  # the reader will say what is wrong with it
        yield Slice(source=file.source, weight=file.size, pinned=file)
        return
    start, weight = 0, weights[0]
    for group, more in enumerate(weights[1:], start=1):
        if weight + more > config.shard_bytes:
            yield Slice(source=file.source, start=start, stop=group, weight=weight, pinned=file)
            start, weight = group, 0
        weight += more
    yield Slice(source=file.source, start=start, stop=len(weights), weight=weight, pinned=file)


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
