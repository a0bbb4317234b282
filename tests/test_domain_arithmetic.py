"""ARITHMETIC: expressions have their exact value, endless ones too, and sums and products of codes read as such."""

from __future__ import annotations

import operator
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fluxem.domains.arithmetic import OPERATIONS, ArithmeticEncoder
from fluxem.domains.domain import Failure
from fluxem.domains.expression import MAX_BITS, MAX_DEPTH, MAX_TOKENS
from fluxem.encoding.number_block import INEXACT, fits
from fluxem.encoding.number_sums import MAX_RECOVERED
from fluxem.errors import DecodeError
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType, FailureReason

ENCODER = ArithmeticEncoder()
OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}

numerals = st.builds(
    lambda n, k: f"{n // 10**k}.{n % 10**k:0{k}d}" if k else str(n), st.integers(0, 10**9), st.integers(0, 6)
)
leaves = numerals.map(lambda text: (text, Fraction(text)))
small = st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=10**9)


def _joined(left, sign, right):
    """A parenthesised pair, with its value; None where there is none."""
    if left[1] is None or right[1] is None or (sign == "/" and not right[1]):
        return f"({left[0]}) {sign} ({right[0]})", None
    return f"({left[0]}) {sign} ({right[0]})", OPERATORS[sign](left[1], right[1])


trees = st.recursive(leaves, lambda part: st.builds(_joined, part, st.sampled_from("+-*/"), part), max_leaves=8)


@given(trees)
def test_an_expression_has_the_value_of_its_tree(tree):
    """Refutes: a wrong value, against exact fractions computed as the expression is built."""
    text, value = tree
    parsed = ENCODER.parse(text)
    if value is None:
        assert parsed.reason is FailureReason.DIVISION_BY_ZERO
    else:
        assert parsed == value


