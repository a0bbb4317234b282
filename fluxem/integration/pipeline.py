"""`TrainingPipeline`: a text to the embeddings that a language model sees. Needs torch."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from fluxem.errors import ConfigError
from fluxem.integration.byte_tokenizer import ByteTokenizer
from fluxem.integration.collator import MixedStreamCollator
from fluxem.integration.detector import Detector
from fluxem.integration.embedding import MixedStreamEmbedding
from fluxem.integration.mixed_text import rows_of_texts
from fluxem.integration.projector import MultiDomainProjector
from fluxem.integration.text_tokens import AnyTokenizer
from fluxem.vocabulary import DomainType

_LOG = logging.getLogger(__name__)
_STD: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedText:
    """One text as a model sees it; L positions, N vectors, H hidden."""

    embeddings: Tensor
    """(L, H) tokens and projected vectors in one sequence."""
    domain_mask: Tensor
    """(L,) True at vectors."""
    domain_types: list[DomainType]
    """One a position; TEXT at tokens."""
    input_ids: Tensor
    """(L,) token ids; 0 at vectors."""
    vectors: Tensor
    """(N, 128) the vectors, in order."""

    def __len__(self) -> int:
        return len(self.domain_types)


class TrainingPipeline:
    """Detector, tokenizer, token table and projector in one.

    Alone it takes a built-in byte tokenizer and a seeded table that nobody has trained, to try things out with; it
    says so in the log, and `trained_table` is False.

    Args:
        llm_hidden_dim: H. With a `token_embedding`, its width.
        tokenizer: of `tokenizers` or `transformers`, or any object with `encode(text)` and `decode(ids)`.
        token_embedding: the language model's table, `model.get_input_embeddings()`; needs its tokenizer.
        projector: a trained one; a seeded, untrained one without it.
        domains: which domains to look for; all but NUMBER by default.
        detector: another detector, in place of `domains`.
        device: where the parts go; with a `token_embedding`, where that is.
        seed: of untrained parts.

    Raises:
        ConfigError: a table without a tokenizer or the reverse, both domains and detector, or parts of other widths.
    """

    def __init__(
        self,
        llm_hidden_dim: int = 4096,
        *,
        tokenizer: AnyTokenizer | None = None,
        token_embedding: nn.Module | None = None,
        projector: MultiDomainProjector | None = None,
        domains: Iterable[DomainType] | None = None,
        detector: Detector | None = None,
        device: str | torch.device | None = None,
        seed: int = 0,
    ) -> None:
        if tokenizer is None and token_embedding is not None:
            raise ConfigError("expected the tokenizer that belongs to token_embedding, got none")
        if domains is not None and detector is not None:
            raise ConfigError("expected domains or a detector, got both")
        self.trained_table: Final = token_embedding is not None
        self.tokenizer: Final = ByteTokenizer() if tokenizer is None else tokenizer
        self.detector: Final = Detector(domains) if detector is None else detector
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            if token_embedding is None:
                token_embedding = nn.Embedding(_vocabulary_size(self.tokenizer), llm_hidden_dim)
                nn.init.normal_(token_embedding.weight, std=_STD)
                _LOG.warning("TrainingPipeline: no token_embedding given, so it takes an untrained one (seed %d)", seed)
            if projector is None:
                projector = MultiDomainProjector(llm_hidden_dim, init_std=_STD)
        target = next(token_embedding.parameters()).device if device is None else torch.device(device)
        self.embedding: Final = MixedStreamEmbedding(token_embedding, projector).to(target)
        self._collate = MixedStreamCollator(output="torch", tokenizer=self.tokenizer, registry=self.detector.registry)

    def __repr__(self) -> str:
        table = "given" if self.trained_table else "untrained"
        return f"TrainingPipeline(llm_hidden_dim={self.embedding.projector.hidden_dim}, token table {table})"

    def encode(self, text: str) -> EncodedText:
        """The embeddings of a text; gradients reach table and projector."""
        rows = rows_of_texts([text], self.detector)
        device = next(self.embedding.parameters()).device
        batch = {name: value.to(device) for name, value in self._collate(rows).items() if isinstance(value, Tensor)}
        return EncodedText(
            embeddings=self.embedding(batch)[0],
            domain_mask=batch["domain_mask"][0],
            domain_types=[DomainType(number) for number in batch["domain_types"][0].tolist()],
            input_ids=batch["input_ids"][0],
            vectors=batch["vectors"],
        )

    def save_pretrained(self, folder: str | Path) -> None:
        """Write the projector; the table belongs to the language model."""
        self.embedding.projector.save_pretrained(folder)


def _vocabulary_size(tokenizer: AnyTokenizer) -> int:
    """Rows that a token table needs: one more than the largest id, added tokens included."""
    if isinstance(tokenizer, ByteTokenizer):
        return tokenizer.vocab_size
    if hasattr(tokenizer, "get_vocab"):
        return int(max(tokenizer.get_vocab().values())) + 1
    raise ConfigError("expected a tokenizer with get_vocab(), or a token_embedding beside it")
