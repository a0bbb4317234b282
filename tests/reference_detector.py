"""The slow, obvious reference of detection: every position, every domain by itself; and texts to compare it on."""

from __future__ import annotations

import re
import string
from pathlib import Path

from hypothesis import strategies as st

from fluxem.domains import DOMAINS
from fluxem.domains.domain import Context, Lead, Verdict
from fluxem.domains.numeral import NUMERAL
from fluxem.integration.candidates import REREAD
from fluxem.vocabulary import PRIORITY, FailureReason

_JOINED = re.compile(r"(?<!\w)[A-Za-z](?:[-+*/^\u2212]|\*\*|\^\{| [-+*/^\u2212] | \*\* )\Z|[²³] [-+*/^\u2212] \Z")
_SIGN_MAY_FOLLOW = " \t\n\r\u00a0\u202f([{,;:=<>~≈≤≥±/|\"'“‘`*$"


def lead_at(text, place):
    """The lead that begins at `place`, or None."""
    before, character = text[:place], text[place]
    if character in string.digits:
        inside = re.search(r"[\w.]\Z|[0-9][,/]\Z", before)
        return None if inside else Lead.NUMBER
    if character in string.ascii_uppercase:
        return None if before[-1:].isalnum() or re.search(r"[A-Za-z0-9]_\Z", before) else Lead.CAPITAL
    if character == "[":
        return None if before.endswith("[") else Lead.BRACKET
    if character == "(":
        return None if re.search(r"[(\w]\Z|\(\s\Z", before) else Lead.PAREN
    return None


def is_tied(text, place):
    """Whether a hyphen or a slash ties what stands at `place` to more than a single letter."""
    return bool(re.search(r"[A-Za-z0-9]-\Z|[A-Za-z]/\Z", text[:place])) and not _JOINED.search(text[:place])


class Fragment:
    """The grammar of one domain under one lead, compiled by itself."""

    def __init__(self, domain, lead):
        first = NUMERAL if lead is Lead.NUMBER else r"[A-Z\[(]"
        self.plain = re.compile(rf"(?P<joined>(?!))?{first}(?P<tail>{domain.follows[lead]})")
        self.after_letter = re.compile(rf"(?P<joined>){first}(?P<tail>{domain.follows[lead]})")

    def is_joined(self, text, place):
        """Whether the grammar asks if an operator joins what stands at `place` to a letter, and one does."""
        return "(?(joined)" in self.plain.pattern and bool(_JOINED.search(text[:place]))

    def match(self, text, place):
        """(end, whether it is a candidate) of what stands at `place`; None where the grammar does not fit."""
        pattern = self.after_letter if _JOINED.search(text[:place]) else self.plain
        found = pattern.match(text, place)
        if found is None:
            return None
        return found.end("tail"), found.end(pattern.groupindex["tail"] + 1) >= 0


