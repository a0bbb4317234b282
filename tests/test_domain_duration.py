"""DURATION: exact sums, carries, and the text of lengths of time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxem.domains.duration import DurationEncoder
from fluxem.encoding.calendar_block import DAY, MAX_SUMMANDS, Duration
from fluxem.errors import DecodeError
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType, FailureReason

ENCODER = DurationEncoder()
durations = st.builds(
    lambda months, time: Duration(months, nanoseconds=time),
    st.integers(-(10**6), 10**6),
    st.integers(-(10**6) * DAY, 10**6 * DAY),
)


@given(durations)
def test_durations_read_back(value):
    """Refutes a lost part, and a sign that differs between parts."""
    vector = ENCODER.encode(value)
    assert ENCODER.decode(vector) == value
    assert (ENCODER.encode(Duration(-value.months, nanoseconds=-value.time))[8:] == -vector[8:]).all()


@given(durations, durations)
def test_a_raw_sum_is_the_sum(one, other):
    """Refutes carries that change the value, or that `canonical` leaves."""
    total = Duration(one.months + other.months, nanoseconds=one.time + other.time)
    raw = ENCODER.encode(one) + ENCODER.encode(other)
    assert ENCODER.decode_sum(raw) == total
    assert (ENCODER.canonical(raw) == ENCODER.encode(total)).all()


@pytest.mark.parametrize("count", [MAX_SUMMANDS, MAX_SUMMANDS + 1])
def test_the_limit_of_summands_is_tight(count):
    """Refutes a reader that goes on where seconds may have left the exact integers."""
    longest = ENCODER.encode(Duration(seconds=86_399, nanoseconds=999_999_999))
    raw = np.sum([longest] * count, axis=0, dtype=np.float32)
    if count == MAX_SUMMANDS:
        assert ENCODER.decode_sum(raw) == Duration(seconds=86_399 * count, nanoseconds=999_999_999 * count)
    else:
        with pytest.raises(DecodeError) as caught:
            ENCODER.decode_sum(raw)
        assert caught.value.reason is FailureReason.LIMIT_EXCEEDED


@given(durations)
def test_iso_text_reads_back(value):
    """Refutes an ISO form that loses a part; mixed signs have none that everybody reads."""
    if value.months >= 0 and value.time >= 0 and str(value).count(".") == 0:
        assert ENCODER.parse(str(value)) == value


def test_too_many_days_are_refused():
    """Refutes days that float32 rounds."""
    assert ENCODER.encode_batch([Duration(days=2**24)])[1] == {0: FailureReason.OUT_OF_RANGE}
    assert ENCODER.decode(ENCODER.encode(Duration(days=2**24 - 1))) == Duration(days=2**24 - 1)


def spans(text: str) -> list[str]:
    tokens = MultiDomainTokenizer([DomainType.DURATION]).tokenize(text)
    return [token.text for token in tokens if token.domain is DomainType.DURATION]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("stirred for 2 h 30 min, then", ["2 h 30 min"]),
        ("a day of 24 h 37 min 23 s", ["24 h 37 min 23 s"]),
        ("more than 1 hour and 30 minutes", ["1 hour and 30 minutes"]),
        ("aged 61 years 257 days", ["61 years 257 days"]),
        ("timeout PT2H30M", ["PT2H30M"]),
        ("5 minutes", []),
        ("after 1 h, 30 min and 2 h", []),
        ("2 hours, 90 minutes", []),
        ("5 m 20 s", []),
        ("model P2D and PTSD", []),
        ("?t=49m30s", []),
    ],
)
def test_durations_in_prose(text, found):
    """Refutes lists, metres, codes and single quantities taken for durations."""
    assert spans(text) == found
