r"""Decimal numerals as text has them: `373.15`, `1,234,567`, `6.02e23`, `6.02 × 10^23`, `−7`.

One grammar for all domains. Only ASCII digits count: `[0-9]`, because `\d` also takes the digits of other
scripts. A comma groups thousands only where exactly three digits follow.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from fluxem.domains.domain import Failure
from fluxem.vocabulary import FailureReason

MAX_DIGITS: Final = 4096
"""Longer numerals are `too_long`: far beyond what any code holds, and bounded work."""
MAX_EXPONENT: Final = 4096
"""Larger decimal exponents are `out_of_range` without being computed."""

MINUS: Final = "-\u2212"
"""Characters that are a minus sign: hyphen-minus and U+2212."""
SIGN: Final = "[-+\u2212]"
TIMES: Final = "[*x×·⋅]"

_POWER: Final = r"(?:\^\{?+[-+\u2212\u2013]?+[0-9]++\}?+|[⁻⁺]?+[⁰¹²³⁴-⁹]++)"
_PLAIN_REST: Final = r"[0-9]*+(?:,[0-9]{3}(?![0-9]))*+(?:\.[0-9]++)?+"
REST: Final = _PLAIN_REST + r"(?:[eE][-+\u2212]?+[0-9]++(?![A-Za-z0-9_]))?+"
"""What follows the first digit of a numeral: digits, thousands, fraction, `e` exponent."""

POWER_OF_TEN: Final = (
    rf"(?:[ \u00a0]?[x×·⋅*][ \u00a0]?10{_POWER}(?!\.?[0-9])|[ \u00a0]?×[ \u00a0]?10[-\u2212][0-9]++(?!\.?[0-9]))?+"
)
"""`× 10^5` behind a numeral, optional. `×10−5`, its superscript lost, counts; `2*10-3` is arithmetic.

Only where the whole is one factor, as before a unit: `6/2*10^2` is 6 / 2 * 100.
"""

NUMERAL: Final = "[0-9]" + REST
"""A numeral without sign, as a fragment."""
PLAIN_NUMERAL: Final = "[0-9]" + _PLAIN_REST
"""One without an exponent."""

OPENS_PAREN: Final = r"[( ]++[-+\u2212\u2013(]*+(?:[0-9.]|\Z)"
"""What a numeral behind an opening parenthesis looks like at least, for `Domain.opens`."""

_SUPERSCRIPT: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺−–", "0123456789-+--")
_PLAIN = re.compile(
    r"(?P<sign>[-+\u2212]?)(?P<whole>[0-9][0-9,]*+|(?=\.[0-9]))(?:\.(?P<fraction>[0-9]*+))?"
    r"(?:[eE](?P<exponent>[-+\u2212]?[0-9]++)|\s?[x×·⋅*]\s?10\^?\{?(?P<power>[-+\u2212\u2013⁻⁺]?[0-9⁰¹²³⁴-⁹]++)\}?)?\Z"
)

_GROUPED = re.compile(r"[0-9]+(?:,[0-9]{3})+\Z")


def parse_numeral(text: str) -> Fraction | Failure:
    """The exact value of a numeral, sign included.

    Returns a Failure `too_long`, `out_of_range` (exponent) or `invalid_value` (not a numeral).
    """
    if len(text) > MAX_DIGITS:
        return Failure(FailureReason.TOO_LONG, f"expected at most {MAX_DIGITS} characters, got {len(text)}")
    match = _PLAIN.match(text)
    if match is None:
        return Failure(FailureReason.INVALID_VALUE, f"expected a decimal numeral, got {text[:40]!r}")
    if "," in match["whole"] and not _GROUPED.match(match["whole"]):
        return Failure(FailureReason.INVALID_VALUE, f"expected groups of three digits, got {text[:40]!r}")
    fraction = match["fraction"] or ""
    exponent = (match["exponent"] or match["power"] or "0").translate(_SUPERSCRIPT)
    if len(exponent) > 6 or abs(int(exponent)) > MAX_EXPONENT:
        return Failure(FailureReason.OUT_OF_RANGE, f"expected an exponent within ±{MAX_EXPONENT}, got {exponent[:12]}")
    digits = _digits(match["whole"].replace(",", "") + fraction)
    shift = int(exponent) - len(fraction)
    value = Fraction(digits * 10**shift) if shift >= 0 else Fraction(digits, 10**-shift)
    return -value if match["sign"] in ("-", "\u2212") else value


def _digits(text: str) -> int:
    """The integer that up to 4,096 ASCII digits spell; `int` refuses long ones only beyond 4,300."""
    return int(text or "0")
