"""Where a build stands: a folder on a disk, or a prefix of an object store.

A `Place` is a `pathlib.Path`, or an `ObjectPlace`, which has the same words for the few things that a build does: join,
look, read, remove. So the code that reads builds does not ask which of the two it has. What writes does, in `store`:
a disk has renames and locks, an object store has neither, but a put that is seen whole or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from fluxem.errors import ConfigError, StoreError

from .patience import patiently
from .remote import etag_of, is_url, open_remote, system_of

T = TypeVar("T")
_MEMORY: Final = "memory://"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInfo:
    """What a listing says of a file."""

    size: int
    """Bytes."""
    etag: str = ""
    """What the store knows its content by; empty on a disk, and where a store has no such thing."""


@dataclass(frozen=True, slots=True)
class ObjectPlace:
    """An object, or the common beginning of the names of some."""

    url: str
    """Without a slash at its end."""

    def __str__(self) -> str:
        return self.url

    def __truediv__(self, name: str) -> ObjectPlace:
        return ObjectPlace(f"{self.url}/{name}")

    @property
    def name(self) -> str:
        """What follows the last slash."""
        return self.url.rpartition("/")[2]

    @property
    def stem(self) -> str:
        """The name without its last suffix."""
        return Path(self.name).stem

    @property
    def parent(self) -> ObjectPlace:
        """What comes before the last slash."""
        return ObjectPlace(self.url.rpartition("/")[0])

    @property
    def in_memory(self) -> bool:
        """Whether only this process can see it."""
        return self.url.startswith(_MEMORY)

    def info(self) -> FileInfo | None:
        """Size and etag of the object; None if there is none.

        Raises:
            StoreError: the store cannot be asked now.
        """
        try:
            found = self._ask("look at", lambda system, path: system.info(path))
        except FileNotFoundError:
            return None
        return None if found.get("type") == "directory" else _info(found)

    def exists(self) -> bool:
        """Whether there is such an object."""
        return self.info() is not None

    def read_bytes(self) -> bytes:
        """The whole object.

        Raises:
            FileNotFoundError: there is none.
            StoreError: the store cannot be asked now.
        """
        return bytes(self._ask("read", lambda system, path: system.cat_file(path)))

    def read_text(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The whole object as text."""
        return self.read_bytes().decode(encoding, errors)

    def open(self, mode: str = "rb") -> IO[bytes]:
        """The object as a file that can be read from and sought in; no other mode is known."""
        assert mode == "rb"
        return open_remote(self.url, StoreError)

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove the object."""
        try:
            self._ask("remove", lambda system, path: system.rm_file(path))
        except FileNotFoundError:
            if not missing_ok:
                raise

    def put(self, local: Path) -> FileInfo:
        """Make a local file this object: seen whole or not at all. What was there before is replaced.

        Raises:
            StoreError: the store refuses, or holds another size afterwards.
        """

        def upload(system: Any, path: str) -> None:  # noqa: ANN401  # fsspec ships no types
            if self.in_memory:  # whose put_file lets others see the half of a file
                system.pipe_file(path, local.read_bytes())
            else:
                system.put_file(str(local), path)  # a large one goes in parts, which the store's library aborts

        try:
            self._ask("write", upload)
        except (FileNotFoundError, PermissionError) as error:
            raise StoreError(
                f"cannot write {self}: {error}; is there such a bucket, and may you write to it?"
            ) from None
        found, size = self.info(), local.stat().st_size
        if found is None or found.size != size:
            raise StoreError(f"cannot write {self}: {size} bytes were put, the store has {found and found.size}")
        return found

    def overwrite(self, content: bytes) -> None:
        """Make some bytes this object.

        Raises:
            StoreError: the store refuses.
        """
        self._ask("write", lambda system, path: system.pipe_file(path, content))

    def create(self, content: bytes) -> bool:
        """Put a small object unless there is one already; False if there was.

        On stores without a conditional put, two writers at once may both succeed: the caller reads what stands.
        """
        if self.exists():
            return False
        try:
            self._ask("write", lambda system, path: system.pipe_file(path, content, mode="create"))
        except FileExistsError:
            return False
        except (FileNotFoundError, PermissionError) as error:
            raise StoreError(
                f"cannot write {self}: {error}; is there such a bucket, and may you write to it?"
            ) from None
        return True

    def listing(self) -> dict[str, FileInfo]:
        """The objects directly under this prefix, by name.

        Raises:
            StoreError: the store cannot be asked now.
        """
        try:
            found = self._ask("list", lambda system, path: system.ls(path, detail=True))
        except FileNotFoundError:
            return {}
        names = ((str(entry["name"]).rstrip("/").rpartition("/")[2], entry) for entry in found)
        return {name: _info(entry) for name, entry in names if entry.get("type") != "directory"}

    def names(self) -> set[str]:
        """What stands directly under this prefix: objects, and the next parts of longer names."""
        try:
            found = self._ask("list", lambda system, path: system.ls(path, detail=False))
        except FileNotFoundError:
            return set()
        return {str(entry).rstrip("/").rpartition("/")[2] for entry in found}

    def _ask(self, verb: str, act: Callable[[Any, str], T]) -> T:
        """Ask the store, without any memory of what it said before."""
        system, path = system_of(self.url)

        def fresh() -> T:
            system.invalidate_cache()
            return act(system, path)

        return patiently(fresh, f"{verb} {self}", StoreError)


Place = Path | ObjectPlace
"""Where something stands."""


def place_of(name: str | os.PathLike[str] | ObjectPlace) -> Place:
    """A folder or file by its path or URL.

    Raises:
        ConfigError: an empty name, or a URL of another kind than that of a store.
    """
    if isinstance(name, ObjectPlace):
        return name
    text = os.fspath(name)
    if not text:
        raise ConfigError("expected the name of a folder, came an empty one; the folder you are in is .")
    if not is_url(text):
        return Path(text)
    if "::" in text or not text.rstrip("/").partition("://")[2]:
        raise ConfigError(f"cannot build in {text}: expected a folder, or a URL such as s3://bucket/folder")
    system_of(text)
    return ObjectPlace(text.rstrip("/"))


def read_folder(folder: Place) -> dict[str, FileInfo]:
    """The files directly in a folder, by name; none where there is no folder."""
    if isinstance(folder, ObjectPlace):
        return folder.listing()
    try:
        with os.scandir(folder) as entries:
            return {entry.name: FileInfo(size=entry.stat().st_size) for entry in entries if entry.is_file()}
    except (FileNotFoundError, NotADirectoryError):
        return {}


def open_parquet(place: Place) -> Any:  # noqa: ANN401  # pyarrow ships no types
    """A `pyarrow.parquet.ParquetFile`, with the checksums of its pages compared."""
    import pyarrow.parquet as pq  # late, because it is heavy

    return pq.ParquetFile(place if isinstance(place, Path) else place.open(), page_checksum_verification=True)


def _info(found: dict[str, Any]) -> FileInfo:
    return FileInfo(size=int(found["size"] or 0), etag=etag_of(found))
