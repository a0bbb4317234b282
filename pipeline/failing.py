"""The surfaces that most often stayed text, counted over finished shards.

The ids of a row group are read first, and its texts only where something failed as asked. Counts are exact as long as
no more than `KEPT` different surfaces fail; beyond that the rare ones are let go, and `exact` says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from fluxem.vocabulary import DOMAIN_NAMES, REASON_NAMES, DomainType, FailureReason

from .places import Place
from .shard_reader import RowGroup, flat, row_groups

KEPT: Final = 200_000
_LENGTH: Final = 80

Key = tuple[int, int, str]
"""Domain id, reason id, surface."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A surface that stayed text."""

    domain: str
    """What was tried."""
    reason: str
    """Why not."""
    surface: str
    """The text, at most 80 characters of it."""
    count: int
    """How often."""
    ids: tuple[str, ...]
    """Ids of the first documents that have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingSurfaces:
    """What was counted."""

    found: tuple[Failing, ...]
    """Most frequent first."""
    exact: bool
    """Whether all surfaces were counted to the end."""


@dataclass(slots=True, kw_only=True)
class _Counts:
    examples: int
    surfaces: Counter[Key] = field(default_factory=Counter)
    ids: dict[Key, list[str]] = field(default_factory=dict)
    exact: bool = True

    def add(self, key: Key, row_id: str) -> None:
        self.surfaces[key] += 1
        if self.examples:
            known = self.ids.setdefault(key, [])
            if len(known) < self.examples and row_id not in known:
                known.append(row_id)

    def prune(self) -> None:
        if len(self.surfaces) > KEPT:
            self.surfaces = Counter(dict(self.surfaces.most_common(KEPT // 2)))
            self.ids = {key: ids for key, ids in self.ids.items() if key in self.surfaces}
            self.exact = False


def failing_surfaces(
    shards: Iterable[Place],
    *,
    domains: Collection[DomainType] = (),
    reasons: Collection[FailureReason] = (),
    examples: int = 0,
    top: int = 20,
) -> FailingSurfaces:
    """Count them.

    Args:
        shards: the shards.
        domains: only what was tried as one of these; empty stands for all.
        reasons: only what failed for one of these; empty stands for all.
        examples: ids to remember of each surface.
        top: how many surfaces.

    Raises:
        ConfigError: a shard cannot be read.
    """
    counts = _Counts(examples=examples)
    for path in shards:
        for group in row_groups(path):
            for key, row_id in _failures(group, domains, reasons):
                counts.add(key, row_id)
            counts.prune()
    ranked = sorted(counts.surfaces.items(), key=lambda item: (-item[1], item[0]))[:top]
    return FailingSurfaces(
        found=tuple(
            Failing(
                domain=DOMAIN_NAMES[key[0]],
                reason=REASON_NAMES[key[1]],
                surface=key[2],
                count=count,
                ids=tuple(counts.ids.get(key, ())),
            )
            for key, count in ranked
        ),
        exact=counts.exact,
    )


def _failures(
    group: RowGroup, domains: Collection[DomainType], reasons: Collection[FailureReason]
) -> Iterator[tuple[Key, str]]:
    columns = ("failure_domain", "failure_reason")
    table = group.read(columns)
    (domain, rows), (reason, _) = (flat(table[name]) for name in columns)
    wanted = [
        i
        for i, (d, r) in enumerate(zip(domain.tolist(), reason.tolist(), strict=True))
        if (not domains or d in domains) and (not reasons or r in reasons)
    ]
    if not wanted:
        return
    texts = group.read(("id", "text", "failure_start", "failure_end"))
    start, end = flat(texts["failure_start"])[0], flat(texts["failure_end"])[0]
    for i in wanted:
        row = int(rows[i])
        surface = texts["text"][row].as_py()[int(start[i]) : int(end[i])][:_LENGTH]
        yield (int(domain[i]), int(reason[i]), surface), texts["id"][row].as_py()
