"""A build as those see it who read it: its counts and its finished shards, also while it is at work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from fluxem.errors import ConfigError

from .done import look, read_reports
from .layout import Layout
from .output_folder import read_json, stored_layout
from .places import Place
from .record_shape import STATS, expect_shape
from .safe_paths import shard_paths
from .stats import Stats
from .store import sha256_of


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildView:
    """What can be read of a build now."""

    out: Place
    """The output folder."""
    finished: bool
    """Whether the whole build is done; if not, the counts are those of its finished tasks."""
    tasks: int
    """Tasks of the plan; 0 where a copy of the folder came without its plan."""
    done: int
    """Tasks that are done."""
    shards: tuple[Place, ...]
    """Finished shards, in order."""
    stats: Mapping[str, Any]
    """The content of stats.json, or what it would be by now."""

    @property
    def note(self) -> str:
        """What a reader must know of counts that are not the whole; empty for a finished build."""
        return "" if self.finished else f"not finished: counts of {self.done:,} of {self.tasks:,} tasks"


def view_build(folder: Place) -> BuildView:
    """Look at a build, finished or at work. Reads only.

    Raises:
        ConfigError: the folder holds no build, or a file of it cannot be read; the message says what was expected.
    """
    layout = stored_layout(folder)
    tasks = 0 if layout is None else layout.tasks
    manifest, stats = read_json(folder / "manifest.json"), read_json(folder / "stats.json")
    if manifest is not None and stats is not None:
        expect_shape(stats, STATS, folder / "stats.json")
        shards = tuple(_paths(folder, manifest))
        return BuildView(out=folder, finished=True, tasks=tasks, done=tasks, shards=shards, stats=stats)
    if layout is None:
        raise ConfigError(
            f"{folder} holds no build: expected a folder that `fluxem-prep build --out {folder}` made or is making"
        )
    return _unfinished(layout)


def _paths(folder: Place, manifest: Mapping[str, Any]) -> list[Place]:
    try:
        return shard_paths(folder, manifest["shards"])
    except (KeyError, TypeError) as error:
        raise ConfigError(
            f"{folder / 'manifest.json'} lists no shards ({error}): was it made by fluxem-prep?"
        ) from None


def _unfinished(layout: Layout) -> BuildView:
    plan, found, stats, shards, done = sha256_of(layout.plan) or "", look(layout), Stats(), [], 0
    begun = [index for index in range(layout.tasks) if str(layout.done(index)) in found]
    for report in read_reports(layout, plan, begun):
        if report is not None:
            done += 1
            stats = stats + report.stats
            if report.shard is not None and str(layout.shard(report.index)) in found:
                shards.append(layout.shard(report.index))
    return BuildView(
        out=layout.out,
        finished=False,
        tasks=layout.tasks,
        done=done,
        shards=tuple(shards),
        stats=orjson.loads(orjson.dumps(stats.as_json())),
    )
