"""RATIONAL: exact fractions, sums that are exact although the parts never end, and what only looks like a fraction."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxem.domains.domain import Context, Verdict
from fluxem.domains.rational import LAYOUT, RATIONAL, RationalEncoder
from fluxem.encoding import number_block
from fluxem.encoding.number_sums import MAX_RECOVERED
from fluxem.vocabulary import FailureReason

ENCODER = RationalEncoder()

largest = LAYOUT.bound - 1
fractions = st.builds(Fraction, st.integers(-largest, largest), st.integers(1, largest)).filter(number_block.fits)
small = st.builds(Fraction, st.integers(-(10**6), 10**6), st.integers(1, 1000))


@given(fractions)
def test_a_fraction_comes_back(value):
    """Refutes: a fraction that never ends is decoded as its rounding, or is not in lowest terms."""
    vector = ENCODER.encode(value)
    assert ENCODER.decode(vector) == value
    assert ENCODER.is_valid(vector)
    assert (vector[number_block.INEXACT] == 0) == number_block.terminates(value)


@given(fractions)
def test_text_comes_back(value):
    """Refutes: spelling and parsing of p/q disagree."""
    text = f"{value.numerator}/{value.denominator}"
    assert ENCODER.parse(text) == value


@given(st.lists(small, min_size=1, max_size=6))
def test_sums_of_endless_fractions_are_exact(values):
    """Refutes: a sum whose denominator is at most 10**20 is read as a decimal."""
    total = sum(values, Fraction(0))
    vector = np.sum([ENCODER.encode(value) for value in values], axis=0, dtype=np.float32)
    if total.denominator <= MAX_RECOVERED:
        assert ENCODER.decode_sum(vector) == total
        assert np.array_equal(ENCODER.canonical(vector), ENCODER.encode(total))
    else:
        assert abs(ENCODER.decode_sum(vector) - total) <= Fraction(len(values), 10**48)


@given(st.integers(2, 169_466))
def test_many_thirds_add_exactly(n):
    """Refutes: the errors of many rounded summands reach the next fraction."""
    third = ENCODER.encode(Fraction(1, 3)).astype(np.float64)
    assert ENCODER.decode_sum((third * n).astype(np.float32)) == Fraction(n, 3)


@given(small, small)
def test_products_are_near_the_exact_ones(a, b):
    """Refutes: signs or zeros are lost in the log part."""
    read = ENCODER.decode_product(ENCODER.encode(a) + ENCODER.encode(b))
    assert abs(Fraction(read) - a * b) <= abs(a * b) / 10**14


@pytest.mark.parametrize(
    ("text", "value"), [("2/7", "2/7"), ("-3/6", "-1/2"), ("−1/3", "-1/3"), ("0/5", "0"), ("8/4", "2")]
)
def test_spellings(text, value):
    """Refutes: signs, common factors and zero."""
    assert ENCODER.decode(ENCODER.encode(text)) == Fraction(value)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("1/0", FailureReason.DIVISION_BY_ZERO),
        (Fraction(1, 10**32), FailureReason.OUT_OF_RANGE),
        (10**32, FailureReason.OUT_OF_RANGE),
        (Fraction(1, 2**100), FailureReason.OUT_OF_RANGE),
        (float("nan"), FailureReason.INVALID_VALUE),
        (1j, FailureReason.INVALID_VALUE),
    ],
)
def test_failures(value, reason):
    """Refutes: a fraction that does not fit gets a code, or another reason."""
    assert ENCODER.encode_batch([value])[1] == {0: reason}


@pytest.mark.parametrize(
    ("before", "surface", "after", "verdict"),
    [
        ("biggest value in 0.4, ", "-1/3", ", 29?", Verdict.SPAN),
        ("smallest value?  (a) 1  (b) ", "3/19", "  (c) 2", Verdict.SPAN),
        ("Which is bigger: ", "2/9", " or 1?", Verdict.SPAN),
        ("about ", "2/3", " of the water", Verdict.SPAN),
        ("the probability is ", "1/6", ".", Verdict.SPAN),
        ("Which is bigger: 14521.825 or ", "1/2", "?", Verdict.SPAN),
        ("Put ", "3/7", ", y, -4 in order", Verdict.SPAN),
        ("Are l and ", "6/155", " nonequal?", Verdict.SPAN),
        ("open ", "24/7", " all year", Verdict.TEXT),
        ("on ", "3/4", " they met", Verdict.TEXT),
        ("the ", "9/11", " attacks", Verdict.AMBIGUOUS),
        ("Journal 50(", "5/6", "):287", Verdict.TEXT),
        ("it costs 6 ", "1/2", " dollars", Verdict.TEXT),
        ("we get ", "48/2", " = 24", Verdict.TEXT),
        ("let x+", "1/2", " be", Verdict.TEXT),
    ],
)
def test_evidence(before, surface, after, verdict):
    """Refutes: dates, scores and issues are taken for fractions, or fractions are not."""
    context = Context(text=before + surface + after, start=len(before), end=len(before) + len(surface))
    assert RATIONAL.judge(context) is verdict


def test_an_even_division_alone_is_left_to_arithmetic():
    """Refutes: `48/2` standing alone is claimed as a fraction."""
    assert RATIONAL.judge(Context(text="48/2", start=0, end=4)) is Verdict.TEXT
    assert RATIONAL.judge(Context(text="2/7", start=0, end=3)) is Verdict.SPAN
