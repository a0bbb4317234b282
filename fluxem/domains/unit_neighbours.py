"""Whether what stands right before and behind a number with a unit makes it another quantity, or none.

The rules themselves stand in `fluxem.domains.unit_evidence`.
"""

from __future__ import annotations

from typing import Final

from fluxem.domains import unit_context as around
from fluxem.domains import unit_words as said
from fluxem.domains.domain import Verdict
from fluxem.domains.sign import MINUSES, WORDED_ENDS
from fluxem.domains.unit_candidate import UnitCandidate
from fluxem.domains.units import COUNTED

_AMBIGUOUS, _TEXT = Verdict.AMBIGUOUS, Verdict.TEXT

MONEY: Final = "$€£¥"
"""Signs in front of a number that is no quantity, then."""
_SMALLER: Final = frozenset({"in", "inch", "inches", "oz", "ounce", "ounces"})
_HOURS: Final = frozenset({"hours", "hour", "hrs", "hr", "h"})
_CLEAR_BEFORE: Final = frozenset(",:;=+!?\n")
_CLEAR_BUT_FOR_TEN: Final = frozenset("*/.)")
"""The same, but where the number may be a power of ten, or one that was lost."""
_CLEAR_AFTER: Final = frozenset(" .,;:)!?\n")
"""By which neither a number begins earlier nor a unit goes on."""
_CLEAR_SIGNS: Final = frozenset({"%", "°C", "°F"})


def is_clear_before(text: str, start: int, number: str) -> bool:
    """Whether it stands behind a word, a comma or the like, as most do: then nothing of `spoiled_before` can hold."""
    if start < 2 or not number[0].isdigit() or (number[0] == "0" and number.isdigit()):
        return False
    if "/" in number and text.endswith(" and ", 0, start):
        return False
    last, second = text[start - 1], text[start - 2]
    if last not in " \n":
        opened = last in "(~" and second != "√" and not second.isalpha() and number[:3] != "10^"
        return opened or (last == "=" and second.isdigit())
    if second in "tsbd.," and around.LARGER_BEFORE.search(text, max(0, start - 16), start):
        return False
    if (second == "m" and number in ("2", "3")) or around.TIME_OF_DAY.fullmatch(number):
        return False
    if (last == "\n" and second == ".") or (second == "," and around.OF_THREE.match(number)):
        return False
    return (
        second in _CLEAR_BEFORE
        or (
            second.isalpha() and second not in "xX" and number[:3] != "10^" and not text.endswith(WORDED_ENDS, 0, start)
        )
        or (second in _CLEAR_BUT_FOR_TEN and number[:2] != "10")
    )


def is_clear_behind(text: str, end: int, number: str, gap: str, unit: str) -> bool:
    """Whether it stands before a space or a pause, as most do: then nothing of `spoiled_behind` can hold."""
    following = text[end : end + 1]
    if following not in _CLEAR_AFTER and following != "":
        return False
    if not number.isdigit() and (number[-4:-3] == "." or not number.replace(".", "", 1).isdigit()):
        return False  # `5.000 copies`; or more than a plain numeral
    if unit.isalpha():
        joined = gap == " " or (len(unit) > 1 and gap in ("", "-"))
    else:
        joined = unit in _CLEAR_SIGNS and (gap == "" or (gap == " " and unit != "%"))
    if around.SMALLER_AFTER.match(text, end):
        return False
    if following == " " and (around.TERM_AFTER if gap == "" else around.SPACED_POWER_AFTER).match(text, end):
        return False
    return joined and (following not in (" ", ".") or around.CUT_UNIT_AFTER.match(text, end) is None)


def spoiled_before(candidate: UnitCandidate) -> Verdict | None:
    """What stands in front makes it another number, or none; None where nothing does."""
    before, number = candidate.context.before(24), candidate.number
    if not before:
        return None
    last, second = before[-1], before[-2:-1]
    if last in MONEY or last in "^_#%\\" or (last == ":" and second.isdigit()) or (last == "@" and second.isalnum()):
        return _TEXT
    if (last == "x" and second == "0") or (
        number.isdigit() and candidate.unit != "%" and around.NAMED_NUMBER_BEFORE.search(before)
    ):
        return _TEXT
    above = around.DENOMINATOR_BEFORE.search(before)
    if _cut_before(before, number) or (above is not None and above[1] != candidate.unit):
        return _AMBIGUOUS
    if number[0] == "0" and number.isdigit() and around.LOST_DECIMALS_BEFORE.search(before):
        return _AMBIGUOUS
    if last in "-−–" and around.BARE_POWER_BEFORE.search(before):
        return _AMBIGUOUS
    if last == " " and second in "-−–" and around.SPACED_SIGN_BEFORE.search(before):
        return _AMBIGUOUS
    if (last == "/" and (second.isdigit() or second in "πλθωħℏ")) or last == "√":
        return _AMBIGUOUS
    if candidate.unit in _HOURS and _is_clock(number, before):
        return _AMBIGUOUS
    if candidate.unit in _SMALLER and around.LARGER_BEFORE.search(before):
        return _AMBIGUOUS
    if last == "(" and len(candidate.unit) == 1 and candidate.unit.isalpha() and around.FUNCTION_BEFORE.search(before):
        return _TEXT
    if number in ("2", "3") and not candidate.unit.isalpha() and around.SPACED_AREA_BEFORE.search(before):
        return _AMBIGUOUS
    if "/" in number and around.WHOLE_BEFORE.search(before):
        return _AMBIGUOUS
    if around.LOST_SIGN_BEFORE.search(before) or (
        number[:2] == "10" and "^" in number and around.POWER_OF_BEFORE.search(before)
    ):
        return _AMBIGUOUS
    if around.SPLIT_DECIMAL_BEFORE.search(before):
        return _AMBIGUOUS
    spaced = last.isspace() and second == "," and before[-3:-2].isdigit() and around.OF_THREE.match(number)
    if spaced and (number[0] == "0" or around.SPACED_GROUP_BEFORE.search(before)):
        return _AMBIGUOUS
    if candidate.gap == "" and number.isdigit():
        if around.ROOT_BEFORE.search(before):
            return _TEXT
        letter = candidate.unit.rstrip("0123456789" + MINUSES)
        if len(letter) == 1 and letter.isalpha() and around.WORD_BEFORE.search(before):
            return _TEXT
    if candidate.unit[-1] in "CFcs℃℉" and candidate.unit[0] in "°º˚⁰dD℃℉" and around.SPACED_DASH_BEFORE.search(before):
        return _AMBIGUOUS
    if candidate.unit[0] == "/" and last == " " and second.isdigit():
        return _AMBIGUOUS
    if (last == "+" and second.isalpha()) or (
        (last in "/-&?." or (last == "=" and not second.isdigit()))
        and around.ADDRESS_BEFORE.search(candidate.context.before(80))
    ):
        return _TEXT
    if number[0] in MINUSES:
        bullet = last == "\n" and candidate.unit[0] not in "°º˚⁰KCFd"
        return _AMBIGUOUS if bullet or around.OPERAND_BEFORE.search(before) else None
    lost = around.LOST_POWER.fullmatch(number)
    return _AMBIGUOUS if lost and around.LOST_POWER_BEFORE.search(before) else None


