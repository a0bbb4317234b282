"""Files behind a URL, through fsspec: listed, pinned and opened.

A local file that cannot be read is bad input, hence a reject. A remote one may be readable a minute later: what the
file system raises becomes an `InputError`, after which the task is tried again, and the build ends in the end; a
busy server never costs a row.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from fluxem.errors import ConfigError, InputError

_BUFFER = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePin:
    """What identifies the content of a remote file."""

    size: int
    """Bytes."""
    etag: str
    """Changes when the content does, as far as the file system can tell."""


def is_url(name: str) -> bool:
    """Whether a name goes through fsspec: `s3://bucket/a.jsonl`, `memory://a.txt`, also chained `zip://a::s3://b`."""
    return "://" in name


def expand_url(url: str, is_known: Callable[[str], bool]) -> list[str]:
    """The files behind a URL: itself, or those of known names in its folder or pattern, sorted.

    Raises:
        ConfigError: the protocol is unknown or not installed, nothing is there, or it cannot be listed.
    """
    system, path = _system(url)
    try:
        if any(mark in path for mark in "*?["):
            found = [name for name in system.glob(path) if system.isfile(name)]
        elif system.isdir(path):
            found = system.find(path)
        elif system.exists(path):
            return [url]
        else:
            raise ConfigError(f"no such file or folder: {url}")
    except OSError as error:
        raise ConfigError(f"cannot list {url}: {error}") from None
    return sorted(str(system.unstrip_protocol(name)) for name in found if is_known(name) and not _is_hidden(name))


def pin_url(url: str) -> RemotePin:
    """What a remote file is like now.

    Raises:
        InputError: it cannot be asked now.
    """
    system, path = _system(url)
    with _telling(url):
        return RemotePin(size=int(system.info(path)["size"] or 0), etag=str(system.ukey(path)))


def open_url(url: str) -> IO[bytes]:
    """A remote file, buffered.

    Raises:
        InputError: now or while reading.
    """
    system, path = _system(url)
    with _telling(url):
        return io.BufferedReader(_Remote(url, system.open(path, "rb")), _BUFFER)


class _Remote(io.RawIOBase):
    """A file of fsspec whose errors say that they may pass."""

    def __init__(self, url: str, file: Any) -> None:  # noqa: ANN401  # fsspec ships no types
        self._url = url
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._file.seekable())

    def seek(self, place: int, whence: int = 0) -> int:
        return int(self._file.seek(place, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  # the type of the base class
        with _telling(self._url):
            data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


def _system(url: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs  # late: most builds read local files

    try:
        system, path = url_to_fs(url)
    except (ValueError, ImportError) as error:
        raise ConfigError(f"cannot read {url}: {error}") from None
    return system, str(path)


def _is_hidden(path: str) -> bool:
    return path.rsplit("/", 1)[-1].startswith(".")


@contextmanager
def _telling(url: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"cannot read {url} now: {error}") from error
