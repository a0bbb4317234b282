"""`DomainReadout`: from hidden states to the type and code of the next position. Needs torch.

A vector position can be an output, too. From the state at position p the readout predicts what stands at p + 1: its
type (TEXT included), and its code, in scaled coordinates; for numbers also each digit of the base-100 limbs as a
choice among ten, and a sign for each half of them (COMPLEX has two). A position's own vector never takes part.

A prediction becomes a value only if an encoder can read it: `decode` gives None for anything else, never a guess.

Shape letters: ... any leading shape, M states before vectors, H hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from fluxem.encoding.header import FloatArray, write_header
from fluxem.errors import DecodeError
from fluxem.integration.coordinate_scale import DIGIT_DOMAINS, coordinate_scale
from fluxem.integration.digits import DIGITS, LIMB_COUNT, LIMBS, limbs_of_digits
from fluxem.integration.registry import DomainEncoderRegistry
from fluxem.vocabulary import VECTOR_DIM, DomainType

IGNORED_TYPE: Final = -100
"""The type target that a loss leaves out: where the next position is padding or belongs to another document."""
_ZERO_LOGIT: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainPrediction:
    """What stands at the next position."""

    type_logits: Tensor
    """(..., domains) by domain id, TEXT included."""
    scaled_code: Tensor
    """(..., 128) the code times the projector's scale of its type."""
    digit_logits: Tensor
    """(..., 128, 10) digits of the limbs in dims 64-127, lowest first; for the number domains."""
    sign_logits: Tensor
    """(..., 2) whether the limbs in dims 64-95 and 96-127 are negative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadoutTargets:
    """What a batch says about next positions."""

    types: Tensor
    """(B, L) domain id of position p + 1, at p; -100 where there is none."""
    before: Tensor
    """(M, 2) row and position of each state before a vector."""
    vectors: Tensor
    """(M, 128) these vectors."""
    domains: Tensor
    """(M,) and their domains."""


class DomainReadout(nn.Module):
    """Predicts type and code of position p + 1 from the state at p.

    Args:
        hidden_dim: H.
    """

    def __init__(self, hidden_dim: int) -> None:
        super().__init__()
        self.type_head = nn.Linear(hidden_dim, max(DomainType) + 1)
        self.code_head = nn.Linear(hidden_dim, VECTOR_DIM)
        self.digit_head = nn.Linear(hidden_dim, DIGITS * 10)
        self.sign_head = nn.Linear(hidden_dim, 2)
        # Nearly all of a number's 128 digits are zeros beyond its ends: begin there, not at ten equal chances each.
        nn.init.zeros_(self.digit_head.bias)
        with torch.no_grad():
            self.digit_head.bias[::10] = _ZERO_LOGIT
        self.register_buffer("scale", torch.from_numpy(coordinate_scale()))
        self.scale: Tensor

    def forward(self, states: Tensor) -> DomainPrediction:
        """Predictions from states (..., H)."""
        return DomainPrediction(
            type_logits=self.type_head(states),
            scaled_code=self.code_head(states),
            digit_logits=self.digit_head(states).unflatten(-1, (DIGITS, 10)),
            sign_logits=self.sign_head(states),
        )

    @torch.no_grad()
    def decode(self, prediction: DomainPrediction, registry: DomainEncoderRegistry) -> list[FloatArray | None]:
        """The likeliest valid code (128,) of each of M predictions; None for TEXT and for what is no code."""
        types = prediction.type_logits.argmax(dim=-1)
        codes = prediction.scaled_code.float() / self.scale[types]
        # Every field of every domain is a whole number or a half.
        codes = (codes * 2).round() / 2
        limbs = limbs_of_digits(prediction.digit_logits.argmax(dim=-1))
        signs = 1 - 2 * (prediction.sign_logits > 0).float().repeat_interleave(LIMB_COUNT // 2, dim=-1)
        numbers = torch.tensor(sorted(DIGIT_DOMAINS), device=types.device)
        is_number = torch.isin(types, numbers).unsqueeze(-1)
        codes[..., LIMBS] = torch.where(is_number, limbs * signs, codes[..., LIMBS])
        rows = zip(types.tolist(), codes.cpu().numpy().astype(np.float32), strict=True)
        return [_valid_code(DomainType(domain), code, registry) for domain, code in rows]


def readout_targets(batch: Mapping[str, Any]) -> ReadoutTargets:
    """Where a batch of tensors says what the next position is.

    `batch["readout_mask"]` (B, L), where it is given, is True at the positions that are to be predicted: leave out
    those of a prompt, whose types and numbers nobody could know.
    """
    types, mask = batch["domain_types"], batch["domain_mask"]
    inside = batch["attention_mask"].bool()
    follows = inside[:, 1:] & inside[:, :-1]
    if "document_ids" in batch:
        follows &= batch["document_ids"][:, 1:] == batch["document_ids"][:, :-1]
    if "readout_mask" in batch:
        follows &= batch["readout_mask"][:, 1:].bool()
    following = torch.full_like(types, IGNORED_TYPE)
    following[:, :-1] = torch.where(follows, types[:, 1:], IGNORED_TYPE)
    has_state = torch.zeros_like(mask)
    has_state[:, 1:] = mask[:, 1:] & follows
    before = has_state.nonzero() - torch.tensor([0, 1], device=mask.device)
    kept = has_state[mask]
    return ReadoutTargets(
        types=following, before=before, vectors=batch["vectors"][kept], domains=types[mask][kept].long()
    )


def _valid_code(domain: DomainType, code: FloatArray, registry: DomainEncoderRegistry) -> FloatArray | None:
    """The encoding of the value that a predicted payload reads as."""
    encoder = registry.get_encoder(domain)
    if encoder is None:
        return None
    write_header(code[None], domain)
    if domain is DomainType.QUANTITY:
        # q is the energy of the type fields: they are predicted, so it follows.
        code[8] = (code[9:20] ** 2).sum()
    try:
        value = encoder.read(code)
        return encoder.code_of(value)
    except DecodeError:
        return None
