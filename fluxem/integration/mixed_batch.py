"""The batch: what a layout of sequences becomes, as arrays or tensors.

Shape letters: B rows of the batch, L its columns, N vectors, K segments, P positions, Q kept ones, 128 the width of
a vector.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final, TypedDict, cast

import numpy as np
import numpy.typing as npt

from fluxem.errors import MissingDependencyError
from fluxem.integration.batch_layout import Layout, positions_in_segments
from fluxem.integration.mixed_sequence import Bools, MixedSequence
from fluxem.integration.shard_rows import Integers, Spans
from fluxem.vocabulary import VECTOR_PLACEHOLDER_ID

IGNORED_LABEL: Final = -100
"""The label that a loss leaves out: at padding and at vector positions."""


class MixedBatch(TypedDict, total=False):
    """What the collator returns: a plain dict of arrays, or, with output "torch", of tensors."""

    input_ids: Integers
    """(B, L) token ids; the placeholder id at vector positions, the padding id at padding."""
    attention_mask: Integers
    """(B, L) 1 at tokens and vectors, 0 at padding."""
    labels: Integers
    """(B, L) token ids; -100 at vectors and padding, and in packs at the first position of a segment."""
    position_ids: Integers
    """(B, L) 0, 1, 2, ... along each document; 0 at padding."""
    domain_mask: npt.NDArray[np.bool_]
    """(B, L) True at vector positions."""
    domain_types: npt.NDArray[np.uint8]
    """(B, L) domain ids; 0 (TEXT) at tokens and padding. int64 in a tensor, which indexes tables."""
    vectors: npt.NDArray[np.float32]
    """(N, 128) vectors in row-major order of their positions: `embeds[domain_mask] = project(vectors)`."""
    vector_positions: Integers
    """(N, 2) row and position of each vector."""
    document_ids: Integers
    """(B, L) packs only: which row of the input a position comes from; -1 at padding."""
    cu_seqlens: npt.NDArray[np.int32]
    """(K + 1,) packs only: bounds of the segments among the positions that are not padding, in row-major order."""


def fill_batch(
    sequence: MixedSequence, spans: Spans, layout: Layout, cells: Bools, *, pad: int, placeholder: int, packed: bool
) -> MixedBatch:
    """Every array of the batch.

    Args:
        sequence: the documents, flat.
        spans: what their -1 positions stand for, those of `sequence.kept`.
        layout: which positions stay, and how they fall into rows and segments.
        cells: (B, L) where they stand, in row-major order.
        pad: the id at padding.
        placeholder: the id at vectors.
        packed: whether rows hold several documents.
    """
    flat, kept = sequence.ids, sequence.kept
    if layout.keep is not None:
        # Of the spans that have a vector, those whose position was not cut off.
        kept = kept.copy()
        kept[kept] = layout.keep[flat == VECTOR_PLACEHOLDER_ID]
        flat = flat[layout.keep]
    at_vector = flat == VECTOR_PLACEHOLDER_ID
    labels = np.where(at_vector, IGNORED_LABEL, flat)
    types = np.zeros(len(flat), dtype=np.uint8)
    types[at_vector] = spans.domain[kept]
    if packed:
        labels[layout.segments[:-1]] = IGNORED_LABEL
    domain_mask = _scatter(cells, at_vector, False)
    batch = MixedBatch(
        input_ids=_scatter(cells, np.where(at_vector, placeholder, flat), pad),
        attention_mask=cells.astype(np.int64),
        labels=_scatter(cells, labels, IGNORED_LABEL),
        position_ids=_scatter(cells, positions_in_segments(layout), 0),
        domain_mask=domain_mask,
        domain_types=_scatter(cells, types, 0),
        vectors=spans.vector if kept.all() else spans.vector[kept],
        vector_positions=np.argwhere(domain_mask),
    )
    if packed:
        owners = np.repeat(layout.documents, np.diff(layout.segments))
        batch["document_ids"] = _scatter(cells, owners, -1)
        batch["cu_seqlens"] = layout.segments.astype(np.int32)
    return batch


def as_tensors(batch: MixedBatch) -> MixedBatch:
    """The same batch as tensors over the same memory."""
    torch = import_torch()
    arrays = cast(dict[str, Any], batch)
    tensors = {name: torch.from_numpy(np.require(array, requirements="W")) for name, array in arrays.items()}
    # torch reads an index of uint8 as a mask.
    tensors["domain_types"] = tensors["domain_types"].long()
    return cast(MixedBatch, tensors)


def import_torch() -> ModuleType:
    """torch, or the error that says how to install it."""
    try:
        import torch
    except ImportError as error:
        raise MissingDependencyError("torch", "torch") from error
    return torch


def _scatter(cells: Bools, flat: npt.NDArray[Any], fill: int | bool) -> npt.NDArray[Any]:
    """(B, L) `flat` at the filled cells, in row-major order."""
    out = np.full(cells.shape, fill, dtype=flat.dtype)
    out[cells] = flat
    return out
