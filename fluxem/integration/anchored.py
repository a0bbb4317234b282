"""Spans that are found from their middle, around a trigger (`fluxem.domains.domain.Anchor`).

Most documents hold no trigger at all, and looking for a string costs next to nothing; only where one occurs is
the text searched for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fluxem.domains.domain import Anchor, Domain

Reading = tuple[int, int, Domain]


@dataclass(frozen=True, slots=True)
class _Search:
    """The anchor of one domain, ready to run."""

    domain: Domain
    anchor: Anchor
    pattern: re.Pattern[str]


class Anchored:
    """The readings of all domains with an anchor, disjoint and in order.

    Args:
        domains: first in priority first.
    """

    def __init__(self, domains: Iterable[Domain]) -> None:
        self._searches = [
            _Search(domain, domain.anchor, _any_of(domain.anchor.triggers))
            for domain in domains
            if domain.anchor is not None
        ]

    def __call__(self, text: str) -> list[Reading]:
        """The readings of one text."""
        found: list[Reading] = []
        for search in self._searches:
            if any(trigger in text for trigger in search.anchor.triggers):
                found.extend(_around(text, search))
        return _disjoint(found) if len(found) > 1 else found


def _any_of(triggers: Sequence[str]) -> re.Pattern[str]:
    ordered = sorted(triggers, key=len, reverse=True)
    return re.compile("|".join(re.escape(trigger) for trigger in ordered))


def _around(text: str, search: _Search) -> Iterator[Reading]:
    """What `find` sees around each trigger, between the triggers next to it."""
    find, window = search.anchor.find, search.anchor.window
    low = 0
    matches = search.pattern.finditer(text)
    match = next(matches, None)
    while match is not None:
        start, end = match.span()
        match = next(matches, None)
        high = len(text) if match is None else match.start()
        bounds = find(text, max(low, start - window), start, end, min(high, end + window))
        if bounds is not None:
            yield (*bounds, search.domain)
        low = end


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
