"""`MixedStreamEmbedding`: a batch of tokens and vectors as one sequence of embeddings. Needs torch.

Shape letters: B rows, L positions, N vectors, H hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from fluxem.errors import ConfigError
from fluxem.integration.projector import MultiDomainProjector
from fluxem.vocabulary import DomainType

Batch = Mapping[str, Any]
"""What the collator gives with output "torch"."""


class MixedStreamEmbedding(nn.Module):
    """Token embeddings, with projected vectors at vector positions: `inputs_embeds` of a language model.

    Args:
        token_embedding: the model's own table (`model.get_input_embeddings()`), of width H.
        projector: maps codes to width H.

    Raises:
        ConfigError: the widths differ.
    """

    def __init__(self, token_embedding: nn.Module, projector: MultiDomainProjector) -> None:
        super().__init__()
        width = getattr(token_embedding, "embedding_dim", projector.hidden_dim)
        if width != projector.hidden_dim:
            raise ConfigError(f"expected a projector to the table's width {width}, got {projector.hidden_dim}")
        self.token_embedding = token_embedding
        self.projector = projector

    def forward(self, batch: Batch) -> Tensor:
        """`inputs_embeds` (B, L, H) of a batch of tensors."""
        return mix_embeddings(self.token_embedding, self.projector, batch)


def mix_embeddings(token_embedding: nn.Module, projector: MultiDomainProjector, batch: Batch) -> Tensor:
    """What `MixedStreamEmbedding` computes, for a caller that owns the two parts already."""
    embeds: Tensor = token_embedding(batch["input_ids"])
    mask = batch["domain_mask"]
    projected = projector(batch["vectors"], batch["domain_types"][mask]).to(embeds.dtype)
    embeds = embeds.masked_scatter(mask.unsqueeze(-1), projected)
    if projector.type_embedding is None:
        return embeds
    text = projector.type_embedding.weight[DomainType.TEXT].to(embeds.dtype)
    typed: Tensor = embeds + text * (~mask).unsqueeze(-1)
    return typed
