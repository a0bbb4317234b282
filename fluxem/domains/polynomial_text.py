"""Polynomials in one variable as text, expanded exactly by a parser that checks every limit before it works."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from fluxem.domains.domain import Failure
from fluxem.domains.message import shown
from fluxem.domains.numeral import parse_numeral
from fluxem.encoding.number_block import Number, simplest
from fluxem.vocabulary import FailureReason

Polynomial = tuple[str, tuple[Number, ...]]
"""The variable, and the coefficients from the constant on."""

MAX_CHARACTERS: Final = 4096
MAX_TOKENS: Final = 512
MAX_DEPTH: Final = 32
MAX_BITS: Final = 2048

_Terms = list[Fraction]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]++(?:\.[0-9]*+)?+(?:[eE][-+]?+[0-9]++)?+|\.[0-9]++)|(?P<letter>[A-Za-z])(?![A-Za-z0-9_])"
    r"|(?P<superscript>[²³⁴-⁹⁰¹]++)|(?P<sign>\*\*|[-+*/^(){}·⋅×\u2212]))"
)
_DISPUTED = re.compile(r"/[ ]?[0-9.]++[A-Za-z(]")
"""What a slash divides by in `3/2x` is read in two ways."""
_SPELLING: Final = str.maketrans("−·⋅×{}", "-***()")
_SUPERSCRIPT: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


@dataclass(frozen=True, slots=True)
class _Stop(Exception):  # noqa: N818 - control flow, not an error
    """Leaves the parser; never leaves this module."""

    failure: Failure


def trimmed(coefficients: Sequence[Number]) -> tuple[Number, ...]:
    """Without the zeros above the highest coefficient; the zero polynomial keeps one."""
    last = max((place for place, value in enumerate(coefficients) if value), default=0)
    return tuple(coefficients[: last + 1])


def parse_polynomial(text: str, max_degree: int) -> Polynomial | Failure:
    """The polynomial that `text` spells, or why it spells none. Work is bounded by the limits above."""
    if len(text) > MAX_CHARACTERS:
        return Failure(FailureReason.TOO_LONG, f"expected at most {MAX_CHARACTERS} characters, got {len(text)}")
    if _DISPUTED.search(text):
        return Failure(FailureReason.AMBIGUOUS, f"expected 3/2*x, 3*x/2 or 3/(2*x), got {text[:40]!r}")
    try:
        tokens = _tokens(text)
        letters = {token for token in tokens if isinstance(token, str) and token.isalpha()}
        if len(letters) != 1:
            _stop(FailureReason.INVALID_VALUE, f"expected one variable, got {', '.join(sorted(letters)) or 'none'}")
        machine = _Machine(tokens, max_degree)
        terms = machine.sum(0)
        machine.expect_end()
    except _Stop as stop:
        return stop.failure
    return letters.pop(), trimmed([simplest(value) for value in terms])


def _stop(reason: FailureReason, detail: str) -> None:
    raise _Stop(Failure(reason, detail))


def _tokens(text: str) -> list[Fraction | str]:
    tokens: list[Fraction | str] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place, end)
        if match is None:
            raise _Stop(Failure(FailureReason.INVALID_VALUE, f"expected a term at {text[place : place + 20]!r}"))
        place = match.end()
        if match["number"] or match["superscript"]:
            value = parse_numeral((match["number"] or match["superscript"]).translate(_SUPERSCRIPT))
            if isinstance(value, Failure):
                raise _Stop(value)
            tokens += ["^", value] if match["superscript"] else [value]
        else:
            sign = match["letter"] or match["sign"]
            tokens.append("^" if sign == "**" else sign.translate(_SPELLING))
        if len(tokens) > MAX_TOKENS:
            raise _Stop(Failure(FailureReason.LIMIT_EXCEEDED, f"expected at most {MAX_TOKENS} tokens"))
    return tokens


class _Machine:
    """Recursive descent over a token list; terms are lists of coefficients from the constant on."""

    def __init__(self, tokens: list[Fraction | str], max_degree: int) -> None:
        self.tokens = tokens
        self.place = 0
        self.max_degree = max_degree

    def peek(self) -> Fraction | str | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self) -> Fraction | str | None:
        token = self.peek()
        self.place += 1
        return token

    def expect_end(self) -> None:
        rest = self.peek()
        if rest is not None:
            reason = FailureReason.UNBALANCED_BRACKETS if rest == ")" else FailureReason.INVALID_VALUE
            _stop(reason, f"expected an operator or the end, got {shown(rest)}")

    def sum(self, level: int) -> _Terms:
        total = self.signed(level)
        while self.peek() in ("+", "-"):
            total = self.bounded(_added(total, self.signed(level)))
        return total

    def signed(self, level: int) -> _Terms:
        negative = False
        while self.peek() in ("+", "-"):
            negative ^= self.take() == "-"
        value = self.product(level)
        return [-x for x in value] if negative else value

    def product(self, level: int) -> _Terms:
        value = self.power(level)
        while True:
            sign = self.peek()
            if sign == "/":
                self.take()
                value = _divided(value, self.power(level))
            elif sign in ("*", "(") or (isinstance(sign, str) and sign.isalpha()):
                if sign == "*":
                    self.take()
                value = self.multiplied(value, self.power(level))
            else:
                return self.bounded(value)

    def power(self, level: int) -> _Terms:
        base = self.atom(level)
        if self.peek() != "^":
            return base
        self.take()
        exponent = self.atom(level)
        if len(trimmed(exponent)) > 1 or exponent[0].denominator != 1 or exponent[0] < 0:
            _stop(FailureReason.INVALID_VALUE, "expected a whole exponent, 0 or more")
        if exponent[0] * max(len(base) - 1, 1) > self.max_degree:
            _stop(FailureReason.TOO_LONG, f"expected a degree of at most {self.max_degree}")
        value = [Fraction(1)]
        for _ in range(int(exponent[0])):
            value = self.bounded(self.multiplied(value, base))
        return value

    def atom(self, level: int) -> _Terms:
        token = self.take()
        if isinstance(token, Fraction):
            return [token]
        if token == "(":  # noqa: S105 - a parenthesis
            if level >= MAX_DEPTH:
                _stop(FailureReason.LIMIT_EXCEEDED, f"expected at most {MAX_DEPTH} levels")
            value = self.sum(level + 1)
            if self.take() != ")":
                _stop(FailureReason.UNBALANCED_BRACKETS, "expected a closing parenthesis")
            return value
        if isinstance(token, str) and token.isalpha():
            return [Fraction(0), Fraction(1)]
        raise _Stop(Failure(FailureReason.INVALID_VALUE, f"expected a term, got {token or 'the end'}"))

    def multiplied(self, a: _Terms, b: _Terms) -> _Terms:
        if len(a) + len(b) - 2 > self.max_degree:
            _stop(FailureReason.TOO_LONG, f"expected a degree of at most {self.max_degree}")
        out = [Fraction(0)] * (len(a) + len(b) - 1)
        for i, x in enumerate(a):
            for j, y in enumerate(b):
                out[i + j] += x * y
        return out

    def bounded(self, terms: _Terms) -> _Terms:
        bits = max(max(x.numerator.bit_length(), x.denominator.bit_length()) for x in terms)
        if bits > MAX_BITS:
            _stop(FailureReason.LIMIT_EXCEEDED, f"expected coefficients of at most {MAX_BITS} bits")
        return terms


def _added(a: _Terms, b: _Terms) -> _Terms:
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    return [x + (shorter[place] if place < len(shorter) else 0) for place, x in enumerate(longer)]


def _divided(a: _Terms, b: _Terms) -> _Terms:
    if len(trimmed(b)) > 1:
        _stop(FailureReason.INVALID_VALUE, "expected a number as divisor: the quotient is no polynomial")
    if not b[0]:
        _stop(FailureReason.DIVISION_BY_ZERO, "expected a divisor other than 0")
    return [x / b[0] for x in a]
