"""`HybridCausalLM`: a causal language model of Hugging Face on batches of tokens and vectors. Needs torch.

The model itself stays as it is: it gets `inputs_embeds`, `attention_mask`, `position_ids` and `labels`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, TypeAlias

import torch
from torch import Tensor, nn

from fluxem.integration.embedding import MixedStreamEmbedding, mix_embeddings
from fluxem.integration.losses import DecodeLoss, TypeLoss
from fluxem.integration.projector import MultiDomainProjector
from fluxem.integration.readout import DomainReadout, readout_targets

_READOUT: Final = "fluxem_readout.safetensors"

ModelOutput: TypeAlias = Any
"""What a model of `transformers` returns: a mapping with `loss` and `logits`, also as attributes."""


class HybridCausalLM(nn.Module):
    """A language model, a projector in front of it, and optionally a readout behind it.

    Takes the collator's batch as keyword arguments, so the `Trainer` of `transformers` can train it. With a readout,
    `loss` is the language model's plus `readout_weight` times that of the next position's type and code.

    Args:
        language_model: a causal model of `transformers` that takes `inputs_embeds`.
        projector: maps codes to the model's width.
        readout: predicts types and codes.
        readout_weight: factor of the readout's loss.

    Raises:
        ConfigError: the projector has another width than the model's token table.
    """

    def __init__(
        self,
        language_model: nn.Module,
        projector: MultiDomainProjector,
        readout: DomainReadout | None = None,
        *,
        readout_weight: float = 1.0,
    ) -> None:
        super().__init__()
        self.language_model = language_model
        self.projector = projector
        self.readout = readout
        self.readout_weight = readout_weight
        self.type_loss, self.decode_loss = TypeLoss(), DecodeLoss()
        # Checks the widths. Not kept: the table would stand twice in `state_dict`.
        MixedStreamEmbedding(self.token_embedding, projector)

    @property
    def token_embedding(self) -> nn.Module:
        """The language model's own table."""
        table: nn.Module = self._model.get_input_embeddings()
        return table

    @property
    def _model(self) -> Any:  # noqa: ANN401 a model of transformers, which is not imported here
        return self.language_model

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        domain_mask: Tensor,
        domain_types: Tensor,
        vectors: Tensor,
        labels: Tensor | None = None,
        position_ids: Tensor | None = None,
        vector_positions: Tensor | None = None,
        document_ids: Tensor | None = None,
        cu_seqlens: Tensor | None = None,
        readout_mask: Tensor | None = None,
        **options: object,
    ) -> ModelOutput:
        """What the language model returns; shapes as in `MixedBatch`.

        `vector_positions` and `cu_seqlens` are there so that a whole batch can be given; they are not used here.
        `readout_mask` (B, L) is True where the readout is to be trained; None means everywhere. What `labels` are to
        tokens, it is to types and vectors. `options` go to the language model.
        """
        del vector_positions, cu_seqlens
        batch = {
            "input_ids": input_ids,
            "attention_mask": attention_mask,
            "domain_mask": domain_mask,
            "domain_types": domain_types,
            "vectors": vectors,
        }
        if readout_mask is not None:
            batch["readout_mask"] = readout_mask
        embeds = mix_embeddings(self.token_embedding, self.projector, batch)
        mask = attention_mask
        if document_ids is not None:
            batch["document_ids"] = document_ids
            mask = block_mask(document_ids, embeds.dtype)
        if self.readout is not None:
            options = options | {"output_hidden_states": True}
        output = self.language_model(
            inputs_embeds=embeds, attention_mask=mask, position_ids=position_ids, labels=labels, **options
        )
        if self.readout is not None and labels is not None:
            output["loss"] = output["loss"] + self.readout_weight * self.readout_loss(output.hidden_states[-1], batch)
        return output

    def readout_loss(self, states: Tensor, batch: dict[str, Tensor]) -> Tensor:
        """Loss of types at all positions and of codes before vectors, from states (B, L, H)."""
        assert self.readout is not None, "callers check"
        targets = readout_targets(batch)
        types = self.readout.type_head(states)
        before = self.readout(states[targets.before[:, 0], targets.before[:, 1]])
        loss: Tensor = self.type_loss(types, targets.types) + self.decode_loss(before, targets.vectors, targets.domains)
        return loss

    def save_pretrained(self, folder: str | Path) -> None:
        """Write the language model, and projector and readout beside it."""
        self._model.save_pretrained(folder)
        self.projector.save_pretrained(folder)
        if self.readout is not None:
            from safetensors.torch import save_file

            save_file(self.readout.state_dict(), Path(folder) / _READOUT)

    @classmethod
    def from_pretrained(cls, language_model: nn.Module, folder: str | Path) -> HybridCausalLM:
        """`language_model` (loaded by `transformers`) with the projector and readout that stand in `folder`.

        Raises:
            ConfigError: there is no projector.
            ShardMismatchError: it was trained on codes of other encoders.
        """
        from safetensors.torch import load_file

        projector = MultiDomainProjector.from_pretrained(folder)
        readout = None
        if (Path(folder) / _READOUT).is_file():
            readout = DomainReadout(projector.hidden_dim)
            readout.load_state_dict(load_file(Path(folder) / _READOUT))
        return cls(language_model, projector, readout)


def block_mask(document_ids: Tensor, dtype: torch.dtype) -> Tensor:
    """(B, 1, L, L) additive attention mask of packed rows: causal, and inside each document.

    Args:
        document_ids: (B, L), -1 at padding.
        dtype: of the mask; 0 where attention goes, its lowest number elsewhere.
    """
    length = document_ids.shape[1]
    same = document_ids[:, :, None] == document_ids[:, None, :]
    causal = torch.ones(length, length, dtype=torch.bool, device=document_ids.device).tril()
    mask = torch.zeros(same.shape, dtype=dtype, device=document_ids.device)
    return mask.masked_fill(~(same & causal), torch.finfo(dtype).min).unsqueeze(1)
