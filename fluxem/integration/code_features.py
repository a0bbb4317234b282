"""What a projector's head sees of a code: scaled coordinates, and the digits of numbers. Needs torch.

Shape letters: n codes.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from fluxem.integration.coordinate_scale import DIGIT_DOMAINS
from fluxem.integration.digits import WIDTH, Lift, lift_digits
from fluxem.vocabulary import VECTOR_DIM, DomainType

_SEQUENCES: Final = frozenset({DomainType.DNA, DomainType.RNA})
_EXACT: Final = 50
_BODY: Final = 64
_LETTERS: Final = 256


def feature_width(domain: DomainType, lift: Lift) -> int:
    """How many features a code of `domain` has."""
    return VECTOR_DIM + (WIDTH[lift] if domain in DIGIT_DOMAINS else 0)


def code_features(codes: Tensor, domain: DomainType, scale: Tensor, lift: Lift) -> Tensor:
    """(n, `feature_width`) float32 features of n codes (n, 128) of one domain.

    The coordinates times `scale` (128,), a linear map. One exception: four letters of DNA or RNA in a dim are taken
    modulo 256, which leaves A, C, G and T as they are and reads an ambiguous letter as A (dim 9 counts those). Its
    code lies far above the others, and one N would drown a batch.
    """
    if domain in _SEQUENCES:
        body = codes[:, _BODY:]
        letters = torch.where(codes[:, _EXACT : _EXACT + 1] == 1, body.remainder(_LETTERS), body)
        codes = torch.cat((codes[:, :_BODY], letters), dim=-1)
    features = codes * scale.float()
    if lift == "none" or domain not in DIGIT_DOMAINS:
        return features
    return torch.cat((features, lift_digits(codes, lift)), dim=-1)
