"""Whether a number and what looks like its unit are a quantity: the evidence rules of QUANTITY.

By form alone: compounds and powers (`m/s`, `cm2`), and symbols and names that mean nothing else (`mm`, `minutes`).
The others are judged by a window of at most 100 characters on either side:

* A capital letter (`A`, `C`, `M`, `T`, ...) is a unit where a word of its trade stands near it (`current`, `charge`,
  `solution`, `magnet`) or, behind a space, where the number is written as a measured one (a decimal, after `=`, `~`,
  `of`, `at`) and what follows is no name. Glued to a whole number, or behind a hyphen, it is a label, a dimension, a
  variable (`3D`, `5F`, `000A`, `2-D`): text, and ambiguous where a word of its trade, decimals or, for `A`, `F`, `K`
  and `T`, a second figure leave a doubt.
* `C` and `F` behind a space mean degrees as often as coulomb and farad, `N` in front of a formula means normality, `g`
  at a centrifuge gravity, `tons` and `pounds` are of several kinds: ambiguous without such a word.
* `in`, `as`, `a`, `am`, `us`, ... are words: text, but `in` and `us` where no clause follows.
* A number that can be a year (1500 to 2100) in front of a letter is a quantity only where a relation or preposition
  and the rest of the sentence say so (`at 1800 K.`), or a substance follows (`1800 g of salt`); else ambiguous.
* A decade (`1960s`), shillings (`7s.`), a figure (`Fig. 3A`), an address, a coefficient (`16t^2`, `3d − 5`) are none.
* A sign that is written out or is none of ours (`minus 20 °C`), a dash or `±` before a temperature, the power of ten
  of a number in parentheses, a torque in pounds: ambiguous, because the value would be another.
* A document that is nothing but a number and a letter closed up is a quantity for `V`, `W`, `L`, `h`, `m`, with a
  decimal or a sign (`98.6F`, `-20C`); `13C`, `4K` and `90s` are ambiguous.
* Shillings (`26s. 8d.`), reigns (`6 W. and M.`), makes (`iPhone 5 s`), articles (`Artículo 8°`) and two capitals with a
  slash (`C/D`) are text; `º` behind a whole number is a degree where words of angles are near.
* What goes on is ambiguous: a unit (`8.314 J/mol-K`, `30 ml/T-75`, `mg kg-1 day-1`), minutes of arc in quotes
  (`45° 30'`), a sign behind a space (`= − 20 °C`), a count in thousands (`5.000 copies/ml`).
* `5 years ago` and `24 months later` are steps on a calendar, `64-bit Windows` is a make.
* The second half of a quotient (`110/220 V`), an exponent (`10^5 m`), a power that lost its superscript (`6 × 106 kg`)
  have another value than they show: ambiguous.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from fluxem.domains import unit_context as around
from fluxem.domains.domain import Context, Verdict
from fluxem.domains.nearby import Words
from fluxem.domains.units import COUNTED

_SPAN, _AMBIGUOUS, _TEXT = Verdict.SPAN, Verdict.AMBIGUOUS, Verdict.TEXT


@dataclass(slots=True)  # not frozen: made for every candidate, and a frozen one takes thrice as long
class _Candidate:
    """A candidate and its parts."""

    context: Context
    number: str
    gap: str
    unit: str

    @property
    def measured(self) -> bool:
        """Whether the number is written as nobody counts: with decimals or a power of ten."""
        return "." in self.number or "^" in self.number

    def near(self, words: Words) -> bool:
        """Whether one of `words` stands in the window."""
        return self.context.near(words, 90, 60)

    @property
    def in_laboratory(self) -> bool:
        """Whether the window is one of a laboratory protocol."""
        return self.context.near(around.LAB, 90, 60)

    @property
    def introduced(self) -> bool:
        """Whether a relation or preposition that goes with measured values stands in front."""
        words = self.context.before(20).rstrip("( \u00a0\n").replace("\u00a0", " ").rsplit(None, 1)
        return bool(words) and (words[-1][-1] in around.RELATIONS or words[-1].lower() in around.MEASURED_BY)

    @property
    def labelled(self) -> bool:
        """Whether the number is that of a figure, a step, a version, or the last of a list of such."""
        before = self.context.before(40)
        if before.endswith("("):
            return False
        if around.PRODUCT_BEFORE.search(before):
            return True
        for word in reversed(before.replace("(", " ").split()[-4:]):
            if word.rstrip(".").lower() in around.LABELS or word in ("p.", "pp."):
                return True
            if not around.LABEL_LIST.fullmatch(word):
                return False
        return False

    def follows(self, words: re.Pattern[str]) -> bool:
        """Whether it stands behind one of `words`."""
        return bool(words.search(self.context.before(40)))

    def leads(self, words: re.Pattern[str]) -> bool:
        """Whether one of `words` stands right behind it."""
        return bool(words.match(self.context.after(40)))


_Rule = Callable[[_Candidate], Verdict]


@lru_cache(maxsize=4096)
def _split(surface: str) -> tuple[str, str, str] | None:
    """Number, gap and unit; kept, because most quantities of a text occur many times."""
    split = around.SPLIT.match(surface)
    return None if split is None else (split[1], split[2], split[3])


def judge(context: Context) -> Verdict:
    """The rules of the module's docstring."""
    parts = _split(context.surface)
    if parts is None:
        return _TEXT
    number, gap, unit = parts
    candidate = _Candidate(context, number, gap, unit)
    spoiled = None if _is_clear_before(context.text, context.start, number) else _spoiled_before(candidate)
    if spoiled is None and not _is_clear_behind(context.text, context.end, number, gap, unit):
        spoiled = _spoiled_behind(candidate)
    if spoiled is not None:
        return spoiled
    if len(unit) == 1 and unit in _LETTERS:
        return _letter(candidate)
    rule = RULES.get(unit)
    if rule is not None:
        return rule(candidate)
    return _TEXT if len(unit) == 2 and unit.isascii() and unit.isalpha() and _rare(unit) else _SPAN


