"""COMPOSITION: fractional counts, exact in thousandths."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxem.domains.composition import CompositionEncoder
from fluxem.domains.elements import ATOMIC_NUMBER
from fluxem.errors import DecodeError
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType, FailureReason

ENCODER = CompositionEncoder()
TOKENIZER = MultiDomainTokenizer({DomainType.FORMULA, DomainType.COMPOSITION})
THOUSANDTHS = st.integers(1, 10**6).map(lambda n: Fraction(n, 1000))
VALUES = st.dictionaries(st.sampled_from(list(ATOMIC_NUMBER)), THOUSANDTHS, min_size=1, max_size=8)


@given(VALUES)
def test_round_trip_of_value_and_of_text(value):
    """Refutes a rounded thousandth in the code or in the Hill formula."""
    vector = ENCODER.encode(value)
    assert ENCODER.decode(vector) == value
    assert ENCODER.encode(ENCODER.hill(value)).tobytes() == vector.tobytes()


@given(VALUES, VALUES)
def test_canonical_of_a_sum_is_the_encoding_of_the_sum(left, right):
    """Refutes a mixture that is not exactly the sum."""
    both = {key: left.get(key, 0) + right.get(key, 0) for key in [*left, *right]}
    raw = ENCODER.encode(left) + ENCODER.encode(right)
    assert ENCODER.decode_sum(raw) == both
    assert ENCODER.canonical(raw).tobytes() == ENCODER.encode(both).tobytes()
    assert ENCODER.molar_mass(raw) == ENCODER.molar_mass(left) + ENCODER.molar_mass(right)


def test_limits():
    """Refutes a fourth decimal that is rounded, and a count beyond the exact integers."""
    assert ENCODER.prepare({"Fe": Fraction(1, 3)}).reason is FailureReason.LIMIT_EXCEEDED
    assert ENCODER.prepare("(La0.85Sr0.15)0.975MnO3").reason is FailureReason.LIMIT_EXCEEDED
    assert ENCODER.encode({"Fe": Fraction(2**24 - 1, 1000)}) is not None
    with pytest.raises(DecodeError):
        ENCODER.decode_sum(ENCODER.encode({"Fe": 16000}) * 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The La0.8Sr0.2MnO3 cathode", ["La0.8Sr0.2MnO3"]),
        ("of (La0.8Sr0.2)0.97MnO3.", ["(La0.8Sr0.2)0.97MnO3"]),
        ("(Ba0.85Ca0.15)(Ti0.9Zr0.1)O3 ceramics", ["(Ba0.85Ca0.15)(Ti0.9Zr0.1)O3"]),
        ("CaSO4·0.5H2O sets", ["CaSO4·0.5H2O"]),
        ("La0.8Sr0.2MnO3-δ and La0.8Sr0.2CoO3 − δ", []),
        ("La1-xSrxMn0.5O3", []),
        ("version V1.5 of C99.1, section B2.3", []),
        ("add NaCl7.5 g", []),
    ],
)
def test_spans_inside_a_text(text, expected):
    """Refutes wrong bounds, and versions or amounts taken for compositions."""
    assert [token.text for token in TOKENIZER.tokenize(text) if token.domain is DomainType.COMPOSITION] == expected
