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
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import orjson
from tokenizers import Tokenizer

from fluxem.errors import ConfigError

from .tokenizer_backends import BackendReport, Encode, Int32, Int64, choose_backends, in_piece_order
from .tokenizer_config import BackendName, Config, edge_variants
from .tokenizer_probes import probe_texts

FILE_NAME = "tokenizer.json"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LLMTokenizer:
    """A loaded tokenizer; `load_tokenizer` makes it. It pickles."""

    source: str
    """As given."""
    sha256: str
    """Of the bytes of tokenizer.json as given, hex."""
    vocab_size: int
    """One more than the largest id: rows that an embedding needs."""
    backend: BackendReport
    """Which library computes the ids, and how it was checked; the ids do not depend on it."""
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
        if len(self._backends) == 1:
            lengths, ids = self._backends[0](pieces)
            return np.concatenate(([0], np.cumsum(lengths))), ids
        at_document_end = np.append(at_document_start, True)[1:]
        backends = self._backend_of_edges[at_document_start + 2 * at_document_end]
        lengths = np.zeros(len(pieces), np.int64)
        runs = []
        for which, encode in enumerate(self._backends):
            chosen = np.flatnonzero(backends == which)
            lengths[chosen], ids = encode([pieces[i] for i in chosen.tolist()])
            runs.append((chosen, ids))
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        return offsets, in_piece_order(runs, lengths)

    def decode(self, ids: Sequence[int] | npt.NDArray[np.integer[Any]]) -> str:
        """The text of ids, special tokens included as their names; every id must be in the vocabulary (so no -1)."""
        return self._decoder.decode(np.asarray(ids).tolist(), skip_special_tokens=False)


def load_tokenizer(source: str, backend: BackendName = "auto") -> LLMTokenizer:
    """Load a tokenizer and make its variants for pieces.

    Args:
        source: path of a tokenizer.json, or of a folder that holds one, else a name on the Hugging Face Hub.
        backend: what computes the ids, which do not depend on it. `auto` takes `gigatoken` where it is installed, loads
            the tokenizer and agrees with `tokenizers` on all probes, else `tokenizers`.

    Raises:
        ConfigError: there is no such tokenizer, it cannot be read, its ids are not a function of the text, or the
            backend `gigatoken` is asked for and does not give its ids.
    """
    if backend not in get_args(BackendName):
        raise ConfigError(f"tokenizer backend: expected one of {', '.join(get_args(BackendName))}, came {backend!r}")
    raw = _read(source)
    given = _parse(source, raw)
    config: Config = orjson.loads(given.to_str())  # the library's own spelling: no legacy fields, all defaults there
    if dropout := config["model"].get("dropout"):
        raise ConfigError(
            f"expected a tokenizer that gives the same ids for the same text, got {source!r} with BPE dropout "
            f"{dropout}, which draws them at random: set model.dropout to null in its {FILE_NAME}"
        )
    variants, variant_of_edges = edge_variants(config)
    backends, report = choose_backends(variants, backend, partial(probe_texts, given))
    if backend == "gigatoken" != report.name:
        raise ConfigError(
            f"expected a tokenizer that gigatoken encodes as tokenizers does, got {source!r} ({report.reason}): take "
            "the tokenizer backend auto or tokenizers"
        )
    return LLMTokenizer(
        source=source,
        sha256=hashlib.sha256(raw).hexdigest(),
        vocab_size=max(given.get_vocab(with_added_tokens=True).values(), default=-1) + 1,
        backend=report,
        _backends=backends,
        _backend_of_edges=np.array(variant_of_edges, np.int64),
        _decoder=given,
    )


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
        orjson.loads(raw)  # the library's message for what is not JSON does not say so
        return Tokenizer.from_buffer(raw)
    except (ValueError, RecursionError) as error:
        not_json = isinstance(error, json.JSONDecodeError | UnicodeDecodeError | RecursionError)
        kind = "not JSON" if not_json else "not a tokenizer"
        raise ConfigError(
            f"expected the tokenizer.json that the library tokenizers writes, got {source!r}, which is {kind} "
            f"({error}): save the tokenizer again with save_pretrained of a fast tokenizer"
        ) from error
