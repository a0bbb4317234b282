"""What a build made, for people and programs."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from .places import ObjectPlace, Place
from .plain_text import counted
from .stats import Stats


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """What a build made."""

    out: Place
    """The output folder."""
    shards: tuple[Place, ...]
    """Shards, in order."""
    stats: Stats
    """Counts over the whole build."""
    seconds: float
    """Wall time of this run."""
    max_reject_rate: float
    """The limit that was set."""
    kept: int = 0
    """Tasks that an earlier run had finished."""
    slice: tuple[int, int] | None = None
    """(i, n): this is slice i of n of a build, and `finish` is left to do; None for a whole build."""

    @property
    def rows(self) -> int:
        """Rows written."""
        return self.stats.rows_out

    @property
    def rejected(self) -> int:
        """Rows that could not be read; they are in OUT/rejects."""
        return self.stats.rejected

    @property
    def reject_rate(self) -> float:
        """Rejected rows by rows read, 0 for an empty corpus."""
        return self.rejected / max(1, self.rows + self.rejected)

    @property
    def too_many_rejects(self) -> bool:
        """Whether the share of rejected rows is above the limit; of slices, `finish` says it of all together."""
        return self.slice is None and self.reject_rate > self.max_reject_rate

    def summary(self) -> str:
        """One line for people."""
        before = "was" if self.kept == 1 else "were"
        kept = f", {counted(self.kept, 'task')} {before} finished before" if self.kept else ""
        return (
            f"{counted(self.rows, 'row')} in {counted(len(self.shards), 'shard')}, "
            f"{counted(self.stats.encoded.total(), 'span')}, "
            f"{counted(self.stats.failed.total(), 'candidate')} that stayed text, "
            f"{counted(self.rejected, 'row')} rejected, {self.seconds:.1f} s{kept}{self._of_what()}: {self.out}"
        )

    def _of_what(self) -> str:
        return "" if self.slice is None else f", slice {self.slice[0]} of {self.slice[1]}"

    def next_steps(self) -> str:
        """What to do with it, some lines for people."""
        if self.slice is not None:
            return f"when all slices are done   fluxem-prep finish {shlex.quote(str(self.out))}"
        look = f"look at it   fluxem-prep report {shlex.quote(str(self.out))}"
        if not self.shards:
            return f"{look}\nload it      there is nothing to load: no row was read"
        split = self.shards[0].name.partition("-")[0]
        if isinstance(self.out, ObjectPlace):
            files = f"{self.out}/data/{split}-*.parquet"
            return f'{look}\nload it      datasets.load_dataset("parquet", data_files="{files}", split="train")'
        load = f'datasets.load_dataset({str(self.out)!r}, split="{split}")'
        given = "" if split == "train" else f', split="{split}"'
        return f"{look}\nload it      {load}\ntrain on it  fluxem.integration.load_shards({str(self.out)!r}{given})"

    def as_event(self) -> dict[str, object]:
        """The fields of the event `done`."""
        return {
            "out": str(self.out),
            "rows": self.rows,
            "rejects": self.rejected,
            "spans": self.stats.encoded.total(),
            "failures": self.stats.failed.total(),
            "shards": len(self.shards),
            **({} if self.slice is None else {"slice": "{}/{}".format(*self.slice)}),
            "too_many_rejects": self.too_many_rejects,
            "seconds": round(self.seconds, 3),
        }

    def reject_complaint(self) -> str:
        """What is wrong with the rejected rows, as a sentence."""
        reason, count = self.stats.rejects.most_common(1)[0]
        return (
            f"{self.rejected:,} of {self.rows + self.rejected:,} rows were rejected ({self.reject_rate:.1%}, "
            f"the limit is {self.max_reject_rate:.1%}), {count:,} of them as {reason}: see {self.out / 'rejects'}"
        )
