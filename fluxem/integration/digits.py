"""Decimal digits of base-100 limbs, as features and back. Needs torch.

Dims 64-127 of the number domains are 64 limbs of two digits each, all with the sign of the number (see
`fluxem.encoding.number_block`). A linear map of a limb cannot tell 19 from 20 as it tells 19 from 91; cosine and sine
of each digit can (FoNE, arXiv 2502.09741), and one-hot digits can even more plainly.

A digit 0 has features of zero in either lift: of 128 digits nearly all are leading or trailing zeros, and features that
stand for them would be one constant, ten times as long as what tells numbers apart. Nothing is lost: a learned map has
a bias for the constant.

Shape letters: n vectors.
"""

from __future__ import annotations

import math
from typing import Final, Literal

import torch
from torch import Tensor
from torch.nn.functional import one_hot

Lift = Literal["none", "cos_sin", "one_hot"]

LIMBS: Final = slice(64, 128)
LIMB_COUNT: Final = 64
DIGITS: Final = 2 * LIMB_COUNT
WIDTH: Final[dict[str, int]] = {"none": 0, "cos_sin": 2 * DIGITS, "one_hot": 9 * DIGITS}
"""Features that a lift adds."""


def limb_digits(vectors: Tensor) -> Tensor:
    """(n, 128) digits 0-9 of the limbs of n codes (n, 128), lowest first, without sign."""
    limbs = vectors[..., LIMBS].abs().round().long()
    return torch.stack((limbs % 10, limbs // 10 % 10), dim=-1).flatten(-2)


def lift_digits(vectors: Tensor, lift: Lift) -> Tensor:
    """(n, WIDTH[lift]) parameter-free float32 features of the limbs of n float32 codes."""
    digits = limb_digits(vectors)
    if lift == "one_hot":
        return one_hot(digits, 10)[..., 1:].flatten(-2).float()
    angle = digits.float() * (2 * math.pi / 10)
    return torch.cat((angle.cos() - 1, angle.sin()), dim=-1)


def limbs_of_digits(digits: Tensor) -> Tensor:
    """(n, 64) limbs without sign of n rows of digits (n, 128)."""
    limbs: Tensor = digits[..., 0::2] + 10 * digits[..., 1::2]
    return limbs.float()
