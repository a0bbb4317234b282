"""The first pass of detection: one text in, its candidates out, disjoint and in order.

A candidate is a span, or a failure `ambiguous`. Leads are found in columns
(`fluxem.integration.leads`), anchors by their triggers (`fluxem.integration.anchored`); where the two overlap,
the longer wins. This is the hot loop of a build: a Python frame costs as much as a kilobyte of scanning, so what
happens at every lead is written out in one place.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from fluxem.domains.domain import Context, Domain, Verdict
from fluxem.domains.nearby import Notebook
from fluxem.integration.anchored import Anchored, Reading
from fluxem.integration.lead_columns import MARKS
from fluxem.integration.leads import FoundAt, LeadFinder
from fluxem.integration.page import Page
from fluxem.vocabulary import PRIORITY, DomainType, FailureReason

_SPAN, _AMBIGUOUS = Verdict.SPAN, Verdict.AMBIGUOUS
Candidate = tuple[int, int, int, int]
"""start, end, domain id, reason id (0 for a span)."""

REREAD: Final = 256
"""How far another domain's refused run may reach beyond an accepted candidate for its inside to be read again.

In `12 - 3 m`, the difference is refused and `3 m` is found inside it. A longer run is read once, which keeps the scan
linear: what else it holds behind the accepted candidate is text.
"""

_SIGN_FOLLOWS: Final = frozenset(" \t\n\r\u00a0\u202f([{,;:=<>~≈≤≥±/|\"'“‘`*$_")
"""Before a sign that belongs to its numeral: nothing that the sign could join to it."""
_EITHER_SIGN: Final = frozenset({"+/", "-/", "\u2212/"})
"""Before a sign that is half of a plus-minus, `+/-5 kg`."""


class CandidateScan:
    """Finds the candidates of texts.

    Args:
        domains: which to look for.
        take_first: whether a candidate without evidence is a span, and no failure.
        budget: candidates of one text; from the next one on, the text is one failure, `limit_exceeded`.
    """

    def __init__(self, domains: Mapping[DomainType, Domain], *, take_first: bool, budget: int = sys.maxsize) -> None:
        self._leads = LeadFinder(domains)
        self._anchored = Anchored(domains[domain] for domain in PRIORITY if domain in domains)
        self._marks = (MARKS | self._anchored.marks).tobytes()
        self._take_first = take_first
        self._budget = budget

    def __call__(self, texts: Sequence[str]) -> list[list[Candidate]]:
        """The candidates of each text."""
        page = Page(texts, self._marks)
        anchored = self._anchored(page)
        return [
            self._of_text(text, leads, anchored.get(row, [])) if leads or row in anchored else []
            for row, (text, leads) in enumerate(zip(texts, self._leads(page), strict=True))
        ]

    def _of_text(self, text: str, leads: Iterable[FoundAt], around: list[Reading]) -> list[Candidate]:
        budget, choose = self._budget, self._choose
        notes = Notebook(text)
        found: list[Candidate] = []
        place = 0
        anchored = iter([candidate for reading in around if (candidate := choose(text, [reading], notes))])
        ahead = next(anchored, None)
        for begin, behind, standing in leads:
            while ahead is not None and ahead[0] <= begin and len(found) <= budget:
                if ahead[0] >= place:
                    found.append(ahead)
                    place = ahead[1]
                ahead = next(anchored, None)
            if begin < place:
                continue
            if len(found) > budget:
                break
            chosen: Candidate | None
            if isinstance(standing, Domain):
                chosen, skip = (begin, behind, standing.type, 0), behind
            else:
                chosen, skip = None, begin
                readings: list[Reading] = []
                for match_behind, mark, domain in standing:
                    match = match_behind(text, behind)
                    if match is not None:
                        end = match.end()
                        if end > skip:
                            skip = end
                        if match.lastindex == mark:
                            readings.append(bounds_of(text, begin, end, domain, place))
                if skip == begin:
                    continue
                if readings:
                    chosen = choose(text, readings, notes)
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
        while ahead is not None and len(found) <= budget:
            if ahead[0] >= place:
                found.append(ahead)
                place = ahead[1]
            ahead = next(anchored, None)
        if len(found) > budget:
            first = found.pop()
            found.append((first[0], len(text), first[2], FailureReason.LIMIT_EXCEEDED))
        return found

    def _choose(self, text: str, readings: list[Reading], notes: Notebook) -> Candidate | None:
        """The longest reading whose evidence holds, first in priority among equals; else the first ambiguous one."""
        if len(readings) > 1:
            readings.sort(key=_by_length)
        ambiguous: Candidate | None = None
        for start, end, domain in readings:
            verdict = _SPAN if domain.judge is None else domain.judge(Context(text, start, end, notes))
            if verdict is _SPAN or (verdict is _AMBIGUOUS and self._take_first):
                if ambiguous is not None and ambiguous[0] == start and ambiguous[2] == domain.part_of:
                    return ambiguous
                return start, end, domain.type, 0
            if verdict is _AMBIGUOUS and ambiguous is None:
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
        and text[max(0, start - 3) : start - 1] not in _EITHER_SIGN
    ):
        start -= 1
    return start, end, domain
