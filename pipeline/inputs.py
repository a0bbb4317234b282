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
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fluxem.errors import ConfigError

from .remote import expand_url, is_url, pin_url

STDIN: Final = "stdin"
"""Source of the rows of standard input."""
HUB: Final = "hub:"
"""What the source of a dataset of the Hub begins with."""
_HUB_NAME: Final = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """One file to read, as it was when the build was planned."""

    source: str
    """Its path, as given; relative paths stay relative. For a stream, its name."""
    size: int
    """Bytes; 0 for a stream that is not spooled yet."""
    mtime_ns: int = 0
    """Time of last change of a local file, nanoseconds."""
    etag: str = ""
    """What identifies the content of a remote file; sha256 of a spooled stream."""
    spool: str = ""
    """For a stream: name of its copy in the spool folder."""


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
    out: Path
    """The output folder, which is never input."""
    stdin_format: str
    """What standard input is: a suffix without its first dot."""


def list_inputs(inputs: Iterable[str], rules: InputRules) -> tuple[InputFile, ...]:
    """Files in the order given, the content of a folder or pattern sorted by path; each file once.

    Hidden files and the output folder are passed over inside folders.

    Raises:
        ConfigError: an input is missing, of an unknown format, or has no file to read.
        InputError: a remote input cannot be asked now.
    """
    found: dict[str, InputFile] = {}
    for name in _names(inputs):
        if name == "-" or is_hub(name, rules.is_known):
            stream = _stream(name, len(found), rules)
            found.setdefault(stream.source, stream)
            continue
        files = [path for path in _expand(name, rules) if _is_ours(path, name, rules)]
        if not files:
            raise ConfigError(f"nothing to read in {name}: expected files that end in {rules.known}")
        _refuse_builds(name, files)
        for path in files:
            found.setdefault(path if is_url(path) else os.path.realpath(path), pin(path))
    return tuple(found.values())


def pin(path: str) -> InputFile:
    """A file as it is now.

    Raises:
        ConfigError: it is missing, or its name cannot stand in an id.
        InputError: it is remote and cannot be asked now.
    """
    try:
        path.encode()
        if is_url(path):
            remote = pin_url(path)
            return InputFile(source=path, size=remote.size, etag=remote.etag)
        stat = Path(path).stat()
    except UnicodeEncodeError:
        raise ConfigError(f"the name of the file {path!r} is not UTF-8: rename it, it becomes part of ids") from None
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None
    return InputFile(source=path, size=stat.st_size, mtime_ns=stat.st_mtime_ns)


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


def _expand(name: str, rules: InputRules) -> list[str]:
    if is_url(name):
        return expand_url(name, rules.is_known)
    path = Path(name)
    if path.is_dir():
        return _saved_dataset(path) or sorted(_walk(path, rules))
    if path.exists():
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


def _walk(folder: Path, rules: InputRules) -> Iterator[str]:
    out = rules.out.resolve()
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and (Path(parent) / name).resolve() != out]
        for name in names:
            if not name.startswith(".") and rules.is_known(name):
                yield str(Path(parent) / name)


def _refuse_builds(name: str, files: Iterable[str]) -> None:
    """A folder of inputs must not hold the output of an earlier build: its shards would be read as a second corpus.

    Raises:
        ConfigError: it does. Who wants to read shards names them, or the folder of the build itself.
    """
    if is_url(name) or not Path(name).is_dir():
        return
    seen = {Path(name)}
    for path in files:
        for folder in Path(path).parents:
            if folder in seen:
                break
            seen.add(folder)
            if (folder / ".fluxem").is_dir():
                raise ConfigError(
                    f"{folder} inside {name} is the output of a build, whose rows would be read as a second corpus: "
                    "move it elsewhere, or name the inputs one by one"
                )


def _is_ours(path: str, given: str, rules: InputRules) -> bool:
    """Whether to read a file; one that the user named himself must be readable, one that a pattern matched may not."""
    if path == given and not rules.is_known(path):
        raise ConfigError(f"cannot read {path}: expected a file that ends in {rules.known}")
    return rules.is_known(path)
