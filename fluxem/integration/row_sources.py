"""What holds rows, as flat columns with offsets: dicts, and Arrow. `shard_rows` says what the columns promise.

`ArrowSource` takes the buffers of a table as they are (nothing here imports pyarrow: a table brings its own methods);
`DictSource` joins what each row holds. Neither takes one type for another: a fraction, a text or a null among integers
is an error that names row and column, never a number.

Shape letters: D rows, S spans, 128 the width of a vector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from fluxem.errors import ShardMismatchError, ShardRowError
from fluxem.vocabulary import VECTOR_DIM

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Row = Mapping[str, Any]
ArrowData: TypeAlias = Any
"""A table or array of pyarrow, which is not imported here."""

_SHOWN: Final = 80
_LISTS: Final = ("list<", "large_list<")
"""How the types of Arrow begin that have an offset more than rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """A list of integers a row; row i owns `values[offsets[i]:offsets[i + 1]]`."""

    offsets: Integers
    """One more than there are rows."""
    values: Integers
    """All entries, in order."""


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
        """The strings that occur, and the first value that is none."""
        values = self.values(column)
        others = [value for value in values if not isinstance(value, str)]
        return [*dict.fromkeys(value for value in values if isinstance(value, str)), *others[:1]]

    def lists(self, column: str, expected: str) -> Lists:
        """Joined lists."""
        rows = enumerate(self._present(column, expected))
        parts = [self._integers(row, column, expected, value) for row, value in rows]
        return Lists(offsets=_offsets([len(part) for part in parts]), values=np.concatenate(parts))

    def nested(self, column: str, expected: str) -> tuple[Integers, Lists]:
        """Joined lists of lists."""
        rows = self._present(column, expected)
        for row, value in enumerate(rows):
            if not isinstance(value, Sequence | np.ndarray) or isinstance(value, str | bytes):
                raise self._refused(row, column, expected, value)
        inner = [self._integers(row, column, expected, value) for row, values in enumerate(rows) for value in values]
        values = np.concatenate([np.zeros(0, dtype=np.int64), *inner])
        return _offsets([len(row) for row in rows]), Lists(offsets=_offsets([len(x) for x in inner]), values=values)

    def vectors(self, column: str) -> tuple[Integers, Floats]:
        """Joined vectors."""
        expected = f"vectors of {VECTOR_DIM}"
        parts = [self._vectors(row, column, value) for row, value in enumerate(self._present(column, expected))]
        return _offsets([len(part) for part in parts]), np.concatenate(parts)

    def _integers(self, row: int, column: str, expected: str, value: object) -> Integers:
        """(n,) what must be a list of integers: no fraction, text or truth value is taken for one."""
        try:
            array = np.asarray(value)
        except (ValueError, TypeError):  # lists of unequal length inside
            raise self._refused(row, column, expected, value) from None
        if array.ndim != 1 or (array.size and not is_integers(array)):
            raise self._refused(row, column, expected, value)
        integers: Integers = array.astype(np.int64)
        return integers

    def _vectors(self, row: int, column: str, value: object) -> Floats:
        """(S, 128) float32; no vectors at all have the right width."""
        try:
            array = np.asarray(value)
        except (ValueError, TypeError):
            raise self._refused(row, column, f"vectors of {VECTOR_DIM} of equal width", value) from None
        if array.size == 0 and len(array.shape) > 0 and len(array) == 0:
            return np.zeros((0, VECTOR_DIM), dtype=np.float32)
        if array.dtype.kind not in "fiu":
            raise self._refused(row, column, f"vectors of {VECTOR_DIM} numbers", value)
        if array.ndim != 2 or array.shape[1] != VECTOR_DIM:
            width = array.shape[1] if array.ndim == 2 else f"{array.ndim} levels"
            raise ShardMismatchError(f"vector_dim (row {self.name(row)!r})", VECTOR_DIM, width)
        return as_float32(array)

    def _present(self, column: str, expected: str) -> list[Any]:
        values = self.values(column)
        for row, value in enumerate(values):
            if value is None:
                raise ShardRowError(self.name(row), column, expected, "none")
        return values

    def _refused(self, row: int, column: str, expected: str, value: object) -> ShardRowError:
        return ShardRowError(self.name(row), column, expected, short(value))


