"""What of an unfinished build can be kept: nothing of another plan, and every task whose files verify."""

from __future__ import annotations

import hashlib
import shlex
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import orjson

from fluxem._version import __version__
from fluxem.errors import OutputFolderError

from .config import BuildConfig
from .done import read_done, verifies
from .layout import Layout, plan_path
from .output_folder import read_json
from .plan import Plan
from .writer import write_whole

PLAN_FORMAT = 1


def plan_record(config: BuildConfig, plan: Plan, *, encoder: str, tokenizer_sha256: str | None) -> bytes:
    """All on which the bytes of a build depend, as the content of plan.json."""
    record = {
        "format": PLAN_FORMAT,
        "versions": versions(),
        "encoder": encoder,
        "tokenizer_sha256": tokenizer_sha256,
        "config": config.content(),
        **plan.as_json(),
    }
    return orjson.dumps(record, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def versions() -> dict[str, str]:
    """What else decides the bytes: this program, the writer of Parquet, the tokenizer, what Unicode calls a letter."""
    libraries = {name: version(name) for name in ("numpy", "pyarrow", "tokenizers")}
    return {"fluxem-prep": __version__, **libraries, "unicode": unicodedata.unidata_version}


def plan_hash(record: bytes) -> str:
    """What ties a done record to its plan."""
    return hashlib.sha256(record).hexdigest()


def keep_or_write_plan(out: Path, record: bytes) -> None:
    """Write the plan of a new build; for an old one, check that it is the same.

    Raises:
        OutputFolderError: the folder holds a build of another plan; the message has the field and both values.
        BuildError: the disk refuses.
    """
    stored = read_json(plan_path(out))
    if stored is None:
        write_whole(plan_path(out), record)
        return
    for field, old, new in _differences(stored, orjson.loads(record)):
        raise OutputFolderError(
            f"{out} holds a build with another {field}: it has {old}, this one {new}; go on with the old one, name "
            "another folder, or start anew with --overwrite"
        )


def finished_tasks(layout: Layout, plan: str, workers: int) -> set[int]:
    """The tasks that need not be done again; their shards are read whole, by some threads at once."""

    def is_done(index: int) -> bool:
        report = read_done(layout, plan, index)
        return report is not None and verifies(layout, report)

    with ThreadPoolExecutor(workers) as threads:
        return {index for index, kept in enumerate(threads.map(is_done, range(layout.tasks))) if kept}


def resuming_command(words: Sequence[str]) -> str:
    """The command line that goes on with a build that was begun by this one."""
    return shlex.join([Path(words[0]).name, *(word for word in words[1:] if word != "--overwrite")])


def _differences(old: Mapping[str, object], new: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, ...]]:
    """Fields in which two records differ, in their order, each with both values."""
    for key in dict.fromkeys([*new, *old]):
        mine, other, name = old.get(key), new.get(key), prefix + key.replace("_", " ")
        if mine == other:
            continue
        if isinstance(mine, dict) and isinstance(other, dict):
            yield from _differences(mine, other, "" if key == "config" else f"{prefix}{key}.")
        elif key == "files" and isinstance(mine, list) and isinstance(other, list):
            yield from _file_differences(mine, other)
        elif key == "tasks":
            yield "cut of the inputs", "other tasks", "these tasks"
        else:
            yield name, _shown(mine), _shown(other)


def _file_differences(
    old: Sequence[Mapping[str, object]], new: Sequence[Mapping[str, object]]
) -> Iterator[tuple[str, ...]]:
    for mine, other in zip(old, new, strict=False):
        if mine["source"] != other["source"]:
            yield "list of inputs", _shown(mine["source"]), f"{_shown(other['source'])} in its place"
        yield from _differences(mine, other, f"input {mine['source']}: ")
    yield "number of input files", str(len(old)), str(len(new))


def _shown(value: object) -> str:
    return "none" if value is None else str(value)
