"""Spans that are found from their middle, around a trigger (`fluxem.domains.domain.Anchor`).

Most texts hold no trigger at all, or nothing behind one that could go on as a span. Where there may be one is seen in
bytes, for all texts of a page at once; only there a domain looks at the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from fluxem.domains.domain import Anchor, Domain
from fluxem.integration.page import Mask, Page, as_bytes, byte_class

Reading = tuple[int, int, Domain]
"""start, end, and as what."""

BLANKS: Final = 3
"""White space that may stand between a trigger and what begins behind it."""
_SKIPPED: Final = 6
"""Characters behind blanks that are passed over at once."""
_SIGN: Final = 128
"""A mark beside those of leads (`fluxem.integration.lead_columns`)."""
_BLANK: Final = byte_class(r"[\s?]")


@dataclass(frozen=True, slots=True)
class _Search:
    """The anchor of one domain, ready to run."""

    domain: Domain
    anchor: Anchor
    pattern: re.Pattern[str]
    """Finds a trigger."""
    rare: str
    """The last characters of the triggers that have no byte of their own."""
    is_sign: Mask
    """bool (256,), which bytes are another one."""
    skips: Mask
    """bool (256,), which bytes may stand behind it before what must stand there."""
    begins: Mask
    """bool (256,), which bytes what must stand there may begin with."""
    ahead: re.Pattern[bytes]
    """What must stand behind it."""
    longest: int
    """Characters of the longest trigger."""


class Anchored:
    """The readings of all domains with an anchor, disjoint and in order.

    Args:
        domains: first in priority first.
    """

    def __init__(self, domains: Iterable[Domain]) -> None:
        self._searches = [_search_of(domain, domain.anchor) for domain in domains if domain.anchor is not None]
        may_end = byte_class("[?]")
        for search in self._searches:
            may_end |= search.is_sign
        self.marks = may_end * np.uint8(_SIGN)
        """uint8 (256,), for each byte of a page: whether it may end a trigger."""

    def __call__(self, page: Page) -> dict[int, list[Reading]]:
        """The readings of the texts that have some, by the number of the text."""
        found: dict[int, list[Reading]] = {}
        for search in self._searches:
            for row, places in _begun(page, search).items():
                found.setdefault(row, []).extend(_around(page.texts[row], search, places))
        return {row: _disjoint(readings) for row, readings in found.items() if readings}


def _search_of(domain: Domain, anchor: Anchor) -> _Search:
    ordered = sorted(anchor.triggers, key=len, reverse=True)
    signs = "".join(dict.fromkeys(trigger[-1] for trigger in ordered))
    rare = "".join(sign for sign in signs if as_bytes(sign) == b"?")
    is_sign = np.isin(np.arange(256), list(as_bytes(signs.translate(dict.fromkeys(map(ord, rare))))))
    return _Search(
        domain=domain,
        anchor=anchor,
        pattern=re.compile("|".join(re.escape(trigger) for trigger in ordered)),
        rare=rare,
        is_sign=is_sign,
        skips=byte_class(anchor.skips),
        begins=byte_class(anchor.begins),
        ahead=re.compile(as_bytes(anchor.ahead)),
        longest=len(ordered[0]),
    )


def _begun(page: Page, search: _Search) -> dict[int, list[int]]:
    """Where the last characters of triggers stand in each text, with what must stand behind them."""
    ahead, buffer = search.ahead.match, page.buffer
    places = page.marked[page.marks & _SIGN != 0]
    places = places[search.is_sign[page.codes[places]]]
    rare = list(_rare_signs(page, search.rare))
    if rare:
        places = np.sort(np.concatenate([places, np.array(rare, dtype=np.int64)]))
    places = places[~search.is_sign[page.codes[places + 1]]]
    first = places + 1
    for _ in range(BLANKS):
        first += _BLANK[page.codes[first]]
    for _ in range(_SKIPPED):
        first += search.skips[page.codes[first]]
    places = places[(search.skips | search.begins)[page.codes[first]]]
    places = np.array([place for place in places.tolist() if ahead(buffer, place + 1) is not None], dtype=np.int64)
    rows = page.rows(places)
    begun: dict[int, list[int]] = {}
    for row, place in zip(rows.tolist(), (places - page.starts[rows]).tolist(), strict=True):
        begun.setdefault(row, []).append(place)
    return begun


def _rare_signs(page: Page, signs: str) -> Iterator[int]:
    """Where in the bytes one of some characters stands that have none of their own."""
    unknown = page.marked[page.codes[page.marked] == ord("?")]
    for row in np.unique(page.rows(unknown)).tolist() if signs else []:
        text, start = page.texts[row], int(page.starts[row])
        for sign in "" if text.isascii() else signs:
            place = text.find(sign)
            while place >= 0:
                yield start + place
                place = text.find(sign, place + 1)


def _around(text: str, search: _Search, signs: Sequence[int]) -> Iterator[Reading]:
    """What `find` sees around each trigger that ends at one of `signs`, between the triggers next to it."""
    find, window, longest, pattern = search.anchor.find, search.anchor.window, search.longest, search.pattern
    passed = 0  # the end of the last trigger that was seen
    for sign in signs:
        near = max(passed, sign - window - longest)
        spans = [match.span() for match in pattern.finditer(text, near, sign + 1)]
        if not spans:
            continue
        start, end = spans[-1]
        low, passed = max(spans[-2][1] if len(spans) > 1 else passed, start - window), end
        if end != sign + 1:
            continue  # the sign alone is no trigger
        following = pattern.search(text, end, end + window + longest)
        high = len(text) if following is None else following.start()
        bounds = find(text, low, start, end, min(high, end + window))
        if bounds is not None:
            yield (*bounds, search.domain)


def _disjoint(readings: list[Reading]) -> list[Reading]:
    """Of readings that overlap the longer, else the earlier in the list; in order."""
    kept: list[Reading] = []
    for reading in sorted(readings, key=lambda reading: reading[0]):
        if kept and reading[0] < kept[-1][1]:
            if reading[1] - reading[0] > kept[-1][1] - kept[-1][0]:
                kept[-1] = reading
        else:
            kept.append(reading)
    return kept
