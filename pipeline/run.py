"""A build, from settings to a folder that `datasets` loads. What can be checked is checked before anything is written.

Order of writing, by which a build can be broken off anywhere and gone on with: the lock, the spooled streams, the plan,
then a shard and its done record at a time, then the card, the stats and, last, the manifest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from fluxem.errors import BalanceError

from ..schemas.shard import shard_metadata
from .config import BuildConfig
from .done import TaskReport
from .executors import Executor, local, serial
from .output_folder import check_output, clear, is_ours, locked, refuse_strangers, sweep
from .plan import Plan, Task, find_inputs, make_plan
from .progress import ProgressBar
from .result import BuildResult
from .resume import finished_tasks, keep_or_write_plan, plan_hash, plan_record
from .spool import spool_streams
from .summary import add_up, shard_paths, write_summary
from .task import Job, OnProgress, Tools, load_tools, run_task, tools_of

DoTask = Callable[[Job, Task, OnProgress], TaskReport]


def run_build(config: BuildConfig, do_task: DoTask = run_task) -> BuildResult:
    """Do a build, or what is left of it.

    Args:
        config: the settings.
        do_task: what does a task; tests give one that breaks.

    Raises:
        ConfigError: a setting, an input, the tokenizer or the output folder cannot be used, or the folder holds a build
            of another plan; nothing of it is changed.
        BuildError: the build cannot go on; the same call resumes it.
    """
    start = time.monotonic()
    load_tools.cache_clear()  # a tokenizer file may have changed since the last build of this process
    check_output(config.out)
    tools = tools_of(config)
    found = find_inputs(config)
    with locked(config.out):
        if config.overwrite:
            clear(config.out)
        plan = make_plan(config, spool_streams(found, config))
        job = _planned(config, plan, tools)
        try:
            kept = _do_tasks(job, plan, do_task)
            refuse_strangers(job.layout, _summary_to_write(job))
            totals = add_up(job)
            seconds = time.monotonic() - start
            write_summary(job, plan, totals, seconds, tools.tokenizer)
        finally:
            sweep(job.layout)
    return BuildResult(
        out=config.out,
        shards=shard_paths(config.out, totals),
        stats=totals.stats,
        seconds=seconds,
        max_reject_rate=config.max_reject_rate,
        kept=kept,
    )


def _planned(config: BuildConfig, plan: Plan, tools: Tools) -> Job:
    """The job, its plan on the disk."""
    sha256 = None if tools.tokenizer is None else tools.tokenizer.sha256
    record = plan_record(config, plan, encoder=tools.encoder, tokenizer_sha256=sha256)
    keep_or_write_plan(config.out, record)
    return Job(
        config=config,
        tasks=len(plan.tasks),
        plan=plan_hash(record),
        encoder=tools.encoder,
        tokenizer_sha256=sha256,
        metadata=shard_metadata(encoder=tools.encoder, tokenizer_sha256=sha256, config=config.content()),
    )


def _do_tasks(job: Job, plan: Plan, do_task: DoTask) -> int:
    """Do the tasks that are not done; the number of those that were."""
    sweep(job.layout)
    done = finished_tasks(job.layout, job.plan, job.config.workers)
    left = [task for task in plan.tasks if task.index not in done]
    refuse_strangers(job.layout, [path for task in left for path in job.layout.of_task(task.index)])
    refuse_strangers(job.layout, _summary_to_write(job))
    for task in left:
        for path in job.layout.of_task(task.index):
            path.unlink(missing_ok=True)
    _run_tasks(job, left, do_task)
    return len(done)


def _summary_to_write(job: Job) -> list[Path]:
    """The small files of a build that is not finished; in one that is, somebody may go on writing the card."""
    layout = job.layout
    is_finished = layout.manifest.exists() and is_ours(layout, layout.manifest)
    return [] if is_finished else [layout.manifest, layout.stats, layout.card]


def _run_tasks(job: Job, tasks: Sequence[Task], do_task: DoTask) -> None:
    count = 0
    with ProgressBar(tasks, show=job.config.progress, events=job.config.events) as bar:
        run = _executor(job.config, len(tasks))(partial(do_task, job), tasks, job.config.workers, bar.advance)
        with closing(run):  # ends the workers at once, also when we are interrupted here
            for report in run:
                bar.finish_task(report)
                count += 1
    if count != len(tasks):
        raise BalanceError(f"{len(tasks)} tasks were given out, {count} came back; this is a bug")


def _executor(config: BuildConfig, tasks: int) -> Executor:
    if config.executor == "serial" or (config.executor is None and (config.workers == 1 or tasks <= 1)):
        return serial
    return partial(local, timeout=config.worker_timeout)
