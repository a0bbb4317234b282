"""How far a build is, from its plan and its done records; reads only, also while the build is at work."""

from __future__ import annotations

from dataclasses import dataclass

from fluxem.errors import ConfigError

from .done import Found, TaskReport, look, read_reports
from .layout import Layout, plan_path
from .locks import is_locked
from .output_folder import holds_build, stored_layout
from .places import Place
from .plain_text import counted
from .store import sha256_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How far a build is."""

    out: Place
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
        verb = "is" if self.tasks == 1 else "are"
        counts = (
            f"{self.done:,} of {counted(self.tasks, 'task')} {verb} done: {counted(self.rows, 'row')}, "
            f"{self.rejected:,} rejected, {counted(self.spans, 'span')}, {self.shard_bytes:,} bytes of shards"
        )
        goes_on = "the command that began it goes on with it"
        if self.done == self.tasks:
            goes_on += f"; one in slices ends with: fluxem-prep finish {self.out}"
        more = {"unfinished": f"; {goes_on}", "running": "; a build is at work"}
        return f"{self.state}: {counts}{more.get(self.state, '')}"


def read_status(out: Place) -> Status:
    """Look at a build.

    Raises:
        ConfigError: the folder holds no build, or its plan cannot be read.
    """
    if not holds_build(out):
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
    plan, found = sha256_of(layout.plan) or "", look(layout)
    begun = [index for index in range(layout.tasks) if str(layout.done(index)) in found]
    done = rows = rejected = spans = size = 0
    for report in read_reports(layout, plan, begun):
        if report is not None and _is_there(layout, report, found):
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


def _is_there(layout: Layout, report: TaskReport, found: Found) -> bool:
    if report.shard is None:
        return True
    info = found.get(str(layout.shard(report.index)))
    return info is not None and info.size == report.shard.bytes
