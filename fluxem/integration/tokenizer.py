"""`MultiDomainTokenizer`: one text in, typed segments out."""

from __future__ import annotations

from collections.abc import Iterable

from fluxem.integration.detector import Ambiguity, Detector
from fluxem.integration.registry import DomainEncoderRegistry
from fluxem.integration.tokens import Analysis, DomainToken, SpanFailure
from fluxem.vocabulary import DomainType, FailureReason

__all__ = ["Analysis", "DomainToken", "MultiDomainTokenizer", "SpanFailure"]


class MultiDomainTokenizer:
    """Cuts a text into TEXT and spans, by the same detector that builds shards.

    Args:
        domains: which domains to look for; all but NUMBER by default.
        registry: encoders; what it cannot encode stays TEXT.
        ambiguity: what becomes of a candidate without evidence: "fallback" leaves it TEXT, with failure
            `ambiguous`; "priority" takes the domain that stands first in `fluxem.vocabulary.PRIORITY`.

    >>> MultiDomainTokenizer().tokenize("Combine 2 mol H2O")[1]
    DomainToken(QUANTITY: '2 mol')
    """

    def __init__(
        self,
        domains: Iterable[DomainType] | None = None,
        *,
        registry: DomainEncoderRegistry | None = None,
        ambiguity: Ambiguity = "fallback",
    ) -> None:
        self._detector = Detector(domains, registry=registry, ambiguity=ambiguity)

    def tokenize(self, text: str) -> list[DomainToken]:
        """The segments of `text`, in order; joined, they are `text`."""
        return self.analyze(text).tokens

    def analyze(self, text: str) -> Analysis:
        """Segments, and what looked like a span but stayed text."""
        batch = self._detector.analyze_batch([text])
        spans = zip(batch.span_start.tolist(), batch.span_end.tolist(), batch.span_domain.tolist(), strict=True)
        columns = (batch.failure_start, batch.failure_end, batch.failure_domain, batch.failure_reason)
        failures = zip(*(column.tolist() for column in columns), strict=True)
        return Analysis(
            tokens=list(_segments(text, spans)),
            failures=[SpanFailure(s, e, DomainType(d), FailureReason(r)) for s, e, d, r in failures],
        )


def _segments(text: str, spans: Iterable[tuple[int, int, int]]) -> Iterable[DomainToken]:
    """The spans and the text between them."""
    place = 0
    for start, end, domain in spans:
        if start > place:
            yield DomainToken(text[place:start], DomainType.TEXT, place, start)
        yield DomainToken(text[start:end], DomainType(domain), start, end)
        place = end
    if place < len(text):
        yield DomainToken(text[place:], DomainType.TEXT, place, len(text))
