"""`MultiDomainProjector`: codes to hidden states. Needs torch.

The code is exact storage; this is where a model learns to read it: a fixed power-of-two diagonal
(`coordinate_scale`), optionally the digits of numbers as features (`digits`), then a learned affine map a domain.

Shape letters: N vectors, H hidden.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, get_args

import torch
from torch import Tensor, nn

from fluxem.errors import ConfigError, ShardMismatchError
from fluxem.integration.code_features import code_features, feature_width
from fluxem.integration.coordinate_scale import DIGIT_DOMAINS, coordinate_scale
from fluxem.integration.digits import Lift
from fluxem.integration.registry import DomainEncoderRegistry
from fluxem.vocabulary import DomainType

_SETTINGS: Final = "fluxem_projector.json"
_WEIGHTS: Final = "fluxem_projector.safetensors"
_CODE: Final = 16.0
"""The squared length of the scaled coordinates of a usual code: of 128 about 16 differ from zero."""
_LIFTED: Final[dict[str, float]] = {"none": 0.0, "cos_sin": 8.0, "one_hot": 4.0}
"""That of the lifted digits: about 4 differ from 0, each of length 1 (one-hot) or, squared, 2 (cosine - 1 and sine)."""


class MultiDomainProjector(nn.Module):
    """Maps each vector by the head of its domain.

    A batch is sorted by domain, and every head multiplies its part, be it empty: so a batch without some domain, or
    without any vector, still gives every parameter a gradient (zero), and DDP needs no `find_unused_parameters`.

    Args:
        hidden_dim: H, the width of the model's embeddings.
        digit_lift: adds the digits of numbers as features: "cos_sin", "one_hot", or "none".
        domains: those that have a head; None: all. A head that no vector of a corpus needs costs memory and time.
        type_embeddings: learn a vector a domain, TEXT included, that is added at every position; zero at first.
        init_std: the standard deviation of outputs that initialization aims at: that of the token embeddings.
    """

    def __init__(
        self,
        hidden_dim: int,
        *,
        digit_lift: Lift = "none",
        domains: Iterable[DomainType] | None = None,
        type_embeddings: bool = False,
        init_std: float = 0.02,
    ) -> None:
        super().__init__()
        if digit_lift not in get_args(Lift):
            raise ConfigError(f"expected digit_lift to be one of {', '.join(get_args(Lift))}, got {digit_lift!r}")
        if hidden_dim < 1:
            raise ConfigError(f"expected hidden_dim from 1 up, got {hidden_dim}")
        self.hidden_dim: Final = hidden_dim
        self.digit_lift: Final = digit_lift
        self.register_buffer("scale", torch.from_numpy(coordinate_scale()))
        self.scale: Tensor
        self.domains: Final = tuple(sorted(set(DomainType) - {DomainType.TEXT} if domains is None else set(domains)))
        if not self.domains or DomainType.TEXT in self.domains:
            raise ConfigError(f"expected domains other than TEXT, got {[domain.name for domain in self.domains]}")
        self.heads = nn.ModuleDict(
            {domain.name: nn.Linear(feature_width(domain, digit_lift), hidden_dim) for domain in self.domains}
        )
        self.type_embedding = nn.Embedding(max(DomainType) + 1, hidden_dim) if type_embeddings else None
        self._initialize(init_std)

    def forward(self, vectors: Tensor, types: Tensor) -> Tensor:
        """Hidden states (N, H) of the codes `vectors` (N, 128) of the domains `types` (N,).

        Raises:
            ConfigError: a type is TEXT, or a domain that has no head.
        """
        types = types.to(device=self.scale.device, dtype=torch.long)
        codes = vectors.to(device=self.scale.device, dtype=torch.float32)
        order = torch.argsort(types, stable=True)
        counts = torch.bincount(types, minlength=len(DomainType)).tolist()
        for domain in DomainType:
            if counts[domain] and domain not in self.domains:
                raise ConfigError(
                    f"expected vectors of {', '.join(known.name for known in self.domains)}, "
                    f"got {domain.name} for {counts[domain]} of them"
                )
        parts = torch.split(codes[order], counts)
        projected = torch.cat([self._project(domain, parts[domain]) for domain in self.domains])
        out = projected[torch.argsort(order)]
        return out if self.type_embedding is None else out + self.type_embedding(types).to(out.dtype)

    def save_pretrained(self, folder: str | Path) -> None:
        """Write settings and weights beside a model's own files."""
        from safetensors.torch import save_file

        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        settings = {
            "hidden_dim": self.hidden_dim,
            "digit_lift": self.digit_lift,
            "domains": [domain.name for domain in self.domains],
            "type_embeddings": self.type_embedding is not None,
            "encoder": DomainEncoderRegistry().encoder_id(),
        }
        (target / _SETTINGS).write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
        save_file({name: tensor.contiguous() for name, tensor in self.state_dict().items()}, target / _WEIGHTS)

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> MultiDomainProjector:
        """Read what `save_pretrained` wrote.

        Raises:
            ConfigError: it did not write there.
            ShardMismatchError: the weights were trained on codes of other encoders.
        """
        from safetensors.torch import load_file

        source = Path(folder)
        if not (source / _SETTINGS).is_file():
            raise ConfigError(f"expected {_SETTINGS} in {folder}, found none: give the folder of save_pretrained")
        settings: Mapping[str, Any] = json.loads((source / _SETTINGS).read_text(encoding="utf-8"))
        own = DomainEncoderRegistry().encoder_id()
        if settings["encoder"] != own:
            raise ShardMismatchError("encoder (of the projector)", own, settings["encoder"])
        projector = cls(
            int(str(settings["hidden_dim"])),
            digit_lift=_lift(settings["digit_lift"]),
            domains=[DomainType[name] for name in settings["domains"]],
            type_embeddings=bool(settings["type_embeddings"]),
        )
        projector.load_state_dict(load_file(source / _WEIGHTS))
        return projector

    def _project(self, domain: DomainType, codes: Tensor) -> Tensor:
        """(n, H) of n codes of one domain, n from 0 up."""
        # In float32, before any cast: bfloat16 has no bits left for an angle.
        features = code_features(codes, domain, self.scale[domain], self.digit_lift)
        head = self.heads[domain.name]
        assert isinstance(head, nn.Linear), "heads are linear"
        projected: Tensor = head(features.to(head.weight.dtype))
        return projected

    def _initialize(self, std: float) -> None:
        for name, head in self.heads.items():
            assert isinstance(head, nn.Linear), "heads are linear"
            active = _CODE + (_LIFTED[self.digit_lift] if DomainType[name] in DIGIT_DOMAINS else 0.0)
            nn.init.normal_(head.weight, std=std / active**0.5)
            nn.init.zeros_(head.bias)
        if self.type_embedding is not None:
            nn.init.zeros_(self.type_embedding.weight)


def _lift(value: object) -> Lift:
    for lift in get_args(Lift):
        if lift == value:
            return lift  # type: ignore[no-any-return]  # get_args has no types
    raise ConfigError(f"expected digit_lift to be one of {', '.join(get_args(Lift))}, got {value!r}")
