"""The leads of a page as columns: where each begins, what follows it, of which kind it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from fluxem.domains.domain import WINDOW
from fluxem.domains.unit_grammar import DASHES, RELATIONS
from fluxem.integration.page import MARGIN, Bytes, Mask, Page, Places, as_bytes, byte_class

Words = npt.NDArray[np.uint64]

STRETCH: Final = 1 << 20
"""Characters whose leads are worked out at once."""
HALF: Final = WINDOW // 2
WITHIN: Final = 24
"""A gap of two, a name of twenty letters, a space: how far behind a numeral a relation makes a name a unit."""
FREE, SHUT, TIED = range(3)
"""What stands in front of a numeral: nothing of account; what keeps a domain from being tried (`Domain.shut`); a
hyphen or slash behind a letter or digit (`Domain.tied`)."""
OTHER, NUMBER, RELATED_NUMBER = range(3)
"""Kinds of leads: not at a numeral; at one; at one behind which something makes any name a unit. What stands in front
adds `FRONT` times its number."""
FRONT: Final = 2
KINDS: Final = 1 + FRONT * 3
"""How many there are in all."""
READ: Final = -1
"""The kind of a lead that is read from the text: a window with a `?` in its first half, a numeral that goes on behind
its first digits (`1,234.5e6`), one that an operator joins to a letter (`x + 2`)."""

_UNKNOWN: Final = np.uint64(int.from_bytes(b"?" * WINDOW, "little"))
FIRST_HALF: Final = np.uint64((1 << 8 * HALF) - 1)


_BEGINS, _RELATES, _DASH, _PER = 1, 2, 4, 8
MARKS: Final = (
    byte_class(r"[0-9A-Z\[(]") * np.uint8(_BEGINS)
    + byte_class(f"[?{RELATIONS}]") * np.uint8(_RELATES)
    + byte_class(f"[{DASHES}]") * np.uint8(_DASH)
    + byte_class("p") * np.uint8(_PER)
)
"""uint8 (256,), for each byte: whether a span may begin there, or it may be what makes a name a unit."""
_PER_WORD: Final = np.uint64(int.from_bytes(b" per ", "little"))
_OF_PER: Final = np.uint64((1 << 40) - 1)
_DIGIT: Final = byte_class("[0-9]")
_WORD: Final = byte_class(r"\w")
_IN_RUN: Final = byte_class("[,/]")
_BLANK: Final = byte_class(r"\s")
_EXPONENT: Final = byte_class(r"[-+\u2212?0-9]")
_OPERATOR: Final = byte_class(r"[-+*/^\u2212?]")
_VARIABLE: Final = byte_class("[A-Za-z]")
_TIE: Final = byte_class("[-/]")
_ALNUM: Final = byte_class("[A-Za-z0-9]")
_SQUARED: Final = byte_class("[²³]")
_RELATED: Final = re.compile(
    as_bytes(rf"(?s:.{{0,{WITHIN - 1}}}?)(?:[?]|[{RELATIONS}](?![ ]?[0-9])|[{DASHES}](?=[ ]?[0-9])| per )")
)
_NOT_DIGIT: Final = re.compile(rb"[^0-9]")


class Leads(NamedTuple):
    """N leads in order."""

    begin: Places
    """(N,) where each begins in the bytes."""
    behind: Places
    """(N,) where what follows it begins."""
    kind: Places
    """(N,) which it is."""
    window: Words
    """(N,) the eight bytes that its grammars are chosen by, the first the lowest."""

    def take(self, rows: Places) -> Leads:
        """Some of them."""
        return Leads(self.begin[rows], self.behind[rows], self.kind[rows], self.window[rows])

    def merge(self, other: Leads) -> Leads:
        """These and others."""
        begin, behind, kind, window = (np.concatenate(pair) for pair in zip(self, other, strict=True))
        return Leads(begin, behind, kind, window).take(np.argsort(begin, kind="stable"))


class LeadColumns:
    """The leads of a page.

    Args:
        page: the texts.
        is_shut: bool (256,), in front of which bytes numerals are shut.
    """

    def __init__(self, page: Page, is_shut: Mask) -> None:
        self._page = page
        self._codes = page.codes
        self._is_shut = is_shut
        self._windows: Words = np.ndarray(len(page.codes) - WINDOW + 1, "<u8", buffer=page.buffer, strides=(1,))

    def __iter__(self) -> Iterator[tuple[Leads, Leads]]:
        """The leads at numerals and the others, some texts at a time."""
        low, end = 0, len(self._codes)
        while low < end - MARGIN:
            cut = _NOT_DIGIT.search(self._page.buffer, min(low + STRETCH, end - 1))  # not inside a numeral
            high = end if cut is None else cut.end()
            yield self._between(low, high)
            low = high

    def _between(self, low: int, high: int) -> tuple[Leads, Leads]:
        codes = self._codes
        places, marks = self._marked(low, high)
        places = places[marks & _BEGINS != 0]
        is_digit = _DIGIT[codes[places]]
        relations = self._relations(low, min(high + MARGIN, len(codes)))
        begin, behind, kind = _numbers_of(codes, places[is_digit], relations)
        kind[kind > 0] += FRONT * self._fronts(begin[kind > 0])
        numbers = self._with_windows(begin, behind, kind, behind)
        begin = _others_of(codes, places[~is_digit])
        return numbers, self._with_windows(begin, begin + 1, np.full(len(begin), OTHER), begin)

    def _fronts(self, begin: Places) -> Places:
        """(N,) what stands in front of each numeral."""
        before = self._codes[begin - 1]
        tied = _TIE[before] & _ALNUM[self._codes[begin - 2]]
        return self._is_shut[before] * SHUT + tied * TIED

    def _with_windows(self, begin: Places, behind: Places, kind: Places, shown: Places) -> Leads:
        window = self._windows[shown]
        kind[has_unknown(window | ~FIRST_HALF) | (self._codes[begin - 1] == ord("?"))] = READ
        return Leads(begin, behind, kind, window)

    def _marked(self, low: int, high: int) -> tuple[Places, Bytes]:
        """The marked bytes of a stretch, and their marks."""
        first, last = np.searchsorted(self._page.marked, (low, high))
        return self._page.marked[first:last], self._page.marks[first:last]

    def _relations(self, low: int, high: int) -> Places:
        """Where there is what makes a name a unit."""
        codes = self._codes
        places, marks = self._marked(low, high)
        some = np.flatnonzero(marks & (_RELATES | _DASH | _PER))
        places, marks = places[some], marks[some]
        spaced = codes[places + 1] == ord(" ")
        to_number = _DIGIT[codes[places + 1 + spaced]]
        relates = to_number == (marks & (_RELATES | _DASH) == _DASH)
        is_per = marks & _PER != 0
        relates |= codes[places] == ord("?")
        relates[is_per] = self._windows[places[is_per] - 1] & _OF_PER == _PER_WORD
        found: Places = (places - is_per)[relates]
        return found


def has_unknown(windows: Words) -> Mask:
    """Whether one of the eight bytes is `?`, by the zero byte that comparing leaves."""
    differ = windows ^ _UNKNOWN
    found: Mask = ((differ - np.uint64(0x0101010101010101)) & ~differ & np.uint64(0x8080808080808080)) != 0
    return found


def window_of(text: str, place: int) -> str:
    """What `Domain.opens` is asked of: half of it where the other half is not known as bytes."""
    window = text[place : place + WINDOW].ljust(WINDOW, "\0")
    return window[:HALF] if b"?" in as_bytes(window[HALF:]) else window


def is_related(text: str, behind: int) -> bool:
    """Whether what makes a name a unit stands near enough behind a numeral that ends at `behind`."""
    return _RELATED.match(as_bytes(text[behind : behind + WITHIN + 4])) is not None


def _numbers_of(codes: Bytes, digits: Places, relations: Places) -> tuple[Places, Places, Places]:
    """Beginnings, ends and kinds of the leads among digits."""
    gaps = np.flatnonzero(np.diff(digits) != 1) + 1
    starts = digits[np.concatenate([[0], gaps])] if len(digits) else digits
    ends = digits[np.concatenate([gaps, [len(digits)]]) - 1] + 1 if len(digits) else digits
    before = codes[starts - 1]
    is_lead = ~(_WORD[before] | (before == ord(".")) | (_IN_RUN[before] & _DIGIT[codes[starts - 2]]))
    runs = np.flatnonzero(is_lead)
    begin, behind = starts[runs], ends[runs]
    # A fraction goes on with the next run of digits.
    following = np.minimum(runs + 1, len(starts) - 1)
    decimal = (codes[behind] == ord(".")) & (starts[following] == behind + 1)
    behind = np.where(decimal, ends[following], behind)
    first, second = codes[behind], codes[np.minimum(behind + 1, len(codes) - 1)]
    goes_on = ((first == ord(",")) | (~decimal & (first == ord(".")))) & _DIGIT[second]
    goes_on |= ((first | 32) == ord("e")) & _EXPONENT[second]
    relation = np.append(relations, len(codes) + STRETCH)[np.searchsorted(relations, behind)]
    kind = np.where(relation - behind < WITHIN, RELATED_NUMBER, NUMBER)
    kind[goes_on | _may_be_joined(codes, begin)] = READ
    return begin, behind, kind


def _may_be_joined(codes: Bytes, begin: Places) -> Mask:
    """Which numerals an operator may join to a letter; an unknown character may be a minus, or no letter."""
    joined = np.zeros(len(begin), dtype=bool)
    spaced = codes[begin - 1] == ord(" ")
    operator = codes[begin - 1 - spaced]
    some = np.flatnonzero(_OPERATOR[operator] | (operator == ord("{")))
    begin, spaced, operator = begin[some], spaced[some], operator[some]
    second = codes[begin - 2 - spaced]
    double = ((operator == ord("*")) & (second == ord("*"))) | ((operator == ord("{")) & (second == ord("^")) & ~spaced)
    place = begin - 2 - spaced - double
    apart = ~spaced | (codes[place] == ord(" "))
    place -= spaced
    letter = _VARIABLE[codes[place]] & ~_WORD[codes[place - 1]] & (double | (operator != ord("{")))
    joined[some] = apart & (letter | (_SQUARED[codes[place]] & spaced & ~double))
    return joined


def _others_of(codes: Bytes, places: Places) -> Places:
    """Beginnings of the leads among capitals and brackets."""
    character, before = codes[places], codes[places - 1]
    bracket, paren = character == ord("["), character == ord("(")
    inside = np.where(bracket, before == ord("["), _WORD[before] & ((before != ord("_")) | paren))
    inside |= (before == ord("_")) & _ALNUM[codes[places - 2]] & ~bracket
    inside |= paren & ((before == ord("(")) | (_BLANK[before] & (codes[places - 2] == ord("("))))
    begin: Places = places[~inside]
    return begin
