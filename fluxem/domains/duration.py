"""DURATION: a length of time in several units, months kept apart.

Grammar. Two or more numerals with units of time from large to small: `2 h 30 min`, `1 hour and 30 minutes`,
`2 years 3 months`, `1h30m`; ISO 8601: `PT2H30M`, `P1Y2M10DT2H30M`. A single `5 minutes` is a QUANTITY, but `encode`
takes it. Values are `Duration`.

Code. `fluxem.encoding.calendar_block`, dims 10-15. A year is 12 months; a week 7 days, a day 86,400 seconds; months
and days are never converted into each other. Durations add and subtract exactly; nothing finer than a nanosecond
is stored (`out_of_range`).

Evidence. The form. A part must be smaller than the unit before it (`1 hour, 90 minutes` is a
list, and so is `2 h, 30 min`; `2 h, 30 min, and 12 s` may be one or the other: ambiguous), and
`m` means minutes only behind hours or glued to seconds. ISO durations need a T or two parts, or to stand alone.

Source: ISO 8601-1:2019, 5.5.2.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from fluxem.domains.domain import Context, Domain, DomainEncoder, Failure, Lead, Verdict, ending
from fluxem.domains.message import shown
from fluxem.encoding import calendar_block as block
from fluxem.encoding.calendar_block import Duration
from fluxem.encoding.header import DOMAIN_BITS, EXACT_INTEGER_LIMIT, WEIGHT, FloatArray, expect_header
from fluxem.vocabulary import DomainType, FailureReason

_UNITS: Final = {
    "year": ("years", "year", "yrs", "yr", "y"),
    "month": ("months", "month", "mos", "mo"),
    "week": ("weeks", "week", "wks", "wk", "w"),
    "day": ("days", "day", "d"),
    "hour": ("hours", "hour", "hrs", "hr", "h"),
    "minute": ("minutes", "minute", "mins", "min", "m"),
    "second": ("seconds", "second", "secs", "sec", "s"),
    "millisecond": ("milliseconds", "millisecond", "msecs", "msec", "ms"),
}
"""Spellings of each unit, large units first."""

_MONTHS: Final = {"year": 12, "month": 1}
_NANOSECONDS: Final = {
    "week": 604_800 * block.SECOND,
    "day": block.DAY,
    "hour": 3_600 * block.SECOND,
    "minute": 60 * block.SECOND,
    "second": block.SECOND,
    "millisecond": 1_000_000,
}


class DurationEncoder(DomainEncoder[Duration]):
    """Durations: takes their text or a `Duration`.

    >>> encoder = DurationEncoder()
    >>> str(encoder.decode_sum(encoder.encode("2 h 30 min") + encoder.encode("PT45M")))
    'PT3H15M'
    """

    domain = DomainType.DURATION

    def parse(self, text: str) -> Duration | Failure:
        """The length of time that `text` names."""
        if len(text) > 200:
            return Failure(FailureReason.TOO_LONG, f"expected at most 200 characters, got {len(text)}")
        parts = _iso_parts(text) if text.startswith(("P", "-P")) else _unit_parts(text)
        if isinstance(parts, Failure):
            return parts
        return _total(parts, negative=text.startswith("-"))

    def normalize(self, value: object) -> Duration | Failure:
        """A `Duration` whose parts float32 holds."""
        if not isinstance(value, Duration):
            return Failure(FailureReason.INVALID_VALUE, f"expected a duration such as 'PT2H30M', got {shown(value)}")
        if max(abs(value.months), abs(value.days)) >= EXACT_INTEGER_LIMIT:
            return Failure(FailureReason.OUT_OF_RANGE, "expected fewer than 2**24 months and days")
        return value

    def write(self, vectors: FloatArray, values: Sequence[Duration]) -> None:
        """Amounts."""
        fields = [(value.months, value.days, value.seconds, value.nanoseconds) for value in values]
        block.write_amounts(vectors, *np.array(fields, dtype=np.int64).T)

    def read(self, vector: FloatArray) -> Duration:
        """The duration."""
        months, time = block.read_amounts(vector)
        return Duration(months, nanoseconds=time)

    def decode_sum(self, vector: npt.ArrayLike) -> Duration:
        """The exact sum of up to 194 added encodings.

        Raises:
            DecodeError: another domain, or more summands than the seconds are exact for.
        """
        return self.read(expect_header(vector, self.domain, block.MAX_SUMMANDS)[0])

    def canonical(self, vector: npt.ArrayLike) -> FloatArray:
        """The code of the duration that a raw sum stands for, float32 (128,).

        Raises:
            DecodeError: as for `decode_sum`, or the sum is out of range.
        """
        return self.code_of(self.decode_sum(vector))

    def displacement(self, vector: npt.ArrayLike) -> FloatArray:
        """A duration, or a sum of some, without its header: what is added to an encoded date, time or moment.

        Raises:
            DecodeError: `vector` is no sum of durations.
        """
        out = expect_header(vector, self.domain, block.MAX_SUMMANDS)[0].copy()
        out[WEIGHT] = 0
        out[DOMAIN_BITS] = 0
        return out


# --------------------------------------------------------------------------------------------- text

_NUMBER: Final = r"[0-9]{1,9}+(?:\.[0-9]{1,9}+)?+"
_UNIT_OF: Final = {word: unit for unit, words in _UNITS.items() for word in words}
_UNIT: Final = "|".join(sorted(_UNIT_OF, key=len, reverse=True))
_PART: Final = re.compile(
    rf"({_NUMBER})([ \u00a0-]?)({_UNIT})(?![A-Za-z])(,? and |, | |\Z|(?=[0-9])|(?<=hr|in)\. |(?<=hrs|ins)\. )"
)
_ISO: Final = re.compile(
    rf"-?P(?=[0-9T])(?:({_NUMBER})Y)?+(?:({_NUMBER})M)?+(?:({_NUMBER})W)?+(?:({_NUMBER})D)?+"
    rf"(?:T(?=[0-9])(?:({_NUMBER})H)?+(?:({_NUMBER})M)?+(?:({_NUMBER})S)?+)?+\Z"
)
_SIZE: Final = {unit: place for place, unit in enumerate(_UNITS)}

Part = tuple[str, Fraction]
"""A unit and how many of it."""


def _iso_parts(text: str) -> list[Part] | Failure:
    match = _ISO.match(text)
    if match is None:
        return Failure(FailureReason.INVALID_VALUE, f"expected an ISO 8601 duration such as PT2H30M, got {text[:40]!r}")
    return [(unit, Fraction(amount)) for unit, amount in zip(_UNITS, match.groups(), strict=False) if amount]


def _unit_parts(text: str) -> list[Part] | Failure:
    """The parts of `2 h 30 min`, each smaller than the one before."""
    parts: list[Part] = []
    place, listed = 0, False
    while place < len(text):
        match = _PART.match(text, place)
        if match is None:
            return Failure(FailureReason.INVALID_VALUE, f"expected numerals with units of time, got {text[:40]!r}")
        unit = _UNIT_OF[match[3]]
        # A lone `m` is a metre: it is a minute behind hours, or glued between numerals.
        if match[3] == "m" and not (parts and parts[-1][0] == "hour") and not (match[2] == "" == match[4] != text):
            return Failure(FailureReason.INVALID_VALUE, "expected 'min' for minutes")
        if match[4].startswith(",") and len(match[3]) < 3:
            listed = True
        parts.append((unit, Fraction(match[1])))
        place = match.end()
    if not parts or any(_SIZE[a] >= _SIZE[b] for (a, _), (b, _) in pairwise(parts)):
        return Failure(FailureReason.INVALID_VALUE, "expected units of time from large to small")
    if any(_amount(*part) >= _amount(unit, Fraction(1)) for (unit, _), part in pairwise(parts)):
        return Failure(FailureReason.INVALID_VALUE, "expected each part to be smaller than the unit before it")
    if listed:
        reason = FailureReason.AMBIGUOUS if " and " in text else FailureReason.INVALID_VALUE
        return Failure(reason, "expected no comma behind a symbol: '2 h, 30 min' is a list")
    return parts


def _amount(unit: str, count: Fraction) -> Fraction:
    """A rough size, by which parts are compared: a month is 31 days."""
    return count * (_NANOSECONDS.get(unit) or _MONTHS[unit] * 31 * block.DAY)


def _total(parts: Sequence[Part], *, negative: bool) -> Duration | Failure:
    months = sum((count * _MONTHS[unit] for unit, count in parts if unit in _MONTHS), Fraction(0))
    time = sum((count * _NANOSECONDS[unit] for unit, count in parts if unit in _NANOSECONDS), Fraction(0))
    if months.denominator != 1 or time.denominator != 1:
        return Failure(FailureReason.OUT_OF_RANGE, "expected whole months, and nothing finer than a nanosecond")
    sign = -1 if negative else 1
    return Duration(sign * int(months), nanoseconds=sign * int(time))


# --------------------------------------------------------------------------------------------- detection

_MORE: Final = rf"(?:,? and |, |[ \u00a0]|(?<=hr|in)\. |(?<=hrs|ins)\. )?+{_NUMBER}[ \u00a0-]?(?:{_UNIT})(?![A-Za-z])"
_GLUED: Final = rf"{_NUMBER}(?:{_UNIT})(?![A-Za-z])"


def _judge(context: Context) -> Verdict:
    """The evidence rules of the module's docstring."""
    surface = context.surface
    value = ENCODER.parse(surface)
    if isinstance(value, Failure) and value.reason is FailureReason.AMBIGUOUS:
        return Verdict.AMBIGUOUS
    if isinstance(value, Failure) or context.before(1) in ("_", "/", "\\", "$", ".", "="):
        return Verdict.TEXT
    if not surface.startswith("P") or "T" in surface or context.alone:
        return Verdict.SPAN
    return Verdict.SPAN if len(re.findall("[A-Z]", surface)) > 2 else Verdict.TEXT


