"""Detection against a slow, obvious reference: every position, every domain by itself, no columns."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from reference_detector import PARAGRAPHS, TEXTS, Reference

from fluxem.domains import DOMAINS
from fluxem.integration.detector import OFF_BY_DEFAULT
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType

TOKENIZER = MultiDomainTokenizer()
REFERENCE = Reference(set(DOMAINS) - OFF_BY_DEFAULT)
ALL = MultiDomainTokenizer(domains=DOMAINS)
REFERENCE_OF_ALL = Reference(set(DOMAINS))


def detected(tokenizer, text):
    """Spans and failures of the fast detector."""
    analysis = tokenizer.analyze(text)
    spans = [(t.start, t.end, t.domain) for t in analysis.tokens if t.domain is not DomainType.TEXT]
    return spans, [(f.start, f.end, f.domain, f.reason) for f in analysis.failures]


@pytest.mark.parametrize("text", PARAGRAPHS, ids=lambda text: text[:12])
def test_the_reference_agrees_on_paragraphs(text):
    """Refutes: a span or failure added or lost by the columns of leads, the shared evidence or the scan's jumps."""
    assert detected(TOKENIZER, text) == REFERENCE.analyze(text)
    assert detected(ALL, text) == REFERENCE_OF_ALL.analyze(text)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_the_reference_agrees(text):
    """Refutes the same on texts that nobody wrote."""
    assert detected(TOKENIZER, text) == REFERENCE.analyze(text)


@pytest.mark.slow
@settings(max_examples=2_000, deadline=None)
@given(TEXTS)
def test_the_reference_agrees_at_length(text):
    """Refutes the same on many more, with every domain on."""
    assert detected(TOKENIZER, text) == REFERENCE.analyze(text)
    assert detected(ALL, text) == REFERENCE_OF_ALL.analyze(text)


def test_the_reference_can_disagree():
    """Refutes a comparison that cannot fail: without one domain the reference sees less."""
    text = "at 373.15 K"
    assert detected(TOKENIZER, text) != Reference(set(DOMAINS) - {DomainType.QUANTITY}).analyze(text)
