r"""What the letters of a candidate say: whether they can be a chemical formula.

A word of capitals that happen to be element symbols is not yet a formula (HIV, CSS3, V8), so a candidate is
rated by its form first:

* SURE: a mark that only formulas carry (a group with a number, a hydrate dot, a subscript, a raised charge); or
  a proper salt, oxide, acid or organic molecule: electropositive part first and common oxidation states that
  add up to 0 (`Fe2O3`, `NaCl`, `H2SO4`), or a known ion; or carbon with a fitting number of hydrogens.
* LIKELY: the elements are in order but do not balance, or nothing but capitals balances (`CO`, `KOH`), or an
  element that occurs as such molecules (`H2`, `O3`). It counts where chemistry stands near.
* WEAK: anything else (`C4`, `F16`, `H1N1`, `B2B`). It never counts inside a text. So is the ion of one atom
  (`Na+`, `Cl^-`): letters with a raised sign mean many things, and it has no composition to speak of.

Order: IUPAC, Nomenclature of Inorganic Chemistry (Red Book) 2005, table VI.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from itertools import pairwise, product
from typing import Final

from fluxem.domains.domain import Failure
from fluxem.domains.elements import ATOMIC_NUMBER, STATES, words
from fluxem.domains.formula_text import read_formula
from fluxem.domains.sign import TO_HYPHEN


class Form(IntEnum):
    """How much the form of a candidate says."""

    WEAK = 0
    LIKELY = 1
    SURE = 2


_SEQUENCE: Final = re.findall(
    r"\w+",
    """
    F Cl Br I At O S Se Te Po H N P As Sb Bi C Si Ge Sn Pb B Al Ga In Tl Zn Cd Hg Cu Ag Au Ni Pd Pt
    Co Rh Ir Fe Ru Os Mn Tc Re Cr Mo W V Nb Ta Ti Zr Hf Sc Y La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm
    Yb Lu Ac Th Pa U Np Pu Am Be Mg Ca Sr Ba Ra Li Na K Rb Cs Fr
    """,
)
"""From electronegative to electropositive."""
_RANK: Final = {symbol: rank for rank, symbol in enumerate(_SEQUENCE)}
_ANIONS: Final = words("F Cl Br I O S Se Te H N P As C B")
_MOLECULES: Final = words("H2 N2 O2 O3 F2 I2 P4 S8 C60 C70")
_HALOGENS: Final = words("F Cl Br I")
_CHALCOGENS: Final = words("O S Se Te")
_RARE: Final = frozenset(symbol for symbol, z in ATOMIC_NUMBER.items() if z >= 84 and symbol not in ("Th", "U"))
_SELDOM: Final = _RARE - words("Po Rn Ra Pa Np Pu Am")
"""Elements without compounds that texts speak of; `Ac` and `Ts` in them are acetyl and tosyl, `No` is a word."""
_WORDS: Final = words("NaN CoS CoP CoC CoN MoU PoC PoP PoS BiB CrP PO2 PaO2 PaCO2")
"""Acronyms, program names and partial pressures that are spelled like formulas."""
_SUBSTITUTION = re.compile(r"[A-Z][a-z]?[0-9]{2,}[A-Z]\Z")
"""`N70I`, `Ag85B`: an exchanged residue, a numbered antigen."""
_CAPITALS: Final = words("CO NO HF HI KF KI KH BN WC KOH HCN KCN SCN NCO COS HOF HOCN KSCN HCHO HCOOH HCOOK COOH")
"""The formulas of capitals alone that count where chemistry is near; any other is taken for an acronym."""

_DEUTERATED: Final = words("D2O HDO DCl NaOD ND3 CDCl3 CD3OD C6D6 CD2Cl2 CD3CN D2SO4 LiAlD4")
"""Formulas with deuterium that count where chemistry is near; D means too many other things, so do `CD4` and `D2`."""

_UNIT = re.compile(r"([A-Z][a-z]?)([0-9]*)")
_MARKS = re.compile(r"[₀-₉⁺⁻²³¹⁴-⁹·•⋅∙]|\^|\*[0-9]|\*\(?H2O|[)\]}][0-9_]|_\{?[0-9]|\.[0-9]*H2O")
_RADICALS = re.compile(r"NH4|CH3|C2H5|NO3|SO4|PO4|CO3|ClO[34]|CrO4|Cr2O7|MnO4|BH4|BF4|PF6|CO2H|COO|OH(?![a-z])")
_IONS: Final = words(
    "NO3 NO2 NH4 SO4 SO3 PO4 PO3 CO3 HCO3 HSO4 HSO3 HPO4 H2PO4 H3O CrO4 Cr2O7 MnO4 ClO4 ClO3 ClO2 BrO3 IO3 S2O3 C2O4 "
    "HC2O4 BF4 PF6 BH4 B4O7 BO3 SiO4 SiO3 CH3COO C2H3O2 CH3CO2 HCOO AsO4 SeO4 MoO4 WO4 VO3 VO4 SCN N3 Hg2 AlO2 AlH4"
)


@lru_cache(maxsize=16_384)
def rate(surface: str) -> Form:
    """The rating of a candidate whose elements are known to exist; whole counts only."""
    if surface in _WORDS or _SUBSTITUTION.match(surface):
        return Form.WEAK
    bare = re.sub(r"[-+\u2212]\Z", "", surface)
    units = [(symbol, digits) for symbol, digits in _UNIT.findall(surface)]
    distinct = {symbol for symbol, _ in units}
    if distinct & _SELDOM:
        return Form.WEAK
    if "D" in distinct:
        return Form.LIKELY if surface in _DEUTERATED else Form.WEAK
    if "_" in surface and "^" not in surface:
        return rate(re.sub(r"_\{?([0-9.]+)\}?", r"\1", surface))
    if _MARKS.search(surface):
        return _rate_marked(surface, distinct)
    if any(digits.startswith("0") or digits == "1" or len(digits) > 3 for _, digits in units):
        return Form.WEAK
    if len(distinct) == 1:
        return _rate_element(bare, surface)
    if not any(digits for _, digits in units):
        return _rate_letters(surface, units, distinct)
    return _rate_compound(bare, units, distinct)


def _rate_marked(surface: str, distinct: set[str]) -> Form:
    """Groups, hydrates, subscripts, raised charges: nothing else is written so, but for one symbol (`C²`)."""
    if len(distinct) > 1:
        return Form.SURE
    if "₂" in surface or "₃" in surface:
        return Form.LIKELY
    return Form.LIKELY if surface.replace("_", "") in _MOLECULES else Form.WEAK


def _rate_element(bare: str, surface: str) -> Form:
    if bare != surface:
        return Form.WEAK
    if bare in ("Cl2", "Br2"):
        return Form.SURE
    return Form.LIKELY if bare in _MOLECULES else Form.WEAK


def _rate_letters(surface: str, units: Sequence[tuple[str, str]], distinct: set[str]) -> Form:
    """`NaCl` is sure, `CO` and `KOH` need chemistry, `HIV` and `CoFe` are no formulas."""
    if distinct & _RARE or len(units) > 4:
        return Form.WEAK
    body = surface.rstrip("+-\u2212")
    if body.isupper():
        return Form.LIKELY if body in _CAPITALS else Form.WEAK
    if body in ("HCOONa", "NaCN", "NaSCN", "NaOCl", "HOCl", "HOBr", "HClO", "NaClO"):
        return Form.SURE
    head = [symbol for symbol, _ in units]
    if head[1:] == ["O", "H"]:
        return Form.SURE if 1 in STATES.get(head[0], ()) and head[0] not in _HALOGENS else Form.WEAK
    balanced = len(units) == len(distinct) and _in_order(head) and _neutral(units, peroxide=False)
    if not balanced or head[-1] not in _ANIONS:
        return Form.WEAK
    if head[-1] in ("N", "P", "As", "C", "B") and head[0] not in ("Al", "Ga", "In", "Si", "Ti", "Zr"):
        return Form.LIKELY
    return Form.SURE


def _rate_compound(surface: str, units: Sequence[tuple[str, str]], distinct: set[str]) -> Form:
    """Two elements or more, and a number."""
    if distinct & _RARE and "O" not in distinct and "F" not in distinct:
        return Form.WEAK
    if surface in _IONS:
        return Form.SURE
    counts: dict[str, int] = {}
    for symbol, digits in units:
        counts[symbol] = counts.get(symbol, 0) + int(digits or 1)
    if {"C", "H"} <= distinct and distinct <= words("C H N O S P F Cl Br I Na K Li B Si D"):
        return _rate_organic(surface, units, counts)
    head = [symbol for symbol, _ in units]
    repeats = len(head) != len(distinct)
    if repeats and not _RADICALS.search(surface):
        return Form.WEAK if surface.isupper() or any(a == b for a, b in pairwise(head)) else Form.LIKELY
    if any(len(symbol) == 2 for symbol in distinct):
        return _rate_mixed(head, units, distinct, repeats)
    return _rate_capitals(head, units, distinct, repeats)


def _rate_mixed(head: Sequence[str], units: Sequence[tuple[str, str]], distinct: set[str], repeats: bool) -> Form:
    """A symbol of two letters among others: codes seldom look so."""
    if len(head) == 2 and head[1] in _HALOGENS and not _neutral(units):
        return Form.LIKELY if head[0] in _ANIONS else Form.WEAK
    if repeats or _in_order(head) or _in_order(_without_oxoanion(head)):
        return Form.SURE if distinct & _ANIONS else Form.LIKELY
    return Form.LIKELY if head[-1] in _ANIONS else Form.WEAK


def _rate_capitals(head: Sequence[str], units: Sequence[tuple[str, str]], distinct: set[str], repeats: bool) -> Form:
    """Single-letter symbols only: codes look the same, so order and balance must both hold."""
    large = any(len(digits) > 2 for _, digits in units)
    if any(int(digits or 1) > 12 and symbol not in "CHO" for symbol, digits in units):
        return Form.WEAK  # `HSP90`
    if "S" in distinct and not distinct & {"O", "H"} and not _neutral(units):
        return Form.WEAK  # `BS2`, `CS4`
    if not distinct & {"O", "H"} and (large or len(head) > 2 or not distinct & {"F", "S", "I", "N"}):
        return Form.WEAK
    ordered = repeats or _in_order(head) or head[0] == "H"
    if not ordered:
        return Form.LIKELY if "O" in distinct and _neutral(units) else Form.WEAK
    proper = distinct & {"O", "H"} or (head[-1] == "F" and len(head) == 2)
    return Form.SURE if proper and _neutral(units) else Form.LIKELY


def _rate_organic(surface: str, units: Sequence[tuple[str, str]], counts: dict[str, int]) -> Form:
    carbon = counts["C"]
    hydrogen = sum(counts.get(symbol, 0) for symbol in ("H", "F", "Cl", "Br", "I", "Na", "K", "Li", "D"))
    if surface[0] == "H" and len(units) == 2:
        return Form.WEAK
    if hydrogen > 2 * carbon + counts.get("N", 0) + counts.get("P", 0) + 2 * counts.get("Si", 0) + 4:
        return Form.WEAK
    if len(units) == 2 and surface.startswith("CH"):
        return Form.SURE if surface == "CH4" else Form.LIKELY
    letters = [symbol for symbol, _ in units]
    if any(a == b and a not in "CO" for a, b in pairwise(letters)):
        return Form.WEAK
    if surface[0] == "P" and carbon == 1 and surface.isupper():
        return Form.WEAK  # `PCH6`
    return Form.SURE if carbon > 1 or len(units) > 2 else Form.LIKELY


def _without_oxoanion(symbols: Sequence[str]) -> Sequence[str]:
    """What stands before the central atom of an oxoanion, acid hydrogens aside: `Ca` of `CaHPO4`."""
    if len(symbols) < 3 or symbols[-1] != "O":
        return symbols
    return [symbols[0], *(symbol for symbol in symbols[1:-2] if symbol != "H")]


def _in_order(symbols: Sequence[str]) -> bool:
    """Whether electronegativity does not fall from left to right; `OH` and `CN` at the end count as one."""
    if len(symbols) > 2 and symbols[-2:] in (["O", "H"], ["C", "N"]):
        symbols = symbols[:-1]
    if symbols[0] == "H":
        symbols = symbols[1:] if len(symbols) > 2 or symbols[-1] in _HALOGENS | _CHALCOGENS | {"N"} else symbols
    ranks = [_RANK.get(symbol, 0) for symbol in symbols]
    return all(left >= right for left, right in pairwise(ranks))


def _neutral(units: Sequence[tuple[str, str]], peroxide: bool = True) -> bool:
    """Whether some choice of common oxidation states, one an element, adds up to 0."""
    counts: dict[str, int] = {}
    for symbol, digits in units:
        counts[symbol] = counts.get(symbol, 0) + int(digits or 1)
    if len(counts) > 6:
        return False
    choices = [
        (-2, -1) if symbol == "O" and peroxide and len(counts) == 2 else STATES.get(symbol, ()) for symbol in counts
    ]
    numbers = list(counts.values())
    return any(
        sum(state * number for state, number in zip(states, numbers, strict=True)) == 0 for states in product(*choices)
    )


@lru_cache(maxsize=16_384)
def is_formula(token: str) -> bool:
    """Whether a token is a formula by itself, or an element that occurs as such molecules."""
    form = rate_text(token)
    return form is Form.SURE or (form is Form.LIKELY and token in _MOLECULES)


@lru_cache(maxsize=16_384)
def rate_text(surface: str) -> Form | None:
    """The rating of a candidate; None where it is no formula with whole counts."""
    if len(surface) > 256:
        return None
    counts = read_formula(surface)
    if isinstance(counts, Failure) or any(count.denominator != 1 for count in counts.values()):
        return None
    return rate(surface.translate(TO_HYPHEN))
