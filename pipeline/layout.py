"""Where everything stands in the output folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OURS: Final = ".fluxem"
"""The folder that makes an output folder ours."""
STATS: Final = "stats.json"
"""Counts, for people and programs."""
SPOOL: Final = f"{OURS}/spool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Paths of one build."""

    out: Path
    """The output folder."""
    split: str
    """Name of the split."""
    tasks: int
    """How many tasks there are."""

    def shard(self, index: int) -> Path:
        """OUT/data/train-00007-of-00042.parquet"""
        return self.out / "data" / f"{self.split}-{index:05d}-of-{self.tasks:05d}.parquet"

    def rejects(self, index: int) -> Path:
        """OUT/rejects/00007.jsonl"""
        return self.out / "rejects" / f"{index:05d}.jsonl"

    def done(self, index: int) -> Path:
        """OUT/.fluxem/done/00007.json"""
        return self.out / OURS / "done" / f"{index:05d}.json"

    @property
    def plan(self) -> Path:
        """OUT/.fluxem/plan.json"""
        return plan_path(self.out)

    @property
    def manifest(self) -> Path:
        """OUT/manifest.json"""
        return self.out / "manifest.json"

    @property
    def stats(self) -> Path:
        """OUT/stats.json"""
        return self.out / STATS

    @property
    def card(self) -> Path:
        """OUT/README.md"""
        return self.out / "README.md"

    def of_task(self, index: int) -> tuple[Path, Path, Path]:
        """Everything that a task writes."""
        return self.shard(index), self.rejects(index), self.done(index)

    def all(self) -> Iterator[Path]:
        """Everything that a build writes, streams aside; the plan last, for it says whose the rest is."""
        yield from (self.manifest, self.stats, self.card)
        for index in range(self.tasks):
            yield from self.of_task(index)
        yield self.plan


def plan_path(out: Path) -> Path:
    """OUT/.fluxem/plan.json"""
    return out / OURS / "plan.json"


def lock_path(out: Path) -> Path:
    """OUT/.fluxem/lock, held by a running build."""
    return out / OURS / "lock"
