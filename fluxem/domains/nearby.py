r"""Words near a candidate, found in time that does not grow with the number of candidates.

Evidence is often a word within a hundred characters. Where candidates stand close together, each would search nearly
the same hundred characters anew; a `Notebook` keeps, for one document and one pattern, the stretch that was searched
last and the matches in it, and searches only what is new. Candidates come in order, so each character of a document
is searched about once a pattern.

Whether a word is near is a property of the text alone, not of what was asked before: a match counts that begins inside
the window, and ends inside it, where it is matched with what really stands around it (`\b` does not see the window's
edge).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final

LONGEST: Final = 40
"""No match is longer, nor looks further ahead; longer ones are cut."""
_LOOK_BEHIND: Final = 8
_AHEAD: Final = 128


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """What is looked for near a candidate."""

    pattern: re.Pattern[str]
    """Its matches; without groups, each at most `LONGEST` characters long, looking back at most 8."""
    folded: bool = True
    """Whether the text is looked at in lower case."""


def words(pattern: str, *, folded: bool = True) -> Words:
    """`pattern`, an alternation, as `Words`."""
    return Words(re.compile(pattern), folded)


@dataclass(slots=True)
class _Page:
    """One pattern's matches in one stretch of the document."""

    low: int
    """Where the stretch begins."""
    high: int
    """Where it ends: every match that begins in between is known."""
    starts: list[int] = field(default_factory=list)
    """Where the matches begin, in order; overlapping ones too."""
    ends: list[int] = field(default_factory=list)
    """Where they end."""


class Notebook:
    """What is known of one document.

    Args:
        text: the document.
    """

    __slots__ = ("_pages", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._pages: dict[Words, _Page] = {}

    def near(self, words: Words, low: int, start: int, end: int, high: int) -> bool:
        """Whether one of `words` stands inside text[low:start] or text[end:high]."""
        page = self._pages.get(words)
        if page is None or not page.low <= low <= page.high:
            page = self._pages[words] = _Page(low, low)
        starts, ends = page.starts, page.ends
        # The first search of a stretch looks no further than it must; where candidates are dense, the next look ahead.
        ahead = 0 if page.low == page.high else _AHEAD
        seen = bisect_left(starts, low)
        while True:
            for place in range(seen, len(starts)):
                if ends[place] <= start or (starts[place] >= end and ends[place] <= high):
                    return True
            seen = len(starts)
            if page.high >= high or not self._search(words, page, high + ahead):
                return False

    def _search(self, words: Words, page: _Page, high: int) -> bool:
        """Note the first match that begins in text[page.high:high]; False where there is none."""
        shift = max(0, page.high - _LOOK_BEHIND)
        stretch = self._text[shift : high + LONGEST]
        match = words.pattern.search(_lower(stretch) if words.folded else stretch, page.high - shift)
        if match is None or match.start() + shift >= high:
            page.high = high
            return False
        page.starts.append(match.start() + shift)
        page.ends.append(match.end() + shift)
        page.high = page.starts[-1] + 1
        return True


def _lower(text: str) -> str:
    """`text` in lower case, character by character, so that places stay."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)
