"""The blocks under every domain: header, limbs, logarithm, number block, type check; what is exact, and up to where."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fluxem.domains.arithmetic import ArithmeticEncoder
from fluxem.encoding import number_block, number_sums
from fluxem.encoding.header import (
    DOMAIN_BITS,
    EXACT_INTEGER_LIMIT,
    WEIGHT,
    as_vector,
    expect_header,
    read_header,
    weight,
    write_header,
)
from fluxem.encoding.limbs import LimbFormat, read_limbs, write_limbs
from fluxem.encoding.logarithm import FRACTION_BITS, log2_fields, split_binary, split_binary_array
from fluxem.encoding.number_block import LAYOUT, LINEAR, MAX_FACTORS, MAX_SUMMANDS
from fluxem.encoding.type_check import ENERGY, MAX_ENERGY, read_type, write_type
from fluxem.errors import DecodeError, MixedDomainsError, TypeMismatchError
from fluxem.vocabulary import VECTOR_DIM, DomainType, FailureReason

ENCODER = ArithmeticEncoder()
LARGEST = LAYOUT.bound - 1
domains = st.sampled_from([domain for domain in DomainType if domain])
scaled = st.integers(-LARGEST, LARGEST)
decimals = st.builds(lambda n, k: Fraction(n, 10**k), st.integers(-(10**40), 10**40), st.integers(0, 40))
short = st.builds(lambda n, k: Fraction(n, 10**k), st.integers(-(10**7), 10**7), st.integers(0, 12))
numbers = st.one_of(
    st.integers(-(2**70), 2**70),
    short,
    decimals,
    st.builds(Fraction, st.integers(-(10**9), 10**9), st.integers(1, 10**6)),
)


def _blank(rows=1):
    return np.zeros((rows, VECTOR_DIM), dtype=np.float32)


def _header(domain):
    vectors = _blank()
    write_header(vectors, domain)
    return vectors[0]


def _scaled_code(x):
    vectors = _blank()
    write_header(vectors, DomainType.ARITHMETIC)
    number_block.write_number(vectors, [x], [True])
    return vectors[0]


def _times(vector, n):
    """A sum of n equal encodings; float64 holds it, and float32 as long as limbs are exact."""
    return (vector.astype(np.float64) * n).astype(np.float32)


def _bfloat16(values):
    """The nearest bfloat16 numbers, ties to even, as float32."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16) << 16
    return rounded.astype(np.uint32).view(np.float32)


# --------------------------------------------------------------------------------------------------- header


@given(st.lists(domains, min_size=1, max_size=40))
def test_the_header_reads_any_multiset_of_domains(summands):
    """Refutes: a mixture passes as one domain, or a pure sum is refused or miscounted."""
    total = np.sum([_header(domain) for domain in summands], axis=0, dtype=np.float32)
    if len(set(summands)) == 1:
        assert read_header(total) == (summands[0], len(summands))
        assert weight(total) == len(summands)
    else:
        with pytest.raises(MixedDomainsError):
            read_header(total)


@given(domains, st.integers(1, EXACT_INTEGER_LIMIT))
def test_the_weight_is_exact_up_to_its_limit(domain, n):
    """Refutes: a large sum loses its count or its domain."""
    assert read_header(_times(_header(domain), n)) == (domain, n)


@pytest.mark.parametrize("count", [0.0, -1.0, 0.5, 2.0**24 + 2, float("nan"), float("inf")])
def test_a_weight_that_no_sum_has_is_refused(count):
    """Refutes: a difference, a mean or a broken vector is read as a sum."""
    vector = _header(DomainType.DATE)
    vector[WEIGHT] = count
    with pytest.raises(DecodeError):
        read_header(vector)


@pytest.mark.parametrize("number", [0, 22, 127])
def test_ids_that_are_no_domain_are_refused(number):
    """Refutes: TEXT or an id of the future is read as a domain."""
    vector = np.zeros(VECTOR_DIM, dtype=np.float32)
    vector[WEIGHT] = 1
    vector[DOMAIN_BITS] = [number >> bit & 1 for bit in range(7)]
    with pytest.raises(DecodeError):
        read_header(vector)