# ---------------------------------------------------------------------------------------------- what is around


def _is_clear_before(text: str, start: int, number: str) -> bool:
    """Whether it stands behind a word, a comma or the like, as most do: then nothing of `_spoiled_before` can hold."""
    return (
        start > 1
        and text[start - 1] in " \n"
        and ((second := text[start - 2]) in _CLEAR_BEFORE or (second.isalpha() and second not in "xX"))
        and number[0].isdigit()
        and not text.endswith(("inus ", "inus\n"), 0, start)
    )


def _is_clear_behind(text: str, end: int, number: str, gap: str, unit: str) -> bool:
    """Whether it stands before a space or a pause, as most do: then nothing of `_spoiled_behind` can hold."""
    following = text[end : end + 1]
    return (
        gap == " "
        and number.isdigit()
        and unit.isalpha()
        and (following == "" or following in _CLEAR_AFTER)
        and (len(unit) > 3 or following not in " ." or around.CUT_UNIT_AFTER.match(text, end) is None)
    )


def _spoiled_before(candidate: _Candidate) -> Verdict | None:
    """What stands in front makes it another number, or none; None where nothing does."""
    before, number = candidate.context.before(24), candidate.number
    if not before:
        return None
    last, second = before[-1], before[-2:-1]
    if last in MONEY or last in "^_#%\\" or (last == ":" and second.isdigit()) or (last == "@" and second.isalnum()):
        return _TEXT
    if _cut_before(before, number):
        return _AMBIGUOUS
    if last in "-−–" and around.BARE_POWER_BEFORE.search(before):
        return _AMBIGUOUS
    if last == " " and second in "-−–" and around.SPACED_SIGN_BEFORE.search(before):
        return _AMBIGUOUS
    if last == "/" and second.isdigit():
        return _AMBIGUOUS
    if around.LOST_SIGN_BEFORE.search(before) or (
        number[:2] == "10" and "^" in number and around.POWER_OF_BEFORE.search(before)
    ):
        return _AMBIGUOUS
    if candidate.unit[-1] in "CFcs℃℉" and candidate.unit[0] in "°º˚⁰dD℃℉" and around.SPACED_DASH_BEFORE.search(before):
        return _AMBIGUOUS
    if candidate.unit[0] == "/" and last == " " and second.isdigit():
        return _AMBIGUOUS
    if (last == "+" and second.isalpha()) or (
        (last in "/-&?." or (last == "=" and not second.isdigit()))
        and around.ADDRESS_BEFORE.search(candidate.context.before(80))
    ):
        return _TEXT
    if number[0] in "-−–":
        bullet = last == "\n" and candidate.unit[0] not in "°º˚⁰KCFd"
        return _AMBIGUOUS if bullet or around.OPERAND_BEFORE.search(before) else None
    lost = number[:2] == "10" and number.isdigit() and len(number) in (3, 4)
    return _AMBIGUOUS if lost and around.LOST_POWER_BEFORE.search(before) else None


