r"""REACTION: a reaction equation, holding the atoms and the charge of both sides.

Grammar: `fluxem.domains.reaction_text`. The value is a pair of dicts, the totals of the reactants and of the
products: `2 H2 + O2 -> 2 H2O` is `({'H': 4, 'O': 2}, {'H': 4, 'O': 2})`. Which species they form is not coded.

Code. The dims of FORMULA (`fluxem.domains.element_counts`), each holding reactants + 4096 * products. Totals of
atoms go up to 4,095 a side, charges from -2,047 to 2,047. The payload is literal: a sum of encodings is the sum
of the reactions (Hess), exact while the totals of the sum keep these limits. A sum of balanced reactions that
does not keep them is recognized and refused; one of unbalanced reactions is not (no coordinate is left that
could tell), so add unbalanced ones with `hess_sum`, which always checks. An unbalanced reaction is encoded, not failed.

Evidence. A document that is nothing but a reaction is one. Inside a text, its sides must differ, and either balance
in mass and charge (for `=`, with a `+` on some side) without a formula that is weak by form
(`fluxem.domains.formula_rating`), or have a state of matter, or hold a sure formula and no weak one. `A -> B`, `x =
N` and sums of one species (`0.2 W + 0.1 W = 0.3 W`) are plain text; a double bond (`CH2=CH2`) is no arrow, and where
it ends a side there is no reaction. A charge that a space parts from the last ion (`HCO3 −`) leaves it `ambiguous`,
and so does `MnO4-->`, whose first hyphen may be one, where it does not balance. A half reaction ends before its volts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Final

import numpy as np
import numpy.typing as npt

from fluxem.domains.domain import Anchor, Context, Domain, DomainEncoder, Failure, Verdict
from fluxem.domains.element_counts import CHARGE, DIMS, read_counts, write_counts
from fluxem.domains.elements import ATOMIC_NUMBER
from fluxem.domains.formula_evidence import near_chemistry
from fluxem.domains.formula_rating import Form, rate
from fluxem.domains.message import shown
from fluxem.domains.reaction_text import (
    ARROWS,
    BEGINS,
    CHAIN,
    FIRST,
    SKIPS,
    Equation,
    Term,
    Totals,
    read_equation,
    totals,
)
from fluxem.encoding.header import EXACT_INTEGER_LIMIT, FloatArray, expect_header
from fluxem.errors import DecodeError
from fluxem.vocabulary import DomainType, FailureReason

RADIX: Final = 4096
MAX_TOTAL: Final = RADIX - 1
MAX_CHARGE: Final = RADIX // 2 - 1


class ReactionEncoder(DomainEncoder[Totals]):
    """Reactions: takes an equation's text, or a pair of dicts of counts by symbol (and `charge`).

    >>> encoder = ReactionEncoder()
    >>> encoder.decode(encoder.encode("H2 + 1/2 O2 -> H2O"))
    ({'H': 4, 'O': 2}, {'H': 4, 'O': 2})
    """

    domain: ClassVar[DomainType] = DomainType.REACTION

    def parse(self, text: str) -> Totals | Failure:
        """The totals of both sides of the equation in `text`."""
        read = _read(text)
        return read if isinstance(read, Failure) else read[1]

    def normalize(self, value: object) -> Totals | Failure:
        """Two dicts of counts that fit, without zeros.

        Returns a Failure `invalid_value`, `unknown_element` or `limit_exceeded` (a total above 4,095).
        """
        if not isinstance(value, tuple | list) or len(value) != 2:
            return Failure(FailureReason.INVALID_VALUE, f"expected reactants and products, got {shown(value)}")
        left, right = (_normal_side(side) for side in value)
        if isinstance(left, Failure):
            return left
        return right if isinstance(right, Failure) else (left, right)

    def write(self, vectors: FloatArray, values: Sequence[Totals]) -> None:
        """Reactants + 4096 * products in every dim."""
        write_counts(vectors, [left for left, _ in values])
        products = np.zeros_like(vectors)
        write_counts(products, [right for _, right in values])
        vectors += products * np.float32(RADIX)

    def read(self, vector: FloatArray) -> Totals:
        """Both sides, in Hill order."""
        counts = read_counts(vector)
        pairs = {key: _split(count, signed=key == CHARGE) for key, count in counts.items()}
        balanced = all(count % (RADIX + 1) == 0 for count in counts.values())
        if balanced and any(left != right for left, right in pairs.values()):
            raise DecodeError(
                f"expected totals of at most {MAX_TOTAL}: beyond it the sides run together",
                FailureReason.LIMIT_EXCEEDED,
            )
        if any(abs(charge) > MAX_CHARGE for charge in pairs.get(CHARGE, ())):
            raise DecodeError(f"expected charges within ±{MAX_CHARGE}", FailureReason.LIMIT_EXCEEDED)
        left_side = {key: left for key, (left, _) in pairs.items() if left}
        right_side = {key: right for key, (_, right) in pairs.items() if right}
        if not left_side or not right_side:
            raise DecodeError("expected reactants and products: this is no sum of reactions")
        return left_side, right_side

    def decode_sum(self, vector: npt.ArrayLike) -> Totals:
        """The totals of a sum of reactions, exact while they are at most 4,095 a side (see the module's docstring).

        Raises:
            DecodeError: another domain, or a sum beyond the limits.
        """
        return self.read(expect_header(vector, self.domain, EXACT_INTEGER_LIMIT)[0])

    def canonical(self, vector: npt.ArrayLike) -> FloatArray:
        """The encoding of the reaction that a raw sum stands for.

        Raises:
            DecodeError: as for `decode_sum`.
        """
        return self.code_of(self.decode_sum(vector))

    def hess_sum(self, *vectors: npt.ArrayLike) -> FloatArray:
        """The encoding of the reactions in `vectors` taken together, each total checked.

        Raises:
            DecodeError: a vector is no reaction, or a total gets above 4,095.
        """
        sides: Totals = {}, {}
        for vector in vectors:
            for total, side in zip(sides, self.decode_sum(vector), strict=True):
                for key, count in side.items():
                    total[key] = total.get(key, 0) + count
        return self.code_of(sides)

    def reverse(self, vector: npt.ArrayLike) -> FloatArray:
        """The encoding of the reaction that runs backwards.

        Raises:
            DecodeError: as for `decode_sum`.
        """
        left, right = self.decode_sum(vector)
        return self.code_of((right, left))

    def imbalance(self, vector: npt.ArrayLike) -> dict[str, int]:
        """Products minus reactants, by symbol and charge, without zeros: empty if and only if it balances.

        Raises:
            DecodeError: as for `decode_sum`.
        """
        left, right = self.decode_sum(vector)
        keys = dict.fromkeys([*left, *right])
        return {key: right.get(key, 0) - left.get(key, 0) for key in keys if right.get(key, 0) != left.get(key, 0)}

    def is_balanced(self, vector: npt.ArrayLike) -> bool:
        """Whether mass and charge are the same on both sides.

        Raises:
            DecodeError: as for `decode_sum`.
        """
        return not self.imbalance(vector)


def _normal_side(side: Any) -> dict[str, int] | Failure:  # noqa: ANN401 - the border to the user
    if not isinstance(side, Mapping):
        return Failure(FailureReason.INVALID_VALUE, f"expected counts by symbol, got {shown(side)}")
    for key, count in side.items():
        if key not in DIMS:
            return Failure(FailureReason.UNKNOWN_ELEMENT, f"expected the symbol of an element, got {shown(key)}")
        if type(count) is not int or (count < 0 and key != CHARGE):
            return Failure(FailureReason.INVALID_VALUE, f"expected a whole count of {key}, got {shown(count)}")
        if abs(count) > (MAX_CHARGE if key == CHARGE else MAX_TOTAL):
            return Failure(FailureReason.LIMIT_EXCEEDED, f"expected a total of at most {MAX_TOTAL} of {key}")
    kept = {key: count for key, count in side.items() if count}
    return kept or Failure(FailureReason.INVALID_VALUE, "expected at least one atom on each side")


def _split(count: int, *, signed: bool) -> tuple[int, int]:
    """Reactants and products of a coordinate; charges have a sign."""
    offset = RADIX // 2 if signed else 0
    right, left = divmod(count + offset, RADIX)
    return left - offset, right


# ---------------------------------------------------------------------------------------------- detection

# Heat and light may stand beside species that are counted; anything else that is added makes the rest a fragment.
_ENERGY: Final = r"(?:energy|heat|light|h\u03bd|hv|kJ|work)\b"
_RIGHT = re.compile(
    rf"\s{{0,3}}({CHAIN})(?![A-Za-z0-9_^²³¹⁰⁴-⁹₀-₉]|[ ]?[·•⋅∙][ ]?[A-Za-z0-9(]|\s{{0,2}}\+\s{{0,2}}(?!{_ENERGY})[^\s+])"
)
_BOND_AFTER = re.compile(r"[=≡#][A-Z]|[ ]=[ ]C")
"""The double bond of `CH2=CH2`."""
_BOND_BEFORE = re.compile(r"[A-Z][A-Za-z0-9()]{0,8}[ ]?[=≡][ ]?\Z")
"""That of `CH2 = CH2 + H2O -> C2H5OH`."""
_POTENTIAL = re.compile(r"\s{0,3}\+\s{0,2}[0-9]\.[0-9]{1,4}[ ]?V\Z")
"""Of a half reaction: `Cl2 + 2e^- -> 2Cl^- +1.36 V` has no vanadium."""
_CLOSED_ARROW = re.compile(r"[^\s]-->")
"""`MnO4-->`: the first hyphen may be a charge."""
_ADDED_BEFORE = re.compile(r"\S\s{0,2}\+\s{0,2}\Z")
_ENERGY_BEFORE = re.compile(rf"{_ENERGY}\s{{0,2}}\+\s{{0,2}}\Z")
_LEFT = re.compile(rf"(?<![A-Za-z0-9_.^)\]}}/=≡#])({CHAIN})\s{{0,3}}")
_YEAR = re.compile(r"(?:1[5-9]|20)[0-9]{2} (?=[A-Z(\[])")
"""`In 2020 H2 + O2 -> H2O was studied`."""
_SIGN_AFTER = re.compile(r"[ ]?[-+\u2212\u2013](?!\w)")
"""`H2CO3 -> H+ + HCO3 −`: a charge that a space parts from its ion."""
_JOINS = re.compile(r"[A-Za-z0-9)\]}+⁺⁻₀-₉\u2212-]\s{0,3}\Z")


def _find(text: str, low: int, start: int, end: int, high: int) -> tuple[int, int] | None:
    """The reaction around the arrow at text[start:end], within text[low:high]."""
    if not _JOINS.search(text, max(low, start - 4), start):
        return None
    right = _RIGHT.match(text, end, high)
    if right is None or _BOND_AFTER.match(text, right.end(1)):
        return None
    for left in _LEFT.finditer(text, low, start):
        if left.end() == start:
            before = text[max(0, left.start(1) - 16) : left.start(1)]
            whole = not _ADDED_BEFORE.search(before) or _ENERGY_BEFORE.search(before)
            if not whole or _BOND_BEFORE.search(before):
                return None
            year = _YEAR.match(text, left.start(1), start)
            potential = _POTENTIAL.search(text, right.start(1), right.end(1))
            return year.end() if year else left.start(1), potential.start() if potential else right.end(1)
    return None


@lru_cache(maxsize=1024)
def _read(text: str) -> tuple[Equation, Totals] | Failure:
    """The equation in `text` and its totals; kept, since it is judged and then encoded. Not to be changed."""
    equation = read_equation(text)
    if isinstance(equation, Failure):
        return equation
    sums = totals(equation)
    return sums if isinstance(sums, Failure) else (equation, sums)


def _judge(context: Context) -> Verdict:
    """The evidence rules of the module's docstring."""
    read = _read(context.surface)
    if isinstance(read, Failure):
        return Verdict.TEXT
    equation, sums = read
    terms = (*equation.reactants, *equation.products)
    if sums[0].keys() != sums[1].keys() and all(_is_plain(term.species) for term in terms):
        return Verdict.TEXT  # `238U -> 234Th + 4He`: no chemistry makes one element of another
    if context.alone:
        return Verdict.TEXT if equation.arrow == "=" and len(terms) < 3 else Verdict.SPAN
    has_state = any(term.has_state for term in terms)
    if not has_state and _species(equation.reactants) == _species(equation.products):
        return Verdict.TEXT  # nothing changes: `0.2 W + 0.1 W = 0.3 W` are watts
    if sums[0] != sums[1] and _CLOSED_ARROW.search(context.surface):
        return Verdict.AMBIGUOUS
    if sums[0].get(CHARGE) != sums[1].get(CHARGE) and _SIGN_AFTER.match(context.after(3)):
        return Verdict.AMBIGUOUS
    return Verdict.SPAN if _proves(equation, terms, sums, context, has_state) else Verdict.TEXT


def _proves(equation: Equation, terms: Sequence[Term], sums: Totals, context: Context, has_state: bool) -> bool:
    forms = [Form.LIKELY if _is_plain(term.species) else rate(term.species) for term in terms]
    sure = Form.SURE in forms and Form.WEAK not in forms
    if sums[0] == sums[1]:
        if equation.arrow in ("=", "==") and len(terms) < 3:
            return False
        if has_state or sure:
            return True
        return Form.WEAK not in forms and ((_has_number(terms) and len(terms) > 2) or near_chemistry(context))
    if equation.arrow in ("=", "=="):
        return False
    return has_state or sure


def _species(terms: Sequence[Term]) -> set[str]:
    return {term.species for term in terms}


_ONE_ATOM = re.compile(r"([A-Z][a-z]?)(?:\^.*|[0-9]?[-+\u2212]|[⁰¹²³⁴-⁹]?[⁺⁻])?\Z")


def _is_plain(species: str) -> bool:
    """Whether it is one atom, an ion of one, or an electron: what only a reaction makes likely."""
    match = _ONE_ATOM.match(species)
    return species.startswith("e") or (match is not None and match[1] in ATOMIC_NUMBER)


def _has_number(terms: Sequence[Term]) -> bool:
    return any(character.isdigit() for term in terms for character in term.species)


REACTION: Final = Domain(
    encoder=ReactionEncoder(),
    follows={},
    anchor=Anchor(triggers=ARROWS, find=_find, ahead=BEGINS, skips=SKIPS, begins=FIRST),
    judge=_judge,
    examples=(
        ("2H2 + O2 -> 2H2O", "({'H': 4, 'O': 2}, {'H': 4, 'O': 2})"),
        ("H2 + 1/2 O2 → H2O", "({'H': 4, 'O': 2}, {'H': 4, 'O': 2})"),
        ("H2 + 0.5 O2 => H2O", "({'H': 4, 'O': 2}, {'H': 4, 'O': 2})"),
        ("2Na(s) + Cl2(g) ⟶ 2NaCl(s)", "({'Cl': 2, 'Na': 2}, {'Cl': 2, 'Na': 2})"),
        ("H+ + OH- <=> H2O", "({'H': 2, 'O': 1}, {'H': 2, 'O': 1})"),
        ("Zn(s) + Cu^2+(aq) ⇌ Zn^2+(aq) + Cu(s)", "({'Cu': 1, 'Zn': 1, 'charge': 2}, {'Cu': 1, 'Zn': 1, 'charge': 2})"),
        ("Fe^3+ + e^- -> Fe^2+", "({'Fe': 1, 'charge': 2}, {'Fe': 1, 'charge': 2})"),
        ("H + O2 (+ M) <=> HO2 (+ M)", "({'H': 1, 'O': 2}, {'H': 1, 'O': 2})"),
        ("2 CaO + 1 SnO2 == 1 Ca2SnO4", "({'Ca': 2, 'O': 4, 'Sn': 1}, {'Ca': 2, 'O': 4, 'Sn': 1})"),
        ("P4 + O2 -> P4O10", "({'O': 2, 'P': 4}, {'O': 10, 'P': 4})"),
        (
            "AgNO3 + NaCl -> AgCl↓ + NaNO3",
            "({'Ag': 1, 'Cl': 1, 'N': 1, 'Na': 1, 'O': 3}, {'Ag': 1, 'Cl': 1, 'N': 1, 'Na': 1, 'O': 3})",
        ),
    ),
    rejects=(
        ("2H2 + O2", FailureReason.INVALID_VALUE),
        ("H2 -> 2H -> H2", FailureReason.INVALID_VALUE),
        ("-> H2O", FailureReason.INVALID_VALUE),
        ("H + O2 + M -> HO2", FailureReason.INVALID_VALUE),
        ("0 H2 + O2 -> H2O", FailureReason.INVALID_VALUE),
        ("Xx2 + O2 -> XxO2", FailureReason.UNKNOWN_ELEMENT),
        ("3000 H2 + O2 -> H2O", FailureReason.LIMIT_EXCEEDED),
        ("", FailureReason.INVALID_VALUE),
    ),
)
