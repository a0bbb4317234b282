"""Paths in the output folder that others may have had their hands on: a shared folder, an unpacked archive.

Nothing that a plan, a manifest or a record says leads out of the folder, and no link in it is followed for writing: a
link is how somebody who may write into the folder would have this program write elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import IO

from fluxem.errors import OutputFolderError

from .layout import OURS, SPOOL
from .places import Place

_FOLDERS = ("data", "rejects", OURS, f"{OURS}/done", SPOOL)


def inside(out: Place, name: object, folder: str) -> Place:
    """The place of a file that a manifest names, which is directly in a folder of OUT.

    Args:
        out: the output folder.
        name: what stands in the manifest: `data/train-00000-of-00001.parquet`.
        folder: the folder of OUT in which such files are.

    Raises:
        OutputFolderError: it is no such name; an absolute path, or one with `..` or a link, is not followed.
    """
    path = PurePosixPath(name) if isinstance(name, str) and "\0" not in name else None
    if path is None or path.parts[:-1] != (folder,) or path.name in ("", ".", "..") or "\\" in path.name:
        raise OutputFolderError(f"{out}: expected the name of a file in {folder}/, came {str(name)[:200]!r}")
    place = out / folder / path.name
    if isinstance(out, Path) and any(part.is_symlink() for part in (out / folder, out / path)):
        raise OutputFolderError(f"{place} leads elsewhere by a link: not followed")
    return place


def refuse_links(out: Path) -> None:
    """No folder of ours may be a link: what is written into it would stand elsewhere. OUT itself may be one.

    Raises:
        OutputFolderError: one is.
    """
    for name in _FOLDERS:
        if (out / name).is_symlink():
            raise OutputFolderError(
                f"{out / name} is a link, which a build does not follow: name the folder that you mean as the output, "
                "or make OUT itself a link"
            )


def open_new(path: Path) -> IO[bytes]:
    """A new file, open for writing. What stands there goes: a file of a process that is gone, or a link to elsewhere.

    Raises:
        OSError: the disk refuses, or somebody puts something there at this very moment.
    """
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o666)
    return os.fdopen(descriptor, "w+b")


def shard_paths(out: Place, entries: Iterable[object]) -> list[Place]:
    """The shards that a manifest lists.

    Raises:
        OutputFolderError: one has a name that leads elsewhere.
        KeyError, TypeError: it is no list of shards.
    """
    return [inside(out, entry["path"], "data") for entry in entries]  # type: ignore[index]
