"""Whose the files in the output folder are, and what a build may do to them.

A folder with `.fluxem` in it is ours; one with anything else in it and without that is not, and is never touched.
Inside a folder of ours, only names that a plan gives are written, and a file of such a name that no build of ours
wrote is refused, never replaced. What stands beside is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import orjson

from fluxem.errors import OutputFolderError

from .done import sha256_of
from .layout import OURS, SPOOL, Layout, lock_path, plan_path
from .writer import final_name, write_whole

CARD_MARK: Final = "Made by fluxem-prep"


def check_output(out: Path) -> None:
    """Nothing of somebody else may stand where a build is to go. Reads only.

    Raises:
        OutputFolderError: OUT is a file, or holds something; the message says what, and what to do.
    """
    if not out.exists():
        nearest = next(parent for parent in out.absolute().parents if parent.exists())
        if not nearest.is_dir():
            raise OutputFolderError(f"cannot make the output folder {out}: {nearest} is a file")
        return
    if not out.is_dir():
        raise OutputFolderError(f"the output folder {out} is a file: name a folder that is new or empty")
    if (out / OURS).is_dir():
        return
    try:
        first = min((entry.name for entry in out.iterdir()), default=None)
    except OSError as error:
        raise OutputFolderError(f"cannot look into the output folder {out}: {error.strerror}") from None
    if first is not None:
        raise OutputFolderError(f"{out} holds something else ({first}): name a folder that is new or empty")


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Hold the output folder, which is made if need be; a second build in it would be refused.

    Raises:
        OutputFolderError: another build is at work in it, or the disk refuses.
    """
    import fcntl  # late: this file is also read by commands that work where there is none

    try:
        for name in ("data", f"{OURS}/done"):
            (out / name).mkdir(parents=True, exist_ok=True)
        lock = lock_path(out).open("ab")
    except OSError as error:
        raise OutputFolderError(f"cannot make the output folder {out}: {error.strerror}") from None
    with lock:
        try:  # the system lets go of it when the process ends, however it does
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputFolderError(f"another build is at work in {out}: wait for it, or end it") from None
        yield


def is_locked(out: Path) -> bool:
    """Whether a build is at work in the folder now."""
    import fcntl

    try:
        with lock_path(out).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object; None if there is no such file.

    Raises:
        OutputFolderError: it cannot be read, or is none.
    """
    try:
        value = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, orjson.JSONDecodeError) as error:
        raise OutputFolderError(f"cannot read {path}: {error}") from None
    if not isinstance(value, dict):
        raise OutputFolderError(f"cannot read {path}: expected a JSON object")
    return value


def stored_layout(out: Path) -> Layout | None:
    """The layout of the build that stands in a folder, finished or not; None if it has no plan yet.

    Raises:
        OutputFolderError: its plan cannot be read.
    """
    plan = read_json(plan_path(out))
    if plan is None:
        return None
    try:
        return Layout(out=out, split=str(plan["config"]["split"]), tasks=len(plan["tasks"]))
    except (KeyError, TypeError) as error:
        raise OutputFolderError(f"cannot read {plan_path(out)}: it lacks {error}") from None


def refuse_strangers(layout: Layout, paths: Iterable[Path]) -> None:
    """Check that what stands at these paths is ours, before it is replaced or deleted.

    Raises:
        OutputFolderError: some file is not; the message names it.
    """
    for path in paths:
        if path.exists() and not is_ours(layout, path):
            raise OutputFolderError(
                f"{path} stands where a file of this build goes, and was not written by it: move it away, then run the "
                "same command again"
            )


def clear(out: Path) -> None:
    """Delete the build that stands in the folder, and nothing else.

    Raises:
        OutputFolderError: a file of one of its names is not ours; nothing is deleted.
    """
    layout = stored_layout(out)
    spool = [path for path in (out / SPOOL).glob("*") if path.is_file()]
    if layout is not None:
        refuse_strangers(layout, layout.all())
        sweep(layout)
        for path in layout.all():
            path.unlink(missing_ok=True)
    for path in spool:
        path.unlink()


def sweep(layout: Layout) -> None:
    """Delete what processes of ours that are gone did not finish."""
    names = {path.name for path in layout.all()}
    for folder in ("", "data", "rejects", OURS, f"{OURS}/done", SPOOL):
        for path in (layout.out / folder).glob(".*.tmp"):
            if final_name(path.name) in names or folder == SPOOL:
                path.unlink(missing_ok=True)


def write_json(path: Path, value: object) -> None:
    """Write a value as indented JSON with keys in the order given, whole or not at all."""
    write_whole(path, orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def is_ours(layout: Layout, path: Path) -> bool:
    """Whether a file of a name that the layout gives was written by a build, as far as can be told."""
    if path.parent.name == OURS or path.parent.parent.name == OURS:
        return True
    if path.parent.name == "data":
        index = int(path.stem.removesuffix(f"-of-{layout.tasks:05d}").rpartition("-")[2])
        return layout.done(index).exists() or _is_shard(path)
    if path.parent.name == "rejects":
        return layout.done(int(path.stem)).exists() or _is_rejects(path)
    return _is_summary(layout, path)


def _is_shard(path: Path) -> bool:
    """Whether a Parquet file bears our mark; one of ours that has its name is whole."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return b"fluxem.schema_version" in (pq.read_schema(path).metadata or {})
    except (OSError, pa.ArrowException):
        return False


def _is_rejects(path: Path) -> bool:
    with suppress(OSError, orjson.JSONDecodeError), path.open("rb") as file:
        first = orjson.loads(file.readline())
        return isinstance(first, dict) and {"source", "reason", "detail"} <= first.keys()
    return False


def _is_summary(layout: Layout, path: Path) -> bool:
    """Whether stats, card or manifest are as a build wrote them; a card that somebody went on writing is his."""
    with suppress(OutputFolderError):
        manifest = read_json(layout.manifest) or {}
        written = manifest.get("files", {}) if manifest.get("format") == "fluxem-prep" else {}
        if path == layout.manifest:
            return manifest.get("format") == "fluxem-prep"
        if path.name in written:
            return bool(written[path.name] == sha256_of(path))
        if path == layout.card:
            return CARD_MARK in path.read_text(encoding="utf-8", errors="replace")
        return "candidates" in (read_json(path) or {})
    return False
