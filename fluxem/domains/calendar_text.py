"""Dates, clock times and zones as text: fragments for detection, and what they mean.

Dates: ISO (`2021-03-03`, `2021/3/3`), with a month's name in any usual order (`3 March 2021`, `March 3rd, 2021`,
`3rd of March 2021`, `2021/Mar/3`), with or without a weekday, which must be right, and numeric with the year last.
There day and month may be swapped: unless one of them is above 12, they are equal, or a weekday decides, the date
is `ambiguous`, and so is one with a year of two digits. Times: `14:30`, `14:30:05.123`,
`7:55 AM`, `8 p.m.`, `8.10 pm`, with or without a zone.

Zones: offsets (`+05:30`, `Z`, `UTC+2`), and abbreviations with one meaning: those of RFC 5322, 4.3 (North America),
and of Directive 2000/84/EC and its members' laws (western, central and eastern European time), and JST.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from fluxem.domains.domain import Failure
from fluxem.vocabulary import FailureReason

SPACE: Final = "[ \u00a0]"
MONTH_NAMES: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT_DAYS: Final = {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}

_OFFSETS: Final = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360,
    "pst": -480, "pdt": -420, "wet": 0, "west": 60, "cet": 60, "cest": 120, "eet": 120, "eest": 180, "jst": 540,
}  # fmt: skip
"""Minutes ahead of UTC."""


def _name(names: dict[str, str]) -> str:
    """Names whose first letter is already consumed: `(?<=J)(?:anuary|an|...)`, by the rest of each."""
    return "|".join(f"(?<={initial})(?i:{rest})" for initial, rest in names.items())


_MONTH_BEGINS: Final = "(?:[Jj][AaUu]|[Ff][Ee]|[Mm][Aa]|[Aa][PpUu]|[Ss][Ee]|[Oo][Cc]|[Nn][Oo]|[Dd][Ee])"
MONTH: Final = (
    f"(?={_MONTH_BEGINS})(?i:jan(?:uary)?+|feb(?:ruary)?+|mar(?:ch)?+|apr(?:il)?+|may|june?+|july?+|aug(?:ust)?+|sept?+(?:ember)?+"
    "|oct(?:ober)?+|nov(?:ember)?+|dec(?:ember)?+)(?![A-Za-z])"
)
"""A month's name or abbreviation."""
MONTH_REST: Final = (
    "(?:"
    + _name(
        {
            "J": "an(?:uary)?+|une?+|uly?+",
            "F": "eb(?:ruary)?+",
            "M": "ar(?:ch)?+|ay",
            "A": "pr(?:il)?+|ug(?:ust)?+",
            "S": "ept?+(?:ember)?+",
            "O": "ct(?:ober)?+",
            "N": "ov(?:ember)?+",
            "D": "ec(?:ember)?+",
        }
    )
    + ")(?![A-Za-z])"
)
"""A month's name behind its initial."""
WEEKDAY_REST: Final = (
    "(?:"
    + _name(
        {
            "M": "on(?:day)?+",
            "T": "ue(?:s(?:day)?+)?+|hu(?:rs?+(?:day)?+)?+",
            "W": "ed(?:s|nesday)?+",
            "F": "ri(?:day)?+",
            "S": "at(?:urday)?+|un(?:day)?+",
        }
    )
    + rf")(?![A-Za-z])\.?+,?+{SPACE}?+"
)
"""A weekday's name behind its initial, with what separates it from a date."""

