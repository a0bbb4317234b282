"""`generate_mixed`: text and decoded values from a `HybridCausalLM` with a readout. Needs torch."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from fluxem.encoding.header import FloatArray, read_header
from fluxem.errors import ConfigError
from fluxem.integration.causal_lm import HybridCausalLM
from fluxem.integration.collator import MixedStreamCollator
from fluxem.integration.detector import Detector
from fluxem.integration.embedding import mix_embeddings
from fluxem.integration.mixed_text import rows_of_texts
from fluxem.integration.text_tokens import AnyTokenizer
from fluxem.vocabulary import DomainType


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedValue:
    """A vector that the model emitted, and what it decodes to."""

    domain: DomainType
    """Its domain."""
    vector: FloatArray
    """(128,) a valid encoding."""
    value: object
    """What its encoder decodes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedGeneration:
    """What followed a prompt."""

    segments: tuple[str | GeneratedValue, ...]
    """Texts and values, in order."""
    undecodable: int
    """How often a vector was predicted that no encoder can read; a token stands there instead."""

    @property
    def text(self) -> str:
        """Texts and values as one text."""
        return "".join(part if isinstance(part, str) else str(part.value) for part in self.segments)


@torch.no_grad()
def generate_mixed(
    model: HybridCausalLM,
    prompt: str,
    *,
    tokenizer: AnyTokenizer,
    max_new: int = 64,
    eos_token_id: int | None = None,
    bos_token_id: int | None = None,
    detector: Detector | None = None,
) -> MixedGeneration:
    """Continue a prompt greedily, with tokens and vectors.

    Args:
        model: with a readout.
        prompt: its spans become vectors.
        tokenizer: the model's own.
        max_new: positions to add, at most.
        eos_token_id: ends the text.
        bos_token_id: stands before the prompt.
        detector: finds the prompt's spans; the default one without it.

    Raises:
        ConfigError: the model has no readout, or the prompt is empty.
    """
    detector = Detector() if detector is None else detector
    if model.readout is None:
        raise ConfigError(
            "expected a model with a DomainReadout, got one without: HybridCausalLM(lm, projector, readout)"
        )
    collate = MixedStreamCollator(
        output="torch", tokenizer=tokenizer, bos_token_id=bos_token_id, registry=detector.registry
    )
    batch = dict(collate(rows_of_texts([prompt], detector)))
    device = next(model.parameters()).device
    embeds = mix_embeddings(
        model.token_embedding, model.projector, {name: _to(value, device) for name, value in batch.items()}
    )
    if embeds.shape[1] == 0:
        raise ConfigError("expected a prompt of at least one token, got none: give a text or a bos_token_id")
    steps = _Steps(model, detector)
    found: list[int | GeneratedValue] = []
    for _ in range(max_new):
        step = steps.next(embeds)
        if step == eos_token_id:
            break
        found.append(step)
        embeds = steps.embed(step)
    return MixedGeneration(segments=_join(found, tokenizer), undecodable=steps.undecodable)


class _Steps:
    """One position at a time, with the model's cache."""

    def __init__(self, model: HybridCausalLM, detector: Detector) -> None:
        self._model, self._registry = model, detector.registry
        # Newer models of transformers call it so, and warn of the older name.
        parameters = inspect.signature(model.language_model.forward).parameters
        self._cache_name = "cache" if "cache" in parameters else "past_key_values"
        self._cache: Any = None
        self.undecodable = 0

    def next(self, embeds: Tensor) -> int | GeneratedValue:
        """The likeliest next token or value behind `embeds` (1, n, H)."""
        output = self._model.language_model(
            inputs_embeds=embeds, use_cache=True, output_hidden_states=True, **{self._cache_name: self._cache}
        )
        self._cache = getattr(output, self._cache_name)
        assert self._model.readout is not None, "checked before"
        prediction = self._model.readout(output.hidden_states[-1][:, -1])
        if int(prediction.type_logits.argmax()) != DomainType.TEXT:
            code = self._model.readout.decode(prediction, self._registry)[0]
            if code is not None:
                return self._value(code)
            self.undecodable += 1
        return int(output.logits[0, -1].argmax())

    def embed(self, step: int | GeneratedValue) -> Tensor:
        """(1, 1, H) of what was emitted."""
        table = self._model.token_embedding
        device = next(table.parameters()).device
        is_value = isinstance(step, GeneratedValue)
        batch = {
            "input_ids": torch.tensor([[0 if isinstance(step, GeneratedValue) else step]], device=device),
            "domain_mask": torch.tensor([[is_value]], device=device),
            "domain_types": torch.tensor([[step.domain if isinstance(step, GeneratedValue) else 0]], device=device),
            "vectors": torch.from_numpy(step.vector[None]) if isinstance(step, GeneratedValue) else torch.zeros(0, 128),
        }
        return mix_embeddings(table, self._model.projector, batch)

    def _value(self, code: FloatArray) -> GeneratedValue:
        domain, _ = read_header(code)
        encoder = self._registry.get_encoder(domain)
        assert encoder is not None, "the code was read by it"
        return GeneratedValue(domain=domain, vector=code, value=encoder.decode(code))


def _join(found: list[int | GeneratedValue], tokenizer: AnyTokenizer) -> tuple[str | GeneratedValue, ...]:
    """Runs of tokens as texts."""
    segments: list[str | GeneratedValue] = []
    run: list[int] = []
    for step in [*found, None]:
        if isinstance(step, int):
            run.append(step)
            continue
        if run:
            segments.append(str(tokenizer.decode(run)))
            run = []
        if step is not None:
            segments.append(step)
    return tuple(segments)


def _to(value: object, device: torch.device) -> object:
    return value.to(device) if isinstance(value, Tensor) else value
