"""POLYNOMIAL: exact coefficients, linear operators on raw sums, products as convolutions, and what is none."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fluxem.domains.domain import Failure
from fluxem.domains.polynomial import MAX_DEGREE, PolynomialEncoder, convolution
from fluxem.domains.polynomial_text import parse_polynomial, trimmed
from fluxem.errors import DecodeError, TypeMismatchError
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType, FailureReason

ENCODER = PolynomialEncoder()

coefficient = st.one_of(
    st.integers(-(10**9), 10**9), st.builds(Fraction, st.integers(-9999, 9999), st.sampled_from([2, 4, 10]))
)
coefficients = st.lists(coefficient, min_size=1, max_size=12)
points = st.builds(Fraction, st.integers(-50, 50), st.integers(1, 9))


def _value(cs, x):
    return sum((c * Fraction(x) ** k for k, c in enumerate(cs)), Fraction(0))


@given(st.sampled_from("xyzaTk"), st.lists(coefficient, min_size=1, max_size=28))
def test_a_polynomial_comes_back(variable, cs):
    """Refutes: a coefficient, the variable or the degree is lost."""
    vector = ENCODER.encode((variable, cs))
    assume(vector is not None)
    assert ENCODER.decode(vector) == (variable, trimmed(cs))
    assert ENCODER.is_valid(vector)


@given(st.lists(st.builds(Fraction, st.integers(-99, 99), st.sampled_from([1, 3, 7, 30, 12])), min_size=1, max_size=8))
def test_coefficients_that_never_end_are_exact(cs):
    """Refutes: 1/3 is rounded, or its denominator is not the least."""
    vector = ENCODER.encode(cs)
    assert ENCODER.decode(vector) == ("x", trimmed(cs))
    assert vector[11] in (1, 3, 7, 21)


@given(coefficients, coefficients, points)
def test_operators_are_linear_in_the_code(a, b, x):
    """Refutes: sum, product with the variable, derivative or value differ on raw sums."""
    total = ENCODER.encode(a) + ENCODER.encode(b)
    size = max(len(a), len(b))
    cs = [p + q for p, q in zip(a + [0] * (size - len(a)), b + [0] * (size - len(b)), strict=True)]
    assert ENCODER.decode_sum(total) == ("x", trimmed(cs))
    assert ENCODER.decode_sum(ENCODER.times_variable(total)) == ("x", trimmed([0, *cs]))
    assert ENCODER.decode_sum(ENCODER.derivative(total)) == ("x", trimmed([k * c for k, c in enumerate(cs)][1:] or [0]))
    assert ENCODER.evaluate(total, x) == _value(cs, x)
    assert np.array_equal(ENCODER.canonical(total), ENCODER.encode(cs))


@given(
    st.lists(st.integers(-999, 999), min_size=1, max_size=8),
    st.lists(st.integers(-999, 999), min_size=1, max_size=8),
    points,
)
def test_the_product_is_the_convolution(a, b, x):
    """Refutes: the product of two codes is not the code of the product."""
    product = ENCODER.product(ENCODER.encode(a), ENCODER.encode(b))
    assert np.array_equal(product, ENCODER.encode(convolution(a, b)))
    assert ENCODER.evaluate(product, x) == _value(a, x) * _value(b, x)


@given(st.lists(st.integers(-99, 99), min_size=1, max_size=8), st.sampled_from(["**", "^"]), st.booleans())
def test_text_is_read_as_written(cs, power, starred):
    """Refutes: signs, order of terms, implicit products or powers change the value."""
    star = "*" if starred else ""
    terms = [f"{c}{star}x{power}{k}" if k else str(c) for k, c in enumerate(cs)]
    text = " + ".join(reversed(terms)) + " + 0*x"
    assert parse_polynomial(text, MAX_DEGREE) == ("x", trimmed(cs))


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("(x + 1)**2", (1, 2, 1)),
        ("(x-1)(x+1)", (-1, 0, 1)),
        ("-(x - 2)^3", (8, -12, 6, -1)),
        ("(2x + 1)/2", (Fraction(1, 2), 1)),
    ],
)
def test_products_as_text_are_expanded(text, expanded):
    """Refutes: parentheses, powers of sums and quotients by numbers."""
    assert parse_polynomial(text, MAX_DEGREE) == ("x", expanded)


def test_degrees_and_tiers():
    """Refutes: degree 55 does not fit, 56 does, or polynomials of different degree do not add."""
    assert ENCODER.decode(ENCODER.encode([0] * 55 + [7])) == ("x", (0,) * 55 + (7,))
    assert ENCODER.encode_batch([[1] * 57, "x**56"])[1] == {0: FailureReason.TOO_LONG, 1: FailureReason.TOO_LONG}
    assert ENCODER.decode(ENCODER.encode([10**40, 1])) == ("x", (10**40, 1))
    with pytest.raises(TypeMismatchError):
        ENCODER.decode_sum(ENCODER.encode([10**40, 1]) + ENCODER.encode([1, 1]))


def test_variables_do_not_mix():
    """Refutes: x + 1 and y + 1 add to something."""
    with pytest.raises(TypeMismatchError):
        ENCODER.decode_sum(ENCODER.encode("x + 1") + ENCODER.encode("y + 1"))
    with pytest.raises(DecodeError):
        ENCODER.product(ENCODER.encode("x + 1"), ENCODER.encode("y + 1"))


def test_no_place_is_pushed_out():
    """Refutes: the product with the variable drops the highest coefficient."""
    full = ENCODER.encode([1] * 16)
    with pytest.raises(DecodeError) as raised:
        ENCODER.times_variable(full)
    assert raised.value.reason is FailureReason.TOO_LONG


@pytest.mark.parametrize(
    "text", ["x**y", "x*y", "2**x", "sin(x)", "x)", "x +", "3", "x..2", "x^^2", "x" * 600, "+" * 5000 + "x"]
)
def test_what_is_no_polynomial_is_a_failure(text):
    """Refutes: something else gets a code, or the parser raises."""
    assert isinstance(ENCODER.parse(text), Failure)


@pytest.mark.parametrize(
    "value", [{}, {-1: 2}, {"x": 1}, {True: 1}, ("xy", [1]), ("1", [1]), ("x", []), ("x", "1"), [None], 3]
)
def test_values_of_other_kinds_are_failures(value):
    """Refutes: an odd value raises, or gets a code."""
    assert set(ENCODER.encode_batch([value])[1]) == {0}


def test_exponents_as_a_mapping():
    """Refutes: {exponent: coefficient} is read in another order."""
    assert ENCODER.decode(ENCODER.encode({2: 3, 0: 1})) == ("x", (1, 0, 3))
    assert ENCODER.decode(ENCODER.encode(("y", {3: 1}))) == ("y", (0, 0, 0, 1))


FOUND = [
    ("Let y(f) = 12*f. Let i", ["12*f"]),
    ("so f(x) = x^2 + 3x - 1 holds", ["x^2 + 3x - 1"]),
    (">>> Poly(x**2 + 1, x)", ["x**2 + 1"]),
    ("it is -v**3 + 10*v**2 + 36.", ["-v**3 + 10*v**2 + 36"]),
    ("(1 + x**2, 1 - k)", ["1 + x**2", "1 - k"]),
    ("x**2*sin(y) - 1", ["x**2"]),
    ("the (n - 1) others", ["n - 1"]),
    ("2x² + 3x = 0", ["2x² + 3x"]),
    ("a 3x speedup on 2-D arrays of an F-16 in 4K", []),
    ("2*sin(x) and y*2*x + 1", []),
    ("an area of 10 m^2 and 4 cm^2", []),
    ("pages 3 - 5 a day", []),
    ("0.10 W + 0.69 W + 0.30 W", []),
    ("section A - 2, part B/3", []),
    ("v = 0.16m/s and T = 1/f, g = 9.80m/s^2", []),
    ("collect at -80C, solve 1-2L (-20C)", []),
]


@pytest.mark.parametrize(("text", "found"), FOUND)
def test_evidence(text, found):
    """Refutes: labels, units and parts of larger terms are taken for polynomials, or one is not found whole."""
    tokens = MultiDomainTokenizer({DomainType.POLYNOMIAL}).tokenize(text)
    assert [token.text for token in tokens if token.domain is DomainType.POLYNOMIAL] == found
