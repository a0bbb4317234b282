"""The calendar block: DATE, TIME, DATETIME and DURATION in one layout, so that they add and subtract.

    dim   8        q, the energy of the type fields (`fluxem.encoding.type_check`)
    dim  10        months (DURATION only)
    dim  11        days; of a date, since 1970-01-01 in the proleptic Gregorian calendar
    dim  12        seconds
    dims 13-15     milliseconds, microseconds, nanoseconds, each below 1000
    dims 16, 17    type fields: zone offset in minutes, and 1 where a zone is written
    dims 32-34     year, month, day of the month                                       }
    dims 35, 36    day of the year, 1 in a leap year                                   } features of one encoding,
    dims 37-43     1 at the weekday, Monday first                                      } recomputed by operators,
    dims 44-46     hour, minute, second                                                } ignored by decode

Dims 10-15 are literal under addition. A sum of instants and durations is an instant again once its carries are
resolved (`canonical`); months have no fixed length and are added by operators only. A DATETIME with a zone is
held in UTC, and its features are local. A day is 86,400 seconds: leap seconds have no place in the calendar.

Source of the day arithmetic: Richards, Mapping Time (1998), ch. 25; eras of 400 years or 146,097 days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from fluxem.encoding.header import EXACT_INTEGER_LIMIT, FloatArray
from fluxem.encoding.type_check import write_type
from fluxem.errors import DecodeError
from fluxem.vocabulary import FailureReason

IntArray = npt.NDArray[np.int64]

MONTHS: Final = 10
DAYS: Final = 11
SECONDS: Final = 12
FRACTION: Final = slice(13, 16)
ZONE: Final = slice(16, 18)
AMOUNTS: Final = slice(10, 16)
FEATURES: Final = slice(32, 47)
"""Not additive: operators recompute them, `decode` does not look."""

EPOCH: Final = 719_163
"""`date(1970, 1, 1).toordinal()`."""
DAY_SECONDS: Final = 86_400
SECOND: Final = 10**9
DAY: Final = DAY_SECONDS * SECOND
"""Nanoseconds in a second and in a day."""
MAX_SUMMANDS: Final = EXACT_INTEGER_LIMIT // DAY_SECONDS
"""194: so many encodings add before dim 12 could leave the exact integers of float32."""


@dataclass(frozen=True, slots=True)
class Duration:
    """Months, and an exact time of days, seconds and nanoseconds, which carry into each other; months do not.

    `Duration(seconds=90_000)` is `Duration(days=1, seconds=3_600)`. Days, seconds and nanoseconds have one sign.
    """

    months: int = 0
    """Whole months; 12 to a year."""
    days: int = 0
    """Days of 86,400 seconds."""
    seconds: int = 0
    """Below 86,400 in magnitude."""
    nanoseconds: int = 0
    """Below 10**9 in magnitude."""

    def __post_init__(self) -> None:
        total = self.time
        sign = -1 if total < 0 else 1
        days, rest = divmod(abs(total), DAY)
        seconds, nanoseconds = divmod(rest, SECOND)
        object.__setattr__(self, "days", sign * days)
        object.__setattr__(self, "seconds", sign * seconds)
        object.__setattr__(self, "nanoseconds", sign * nanoseconds)

    @property
    def time(self) -> int:
        """Days, seconds and nanoseconds together, in nanoseconds."""
        return (self.days * DAY_SECONDS + self.seconds) * SECOND + self.nanoseconds

    def __str__(self) -> str:
        """ISO 8601: `P1Y2M3DT4H5M6.5S`; a negative part carries its sign."""
        date = _iso((abs(self.months) // 12, abs(self.months) % 12), "YM", self.months < 0) + _iso(
            (abs(self.days),), "D", self.days < 0
        )
        minutes, seconds = divmod(abs(self.seconds), 60)
        clock = _iso((minutes // 60, minutes % 60), "HM", self.seconds < 0)
        if seconds or self.nanoseconds:
            fraction = f".{abs(self.nanoseconds):09d}".rstrip("0") if self.nanoseconds else ""
            clock += f"{'-' if self.time < 0 else ''}{seconds}{fraction}S"
        return "P" + (date or ("" if clock else "0D")) + (f"T{clock}" if clock else "")


def _iso(amounts: Sequence[int], letters: str, negative: bool) -> str:
    sign = "-" if negative else ""
    return "".join(f"{sign}{amount}{letter}" for amount, letter in zip(amounts, letters, strict=True) if amount)


def write_amounts(vectors: FloatArray, months: IntArray, days: IntArray, seconds: IntArray, nanos: IntArray) -> None:
    """Write n amounts, each part already carried, into dims 10-15 of `vectors` (n, 128)."""
    vectors[:, MONTHS], vectors[:, DAYS], vectors[:, SECONDS] = months, days, seconds
    sign, size = np.sign(nanos), np.abs(nanos)
    vectors[:, 13] = sign * (size // 1_000_000)
    vectors[:, 14] = sign * (size // 1_000 % 1_000)
    vectors[:, 15] = sign * (size % 1_000)


def write_zone(vectors: FloatArray, minutes: Sequence[int | None]) -> None:
    """Write the type fields: the zone offset of each row in minutes, None where no zone is written."""
    fields = [(0, 0) if offset is None else (offset, 1) for offset in minutes]
    write_type(vectors, np.array(fields, dtype=np.float32), ZONE)


def read_zone(vector: FloatArray) -> int | None:
    """The zone offset of one encoding in minutes; None where no zone is written.

    Raises:
        DecodeError: the fields are none of this block.
    """
    offset, written = vector[ZONE].tolist()
    if written not in (0, 1) or not float(offset).is_integer() or (offset and not written) or abs(offset) >= 1440:
        raise DecodeError("expected a zone offset below 1440 minutes in dim 16, and 0 or 1 in dim 17")
    return int(offset) if written else None


def read_amounts(vector: FloatArray) -> tuple[int, int]:
    """Months, and nanoseconds of days, seconds and fractions together, of an encoding or of a raw sum.

    Raises:
        DecodeError: a coordinate is no integer, or beyond the exact integers of float32 (`limit_exceeded`).
    """
    amounts = vector[AMOUNTS]
    if (amounts != np.rint(amounts)).any():
        raise DecodeError("expected integers in dims 10-15: this is not an encoding and not a sum of some")
    if (np.abs(amounts) >= EXACT_INTEGER_LIMIT).any():
        raise DecodeError("expected amounts below 2**24 in dims 10-15", FailureReason.LIMIT_EXCEEDED)
    months, days, seconds, milli, micro, nano = (int(x) for x in amounts.tolist())
    return months, (days * DAY_SECONDS + seconds) * SECOND + (milli * 1000 + micro) * 1000 + nano


def write_date_features(vectors: FloatArray, days: IntArray) -> None:
    """Write dims 32-43 of n days since 1970-01-01 into `vectors` (n, 128)."""
    year, month, day, day_of_year, leap = civil(days)
    for dim, feature in enumerate((year, month, day, day_of_year, leap), start=FEATURES.start):
        vectors[:, dim] = feature
    vectors[np.arange(len(days)), 37 + (days + 3) % 7] = 1


def write_clock_features(vectors: FloatArray, seconds: IntArray) -> None:
    """Write dims 44-46 of n seconds since midnight into `vectors` (n, 128)."""
    vectors[:, 44], vectors[:, 45], vectors[:, 46] = seconds // 3600, seconds // 60 % 60, seconds % 60


def civil(days: IntArray) -> tuple[IntArray, IntArray, IntArray, IntArray, IntArray]:
    """Year, month, day, day of the year, leap year (0 or 1) of days since 1970-01-01, proleptic Gregorian.

    Years are counted from March, so that a leap day ends one.
    """
    shifted = days + 719_468
    era, of_era = shifted // 146_097, shifted % 146_097
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    from_march = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * from_march + 2) // 153
    day = from_march - (153 * month_from_march + 2) // 5 + 1
    month = (month_from_march + 2) % 12 + 1
    year = year_of_era + 400 * era + (month <= 2)
    leap = ((year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))).astype(np.int64)
    day_of_year = np.where(month > 2, from_march + 60 + leap, from_march - 305)
    return year, month, day, day_of_year, leap
