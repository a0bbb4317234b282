"""Whether what looks like a polynomial is one: the evidence rules that `fluxem.domains.polynomial` tells."""

from __future__ import annotations

import re
from typing import Final

from fluxem.domains.domain import Context, Verdict
from fluxem.domains.evidence import asked, at_prompt, in_code
from fluxem.domains.nearby import words
from fluxem.domains.sign import LONE_DASH, PLUS_MINUS, WORDED_SIGN

POWER: Final = r"(?:[ ]?(?:\*\*|\^)[ ]?(?:[0-9]{1,4}+(?!\.?[0-9])|\{[0-9]{1,4}+\})|[²³⁴-⁹])"
"""A power behind a letter, as a fragment."""
_OPERATOR = re.compile(r"[-+*/^²³⁴-⁹\u2212]")
_SUM = re.compile(r".[ ]?[-+\u2212]")
_POWER_ALONE = re.compile(rf"[A-Za-z]{POWER}\Z")
_LABEL = re.compile(r"(?:[0-9.]+[-\u2212][A-Za-z]|[A-Za-z][-\u2212+/][0-9.]+|[0-9]+[A-Za-z])\Z")
# `-80C`, `1-2L`, `11.3m-11.6m`: a temperature, a volume, a range of lengths rather than a coefficient and a variable.
_UNIT_LIKE = re.compile(
    r"[-+\u2212]?[0-9.]+(?:[-\u2212][0-9.]+)?[ACFGHJKLMNSTVWghlms]\Z|[0-9.]+(?P<unit>[A-Za-z])[-\u2212][0-9.]+(?P=unit)\Z"
)
_UNIT_POWER = re.compile(r"[ms](?:\^\{?[23]\}?|[²³])\Z")
"""`kg/m^3`, `(m^3)`: metres and seconds."""
_ORBITAL = re.compile(r"[1-7][spdf](?:\^(?:1[0-4]|[1-9])|¹?[⁰¹²³⁴-⁹])\Z")
"""`2p^4`: electrons."""
_IMAGINARY_LIKE = re.compile(r"[-+\u2212]?[0-9.]+ ?[-+\u2212] ?[ij]\Z")
"""`1 + i`: a complex number rather than a variable."""
_IMAGINARY_UNIT = re.compile(r"(?<![A-Za-z])I(?![A-Za-z])")
"""`2 - 3*I`: the imaginary unit of a program that calculates with symbols."""
_BELOW_THE_LINE = re.compile(r"/[ ]?[A-Za-z]")
_STRONG = re.compile(rf"\*\*|[0-9)*·⋅+\-\u2212] ?[A-Za-z] ?{POWER}|[A-Za-z] ?{POWER} ?[-+\u2212*/]")
_WRITTEN_BEFORE = re.compile(r"[\w)\]}²³⁴-⁹][ ]?(\*\*|[-+*/^·⋅×\u2212])[ ]?\Z")
_ADDED_BEFORE = re.compile(r"[\w)\]}²³⁴-⁹][ ]?\+[ ]?\Z")
"""`2xy + `: what a sum is only the end of."""
_NAME_BEFORE = re.compile(r"(?:[A-Za-z_]\w{1,6}|[)\]])[ ]?[*·⋅][ ]?\Z")
_TERM_BEFORE = re.compile(r"\$[A-Za-z][ ]?[-+\u2212][ ]?\Z")
"""`pi*r**2`, `$n + k + 1$`: the rest of a product, and of a sum of several variables."""
_WRITTEN_AFTER = re.compile(r"[ ]?[*/·⋅×]")
_LONG: Final = 190
"""The shortest that the grammar cuts because it has too many factors."""
_MORE_AFTER = re.compile(r"[ ]?(?:\*\*|[-+*/·⋅\u2212])[ ]?[0-9A-Za-z(]")
_VARIABLE_AFTER = re.compile(r"[ ][xyz](?![\w'’.(])(?!.{0,40}[=<>≤≥≠])", re.DOTALL)
"""`x^2 + 2 x y`: a factor of the last term; `2x + 7 x = 1`: another equation."""
_GOES_ON_AFTER = re.compile(r",[0-9]{3}(?![0-9])|[ ](?:sin|cos|tan|sec|csc|cot|ln|log)\b|[ ]e\^")
"""`75x + 50,000`, `3 + 2x sin x`: the last term goes on."""
_FACTORIAL_AFTER = re.compile(r"!(?!=)")
_INSIDE_BEFORE = re.compile(
    rf"(?:[\\_^$∂√∛∇°]|(?:{PLUS_MINUS}|{LONE_DASH})\s?|{WORDED_SIGN}"
    r"|\^[-\u2212][ ]?|(?<![A-Za-z])(?:sin|cos|tan|sec|csc|cot|ln|log|exp|det)(?:\^[0-9])?[ ]?)\Z"
)
_ENCLOSED_BEFORE = re.compile(r"[(\[{,:`] ?\Z")
_ENCLOSED_AFTER = re.compile(r"[)\]},`]")
_EQUALS_BEFORE = re.compile(r"(?:[=<≤≥≠]|(?<!-)>|:=) ?\Z")
"""No arrow: in `A -> B + 2 H2O`, two of the water are made."""
_EQUALS_AFTER = re.compile(r" ?[=<>≤≥≠]")
_ASKED = words(
    r"\b(?:polynomials?|equations?|expressions?|derivatives?|differentiate|integra\w{1,8}|factor\w{0,8}|expand|simplify"
    r"|rearrange|express|solve|suppose|roots?|coefficients?|collect|function|wrt)\b"
)

