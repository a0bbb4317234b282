"""Texts to token ids at train time, where shards hold none, with whatever tokenizer a training run has.

Two readings. `whole_texts` is what a token-only run does: the tokenizer on the whole text, with the special tokens
that it adds. `mixed_texts` tokenises the text between spans and the spans, each piece on its own, and nothing around
them: what `fluxem-prep build --tokenizer` stores.

A tokenizer that treats the start of every piece as the start of a document (`add_prefix_space`, Metaspace, a Prepend
normaliser) would put spaces where none are: inside a document it works without these rules, as in a build.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from fluxem.errors import ConfigError
from fluxem.integration.shard_rows import Integers, Lists
from fluxem.vocabulary import VECTOR_PLACEHOLDER_ID

Encode = Callable[[Sequence[str]], list[Sequence[int]]]
PieceEncode = Callable[[Sequence[str], Sequence[bool]], list[Sequence[int]]]
"""Pieces, and whether each starts its document, to the ids of each."""
Rule: TypeAlias = dict[str, Any]
"""A normaliser or pre-tokeniser in a tokenizer.json."""
AnyTokenizer: TypeAlias = Any
"""A tokenizer of `transformers` or `tokenizers`, or an object with `encode(text)` and `decode(ids)`."""


def whole_texts(tokenizer: AnyTokenizer, texts: Sequence[str]) -> Lists:
    """The ids of D whole texts, as the tokenizer gives them, special tokens included."""
    return _lists(_whole_encoder(tokenizer)(texts))


def mixed_texts(
    tokenizer: AnyTokenizer, texts: Sequence[str], offsets: Integers, starts: Integers, ends: Integers
) -> tuple[Lists, Lists]:
    """The mixed stream of D texts with -1 at their spans, and the tokens of each span.

    Args:
        tokenizer: see `piece_encoder`.
        texts: D documents.
        offsets: (D + 1,) the spans of each document.
        starts: (S,) code points.
        ends: (S,)
    """
    pieces, is_span = _pieces(texts, offsets.tolist(), starts.tolist(), ends.tolist())
    at_start = [place == 0 for row in pieces for place in range(len(row))]
    encoded = iter(piece_encoder(tokenizer)([piece for row in pieces for piece in row], at_start))
    streams, spans = [], []
    for flags in is_span:
        stream: list[int] = []
        for span in flags:
            ids = next(encoded)
            if span:
                spans.append(ids)
            stream.extend([VECTOR_PLACEHOLDER_ID] if span else ids)
        streams.append(stream)
    return _lists(streams), _lists(spans)


def piece_encoder(tokenizer: AnyTokenizer) -> PieceEncode:
    """How to tokenise pieces of texts.

    Raises:
        ConfigError: it is no tokenizer, or one without a `tokenizers` backend that adds something to a piece that
            starts inside a document.
    """
    backend = getattr(tokenizer, "backend_tokenizer", tokenizer)
    if hasattr(backend, "encode_batch_fast"):
        return _backend_encoder(backend)
    if callable(tokenizer) and hasattr(tokenizer, "decode"):
        options = {"add_special_tokens": False, "split_special_tokens": True}
        return _checked(lambda text: tokenizer(text, **options)["input_ids"], tokenizer.decode)
    if hasattr(tokenizer, "encode") and hasattr(tokenizer, "decode"):
        return _checked(tokenizer.encode, tokenizer.decode)
    raise ConfigError(
        "expected a tokenizer of transformers or tokenizers, or an object with encode(text) and decode(ids), "
        f"got {type(tokenizer).__name__}"
    )


def _backend_encoder(backend: AnyTokenizer) -> PieceEncode:
    """On two copies: a special token's name is data here, and prefix rules hold at the start of a document only."""
    config = json.loads(backend.to_str()) | {"truncation": None, "padding": None}
    inner = config | {
        "normalizer": _inside(config["normalizer"]),
        "pre_tokenizer": _inside(config["pre_tokenizer"]),
    }
    at_start, inside = (type(backend).from_str(json.dumps(edited)) for edited in (config, inner))
    at_start.encode_special_tokens = inside.encode_special_tokens = True

    def encode(pieces: Sequence[str], starts: Sequence[bool]) -> list[Sequence[int]]:
        found = [encoding.ids for encoding in inside.encode_batch_fast(list(pieces), add_special_tokens=False)]
        if inner != config:
            for place in np.flatnonzero(starts).tolist():
                found[place] = at_start.encode(pieces[place], add_special_tokens=False).ids
        return found

    return encode


def _inside(rule: Rule | None) -> Rule | None:
    """A normaliser or pre-tokeniser for a piece that starts inside a document: without what marks a start."""
    if rule is None or rule["type"] == "Prepend":
        return None
    if rule["type"] == "Strip":
        return rule | {"strip_left": False, "strip_right": False}
    if rule["type"] == "ByteLevel":
        return rule | {"add_prefix_space": False}
    if rule["type"] == "Metaspace":
        return rule | {"prepend_scheme": "never"}
    for parts in ("normalizers", "pretokenizers"):
        if parts in rule:
            kept = [part for part in map(_inside, rule[parts]) if part is not None]
            return rule | {parts: kept}
    return rule


def _checked(encode: Callable[[str], Sequence[int]], decode: Callable[[list[int]], str]) -> PieceEncode:
    """An encoder that takes pieces as they are, which is tried out."""
    joined = decode([*encode("x "), *encode(" y")])
    if joined != "x  y":
        raise ConfigError(
            f"expected a tokenizer that takes pieces of a text as they are, got one that makes {joined!r} of 'x ' and "
            "' y': take its fast version, or build the shards with --tokenizer and leave the tokenizer out here"
        )
    return lambda pieces, _: [encode(piece) for piece in pieces]


def _whole_encoder(tokenizer: AnyTokenizer) -> Encode:
    if callable(tokenizer):
        return lambda texts: list(tokenizer(list(texts))["input_ids"])
    if hasattr(tokenizer, "encode_batch"):
        return lambda texts: [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    return lambda texts: [tokenizer.encode(text) for text in texts]


def _pieces(
    texts: Sequence[str], offsets: list[int], starts: list[int], ends: list[int]
) -> tuple[list[list[str]], list[list[bool]]]:
    """The non-empty pieces of each text, and which of them are spans."""
    pieces, flags = [], []
    for text, (low, high) in zip(texts, pairwise(offsets), strict=True):
        cut = [(a, b, s) for a, b, s in _cuts(len(text), starts[low:high], ends[low:high]) if a < b]
        pieces.append([text[a:b] for a, b, _ in cut])
        flags.append([s for _, _, s in cut])
    return pieces, flags


def _cuts(length: int, starts: list[int], ends: list[int]) -> Iterator[tuple[int, int, bool]]:
    """Start, end and whether it is a span, of text and spans in turn."""
    place = 0
    for start, end in zip(starts, ends, strict=True):
        yield place, start, False
        yield start, end, True
        place = end
    yield place, length, False


def _lists(rows: Sequence[Sequence[int]]) -> Lists:
    values = np.fromiter((token for row in rows for token in row), dtype=np.int64)
    return Lists(offsets=np.cumsum([0, *(len(row) for row in rows)]), values=values)
