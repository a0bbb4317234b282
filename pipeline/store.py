"""How a file comes to stand in the output: all of it, under its name, or nothing.

On a disk, a file grows under a dot-name in its folder, which `datasets` passes over, is flushed to the disk, and gets
its name by a rename; then the folder is flushed. The dot-name tells the process and the machine, so that one that
outlives its build for a moment never writes into a file of the next.

An object store has no rename, but a put is seen whole or not at all: it is the commit. The file grows in the temporary
folder of this machine, where it takes as much room as one shard, and is put when it is whole.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final, NamedTuple

import pyarrow as pa

from fluxem.errors import BuildError

from .places import ObjectPlace, Place
from .safe_paths import open_new

_PROCESS: Final = f"{os.getpid()}-{zlib.crc32(socket.gethostname().encode()):08x}"
_TEMPORARY: Final = re.compile(r"\.(.+)\.[0-9]+(?:-[0-9a-f]{8})?\.tmp")
_SPOOLED: Final = "fluxem-prep-"
_BITE: Final = 1 << 20
WRITE_ERRORS: Final = (OSError, pa.ArrowException)
"""What a disk that refuses comes to."""


class Written(NamedTuple):
    """What stands now."""

    size: int
    sha256: str
    etag: str


class NewFile:
    """A file that grows unseen. Give it its name by `commit`, or let go of it by `discard`.

    Args:
        place: its name.

    Raises:
        BuildError: the disk refuses.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        with naming_the_disk(place):
            self.path = temporary_name(place)
            self.file: IO[bytes] = open_new(self.path) if isinstance(place, Path) else self.path.open("w+b")
            if isinstance(place, ObjectPlace):
                _hold(self.file)

    def commit(self) -> Written:
        """Make it stand, for good.

        Raises:
            BuildError: the disk or the store refuses.
        """
        with naming_the_disk(self._place):
            self.file.flush()
            sha256 = flush_to_disk(self.path)
            size = self.path.stat().st_size
            etag = commit(self.path, self._place)
            self.file.close()
        return Written(size, sha256, etag)

    def discard(self) -> None:
        """Leave nothing of it; after `commit`, this does nothing."""
        with suppress(OSError):  # what is buffered does not fit a full disk
            self.file.close()
        self.path.unlink(missing_ok=True)


def temporary_name(place: Place) -> Path:
    """Where a file grows until it is whole: hidden, in the folder of its final name, or in the temporary folder."""
    if isinstance(place, ObjectPlace):
        descriptor, name = tempfile.mkstemp(prefix=_SPOOLED, suffix=f"-{place.name}.tmp")
        os.close(descriptor)
        return Path(name)
    return place.with_name(f".{place.name}.{_PROCESS}.tmp")


def final_name(temporary: str) -> str | None:
    """What a file would have been called that some process of ours did not finish; None for any other name."""
    match = _TEMPORARY.fullmatch(temporary)
    return None if match is None else match[1]


def commit(temporary: Path, place: Place) -> str:
    """Give a file that is on disk its name, for good; its etag, where there are any."""
    if isinstance(place, ObjectPlace):
        etag = place.put(temporary).etag
        temporary.unlink()
        return etag
    temporary.replace(place)
    with _folder(place.parent) as descriptor:
        os.fsync(descriptor)
    return ""


def write_whole(place: Place, content: bytes) -> None:
    """Write a small file so that it is there whole or not at all.

    Raises:
        BuildError: the disk or the store refuses.
    """
    write_lines_whole(place, (content,))


def write_lines_whole(place: Place, pieces: Iterable[bytes]) -> None:
    """The same with content that comes in pieces.

    Raises:
        BuildError: the disk or the store refuses.
    """
    new = NewFile(place)
    try:
        with naming_the_disk(place):
            new.file.writelines(pieces)
        new.commit()
    finally:
        new.discard()


def create_whole(place: Place, pieces: Iterable[bytes]) -> None:
    """Write a file unless it stands already: of several writers at once, the first wins; look who it was.

    Raises:
        BuildError: the disk or the store refuses.
    """
    if isinstance(place, ObjectPlace):
        place.create(b"".join(pieces))
        return
    new = NewFile(place)
    try:
        with naming_the_disk(place):
            new.file.writelines(pieces)
            new.file.flush()
            flush_to_disk(new.path)
            with suppress(FileExistsError):
                os.link(new.path, place)  # unlike a rename, it never replaces
            with _folder(place.parent) as descriptor:
                os.fsync(descriptor)
    finally:
        new.discard()


def flush_to_disk(path: Path) -> str:
    """Flush a file; its sha256 in hex."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of(place: Place) -> str | None:
    """Of a file, in hex; None if there is none, or it cannot be read.

    Raises:
        StoreError: the store cannot be asked now.
    """
    try:
        digest = hashlib.sha256()
        with place.open("rb") as file:
            while bite := file.read(_BITE):
                digest.update(bite)
        return digest.hexdigest()
    except OSError:
        return None


def sweep_temporary_folder() -> None:
    """Delete what processes of ours that were killed were about to put; a file that is held by one alive stays."""
    for path in Path(tempfile.gettempdir()).glob(f"{_SPOOLED}*.tmp"):
        with suppress(OSError), path.open("r+b") as file:
            if _hold(file):
                path.unlink(missing_ok=True)


def _hold(file: IO[bytes]) -> bool:
    """Show to other processes of this machine that a file in the temporary folder is in use, as long as it is open.

    False if another process shows just that.
    """
    import fcntl  # late: this file is also read by commands that work where there is none

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def naming_the_disk(place: Place) -> Iterator[None]:
    """What the disk refuses becomes one sentence, for it is no bug: it is full, read-only or gone."""
    try:
        yield
    except WRITE_ERRORS as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise BuildError(
            f"cannot write {place}: {reason}; when that is mended (room on the disk, rights), run the same command "
            "again: it keeps the shards that are finished"
        ) from error


@contextmanager
def _folder(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