def _cut_before(before: str, number: str) -> bool:
    """Whether the number began earlier: a group of digits, a range that falls (a lost power), a mixed fraction."""
    if around.CUT_NUMBER_BEFORE.search(before):
        return True
    digits = number.lstrip("-+−–")
    if len(digits) > 2 and digits[:3].isdigit() and not digits[3:4].isdigit() and around.GROUP_BEFORE.search(before):
        return True
    if "/" in number and before[-1] in "-–—− " and before[-2:-1].isdigit():
        return True
    first = around.FIRST_OF_RANGE.search(before)
    return first is not None and digits.isdigit() and float(first[1]) >= float(digits)


def _spoiled_behind(candidate: _Candidate) -> Verdict | None:
    """What stands behind, or how number and unit are joined, makes it another quantity, or none."""
    number, gap, unit, context = candidate.number, candidate.gap, candidate.unit, candidate.context
    if unit[0] == "/" and ((gap == "" and number != "1" and "10^" not in number) or unit[1:].strip().isupper()):
        return _TEXT
    if "\n" in gap and len(unit) < 4:
        return _TEXT
    if around.GOES_INTO.match(context.text, context.end):
        return _AMBIGUOUS
    if around.TWO_LETTERS.fullmatch(unit):
        return _TEXT
    if around.WEIGHT_AND_LENGTH.fullmatch(unit) or unit.endswith("/mK"):
        return _AMBIGUOUS
    if gap == "":
        if around.ALGEBRA.match(number + unit):
            return _TEXT
        if (
            unit.isalpha()
            and len(unit) == 1
            and (
                around.VARIABLE_AFTER.match(context.text, context.end)
                or around.OPERATOR_BEFORE.search(context.before(24))
            )
        ):
            return _TEXT
    if _cut_behind(candidate):
        return _AMBIGUOUS
    if "/" in unit and around.FACTOR_AFTER.match(context.text, context.end):
        return _AMBIGUOUS
    following = context.after(1)
    if unit[-1] == "%" and (following.isalnum() or following == "%" or (gap and context.after(2).strip().isdigit())):
        return _TEXT
    return _AMBIGUOUS if " " in number and around.GROUPED.fullmatch(number) else None


MONEY: Final = "$€£¥"
"""Signs in front of a number that is no quantity, then."""
_CLEAR_BEFORE: Final = frozenset(",:;=+!?\n")
_CLEAR_AFTER: Final = frozenset(" .,;:)!?\n")
"""By which neither a number begins earlier nor a unit goes on."""


def _cut_behind(candidate: _Candidate) -> bool:
    """Whether the unit goes on, or the point in the number groups thousands."""
    unit, text, end = candidate.unit, candidate.context.text, candidate.context.end
    if around.CUT_UNIT_AFTER.match(text, end):
        listed = around.ALTERNATIVE_AFTER.match(text, end)
        return listed is None or not text.startswith(unit, listed.end())
    if (" " in unit or "·" in unit) and around.POWER_AFTER.match(text, end):
        return True
    counted = unit.split("/")[0]
    return (counted in COUNTED or counted.removesuffix("s") in COUNTED) and bool(
        around.COUNT_IN_THOUSANDS.fullmatch(candidate.number)
    )


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

# ---------------------------------------------------------------------------------------------- single letters

_LETTERS: Final = frozenset("ABCDFGHJKLMNPRSTUVWabdghlmstu")


def _letter(candidate: _Candidate) -> Verdict:
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
    if unit in "mV" and candidate.leads(around.COUNTED_AFTER):
        return _TEXT
    if not gap:
        return _glued(candidate)
    if around.YEAR.fullmatch(candidate.number):
        fits = unit in "KVWJNgm" and candidate.introduced and candidate.leads(around.GOES_ON)
        if fits or (unit in "gL" and candidate.leads(around.SUBSTANCE_AFTER)):
            return _SPAN
        return _AMBIGUOUS if unit in "gKVWJNLms" else _TEXT
    return _spaced(candidate)


