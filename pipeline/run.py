"""A build, from settings to a folder that `datasets` loads. What can be checked is checked before anything is written.

Order of writing, by which a build can be broken off anywhere and gone on with: the lock, the spooled streams, the plan,
then a shard and its done record at a time, then the card, the stats and, last, the manifest. One slice of a build
(`--shards I/N`) ends before the card: that and the rest is done by `finish`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from importlib.util import find_spec

import orjson

from fluxem.errors import BalanceError, ConfigError, MissingDependencyError

from ..schemas.shard import shard_metadata
from .config import BuildConfig
from .done import TaskReport, look
from .executors import Executor, local, serial
from .layout import begun_path
from .locks import locked
from .output_folder import check_output, clear, refuse_strangers, remove, summary_to_write, sweep
from .plan import Plan, SomeTasks, Task, find_inputs, make_plan
from .progress import ProgressBar
from .result import BuildResult
from .resume import finished_tasks, keep_or_write_plan, plan_hash, plan_lines
from .spool import spool_streams
from .store import create_whole
from .summary import add_up, run_record, shard_paths, write_summary
from .task import Job, OnProgress, Tools, load_tools, run_task, tools_of

DoTask = Callable[[Job, Task, OnProgress], TaskReport]


def run_build(config: BuildConfig, do_task: DoTask = run_task) -> BuildResult:
    """Do a build, or what is left of it, or a slice of it.

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
    if config.engine == "ray" and find_spec("ray") is None:
        raise MissingDependencyError("ray", "ray")
    check_output(config.out)
    tools = tools_of(config)
    files = find_inputs(config)
    if config.shards is not None and files.streams:
        raise ConfigError(f"--shards cannot cut the stream {files.streams[0]}: save it to files first")
    with locked(config.out, shared=config.shards is not None) as check_lock:
        if config.overwrite:
            clear(config.out)
        plan = make_plan(config, spool_streams(files, config))
        job, tasks = _planned(config, plan, tools), _tasks(config, plan)
        try:
            kept = _do_tasks(job, plan, tasks, do_task, check_lock)
            totals = add_up(job, tasks)
            check_lock()
            if config.shards is None:
                refuse_strangers(job.layout, summary_to_write(job.layout), {})
                inputs = {"files": len(plan.files), "bytes": plan.files.size}
                seconds = round(time.monotonic() - start, 3)
                write_summary(job, inputs, totals, {**run_record(config, tools.tokenizer), "seconds": seconds})
        finally:
            sweep(job.layout, None if config.shards is None else tasks)
    return BuildResult(
        out=config.out,
        shards=shard_paths(config.out, totals),
        stats=totals.stats,
        seconds=time.monotonic() - start,
        max_reject_rate=config.max_reject_rate,
        kept=kept,
        slice=config.shards,
    )


def _planned(config: BuildConfig, plan: Plan, tools: Tools) -> Job:
    """The job, its plan on the disk."""
    sha256 = None if tools.tokenizer is None else tools.tokenizer.sha256
    lines = partial(plan_lines, config, plan, encoder=tools.encoder, tokenizer_sha256=sha256)
    plan_sha256, shared = plan_hash(lines()), config.shards is not None
    if shared:
        create_whole(begun_path(config.out), (orjson.dumps(run_record(config, tools.tokenizer)),))
    keep_or_write_plan(config.out, lines, plan_sha256, shared=shared)
    return Job(
        config=config,
        tasks=len(plan.tasks),
        plan=plan_sha256,
        encoder=tools.encoder,
        tokenizer_sha256=sha256,
        metadata=shard_metadata(encoder=tools.encoder, tokenizer_sha256=sha256, config=config.content()),
    )


def _tasks(config: BuildConfig, plan: Plan) -> range:
    """The numbers of the tasks to do; those of a slice lie evenly over the corpus."""
    first, step = config.shards or (1, 1)
    return range(first - 1, len(plan.tasks), step)


def _do_tasks(job: Job, plan: Plan, tasks: range, do_task: DoTask, check_lock: Callable[[], None]) -> int:
    """Do those of the tasks that are not done; the number of those that were."""
    sliced = job.config.shards is not None
    sweep(job.layout, tasks if sliced else None)
    found = look(job.layout)
    done = finished_tasks(job.layout, job.plan, tasks, max(1, job.config.workers), found)
    left = [index for index in tasks if index not in done]
    files = [path for index in left for path in job.layout.of_task(index)]
    refuse_strangers(job.layout, files, found)
    refuse_strangers(job.layout, [] if sliced else summary_to_write(job.layout), found)
    remove(job.layout, files, found)
    _run_tasks(job, SomeTasks(plan.tasks, left), do_task, check_lock)
    return len(done)


def _run_tasks(job: Job, tasks: Sequence[Task], do_task: DoTask, check_lock: Callable[[], None]) -> None:
    count = 0
    with ProgressBar(tasks, show=job.config.progress, events=job.config.events) as bar:
        run = _executor(job.config, len(tasks))(partial(do_task, job), tasks, job.config.workers, bar.advance)
        with closing(run):  # ends the workers at once, also when we are interrupted here
            for report in run:
                bar.finish_task(report)
                count += 1
                check_lock()
    if count != len(tasks):
        raise BalanceError(f"{len(tasks)} tasks were given out, {count} came back; this is a bug")


def _executor(config: BuildConfig, tasks: int) -> Executor:
    if config.engine == "ray":
        from .ray_executor import ray_tasks  # late, because few builds need it

        return partial(ray_tasks, settings=config.ray, timeout=config.worker_timeout)
    if config.engine == "serial" or (config.engine is None and (config.workers == 1 or tasks <= 1)):
        return serial
    return partial(local, timeout=config.worker_timeout)
