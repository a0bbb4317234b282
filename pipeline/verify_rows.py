"""Rows of a shard against what they promise: structure, and what their text gives when it is encoded anew.

Shape letters: D rows, S spans.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fluxem.vocabulary import DOMAIN_NAMES, REASON_NAMES, VECTOR_DIM

from ..schemas.shard import SHARD_SCHEMA
from .rows import Row
from .task import Tools, encode_rows

Ints = npt.NDArray[np.int64]
_SPAN_COLUMNS: Final = ("span_start", "span_end", "span_domain", "span_vector")
_FAILURE_COLUMNS: Final = ("failure_start", "failure_end", "failure_domain", "failure_reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that is not as it should be."""

    row: int
    """Its number in the batch."""
    column: str
    """The column at fault."""
    expected: str
    """What should stand there."""
    found: str
    """What stands there."""


def check_structure(batch: pa.RecordBatch, encoder: str, *, tokens: bool) -> BadRow | None:
    """The first row whose columns contradict each other.

    Args:
        batch: D rows in the schema of a shard.
        encoder: what the column `encoder` should hold.
        tokens: whether there should be token columns.
    """
    for rule in (_check_scalars, _check_spans, _check_failures, _check_tokens):
        bad = rule(batch, encoder, tokens)
        if bad is not None:
            return bad
    return None


def compare_with_fresh(batch: pa.RecordBatch, tools: Tools, encoder: str) -> BadRow | None:
    """The first row that differs, by a bit, from what its text gives now."""
    columns = [batch.column(name).to_pylist() for name in ("id", "source", "text")]
    rows = [Row(row_id, source, text, 0) for row_id, source, text in zip(*columns, strict=True)]
    if not rows:
        return None
    fresh = encode_rows(rows, tools, encoder).batch
    found = [bad for name in SHARD_SCHEMA.names if (bad := _difference(name, fresh.column(name), batch.column(name)))]
    return min(found, key=lambda bad: bad.row, default=None)


def _check_scalars(batch: pa.RecordBatch, encoder: str, _tokens: bool) -> BadRow | None:
    for name in SHARD_SCHEMA.names[:-2]:
        row = _first(pc.is_null(batch.column(name)))
        if row is not None:
            return BadRow(row=row, column=name, expected="a value", found="null")
    row = _first(pc.not_equal(batch.column("encoder"), encoder))
    if row is None:
        return None
    return BadRow(row=row, column="encoder", expected=encoder, found=str(batch.column("encoder")[row]))


def _check_spans(batch: pa.RecordBatch, _encoder: str, _tokens: bool) -> BadRow | None:
    bad = _check_places(batch, _SPAN_COLUMNS, disjoint=True)
    if bad is not None:
        return bad
    numbers = batch.column("span_vector").flatten().flatten().to_numpy(zero_copy_only=False)
    finite = np.isfinite(numbers).reshape(-1, VECTOR_DIM)  # a batch may hold no span at all
    return _bad_entry(batch, "span_vector", ~finite.all(axis=1), "finite numbers")


def _check_failures(batch: pa.RecordBatch, _encoder: str, _tokens: bool) -> BadRow | None:
    bad = _check_places(batch, _FAILURE_COLUMNS, disjoint=False)
    if bad is not None:
        return bad
    reasons = _flat(batch, "failure_reason")
    return _bad_entry(batch, "failure_reason", (reasons == 0) | (reasons >= len(REASON_NAMES)), "the id of a reason")


def _check_places(batch: pa.RecordBatch, columns: Sequence[str], *, disjoint: bool) -> BadRow | None:
    """Parallel lists, and places inside their text."""
    start, end, domain = columns[:3]
    counts = _counts(batch, start)
    for name in columns[1:]:
        row = _first(_counts(batch, name) != counts)
        if row is not None:
            found = str(_counts(batch, name)[row])
            return BadRow(row=row, column=name, expected=f"{counts[row]} entries, as {start} has", found=found)
    starts, ends, domains = _flat(batch, start), _flat(batch, end), _flat(batch, domain)
    owners = np.repeat(np.arange(batch.num_rows), counts)
    sizes = pc.utf8_length(batch.column("text")).to_numpy(zero_copy_only=False).astype(np.int64)[owners]
    outside = (starts < 0) | (ends <= starts) | (ends > sizes)
    bad = _bad_entry(batch, end, outside, "a place inside the text")
    if bad is None and disjoint:
        overlap = np.zeros(len(starts), np.bool_)
        overlap[1:] = (starts[1:] < ends[:-1]) & (owners[1:] == owners[:-1])
        bad = _bad_entry(batch, start, overlap, "a span after the one before")
    wrong = (domains == 0) | (domains >= len(DOMAIN_NAMES))
    return bad or _bad_entry(batch, domain, wrong, "the id of a domain")


