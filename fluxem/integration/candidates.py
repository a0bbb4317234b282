"""The first pass of detection: one text in, its candidates out, disjoint and in order.

A candidate is a span, or a failure `ambiguous`. Leads are found by the composed pattern
(`fluxem.integration.scanner`), anchors by their triggers (`fluxem.integration.anchored`); where the two overlap,
the longer wins. This is the hot loop of a build: a Python frame costs as much as a kilobyte of scanning, so what
happens at every lead is written out in one place.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final

from fluxem.domains.domain import Context, Domain, Verdict
from fluxem.domains.nearby import Notebook
from fluxem.integration.anchored import Anchored
from fluxem.integration.scanner import compose
from fluxem.vocabulary import PRIORITY, DomainType, FailureReason

Candidate = tuple[int, int, int, int]
"""start, end, domain id, reason id (0 for a span)."""

Reading = tuple[int, int, Domain]
"""start, end, and as what."""

REREAD: Final = 256
"""How far another domain's refused run may reach beyond an accepted candidate for its inside to be read again.

In `12 - 3 m`, the difference is refused and `3 m` is found inside it. A longer run is read once, which keeps the scan
linear: what else it holds behind the accepted candidate is text.
"""

_SIGN_FOLLOWS: Final = frozenset(" \t\n\r\u00a0\u202f([{,;:=<>~≈≤≥±/|\"'“‘")
"""Before a sign that belongs to its numeral: nothing that the sign could join to it."""


class CandidateScan:
    """Finds the candidates of texts.

    Args:
        domains: which to look for.
        take_first: whether a candidate without evidence is a span, and no failure.
        budget: candidates of one text; from the next one on, the text is one failure, `limit_exceeded`.
    """

    def __init__(self, domains: Mapping[DomainType, Domain], *, take_first: bool, budget: int = sys.maxsize) -> None:
        scanner = compose(domains)
        self._search = scanner.pattern.search
        self._slots = {
            character: tuple((slot.group, slot.mark, slot.domain) for slot in slots)
            for character, slots in scanner.slots.items()
        }
        self._anchored = Anchored(domains[domain] for domain in PRIORITY if domain in domains)
        self._take_first = take_first
        self._budget = budget

    def __call__(self, text: str) -> list[Candidate]:
        """The candidates of one text."""
        search, slots, budget = self._search, self._slots, self._budget
        notes = Notebook(text)
        anchored = iter(self._anchors(text, notes))
        ahead = next(anchored, None)
        found: list[Candidate] = []
        place = 0
        match = search(text)
        while (match is not None or ahead is not None) and len(found) <= budget:
            if ahead is not None and (match is None or ahead[0] <= match.start()):
                if ahead[0] >= place:
                    found.append(ahead)
                    place = ahead[1]
                    if match is not None and match.start() < place:
                        match = search(text, place)
                ahead = next(anchored, None)
                continue
            assert match is not None
            begin, end_of = match.start(), match.end
            skip = begin + 1
            readings: list[Reading] = []
            for group, mark, domain in slots[text[begin]]:
                end = end_of(group)
                if end >= 0:
                    skip = max(skip, end)
                    if end_of(mark) >= 0:
                        readings.append(bounds_of(text, begin, end, domain, place))
            chosen = self._choose(text, readings, notes) if readings else None
            if chosen is None:
                # What was no span may end in the beginning of one: of `10 - 20 mg`, no difference, `20 mg` remains.
                place = (text.rfind(" ", begin + 1, skip) + 1) or skip
                if ahead is not None and place > ahead[0]:
                    place = ahead[0]
            elif ahead is not None and ahead[0] < chosen[1] and ahead[1] - ahead[0] >= chosen[1] - chosen[0]:
                place = ahead[0]  # what is anchored is as long: it is taken in the next round
            else:
                found.append(chosen)
                place = skip if skip - chosen[1] > REREAD else max(chosen[1], begin + 1)
            match = search(text, place)
        if len(found) > budget:
            first = found.pop()
            found.append((first[0], len(text), first[2], FailureReason.LIMIT_EXCEEDED))
        return found

    def _anchors(self, text: str, notes: Notebook) -> list[Candidate]:
        """The candidates around anchors, disjoint and in order."""
        return [candidate for reading in self._anchored(text) if (candidate := self._choose(text, [reading], notes))]

    def _choose(self, text: str, readings: list[Reading], notes: Notebook) -> Candidate | None:
        """The longest reading whose evidence holds, first in priority among equals; else the first ambiguous one."""
        if len(readings) > 1:
            readings.sort(key=_by_length)
        ambiguous: Candidate | None = None
        for start, end, domain in readings:
            context = Context(text=text, start=start, end=end, notes=notes)
            verdict = Verdict.SPAN if domain.judge is None else domain.judge(context)
            if verdict is Verdict.SPAN or (verdict is Verdict.AMBIGUOUS and self._take_first):
                return start, end, domain.type, 0
            if verdict is Verdict.AMBIGUOUS and ambiguous is None:
                ambiguous = start, end, domain.type, FailureReason.AMBIGUOUS
        return ambiguous


def _by_length(reading: Reading) -> int:
    return reading[0] - reading[1]


def bounds_of(text: str, begin: int, end: int, domain: Domain, floor: int) -> Reading:
    """Where a match begins and ends as a candidate: trimmed, and with its sign. `floor` is where the scan stood."""
    start = begin
    if domain.trim is not None:
        first, last = domain.trim(text[begin:end])
        start, end = begin + first, begin + last
    if domain.reach is not None and start == begin:
        start = domain.reach(text, begin, floor)
    if (
        domain.signed
        and floor < start <= begin
        and text[start - 1] in domain.signs
        and (start == 1 or text[start - 2] in _SIGN_FOLLOWS)
    ):
        start -= 1
    return start, end, domain
