"""What of an unfinished build can be kept: nothing of another plan, and every task whose files verify."""

from __future__ import annotations

import hashlib
import shlex
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from itertools import zip_longest
from pathlib import Path
from typing import IO

import orjson

from fluxem._version import __version__
from fluxem.errors import OutputFolderError

from .config import BuildConfig
from .done import Found, read_done, verifies
from .layout import Layout, plan_path
from .output_folder import DAMAGED, PLAN_FORMAT, plan_head
from .places import Place
from .plan import Plan
from .store import create_whole, sha256_of, write_lines_whole


def plan_lines(config: BuildConfig, plan: Plan, *, encoder: str, tokenizer_sha256: str | None) -> Iterator[bytes]:
    """All on which the bytes of a build depend, as the content of plan.json.

    One JSON object, of which the first line is all but the files and the tasks, which follow one a line; so a plan of
    millions of files is written, compared and looked at without being held a second time.
    """
    head = {
        "format": PLAN_FORMAT,
        "versions": versions(),
        "encoder": encoder,
        "tokenizer_sha256": tokenizer_sha256,
        "config": config.content(),
        "counts": {"files": len(plan.files), "bytes": plan.files.size, "tasks": len(plan.tasks)},
    }
    yield orjson.dumps(head)[:-1] + b",\n"
    for line in plan.lines():
        yield line + b"\n"
    yield b"}\n"


def versions() -> dict[str, str]:
    """What else decides the bytes: this program, the writer of Parquet, the tokenizer, what Unicode calls a letter."""
    libraries = {name: version(name) for name in ("numpy", "pyarrow", "tokenizers")}
    return {"fluxem-prep": __version__, **libraries, "unicode": unicodedata.unidata_version}


def plan_hash(lines: Iterable[bytes]) -> str:
    """What ties a done record to its plan."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line)
    return digest.hexdigest()


def keep_or_write_plan(out: Place, lines: Callable[[], Iterator[bytes]], sha256: str, *, shared: bool = False) -> None:
    """Write the plan of a new build; for an old one, check that it is the same.

    Args:
        out: the output folder.
        lines: the plan.
        sha256: its hash.
        shared: whether others may be about to write theirs: the first one wins.

    Raises:
        OutputFolderError: the folder holds a build of another plan; the message has the field and both values.
        BuildError: the disk refuses.
    """
    place = plan_path(out)
    if not place.exists():
        (create_whole if shared else write_lines_whole)(place, lines())
        if not shared:
            return
    if sha256_of(place) == sha256:
        return
    try:
        with place.open("rb") as stored:
            field, old, new = _difference(stored, lines())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OutputFolderError(f"cannot read {place}: {error}: {DAMAGED}") from None
    raise OutputFolderError(
        f"{out} holds a build with another {field}: it has {old}, this one {new}; go on with the old one, name "
        "another folder, or start anew with --overwrite"
    )


def finished_tasks(layout: Layout, plan: str, tasks: Sequence[int], workers: int, found: Found) -> set[int]:
    """Those of the tasks that need not be done again; on a disk, their shards are read whole, by some threads at once.

    Args:
        layout: where everything stands.
        plan: the plan's hash.
        tasks: which tasks to look at.
        workers: threads.
        found: what `look` found.
    """

    def is_done(index: int) -> bool:
        report = read_done(layout, plan, index)
        return report is not None and verifies(layout, report, found)

    begun = [index for index in tasks if str(layout.done(index)) in found]
    with ThreadPoolExecutor(workers) as threads:
        return {index for index, kept in zip(begun, threads.map(is_done, begun), strict=True) if kept}


def resuming_command(words: Sequence[str]) -> str:
    """The command line that goes on with a build that was begun by this one."""
    return shlex.join([Path(words[0]).name, *(word for word in words[1:] if word != "--overwrite")])


def _difference(stored: IO[bytes], lines: Iterator[bytes]) -> tuple[str, str, str]:
    """The first field in which two plans differ, with both values; they are held a line at a time."""
    old, new = plan_head(stored.readline()), plan_head(next(lines))
    for found in _differences({**old, "counts": None}, {**new, "counts": None}):
        return found
    for line, other_line in zip_longest(stored, lines, fillvalue=b""):
        mine, other = line.rstrip(b",\n"), other_line.rstrip(b",\n")
        if mine == other:
            continue
        if mine.startswith(b"{") and other.startswith(b"{"):
            for found in _file_differences(orjson.loads(mine), orjson.loads(other)):
                return found
        break
    if old["counts"]["files"] != new["counts"]["files"]:
        return "number of input files", _shown(old["counts"]["files"]), _shown(new["counts"]["files"])
    return "cut of the inputs", "other tasks", "these tasks"


def _differences(
    old: Mapping[str, object], new: Mapping[str, object], prefix: str = ""
) -> Iterator[tuple[str, str, str]]:
    """Fields in which two records differ, in their order, each with both values."""
    for key in dict.fromkeys([*new, *old]):
        mine, other, name = old.get(key), new.get(key), prefix + key.replace("_", " ")
        if mine == other:
            continue
        if isinstance(mine, dict) and isinstance(other, dict):
            yield from _differences(mine, other, "" if key == "config" else f"{prefix}{key}.")
        else:
            yield name, _shown(mine), _shown(other)


def _file_differences(mine: Mapping[str, object], other: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    if mine["source"] != other["source"]:
        yield "list of inputs", _shown(mine["source"]), f"{_shown(other['source'])} in its place"
    yield from _differences(mine, other, f"input {mine['source']}: ")


def _shown(value: object) -> str:
    return "none" if value is None else str(value)
