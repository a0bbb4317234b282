"""Whether a number with a single letter is a quantity: `12 V` and `3 A`, but not `3D` or `90s`.

The rules themselves stand in `fluxem.domains.unit_evidence`.
"""

from __future__ import annotations

from typing import Final

from fluxem.domains import unit_context as around
from fluxem.domains import unit_words as said
from fluxem.domains.domain import Verdict
from fluxem.domains.formula_rating import is_formula
from fluxem.domains.sign import MINUSES
from fluxem.domains.unit_candidate import UnitCandidate

_SPAN, _AMBIGUOUS, _TEXT = Verdict.SPAN, Verdict.AMBIGUOUS, Verdict.TEXT

LETTERS: Final = frozenset("ABCDFGHJKLMNPRSTUVWabdghlmstu")
_NETWORKS: Final = ("2", "3", "4", "5", "6")
_SUNS: Final = ("☉", "⊙", "⊕")
"""`5 M⊙`: masses of the sun."""
_FORMS: Final = ("8", "10")
"""`10-K`: reports of companies."""


def judge_letter(candidate: UnitCandidate) -> Verdict:
    """A unit of one ASCII letter."""
    unit, gap, measured = candidate.unit, candidate.gap, candidate.measured
    if candidate.context.alone:
        return _SPAN if _stands_alone(candidate) else _AMBIGUOUS
    if around.REGNAL_AFTER.match(candidate.context.text, candidate.context.end):
        return _TEXT
    if unit in "abu" or (not measured and candidate.labelled):
        return _TEXT
    if not measured and unit in "ABCDFGHJPRSTU" and candidate.leads(around.INITIAL_AFTER):
        return _TEXT
    if unit in "mVM" and candidate.leads(around.COUNTED_AFTER):
        return _TEXT
    other = _meant_otherwise(candidate)
    if other is not None:
        return other
    if not gap:
        return _glued(candidate)
    if around.YEAR.fullmatch(candidate.number):
        fits = unit in "KVWJNgm" and candidate.introduced and candidate.leads(around.GOES_ON)
        if fits or (unit in "gL" and candidate.leads(around.SUBSTANCE_AFTER)):
            return _SPAN
        return _AMBIGUOUS if unit in "gKVWJNLms" else _TEXT
    return _spaced(candidate)


def _meant_otherwise(candidate: UnitCandidate) -> Verdict | None:
    """What says that the letter is that of something else: a sun, a form, an hour of the day, a battery's rate."""
    unit = candidate.unit
    if candidate.context.after(1) in _SUNS or (unit == "K" and candidate.gap == "-" and candidate.number in _FORMS):
        return _TEXT
    if unit == "h" and (_is_clock(candidate) or candidate.leads(around.HOUR_ALONE_AFTER)):
        return _AMBIGUOUS
    if unit == "C" and candidate.leads(around.RATE_AFTER):
        return _TEXT
    return _AMBIGUOUS if unit == "C" and candidate.near(said.BATTERY) else None


def _is_clock(candidate: UnitCandidate) -> bool:
    """Whether it is a time of the day, as French and German write it: `de 10h à 12h`."""
    number = candidate.number
    if not number.isdigit() or int(number) > 24:
        return False
    return candidate.follows(around.CLOCK_BEFORE) or candidate.leads(around.CLOCK_AFTER)


def _is_molal(candidate: UnitCandidate) -> bool:
    """Whether it is moles of a solute a kilogram of solvent: `0.1 m Na3PO4`."""
    solute = around.MOLAL_AFTER.match(candidate.context.text, candidate.context.end)
    if solute is not None and (solute[1] is None or is_formula(solute[1])):
        return True
    return candidate.near(said.MOLAL)


def _stands_alone(candidate: UnitCandidate) -> bool:
    """Whether a document of a number and a letter is a quantity: `5 A`, `12V`, `98.6F`; not `13C`, `4K`, `90s`."""
    unit, number = candidate.unit, candidate.number
    if candidate.gap and "-" not in candidate.gap:
        return True
    if candidate.measured or (unit in "CF" and number[0] in MINUSES):
        return unit not in "abdDPRSU"
    if unit == "s":
        return not around.DECADE.fullmatch(number)
    return unit in "VWLhlm" or (unit == "g" and number not in _NETWORKS)