def _is_clock(number: str, before: str) -> bool:
    """Whether hours are those of the day: `0630 hours`, `at 1430 hours`."""
    fits = around.TIME_OF_DAY.fullmatch(number)
    return fits is not None and (number[0] == "0" or around.CLOCK_WORD_BEFORE.search(before) is not None)


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


def spoiled_behind(candidate: UnitCandidate) -> Verdict | None:
    """What stands behind, or how number and unit are joined, makes it another quantity, or none."""
    number, gap, unit, context = candidate.number, candidate.gap, candidate.unit, candidate.context
    if unit[0] == "/" and (
        (gap == "" and number != "1" and "10^" not in number) or (unit[1:].strip().isupper() and "10^" not in number)
    ):
        return _TEXT
    if unit[-2:-1] in MINUSES and unit[:-2].isalpha() and around.NEXT_OF_RANGE_AFTER.match(context.text, context.end):
        return _AMBIGUOUS
    if unit[0] in "/p" and unit.startswith(("/", "per ")) and around.CURRENCY_BEFORE.search(context.before(8)):
        return _TEXT
    if "," in number and _has_wrong_comma(candidate):
        return _AMBIGUOUS
    if ("\n" in gap and len(unit) < 4) or around.AND_AFTER.match(context.text, context.end):
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
                or around.SAME_LETTER_BEFORE.search(context.before(8))
            )
        ):
            return _TEXT
        if len(unit) < 3 and unit.isalpha() and number.isdigit() and around.TERM_AFTER.match(context.text, context.end):
            return _TEXT
    if _cut_behind(candidate) or around.SMALLER_AFTER.match(context.text, context.end):
        return _AMBIGUOUS
    if "/" in number and len(unit) == 1 and context.after(1) == "(":
        return _AMBIGUOUS
    if "/" in unit and around.FACTOR_AFTER.match(context.text, context.end):
        return _AMBIGUOUS
    if around.COUNT_IN_THOUSANDS.fullmatch(number.lstrip(MINUSES)) and candidate.near(said.DECIMAL_COMMA):
        return _AMBIGUOUS
    following = context.after(1)
    if unit[-1] == "%" and (
        following.isalnum() or following == "%" or (gap and (following == "}" or context.after(2).strip().isdigit()))
    ):
        return _TEXT
    return _AMBIGUOUS if " " in number and around.GROUPED.fullmatch(number) else None


def _has_wrong_comma(candidate: UnitCandidate) -> bool:
    """Whether its comma parts two fields of a table (`708,0%,Lost`), or may be that of a decimal (`98,239 %`)."""
    number, context = candidate.number, candidate.context
    if number[-4:-3] != ",":
        return context.before(1) == "," or around.CSV_AFTER.match(context.text, context.end) is not None
    if not around.ONE_GROUP.fullmatch(number.lstrip(MINUSES)):
        return False
    return (candidate.unit == "%" and candidate.gap != "") or candidate.near(said.DECIMAL_COMMA)


def _cut_behind(candidate: UnitCandidate) -> bool:
    """Whether the unit goes on, or the point in the number groups thousands."""
    unit, text, end = candidate.unit, candidate.context.text, candidate.context.end
    if around.CUT_UNIT_AFTER.match(text, end):
        listed = around.ALTERNATIVE_AFTER.match(text, end)
        return listed is None or not text.startswith(unit, listed.end())
    if (" " in unit or "·" in unit) and around.POWER_AFTER.match(text, end):
        return True
    if around.SPACED_POWER_AFTER.match(text, end) and candidate.gap != "":
        return True
    counted = unit.split("/")[0]
    return (counted in COUNTED or counted.removesuffix("s") in COUNTED) and bool(
        around.COUNT_IN_THOUSANDS.fullmatch(candidate.number)
    )
