"""Whose the files in the output folder are, and what a build may do to them.

A folder with `.fluxem` in it is ours; one with anything else in it and without that is not, and is never touched.
Inside a folder of ours, only names that a plan gives are written, and a file of such a name that no build of ours
wrote is refused, never replaced. What stands beside is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import orjson

from fluxem.errors import OutputFolderError

from .config import is_split
from .done import Found, look
from .layout import OURS, SPOOL, Layout, plan_path
from .places import ObjectPlace, Place, open_parquet, read_folder
from .store import final_name, sha256_of, sweep_temporary_folder, write_whole

CARD_MARK: Final = "Made by fluxem-prep"
PLAN_FORMAT: Final = 2
"""Of plan.json. In format 1, it was not cut into lines."""
_MOST_TASKS: Final = 10_000_000
"""A plan that claims more was made to keep `status` busy."""


def check_output(out: Place) -> None:
    """Nothing of somebody else may stand where a build is to go. Reads only.

    Raises:
        OutputFolderError: OUT is a file, or holds something; the message says what, and what to do.
        StoreError: the store cannot be asked now.
    """
    first = _first_object(out) if isinstance(out, ObjectPlace) else _first_file(out)
    if first is not None:
        raise OutputFolderError(f"{out} holds something else ({first}): name a folder that is new or empty")


def holds_build(out: Place) -> bool:
    """Whether a build stands there, or has begun to."""
    return OURS in out.names() if isinstance(out, ObjectPlace) else (out / OURS).is_dir()


def _first_object(out: ObjectPlace) -> str | None:
    """The first thing in a store that stands where a build is to go; None if there is nothing, or a build."""
    if out.exists():
        raise OutputFolderError(f"the output {out} is a file: name a prefix that is new or empty")
    names = out.names()
    return None if OURS in names else min(names, default=None)


def _first_file(out: Path) -> str | None:
    """The same in a folder."""
    if not out.exists():
        nearest = next(parent for parent in out.absolute().parents if parent.exists())
        if not nearest.is_dir():
            raise OutputFolderError(f"cannot make the output folder {out}: {nearest} is a file")
        return None
    if not out.is_dir():
        raise OutputFolderError(f"the output folder {out} is a file: name a folder that is new or empty")
    if (out / OURS).is_dir():
        return None
    try:
        return min((entry.name for entry in out.iterdir()), default=None)
    except OSError as error:
        raise OutputFolderError(f"cannot look into the output folder {out}: {error.strerror}") from None


def read_json(path: Place) -> dict[str, Any] | None:
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


DAMAGED: Final = "this build cannot be gone on with: name another folder, or delete this one"


def read_plan_head(out: Place) -> dict[str, Any] | None:
    """What the plan in a folder says of the whole, its files and tasks aside; None if there is no plan yet.

    Raises:
        OutputFolderError: it cannot be read, or another version wrote it.
    """
    try:
        with plan_path(out).open("rb") as file:
            return plan_head(file.readline())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OutputFolderError(f"cannot read {plan_path(out)}: {error}: {DAMAGED}") from None


def plan_head(line: bytes) -> dict[str, Any]:
    """The first line of a plan; `resume.plan_lines` writes it.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    head = orjson.loads(line.rstrip(b",\n") + b"}")
    counts = head["counts"]
    if not all(isinstance(counts[name], int) and counts[name] >= 0 for name in ("files", "bytes", "tasks")):
        raise ValueError(f"expected numbers of files, bytes and tasks, came {counts}")
    if counts["tasks"] > _MOST_TASKS:
        raise ValueError(f"expected at most {_MOST_TASKS:,} tasks, came {counts['tasks']}")
    if not is_split(head["config"]["split"]):  # it becomes part of paths
        raise ValueError(f"expected the name of a split, came {head['config']['split']!r}")
    return dict(head)


def stored_layout(out: Place) -> Layout | None:
    """The layout of the build that stands in a folder, finished or not; None if it has no plan yet.

    Raises:
        OutputFolderError: its plan cannot be read.
    """
    head = read_plan_head(out)
    return None if head is None else Layout(out=out, split=head["config"]["split"], tasks=head["counts"]["tasks"])


