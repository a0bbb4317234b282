"""`fluxem-prep explain`: why a place of a text is a span, or is not.

What the detector decided is taken from the detector. The candidates are collected once more from what it is made of:
the composed grammar, tried at every character that can begin a span and reaches the place, the anchors, and each
domain's evidence rule and encoder. The rule is told in the words of the domain's own documentation.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from fluxem.domains import DOMAINS
from fluxem.domains.domain import Context, Domain, Failure, Verdict
from fluxem.errors import ConfigError
from fluxem.integration.anchored import Anchored
from fluxem.integration.candidates import bounds_of
from fluxem.integration.leads import LeadFinder
from fluxem.integration.page import Page
from fluxem.vocabulary import PRIORITY, DomainType

from .display import domain_style, plain_table, visible
from .preview import Found, make_preview
from .value_words import decoded_words

_REACH: Final = 512
"""Characters before the place in which a candidate that covers it may begin."""
_AROUND: Final = 30
_EVIDENCE: Final = re.compile(r"^Evidence[.:,] ?(.+?)(?=\n\n(?!- |[a-z`])|\Z)", re.DOTALL | re.MULTILINE)
_WRAPPED: Final = re.compile(r"(?<!\n)\n(?!\n|- )")
_VERDICTS: Final = {
    Verdict.SPAN: "holds",
    Verdict.AMBIGUOUS: "is missing: ambiguous",
    Verdict.TEXT: "speaks against it: text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A reading of a stretch that covers the place."""

    start: int
    """First code point."""
    end: int
    """End, exclusive."""
    domain: DomainType
    """As what."""
    evidence: str
    """What the evidence says."""
    value: str
    """The value, or why it has none."""
    won: bool
    """Whether this is what the detector took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why."""

    text: str
    """The text."""
    at: int
    """The place, in code points."""
    outcome: Found | None
    """What the detector made of it; None for plain text."""
    candidates: tuple[Candidate, ...]
    """Longest first, then by priority: the order in which they are tried."""

    def verdict(self) -> str:
        """What the place is, as a sentence."""
        if self.outcome is None:
            none = "it is plain text"
            return f"{none}: {'no candidate won' if self.candidates else 'nothing here looks like any type'}"
        surface = visible(self.text[self.outcome.start : self.outcome.end], inline=True)
        if self.outcome.reason is None:
            return f"it is in the span {surface!r}, {self.outcome.domain}: {self.outcome.value}"
        return f"{surface!r} stays text: tried as {self.outcome.domain}, {self.outcome.reason}"

    def rules(self) -> dict[DomainType, str]:
        """What the candidates' types ask for, in their documentation's words; of a span, its own type alone."""
        is_span = self.outcome is not None and self.outcome.reason is None
        told = [item for item in self.candidates if item.won or not is_span]
        found = {item.domain: evidence_rule(DOMAINS[item.domain]) for item in told}
        return {domain: rule for domain, rule in found.items() if rule}

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        outcome = self.outcome
        return {
            "at": self.at,
            "verdict": self.verdict(),
            "type": "TEXT" if outcome is None or outcome.reason else outcome.domain,
            "reason": None if outcome is None else outcome.reason,
            "candidates": [
                {
                    "text": self.text[item.start : item.end],
                    "start": item.start,
                    "end": item.end,
                    "type": item.domain.name,
                    "evidence": item.evidence,
                    "value": item.value,
                    "won": item.won,
                }
                for item in self.candidates
            ],
            "rules": {domain.name: rule for domain, rule in self.rules().items()},
        }

    def show(self) -> RenderableType:
        """For people."""
        parts: list[RenderableType] = [self._pointer(), Text(), Text(self.verdict(), "bold")]
        if self.candidates:
            parts += [Text(), self._table()]
        for domain, rule in self.rules().items():
            heading = Text(f"Evidence for {domain.name}", domain_style(domain.name))
            parts += [Text(), heading, Padding(Text(rule), (0, 0, 0, 2))]
        return Group(*parts)

    def _pointer(self) -> Text:
        before = visible(self.text[max(0, self.at - _AROUND) : self.at], inline=True)
        here = visible(self.text[self.at], inline=True)
        after = visible(self.text[self.at + 1 : self.at + 1 + _AROUND], inline=True)
        return Text.assemble(before, (here, "bold reverse"), after, f"\n{' ' * len(before)}^ at {self.at}")

    def _table(self) -> RenderableType:
        table = plain_table("candidate", "type", "evidence", "value")
        for item in self.candidates:
            surface = Text(visible(self.text[item.start : item.end], inline=True), "bold" if item.won else "")
            kind = Text(item.domain.name + (" (taken)" if item.won else ""), domain_style(item.domain.name))
            table.add_row(surface, kind, item.evidence, Text(visible(item.value, inline=True)))
        return table