@pytest.mark.parametrize("shape", [(127,), (1, 128), (), (128, 1)])
def test_other_shapes_are_refused(shape):
    """Refutes: a matrix or a cut vector is read."""
    with pytest.raises(DecodeError):
        as_vector(np.zeros(shape))


def test_the_wrong_domain_and_too_many_summands_are_told_apart():
    """Refutes: the reason of a refusal is lost."""
    with pytest.raises(DecodeError, match="DATE"):
        expect_header(_header(DomainType.DATE), DomainType.TIME, 1)
    with pytest.raises(DecodeError, match="decode_sum"):
        expect_header(_times(_header(DomainType.DATE), 2), DomainType.DATE, 1)
    with pytest.raises(DecodeError) as raised:
        expect_header(_times(_header(DomainType.DATE), 3), DomainType.DATE, 2)
    assert raised.value.reason is FailureReason.LIMIT_EXCEEDED


# ---------------------------------------------------------------------------------------------------- limbs

layouts = st.sampled_from(
    [LimbFormat(limbs=64, fraction_limbs=24, digits=2), LimbFormat(limbs=7, fraction_limbs=3, digits=3)]
)


@given(st.data(), layouts)
def test_limbs_come_back_and_add(data, layout):
    """Refutes: a digit, a sign or a carry is lost."""
    xs = data.draw(st.lists(st.integers(-layout.bound + 1, layout.bound - 1), min_size=1, max_size=9))
    limbs = np.zeros((len(xs), layout.limbs), dtype=np.float32)
    write_limbs(limbs, xs, layout)
    assert [read_limbs(row, layout) for row in limbs] == xs
    assert read_limbs(limbs.sum(axis=0, dtype=np.float32), layout) == sum(xs)
    assert not np.signbit(limbs[limbs == 0]).any()


@given(scaled)
def test_limbs_survive_half_precision(x):
    """Refutes: a limb of one encoding is no bfloat16 or float16 number."""
    limbs = _scaled_code(x)[LINEAR]
    assert np.array_equal(_bfloat16(limbs), limbs)
    assert np.array_equal(limbs.astype(np.float16).astype(np.float32), limbs)


@given(scaled, scaled)
def test_the_convolution_of_limbs_is_the_exact_product(x, y):
    """Refutes: a term of the convolution leaves the exact integers of float32."""
    a, b = _scaled_code(x)[LINEAR], _scaled_code(y)[LINEAR]
    product = np.convolve(a, b).astype(np.float32)
    assert (np.abs(product) < EXACT_INTEGER_LIMIT).all()
    total = 0
    for limb in product[::-1].tolist():
        total = total * LAYOUT.base + int(limb)
    assert total == x * y


@pytest.mark.parametrize("value", [0.5, 2.0**24, -(2.0**25)])
def test_limbs_that_no_sum_has_are_refused(value):
    """Refutes: a rounded limb is read as a digit."""
    limbs = np.zeros(64, dtype=np.float32)
    limbs[3] = value
    assert read_limbs(limbs, LAYOUT) is None


# ------------------------------------------------------------------------------------------------ logarithm


@given(st.integers(1, 2**62 - 1), st.integers(1, 2**40 - 1))
@settings(max_examples=400)
def test_the_vectorised_split_is_the_exact_one(n, d):
    """Refutes: int64 arithmetic differs from Python's integers in one bit."""
    exponents, mantissas = split_binary_array(np.array([n, 1]), np.array([d, 1]))
    assert (int(exponents[0]), int(mantissas[0])) == split_binary(n, d)
    assert (int(exponents[1]), int(mantissas[1])) == split_binary(1, 1)