_ORDINAL: Final = "(?i:st|nd|rd|th)?+(?![A-Za-z])"
_YEAR: Final = "[1-9][0-9]{3}(?![0-9])"
_MONTH_TO_YEAR: Final = rf"\.?+(?:,?+{SPACE}|,|-|/)?+"
_DAY_TO_MONTH: Final = rf"(?:{SPACE}(?:of|day of){SPACE}|\.?+(?:{SPACE}|-|/)?+)"
AFTER_MONTH: Final = rf"\.?+,?+{SPACE}?+[0-9]{{1,2}}+{_ORDINAL}(?:{SPACE}?+,{SPACE}?+|{SPACE}(?:of{SPACE})?+){_YEAR}"
"""` 3rd, 2021` behind a month's name."""
AFTER_DAY: Final = rf"{_ORDINAL}{_DAY_TO_MONTH}{MONTH}{_MONTH_TO_YEAR}{_YEAR}"
"""`rd of March 2021` behind a day."""
SMALL_MONTH_AFTER: Final = (
    rf"(?:(?<=[a-z.,]{SPACE}[0-9])|(?<=[a-z.,]{SPACE}[0-9]{{2}})){_ORDINAL}"
    rf"(?:{SPACE}?+,{SPACE}?+|{SPACE}(?:of{SPACE})?+){_YEAR}"
)
"""` 3rd, 2021` behind a day whose month stands before it in small letters; `reach` looks for that."""
AFTER_YEAR: Final = (
    rf"(?:-[0-9]{{1,2}}+-[0-9]{{1,2}}+|/[0-9]{{1,2}}+/[0-9]{{1,2}}+|(?:-{MONTH}-|/{MONTH}/)[0-9]{{1,2}}+)"
    "(?![0-9])"
)
"""`-03-31` behind a year."""
NUMERIC_REST: Final = rf"(?:/[0-9]{{1,2}}+/|-[0-9]{{1,2}}+-)(?:{_YEAR}|[0-9]{{2}}(?![0-9]))"
"""`/31/2021` behind a numeral; the year may be short."""

_MONTH_LETTERS: Final = "(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_MONTH_OPENS: Final = rf"(?:{_MONTH_LETTERS}|{_MONTH_BEGINS}\Z|[JFMASONDjfmasond]?\Z)"
"""A month's name as far as a window shows it."""
_AFTER_ORDINAL_OPENS: Final = (
    rf"{SPACE}(?:\Z|[1-9]|o(?:\Z|f)|d(?:\Z|a(?:\Z|y)))|{SPACE}?+,(?:\Z|{SPACE}?+(?:\Z|[1-9]))"
    rf"|\.?+[ \u00a0/-]?+{_MONTH_OPENS}"
)
_YEAR_SHOWN: Final = r"[1-9](?:[0-9]{3}(?![0-9])|[0-9]{0,2}\Z)"
DATE_OPENS: Final = (
    rf"(?i:st|nd|rd|th)(?:{_AFTER_ORDINAL_OPENS})"
    rf"|{SPACE}(?:of|day)|\.?+[ \u00a0/-]?+(?:{_MONTH_LETTERS}|{_MONTH_BEGINS}\Z)"
    rf"|-[0-9]{{1,2}}+(?:-|\Z)|/[0-9]{{1,2}}+(?:/|\Z)|(?:{SPACE}?+,{SPACE}?+|{SPACE}|\.){_YEAR_SHOWN}"
)
"""What a date looks like behind its first numeral at least, for `Domain.opens`."""
TIME_OPENS: Final = rf":[0-5][0-9]|{SPACE}?[AaPp](?:\.|{SPACE}?[Mm])"
"""The same for a clock time behind its hour."""
_MONTH_SHOWN: Final = (
    rf"{_MONTH_LETTERS}(?:(?![A-Za-z])|(?<=(?i:jan|aug))[Uu]|(?<=(?i:feb))[Rr]|(?<=(?i:mar))[Cc]|(?<=(?i:apr))[Ii]"
    r"|(?<=(?i:jun|nov|dec))[Ee]|(?<=(?i:jul))[Yy]|(?<=(?i:sep))[Tt]|(?<=(?i:oct))[Oo])[A-Za-z]*+"
)
_WEEKDAY_SHOWN: Final = (
    r"(?i:mon|tue|wed|thu|fri|sat|sun)(?:(?![A-Za-z])|(?<=(?i:mon|fri|sun))[Dd]|(?<=(?i:tue|wed))[Ss]|(?<=(?i:wed))[Nn]"
    r"|(?<=(?i:thu))[Rr]|(?<=(?i:sat))[Uu])[A-Za-z]*+"
)
INITIAL_OPENS: Final = (
    rf"(?![a-z])(?:{_MONTH_SHOWN}\.?+,?+{SPACE}?+(?:[0-9]|\Z)"
    rf"|{_WEEKDAY_SHOWN}\.?+,?+{SPACE}?+(?:[0-9]|t(?:h(?:e|\Z)|\Z)|{_MONTH_OPENS}))"
)
"""The same for a date that begins with the name of a month or weekday."""
DATE_GATE: Final = rf"(?=[-/.,]|[SsNnRrTt][TtDdHh]|{SPACE}?(?:{_MONTH_BEGINS}|of|day|[12][0-9]{{3}}))"
"""Holds where a date may go on behind its first numeral, and fails at once nearly everywhere else."""
HOUR_GATE: Final = rf"(?=[:.]|{SPACE}?[AaPp])"
"""The same for a clock time behind its hour."""

