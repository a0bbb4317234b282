"""One contract for every line of the table of domains."""

import pickle
import time

import numpy as np
import pytest

from fluxem.domains import DOMAINS
from fluxem.domains.domain import Failure
from fluxem.errors import DecodeError
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import VECTOR_DIM, DomainType, FailureReason

EXAMPLES = [(domain, text, shown) for domain, entry in DOMAINS.items() for text, shown in entry.examples]
REJECTS = [(domain, text, reason) for domain, entry in DOMAINS.items() for text, reason in entry.rejects]
HOSTILE = [
    "",
    " ",
    "\0",
    "\ud800",
    "9" * 100_000,
    "1e999999999",
    "1e-999999999",
    "9^9^9^9",
    "(" * 10_000,
    "((" * 5_000 + "1" + "))" * 5_000,
    "[" * 10_000 + "]" * 10_000,
    "[" + "1," * 50_000 + "1]",
    "1" + "+1" * 50_000,
    "H2" * 50_000,
    "(H" * 10_000,
    "A" * 100_000,
    "ACGT" * 25_000,
    "1" + " m" * 50_000,
    "1 m" + "/s" * 50_000,
    "٣٫١٤ m",
    "१२३",
    "3+4j" * 20_000,
    "C#" * 50_000,
    "-" * 100_000,
    "1.2.3",
    "2024-99-99",
    "\u202e5 m",
    "5\u0301 m",
    "H\u20df2O",
]
everywhere = pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)


@pytest.mark.parametrize(("domain", "text", "shown"), EXAMPLES)
def test_an_example_alone_is_one_span_and_decodes(domain, text, shown):
    """Refutes: an example that is not detected, or does not read back as the table says."""
    tokens = MultiDomainTokenizer(domains=DOMAINS).tokenize(text)
    assert [(token.text, token.domain) for token in tokens] == [(text, domain)]
    encoder = DOMAINS[domain].encoder
    assert str(encoder.decode(encoder.encode(text))) == shown


@pytest.mark.parametrize(("domain", "text", "_shown"), EXAMPLES)
def test_what_is_decoded_was_encoded(domain, text, _shown):
    """Refutes: decode is not the inverse of encode."""
    encoder = DOMAINS[domain].encoder
    value = encoder.parse(text)
    assert not isinstance(value, Failure), value
    vector = encoder.encode(value)
    assert encoder.is_valid(vector)
    if vector[20] == 0 or domain not in (DomainType.ARITHMETIC, DomainType.QUANTITY, DomainType.NUMBER):
        decoded = encoder.decode(vector)
        assert decoded == encoder.decode(encoder.encode(decoded))
        assert np.array_equal(encoder.encode(text), vector)


@pytest.mark.parametrize(("domain", "text", "reason"), REJECTS)
def test_a_reject_fails_with_its_reason(domain, text, reason):
    """Refutes: something that cannot be encoded gets a vector, or another reason."""
    encoder = DOMAINS[domain].encoder
    assert encoder.encode(text) is None
    vectors, failures = encoder.encode_batch([text])
    assert failures == {0: reason}
    assert np.isnan(vectors).all()


@everywhere
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: f"{text[:8]!r}*{len(text)}")
def test_a_hostile_text_is_a_value_in_bounded_time(domain, text):
    """Refutes: a parser that raises, hangs, or evaluates."""
    encoder = DOMAINS[domain].encoder
    best = float("inf")
    for _ in range(3):  # the best of three: the machine may be busy
        started = time.process_time()
        value = encoder.prepare(text)
        best = min(best, time.process_time() - started)
    assert best < 0.1, "the documented bound is 10 ms; ten times as much only happens to work that is not bounded"
    if not isinstance(value, Failure):
        assert encoder.is_valid(encoder.encode(text))


@everywhere
@pytest.mark.parametrize("value", [None, b"1", object(), float("nan"), float("inf"), [object()], {"Xx": 1}, ()])
def test_a_value_of_another_kind_has_no_code(domain, value):
    """Refutes: an encoder that raises, or makes up a vector, for what is no value of its domain."""
    vectors, failures = DOMAINS[domain].encoder.encode_batch([value])
    assert set(failures) == {0}
    assert np.isnan(vectors).all()


@everywhere
def test_a_batch_equals_single_encodings(domain):
    """Refutes: vectorised code that differs from the single one, or moves rows when some fail."""
    entry = DOMAINS[domain]
    texts = [text for text, _ in entry.examples] + [text for text, _ in entry.rejects]
    texts = [*texts, *reversed(texts)]
    vectors, failures = entry.encoder.encode_batch(texts)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(texts), VECTOR_DIM)
    for row, text in enumerate(texts):
        single = entry.encoder.encode(text)
        assert (single is None) == (row in failures)
        assert single is None or vectors[row].tobytes() == single.tobytes()


@everywhere
def test_a_foreign_vector_is_refused(domain):
    """Refutes: decoding zeros, noise, sums or another domain's code to some value."""
    encoder = DOMAINS[domain].encoder
    own = encoder.encode(DOMAINS[domain].examples[0][0])
    other = next(entry for key, entry in DOMAINS.items() if key is not domain)
    foreign = other.encoder.encode(other.examples[0][0])
    noise = np.random.default_rng(7).normal(size=VECTOR_DIM)
    broken = [np.zeros(VECTOR_DIM), noise, own + own, own + foreign, foreign, own[:64], own * np.nan, own + 0.5]
    for vector in broken:
        assert not encoder.is_valid(vector)
        with pytest.raises(DecodeError):
            encoder.decode(vector)


@everywhere
def test_an_encoder_crosses_process_borders(domain):
    """Refutes: an encoder or a value that a worker cannot receive."""
    entry = DOMAINS[domain]
    value = entry.encoder.parse(entry.examples[0][0])
    again = pickle.loads(pickle.dumps((entry.encoder, value)))
    assert again[0].encode(again[1]).tobytes() == entry.encoder.encode(value).tobytes()


def test_an_empty_batch_has_no_rows():
    """Refutes: a batch of nothing that fails or is one row."""
    for entry in DOMAINS.values():
        vectors, failures = entry.encoder.encode_batch([])
        assert vectors.shape == (0, VECTOR_DIM)
        assert not failures


def test_reasons_of_rejects_are_of_the_closed_list():
    """Refutes: a domain that invents a reason."""
    assert all(isinstance(reason, FailureReason) for _, _, reason in REJECTS)
