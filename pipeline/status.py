"""How far a build is, from its plan and its done records; reads only, also while the build is at work."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fluxem.errors import ConfigError

from .done import TaskReport, read_done
from .layout import OURS, Layout, plan_path
from .output_folder import is_locked, stored_layout
from .resume import plan_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How far a build is."""

    out: Path
    """The output folder."""
    state: str
    """`finished`, `running`, `unfinished`, or `not planned` (streams are not spooled yet)."""
    tasks: int
    """Tasks of the plan."""
    done: int
    """Tasks that are done, as far as the sizes of their files tell; a resuming build reads them whole."""
    rows: int
    """Rows written."""
    rejected: int
    """Rows rejected."""
    spans: int
    """Spans encoded."""
    shard_bytes: int
    """Size of the finished shards."""

    def as_json(self) -> dict[str, object]:
        """For programs."""
        names = ("state", "tasks", "done", "rows", "rejected", "spans", "shard_bytes")
        return {"out": str(self.out), **{name: getattr(self, name) for name in names}}

    def words(self) -> str:
        """For people."""
        counts = (
            f"{self.done:,} of {self.tasks:,} tasks are done: {self.rows:,} rows, {self.rejected:,} rejected, "
            f"{self.spans:,} spans, {self.shard_bytes:,} bytes of shards"
        )
        more = {"unfinished": "; the command that began it goes on with it", "running": "; a build is at work"}
        return f"{self.state}: {counts}{more.get(self.state, '')}"


def read_status(out: Path) -> Status:
    """Look at a build.

    Raises:
        ConfigError: the folder holds no build, or its plan cannot be read.
    """
    if not (out / OURS).is_dir():
        raise ConfigError(f"{out} holds no build: expected {plan_path(out)}")
    running, layout = is_locked(out), stored_layout(out)
    if layout is None:
        return Status(
            out=out,
            state="running" if running else "not planned",
            tasks=0,
            done=0,
            rows=0,
            rejected=0,
            spans=0,
            shard_bytes=0,
        )
    plan = plan_hash(layout.plan.read_bytes())
    done = rows = rejected = spans = size = 0
    for index in range(layout.tasks):
        report = read_done(layout, plan, index)
        if report is not None and _is_there(layout, report):
            done += 1
            rows += report.stats.rows_out
            rejected += report.stats.rejected
            spans += report.stats.encoded.total()
            size += 0 if report.shard is None else report.shard.bytes
    finished = layout.manifest.exists() and done == layout.tasks
    return Status(
        out=out,
        state="running" if running else "finished" if finished else "unfinished",
        tasks=layout.tasks,
        done=done,
        rows=rows,
        rejected=rejected,
        spans=spans,
        shard_bytes=size,
    )


def _is_there(layout: Layout, report: TaskReport) -> bool:
    if report.shard is None:
        return True
    try:
        return layout.shard(report.index).stat().st_size == report.shard.bytes
    except OSError:
        return False
