"""The output folder around the shards: what may be in it before, and the small files written at the end."""

from __future__ import annotations

from pathlib import Path

import orjson

from fluxem.errors import OutputFolderError

from .writer import write_whole

PLAN: str = ".fluxem/plan.json"
MANIFEST: str = "manifest.json"
STATS: str = "stats.json"
CARD: str = "README.md"


def check_output(out: Path) -> None:
    """Nothing may stand where a build is to go. Reads only.

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
    try:
        first = min((entry.name for entry in out.iterdir()), default=None)
    except OSError as error:
        raise OutputFolderError(f"cannot look into the output folder {out}: {error.strerror}") from None
    if (out / MANIFEST).is_file() and (out / PLAN).is_file():
        raise OutputFolderError(f"{out} holds a finished build: name another folder, or delete this one first")
    if (out / PLAN).is_file():
        raise OutputFolderError(f"{out} holds an unfinished build: name another folder, or delete this one first")
    if first is not None:
        raise OutputFolderError(f"{out} holds something else ({first}): name a folder that is new or empty")


def make_output(out: Path) -> None:
    """Create the folders that every build has.

    Raises:
        OutputFolderError: the disk refuses.
    """
    try:
        (out / "data").mkdir(parents=True, exist_ok=True)
        (out / PLAN).parent.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputFolderError(f"cannot make the output folder {out}: {error.strerror}") from None


def write_json(path: Path, value: object) -> None:
    """Write a value as indented JSON with keys in the order given, whole or not at all."""
    write_whole(path, orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