class Reference:
    """What `fluxem.integration.detector` computes, without its speed."""

    def __init__(self, domains):
        self.domains = [DOMAINS[domain] for domain in PRIORITY if domain in domains]
        self.fragments = {
            (domain.type, lead): Fragment(domain, lead) for domain in self.domains for lead in domain.follows
        }

    def analyze(self, text):
        """Spans as (start, end, domain), failures as (start, end, domain, reason)."""
        spans, failures = [], []
        for start, end, domain, reason in self.candidates(text):
            if not reason:
                _, failed = DOMAINS[domain].encoder.encode_batch([text[start:end]])
                reason = failed.get(0, 0)
            if reason:
                failures.append((start, end, domain, reason))
            else:
                spans.append((start, end, domain))
        return spans, failures

    def candidates(self, text):
        """Candidates from left to right; where a lead's and an anchor's overlap, the longer."""
        anchored = [found for reading in self.anchored(text) if (found := self.choose(text, [reading]))]
        place = floor = 0  # where we look, and where we came to by leaving something behind
        out = []
        while place <= len(text):
            anchored = [candidate for candidate in anchored if candidate[0] >= place]
            ahead = anchored[0] if anchored else (len(text) + 1, 0)
            if ahead[0] == place:
                out.append(ahead)
                place = floor = ahead[1]
                continue
            chosen, skip = self.at(text, place, floor)
            if skip is None:
                place += 1
                continue
            if chosen is None:
                place = min(text.rfind(" ", place + 1, skip) + 1 or skip, ahead[0])
            elif ahead[0] < chosen[1] and ahead[1] - ahead[0] >= chosen[1] - chosen[0]:
                place = ahead[0]
            else:
                out.append(chosen)
                place = skip if skip - chosen[1] > REREAD else max(chosen[1], place + 1)
            floor = place
        return out

    def at(self, text, place, floor):
        """What stands at `place`, and up to where the grammars took it; (None, None) where no grammar fits."""
        lead = lead_at(text, place) if place < len(text) else None
        if lead is None:
            return None, None
        readings, skip = [], None
        for domain in self.domains:
            fragment = self.fragments.get((domain.type, lead))
            if domain.shut and lead is Lead.NUMBER and place > 0 and text[place - 1] in domain.shut[0]:
                behind = re.compile(NUMERAL).match(text, place).end()
                if not re.compile(domain.shut[1]).match(text, behind):
                    continue
            if fragment and lead is Lead.NUMBER and is_tied(text, place):
                behind = re.compile(NUMERAL).match(text, place).end()
                if domain.tied is None or not re.compile(domain.tied).match(text, behind):
                    continue
            matched = fragment.match(text, place) if fragment else None
            if matched is not None:
                skip = max(matched[0], skip or place + 1)
                if matched[1]:
                    readings.append((*self.bounds(text, place, matched[0], domain, floor), domain))
        return self.choose(text, readings), skip

    def bounds(self, text, begin, end, domain, floor):
        """Trimmed, reached back, and with a sign; never beyond `floor`."""
        start = begin
        if domain.trim is not None:
            first, last = domain.trim(text[begin:end])
            start, end = begin + first, begin + last
        if domain.reach is not None and start == begin:
            start = domain.reach(text, begin, floor)
        sign = domain.signed and floor < start <= begin and text[start - 1] in domain.signs
        of_either = re.search(r"[-+\u2212]/\Z", text[: max(0, start - 1)])
        if sign and not of_either and (start == 1 or text[start - 2] in _SIGN_MAY_FOLLOW):
            start -= 1
        return start, end

    def choose(self, text, readings):
        """The longest whose evidence holds, the first in priority among equals; else the first ambiguous one."""
        ambiguous = None
        for start, end, domain in sorted(readings, key=lambda reading: reading[0] - reading[1]):
            verdict = Verdict.SPAN if domain.judge is None else domain.judge(Context(text=text, start=start, end=end))
            if verdict is Verdict.SPAN:
                return start, end, domain.type, 0
            if verdict is Verdict.AMBIGUOUS and ambiguous is None:
                ambiguous = start, end, domain.type, FailureReason.AMBIGUOUS
        return ambiguous

    def anchored(self, text):
        """The readings around all triggers, the longer of two that overlap."""
        readings = []
        for domain in self.domains:
            if domain.anchor is not None:
                readings += self.around(text, domain)
        kept = []
        for reading in sorted(readings, key=lambda reading: reading[0]):
            if not kept or reading[0] >= kept[-1][1]:
                kept.append(reading)
            elif reading[1] - reading[0] > kept[-1][1] - kept[-1][0]:
                kept[-1] = reading
        return kept

    def around(self, text, domain):
        """What the domain sees around each trigger, between the triggers next to it."""
        places, place = [], 0
        while place < len(text):
            trigger = max((t for t in domain.anchor.triggers if text.startswith(t, place)), key=len, default="")
            if trigger:
                places.append((place, place + len(trigger)))
            place += max(1, len(trigger))
        window = domain.anchor.window
        for index, (start, end) in enumerate(places):
            low = places[index - 1][1] if index else 0
            high = places[index + 1][0] if index + 1 < len(places) else len(text)
            bounds = domain.anchor.find(text, max(low, start - window), start, end, min(high, end + window))
            if bounds is not None:
                yield (*bounds, domain)


# Written for this test; the parts between rulers are texts of their own, with all their line breaks.
PARAGRAPHS = (Path(__file__).parent / "data" / "paragraphs.txt").read_bytes().decode("utf-8").split("\n----\n")
PIECES = st.sampled_from(
    [text for entry in DOMAINS.values() for text, _ in (*entry.examples, *entry.rejects) if len(text) < 60]
    + [piece for paragraph in PARAGRAPHS for piece in paragraph.split(" ")]
    + [" ", "  ", "\n", "\r\n", ", ", ". ", "(", ")", "[", "]", "((", " = ", "-", "−", "+", "*", "/", "^", "->", " → "]
    + ["the note ", "current ", "solution ", "piano ", "in ", "x", "A", "1", "12", "0.5", "²", "İ", "\u00a0", "𝟙"]
)
TEXTS = st.lists(PIECES | st.text(string.digits + "AHC [](),.+-*/^x\n", max_size=6), max_size=14).map(
    "".join
) | st.lists(PIECES, max_size=14).map(" ".join)
