r"""COMPOSITION: a formula with fractional counts (`La0.8Sr0.2MnO3`), exact in thousandths.

Grammar: as FORMULA (`fluxem.domains.formula_text`), with decimals for counts; a group may be fractional
(`(La0.8Sr0.2)0.97MnO3`). A formula with a variable (`La1-xSrxMnO3`, `YBa2Cu3O7-δ`) is no candidate.

Code. The dims of FORMULA, each count in thousandths, charge and deuterium too. Literal: sums are mixtures.
Counts up to 16,777.215; more than three decimals, in the text or after a group is multiplied out, fail.

Evidence. At least one count is fractional and two elements occur; where all symbols are single letters, or no
nonmetal is among them (`V1.5C2`), chemistry must be near, as for FORMULA. A binary halide (`NaCl7.5`) is no
evidence: there an amount ran into a formula.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

from fluxem.domains.domain import Context, Domain, Failure, Verdict
from fluxem.domains.elements import words
from fluxem.domains.formula import MoleculeEncoder
from fluxem.domains.formula_evidence import near_chemistry
from fluxem.domains.formula_grammar import OPENS, formula_fragments, stands_inside, trim_formula
from fluxem.domains.formula_text import read_formula
from fluxem.vocabulary import DomainType, FailureReason


class CompositionEncoder(MoleculeEncoder):
    """Compositions in thousandths: takes a formula's text, or a dict of int or Fraction counts by symbol.

    >>> CompositionEncoder().hill("(La0.8Sr0.2)0.97MnO3")
    'La0.776MnO3Sr0.194'
    """

    domain: ClassVar[DomainType] = DomainType.COMPOSITION
    scale: ClassVar[int] = 1000


_GATE: Final = r"(?=[^\s.]{0,64}+\.[0-9])"
"""Near its beginning a number must have a decimal point; most words are done with here."""
_GATE_OPENS: Final = r"(?=[^\s.\0]*+(?:\.(?:[0-9]|\Z)|\Z))"
"""The same as far as a window shows it."""
_FRACTION = re.compile(r"[0-9]\.[0-9]")
_SYMBOL = re.compile(r"[A-Z][a-z]?")
_WATER_AFTER = re.compile(r"[ ]H2O(?![A-Za-z0-9])")
"""`FeSO4.7 H2O`: a point between the salt and its water."""
_HALOGENS: Final = words("F Cl Br I")
_NONMETALS: Final = words("H B C N O F Si P S Cl Ge As Se Br Te I")


def _judge(context: Context) -> Verdict:
    """The evidence rules of the module's docstring."""
    surface = context.surface
    if not _FRACTION.search(surface):
        return Verdict.TEXT
    counts = read_formula(surface)
    if isinstance(counts, Failure) or all(count.denominator == 1 for count in counts.values()):
        return Verdict.TEXT
    if context.alone:
        return Verdict.SPAN if len(counts) > 1 else Verdict.AMBIGUOUS
    if len(counts) < 2 or stands_inside(context) or _WATER_AFTER.match(context.after(5)):
        return Verdict.AMBIGUOUS
    symbols = set(_SYMBOL.findall(surface))
    if len(symbols) == 2 and symbols & _HALOGENS:
        return Verdict.AMBIGUOUS
    if any(len(symbol) == 2 for symbol in symbols) and symbols & _NONMETALS:
        return Verdict.SPAN
    return Verdict.SPAN if near_chemistry(context) else Verdict.AMBIGUOUS


COMPOSITION: Final = Domain(
    encoder=CompositionEncoder(),
    follows={lead: _GATE + rest for lead, rest in formula_fragments(r"[0-9]++(?:\.[0-9]++)?+").items()},
    opens={lead: _GATE_OPENS + opens for lead, opens in OPENS.items()},
    judge=_judge,
    trim=trim_formula,
    examples=(
        ("La0.8Sr0.2MnO3", "{'La': Fraction(4, 5), 'Mn': 1, 'O': 3, 'Sr': Fraction(1, 5)}"),
        ("(La0.8Sr0.2)0.97MnO3", "{'La': Fraction(97, 125), 'Mn': 1, 'O': 3, 'Sr': Fraction(97, 500)}"),
        ("CaSO4·0.5H2O", "{'Ca': 1, 'H': 1, 'O': Fraction(9, 2), 'S': 1}"),
        ("Bi2Te2.7Se0.3", "{'Bi': 2, 'Se': Fraction(3, 10), 'Te': Fraction(27, 10)}"),
    ),
    rejects=(
        ("La0.8125Sr0.1875MnO3", FailureReason.LIMIT_EXCEEDED),
        ("Fe17000O2.5", FailureReason.LIMIT_EXCEEDED),
        ("La0.8Xx0.2MnO3", FailureReason.UNKNOWN_ELEMENT),
        ("Ca(OH2.5", FailureReason.UNBALANCED_BRACKETS),
        ("La1-xSrxMnO3", FailureReason.INVALID_VALUE),
        ("Fe0.0O2", FailureReason.INVALID_VALUE),
    ),
)
