"""TIME: a time of day.

Grammar. `14:30`, `14:30:05.123`, `7:55 AM`, `8 p.m.`, `8.10 pm`, with or without a zone (`15:11 GMT`, `9:00 PST`,
`14:30:05+02:00`); `fluxem.domains.calendar_text`. Values are `datetime.time`, aware where a zone is written.

Code. `fluxem.encoding.calendar_block`, dims 12-15, as the clock shows it; the zone stands in dims 16 and 17. A time
plus a duration wraps at midnight.

Evidence. A half of the day (`am`, `pm`), a zone, seconds with a two-digit hour. A bare `10:20` may be a ratio, a
verse or a slice: it is a time where it is the whole document, where a word of time (`at`, `until`, `from`) or a date
stands before, and otherwise with a two-digit hour where no capital word, bracket or word of mixing stands beside it.
`3:35:04`, `3:25 minutes`, `1:30 hours` and `ran it in 22:15` are lengths, `lib.rs:10:25: 10:41`, the second of two
verses and `00:01:15,250 --> 00:01:18,100` places: text. What the clock does not show is ambiguous: the half of the day
in words (`4:15 in the afternoon`, `1:30-3:00 pm`) or by the look of a range (`1:30-4:00`, `9:00-5:00`), a zone that is
not known or stands apart (`3 pm ET`, `18:00 (CET)`, `10:00 UTC -5`, `4:00 pm Central European Time`), picometres (`a
length of 5 pm`).
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import Final

from fluxem.domains import calendar_text as text_of
from fluxem.domains.domain import Context, Domain, Failure, Lead, Verdict, ending
from fluxem.domains.instant import InstantEncoder, clock_nanoseconds, zone_minutes, zone_of
from fluxem.domains.message import shown
from fluxem.encoding import calendar_block as block
from fluxem.errors import DecodeError
from fluxem.vocabulary import DomainType, FailureReason


class TimeEncoder(InstantEncoder[dt.time]):
    """Times of day: takes their text or a `datetime.time`.

    >>> encoder = TimeEncoder()
    >>> str(encoder.decode(encoder.encode("7:55 PM")))
    '19:55:00'
    """

    domain = DomainType.TIME
    dated, timed = False, True

    def parse(self, text: str) -> dt.time | Failure:
        """The time that `text` names."""
        return text_of.parse_clock(text)

    def normalize(self, value: object) -> dt.time | Failure:
        """A `datetime.time`, its zone as a fixed offset of whole minutes."""
        if not isinstance(value, dt.time):
            return Failure(FailureReason.INVALID_VALUE, f"expected a datetime.time, got {shown(value)}")
        zone = zone_minutes(value)
        return zone if isinstance(zone, Failure) else value.replace(tzinfo=zone_of(zone), fold=0)

    def split(self, value: dt.time) -> tuple[int, int, int | None]:
        """Nanoseconds since midnight on the clock, and the zone."""
        zone = zone_minutes(value)
        return 0, clock_nanoseconds(value), None if isinstance(zone, Failure) else zone

    def join(self, time: int, zone: int | None) -> dt.time:
        """The time of day, days dropped."""
        micro, rest = divmod(time % block.DAY, 1000)
        if rest:
            raise DecodeError("expected whole microseconds: datetime.time holds nothing finer")
        moment = dt.datetime.min + dt.timedelta(microseconds=micro)
        return moment.time().replace(tzinfo=zone_of(zone))

    def later(self, value: dt.time, months: int) -> dt.time:  # noqa: ARG002 - the signature is the family's
        """Refused: months later it is the same time.

        Raises:
            DecodeError: always.
        """
        raise DecodeError("expected a duration without months: a time of day has no date to count them from")


# --------------------------------------------------------------------------------------------- detection

_HALF_OF_DAY: Final = re.compile(r"(?:[1-9]|1[01]):[0-9]{2}")
_LATER_AFTER: Final = re.compile(
    r"(?i)(?:\s?[-–—]\s?[0-9][0-9:]{0,4}|\s(?:and|to)\s[0-9][0-9:]{0,4}|\so['’]clock)?,?\s?"
    r"(?:p\.?m\b|(?:in the|that|this|tomorrow|yesterday) (?:afternoon|evening)|at night|tonight"
    r"|(?:last|that|tomorrow) night)"
)
_TWELVE: Final = re.compile(r"(?:[1-9]|1[0-2]):[0-5][0-9]")
_TO: Final = r"\s?(?:[-–—−~]|\b(?:to|till?|until|and)\b)\s?"
_RANGE_AFTER: Final = re.compile(rf"{_TO}((?:[1-9]|1[0-2]):[0-5][0-9])(?![0-9:]|\s?[AaPp]\.?[Mm])")
_RANGE_BEFORE: Final = re.compile(rf"(?<![0-9:.])((?:[1-9]|1[0-2]):[0-5][0-9]){_TO}\Z")
_MORNING: Final = 7 * 60
"""Hours before it are seldom those of the morning, where nothing says so."""
_LATER_BEFORE: Final = re.compile(r"(?i)(?:afternoon|evening|tonight|night),? at\s\Z")
"""`4:15 in the afternoon`, `1:30-3:00 pm`: twelve hours later than it says."""
_PICOMETRES_BEFORE: Final = re.compile(r"(?:length|resolution|radius|diameter|wavelength|distance) of\s\Z")
_STRONG: Final = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}|[0-9:]+\s?[A-Za-z]|[0-9.]+\s?[AaPp]\.")
_TIME_BEFORE: Final = re.compile(
    r"(?i)(?:\b(?:at|by|until|till|til|from|since|around|about|before|after|between|to|time(?: is| was)?|o'clock|clock"
    r"|daily|today|tomorrow|yesterday|noon|tonight|morning|afternoon|evening|mon|tue|wed|thu|fri|sat|sun|\w{3,6}day"
    r"|approximately|arrives?|departs?|starts?|ends?|opens?|closes?)\.?,?:?"
    r"|[0-9]:[0-9]{2}(?: ?[ap]\.?m\.?)?\s?(?:[-–—]|to|and|until)|[0-9]{4}-[0-9]{2}-[0-9]{2}|(?:19|20)[0-9]{2},?)\s?\Z"
)
_TIME_AFTER: Final = re.compile(
    r"(?i)\s?(?:hours|hrs|o'clock|local|in the (?:morning|afternoon|evening)|on \w{3,6}day)\b"
)
_LENGTH_AFTER: Final = re.compile(
    r"(?:\s(?:to|and)\s[0-9]{1,2}:[0-9]{2})?\s?(?:min\w*|sec\w*|s|\(\w+ (?:hours?|minutes?))\b"
)
_HOURS_AFTER: Final = re.compile(r"\s?(?:hours?|hrs?|h)\b")
"""`1:30 hours` is a length, `14:30 hours` a time."""
_MIXED: Final = re.compile(
    r"(?i)\b(?:ratios?|dilut\w+|mixtures?|light|dark|v/v|w/w|L:D|LD|scale|odds|score|verse|chapter|photoperiod|cycles?"
    r"|mol\w*)\b"
)
_NAME_BEFORE: Final = re.compile(r"[A-Z][a-z]+\.?\s\Z")
"""Where `5 pm` is a length."""
_PLACE_BEFORE: Final = re.compile(r":[0-9]+:[0-9]+: \Z|[0-9]:[0-9]{1,3}[,;] \Z|\b[Ii]n \Z")
"""`lib.rs:10:25: 10:41 error`, `Leviticus 8:23, 14:14`, `ran it in 22:15`."""
_BESIDE_BEFORE: Final = re.compile(r"[\[(:,/=\"'`_#-]\Z")
_BESIDE_AFTER: Final = re.compile(r"[\]`\"']|\s?[-–,;]\s?[0-9]")
_INSIDE: Final = frozenset(":/_\\=$")
_SHORT: Final = re.compile(r"0?[0-9]:[0-9]{2}:[0-9]{2}|0:[0-9]{2}")


def _judge(context: Context) -> Verdict:
    """The evidence rules of the module's docstring."""
    if context.alone:
        return Verdict.TEXT if isinstance(text_of.parse_clock(context.surface), Failure) else Verdict.SPAN
    if text_of.lacks_zone(context.text, context.start, context.end):
        return Verdict.AMBIGUOUS
    if context.before(4) == "--> " or context.after(4) == " -->":
        return Verdict.TEXT  # a subtitle's place in its film
    if context.before(1) == "+" and context.before(2)[:1].isdigit():
        return Verdict.TEXT  # the zone of a time that is written without seconds
    if _HALF_OF_DAY.fullmatch(context.surface) and (
        _LATER_AFTER.match(context.after(32)) or _LATER_BEFORE.search(context.before(24))
    ):
        return Verdict.AMBIGUOUS
    if context.surface.endswith("pm") and _PICOMETRES_BEFORE.search(context.before(24)):
        return Verdict.AMBIGUOUS
    verdict = _weigh(context.before(40), context.surface, context.after(40))
    return Verdict.AMBIGUOUS if verdict is Verdict.SPAN and _is_half_unknown(context) else verdict