class ArrowSource:
    """A `pyarrow.Table` or `RecordBatch`. Each column that is used is validated once: Arrow follows offsets blindly."""

    def __init__(self, table: ArrowData) -> None:
        self._table = table
        self.size = int(table.num_rows)
        self._columns: dict[str, ArrowData] = {}

    def name(self, row: int) -> str:
        """The id of a row."""
        return str(self._column("id")[row]) if "id" in self._table.schema.names else str(row)

    def values(self, column: str) -> list[Any]:
        """One value a row."""
        if column not in self._table.schema.names:
            return [None] * self.size
        return list(self._column(column).to_pylist())

    def distinct(self, column: str) -> list[Any]:
        """The values that occur."""
        if column not in self._table.schema.names:
            return [None]
        try:
            return list(self._column(column).unique().to_pylist())
        except NotImplementedError:  # lists and the like; ArrowNotImplementedError is one
            return self.values(column)[:1]

    def lists(self, column: str, expected: str) -> Lists:
        """The buffers of a list column."""
        return self._lists(self._array(column, expected), column, expected)

    def nested(self, column: str, expected: str) -> tuple[Integers, Lists]:
        """The buffers of a column of lists of lists."""
        array = self._array(column, expected)
        offsets, inner = _arrow_offsets(array), array.flatten()
        if not len(inner):  # of whatever type: there is nothing to misread
            return offsets, Lists(offsets=np.zeros(1, dtype=np.int64), values=np.zeros(0, dtype=np.int64))
        self._expect_lists(inner, column, expected)
        if inner.null_count:
            raise ShardRowError(self.name(_owner(offsets, inner)), column, expected, "none inside")
        return offsets, self._lists(inner, column, expected, offsets)

    def vectors(self, column: str) -> tuple[Integers, Floats]:
        """The buffers of the vector column."""
        array = self._array(column, f"vectors of {VECTOR_DIM}")
        offsets, inner = _arrow_offsets(array), array.flatten()
        if not len(inner):
            return offsets, np.zeros((0, VECTOR_DIM), dtype=np.float32)
        if not str(inner.type).startswith((*_LISTS, "fixed_size_list<")):
            raise ShardRowError(self.name(0), column, f"vectors of {VECTOR_DIM}", f"entries of type {inner.type}")
        if inner.null_count:
            raise ShardRowError(self.name(_owner(offsets, inner)), column, f"vectors of {VECTOR_DIM}", "none inside")
        values = inner.flatten()
        width = len(values) // len(inner)
        if len(values) != VECTOR_DIM * len(inner) or _has_other_widths(inner):
            raise ShardMismatchError("vector_dim", VECTOR_DIM, getattr(inner.type, "list_size", f"about {width}"))
        if values.null_count:
            entry = values.is_null().to_pylist().index(True) // VECTOR_DIM
            raise ShardRowError(self.name(row_of_entry(offsets, entry)), column, "finite coordinates", "none inside")
        numbers = values.to_numpy(zero_copy_only=False)
        if numbers.dtype.kind != "f":
            raise ShardRowError(self.name(0), column, "float32 coordinates", f"coordinates of type {values.type}")
        return offsets, as_float32(numbers).reshape(-1, VECTOR_DIM)

    def _column(self, column: str) -> ArrowData:
        """A column, validated.

        Raises:
            ShardRowError: it points out of its buffers, is no UTF-8, or there are two of that name.
        """
        if column not in self._columns:
            if self._table.schema.names.count(column) > 1:
                raise ShardRowError("any", column, "one column of this name", "two")
            data = self._table.column(column)
            try:
                data.validate(full=True)
            except ValueError as error:  # ArrowInvalid is one
                raise ShardRowError("any", column, "a whole Arrow column", short(str(error))) from None
            self._columns[column] = data
        return self._columns[column]

    def _array(self, column: str, expected: str) -> ArrowData:
        """One contiguous array of lists."""
        if column not in self._table.schema.names:
            raise ShardRowError(self.name(0), column, expected, "none")
        array = self._column(column)
        if hasattr(array, "combine_chunks"):
            array = array.chunk(0) if array.num_chunks == 1 else array.combine_chunks()
        if array.null_count:
            missing = array.is_null().to_pylist().index(True)
            raise ShardRowError(self.name(missing), column, expected, "none")
        self._expect_lists(array, column, expected)
        return array

    def _expect_lists(self, array: ArrowData, column: str, expected: str) -> None:
        if not str(array.type).startswith(_LISTS):
            raise ShardRowError(self.name(0), column, f"{expected}, as lists", f"type {array.type}")

    def _lists(self, array: ArrowData, column: str, expected: str, outer: Integers | None = None) -> Lists:
        """`outer`: where each row's lists begin, if a row has several."""
        offsets, flat = _arrow_offsets(array), array.flatten()
        if flat.null_count:
            entry = row_of_entry(offsets, flat.is_null().to_pylist().index(True))
            raise ShardRowError(
                self.name(entry if outer is None else row_of_entry(outer, entry)), column, expected, "none inside"
            )
        values = flat.to_numpy(zero_copy_only=False)
        if len(values) and not is_integers(values):
            raise ShardRowError(self.name(0), column, f"{expected}, as integers", f"entries of type {flat.type}")
        return Lists(offsets=offsets, values=values.astype(np.int64))


def is_integers(array: npt.NDArray[Any]) -> bool:
    """Whether an array holds integers that int64 holds."""
    return array.dtype.kind == "i" or (array.dtype.kind == "u" and int(array.max(initial=0)) <= np.iinfo(np.int64).max)


def as_float32(array: npt.NDArray[Any]) -> Floats:
    """As float32; a number beyond it becomes infinity, which is refused where all coordinates are looked at."""
    with np.errstate(over="ignore"):
        floats: Floats = array.astype(np.float32, copy=False)
    return floats


def short(value: object) -> str:
    """A value of somebody else's for a message: one line without control characters, and not the whole book."""
    text = value if isinstance(value, str) else repr(value)
    shown = repr(text)[1:-1]
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."


def row_of_entry(offsets: Integers, entry: int) -> int:
    """Which row owns an entry."""
    return int(np.searchsorted(offsets, entry, side="right")) - 1


def _offsets(lengths: Sequence[int]) -> Integers:
    return np.cumsum([0, *lengths])


def _owner(offsets: Integers, inner: ArrowData) -> int:
    """The row of the first entry that is null."""
    return row_of_entry(offsets, inner.is_null().to_pylist().index(True))


def _has_other_widths(inner: ArrowData) -> bool:
    """Whether lists of variable length have other lengths than that of a vector."""
    if not hasattr(inner, "offsets"):
        return False
    return bool((np.diff(_arrow_offsets(inner)) != VECTOR_DIM).any())


def _arrow_offsets(array: ArrowData) -> Integers:
    stored: Integers = array.offsets.to_numpy(zero_copy_only=False).astype(np.int64)
    offsets: Integers = stored - stored[0]
    return offsets
