"""Where spans can begin, and which domains are worth trying there: columns over a whole batch of texts.

Most numerals and capitals begin nothing (`12 people`, `The`), and the few characters behind them tell so
(`Domain.opens`): the first four for nearly all, eight for most others. They are looked at as bytes, for all texts at
once (`fluxem.integration.lead_columns`), and what a window allows is worked out once
(`fluxem.integration.window_memo`); only what passes becomes a Python object.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import chain, pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from fluxem.domains.domain import Domain, Lead
from fluxem.domains.numeral import REST
from fluxem.integration.lead_columns import (
    FREE,
    OTHER,
    READ,
    SHUT,
    TIED,
    LeadColumns,
    Leads,
    is_related,
    window_of,
)
from fluxem.integration.lead_grammars import LeadGrammars, Slot, SureForms
from fluxem.integration.page import Page, Places, byte_class
from fluxem.integration.window_memo import NOTHING, WindowMemo
from fluxem.vocabulary import PRIORITY, DomainType

LeadAt = tuple[int, int, tuple[Slot, ...]]
"""Where a lead begins, in code points; where its fragments go on (behind the numeral, or behind the lead's only
character); and what may stand there, first in priority first, never empty."""

FoundAt = tuple[int, int, tuple[Slot, ...] | Domain]
"""The same; or where a span begins and ends that is one whatever stands around it, and of which domain."""

_BOUNDARIES: Final = {
    # Not inside a word, a number, or a run of them; `.5` is a numeral, `v1.5` is none, nor the 2 of `1/2`.
    Lead.NUMBER: re.compile(r"(?<![\w.])(?<![0-9][,/])[0-9]"),
    Lead.CAPITAL: re.compile(r"(?<![^\W_])(?<![A-Za-z0-9]_)[A-Z]"),
    Lead.BRACKET: re.compile(r"(?<!\[)\["),
    Lead.PAREN: re.compile(r"(?<![(\w])(?<!\(\s)\("),
}
_REST: Final = re.compile("[0-9]" + REST)
_JOINED: Final = re.compile(
    r"(?<=[-+*/^\u2212{])(?:(?<=[A-Za-z][-+*/^\u2212])(?<!\w[A-Za-z][-+*/^\u2212])"
    r"|(?<=[A-Za-z](?:\*\*|\^\{))(?<!\w[A-Za-z](?:\*\*|\^\{)))"
    r"|(?<=[-+*/^\u2212] )(?:(?<=[A-Za-z²³] [-+*/^\u2212] )(?<!\w[A-Za-z] [-+*/^\u2212] )"
    r"|(?<=[A-Za-z] \*\* )(?<!\w[A-Za-z] \*\* ))"
)
"""Whether an operator joins a numeral to a single letter before it: `x**2`, `x^2`, `x + 2`, `x/2`."""


_AT_ONCE: Final = 1 << 16
"""Leads of one text that are Python objects at the same time."""
_TIED: Final = re.compile(r"(?<=[A-Za-z0-9]-)|(?<=[A-Za-z]/)")


def _lead_of(character: str) -> Lead | None:
    if character == "[":
        return Lead.BRACKET
    if character == "(":
        return Lead.PAREN
    if not character.isascii():
        return None
    return Lead.NUMBER if character.isdigit() else Lead.CAPITAL if character.isupper() else None


class LeadFinder:
    """Finds the leads of texts.

    Args:
        domains: which to look for.
    """

    def __init__(self, domains: Mapping[DomainType, Domain]) -> None:
        ordered = [domains[domain] for domain in PRIORITY if domain in domains]
        self._grammars = {lead: LeadGrammars(ordered, lead) for lead in Lead}
        self._joined = LeadGrammars(ordered, Lead.NUMBER, joined=True)
        self._memo = WindowMemo(self._grammars)
        self._shut = "".join(domain.shut[0] for domain in ordered if domain.shut is not None)
        self._is_shut = byte_class(f"[{re.escape(self._shut)}]" if self._shut else "(?!)")
        self._sure = SureForms(ordered)
        self._before_sure = byte_class(f"[{SureForms.before}]")
        self._sure_numbers = np.array([NOTHING, *map(self._memo.add, self._sure.domains)])

    def __call__(self, page: Page) -> list[Iterable[FoundAt]]:
        """The leads of each text, in order, and what is surely a span in place of the lead that begins it.

        What has none is an empty tuple. They become Python objects some at a time, when they are asked for.
        """
        pieces = [np.empty((4, 0), dtype=np.int32)]
        for numbers, others in LeadColumns(page, self._is_shut):
            numbers, others = (leads.take(self._memo.pass_halves(leads)) for leads in (numbers, others))
            pieces.append(self._collect(page, numbers.merge(others)))
        found = np.concatenate(pieces, axis=1)
        bounds = np.searchsorted(found[0], np.arange(len(page.texts) + 1)).tolist()
        return [self._objects(found[1:, first:last]) if first < last else () for first, last in pairwise(bounds)]

    def _objects(self, found: npt.NDArray[np.int32]) -> Iterable[FoundAt]:
        """Rows of begins, ends and numbers of sets, as what the scan takes."""
        if found.shape[1] > _AT_ONCE:
            parts = (found[:, low : low + _AT_ONCE] for low in range(0, found.shape[1], _AT_ONCE))
            return chain.from_iterable(map(self._objects, parts))
        begin, ends, numbers = found.tolist()
        return zip(begin, ends, map(self._memo.sets.__getitem__, numbers), strict=True)

    def at(self, text: str, begin: int) -> LeadAt | None:
        """The lead at one place of a text; None where there is none, or nothing can follow."""
        lead = _lead_of(text[begin])
        if lead is None or _BOUNDARIES[lead].match(text, begin) is None:
            return None
        if lead is not Lead.NUMBER:
            slots = self._grammars[lead].slots_of(window_of(text, begin))
            return (begin, begin + 1, slots) if slots else None
        rest = _REST.match(text, begin)
        assert rest is not None
        behind = rest.end()
        window, related = window_of(text, behind), is_related(text, behind)
        if _JOINED.match(text, begin) is not None:
            slots = self._joined.slots_of(window, related=related)
        else:
            front = SHUT if begin > 0 and text[begin - 1] in self._shut else TIED if _TIED.match(text, begin) else FREE
            slots = self._grammars[lead].slots_of(window, related=related, front=front)
        return (begin, behind, slots) if slots else None

    def _collect(self, page: Page, leads: Leads) -> npt.NDArray[np.int32]:
        """What is found at leads: of which text each is, where it begins and ends in it, and its set's number."""
        numbers, ends = self._with_sure(page, leads, self._memo.numbers_of(leads))
        left = np.flatnonzero((numbers != NOTHING) | (leads.kind == READ))
        numbers, begin, ends = numbers[left], leads.begin[left], ends[left]
        row = page.rows(begin)
        begin, ends = begin - page.starts[row], ends - page.starts[row]
        for place in np.flatnonzero(numbers == NOTHING).tolist():
            lead = self.at(page.texts[row[place]], int(begin[place]))
            if lead is not None:
                ends[place], numbers[place] = lead[1], self._memo.number_of_slots(lead[2])
        found = np.stack([row, begin, ends, numbers]).astype(np.int32)
        return found[:, numbers != NOTHING]

    def _with_sure(self, page: Page, leads: Leads, numbers: Places) -> tuple[Places, Places]:
        """Numbers and ends of leads, where what is surely a span takes the place of what might be one."""
        alive = (numbers != NOTHING) | (leads.kind == READ)
        tried = np.flatnonzero(alive & (leads.kind != OTHER) & self._before_sure[page.codes[leads.begin - 1]])
        buffer, match = page.buffer, self._sure.match
        matches = [match(buffer, place) for place in leads.begin[tried].tolist()]
        hits = [(i, span.end(), span.lastindex) for i, span in enumerate(matches) if span is not None]
        ends = leads.behind.copy()
        if hits:
            at, end, group = np.array(hits).T
            ends[tried[at]], numbers[tried[at]] = end, self._sure_numbers[group]
        return numbers, ends
