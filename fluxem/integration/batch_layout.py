"""Flat documents laid into the rows of a batch: truncation, packing, padding. No step cuts a span.

A document's span is a unit (its vector, its vector and tokens, its tokens). Cuts fall between units, so a row may end
before the limit. A unit whose tokens alone are longer than a row cannot stay whole: its tokens are then cut like
text, its vector never.

Packing fills rows to the limit with one document behind the other; a document that does not fit goes on in the next
row, where it is a segment of its own: attention does not reach over rows, so positions start again at 0.

Shape letters: D documents, P positions, R rows, L columns, K segments.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fluxem.integration.mixed_sequence import Bools, MixedSequence
from fluxem.integration.shard_rows import Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where each kept position of the documents stands. Rows and segments are runs of the kept positions, in order."""

    keep: Bools | None
    """(P,) which positions stay; None: all."""
    rows: Integers
    """(R + 1,) bounds of the rows among the Q kept positions."""
    segments: Integers
    """(K + 1,) bounds of the segments: the part of one document in one row."""
    documents: Integers
    """(K,) the document of each segment."""


def pad_layout(sequence: MixedSequence, max_length: int | None) -> Layout:
    """A row a document, cut to `max_length`."""
    offsets = sequence.offsets
    count = len(offsets) - 1
    keep = None
    if max_length is not None and int(np.diff(offsets).max(initial=0)) > max_length:
        ends = _last_break(sequence, max_length, np.minimum(offsets[:-1] + max_length, offsets[1:]))
        lengths = ends - offsets[:-1]
        keep = np.arange(len(sequence.ids)) < np.repeat(ends, np.diff(offsets))
        offsets = np.concatenate(([0], np.cumsum(lengths)))
    return Layout(keep=keep, rows=offsets, segments=offsets, documents=np.arange(count))


def pack_layout(sequence: MixedSequence, max_length: int) -> Layout:
    """Rows of up to `max_length`, filled with one document behind the other."""
    total = len(sequence.ids)
    cut_at = _last_breaks(sequence, max_length)
    rows = [0]
    while rows[-1] < total:
        end = rows[-1] + max_length
        rows.append(total if end >= total else int(cut_at[end]))
    bounds = np.array(rows if total else [0, 0], dtype=np.int64)
    segments = np.union1d(bounds, sequence.offsets)
    documents = np.searchsorted(sequence.offsets, segments[:-1], side="right") - 1
    return Layout(keep=None, rows=bounds, segments=segments, documents=documents)


def filled_cells(layout: Layout, width: int, side: str) -> Bools:
    """(R, L) True where a position stands."""
    lengths = np.diff(layout.rows)[:, None]
    columns = np.arange(width)
    return columns < lengths if side == "right" else columns >= width - lengths


def positions_in_segments(layout: Layout) -> Integers:
    """(Q,) 0, 1, 2, ... along each segment."""
    lengths = np.diff(layout.segments)
    return np.arange(layout.segments[-1]) - np.repeat(layout.segments[:-1], lengths)


def _last_break(sequence: MixedSequence, max_length: int, limits: Integers) -> Integers:
    """The last place at or before each limit where a document may be cut."""
    return _last_breaks(sequence, max_length)[limits]


def _last_breaks(sequence: MixedSequence, max_length: int) -> Integers:
    """(P + 1,) for each place, the last one at or before it where a cut may fall."""
    places = np.arange(len(sequence.ids) + 1)
    if sequence.breaks is None:
        return places
    starts = np.flatnonzero(sequence.breaks)
    lengths = np.diff(np.append(starts, len(sequence.ids)))
    free = np.append(sequence.breaks | np.repeat(lengths > max_length, lengths), True)
    return np.maximum.accumulate(np.where(free, places, 0))