def _is_half_unknown(context: Context) -> bool:
    """Whether it is an end of a range such as `1:30-4:00` or `9:00-5:00`, whose half of the day goes without saying."""
    surface = context.surface
    if not _TWELVE.fullmatch(surface):
        return False
    if other := _RANGE_AFTER.match(context.text, context.end):
        start, end = _minutes(surface), _minutes(other[1])
    elif other := _RANGE_BEFORE.search(context.before(16)):
        start, end = _minutes(other[1]), _minutes(surface)
    else:
        return False
    return end <= start or start < _MORNING


def _minutes(clock: str) -> int:
    """Minutes since midnight of `9:30`."""
    hour, minute = clock.split(":")
    return 60 * int(hour) + int(minute)


@lru_cache(maxsize=1024)
def _weigh(before: str, surface: str, after: str) -> Verdict:
    """The verdict on a time with `before` and `after` around it; kept, because rows of times repeat."""
    if before[-1:] in _INSIDE or isinstance(text_of.parse_clock(surface), Failure):
        return Verdict.TEXT
    if _STRONG.match(surface):
        return Verdict.SPAN
    if _LENGTH_AFTER.match(after) or _SHORT.match(surface) or (surface[1:2] == ":" and _HOURS_AFTER.match(after)):
        return Verdict.TEXT
    if _TIME_BEFORE.search(before[-24:]) or _TIME_AFTER.match(after):
        return Verdict.SPAN
    return Verdict.TEXT if _is_weak(before, surface, after) else Verdict.SPAN


