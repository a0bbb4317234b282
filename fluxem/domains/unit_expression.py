r"""Products, quotients and powers of units: `m/s^2`, `kg·m·s⁻²`, `J/(mol K)`, `metres per second squared`.

`resolve` gives the unit that such a text stands for; what of it is looked for in running text is in
`fluxem.domains.unit_grammar`.

    product  = factor (join factor)*
    join     = "/" | "per" | "·" "⋅" "∙" "•" "*" "×" "." | " " | "-"
    factor   = atom power | "(" product ")" power
    atom     = symbol | [square | cubic] name [squared | cubed]
    power    = "^-2" "^{-2}" "**2" "⁻²" "-2" "−2" "2" | nothing

Each slash divides by the one factor behind it: `mg/kg/day` is mg kg-1 day-1. What `J/mol K` means is disputed (SI
Brochure, section 5.2, wants brackets there), so a slash followed by a product is refused as `ambiguous`. Names are read
as the SI Brochure names units: `joule per kilogram kelvin` has both below the line.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from math import isqrt
from typing import Final

from fluxem.domains.domain import Failure
from fluxem.domains.sign import MINUSES
from fluxem.domains.units import ALONE, COUNTED, SYMBOLS, WORDS, Unit
from fluxem.vocabulary import FailureReason

MAX_LENGTH: Final = 128
"""Longer unit texts are `too_long`."""
_MAX_POWER: Final = 12
"""Larger exponents are `out_of_range`."""
_MAX_EXPONENT: Final = 48
"""So are larger exponents of a base unit in the whole."""

_MINUS: Final = f"[{MINUSES}]"
_PLAIN_MINUS: Final = str.maketrans(MINUSES, "-" * len(MINUSES), " ")
_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_ONE: Final = Unit(Fraction(1), (0,) * 9)

_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<power>(?:\^|\*\*)\s?(?:\{{[^{{}}]{{1,8}}\}}|\([^()]{{1,8}}\)|[-+−–]?[0-9]+(?:\.[0-9]+)?)
               |[⁻⁺]?[⁰¹²³⁴-⁹]+|{_MINUS}\s?[0-9]+|(?<!\s)[0-9]+|(?<=m\ )[23](?=\s*(?:/|\Z)))
      |(?P<open>[(\[])|(?P<close>[)\]])
      |(?P<per>/|per\b|÷)
      |(?P<times>[·⋅∙•*×.]|-(?=[A-Za-z]))
      |(?P<shape>(?:square|cubic|sq\.?|cu\.?)(?=\s))
      |(?P<after>squared\b|cubed\b)
      |(?P<atom>(?:°|º|˚|⁰|deg(?:rees?)?\.?)\s?(?:[Cc](?:elsius|elcius|entigrade)?|[Ff](?:ahrenheit|arenheit)?
                 |K(?:elvin)?|R(?:ankine)?)(?![A-Za-z])
               |[xX×]\s?g\b|′′|[°º˚%‰′″℃℉]|[cm]mH2O\b|[^\W\d_²³¹⁰⁴-⁹]+)
    )""",
    re.VERBOSE,
)
_DEGREE = re.compile(r"(?:°|º|˚|⁰|deg(?:rees?)?\.?)\s?([CcFfKR])")
_THIN = re.compile("[\u00a0\u2009\u202f]")
_PHRASE = re.compile(r"[A-Za-z][A-Za-z ]{1,40}[A-Za-z]")


@lru_cache(maxsize=16_384)
def resolve(text: str) -> Unit | Failure:
    """The unit that `text` stands for.

    Returns a Failure: `unknown_unit` (a name that the table lacks), `ambiguous` (`J/mol K`), `out_of_range`
    (powers beyond 12), `unbalanced_brackets`, `too_long`, `invalid_value` (no unit expression).
    """
    text = _THIN.sub(" ", text)
    simple = SYMBOLS.get(text) or WORDS.get(text) or ALONE.get(text)
    if simple is not None:
        return simple
    if len(text) > MAX_LENGTH:
        return Failure(FailureReason.TOO_LONG, f"expected a unit of at most {MAX_LENGTH} characters, got {len(text)}")
    try:
        return _Reader(text).unit()
    except _RefusedError as refused:
        return refused.failure


class _RefusedError(Exception):
    """Carries a failure out of the depth of a reader; never leaves this module."""

    def __init__(self, reason: FailureReason, detail: str) -> None:
        super().__init__(reason, detail)
        self.failure = Failure(reason, detail)


