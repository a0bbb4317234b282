"""DATETIME: a date with a time of day.

Grammar. A date of `fluxem.domains.calendar_date` and a time of `fluxem.domains.clock_time`, in either order, joined
by `T`, a space, a comma, `at` or `on`: `2021-03-03T14:30:00Z`, `March 3, 2021 at 2:30 p.m.`, `13:00 28 February 2013`,
`20210303T143000Z`. Values are `datetime.datetime`, aware where a zone is written.

Code. `fluxem.encoding.calendar_block`: dims 11-15 count from 1970-01-01, in UTC where there is a zone, so that
moments of different zones subtract exactly. The calendar features are local.

Evidence. The form, as for dates.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from fluxem.domains import calendar_text as text_of
from fluxem.domains.calendar_date import AFTER_INITIAL, AFTER_NUMBER, stands_in_more
from fluxem.domains.domain import Context, Domain, Failure, Lead, Verdict, ending
from fluxem.domains.instant import InstantEncoder, clock_nanoseconds, months_later, zone_minutes, zone_of
from fluxem.domains.message import shown
from fluxem.encoding import calendar_block as block
from fluxem.errors import DecodeError
from fluxem.vocabulary import DomainType, FailureReason


class DateTimeEncoder(InstantEncoder[dt.datetime]):
    """Moments from year 1 to 9999: takes their text or a `datetime.datetime`.

    >>> encoder = DateTimeEncoder()
    >>> str(encoder.decode(encoder.encode("2021-03-03T14:30Z")))
    '2021-03-03 14:30:00+00:00'
    """

    domain = DomainType.DATETIME
    dated, timed = True, True

    def parse(self, text: str) -> dt.datetime | Failure:
        """The moment that `text` names."""
        return text_of.parse_moment(text)

    def normalize(self, value: object) -> dt.datetime | Failure:
        """A `datetime.datetime`, its zone as a fixed offset of whole minutes."""
        if not isinstance(value, dt.datetime):
            return Failure(FailureReason.INVALID_VALUE, f"expected a datetime.datetime, got {shown(value)}")
        zone = zone_minutes(value)
        return zone if isinstance(zone, Failure) else value.replace(tzinfo=zone_of(zone), fold=0)

    def split(self, value: dt.datetime) -> tuple[int, int, int | None]:
        """Days and nanoseconds since 1970-01-01, in UTC where there is a zone."""
        zone = zone_minutes(value)
        minutes = None if isinstance(zone, Failure) else zone
        utc = clock_nanoseconds(value) - (minutes or 0) * 60 * block.SECOND
        days, nanos = divmod(utc, block.DAY)
        return value.toordinal() - block.EPOCH + days, nanos, minutes

    def join(self, time: int, zone: int | None) -> dt.datetime:
        """The moment, in its zone."""
        micro, rest = divmod(time + (zone or 0) * 60 * block.SECOND, 1000)
        if rest:
            raise DecodeError("expected whole microseconds: datetime.datetime holds nothing finer")
        try:
            local = dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=micro)
        except OverflowError:
            raise DecodeError("expected a moment from year 1 to 9999", FailureReason.OUT_OF_RANGE) from None
        return local.replace(tzinfo=zone_of(zone))

    def later(self, value: dt.datetime, months: int) -> dt.datetime:
        """The moment `months` later, at the same local time."""
        try:
            return dt.datetime.combine(months_later(value.date(), months), value.timetz())
        except ValueError as error:
            raise DecodeError(f"expected a moment from year 1 to 9999: {error}", FailureReason.OUT_OF_RANGE) from None


# --------------------------------------------------------------------------------------------- detection


def _judge(context: Context) -> Verdict:
    """The evidence rules of the module's docstring."""
    if stands_in_more(context) or not text_of.is_moment(context.surface):
        return Verdict.TEXT
    return Verdict.AMBIGUOUS if text_of.lacks_zone(context.text, context.start, context.end) else Verdict.SPAN


_THEN: Final = rf"(?:T(?:{text_of.ISO_CLOCK})|,?+{text_of.SPACE}(?:at{text_of.SPACE})?+{text_of.CLOCK})"
_DOTTED: Final = rf"{text_of.IS_DOTTED}\.[1-9][0-9]{{3}}{text_of.SPACE}[0-9]{{1,2}}+\.[0-5][0-9](?![0-9])"
_PACKED: Final = r"(?<=[0-9]{8})(?<![0-9.,][0-9]{8})T[0-9]{6}(?:Z|[-+][0-9]{4})?+"
_END: Final = ending(r"(?![\w:]|\.[0-9])")
_ON: Final = rf",?+{text_of.SPACE}(?:on{text_of.SPACE})?+"
_DAY_AFTER: Final = (
    rf"(?:[0-9]{{1,2}}+(?:{text_of.AFTER_DAY}|{text_of.NUMERIC_REST})|[0-9]{{4}}{text_of.AFTER_YEAR}"
    rf"|(?:(?i:mon|tue|wed|thu|fri|sat|sun)[a-z]{{0,6}}+\.?+,?+{text_of.SPACE}?+)?+(?:{text_of.MONTH}{text_of.AFTER_MONTH}"
    rf"|[0-9]{{1,2}}+{text_of.AFTER_DAY}))"
)

DATETIME: Final = Domain(
    encoder=DateTimeEncoder(),
    follows={
        Lead.NUMBER: rf"(?:{text_of.DATE_GATE}(?:{AFTER_NUMBER}{_THEN}|{_DOTTED})|{_PACKED}"
        rf"|{text_of.HOUR_GATE}(?:{text_of.IS_DAY}{text_of.AFTER_HOUR}|{text_of.DOTTED_HALF}){_ON}{_DAY_AFTER})" + _END,
        Lead.CAPITAL: AFTER_INITIAL + _THEN + _END,
    },
    opens={
        Lead.NUMBER: f"{text_of.DATE_OPENS}|{text_of.TIME_OPENS}|T[0-9]",
        Lead.CAPITAL: text_of.INITIAL_OPENS,
    },
    judge=_judge,
    reach=text_of.reach,
    examples=(
        ("2021-03-03T14:30:00Z", "2021-03-03 14:30:00+00:00"),
        ("2021-03-03T14:30:00.25+01:00", "2021-03-03 14:30:00.250000+01:00"),
        ("1999-12-31 19:00:00 -0500", "1999-12-31 19:00:00-05:00"),
        ("April 9, 2013 at 6:11 a.m.", "2013-04-09 06:11:00"),
        ("13:00 February 28, 2013", "2013-02-28 13:00:00"),
        ("23.04.2022 14:55", "2022-04-23 14:55:00"),
        ("15 May 2004 23:24 EDT", "2004-05-15 23:24:00-04:00"),
        ("Fri, Jul 18, 2014 07:00 PM", "2014-07-18 19:00:00"),
        ("8:25 a.m. Dec. 12, 2014", "2014-12-12 08:25:00"),
        ("29.02.2020 13.12", "2020-02-29 13:12:00"),
        ("20210303T143000Z", "2021-03-03 14:30:00+00:00"),
    ),
    rejects=(
        ("2021-02-29T14:30", FailureReason.INVALID_VALUE),
        ("1/2/2021 14:30", FailureReason.AMBIGUOUS),
        ("2021-03-03T25:00", FailureReason.INVALID_VALUE),
        ("2021-03-03", FailureReason.INVALID_VALUE),
        ("", FailureReason.INVALID_VALUE),
    ),
)