def _is_weak(before: str, surface: str, after: str) -> bool:
    """Whether a bare `10:20` has one digit before the colon or something beside it that makes it another thing."""
    return bool(
        surface[1:2] == ":"
        or "." in surface
        or _NAME_BEFORE.search(before[-24:])
        or _BESIDE_BEFORE.search(before[-1:])
        or _PLACE_BEFORE.search(before)
        or _BESIDE_AFTER.match(after)
        or _MIXED.search(before + " " + after)
    )


TIME: Final = Domain(
    encoder=TimeEncoder(),
    follows={
        Lead.NUMBER: rf"{text_of.HOUR_GATE}(?:{text_of.IS_DAY}{text_of.AFTER_HOUR}|{text_of.DOTTED_HALF})"
        + ending(r"(?![\w:]|[.,][0-9]|\.\w)")
    },
    opens={Lead.NUMBER: text_of.TIME_OPENS},
    judge=_judge,
    examples=(
        ("14:30", "14:30:00"),
        ("7:55 AM", "07:55:00"),
        ("12:15am", "00:15:00"),
        ("8 p.m.", "20:00:00"),
        ("8.10 pm", "20:10:00"),
        ("14:30:05.123", "14:30:05.123000"),
        ("15:11 GMT", "15:11:00+00:00"),
        ("9:00 PST", "09:00:00-08:00"),
        ("14:30:05+05:30", "14:30:05+05:30"),
    ),
    rejects=(
        ("25:00", FailureReason.INVALID_VALUE),
        ("13 pm", FailureReason.INVALID_VALUE),
        ("14:60", FailureReason.INVALID_VALUE),
        ("14:30:05.1234567", FailureReason.OUT_OF_RANGE),
        ("9:00 IST", FailureReason.INVALID_VALUE),
        ("1430", FailureReason.INVALID_VALUE),
        ("noon", FailureReason.INVALID_VALUE),
        ("", FailureReason.INVALID_VALUE),
    ),
)
