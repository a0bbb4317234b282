"""What the user named, as a pinned list of files."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fluxem.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """One file to read, as it was when the build was planned."""

    source: str
    """Its path, as given; relative paths stay relative."""
    size: int
    """Bytes on disk."""
    mtime_ns: int
    """Time of last change, nanoseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A part of one file: bytes of a line format, row groups of a table, or all of it."""

    source: str
    """Path of the file, as given."""
    start: int = 0
    """First byte or row group."""
    stop: int | None = None
    """End, exclusive; None is the end of the file."""
    weight: int = 0
    """Estimated bytes of text."""


def list_inputs(
    inputs: Iterable[str], *, is_known: Callable[[str], bool], known: str, out: Path
) -> tuple[InputFile, ...]:
    """Files in the order given, the content of a folder or pattern sorted by path; each file once.

    Hidden files and the output folder are passed over inside folders.

    Args:
        inputs: files, folders (searched through for known names) and glob patterns (`**` for any depth).
        is_known: whether a file of this name can be read.
        known: the known suffixes, for messages.
        out: the output folder.

    Raises:
        ConfigError: an input is missing, of an unknown format, or has no file to read.
    """
    found: dict[str, InputFile] = {}
    for name in inputs:
        files = [path for path in _expand(name, is_known, out.resolve()) if _is_ours(path, name, is_known, known)]
        if not files:
            raise ConfigError(f"nothing to read in {name}: expected files that end in {known}")
        for path in files:
            found.setdefault(os.path.realpath(path), _pin(path))
    return tuple(found.values())


def _expand(name: str, is_known: Callable[[str], bool], out: Path) -> list[str]:
    if Path(name).is_dir():
        return sorted(_walk(Path(name), is_known, out))
    if Path(name).exists():
        return [name]
    if glob.has_magic(name):
        found = glob.glob(name, recursive=True)  # noqa: PTH207  # Path.glob takes no absolute pattern
        return sorted(path for path in found if Path(path).is_file())
    raise ConfigError(f"no such file or folder: {name}")


def _walk(folder: Path, is_known: Callable[[str], bool], out: Path) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and (Path(parent) / name).resolve() != out]
        for name in names:
            if not name.startswith(".") and is_known(name):
                yield str(Path(parent) / name)


def _is_ours(path: str, given: str, is_known: Callable[[str], bool], known: str) -> bool:
    """Whether to read a file; one that the user named himself must be readable, one that a pattern matched may not."""
    if path == given and not is_known(path):
        raise ConfigError(f"cannot read {path}: expected a file that ends in {known}")
    return is_known(path)


def _pin(path: str) -> InputFile:
    try:
        path.encode()
        stat = Path(path).stat()
    except UnicodeEncodeError:
        raise ConfigError(f"the name of the file {path!r} is not UTF-8: rename it, it becomes part of ids") from None
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None
    return InputFile(source=path, size=stat.st_size, mtime_ns=stat.st_mtime_ns)
