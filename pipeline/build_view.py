"""A build as those see it who read it: its counts and its finished shards, also while it is at work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from fluxem.errors import ConfigError

from .done import read_done
from .layout import Layout
from .output_folder import read_json, stored_layout
from .resume import plan_hash
from .stats import Stats


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildView:
    """What can be read of a build now."""

    out: Path
    """The output folder."""
    finished: bool
    """Whether the whole build is done; if not, the counts are those of its finished tasks."""
    tasks: int
    """Tasks of the plan; 0 where a copy of the folder came without its plan."""
    done: int
    """Tasks that are done."""
    shards: tuple[Path, ...]
    """Finished shards, in order."""
    stats: Mapping[str, Any]
    """The content of stats.json, or what it would be by now."""

    @property
    def note(self) -> str:
        """What a reader must know of counts that are not the whole; empty for a finished build."""
        return "" if self.finished else f"not finished: counts of {self.done:,} of {self.tasks:,} tasks"


def view_build(folder: Path) -> BuildView:
    """Look at a build, finished or at work. Reads only.

    Raises:
        ConfigError: the folder holds no build, or a file of it cannot be read; the message says what was expected.
    """
    layout = stored_layout(folder)
    tasks = 0 if layout is None else layout.tasks
    manifest, stats = read_json(folder / "manifest.json"), read_json(folder / "stats.json")
    if manifest is not None and stats is not None:
        shards = tuple(folder / path for path in _paths(folder, manifest))
        return BuildView(out=folder, finished=True, tasks=tasks, done=tasks, shards=shards, stats=stats)
    if layout is None:
        raise ConfigError(
            f"{folder} holds no build: expected a folder that `fluxem-prep build --out {folder}` made or is making"
        )
    return _unfinished(layout)


def _paths(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    try:
        return [str(shard["path"]) for shard in manifest["shards"]]
    except (KeyError, TypeError) as error:
        raise ConfigError(
            f"{folder / 'manifest.json'} lists no shards ({error}): was it made by fluxem-prep?"
        ) from None


def _unfinished(layout: Layout) -> BuildView:
    plan, stats, shards, done = plan_hash(layout.plan.read_bytes()), Stats(), [], 0
    for index in range(layout.tasks):
        report = read_done(layout, plan, index)
        if report is not None:
            done += 1
            stats = stats + report.stats
            if report.shard is not None and layout.shard(index).exists():
                shards.append(layout.shard(index))
    return BuildView(
        out=layout.out,
        finished=False,
        tasks=layout.tasks,
        done=done,
        shards=tuple(shards),
        stats=orjson.loads(orjson.dumps(stats.as_json())),
    )
