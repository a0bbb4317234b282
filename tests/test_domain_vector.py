"""VECTOR and the component block: exact components, tiers by length, type-checked sums, and what is no vector."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxem.domains.bracketed import parse_list
from fluxem.domains.domain import Context, Verdict
from fluxem.domains.vector import VECTOR, VectorEncoder
from fluxem.encoding.components import CAPACITY, MAX_COMPONENTS, TIERS, component_order, tier_of
from fluxem.errors import DecodeError, TypeMismatchError
from fluxem.vocabulary import FailureReason

ENCODER = VectorEncoder()
EDGES = sorted({n for capacity in CAPACITY for n in (capacity, capacity + 1)} - {57} | {1})


@st.composite
def components_of(draw, length):
    """A list of `length` numbers that fill the tier of that length up to its last digit."""
    layout = TIERS[tier_of(length)]
    scaled = st.integers(-layout.bound + 1, layout.bound - 1)
    return [Fraction(x, layout.scale) for x in draw(st.lists(scaled, min_size=length, max_size=length))]


vectors = st.integers(1, MAX_COMPONENTS).flatmap(components_of)
pairs = st.integers(1, MAX_COMPONENTS).flatmap(lambda n: st.tuples(components_of(n), components_of(n)))


@given(vectors)
def test_components_come_back(value):
    """Refutes: a component of any tier loses a digit or a sign."""
    vector = ENCODER.encode(value)
    assert ENCODER.decode(vector) == value
    assert ENCODER.is_valid(vector)


@given(pairs)
def test_sums_are_exact(pair):
    """Refutes: carries are lost, or the canonical form of a sum is another than the code of the sum."""
    a, b = pair
    total = ENCODER.encode(a) + ENCODER.encode(b)
    expected = [x + y for x, y in zip(a, b, strict=True)]
    assert ENCODER.decode_sum(total) == expected
    again = ENCODER.encode(expected)
    if again is None:
        with pytest.raises(DecodeError) as raised:
            ENCODER.canonical(total)
        assert raised.value.reason is FailureReason.OUT_OF_RANGE
    else:
        assert np.array_equal(ENCODER.canonical(total), again)


@pytest.mark.parametrize("length", EDGES)
def test_tier_edges(length):
    """Refutes: the last component of a full tier, or the first of the next, runs out of its dims."""
    layout = TIERS[tier_of(length)]
    assert length * layout.limbs <= 112
    largest = Fraction(layout.bound - 1, layout.scale)
    for value in ([largest] * length, [-largest] * length):
        assert ENCODER.decode(ENCODER.encode(value)) == value
    assert ENCODER.encode_batch([[Fraction(layout.bound, layout.scale)] * length])[1] == {0: FailureReason.OUT_OF_RANGE}
    assert ENCODER.encode_batch([[Fraction(1, layout.scale * 10)] * length])[1] == {0: FailureReason.OUT_OF_RANGE}


def test_57_components_are_refused():
    """Refutes: a long vector is cut off."""
    assert ENCODER.encode([1] * 56) is not None
    assert ENCODER.encode_batch([[1] * 57, "[" + "1, " * 56 + "1]"])[1] == {
        0: FailureReason.TOO_LONG,
        1: FailureReason.TOO_LONG,
    }


@pytest.mark.parametrize(("a", "b"), [([1, 2], [1, 2, 3]), ([1] * 4, [1] * 5), ([0], [0] * 56)])
def test_lengths_that_differ_do_not_add(a, b):
    """Refutes: the type check misses a length, within a tier or across tiers."""
    with pytest.raises(TypeMismatchError):
        ENCODER.decode_sum(ENCODER.encode(a) + ENCODER.encode(b))


@given(st.lists(st.integers(1, 56), min_size=2, max_size=20))
def test_a_sum_is_read_if_and_only_if_all_lengths_agree(lengths):
    """Refutes: lengths that differ but average out pass the energy test."""
    total = np.sum([ENCODER.encode([1] * n) for n in lengths], axis=0, dtype=np.float32)
    if len(set(lengths)) == 1:
        assert ENCODER.decode_sum(total) == [len(lengths)] * lengths[0]
    else:
        with pytest.raises(TypeMismatchError):
            ENCODER.decode_sum(total)


def test_sums_too_large_for_the_type_check_are_refused():
    """Refutes: lengths are compared where float32 no longer holds their squares."""
    one = ENCODER.encode([1] * 56).astype(np.float64)
    assert ENCODER.decode_sum((one * 1000).astype(np.float32)) == [1000] * 56
    with pytest.raises(DecodeError) as raised:
        ENCODER.decode_sum((one * 2000).astype(np.float32))
    assert raised.value.reason is FailureReason.LIMIT_EXCEEDED


def test_a_batch_of_all_tiers_equals_single_encodings():
    """Refutes: rows of one tier are written over those of another."""
    values = [[k + 1] * n for k, n in enumerate([3, 56, 8, 17, 1, 40, 16, 4, 28, 37, 3])]
    batch, failures = ENCODER.encode_batch(values)
    assert not failures
    assert all(np.array_equal(row, ENCODER.encode(value)) for row, value in zip(batch, values, strict=True))


def test_component_order_moves_whole_components():
    """Refutes: a permutation of dims tears limbs apart."""
    vector = ENCODER.encode([10**20, 2, 3])
    moved = vector.copy()
    moved[component_order([0, 1, 2], 0)] = vector[component_order([2, 0, 1], 0)]
    assert ENCODER.decode(moved) == [3, 10**20, 2]


@pytest.mark.parametrize("value", [[float("nan")], [float("inf")], ["1"], [], None, 3, {"a": 1}, [[1]], [1j]])
def test_what_is_no_vector_is_a_failure(value):
    """Refutes: an odd value raises, or gets a code."""
    assert ENCODER.encode_batch([value])[1] == {0: FailureReason.INVALID_VALUE}


def test_damaged_codes_are_no_encodings():
    """Refutes: an unused limb, a wrong tier or a half goes unnoticed."""
    good = ENCODER.encode([1, 2, 3])
    for dim, value in ((127, 1.0), (12, 1.0), (9, 4.0), (16, 0.5), (13, 1.0)):
        bad = good.copy()
        bad[dim] = value
        assert not ENCODER.is_valid(bad)


@pytest.mark.parametrize("text", ["[1,\t2 ,3,]", "[ 1.  2. 3.]", "[1,\r\n 2, 3.000]", " [+1, 2e0, 30e-1] "])
def test_spellings_of_one_list(text):
    """Refutes: commas, blanks, line breaks and exponents change the value."""
    assert parse_list(text) == [1, 2, 3]


PROSE = [
    ("as shown before {} and elsewhere", "[30, 65]", Verdict.AMBIGUOUS),
    ("as shown before {}.", "[3, 4, 19]", Verdict.AMBIGUOUS),
    ("defined on the interval {} of the line", "[0, 0.5]", Verdict.AMBIGUOUS),
    ("the domain {} × [0, 1]", "[0, 0.5]", Verdict.AMBIGUOUS),
    ("the entry M{} of it", "[1, 2]", Verdict.TEXT),
    ("see reference {} there", "[12]", Verdict.TEXT),
    (">>> np.array({})", "[1, 4]", Verdict.SPAN),
    ("array([[1, 2],\n       {},\n", "[3, 4]", Verdict.SPAN),
    ("x = {} holds", "[30, 65]", Verdict.SPAN),
    ("the vector {} points up", "[30, 65]", Verdict.SPAN),
    ("call it with `{}` then", "[30, 65]", Verdict.SPAN),
    ('{"box": %s, "id": 1}', "[10, 20]", Verdict.SPAN),
    ("we measured {} there", "[0.5, -1, 2]", Verdict.SPAN),
    ("then\n{}\nis printed", "[30, 65]", Verdict.SPAN),
]


@pytest.mark.parametrize(("frame", "surface", "verdict"), PROSE)
def test_evidence(frame, surface, verdict):
    """Refutes: a citation, an interval or an index is taken for a vector, or code is not."""
    before, _, after = frame.partition("%s" if "%s" in frame else "{}")
    context = Context(text=before + surface + after, start=len(before), end=len(before) + len(surface))
    assert VECTOR.judge(context) is verdict
