"""The small files at the end of a build, from the done records: stats.json, the card, and the manifest."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from fluxem.errors import BalanceError
from fluxem.vocabulary import SCHEMA_VERSION, VECTOR_DIM, vocabulary_hash

from .card import CardContent, dataset_card
from .config import BuildConfig
from .done import TaskReport, read_reports
from .output_folder import read_json, write_json
from .places import Place
from .resume import versions
from .stats import Stats
from .store import write_whole
from .task import Job

if TYPE_CHECKING:
    from .llm_tokenizer import LLMTokenizer


@dataclass(slots=True, kw_only=True)
class Totals:
    """What all tasks came to; only the counts are kept of each, so that memory does not grow with the corpus."""

    stats: Stats = field(default_factory=Stats)
    """Counts, added in order of task."""
    shards: list[dict[str, object]] = field(default_factory=list)
    """The manifest's line of each shard."""
    shard_bytes: int = 0
    """Size of all shards."""
    empty: list[int] = field(default_factory=list)
    """Tasks without rows."""
    rejects: list[str] = field(default_factory=list)
    """Files of rejects."""

    def add(self, report: TaskReport) -> None:
        """Add a task."""
        self.stats = self.stats + report.stats
        if report.rejects is not None:
            self.rejects.append(f"rejects/{report.rejects.name}")
        if report.shard is None:
            self.empty.append(report.index)
        else:
            self.shards.append(_shard_json(report))
            self.shard_bytes += report.shard.bytes


def add_up(job: Job, tasks: Sequence[int]) -> Totals:
    """The totals of tasks that are done.

    Raises:
        BalanceError: a done record is missing.
    """
    totals = Totals()
    for index, report in zip(tasks, read_reports(job.layout, job.plan, tasks), strict=True):
        if report is None:
            raise BalanceError(f"task {index} of {job.tasks} has no record in {job.layout.done(index)}; this is a bug")
        totals.add(report)
    return totals


def write_summary(job: Job, inputs: Mapping[str, int], totals: Totals, run: Mapping[str, object]) -> None:
    """Write what differs from what is there; the manifest last, for it says that the build is finished.

    Args:
        job: the build.
        inputs: how many files and bytes it read.
        totals: what its tasks came to.
        run: what is of this run alone, see `run_record`.
    """
    layout = job.layout
    said = CardContent(
        split=job.config.split,
        stats=totals.stats,
        encoder=job.encoder,
        tokenizer_sha256=job.tokenizer_sha256,
        config=job.config.content(),
        shard_bytes=totals.shard_bytes,
    )
    card = dataset_card(said).encode()
    stats = orjson.dumps(totals.stats.as_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    files = {"README.md": hashlib.sha256(card).hexdigest(), "stats.json": hashlib.sha256(stats).hexdigest()}
    manifest = _manifest(job, inputs, totals, files)
    stored = read_json(layout.manifest)
    finished = stored is not None and {**stored, "run": None} == {**_as_read(manifest), "run": None}
    for path, content in ((layout.stats, stats), (layout.card, card)):
        if not (finished and path.exists()):
            write_whole(path, content)
    if not finished:
        write_json(layout.manifest, {**manifest, "run": {**run, **_now()}})


def _manifest(job: Job, inputs: Mapping[str, int], totals: Totals, files: dict[str, str]) -> dict[str, object]:
    """What is a function of the inputs, the settings and the versions."""
    stats = totals.stats
    return {
        "format": "fluxem-prep",
        "schema_version": SCHEMA_VERSION,
        "vector_dim": VECTOR_DIM,
        "vocabulary": vocabulary_hash(),
        "encoder": job.encoder,
        "tokenizer_sha256": job.tokenizer_sha256,
        "config": job.config.content(),
        "versions": versions(),
        "inputs": {"files": inputs["files"], "bytes": inputs["bytes"]},
        "rows": {"in": stats.rows_out + stats.rejected, "out": stats.rows_out, "rejected": stats.rejected},
        "shards": totals.shards,
        "tasks_without_rows": totals.empty,
        "rejects": totals.rejects,
        "files": files,
    }


def run_record(config: BuildConfig, tokenizer: LLMTokenizer | None) -> dict[str, object]:
    """What is of one run alone, and known when it begins."""
    return {
        "inputs": list(config.inputs),
        "tokenizer": config.tokenizer,
        "tokenizer_vocab_size": None if tokenizer is None else tokenizer.vocab_size,
        "tokenizer_backend": None if tokenizer is None else asdict(tokenizer.backend),
        "workers": config.workers,
        "max_reject_rate": config.max_reject_rate,
    }


def _now() -> dict[str, object]:
    """What is known of a run when it ends."""
    return {
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def shard_paths(out: Place, totals: Totals) -> tuple[Place, ...]:
    """The shards, in order."""
    return tuple(out / str(shard["path"]) for shard in totals.shards)


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


def _as_read(value: dict[str, object]) -> dict[str, object]:
    read: dict[str, object] = orjson.loads(orjson.dumps(value))
    return read