_ZONE_AFTER: Final = re.compile(
    r"[ ]?[+\u2212][0-9]|-[0-9]{1,2}(?![0-9:]|[ ]?[ap])"
    r"|[ ](?:[A-Z]{1,3}[SD]T|[ECMP]T|MSK)(?![A-Za-z])|(?<=UTC|GMT|utc|gmt)[ ]?[-\u2212\u2013+][0-9]"
)
_ZONE_APART: Final = re.compile(
    r"[ ]?[(\[](?:[A-Z]{1,3}[SD]T|[ECMP]T|MSK|UTC|GMT|CET|EET|WET)(?![A-Za-z])"
    r"|,?[ ]\(?(?:US[ ]|U\.S\.[ ])?(?:(?:[A-Z][a-z]{3,12}[ ]){1,3}(?:Standard[ ]|Daylight[ ]|Summer[ ])?(?:Time|time)\b"
    r"|(?:Eastern|Pacific|Central|Mountain)(?=[.,;:!?)/\n]|\Z|[ ](?:and|on|or|to|[0-9])\b))"
)
_ZONED: Final = re.compile(r"[0-9 ](?:[A-Za-z]{3,4}|Z)\Z|[-+\u2212][0-9:]{1,5}\Z")


def lacks_zone(text: str, start: int, end: int) -> bool:
    """Whether a zone that the grammar does not take stands behind the clock time text[start:end].

    `14:30 IST`, `+25:00`, `UTC -5`; and where the time has none of its own, `(PDT)` and `Central European Time`.
    """
    if _ZONE_AFTER.match(text, end):
        return True
    return _ZONE_APART.match(text, end) is not None and _ZONED.search(text, start, end) is None


IS_DAY: Final = r"(?<![.,][0-9])(?<![0-9.,][0-9]{2})"
"""Behind a numeral: it has one or two digits."""
IS_YEAR: Final = r"(?<=[0-9]{4})(?<![0-9.,][0-9]{4})"
"""Behind a numeral: it has four digits."""
IS_DOTTED: Final = r"(?:(?<=[0-9]\.[0-9])|(?<=[0-9]\.[0-9]{2}))"
"""Behind a numeral: it ends like `23.04`."""

_HALF: Final = (
    rf"{SPACE}?+(?:[AaPp]\.{SPACE}?+[Mm](?:\.|(?![A-Za-z0-9_]))|(?:[AP]{SPACE}?+M|[ap]{SPACE}?+m)(?![A-Za-z0-9_]))"
)
_ZONE: Final = (
    rf"{SPACE}?+(?:(?i:utc|gmt)(?:[-+\u2212][0-9]{{1,2}}+(?::?[0-5][0-9])?+)?+"
    rf"|(?i:{'|'.join(sorted(_OFFSETS, reverse=True))}))"
    r"(?![A-Za-z0-9_])"
)
_SHIFT: Final = rf"{SPACE}?+[-+\u2212](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?+(?![0-9:])"
AFTER_HOUR: Final = (
    rf"(?::[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{{1,9}}+)?+(?:{_HALF})?+(?:{_SHIFT}|{_ZONE})?+|(?:{_HALF})?+(?:{_ZONE})?+)"
    rf"|{_HALF}(?:{_ZONE})?+)"
)
"""`:30:05 pm CET` behind an hour."""
DOTTED_HALF: Final = rf"{IS_DOTTED}{_HALF}(?:{_ZONE})?+"
"""` pm` behind `8.10`."""
CLOCK: Final = rf"[0-9]{{1,2}}+{AFTER_HOUR}"
ISO_CLOCK: Final = (
    rf"[0-2][0-9]:[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{{1,9}}+)?+)?+(?:{_SHIFT}|{_ZONE})?+"
    rf"|[0-2][0-9][0-5][0-9][0-5][0-9](?:{_SHIFT}|{_ZONE})?+"
)

