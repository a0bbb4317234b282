r"""The one regular expression that is composed of all domains' grammars.

Its shape, for speed and for linear time (measured alternatives are an order slower):

    [0-9A-Z\\[(] (?: number boundary, rest of numeral  (?=(fragment))? ... at least one of them
                 |  capital boundary                   (?=(fragment))? ... at least one of them
                 |  bracket boundary                   ...
                 |  paren boundary                     ... )

It starts with one plain character class, which the engine scans at memory speed; boundaries come after it,
as look-behinds over the consumed character. Every domain of a lead is matched in a look-ahead of its own, so
that the longest can be chosen; the fragment's mark tells a candidate from a stretch to be skipped.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fluxem.domains.domain import Domain, Lead
from fluxem.domains.numeral import REST
from fluxem.vocabulary import PRIORITY, DomainType

_CHARACTERS: Final = {
    Lead.NUMBER: string.digits,
    Lead.CAPITAL: string.ascii_uppercase,
    Lead.BRACKET: "[",
    Lead.PAREN: "(",
}

_JOINED: Final = (
    r"(?:(?:(?<=[-+*/^\u2212{][0-9])(?:(?<=[A-Za-z][-+*/^\u2212][0-9])(?<!\w[A-Za-z][-+*/^\u2212][0-9])"
    r"|(?<=[A-Za-z](?:\*\*|\^\{)[0-9])(?<!\w[A-Za-z](?:\*\*|\^\{)[0-9]))"
    r"|(?<=[-+*/^\u2212] [0-9])(?:(?<=[A-Za-z²³] [-+*/^\u2212] [0-9])(?<!\w[A-Za-z] [-+*/^\u2212] [0-9])"
    r"|(?<=[A-Za-z] \*\* [0-9])(?<!\w[A-Za-z] \*\* [0-9])))(?P<joined>))?+"
)
"""Whether an operator joins the numeral to a single letter before it: `x**2`, `x^2`, `x + 2`, `x/2`."""

_BOUNDARIES: Final = {
    # Not inside a word, a number, or a run of them; `.5` is a numeral, `v1.5` is none.
    Lead.NUMBER: r"(?<=[0-9])(?<![\w.][0-9])(?<![0-9],[0-9])",
    Lead.CAPITAL: r"(?<=[A-Z])(?<![^\W_][A-Z])",
    Lead.BRACKET: r"(?<=\[)(?<!\[\[)",
    Lead.PAREN: r"(?<=\()(?<![(\w]\()(?<!\(\s\()",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Where one domain's match stands in the groups of the pattern."""

    domain: Domain
    """Whose match it is."""
    group: int
    """The group that holds what follows the lead."""
    mark: int
    """The group that is set where the match is a candidate, and not where it is to be skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanner:
    """The composed pattern and how to read its matches."""

    pattern: re.Pattern[str]
    """Matches the lead; the look-aheads hold the candidates."""
    slots: dict[str, tuple[Slot, ...]]
    """For each character that can begin a span: the domains of its lead, first in priority first."""


def compose(domains: Mapping[DomainType, Domain]) -> Scanner:
    """The scanner for these domains; one that finds nothing where there are none."""
    group = 0
    branches: list[str] = []
    slots: dict[str, tuple[Slot, ...]] = {}
    ordered = [domains[domain] for domain in PRIORITY if domain in domains]
    leads = [lead for lead in Lead if any(lead in domain.follows for domain in ordered)]
    for lead in leads:
        parts: list[str] = []
        own: list[Slot] = []
        members = [domain for domain in ordered if lead in domain.follows]
        boundary = _BOUNDARIES[lead]
        if lead is Lead.NUMBER:
            asked = any("(?(joined)" in domain.follows[lead] for domain in members)
            boundary += (_JOINED if asked else "") + REST
            group += asked
        for domain in members:
            own.append(Slot(domain=domain, group=group + 1, mark=group + 2))
            parts.append(f"(?:(?=({domain.follows[lead]})))?+")
            group += 2
        branches.append(boundary + "".join(parts) + _any_of([slot.group for slot in own]))
        slots |= dict.fromkeys(_CHARACTERS[lead], tuple(own))
    start = re.escape("".join(_CHARACTERS[lead] for lead in leads))
    pattern = f"[{start}](?:{'|'.join(branches)})" if leads else r"(?!)"
    return Scanner(pattern=re.compile(pattern), slots=slots)


def _any_of(groups: list[int]) -> str:
    """A condition that holds where one of the groups is set."""
    condition = "(?!)"
    for group in reversed(groups):
        condition = f"(?({group})|{condition})"
    return condition
