"""Structured losses on what a readout predicts. Needs torch.

They act on the prediction from position p for position p + 1, never on a position's own vector, which the model was
given. Weight each as training needs; none replaces the language model's own loss.

Shape letters: M predictions, K operands.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, smooth_l1_loss, softmax

from fluxem.integration.coordinate_scale import DIGIT_DOMAINS, coordinate_scale, decoded_coordinates
from fluxem.integration.digits import LIMB_COUNT, LIMBS, limb_digits
from fluxem.integration.readout import DomainPrediction
from fluxem.vocabulary import DomainType

_BITS = 7


class DecodeLoss(nn.Module):
    """How far the predicted code is from decoding to the right value.

    Smooth L1 on the scaled coordinates that decoding reads; for the number domains also the cross-entropy of every
    digit and sign, in place of the coordinates of the limbs. Both are sums, not means, over a code, as the
    cross-entropy of a written number is a sum over its tokens: a mean over 128 digits, of which nearly all are leading
    zeros, would hide those that matter.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("scale", torch.from_numpy(coordinate_scale()))
        self.scale: Tensor
        self.register_buffer("numbers", torch.tensor(sorted(DIGIT_DOMAINS)))
        self.numbers: Tensor
        self.register_buffer("decoded", torch.from_numpy(decoded_coordinates()))
        self.decoded: Tensor

    def forward(self, prediction: DomainPrediction, vectors: Tensor, domains: Tensor) -> Tensor:
        """Mean over M predictions of codes (M, 128) of `domains` (M,); 0 with gradients where M is 0."""
        is_number = torch.isin(domains, self.numbers)
        target = vectors.float() * self.scale[domains].float()
        errors = smooth_l1_loss(prediction.scaled_code.float(), target, reduction="none")
        each = (errors * self.decoded[domains].float()).sum(dim=-1) + is_number * _digit_losses(prediction, vectors)
        loss: Tensor = each.sum() / max(1, len(each))
        return loss


class TypeLoss(nn.Module):
    """Cross-entropy of the next position's type."""

    def forward(self, type_logits: Tensor, types: Tensor) -> Tensor:
        """Mean over the positions of `types` (...) that are not -100, of logits (..., domains)."""
        kept = types >= 0
        losses = cross_entropy(type_logits[kept].float(), types[kept].long(), reduction="sum")
        return losses / kept.sum().clamp(min=1)


class AlgebraicConsistencyLoss(nn.Module):
    """How far a predicted number is from the sum of its operands, whatever the labels say.

    The linear part of a raw sum of codes is the sum with its carries open. They are resolved exactly, in integers, and
    the loss is the cross-entropy of the predicted digits and sign with those of the result.
    """

    def forward(self, prediction: DomainPrediction, operands: Tensor) -> Tensor:
        """Mean over M predictions of numbers, each of which should be the sum of operands (M, K, 128)."""
        limbs = resolve_carries(operands[..., LIMBS].sum(dim=-2))
        result = torch.cat((torch.zeros_like(operands[:, 0, : LIMBS.start]), limbs), dim=-1)
        each = _digit_losses(prediction, result)
        return each.sum() / max(1, len(each))


class DomainValidationLoss(nn.Module):
    """How far a predicted code is from being one of the type that is predicted with it.

    The header (weight and id bits) must be that of the type, and coordinates must be whole or half numbers; both are
    weighted by the predicted probability of each type.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("scale", torch.from_numpy(coordinate_scale()))
        self.scale: Tensor
        ids = torch.arange(max(DomainType) + 1)
        bits = (ids[:, None] >> torch.arange(_BITS)) & 1
        self.register_buffer("headers", torch.cat((torch.ones_like(bits[:, :1]), bits), dim=-1).float())
        self.headers: Tensor

    def forward(self, prediction: DomainPrediction) -> Tensor:
        """Mean over M predictions; TEXT, which has no code, does not count."""
        chances = softmax(prediction.type_logits.float(), dim=-1)[:, 1:]
        code = prediction.scaled_code.float()
        header = (code[:, None, : _BITS + 1] - self.headers[1:]).square().mean(dim=-1)
        raw = code[:, None, _BITS + 1 :] / self.scale[1:, _BITS + 1 :].float()
        # Zero at every half, one between; coarse coordinates are left out, where a float32 step would be noise.
        fine = self.scale[1:, _BITS + 1 :] >= 2.0**-10
        whole = (torch.sin(2 * torch.pi * raw).square() * fine).mean(dim=-1)
        return (chances * (header + whole)).sum() / max(1, len(code))


def resolve_carries(limbs: Tensor) -> Tensor:
    """(n, 64) float32 base-100 limbs of one sign with the value of the whole numbers `limbs` (n, 64).

    A sum of encodings has such limbs up to 2**24 in size; the result is that of the canonical code.
    """
    whole = limbs.round().long()
    _, borrow = _carry(whole)
    sign = torch.where(borrow < 0, -1, 1).unsqueeze(-1)
    digits, _ = _carry(whole * sign)
    return (digits * sign).float()


def _carry(limbs: Tensor) -> tuple[Tensor, Tensor]:
    """Limbs 0 to 99, and what is carried out of the highest: below 0 if and only if the value is."""
    carry = torch.zeros_like(limbs[:, 0])
    digits = []
    for limb in limbs.unbind(dim=-1):
        total = limb + carry
        digits.append(total.remainder(100))
        carry = total.div(100, rounding_mode="floor")
    return torch.stack(digits, dim=-1), carry


def _digit_losses(prediction: DomainPrediction, vectors: Tensor) -> Tensor:
    """(M,) cross-entropy of the digits together, and of the signs of halves that are not zero, of codes (M, 128)."""
    digits = cross_entropy(
        prediction.digit_logits.float().flatten(0, 1), limb_digits(vectors).flatten(), reduction="none"
    ).reshape(-1, 2 * LIMB_COUNT)
    halves = vectors[:, LIMBS].reshape(-1, 2, LIMB_COUNT // 2)
    negative, present = (halves < 0).any(dim=-1).float(), (halves != 0).any(dim=-1).float()
    signs = binary_cross_entropy_with_logits(prediction.sign_logits.float(), negative, reduction="none") * present
    return digits.sum(dim=-1) + signs.sum(dim=-1)
