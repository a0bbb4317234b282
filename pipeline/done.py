"""Done records: what a task came to, written after its shard. A record that verifies need not be done again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson

from .layout import Layout
from .places import FileInfo, read_folder
from .stats import Stats
from .store import sha256_of, write_whole
from .writer import RejectsFile, ShardFile

Found = Mapping[str, FileInfo]
"""What stands in the folders of shards, rejects and done records, by its whole name."""
_AT_ONCE: Final = 16
_IN_FLIGHT: Final = 256
_SEAL: Final = "sha256"
"""Key of a record's own hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReport:
    """What came of a task."""

    index: int
    """Number of the task."""
    shard: ShardFile | None
    """None if the task had no row to write."""
    rejects: RejectsFile | None
    """None if there were no rejects."""
    stats: Stats
    """Counts."""
    input_bytes: int
    """Bytes that were read, decompressed."""


def write_done(layout: Layout, plan: str, report: TaskReport) -> None:
    """Record that a task is done; `plan` is the plan's hash.

    Raises:
        BuildError: the disk refuses.
    """
    record = {
        "plan": plan,
        "task": report.index,
        "shard": None if report.shard is None else asdict(report.shard),
        "rejects": None if report.rejects is None else asdict(report.rejects),
        "input_bytes": report.input_bytes,
        "stats": report.stats.as_record(),
    }
    write_whole(layout.done(report.index), orjson.dumps(record | {_SEAL: _seal(record)}))


def read_done(layout: Layout, plan: str, index: int) -> TaskReport | None:
    """The record of a task; None if there is none, or none that belongs to this plan."""
    try:
        record: dict[str, Any] = orjson.loads(layout.done(index).read_bytes())
        if record.pop(_SEAL) != _seal(record):  # a bit has flipped in it: its counts would stand in the manifest
            return None
        if record["plan"] != plan or record["task"] != index:
            return None
        shard, rejects = record["shard"], record["rejects"]
        return TaskReport(
            index=index,
            shard=None if shard is None else ShardFile(**shard),
            rejects=None if rejects is None else RejectsFile(**rejects),
            stats=Stats.from_record(record["stats"]),
            input_bytes=record["input_bytes"],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # missing, torn, of another version: done again
        return None


def _seal(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(record)).hexdigest()


def read_reports(layout: Layout, plan: str, tasks: Sequence[int]) -> Iterator[TaskReport | None]:
    """The records of some tasks, in order; from an object store, some at once."""
    if isinstance(layout.out, Path):
        yield from (read_done(layout, plan, index) for index in tasks)
        return
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for first in range(0, len(tasks), _IN_FLIGHT):  # so that no more than these are held
            yield from threads.map(partial(read_done, layout, plan), tasks[first : first + _IN_FLIGHT])


def verifies(layout: Layout, report: TaskReport, found: Found) -> bool:
    """Whether the files of a task stand bit for bit as it wrote them, by their sha256 or, in a store, their etag."""
    for path, file in ((layout.shard(report.index), report.shard), (layout.rejects(report.index), report.rejects)):
        info = found.get(str(path))
        if (file is None) is (info is not None):
            return False
        if file is None or info is None:
            continue
        if path.name != file.name:
            return False
        if not (info.etag and info.etag == file.etag) and sha256_of(path) != file.sha256:
            return False
    return True


def look(layout: Layout) -> Found:
    """What stands where tasks write: three listings, for a question a file would be too many.

    Raises:
        StoreError: the store cannot be asked now.
    """
    folders = {place.parent for place in layout.of_task(0)}
    return {str(folder / name): info for folder in folders for name, info in read_folder(folder).items()}
