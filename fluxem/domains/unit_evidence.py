r"""Whether a number and what looks like its unit are a quantity: the evidence rules of QUANTITY.

By form alone: compounds and powers (`m/s`, `cm2`), and symbols and names that mean nothing else (`mm`, `minutes`).
The others are judged by a window of at most 100 characters on either side:

* A capital letter (`A`, `C`, `M`, `T`, ...) is a unit where a word of its trade stands near it (`current`, `charge`,
  `solution`, `magnet`) or, behind a space, where the number is written as a measured one (a decimal, after `=`, `~`,
  `of`, `at`) and what follows is no name. Glued to a whole number, or behind a hyphen, it is a label, a dimension, a
  variable (`3D`, `5F`, `000A`, `2-D`): text, and ambiguous where a word of its trade, decimals or, for `A`, `F`, `K`
  and `T`, a second figure leave a doubt.
* `C` and `F` behind a space mean degrees as often as coulomb and farad, `N` in front of a formula means normality, `g`
  at a centrifuge gravity, `tons` and `pounds` are of several kinds: ambiguous without such a word.
* `bars` are of chocolate, and `teslas` cars, where no word of pressure or magnets stands near: ambiguous.
* `in`, `as`, `a`, `am`, `us`, ... are words: text, but `in` and `us` where no clause follows.
* A number that can be a year (1500 to 2100) in front of a letter is a quantity only where a relation or preposition
  and the rest of the sentence say so (`at 1800 K.`), or a substance follows (`1800 g of salt`); else ambiguous.
* A decade (`1960s`), shillings (`7s.`), a figure (`Fig. 3A`), an address, a coefficient (`16t^2`, `3d − 5`) are none.
* A sign that is written out or is none of ours (`minus 20 °C`, `5 °C below zero`), a dash or `±` before a temperature,
  the power of ten of a number in parentheses, a torque in pounds: ambiguous, because the value would be another.
* A document that is nothing but a number and a letter closed up is a quantity for `V`, `W`, `L`, `h`, `m`, with a
  decimal or a sign (`98.6F`, `-20C`); `13C`, `4K` and `90s` are ambiguous.
* Shillings (`26s. 8d.`), reigns (`6 W. and M.`), makes (`iPhone 5 s`), articles (`Artículo 8°`) and two capitals with a
  slash (`C/D`) are text; `º` behind a whole number is a degree where words of angles are near.
* What goes on is ambiguous: a unit (`8.314 J/mol-K`, `5 N.m`, `20 miles an hour`, `mg kg-1 day-1`), minutes of arc in
  quotes (`45° 30'`), a sign behind a space (`= − 20 °C`), a count in thousands (`5.000 copies/ml`).
* `5 years ago` and `24 months later` are steps on a calendar, `64-bit Windows` is a make.
* Letters of algebra are text: behind a fraction or one figure closed up (`1/2mv^2`, `2qV/m`, `4mR^2`, `2A × B`), a
  power of `t`, `d`, `a`, `h`, a reciprocal of one letter (`1/h`), below a root, with an argument (`3/4 L(x)`, `sec x`).
* `kg N ha-1` is of nitrogen, `90ms-1` metres a second or per millisecond, `106 cells/ml` a lost power, `pH` and `Gal`
  seldom units, `69 inches inches` a slip, `1\nHour` a table, `the 1965 Watts Riots` a year: ambiguous or text.
* A temperature that words make a difference (`ΔT = 12 °C`, `rises by 2 °C`, `2 °C warmer`) is ambiguous: its code would
  be that of a point on the scale. So are `0.1 m Na3PO4` (moles a kilogram), hours that may be of the day (`10h à 12h`),
  a length over a letter (`λ = 4L`), two fields of a table (`708,0%,Lost`) and decimals that lost their point (`9. 00
  J`).
* `UTF-8 bytes`, `technetium-99 m`, `USD 5 per litre`, `1C rate`, `0s and 1s`, `5 M⊙`, `10-K`, the orbital `1s^2` are
  text.
* Two units of one number are ambiguous, each being a part: `5 ft 6 in`, `8 lbs 4 oz`, `41° 24′ 12″`.
* Letters of physics are text (`sin(120 t)`, `3 RT/M`, `2 A × t`) or ambiguous (`1/2 m v^2`, `g = 3s`). Ambiguous, too:
  hours of the day (`at 1430 hours`, `2 h 15.`), powers that lost their place or height (`310 m 2 /kg`, `4 mg L − 1`,
  `1013 cm−3`, `105 PFU mL-1`), ranges (`10 min-2 h`), `10E8 CFU/mL`, `20 dB/decade`, `4/8 GB`, centimorgans (`20 cM`),
  basis points.
* The second half of a quotient (`110/220 V`, `80 mg/ 100 ml`), an exponent (`10^5 m`), a power that lost its
  superscript (`6 × 106 kg`) have another value than they show: ambiguous.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from fluxem.domains import unit_context as around
from fluxem.domains import unit_words as said
from fluxem.domains.domain import Context, Verdict
from fluxem.domains.quantity_text import WORDED_SCALE
from fluxem.domains.temperature_difference import is_difference
from fluxem.domains.unit_candidate import UnitCandidate
from fluxem.domains.unit_form import judge_form
from fluxem.domains.unit_letters import LETTERS, judge_letter
from fluxem.domains.unit_neighbours import is_clear_before, is_clear_behind, spoiled_before, spoiled_behind

_SPAN, _AMBIGUOUS, _TEXT = Verdict.SPAN, Verdict.AMBIGUOUS, Verdict.TEXT

_Rule = Callable[[UnitCandidate], Verdict]

_SCALED: Final = re.compile(rf"{WORDED_SCALE}[ ]")
_IN_MILLIONS: Final = frozenset({"km", "kg", "ha", "ly", "mi", "lb", "ft", "GB", "TB"})
"""Short units behind `million`; others are words (`2 million in 2010`, `5 million a year`)."""


@lru_cache(maxsize=4096)
def _split(surface: str) -> tuple[str, str, str, Verdict | None]:
    """Number, gap, unit, and what they say by themselves; kept, because most quantities of a text occur many times."""
    split = around.SPLIT.match(surface)
    if split is None:
        return "", "", "", _TEXT
    number, gap, unit = split.groups()
    scale = _SCALED.match(unit)
    if scale is not None:
        unit = unit[scale.end() :]
        if (len(unit) < 3 and unit not in _IN_MILLIONS) or unit.startswith(("per ", "/")):
            return number, gap, unit, _TEXT
    return number, gap, unit, judge_form(number, gap, unit)


def judge(context: Context) -> Verdict:
    """The rules of the module's docstring."""
    number, gap, unit, known = _split(context.surface)
    if known is not None:
        return known
    candidate = UnitCandidate(context, number, gap, unit)
    spoiled = None if is_clear_before(context.text, context.start, number) else spoiled_before(candidate)
    if spoiled is None and not is_clear_behind(context.text, context.end, number, gap, unit):
        spoiled = spoiled_behind(candidate)
    if spoiled is not None:
        return spoiled
    if len(unit) == 1 and unit in LETTERS:
        return judge_letter(candidate)
    rule = RULES.get(unit)
    if rule is not None:
        return rule(candidate)
    return _TEXT if len(unit) == 2 and unit.isascii() and unit.isalpha() and _rare(unit) else _SPAN


