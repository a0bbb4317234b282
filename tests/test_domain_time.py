"""TIME: clock times, their zones, and what is evidence."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxem.domains.clock_time import TimeEncoder
from fluxem.domains.duration import DurationEncoder
from fluxem.encoding.calendar_block import Duration
from fluxem.errors import DecodeError, TypeMismatchError
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType

TIMES, DURATIONS = TimeEncoder(), DurationEncoder()
zones = st.one_of(st.none(), st.integers(-1439, 1439).map(lambda m: dt.timezone(dt.timedelta(minutes=m))))
times = st.builds(lambda value, zone: value.replace(tzinfo=zone), st.times(), zones)


@given(times)
def test_times_read_back(value):
    """Refutes lost microseconds and lost zones."""
    vector = TIMES.encode(value)
    again = TIMES.decode(vector)
    assert (again, again.tzinfo) == (value, value.tzinfo)
    assert vector[44:47].tolist() == [value.hour, value.minute, value.second]
    assert TIMES.is_valid(vector)


@given(st.times(), st.integers(-(10**15), 10**15))
def test_times_wrap_at_midnight(start, micro):
    """Refutes a time of day that leaves its day."""
    length = DURATIONS.encode(Duration(nanoseconds=micro * 1000))
    expected = (dt.datetime.combine(dt.date(5000, 1, 1), start) + dt.timedelta(microseconds=micro)).time()
    assert TIMES.decode(TIMES.add(TIMES.encode(start), length)) == expected


def test_zones_must_agree():
    """Refutes a mean over zones, and a difference between a time with a zone and one without."""
    there, here = TIMES.encode("9:00 PST"), TIMES.encode("9:00 CET")
    with pytest.raises(TypeMismatchError):
        TIMES.decode_sum(there + here)
    with pytest.raises(TypeMismatchError):
        TIMES.difference(there, TIMES.encode("9:00"))
    with pytest.raises(DecodeError):
        TIMES.add(here, DURATIONS.encode(Duration(months=1)))


@pytest.mark.parametrize(
    ("text", "shown"),
    [("12:00 AM", "00:00:00"), ("12:00 PM", "12:00:00"), ("11:59 p.m.", "23:59:00"), ("3:30 p m", "15:30:00"),
     ("14:30Z", "14:30:00+00:00"), ("11 am gmt+02", "11:00:00+02:00"), ("14:30:05,5", "14:30:05.500000")],
)  # fmt: skip
def test_spellings(text, shown):
    """Refutes a wrong half of the day at noon and midnight, and zones that are not read."""
    assert str(TIMES.decode(TIMES.encode(text))) == shown


def spans(text: str) -> list[str]:
    tokens = MultiDomainTokenizer([DomainType.TIME]).tokenize(text)
    return [token.text for token in tokens if token.domain is DomainType.TIME]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("between 10:06 AM and 3:33 PM?", ["10:06 AM", "3:33 PM"]),
        ("it left at 9:15 sharp", ["9:15"]),
        ("from 09:00 to 16:00 hours", ["09:00", "16:00"]),
        ("As of 15:11 GMT the site", ["15:11 GMT"]),
        ("hours: 08:30 am - 7 pm", ["08:30 am", "7 pm"]),
        ("woke at 5:15 a.m, and", ["5:15 a.m"]),
    ],
)
def test_times_with_evidence_are_spans(text, found):
    """Refutes clock times that are lost in prose."""
    assert spans(text) == found


@pytest.mark.parametrize(
    "text",
    ["as John 3:16 says", "Genesis 12:15", "x[10:20]", "a 12:12 light/dark cycle", "diluted 10:20", "a ratio of 16:10",
     "finished in 3:35:04", "minute 3:25 minutes", "127.0.0.1:80", "a 2.43 pm wavelength", "100 pm", "3 Am"],
)  # fmt: skip
def test_ratios_verses_and_slices_are_not_times(text):
    """Refutes a colon between numbers, or a picometre, taken for a clock time."""
    assert spans(text) == []


def test_a_float_free_payload():
    """Refutes amounts that are not whole."""
    vector = TIMES.encode("14:30:05.123456")
    assert (vector == np.rint(vector)).all()
    assert vector[12:16].tolist() == [52205, 123, 456, 0]
