"""POLYNOMIAL: a polynomial in one variable, `3x^2 - 2*x + 1`, `x**3 - 78`, `x/2 + 1`.

Grammar. Numerals and one single-letter variable, joined by `+ - *` and by `/` before a numeral, powers by `^`, `**`
or superscript digits, `3x` for `3*x`; `parse` also takes parentheses, products and powers of sums. A value is the
variable and its coefficients from the constant on: `("x", (1, -2, 3))`. Several variables are a candidate that fails
(`invalid_value`), so is a letter closed up behind a divisor (`3/2x`: 3/2 of x, or 3 over 2x, is disputed;
`ambiguous`); degrees above 55 are `too_long`.

Code: the component block of `fluxem.encoding.components`, one component a coefficient, the constant first.

    dim  9      how many coefficients the tier holds
    dim 10      the variable, a-z as 1-26, A-Z as 27-52
    dim 11      the common denominator D of coefficients that never end as decimals, else 1
    dim 12      tier
    dims 16-127 coefficients times D

Up to degree 15 a polynomial takes the tier of 16 coefficients (12 integer and 9 fractional digits) if it fits there, so
that polynomials of different degree add; beyond, or with more digits, the first other tier that holds it. Sums, the
product with the variable, the derivative and the value at a point are linear in the code, and exact on raw sums. The
product of two is the convolution of their coefficients.

Evidence. A power with a coefficient or another term is evidence by form, and so is `**`. A bare power (`m^2`) and what
is linear (`x + 2`, `12*f`, `1 - k`) need code, an equals sign beside them, brackets or commas on both sides, or a word
that asks for algebra; what also reads as a label (`2-D`, `F-16`, `3x`) needs a console or an equals sign, and small
letters where it is the whole document. A number and a letter that may be a unit (`-80C`, `1-2L`, `11.3m-11.6m`), and a
letter below the line (`9.8m/s^2`, `1/x`), are text. Part of a longer expression is one only where it is a term or a sum
of its own: in `x**2*sin(y) - 1` it is `x**2`, and `2*x + 1` has none in `sin(y)*2*x + 1`. What may be a complex number
is `ambiguous`: `2 - 3*I`, `1 + i`; so are `z^1/3`, which may be a root, and an orbital (`2p^4`). What stands in front
of a factorial or of another variable (`x^2/2!`, `x^2 + 2 x y`), a power behind a name (`pi*r**2`) or a parenthesis, and
units (`kg/m^3`), are text.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

import numpy as np
import numpy.typing as npt

from fluxem.domains.domain import Domain, DomainEncoder, Failure, Lead, ending
from fluxem.domains.message import shown
from fluxem.domains.numeral import OPENS_PAREN
from fluxem.domains.polynomial_evidence import POWER, judge
from fluxem.domains.polynomial_text import Polynomial, parse_polynomial, trimmed
from fluxem.domains.sign import spaced_sign
from fluxem.encoding import components
from fluxem.encoding.header import EXACT_INTEGER_LIMIT, FloatArray, expect_header
from fluxem.encoding.number_block import Number, simplest
from fluxem.errors import DecodeError
from fluxem.vocabulary import DomainType, FailureReason

MAX_DEGREE: Final = components.MAX_COMPONENTS - 1
MAX_DENOMINATOR: Final = 1023
_MAX_LISTED: Final = 1024
"""Longer lists are refused, whatever zeros they end in."""
VARIABLES: Final = string.ascii_lowercase + string.ascii_uppercase
_TIER_ORDER: Final = (2, 1, 0, 3, 4, 5)


class PolynomialEncoder(DomainEncoder[Polynomial]):
    """Exact polynomials: takes a text, (variable, coefficients), coefficients, or {exponent: coefficient}.

    Coefficients go from the constant on; without a variable it is x.

    >>> encoder = PolynomialEncoder()
    >>> encoder.decode(encoder.product(encoder.encode("x + 1"), encoder.encode("x - 1")))
    ('x', (-1, 0, 1))
    """

    domain = DomainType.POLYNOMIAL

    def parse(self, text: str) -> Polynomial | Failure:
        """The polynomial that `text` spells, expanded."""
        return parse_polynomial(text, MAX_DEGREE)

    def normalize(self, value: object) -> Polynomial | Failure:
        """A variable and coefficients that fit one of the tiers."""
        polynomial = _as_polynomial(value)
        if isinstance(polynomial, Failure):
            return polynomial
        if len(polynomial[1]) > components.MAX_COMPONENTS:
            return Failure(FailureReason.TOO_LONG, f"expected a degree of at most {MAX_DEGREE}")
        if _placed(polynomial[1]) is None:
            return Failure(FailureReason.OUT_OF_RANGE, "expected coefficients that fit the tier of their number")
        return polynomial

    def write(self, vectors: FloatArray, values: Sequence[Polynomial]) -> None:
        """Type fields and coefficients."""
        fields: list[components.Fields] = []
        rows: list[list[Number]] = []
        for variable, coefficients in values:
            placed = _placed(coefficients)
            assert placed is not None, "values are normalized before they are written"
            denominator, tier = placed
            fields.append((components.CAPACITY[tier], VARIABLES.index(variable) + 1, denominator, tier))
            rows.append([simplest(Fraction(c) * denominator) for c in coefficients])
        components.write_components(vectors, fields, rows)

    def read(self, vector: FloatArray) -> Polynomial:
        """The polynomial of one encoding."""
        return self._read_sum(vector, 1)

    def _read_sum(self, vector: FloatArray, weight: int) -> Polynomial:
        variable, denominator, tier = _fields(vector, weight)
        read = components.read_components(vector, components.CAPACITY[tier], tier)
        return variable, trimmed([simplest(Fraction(c) / denominator) for c in read])

    def decode_sum(self, vector: npt.ArrayLike) -> Polynomial:
        """The exact sum of added encodings of polynomials in one variable, of one tier and denominator.

        Raises:
            TypeMismatchError: the summands differ in variable, tier or denominator.
            DecodeError: another domain, or more summands than limbs and type check are exact for (`limit_exceeded`).
        """
        return self._read_sum(*expect_header(vector, self.domain, components.MAX_SUMMANDS))

    def canonical(self, vector: npt.ArrayLike) -> FloatArray:
        """The encoding of what a raw sum adds up to, bit for bit.

        Raises:
            DecodeError: as `decode_sum`; or the sum does not fit the code.
        """
        return self.code_of(self.decode_sum(vector))

    def times_variable(self, vector: npt.ArrayLike) -> FloatArray:
        """An encoding or a raw sum times its variable, float32 (128,): coefficients move up one place.

        Raises:
            DecodeError: as `decode_sum`; or the last place is taken.
        """
        array, tier = self._summed(vector)
        places = components.place_blocks(array, tier)
        if places[-1].any():
            raise DecodeError("expected a free place above the highest coefficient", FailureReason.TOO_LONG)
        return components.with_blocks(array, tier, np.roll(places, 1, axis=0))

    def derivative(self, vector: npt.ArrayLike) -> FloatArray:
        """The derivative of an encoding or a raw sum, float32 (128,): coefficients times exponents, down one place.

        Raises:
            DecodeError: as `decode_sum`; or a limb would leave the exact integers (`limit_exceeded`).
        """
        array, tier = self._summed(vector)
        places = components.place_blocks(array, tier).astype(np.float64)
        moved = np.roll(places * np.arange(len(places))[:, None], -1, axis=0)
        if (np.abs(moved) >= EXACT_INTEGER_LIMIT).any():
            raise DecodeError("expected fewer summands: the derivative is not exact", FailureReason.LIMIT_EXCEEDED)
        return components.with_blocks(array, tier, moved.astype(np.float32))

    def evaluate(self, vector: npt.ArrayLike, point: Number) -> Number:
        """The exact value of an encoding or of a raw sum at `point`.

        Raises:
            DecodeError: as `decode_sum`.
        """
        total: Number = 0
        for coefficient in reversed(self.decode_sum(vector)[1]):
            total = total * point + coefficient
        return simplest(Fraction(total))

    def product(self, left: npt.ArrayLike, right: npt.ArrayLike) -> FloatArray:
        """The encoding of the product of two encodings or raw sums: the convolution of their coefficients.

        Raises:
            DecodeError: as `decode_sum`; the variables differ; or the product does not fit the code.
        """
        (variable, a), (other, b) = self.decode_sum(left), self.decode_sum(right)
        if variable != other:
            raise DecodeError(f"expected one variable, got {variable} and {other}")
        return self.code_of((variable, convolution(a, b)))

    def _summed(self, vector: npt.ArrayLike) -> tuple[FloatArray, int]:
        array, weight = expect_header(vector, self.domain, components.MAX_SUMMANDS)
        return array, _fields(array, weight)[2]


def convolution(a: Sequence[Number], b: Sequence[Number]) -> tuple[Number, ...]:
    """The coefficients of the product of two polynomials."""
    out: list[Number] = [0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] += x * y
    return trimmed(out)


def _as_polynomial(value: object) -> Polynomial | Failure:
    """`value` as variable and coefficients, not yet checked to fit."""
    variable: object = "x"
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        variable, value = value
    if isinstance(value, Mapping):
        value = _from_exponents(value)
    if isinstance(value, list | tuple) and len(value) > _MAX_LISTED:
        return Failure(FailureReason.TOO_LONG, f"expected at most {MAX_DEGREE + 1} coefficients, got {len(value)}")
    coefficients = components.exact_components(value)
    if not coefficients or not isinstance(variable, str) or len(variable) != 1 or variable not in VARIABLES:
        return Failure(FailureReason.INVALID_VALUE, f"expected a variable and coefficients, got {shown(value)}")
    return variable, trimmed(coefficients)


def _from_exponents(value: Mapping[object, object]) -> list[object] | None:
    """Coefficients from {exponent: coefficient}; None where an exponent is none."""
    if not value or not all(type(exponent) is int and 0 <= exponent <= MAX_DEGREE for exponent in value):
        return None
    return [value.get(exponent, 0) for exponent in range(MAX_DEGREE + 1)]


def _placed(coefficients: Sequence[Number]) -> tuple[int, int] | None:
    """The common denominator and the tier of a polynomial; None where it fits none."""
    denominator = 1
    for coefficient in coefficients:
        denominator = math.lcm(denominator, _endless(coefficient.denominator))
        if denominator > MAX_DENOMINATOR:
            return None
    values = [simplest(Fraction(c) * denominator) for c in coefficients]
    for tier in _TIER_ORDER:
        if len(values) <= components.CAPACITY[tier] and components.scale_components(values, tier) is not None:
            return denominator, tier
    return None


def _endless(denominator: int) -> int:
    """The part of a denominator that has neither 2 nor 5 in it."""
    while (common := math.gcd(denominator, 10)) > 1:
        denominator //= common
    return denominator


def _fields(vector: FloatArray, weight: int) -> tuple[str, int, int]:
    """Variable, denominator and tier, checked."""
    length, variable, denominator, tier = components.read_fields(vector, weight)
    if length != components.CAPACITY[tier] or not 1 <= variable <= len(VARIABLES) or denominator < 1:
        raise DecodeError("expected a tier, a variable and a denominator in dims 9-12")
    return VARIABLES[variable - 1], denominator, tier


# ---------------------------------------------------------------------------------------------- detection

_LETTER: Final = r"[A-Za-z](?![A-Za-z0-9_'’(\[]|\.[A-Za-z0-9])"
_NUMERAL: Final = r"[0-9]++(?:\.[0-9]++)?+"
# `2j` is an imaginary number; a polynomial in j has to say `2*j`.
_IMPLICIT: Final = rf"(?![ij]){_LETTER}"
_FACTOR: Final = rf"(?:{_NUMERAL}(?:{_IMPLICIT}{POWER}?+)?+|{_LETTER}{POWER}?+)"
_TIMES: Final = r"[ ]?(?:[*·⋅](?!\*)|/)[ ]?"
_PLUS: Final = r"[ ]?[-+\u2212][ ]?(?:[-+\u2212][ ]?)?+"
# Bounded, because what is refused here may be read again from each of its numerals.
_MORE: Final = rf"(?:(?:{_TIMES}|{_PLUS}){_FACTOR}){{0,96}}+"
# Numerals up to the first letter; bounded, so that a long sum of numerals is not read again from each of them.
_UP_TO_LETTER: Final = (
    rf"(?:(?:{_TIMES}|{_PLUS}){_NUMERAL}){{0,8}}+(?:(?:{_TIMES}|{_PLUS}){_LETTER}|{_IMPLICIT}){POWER}?+"
)
_END: Final = ending(r"(?![\w(\[{\\‖√]|[ ]?(?:\^|\*\*)|\.[0-9])")

_LEFT = re.compile(
    r"(?<![\w)\]}.'\\$])(?<![0-9] )(?:(?<![\w)\]}] )[-\u2212][ ]?)?"
    r"(?:[A-Za-z][²³⁴-⁹]?[ ]?(?:\*\*|\^\{?|[-+*/·⋅\u2212])[ ]?(?:[-\u2212][ ]?)?)+\Z"
)
_WINDOW: Final = 64
_JOINING: Final = frozenset("*^{-+/\u2212 ")


def _reach(text: str, start: int, floor: int) -> int:
    """Where the polynomial begins whose first numeral, perhaps joined to a letter before it, is at `start`."""
    if text[start - 1 : start] not in _JOINING:
        return start
    match = _LEFT.search(text, max(floor, start - _WINDOW), start)
    return spaced_sign(text, start, floor) if match is None else match.start()


def _without_parentheses(surface: str) -> tuple[int, int]:
    return len(surface) - len(surface.lstrip("( ")), len(surface)


POLYNOMIAL: Final = Domain(
    encoder=PolynomialEncoder(),
    follows={
        Lead.NUMBER: rf"(?(joined)\}}?+(?:{_IMPLICIT}{POWER}?+)?+{_MORE}|{_UP_TO_LETTER}{_MORE}){_END}",
        # A parenthesis in front is a lead of its own, and its other readings may skip what is inside.
        Lead.PAREN: rf"[( ]{{0,4}}+[-\u2212]?+{_NUMERAL}{_UP_TO_LETTER}{_MORE}{_END}",
    },
    opens={
        Lead.NUMBER: rf"(?:{_TIMES}|{_PLUS})(?:[0-9A-Za-z]|\Z)|{_IMPLICIT}|[ ]?\Z",
        Lead.PAREN: OPENS_PAREN,
    },
    tied=None,
    judge=judge,
    trim=_without_parentheses,
    reach=_reach,
    signed=True,
    signs="-\u2212",
    examples=(
        ("3x^2 - 2*x + 1", "('x', (1, -2, 3))"),
        ("x**3 - 78", "('x', (-78, 0, 0, 1))"),
        ("-v**3 + 10*v**2 + 8*v + 36", "('v', (36, 8, 10, -1))"),
        ("x/2 + 1", "('x', (1, Fraction(1, 2)))"),
        ("2*x**3/3 - 1/6", "('x', (Fraction(-1, 6), 0, 0, Fraction(2, 3)))"),
        ("4787 - 330*d - 1546 + 164*d", "('d', (3241, -166))"),
        ("2x² + 3x", "('x', (0, 3, 2))"),
        ("x^{2} + 1", "('x', (1, 0, 1))"),
        ("1 - k", "('k', (1, -1))"),
        ("− 4.9t^2 + 24t", "('t', (0, 24, Fraction(-49, 10)))"),
    ),
    rejects=(
        ("x*y + 1", FailureReason.INVALID_VALUE),
        ("x**-1", FailureReason.INVALID_VALUE),
        ("1/x", FailureReason.INVALID_VALUE),
        ("3/2x + 1", FailureReason.AMBIGUOUS),
        ("x/0", FailureReason.DIVISION_BY_ZERO),
        ("x**56", FailureReason.TOO_LONG),
        ("x**2 + 1e60", FailureReason.OUT_OF_RANGE),
        ("x/1031", FailureReason.OUT_OF_RANGE),
        ("(x + 1", FailureReason.UNBALANCED_BRACKETS),
        ("", FailureReason.INVALID_VALUE),
    ),
)
