"""Spans that are found from their middle, around a trigger (`fluxem.domains.domain.Anchor`).

Most documents hold no trigger at all, or nothing behind one that could go on as a span; only the others are searched
for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fluxem.domains.domain import Anchor, Domain

Reading = tuple[int, int, Domain]


@dataclass(frozen=True, slots=True)
class _Search:
    """The anchor of one domain, ready to run."""

    domain: Domain
    anchor: Anchor
    pattern: re.Pattern[str]
    """Finds a trigger."""
    signs: str
    """The last characters of the triggers: where none of them stands, looking for one costs next to nothing."""
    ascii_signs: str
    """Those among them that a text of ASCII may hold."""
    begun: re.Pattern[str]
    """A sign, with what must stand behind it."""
    longest: int
    """Characters of the longest trigger."""


class Anchored:
    """The readings of all domains with an anchor, disjoint and in order.

    Args:
        domains: first in priority first.
    """

    def __init__(self, domains: Iterable[Domain]) -> None:
        self._searches = [_search_of(domain, domain.anchor) for domain in domains if domain.anchor is not None]

    def __call__(self, text: str) -> list[Reading]:
        """The readings of one text."""
        found: list[Reading] = []
        for search in self._searches:
            if any(map(text.__contains__, search.ascii_signs if text.isascii() else search.signs)):
                found.extend(_around(text, search))
        return _disjoint(found) if len(found) > 1 else found


def _search_of(domain: Domain, anchor: Anchor) -> _Search:
    ordered = sorted(anchor.triggers, key=len, reverse=True)
    signs = "".join(dict.fromkeys(trigger[-1] for trigger in ordered))
    return _Search(
        domain=domain,
        anchor=anchor,
        pattern=re.compile("|".join(re.escape(trigger) for trigger in ordered)),
        signs=signs,
        ascii_signs="".join(filter(str.isascii, signs)),
        begun=re.compile(f"[{re.escape(signs)}](?={anchor.ahead})"),
        longest=len(ordered[0]),
    )


def _around(text: str, search: _Search) -> Iterator[Reading]:
    """What `find` sees around each trigger, between the triggers next to it."""
    find, window, longest, pattern = search.anchor.find, search.anchor.window, search.longest, search.pattern
    passed = 0  # the end of the last trigger that was seen
    for begun in search.begun.finditer(text):
        near = max(passed, begun.start() - window - longest)
        spans = [match.span() for match in pattern.finditer(text, near, begun.end())]
        if not spans:
            continue
        start, end = spans[-1]
        low, passed = max(spans[-2][1] if len(spans) > 1 else passed, start - window), end
        if end != begun.end():
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
