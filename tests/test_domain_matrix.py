"""MATRIX: exact entries, sums of one shape, the transpose as a permutation, and what is no matrix."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxem.domains.domain import Context, Verdict
from fluxem.domains.matrix import MATRIX, MatrixEncoder
from fluxem.encoding.components import TIERS, tier_of
from fluxem.errors import DecodeError, TypeMismatchError
from fluxem.vocabulary import FailureReason

ENCODER = MatrixEncoder()
SHAPES = [(r, c) for r in range(1, 57) for c in range(1, 57) if r * c <= 56]


@st.composite
def matrices_of(draw, shape):
    """A matrix whose entries fill the tier of its size."""
    rows, columns = shape
    layout = TIERS[tier_of(rows * columns)]
    entry = st.integers(-layout.bound + 1, layout.bound - 1).map(lambda x: Fraction(x, layout.scale))
    return [[draw(entry) for _ in range(columns)] for _ in range(rows)]


matrices = st.sampled_from(SHAPES).flatmap(matrices_of)
pairs = st.sampled_from(SHAPES).flatmap(lambda shape: st.tuples(matrices_of(shape), matrices_of(shape)))


def _transposed(matrix):
    return [list(row) for row in zip(*matrix, strict=True)]


@given(matrices)
def test_entries_come_back(value):
    """Refutes: rows and columns are mixed up, or an entry is rounded."""
    vector = ENCODER.encode(value)
    assert ENCODER.decode(vector) == value
    assert ENCODER.is_valid(vector)
    assert ENCODER.shape(vector) == (len(value), len(value[0]))


@given(pairs)
def test_sums_and_their_transpose_are_exact(pair):
    """Refutes: addition or transposition of raw sums loses an entry, or one is not its own inverse."""
    a, b = pair
    total = ENCODER.encode(a) + ENCODER.encode(b)
    expected = [[x + y for x, y in zip(p, q, strict=True)] for p, q in zip(a, b, strict=True)]
    assert ENCODER.decode_sum(total) == expected
    assert ENCODER.decode_sum(ENCODER.transpose(total)) == _transposed(expected)
    assert np.array_equal(ENCODER.transpose(ENCODER.transpose(total)), total)


@given(matrices)
def test_the_transpose_of_a_code_is_the_code_of_the_transpose(value):
    """Refutes: the permutation leaves another code than `encode`, in any bit."""
    assert np.array_equal(ENCODER.transpose(ENCODER.encode(value)), ENCODER.encode(_transposed(value)))


@given(st.lists(st.sampled_from(SHAPES), min_size=2, max_size=12))
def test_a_sum_is_read_if_and_only_if_all_shapes_agree(shapes):
    """Refutes: shapes of one size pass, or shapes whose mean is a shape."""
    total = np.sum([ENCODER.encode([[1] * c for _ in range(r)]) for r, c in shapes], axis=0, dtype=np.float32)
    if len(set(shapes)) == 1:
        assert ENCODER.shape(total) == shapes[0]
    else:
        with pytest.raises(TypeMismatchError):
            ENCODER.decode_sum(total)


def test_more_than_56_entries_are_refused():
    """Refutes: a matrix is cut off."""
    assert ENCODER.encode([[1] * 8] * 7) is not None
    assert ENCODER.encode_batch([[[1] * 19] * 3, [[1]] * 57])[1] == {
        0: FailureReason.TOO_LONG,
        1: FailureReason.TOO_LONG,
    }


@pytest.mark.parametrize("value", [[[1, 2], [3]], [[], []], [], [1, 2], [[1], 2], [["1"]], [[None]], [[[1]]]])
def test_what_is_no_matrix_is_a_failure(value):
    """Refutes: ragged or nested rows get a code."""
    assert ENCODER.encode_batch([value])[1] == {0: FailureReason.INVALID_VALUE}


def test_a_shape_that_does_not_fit_its_length_is_no_encoding():
    """Refutes: dims 10 and 11 are not checked."""
    vector = ENCODER.encode([[1, 2], [3, 4]])
    vector[10], vector[11], vector[8] = 1, 3, 1 + 9 + 16
    with pytest.raises(DecodeError):
        ENCODER.decode(vector)


@pytest.mark.parametrize(
    ("before", "surface", "after", "verdict"),
    [
        (">>> np.array(", "[[1, 2], [3, 4]]", ")", Verdict.SPAN),
        ("the matrix is ", "[[1, 2], [3, 4]]", ".", Verdict.SPAN),
        ("pick x", "[[0, 1]]", " of it", Verdict.TEXT),
        ("see note ", "[[4]]", " there", Verdict.TEXT),
        (">>> Matrix(", "[[4]]", ")", Verdict.SPAN),
    ],
)
def test_evidence(before, surface, after, verdict):
    """Refutes: an index or a note is taken for a matrix, or a matrix is not."""
    context = Context(text=before + surface + after, start=len(before), end=len(before) + len(surface))
    assert MATRIX.judge(context) is verdict
