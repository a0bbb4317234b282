"""How fast a build would be here: the real code on the user's text, by stage, with one worker and with all of them.

Workers are processes of their own, as in a build, and each does what a build does: read, encode, write a shard and
flush it to the disk, in a folder that is deleted afterwards. All start measuring at the same moment, when the last one
has loaded what it needs; so the figures are those of a long build, and loading is told apart. A text that ends before
the time is over is read again, which finds codes remembered; how often stands beside the figures.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from itertools import cycle
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, Final

from fluxem.errors import BuildError, ConfigError
from fluxem.integration.detector import Detector

from .bench_text import write_made_text
from .config import BuildConfig, make_config
from .executors import one_core
from .plan import Plan, Task, find_inputs, make_plan
from .rows import Row
from .stage_clock import READ, STAGES, WRITE, StageClock, TimedRegistry
from .stats import StatsBuilder
from .task import Tools, encode_rows, read_task, row_batches, tools_of
from .writer import ShardWriter

MADE: Final = "a text made for this"
_LOADING_SECONDS: Final = 300.0
_WORTH: Final = 1.1
"""All workers are advised where they are faster than one by this factor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one worker did, or several at the same time."""

    workers: int
    """How many."""
    seconds: float
    """Wall time of the longest, without loading."""
    loading: float
    """Seconds until all of them could begin."""
    documents: int
    """Rows written."""
    text_bytes: int
    """UTF-8 bytes of their texts."""
    spans: int
    """Vectors among them."""
    passes: int
    """How often the text was read to its end, at most."""
    stages: Mapping[str, float]
    """Seconds by stage, over all workers."""

    @property
    def rate(self) -> float:
        """Bytes of text a second."""
        return self.text_bytes / self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchResult:
    """One worker beside all."""

    inputs: str
    """What was read, in words."""
    backend: str | None
    """What tokenised; None without a tokenizer."""
    one: Measured
    """One worker."""
    all: Measured | None
    """All workers; None where one is all."""

    @property
    def speedup(self) -> float:
        """How many times faster all are than one."""
        return self.all.rate / self.one.rate if self.all is not None else 1.0

    @property
    def advice(self) -> int:
        """The number of workers to use."""
        return self.all.workers if self.all is not None and self.speedup >= _WORTH else 1


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_bench(
    inputs: Sequence[str],
    *,
    seconds: float,
    scratch: Path | None = None,
    workers: int | None = None,
    **settings: Any,  # noqa: ANN401  # fields of BuildConfig, checked there
) -> BenchResult:
    """Measure.

    Args:
        inputs: as for a build, but nothing that can only be read once; none at all stands for a text that is made.
        seconds: how long to measure in all; loading comes on top.
        scratch: where to make the folder for what is written; the system's place for such things by default.
        workers: how many to measure beside one; all cores by default.
        settings: of a build; see `BuildConfig`.

    Raises:
        ConfigError: a setting, an input or the tokenizer cannot be used, or there is no row.
        BuildError: a worker ended early, or the disk refuses.
    """
    if not seconds > 0:
        raise ConfigError(f"seconds: expected more than 0, came {seconds:g}")
    with _scratch_folder(scratch) as name:
        folder = Path(name)
        config = make_config(
            inputs or [_made_input(folder)], folder / "out", workers=cores() if workers is None else workers, **settings
        )
        plan, tokenizer = _plan(config), tools_of(config).tokenizer  # here first, for what is wrong is said once
        counts = (1, config.workers) if config.workers > 1 else (1,)
        found = [_measure(config, plan, count, seconds / len(counts), folder) for count in counts]
    return BenchResult(
        inputs=", ".join(inputs) or MADE,
        backend=None if tokenizer is None else tokenizer.backend.name,
        one=found[0],
        all=found[1] if found[1:] else None,
    )


def _scratch_folder(parent: Path | None) -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="fluxem-bench-", dir=parent)
    except OSError as error:
        raise ConfigError(f"expected a folder to write to, came {parent} ({error.strerror}): give another") from None


def _made_input(folder: Path) -> str:
    path = folder / "made.jsonl"
    write_made_text(path)
    return str(path)


def _plan(config: BuildConfig) -> Plan:
    files = find_inputs(config)
    for file in files:
        if file.spool:
            raise ConfigError(f"expected files that can be read twice, came the stream {file.source}: save it first")
    return make_plan(config, files)


def _measure(config: BuildConfig, plan: Plan, workers: int, seconds: float, folder: Path) -> Measured:
    """Let some workers work at the same time, and add up what they did."""
    context = get_context("spawn")
    barrier = context.Barrier(workers)
    start = time.monotonic()
    with ProcessPoolExecutor(workers, context, initializer=_keep, initargs=(barrier,)) as pool:
        # Each waits for all at the barrier, so that none takes two of these jobs.
        jobs = [pool.submit(_work, config, plan, seconds, worker / workers, folder) for worker in range(workers)]
        try:
            shares = [job.result() for job in jobs]
        except (BrokenProcessPool, threading.BrokenBarrierError) as error:
            raise BuildError(f"one of {workers} workers ended early; is there memory for so many?") from error
        finally:
            barrier.abort()  # lets those go that wait for one that failed
    longest = max(share.seconds for share in shares)
    return Measured(
        workers=workers,
        seconds=longest,
        loading=time.monotonic() - start - longest,
        documents=sum(share.documents for share in shares),
        text_bytes=sum(share.text_bytes for share in shares),
        spans=sum(share.spans for share in shares),
        passes=max(share.passes for share in shares),
        stages={stage: sum(share.stages.get(stage, 0.0) for share in shares) for stage in STAGES},
    )


@dataclass(slots=True, kw_only=True)
class _Share:
    """What one worker did; grows while it works."""

    seconds: float = 0.0
    documents: int = 0
    text_bytes: int = 0
    spans: int = 0
    passes: int = 0
    stages: dict[str, float] = field(default_factory=dict)


_BARRIER: list[Barrier] = []


def _keep(barrier: Barrier) -> None:
    """A worker is born; a barrier travels to it in this way only."""
    _BARRIER.append(barrier)


def _work(config: BuildConfig, plan: Plan, seconds: float, begin: float, folder: Path) -> _Share:
    """One worker: the tasks of a build again and again, from the share `begin` of them on, until the time is over."""
    clock, share = StageClock(), _Share()
    tools = replace(tools_of(config), detector=Detector(config.domains, registry=TimedRegistry(clock)))
    encode_rows([Row("", "", "2 + 3 and 5 km", 14)], tools, tools.encoder)  # first calls load and compile
    first = int(begin * len(plan.tasks))
    tasks = [*plan.tasks[first:], *plan.tasks[:first]]
    clock.seconds.clear()
    with one_core():
        _BARRIER[0].wait(_LOADING_SECONDS)
        start = time.perf_counter()
        for number, task in enumerate(cycle(tasks), start=1):
            _do(config, task, tools, clock, share, start + seconds, folder)
            share.passes = number // len(tasks)
            if time.perf_counter() - start >= seconds or (share.passes and not share.documents):
                break
        share.seconds, share.stages = time.perf_counter() - start, clock.seconds
    if not share.documents:
        raise ConfigError(f"expected rows to measure, came none in {', '.join(config.inputs)}")
    return share


def _do(
    config: BuildConfig, task: Task, tools: Tools, clock: StageClock, share: _Share, end: float, folder: Path
) -> None:
    """One task, or what the time allows of it."""
    path = folder / f"{os.getpid()}.parquet"
    counts = StatsBuilder()
    with ShardWriter(path, {}) as shard:
        found = row_batches(read_task(config, task), config.batch_bytes, lambda reject: counts.reject(reject.reason))
        while time.perf_counter() < end:
            with clock(READ):
                rows = next(found, None)
            if rows is None:
                break
            batch = encode_rows(rows, tools, tools.encoder, counts, clock)
            with clock(WRITE):
                shard.write(batch)
            share.documents += len(rows)
            share.text_bytes += batch.text_bytes
            share.spans += batch.spans
        with clock(WRITE):
            shard.finish()
    path.unlink(missing_ok=True)
