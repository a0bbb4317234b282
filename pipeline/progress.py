"""Progress on stderr: a bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any, Final

from tqdm import tqdm

from .done import TaskReport
from .plan import Task
from .task import Progress

_LOG_SECONDS: Final = 15.0


class ProgressBar:
    """Counts input bytes, documents and spans. A context manager.

    The total is an estimate (files are compressed); as tasks end, their real sizes take its place.
    """

    def __init__(self, tasks: Sequence[Task], *, show: bool) -> None:
        self._weights = {task.index: task.weight for task in tasks}
        self._done = Progress(0, 0, 0)
        self._start = time.monotonic()
        self._logging = show and not sys.stderr.isatty()
        self._next_log = self._start + _LOG_SECONDS
        self._bar: Any = tqdm(
            total=sum(task.weight for task in tasks),
            disable=not show or self._logging,
            unit="B",
            unit_scale=True,
            dynamic_ncols=True,
            smoothing=0.1,
        )

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def advance(self, progress: Progress) -> None:
        """Add work done."""
        self._done = Progress(*(old + new for old, new in zip(self._done, progress, strict=True)))
        if self._logging and time.monotonic() >= self._next_log:
            self._next_log = time.monotonic() + _LOG_SECONDS
            sys.stderr.write(f"{self._words()}\n")
        self._bar.set_postfix_str(self._words(), refresh=False)
        self._bar.update(progress.input_bytes)

    def finish_task(self, report: TaskReport) -> None:
        """Put the real size of a task in place of the estimate."""
        self._bar.total += report.input_bytes - self._weights[report.index]
        self._bar.refresh()

    def _words(self) -> str:
        seconds = max(time.monotonic() - self._start, 1e-3)
        megabytes = self._done.input_bytes / 1e6
        return (
            f"{self._done.documents:,} documents, {self._done.documents / seconds:,.0f}/s, "
            f"{megabytes:,.0f} MB, {self._done.spans:,} spans"
        )