_ROOT = re.compile(r"\^[ ]?1/[2-9]")
"""`z^1/3`: the third root, or z/3."""
_NO_VARIABLE = re.compile(r"[eE][-+\u2212][0-9]+\Z|R\^[0-9]\Z")
"""What is left of a numeral (`(<E+09)`), and a space of real vectors (`R^3`)."""


def judge(context: Context) -> Verdict:
    """The evidence rules of `fluxem.domains.polynomial`."""
    surface = context.surface
    if not _OPERATOR.search(surface) or _BELOW_THE_LINE.search(surface):
        return Verdict.TEXT
    if (_UNIT_LIKE.match(surface) and not surface.islower()) or _NO_VARIABLE.match(surface):
        return Verdict.TEXT
    if _ROOT.search(surface) or _IMAGINARY_UNIT.search(surface):
        return Verdict.AMBIGUOUS
    if len(surface) > _LONG and _MORE_AFTER.match(context.text, context.end):
        return Verdict.AMBIGUOUS
    if context.alone:
        return Verdict.AMBIGUOUS if _LABEL.match(surface) and not surface.islower() else Verdict.SPAN
    before, after = context.before(10), context.after(48)
    if _is_cut_off(surface, before, after):
        return Verdict.TEXT
    equals = bool(_EQUALS_BEFORE.search(before[-4:]) or _EQUALS_AFTER.match(after))
    if (_UNIT_LIKE.match(surface) or _UNIT_POWER.match(surface)) and not equals:
        return Verdict.TEXT
    if _UNIT_POWER.match(surface) and before[-1:] == "/":
        return Verdict.TEXT
    if _ORBITAL.match(surface) and not equals and not asked(context, _ASKED):
        return Verdict.AMBIGUOUS
    labelled = _LABEL.match(surface)
    if labelled and not equals and not (surface.islower() and at_prompt(context)):
        return Verdict.TEXT
    if _IMAGINARY_LIKE.match(surface):
        return Verdict.AMBIGUOUS
    if labelled:
        return Verdict.SPAN
    enclosed = _ENCLOSED_BEFORE.search(before[-2:]) and _ENCLOSED_AFTER.match(after)
    if not (equals or _STRONG.search(surface) or in_code(context) or enclosed or asked(context, _ASKED)):
        return Verdict.TEXT
    return Verdict.AMBIGUOUS if _ADDED_BEFORE.search(before) and _SUM.search(surface) else Verdict.SPAN


def _is_cut_off(surface: str, before: str, after: str) -> bool:
    """Whether what is joined to either side binds tighter than the signs inside: `2*x + 1` of `y*2*x + 1`."""
    if _INSIDE_BEFORE.search(before) or _FACTORIAL_AFTER.match(after):
        return True
    if _NAME_BEFORE.search(before) or _TERM_BEFORE.search(before):
        return True
    is_sum = bool(_SUM.search(surface))
    joined = _WRITTEN_BEFORE.search(before)
    if joined and (joined[1] in ("**", "^") or (joined[1] != "+" and is_sum)):
        return True
    if joined and joined[1] == "/" and not _POWER_ALONE.match(surface):
        return True
    return is_sum and bool(
        _WRITTEN_AFTER.match(after)
        or _GOES_ON_AFTER.match(after)
        or (surface[-1].isdigit() and _VARIABLE_AFTER.match(after))
    )
