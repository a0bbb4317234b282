"""What DATE, TIME and DATETIME share: the encoder over the calendar block, and the algebra with DURATION."""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from calendar import monthrange
from collections.abc import Sequence
from fractions import Fraction
from typing import ClassVar, TypeVar

import numpy as np
import numpy.typing as npt

from fluxem.domains.domain import DomainEncoder, Failure
from fluxem.domains.duration import ENCODER as DURATIONS
from fluxem.encoding import calendar_block as block
from fluxem.encoding.calendar_block import Duration
from fluxem.encoding.header import FloatArray, expect_header
from fluxem.encoding.type_check import read_type
from fluxem.errors import DecodeError, TypeMismatchError
from fluxem.vocabulary import FailureReason

Instant = TypeVar("Instant", dt.date, dt.time, dt.datetime)


def zone_minutes(value: dt.time | dt.datetime) -> int | Failure | None:
    """The zone offset of a time or moment in minutes; None where it is naive."""
    if value.tzinfo is None:
        return None
    offset = value.utcoffset()
    if offset is None or offset % dt.timedelta(minutes=1):
        return Failure(FailureReason.OUT_OF_RANGE, "expected a zone with a fixed offset of whole minutes")
    return offset // dt.timedelta(minutes=1)


def zone_of(minutes: int | None) -> dt.timezone | None:
    """The zone of an offset in minutes."""
    return None if minutes is None else dt.timezone(dt.timedelta(minutes=minutes))


def clock_nanoseconds(value: dt.time | dt.datetime) -> int:
    """Nanoseconds since midnight."""
    return ((value.hour * 60 + value.minute) * 60 + value.second) * block.SECOND + value.microsecond * 1000


def months_later(date: dt.date, months: int) -> dt.date:
    """The same day `months` later, or the last of its month where it has no such day: 31 January + 1 is 28 February.

    Raises:
        ValueError: outside the years 1 to 9999.
    """
    years, month = divmod(date.month - 1 + months, 12)
    year = date.year + years
    if not 1 <= year <= 9999:
        raise ValueError(f"year {year} is out of range")
    return date.replace(year=year, month=month + 1, day=min(date.day, monthrange(year, month + 1)[1]))


class InstantEncoder(DomainEncoder[Instant]):
    """Points of time. A subclass says how a value splits into days and nanoseconds, and how these join again."""

    dated: ClassVar[bool]
    """Whether dim 11 holds a day."""
    timed: ClassVar[bool]
    """Whether dims 12-15 hold a time of day."""

    @abstractmethod
    def split(self, value: Instant) -> tuple[int, int, int | None]:
        """Days since 1970-01-01, nanoseconds of the day, zone offset in minutes; as they are stored."""

    @abstractmethod
    def join(self, time: int, zone: int | None) -> Instant:
        """The value at `time` nanoseconds since 1970-01-01 (or midnight), in a zone.

        Raises:
            DecodeError: there is none.
        """

    @abstractmethod
    def later(self, value: Instant, months: int) -> Instant:
        """The value `months` later.

        Raises:
            DecodeError: the domain has no months, or the result is out of range.
        """

    def write(self, vectors: FloatArray, values: Sequence[Instant]) -> None:
        """Amounts, zone and features."""
        parts = [self.split(value) for value in values]
        days, nanos = np.array([part[:2] for part in parts], dtype=np.int64).T
        seconds = nanos // block.SECOND
        block.write_amounts(vectors, np.zeros_like(days), days, seconds, nanos % block.SECOND)
        block.write_zone(vectors, [zone for _, _, zone in parts])
        shift = vectors[:, block.ZONE.start].astype(np.int64) * 60 if self.dated else 0
        local = days * block.DAY_SECONDS + seconds + shift
        if self.dated:
            block.write_date_features(vectors, local // block.DAY_SECONDS)
        if self.timed:
            block.write_clock_features(vectors, local % block.DAY_SECONDS)

    def read(self, vector: FloatArray) -> Instant:
        """The value; months have no place in it."""
        months, time = block.read_amounts(vector)
        if months:
            raise DecodeError(
                "expected 0 in dim 10: months are added by `add`, because their length depends on the date"
            )
        return self.join(time, block.read_zone(vector))

    def canonical(self, vector: npt.ArrayLike) -> FloatArray:
        """The code of the instant that an encoding plus displacements stands for, carries resolved, features anew.

        Raises:
            DecodeError: the weight is not 1, or the instant is out of range.
        """
        return self.code_of(self.read(expect_header(vector, self.domain, max_weight=1)[0]))

    def add(self, vector: npt.ArrayLike, duration: npt.ArrayLike) -> FloatArray:
        """The code of an instant plus an encoded DURATION, float32 (128,): months first, then the exact rest.

        Raises:
            DecodeError: they are no such encodings, or the result is out of range.
        """
        start = self.read(expect_header(vector, self.domain, max_weight=1)[0])
        length = DURATIONS.decode_sum(duration)
        moved = self.later(start, length.months) if length.months else start
        days, nanos, zone = self.split(moved)
        return self.code_of(self.join(days * block.DAY + nanos + length.time, zone))

    def difference(self, later: npt.ArrayLike, earlier: npt.ArrayLike) -> FloatArray:
        """The code of the DURATION from one instant to another, float32 (128,), exactly: days and time, no months.

        Raises:
            TypeMismatchError: only one of them has a zone.
            DecodeError: one of them is no encoding of this domain.
        """
        end = self.split(self.read(expect_header(later, self.domain, max_weight=1)[0]))
        start = self.split(self.read(expect_header(earlier, self.domain, max_weight=1)[0]))
        if (end[2] is None) != (start[2] is None):
            raise TypeMismatchError("expected both with a zone or both without: only such instants can be subtracted")
        time = (end[0] - start[0]) * block.DAY + end[1] - start[1]
        return DURATIONS.code_of(Duration(nanoseconds=time))

    def decode_sum(self, vector: npt.ArrayLike) -> Fraction:
        """The mean of up to 194 added encodings, exactly, in days (since 1970-01-01, or midnight).

        Raises:
            TypeMismatchError: their zones differ.
            DecodeError: another domain, or too many.
        """
        array, count = expect_header(vector, self.domain, block.MAX_SUMMANDS)
        read_type(array, block.ZONE, count)
        return Fraction(block.read_amounts(array)[1], block.DAY * count)