def refuse_strangers(layout: Layout, paths: Iterable[Place], found: Found) -> None:
    """Check that what stands at these paths is ours, before it is replaced or deleted.

    Args:
        layout: where everything stands.
        paths: what is to be written; what `look` does not look at is looked at here.
        found: what `look` found.

    Raises:
        OutputFolderError: some file is not; the message names it.
    """
    looked = {place.parent for place in layout.of_task(0)}
    for path in paths:
        stands = str(path) in found if path.parent in looked else path.exists()
        if stands and not is_ours(layout, path):
            raise OutputFolderError(
                f"{path} stands where a file of this build goes, and was not written by it: move it away, then run the "
                "same command again; one of ours that is damaged looks the same"
            )


def summary_to_write(layout: Layout) -> list[Place]:
    """The small files of a build that is not finished; in one that is, somebody may go on writing the card."""
    is_finished = layout.manifest.exists() and is_ours(layout, layout.manifest)
    return [] if is_finished else [layout.manifest, layout.stats, layout.card]


_REPORT_MARK: Final = b'<meta name="generator" content="fluxem-prep">'


def clear(out: Place) -> None:
    """Delete the build that stands in the folder, and nothing else.

    Raises:
        OutputFolderError: a file of one of its names is not ours; nothing is deleted.
    """
    layout = stored_layout(out)
    if layout is not None:
        found = look(layout)
        refuse_strangers(layout, layout.all(), found)
        sweep(layout)
        remove(layout, layout.all(), found)
    for name in read_folder(out / SPOOL):
        (out / SPOOL / name).unlink(missing_ok=True)
    page = out / "report.html"  # it would show what was there before
    with suppress(FileNotFoundError):
        if _REPORT_MARK in page.read_bytes():
            page.unlink()


def remove(layout: Layout, paths: Iterable[Place], found: Found) -> None:
    """Delete those of the paths that stand."""
    looked = {place.parent for place in layout.of_task(0)}
    for path in paths:
        if str(path) in found or path.parent not in looked:
            path.unlink(missing_ok=True)


def sweep(layout: Layout, tasks: Iterable[int] | None = None) -> None:
    """Delete what processes of ours that are gone did not finish.

    Args:
        layout: where everything stands.
        tasks: those of a slice, beside which others are at work; None stands for the whole build.
    """
    if not isinstance(layout.out, Path):
        sweep_temporary_folder()
        return
    places = layout.all() if tasks is None else (place for task in tasks for place in layout.of_task(task))
    names = {place.name for place in places}
    for folder in ("", "data", "rejects", OURS, f"{OURS}/done", SPOOL):
        for path in (layout.out / folder).glob(".*.tmp"):
            if final_name(path.name) in names or (folder == SPOOL and tasks is None):
                path.unlink(missing_ok=True)


def write_json(path: Place, value: object) -> None:
    """Write a value as indented JSON with keys in the order given, whole or not at all."""
    write_whole(path, orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def is_ours(layout: Layout, path: Place) -> bool:
    """Whether a file of a name that the layout gives was written by a build, as far as can be told."""
    if path.parent.name == OURS or path.parent.parent.name == OURS:
        return True
    if path.parent.name == "data":
        index = int(path.stem.rpartition("-of-")[0].rpartition("-")[2])
        return layout.done(index).exists() or _is_shard(path)
    if path.parent.name == "rejects":
        return layout.done(int(path.stem)).exists() or _is_rejects(path)
    return _is_summary(layout, path)


def _is_shard(path: Place) -> bool:
    """Whether a Parquet file bears our mark; one of ours that has its name is whole."""
    import pyarrow as pa

    try:
        with open_parquet(path) as file:
            return b"fluxem.schema_version" in (file.schema_arrow.metadata or {})
    except (OSError, pa.ArrowException):
        return False


def _is_rejects(path: Place) -> bool:
    with suppress(OSError, orjson.JSONDecodeError), path.open("rb") as file:
        first = orjson.loads(file.readline())
        return isinstance(first, dict) and {"source", "reason", "detail"} <= first.keys()
    return False


def _is_summary(layout: Layout, path: Place) -> bool:
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
