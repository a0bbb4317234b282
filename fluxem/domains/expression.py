"""Expressions and their exact values: our own parser, no `eval`, every limit checked before work is done.

`^` binds tightest and to the right, so `-2^2` is -4 and `2^3^2` is 512; `/` is exact division. More is read than the
detector looks for: an en dash between numerals is a minus, `2.` is 2, and a currency sign before a numeral (`$720 +
$270`) is passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from fluxem.domains.domain import Failure
from fluxem.domains.message import shown
from fluxem.domains.numeral import NUMERAL, parse_numeral
from fluxem.encoding.number_block import Number
from fluxem.vocabulary import FailureReason

MAX_TOKENS: Final = 256
MAX_DEPTH: Final = 64
MAX_BITS: Final = 4096
MAX_POWER: Final = 512
MAX_CHARACTERS: Final = 16_384
_PLAIN_DIGITS: Final = 64
"""Whole numerals below this length become ints, which calculate much faster than Fractions."""

_COUNTED: Final = "+-*/^()"
_OTHER_BASE = re.compile(r"(?<![0-9.,])0[xX][0-9]")
_SPELLING: Final = str.maketrans({"−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "÷": "/", "x": "*", "X": "*"})
_TOKEN = re.compile(
    rf"\s*(?:(?:[$£€]\s?)?+(?P<number>{NUMERAL}(?:(?<=[0-9])\.(?![0-9]))?+|\.[0-9]++)|(?P<operator>\*\*|[-+*/^()−–×·⋅÷xX]))"
)


class Expression(Fraction):
    """An exact rational that remembers how it was written: the counts of dims 32-40.

    It compares and calculates as the number that it is.
    """

    __slots__ = ("operations", "rounded")

    operations: tuple[int, ...]
    """Counts of + - * / ^ ( ), operands, and depth; nine zeros for a plain number."""
    rounded: bool
    """Whether it was read from a code that had been rounded."""

    def __new__(cls, value: Number, operations: tuple[int, ...] = (0,) * 9, rounded: bool = False) -> Expression:
        """Make one of a number and its counts."""
        self = super().__new__(cls, value)
        self.operations = operations
        self.rounded = rounded
        return self

    def __reduce__(self) -> tuple[type[Expression], tuple[Fraction, tuple[int, ...], bool]]:
        return Expression, (Fraction(self.numerator, self.denominator), self.operations, self.rounded)


@dataclass(frozen=True, slots=True)
class _Stop(Exception):  # noqa: N818 - control flow, not an error
    """Leaves the evaluator; never leaves this module."""

    failure: Failure


def evaluate(text: str) -> Expression | Failure:
    """The exact value of an expression, or why it has none. Work is bounded by the limits above."""
    if len(text) > MAX_CHARACTERS:
        return Failure(FailureReason.TOO_LONG, f"expected at most {MAX_CHARACTERS} characters, got {len(text)}")
    if _OTHER_BASE.search(text):
        return Failure(FailureReason.INVALID_VALUE, "expected decimal numerals, got one to another base, such as 0x10")
    try:
        tokens = _tokens(text)
        machine = _Machine(tokens)
        value = machine.sum(0)
        machine.expect_end()
    except _Stop as stop:
        return stop.failure
    signs = [token for token in tokens if isinstance(token, str)]
    operands = len(tokens) - len(signs)
    return Expression(value, (*map(signs.count, _COUNTED), operands, machine.depth))


def _tokens(text: str) -> list[Number | str]:
    tokens: list[Number | str] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place, end)
        if match is None:
            raise _Stop(
                Failure(
                    FailureReason.INVALID_VALUE, f"expected a numeral or an operator at {text[place : place + 20]!r}"
                )
            )
        place = match.end()
        number = match["number"]
        if number is None:
            tokens.append("^" if match["operator"] == "**" else match["operator"].translate(_SPELLING))
        elif len(number) < _PLAIN_DIGITS and number.isdecimal():
            tokens.append(int(number))
        else:
            value = parse_numeral(number)
            if isinstance(value, Failure):
                raise _Stop(value)
            tokens.append(value)
        if len(tokens) > MAX_TOKENS:
            raise _Stop(Failure(FailureReason.LIMIT_EXCEEDED, f"expected at most {MAX_TOKENS} tokens"))
    return tokens


class _Machine:
    """Recursive descent over a token list, exact and bounded."""

    def __init__(self, tokens: list[Number | str]) -> None:
        self.tokens = tokens
        self.place = 0
        self.depth = 0
        self.nesting = 0

    def peek(self) -> Number | str | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self) -> Number | str | None:
        token = self.peek()
        self.place += 1
        return token

    def expect_end(self) -> None:
        rest = self.peek()
        if rest is not None:
            reason = FailureReason.UNBALANCED_BRACKETS if rest == ")" else FailureReason.INVALID_VALUE
            raise _Stop(Failure(reason, f"expected an operator or the end, got {shown(rest)}"))

    def sum(self, level: int) -> Number:
        value = self.product(level)
        while self.peek() in ("+", "-"):
            plus = self.take() == "+"
            right = self.product(level)
            value = _bounded(value + right if plus else value - right)
        return value

    def product(self, level: int) -> Number:
        value = self.signed(level)
        while self.peek() in ("*", "/"):
            times = self.take() == "*"
            right = self.signed(level)
            if not times and not right:
                raise _Stop(Failure(FailureReason.DIVISION_BY_ZERO, "expected a divisor other than 0"))
            value = _bounded(value * right if times else Fraction(value) / right)
        return value

    def signed(self, level: int) -> Number:
        negative = False
        while self.peek() in ("+", "-"):
            negative ^= self.take() == "-"
        value = self.power(level)
        return -value if negative else value

    def power(self, level: int) -> Number:
        base = self.atom(level)
        if self.peek() != "^":
            return base
        self.take()
        if level >= MAX_DEPTH:
            raise _Stop(Failure(FailureReason.LIMIT_EXCEEDED, f"expected at most {MAX_DEPTH} levels"))
        return _power(base, self.signed(level + 1))

    def atom(self, level: int) -> Number:
        token = self.take()
        if isinstance(token, int | Fraction):
            return token
        if token == "(":  # noqa: S105 - a parenthesis
            self.nesting += 1
            self.depth = max(self.depth, self.nesting)
            if level >= MAX_DEPTH:
                raise _Stop(Failure(FailureReason.LIMIT_EXCEEDED, f"expected at most {MAX_DEPTH} levels"))
            value = self.sum(level + 1)
            if self.take() != ")":
                raise _Stop(Failure(FailureReason.UNBALANCED_BRACKETS, "expected a closing parenthesis"))
            self.nesting -= 1
            return value
        raise _Stop(Failure(FailureReason.INVALID_VALUE, f"expected a numeral or '(', got {token or 'the end'}"))


def _bounded(value: Number) -> Number:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise _Stop(Failure(FailureReason.LIMIT_EXCEEDED, f"expected numbers of at most {MAX_BITS} bits"))
    return value


def _power(base: Number, exponent: Number) -> Number:
    """Base ** exponent, refused before it grows."""
    if exponent.denominator != 1:
        reason = FailureReason.NON_REAL if base < 0 else FailureReason.INVALID_VALUE
        raise _Stop(Failure(reason, f"expected a whole exponent, got {shown(exponent)}: the result is not rational"))
    if base == 0 and exponent < 0:
        raise _Stop(Failure(FailureReason.DIVISION_BY_ZERO, "expected a base other than 0 under a negative exponent"))
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    power = int(exponent)
    if abs(power) > MAX_POWER or bits * abs(power) > MAX_BITS:
        raise _Stop(Failure(FailureReason.LIMIT_EXCEEDED, f"expected a power of at most {MAX_BITS} bits"))
    return Fraction(base) ** power
