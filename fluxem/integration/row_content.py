"""What the rows hold in each mode: one flat sequence, and the spans that stand in it as vectors.

Shape letters: D rows, S spans.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from fluxem.errors import ShardRowError
from fluxem.integration.mixed_sequence import Bools, MixedSequence, expand
from fluxem.integration.shard_rows import (
    SPAN_TOKENS,
    TOKENS,
    Integers,
    Lists,
    Source,
    Spans,
    expect_disjoint,
    expect_places,
    read_span_tokens,
    read_spans,
    read_tokens,
    short,
)
from fluxem.integration.text_tokens import AnyTokenizer, mixed_texts, whole_texts
from fluxem.vocabulary import VECTOR_DIM

Mode = Literal["hybrid", "augment", "tokens"]
TextFrom = str | Callable[[str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How rows are read."""

    mode: Mode
    """What becomes of a span."""
    text_from: TextFrom | None
    """Spans that end behind this offset of their row are tokens; None: no span is."""
    tokenizer: AnyTokenizer | None
    """Tokenises the texts; None: the stored ids are used."""
    vocab_size: int | None = None
    """Stored ids from this one up are refused; None: any are taken."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a shard that are read."""
        if self.mode == "tokens":
            return ("id", "encoder", "text") if self.tokenizer is not None else ("id", "encoder", TOKENS, SPAN_TOKENS)
        names = ["id", "encoder", "span_domain", "span_vector"]
        if self.tokenizer is not None:
            names += ["text", "span_start", "span_end"]
        else:
            names += [TOKENS] if self.mode == "hybrid" and self.text_from is None else [TOKENS, SPAN_TOKENS]
        if self.text_from is not None:
            names += ["span_end", self.text_from if isinstance(self.text_from, str) else "text"]
        return tuple(dict.fromkeys(names))

    def __call__(self, source: Source) -> tuple[MixedSequence, Spans]:
        """The rows as one flat sequence, and the spans whose vectors `sequence.kept` picks."""
        if self.mode == "tokens":
            return self._all_tokens(source), _no_spans(source.size)
        spans = read_spans(source)
        written = self._written(source, spans)
        as_tokens = np.ones_like(written) if self.mode == "augment" else written
        tokens, of_spans = self._tokens(source, spans, need_span_tokens=bool(as_tokens.any()))
        return expand(tokens, of_spans, as_vector=~written, as_tokens=as_tokens), spans

    def _all_tokens(self, source: Source) -> MixedSequence:
        """Documents without vectors."""
        none = np.zeros(0, dtype=np.bool_)
        if self.tokenizer is not None:
            return expand(whole_texts(self.tokenizer, _texts(source)), None, as_vector=none, as_tokens=none)
        tokens = read_tokens(source, self.vocab_size)
        of_spans = read_span_tokens(source, tokens, self.vocab_size)
        every = np.ones(len(of_spans.offsets) - 1, dtype=np.bool_)
        return replace(expand(tokens, of_spans, as_vector=~every, as_tokens=every), kept=none)

    def _written(self, source: Source, spans: Spans) -> Bools:
        """(S,) which spans stay tokens because they end behind `text_from`."""
        if self.text_from is None:
            return np.zeros(len(spans.domain), dtype=np.bool_)
        if isinstance(self.text_from, str):
            column, places = self.text_from, source.values(self.text_from)
        else:
            column, places = "text", [self.text_from(text) for text in _texts(source)]
        for row, place in enumerate(places):
            if not isinstance(place, int) or isinstance(place, bool) or abs(place) > np.iinfo(np.int64).max:
                raise ShardRowError(source.name(row), column, "an integer offset for text_from", short(place))
        ends = _same_spans(source, "span_end", spans)
        written: Bools = ends > np.repeat(np.array(places, dtype=np.int64), np.diff(spans.offsets))
        return written

    def _tokens(self, source: Source, spans: Spans, *, need_span_tokens: bool) -> tuple[Lists, Lists | None]:
        """The mixed stream, and the tokens of spans where they are needed."""
        if self.tokenizer is not None:
            starts, ends = (_same_spans(source, name, spans) for name in ("span_start", "span_end"))
            texts = _texts(source)
            sizes = np.array([len(text) for text in texts], dtype=np.int64)
            expect_disjoint(source, spans.offsets, starts, ends, sizes)
            return mixed_texts(self.tokenizer, texts, spans.offsets, starts, ends)
        tokens = read_tokens(source, self.vocab_size)
        expect_places(source, tokens, "span_vector", np.diff(spans.offsets))
        return tokens, read_span_tokens(source, tokens, self.vocab_size) if need_span_tokens else None


def _same_spans(source: Source, column: str, spans: Spans) -> Integers:
    """A column with one entry a span."""
    lists = source.lists(column, "an offset for each span")
    expected, counts = np.diff(spans.offsets), np.diff(lists.offsets)
    wrong = np.flatnonzero(counts != expected)
    if len(wrong):
        row = int(wrong[0])
        raise ShardRowError(source.name(row), column, f"{expected[row]} entries, one a span", f"{counts[row]} entries")
    return lists.values


def _texts(source: Source) -> list[str]:
    texts = source.values("text")
    for row, text in enumerate(texts):
        if not isinstance(text, str):
            raise ShardRowError(source.name(row), "text", "the document", short(text))
    return texts


def _no_spans(rows: int) -> Spans:
    empty = np.zeros(0, dtype=np.int64)
    vectors = np.zeros((0, VECTOR_DIM), dtype=np.float32)
    return Spans(offsets=np.zeros(rows + 1, dtype=np.int64), domain=empty, vector=vectors)
