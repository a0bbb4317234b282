"""Rows of shards as flat columns, checked: whatever holds them, and whatever it claims.

What a row promises (parallel lists, finite vectors, known ids, one vector for each -1) is checked here, once
for all sources. `row_sources` has these.

Shape letters: D rows, S spans, T entries of `input_ids`, U tokens of `span_input_ids`, 128 the width of a vector.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from fluxem.errors import ConfigError, ShardMismatchError, ShardRowError
from fluxem.integration.row_sources import (
    ArrowSource,
    DictSource,
    Floats,
    Integers,
    Lists,
    Row,
    Source,
    row_of_entry,
    short,
)
from fluxem.vocabulary import VECTOR_PLACEHOLDER_ID, DomainType

__all__ = ["Integers", "Lists", "ShardRowError", "Source", "Spans", "short"]

AnyRows: TypeAlias = Any
"""What `open_rows` takes."""

TOKENS: Final = "input_ids"
SPAN_TOKENS: Final = "span_input_ids"
NO_TOKENS: Final = "token ids: build the shards with --tokenizer, or give the collator a tokenizer"
NO_SPAN_TOKENS: Final = "the tokens of each span: build the shards with --tokenizer"
_OF_SPANS: Final = ("span_start", "span_end", "span_domain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """The spans of D rows, in order."""

    offsets: Integers
    """(D + 1,)"""
    domain: Integers
    """(S,)"""
    vector: Floats
    """(S, 128)"""


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
        source = DictSource(_rows_of_columns(rows))
    elif isinstance(rows, Sequence) and all(isinstance(row, Mapping) for row in rows):
        source = DictSource(rows)
    else:
        raise ConfigError(f"expected rows as dicts, an Arrow table or a datasets batch, got {type(rows).__name__}")
    if source.size == 0:
        raise ConfigError("expected at least one row to collate, got none")
    return source


def _rows_of_columns(columns: Mapping[str, Any]) -> list[Row]:
    try:
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    except (TypeError, ValueError):
        lengths = {name: len(column) if hasattr(column, "__len__") else "none" for name, column in columns.items()}
        raise ConfigError(f"expected columns of one length, got {short(lengths)}") from None


def check_encoder(source: Source, expected: Callable[[], str]) -> None:
    """Refuse rows of other encoders, another vocabulary or schema; the message names both sides."""
    for found in source.distinct("encoder"):
        if not isinstance(found, str) or found != expected():
            raise ShardMismatchError("encoder", expected(), found if found is None else short(found))


def check_columns(source: Source, columns: Collection[str]) -> None:
    """All that these columns, read from one shard, promise each other, but for what needs the text.

    Raises:
        ShardRowError, ShardMismatchError: a row breaks a promise.
    """
    counts = tokens = None
    if "span_vector" in columns and "span_domain" in columns:
        counts = np.diff(read_spans(source).offsets)
    for name in _OF_SPANS:
        if name in columns:
            found = np.diff(source.lists(name, "an entry for each span").offsets)
            counts = found if counts is None else counts
            for row in np.flatnonzero(found != counts)[:1].tolist():
                raise ShardRowError(source.name(row), name, f"{counts[row]} entries, one a span", str(found[row]))
    if TOKENS in columns:
        tokens = read_tokens(source)
        if counts is not None:
            expect_places(source, tokens, "span_vector" if "span_vector" in columns else _OF_SPANS[0], counts)
    if SPAN_TOKENS in columns and tokens is not None:
        read_span_tokens(source, tokens)


def read_spans(source: Source) -> Spans:
    """Domains and vectors, checked against each other."""
    domain = source.lists("span_domain", "domain ids")
    offsets, vector = source.vectors("span_vector")
    if (offsets != domain.offsets).any():
        row = int(np.flatnonzero(np.diff(offsets) != np.diff(domain.offsets))[0])
        _wrong_count(source, row, np.diff(domain.offsets)[row], np.diff(offsets)[row])
    # One pass: finite float32 numbers cannot overflow a float64 sum, and NaN and infinity do not leave one.
    if not np.isfinite(vector.sum(dtype=np.float64)):
        row = row_of_entry(offsets, np.flatnonzero(~np.isfinite(vector).all(axis=1))[0])
        raise ShardRowError(source.name(row), "span_vector", "finite coordinates", "NaN or infinity")
    wrong = np.flatnonzero((domain.values < 1) | (domain.values > max(DomainType)))
    if len(wrong):
        row, found = row_of_entry(domain.offsets, wrong[0]), domain.values[wrong[0]]
        raise ShardRowError(source.name(row), "span_domain", f"domain ids 1 to {max(DomainType)}", str(found))
    return Spans(offsets=offsets, domain=domain.values, vector=vector)


def read_tokens(source: Source, vocab_size: int | None = None) -> Lists:
    """`input_ids`: token ids, and -1 where vectors stand."""
    tokens = source.lists(TOKENS, NO_TOKENS)
    expect_ids(source, TOKENS, tokens, tokens.offsets, VECTOR_PLACEHOLDER_ID, vocab_size)
    return tokens


def read_span_tokens(source: Source, tokens: Lists, vocab_size: int | None = None) -> Lists:
    """`span_input_ids`: the token ids of each span, one list for each -1 of `tokens`."""
    offsets, of_spans = source.nested(SPAN_TOKENS, NO_SPAN_TOKENS)
    expect_places(source, tokens, SPAN_TOKENS, np.diff(offsets))
    expect_ids(source, SPAN_TOKENS, of_spans, of_spans.offsets[offsets], 0, vocab_size)
    return of_spans


def expect_ids(
    source: Source, column: str, tokens: Lists, offsets: Integers, least: int, vocab_size: int | None
) -> None:
    """Refuse token ids below `least` or not below `vocab_size`; row i owns `values[offsets[i]:offsets[i + 1]]`."""
    values, most = tokens.values, np.iinfo(np.int32).max if vocab_size is None else vocab_size - 1
    if not len(values) or (values.min() >= least and values.max() <= most):
        return
    wrong = int(np.flatnonzero((values < least) | (values > most))[0])
    expected = f"token ids from 0 to {most}" + (", or -1" if least < 0 else "")
    raise ShardRowError(source.name(row_of_entry(offsets, wrong)), column, expected, str(values[wrong]))


def expect_disjoint(source: Source, offsets: Integers, starts: Integers, ends: Integers, sizes: Integers) -> None:
    """Refuse spans that are empty, leave their text, or begin before the one in front of them has ended.

    Args:
        source: for the names of rows.
        offsets: (D + 1,) the spans of each row.
        starts: (S,) code points.
        ends: (S,)
        sizes: (D,) code points of each text.
    """
    owners = np.repeat(np.arange(len(sizes)), np.diff(offsets))
    floors = np.append(0, ends[:-1])
    floors[offsets[:-1][np.diff(offsets) > 0]] = 0
    wrong = np.flatnonzero((starts < floors) | (ends <= starts) | (ends > sizes[owners]))
    if len(wrong):
        span = int(wrong[0])
        expected = f"a span after the one before and inside the text, from {floors[span]} to {sizes[owners[span]]}"
        raise ShardRowError(source.name(int(owners[span])), "span_start", expected, f"{starts[span]} to {ends[span]}")


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
