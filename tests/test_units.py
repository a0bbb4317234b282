"""The table of units against pint, unit by unit, as fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import pint
import pytest

from fluxem.domains.unit_expression import resolve
from fluxem.domains.units import ALONE, BASE_UNITS, COUNTED, LN10, PI, PREFIXES, SYMBOLS, WORDS, Unit

ROOTS = ("second", "meter", "gram", "ampere", "kelvin", "mole", "candela", "radian", "bit")

PINT_NAME = {
    "bbl": "oil_bbl", "Btu": "Btu_it", "BTU": "Btu_it", "btu": "Btu_it", "R": "roentgen", "mR": "milliroentgen",
    "x g": "g_0", "MMBtu": "1000000 * Btu_it", "gpm": "gallon / minute", "cfm": "foot ** 3 / minute",
    "bpm": "1 / minute",
    "dpi": "1 / inch", "mcd": "millicandela", "amps": "ampere", "kilos": "kilogram",
    "kmph": "kilometer / hour", "mil": "thou", "mils": "thou", "Np": "1", "dNp": "0.1", "mNp": "0.001", "ppb": "1e-9",
    "ppt": "1e-12", "ppbv": "1e-9", "AU": "astronomical_unit", "metric tons": "metric_ton", "short ton": "short_ton",
    "long ton": "long_ton", "nautical mile": "nautical_mile", "imperial gallon": "imperial_gallon",
    "imperial pint": "imperial_pint", "fluid ounce": "fluid_ounce", "troy ounce": "troy_ounce",
    "survey foot": "survey_foot", "fathom": "6 * foot", "furlong": "660 * foot", "ac": "4840 * yard ** 2",
    "acres": "4840 * yard ** 2", "acre": "4840 * yard ** 2", "fathoms": "6 * foot", "furlongs": "660 * foot",
    "bp": "1", "nt": "1", "kbp": "1000", "Mbp": "1000000", "hbar": "hectobar", "Tt": "teratonne", "pt": "pint",
    "cmHg": "10 * mmHg", "mmH2O": "0.1 * cmH2O", "rps": "turn / second",
    "decade": "10 * year", "decades": "10 * year", "Mb/s": "Mbit / second", "Gb/s": "Gbit / second",
}  # fmt: skip
"""What pint calls it, where it has another meaning for the name: `R` is its gas constant, its acre a survey acre,
its `b` a barn."""


@pytest.fixture(scope="module")
def registry() -> pint.UnitRegistry:
    registry = pint.UnitRegistry(non_int_type=Fraction, cache_folder=None, on_redefinition="ignore")
    registry.define("jansky = 1e-26 * watt / meter ** 2 / hertz = Jy")
    return registry


def _ask(registry: pint.UnitRegistry, name: str) -> tuple[Fraction, tuple[Fraction, ...]] | None:
    """pint's factor to coherent SI and exponents; None where it does not know the name, or needs pi."""
    try:
        found = registry.parse_expression(PINT_NAME.get(name, name))
        found = registry.Quantity(1, "dimensionless") * found
        root = found.to_root_units()
    except (pint.errors.PintError, TypeError, AttributeError, ValueError):
        return None
    powers = {unit: Fraction(power) for unit, power in root._units.items() if unit != "count"}
    if not powers.keys() <= set(ROOTS):
        return None
    exponents = tuple(powers.get(unit, Fraction(0)) for unit in ROOTS)
    return Fraction(root.magnitude) / Fraction(1000) ** int(exponents[2]), exponents


def _irrational(unit: Unit) -> bool:
    """Whether the factor holds pi or ln 10; the dalton is rounded because it is measured."""
    return unit.rounded and unit.dimension != WORDS["dalton"].dimension


def _gaussian(name: str) -> bool:
    return name.endswith(("G", "Mx", "gauss", "maxwell", "maxwells"))


def test_every_unit_equals_pint(registry: pint.UnitRegistry) -> None:
    """Refutes: a factor or an exponent of the table is mistyped; some unit has no independent witness."""
    witnessed: set[tuple[Fraction, tuple[Fraction | int, ...]]] = set()
    differ, unknown = [], []
    for name, unit in {**SYMBOLS, **WORDS}.items():
        if unit.offset is not None or _irrational(unit) or _gaussian(name):
            continue
        asked = _ask(registry, name)
        if asked is None:
            unknown.append((name, unit))
        elif asked != (unit.factor, unit.dimension):
            differ.append(name)
        else:
            witnessed.add((unit.factor, unit.dimension))
    assert not differ
    without = [name for name, unit in unknown if (unit.factor, unit.dimension) not in witnessed]
    assert not without
    assert len(witnessed) > 600