def test_the_vectorised_split_at_powers_of_two():
    """Refutes: float64 rounds a bit length up."""
    ns = [2**k + e for k in range(62) for e in (-1, 0, 1) if 0 < 2**k + e < 2**62]
    for d in (1, 2, 3, 10**12, 2**40 - 1):
        exponents, mantissas = split_binary_array(np.array(ns), np.array([d] * len(ns)))
        assert list(zip(exponents.tolist(), mantissas.tolist(), strict=True)) == [split_binary(n, d) for n in ns]


def _log2(n, d):
    exponents, units = log2_fields(tuple(np.array([part]) for part in split_binary(n, d)))
    assert 0 <= units[0] < 1 << FRACTION_BITS
    return int(exponents[0]) + Fraction(int(units[0]), 1 << FRACTION_BITS)


@given(st.integers(1, 10**40), st.integers(1, 10**40))
@settings(max_examples=300)
def test_a_logarithm_is_within_its_bound(n, d):
    """Refutes: |error| < 2**-48, by squaring: 2**k <= v**(2**10) < 2**(k + 1) brackets 2**10 * log2 v."""
    stored = _log2(n, d)
    low = (n**1024).bit_length() - (d**1024).bit_length() - 1
    assert Fraction(low, 1024) - Fraction(1, 2**48) <= stored <= Fraction(low + 2, 1024) + Fraction(1, 2**48)


@given(st.integers(2**52, 2**53 - 1))
@settings(max_examples=300)
def test_a_logarithm_agrees_with_the_library(n):
    """Refutes: a wrong entry of the table, a short series (library: within 2**-52 relative)."""
    assert abs(_log2(n, 2**52) - Fraction(math.log2(n / 2**52))) < Fraction(1, 2**48)


def test_logarithms_of_powers_of_two_are_exact():
    """Refutes: a rounding where none is needed; products of powers of two then read exactly."""
    assert all(abs(_log2(2**k, 1) - k) <= Fraction(1, 2**48) for k in range(200))
    values = [_log2(1000 + k, 1000) for k in range(1001)]
    assert all(a < b for a, b in pairwise(values))


# --------------------------------------------------------------------------------------------- number block


@given(st.lists(numbers, min_size=1, max_size=12))
@settings(max_examples=300)
def test_the_short_way_writes_the_same_bytes_as_the_long_one(values):
    """Refutes: int64 arrays and Python integers differ in one bit of any dim."""
    values = [value for value in values if number_block.fits(value)]
    assume(values)
    fast, slow = _blank(len(values)), _blank(len(values))
    number_block.write_values(fast, values)
    pairs = [number_block.to_scaled(value) for value in values]
    number_block.write_number(slow, [x for x, _ in pairs], [exact for _, exact in pairs])
    assert fast.tobytes() == slow.tobytes()


@given(st.lists(st.one_of(st.integers(-(10**9), 10**9), short), min_size=1, max_size=12))
def test_a_batch_of_short_numbers_writes_the_same_bytes_as_each_alone(values):
    """Refutes: what a neighbour is decides how a number is written."""
    batch = _blank(len(values))
    number_block.write_values(batch, values)
    for row, value in zip(batch, values, strict=True):
        alone = _blank()
        number_block.write_values(alone, [value])
        assert row.tobytes() == alone[0].tobytes()


@pytest.mark.parametrize("edge", [2**62, 2**62 - 1, 10**18, 10**6, Fraction(2**62 - 1, 10**12), Fraction(1, 2**12)])
def test_the_edges_of_the_short_way(edge):
    """Refutes: a number at the edge overflows int64."""
    for value in (edge, -edge, edge + 1, edge - 1):
        assert ENCODER.decode(ENCODER.encode(value)) == value


@given(numbers)
def test_fits_says_what_to_scaled_does(value):
    """Refutes: the short check accepts what has no code, or refuses what has one."""
    assert number_block.fits(value) == (not isinstance(number_block.to_scaled(value), FailureReason))


