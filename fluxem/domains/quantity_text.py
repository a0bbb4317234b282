"""Quantities in text: the numeral, the gap, the unit, and the value in coherent SI that they make.

A numeral is one of `fluxem.domains.numeral`, or has thousands parted by spaces (`12 000`), a decimal comma (`0,5`), a
proper or mixed fraction (`2 1/2`), or is a bare power of ten (`10^5`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from fluxem.domains.domain import Failure, ending
from fluxem.domains.message import shown
from fluxem.domains.numeral import MAX_DIGITS, NUMERAL, POWER_OF_TEN, parse_numeral
from fluxem.domains.scalar import exact_number
from fluxem.domains.sign import MINUSES
from fluxem.domains.unit_expression import resolve
from fluxem.domains.unit_grammar import UNIT, UNIT_OPENS
from fluxem.domains.units import BASE_UNITS, Dimension, Unit
from fluxem.encoding import number_block
from fluxem.encoding.number_block import Number
from fluxem.vocabulary import FailureReason

MAX_EXPONENT: Final = 48
"""Exponents of base units are within this."""
KELVIN: Final = (0, 0, 0, 0, 1, 0, 0, 0, 0)
_SCALE: Final = number_block.LAYOUT.scale
_ORDER: Final = (2, 1, 0, 3, 4, 5, 6, 7, 8)
"""Order of base units in `str`: kg m s A K mol cd rad bit."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A physical quantity in coherent SI."""

    value: Number
    """How many coherent units."""
    dimension: Dimension
    """Nine exponents (T, L, M, I, Theta, N, J, plane angle, information), whole or halves."""
    affine: bool = False
    """Whether it is an absolute temperature: a point, not a difference."""
    rounded: bool = False
    """Whether `value` was rounded on its way here (pi, a measured constant, 48 digits)."""

    def __str__(self) -> str:
        """`9.8 m s^-2`."""
        return " ".join([_decimal(self.value), *_symbols(self.dimension)])


def _decimal(value: Number) -> str:
    """`373.15`, or `5/18` where no decimal ends."""
    if value.denominator == 1:
        return str(value.numerator)
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return str(value)
    places = max(twos, fives)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def _symbols(dimension: Dimension) -> list[str]:
    """`kg m^2 s^-2`: positive exponents first."""
    parts = [(BASE_UNITS[i], dimension[i]) for i in _ORDER if dimension[i]]
    ordered = [part for part in parts if part[1] > 0] + [part for part in parts if part[1] < 0]
    return [name if power == 1 else f"{name}^{power}" for name, power in ordered]


# ---------------------------------------------------------------------------------------------- reading

_SCALES: Final = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
WORDED_SCALE: Final = rf"(?:{'|'.join(_SCALES)})(?=[ ])"
"""Between a number and a unit: `93 million miles`."""
SIGNS: Final = MINUSES + "+"
"""Signs in front of the number."""
_THIN: Final = "\u00a0\u2009\u202f"
_BLANKS: Final = f" \t\n{_THIN}-"
_PARTS = re.compile(
    rf"\s*(?P<sign>[{SIGNS}]?)(?:"
    rf"(?P<grouped>[0-9]{{1,3}}(?:[ {_THIN}][0-9]{{3}})+(?:\.[0-9]+)?)(?![0-9])"
    r"|(?:(?P<whole>[0-9]{1,4})[ -])?(?P<top>[0-9]{1,4})/(?P<bottom>[1-9][0-9]{0,3})(?![0-9./])"
    r"|10(?P<power>\^\{?[-+\u2212\u2013]?[0-9]{1,5}\}?|[⁻⁺]?[⁰¹²³⁴-⁹]{1,5})"
    r"|(?P<comma>0,[0-9]+|[0-9]+,(?:[0-9]{1,2}|[0-9]{4,}))(?![0-9,.])(?P<scale_of_comma>" + POWER_OF_TEN + ")"
    r"|(?P<plain>(?:[0-9][0-9,]*(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+\u2212]?[0-9]+(?![A-Za-z0-9]))?" + POWER_OF_TEN + ")"
    rf")(?:[ ](?P<worded>{WORDED_SCALE}))?"
    rf"(?:[-\u2010\u2011](?=[^\W0-9_])|[\s{_THIN}]*)(?P<unit>[^\s0-9](?:.*\S)?)\s*\Z",
    re.DOTALL,
)


def _number(match: re.Match[str]) -> Fraction | int | Failure:
    """The number of a match of `_PARTS`."""
    if match["plain"]:
        value = parse_numeral(match["plain"])
    elif match["grouped"]:
        value = parse_numeral(re.sub(rf"[ {_THIN}]", "", match["grouped"]))
    elif match["top"]:
        value = Fraction(int(match["top"]), int(match["bottom"])) + int(match["whole"] or 0)
    elif match["comma"]:
        value = parse_numeral(match["comma"].replace(",", ".") + match["scale_of_comma"])
    else:
        value = parse_numeral("1×10" + match["power"])
    if isinstance(value, Failure):
        return value
    if match["worded"]:
        value *= _SCALES[match["worded"]]
    return -value if match["sign"] not in ("", "+") else value