@pytest.mark.parametrize(
    ("name", "meaning"),
    [("gauss", "1e-4 tesla"), ("maxwell", "1e-8 weber"), ("kG", "0.1 tesla"), ("Jy", "1e-26 watt/m**2/hertz")],
)
def test_gaussian_units_are_those_of_sp_811(registry: pint.UnitRegistry, name: str, meaning: str) -> None:
    """Refutes: the units that pint keeps in Gaussian dimensions are wrong here."""
    root = registry.parse_expression(meaning).to_root_units()
    unit = SYMBOLS.get(name) or WORDS[name]
    mass = Fraction(dict(root._units.items()).get("gram", 0))
    assert unit.factor == Fraction(root.magnitude) / Fraction(1000) ** int(mass)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("°", math.pi / 180), ("arcmin", math.pi / 10800), ("arcsec", math.pi / 648000), ("mas", math.pi / 648e6),
        ("µas", math.pi / 648e9), ("gon", math.pi / 200), ("rev", 2 * math.pi), ("rpm", 2 * math.pi / 60),
        ("pc", 3.0856775814913674e16), ("Oe", 250 / math.pi), ("dB", math.log(10) / 20),
    ],
)  # fmt: skip
def test_units_with_pi_are_flagged_and_near(name: str, expected: float) -> None:
    """Refutes: a unit with pi or ln 10 has a wrong factor, or is passed off as exact."""
    unit = SYMBOLS[name]
    assert unit.rounded
    assert float(unit.factor) == pytest.approx(expected, rel=1e-15)


def test_constants_have_a_hundred_digits() -> None:
    """Refutes: a digit of pi (Machin's formula) or ln 10 (area tangent series) is wrong."""

    def arctan_inverse(x: int) -> Fraction:
        return sum((Fraction((-1) ** k, (2 * k + 1) * x ** (2 * k + 1)) for k in range(80)), Fraction(0))

    assert abs(16 * arctan_inverse(5) - 4 * arctan_inverse(239) - PI) < Fraction(1, 10**99)
    thirds = sum((Fraction(2, (2 * k + 1) * 3 ** (2 * k + 1)) for k in range(110)), Fraction(0))
    ninths = sum((Fraction(2, (2 * k + 1) * 9 ** (2 * k + 1)) for k in range(60)), Fraction(0))
    assert abs(3 * thirds + ninths - LN10) < Fraction(1, 10**99)


def test_temperatures_meet_where_they_should() -> None:
    """Refutes: an offset of a temperature scale is wrong."""
    celsius, fahrenheit = SYMBOLS["°C"], SYMBOLS["°F"]
    assert celsius.offset is not None
    assert fahrenheit.offset is not None
    assert -40 * celsius.factor + celsius.offset == -40 * fahrenheit.factor + fahrenheit.offset
    assert 212 * fahrenheit.factor + fahrenheit.offset == Fraction("373.15")


def test_every_prefix_goes_with_every_si_unit() -> None:
    """Refutes: a prefix is missing, or has a wrong power of ten."""
    clash = {"cd", "min", "Pa", "Gy", "mol", "PT", "ft"}
    for prefix, (name, power) in PREFIXES.items():
        for symbol, word in (("m", "metre"), ("A", "ampere"), ("Pa", "pascal"), ("Hz", "hertz"), ("mol", "mole")):
            if prefix + symbol not in clash:
                assert SYMBOLS[prefix + symbol].factor == SYMBOLS[symbol].factor * Fraction(10) ** power
            assert WORDS[name + word].factor == WORDS[word].factor * Fraction(10) ** power


@pytest.mark.parametrize(
    "same",
    [
        ("m/s^2", "m s⁻²", "m s-2", "m·s^-2", "m*s**-2", "m s −2",
            "metres per second squared", "m.s-2", "m/s²", "m s^{-2}"),
        ("kg*m/s²", "kg·m·s^-2", "N", "newton", "kg m s-2"),
        ("mg/kg/day", "mg kg-1 day-1", "mg/(kg day)", "mg per kg per day"),
        ("J/(mol K)", "J mol-1 K-1", "joules per mole kelvin", "J mol⁻¹ K⁻¹"),
        ("µm", "μm", "um", "micrometres", "micrometers", "microns"),
        ("km/h", "kilometres per hour", "kph", "km h-1"),
        ("sq mi", "square miles", "mi^2", "square mile"),
        ("cells/mL", "mL-1", "per mL", "/mL", "CFU/ml"),
        ("kW h", "kWh", "kW·h", "kilowatt hours", "kilowatt-hours"),
        ("Hz^(1/2)", "Hz^0.5"),
        ("x g", "× g", "xg", "rcf"),
    ],
)  # fmt: skip
def test_spellings_agree(same: tuple[str, ...]) -> None:
    """Refutes: a usual spelling is read as another unit, or not at all."""
    readings = {spelling: resolve(spelling) for spelling in same}
    first = readings[same[0]]
    assert isinstance(first, Unit)
    for spelling, unit in readings.items():
        assert isinstance(unit, Unit), spelling
        assert (unit.factor, unit.dimension) == (first.factor, first.dimension), spelling


def test_tables_are_consistent() -> None:
    """Refutes: a name has an exponent that the code cannot hold, or a counted noun is a unit by itself."""
    for name, unit in {**SYMBOLS, **WORDS, **ALONE}.items():
        assert len(unit.dimension) == len(BASE_UNITS), name
        assert unit.factor > 0, name
    assert not COUNTED & SYMBOLS.keys()
