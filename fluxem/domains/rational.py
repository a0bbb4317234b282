"""RATIONAL: a fraction `p/q` that stands alone, `2/7`, `-656/749`.

Grammar: a whole number, a slash, a whole number, closed up; a sign before it belongs to it, behind a space too where it
can join nothing (`x = − 1/4`). A value is a Fraction.

Code. The number block of `fluxem.encoding.number_block` holds the value, rounded at the 48th decimal and flagged
where it never ends; dims 32-47 hold the numerator, dims 48-63 the denominator, in lowest terms, 16 signed
base-100 limbs each (32 digits), lowest first. So one encoding decodes exactly, and raw sums and products read as for
any number. A sum whose denominator is at most 10**20 reads exactly too: fractions with such denominators are
10**-40 apart, a rounded summand is off by at most 10**-48.

Evidence. Dates (3/4), scores, ratios of hours (24/7) and alternatives have the same form; a division that comes out
even (48/2), and one with an equals sign behind it, is a calculation, ARITHMETIC. A fraction is one

- where it is the whole document;
- with a sign, in parentheses of its own, beside a comparison or behind an equals sign;
- as an item among numbers or choices: `0.4, -1/3, 29`, `(b) 3/19`;
- near a word that asks for a value (fraction, probability, biggest, nearest, sort, less than, ...);
- where it is proper and `of` follows: `2/3 of the water`.

A proper fraction in lowest terms without that is `ambiguous`, and so is one behind a whole number (`2 and 1/4 cups`);
what else looks like one is text: a part of a formula (`x+1/2`), a mixed number (`6 1/2`), an issue (`50(5/6)`), behind
"on", "page", "version", a dual year (`1648/9`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy.typing as npt

from fluxem.domains.domain import Context, Domain, Failure, Lead, Verdict, ending
from fluxem.domains.evidence import asked
from fluxem.domains.nearby import words
from fluxem.domains.scalar import ScalarEncoder, exact_number
from fluxem.domains.sign import WORDED_SIGN, spaced_sign
from fluxem.encoding import number_block, number_sums
from fluxem.encoding.header import FloatArray, code_vector, expect_header, fresh_code
from fluxem.encoding.limbs import LimbFormat, read_limbs, write_limbs
from fluxem.encoding.number_block import Number, simplest
from fluxem.errors import DecodeError
from fluxem.vocabulary import DomainType, FailureReason

NUMERATOR: Final = slice(32, 48)
DENOMINATOR: Final = slice(48, 64)
LAYOUT: Final = LimbFormat(limbs=16, fraction_limbs=0, digits=2)

_TEXT = re.compile(r"\s*([-+\u2212]?)[ ]?([0-9]{1,4096})\s?[/\u2044]\s?([0-9]{1,4096})\s*\Z")
_MAX_TEXT: Final = 9000


class RationalEncoder(ScalarEncoder[Number]):
    """Exact fractions: takes a text, or an int, Fraction, Decimal or float (its exact binary value).

    >>> encoder = RationalEncoder()
    >>> encoder.decode_sum(encoder.encode("1/3") + encoder.encode("1/6"))
    Fraction(1, 2)
    """

    domain = DomainType.RATIONAL

    def parse(self, text: str) -> Number | Failure:
        """The fraction that `text` spells, in lowest terms."""
        if len(text) > _MAX_TEXT:
            return Failure(FailureReason.TOO_LONG, f"expected at most {_MAX_TEXT} characters, got {len(text)}")
        match = _TEXT.match(text)
        if match is None:
            return Failure(FailureReason.INVALID_VALUE, f"expected a fraction such as 2/7, got {text[:40]!r}")
        numerator, denominator = int(match[2]), int(match[3])
        if not denominator:
            return Failure(FailureReason.DIVISION_BY_ZERO, "expected a denominator other than 0")
        return simplest(Fraction(-numerator if match[1] in ("-", "\u2212") else numerator, denominator))

    def normalize(self, value: object) -> Number | Failure:
        """A finite number whose numerator and denominator have at most 32 digits."""
        exact = exact_number(value)
        if isinstance(exact, Failure):
            return exact
        number = simplest(Fraction(exact))
        if abs(number.numerator) >= LAYOUT.bound or number.denominator >= LAYOUT.bound:
            return Failure(FailureReason.OUT_OF_RANGE, "expected numerator and denominator of at most 32 digits")
        if not number_block.fits(number):
            return Failure(FailureReason.OUT_OF_RANGE, "expected a decimal of at most 48 places or an endless one")
        return number

    def write(self, vectors: FloatArray, values: Sequence[Number]) -> None:
        """The number block, numerator and denominator."""
        number_block.write_values(vectors, values)
        write_limbs(vectors[:, NUMERATOR], [value.numerator for value in values], LAYOUT)
        write_limbs(vectors[:, DENOMINATOR], [value.denominator for value in values], LAYOUT)

    def write_one(self, value: Number) -> FloatArray:
        """The number block, numerator and denominator of one fraction."""
        code = fresh_code(self.domain)
        number_block.pack_value(code, value)
        number_block.pack_limbs(code, NUMERATOR.start, value.numerator)
        number_block.pack_limbs(code, DENOMINATOR.start, value.denominator)
        return code_vector(code)

    def read(self, vector: FloatArray) -> Number:
        """The fraction in dims 32-63."""
        numerator, denominator = read_limbs(vector[NUMERATOR], LAYOUT), read_limbs(vector[DENOMINATOR], LAYOUT)
        if numerator is None or denominator is None or denominator < 1:
            raise DecodeError("expected a numerator and a denominator in dims 32-63")
        number = self.normalize(Fraction(numerator, denominator))
        if isinstance(number, Failure):
            raise DecodeError(f"expected a fraction that fits the code: {number.detail}", number.reason)
        return number

    def decode_sum(self, vector: npt.ArrayLike) -> Number:
        """The sum of up to 169,466 added encodings, exact where its denominator is at most 10**20.

        Any other sum is off by at most 10**-48 for each summand that never ends (dim 20).

        Raises:
            DecodeError: another domain, or more summands than the limbs are exact for (`limit_exceeded`).
        """
        return number_sums.read_rational(expect_header(vector, self.domain, number_block.MAX_SUMMANDS)[0])


# ---------------------------------------------------------------------------------------------- detection

_FORM = re.compile(r"([-+\u2212]?)[ ]?([0-9]{1,18})/([0-9]{1,18})\Z")
_EQUALS_AFTER = re.compile(r" ?=")
_LISTED_BEFORE = re.compile(r"(?:[0-9],|\b[a-z],|\([a-z]\)|[=<>≤≥≈≠]|[0-9] (?:and|or)) ?\Z")
_LISTED_AFTER = re.compile(
    r" ?(?:,? ?[-\u2212]?[0-9]+\b(?![/:])|[<>≤≥≈≠]| (?:or|and) (?:[-\u2212]?[0-9]|[a-z]\?)|, [b-z][,?.])"
)
_ASKED = words(
    r"\b(?:fractions?|rationals?|probabilit\w{1,8}|odds|values?|closest|nearest|biggest|smallest|largest|greater|smaller"
    r"|bigger|lowest|highest|less than|at (?:least|most)|equals?|equal to|sort|descending|ascending|increasing"
    r"|decreasing|sum of|multipl\w{1,12}|divid\w{1,8}|which is|coefficients?|slope|simplify|calculate|evaluate"
    r"|let [a-z] (?:be|=)|suppose)\b"
)
_ASKED_AFTER = re.compile(
    r"(?i)[^.?!]{0,24}\b"
    r"(?:less than|greater|bigger|smaller|(?:un|non)?equal|at (?:least|most)|(?:same|different) values?)\b"
)
_YEAR = re.compile(r"1[5-9][0-9]{2}|20[0-9]{2}")
_WHOLE_BEFORE = re.compile(r"(?<!between )(?<![0-9/.,\u2212-])[1-9][0-9]? and \Z")
_UNIT_AFTER = re.compile(r" (?!and\b|or\b|respectively|is\b|are\b|as\b|in\b|for\b|to\b|with\b|when\b|of\b)[a-z]{2,}")
"""`2 and 1/4 cups`: one number."""
_OF = re.compile(r" of\b(?! (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))")
_OTHER_BEFORE = re.compile(r"(?i)(?:\b(?:version|pages?|no\.?|issues?|chapter|section)|[0-9] |[0-9]:|[#/v]|\w\() ?\Z")
_DATED_BEFORE = re.compile(r"(?i)\b(?:on|since|until|dated?) ?\Z")
_WORDED_SIGN_BEFORE = re.compile(rf"(?:{WORDED_SIGN})\Z")
_JOINED_BEFORE = re.compile(r"(?:[^\W\d_][\d^]*\s?[-+\u2212*/^·×] ?|[)\]′](?: ?[-+\u2212*/^·×] ?)?)\Z")


def _judge(context: Context) -> Verdict:
    """The evidence rules of the module's docstring."""
    match = _FORM.match(context.surface)
    if match is None:
        return Verdict.TEXT
    numerator, denominator = int(match[2]), int(match[3])
    if context.alone:
        whole = denominator and numerator % denominator == 0
        return Verdict.TEXT if whole else Verdict.SPAN
    before, after = context.before(80), context.after(40)
    if _WHOLE_BEFORE.search(before) and _UNIT_AFTER.match(after):
        return Verdict.AMBIGUOUS
    if (
        _is_dual_year(match[2], match[3])
        or _EQUALS_AFTER.match(after)
        or _JOINED_BEFORE.search(before[-24:])
        or (not match[1] and _OTHER_BEFORE.search(before[-16:]))
        or (not match[1] and _DATED_BEFORE.search(before[-8:]) and not _OF.match(after))
    ):
        return Verdict.TEXT
    if _WORDED_SIGN_BEFORE.search(before[-12:]):
        return Verdict.AMBIGUOUS
    proper = numerator < denominator
    parenthesised = before.endswith("(") and after.startswith(")")
    if match[1] or parenthesised or (proper and _OF.match(after)):
        return Verdict.SPAN
    if _LISTED_BEFORE.search(before[-8:]) or asked(context, _ASKED):
        return Verdict.SPAN
    if _LISTED_AFTER.match(after) or _ASKED_AFTER.match(after):
        return Verdict.SPAN
    return Verdict.AMBIGUOUS if proper and math.gcd(numerator, denominator) == 1 else Verdict.TEXT


