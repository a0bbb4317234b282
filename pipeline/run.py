"""A build, from settings to a folder that `datasets` loads. Everything is checked before anything is written."""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from fluxem._version import __version__
from fluxem.errors import BalanceError
from fluxem.vocabulary import SCHEMA_VERSION, VECTOR_DIM, vocabulary_hash

from ..schemas.shard import shard_metadata
from .card import dataset_card
from .config import BuildConfig
from .executors import local, serial
from .output_folder import CARD, MANIFEST, PLAN, STATS, check_output, make_output, write_json
from .plan import Plan, make_plan
from .progress import ProgressBar
from .stats import Stats
from .task import Job, TaskReport, Tools, load_tools, run_task, shard_path
from .writer import write_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """What a build made."""

    out: Path
    """The output folder."""
    shards: tuple[Path, ...]
    """Shards, in order."""
    stats: Stats
    """Counts over the whole build."""
    seconds: float
    """Wall time."""
    max_reject_rate: float
    """The limit that was set."""

    @property
    def rows(self) -> int:
        """Rows written."""
        return self.stats.rows_out

    @property
    def rejected(self) -> int:
        """Rows that could not be read; they are in OUT/rejects."""
        return self.stats.rejected

    @property
    def reject_rate(self) -> float:
        """Rejected rows by rows read, 0 for an empty corpus."""
        return self.rejected / max(1, self.rows + self.rejected)

    @property
    def too_many_rejects(self) -> bool:
        """Whether the share of rejected rows is above the limit."""
        return self.reject_rate > self.max_reject_rate

    def summary(self) -> str:
        """One line for people."""
        return (
            f"{self.rows:,} rows in {len(self.shards)} shards, {self.stats.encoded.total():,} spans, "
            f"{self.stats.failed.total():,} candidates that stayed text, {self.rejected:,} rows rejected, "
            f"{self.seconds:.1f} s: {self.out}"
        )

    def reject_complaint(self) -> str:
        """What is wrong with the rejected rows, as a sentence."""
        reason, count = self.stats.rejects.most_common(1)[0]
        return (
            f"{self.rejected:,} of {self.rows + self.rejected:,} rows were rejected ({self.reject_rate:.1%}, "
            f"the limit is {self.max_reject_rate:.1%}), {count:,} of them as {reason}: see {self.out / 'rejects'}"
        )


def run_build(config: BuildConfig) -> BuildResult:
    """Do a build.

    Raises:
        ConfigError: a setting, an input, the tokenizer or the output folder cannot be used; nothing is written.
        BuildError: the build cannot go on.
    """
    start = time.monotonic()
    load_tools.cache_clear()  # a tokenizer file may have changed since the last build of this process
    check_output(config.out)
    plan = make_plan(config)
    tools = load_tools(config.domains, config.tokenizer)
    job = _job(config, plan, tools)
    make_output(config.out)
    write_json(config.out / PLAN, asdict(plan))
    reports = _run_tasks(job, plan)
    result = _result(job, reports, time.monotonic() - start)
    _write_summary(job, plan, reports, result, tools)
    return result


def _job(config: BuildConfig, plan: Plan, tools: Tools) -> Job:
    sha256 = None if tools.tokenizer is None else tools.tokenizer.sha256
    metadata = shard_metadata(encoder=tools.encoder, tokenizer_sha256=sha256, config=config.content())
    return Job(config=config, tasks=len(plan.tasks), encoder=tools.encoder, tokenizer_sha256=sha256, metadata=metadata)


def _run_tasks(job: Job, plan: Plan) -> list[TaskReport]:
    """Reports in order of task."""
    execute = serial if job.config.workers == 1 or len(plan.tasks) == 1 else local
    reports: list[TaskReport] = []
    with ProgressBar(plan.tasks, show=job.config.progress) as bar:
        run = execute(partial(run_task, job), plan.tasks, job.config.workers, bar.advance)
        with closing(run):  # ends the workers at once, also when we are interrupted here
            for report in run:
                bar.finish_task(report)
                reports.append(report)
    if len(reports) != len(plan.tasks):
        raise BalanceError(f"{len(plan.tasks)} tasks were given out, {len(reports)} came back; this is a bug")
    return sorted(reports, key=lambda report: report.index)


def _result(job: Job, reports: Sequence[TaskReport], seconds: float) -> BuildResult:
    stats = sum((report.stats for report in reports), Stats())
    shards = [shard_path(job, report.index) for report in reports if report.shard is not None]
    return BuildResult(
        out=job.config.out,
        shards=tuple(shards),
        stats=stats,
        seconds=seconds,
        max_reject_rate=job.config.max_reject_rate,
    )


def _write_summary(job: Job, plan: Plan, reports: Sequence[TaskReport], result: BuildResult, tools: Tools) -> None:
    """The small files; the manifest last, for it says that the build is finished."""
    out, shard_bytes = job.config.out, sum(report.shard.bytes for report in reports if report.shard is not None)
    card = dataset_card(split=job.config.split, stats=result.stats, encoder=job.encoder, shard_bytes=shard_bytes)
    write_json(out / STATS, result.stats.as_json())
    write_whole(out / CARD, card.encode())
    write_json(out / MANIFEST, _manifest(job, plan, reports, result, tools))


def _manifest(
    job: Job, plan: Plan, reports: Sequence[TaskReport], result: BuildResult, tools: Tools
) -> dict[str, object]:
    """Everything but `run` is a function of the inputs, the settings and the versions."""
    return {
        "format": "fluxem-prep",
        "schema_version": SCHEMA_VERSION,
        "vector_dim": VECTOR_DIM,
        "vocabulary": vocabulary_hash(),
        "encoder": job.encoder,
        "tokenizer_sha256": job.tokenizer_sha256,
        "config": job.config.content(),
        "versions": {"fluxem-prep": __version__, **{name: version(name) for name in _VERSIONS}},
        "inputs": {"files": len(plan.files), "bytes": sum(file.size for file in plan.files)},
        "rows": {"in": result.rows + result.rejected, "out": result.rows, "rejected": result.rejected},
        "shards": [_shard_json(report) for report in reports if report.shard is not None],
        "tasks_without_rows": [report.index for report in reports if report.shard is None],
        "rejects": [f"rejects/{report.rejects}" for report in reports if report.rejects is not None],
        "run": {
            "inputs": list(job.config.inputs),
            "tokenizer": job.config.tokenizer,
            "tokenizer_vocab_size": None if tools.tokenizer is None else tools.tokenizer.vocab_size,
            "workers": job.config.workers,
            "max_reject_rate": job.config.max_reject_rate,
            "seconds": round(result.seconds, 3),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "platform": platform.platform(),
        },
    }


_VERSIONS = ("numpy", "pyarrow", "tokenizers")


def _shard_json(report: TaskReport) -> dict[str, object]:
    assert report.shard is not None
    shard, stats = report.shard, report.stats
    return {
        "path": f"data/{shard.name}",
        "rows": shard.rows,
        "rejected": stats.rejected,
        "spans": stats.encoded.total(),
        "failures": stats.failed.total(),
        "tokens": stats.tokens,
        "bytes": shard.bytes,
        "sha256": shard.sha256,
    }
