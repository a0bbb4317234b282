"""Where everything stands in the output folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .places import ObjectPlace, Place

OURS: Final = ".fluxem"
"""The folder that makes an output folder ours."""
STATS: Final = "stats.json"
"""Counts, for people and programs."""
SPOOL: Final = f"{OURS}/spool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Paths of one build."""

    out: Place
    """The output folder."""
    split: str
    """Name of the split."""
    tasks: int
    """How many tasks there are."""

    @property
    def width(self) -> int:
        """Digits of a number: more than five where it takes more, so that names sort as numbers do."""
        return max(5, len(str(self.tasks)))

    def shard(self, index: int) -> Place:
        """OUT/data/train-00007-of-00042.parquet"""
        return self.out / "data" / f"{self.split}-{index:0{self.width}d}-of-{self.tasks:0{self.width}d}.parquet"

    def rejects(self, index: int) -> Place:
        """OUT/rejects/00007.jsonl"""
        return self.out / "rejects" / f"{index:0{self.width}d}.jsonl"

    def done(self, index: int) -> Place:
        """OUT/.fluxem/done/00007.json"""
        return self.out / OURS / "done" / f"{index:0{self.width}d}.json"

    @property
    def plan(self) -> Place:
        """OUT/.fluxem/plan.json"""
        return plan_path(self.out)

    @property
    def manifest(self) -> Place:
        """OUT/manifest.json"""
        return self.out / "manifest.json"

    @property
    def stats(self) -> Place:
        """OUT/stats.json"""
        return self.out / STATS

    @property
    def card(self) -> Place:
        """OUT/README.md"""
        return self.out / "README.md"

    def of_task(self, index: int) -> tuple[Place, Place, Place]:
        """Everything that a task writes."""
        return self.shard(index), self.rejects(index), self.done(index)

    def all(self) -> Iterator[Place]:
        """Everything that a build writes, streams aside; the plan last, for it says whose the rest is."""
        yield from (self.manifest, self.stats, self.card)
        for index in range(self.tasks):
            yield from self.of_task(index)
        yield begun_path(self.out)
        yield self.plan


def plan_path(out: Place) -> Place:
    """OUT/.fluxem/plan.json"""
    return out / OURS / "plan.json"


def lock_path(out: Path) -> Path:
    """OUT/.fluxem/lock, held by a running build in a folder."""
    return out / OURS / "lock"


def locks_path(out: ObjectPlace) -> ObjectPlace:
    """OUT/.fluxem/locks, what running builds in an object store put."""
    return out / OURS / "locks"


def begun_path(out: Place) -> Place:
    """OUT/.fluxem/begun.json, what the first slice of a build knew of it."""
    return out / OURS / "begun.json"
