"""What the surroundings of a candidate say: whether chemistry stands near.

Evidence is another formula that is sure by form (`fluxem.domains.formula_rating`), a state of matter, a reaction
arrow, or a word of the trade, within about 128 characters to either side.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from fluxem.domains.domain import Context
from fluxem.domains.elements import words
from fluxem.domains.formula_rating import is_formula

BLOCK: Final = 128
"""A document is looked at in blocks of so many characters, each once: the candidate's own and its neighbours."""
_OVERLAP: Final = 16

_WORDS_OF_THE_TRADE: Final = words(
    """
    acid acids acidic acidity acidified mole moles mol molar molarity molal molecule molecules molecular aqueous
    anion anions cation cations ion ions ionic ionization ionized electrolysis hydrolysis photolysis pyrolysis
    electrolyte electrolytes reactant reactants reagent reagents solvent solvents solute solutes solution
    solutions buffer compound compounds chemical chemicals chemically chemistry covalent valence isotope
    isotopes gas gases gaseous vapor vapour vapors atmospheric combustion anode anodes cathode cathodes fuel
    calcined annealed sintered hydrogen oxygen nitrogen carbon sodium potassium calcium magnesium ammonia
    ammonium nitrate nitrates nitrite nitric nitride nitrous carbonate carbonates hydroxide hydroxides bromine
    bromide iodine iodide atom atoms atomic bond bonds bonding orbital orbitals alkane alkanes alkene alkenes
    methane ethane ethanol methanol ethylene enthalpy equilibrium equilibria concentration concentrations
    reaction reactions atm torr kpa ph ppm catalyst catalysts catalytic catalysis oxide oxides oxidation
    oxidized oxidizing redox
    """
)
_STEMS: Final = words(
    """
    dioxi monox triox tetro pento perox hydro oxidi chlor sulfu sulfa sulfi sulph phosp fluor polym preci disso titra
    stoic nitro electrol
    """
)
_WORD = re.compile(r"[a-z]{2,}")
_TOKEN = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Za-z0-9()]{1,23}(?![A-Za-z0-9])")
_SIGN = re.compile(r"\((?:s|l|g|aq)\)|[⟶⇌⇄]|\b(?:mM|m[lL])\b")


@lru_cache(maxsize=4096)
def _evidence(block: str) -> frozenset[str]:
    """The words, formulas and signs of chemistry in a block."""
    found = {word for word in _WORD.findall(block.lower()) if word in _WORDS_OF_THE_TRADE or word[:5] in _STEMS}
    found.update(token for token in _TOKEN.findall(block) if is_formula(token))
    found.update(_SIGN.findall(block))
    return frozenset(found)


_SHOUT_BEFORE = re.compile(r"[A-Z]{3,}[ ,.:]{1,3}\Z")
_SHOUT_AFTER = re.compile(r"[ ,.:]{1,3}[A-Z]{3,}(?![a-z0-9])")


def shouted(context: Context) -> bool:
    """Whether words of capitals stand next to it: `NO ROCKING`."""
    return bool(_SHOUT_BEFORE.search(context.before(16)) or _SHOUT_AFTER.match(context.after(16)))


_SERIES: Final = {
    molecule: re.compile(rf"(?<![A-Za-z0-9])(?:{beside})(?![A-Za-z0-9])")
    for molecule, beside in {
        "H2": "H_?[13]", "N2": "N_?[13]", "O2": "O_?1", "O3": "O_?[14]|P3", "F2": "F_?[13]",
        "I2": "I_?1|[MRV][1-4]", "P4": "P_?[135]", "S8": "S_?[179]",
    }.items()
}  # fmt: skip
"""The numbers next to those of the molecules, but such as are molecules or ions too; and other letters with numbers
that stand beside them: resistors and voltages, teeth, stackings of layers."""
_LABEL_BEFORE = re.compile(
    r"\b(?:Table|Fig\.|Figure|Scheme|Section|Text|Movie|File|Appendix|Eq\.|Equation)s?[ \u00a0]\Z"
)
_INDEX_AFTER = re.compile(r"\^|,[0-9]")


def is_numbered(context: Context) -> bool:
    """Whether a molecule of one element is one of a series: `F2` beside `F1`, `P4` beside `P3`, `I2` before a power.

    So are a second number (`F2,57 = 27.9`) and a label (`Table S8`).
    """
    series = _SERIES.get(context.surface.replace("_", ""))
    if series is None:
        return False
    if _INDEX_AFTER.match(context.after(2)) or _LABEL_BEFORE.search(context.before(12)):
        return True
    return bool(series.search(context.before(64)) or series.search(context.after(64)))


_OF_BIOLOGY = re.compile(
    r"(?:VO2[ ]?_?(?:max|peak)|BH[34](?:-only|[- ]?(?:peptide|domain|mimetic|protein|motif|region)))"
)


def is_of_biology(context: Context) -> bool:
    """Whether it is an uptake of oxygen (`VO2 max`) or a domain of a protein (`BH3-only`)."""
    return _OF_BIOLOGY.match(context.text, context.start) is not None


def near_chemistry(context: Context) -> bool:
    """Whether chemistry stands near: another formula that is sure, a state, an arrow, or a word of the trade."""
    first, last = context.start // BLOCK - 1, context.end // BLOCK + 1
    surface = context.surface
    for block in range(max(0, first), last + 1):
        text = context.text[max(0, block * BLOCK - _OVERLAP) : (block + 1) * BLOCK + _OVERLAP]
        if any(word != surface for word in _evidence(text)):
            return True
    return False
