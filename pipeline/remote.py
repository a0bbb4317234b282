"""Files behind a URL, through fsspec: listed, pinned and opened.

A local file that cannot be read is bad input, hence a reject. A remote one may be readable a minute later: it is asked
again for about a minute, then an `InputError` comes of it, after which the task is tried again, and the build ends in
the end; a busy server never costs a row.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, Final, TypeVar

from fluxem.errors import BuildError, ConfigError, InputError

from .patience import patiently

T = TypeVar("T")
_BUFFER: Final = 4 << 20
_ETAGS: Final = ("ETag", "etag", "md5Hash", "xet_hash", "blob_id")
"""Keys by which stores give what identifies the content of a file, in listings as when asked for one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePin:
    """What identifies the content of a remote file."""

    url: str
    """The file."""
    size: int
    """Bytes."""
    etag: str
    """Changes when the content does, as far as the file system can tell."""


def is_url(name: str) -> bool:
    """Whether a name goes through fsspec: `s3://bucket/a.jsonl`, `memory://a.txt`, also chained `zip://a::s3://b`."""
    return "://" in name


def expand_url(url: str, is_wanted: Callable[[str], bool], out: str) -> Iterator[RemotePin]:
    """The files behind a URL: itself, or those wanted in its folder or pattern, sorted; pinned by the listing.

    Args:
        url: what to list.
        is_wanted: whether to take a file of this name.
        out: the output folder, which is never input.

    Raises:
        ConfigError: the protocol is unknown or not installed, nothing is there, it cannot be listed, or an earlier
            build stands in it.
        InputError: it cannot be listed now.
    """
    system, path = system_of(url)
    try:
        found = _ask(url, lambda: _find(system, path))
    except FileNotFoundError:
        raise ConfigError(f"no such file or folder: {url}") from None
    except OSError as error:
        raise ConfigError(f"cannot list {url}: {error}") from None
    if found is None:
        if is_wanted(url):
            yield pin_url(url)
        return
    base = re.split(r"[*?[]", path)[0].rstrip("/")
    for name in sorted(found):
        info, full = found.pop(name), str(system.unstrip_protocol(name))
        if full.startswith(f"{out}/"):
            continue
        if "*" not in path:
            _refuse_a_build(url, name.removeprefix(base))
        if is_wanted(full) and not _is_hidden(name, base):
            yield _pin(full, info)


def _refuse_a_build(url: str, name: str) -> None:
    """As for folders of the disk, see `inputs`; the folder of the build itself may be named."""
    folder, mark, _ = name.partition("/.fluxem/")
    if mark and folder:
        raise ConfigError(
            f"{url}{folder} is the output of a build, whose rows would be read as a second corpus: move it elsewhere, "
            "or name the inputs one by one"
        )


def _find(system: Any, path: str) -> dict[str, dict[str, Any]] | None:  # noqa: ANN401  # fsspec ships no types
    """What a listing says of all files of a folder or pattern; None for a file."""
    system.invalidate_cache()
    if any(mark in path for mark in "*?["):
        found = system.glob(path, detail=True)
        return {name: info for name, info in found.items() if info.get("type") == "file"}
    if system.info(path).get("type") != "directory":
        return None
    files: dict[str, dict[str, Any]] = system.find(path, detail=True)
    return files


def pin_url(url: str) -> RemotePin:
    """What a remote file is like now.

    Raises:
        ConfigError: there is none.
        InputError: it cannot be asked now.
    """
    system, path = system_of(url)

    def ask() -> tuple[dict[str, Any], str]:
        system.invalidate_cache()
        info = system.info(path)
        return info, etag_of(info) or str(system.ukey(path))

    try:
        info, etag = _ask(url, ask)
    except OSError as error:
        raise ConfigError(f"cannot read {url}: {error}") from None
    return RemotePin(url=url, size=int(info["size"] or 0), etag=etag)


def _pin(url: str, info: Mapping[str, Any]) -> RemotePin:
    """From a listing, if it has all that is needed: a request a file would be too many."""
    etag = etag_of(info)
    return RemotePin(url=url, size=int(info["size"] or 0), etag=etag) if etag else pin_url(url)


def etag_of(info: Mapping[str, Any]) -> str:
    """What a store knows the content of a file by; empty if it has no such thing."""
    return next((str(info[key]) for key in _ETAGS if info.get(key)), "")


def open_url(url: str) -> IO[bytes]:
    """A remote file, buffered.

    Raises:
        InputError: now or while reading.
    """
    try:
        return open_remote(url, InputError)
    except OSError as error:  # it was there when the build was planned
        raise InputError(f"cannot read {url} now: {error}") from error


def open_remote(url: str, error_type: type[BuildError]) -> IO[bytes]:
    """A remote file, buffered.

    Raises:
        FileNotFoundError, PermissionError: the store says so.
        BuildError: of the type given, now or while reading.
    """
    system, path = system_of(url)
    file = patiently(lambda: system.open(path, "rb"), f"read {url}", error_type)
    return io.BufferedReader(_Remote(url, file, error_type), _BUFFER)


class _Remote(io.RawIOBase):
    """A file of fsspec that is patient with its store, and whose errors say that they may pass."""

    def __init__(self, url: str, file: Any, error_type: type[BuildError]) -> None:  # noqa: ANN401  # no types
        self._url = url
        self._file = file
        self._error_type = error_type

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._file.seekable())

    def seek(self, place: int, whence: int = 0) -> int:
        return int(self._file.seek(place, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  # the type of the base class
        place = self._file.tell() if self._file.seekable() else None

        def read() -> bytes:
            if place is not None and self._file.tell() != place:
                self._file.seek(place)
            return bytes(self._file.read(len(buffer)))

        try:
            data = patiently(read, f"read {self._url}", self._error_type)
        except OSError as error:  # it was there when it was opened
            raise self._error_type(f"cannot read {self._url} now: {error}") from error
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


def system_of(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path in it.

    Raises:
        ConfigError: the protocol is unknown, or its package is not installed.
    """
    from fsspec.core import url_to_fs  # late: most builds read local files

    try:
        system, path = url_to_fs(url)
    except (ValueError, ImportError) as error:
        raise ConfigError(f"cannot use {url}: {error}") from None
    return system, str(path)


def _is_hidden(path: str, base: str) -> bool:
    """Whether a name below a folder or pattern, or a folder on the way to it, begins with a dot."""
    return any(part.startswith(".") for part in path.removeprefix(base).split("/"))


def _ask(url: str, act: Callable[[], T]) -> T:
    return patiently(act, f"read {url}", InputError)