_DATE: Final = re.compile(
    rf"(?i:(?P<weekday>mon|tue|wed|thu|fri|sat|sun)[a-z]{{0,6}}+\.?,?{SPACE}?(?:the{SPACE})?)?+(?:"
    rf"(?P<iso>[0-9]{{4}})(?P<mark>[-/])(?P<iso_month>[0-9]{{1,2}}|{MONTH})(?P=mark)(?P<iso_day>[0-9]{{1,2}})"
    r"|(?P<packed>[0-9]{8})"
    rf"|(?P<first>[0-9]{{1,2}})(?P<sign>[-/.])(?P<second>[0-9]{{1,2}})(?P=sign)(?P<short>[0-9]{{2}}|[0-9]{{4}})"
    rf"|(?P<day>[0-9]{{1,2}}){_ORDINAL}{_DAY_TO_MONTH}(?P<month>{MONTH}){_MONTH_TO_YEAR}(?P<year>[0-9]{{4}})"
    rf"|(?P<month2>{MONTH})\.?,?{SPACE}?(?P<day2>[0-9]{{1,2}}){_ORDINAL}"
    rf"(?:{SPACE}?,{SPACE}?|{SPACE}(?:of{SPACE})?)(?P<year2>[0-9]{{4}})"
    r")\Z",
    re.ASCII,
)
_CLOCK: Final = re.compile(
    r"(?:(?P<packed>(?=[0-9]{6}(?![0-9])))|)"
    r"(?P<hour>[0-9]{1,2})(?:(?P<mark>[:.]|)(?P<minute>[0-5][0-9])(?:(?P=mark)(?P<second>[0-5][0-9])"
    r"(?:[.,](?P<fraction>[0-9]{1,9}))?)?)?"
    rf"{SPACE}?(?i:(?P<half>[ap])\.?{SPACE}?m\.?)?{SPACE}?(?i:(?P<zone>[a-z]{{1,4}}))?"
    rf"{SPACE}?(?:(?P<side>[-+\u2212])(?P<hours>[0-9]{{1,2}})(?::?(?P<minutes>[0-5][0-9]))?)?\Z",
    re.ASCII,
)


def is_date(text: str) -> bool:
    """Whether `text` has the form of a date, whether or not there is such a day."""
    return len(text) <= 60 and _DATE.match(text) is not None


def parse_date(text: str) -> dt.date | Failure:
    """The date that `text` names; `ambiguous` where it names two, `invalid_value` where it names none."""
    match = _DATE.match(text) if len(text) <= 60 else None
    if match is None:
        return Failure(FailureReason.INVALID_VALUE, f"expected a date such as 2021-03-03, got {text[:40]!r}")
    if match["short"]:
        return _numeric(int(match["first"]), int(match["second"]), match["short"], match["weekday"])
    if match["packed"]:
        packed = match["packed"]
        return _date(int(packed[:4]), int(packed[4:6]), int(packed[6:]), match["weekday"])
    year = match["iso"] or match["year"] or match["year2"]
    month = match["iso_month"] or match["month"] or match["month2"]
    day = match["iso_day"] or match["day"] or match["day2"]
    return _date(int(year), int(month) if month.isdigit() else _month(month), int(day), match["weekday"])


def _month(name: str) -> int:
    return next(place for place, month in enumerate(MONTH_NAMES, start=1) if month.startswith(name.lower()[:3]))


def _numeric(first: int, second: int, year: str, weekday: str | None) -> dt.date | Failure:
    """A date whose day and month stand in an unknown order."""
    if len(year) == 2:
        return Failure(FailureReason.AMBIGUOUS, f"expected a year of four digits, got {year}")
    month, day = sorted((first, second))
    if month == day or day > 12:
        return _date(int(year), month, day, weekday)
    readings = [_date(int(year), month, day, weekday), _date(int(year), day, month, weekday)]
    dates = [reading for reading in readings if not isinstance(reading, Failure)]
    if len(dates) == 1:
        return dates[0]
    return Failure(
        FailureReason.AMBIGUOUS, f"expected a day above 12, got {first} and {second}: write the month's name"
    )


def _date(year: int, month: int, day: int, weekday: str | None) -> dt.date | Failure:
    try:
        date = dt.date(year, month, day)
    except ValueError as error:
        return Failure(FailureReason.INVALID_VALUE, f"expected a date that exists: {error}")
    if weekday is not None and not _DAYS[date.weekday()].startswith(weekday.lower()):
        return Failure(FailureReason.INVALID_VALUE, f"expected {_DAYS[date.weekday()]} for {date}, got {weekday}")
    return date


