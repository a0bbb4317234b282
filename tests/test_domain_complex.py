"""COMPLEX: exact Cartesian sums, log-polar products within the stated error, a phase that wraps and mirrors."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxem.domains.complex_number import IMAGINARY, MAX_FACTORS, MAX_SUMMANDS, PHASE, ComplexEncoder
from fluxem.encoding.phase import PHASE_BITS, TURN, turn_units
from fluxem.errors import DecodeError, TypeMismatchError
from fluxem.vocabulary import FailureReason

ENCODER = ComplexEncoder()

whole = st.integers(-(10**12), 10**12)
decimals = st.builds(lambda n, k: Fraction(n, 10**k), st.integers(-(10**20), 10**20), st.integers(0, 20))
parts = st.one_of(whole, decimals)
points = st.tuples(parts, parts)


def _times(a, b):
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


@given(points)
def test_a_pair_comes_back(value):
    """Refutes: a part is rounded, or its sign is lost."""
    vector = ENCODER.encode(value)
    assert ENCODER.decode(vector) == value
    assert ENCODER.is_valid(vector)


@given(points, points, points)
def test_sums_follow_the_ring_laws(a, b, c):
    """Refutes: the sum of codes is not the code of the sum, or depends on order."""
    x, y, z = (ENCODER.encode(v) for v in (a, b, c))
    total = (a[0] + b[0] + c[0], a[1] + b[1] + c[1])
    assert ENCODER.decode_sum(x + y + z) == total
    assert np.array_equal((x + y) + z, x + (y + z))
    assert np.array_equal(x + y, y + x)
    assert np.array_equal(ENCODER.canonical(x + y + z), ENCODER.encode(total))


@given(st.lists(points, min_size=1, max_size=6))
def test_products_stay_within_the_stated_error(values):
    """Refutes: the bound n * 1.4e-14 + 1e-15 of `decode_product`, or that a zero factor gives 0."""
    exact = (Fraction(1), Fraction(0))
    for value in values:
        exact = _times(exact, value)
    read = ENCODER.decode_product(np.sum([ENCODER.encode(v) for v in values], axis=0))
    if exact == (0, 0):
        assert read == 0
        return
    error = (Fraction(read.real) - exact[0]) ** 2 + (Fraction(read.imag) - exact[1]) ** 2
    size = exact[0] ** 2 + exact[1] ** 2
    bound = Fraction(len(values) * 1.4e-14 + 1e-15)
    assert error <= size * bound**2


@given(whole, whole, whole, whole)
@settings(max_examples=50)
def test_products_of_small_whole_numbers_round_to_the_exact_ones(a, b, c, d):
    """Refutes: a Gaussian product below 10**6 cannot be read off by rounding."""
    a, b, c, d = (v % 2001 - 1000 for v in (a, b, c, d))
    read = ENCODER.decode_product(ENCODER.encode((a, b)) + ENCODER.encode((c, d)))
    assert (round(read.real), round(read.imag)) == _times((a, b), (c, d))


@given(points)
def test_conjugation_is_a_fixed_flip_of_signs(value):
    """Refutes: the flipped code is another than that of the conjugate (negative reals: the same angle)."""
    vector = ENCODER.encode(value)
    flipped = ENCODER.conjugate(vector)
    expected = ENCODER.encode((value[0], -value[1]))
    mask = np.ones(128, dtype=bool)
    if abs(int(turn_units([value[0].numerator], [value[1].numerator])[0])) == TURN // 2 or vector[30] == 128:
        mask[PHASE] = False
    assert np.array_equal(flipped[mask], expected[mask])
    assert np.array_equal(ENCODER.conjugate(flipped)[IMAGINARY], vector[IMAGINARY])
    assert np.array_equal(ENCODER.canonical(flipped), expected)


@pytest.mark.parametrize(
    ("point", "eighths"),
    [((1, 0), 0), ((1, 1), 1), ((0, 1), 2), ((-1, 1), 3), ((-1, 0), 4), ((-1, -1), -3), ((0, -1), -2), ((1, -1), -1)],
)
def test_the_phase_is_exact_on_axes_and_diagonals(point, eighths):
    """Refutes: a quarter or an eighth of a turn is off by a unit, or the branch is another than (-1/2, 1/2]."""
    assert int(turn_units([point[0]], [point[1]])[0]) == eighths * TURN // 8


@given(st.integers(-(10**30), 10**30), st.integers(-(10**30), 10**30))
@settings(max_examples=300)
def test_the_phase_agrees_with_the_library(x, y):
    """Refutes: an interval of the table is wrong, or the series is cut too early (library: about 1e-16)."""
    if x == y == 0:
        return
    turns = int(turn_units([x], [y])[0]) / 2.0**PHASE_BITS
    assert math.isclose(turns, math.atan2(y, x) / (2 * math.pi), abs_tol=2.0**-48.5)


@given(st.integers(2, 400))
@settings(max_examples=40, deadline=None)
def test_the_phase_wraps(n):
    """Refutes: many turns do not read as one angle."""
    i = ENCODER.encode("1j")
    expected = (1, 1j, -1, -1j)[n % 4]
    assert ENCODER.decode_product((i * np.float32(n)).astype(np.float32)) == expected


def test_sums_beyond_the_exact_limit_are_refused():
    """Refutes: a sum is read where limbs are no longer exact."""
    nines = ENCODER.encode((10**32 - 1, -(10**32 - 1)))
    full = (nines.astype(np.float64) * MAX_SUMMANDS).astype(np.float32)
    total = (10**32 - 1) * MAX_SUMMANDS
    assert ENCODER.decode_sum(full) == (total, -total)
    with pytest.raises(DecodeError) as raised:
        ENCODER.decode_sum((nines.astype(np.float64) * (MAX_SUMMANDS + 1)).astype(np.float32))
    assert raised.value.reason is FailureReason.LIMIT_EXCEEDED
    with pytest.raises(DecodeError):
        ENCODER.decode_product((nines.astype(np.float64) * (MAX_FACTORS + 1)).astype(np.float32))
    with pytest.raises(DecodeError) as raised:
        ENCODER.canonical(nines + nines)
    assert raised.value.reason is FailureReason.OUT_OF_RANGE


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3 + 4j, (3, 4)),
        (0.5 - 2j, (Fraction(1, 2), -2)),
        (7, (7, 0)),
        (Fraction(1, 4), (Fraction(1, 4), 0)),
        ([1, 2], (1, 2)),
    ],
)
def test_python_values(value, expected):
    """Refutes: a Python number is taken inexactly."""
    assert ENCODER.decode(ENCODER.encode(value)) == expected


@pytest.mark.parametrize("value", [complex("nan"), complex("inf"), (1,), (1, 2, 3), ("1", 2), None, b"1j", object()])
def test_what_is_no_number_is_a_failure(value):
    """Refutes: an odd value raises, or gets a code."""
    assert ENCODER.encode_batch([value])[1] == {0: FailureReason.INVALID_VALUE}


def test_a_part_that_does_not_fit_is_refused_and_not_rounded():
    """Refutes: 0.1 as a binary float, or 1/3, is stored as something else."""
    assert ENCODER.encode(complex(0.1, 0)) is None
    assert ENCODER.encode((Fraction(1, 3), 0)) is None
    assert ENCODER.encode((10**32, 0)) is None
    assert ENCODER.encode((10**32 - 1, Fraction(1, 10**32))) is not None


def test_a_vector_of_another_domain_is_no_complex_number():
    """Refutes: the header is not looked at."""
    vector = ENCODER.encode("3+4j").copy()
    vector[1:8] = 0
    vector[1] = 1
    assert not ENCODER.is_valid(vector)
    with pytest.raises(DecodeError):
        ENCODER.decode(vector)
    assert not issubclass(DecodeError, TypeMismatchError)
