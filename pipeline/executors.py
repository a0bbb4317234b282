"""Who does the tasks. An executor is a function (task function, tasks, workers, on_progress) -> iterator of reports.

Reports come in the order in which tasks end. Tasks write their shards themselves and return small reports, so nothing
large travels between processes. `local` keeps a pipe to each worker rather than a shared queue: it knows what each one
is at, so when one dies, only its task is done again. A worker that gives no sign of life for long is killed, which
makes it one that died. A task that failed three times ends the build.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Final

from fluxem.errors import BuildError, InputError, StoreError

from .done import TaskReport
from .plan import Task
from .task import OnProgress, Progress

TaskFunction = Callable[[Task, OnProgress], TaskReport]
Reports = Generator[TaskReport, None, None]
Executor = Callable[[TaskFunction, Sequence[Task], int, OnProgress], Reports]

ATTEMPTS: Final = 3
"""A task that fails is tried so often; a task that kills every worker must not be tried for ever."""
_TICK: Final = 1.0
"""Seconds between looks at the workers' signs of life."""
FOR_EVER: Final = float("inf")
MAY_PASS: Final = (InputError, StoreError)
"""Errors after which a task is tried again."""


def serial(run: TaskFunction, tasks: Sequence[Task], _workers: int, on_progress: OnProgress) -> Reports:
    """One task after another, in this process and on one core. Nothing watches over it: see `local`.

    Raises:
        BuildError: an input could not be read, three times.
        Exception: what a task raised.
    """
    with one_core():
        for task in tasks:
            yield _with_attempts(run, task, on_progress)


def _with_attempts(run: TaskFunction, task: Task, on_progress: OnProgress) -> TaskReport:
    attempts = 0
    while True:
        try:
            return run(task, on_progress)
        except MAY_PASS as error:
            attempts += 1
            if attempts >= ATTEMPTS:
                raise BuildError(f"{task.describe()} failed {attempts} times: {error}") from error


def local(
    run: TaskFunction,
    tasks: Sequence[Task],
    workers: int,
    on_progress: OnProgress,
    *,
    timeout: float = FOR_EVER,
) -> Reports:
    """A pool of spawned processes on this machine.

    `run` and the tasks must pickle. A program that calls this needs the usual `if __name__ == "__main__":` guard.

    Args:
        run: what does a task.
        tasks: the tasks.
        workers: processes.
        on_progress: called with the progress that tasks report.
        timeout: seconds without a message after which a worker counts as stuck and is killed.

    Raises:
        BuildError: one task failed three times: its worker died, was stuck, or could not read an input.
        Exception: what else a task raised, with the worker's traceback as a note.
    """
    pool = _Pool(run, tasks, timeout)
    try:
        pool.start(min(workers, len(tasks)))
        while pool.busy:
            for message in pool.receive():
                if isinstance(message, Progress):
                    on_progress(message)
                else:
                    yield message
    finally:
        pool.stop()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a worker sends when its task raised."""

    error: BaseException
    traceback: str


@dataclass(slots=True, kw_only=True)
class _Worker:
    """A process, our end of its pipe, and the task that it is at."""

    process: SpawnProcess
    pipe: Connection
    task: Task | None = None
    silence: float = 0.0  # seconds since its last message, as far as we were awake to hear it
    trouble: str = ""  # why it is about to end, if we know


class _Open:
    """Tasks that nobody has: made when somebody takes them, for there may be a million."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = iter(tasks)
        self._left = len(tasks)
        self._again: deque[Task] = deque()

    def take(self) -> Task | None:
        """The next one; None if there is none left."""
        if not self:
            return None
        self._left -= 1
        return self._again.popleft() if self._again else next(self._tasks)

    def put_back(self, task: Task) -> None:
        """Give back one that was taken, to be the next."""
        self._again.appendleft(task)
        self._left += 1

    def __bool__(self) -> bool:
        return self._left > 0


