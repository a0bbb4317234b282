"""What a build would come to: its plan, and from a sample of the rows, the shards and the time to expect."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from fluxem.errors import ConfigError

from ..schemas.shard import PARQUET_OPTIONS, SHARD_SCHEMA
from .config import BuildConfig
from .output_folder import check_output
from .plain_text import counted
from .plan import Plan, Task, find_inputs, make_plan
from .rows import Reject, Row
from .task import Tools, encode_rows, read_task, tools_of

_TASKS: Final = 8
_TASK_BYTES: Final = 512 << 10
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A plan, and what a sample of its rows came to."""

    plan: Plan
    """Files and tasks."""
    max_reject_rate: float
    """Above which a build fails."""
    sample_rows: int
    """Rows of the sample."""
    sample_rejects: int
    """Rejects among them."""
    sample_bytes: int
    """Input bytes that it took."""
    shard_bytes: int
    """Bytes of Parquet that it made."""
    seconds: float
    """Time that it took on one core."""

    @property
    def weight(self) -> int:
        """Bytes of text in all, estimated for compressed files."""
        return sum(task.weight for task in self.plan.tasks)

    def scaled(self, value: float) -> float:
        """A figure of the sample, for the whole corpus."""
        return value * self.weight / max(1, self.sample_bytes)

    def words(self) -> str:
        """For people, some lines."""
        tasks = [f"  {task.describe()}: {task.weight:,} bytes" for task in self.plan.tasks[:_SHOWN]]
        more = [f"  ... and {len(self.plan.tasks) - _SHOWN:,} more"] if len(self.plan.tasks) > _SHOWN else []
        files, rows = counted(len(self.plan.files), "file"), self.scaled(self.sample_rows - self.sample_rejects)
        return "\n".join(
            [
                f"{files}, {counted(len(self.plan.tasks), 'task')}, {self.weight:,} bytes of text",
                *tasks,
                *more,
                f"from a sample of {counted(self.sample_rows, 'row')} ({self.sample_rejects:,} rejected), expect",
                f"  {rows:,.0f} rows, {self.scaled(self.sample_rejects):,.0f} rejected",
                *self._warning(),
                f"  {self.scaled(self.shard_bytes):,.0f} bytes of shards",
                f"  {self.scaled(self.seconds) / 3600:.3g} core-hours",
                "nothing was written",
            ]
        )

    def _warning(self) -> list[str]:
        rate = self.sample_rejects / max(1, self.sample_rows)
        if rate <= self.max_reject_rate:
            return []
        return [
            f"  and the build to fail: {rate:.1%} of the rows rejected, --max-reject-rate is {self.max_reject_rate:.1%}"
        ]


def estimate_build(config: BuildConfig) -> Estimate:
    """Plan a build and try a few rows of it; writes nothing.

    Raises:
        ConfigError: what `run_build` would refuse; also a stream, which cannot be looked into without taking from it.
    """
    check_output(config.out)
    tools = tools_of(config)
    files = find_inputs(config)
    for file in files:
        if file.spool:
            raise ConfigError(f"a dry run cannot look into the stream {file.source}: it can only be read once")
    return _try(config, make_plan(config, files), tools)


def _try(config: BuildConfig, plan: Plan, tools: Tools) -> Estimate:
    encode_rows([Row("", "", "2 + 3 and 5 km", 14)], tools, tools.encoder)  # first calls load and compile
    rows = rejects = taken = made = 0
    seconds = 0.0
    for task in plan.tasks[:: max(1, len(plan.tasks) // _TASKS)]:
        start = time.perf_counter()
        good, bad, size = _sample(config, task)
        made += _parquet_bytes(good, tools)
        seconds += time.perf_counter() - start
        rows, rejects, taken = rows + len(good) + bad, rejects + bad, taken + size
    return Estimate(
        plan=plan,
        max_reject_rate=config.max_reject_rate,
        sample_rows=rows,
        sample_rejects=rejects,
        sample_bytes=taken,
        shard_bytes=made,
        seconds=seconds,
    )


def _sample(config: BuildConfig, task: Task) -> tuple[list[Row], int, int]:
    """The first rows of a task, the number of rejects among them, and the share of its weight that they took."""
    good: list[Row] = []
    bad = size = 0
    for item in read_task(config, task):
        size += item.size
        if isinstance(item, Reject):
            bad += 1
        else:
            good.append(item)
        if size >= _TASK_BYTES:
            return good, bad, size
    return good, bad, task.weight  # all of it, so that estimates of compression do not matter


def _parquet_bytes(rows: list[Row], tools: Tools) -> int:
    if not rows:
        return 0
    batch = encode_rows(rows, tools, tools.encoder).batch
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, SHARD_SCHEMA, **PARQUET_OPTIONS) as writer:
        writer.write_table(pa.Table.from_batches([batch]))
    return len(sink.getvalue())