def _is_dual_year(first: str, second: str) -> bool:
    """Whether it is a year and how the next one ends: `1648/9`, `2019/20`."""
    if not _YEAR.fullmatch(first) or len(second) > 2 or (len(second) == 1 and first > "1752"):
        return False
    return str(int(first) + 1).endswith(second)


_SURE_BEFORE: Final = r"[a-wyz](?<!ersion)(?<!age)(?<!ages)(?<![nN]o)(?<!ssue)(?<!ssues)(?<!hapter)(?<!ection)(?<!v)[ ]"
_PROPER: Final = "|".join(f"(?<=[ ]{top}/)[{top + 1}-9]" for top in range(1, 9))
_SURE: Final = rf"/(?:{_PROPER})(?=[ ]of[ ](?:the|a|an|his|her|their|its|my|your|our|all|that|those|them|it)[ .,;:\n])"
"""`she ate 1/4 of the`: a proper fraction of something."""


RATIONAL: Final = Domain(
    encoder=RationalEncoder(),
    follows={Lead.NUMBER: r"/[0-9]++" + ending(r"(?![\w/%\u2044]|[.:,-][0-9])")},
    opens={Lead.NUMBER: "/[0-9]"},
    sure=((_SURE_BEFORE, _SURE),),
    tied=None,
    judge=_judge,
    reach=spaced_sign,
    signed=True,
    examples=(
        ("2/7", "2/7"),
        ("-656/749", "-656/749"),
        ("3/6", "1/2"),
        ("−1/3", "-1/3"),
        ("− 4/5", "-4/5"),
        ("602548/15", "602548/15"),
    ),
    rejects=(
        ("1/0", FailureReason.DIVISION_BY_ZERO),
        ("1/2/3", FailureReason.INVALID_VALUE),
        ("1.5/2", FailureReason.INVALID_VALUE),
        ("1/" + "3" * 33, FailureReason.OUT_OF_RANGE),
        ("1/" + "3" * 5000, FailureReason.INVALID_VALUE),
        ("a/b", FailureReason.INVALID_VALUE),
        ("", FailureReason.INVALID_VALUE),
    ),
)
