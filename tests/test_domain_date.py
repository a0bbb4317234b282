"""DATE: the day number, the text of dates, and the algebra with durations."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxem.domains.calendar_date import DateEncoder
from fluxem.domains.duration import DurationEncoder
from fluxem.encoding import calendar_block as block
from fluxem.encoding.calendar_block import Duration
from fluxem.errors import DecodeError
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType, FailureReason

DATES, DURATIONS = DateEncoder(), DurationEncoder()
dates = st.dates()
days = st.integers(-800_000, 800_000).map(lambda count: Duration(days=count))


def code(value: object) -> np.ndarray:
    vector = DATES.encode(value)
    assert vector is not None
    return vector


def length(value: Duration) -> np.ndarray:
    vector = DURATIONS.encode(value)
    assert vector is not None
    return vector


@given(st.lists(dates, min_size=1, max_size=8))
def test_features_agree_with_the_standard_library(values):
    """Refutes integer arithmetic that is wrong in a leap year, a century or an era, or at the ends of the range."""
    vectors, _ = DATES.encode_batch(values)
    for value, vector in zip(values, vectors, strict=True):
        leap = value.year % 4 == 0 and (value.year % 100 != 0 or value.year % 400 == 0)
        expected = [value.year, value.month, value.day, value.timetuple().tm_yday, leap]
        assert vector[32:37].tolist() == expected
        assert np.flatnonzero(vector[37:44]).tolist() == [value.weekday()]
        assert vector[block.DAYS] == (value - dt.date(1970, 1, 1)).days
        assert DATES.decode(vector) == value


def test_the_calendar_repeats_after_400_years():
    """Refutes an era of another length than 146,097 days."""
    first = np.arange(-146_097, 2 * 146_097, 61, dtype=np.int64)
    one, other = block.civil(first), block.civil(first + 146_097)
    assert (other[0] == one[0] + 400).all()
    assert all((a == b).all() for a, b in zip(one[1:], other[1:], strict=True))


@pytest.mark.parametrize(("year", "leap"), [(1600, True), (1700, False), (1900, False), (2000, True), (2024, True)])
def test_leap_days(year, leap):
    """Refutes the Julian rule, and a leap day that is encoded in a common year."""
    assert (DATES.encode(f"29 February {year}") is not None) == leap
    step = DATES.difference(code(dt.date(year, 3, 1)), code(dt.date(year, 2, 28)))
    assert DURATIONS.decode(step) == Duration(days=2 if leap else 1)


@given(dates, dates)
def test_two_dates_differ_by_days(one, other):
    """Refutes a difference that is not the inverse of addition, in the vector or by the operator."""
    step = DATES.difference(code(one), code(other))
    assert DURATIONS.decode(step) == Duration(days=(one - other).days)
    assert (DATES.add(code(other), step) == code(one)).all()
    assert (DATES.canonical(code(other) + DURATIONS.displacement(step)) == code(one)).all()


@given(dates, days, days)
def test_adding_days_is_a_group_action(start, first, second):
    """Refutes addition whose order matters; leaving the calendar must be an error, not a wrong date."""
    total = start.toordinal() + first.days + second.days
    moved = code(start) + DURATIONS.displacement(length(first) + length(second))
    if not 1 <= total <= dt.date.max.toordinal():
        with pytest.raises(DecodeError) as caught:
            DATES.canonical(moved)
        assert caught.value.reason is FailureReason.OUT_OF_RANGE
    else:
        assert DATES.decode(DATES.canonical(moved)) == dt.date.fromordinal(total)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [("2021-01-31", 1, "2021-02-28"), ("2024-01-31", 1, "2024-02-29"), ("2024-02-29", 12, "2025-02-28"),
     ("2021-03-31", -1, "2021-02-28"), ("2021-11-15", 3, "2022-02-15"), ("2021-01-15", -13, "2019-12-15")],
)  # fmt: skip
def test_months_go_to_the_last_day_of_a_short_month(start, months, end):
    """Refutes months of a fixed length, and a day that spills into the next month."""
    assert str(DATES.decode(DATES.add(code(start), length(Duration(months=months))))) == end


def test_what_a_date_cannot_take_is_refused():
    """Refutes months under vector addition, hours added to a date, and a year beyond the calendar."""
    month, hour = length(Duration(months=1)), length(Duration(seconds=3600))
    for wrong in (
        lambda: DATES.canonical(code("2021-01-31") + DURATIONS.displacement(month)),
        lambda: DATES.add(code("2021-01-31"), hour),
        lambda: DATES.add(code("9999-12-31"), month),
        lambda: DATES.decode(code("2021-01-31") + code("2021-01-31")),
    ):
        with pytest.raises(DecodeError):
            wrong()


def test_the_mean_of_dates_is_exact():
    """Refutes a raw sum that rounds."""
    assert DATES.decode_sum(code("1970-01-02") + code("1970-01-05")) == Fraction(5, 2)


@pytest.mark.parametrize("value", [dt.datetime(2021, 1, 1), dt.time(1), 5, None, (2021, 1, 1)])
def test_other_values_are_refused(value):
    """Refutes a datetime that silently loses its time."""
    assert DATES.encode(value) is None


def reading(text: str) -> list[str]:
    analysis = MultiDomainTokenizer([DomainType.DATE]).analyze(text)
    found = [token.text for token in analysis.tokens if token.domain is DomainType.DATE]
    return found + [f"{text[f.start : f.end]} {f.reason.name}" for f in analysis.failures]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("born 3rd of March 2021, died", ["3rd of March 2021"]),
        ("on Sunday, May 28, 2006 he", ["Sunday, May 28, 2006"]),
        ("(August 9, 1929 – February 13, 2014)", ["August 9, 1929", "February 13, 2014"]),
        ("since 2021-03-03.", ["2021-03-03"]),
        ("on march 3, 2015 and", ["march 3, 2015"]),
        ("report-2002-10-09.xlsx", ["2002-10-09"]),
        ("due 1/2/2021", ["1/2/2021 AMBIGUOUS"]),
        ("due 3/3/15", ["3/3/15 AMBIGUOUS"]),
        ("due 2/30/2021", ["2/30/2021 INVALID_VALUE"]),
        ("Theresa may become PM in 2016", []),
        ("https://example.org/2021/03/03/post", []),
        ("version 1.2.2021", []),
        ("a 30-60-90 triangle", []),
        ("pages 2012-1400 and 1-2-3", []),
        ("call 425-882-8080 or 10-12-2021-44", []),
    ],
)
def test_dates_in_prose(text, found):
    """Refutes dates that are lost, swapped, invented, or cut out of paths, versions and numbers."""
    assert reading(text) == found
