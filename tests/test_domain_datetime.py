"""DATETIME: moments, zones, and exact differences."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxem.domains.duration import DurationEncoder
from fluxem.domains.timestamp import DateTimeEncoder
from fluxem.encoding.calendar_block import Duration
from fluxem.errors import TypeMismatchError
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType

MOMENTS, DURATIONS = DateTimeEncoder(), DurationEncoder()
zones = st.integers(-1439, 1439).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
aware = st.datetimes(timezones=zones)
naive = st.datetimes()


@given(st.one_of(naive, aware))
def test_moments_read_back(value):
    """Refutes a lost zone, a lost microsecond, UTC in the features, and the ends of the calendar."""
    vector = MOMENTS.encode(value)
    again = MOMENTS.decode(vector)
    assert (again, again.tzinfo) == (value, value.tzinfo)
    local = [value.year, value.month, value.day, value.hour, value.minute, value.second]
    assert vector[[32, 33, 34, 44, 45, 46]].tolist() == local
    assert MOMENTS.is_valid(vector)


@given(aware, aware)
def test_zones_cancel_in_a_difference(one, other):
    """Refutes a difference of wall clocks."""
    step = MOMENTS.difference(MOMENTS.encode(one), MOMENTS.encode(other))
    assert DURATIONS.decode(step) == Duration(nanoseconds=(one - other) // dt.timedelta(microseconds=1) * 1000)


@given(naive, naive)
def test_difference_and_addition_are_inverse(one, other):
    """Refutes carries that are lost in the vector sum."""
    step = MOMENTS.difference(MOMENTS.encode(one), MOMENTS.encode(other))
    moved = MOMENTS.encode(other) + DURATIONS.displacement(step)
    assert (MOMENTS.canonical(moved) == MOMENTS.encode(one)).all()
    assert (MOMENTS.add(MOMENTS.encode(other), step) == MOMENTS.encode(one)).all()


def test_months_keep_the_local_time():
    """Refutes months counted in UTC: the end of a local month may be another day there."""
    start = MOMENTS.encode("2021-01-31T23:30:00-05:00")
    moved = MOMENTS.decode(MOMENTS.add(start, DURATIONS.encode(Duration(months=1))))
    assert str(moved) == "2021-02-28 23:30:00-05:00"


def test_a_zone_and_none_do_not_mix():
    """Refutes a difference that guesses a zone."""
    with pytest.raises(TypeMismatchError):
        MOMENTS.difference(MOMENTS.encode("2021-03-03T14:30Z"), MOMENTS.encode("2021-03-03T14:30"))


def test_a_zone_of_seconds_is_refused():
    """Refutes an offset that is rounded to minutes."""
    odd = dt.timezone(dt.timedelta(seconds=61))
    assert MOMENTS.encode(dt.datetime(2021, 1, 1, tzinfo=odd)) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("posted 2021-03-03T14:30:00Z by", ["2021-03-03T14:30:00Z"]),
        ("Brunch at 13:00 February 28, 2013", ["13:00 February 28, 2013"]),
        ("August 1, 1864, 11:30 a.m.\n", ["August 1, 1864, 11:30 a.m."]),
        ("from 2021-03-03 10:00-11:30", ["2021-03-03 10:00"]),
        ("on wednesday, september 16, 2020 at 11 am gmt+02", ["wednesday, september 16, 2020 at 11 am gmt+02"]),
        ("log-2021-03-03T14:30:00:55", []),
    ],
)
def test_moments_in_prose(text, found):
    """Refutes a moment that is cut in two, and a range of hours taken for a zone."""
    tokens = MultiDomainTokenizer([DomainType.DATETIME]).tokenize(text)
    assert [token.text for token in tokens if token.domain is DomainType.DATETIME] == found
