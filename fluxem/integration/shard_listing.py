"""Which files are the shards at a path: a build's own, a folder's, or one.

A build's folder is taken at its word: its shards are those of its manifest, each of the size that is written there. One
more, one less, or one cut off is refused, as `fluxem-prep verify` would find it, rather than trained on. The manifest's
sha256 of each comes with it: whoever opens the shard compares it then, so that no start waits for all of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fluxem.errors import ConfigError

_MANIFEST: Final = "manifest.json"
_UNFINISHED: Final = ".fluxem/plan.json"


def find_shards(path: Path, split: str) -> dict[Path, str | None]:
    """The shards of a split at `path`, in order, each with its sha256 in the manifest, None where none vouches for it.

    Raises:
        ConfigError: there are none, or they are not those of a finished build's manifest.
    """
    if path.is_file():
        return {path: None}
    folder = path / "data" if (path / "data").is_dir() else path
    found = sorted(folder.glob(f"{split}-*.parquet"))
    if not found and folder == path:
        found = sorted(folder.glob("*.parquet"))
    listed = _check_build(path, split, found) if folder != path else {}
    if not found:
        raise ConfigError(
            f"expected Parquet shards of split {split!r} in {path}, found none: give the folder that fluxem-prep build "
            "wrote, or one of its shards"
        )
    return {shard: listed.get(shard) for shard in found}


def _check_build(out: Path, split: str, found: Sequence[Path]) -> dict[Path, str]:
    """The sha256 of each shard by the manifest, where there is one.

    Raises:
        ConfigError: the build is not finished, or its shards are not those of its manifest: more, fewer, or cut off.
    """
    if not (out / _MANIFEST).is_file():
        if (out / _UNFINISHED).exists():
            raise ConfigError(f"expected a finished build in {out}, found no {_MANIFEST}: run the same build again")
        return {}
    manifest = json.loads((out / _MANIFEST).read_text(encoding="utf-8"))
    if manifest["config"]["split"] != split:
        return {}
    listed = {out / shard["path"]: shard["bytes"] for shard in manifest["shards"]}
    sizes = {path: path.stat().st_size for path in found}
    for path in sorted(listed.keys() | sizes.keys()):
        if listed.get(path) != sizes.get(path):
            raise ConfigError(
                f"expected the shards of {out / _MANIFEST}, found {path.name} with {_bytes(sizes.get(path))}, "
                f"listed with {_bytes(listed.get(path))}: see `fluxem-prep verify`, or give {out / 'data'} to "
                "take what is there"
            )
    return {out / shard["path"]: shard["sha256"] for shard in manifest["shards"]}


def _bytes(size: int | None) -> str:
    return "no file" if size is None else f"{size} bytes"
