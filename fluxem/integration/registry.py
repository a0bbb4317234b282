"""Which encoder serves which domain."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxem.domains import DOMAINS
from fluxem.domains.domain import DomainEncoder
from fluxem.errors import ConfigError
from fluxem.integration.memo import CodeMemo, Codes
from fluxem.integration.tokens import DomainToken
from fluxem.vocabulary import SCHEMA_VERSION, VECTOR_DIM, DomainType, FailureReason, vocabulary_hash


class DomainEncoderRegistry:
    """Encoders by domain; starts with all of them, or with those of `domains`.

    A domain without an encoder is still recognized, but its spans stay text, with failure `no_encoder`.
    """

    def __init__(self, domains: Iterable[DomainType] | None = None) -> None:
        wanted = set(DOMAINS) if domains is None else set(domains)
        self._memos: dict[DomainType, CodeMemo] = {}
        self._encoders: dict[DomainType, DomainEncoder[Any]] = {}
        for domain in DOMAINS:
            if domain in wanted:
                self.register(domain, DOMAINS[domain].encoder)

    def register(self, domain: DomainType, encoder: DomainEncoder[Any]) -> None:
        """Let `encoder` serve `domain`, in place of the one that did.

        Raises:
            ConfigError: the encoder writes another domain's id.
        """
        if encoder.domain is not domain:
            raise ConfigError(f"expected an encoder of {domain.name}, got one that writes {encoder.domain.name}")
        self._encoders[domain] = encoder
        self._memos[domain] = CodeMemo(encoder)

    def unregister(self, domain: DomainType) -> None:
        """Leave `domain` without an encoder."""
        self._encoders.pop(domain, None)
        self._memos.pop(domain, None)

    def get_encoder(self, domain: DomainType) -> DomainEncoder[Any] | None:
        """The encoder of `domain`, or None."""
        return self._encoders.get(domain)

    def encode_token(self, token: DomainToken) -> npt.NDArray[np.float32] | None:
        """The vector (128,) of a token; None for TEXT and for what has no code."""
        encoder = self._encoders.get(token.domain)
        return None if encoder is None else encoder.encode(token.text)

    def encode_surfaces(self, domain: DomainType, surfaces: Sequence[str]) -> Codes:
        """Vectors (n, 128) and reasons (n,) of n texts of one domain; reason 0 is a code, other rows are NaN."""
        memo = self._memos.get(domain)
        if memo is None:
            vectors = np.full((len(surfaces), VECTOR_DIM), np.nan, dtype=np.float32)
            return vectors, np.full(len(surfaces), FailureReason.NO_ENCODER, dtype=np.uint8)
        return memo.encode(surfaces)

    def encoder_id(self) -> str:
        """What the column `encoder` of a shard holds: schema version, fingerprint and vocabulary hash."""
        return f"{SCHEMA_VERSION}:{self.fingerprint()}:{vocabulary_hash()}"

    def fingerprint(self) -> str:
        """12 hex digits over the codes of every domain's examples: equal where two encoders agree."""
        digest = hashlib.sha256()
        for domain in sorted(self._encoders):
            texts = [text for text, _ in DOMAINS[domain].examples]
            vectors, _ = self._encoders[domain].encode_batch(texts)
            digest.update(f"{domain.name}:{len(texts)}:".encode())
            digest.update(np.nan_to_num(vectors, nan=-1.0).astype("<f4").tobytes())
        return digest.hexdigest()[:12]