_FRACTION: Final = r"/(?:2|3|4|5|6|8|16|32|64)(?![0-9.,/])"
_NUMBER_TAIL: Final = (
    rf"(?:(?:[ {_THIN}][0-9]{{3}}(?![0-9])){{1,5}}+(?:\.[0-9]++)?+|,[0-9]{{1,2}}(?![0-9,.])|,[0-9]{{4,12}}(?![0-9,.])"
    rf"|[ ][1-9]{_FRACTION}|(?<![0-9]{{2}}){_FRACTION}"
    rf"|(?<=1)(?<![0-9.,]1)/[1-9][0-9]{{1,3}}(?=[ ]?s(?:ec(?:onds?)?)?(?![A-Za-z]))"
    r"|(?<=10)(?:\^\{?[-+\u2212\u2013]?[0-9]{1,3}\}?|[⁻⁺]?[⁰¹²³⁴-⁹]{1,3}))?+"
)
_GAP: Final = rf"(?>[ ]?\n|[ {_THIN}]{{1,2}}|[-\u2010\u2011]|)"
_RANGE: Final = r"[ ]?(?:[-–−]|[x×*](?![ ]?10(?:\^|[-−⁻⁰¹²³⁴-⁹])))[ ]?"
"""Between the first number of `5-10 ml` or `2 x 5 ml` and the one that has the unit."""
_FIRST_OF_RANGE = re.compile(NUMERAL + _RANGE + "(?=[0-9])")
FOLLOWS: Final = (
    # Most numerals have a letter behind them, and then none of this (`x` stands in ranges and before powers of ten).
    rf"(?:(?![ \u00a0]?[A-WYZa-wyz])(?:{_RANGE}{NUMERAL})?+{_NUMBER_TAIL}{POWER_OF_TEN})?+"
    rf"(?:[ ]{WORDED_SCALE})?+"
    + _GAP
    + UNIT
    + ending(r"(?:(?![0-9_])(?!(?<=[-−–^][0-9])\.[0-9])|(?<=[°º˚]C)|(?<=[0-9 ]oC)|(?<=[µμm][lLM])|(?<= min)|(?<= sec))")
)
"""What follows the first numeral of a quantity, as a fragment."""
RANGE_OPENS: Final = r"[ ]?[-–−x×*·⋅][ \u00a0]?(?:[0-9]++(?![]\"'`<>);:|\\=&#_?!])|\Z)"
"""What a range looks like at least behind its first number."""
OPENS: Final = (
    rf"{RANGE_OPENS}|[ ](?:tho(?:\Z|usan)|mil(?:\Z|lion)|bil(?:\Z|lion)|tri(?:\Z|llio))"
    rf"|[ {_THIN}][0-9]|[ ][0-9]/|,[0-9]|/[0-9]|[\^⁻⁺⁰¹²³⁴-⁹]"
    rf"|(?:[ ]?\n|[ {_THIN}]{{1,2}}|[-\u2010\u2011]|)(?:{UNIT_OPENS})"
)
"""What it looks like at least, for `Domain.opens`; but for a name that only a relation behind it makes a unit."""
FOLLOWS_PAREN: Final = rf"[( ]{{0,4}}+[{SIGNS}]?+{NUMERAL}{FOLLOWS}"
"""The same behind opening parentheses, which other domains read on from, and which is trimmed off."""


def last_of_range(surface: str) -> tuple[int, int]:
    """Where in what the grammar matched the number with the unit begins, and where the unit ends."""
    start = 0 if surface[0].isdigit() else len(surface) - len(surface.lstrip("( "))
    first = _FIRST_OF_RANGE.match(surface, start + (surface[start] in SIGNS))
    return (first.end() if first else start), len(surface)


def parse_quantity(text: str) -> Quantity | Failure:
    """The quantity that `text` stands for, or why there is none."""
    if len(text) > MAX_DIGITS:
        return Failure(FailureReason.TOO_LONG, f"expected at most {MAX_DIGITS} characters, got {len(text)}")
    match = _PARTS.match(text)
    if match is None:
        return Failure(FailureReason.INVALID_VALUE, f"expected a number and a unit, got {text[:40]!r}")
    number = _number(match)
    if isinstance(number, Failure):
        return number
    name = match["unit"]
    if name in ("C", "F") and text[match.start("unit") - 1] not in _BLANKS:
        name = "°" + name
    unit = resolve(name)
    return unit if isinstance(unit, Failure) else _in_si(number, unit)


def _in_si(number: Fraction | int, unit: Unit) -> Quantity | Failure:
    """`number` of `unit` in coherent SI."""
    value = Fraction(number * unit.factor)
    if unit.offset is not None:
        value += unit.offset
        if value < 0:
            return Failure(FailureReason.OUT_OF_RANGE, "expected a temperature above absolute zero")
    if unit.rounded:
        rounded = Fraction((2 * abs(value.numerator) * _SCALE + value.denominator) // (2 * value.denominator), _SCALE)
        if value and not rounded:
            return Failure(FailureReason.OUT_OF_RANGE, "expected a magnitude of at least 1e-48 coherent units")
        value = -rounded if value < 0 else rounded
    return Quantity(number_block.simplest(value), unit.dimension, unit.offset is not None, unit.rounded)


def quantity_of(number: object, unit_text: object) -> Quantity | Failure:
    """The quantity of a pair such as (9.8, "m/s^2")."""
    exact = exact_number(None if isinstance(number, bool) else number)
    if isinstance(exact, Failure):
        return exact
    if not isinstance(unit_text, str):
        return Failure(FailureReason.INVALID_VALUE, f"expected the text of a unit, got {shown(unit_text)}")
    unit = resolve(unit_text.strip())
    return unit if isinstance(unit, Failure) else _in_si(exact, unit)


def is_well_formed(quantity: Quantity) -> bool:
    """Whether the fields have their types and ranges."""
    value, dimension = quantity.value, quantity.dimension
    return (
        isinstance(value, int | Fraction)
        and isinstance(dimension, tuple)
        and len(dimension) == len(BASE_UNITS)
        and all(isinstance(x, int) or (isinstance(x, Fraction) and x.denominator == 2) for x in dimension)
        and all(-MAX_EXPONENT <= x <= MAX_EXPONENT for x in dimension)
        and (not quantity.affine or dimension == KELVIN)
    )
