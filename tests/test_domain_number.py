"""NUMBER: every decimal that fits comes back, and the detector does not look for it unasked."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxem.domains.number import NumberEncoder
from fluxem.integration.detector import OFF_BY_DEFAULT
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType, FailureReason

ENCODER = NumberEncoder()

decimals = st.builds(lambda n, k: Fraction(n, 10**k), st.integers(-(10**60), 10**60), st.integers(0, 48))


@given(decimals)
def test_a_decimal_comes_back(value):
    """Refutes: a digit is lost on the way there or back."""
    vector = ENCODER.encode(value)
    assert ENCODER.decode(vector) == value
    assert ENCODER.is_valid(vector)


@given(st.integers(-(10**40), 10**40), st.integers(0, 40))
def test_text_and_value_give_one_code(digits, places):
    """Refutes: the short way through text differs from the long one."""
    value = Fraction(digits, 10**places)
    text = (
        f"{'-' if digits < 0 else ''}{abs(digits) // 10**places}.{abs(digits) % 10**places:0{places}d}"
        if places
        else str(digits)
    )
    assert ENCODER.parse(text) == value
    assert np.array_equal(ENCODER.encode(text), ENCODER.encode(value))


@pytest.mark.parametrize("value", [3, Fraction(3), Decimal("3.0"), 3.0, "3", "3.00", "+3", "3e0", True + 2])
def test_one_number_has_one_code(value):
    """Refutes: the type or the spelling of a number shows in its code."""
    assert np.array_equal(ENCODER.encode(value), ENCODER.encode(3))
    assert type(ENCODER.decode(ENCODER.encode(value))) is int


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (Fraction(1, 3), FailureReason.OUT_OF_RANGE),
        (10**80, FailureReason.OUT_OF_RANGE),
        (Fraction(1, 10**49), FailureReason.OUT_OF_RANGE),
        (0.1, FailureReason.OUT_OF_RANGE),
        (Decimal("NaN"), FailureReason.INVALID_VALUE),
        ("1e", FailureReason.INVALID_VALUE),
        ("٣", FailureReason.INVALID_VALUE),
        ("²", FailureReason.INVALID_VALUE),
    ],
)
def test_nothing_is_rounded(value, reason):
    """Refutes: a value that does not fit is stored as another."""
    assert ENCODER.encode_batch([value])[1] == {0: reason}


def test_bare_numbers_are_found_only_when_asked_for():
    """Refutes: years and page numbers become vectors by default."""
    assert DomainType.NUMBER in OFF_BY_DEFAULT
    tokens = MultiDomainTokenizer({DomainType.NUMBER}).tokenize("In 1914 it fell by -3.5 units, v1.2")
    assert [token.text for token in tokens if token.domain is DomainType.NUMBER] == ["1914", "-3.5"]