@given(st.lists(st.tuples(st.sampled_from("+-*/"), st.integers(1, 99)), min_size=1, max_size=12), st.integers(0, 99))
def test_chains_bind_as_in_python(chain, first):
    """Refutes: a wrong precedence or associativity; Python's own parser reads the same chain with fractions."""
    text = str(first) + "".join(f"{sign}{number}" for sign, number in chain)
    python = f"Fraction({first})" + "".join(f"{sign}Fraction({number})" for sign, number in chain)
    assert ENCODER.parse(text) == eval(python, {"Fraction": Fraction})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2^3^2", 512), ("-2^2", -4), ("2^-1", Fraction(1, 2)), ("--3", 3), ("40 – 26", 14), ("1./4", Fraction(1, 4)),
        ("$720 + $270", 990), ("16 x $ 6", 96), (".5+.5", 1), ("10/3*3", 10), ("1,200 * 2", 2400), ("2.", 2),
    ],
)  # fmt: skip
def test_spellings(text, value):
    """Refutes: a usual spelling is refused or read as another number."""
    assert ENCODER.decode(ENCODER.encode(text)) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("+".join("1" * (MAX_TOKENS // 2 + 1)), FailureReason.LIMIT_EXCEEDED),
        ("(" * (MAX_DEPTH + 1) + "1" + ")" * (MAX_DEPTH + 1), FailureReason.LIMIT_EXCEEDED),
        (f"2^{MAX_BITS // 8 + 1}", FailureReason.LIMIT_EXCEEDED),
        ("9^9^9", FailureReason.LIMIT_EXCEEDED),
        ("2^0." + "0" * 4000 + "1", FailureReason.INVALID_VALUE),
        ("2^0." + "0" * 4000 + "1e-4000", FailureReason.INVALID_VALUE),
        ("10^80", FailureReason.OUT_OF_RANGE),
        ("1..2", FailureReason.INVALID_VALUE),
        ("$", FailureReason.INVALID_VALUE),
        ("1 2", FailureReason.INVALID_VALUE),
    ],
)
def test_limits(text, reason):
    """Refutes: a limit is not kept, or a failure has another reason."""
    assert ENCODER.prepare(text).reason is reason


@given(trees)
def test_operations_are_counted(tree):
    """Refutes: dims 32-40 are not the counts of what is written."""
    text, value = tree
    assume(value is not None)
    prepared = ENCODER.prepare(text)
    assume(not isinstance(prepared, Failure))
    counts = ENCODER.encode(text)[OPERATIONS].tolist()
    assert counts[:7] == [text.count(sign) for sign in "+-*/^()"]
    assert counts[7] == sum(text.count(sign) for sign in "+-*/") + 1


@given(st.fractions(max_denominator=MAX_RECOVERED))
def test_every_fraction_of_a_small_denominator_comes_back(value):
    """Refutes: 1/3 is lost because its decimal is rounded at the 48th digit."""
    assume(fits(value))  # not 1/2**60, which ends beyond the 48th digit
    vector = ENCODER.encode(value)
    assert ENCODER.decode(vector) == value
    assert ENCODER.is_valid(vector)


@given(st.lists(small, min_size=1, max_size=2))
def test_sums_of_endless_values_are_exact(values):
    """Refutes: the roundings of summands are left in their sum, or in its canonical form."""
    total = np.sum(ENCODER.encode_batch(values)[0], axis=0, dtype=np.float32)
    assert ENCODER.decode_sum(total) == sum(values)
    assert ENCODER.canonical(total).tobytes() == ENCODER.encode(sum(values)).tobytes()


@pytest.mark.parametrize(
    "text", ["4/-2^67-4/7770000/-2^67/4000000000000001575227595-2", "2 + 10^-60/3", "1/2^65 + 10^-50/3"]
)
def test_one_endless_value_is_no_finite_decimal(text):
    """Refutes: a rounded value that lies near a short fraction, such as n / 2**65, is taken for it."""
    vector = ENCODER.encode(text)
    assert ENCODER.is_valid(vector)
    assert ENCODER.canonical(vector)[INEXACT] == 1


def test_what_cannot_be_recovered_stays_flagged():
    """Refutes: a sum of rounded values passes as exact."""
    value = Fraction(1, 10**25 + 9)
    total = ENCODER.encode(value) + ENCODER.encode(value)
    assert abs(ENCODER.decode_sum(total) - 2 * value) <= Fraction(1, 10**48)
    assert ENCODER.canonical(total)[INEXACT] == 1


@given(st.integers(-(10**60), 10**60), st.integers(0, 40), st.integers(-(10**60), 10**60))
def test_the_exact_product_of_two_codes(n, places, m):
    """Refutes: a term of the convolution is rounded."""
    left, right = Fraction(n, 10**places), Fraction(m)
    assert ENCODER.exact_product(ENCODER.encode(left), ENCODER.encode(right)) == left * right


def test_a_sum_has_no_exact_product():
    """Refutes: a raw sum is multiplied as if it were one encoding."""
    one = ENCODER.encode(1)
    with pytest.raises(DecodeError):
        ENCODER.exact_product(one + one, one)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (Decimal("1e999999"), FailureReason.OUT_OF_RANGE),
        (Decimal("-1e-999999"), FailureReason.OUT_OF_RANGE),
        (Fraction(1, 3**60000), FailureReason.OUT_OF_RANGE),
        pytest.param(10**100_000, FailureReason.OUT_OF_RANGE, id="huge"),
        (Decimal("NaN"), FailureReason.INVALID_VALUE),
        (float("inf"), FailureReason.INVALID_VALUE),
        ([10**100_000], FailureReason.INVALID_VALUE),
    ],
)
def test_values_out_of_reach(value, reason):
    """Refutes: a huge number is computed with, or breaks the message that should name it."""
    assert ENCODER.prepare(value).reason is reason


def test_readings_are_slices_of_the_code():
    """Refutes: `linear_part`, `log_part` and `log_encode` are something else than their dims."""
    vector = ENCODER.encode(12)
    assert np.array_equal(ENCODER.linear_part(vector), vector[64:])
    assert np.array_equal(ENCODER.log_part(vector), vector[23:30])
    assert np.array_equal(ENCODER.log_encode(12), vector[23:30])
    assert ENCODER.log_encode("1/0") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("so 12 + 5 apples", ["12 + 5"]),
        ("it is 124 - 870/7 of them", ["124 - 870/7"]),
        ("he has 9 - 5 left", ["9 - 5"]),
        ("what is 48/2?", ["48/2"]),
        ("then 48/2 = 24", ["48/2"]),
        ("add 1/4 - 1/2 cup", []),
        ("from 1914 - 1918, in 1914 - 1918/19", []),
        ("the 48/2 of 10-4", []),
        ("pages 3 - 5", []),
        ("x + 2 + 3 and 2*3*y", []),
    ],
)
def test_evidence(text, found):
    """Refutes: ranges, fractions and parts of formulas are taken for calculations, or a calculation is not."""
    tokens = MultiDomainTokenizer({DomainType.ARITHMETIC}).tokenize(text)
    assert [token.text for token in tokens if token.domain is DomainType.ARITHMETIC] == found
