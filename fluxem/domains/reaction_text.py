r"""Reaction equations as text has them, read into the totals of both sides.

    reaction  = side arrow side
    side      = term { + term } [ (+ M) ]
    term      = [coefficient] species [state]
    species   = a formula (`fluxem.domains.formula_text`)  |  e^-  |  M

Arrows: `->`, `-->`, `=>`, `<->`, `<=>`, `=`, `==`, and → ⟶ ⇌ ⇄ ↔ ⇔ ⇒. Coefficients are whole (`2`), decimal
(`0.5`), or fractions (`1/2`, `(1/2)`, `½`); fractional ones are cleared to the smallest integers. M is a third
body: it must stand on both sides, and cancels. A state, `(g)` or `(aq, 0.1 M)`, and the mark of a surface
species, `(S)`, are dropped, and so are the arrows of a precipitate and of a gas, `AgCl↓`, `CO2 ↑`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm
from typing import Final

from fluxem.domains.domain import Failure
from fluxem.domains.element_counts import CHARGE, Count
from fluxem.domains.formula_text import read_formula
from fluxem.encoding.number_block import simplest
from fluxem.vocabulary import FailureReason

MAX_CHARACTERS: Final = 1024
MAX_TERMS: Final = 32

ARROWS: Final = (
    *("<==>", "<=>", "<-->", "<->", "-->", "==>", "->", "=>", "==", "="),
    *("→", "⟶", "⇌", "⇄", "⇋", "↔", "⇔", "⇒", "⟹", "⟷", "⇀"),
)
"""Longer ones first."""

_ARROW = re.compile("|".join(re.escape(arrow) for arrow in ARROWS))
_ONE: Final = "[½¼¾⅓⅔]"
_HALVES: Final = {"½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3"}
_COEFFICIENT: Final = (
    r"(?:\([0-9]{1,3}\)/\([0-9]{1,3}\)|\([0-9]{1,3}/[0-9]{1,3}\)|[0-9]{1,4}/[0-9]{1,4}"
    rf"|[0-9]{{1,6}}(?:\.[0-9]{{1,9}})?|{_ONE})(?![0-9./])[ ]?"
)
_NUMBER: Final = r"(?:[0-9]++(?:\.[0-9]++)?+|[₀-₉]++|_\{[0-9.]++\}|_[0-9]++)?+"
_ATOM: Final = rf"[A-Z][a-z]?+{_NUMBER}"
_OPEN: Final = r"\((?!S\)|[IVX]+\))"
_INNER: Final = rf"(?:{_OPEN}(?:{_ATOM}){{1,24}}+\)|\[(?:{_ATOM}){{1,24}}+\]){_NUMBER}"
_OUTER: Final = rf"(?:{_OPEN}(?:{_ATOM}|{_INNER}){{1,24}}+\)|\[(?:{_ATOM}|{_INNER}){{1,24}}+\]){_NUMBER}"
_PARTS: Final = rf"(?:{_ATOM}|{_OUTER}){{1,48}}+"
_DOT: Final = r"(?:[ ]?[·•⋅∙][ ]?|\*|\.(?=[0-9]{0,2}H2O))"
_ADDUCT: Final = rf"(?:{_DOT}(?:[0-9]{{1,4}}+(?:\.[0-9]{{1,4}})?)?+{_PARTS}){{0,3}}+"
_GO_ON: Final = r"(?=[ ]{0,2}(?:[-+()=<→⟶⇌⇄⇋↔⇔⇒⟹⟷⇀.,;]|\n|\Z|[a-z]))"
_SIGNS: Final = "-+\u2212\u2013"
_CHARGE: Final = (
    rf"(?:\^\{{?+(?:[0-9]{{0,2}}[{_SIGNS}]|[{_SIGNS}][0-9]{{1,2}})\}}?+|[⁰¹²³⁴-⁹]{{0,2}}+[⁺⁻]"
    rf"|\+{_GO_ON}|[-\u2212](?![\w>-]){_GO_ON})?+"
)
_STATE: Final = (
    r"(?:[ ]?\((?:s|l|g|aq|cr|am|ads|v|vap|soln?|solid|liquid|gas|graphite|S)"
    r"(?:,[ ]?[^()\n]{1,24}|[ ][^()\n]{1,16})?\))?+(?:[ ]?\(?[↓↑⇓⇑]\)?)?+"
)
_ELECTRON: Final = rf"e(?:\^\{{?[{_SIGNS}]\}}?|[-\u2212⁻](?![\w>-]))"
_SPECIES: Final = rf"(?>{_ELECTRON}|M(?![A-Za-z0-9])|{_PARTS}{_ADDUCT}{_CHARGE})"
# Atomic: there is one way to read a term, so a chain of them is never tried in two.
_TERM: Final = rf"(?>(?:{_COEFFICIENT})?+{_SPECIES}{_STATE})"
_PLUS: Final = r"\s{0,2}\+\s{0,2}"
_THIRD: Final = r"(?:[ ]?\([ ]?\+[ ]?M[ ]?\))?"
CHAIN: Final = rf"{_TERM}(?:{_PLUS}{_TERM}){{0,{MAX_TERMS - 1}}}{_THIRD}"
"""One side of a reaction, as a pattern."""

_SPACES: Final = "\\s\x1c-\x1f\u00a0\u2009\u202f"
BEGINS: Final = rf"[{_SPACES}?]{{0,3}}(?:[0-9./()½¼¾?]{{1,18}}[ ]?)?(?:[A-Z][a-z]?+(?![a-z])|[(\[][A-Z(\[]|e[-^−⁻?])"
"""What the right side of a reaction looks like at its beginning at least, `?` being any space, fraction or sign."""
SKIPS: Final = "[0-9./()½¼¾? ]"
"""The characters of its coefficient."""
FIRST: Final = "[(\\[?A-Ze]"
"""The first character of its species."""

_SIDE = re.compile(rf"\s*(?:{CHAIN})\s*\Z")
_PIECE = re.compile(rf"(?P<coefficient>{_COEFFICIENT})?(?P<species>{_SPECIES})(?P<state>{_STATE})(?:{_PLUS})?")
_THIRD_BODY = re.compile(r"[ ]?\([ ]?\+[ ]?M[ ]?\)\s*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One species of a side."""

    coefficient: Fraction
    """How many of it."""
    species: str
    """Its formula as written, without state."""
    has_state: bool
    """Whether a state was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """A reaction as written."""

    reactants: tuple[Term, ...]
    """The left side, without third bodies."""
    products: tuple[Term, ...]
    """The right side, without third bodies."""
    arrow: str
    """What stands between."""


Totals = tuple[dict[str, int], dict[str, int]]
"""Counts of atoms, and `charge`, of all reactants and of all products."""


def read_equation(text: str) -> Equation | Failure:
    """The terms of `text`; `too_long` or `invalid_value` where it is no reaction."""
    if len(text) > MAX_CHARACTERS:
        return Failure(FailureReason.TOO_LONG, f"expected at most {MAX_CHARACTERS} characters, got {len(text)}")
    arrows = list(_ARROW.finditer(text))
    if len(arrows) != 1:
        return Failure(FailureReason.INVALID_VALUE, f"expected one arrow, got {len(arrows)} in {text[:40]!r}")
    left, right = text[: arrows[0].start()], text[arrows[0].end() :]
    before, after = _read_side(left), _read_side(right)
    if isinstance(before, Failure):
        return before
    if isinstance(after, Failure):
        return after
    (reactants, bodies), (products, bodies_after) = before, after
    if bodies != bodies_after:
        return Failure(FailureReason.INVALID_VALUE, "expected as many third bodies M on the right as on the left")
    if not reactants or not products:
        return Failure(FailureReason.INVALID_VALUE, "expected a species on both sides")
    return Equation(reactants=reactants, products=products, arrow=arrows[0].group())


def _read_side(text: str) -> tuple[tuple[Term, ...], Fraction] | Failure:
    """The species of a side, and how many third bodies it has."""
    if not _SIDE.match(text):
        return Failure(FailureReason.INVALID_VALUE, f"expected formulas joined by +, got {text[:40]!r}")
    bodies = Fraction(0)
    third = _THIRD_BODY.search(text)
    if third is not None:
        text, bodies = text[: third.start()], Fraction(1)
    terms: list[Term] = []
    for match in _PIECE.finditer(text):
        coefficient = _read_coefficient(match["coefficient"])
        if coefficient is None:
            return Failure(FailureReason.INVALID_VALUE, f"expected a coefficient above 0, got {match['coefficient']!r}")
        if match["species"] == "M":
            bodies += coefficient
        else:
            terms.append(Term(coefficient=coefficient, species=match["species"], has_state=bool(match["state"])))
    return tuple(terms), bodies


def _read_coefficient(text: str | None) -> Fraction | None:
    """The value of a coefficient; None where it is 0 or divides by 0."""
    if not text:
        return Fraction(1)
    plain = text.translate({ord("("): None, ord(")"): None}).strip()
    if plain in _HALVES:
        return Fraction(_HALVES[plain])
    above, _, below = plain.partition("/")
    if below and not int(below):
        return None
    return Fraction(above) / int(below or 1) or None


def totals(equation: Equation) -> Totals | Failure:
    """What stands on both sides, as whole numbers: fractional coefficients cleared to the smallest integers.

    Where a formula itself is fractional, both sides are multiplied until every total is whole.
    """
    factor = _clearing([term.coefficient for term in (*equation.reactants, *equation.products)])
    left = _total(equation.reactants, factor)
    right = _total(equation.products, factor)
    if isinstance(left, Failure):
        return left
    if isinstance(right, Failure):
        return right
    clearing = lcm(*(count.denominator for side in (left, right) for count in side.values()))
    return _whole(left, clearing), _whole(right, clearing)


def _clearing(coefficients: Sequence[Fraction]) -> Fraction:
    """What makes fractional coefficients the smallest integers; 1 where all are whole."""
    denominator = lcm(*(value.denominator for value in coefficients))
    if denominator == 1:
        return Fraction(1)
    return Fraction(denominator, gcd(*(int(value * denominator) for value in coefficients)))


def _total(terms: Sequence[Term], factor: Fraction) -> dict[str, Count] | Failure:
    total: dict[str, Count] = {}
    for term in terms:
        counts = read_species(term.species)
        if isinstance(counts, Failure):
            return counts
        times = simplest(term.coefficient * factor)  # whole numbers add many times faster than fractions
        for key, count in counts.items():
            total[key] = total.get(key, 0) + times * count
    return {key: count for key, count in total.items() if count}


@lru_cache(maxsize=4096)
def read_species(text: str) -> dict[str, Count] | Failure:
    """The composition of one species; an electron has only a charge. Kept, and not to be changed."""
    if text.startswith("e"):
        return {CHARGE: -1}
    return read_formula(text)


def _whole(side: dict[str, Count], factor: int) -> dict[str, int]:
    return {key: int(count * factor) for key, count in side.items()}
