"""The language model's tokenizer, for text that is cut into pieces.

A document becomes pieces (the text between spans, and the spans' own text) that share no token, and ids depend on a
piece's characters and on whether its document starts or ends there, on nothing else:

- Truncation, padding and post-processing are stripped: ids of the text, nothing around them.
- A special token is an id that training code places, never something that text can spell: a literal `<|endoftext|>`
  in a corpus is data. The library's `encode_special_tokens` is not enough, because a Unigram model finds `</s>` as
  a piece of its vocabulary. So, for encoding, special tokens get names that no text holds. Ordinary added tokens
  (runs of spaces, tags) keep matching.
- What a tokenizer does at the start of a text (`add_prefix_space`, `prepend_scheme`, a Prepend normaliser, Strip) it
  does at the start of a document, and what Strip does at the end, at its end: up to four variants of the tokenizer,
  as many as differ. A prefix rule behind a splitter (WhitespaceSplit, then Metaspace, as in T5) marks every word and
  is no rule of the document: it stays, and a piece that starts inside a word is marked too.

With a byte-level tokenizer without normaliser, the pieces of a document decoded in order are the document byte for
byte; with others, as far as the tokenizer's own round trip goes. Shape letters: P pieces, T tokens.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from fluxem.errors import ConfigError

Config: TypeAlias = dict[str, Any]
Int32: TypeAlias = npt.NDArray[np.int32]
Int64: TypeAlias = npt.NDArray[np.int64]
Encode: TypeAlias = Callable[[Sequence[str]], tuple[Int64, Int32]]
"""Pieces to (their numbers of tokens (P,), their ids in order (T,)): all that a backend is."""

FILE_NAME = "tokenizer.json"
_SPELLING = re.compile(r".|<0x[0-9A-F]{2}>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LLMTokenizer:
    """A loaded tokenizer; `load_tokenizer` makes it. It pickles."""

    source: str
    """As given."""
    sha256: str
    """Of the bytes of tokenizer.json as given, hex."""
    vocab_size: int
    """One more than the largest id: rows that an embedding needs."""
    _backends: tuple[Encode, ...]
    _backend_of_edges: Int64
    """(4,) at `start + 2 * end`: the entry of `_backends` for pieces at these edges of their document."""
    _decoder: Tokenizer

    def encode_pieces(self, pieces: Sequence[str], at_document_start: npt.NDArray[np.bool_]) -> tuple[Int64, Int32]:
        """Tokenise a batch of pieces, each on its own.

        A document ends where the next one starts, and at the end of the batch. An empty piece has no tokens.

        Args:
            pieces: P texts in document order; they must be valid Unicode (no lone surrogates).
            at_document_start: (P,) whether the piece is the first of its document.

        Returns:
            Offsets (P + 1,) and ids (T,): piece i owns `ids[offsets[i]:offsets[i + 1]]`.

        Raises:
            TypeError: a piece is not a string, or holds a lone surrogate.
        """
        assert at_document_start.shape == (len(pieces),), "one flag a piece"
        at_document_end = np.append(at_document_start, True)[1:]
        backends = self._backend_of_edges[at_document_start + 2 * at_document_end]
        lengths = np.zeros(len(pieces), np.int64)
        runs = []
        for which, encode in enumerate(self._backends):
            chosen = np.flatnonzero(backends == which)
            lengths[chosen], ids = encode([pieces[i] for i in chosen.tolist()])
            runs.append((chosen, ids))
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        return offsets, _in_piece_order(runs, lengths, offsets)

    def decode(self, ids: Sequence[int] | npt.NDArray[np.integer[Any]]) -> str:
        """The text of ids, special tokens included as their names; every id must be in the vocabulary (so no -1)."""
        return self._decoder.decode(np.asarray(ids).tolist(), skip_special_tokens=False)


def load_tokenizer(source: str) -> LLMTokenizer:
    """Load a tokenizer and make its variants for pieces.

    Args:
        source: path of a tokenizer.json, or of a folder that holds one, else a name on the Hugging Face Hub.

    Raises:
        ConfigError: there is no such tokenizer, it cannot be read, or its ids are not a function of the text.
    """
    raw = _read(source)
    given = _parse(source, raw)
    config: Config = json.loads(given.to_str())  # the library's own spelling: no legacy fields, all defaults there
    if dropout := config["model"].get("dropout"):
        raise ConfigError(
            f"expected a tokenizer that gives the same ids for the same text, got {source!r} with BPE dropout "
            f"{dropout}, which draws them at random: set model.dropout to null in its {FILE_NAME}"
        )
    plain = _without_specials(config | {"truncation": None, "padding": None, "post_processor": None})
    edges = [(start, end) for end in (False, True) for start in (False, True)]
    before, words = plain["normalizer"], plain["pre_tokenizer"]
    edited = [(_normalizer(before, start, end), _pre_tokenizer(words, start)) for start, end in edges]
    distinct = [rules for i, rules in enumerate(edited) if rules not in edited[:i]]
    return LLMTokenizer(
        source=source,
        sha256=hashlib.sha256(raw).hexdigest(),
        vocab_size=max(given.get_vocab(with_added_tokens=True).values(), default=-1) + 1,
        _backends=tuple(_backend(plain | {"normalizer": norm, "pre_tokenizer": pre}) for norm, pre in distinct),
        _backend_of_edges=np.array([distinct.index(rules) for rules in edited], np.int64),
        _decoder=given,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Library:
    """The backend on `tokenizers`."""

    tokenizer: Tokenizer

    def __call__(self, pieces: Sequence[str]) -> tuple[Int64, Int32]:
        encodings = self.tokenizer.encode_batch_fast(pieces, add_special_tokens=False)
        lengths = np.fromiter(map(len, encodings), np.int64, len(encodings))
        # Encoding offers its ids as a list only: one short list at a time, gone before the next.
        ids = chain.from_iterable(encoding.ids for encoding in encodings)
        return lengths, np.fromiter(ids, np.int32, int(lengths.sum()))

    def __reduce__(self) -> tuple[Callable[[Config], Encode], tuple[Config]]:
        return _backend, (json.loads(self.tokenizer.to_str()),)  # a pickled Tokenizer loses `encode_special_tokens`


def _backend(config: Config) -> Encode:
    """The encoder of an edited tokenizer.json; the place to choose another backend that gives the same ids."""
    tokenizer = Tokenizer.from_str(json.dumps(config))
    tokenizer.encode_special_tokens = True
    return _Library(tokenizer)


def _in_piece_order(runs: Sequence[tuple[npt.NDArray[np.intp], Int32]], lengths: Int64, offsets: Int64) -> Int32:
    """Merge runs of (the pieces that a backend had, their ids one after the other)."""
    if len(runs) == 1:
        return runs[0][1]
    merged = np.empty(int(offsets[-1]), np.int32)
    for chosen, ids in runs:
        counts = lengths[chosen]
        merged[np.repeat(offsets[chosen] - np.cumsum(counts) + counts, counts) + np.arange(len(ids))] = ids
    return merged


def _read(source: str) -> bytes:
    try:
        return _path(source).read_bytes()
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"expected a {FILE_NAME}, a folder that holds one, or a name on the Hugging Face Hub, got {source!r}, "
            f"which cannot be read ({str(error).partition(chr(10))[0]}): check the path or the name"
        ) from error


def _path(source: str) -> Path:
    path = Path(source)
    if source and path.exists():
        return path / FILE_NAME if path.is_dir() else path
    if source.endswith(".json") or source.startswith((".", "/", "~")):
        raise FileNotFoundError("no such file or folder")  # never a Hub name, so the network is not asked
    # Through the Hub's client: Tokenizer.from_pretrained does not give the bytes, which are hashed.
    from huggingface_hub import hf_hub_download

    return Path(hf_hub_download(source, FILE_NAME))


def _parse(source: str, raw: bytes) -> Tokenizer:
    try:
        json.loads(raw)  # the library's message for what is not JSON does not say so
        return Tokenizer.from_buffer(raw)
    except ValueError as error:
        kind = "not JSON" if isinstance(error, json.JSONDecodeError | UnicodeDecodeError) else "not a tokenizer"
        raise ConfigError(
            f"expected the tokenizer.json that the library tokenizers writes, got {source!r}, which is {kind} "
            f"({error}): save the tokenizer again with save_pretrained of a fast tokenizer"
        ) from error


def _without_specials(config: Config) -> Config:
    """The config with special tokens under names that no text holds; ids stay.

    Single characters and byte tokens keep theirs: text is spelled with them, whatever else they are used for.
    """
    tokens = config["added_tokens"]
    names = [token["content"] for token in tokens if token["special"] and not _SPELLING.fullmatch(token["content"])]
    # U+FFFF is no character; the spaces are what byte-level and Metaspace models never see.
    hidden = {name: f"\uffff special {i}" for i, name in enumerate(names)}
    added = [token | {"content": hidden.get(token["content"], token["content"])} for token in tokens]
    return config | {"added_tokens": added, "model": _renamed(config["model"], hidden)}


def _renamed(model: Config, names: Mapping[str, str]) -> Config:
    vocab = model["vocab"]
    if isinstance(vocab, list):
        return model | {"vocab": [[names.get(piece, piece), score] for piece, score in vocab]}
    renamed = model | {"vocab": {names.get(token, token): number for token, number in vocab.items()}}
    renamed["unk_token"] = names.get(model["unk_token"], model["unk_token"])
    if "merges" in model:  # a merge that makes a special token, or goes on from one, would spell it
        skip = len(model["continuing_subword_prefix"] or "")
        renamed["merges"] = [[a, b] for a, b in model["merges"] if names.keys().isdisjoint((a, b, a + b[skip:]))]
    return renamed


def _normalizer(node: Config | None, start: bool, end: bool) -> Config | None:
    if node is None or (node["type"] == "Prepend" and not start):
        return None
    if node["type"] == "Strip":
        return node | {"strip_left": node["strip_left"] and start, "strip_right": node["strip_right"] and end}
    if node["type"] == "Sequence":
        kept = (_normalizer(part, start, end) for part in node["normalizers"])
        return node | {"normalizers": [part for part in kept if part is not None]}
    return node


def _pre_tokenizer(node: Config | None, start: bool) -> Config | None:
    whole = True  # nothing so far has cut the text into words
    leaves = []
    for leaf in _leaves(node):
        if leaf["type"] == "ByteLevel" and whole:
            leaf |= {"add_prefix_space": False}
        if leaf["type"] == "Metaspace" and (whole or leaf["prepend_scheme"] == "first"):
            leaf |= {"prepend_scheme": "never"}
        whole = whole and leaf.get("split" if leaf["type"] == "Metaspace" else "use_regex") is False
        leaves.append(leaf)
    if start or leaves == _leaves(node):
        return node
    return leaves[0] if len(leaves) == 1 else {"type": "Sequence", "pretokenizers": leaves}


def _leaves(node: Config | None) -> list[Config]:
    if node is not None and node["type"] == "Sequence":
        return [leaf for part in node["pretokenizers"] for leaf in _leaves(part)]
    return [] if node is None else [dict(node)]