class _Pool:
    """Workers, and the tasks that nobody has taken yet."""

    def __init__(self, run: TaskFunction, tasks: Sequence[Task], timeout: float) -> None:
        self._run = run
        self._timeout = timeout
        self._open = _Open(tasks)
        self._deaths: dict[int, int] = {}
        self._workers: list[_Worker] = []

    @property
    def busy(self) -> bool:
        return bool(self._open) or any(worker.task is not None for worker in self._workers)

    def start(self, workers: int) -> None:
        for _ in range(workers):
            self._start_one()

    def receive(self) -> list[Progress | TaskReport]:
        """Wait for messages of workers, and give the idle ones their next task."""
        by_pipe = {worker.pipe: worker for worker in self._workers}
        start = time.monotonic()
        ready = wait(by_pipe, _TICK)
        messages = [self._receive_from(by_pipe[pipe]) for pipe in ready]  # type: ignore[index]
        # Counted in ticks, for we may have been stopped ourselves (Ctrl-Z) while the workers went on.
        self._watch(min(time.monotonic() - start, _TICK))
        return [message for message in messages if message is not None]

    def _watch(self, seconds: float) -> None:
        """Kill the workers that have been silent for too long; `receive` will find them dead."""
        for worker in self._workers:
            worker.silence += seconds if worker.task is not None else 0
            if worker.silence > self._timeout and not worker.trouble:
                worker.trouble = f"it gave no sign of life for {self._timeout:g} s and was killed"
                worker.process.kill()

    def stop(self) -> None:
        """End all workers, at once; what they were writing has no name yet."""
        for worker in self._workers:
            worker.process.kill()
            worker.process.join()
            worker.pipe.close()

    def _start_one(self) -> None:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(self._run, theirs), daemon=True)
        with _interrupts_held():
            process.start()
        theirs.close()
        worker = _Worker(process=process, pipe=ours)
        self._workers.append(worker)
        self._give_task(worker)

    def _give_task(self, worker: _Worker) -> None:
        worker.task = self._open.take()
        worker.silence = 0.0
        if worker.task is not None:
            with suppress(BrokenPipeError, ConnectionResetError):  # it died while idle; `receive` will see that
                worker.pipe.send(worker.task)

    def _receive_from(self, worker: _Worker) -> Progress | TaskReport | None:
        try:
            message = worker.pipe.recv()
        except (EOFError, ConnectionResetError):
            self._bury(worker)
            return None
        worker.silence = 0.0
        if isinstance(message, Failure):
            if isinstance(message.error, MAY_PASS):  # may pass; the worker ends, which counts as an attempt
                worker.trouble = str(message.error)
                return None
            assert worker.task is not None
            message.error.add_note(f"while doing {worker.task.describe()}")
            message.error.add_note(f"in a worker process:\n{message.traceback}")
            raise message.error
        if isinstance(message, TaskReport):
            self._give_task(worker)
        assert isinstance(message, Progress | TaskReport)
        return message

    def _bury(self, worker: _Worker) -> None:
        """A worker died: its task goes back to the front, a new worker takes its place."""
        worker.process.join()
        worker.pipe.close()
        self._workers.remove(worker)
        if worker.task is not None:
            deaths = self._deaths[worker.task.index] = self._deaths.get(worker.task.index, 0) + 1
            if deaths >= ATTEMPTS:
                raise BuildError(_obituary(worker, deaths))
            self._open.put_back(worker.task)
        if self._open:
            self._start_one()


def _obituary(worker: _Worker, deaths: int) -> str:
    assert worker.task is not None
    code = worker.process.exitcode or 0
    how = f"died by signal {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    last = worker.trouble or f"its worker {how}{_HINTS.get(code, '')}"
    return f"{worker.task.describe()} failed {deaths} times, the last time because: {last}"


_HINTS: Final = {
    -signal.SIGKILL: ", which is what a machine out of memory does: try fewer workers",
    1: " before it began: a program that builds with several workers needs an `if __name__ == '__main__':` guard",
}


def _work(run: TaskFunction, pipe: Connection) -> None:
    """The life of a worker: take a task, do it, send the report."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends us
    threading.Thread(target=_follow_parent, daemon=True).start()
    with ExitStack() as stack:
        stack.enter_context(one_core())
        stack.push(_Telling(pipe))
        while True:
            try:
                task = pipe.recv()
            except EOFError:  # the parent is gone
                return
            pipe.send(run(task, pipe.send))


def _follow_parent() -> None:
    """End with the parent, also in the middle of a task: a resumed build may be about to do it."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Keep Ctrl-C from a process that is started here, for good: while it imports, it would answer with a traceback."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def one_core() -> Iterator[None]:
    """One process a core: the threads of libraries would only get in each other's way. All is put back afterwards.

    Rows and candidates are many small objects without cycles: the collector of cycles looks at them a hundred times
    less often, and never at what was there before.
    """
    import pyarrow as pa

    name = "TOKENIZERS_PARALLELISM"
    before, cpus, readers = os.environ.get(name), pa.cpu_count(), pa.io_thread_count()
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100 * thresholds[0], *thresholds[1:])
    os.environ[name] = "false"
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        pa.set_cpu_count(cpus)
        pa.set_io_thread_count(readers)
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


class _Telling:
    """Sends the error that ends a worker to the parent, whole."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            return False
        text = "".join(traceback.format_exception(kind, error, trace))
        self._pipe.send(Failure(error=portable(error, text), traceback=text))
        return True


def portable(error: BaseException, text: str) -> BaseException:
    """The error itself if it survives the journey, else one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    except (pickle.PickleError, TypeError, AttributeError):
        return BuildError(f"a worker failed with {text.strip().splitlines()[-1]}")
    return error
