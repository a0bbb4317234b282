"""Inputs cut into tasks.

The cut depends on the inputs and on `shard_bytes` alone, never on workers, so that shards are the same whoever
builds them. Each file is cut into slices of at most `shard_bytes` where its format allows; neighbouring slices
then share a task as long as they stay under it together.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, overload

import orjson

from .config import BuildConfig
from .input_files import InputFile, InputFiles
from .inputs import InputRules, Slice, list_inputs
from .readers import format_suffix, is_compressed, is_cut_by_bytes, is_known, known_suffixes
from .spool import spool_path

# Compressed text takes a third to a quarter of its bytes; only the cut and the progress bar depend on it.
_EXPANSION: Final = 4
_TO_THE_END: Final = -1

Cut = tuple[int, int | None, int]
"""Of a file: first, end (None is the end of the file) and weight."""
Part = tuple[int, int, int | None, int]
"""The number of a file, and a cut of it."""


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


class Tasks(Sequence[Task]):
    """Tasks in order of index, in columns; a `Task` is made when it is asked for.

    Args:
        files: the files that the slices are of.
    """

    def __init__(self, files: InputFiles) -> None:
        self._files = files
        self._numbers, self._starts, self._stops, self._weights = (array("q") for _ in range(4))
        self._ends = array("q")  # of each task, in the columns above

    def append(self, parts: Iterable[Part]) -> None:
        """Add a task: of each slice, the number of its file, first, end (None is the end of the file) and weight."""
        for number, start, stop, weight in parts:
            self._numbers.append(number)
            self._starts.append(start)
            self._stops.append(_TO_THE_END if stop is None else stop)
            self._weights.append(weight)
        self._ends.append(len(self._numbers))

    @property
    def weight(self) -> int:
        """Estimated bytes of text of all tasks."""
        return sum(self._weights)

    def rows(self, index: int) -> list[list[int | None]]:
        """A task as JSON values; see `Plan.lines`."""
        slices = range(self._ends[index - 1] if index else 0, self._ends[index])
        return [[self._numbers[i], self._starts[i], self._stop(i), self._weights[i]] for i in slices]

    def _stop(self, i: int) -> int | None:
        return None if self._stops[i] == _TO_THE_END else self._stops[i]

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, place: int) -> Task: ...
    @overload
    def __getitem__(self, place: slice) -> list[Task]: ...
    def __getitem__(self, place: int | slice) -> Task | list[Task]:
        if isinstance(place, slice):
            return [self[index] for index in range(*place.indices(len(self)))]
        index = range(len(self))[place]
        slices = range(self._ends[index - 1] if index else 0, self._ends[index])
        return Task(index=index, slices=tuple(self._slice(i) for i in slices))

    def _slice(self, i: int) -> Slice:
        file = self._files[self._numbers[i]]
        return Slice(
            source=file.source,
            start=self._starts[i],
            stop=self._stop(i),
            weight=self._weights[i],
            pinned=file,
        )

    def __iter__(self) -> Iterator[Task]:
        return (self[index] for index in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tasks) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]  # it grows


class SomeTasks(Sequence[Task]):
    """A choice of tasks, made when they are asked for."""

    def __init__(self, tasks: Sequence[Task], indices: Sequence[int]) -> None:
        self._tasks = tasks
        self._indices = array("q", indices)

    def __len__(self) -> int:
        return len(self._indices)

    @overload
    def __getitem__(self, place: int) -> Task: ...
    @overload
    def __getitem__(self, place: slice) -> list[Task]: ...
    def __getitem__(self, place: int | slice) -> Task | list[Task]:
        if isinstance(place, slice):
            return [self._tasks[index] for index in self._indices[place]]
        return self._tasks[self._indices[place]]

    def __iter__(self) -> Iterator[Task]:
        return (self._tasks[index] for index in self._indices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that a build will read, and how it is shared out."""

    files: InputFiles
    """Inputs, pinned."""
    tasks: Tasks
    """Tasks, in order of index."""

    def lines(self) -> Iterator[bytes]:
        """The plan as lines of JSON, of which all together are two members of an object, `files` and `tasks`.

        A task is a list of slices, a slice [number of its file, first, end, weight].
        """
        yield b'"files":['
        yield from _separated(orjson.dumps(file) for file in self.files)
        yield b'],"tasks":['
        yield from _separated(orjson.dumps(self.tasks.rows(index)) for index in range(len(self.tasks)))
        yield b"]"


def _separated(values: Iterable[bytes]) -> Iterator[bytes]:
    """Values with commas after all but the last."""
    before: bytes | None = None
    for value in values:
        if before is not None:
            yield before + b","
        before = value
    if before is not None:
        yield before


def find_inputs(config: BuildConfig) -> InputFiles:
    """The inputs as the user named them; streams are not read yet.

    Raises:
        ConfigError: an input is missing, unknown or empty of files.
    """
    rules = InputRules(is_known=is_known, known=known_suffixes(), out=config.out, stdin_format=config.stdin_format)
    return list_inputs(config.inputs, rules)


def make_plan(config: BuildConfig, files: InputFiles) -> Plan:
    """Cut the inputs; streams must be spooled."""
    slices = ((number, *cut) for number, file in enumerate(files) for cut in _cut(file, config))
    tasks = Tasks(files)
    for parts in _pack(slices, config.shard_bytes):
        tasks.append(parts)
    return Plan(files=files, tasks=tasks)


def _cut(file: InputFile, config: BuildConfig) -> Iterable[Cut]:
    name = file.spool or file.source
    suffix = format_suffix(name)
    if suffix == ".parquet":
        return _cut_row_groups(file, config)
    if is_cut_by_bytes(name, lines=config.lines):
        return _cut_bytes(file, config.shard_bytes)
    return ((0, None, file.size * (_EXPANSION if is_compressed(name) else 1)),)


def _cut_bytes(file: InputFile, limit: int) -> Iterable[Cut]:
    count = max(1, -(-file.size // limit))
    edges = [i * file.size // count for i in range(count + 1)]
    return ((start, stop, stop - start) for start, stop in pairwise(edges))


def _cut_row_groups(file: InputFile, config: BuildConfig) -> Iterator[Cut]:
    from .parquet_rows import row_group_weights  # late, because pyarrow is heavy

    weights = row_group_weights(spool_path(config.out, file) or file.source, config.text_field)
    if not weights:  # the reader will say what is wrong with it
        yield 0, None, file.size
        return
    start, weight = 0, weights[0]
    for group, more in enumerate(weights[1:], start=1):
        if weight + more > config.shard_bytes:
            yield start, group, weight
            start, weight = group, 0
        weight += more
    yield start, len(weights), weight


def _pack(slices: Iterable[Part], limit: int) -> Iterator[list[Part]]:
    parts: list[Part] = []
    weight = 0
    for part in slices:
        if parts and weight + part[3] > limit:
            yield parts
            parts, weight = [], 0
        parts.append(part)
        weight += part[3]
    if parts:
        yield parts
