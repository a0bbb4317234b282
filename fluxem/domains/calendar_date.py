"""DATE: a day of the proleptic Gregorian calendar.

Grammar. ISO dates, dates with a month's name, numeric dates whose order is plain; `fluxem.domains.calendar_text`.
A date whose day and month can be swapped (`1/2/2021`), or with a year of two digits (`3/3/15`), is `ambiguous`; one
that does not exist (`2/30/2021`), or whose weekday is wrong, is an `invalid_value`. Values are `datetime.date`.

Code. `fluxem.encoding.calendar_block`: dim 11 counts days since 1970-01-01. A date plus days is a date, and two
dates differ by days, literally; months are added by `add`, to the last day of a shorter month.

Evidence. The form, unless it is part of a path, of a longer row of numbers, or of a version; three short numbers of
which none can be a month, or a day (`30-60-90`), are text. A year that is given twice (`March 15th, 1664–65`) is
`ambiguous`.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from fluxem.domains import calendar_text as text_of
from fluxem.domains.domain import Context, Domain, Failure, Lead, Verdict, ending
from fluxem.domains.instant import InstantEncoder, months_later
from fluxem.domains.message import shown
from fluxem.encoding import calendar_block as block
from fluxem.errors import DecodeError
from fluxem.vocabulary import DomainType, FailureReason


class DateEncoder(InstantEncoder[dt.date]):
    """Dates from 0001-01-01 to 9999-12-31: takes their text or a `datetime.date`.

    >>> encoder = DateEncoder()
    >>> days = encoder.difference(encoder.encode("2024-03-01"), encoder.encode("28 February 2024"))
    >>> int(days[11])
    2
    """

    domain = DomainType.DATE
    dated, timed = True, False

    def parse(self, text: str) -> dt.date | Failure:
        """The date that `text` names."""
        return text_of.parse_date(text)

    def normalize(self, value: object) -> dt.date | Failure:
        """A `datetime.date` that is no `datetime`."""
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value
        return Failure(FailureReason.INVALID_VALUE, f"expected a datetime.date, got {shown(value)}")

    def split(self, value: dt.date) -> tuple[int, int, int | None]:
        """Days since 1970-01-01."""
        return value.toordinal() - block.EPOCH, 0, None

    def join(self, time: int, zone: int | None) -> dt.date:
        """The date of a whole number of days."""
        days, rest = divmod(time, block.DAY)
        if rest or zone is not None:
            raise DecodeError("expected whole days and no zone: a date has no time of day")
        if not 1 <= days + block.EPOCH <= dt.date.max.toordinal():
            raise DecodeError("expected a date from year 1 to 9999", FailureReason.OUT_OF_RANGE)
        return dt.date.fromordinal(days + block.EPOCH)

    def later(self, value: dt.date, months: int) -> dt.date:
        """The date `months` later."""
        try:
            return months_later(value, months)
        except ValueError as error:
            raise DecodeError(f"expected a date from year 1 to 9999: {error}", FailureReason.OUT_OF_RANGE) from None


# --------------------------------------------------------------------------------------------- detection

_PATH_BEFORE: Final = re.compile(r"(?:[/\\=_$%.]|[0-9]-)\Z")
_PATH_AFTER: Final = re.compile(r"[/\\_]|[-:.][0-9]")
_ERA_AFTER: Final = re.compile(r"[ \u00a0]?(?:BCE?|B\.\s?C\.)(?!\w)")
_DUAL_YEAR: Final = re.compile(r"\[?–(?:[0-9]{1,2}|[0-9]{4})(?![0-9/:-]|\.[0-9]|(?:st|nd|rd|th)?[ ](?:of )?[A-Z])")
_SHORT: Final = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.][0-9]{2}\Z")
_VERSION: Final = re.compile(r"(?i)(?:\bversions?:?|\bv\.?|\brelease|==|>=)\s?\Z")


def stands_in_more(context: Context) -> bool:
    """Whether what stands before a date makes it a piece of a path, of a row of numbers, or a version."""
    return bool(_PATH_BEFORE.search(context.before(2)) or _VERSION.search(context.before(12)))


def _judge(context: Context) -> Verdict:
    """The evidence rules of the module's docstring."""
    if stands_in_more(context) or _PATH_AFTER.match(context.after(2)) or not text_of.is_date(context.surface):
        return Verdict.TEXT
    if _ERA_AFTER.match(context.after(6)):
        return Verdict.TEXT
    if context.surface[-4:].isdigit() and _DUAL_YEAR.match(context.after(12)):
        return Verdict.AMBIGUOUS
    short = _SHORT.match(context.surface)
    if short is not None and not _names_a_day(int(short[1]), int(short[2])):
        return Verdict.TEXT  # the angles of a triangle: 30-60-90
    return Verdict.SPAN