def _glued(candidate: UnitCandidate) -> Verdict:
    """`12V`, `3D`, `90s`, `5M`."""
    unit, measured, many = candidate.unit, candidate.measured, len(candidate.number) > 1
    shilling = unit in "sl" and candidate.number.isdigit()
    if shilling and (candidate.leads(around.SHILLING_AFTER) or (unit == "s" and candidate.near(said.MONEY))):
        return _TEXT
    if unit == "s" and (candidate.follows(around.BITS_BEFORE) or candidate.leads(around.BITS_AFTER)):
        return _TEXT
    if unit == "s" and candidate.number.isdigit() and candidate.follows(around.NOT_TIME_BEFORE):
        return _AMBIGUOUS
    if unit == "L" and candidate.number.isdigit() and candidate.follows(around.SYMBOL_BEFORE):
        return _AMBIGUOUS
    if unit in "hlL" or (unit in "VW" and many):
        return _SPAN
    if unit == "g":
        return _gram(candidate)
    if unit in "CF":
        below = candidate.number[0] in MINUSES
        return _SPAN if below or candidate.follows(around.AT_BEFORE) or candidate.near(said.WARM) else _AMBIGUOUS
    if unit in "MN" and candidate.leads(around.FORMULA_AFTER):
        return _SPAN if unit == "M" else _AMBIGUOUS
    if unit == "M":
        return _SPAN if candidate.in_laboratory else _AMBIGUOUS
    spoken = candidate.near(said.TRADE[unit])
    if unit == "s" and not (measured or spoken) and around.DECADE.fullmatch(candidate.number):
        return _TEXT
    if unit in "GHSBDPRUd":
        fits = measured and spoken
    elif unit == "K":
        fits = spoken and (measured or many or (candidate.introduced and candidate.near(said.COLD)))
    elif unit == "t":
        fits = spoken
    else:
        fits = measured or (spoken and unit != "N")
        fits = fits or (unit == "s" and candidate.introduced and candidate.leads(around.GOES_ON))
    if fits:
        return _SPAN
    # Nobody takes `3D`, `5F` or `000A` for an amount: only decimals, many-figured numbers and words leave a doubt.
    doubt = measured or spoken or (many and unit in "AKFT" and candidate.number[0] != "0")
    return _AMBIGUOUS if doubt else _TEXT


def _spaced(candidate: UnitCandidate) -> Verdict:
    """`12 V`, `3 A`, `300 K`."""
    unit, measured = candidate.unit, candidate.measured
    if unit == "m" and _is_molal(candidate):
        return _AMBIGUOUS
    if unit in "mslhLVW":
        return _SPAN
    if unit == "g":
        return _gram(candidate)
    if unit == "t" and candidate.follows(around.TERM_BEFORE):
        return _TEXT
    if unit == "N":
        return _AMBIGUOUS if candidate.leads(around.FORMULA_AFTER) else _SPAN
    if unit == "M":
        fits = measured or candidate.leads(around.FORMULA_AFTER) or candidate.in_laboratory
        return _SPAN if fits else _AMBIGUOUS
    if unit == "K" and candidate.leads(around.THOUSANDS_AFTER):
        return _TEXT
    spoken, goes_on = candidate.near(said.TRADE[unit]), candidate.leads(around.GOES_ON)
    introduced = candidate.introduced
    if unit in "KJ":
        fits = measured or goes_on or introduced or spoken or (unit == "K" and len(candidate.number) > 2)
    elif unit in "AT":
        fits = (introduced and (measured or goes_on or spoken)) or (spoken and (goes_on or measured))
    elif unit == "t":
        fits = measured or spoken or candidate.leads(around.CLAUSE_END)
    else:
        fits = spoken or (unit == "d" and measured)
    if fits:
        return _SPAN
    hyphened = "-" in candidate.gap and not (measured or spoken)  # `2-D`, `1-d`
    return _TEXT if hyphened else _AMBIGUOUS


def _gram(candidate: UnitCandidate) -> Verdict:
    """`2000 g` at a centrifuge is gravity; `3g` and `4g` are networks."""
    if around.GRAVITY.fullmatch(candidate.number) and candidate.near(said.CENTRIFUGE):
        return _AMBIGUOUS
    if candidate.leads(around.FORCE_AFTER):
        return _AMBIGUOUS
    network = not candidate.gap and candidate.number in _NETWORKS
    return _AMBIGUOUS if network and not candidate.in_laboratory and not candidate.near(said.WEIGHT) else _SPAN
