"""The grammars of the domains behind a lead: which of them a window lets pass, and how each is matched.

Besides, the forms that are spans whatever stands around them (`Domain.sure`), as one pattern over bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from fluxem.domains.domain import Domain, Lead
from fluxem.domains.numeral import PLAIN_NUMERAL
from fluxem.domains.sign import WORDED_ENDS
from fluxem.integration.lead_columns import FREE, SHUT, TIED
from fluxem.integration.page import as_bytes

Slot = tuple[Callable[[str, int], re.Match[str] | None], int, Domain]
"""How one domain's fragment is matched behind a lead, the number of its mark's group, and whose it is."""

KEPT: Final = 1 << 18
"""Windows that are remembered; when there are more, the memory starts anew."""

_WORD_ALONE: Final = re.compile(
    r"([A-Z][A-Za-z]*+)(?:[,:;!)\]}'\"/|=<>&`]|[ ][A-Za-z0-9(,]|\n\s*+[^\s\0]|\.[ \nA-Za-z](?!2O)|-[A-Za-z0-9]"
    r"|\([a-z0-9_\"'*]|\*\*)"
)
"""A word that nothing can make longer, in a document with more in it than the word."""
_NOT_GROUPED: Final = r"(?![1-9][0-9]{0,2}\.[0-9]{3}(?![0-9])|(?<=[0-9],[ ])[0-9]{3}(?![0-9]))"
"""A point or a comma that may group thousands, as in `2.500 kg` and `12, 500 m`, is asked about."""
_NAME: Final = re.compile(r"[\s\u2010\u2011-]{0,2}[^\W\d_]|/")


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One domain under one lead."""

    slot: Slot
    opens: str
    """The pattern of the windows that let it pass."""
    relates: bool
    """Whether a relation makes any name behind the numeral let it pass."""
    keeps: Callable[[str], re.Match[str] | None] | None
    """Which windows let it pass all the same behind what keeps it out (`Domain.shut`)."""
    tied: Callable[[str], re.Match[str] | None]
    """Which windows let it pass behind what ties a numeral to a name (`Domain.tied`)."""


class LeadGrammars:
    """The grammars that may go on behind one lead, by what the window shows.

    Args:
        domains: in order of priority.
        lead: the lead.
        joined: whether an operator joins a numeral to the letter before it.
    """

    def __init__(self, domains: Sequence[Domain], lead: Lead, *, joined: bool = False) -> None:
        self._entries: list[Entry] = []
        for domain in domains:
            if lead not in domain.follows:
                continue
            asks = "(?(joined)" in domain.follows[lead]
            opens = "" if asks and joined else domain.opens.get(lead, "")
            shut = domain.shut if lead is Lead.NUMBER else None
            keeps = None if shut is None else re.compile(shut[1]).match
            slot = _slot(domain, lead, joined=joined)
            tied = re.compile("(?!)" if domain.tied is None else domain.tied).match
            self._entries.append(Entry(slot, opens, domain.relates and lead is Lead.NUMBER, keeps, tied))
        # One pattern tells of each whether it passes; those with all the names of units are large, and compiled once,
        # alone.
        light = [f"(?:(?={entry.opens})()|)" for entry in self._entries if not entry.relates]
        self._light = re.compile("".join(light)).match
        self._large = [re.compile(entry.opens).match for entry in self._entries if entry.relates]
        self._passing: dict[tuple[object, ...], tuple[Entry, ...]] = {}
        self._kept: dict[tuple[str, bool, int], tuple[Slot, ...]] = {}

    def slots_of(self, window: str, *, related: bool = False, front: int = FREE) -> tuple[Slot, ...]:
        """How those that can match are matched, first in priority first; remembered. Arguments as of `find`."""
        kept = self._kept.get((window, related, front))
        if kept is None:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            found = self.find(window, related=related, front=front)
            kept = self._kept[window, related, front] = tuple(entry.slot for entry in found)
        return kept

    def find(self, window: str, *, related: bool = False, front: int = FREE) -> tuple[Entry, ...]:
        """Those that can match.

        Args:
            window: what stands there.
            related: whether what makes any name a unit stands near enough.
            front: what stands in front of a numeral.
        """
        light = self._light(window)
        assert light is not None
        shown = light.groups()
        for large in self._large:
            shown += ((related and _NAME.match(window) is not None) or large(window) is not None,)
        passing = self._passing.get(shown)
        if passing is None:
            passing = self._passing[shown] = self._named(shown)
        if passing and (word := _WORD_ALONE.match(window)) is not None:
            passing = tuple(entry for entry in passing if (dull := entry.slot[2].dull) is None or not dull(word[1]))
        if front == SHUT:
            passing = tuple(entry for entry in passing if entry.keeps is None or entry.keeps(window))
        elif front == TIED:
            passing = tuple(entry for entry in passing if entry.tied(window))
        return passing

    def _named(self, shown: tuple[object, ...]) -> tuple[Entry, ...]:
        """The entries of what one look at a window has shown: of the light ones, then of the large ones."""
        ordered = sorted(self._entries, key=lambda entry: entry.relates)
        passing = {entry for entry, seen in zip(ordered, shown, strict=True) if seen is not None and seen is not False}
        return tuple(entry for entry in self._entries if entry in passing)


def _slot(domain: Domain, lead: Lead, *, joined: bool) -> Slot:
    """How a domain's fragment behind a lead is matched."""
    fragment = domain.follows[lead]
    if "(?(joined)" in fragment:
        fragment = ("(?P<joined>)" if joined else "(?:(?P<joined>(?!)))?") + fragment
    numeral = domain.follows.get(Lead.NUMBER, "")
    head = fragment.removesuffix(numeral)
    if lead is not Lead.PAREN or not numeral or head == fragment:
        pattern = re.compile(fragment)
        return pattern.match, pattern.groups, domain
    # The grammar of units takes long to compile: behind a parenthesis and a numeral the one for numerals goes on.
    begin, rest = re.compile(head), re.compile(numeral)

    def match(text: str, place: int) -> re.Match[str] | None:
        first = begin.match(text, place)
        return None if first is None else rest.match(text, first.end())

    return match, rest.groups, domain


class SureForms:
    """What is surely a span, at a numeral.

    Args:
        domains: in order of priority.
    """

    before: Final = " $=\n"
    """What stands right in front of each."""

    def __init__(self, domains: Sequence[Domain]) -> None:
        self.domains: list[Domain] = []
        """By the number of the last group in a match, less one: whose it is."""
        by_context: dict[str, list[str]] = {}  # a numeral is read once for all that may stand behind it
        forms = [(*form, domain) for domain in domains for form in domain.sure]
        for before, behind, owner in sorted(forms, key=lambda form: form[0]):
            by_context.setdefault(before, []).append(f"(?:{behind})()")
            self.domains.append(owner)
        found = [
            f"(?<={before}){_NOT_GROUPED}{PLAIN_NUMERAL}(?:{'|'.join(parts)})" for before, parts in by_context.items()
        ]
        unsigned = "".join(f"(?<!{end})" for end in WORDED_ENDS)
        pattern = f"{unsigned}(?:{'|'.join(found)})" if found else "(?!)"
        self.match = re.compile(as_bytes(pattern)).match
        """(bytes, place of a numeral) to the span there, whose last group says whose it is; None where none is sure."""