def _names_a_day(first: int, second: int) -> bool:
    """Whether one of two numbers can be a month and the other a day of it."""
    return 1 <= min(first, second) <= 12 and max(first, second) <= 31


AFTER_NUMBER: Final = (
    rf"(?:{text_of.IS_DAY}(?:{text_of.AFTER_DAY}|{text_of.NUMERIC_REST}|{text_of.SMALL_MONTH_AFTER})"
    rf"|{text_of.IS_YEAR}{text_of.AFTER_YEAR}|{text_of.IS_DOTTED}\.[1-9][0-9]{{3}}(?![0-9]))"
)
"""What follows the first numeral of a date."""
AFTER_INITIAL: Final = (
    rf"(?<=[ADFJMNOSTW])(?=[A-Za-z]{{2}})(?:{text_of.MONTH_REST}{text_of.AFTER_MONTH}|{text_of.WEEKDAY_REST}(?:the{text_of.SPACE})?+"
    rf"(?:{text_of.MONTH}{text_of.AFTER_MONTH}|[0-9]{{1,2}}+(?:{text_of.AFTER_DAY}|{text_of.NUMERIC_REST})"
    rf"|[0-9]{{4}}{text_of.AFTER_YEAR}))"
)
"""What follows the initial of a month or weekday that begins a date."""

_SURE_BEFORE: Final = r"[:,](?<!(?i:ersion):)(?<!(?i:ersions):)[ ]"
_NAMED_BEFORE: Final = r"n(?<=[ ][Oo]n)[ ]"
_DAY: Final = "(?:0?[1-9]|1[0-9]|2[0-8])"
"""Of any month."""
_DAY_BEHIND: Final = "(?:(?<=[ ]0[1-9])|(?<=[ ][1-9])|(?<=[ ]1[0-9])|(?<=[ ]2[0-8]))"
_MONTH: Final = f"(?:{'|'.join(name.capitalize() for name in text_of.MONTH_NAMES)})"
_SHORT_MONTH: Final = f"(?:{'|'.join(name[:3].capitalize() for name in text_of.MONTH_NAMES)})"
_SURE_END: Final = r"(?=[,;)]?\n|[,;][ ](?![0-9a]))"
"""The end of a line or a clause, and no time of the day behind it."""
_SURE: Final = (
    (_SURE_BEFORE, rf"(?<=[ ][12][0-9]{{3}})-(?:0[1-9]|1[0-2])-{_DAY}{_SURE_END}"),
    (_SURE_BEFORE, rf"{_DAY_BEHIND}-{_SHORT_MONTH}-[12][0-9]{{3}}{_SURE_END}"),
    (_NAMED_BEFORE, rf"{_DAY_BEHIND}[ ]{_MONTH}[ ][12][0-9]{{3}}(?=\.?\n|[.,;)][ ](?![0-9a]))"),
)
"""`: 2021-03-03`, `, 21-Nov-2017`, `on 3 March 2021`."""

DATE: Final = Domain(
    encoder=DateEncoder(),
    follows={
        Lead.NUMBER: text_of.DATE_GATE + AFTER_NUMBER + ending(r"(?!\w)"),
        Lead.CAPITAL: AFTER_INITIAL + ending(r"(?!\w)"),
    },
    opens={Lead.NUMBER: text_of.DATE_OPENS, Lead.CAPITAL: text_of.INITIAL_OPENS},
    sure=_SURE,
    judge=_judge,
    reach=text_of.reach,
    examples=(
        ("2021-03-03", "2021-03-03"),
        ("3 March 2021", "2021-03-03"),
        ("March 3, 2021", "2021-03-03"),
        ("3rd of March 2021", "2021-03-03"),
        ("12/31/2021", "2021-12-31"),
        ("31.12.2021", "2021-12-31"),
        ("2012/Aug/10", "2012-08-10"),
        ("Wed, Jan 20th, 2016", "2016-01-20"),
        ("Sunday 12/7/2014", "2014-12-07"),
        ("july 4th of 1995", "1995-07-04"),
        ("Sunday, 20 January 2008", "2008-01-20"),
        ("29 February 2000", "2000-02-29"),
    ),
    rejects=(
        ("1/2/2021", FailureReason.AMBIGUOUS),
        ("3/3/15", FailureReason.AMBIGUOUS),
        ("2021-02-29", FailureReason.INVALID_VALUE),
        ("29 February 1900", FailureReason.INVALID_VALUE),
        ("Monday, March 2, 2021", FailureReason.INVALID_VALUE),
        ("March 2021", FailureReason.INVALID_VALUE),
        ("2021-13-01", FailureReason.INVALID_VALUE),
        ("", FailureReason.INVALID_VALUE),
    ),
)
