"""One flat sequence of tokens and vectors from the columns of rows: what the modes differ in.

    hybrid    a span is one position, its vector
    augment   a span is its vector, then its tokens
    tokens    a span is its tokens

All three are one operation: each -1 of `input_ids` is expanded to a vector, to tokens, or to both. What a span became
is a unit that later steps do not cut.

Shape letters: D documents, T entries before and P positions after expansion, S spans, U tokens of spans.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxem.integration.shard_rows import Integers, Lists
from fluxem.vocabulary import VECTOR_PLACEHOLDER_ID

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedSequence:
    """D documents, one behind the other."""

    offsets: Integers
    """(D + 1,) where each document begins."""
    ids: Integers
    """(P,) token ids; -1 at vectors."""
    breaks: Bools | None
    """(P,) whether a cut may fall before the position: False inside a unit. None: everywhere."""
    kept: Bools
    """(S,) which spans have a vector position, in order."""


def expand(tokens: Lists, spans: Lists | None, *, as_vector: Bools, as_tokens: Bools) -> MixedSequence:
    """Expand every -1 of `tokens`.

    Args:
        tokens: the mixed stream of each document.
        spans: the tokens of each span; None where no span becomes tokens.
        as_vector: (S,) whether a span keeps its vector position.
        as_tokens: (S,) whether a span's tokens stand (behind the vector, if there is one).
    """
    if spans is None or not as_tokens.any():
        assert as_vector.all(), "a span without vector and tokens would vanish"
        return MixedSequence(offsets=tokens.offsets, ids=tokens.values, breaks=None, kept=as_vector)
    places = np.flatnonzero(tokens.values == VECTOR_PLACEHOLDER_ID)
    lengths = np.where(as_tokens, np.diff(spans.offsets), 0)
    counts = np.ones(len(tokens.values), dtype=np.int64)
    counts[places] = as_vector + lengths
    starts = np.concatenate(([0], np.cumsum(counts)))
    ids = np.full(starts[-1], VECTOR_PLACEHOLDER_ID, dtype=np.int64)
    is_text = tokens.values != VECTOR_PLACEHOLDER_ID
    ids[starts[:-1][is_text]] = tokens.values[is_text]
    target, origin = _runs(starts[places] + as_vector, lengths), _runs(spans.offsets[:-1], lengths)
    ids[target] = spans.values[origin]
    breaks = np.zeros(len(ids), dtype=np.bool_)
    breaks[starts[:-1][counts > 0]] = True
    return MixedSequence(offsets=starts[tokens.offsets], ids=ids, breaks=breaks, kept=as_vector)


def surround(sequence: MixedSequence, bos: int | None, eos: int | None) -> MixedSequence:
    """`bos` before and `eos` behind each document; None leaves it out."""
    if bos is None and eos is None:
        return sequence
    before, around = int(bos is not None), int(bos is not None) + int(eos is not None)
    documents = np.arange(len(sequence.offsets))
    offsets = sequence.offsets + around * documents
    moved = np.arange(len(sequence.ids)) + np.repeat(around * documents[:-1] + before, np.diff(sequence.offsets))
    ids = np.empty(offsets[-1], dtype=np.int64)
    if bos is not None:
        ids[offsets[:-1]] = bos
    if eos is not None:
        ids[offsets[1:] - 1] = eos
    ids[moved] = sequence.ids
    breaks = None
    if sequence.breaks is not None:
        breaks = np.ones(len(ids), dtype=np.bool_)
        breaks[moved] = sequence.breaks
    return MixedSequence(offsets=offsets, ids=ids, breaks=breaks, kept=sequence.kept)


def _runs(starts: Integers, lengths: Integers) -> Integers:
    """starts[0], starts[0] + 1, ... for lengths[0] entries, then the same of the next."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - ends + lengths, lengths) + np.arange(total)