class _Reader:
    """Recursive descent over the tokens of one text, which is short."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.kind = self.word = self.text[:0]
        self.advance()

    def advance(self) -> None:
        """Read the next token into `kind` and `word`; kind is empty at the end."""
        match = _TOKEN.match(self.text, self.place)
        if match is None:
            if self.text[self.place :].strip():
                raise _RefusedError(FailureReason.INVALID_VALUE, f"expected a unit, got {self.text[:40]!r}")
            self.kind = self.word = self.text[:0]
            return
        self.kind = match.lastgroup or ""
        self.word = match[self.kind]
        self.place = match.end()

    def unit(self) -> Unit:
        """The whole text."""
        whole, factors = self.product()
        if self.kind:
            raise _RefusedError(FailureReason.UNBALANCED_BRACKETS, f"expected balanced brackets in {self.text[:40]!r}")
        if factors > 1 or whole.offset is None:
            return Unit(whole.factor, whole.dimension, None, whole.rounded)
        return whole

    def product(self) -> tuple[Unit, int]:
        """Factors up to a closing bracket or the end, and how many there were."""
        total, factors, below, named = _ONE, 0, False, False
        while not factors or self.kind not in ("", "close"):
            if self.kind == "per":
                below, named = True, self.word == "per"
                self.advance()
            elif below and factors and not named:
                raise _RefusedError(
                    FailureReason.AMBIGUOUS, f"expected brackets around what stands below the line in {self.text!r}"
                )
            elif self.kind == "times" and factors:
                self.advance()
            total = _times(total, self.factor(), -1 if below else 1) if factors or below else self.factor()
            factors += 1 + (below and not factors)
        return total, factors

    def factor(self) -> Unit:
        """An atom or a bracket, with its power."""
        power = Fraction(1)
        if self.kind == "shape":
            power = Fraction(2 if self.word.startswith("sq") else 3)
            self.advance()
        if self.kind == "open":
            self.advance()
            unit, _ = self.product()
            if self.kind != "close":
                raise _RefusedError(FailureReason.UNBALANCED_BRACKETS, f"expected a closing bracket in {self.text!r}")
        elif self.kind == "atom":
            unit = self.atom()
        else:
            raise _RefusedError(FailureReason.INVALID_VALUE, f"expected a unit in {self.text[:40]!r}")
        self.advance()
        if self.kind == "after":
            power = Fraction(2 if self.word == "squared" else 3)
            self.advance()
        elif self.kind == "power":
            power *= _power(self.word)
            self.advance()
        return unit if power == 1 else _times(_ONE, unit, power)

    def atom(self) -> Unit:
        """A symbol or a name; the longest name of several words."""
        phrase = _PHRASE.match(self.text, self.place - len(self.word))
        if phrase is not None:
            words = phrase[0].split(" ")
            for count in range(min(3, len(words)), 1, -1):
                name = " ".join(words[:count])
                unit = WORDS.get(name) or WORDS.get(name.lower())
                if unit is not None:
                    self.place += len(name) - len(self.word)
                    return unit
        unit = lookup(self.word)
        if unit is None:
            raise _RefusedError(FailureReason.UNKNOWN_UNIT, f"expected a known unit, got {self.word[:40]!r}")
        return unit


def lookup(token: str) -> Unit | None:
    """The unit of one symbol or one-word name, as text spells it; None where there is none."""
    unit = SYMBOLS.get(token) or WORDS.get(token) or WORDS.get(token.lower())
    if unit is not None:
        return unit
    degree = _DEGREE.match(token)
    if degree is not None:
        return SYMBOLS["°" + degree[1].upper()]
    if token[:1] in "xX×" and token[-1:] == "g":
        return SYMBOLS["xg"]
    return _ONE if token in COUNTED or token.removesuffix("s") in COUNTED else None


def _power(text: str) -> Fraction:
    """An exponent as written; whole or half."""
    plain = text.translate(_SUPERSCRIPTS).strip("^*{}() ").translate(_PLAIN_MINUS)
    if not re.fullmatch(r"[-+]?[0-9]{1,3}(?:\.[0-9]{1,3}|/[1-9][0-9]?)?", plain):
        raise _RefusedError(FailureReason.INVALID_VALUE, f"expected an exponent of a unit, got {text[:20]!r}")
    power = Fraction(plain)
    if abs(power) > _MAX_POWER or power.denominator > 2:
        raise _RefusedError(
            FailureReason.OUT_OF_RANGE, f"expected whole or half exponents up to {_MAX_POWER}, got {plain}"
        )
    return power


def _times(left: Unit, right: Unit, power: Fraction | int) -> Unit:
    """The product left * right ** power; a unit with an offset counts as the difference it names."""
    doubled = int(2 * power)
    factor = _root(right.factor**doubled) if doubled % 2 else right.factor ** (doubled // 2)
    dimension = tuple(_whole(a + power * b) for a, b in zip(left.dimension, right.dimension, strict=True))
    if max(dimension) > _MAX_EXPONENT or min(dimension) < -_MAX_EXPONENT:
        raise _RefusedError(FailureReason.OUT_OF_RANGE, "expected exponents of base units up to 48")
    return Unit(left.factor * factor, dimension, None, left.rounded or right.rounded)


def _root(square: Fraction) -> Fraction:
    """The rational square root; refused where there is none."""
    root = Fraction(isqrt(square.numerator), isqrt(square.denominator))
    if root * root != square:
        raise _RefusedError(FailureReason.OUT_OF_RANGE, "expected a unit whose square root is rational")
    return root


def _whole(exponent: Fraction | int) -> Fraction | int:
    """An exponent as an int where it is whole."""
    return exponent.numerator if exponent.denominator == 1 else exponent