def _check_tokens(batch: pa.RecordBatch, _encoder: str, tokens: bool) -> BadRow | None:
    for name in ("input_ids", "span_input_ids"):
        row = _first(pc.is_null(batch.column(name)).to_numpy(zero_copy_only=False) == tokens)
        if row is not None:
            expected, found = ("a list", "null") if tokens else ("null", "a list")
            return BadRow(row=row, column=name, expected=expected, found=found)
    if not tokens:
        return None
    spans = _counts(batch, "span_start")
    ids = batch.column("input_ids")
    owners = np.repeat(np.arange(batch.num_rows), _counts(batch, "input_ids"))
    marks = np.bincount(owners[_flat(batch, "input_ids") == -1], minlength=len(ids))
    for name, counts in (("input_ids", marks), ("span_input_ids", _counts(batch, "span_input_ids"))):
        row = _first(counts != spans)
        if row is not None:
            expected = f"{spans[row]} places of vectors, as there are spans"
            return BadRow(row=row, column=name, expected=expected, found=str(counts[row]))
    return None


def _difference(name: str, fresh: pa.Array, stored: pa.Array) -> BadRow | None:
    """The first row in which one column differs; floats are compared by their bits."""
    if name == "span_vector":
        if _bits(fresh).equals(_bits(stored)):
            return None
    elif fresh.equals(stored):
        return None
    for row, (new, old) in enumerate(zip(_rows(name, fresh), _rows(name, stored), strict=True)):
        if not new.equals(old):
            return BadRow(row=row, column=name, expected=_short(new), found=_short(old))
    return None


def _rows(name: str, column: pa.Array) -> Iterator[pa.Array]:
    column = _bits(column) if name == "span_vector" else column
    return (column.slice(row, 1) for row in range(len(column)))


def _bits(vectors: pa.ListArray) -> pa.Array:
    """Lists of float32 vectors as lists of their bits."""
    leaf = vectors.flatten()
    bits = leaf.flatten().view(pa.int32())
    offsets = np.concatenate([[0], np.cumsum(pc.list_value_length(vectors).to_numpy(zero_copy_only=False))])
    return pa.ListArray.from_arrays(
        pa.array(offsets, pa.int32()), pa.FixedSizeListArray.from_arrays(bits, leaf.type.list_size)
    )


def _short(value: pa.Array) -> str:
    text = str(value[0])
    return text if len(text) <= 120 else f"{text[:120]}..."


def _counts(batch: pa.RecordBatch, column: str) -> Ints:
    """(D,) entries of each row's list."""
    counts: Ints = pc.list_value_length(batch.column(column)).to_numpy(zero_copy_only=False).astype(np.int64)
    return counts


def _flat(batch: pa.RecordBatch, column: str) -> Ints:
    """(S,) the entries of all rows."""
    values: Ints = batch.column(column).flatten().to_numpy(zero_copy_only=False).astype(np.int64)
    return values


def _bad_entry(batch: pa.RecordBatch, column: str, wrong: npt.NDArray[np.bool_], expected: str) -> BadRow | None:
    """The row of the first wrong entry of a list column."""
    entry = _first(wrong)
    if entry is None:
        return None
    row = int(np.searchsorted(np.cumsum(_counts(batch, column)), entry, side="right"))
    found = str(batch.column(column).flatten()[entry])
    return BadRow(row=row, column=column, expected=expected, found=found[:120])


def _first(wrong: Any) -> int | None:  # noqa: ANN401  # a mask of numpy or of Arrow
    places = np.flatnonzero(np.asarray(wrong))
    return int(places[0]) if len(places) else None
