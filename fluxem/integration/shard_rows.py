"""Rows of shards as flat columns with offsets, from whatever holds them: dicts, Arrow, a `datasets` batch.

Two sources give the same columns. `ArrowSource` takes the buffers of a table as they are (nothing here imports
pyarrow: a table brings its own methods); `DictSource` joins what each row holds. What a row promises is checked in
`read_rows`, once for both.

Shape letters: D rows, S spans, T entries of `input_ids`, U tokens of `span_input_ids`, 128 the width of a vector.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from fluxem.errors import ConfigError, ShardMismatchError, ShardRowError
from fluxem.vocabulary import VECTOR_DIM, VECTOR_PLACEHOLDER_ID, DomainType

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Row = Mapping[str, Any]
ArrowData: TypeAlias = Any
"""A table or array of pyarrow, which is not imported here."""
AnyRows: TypeAlias = Any
"""What `open_rows` takes."""

TOKENS: Final = "input_ids"
SPAN_TOKENS: Final = "span_input_ids"
NO_TOKENS: Final = "token ids: build the shards with --tokenizer, or give the collator a tokenizer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """A list of integers a row; row i owns `values[offsets[i]:offsets[i + 1]]`."""

    offsets: Integers
    """One more than there are rows."""
    values: Integers
    """All entries, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """The spans of D rows, in order."""

    offsets: Integers
    """(D + 1,)"""
    domain: Integers
    """(S,)"""
    vector: Floats
    """(S, 128)"""


class Source(Protocol):
    """Columns of D rows."""

    size: int
    """D."""

    def name(self, row: int) -> str:
        """The id of a row, for messages."""

    def values(self, column: str) -> list[Any]:
        """(D,) one plain value a row; None where it has none."""

    def distinct(self, column: str) -> list[Any]:
        """The values that occur in a column of strings."""

    def lists(self, column: str, expected: str) -> Lists:
        """A column of lists of integers. A row without one is a `ShardRowError` that says `expected`."""

    def nested(self, column: str, expected: str) -> tuple[Integers, Lists]:
        """A column of lists of lists: offsets (D + 1,) of the inner lists, and these."""

    def vectors(self, column: str) -> tuple[Integers, Floats]:
        """A column of lists of vectors: offsets (D + 1,) and vectors (S, 128)."""


