"""Rows of shards to a batch: text tokens and vectors back in one sequence.

columns     `shard_rows`                     whatever holds the rows, as flat arrays
sequence    `row_content`, `mixed_sequence`  each span a vector, tokens, or both; BOS and EOS
layout      `batch_layout`                   truncation, packing, padding
batch       `mixed_batch`                    one scatter an array
"""

from __future__ import annotations

from functools import cached_property
from typing import Final, Literal, get_args

import numpy as np

from fluxem.errors import ConfigError
from fluxem.integration.batch_layout import Layout, filled_cells, pack_layout, pad_layout
from fluxem.integration.mixed_batch import IGNORED_LABEL, MixedBatch, as_tensors, fill_batch, import_torch
from fluxem.integration.mixed_sequence import surround
from fluxem.integration.registry import DomainEncoderRegistry
from fluxem.integration.row_content import Mode, Reading, TextFrom
from fluxem.integration.shard_rows import AnyRows, check_encoder, open_rows
from fluxem.integration.text_tokens import AnyTokenizer

__all__ = ["IGNORED_LABEL", "MixedBatch", "MixedStreamCollator"]

Output = Literal["numpy", "torch"]
Side = Literal["right", "left"]


class MixedStreamCollator:
    """Collates shard rows into one batch.

    Args:
        mode: "hybrid": a span is one position that holds its vector; "augment": its vector, then its tokens;
            "tokens": its tokens. "tokens" with a `tokenizer` is the baseline of a token-only run: the whole text
            tokenised at once, with the special tokens that the tokenizer adds.
        output: "numpy", or "torch" for tensors.
        pad_token_id: fills rows.
        placeholder_id: stands at vector positions, whose embedding is replaced by the projected vector; any id
            that the embedding table has.
        padding_side: "right" or "left".
        pad_to_multiple_of: makes the rows' length a multiple of it.
        max_length: rows are cut to it, never inside a span; a document that is cut loses its EOS.
        packing: fill rows of `max_length` with one document behind the other. The batch then has as many rows as
            that takes, and `document_ids` and `cu_seqlens`.
        bos_token_id: stands before each document.
        eos_token_id: stands behind each document.
        text_from: where each row's spans stay tokens, in code points: a span that ends behind it is written, not
            given, so that a model learns to write it. The name of an integer column, or a function of the text.
        tokenizer: tokenises the texts here, in place of the ids in the shards: one of `transformers` or
            `tokenizers`, or any object with `encode(text)` and `decode(ids)`. Leave it out to use the stored ids.
        vocab_size: how many rows the embedding table has: a stored id from this one up is an error that names its row,
            not one of a kernel on the device. Left out, ids are not looked at.
        registry: the encoders that the shards must have been written with; the built-in ones by default.

    Raises:
        ConfigError: a setting that does not exist, or settings that contradict each other.
        MissingDependencyError: output "torch" without torch.
    """

    def __init__(
        self,
        mode: Mode = "hybrid",
        output: Output = "numpy",
        *,
        pad_token_id: int = 0,
        placeholder_id: int = 0,
        padding_side: Side = "right",
        pad_to_multiple_of: int | None = None,
        max_length: int | None = None,
        packing: bool = False,
        bos_token_id: int | None = None,
        eos_token_id: int | None = None,
        text_from: TextFrom | None = None,
        tokenizer: AnyTokenizer | None = None,
        vocab_size: int | None = None,
        registry: DomainEncoderRegistry | None = None,
    ) -> None:
        _one_of("mode", mode, get_args(Mode))
        _one_of("output", output, get_args(Output))
        _one_of("padding_side", padding_side, get_args(Side))
        for name, value in (
            ("pad_to_multiple_of", pad_to_multiple_of),
            ("max_length", max_length),
            ("vocab_size", vocab_size),
        ):
            if value is not None and value < 1:
                raise ConfigError(f"expected {name} from 1 up, got {value}")
        ids = (pad_token_id, placeholder_id, bos_token_id, eos_token_id)
        if any(token is not None and token < 0 for token in ids):
            raise ConfigError(f"expected pad, placeholder, bos and eos to be token ids, from 0 up, got {ids}")
        if packing and max_length is None:
            raise ConfigError("expected max_length, the length of a packed row, with packing")
        if mode == "tokens" and text_from is not None:
            raise ConfigError("expected text_from with hybrid or augment: in mode tokens every span is tokens")
        if output == "torch":
            import_torch()
        self._output: Final = output
        self._pad, self._placeholder, self._bos, self._eos = pad_token_id, placeholder_id, bos_token_id, eos_token_id
        self._side, self._multiple = padding_side, pad_to_multiple_of or 1
        self._max_length, self._packing = max_length, packing
        self._read = Reading(mode=mode, text_from=text_from, tokenizer=tokenizer, vocab_size=vocab_size)
        self._registry = DomainEncoderRegistry() if registry is None else registry

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a shard that this collator reads: `load_shards(path, columns=collator.columns)`."""
        return self._read.columns

    @cached_property
    def _encoder(self) -> str:
        return self._registry.encoder_id()

    def __call__(self, rows: AnyRows) -> MixedBatch:
        """The batch of some rows.

        Args:
            rows: a list of dicts, an Arrow table, a batch of `datasets` (`dataset[0:4]`), or a `datasets.Dataset`.

        Raises:
            ShardMismatchError: a row was written with other encoders, vocabulary or schema.
            ShardRowError: a row contradicts itself, or lacks a column that the mode needs.
            ConfigError: there are no rows, or they are none of the above.
        """
        source = open_rows(rows)
        check_encoder(source, lambda: self._encoder)
        sequence, spans = self._read(source)
        sequence = surround(sequence, self._bos, self._eos)
        if self._packing:
            assert self._max_length is not None, "checked when made"
            layout = pack_layout(sequence, self._max_length)
        else:
            layout = pad_layout(sequence, self._max_length)
        cells = filled_cells(layout, self._width(layout), self._side)
        batch = fill_batch(
            sequence, spans, layout, cells, pad=self._pad, placeholder=self._placeholder, packed=self._packing
        )
        return as_tensors(batch) if self._output == "torch" else batch

    def _width(self, layout: Layout) -> int:
        width = int(np.diff(layout.rows).max(initial=0))
        return -(-width // self._multiple) * self._multiple


def _one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigError(f"expected {name} to be one of {', '.join(known)}, got {value!r}")
