r"""Chemical formulas as text has them, read exactly: groups, hydrates, charges, deuterium.

    formula   = [number] part { dot [number] part } [charge]
    part      = unit { unit }
    unit      = symbol [number]  |  ( part ) [number]  |  [ part ] [number]  |  { part } [number]
    dot       = one of · • ⋅ ∙ * with blanks around it, or a full stop before an optional number and `H2O`
    charge    = ^2-  ^{2-}  ^-2  ²⁻  +  -  2+  and so on

Numbers may be subscripts (`H₂O`, `H_2O`, `H_{2}O`). What is the charge and what the subscript in an unmarked
ending is decided thus: after one symbol alone, the digits are the charge if the element has such an oxidation
state (`Fe3+`, `O2-`), a metal's always, and a subscript otherwise (`H2+`, `I3-`); after a group or oxygen that
two digits follow, the last is the charge (`SO42-`, `Fe(CN)63-`), and behind a complex in square brackets the one
that follows (`[Fe(CN)6]3-`); else the sign alone is (`NH4+`).
A star at the end (`Na*`, an excited state) says nothing of the composition and is passed over.
An oxidation number (`Fe(III)`) is no group of iodine atoms: a formula that has one is refused.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from fluxem.domains.domain import Failure
from fluxem.domains.element_counts import CHARGE, DIMS, Count
from fluxem.domains.elements import STATES, words
from fluxem.domains.sign import TO_HYPHEN
from fluxem.vocabulary import FailureReason

MAX_CHARACTERS: Final = 512
MAX_DEPTH: Final = 16
DOTS: Final = "·•⋅∙*"
"""Characters that join the parts of an adduct."""

_SUBSCRIPTS: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+-") | TO_HYPHEN
_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_UNDERSCORE = re.compile(r"_\{([0-9.]{1,9})\}|_([0-9])")
_SIMPLE = re.compile(r"(?:[A-Z][a-z]?(?:[1-9][0-9]{0,5})?)+\Z", re.ASCII)
_UNITS = re.compile(r"([A-Z][a-z]?)([0-9]*)", re.ASCII)
_TOKEN = re.compile(
    r"(?P<symbol>[A-Z][a-z]?)|(?P<open>[(\[{])|(?P<close>[)\]}])"
    r"|(?P<water>\.(?=[0-9]{0,3}\(?H2O\)?\Z))"
    r"|(?P<number>(?<=[·•⋅∙* ])[0-9]+(?:\.[0-9]+)?|[0-9]+(?:\.(?![0-9]{0,3}\(?H2O\)?\Z)[0-9]+)?)|(?P<dot> ?[·•⋅∙*] ?)"
)
_MARKED = re.compile(
    r"(?:\^\{?(?:(?P<size>[0-9]{0,3})(?P<sign>[-+])|(?P<sign2>[-+])(?P<size2>[0-9]{1,3}))\}?"
    r"|(?P<high>[⁰¹²³⁴-⁹]{0,3}[⁺⁻]))\Z"
)
_PLAIN = re.compile(r"(?P<digits>[0-9]{0,4})(?P<sign>[-+])\Z")
_SIGNED_NUMBER = re.compile(r"(?<=[A-Za-z0-9)\]])(?P<sign>[-+])(?P<size>[1-9])\Z")
_OXIDATION_NUMBER = re.compile(r"\([IVX]{1,5}\)")
_ONE_SYMBOL = re.compile(r"[A-Z][a-z]?\Z")
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_NONMETALS: Final = words("H B C N O F Si P S Cl Ge As Se Br Te I At He Ne Ar Kr Xe Rn")


def read_formula(text: str) -> dict[str, Count] | Failure:
    """The composition of `text`: counts by symbol, and the key `charge` where it is not 0.

    Returns a Failure `too_long`, `unknown_element`, `unbalanced_brackets`, `limit_exceeded` (nesting) or
    `invalid_value`.
    """
    if len(text) > MAX_CHARACTERS:
        return Failure(FailureReason.TOO_LONG, f"expected at most {MAX_CHARACTERS} characters, got {len(text)}")
    if _SIMPLE.match(text):
        return _read_simple(text)
    plain = _UNDERSCORE.sub(r"\1\2", text.strip().removesuffix("*").translate(_SUBSCRIPTS))
    body, charge = split_charge(plain)
    if body.startswith("(") and body.endswith(")") and len(body) < len(plain) and charge and _wraps(body):
        body = body[1:-1]
    if _OXIDATION_NUMBER.search(body):
        return Failure(FailureReason.INVALID_VALUE, f"expected counts, got an oxidation number in {text[:40]!r}")
    counts = _Reader(body).read()
    if not isinstance(counts, Failure) and charge:
        counts[CHARGE] = charge
    return counts


def _read_simple(text: str) -> dict[str, Count] | Failure:
    counts: dict[str, Count] = {}
    for symbol, digits in _UNITS.findall(text):
        if symbol not in DIMS:
            return _unknown(symbol)
        counts[symbol] = counts.get(symbol, 0) + (int(digits) if digits else 1)
    return counts


def _unknown(symbol: str) -> Failure:
    return Failure(FailureReason.UNKNOWN_ELEMENT, f"expected the symbol of an element, got {symbol!r}")


def split_charge(text: str) -> tuple[str, int]:
    """`text` without its charge, and the charge."""
    match = _MARKED.search(text)
    if match is not None:
        if match["high"] is not None:
            high = match["high"].translate(_SUPERSCRIPTS)
            return text[: match.start()], _signed(high[:-1], high[-1])
        return text[: match.start()], _signed(match["size"] or match["size2"] or "", match["sign"] or match["sign2"])
    match = _SIGNED_NUMBER.search(text)
    if match is not None:
        return text[: match.start()], _signed(match["size"], match["sign"])
    match = _PLAIN.search(text)
    if match is None or not match.start():
        return text, 0
    return _split_plain(text[: match.start()], match["digits"], match["sign"])


def _split_plain(body: str, digits: str, sign: str) -> tuple[str, int]:
    """Subscript and charge of an unmarked ending, by the rules of the module's docstring."""
    is_charge = 0
    if _ONE_SYMBOL.match(body):
        if len(digits) == 1:
            is_charge = body not in _NONMETALS or (sign == "-" and -int(digits) in STATES.get(body, ()))
        elif len(digits) == 2:
            is_charge = 1
    elif (len(digits) == 2 and body[-1] in "O)]}") or (len(digits) == 1 and body[0] == "[" and body[-1] == "]"):
        is_charge = 1  # a complex in brackets has its charge behind them: `[Fe(CN)6]3-`
    cut = len(digits) - int(is_charge)
    return body + digits[:cut], _signed(digits[cut:], sign)