def _stands_alone(candidate: _Candidate) -> bool:
    """Whether a document of a number and a letter is a quantity: `5 A`, `12V`, `98.6F`; not `13C`, `4K`, `90s`."""
    unit, number = candidate.unit, candidate.number
    if candidate.gap and "-" not in candidate.gap:
        return True
    if candidate.measured or (unit in "CF" and number[0] in "-−–"):
        return unit not in "abdDPRSU"
    if unit == "s":
        return not around.DECADE.fullmatch(number)
    return unit in "VWLhlm" or (unit == "g" and number not in _NETWORKS)


def _glued(candidate: _Candidate) -> Verdict:
    """`12V`, `3D`, `90s`, `5M`."""
    unit, measured, many = candidate.unit, candidate.measured, len(candidate.number) > 1
    shilling = unit in "sl" and candidate.number.isdigit()
    if shilling and (candidate.leads(around.SHILLING_AFTER) or (unit == "s" and candidate.near(around.MONEY))):
        return _TEXT
    if unit in "hlL" or (unit in "VW" and many):
        return _SPAN
    if unit == "g":
        return _gram(candidate)
    if unit in "CF":
        below = candidate.number[0] in "-−–"
        return _SPAN if below or candidate.follows(around.AT_BEFORE) or candidate.near(around.WARM) else _AMBIGUOUS
    if unit in "MN" and candidate.leads(around.FORMULA_AFTER):
        return _SPAN if unit == "M" else _AMBIGUOUS
    if unit == "M":
        return _SPAN if candidate.in_laboratory else _AMBIGUOUS
    spoken = candidate.near(around.TRADE[unit])
    if unit == "s" and not (measured or spoken) and around.DECADE.fullmatch(candidate.number):
        return _TEXT
    if unit in "GHSBDPRUd":
        fits = measured and spoken
    elif unit == "K":
        fits = spoken and (measured or many or (candidate.introduced and candidate.near(around.COLD)))
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


def _spaced(candidate: _Candidate) -> Verdict:
    """`12 V`, `3 A`, `300 K`."""
    unit, measured = candidate.unit, candidate.measured
    if unit in "mslhLVW":
        return _SPAN
    if unit == "g":
        return _gram(candidate)
    if unit == "N":
        return _AMBIGUOUS if candidate.leads(around.FORMULA_AFTER) else _SPAN
    if unit == "M":
        fits = measured or candidate.leads(around.FORMULA_AFTER) or candidate.in_laboratory
        return _SPAN if fits else _AMBIGUOUS
    if unit == "K" and candidate.leads(around.THOUSANDS_AFTER):
        return _TEXT
    spoken, goes_on = candidate.near(around.TRADE[unit]), candidate.leads(around.GOES_ON)
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


# ---------------------------------------------------------------------------------------------- words and symbols


_NETWORKS: Final = ("2", "3", "4", "5", "6")


def _gram(candidate: _Candidate) -> Verdict:
    """`2000 g` at a centrifuge is gravity; `3g` and `4g` are networks."""
    if around.GRAVITY.fullmatch(candidate.number) and candidate.near(around.CENTRIFUGE):
        return _AMBIGUOUS
    if candidate.leads(around.FORCE_AFTER):
        return _AMBIGUOUS
    network = not candidate.gap and candidate.number in _NETWORKS
    return _AMBIGUOUS if network and not candidate.in_laboratory and not candidate.near(around.WEIGHT) else _SPAN


def _inch(candidate: _Candidate) -> Verdict:
    """`in` is an inch where the clause ends behind it, or a word of size stands near."""
    if candidate.context.alone or candidate.leads(around.SIZE_AFTER):
        return _SPAN
    if around.YEAR.fullmatch(candidate.number) or candidate.labelled:
        return _TEXT
    sized = candidate.near(around.SIZE) and candidate.leads(around.CLAUSE_END)
    return _SPAN if sized or (candidate.leads(around.PAUSE) and candidate.introduced) else _TEXT


def _microsecond(candidate: _Candidate) -> Verdict:
    """`us` is a pronoun."""
    form = not candidate.gap or candidate.measured or candidate.context.alone
    return _SPAN if form or candidate.leads(around.CLAUSE_END) else _TEXT