def _rare(unit: str) -> bool:
    """Whether two letters are initials, or a prefix and a unit that nobody puts together."""
    return (unit.isupper() and unit not in _TWO_CAPITALS) or (unit[0] in "yzrqYZRQaEhP" and unit not in _COMMON)


_TWO_CAPITALS: Final = frozenset(
    {"MW", "GW", "TW", "PW", "MV", "GV", "MJ", "GJ", "TJ", "PJ", "EJ", "MN", "GN", "AU", "MB", "GB", "TB", "PB", "EB"}
    | {"KB", "KG", "KW", "KN", "KV", "KJ", "HZ"}
)
_COMMON: Final = frozenset(
    {"Pa", "hL", "PJ", "EJ", "EB", "PB", "PW", "hm", "ha", "aJ", "hp", "hr", "yr", "yd", "au", "ac", "hz"}
)


# ---------------------------------------------------------------------------------------------- words and symbols


def _inch(candidate: UnitCandidate) -> Verdict:
    """`in` is an inch where the clause ends behind it, or a word of size stands near."""
    if candidate.context.alone or candidate.leads(around.SIZE_AFTER):
        return _SPAN
    if around.YEAR.fullmatch(candidate.number) or candidate.labelled:
        return _TEXT
    sized = candidate.near(said.SIZE) and candidate.leads(around.CLAUSE_END)
    return _SPAN if sized or (candidate.leads(around.PAUSE) and candidate.introduced) else _TEXT


def _microsecond(candidate: UnitCandidate) -> Verdict:
    """`us` is a pronoun."""
    form = not candidate.gap or candidate.measured or candidate.context.alone
    return _SPAN if form or candidate.leads(around.CLAUSE_END) else _TEXT


def _picometre(candidate: UnitCandidate) -> Verdict:
    """`5 pm` and `2.30 pm` are times of the day, `154 pm` and `0.1 pm` are not."""
    return _TEXT if around.CLOCK.fullmatch(candidate.number) else _SPAN


def _degree(candidate: UnitCandidate) -> Verdict:
    """Degrees of angle; those of temperature that do not name their scale are ambiguous."""
    if candidate.leads(around.SUBJECT_AFTER):
        return _TEXT
    return _AMBIGUOUS if candidate.near(said.TEMPERATURE) else _SPAN


def _degree_sign(candidate: UnitCandidate) -> Verdict:
    """`45°`, `45°N`; another letter behind it makes it a part of a name (`2°θ`)."""
    if candidate.labelled or not candidate.leads(around.COMPASS_AFTER):
        return _TEXT
    if candidate.leads(around.ARC_AFTER):
        return _AMBIGUOUS
    ordinal = candidate.unit == "º" and not candidate.measured and not candidate.near(said.ANGLE)
    return _AMBIGUOUS if ordinal and not candidate.context.alone else _SPAN