ENCODER: Final = DurationEncoder()
"""The encoder that the other calendar domains answer with."""

DURATION: Final = Domain(
    encoder=ENCODER,
    follows={
        Lead.NUMBER: rf"[ \u00a0-]?(?:{_UNIT})(?:(?![A-Za-z0-9])(?:{_MORE}){{1,6}}+|(?:{_GLUED}){{1,6}}+)"
        + ending(r"(?!\w)"),
        Lead.CAPITAL: rf"(?<=P)(?=[0-9T])(?:{_NUMBER}[YMWD]){{0,4}}+(?:T(?:{_NUMBER}[HMS]){{1,3}}+)?+"
        + ending(r"(?!\w)"),
    },
    opens={
        Lead.NUMBER: r"[ \u00a0-]?(?:mi[nl]|mo[ns]|mse|sec|hou|hrs|day|wee|wks|yea|yrs"
        r"|(?:m[os]|hr|wk|yr|[ywdhms])(?![A-Za-z]))",
        Lead.CAPITAL: "P[0-9T]",
    },
    judge=_judge,
    examples=(
        ("2 h 30 min", "PT2H30M"),
        ("1 hour and 30 minutes", "PT1H30M"),
        ("2 years 3 months", "P2Y3M"),
        ("1h30m", "PT1H30M"),
        ("5 min 20.5 s", "PT5M20.5S"),
        ("3 days, 4 hours", "P3DT4H"),
        ("PT90M", "PT1H30M"),
        ("P1Y2M10DT2H30M", "P1Y2M10DT2H30M"),
    ),
    rejects=(
        ("2 h 90 min", FailureReason.INVALID_VALUE),
        ("30 min 2 h", FailureReason.INVALID_VALUE),
        ("P", FailureReason.INVALID_VALUE),
        ("PT", FailureReason.INVALID_VALUE),
        ("PT0.0000000001H", FailureReason.INVALID_VALUE),
        ("P0.3M", FailureReason.OUT_OF_RANGE),
        ("", FailureReason.INVALID_VALUE),
    ),
)
