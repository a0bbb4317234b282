"""Detection: the segments that were promised, in one text and in batches, in bounded work."""

import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxem.domains import DOMAINS
from fluxem.domains.domain import Lead
from fluxem.errors import ConfigError
from fluxem.integration.detector import Detector
from fluxem.integration.registry import DomainEncoderRegistry
from fluxem.integration.tokenizer import DomainToken, MultiDomainTokenizer
from fluxem.vocabulary import DomainType, FailureReason

TOKENIZER = MultiDomainTokenizer()
DETECTOR = Detector()


def shown(text):
    """The tokens of `text` as they print."""
    return [repr(token) for token in TOKENIZER.tokenize(text)]


def test_the_seed_example():
    """Refutes: the example that the project is known by."""
    assert shown("Water (H2O) boils at 373.15 K under standard pressure.") == [
        "DomainToken(TEXT: 'Water (')",
        "DomainToken(FORMULA: 'H2O')",
        "DomainToken(TEXT: ') boils at ')",
        "DomainToken(QUANTITY: '373.15 K')",
        "DomainToken(TEXT: ' under standard pressure.')",
    ]


def test_the_combine_example():
    """Refutes: a quantity or formula lost, or a token that prints otherwise."""
    assert shown("Combine 2 mol H2O with 1 mol NaCl") == [
        "DomainToken(TEXT: 'Combine ')",
        "DomainToken(QUANTITY: '2 mol')",
        "DomainToken(TEXT: ' ')",
        "DomainToken(FORMULA: 'H2O')",
        "DomainToken(TEXT: ' with ')",
        "DomainToken(QUANTITY: '1 mol')",
        "DomainToken(TEXT: ' ')",
        "DomainToken(FORMULA: 'NaCl')",
    ]


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("123 + 456", "ARITHMETIC"),
        ("10 * 20", "ARITHMETIC"),
        ("9.8 m/s^2", "QUANTITY"),
        ("373.15 K", "QUANTITY"),
        ("H2O", "FORMULA"),
        ("C6H12O6", "FORMULA"),
        ("3+4j", "COMPLEX"),
        ("-2-5i", "COMPLEX"),
        ("[1, 2, 3]", "VECTOR"),
        ("ATGCCGTAGC", "DNA"),
        ("A4", "PITCH"),
        ("C#5", "PITCH"),
    ],
)
def test_a_pattern_of_the_trade_alone_is_one_span(text, domain):
    """Refutes: a form that users know is not recognized."""
    assert shown(text) == [f"DomainToken({domain}: {text!r})"]


FRAGMENTS = st.sampled_from(
    [text for entry in DOMAINS.values() for text, _ in entry.examples]
    + [text for entry in DOMAINS.values() for text, _ in entry.rejects]
    + [
        " ",
        "  ",
        "\n",
        "\r\n",
        "\t",
        ", ",
        ". ",
        "(",
        ")",
        "[",
        "]",
        " = ",
        "-",
        "−",
        "+",
        "/",
        "the ",
        "A4 ",
        "CO ",
        "US ",
    ]
    + ["é", "𝔸", "e\u0301", "שלום ", "日本 ", "\ufeff", "\u00a0", "\u202f", "°", "µ", "𝟙", "①", "٣"]
)
TEXTS = st.lists(FRAGMENTS | st.text(max_size=8) | st.text(string.printable, max_size=8), max_size=12).map("".join)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_tokens_cover_the_text(text):
    """Refutes: a lost, doubled or shifted character, in any script; a span without a code."""
    analysis = TOKENIZER.analyze(text)
    assert "".join(token.text for token in analysis.tokens) == text
    for token in analysis.tokens:
        assert text[token.start : token.end] == token.text
        assert token.text
        if token.domain is not DomainType.TEXT:
            assert DOMAINS[token.domain].encoder.encode(token.text) is not None
    spans = [(token.start, token.end) for token in analysis.tokens if token.domain is not DomainType.TEXT]
    for failure in analysis.failures:
        assert 0 <= failure.start < failure.end <= len(text)
        assert all(failure.end <= start or end <= failure.start for start, end in spans)


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, max_size=6))
def test_a_batch_gives_what_single_texts_give(texts):
    """Refutes: documents that see each other, or rows out of step."""
    batch = DETECTOR.analyze_batch(texts)
    columns = (batch.span_start, batch.span_end, batch.span_domain)
    for row, text in enumerate(texts):
        own = slice(batch.span_offsets[row], batch.span_offsets[row + 1])
        spans = list(zip(*(column[own].tolist() for column in columns), strict=True))
        tokens = [t for t in TOKENIZER.tokenize(text) if t.domain is not DomainType.TEXT]
        assert spans == [(t.start, t.end, t.domain) for t in tokens]
        for token, vector in zip(tokens, batch.span_vector[own], strict=True):
            assert vector.tobytes() == DOMAINS[token.domain].encoder.encode(token.text).tobytes()
    assert len(batch.span_offsets) == len(batch.failure_offsets) == len(texts) + 1
    assert batch.span_vector.flags.c_contiguous


