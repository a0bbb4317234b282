"""Where the time of a build goes: seconds by stage. A stage within another one is taken out of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

from fluxem.integration.memo import Codes
from fluxem.integration.registry import DomainEncoderRegistry
from fluxem.vocabulary import DomainType

READ: Final = "read"
DETECT: Final = "detect"
ENCODE: Final = "encode values"
TOKENISE: Final = "tokenise"
ARROW: Final = "Arrow"
COUNT: Final = "count"
WRITE: Final = "write Parquet"
STAGES: Final = (READ, DETECT, ENCODE, TOKENISE, ARROW, COUNT, WRITE)
"""In the order in which a row passes through them."""

Timed = Callable[[str], AbstractContextManager[None]]
"""What marks the statements of a stage: `with timed(READ): ...`."""


def untimed(_stage: str) -> AbstractContextManager[None]:
    """The mark that costs nothing: builds are not timed."""
    return _NOTHING


_NOTHING: Final = nullcontext()


class StageClock:
    """Adds up seconds by stage. Calling it gives a context manager.

    Args:
        now: the clock; tests give one that they move.
    """

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self.seconds: dict[str, float] = {}
        self._now = now
        self._open: list[str] = []
        self._since = 0.0

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Time a stage; the one around it stands still meanwhile."""
        self._charge()
        self._open.append(stage)
        try:
            yield
        finally:
            self._charge()
            self._open.pop()

    def _charge(self) -> None:
        now = self._now()
        if self._open:
            stage = self._open[-1]
            self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._since
        self._since = now


class TimedRegistry(DomainEncoderRegistry):
    """The built-in encoders; what they take is a stage of its own, for it lies within detection."""

    def __init__(self, timed: Timed) -> None:
        super().__init__()
        self._timed = timed

    def encode_surfaces(self, domain: DomainType, surfaces: Sequence[str]) -> Codes:
        """As the base class does."""
        with self._timed(ENCODE):
            return super().encode_surfaces(domain, surfaces)
