"""What tokenizing one text gives: tokens and failures, as objects for people."""

from __future__ import annotations

from dataclasses import dataclass

from fluxem.vocabulary import DomainType, FailureReason


@dataclass(frozen=True, slots=True)
class DomainToken:
    """A segment of a text: plain text, or a span of a domain."""

    text: str
    """The segment as it stands in the text."""
    domain: DomainType
    """TEXT, or the span's domain."""
    start: int
    """Where it begins, in code points."""
    end: int
    """Where it ends, exclusive."""

    def __repr__(self) -> str:
        return f"DomainToken({self.domain.name}: {self.text!r})"


@dataclass(frozen=True, slots=True)
class SpanFailure:
    """A candidate that stayed text."""

    start: int
    """Where it begins, in code points."""
    end: int
    """Where it ends, exclusive."""
    domain: DomainType
    """The domain that was tried."""
    reason: FailureReason
    """Why it has no vector."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """Tokens that cover the text without gap or overlap, and the failures among its TEXT."""

    tokens: list[DomainToken]
    """In order; joined, their texts are the text."""
    failures: list[SpanFailure]
    """In order of their start."""