def test_a_domain_without_encoder_stays_text_and_is_counted():
    """Refutes: a span without a vector, or a candidate that vanishes."""
    registry = DomainEncoderRegistry()
    registry.unregister(DomainType.ARITHMETIC)
    analysis = MultiDomainTokenizer(registry=registry).analyze("so 1 + 2")
    assert analysis.tokens == [DomainToken("so 1 + 2", DomainType.TEXT, 0, 8)]
    assert [(f.start, f.end, f.domain, f.reason) for f in analysis.failures] == [
        (3, 8, DomainType.ARITHMETIC, FailureReason.NO_ENCODER)
    ]


def test_a_failure_stays_text():
    """Refutes: a zero or placeholder vector for what has no value."""
    analysis = TOKENIZER.analyze("so 1 / 0 is not a number")
    assert [token.domain for token in analysis.tokens] == [DomainType.TEXT]
    assert [failure.reason for failure in analysis.failures] == [FailureReason.DIVISION_BY_ZERO]


def test_only_the_domains_asked_for():
    """Refutes: a domain that was not asked for, or a subset that finds less."""
    text = "1 + 2 and 5 m"
    only = MultiDomainTokenizer(domains=[DomainType.ARITHMETIC]).tokenize(text)
    assert [token.text for token in only if token.domain is not DomainType.TEXT] == ["1 + 2"]
    assert MultiDomainTokenizer(domains=[]).tokenize(text) == [DomainToken(text, DomainType.TEXT, 0, len(text))]


def test_ambiguity_is_checked():
    """Refutes: a misspelt mode that is taken for the default."""
    with pytest.raises(ConfigError, match="fallback"):
        MultiDomainTokenizer(ambiguity="prefer")


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_a_grammar_obeys_the_rules_of_fragments(domain):
    """Refutes: a fragment whose mark is not its last group."""
    import re

    for lead, fragment in DOMAINS[domain].follows.items():
        assert isinstance(lead, Lead)
        assert re.compile(f"(?P<joined>)?{fragment}").groups == 2, "one group, the mark, beside `joined`"
        assert not re.search(r"(?<!\\)[^\\]\\d", fragment), "\\d takes other scripts' digits"


def test_registering_another_domain_is_refused():
    """Refutes: vectors of one domain under the id of another."""
    registry = DomainEncoderRegistry()
    with pytest.raises(ConfigError, match="ARITHMETIC"):
        registry.register(DomainType.QUANTITY, DOMAINS[DomainType.ARITHMETIC].encoder)


def test_the_fingerprint_follows_the_encoders():
    """Refutes: shards of different encoders under one fingerprint."""

    class Twice(type(DOMAINS[DomainType.ARITHMETIC].encoder)):
        def write(self, vectors, values):
            super().write(vectors, values)
            vectors[:, 64:] *= 2

    registry = DomainEncoderRegistry()
    before = registry.fingerprint()
    registry.register(DomainType.ARITHMETIC, Twice())
    assert registry.fingerprint() != before
    registry.register(DomainType.ARITHMETIC, DOMAINS[DomainType.ARITHMETIC].encoder)
    assert registry.fingerprint() == before


def test_the_memo_starts_anew_when_full():
    """Refutes: codes that change, or memory that grows, when more surfaces come than the memo keeps."""
    from fluxem.integration.memo import MEMO_ROWS, CodeMemo

    encoder = DOMAINS[DomainType.ARITHMETIC].encoder
    memo = CodeMemo(encoder)
    first = memo.encode(["1 + 1", "1 / 0"])
    for start in range(0, 2 * MEMO_ROWS, 5_000):
        memo.encode([f"{n} + 0" for n in range(start, start + 5_000)])
    again = memo.encode(["1 + 1", "1 / 0", "1 + 1"])
    assert again[0][0].tobytes() == again[0][2].tobytes() == first[0][0].tobytes()
    assert again[1].tolist() == [0, FailureReason.DIVISION_BY_ZERO, 0]
    assert np.isnan(again[0][1]).all()
