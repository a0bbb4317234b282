"""What the user named, as a pinned list of files.

A name is one of: a file, a folder, a glob pattern, a list of names (`@list.txt`, one a line), a folder that
`datasets.Dataset.save_to_disk` wrote, a URL of fsspec, `-` for standard input, or a dataset of the Hub
(`hub:NAME[:CONFIG[:SPLIT]]`, or just `owner/name` where no such file exists). The last two are streams: they have no
size until they are copied to the spool, see `spool`.
"""

from __future__ import annotations

import glob
import json
import os
import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from stat import S_ISREG
from typing import Final

from fluxem.errors import ConfigError

from .input_files import InputFile, InputFiles
from .layout import OURS
from .places import Place
from .remote import RemotePin, expand_url, is_url, pin_url

STDIN: Final = "stdin"
"""Source of the rows of standard input."""
HUB: Final = "hub:"
"""What the source of a dataset of the Hub begins with."""
_HUB_NAME: Final = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A part of one file: bytes of a line format, row groups of a table, or all of it."""

    source: str
    """Path of the file, as given; the first part of ids."""
    start: int = 0
    """First byte or row group."""
    stop: int | None = None
    """End, exclusive; None is the end of the file."""
    weight: int = 0
    """Estimated bytes of text."""
    pinned: InputFile | None = None
    """The file as it was when the build was planned; None is not checked."""
    path: str = ""
    """Where its bytes are, if not at `source`."""

    @property
    def place(self) -> str:
        """Where its bytes are."""
        return self.path or self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRules:
    """What listing needs to know of formats and of the build."""

    is_known: Callable[[str], bool]
    """Whether a file of this name can be read."""
    known: str
    """The known suffixes, for messages."""
    out: Place
    """The output folder, which is never input."""
    stdin_format: str
    """What standard input is: a suffix without its first dot."""


def list_inputs(inputs: Iterable[str], rules: InputRules) -> InputFiles:
    """Files in the order given, the content of a folder or pattern sorted by path; each file once.

    Hidden files and the output folder are passed over inside folders.

    Raises:
        ConfigError: an input is missing, of an unknown format, or has no file to read.
        InputError: a remote input cannot be asked now.
    """
    found, seen = InputFiles(), _Seen()
    for name in _names(inputs):
        if name == "-" or is_hub(name, rules.is_known):
            stream = _stream(name, len(found), rules)
            if seen.is_new(stream.source, is_path=False):
                found.append(stream)
            continue
        empty = True
        for file in _expand(name, rules):
            empty = False
            if seen.is_new(file.source, is_path=not is_url(file.source)):
                found.append(file)
        if empty:
            raise ConfigError(f"nothing to read in {name}: expected files that end in {rules.known}")
    return found


class _Seen:
    """Which files there were, by their real folder and name: a folder is resolved once, not with each of its files."""

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = {}
        self._folders: dict[str, str] = {}

    def is_new(self, source: str, *, is_path: bool) -> bool:
        """Whether a file is met for the first time."""
        folder, name = self._place(source) if is_path else ("", source)
        names = self._names.setdefault(folder, set())
        if name in names:
            return False
        names.add(name)
        return True

    def _place(self, path: str) -> tuple[str, str]:
        if os.path.islink(path):  # noqa: PTH114  # plain strings, for a corpus may have millions of names
            return os.path.split(os.path.realpath(path))
        folder, name = os.path.split(path)
        if name in ("", ".", ".."):
            return os.path.split(os.path.realpath(path))
        real = self._folders.get(folder)
        if real is None:
            real = self._folders[folder] = os.path.realpath(folder)
        return real, name


def pin(path: str) -> InputFile:
    """A file as it is now.

    Raises:
        ConfigError: it is missing, or its name cannot stand in an id.
        InputError: it is remote and cannot be asked now.
    """
    try:
        path.encode()
        if is_url(path):
            return _remote_file(pin_url(path))
        stat = Path(path).stat()
    except UnicodeEncodeError:
        raise ConfigError(f"the name of the file {path!r} is not UTF-8: rename it, it becomes part of ids") from None
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None
    _check_regular(path, stat)
    return InputFile(source=path, size=stat.st_size, mtime_ns=stat.st_mtime_ns)


def _check_regular(path: str, stat: os.stat_result) -> None:
    """A pipe would be waited for, and cannot be read twice.

    Raises:
        ConfigError: it is a pipe, a socket or a device.
    """
    if not S_ISREG(stat.st_mode):
        raise ConfigError(f"expected a regular file, came a pipe, a socket or a device: {path} (a pipe goes into `-`)")


def _remote_file(found: RemotePin) -> InputFile:
    return InputFile(source=found.url, size=found.size, etag=found.etag)


def is_hub(name: str, is_known: Callable[[str], bool]) -> bool:
    """Whether a name stands for a dataset of the Hub: it says so, or it is `a/b` where no folder `a` is."""
    if name.startswith(HUB):
        return True
    return _HUB_NAME.fullmatch(name) is not None and not Path(name).parent.exists() and not is_known(name)


def _names(inputs: Iterable[str]) -> Iterator[str]:
    """The names given, with the content of lists in place of the lists; `./@x` is a file of that name."""
    for name in inputs:
        if not name.startswith("@"):
            yield name
            continue
        try:
            lines = Path(name[1:]).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"cannot read the list of inputs {name[1:]}: {error}") from None
        listed = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        if not listed:
            raise ConfigError(f"the list of inputs {name[1:]} is empty: expected a file, folder or pattern a line")
        yield from listed


def _stream(name: str, index: int, rules: InputRules) -> InputFile:
    if name == "-":
        spool = f"{index:05d}.{rules.stdin_format}"
        if not rules.is_known(spool):
            raise ConfigError(f"stdin format: expected one of {rules.known}, came {rules.stdin_format}")
        return InputFile(source=STDIN, size=0, spool=spool)
    source = name if name.startswith(HUB) else HUB + name
    return InputFile(source=source, size=0, spool=f"{index:05d}.parquet")


def _expand(name: str, rules: InputRules) -> Iterator[InputFile]:
    """The files to read that a name stands for, pinned."""
    if is_url(name):
        wanted = partial(_is_ours, given=name, rules=rules)
        yield from (_remote_file(found) for found in expand_url(name, wanted, str(rules.out)))
        return
    path = Path(name)
    saved = _saved_dataset(path) if path.is_dir() else []
    if path.is_dir() and not saved:
        yield from _walk(name, rules)
    else:
        yield from (pin(file) for file in saved or _named(name) if _is_ours(file, name, rules))


def _named(name: str) -> list[str]:
    """A file, or those of a pattern."""
    if Path(name).exists():
        return [name]
    if glob.has_magic(name):
        found = glob.glob(name, recursive=True)  # noqa: PTH207  # Path.glob takes no absolute pattern
        return sorted(path for path in found if Path(path).is_file())
    raise ConfigError(f"no such file or folder: {name}")


def _saved_dataset(folder: Path) -> list[str]:
    """The Arrow files of a folder written by `save_to_disk`, in their order; none where it is another folder."""
    try:
        if (folder / "dataset_dict.json").is_file():
            splits = json.loads((folder / "dataset_dict.json").read_text())["splits"]
            named = " or ".join(str(folder / split) for split in splits)
            raise ConfigError(f"{folder} holds a saved DatasetDict: name one of its splits, {named}")
        if not (folder / "state.json").is_file() or not (folder / "dataset_info.json").is_file():
            return []
        state = json.loads((folder / "state.json").read_text())
        files = [str(folder / entry["filename"]) for entry in state["_data_files"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{folder} looks like a saved dataset, but cannot be read as one: {error}") from None
    if state.get("_indices_data_files"):
        raise ConfigError(f"{folder} was saved with indices by an old version of datasets: load and save it again")
    return files


def _walk(folder: str, rules: InputRules) -> Iterator[InputFile]:
    """The files below a folder, sorted by path; each is looked at once, by the listing of its folder.

    Links to folders are followed, in order, when nothing else is left, but into no folder a second time.
    A folder inside that holds a build is refused: its shards would be read as a second corpus. Who wants to read
    shards names them, or the folder of the build itself.
    """
    out = rules.out.resolve() if isinstance(rules.out, Path) else None
    paths: list[str] = []
    sizes, times = array("q"), array("q")
    folders, links, seen = [str(Path(folder))], list[str](), set[str]()
    while folders or links:
        if not folders:
            links.sort(reverse=True)
        here = (folders or links).pop()
        real = os.path.realpath(here)
        if real in seen:
            continue
        seen.add(real)
        for entry in _entries(here):
            if entry.name.startswith("."):
                if entry.name == OURS and len(Path(here).parts) > len(Path(folder).parts):
                    raise ConfigError(
                        f"{here} inside {folder} is the output of a build, whose rows would be read as a second "
                        "corpus: move it elsewhere, or name the inputs one by one"
                    )
            elif entry.is_dir():
                if out is None or Path(entry.path).resolve() != out:
                    (links if entry.is_symlink() else folders).append(entry.path)
            elif rules.is_known(entry.name):
                stat = _stat(entry)
                _check_regular(entry.path, stat)
                paths.append(entry.path)
                sizes.append(stat.st_size)
                times.append(stat.st_mtime_ns)
    for place in sorted(range(len(paths)), key=paths.__getitem__):
        yield InputFile(source=paths[place], size=sizes[place], mtime_ns=times[place])


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError as error:
        raise ConfigError(f"cannot look into the folder {folder}: {error.strerror}") from None


def _stat(entry: os.DirEntry[str]) -> os.stat_result:
    try:
        entry.name.encode()
        return entry.stat()
    except UnicodeEncodeError:
        raise ConfigError(
            f"the name of the file {entry.path!r} is not UTF-8: rename it, it becomes part of ids"
        ) from None
    except OSError as error:
        raise ConfigError(f"cannot read {entry.path}: {error.strerror}") from None


def _is_ours(path: str, given: str, rules: InputRules) -> bool:
    """Whether to read a file; one that the user named himself must be readable, one that a pattern matched may not."""
    if path == given and not rules.is_known(path):
        raise ConfigError(f"cannot read {path}: expected a file that ends in {rules.known}")
    return rules.is_known(path)