def _temperature(candidate: UnitCandidate) -> Verdict:
    """`20 °C` is a point on a scale; a rise by 20 °C is none."""
    return _AMBIGUOUS if is_difference(candidate.context) else _SPAN


def _minute_sign(candidate: UnitCandidate) -> Verdict:
    """`12″` of `41° 24′ 12″` is a part; `5′` alone is the end of a strand, or feet."""
    if any(map(candidate.follows, (around.CLOSED_ARC_BEFORE, around.SOUTH_BEFORE, around.DEGREES_BEFORE))):
        return _AMBIGUOUS
    fits = candidate.measured or candidate.near(said.ARC)
    return _SPAN if fits else _AMBIGUOUS


def _pound(candidate: UnitCandidate) -> Verdict:
    """A weight or a currency."""
    if candidate.near(said.MONEY):
        return _TEXT
    form = "-" in candidate.gap or candidate.measured or candidate.context.alone
    return _SPAN if form or candidate.near(said.WEIGHT) else _AMBIGUOUS


def _bit(candidate: UnitCandidate) -> Verdict:
    """`64-bit Windows` is a make, `64-bit keys` and `12 bits` are amounts."""
    return _TEXT if candidate.leads(around.PLATFORM_AFTER) else _SPAN


def _calendar(candidate: UnitCandidate) -> Verdict:
    """`5 years ago` is a date: a step on a calendar, whose years and months are not all of a length."""
    return _AMBIGUOUS if candidate.leads(around.STEP_AFTER) else _SPAN


def _spoken(candidate: UnitCandidate) -> Verdict:
    """A unit that asks for a word of its trade."""
    if candidate.context.alone or candidate.near(said.TRADE[candidate.unit]):
        return _SPAN
    return _TEXT if not candidate.gap and candidate.unit in ("ac", "pc", "pt") else _AMBIGUOUS


def _secant(candidate: UnitCandidate) -> Verdict:
    """`5 sec` is a time, `1/3 sec x` a function."""
    return _TEXT if candidate.leads(around.ARGUMENT_AFTER) else _SPAN


def _text(candidate: UnitCandidate) -> Verdict:  # noqa: ARG001 - a rule like the others
    """Words, titles, initials: no unit by themselves, whatever the number."""
    return _TEXT


def _base_pairs(candidate: UnitCandidate) -> Verdict:
    """`200bp`: base pairs, or basis points."""
    return _AMBIGUOUS if candidate.near(said.FINANCE) else _SPAN


def _ambiguous(candidate: UnitCandidate) -> Verdict:  # noqa: ARG001 - a rule like the others
    """Several units of one name."""
    return _AMBIGUOUS


_NEVER: Final = (
    "a as am hs zs rs Rs qs Qs Es Ms Ps PS Gs MS MA GA EA PA TA St mil mils pal dam das has turn turns revolution"
    " revolutions rev slug slugs barn barns thou molars stone Pm PM Em Zm Ym aA aC aN Ys Zs ys YS PC PT PH"
    " Henry Gray Newton Pascal Tesla Watt Weber Joule Curie Stokes Siemens Gauss Amp Kelvin Ampere Coulomb Bar Stone"
    " Slug Slugs Turn Barn Barns Second Degree Mole Moles Foot Mil Rod Cup"
)
_SCALES: Final = [
    f"{degree}{scale}"
    for degree in ("°", "° ", "º", "º ", "˚", "⁰", "deg", "deg ", "degree ", "degrees ")
    for scale in ("C", "F", "Celsius", "Fahrenheit", "celsius", "fahrenheit", "centigrade")
]
RULES: Final[dict[str, _Rule]] = {
    **dict.fromkeys(_NEVER.split(), _text),
    **dict.fromkeys(("degree", "degrees", "deg"), _degree),
    **dict.fromkeys(("°", "º", "˚"), _degree_sign),
    **dict.fromkeys(_SCALES, _temperature),
    **dict.fromkeys(("′", "″", "′′"), _minute_sign),
    **dict.fromkeys(("pound", "pounds", "Pounds"), _pound),
    **dict.fromkeys(("ton", "tons", "cM"), _ambiguous),
    "bp": _base_pairs,
    **dict.fromkeys(("bit", "bits"), _bit),
    **dict.fromkeys(("year", "years", "month", "months", "yr", "yrs"), _calendar),
    **dict.fromkeys(("kb", "kt", "pc", "ppt", "pt", "ac", "rem", "bars", "teslas", "pH", "Gal", "bps", "au"), _spoken),
    "℃": _temperature,
    "℉": _temperature,
    "sec": _secant,
    "in": _inch,
    "us": _microsecond,
    "pm": _picometre,
}
"""Units of several letters, and signs, that need more than their form."""
