"""Many at once and one by itself: columns, arrays and packed bytes give the same code, bit for bit."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxem import (
    ArithmeticEncoder,
    ComplexEncoder,
    DimensionalQuantity,
    MoleculeEncoder,
    NumberEncoder,
    RationalEncoder,
)
from fluxem.domains.domain import Failure
from fluxem.domains.expression import Expression
from fluxem.domains.quantity_text import Quantity
from fluxem.domains.unit_expression import resolve
from fluxem.encoding import number_block
from fluxem.encoding.header import code_vector, fresh_code, write_header
from fluxem.encoding.number_block import INEXACT
from fluxem.encoding.type_check import pack_type, write_type
from fluxem.vocabulary import DomainType

numerals = st.from_regex(r"[-+−]?[0-9]{0,14}(\.[0-9]{0,8})?(e[-+]?[0-9]{1,2})?[ \n%]?", fullmatch=True)
numbers = st.one_of(
    st.integers(-(2**70), 2**70),
    st.fractions(max_denominator=10**15),
    st.builds(lambda n, k: Fraction(n, 10**k), st.integers(-(10**16), 10**16), st.integers(0, 49)),
    st.floats(),
    st.booleans(),
)
decimals = st.builds(lambda n, k: Fraction(n, 10**k), st.integers(-(10**20), 10**20), st.integers(0, 30))
units = [resolve(name) for name in ("m", "°C", "km/h", "°", "kg m^2 s^-2", "µg", "Hz^(1/2)", "%")]
halves = st.integers(-99, 99).map(lambda n: Fraction(n, 2)) | st.integers(-49, 49)
dimensions = st.sampled_from([unit.dimension for unit in units]) | st.tuples(*[halves] * 9)
values = st.integers(-(2**70), 2**70) | st.fractions(max_denominator=10**15) | st.just(0)
plain = st.from_regex(r"[-+−–‐‑]?([0-9]{1,10}|[0-9]{1,3}(,[0-9]{3}){1,3})(\.[0-9]{1,8})?", fullmatch=True)
NAMES = [
    "m",
    "kg",
    "C",
    "F",
    "°C",
    "%",
    "gallons",
    "mL",
    "rpm",
    "pmol",
    "km/h",
    "ft",
    "flurb",
    "µg",
    "mol^−1",
    "-1",
    "K ",
]
measured = st.tuples(plain, st.sampled_from(["", " ", "-", "\u00a0", "  ", "\n"]), st.sampled_from(NAMES)).map("".join)
signs = st.sampled_from(["+", " - ", "*", " / ", "/", " x ", "×", "−", "·", "÷", "**", ","])
operated = st.tuples(plain, signs, plain).map("".join)
quantities = st.builds(Quantity, values, dimensions, st.booleans(), st.booleans())
PARTS = [
    "H", "C", "N", "O", "Na", "Cl", "Ca", "I", "V", "X", "Xx", "D", "(", ")",
    "(OH)2", "(H2O)6", "(IV)", "0", "2", "12", "999", "1000", "02", "·", "^", "+", "-", "*", ".", "a", "é",
]  # fmt: skip
formulas = st.lists(st.sampled_from([*PARTS, "\n", " "]), max_size=9).map("".join)
counts = st.integers(-3, 2**24 + 1) | st.sampled_from([Fraction(1, 2), True, 10**30, 1.0])
compositions = st.dictionaries(st.sampled_from(["H", "C", "O", "D", "charge", "Xx", 7]), counts, max_size=4)


def assert_many_as_one(encoder, items):
    """Each row of the batch is what its value gives alone, failures and their reasons included."""
    vectors, failures = encoder.encode_batch(items)
    for row, item in enumerate(items):
        prepared = encoder.prepare(item)
        if isinstance(prepared, Failure):
            assert failures[row] is prepared.reason, item
            assert np.isnan(vectors[row]).all()
        else:
            assert row not in failures, item
            assert vectors[row].tobytes() == encoder.write_one(prepared).tobytes(), item


def assert_one_as_many(encoder, items):
    """`write_one` gives what `write` gives; of two rows at least, since one row is packed too."""
    items = [encoder.normalize(item) for item in [*items, items[0]]]
    rows = np.zeros((len(items), 128), dtype=np.float32)
    write_header(rows, encoder.domain)
    encoder.write(rows, items)
    for row, item in zip(rows, items, strict=True):
        assert encoder.write_one(item).tobytes() == row.tobytes(), item


@pytest.mark.parametrize(
    ("encoder", "items"),
    [
        # Refutes: int64 columns read a numeral otherwise than the parser.
        pytest.param(NumberEncoder(), numerals, id="numerals"),
        # Refutes: a number is written unlooked at that does not fit or is none.
        pytest.param(NumberEncoder(), numbers, id="numbers"),
        # Refutes: a type that no code holds, or a temperature below zero, is written in a batch.
        pytest.param(DimensionalQuantity(), quantities, id="quantities"),
        # Refutes: a sign, grouped digits, a gap or a unit read otherwise than the parser does; a factor that overflows.
        pytest.param(DimensionalQuantity(), measured, id="quantities as texts"),
        # Refutes: operands or an operator read otherwise than the evaluator does; a result that overflows.
        pytest.param(ArithmeticEncoder(), operated, id="expressions as texts"),
        # Refutes: bytes read as arrays give another composition than the parser.
        pytest.param(MoleculeEncoder(), formulas, id="formulas"),
        # Refutes: a count is written unlooked at that does not fit or is none.
        pytest.param(MoleculeEncoder(), compositions, id="compositions"),
    ],
)
@given(data=st.data())
def test_many_are_written_as_one(encoder, items, data):
    assert_many_as_one(encoder, data.draw(st.lists(items, min_size=8, max_size=16)))


def test_columns_take_the_common_case():
    """Refutes: the fast ways are dead code, and the tests above compare one way with itself."""
    for encoder, items in (
        (NumberEncoder(), ["42", "-3.14"] * 8),
        (NumberEncoder(), [42, Fraction(1, 4)] * 8),
        (DimensionalQuantity(), ["5 km", "20 °C", "−1,200 kg", "6-mm", "4 gallons"] * 8),
        (ArithmeticEncoder(), ["48/2", "1,200 * 1.5"] * 8),
        (DimensionalQuantity(), [Quantity(5, units[0].dimension)] * 8),
        (MoleculeEncoder(), ["Ca(OH)2", "NaCl"] * 8),
        (MoleculeEncoder(), [{"H": 2, "O": 1, "charge": -1}] * 8),
    ):
        done = encoder.write_columns(np.zeros((len(items), 128), dtype=np.float32), items)
        assert done is not None
        assert done.all()


@given(st.lists(st.tuples(decimals, decimals), min_size=1, max_size=6))
def test_one_complex_number_is_packed_as_it_is_written(items):
    """Refutes: the angle or the logarithm of one differs from that of many in one bit."""
    assert_one_as_many(ComplexEncoder(), items)


@given(st.lists(st.fractions(-(10**12), 10**12, max_denominator=10**12), min_size=1, max_size=6))
def test_one_fraction_is_packed_as_it_is_written(items):
    """Refutes: a limb of numerator or denominator is lost."""
    assert_one_as_many(RationalEncoder(), items)


@given(st.lists(st.builds(Expression, decimals, st.tuples(*[st.integers(0, 256)] * 9)), min_size=1, max_size=6))
def test_one_expression_is_packed_as_it_is_written(items):
    """Refutes: a count of operations stands in another dim."""
    assert_one_as_many(ArithmeticEncoder(), items)


@given(st.lists(values, min_size=1, max_size=6), st.booleans())
def test_one_number_is_packed_as_it_is_written(items, rounded):
    """Refutes: `pack_value` differs from the arrays in a limb, a sign, a flag or a bit of the logarithm."""
    items = [value for value in items if number_block.fits(value)]
    for value in items:
        scaled, exact = number_block.to_scaled(value)
        row = np.zeros((1, 128), dtype=np.float32)
        number_block.write_number(row, [scaled], [exact])
        row[0, INEXACT] = rounded or not exact
        code = fresh_code(DomainType.NUMBER)
        number_block.pack_value(code, value, rounded)
        assert code_vector(code)[8:].tobytes() == row[0, 8:].tobytes()


@given(st.tuples(*[halves] * 9))
def test_one_type_is_packed_as_it_is_written(fields):
    """Refutes: `pack_type` has another energy or other fields."""
    row = np.zeros((1, 128), dtype=np.float32)
    write_type(row, np.array([fields], dtype=np.float32), slice(9, 18))
    code = fresh_code(DomainType.QUANTITY)
    pack_type(code, fields)
    assert code_vector(code)[8:].tobytes() == row[0, 8:].tobytes()
