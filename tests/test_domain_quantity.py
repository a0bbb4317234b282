"""QUANTITY: values, algebra, evidence."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxem.domains.domain import Failure
from fluxem.domains.quantity import DimensionalQuantity
from fluxem.domains.quantity_text import Quantity
from fluxem.domains.unit_expression import resolve
from fluxem.domains.units import SYMBOLS, Unit
from fluxem.encoding.header import weight
from fluxem.errors import DecodeError, TypeMismatchError
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType, FailureReason

ENCODER = DimensionalQuantity()
METRE = (0, 1, 0, 0, 0, 0, 0, 0, 0)
KELVIN = (0, 0, 0, 0, 1, 0, 0, 0, 0)

decimals = st.builds(lambda n, e: Fraction(n, 10**e), st.integers(-(10**30), 10**30), st.integers(0, 20))
exponents = st.one_of(st.integers(-4, 4), st.integers(-7, 7).map(lambda n: Fraction(2 * n + 1, 2)))
dimensions = st.tuples(*[exponents] * 9)
exact_units = st.sampled_from(
    sorted(name for name, unit in SYMBOLS.items() if not unit.rounded and unit.offset is None)
)


def spans(text: str) -> list[str]:
    """What is found in a text when only quantities are looked for."""
    tokens = MultiDomainTokenizer(domains={DomainType.QUANTITY}).tokenize(text)
    return [token.text for token in tokens if token.domain is DomainType.QUANTITY]


def simple(value: Fraction) -> int | Fraction:
    return value.numerator if value.denominator == 1 else value


def encode(value: object) -> np.ndarray:
    vector = ENCODER.encode(value)
    assert vector is not None
    return vector


# ------------------------------------------------------------------------------------------- algebra


@given(decimals, dimensions)
def test_decode_gives_back_what_was_encoded(value: Fraction, dimension: tuple[Fraction | int, ...]) -> None:
    """Refutes: a value or an exponent is lost on its way."""
    quantity = Quantity(simple(value), dimension)
    vector = encode(quantity)
    assert ENCODER.decode(vector) == quantity
    assert ENCODER.is_valid(vector)


@given(st.lists(st.tuples(decimals, exact_units), min_size=2, max_size=6))
def test_sums_are_exact_or_refused(pairs: list[tuple[Fraction, str]]) -> None:
    """Refutes: n*q = |t|^2 lets two types pass, or refuses equal ones; the sum of equal types is not exact."""
    units = [resolve(name) for _, name in pairs]
    coded = [ENCODER.encode(pair) for pair in pairs]
    kept = [
        (n, u, v) for (n, _), u, v in zip(pairs, units, coded, strict=True) if v is not None and isinstance(u, Unit)
    ]
    if not kept:
        return
    total = np.sum([v for _, _, v in kept], axis=0, dtype=np.float32)
    if len({u.dimension for _, u, _ in kept}) > 1:
        with pytest.raises(TypeMismatchError):
            ENCODER.decode_sum(total)
        return
    read = ENCODER.decode_sum(total)
    assert read.dimension == kept[0][1].dimension
    if not read.rounded:
        value = sum((n * u.factor for n, u, _ in kept), Fraction(0))
        assert read.value == value
        assert (ENCODER.canonical(total) == encode(Quantity(simple(value), read.dimension))).all()


@given(st.lists(st.tuples(decimals.filter(bool), exact_units), min_size=1, max_size=8))
def test_products_add_exponents_and_logs(pairs: list[tuple[Fraction, str]]) -> None:
    """Refutes: the exponents of a product do not add, its sign or its size is wrong."""
    coded = [(pair, ENCODER.encode(pair)) for pair in pairs]
    kept = [(ENCODER.decode(v), v) for _, v in coded if v is not None]
    if not kept:
        return
    product = ENCODER.decode_product(np.sum([v for _, v in kept], axis=0, dtype=np.float32))
    assert product.dimension == tuple(sum(q.dimension[i] for q, _ in kept) for i in range(9))
    value = Fraction(1)
    for quantity, _ in kept:
        value *= quantity.value
    if 1e-300 < abs(value) < 1e300:
        assert abs(Fraction(product.value) / value - 1) < len(kept) * Fraction(2, 2**48)


@given(st.lists(st.integers(-200, 3000), min_size=1, max_size=5))
def test_absolute_temperatures_have_a_mean_and_no_sum(celsius: list[int]) -> None:
    """Refutes: 20 degC + 20 degC reads as a temperature; the mean in degC is not the mean in K."""
    total = np.sum([encode((t, "°C")) for t in celsius], axis=0, dtype=np.float32)
    mean = ENCODER.mean(total)
    assert mean.value == Fraction(sum(celsius), len(celsius)) + Fraction("273.15")
    assert mean.affine
    if len(celsius) > 1:
        with pytest.raises(TypeMismatchError):
            ENCODER.decode_sum(total)
    with pytest.raises(TypeMismatchError):
        ENCODER.decode_product(total)


def test_a_difference_of_temperatures_is_in_kelvin() -> None:
    """Refutes: a difference keeps the affine flag, or mixes points and differences."""
    assert ENCODER.difference(encode("25 °C"), encode("77 °F")) == Quantity(0, KELVIN)
    assert ENCODER.difference(encode("25 °C"), encode("5 °C")) == Quantity(20, KELVIN)
    with pytest.raises(TypeMismatchError):
        ENCODER.difference(encode("25 °C"), encode("5 K"))


def test_affine_and_linear_temperatures_do_not_add() -> None:
    """Refutes: the affine flag is no part of the type."""
    with pytest.raises(TypeMismatchError):
        ENCODER.decode_sum(encode("20 °C") + encode("20 K"))


@pytest.mark.parametrize("count", [2, 1000, 169_466])
def test_large_sums_are_exact(count: int) -> None:
    """Refutes: the limbs of many summands leave the exact integers of float32."""
    vector = encode("99.999999 m")
    total = vector * np.float32(count)
    assert weight(total) == count
    assert ENCODER.decode_sum(total) == Quantity(simple(count * Fraction("99.999999")), METRE)


def test_sums_beyond_the_limit_are_refused() -> None:
    """Refutes: a reading is given that need not be exact."""
    with pytest.raises(DecodeError) as refused:
        ENCODER.decode_sum(encode("1 m") * np.float32(169_467))
    assert refused.value.reason is FailureReason.LIMIT_EXCEEDED


def test_what_does_not_terminate_is_flagged() -> None:
    """Refutes: 1 km/h or 90 degrees pass for exact."""
    assert ENCODER.decode(encode("1 km/h")).rounded
    assert ENCODER.decode(encode("90°")).rounded
    assert not ENCODER.decode(encode("36 km/h")).rounded
    assert ENCODER.decode_sum(encode("1 km/h") + encode("36 km/h")).rounded


# ------------------------------------------------------------------------------------------- reading


@given(st.integers(0, 10**12), st.integers(0, 6), st.sampled_from(["", "-", "−"]), exact_units)
def test_text_and_pair_give_the_same(digits: int, places: int, sign: str, unit: str) -> None:
    """Refutes: a spelling of the number changes the value."""
    value = Fraction(digits, 10**places)
    text = f"{digits:0{places + 1}d}"
    text = f"{text[:-places]}.{text[-places:]}" if places else text
    read = ENCODER.prepare(f"{sign}{text} {unit}")
    assert read == ENCODER.prepare((-value if sign else value, unit))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12 000 km", 12_000_000), ("12\u202f000,5 km", None), ("0,5 km", 500), ("0,125 km", 125),
        ("1,500 km", 1_500_000),
        ("3/4 km", 750), ("2 1/2 km", 2500), ("10^3 km", 10**6), ("10⁻³ km", 1), ("1.5 × 10^3 km", 1_500_000),
        ("1.5e3 km", 1_500_000), ("–5 km", -5000), ("−5km", -5000), ("5-km", 5000),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, value: int | None) -> None:
    """Refutes: a numeral before a unit is misread."""
    read = ENCODER.parse(text)
    if value is None:
        assert isinstance(read, Failure)
    else:
        assert read == Quantity(value, METRE)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Water (H2O) boils at 373.15 K under standard pressure.", ["373.15 K"]),
        ("Combine 2 mol H2O with 1 mol NaCl", ["2 mol", "1 mol"]),
        ("at 9.8 m/s^2, or 9.8 m s⁻².", ["9.8 m/s^2", "9.8 m s⁻²"]),
        ("a 10-minute walk with a 5-mm gap", ["10-minute", "5-mm"]),
        ("1-10mg in 250µl for 122.16s", ["10mg", "250µl", "122.16s"]),
        ("stored at –20°C, then at -80 °C", ["–20°C", "-80 °C"]),
        ("a flow of 35 mL min-1 at 5 °C min-1", ["35 mL min-1", "5 °C min-1"]),
        ("12 km × 3 km", ["12 km", "3 km"]),
        ("6.02 × 10^23 mol-1", ["6.02 × 10^23 mol-1"]),
        ("a torque of 4 N m", ["4 N m"]),
        ("a charge of 2.0 × 10^–7 C and 10^–4 N", ["2.0 × 10^–7 C", "10^–4 N"]),
        ("it falls at 9.80m/s^2, v = 0.16m/s.", ["9.80m/s^2", "0.16m/s"]),
        ("frozen at -80C with 1-2L of it", ["-80C", "2L"]),
        ("drawing 100 A at 15 kV", ["100 A", "15 kV"]),
        ("a moment of 50 kN-m", ["50 kN-m"]),
        ("5 m in length", ["5 m"]),
        ("at 45°N", ["45°"]),
        ("(2-3 cm) and (100V) at (–20 °C)", ["3 cm", "100V", "–20 °C"]),
        ("for 5-10 minutes, 1.5 - 2 hrs, 2 x 5 ml", ["10 minutes", "2 hrs", "5 ml"]),
    ],
)
def test_found_in_prose(text: str, found: list[str]) -> None:
    """Refutes: a quantity is missed or cut."""
    assert spans(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "It was in 1914 in the summer", "about 10 C helper functions", "Fig. 3A and 3B", "Python 3 as a default",
        "the late 1960s and 90s", "in 2010 K. Smith", "a 3D map at 5 pm", "2 times 3 as needed", "13C and 15N labels",
        "see https://example.org/?t=49m&v=2g", "clone 145-2C11", "version 2.3a2", "(5a + 7)(25a^2 - 35a)", "£1 7s. 6d.",
        "6 × 106 kg", "110/220 V", "the 4G network", "e89b-12d3-a456", "10 apples and 5 men",
        "the closest to 2 in -4/5, 3", "b'000A' in 1-D or 2-D", "5F, 0s, 3d and 2t", "(3d − 5)", "16t^2 + 2a^2",
        "%20x and %5d",
    ],
)  # fmt: skip
def test_not_found_in_prose(text: str) -> None:
    """Refutes: a word, label, year, identifier or half of another number is taken for a quantity."""
    assert spans(text) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("runs at 5 flurbs/s today", FailureReason.UNKNOWN_UNIT),
        ("takes 3 m/flurb today", FailureReason.UNKNOWN_UNIT),
        ("R = 8.314 J/mol·K here", FailureReason.AMBIGUOUS),
        ("spin at 10,000 g in a centrifuge", FailureReason.AMBIGUOUS),
        ("wash with 1 N HCl", FailureReason.AMBIGUOUS),
        ("he eats 3 bars a day", FailureReason.AMBIGUOUS),
        ("they bought 2 Teslas and 3 teslas", FailureReason.AMBIGUOUS),
    ],
)
def test_failures_are_counted(text: str, reason: FailureReason) -> None:
    """Refutes: a real candidate vanishes without a reason."""
    analysis = MultiDomainTokenizer(domains={DomainType.QUANTITY}).analyze(text)
    assert [failure.reason for failure in analysis.failures] == [reason]


plain_numbers = st.from_regex(r"-?[0-9]{1,11}(\.[0-9]{1,8})?", fullmatch=True)
any_units = st.sampled_from([*sorted(SYMBOLS), "m/s^2", "km/h", "kg m-3", "J/mol K", "flurb", "C", "", " s", "m\n"])


@given(st.lists(st.tuples(plain_numbers, st.sampled_from(["", " ", "  ", "-"]), any_units), min_size=8, max_size=24))
def test_columns_write_the_same_bytes(parts: list[tuple[str, str, str]]) -> None:
    """Refutes: a text gives other bytes or another failure in a large batch than alone."""
    texts = ["".join(part) for part in parts]
    vectors, failures = ENCODER.encode_batch(texts)
    for row, text in enumerate(texts):
        alone, failed = ENCODER.encode_batch([text])
        assert failures.get(row) == failed.get(0), text
        assert vectors[row].tobytes() == alone[0].tobytes(), text


@pytest.mark.parametrize(
    "text",
    [
        "9" * 10**5 + " m", "1 " + "m/" * 5000, "1 " + "(" * 10**4, "1 " + "(" * 120, "1e999999999 m", "1 m\x00",
        "5 ft 2 in",
        "1 \ud800", "٣ m", "1 m^" + "9" * 99, "1" + ",1" * 2000 + " m", "1" + " 111" * 1000 + " m", " " * 10**5,
    ],
)  # fmt: skip
def test_hostile_texts_are_failures(text: str) -> None:
    """Refutes: a text makes the parser raise or guess."""
    assert isinstance(ENCODER.prepare(text), Failure)


def test_str_is_readable() -> None:
    """Refutes: a quantity prints otherwise than in coherent SI."""
    assert str(Quantity(Fraction("373.15"), KELVIN)) == "373.15 K"
    assert str(Quantity(Fraction(-49, 5), (-2, 1, 0, 0, 0, 0, 0, 0, 0))) == "-9.8 m s^-2"
    assert str(Quantity(Fraction(1, 3), METRE)) == "1/3 m"
    assert str(Quantity(7, (0,) * 9)) == "7"


@pytest.mark.parametrize(
    "text",
    [
        "3 MPa·m^0.5", "5 m^-0.5", "1'000 m", "10−3 m", "5 e-3 kg", "1 234,5 kg", "2⁄3 cup", "3-1/2 inch",
        "3.0×10 8 m/s", "8 fl oz", "760 mm Hg", "5 mol%", "0.3 W/m2K", "4184 J/kg K", "1 kg-f", "5 % 3",
    ],
)  # fmt: skip
def test_a_number_or_unit_that_is_cut_is_no_quantity(text):
    """Refutes: the vector of a part of what stands there, `000 m` or `8 femtolitres`."""
    assert [token.text for token in MultiDomainTokenizer().tokenize(text)] == [text]
    assert MultiDomainTokenizer().tokenize(text)[0].domain is DomainType.TEXT