def _signed(digits: str, sign: str) -> int:
    size = int(digits) if digits else 1
    return -size if sign == "-" else size


def _wraps(body: str) -> bool:
    """Whether the first bracket closes at the end."""
    depth = 0
    for place, character in enumerate(body):
        depth += (character == "(") - (character == ")")
        if not depth:
            return place == len(body) - 1
    return False


def _number(text: str) -> Count:
    if "." in text:
        value = Fraction(text)
        return value.numerator if value.denominator == 1 else value
    return int(text)


class _Reader:
    """One pass over the tokens, with a stack of open groups."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.total: dict[str, Count] = {}
        self.factor: Count = 1
        self.bare_factor = False
        self.parts = 0
        self.stack: list[tuple[str, dict[str, Count]]] = []
        self.part: dict[str, Count] = {}
        self.last: dict[str, Count] | None = None

    def read(self) -> dict[str, Count] | Failure:
        place, text = 0, self.text
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None:
                return Failure(FailureReason.INVALID_VALUE, f"expected a formula at {text[place : place + 20]!r}")
            failure = self._take(match.lastgroup or "", match.group())
            if failure is not None:
                return failure
            place = match.end()
        if self.stack:
            return Failure(
                FailureReason.UNBALANCED_BRACKETS, f"expected {_CLOSING[self.stack[-1][0]]!r} before the end"
            )
        if self.bare_factor and self.parts == 0:
            return Failure(FailureReason.INVALID_VALUE, "expected a formula without a coefficient in front of it")
        return self._finish_part() or self.total

    def _take(self, kind: str, token: str) -> Failure | None:
        if kind == "symbol":
            if token not in DIMS:
                return _unknown(token)
            self._keep({token: 1})
        elif kind == "number":
            return self._multiply(token)
        elif kind == "open":
            if len(self.stack) >= MAX_DEPTH:
                return Failure(FailureReason.LIMIT_EXCEEDED, f"expected at most {MAX_DEPTH} levels of brackets")
            self._keep(None)
            self.stack.append((token, self.part))
            self.part = {}
        elif kind == "close":
            return self._close(token)
        elif self.stack:
            return Failure(FailureReason.INVALID_VALUE, "expected no dot inside brackets")
        else:
            return self._finish_part()
        return None

    def _keep(self, unit: dict[str, Count] | None) -> None:
        """Add the last unit to its part; `unit` may still get a number."""
        for key, count in (self.last or {}).items():
            self.part[key] = self.part.get(key, 0) + count
        self.last = unit

    def _multiply(self, token: str) -> Failure | None:
        if len(token) > 12 or (token[0] == "0" and not token.startswith("0.")):
            return Failure(FailureReason.INVALID_VALUE, f"expected a count without leading zero, got {token[:20]!r}")
        number = _number(token)
        if number == 0:
            return Failure(FailureReason.INVALID_VALUE, "expected a count above 0")
        if self.last is not None:
            self.last = {key: count * number for key, count in self.last.items()}
            self._keep(None)
        elif not self.part and not self.stack and self.factor == 1:
            self.factor = number
            self.bare_factor = self.bare_factor or not self.total
        else:
            return Failure(FailureReason.INVALID_VALUE, f"expected a symbol or a group before {token}")
        return None

    def _close(self, token: str) -> Failure | None:
        self._keep(None)
        if not self.stack or _CLOSING[self.stack[-1][0]] != token:
            return Failure(FailureReason.UNBALANCED_BRACKETS, f"expected an opening bracket for {token!r}")
        if not self.part:
            return Failure(FailureReason.INVALID_VALUE, "expected atoms between the brackets")
        inner = self.part
        _, self.part = self.stack.pop()
        self.last = inner
        return None

    def _finish_part(self) -> Failure | None:
        self._keep(None)
        if not self.part:
            return Failure(FailureReason.INVALID_VALUE, f"expected a formula, got {self.text[:40]!r}")
        for key, count in self.part.items():
            self.total[key] = self.total.get(key, 0) + count * self.factor
        self.part, self.factor = {}, 1
        self.parts += 1
        return None
