"""The engine `ray`: tasks on a cluster. This is the one file that imports ray.

The driver plans, hands out tasks, collects their small reports and writes the manifest; nothing large comes back to it.
Ray does a task again when its worker or its node is lost; tasks are idempotent, so that is safe, and a task that two
nodes do at once puts the same bytes twice. Only so many tasks are handed out at a time, so that a million do not stand
in a queue. A worker that gives no sign of life for long ends itself, as there is no pipe to the driver to watch it by.

The driver may die: what was done stands, and the same command goes on, whether Ray itself survived or not.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from fluxem.errors import BuildError, MissingDependencyError

from .config import RaySettings
from .done import TaskReport
from .executors import ATTEMPTS, FOR_EVER, MAY_PASS, Failure, Reports, TaskFunction, one_core, portable
from .plan import Task
from .task import OnProgress, Progress

_RETRIES: Final = 3
"""How often Ray does a task again whose worker or node was lost."""
_WAIT_SECONDS: Final = 1.0
_AHEAD: Final = 2
"""Tasks handed out for each that the cluster has room for, so that no node waits for the driver."""


def ray_tasks(
    run: TaskFunction,
    tasks: Sequence[Task],
    workers: int,
    on_progress: OnProgress,
    *,
    settings: RaySettings | None = None,
    timeout: float = FOR_EVER,
) -> Reports:
    """Tasks on a Ray cluster: one that runs, or one that is started on this machine and ends with the build.

    `run` and the tasks must pickle, and what they import must be there on every node, or in the runtime environment.

    Args:
        run: what does a task.
        tasks: the tasks.
        workers: tasks at once, at most; 0 takes as many as the cluster has room for.
        on_progress: called with what a task came to when it has ended.
        settings: where the cluster is, and what a task takes.
        timeout: seconds without a sign of life after which a worker ends itself.

    Raises:
        MissingDependencyError: ray is not installed.
        BuildError: there is no such cluster, no node has room for a task, or one task failed too often.
        Exception: what else a task raised, with the worker's traceback as a note.
    """
    if not tasks:
        return
    settings = settings or RaySettings()
    with _cluster(settings, workers) as ray:
        room = _Room(ray, settings, workers)
        function = ray.remote(_do).options(
            num_cpus=settings.cpus, memory=settings.memory or None, max_retries=_RETRIES, scheduling_strategy="SPREAD"
        )
        left, running, attempts = iter(tasks), dict[Any, Task](), dict[int, int]()
        try:
            while True:
                while len(running) < room.now() and (task := next(left, None)) is not None:
                    running[function.remote(run, task, timeout)] = task
                if not running:
                    return
                ready, _ = ray.wait(list(running), num_returns=1, timeout=_WAIT_SECONDS)
                for reference in ready:
                    task = running.pop(reference)
                    found = _result(ray, reference, task)
                    if isinstance(found, TaskReport):
                        on_progress(_progress(found))
                        yield found
                        continue
                    _raise_or_count(found, task, attempts)
                    running[function.remote(run, task, timeout)] = task
        finally:
            for reference in running:
                ray.cancel(reference, force=True)


class _Room:
    """How many tasks may be handed out; clusters grow and shrink, so it is asked now and then."""

    def __init__(self, ray: Any, settings: RaySettings, workers: int) -> None:  # noqa: ANN401  # imported late
        self._ray = ray
        self._settings = settings
        self._workers = workers
        self._count = workers
        self._next = 0.0

    def now(self) -> int:
        if self._workers:
            return self._workers
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + 10 * _WAIT_SECONDS
            cpus = float(self._ray.cluster_resources().get("CPU", 0.0))
            self._count = max(1, _AHEAD * int(cpus / self._settings.cpus))
        return self._count


@contextmanager
def _cluster(settings: RaySettings, workers: int) -> Iterator[Any]:
    """Ray, connected; a program that is connected already stays so."""
    # Ray asks the environment for these, once, when it is imported: no reports to its makers, no lines on our stderr.
    for name, value in _SILENT.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError:
        raise MissingDependencyError("ray", "ray") from None
    if ray.is_initialized():
        yield ray
        return
    own: dict[str, Any] = {"num_cpus": workers or None, "include_dashboard": False}
    try:
        ray.init(
            address=settings.address or "local",
            runtime_env=None if settings.runtime_env is None else dict(settings.runtime_env),
            log_to_driver=False,
            logging_level=logging.ERROR,
            **({} if settings.address else own),
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        where = settings.address or "on this machine"
        raise BuildError(
            f"no Ray cluster {where}: {error}; see that `ray status` answers there, and run again"
        ) from None
    try:
        yield ray
    finally:
        ray.shutdown()


_SILENT: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_USAGE_STATS_PROMPT_ENABLED": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


def _do(run: TaskFunction, task: Task, timeout: float) -> TaskReport | Failure:
    """In a worker: do a task. What it raises is a value, so that it reaches the user as it is."""
    life = _Life(timeout)
    try:
        with one_core():
            return run(task, life.sign)
    except BaseException as error:  # handed on whole, to be raised by the driver
        text = traceback.format_exc()
        return Failure(error=portable(error, text), traceback=text)
    finally:
        life.end()


class _Life:
    """Ends a worker that does not get on."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._last = time.monotonic()
        self._ended = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def sign(self, _progress: Progress) -> None:
        """The task gets on."""
        self._last = time.monotonic()

    def end(self) -> None:
        self._ended.set()

    def _watch(self) -> None:
        while not self._ended.wait(_WAIT_SECONDS):
            if time.monotonic() - self._last > self._timeout:
                os._exit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lost:
    """A task that Ray could not do, for all its retries."""

    why: str


def _result(ray: Any, reference: Any, task: Task) -> TaskReport | Failure | _Lost:  # noqa: ANN401  # imported late
    try:
        found: TaskReport | Failure = ray.get(reference)
    except ray.exceptions.RayTaskError as error:  # it could not even begin, for want of what it imports, say
        raise BuildError(f"{task.describe()} could not begin: {str(error).strip().splitlines()[-1]}") from error
    except ray.exceptions.RayError as error:
        return _Lost(why=str(error).strip().splitlines()[0])
    return found


def _raise_or_count(found: Failure | _Lost, task: Task, attempts: dict[int, int]) -> None:
    """Let a task be tried again that may pass; raise for any other, and after the last try."""
    if isinstance(found, _Lost):
        raise BuildError(f"{task.describe()} failed {_RETRIES + 1} times, the last time because: {found.why}")
    error = found.error
    if not isinstance(error, MAY_PASS):
        error.add_note(f"while doing {task.describe()}")
        error.add_note(f"in a worker process:\n{found.traceback}")
        raise error
    count = attempts[task.index] = attempts.get(task.index, 0) + 1
    if count >= ATTEMPTS:
        raise BuildError(f"{task.describe()} failed {count} times, the last time because: {error}") from error


def _progress(report: TaskReport) -> Progress:
    stats = report.stats
    return Progress(stats.rows_out, report.input_bytes, stats.encoded.total(), stats.rejected)