@pytest.mark.parametrize("n", [2, 1000, MAX_SUMMANDS])
def test_sums_are_exact_up_to_the_limit(n):
    """Refutes: 169,466 summands of nines lose a digit."""
    assert MAX_SUMMANDS == 169_466
    for value in (Fraction(LARGEST, LAYOUT.scale), -Fraction(LARGEST, LAYOUT.scale), Fraction(1, 10**48)):
        assert ENCODER.decode_sum(_times(ENCODER.encode(value), n)) == n * value


def test_a_sum_beyond_the_limit_is_refused():
    """Refutes: the 169,467th summand is taken, though a limb may no longer be exact."""
    assert (MAX_SUMMANDS + 1) * 99 > EXACT_INTEGER_LIMIT >= MAX_SUMMANDS * 99
    with pytest.raises(DecodeError) as raised:
        ENCODER.decode_sum(_times(ENCODER.encode(1), MAX_SUMMANDS + 1))
    assert raised.value.reason is FailureReason.LIMIT_EXCEEDED


def test_many_different_summands_add_in_float32():
    """Refutes: only multiples were tried: 4,000 different decimals, added one by one."""
    values = [Fraction((-1) ** k * k**7, 10 ** (k % 30)) for k in range(4000)]
    vectors, failures = ENCODER.encode_batch(values)
    assert not failures
    total = np.zeros(VECTOR_DIM, dtype=np.float32)
    for row in vectors:
        total += row
    assert ENCODER.decode_sum(total) == sum(values)
    assert weight(total) == 4000


@given(st.lists(decimals, min_size=2, max_size=24), st.randoms(use_true_random=False))
def test_order_and_grouping_leave_the_same_bytes(values, random):
    """Refutes: float32 addition of limbs depends on order or on the shape of the tree."""
    rows = list(ENCODER.encode_batch(values)[0])
    straight = rows[0]
    for row in rows[1:]:
        straight = straight + row
    random.shuffle(rows)
    while len(rows) > 1:
        place = random.randrange(len(rows) - 1)
        rows[place : place + 2] = [rows[place] + rows[place + 1]]
    assert rows[0].tobytes() == straight.tobytes()


@given(decimals, decimals)
def test_the_canonical_form_of_a_sum_is_the_code_of_the_sum(a, b):
    """Refutes: carries, flags or the header of a sum survive `canonical`."""
    assert ENCODER.canonical(ENCODER.encode(a) + ENCODER.encode(b)).tobytes() == ENCODER.encode(a + b).tobytes()


@given(st.lists(decimals.filter(bool), min_size=1, max_size=9))
def test_logarithms_add_within_their_bound(values):
    """Refutes: n * 2**-48 for n factors, or the parity of the signs."""
    total = np.sum(ENCODER.encode_batch(values)[0], axis=0, dtype=np.float32)
    product = math.prod(values, start=Fraction(1))
    read = number_sums.read_log2(total)
    exact = _precise_log2(abs(product))
    assert abs(read - exact) < Fraction(len(values), 2**48) + Fraction(1, 2**60)
    assert int(total[number_block.NEGATIVES]) % 2 == (product < 0)
    back = Fraction(ENCODER.decode_product(total))
    assert (back < 0) == (product < 0)
    assert abs(back - product) <= abs(product) * (len(values) * Fraction(math.log(2)) / 2**48 + Fraction(1, 2**50))


def _precise_log2(value):
    """log2 to about 2**-62: the library's on a mantissa near 1, by log1p's series in exact arithmetic."""
    shift, mantissa = split_binary(value.numerator, value.denominator)
    x = Fraction(mantissa, 2**60)
    bits = Fraction(0)
    for k in range(1, 64):
        x = Fraction(int(x * x * 2**80), 2**80)
        if x >= 2:
            x /= 2
            bits += Fraction(1, 2**k)
    return shift + bits