def parse_clock(text: str, *, dated: bool = False) -> dt.time | Failure:
    """The clock time that `text` names, aware where it names a zone; `14.30` and `143000` only behind a date."""
    match = _CLOCK.match(text) if len(text) <= 60 else None
    loose = match is not None and (dated or match["half"]) and (match["mark"] == "." or match["packed"] is not None)
    if match is None or not (match["mark"] == ":" or loose or (match["half"] and not match["minute"])):
        return Failure(FailureReason.INVALID_VALUE, f"expected a time such as 14:30, got {text[:40]!r}")
    hour = int(match["hour"])
    if match["half"]:
        if not 1 <= hour <= 12 and not (hour == 0 and match["half"] in "aA"):
            return Failure(FailureReason.INVALID_VALUE, f"expected an hour from 1 to 12, got {hour}")
        hour = hour % 12 + (12 if match["half"] in "pP" else 0)
    fraction = (match["fraction"] or "").rstrip("0")
    if hour > 23 or len(fraction) > 6:
        return Failure(
            FailureReason.OUT_OF_RANGE if len(fraction) > 6 else FailureReason.INVALID_VALUE,
            "expected an hour up to 23 and at most six decimals",
        )
    zone = _zone(match)
    if isinstance(zone, Failure):
        return zone
    micro = int(fraction.ljust(6, "0"))
    return dt.time(hour, int(match["minute"] or 0), int(match["second"] or 0), micro, tzinfo=zone)


def _zone(match: re.Match[str]) -> dt.timezone | Failure | None:
    """The zone of a clock time; None where none is written."""
    name, side = match["zone"], match["side"]
    if name is None and side is None:
        return None
    offset = _OFFSETS.get((name or "z").lower())
    shift = 60 * int(match["hours"] or 0) + int(match["minutes"] or 0)
    if offset is None or (side and offset) or shift > 14 * 60:
        return Failure(FailureReason.INVALID_VALUE, f"expected a zone with one meaning, got {name or side!r}")
    return dt.timezone(dt.timedelta(minutes=offset + (shift if side == "+" else -shift)))


_SMALL_MONTH: Final = re.compile(
    rf"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{{0,6}}\.?,?{SPACE})?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    rf"[a-z]{{0,6}}\.?,?{SPACE}\Z"
)


def reach(text: str, begin: int, floor: int) -> int:
    """Where a date begins whose day stands at `begin`: at a month in small letters right before it, if there is one.

    A capital letter is a lead of its own, a small one is not. Looks back at most 28 characters, not beyond `floor`.
    """
    start = max(floor, begin - 28)
    match = _SMALL_MONTH.search(text[start:begin])
    if match is None or (match.start() and text[start + match.start() - 1].isalnum()):
        return begin
    return start + match.start()


_JOIN: Final = re.compile(
    rf"(?<=[0-9])(?:T|,?{SPACE}(?:at{SPACE})?)(?=[0-9]{{1,2}}(?:[:.]|{SPACE}?[AaPp]))|(?<=[0-9])T(?=[0-9]{{6}})"
)
_JOIN_BACK: Final = re.compile(rf",?{SPACE}(?:on{SPACE})?(?=[A-Za-z0-9])")


def _splits(text: str) -> list[tuple[str, dt.time]]:
    """The date and the time of each way to part `text` in two."""
    if len(text) > 100:
        return []
    parts = [(text[: join.start()], text[join.end() :]) for join in _JOIN.finditer(text)]
    parts += [(text[join.end() :], text[: join.start()]) for join in _JOIN_BACK.finditer(text)]
    read = [(day, parse_clock(clock, dated=True)) for day, clock in parts]
    return [(day, time) for day, time in read if not isinstance(time, Failure) and is_date(day)]


def is_moment(text: str) -> bool:
    """Whether `text` has the form of a date with a time, whether or not there is such a day."""
    return bool(_splits(text))


def parse_moment(text: str) -> dt.datetime | Failure:
    """The date and time that `text` names, in either order, aware where it names a zone."""
    for day, time in _splits(text):
        date = parse_date(day)
        return date if isinstance(date, Failure) else dt.datetime.combine(date, time)
    return Failure(FailureReason.INVALID_VALUE, f"expected a date and a time, got {text[:40]!r}")
