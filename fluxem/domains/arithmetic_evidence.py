"""Whether what looks like an expression is a calculation: the evidence rules that `fluxem.domains.arithmetic` tells."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from fluxem.domains.domain import Context, Verdict
from fluxem.domains.evidence import asked
from fluxem.domains.expression import MAX_CHARACTERS
from fluxem.domains.nearby import words
from fluxem.domains.sign import LONE_DASH, LOOK_ALIKE, PLUS_MINUS, WORDED_ENDS, WORDED_SIGN

_PART_BEFORE = re.compile(
    r"(?:(?:\A|[^A-Za-z0-9_.,])[0-9](?:[0-9.,]*[0-9])?[ \u00a0\u202f]\Z|[\w)\]}′]\s?(?://|\*\*|[-+*/^×÷·⋅−%])[-+−]?|[A-Za-z_\\'’′][\^_]"
    r"|[=<>(]\s?[A-Za-z]\s?[-+]|[=<>(,;]\s?–|[√∛∂∇]|[)\]}]\Z|\}|\\(?:sin|cos|tan|log|ln|exp|sqrt)"
    r"|(?:[-+*/×÷−]|[0-9)%][ ]?[xX])[ ]?\$"
    rf"|[0-9]['’\u2044]|[0-9]\(|\^\{{|<<|>>|[&|]\s|{PLUS_MINUS}|{LONE_DASH}|[{LOOK_ALIKE}]|{WORDED_SIGN}|\\(?:times|cdot|div|pm|mp))\s?\Z"
)
_PART_AFTER = re.compile(
    r"[(!√{]|\s?\^|/°|(?:[ ][0-9]{1,4}[ ][-+−][ ][0-9]{1,4}){1,3}[ ]?[\]|]|\s?[-+*/×÷·⋅−]\s?\n"
    r"|\n\s?[+*×÷/]\s?[0-9(]|[ ][0-9]{1,2}/[0-9]{1,2}(?![0-9])|\[(?![0-9]{1,3}\])"
    r"|\s?(?:[-+*/×÷·⋅−]|[xX])\s?\$|\s?[–—]\s?[0-9]|(?:[ ][-−]?[0-9.]{1,6}){1,4}[ ]?[\]|]"
    r"|\s?[-+*/×·⋅−]\s?(?:\.\s?\.|[…⋯]|\\[a-z]{0,2}dots)|\s?\\(?:times|cdot|div|pm|over)\b|\.[a-z]"
    r"|\s?[°º˚]|\s?mod\b|\s?(?:[*/^×÷·⋅]|\*\*)\s?[A-Za-z(\\√]|[-+−][A-Za-z(\\]|\s[-+−]\s?(?:[A-Za-z]\b|\(|[A-Za-z_]\w*[.(\[_])|[-/:][0-9]"
)
_GROUP_BEFORE = re.compile(r"(?<!,\s)(?<![0-9.,])[0-9]{1,3},\s\Z")
_GROUP = re.compile(r"[0-9]{3}(?![0-9.])")
"""`27, 800 − 23, 400`: commas and spaces that group thousands."""
_SUM = re.compile(r"[0-9)][ ]?[-+−][ ]?[0-9.(]")
_FACTOR_AFTER = re.compile(
    r"[ ](?:\([-−][0-9]|\((?:[0-9.]+|[a-z])[ ]?[-+*/×^−]|[A-Za-z]_"
    r"|(?:sin|cos|tan|sec|csc|cot|log|ln|exp|sqrt)\b)"
    r"|[ ]?\\(?:sqrt|frac|pi|alpha|beta|gamma|delta|theta|lambda|mu|sigma|omega|phi|left|operatorname)"
    r"|[ ]?\\(?:sin|cos|tan|log|ln|exp)"
)
"""`1.0 + 2.0 x`, `25 − 9 sin θ`, `2 + 3 \\sqrt{5}`: what stands behind binds tighter than the sum."""
_EQUATION_AFTER = re.compile(r"[^;\n=]{0,40}=")
_LETTER_AFTER = re.compile(r"[ ][b-zB-HJ-Zα-ω](?![A-Za-z0-9'’.]|[ ]?[=(<>≤≥])")
"""The same, unless it begins another equation: `x = 1 + 4 y = 2`."""
_FRACTION_POWER = re.compile(r"\^([1-9])/([2-9])(?![0-9.])")
"""`8^1/3`: 8/3, or the third root."""
_FRACTION_BELOW = re.compile(r"(?:[ ]/[ ]?|/[ ]|[ ]÷[ ]?)[0-9]+/[0-9]")
"""`60 / 3/4`: by three quarters, or by 3 and then by 4."""
_SIDES = re.compile(r"[0-9]+[ ]?[xX×*][ ]?[0-9]+\Z")
_SHAPE_AFTER = re.compile(
    r"[ -](?:arrays|determinants|matri(?:x|ces)|table|grid|system|determinant|array|block|board|identity|cube)\b"
)
"""`a 2 × 2 matrix`."""
_WORDS_BEFORE = re.compile(r"(?:[^\W\d_xX]|[:;.]|(?<![0-9]),|\n)(?:[ \n]|[ ]?\$)\Z")
_UNIT_AFTER = re.compile(r"[ ](?:[ijJNVWKLMmsgTHF](?![\w'’.])|(?:kg|km|cm|mm|mol|kJ|min)\b)|[ ]?[′’']")
_EQUALS = re.compile(r"[ \u00a0]?(?:={1,2}(?!=)|≈|equals\b|is equal to\b)")
_TOLD: Final = r"calculate|compute|evaluate|what is|what's|simplify|solve|work out"
_ASKS = words(rf"\b(?:{_TOLD}|value of|result of)\b")
_COMMANDS = words(rf"\b(?:{_TOLD})\b")
_VARIABLE = re.compile(r"[0-9][xX][-+−]")
_LOOKS_LIKE = re.compile(r"[0-9)]\s?[xX]\s?[-+−]|(?<![0-9.,])0[xX][0-9]|(?<=[0-9])/[-+−](?=[0-9])")
"""`2x+1`, `0x10 * 2`, `−40/+85`: a coefficient, a number to another base, two limits."""
_DATED = re.compile(
    r"[-+−]?[0-9]{4,5}(?:[-/][0-9]{1,4})+\Z|[0-9]{4}-[0-9]{2}-[0-9]{2}[-/]|[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}\b"
)
"""`1998-2003`, `2021-04-13/2021-04-15`: nothing but years and dates, or a phone number."""
_VARIABLE_BEFORE = re.compile(r"(?<![A-Za-z])[A-Za-z]\s\Z")
_DASH = re.compile(r"[0-9]--[0-9]")
_ADDRESS_BEFORE = re.compile(r"://\S*[=/&?#_.%]\Z")
_WEAK = re.compile(r"[-+−]?[0-9.,]+(?:\s?[-−/xX×]\s?[0-9.,]+)+\Z")
_CLOSED_RUN = re.compile(r"[0-9][0-9.,]*(?:[-−][0-9.,]*[0-9])+\Z")
"""`18-3`, `2024-01-30`: numbers of listings, dates, versions."""
_CLOSED_UP = re.compile(r"[0-9.][-−/][0-9.]")
_COLUMNS = re.compile(r"[0-9]\s[-−][0-9.]")
"""`0.94 -0.14`: two entries of a row."""
_CLOSED_DIFFERENCE = re.compile(r"[0-9.][-−][0-9.]")
_SPACED_MINUS = re.compile(r"\s[-−]\s?")
_NUMBER = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?|\.[0-9]+")
_YEARS = re.compile(r"[12][0-9]{3}\s[-−]\s?[12][0-9]{3}/[0-9]{2}\Z")
_TEN_TO = re.compile(r"(?:\A|[x×*·][ ]?)10[eE][0-9]")
"""`2 × 10E8`: 2 × 10^8 to most who write so."""
_POWER_OF_TEN = re.compile(r"10\^[0-9]+\Z")
_AGE_AFTER = re.compile(r"[ ](?:y|[MG]yr?|[MG]a)(?![\w^(])(?![ ]?=)")
"""`4.47 × 10^9 y`: years."""
_SCORE_AFTER = re.compile(
    r"[ ](?:victor|win(?:s|ner)?\b|defeat|loss(?:es)?\b|lead\b|vote|decision|majority|record\b|split\b|verdict"
    r"|scoreline|draw\b)"
)
"""`a 3 - 2 victory`."""
_LOST_POWER = re.compile(r"[×·⋅][ ]?10[-−][0-9]{1,2}\Z")
"""`1·10-6 m`, whose superscript was lost, is no subtraction."""
_MIDDLE_POINT = re.compile(r"[-+−]?[0-9]+·[0-9]+\Z")
"""`2·5 kg`: a product, or a decimal as some write it."""
_POWERS_OF_TEN = re.compile(r"10\^[0-9]+[ ]?[-−][ ]?10\^[0-9]+\Z")
"""`10^8 − 10^11 cells`: from one to the other."""
_SCORE_BEFORE = re.compile(
    r"\b(?:vote[ds]?|wins?|won|loses?|lost|beats?|beaten|leads?|led|draws?|drew|scores?|scored|defeat(?:ed)?)\b"
    r"[^0-9.=]{0,16}\Z"
)
"""`they won 3 - 1`."""
_LONE_POWER = re.compile(r"10[-−][ ]?[0-9]{1,2}\Z")
"""`a value of 10-9` neither, but `What is 10-9?` is."""
_ASKED_RIGHT_BEFORE = re.compile(
    rf"(?i)(?:{_TOLD})(?: the)?(?: (?:value|result|difference|quotient|product) of)?:?\s\Z"
)
"""`What is 10-9?` asks for it; `what's in the 10-1 soil` and `the value varies from 1.65-1.85` do not."""
_LAST_OF_ASKING: Final = frozenset("esytfESYTF:")
"""What its words end in, which most words do not."""
_PADDED = re.compile(r"(?<![0-9.,])0[0-9]|(?<![0-9])[0-9]++/ [0-9]++/ [0-9]++\Z")
"""`07561 / 3128`, `10/ 12/ 48`: a telephone number, a date."""
_PHONE = re.compile(r"(?:[0-9]{6}|\([0-9]{1,8}\))[^ ]{0,24}[-−]|[-−][0-9]{6}")


def _asked_right_before(context: Context) -> bool:
    """Whether it stands right behind a word that asks for it."""
    before = context.before(40)
    return before[-2:-1] in _LAST_OF_ASKING and _ASKED_RIGHT_BEFORE.search(before) is not None


def unmatched(surface: str) -> tuple[list[int], list[int]]:
    """Places of the opening and of the closing parentheses that have no partner."""
    opening: list[int] = []
    closing: list[int] = []
    for place, character in enumerate(surface):
        if character == "(":
            opening.append(place)
        elif character == ")":
            if opening:
                opening.pop()
            else:
                closing.append(place)
    return opening, closing


def _is_calculated(text: str, start: int, end: int) -> bool:
    """Whether words stand in front, ` =` behind, and no parenthesis in it: a span, without the rules being asked."""
    follows = text[end : end + 3]
    return (
        (follows[:1] == "=" or follows[:2] == " =")
        and follows != "==="
        and _WORDS_BEFORE.search(text, max(0, start - 4), start) is not None
        and not text.endswith(WORDED_ENDS, 0, start)
        and text.find("(", start, end) < 0
        and text.find(")", start, end) < 0
    )


def _is_disputed(surface: str) -> bool:
    """Whether what is divided by, or raised to, may be one number or the next of a row."""
    power = _FRACTION_POWER.search(surface)
    return (power is not None and math.gcd(int(power[1]), int(power[2])) == 1) or bool(_FRACTION_BELOW.search(surface))


def judge(context: Context) -> Verdict:
    """The evidence rules of `fluxem.domains.arithmetic`."""
    surface = context.surface
    if len(surface) > MAX_CHARACTERS:
        return Verdict.SPAN  # which has no code: nothing around it changes that
    if _LOOKS_LIKE.search(surface) or _TEN_TO.search(surface):
        return Verdict.TEXT
    if context.alone:
        return Verdict.AMBIGUOUS if _DATED.match(surface) else Verdict.SPAN
    if _CLOSED_RUN.match(surface) and not (_EQUALS.match(context.after(16)) or _asked_right_before(context)):
        return Verdict.TEXT
    if surface[0] in "-+−" and _VARIABLE_BEFORE.search(context.before(3)):
        return Verdict.TEXT
    if "/" in surface and _is_disputed(surface):
        return Verdict.AMBIGUOUS
    if _is_calculated(context.text, context.start, context.end):
        return Verdict.SPAN
    if _PART_BEFORE.search(context.before(10)) or _PART_AFTER.match(context.after(24)):
        return Verdict.TEXT
    if _AGE_AFTER.match(context.after(6)) and _POWER_OF_TEN.search(surface):
        return Verdict.AMBIGUOUS
    if _GROUP_BEFORE.search(context.before(8)) and _GROUP.match(surface):
        return Verdict.TEXT
    if _SUM.search(surface) and not surface.endswith(")"):
        after = context.after(16)
        another = "=" in context.before(2) and _EQUATION_AFTER.match(context.after(48)) is not None
        if _UNIT_AFTER.match(after) or _FACTOR_AFTER.match(after) or (not another and _LETTER_AFTER.match(after)):
            return Verdict.TEXT
    if ("(" in surface or ")" in surface) and any(unmatched(surface)):
        return Verdict.TEXT  # its partner stands outside: the call `get(key, 0) + 1`, the shift `2 * (1 << 20)`
    bare = surface.strip("() ")
    if _DASH.search(surface) or _VARIABLE.search(surface) or _ADDRESS_BEFORE.search(context.before(80)):
        return Verdict.TEXT
    if _EQUALS.match(context.after(16)):
        return Verdict.SPAN
    if _SIDES.match(bare) and _SHAPE_AFTER.match(context.after(16)):
        return Verdict.TEXT
    if _MIDDLE_POINT.match(surface):
        return Verdict.AMBIGUOUS
    if _LOST_POWER.search(surface):
        return Verdict.TEXT
    if _PADDED.search(bare):
        return Verdict.TEXT
    if _WEAK.match(bare) and _CLOSED_DIFFERENCE.search(bare):
        if _asked_right_before(context):
            return Verdict.SPAN
    elif asked(context, _COMMANDS if _LONE_POWER.match(surface) else _ASKS):
        return Verdict.SPAN
    if _POWERS_OF_TEN.match(surface) or (
        _WEAK.match(bare)
        and "/" not in bare
        and (_SCORE_BEFORE.search(context.before(32)) or _SCORE_AFTER.match(context.after(12)))
    ):
        return Verdict.TEXT
    if (
        _LONE_POWER.match(surface)
        or _PHONE.search(surface)
        or (any(sign in bare for sign in "xX×") and _WEAK.match(bare))
    ):
        return Verdict.TEXT
    return _weak_verdict(bare) if _WEAK.match(bare) else Verdict.SPAN


def _weak_verdict(surface: str) -> Verdict:
    """`9 - 5` falls and `100 / 2` is spaced: calculations. `1914 - 1918` rises, `3-2` and `1/2` are closed up: not."""
    if _COLUMNS.search(surface):
        return Verdict.TEXT
    if _CLOSED_UP.search(surface):
        return _mixed_verdict(surface)
    falling = _falls(_NUMBER.findall(surface))
    return Verdict.SPAN if falling or "/" in surface else Verdict.TEXT


def _mixed_verdict(surface: str) -> Verdict:
    """`124 - 870/7`, one side a fraction, is a calculation; `1/4 - 1/2` rises, and `1914 - 1918/19` is a range."""
    sides = _SPACED_MINUS.split(surface)
    if len(sides) == 1 or _YEARS.match(surface) or any("-" in side or "−" in side for side in sides):
        return Verdict.TEXT
    alike = len({"/" in side for side in sides}) == 1
    return Verdict.SPAN if not alike or _falls(sides) else Verdict.TEXT


def _falls(numbers: Sequence[str]) -> bool:
    """Whether each of some numerals or fractions is smaller than the one before."""
    values = [_near(number) for number in numbers]
    return all(left > right for left, right in pairwise(values))


def _near(number: str) -> float:
    """A numeral or a quotient of some, near enough to tell which of two is larger."""
    first, *divisors = (float(numeral.replace(",", "")) for numeral in _NUMBER.findall(number))
    return first / math.prod(divisors or [1.0]) if all(divisors) else math.inf