@given(st.lists(decimals, max_size=5), st.integers(0, 5))
def test_zero_absorbs(values, place):
    """Refutes: a product with a zero in it is not 0."""
    factors = [*values[:place], 0, *values[place:]]
    assert ENCODER.decode_product(np.sum(ENCODER.encode_batch(factors)[0], axis=0, dtype=np.float32)) == 0


def test_products_up_to_the_limit_and_beyond():
    """Refutes: the log part of 63,310 factors is not exact, or more are read."""
    vector = ENCODER.encode(LARGEST // 10**48)
    log = number_sums.read_log2(vector)
    assert number_sums.read_log2(_times(vector, MAX_FACTORS)) == MAX_FACTORS * log
    assert ENCODER.decode_product(_times(vector, MAX_FACTORS)) == math.inf
    assert ENCODER.decode_product(_times(ENCODER.encode(-1), MAX_FACTORS - 1)) == -1
    with pytest.raises(DecodeError) as raised:
        ENCODER.decode_product(_times(vector, MAX_FACTORS + 1))
    assert raised.value.reason is FailureReason.LIMIT_EXCEEDED


def test_what_never_ends_is_rounded_once_and_says_so():
    """Refutes: 1/3 is not rounded half up in magnitude at the 48th digit, or not counted; or a finite decimal is."""
    for value, last in ((Fraction(1, 3), 3), (Fraction(2, 3), 7), (Fraction(-2, 3), -7)):
        vector = ENCODER.encode(value)
        assert vector[number_block.INEXACT] == 1
        assert int(vector[LINEAR.start]) % 10 == abs(last) if last > 0 else int(-vector[LINEAR.start]) % 10 == -last
        assert abs(number_sums.read_sum(vector) - value) <= Fraction(1, 2 * 10**48)
    assert number_block.to_scaled(Fraction(1, 10**49)) is FailureReason.OUT_OF_RANGE
    assert number_block.to_scaled(10**80) is FailureReason.OUT_OF_RANGE
    assert number_block.to_scaled(Fraction(10**128 - 1, 10**48)) == (10**128 - 1, True)
    total = ENCODER.encode(Fraction(1, 3)) + ENCODER.encode(1) + ENCODER.encode(Fraction(1, 7))
    assert total[number_block.INEXACT] == 2


# ----------------------------------------------------------------------------------------------- type check

FIELDS = slice(9, 16)
halves = st.integers(-9, 9).map(lambda k: k / 2)
types = st.lists(halves, min_size=7, max_size=7)


def _typed(fields):
    vectors = _blank()
    write_type(vectors, np.array([fields], dtype=np.float32), FIELDS)
    return vectors[0]


@given(st.lists(types, min_size=1, max_size=12))
def test_types_agree_if_and_only_if_the_energy_says_so(summands):
    """Refutes: Cauchy-Schwarz: unequal types pass, or equal ones are refused."""
    total = np.sum([_typed(fields) for fields in summands], axis=0, dtype=np.float32)
    if all(fields == summands[0] for fields in summands):
        assert read_type(total, FIELDS, len(summands)) == tuple(Fraction(x) for x in summands[0])
    else:
        with pytest.raises(TypeMismatchError):
            read_type(total, FIELDS, len(summands))


@given(types, st.integers(1, 10**5))
def test_equal_types_are_read_until_the_energy_is_too_large(fields, n):
    """Refutes: a large sum is compared after float32 has rounded it."""
    vector = _typed(fields)
    total = _times(vector, n)
    if n * float(vector[ENERGY]) >= MAX_ENERGY:
        with pytest.raises(DecodeError) as raised:
            read_type(total, FIELDS, n)
        assert raised.value.reason is FailureReason.LIMIT_EXCEEDED
    else:
        assert read_type(total, FIELDS, n) == tuple(Fraction(x) for x in fields)


def test_a_field_that_no_sum_has_is_refused():
    """Refutes: a quarter, or an energy that is none, is read."""
    vector = _typed([1.0] * 7)
    vector[9] = 0.25
    with pytest.raises(DecodeError):
        read_type(vector, FIELDS, 1)
