"""Rows of shards to a batch: text tokens and vectors back in one sequence.

Shape letters: B rows, L positions of the longest row, N vectors in the batch, 128 the width of a vector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final, Literal, TypedDict

import numpy as np
import numpy.typing as npt

from fluxem.errors import ConfigError, ShardMismatchError, ShardRowError
from fluxem.integration.registry import DomainEncoderRegistry
from fluxem.vocabulary import VECTOR_DIM, VECTOR_PLACEHOLDER_ID, DomainType

IGNORED_LABEL: Final = -100
"""The label that a loss leaves out: at padding and at vector positions."""

MODES: Final = ("hybrid",)
OUTPUTS: Final = ("numpy",)

Row = Mapping[str, Any]
Integers = npt.NDArray[np.int64]


class MixedBatch(TypedDict):
    """What the collator returns: a plain dict of arrays."""

    input_ids: Integers
    """(B, L) token ids; the placeholder id at vector positions, the padding id behind the row."""
    attention_mask: Integers
    """(B, L) 1 at tokens and vectors, 0 at padding."""
    labels: Integers
    """(B, L) token ids; -100 at vector positions and padding."""
    position_ids: Integers
    """(B, L) 0, 1, 2, ... along each row; 0 at padding."""
    domain_mask: npt.NDArray[np.bool_]
    """(B, L) True at vector positions."""
    domain_types: npt.NDArray[np.uint8]
    """(B, L) domain ids; 0 (TEXT) at tokens and padding."""
    vectors: npt.NDArray[np.float32]
    """(N, 128) vectors in row-major order of their positions: `embeds[domain_mask] = project(vectors)`."""
    vector_positions: Integers
    """(N, 2) row and position of each vector."""


class MixedStreamCollator:
    """Collates shard rows into one padded batch.

    Args:
        mode: "hybrid": each span is one position that holds its vector.
        output: "numpy".
        pad_token_id: fills rows up to the longest.
        placeholder_id: stands at vector positions, whose embedding is replaced by the projected vector; any id
            that the embedding table has.
        registry: the encoders that the shards must have been written with; the built-in ones by default.

    Raises:
        ConfigError: another mode or output.
    """

    def __init__(
        self,
        mode: Literal["hybrid"] = "hybrid",
        output: Literal["numpy"] = "numpy",
        *,
        pad_token_id: int = 0,
        placeholder_id: int = 0,
        registry: DomainEncoderRegistry | None = None,
    ) -> None:
        if mode not in MODES:
            raise ConfigError(f"expected mode to be one of {', '.join(MODES)}, got {mode!r}")
        if output not in OUTPUTS:
            raise ConfigError(f"expected output to be one of {', '.join(OUTPUTS)}, got {output!r}")
        if pad_token_id < 0 or placeholder_id < 0:
            raise ConfigError("expected pad_token_id and placeholder_id to be token ids, from 0 up")
        self._pad = pad_token_id
        self._placeholder = placeholder_id
        self._registry = DomainEncoderRegistry() if registry is None else registry

    @cached_property
    def _encoder(self) -> str:
        return self._registry.encoder_id()

    def __call__(self, rows: Sequence[Row]) -> MixedBatch:
        """The batch of B rows.

        Raises:
            ShardMismatchError: a row was written with other encoders, vocabulary or schema.
            ShardRowError: a row contradicts itself, or was built without a tokenizer.
            ConfigError: there are no rows.
        """
        if not rows:
            raise ConfigError("expected at least one row to collate, got none")
        columns = [self._row(row) for row in rows]
        return self._pad_rows(columns)

    def _row(self, row: Row) -> tuple[Integers, npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
        """Token ids (T,), domains (S,) and vectors (S, 128) of one row, checked against each other."""
        name = str(row.get("id"))
        if row.get("encoder") != self._encoder:
            raise ShardMismatchError("encoder", self._encoder, row.get("encoder"))
        if row.get("input_ids") is None:
            raise ShardRowError(name, "input_ids", "token ids: build the shards with --tokenizer", "none")
        ids = np.asarray(row["input_ids"], dtype=np.int64)
        domains = np.asarray(row["span_domain"], dtype=np.int64)
        vectors = np.asarray(row["span_vector"], dtype=np.float32).reshape(-1, VECTOR_DIM)
        places = int((ids == VECTOR_PLACEHOLDER_ID).sum())
        if not places == len(domains) == len(vectors):
            expected = f"{places} spans, one for each vector position of input_ids"
            raise ShardRowError(name, "span_vector", expected, f"{len(vectors)} vectors of {len(domains)} domains")
        if not np.isfinite(vectors).all():
            raise ShardRowError(name, "span_vector", "finite coordinates", "NaN or infinity")
        if ids.size and ids.min() < VECTOR_PLACEHOLDER_ID:
            raise ShardRowError(name, "input_ids", "token ids from 0 up, or -1", f"{ids.min()}")
        if domains.size and not 0 < int(domains.min()) <= int(domains.max()) <= max(DomainType):
            raise ShardRowError(name, "span_domain", f"domain ids 1 to {max(DomainType)}", str(domains.tolist()))
        return ids, domains.astype(np.uint8), vectors

    def _pad_rows(
        self, columns: Sequence[tuple[Integers, npt.NDArray[np.uint8], npt.NDArray[np.float32]]]
    ) -> MixedBatch:
        """All rows side by side; one scatter through the mask of filled positions."""
        lengths = np.array([len(ids) for ids, _, _ in columns])
        filled = np.arange(lengths.max(initial=0)) < lengths[:, None]
        ids = np.full(filled.shape, self._pad, dtype=np.int64)
        ids[filled] = np.concatenate([ids for ids, _, _ in columns])
        is_vector = filled & (ids == VECTOR_PLACEHOLDER_ID)
        types = np.zeros(filled.shape, dtype=np.uint8)
        types[is_vector] = np.concatenate([domains for _, domains, _ in columns])
        labels = np.where(filled & ~is_vector, ids, IGNORED_LABEL)
        ids[is_vector] = self._placeholder
        return MixedBatch(
            input_ids=ids,
            attention_mask=filled.astype(np.int64),
            labels=labels,
            position_ids=np.where(filled, np.arange(filled.shape[1]), 0),
            domain_mask=is_vector,
            domain_types=types,
            vectors=np.concatenate([vectors for _, _, vectors in columns]),
            vector_positions=np.argwhere(is_vector),
        )