def explain(text: str, at: int, domains: Iterable[DomainType]) -> Explanation:
    """Why `text[at]` is in a span, or is not.

    Raises:
        ConfigError: there is no such place.
    """
    if not text:
        raise ConfigError("there is nothing to explain: the text is empty")
    if not 0 <= at < len(text):
        raise ConfigError(
            f"at: expected a place from 0 to {len(text) - 1}, came {at}; the text has {len(text)} characters"
        )
    wanted = tuple(domains)
    found = make_preview(text, wanted).found
    outcome = next((item for item in found if item.start <= at < item.end), None)
    floor = max((item.end for item in found if item.end <= at), default=0)
    readings = {(s, e, d.type): d for s, e, d in _readings(text, at, floor, wanted) if s <= at < e}
    ordered = sorted(readings, key=lambda key: (key[0] - key[1], PRIORITY.index(key[2])))
    return Explanation(
        text=text,
        at=at,
        outcome=outcome,
        candidates=tuple(_judged(text, key[0], key[1], readings[key], outcome) for key in ordered),
    )


def evidence_rule(domain: Domain) -> str:
    """The paragraph on evidence of the domain's documentation; empty where the form is enough, or it has none."""
    documented = sys.modules[type(domain.encoder).__module__].__doc__ or ""
    match = _EVIDENCE.search(documented)
    return "" if match is None else _WRAPPED.sub(" ", match[1].strip())


def _readings(text: str, at: int, floor: int, domains: Iterable[DomainType]) -> Iterator[tuple[int, int, Domain]]:
    table = {domain: DOMAINS[domain] for domain in domains}
    leads = LeadFinder(table)
    for begin in range(max(floor, at - _REACH), min(len(text), at + _REACH)):
        yield from _at(leads, text, begin, floor)
    anchored = Anchored(table[domain] for domain in PRIORITY if domain in table)
    yield from anchored(Page([text], anchored.marks.tobytes())).get(0, [])


def _at(leads: LeadFinder, text: str, begin: int, floor: int) -> Iterator[tuple[int, int, Domain]]:
    """What the grammars see at one place; a match without its mark is a stretch to be skipped, and no candidate."""
    lead = leads.at(text, begin)
    if lead is None:
        return
    _, behind, slots = lead
    for match_behind, mark, domain in slots:
        match = match_behind(text, behind)
        if match is not None and match.lastindex == mark:
            yield bounds_of(text, begin, match.end(), domain, floor)


def _judged(text: str, start: int, end: int, domain: Domain, outcome: Found | None) -> Candidate:
    if domain.judge is None:
        evidence = "needs none"
    else:
        evidence = _VERDICTS[domain.judge(Context(text=text, start=start, end=end))]
    prepared = domain.encoder.prepare(text[start:end])
    if isinstance(prepared, Failure):
        value = f"none: {prepared.reason.label}" + (f" ({prepared.detail})" if prepared.detail else "")
    else:
        value = decoded_words(domain.type, domain.encoder.write_one(prepared))
    won = outcome is not None and (outcome.start, outcome.end, outcome.domain) == (start, end, domain.type.name)
    return Candidate(start=start, end=end, domain=domain.type, evidence=evidence, value=value, won=won)
