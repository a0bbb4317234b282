"""Done records: what a task came to, on the disk after its shard. A record that verifies need not be done again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from .layout import Layout
from .stats import Stats
from .writer import RejectsFile, ShardFile, write_whole


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
    write_whole(layout.done(report.index), orjson.dumps(record))


def read_done(layout: Layout, plan: str, index: int) -> TaskReport | None:
    """The record of a task; None if there is none, or none that belongs to this plan."""
    try:
        record: Mapping[str, Any] = orjson.loads(layout.done(index).read_bytes())
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
    except (OSError, ValueError, KeyError, TypeError):  # missing, torn or of another version: the task is done again
        return None


def verifies(layout: Layout, report: TaskReport) -> bool:
    """Whether the files of a task are on the disk, bit for bit as it wrote them."""
    for path, file in ((layout.shard(report.index), report.shard), (layout.rejects(report.index), report.rejects)):
        if (file is None) is path.exists():
            return False
        if file is not None and (path.name != file.name or sha256_of(path) != file.sha256):
            return False
    return True


def sha256_of(path: Path) -> str | None:
    """Of a file, in hex; None if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
