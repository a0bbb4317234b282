"""What number and unit say by themselves, whatever stands around: letters of algebra, a power that was lost, nitrogen.

The rules themselves stand in `fluxem.domains.unit_evidence`.
"""

from __future__ import annotations

import math
import re
from typing import Final

from fluxem.domains.domain import Verdict
from fluxem.domains.sign import MINUSES
from fluxem.domains.unit_context import YEAR

_AMBIGUOUS, _TEXT = Verdict.AMBIGUOUS, Verdict.TEXT

_FRACTION = re.compile(r"[0-9]+/[0-9]+\Z")
_CLOSED_UP: Final = "W cm mm km kg mg mL ml in ft lb lbs oz mi hr hrs min mph m/s cm/s ft/s km/h mi/h"
_OF_FRACTIONS: Final = frozenset(_CLOSED_UP.split())
"""Units that people close up to a fraction: `1/4W`, `3/4m/s`."""
_RECIPROCAL = re.compile(r"/[ ]?(?:[A-Za-zµμ]{1,2}(?<!cm)(?<!mm)(?<!/s)|.*[\^(²³].*)\Z")
"""`1/h`, `1/fs`, `1/m^2`, `1/(t^5)`; not `1/s`, `1/min`."""
_PRODUCT_OF_LETTERS = re.compile(r"[A-Za-z][ ]?[·⋅×][ ]?[A-Za-z]+\Z")
"""`2A × B`, of vectors."""
_GAS = re.compile(r"RT(?![a-z])|[A-Z][ ]?[·⋅×][ ]?[adtu]\Z")
"""`3 RT/M`, `2 A × t`: letters of physics."""
_PER_TENFOLD = re.compile(r"(?:dB|[mµμ]?V)/decade")
"""`20 dB/decade`: of a frequency or a current, no ten years."""
_TEN_TO = re.compile(r"[eE][-+−]?[0-9]")
"""`10E8 CFU/mL`: 10^8 to most who write so."""
_LETTERS = re.compile(
    r"([A-Z])[ ]?/[ ]?\1\Z|s/s\Z|[hd]/|K/m\Z|(?:qV|cT|ka|kT)(?![a-z])|mR[\^²]"
    rf"|[A-Za-z][{MINUSES}][0-9]\Z"
)
"""Behind one figure or two: quotients and prefixes that are none (`2h/g`, `2qV/m`, `4mR^2`), or a sum (`3t–1`)."""
_ORBITAL = re.compile(r"s(?:\^[12]|[¹²])\Z")
"""`1s^2`: electrons."""
_POWER_OF_LETTER = re.compile(r"[tdahD](?:\^[2-9]|[²³])")
"""`0.020 t^3`: nobody squares tonnes, days, years or hours."""
_ELEMENT = re.compile(
    rf"(?:\A|[ ·⋅])(?:(?:[kMGTPmµμnp]?g|t|[mµμn]?mol)[ ·⋅](?:N|C|P)(?:\Z|[{MINUSES} /·⋅^⁻])|(?:kg|t)[ ](?:K|S)[ /]h)"
)
"""`kg N ha-1`, `mg C/L`, `kg K/ha`: of nitrogen, carbon, phosphorus, potassium; no newton, coulomb, poise or kelvin."""
_SQUARE_OF_NO_LENGTH = re.compile(
    r"(?:square|cubic|sq\.?|cu\.?)[ ]"
    r"(?!(?:[a-z]{4,6})?(?:met|mile|inch|foot|feet|yard|micron|[åa]ngstr|arc|degree|parsec)|(?:[kcmdnµμ]?m|mi|ft|in|yd|deg)(?![a-z]))"
)
"""`50 square turns`."""
_TWICE = re.compile(r"([A-Za-z]{2,}) \1(?![A-Za-z])")
"""`69 inches inches`."""
_PER_SECOND = re.compile(rf"(?:[kcmµμ]?[mgl]|J|W)s\^?[ ]?[{MINUSES}⁻][1¹](?![0-9])")
"""`90ms-1`: metres a second, or per millisecond; `107kgs-1`: no plural."""
_LOST_POWER = re.compile(r"10(?:[2-9]|1[0-9]|2[0-3])\Z")
_COUNT_BY_VOLUME = re.compile(
    rf"[A-Za-z]{{3,}}(?:(?:/| per )[ ]?(?:[mµμ]?[lL]|cm|mm)|[ ][mµμ]?[lL][ ]?[{MINUSES}⁻])|cm[{MINUSES}⁻][3³]"
)
"""`106 cells/ml`, `1013 cm−3`: a million, whose superscript was lost."""


def judge_form(number: str, gap: str, unit: str) -> Verdict | None:
    """TEXT or AMBIGUOUS where the form alone says so; None where it does not."""
    if "/" in number and not gap and _FRACTION.match(number.lstrip(MINUSES)) and unit not in _OF_FRACTIONS:
        if unit.isalpha():
            return _AMBIGUOUS if len(unit) < 4 else None
        return _AMBIGUOUS if unit[0] in "°º˚" else _TEXT
    if "/" in number and unit.endswith(("B", "bit", "bits", "bytes")) and not _is_lowest(number):
        return _AMBIGUOUS
    if (number == "10" and _TEN_TO.match(unit)) or _PER_TENFOLD.match(unit):
        return _AMBIGUOUS
    if (
        unit == "C/C"
        or _GAS.match(unit)
        or _POWER_OF_LETTER.match(unit)
        or (number in ("1", "-1", "−1") and _RECIPROCAL.match(unit))
    ):
        return _TEXT
    if not gap and number.isdigit():
        if number in "1234567" and _ORBITAL.match(unit):
            return _TEXT
        if _PRODUCT_OF_LETTERS.match(unit):
            return _TEXT
        if len(number) < 3 and _LETTERS.match(unit):
            return _TEXT if len(unit) > 2 else _AMBIGUOUS
    if len(unit) > 3 and unit[0].isupper() and unit.isalpha():
        if "\n" in gap:
            return _TEXT
        if YEAR.fullmatch(number):
            return _AMBIGUOUS
    if _LOST_POWER.match(number) and _COUNT_BY_VOLUME.match(unit):
        return _AMBIGUOUS
    odd = _ELEMENT.search(unit) or _SQUARE_OF_NO_LENGTH.match(unit) or _TWICE.match(unit) or _PER_SECOND.match(unit)
    return _AMBIGUOUS if odd else None


def _is_lowest(number: str) -> bool:
    """Whether the fraction at the end of `number` is in lowest terms: `1/2 GB`, but no `4/8 GB` (four, or eight)."""
    top, _, bottom = re.split("[ +\u2212-]", number)[-1].partition("/")
    return math.gcd(int(top), int(bottom)) == 1
