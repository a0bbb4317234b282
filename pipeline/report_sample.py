"""Which documents a report shows, and what it shows of them.

The sample is a function of the shards alone: each row has a rank, a hash of its number. The rows of lowest rank are a
uniform sample; of each type and of each kind of failure the rows of lowest rank are taken first, so that rare ones are
there to be looked at. A first pass reads the three columns of ids, a second the chosen rows. Of a large build, row
groups at even distances are read, no more than `MAX_GROUPS`.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fluxem.vocabulary import DOMAIN_NAMES, REASON_NAMES, VECTOR_DIM

from . import places
from .shard_reader import Ids, RowGroup, flat, row_groups

MAX_GROUPS: Final = 128
"""Row groups that are read, at most."""
OF_EACH: Final = 20
"""Documents taken first of each type and of each kind of failure, as long as there is room."""
DENSITY_BINS: Final = 96
"""Points of the curve of spans over the corpus."""
_KIND_COLUMNS: Final = ("span_domain", "failure_domain", "failure_reason")
_ROW_COLUMNS: Final = (
    "id",
    "source",
    "text",
    "span_start",
    "span_end",
    "span_domain",
    "span_vector",
    "failure_start",
    "failure_end",
    "failure_domain",
    "failure_reason",
)

Item = TypeVar("Item")
Place = tuple[int, int]
"""Index of a row group, row in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What the first pass found."""

    groups: tuple[RowGroup, ...]
    """The row groups that were looked at."""
    places: tuple[Place, ...]
    """The documents, in order of the corpus."""
    density: Ids
    """(bins, domains) spans of each type, over the documents looked at in order."""
    bin_rows: Ids
    """(bins,) documents of each bin."""

    @property
    def rows(self) -> int:
        """Documents that were looked at."""
        return sum(group.rows for group in self.groups)

    def read(self) -> Iterator[dict[str, Any]]:
        """The chosen rows, in order, lists as numpy arrays."""
        for index, group in enumerate(self.groups):
            rows = [row for of, row in self.places if of == index]
            if rows:
                table = group.read(_ROW_COLUMNS).take(rows)
                yield from _rows(table)


def take_sample(shards: Sequence[places.Place], documents: int) -> Sample:
    """Choose up to `documents` rows.

    Raises:
        ConfigError: a shard cannot be read.
    """
    groups = _even([group for path in _even(shards, MAX_GROUPS) for group in row_groups(path)], MAX_GROUPS)
    total = sum(group.rows for group in groups)
    bins = max(1, min(DENSITY_BINS, total))
    density, bin_rows = np.zeros((bins, len(DOMAIN_NAMES)), np.int64), np.zeros(bins, np.int64)
    lowest = _Lowest(documents)
    first = 0
    for index, group in enumerate(groups):
        numbers = np.arange(first, first + group.rows)
        kinds, owners, spans = _kinds(group.read(_KIND_COLUMNS))
        lowest.add(index, kinds, owners, _rank(numbers))
        where = numbers * bins // total
        bin_rows += np.bincount(where, minlength=bins)
        cells = where[owners[:spans]] * len(DOMAIN_NAMES) + kinds[:spans]
        density += np.bincount(cells, minlength=density.size).reshape(density.shape)
        first += group.rows
    return Sample(groups=tuple(groups), places=lowest.places(), density=density, bin_rows=bin_rows)


class _Lowest:
    """The rows of lowest rank, of all and of each kind."""

    def __init__(self, documents: int) -> None:
        self._documents = documents
        self._all: list[tuple[int, Place]] = []
        self._kinds: dict[int, list[tuple[int, Place]]] = {}

    def add(self, group: int, kinds: Ids, owners: Ids, ranks: npt.NDArray[np.uint64]) -> None:
        """Offer the rows of a row group."""
        self._all = self._merge(self._all, group, np.arange(len(ranks)), ranks, self._documents)
        for kind in np.unique(kinds).tolist():
            rows = np.unique(owners[kinds == kind])
            self._kinds[kind] = self._merge(self._kinds.get(kind, []), group, rows, ranks, OF_EACH)

    def places(self) -> tuple[Place, ...]:
        """The chosen rows: some of each kind, then any."""
        each = heapq.merge(*(found for found in self._kinds.values()))
        ordered = [place for found in (each, self._all) for _, place in found]
        return tuple(sorted(list(dict.fromkeys(ordered))[: self._documents]))

    @staticmethod
    def _merge(
        kept: list[tuple[int, Place]], group: int, rows: Ids, ranks: npt.NDArray[np.uint64], limit: int
    ) -> list[tuple[int, Place]]:
        chosen = rows[np.argsort(ranks[rows])[:limit]].tolist()
        offered = [(int(ranks[row]), (group, row)) for row in chosen]
        return sorted([*kept, *offered])[:limit]


def _kinds(table: pa.Table) -> tuple[Ids, Ids, int]:
    """What each span and failure is, the row that it is in, and how many of them are spans, which come first."""
    spans, rows = flat(table["span_domain"])
    domains, failed_rows = flat(table["failure_domain"])
    reasons, _ = flat(table["failure_reason"])
    failures = (domains + 1) * len(DOMAIN_NAMES) * len(REASON_NAMES) + reasons
    return np.concatenate([spans, failures]), np.concatenate([rows, failed_rows]), len(spans)


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    lists = {name: table[name].combine_chunks() for name in table.column_names}
    for row in range(table.num_rows):
        values: dict[str, Any] = {name: lists[name][row].as_py() for name in ("id", "source", "text")}
        for name in _ROW_COLUMNS[3:]:
            found = lists[name][row].values
            values[name] = _vectors(found) if name == "span_vector" else found.to_numpy()
        yield values


def _vectors(array: pa.FixedSizeListArray) -> npt.NDArray[np.float32]:
    """(n, 128)"""
    vectors: npt.NDArray[np.float32] = array.flatten().to_numpy().reshape(-1, VECTOR_DIM)
    return vectors


def _rank(numbers: Ids) -> npt.NDArray[np.uint64]:
    """A hash of each number: the finalizer of splitmix64 (Steele et al., OOPSLA 2014)."""
    x = (numbers.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    hashed: npt.NDArray[np.uint64] = x ^ (x >> np.uint64(31))
    return hashed


def _even(items: Sequence[Item], limit: int) -> list[Item]:
    """All of them, or `limit` at even distances."""
    if len(items) <= limit:
        return list(items)
    return [items[i * len(items) // limit] for i in range(limit)]
