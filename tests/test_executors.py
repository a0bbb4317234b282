"""Contract of the executors: every task's report once, errors whole, the dead replaced."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from fluxem.errors import BuildError, ShardMismatchError
from fluxem_prep.pipeline.executors import Executor, local, serial
from fluxem_prep.pipeline.inputs import Slice
from fluxem_prep.pipeline.plan import Task
from fluxem_prep.pipeline.task import Progress

TASKS = tuple(Task(index=i, slices=(Slice(source="corpus.txt"),)) for i in range(5))

# Workers import the function by name, so it stands in a module on the path that they inherit.
MODULE = """
import os
import time
from pathlib import Path
from fluxem.errors import InputError, ShardMismatchError
from fluxem_prep.pipeline.done import TaskReport
from fluxem_prep.pipeline.stats import Stats
from fluxem_prep.pipeline.task import Progress

def good(task, on_progress):
    on_progress(Progress(1, 10, 2))
    return TaskReport(index=task.index, shard=None, rejects=None, stats=Stats(rows_out=task.index), input_bytes=10)

def failing(task, on_progress):
    if task.index == 3:
        raise ShardMismatchError("encoder", "a", "b")
    return good(task, on_progress)

class Odd(Exception):
    def __init__(self, one, two):
        super().__init__(one)
        self.lock = __import__("threading").Lock()

def odd(task, on_progress):
    raise Odd("cannot travel", 2)

def dying(task, on_progress):
    mark = Path("died-once")
    if task.index == 2 and not mark.exists():
        mark.touch()
        os._exit(9)
    return good(task, on_progress)

def hanging(task, on_progress):
    mark = Path("hung-once")
    if task.index == 2 and not mark.exists():
        mark.touch()
        time.sleep(600)
    return good(task, on_progress)

def busy(task, on_progress):
    counts = Path("tries")
    counts.write_text(counts.read_text() + "x" if counts.exists() else "x")
    if task.index == 2 and len(counts.read_text()) < 5:
        raise InputError("cannot read s3://corpus now")
    return good(task, on_progress)

def away(task, on_progress):
    raise InputError("cannot read s3://corpus now")

def threads(task, on_progress):
    import pyarrow
    found = os.environ.get("TOKENIZERS_PARALLELISM"), pyarrow.cpu_count(), pyarrow.io_thread_count()
    assert found == ("false", 1, 1), found
    return good(task, on_progress)

def deadly(task, on_progress):
    if task.index == 2:
        os.kill(os.getpid(), 9)
    return good(task, on_progress)
"""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "fake_work.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    import fake_work  # type: ignore[import-not-found]

    yield fake_work
    del sys.modules["fake_work"]


def ignore(_: Progress) -> None:
    """For tests that do not look at progress."""


@pytest.mark.parametrize("execute", [serial, local])
@pytest.mark.parametrize("workers", [1, 2, 7])
def test_every_task_has_one_report(execute: Executor, workers: int, work: Any) -> None:
    seen: list[Progress] = []
    reports = list(execute(work.good, TASKS, workers, seen.append))
    assert Counter((report.index, report.stats.rows_out) for report in reports) == Counter((i, i) for i in range(5))
    assert seen == [Progress(1, 10, 2)] * 5


@pytest.mark.parametrize("execute", [serial, local])
def test_an_error_reaches_the_user_whole(execute: Executor, work: Any) -> None:
    with pytest.raises(ShardMismatchError) as caught:
        list(execute(work.failing, TASKS, 2, ignore))
    assert (caught.value.field, caught.value.expected, caught.value.found) == ("encoder", "a", "b")
    if execute is local:
        assert caught.value.__notes__[0] == "while doing task 3 (corpus.txt from 0 to its end)"
        assert "in failing" in caught.value.__notes__[1]


def test_an_error_that_cannot_travel_is_told(work: Any) -> None:
    with pytest.raises(BuildError, match="cannot travel"):
        list(local(work.odd, TASKS, 2, ignore))


def test_a_dead_worker_is_replaced_and_its_task_done_again(work: Any) -> None:
    assert sorted(report.index for report in local(work.dying, TASKS, 2, ignore)) == [0, 1, 2, 3, 4]


def test_a_task_that_kills_every_worker_ends_the_build(work: Any) -> None:
    with pytest.raises(BuildError, match=r"task 2 \(corpus.txt from 0 to its end\) failed 3 times, .* SIGKILL"):
        list(local(work.deadly, TASKS, 2, ignore))


@pytest.mark.slow
def test_a_worker_that_hangs_is_replaced(work: Any) -> None:
    """Refutes: a stuck worker that holds up the build for ever. The limit is far above the start of a process."""
    start = time.monotonic()
    assert sorted(report.index for report in local(work.hanging, TASKS, 2, ignore, timeout=15)) == [0, 1, 2, 3, 4]
    assert 15 <= time.monotonic() - start < 300


def test_the_words_for_a_worker_that_hangs(work: Any) -> None:
    """Refutes: a build that ends over a stuck task without saying which, or why. Here, even starting takes too long."""
    words = r"task \d \(corpus.txt from 0 to its end\) failed 3 times, the last time because: it gave no sign of life"
    with pytest.raises(BuildError, match=words):
        list(local(work.hanging, TASKS, 1, ignore, timeout=0.001))


@pytest.mark.parametrize("execute", [serial, local])
def test_an_input_that_cannot_be_read_now_is_tried_again(execute: Executor, work: Any) -> None:
    """Refutes: a busy server ends the build at once, or is asked for ever."""
    assert len(list(execute(work.busy, TASKS, 1, ignore))) == 5
    with pytest.raises(BuildError, match=r"task 0 \(.*\) failed 3 times.*: cannot read s3://corpus now"):
        list(execute(work.away, TASKS, 1, ignore))


@pytest.mark.parametrize("execute", [serial, local])
def test_a_task_keeps_to_one_core(execute: Executor, work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refutes: libraries that start a thread a core inside each worker; settings left behind."""
    monkeypatch.delenv("TOKENIZERS_PARALLELISM", raising=False)
    before = pa.cpu_count(), pa.io_thread_count()
    assert len(list(execute(work.threads, TASKS, 1, ignore))) == 5
    assert (pa.cpu_count(), pa.io_thread_count()) == before
    assert "TOKENIZERS_PARALLELISM" not in os.environ


def test_no_tasks(work: Any) -> None:
    assert list(serial(work.good, (), 2, ignore)) == list(local(work.good, (), 2, ignore)) == []
