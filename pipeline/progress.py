"""Progress on stderr: a bar on a terminal, a line now and then in a log; or events, as lines of JSON on stdout."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any, Final

import orjson
from tqdm import tqdm

from .done import TaskReport
from .plan import Task
from .task import Progress

_LOG_SECONDS: Final = 15.0
_EVENT_SECONDS: Final = 1.0
_SHORT_SECONDS: Final = 2.0
"""Before that, a rate says little, and the time left nothing."""


class ProgressBar:
    """Counts input bytes, documents, spans and rejects. A context manager.

    The total is an estimate (files are compressed); as tasks end, their real sizes take its place.

    Args:
        tasks: what is to be done.
        show: whether to show progress on stderr.
        events: whether to write events to stdout.
    """

    def __init__(self, tasks: Sequence[Task], *, show: bool, events: bool = False) -> None:
        self._weights = {task.index: task.weight for task in tasks}
        self._total = sum(self._weights.values())
        self._done = Progress(0, 0, 0)
        self._tasks = 0
        self._start = time.monotonic()
        self._events = events
        self._logging = show and not sys.stderr.isatty()
        self._next = self._start + (_EVENT_SECONDS if events else _LOG_SECONDS)
        self._bar: Any = tqdm(
            total=self._total,
            disable=not show or self._logging,
            unit="B",
            unit_scale=True,
            dynamic_ncols=True,
            smoothing=0.1,
        )

    def __enter__(self) -> ProgressBar:
        if self._events:
            emit("start", tasks=len(self._weights), input_bytes=self._total)
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def advance(self, progress: Progress) -> None:
        """Add work done."""
        self._done = Progress(*(old + new for old, new in zip(self._done, progress, strict=True)))
        now = time.monotonic()
        if now >= self._next and (self._logging or self._events):
            self._next = now + (_EVENT_SECONDS if self._events else _LOG_SECONDS)
            self._tell()
        self._bar.set_postfix_str(self._counts(), refresh=False)
        self._bar.update(progress.input_bytes)

    def finish_task(self, report: TaskReport) -> None:
        """Put the real size of a task in place of the estimate."""
        self._tasks += 1
        self._total += report.input_bytes - self._weights[report.index]
        self._bar.total = self._total
        self._bar.refresh()
        if self._events:
            counts = {"rows": report.stats.rows_out, "rejects": report.stats.rejected}
            emit("task", task=report.index, **counts, spans=report.stats.encoded.total())

    @property
    def seconds_left(self) -> float | None:
        """What is left at the rate so far; None while it is too early to tell."""
        seconds = time.monotonic() - self._start
        done = self._done.input_bytes
        if seconds < _SHORT_SECONDS or not 0 < done < self._total:  # more than the estimate: it tells nothing
            return None
        return seconds * (self._total / done - 1)

    def _tell(self) -> None:
        if self._logging:
            sys.stderr.write(f"{self._line()}\n")
            sys.stderr.flush()
        if self._events:
            left = self.seconds_left
            emit(
                "progress",
                **self._done._asdict(),
                total_bytes=self._total,
                tasks_done=self._tasks,
                seconds=round(time.monotonic() - self._start, 1),
                seconds_left=None if left is None else round(left, 1),
            )

    def _line(self) -> str:
        """A line of a log."""
        seconds = max(time.monotonic() - self._start, 1e-3)
        done, total = self._done.input_bytes / 1e6, self._total / 1e6
        left = self.seconds_left
        return f"{done:,.0f} of {total:,.0f} MB ({done / seconds:,.1f} MB/s), {self._counts()}" + (
            "" if left is None else f", {duration(left)} left"
        )

    def _counts(self) -> str:
        seconds = max(time.monotonic() - self._start, 1e-3)
        return (
            f"{self._done.documents:,} documents ({self._done.documents / seconds:,.0f}/s), "
            f"{self._done.spans:,} spans, {self._done.rejects:,} rejects"
        )


def emit(event: str, **fields: object) -> None:
    """Write an event as one line of JSON to stdout."""
    sys.stdout.write(orjson.dumps({"event": event, **fields}).decode() + "\n")
    sys.stdout.flush()


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `3 h 20 min`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