class DictSource:
    """Rows as mappings from column to value."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self.size = len(rows)

    def name(self, row: int) -> str:
        """The id of a row."""
        return str(self._rows[row].get("id"))

    def values(self, column: str) -> list[Any]:
        """One value a row."""
        return [row.get(column) for row in self._rows]

    def distinct(self, column: str) -> list[Any]:
        """The values that occur."""
        return list(dict.fromkeys(self.values(column)))

    def lists(self, column: str, expected: str) -> Lists:
        """Joined lists."""
        parts = [np.asarray(value, dtype=np.int64) for value in self._present(column, expected)]
        return Lists(offsets=_offsets([len(part) for part in parts]), values=np.concatenate(parts))

    def nested(self, column: str, expected: str) -> tuple[Integers, Lists]:
        """Joined lists of lists."""
        rows = self._present(column, expected)
        inner = [np.asarray(value, dtype=np.int64) for row in rows for value in row]
        values = np.concatenate([np.zeros(0, dtype=np.int64), *inner])
        return _offsets([len(row) for row in rows]), Lists(offsets=_offsets([len(x) for x in inner]), values=values)

    def vectors(self, column: str) -> tuple[Integers, Floats]:
        """Joined vectors."""
        parts = [_as_vectors(value) for value in self._present(column, f"vectors of {VECTOR_DIM}")]
        for row, part in enumerate(parts):
            if part.shape[1] != VECTOR_DIM:
                raise ShardMismatchError(f"vector_dim (row {self.name(row)!r})", VECTOR_DIM, part.shape[1])
        return _offsets([len(part) for part in parts]), np.concatenate(parts)

    def _present(self, column: str, expected: str) -> list[Any]:
        values = self.values(column)
        for row, value in enumerate(values):
            if value is None:
                raise ShardRowError(self.name(row), column, expected, "none")
        return values


class ArrowSource:
    """A `pyarrow.Table` or `RecordBatch`."""

    def __init__(self, table: ArrowData) -> None:
        self._table = table
        self.size = int(table.num_rows)

    def name(self, row: int) -> str:
        """The id of a row."""
        return str(self._table.column("id")[row]) if "id" in self._table.schema.names else str(row)

    def values(self, column: str) -> list[Any]:
        """One value a row."""
        if column not in self._table.schema.names:
            return [None] * self.size
        return list(self._table.column(column).to_pylist())

    def distinct(self, column: str) -> list[Any]:
        """The values that occur."""
        if column not in self._table.schema.names:
            return [None]
        return list(self._table.column(column).unique().to_pylist())

    def lists(self, column: str, expected: str) -> Lists:
        """The buffers of a list column."""
        return _arrow_lists(self._array(column, expected))

    def nested(self, column: str, expected: str) -> tuple[Integers, Lists]:
        """The buffers of a column of lists of lists."""
        array = self._array(column, expected)
        return _arrow_offsets(array), _arrow_lists(array.flatten())

    def vectors(self, column: str) -> tuple[Integers, Floats]:
        """The buffers of the vector column."""
        array = self._array(column, f"vectors of {VECTOR_DIM}")
        inner = array.flatten()
        values = inner.flatten().to_numpy(zero_copy_only=False).astype(np.float32, copy=False)
        if len(values) != VECTOR_DIM * len(inner):
            found = getattr(inner.type, "list_size", "vectors of unequal width")
            raise ShardMismatchError("vector_dim", VECTOR_DIM, found)
        return _arrow_offsets(array), values.reshape(-1, VECTOR_DIM)

    def _array(self, column: str, expected: str) -> ArrowData:
        """One contiguous array."""
        if column not in self._table.schema.names:
            raise ShardRowError(self.name(0), column, expected, "none")
        array = self._table.column(column)
        if hasattr(array, "combine_chunks"):
            array = array.chunk(0) if array.num_chunks == 1 else array.combine_chunks()
        if array.null_count:
            missing = array.is_null().to_pylist().index(True)
            raise ShardRowError(self.name(missing), column, expected, "none")
        return array


def open_rows(rows: AnyRows) -> Source:
    """The source that fits what was given.

    Args:
        rows: a sequence of mappings, a mapping of columns (`dataset[0:4]`), a `pyarrow` Table or RecordBatch, or a
            `datasets.Dataset`.

    Raises:
        ConfigError: it is none of these, or there are no rows.
    """
    source: Source
    if hasattr(rows, "with_format") and hasattr(rows, "__getitem__"):
        rows = rows.with_format("arrow")[:]
    if hasattr(rows, "schema") and hasattr(rows, "num_rows"):
        source = ArrowSource(rows)
    elif isinstance(rows, Mapping):
        columns = list(rows)
        source = DictSource([dict(zip(columns, row, strict=True)) for row in zip(*rows.values(), strict=True)])
    elif isinstance(rows, Sequence) and all(isinstance(row, Mapping) for row in rows):
        source = DictSource(rows)
    else:
        raise ConfigError(f"expected rows as dicts, an Arrow table or a datasets batch, got {type(rows).__name__}")
    if source.size == 0:
        raise ConfigError("expected at least one row to collate, got none")
    return source


def check_encoder(source: Source, expected: Callable[[], str]) -> None:
    """Refuse rows of other encoders, another vocabulary or schema; the message names both sides."""
    for found in source.distinct("encoder"):
        if found != expected():
            raise ShardMismatchError("encoder", expected(), found)


def read_spans(source: Source) -> Spans:
    """Domains and vectors, checked against each other."""
    domain = source.lists("span_domain", "domain ids")
    offsets, vector = source.vectors("span_vector")
    if (offsets != domain.offsets).any():
        row = int(np.flatnonzero(np.diff(offsets) != np.diff(domain.offsets))[0])
        _wrong_count(source, row, np.diff(domain.offsets)[row], np.diff(offsets)[row])
    # One pass: finite float32 numbers cannot overflow a float64 sum, and NaN and infinity do not leave one.
    if not np.isfinite(vector.sum(dtype=np.float64)):
        row = _row_of(offsets, np.flatnonzero(~np.isfinite(vector).all(axis=1))[0])
        raise ShardRowError(source.name(row), "span_vector", "finite coordinates", "NaN or infinity")
    wrong = np.flatnonzero((domain.values < 1) | (domain.values > max(DomainType)))
    if len(wrong):
        row, found = _row_of(domain.offsets, wrong[0]), domain.values[wrong[0]]
        raise ShardRowError(source.name(row), "span_domain", f"domain ids 1 to {max(DomainType)}", str(found))
    return Spans(offsets=offsets, domain=domain.values, vector=vector)


def read_tokens(source: Source) -> Lists:
    """`input_ids`: token ids, and -1 where vectors stand."""
    tokens = source.lists(TOKENS, NO_TOKENS)
    below = np.flatnonzero(tokens.values < VECTOR_PLACEHOLDER_ID)
    if len(below):
        name, found = source.name(_row_of(tokens.offsets, below[0])), str(tokens.values[below[0]])
        raise ShardRowError(name, TOKENS, "token ids from 0 up, or -1", found)
    return tokens


def expect_places(source: Source, tokens: Lists, column: str, counts: Integers) -> None:
    """Refuse a row in which `column` has not one entry for each -1 of `tokens`; `counts` (D,) is what it has."""
    places = np.diff(np.cumsum(np.append(0, tokens.values == VECTOR_PLACEHOLDER_ID))[tokens.offsets])
    wrong = np.flatnonzero(places != counts)
    if len(wrong):
        row = int(wrong[0])
        expected = f"{places[row]} entries, one for each vector position of {TOKENS}"
        raise ShardRowError(source.name(row), column, expected, f"{counts[row]} entries")


def _wrong_count(source: Source, row: int, domains: int, vectors: int) -> None:
    found = f"{vectors} vectors of {domains} domains"
    raise ShardRowError(source.name(row), "span_vector", "one vector for each entry of span_domain", found)


def _row_of(offsets: Integers, entry: int) -> int:
    """Which row owns an entry."""
    return int(np.searchsorted(offsets, entry, side="right")) - 1


def _offsets(lengths: Sequence[int]) -> Integers:
    return np.cumsum([0, *lengths])


def _as_vectors(value: npt.ArrayLike) -> Floats:
    """(S, width) float32; no vectors at all have the right width."""
    array: Floats = np.asarray(value, dtype=np.float32)
    return array.reshape(0, VECTOR_DIM) if array.size == 0 else array.reshape(len(array), -1)


def _arrow_offsets(array: ArrowData) -> Integers:
    stored: Integers = array.offsets.to_numpy(zero_copy_only=False).astype(np.int64)
    offsets: Integers = stored - stored[0]
    return offsets


def _arrow_lists(array: ArrowData) -> Lists:
    values = array.flatten().to_numpy(zero_copy_only=False).astype(np.int64)
    return Lists(offsets=_arrow_offsets(array), values=values)