def _picometre(candidate: _Candidate) -> Verdict:
    """`5 pm` and `2.30 pm` are times of the day, `154 pm` and `0.1 pm` are not."""
    return _TEXT if around.CLOCK.fullmatch(candidate.number) else _SPAN


def _degree(candidate: _Candidate) -> Verdict:
    """Degrees of angle; those of temperature that do not name their scale are ambiguous."""
    if candidate.leads(around.SUBJECT_AFTER):
        return _TEXT
    return _AMBIGUOUS if candidate.near(around.TEMPERATURE) else _SPAN


def _degree_sign(candidate: _Candidate) -> Verdict:
    """`45°`, `45°N`; another letter behind it makes it a part of a name (`2°θ`)."""
    if candidate.labelled or not candidate.leads(around.COMPASS_AFTER):
        return _TEXT
    if candidate.leads(around.ARC_AFTER):
        return _AMBIGUOUS
    ordinal = candidate.unit == "º" and not candidate.measured and not candidate.near(around.ANGLE)
    return _AMBIGUOUS if ordinal and not candidate.context.alone else _SPAN


def _minute_sign(candidate: _Candidate) -> Verdict:
    """`41° 24′ 12″`; `5′` alone is the end of a strand, or feet."""
    fits = candidate.follows(around.DEGREES_BEFORE) or candidate.measured or candidate.near(around.ARC)
    return _SPAN if fits else _AMBIGUOUS


def _pound(candidate: _Candidate) -> Verdict:
    """A weight or a currency."""
    if candidate.near(around.MONEY):
        return _TEXT
    form = "-" in candidate.gap or candidate.measured or candidate.context.alone
    return _SPAN if form or candidate.near(around.WEIGHT) else _AMBIGUOUS


def _bit(candidate: _Candidate) -> Verdict:
    """`64-bit Windows` is a make, `64-bit keys` and `12 bits` are amounts."""
    return _TEXT if candidate.leads(around.PLATFORM_AFTER) else _SPAN


def _calendar(candidate: _Candidate) -> Verdict:
    """`5 years ago` is a date: a step on a calendar, whose years and months are not all of a length."""
    return _AMBIGUOUS if candidate.leads(around.STEP_AFTER) else _SPAN


def _spoken(candidate: _Candidate) -> Verdict:
    """A unit that asks for a word of its trade."""
    if candidate.context.alone or candidate.near(around.TRADE[candidate.unit]):
        return _SPAN
    return _TEXT if not candidate.gap and candidate.unit in ("ac", "pc", "pt") else _AMBIGUOUS


def _text(candidate: _Candidate) -> Verdict:  # noqa: ARG001 - a rule like the others
    """Words, titles, initials: no unit by themselves, whatever the number."""
    return _TEXT


def _ambiguous(candidate: _Candidate) -> Verdict:  # noqa: ARG001 - a rule like the others
    """Several units of one name."""
    return _AMBIGUOUS


_NEVER: Final = (
    "a as am hs zs rs Rs qs Qs Es Ms Ps PS Gs MS MA GA EA PA TA St mil mils pal dam das has turn turns revolution"
    " revolutions rev slug slugs barn barns thou molars stone Pm PM Em Zm Ym aA aC aN Ys Zs ys YS PC PT PH"
    " Henry Gray Newton Pascal Tesla Watt Weber Joule Curie Stokes Siemens Gauss Amp Kelvin Ampere Coulomb Bar Stone"
    " Slug Slugs Turn Barn Barns Second Degree Mole Moles Foot Mil Rod Cup"
)
RULES: Final[dict[str, _Rule]] = {
    **dict.fromkeys(_NEVER.split(), _text),
    **dict.fromkeys(("degree", "degrees", "deg"), _degree),
    **dict.fromkeys(("°", "º", "˚"), _degree_sign),
    **dict.fromkeys(("′", "″", "′′"), _minute_sign),
    **dict.fromkeys(("pound", "pounds", "Pounds"), _pound),
    **dict.fromkeys(("ton", "tons"), _ambiguous),
    **dict.fromkeys(("bit", "bits"), _bit),
    **dict.fromkeys(("year", "years", "month", "months", "yr", "yrs"), _calendar),
    **dict.fromkeys(("kb", "kt", "pc", "ppt", "pt", "ac", "rem"), _spoken),
    "in": _inch,
    "us": _microsecond,
    "pm": _picometre,
}
"""Units of several letters, and signs, that need more than their form."""
