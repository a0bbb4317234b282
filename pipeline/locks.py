"""Who is at work in an output: one build alone, or any number of slices of one (`--shards I/N`).

On a disk, the system holds the lock, and lets go of it when the process ends, however it does. An object store has no
such thing. There, who is at work puts an object that says who, and touches it now and then; whoever comes next reads
it. A process of this machine that is gone is known to be. Of another machine, nobody can know: its object is watched
for longer than it could go untouched, and if nothing happens it is taken for dead. Each puts its own first and looks
then, so of two that come at once, at least one sees the other. Tasks are idempotent: what a lock is for is that
`--overwrite` and `finish` do not run beside a build.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Final

import orjson

from fluxem.errors import BuildError, OutputFolderError, StoreError

from .layout import OURS, lock_path, locks_path
from .places import ObjectPlace, Place
from .safe_paths import refuse_links

TOUCH_SECONDS: Final = 20.0
"""How often a lock object is touched."""
_FOR_ONE_WHO_LOOKS: Final = 1.0
"""Seconds to wait for a lock: `status` takes it for a moment."""
DEAD_SECONDS: Final = 75.0
"""How long a lock object of another machine is watched before it is taken for a dead one's."""


@contextmanager
def locked(out: Place, *, shared: bool = False) -> Iterator[Callable[[], None]]:
    """Hold an output, which is made if need be; another build in it would be refused.

    Gives a function that raises a StoreError once the lock was taken away, which only happens in object stores.

    Args:
        out: the output.
        shared: whether others that also say so may be at work beside.

    Raises:
        OutputFolderError: another build is at work in it, or it cannot be made.
        StoreError: the store cannot be asked now.
    """
    if isinstance(out, Path):
        refuse_links(out)
        with _make_and_open(out) as lock:
            _flock(lock, out, shared=shared)
            yield lambda: None
        return
    holder = _Holder(out, shared=shared)
    holder.begin()
    try:
        yield holder.check
    finally:
        holder.end()


def is_locked(out: Place) -> bool:
    """Whether a build is at work in the output now; in an object store, as far as can be told without waiting."""
    if isinstance(out, ObjectPlace):
        return any(not _is_dead_here(owner) for _, owner in _owners(out))
    import fcntl

    try:
        with lock_path(out).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _make_and_open(out: Path) -> IO[bytes]:
    try:
        for name in ("data", f"{OURS}/done"):
            (out / name).mkdir(parents=True, exist_ok=True)
        return lock_path(out).open("a+b")
    except OSError as error:
        raise OutputFolderError(f"cannot make the output folder {out}: {error.strerror}") from None


def _flock(lock: IO[bytes], out: Path, *, shared: bool) -> None:
    import fcntl  # late: this file is also read by commands that work where there is none

    end = time.monotonic() + _FOR_ONE_WHO_LOOKS
    while True:
        try:
            fcntl.flock(lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > end:
                raise OutputFolderError(f"another build is at work in {out}: wait for it, or end it") from None
        except OSError as error:
            raise OutputFolderError(
                f"cannot lock {out}: {error.strerror}; a build needs a file system with locks (on Lustre: mounted with "
                "-o flock), or an object store"
            ) from None
        time.sleep(0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owner:
    """What a lock object says."""

    host: str
    """Name of the machine, for people."""
    machine: str
    """What identifies the machine and what is counted as a process in it; empty where nothing does."""
    pid: int
    """The process."""
    started: str
    """When the process started, as the system counts: numbers of processes are used again."""
    shared: bool
    """Whether others may be at work beside it."""
    since: str
    """When it began, for people."""
    touched: int = 0
    """Counts."""


class _Holder:
    """Holds an object store by an object, which a thread touches."""

    def __init__(self, out: ObjectPlace, *, shared: bool) -> None:
        self._out = out
        self._owner = _Owner(
            host=socket.gethostname(),
            machine=_machine(),
            pid=os.getpid(),
            started=_started(os.getpid()),
            shared=shared,
            since=time.strftime("%Y-%m-%d %H:%M:%S %z"),
        )
        self._place = locks_path(out) / f"{os.getpid()}-{os.urandom(6).hex()}.json"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._touch, daemon=True)
        self._lost = ""

    def begin(self) -> None:
        if not self._place.create(orjson.dumps(asdict(self._owner))):
            raise StoreError(f"cannot write {self._place}: it is there already")
        try:
            self._refuse_others()
        except BaseException:
            self._place.unlink(missing_ok=True)
            raise
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()
        if not self._lost:
            self._place.unlink(missing_ok=True)

    def check(self) -> None:
        """Raises:
        StoreError: our object was taken away while we were at work.
        """
        if self._lost:
            raise StoreError(self._lost)

    def _refuse_others(self) -> None:
        for place, owner in _owners(self._out):
            if place == self._place or (owner.shared and self._owner.shared):
                continue
            if _is_dead_here(owner) or _is_silent(place, owner):
                place.unlink(missing_ok=True)
                continue
            raise OutputFolderError(
                f"another build is at work in {self._out}: process {owner.pid} of {owner.host}, since {owner.since}: "
                f"wait for it, or end it (if it is gone, {place} is left of it: remove that)"
            )

    def _touch(self) -> None:
        while not self._ended.wait(TOUCH_SECONDS):
            self._owner = replace(self._owner, touched=self._owner.touched + 1)
            try:
                if not self._place.exists():
                    self._lost = f"{self._place} was removed while this build was at work: another took it for dead"
                    return
                self._place.overwrite(orjson.dumps(asdict(self._owner)))
            except (
                BuildError
            ):  # the store is busy; the next time, or others will take us for dead, which costs work only
                continue


def _owners(out: ObjectPlace) -> list[tuple[ObjectPlace, _Owner]]:
    """Who has an object in the store."""
    found = [(place, _read(place)) for name in locks_path(out).listing() if (place := locks_path(out) / name)]
    return [(place, owner) for place, owner in found if owner is not None]


def _read(place: ObjectPlace) -> _Owner | None:
    try:
        return _Owner(**orjson.loads(place.read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):  # it ended just now, or is no lock of ours
        return None


def _is_dead_here(owner: _Owner) -> bool:
    """Whether it was a process of this machine, and is none any more."""
    return _is_here(owner) and _started(owner.pid) != owner.started


def _is_here(owner: _Owner) -> bool:
    return bool(owner.machine) and owner.machine == _machine()


def _is_silent(place: ObjectPlace, owner: _Owner) -> bool:
    """Whether it does not touch its object; the counts are compared, not the clocks of two machines."""
    if _is_here(owner):
        return False
    end = time.monotonic() + DEAD_SECONDS
    while time.monotonic() < end:
        time.sleep(DEAD_SECONDS / 15)
        if _read(place) != owner:
            return False
    return True


def _machine() -> str:
    """This boot of this machine, and the numbers by which processes are known here (Linux)."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _started(pid: int) -> str:
    """When a process of this machine started, in ticks since the boot; empty if there is none (Linux)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
