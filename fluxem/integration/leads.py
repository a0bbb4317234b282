"""Where spans can begin, and which domains are worth trying there: columns over a whole batch of texts.

Most numerals and capitals begin nothing (`12 people`, `The`), and the few characters behind them tell so
(`Domain.opens`): the first four for nearly all, eight for most others. They are looked at here as bytes, for all texts
at once; only what passes becomes a Python object. Windows recur, so what each of them allows is worked out once and
kept.

Texts become one byte a code point (cp1252, which has dashes and quotes), others `?`, so places stay. A window that
has a `?` in its first half, a numeral that goes on behind its first digits (`1,234.5e6`), and one that an
operator joins to a letter (`x + 2`) are read from the text itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from fluxem.domains.domain import WINDOW, Domain, Lead
from fluxem.domains.numeral import REST
from fluxem.domains.unit_grammar import RELATIONS
from fluxem.vocabulary import PRIORITY, DomainType

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

PAGE: Final = 1 << 20
"""Characters whose leads are worked out at once."""
KEPT: Final = 1 << 18
"""Windows that are remembered; when there are more, the memory starts anew."""
_MARGIN: Final = 32
"""Zero bytes around each text, so that what is before and behind can be read without a question."""
_CODEC: Final = "cp1252"
_FROM_LATIN: Final = {code: bytes([code]).decode(_CODEC, "replace") for code in range(0x80, 0xA0)}
_HALF: Final = WINDOW // 2
_DEAD_KEYS: Final = 524_287
"""Places in a table of windows behind which there is nothing; a prime, so that they spread."""
_WITHIN: Final = 24
"""A gap of two, a name of twenty letters, a space: how far behind a numeral a relation makes a name a unit."""


Slot = tuple[Callable[[str, int], re.Match[str] | None], int, Domain]
"""How one domain's fragment is matched behind a lead, the number of its mark's group, and whose it is; or, with `SURE`
in place of the number, that the lead begins a span of that domain, which ends where its fragments would go on."""

LeadAt = tuple[int, int, tuple[Slot, ...]]
"""Where a lead begins, in code points; where its fragments go on (behind the numeral, or behind the lead's only
character); and what may stand there, first in priority first, never empty."""


SURE: Final = -1
_OTHER, _NUMBER, _RELATED_NUMBER = 0, 1, 2
"""Kinds of leads: not at a numeral; at one; at one behind which something makes any name a unit."""
_SHUT: Final = 2
"""Added to the kind of a numeral in front of which something keeps a domain from being tried (`Domain.shut`)."""
_READ, _FOUND = -1, -2
"""Kinds of what is read from the text, and of what is surely a span."""
_HALVED: Final = 5
"""Added to the kind where only half a window is known."""
_UNKNOWN: Final = np.uint64(int.from_bytes(b"?" * WINDOW, "little"))
_FIRST_HALF: Final = np.uint64((1 << 8 * _HALF) - 1)


def _table(characters: str) -> Mask:
    """Which bytes match a class of characters."""
    letters = (bytes([code]).decode(_CODEC, "replace") for code in range(256))
    return np.array([re.match(characters, letter) is not None for letter in letters])


_BEGINS, _RELATES = 1, 2
_KINDS: Final = bytes((_table(r"[0-9A-Z\[(]") * _BEGINS + _table(f"[?{RELATIONS}]") * _RELATES).tolist())
"""For each byte: whether a span may begin there, or it is what makes a name a unit."""
_DIGIT: Final = _table("[0-9]")
_LETTER: Final = _table(r"[^\W\d_]")
_WORD: Final = _table(r"\w")
_BLANK: Final = _table(r"\s")
_OPERATOR: Final = _table(r"[-+*/^?]")
_VARIABLE: Final = _table(r"[A-Za-z]")
_SQUARED: Final = _table("[²³]")
_GAP: Final = bytes(_MARGIN)
_PER: Final = re.compile(b" per ")
_RELATED: Final = re.compile(rf"(?s:.{{0,{_WITHIN - 1}}}?)(?:[?{RELATIONS}]| per )".encode(_CODEC))
_WORD_ALONE: Final = re.compile(
    r"([A-Z][A-Za-z]*+)(?:[,:;!)\]}'\"/|=<>&`]|[ ][A-Za-z0-9(,]|\n[^\s\0]|\.[ \nA-Za-z](?!2O))"
)
"""A word that nothing can make longer, in a document with more in it than the word."""
_NAME: Final = re.compile(r"[\s\u2010\u2011-]{0,2}[^\W\d_]|/")
_NOT_DIGIT: Final = re.compile(rb"[^0-9]")
_BOUNDARIES: Final = {
    # Not inside a word, a number, or a run of them; `.5` is a numeral, `v1.5` is none.
    Lead.NUMBER: re.compile(r"(?<![\w.])(?<![0-9],)[0-9]"),
    Lead.CAPITAL: re.compile(r"(?<![^\W_])[A-Z]"),
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


def _lead_of(character: str) -> Lead | None:
    if character == "[":
        return Lead.BRACKET
    if character == "(":
        return Lead.PAREN
    if not character.isascii():
        return None
    return Lead.NUMBER if character.isdigit() else Lead.CAPITAL if character.isupper() else None


class _Grammars:
    """The grammars that may go on behind one lead, by what the window shows.

    Args:
        domains: in order of priority.
        lead: the lead.
        joined: whether an operator joins a numeral to the letter before it.
    """

    def __init__(self, domains: Sequence[Domain], lead: Lead, *, joined: bool = False) -> None:
        self._slots: list[tuple[Slot, re.Pattern[str], bool]] = []
        self._shut: dict[DomainType, re.Pattern[str]] = {}
        for domain in domains:
            if lead in domain.follows:
                asks = "(?(joined)" in domain.follows[lead]
                opens = re.compile("" if asks and joined else domain.opens.get(lead, ""))
                if domain.shut is not None and lead is Lead.NUMBER:
                    self._shut[domain.type] = re.compile(domain.shut[1])
                has_unit = domain.type is DomainType.QUANTITY and lead is Lead.NUMBER
                self._slots.append((_slot(domain, lead, joined=joined), opens, has_unit))
        self._any = re.compile("|".join(opens.pattern for _, opens, _ in self._slots) if self._slots else "(?!)")
        self._kept: dict[tuple[str, bool, bool], tuple[Slot, ...]] = {}

    def of(self, window: str, related: bool, shut: bool) -> tuple[Slot, ...]:
        """Those that can match.

        Args:
            window: what stands there.
            related: whether what makes any name a unit stands near enough.
            shut: whether a domain is not tried behind what stands in front.
        """
        kept = self._kept.get((window, related, shut))
        if kept is None:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            kept = self._kept[window, related, shut] = self.find(window, related, shut)
        return kept

    def find(self, window: str, related: bool, shut: bool) -> tuple[Slot, ...]:
        """The same, not kept."""
        named = related and _NAME.match(window) is not None
        if not named and self._any.match(window) is None:
            return ()
        passing = [slot for slot, opens, has_unit in self._slots if (named and has_unit) or opens.match(window)]
        word = _WORD_ALONE.match(window) if passing else None
        if word is not None:
            passing = [slot for slot in passing if slot[2].dull is None or not slot[2].dull(word[1])]
        if shut:
            passing = [slot for slot in passing if slot[2].shut is None or self._shut[slot[2].type].match(window)]
        return tuple(passing)


def _sure_of(domains: Sequence[Domain]) -> tuple[re.Pattern[bytes] | None, list[tuple[Slot, ...]]]:
    """A pattern that finds what is surely a span, and by the number of the last group in it, whose it is."""
    by_context: dict[str, list[str]] = {}
    slots: list[tuple[Slot, ...]] = [()]
    for domain in domains:
        for before, behind in domain.sure:
            by_context.setdefault(before, []).append(f"(?:{behind})()")
            slots.append(((_never, SURE, domain),))
    numeral = "[0-9]*+(?:,[0-9]{3}(?![0-9]))*+(?:\\.[0-9]++)?+"
    parts = [f"(?<={before}[0-9]){numeral}(?:{'|'.join(forms)})" for before, forms in by_context.items()]
    pattern = f"[0-9](?<=[ $=\\n][0-9])(?<!inus[ \\n][0-9])(?:{'|'.join(parts)})".encode(_CODEC, "replace")
    return (re.compile(pattern) if parts else None), slots


def _never(text: str, place: int) -> None:  # noqa: ARG001 - a `match` that is not asked
    """Matches nothing."""


def _with_sure(
    leads: tuple[Places, Places, Places, Words], sure: tuple[Places, Places, Places], low: int, high: int
) -> tuple[Places, Places, Places, Words]:
    """Leads of a page, with what is surely a span in place of the lead that begins where it does."""
    first, last = np.searchsorted(sure[0], (low, high))
    begin, behind, kinds, windows = leads
    places = np.searchsorted(begin, sure[0][first:last])
    behind[places], kinds[places], windows[places] = sure[1][first:last], _FOUND, sure[2][first:last]
    return begin, behind, kinds, windows


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


class LeadFinder:
    """Finds the leads of texts.

    Args:
        domains: which to look for.
    """

    def __init__(self, domains: Mapping[DomainType, Domain]) -> None:
        ordered = [domains[domain] for domain in PRIORITY if domain in domains]
        self._grammars = {lead: _Grammars(ordered, lead) for lead in Lead}
        self._numbers = self._grammars[Lead.NUMBER]
        self._others = dict.fromkeys(map(chr, range(256)), self._grammars[Lead.CAPITAL])
        self._others |= {"[": self._grammars[Lead.BRACKET], "(": self._grammars[Lead.PAREN]}
        self._joined = _Grammars(ordered, Lead.NUMBER, joined=True)
        self._shut = "".join(domain.shut[0] for domain in ordered if domain.shut is not None)
        self._is_shut = _table(f"[{re.escape(self._shut)}]" if self._shut else "(?!)")
        self._sure, self._sure_slots = _sure_of(ordered)
        self._alive: list[dict[int, tuple[Slot, ...]]] = [{} for _ in range(2 * _HALVED)]
        # Written over with `_UNKNOWN`, which is never asked for, so that zeros are no window.
        self._dead = np.zeros((2 * _HALVED, _DEAD_KEYS), dtype=np.uint64)

    def __call__(self, texts: Sequence[str]) -> list[list[LeadAt]]:
        """The leads of each text, in order."""
        # A text of ASCII is copied, which takes a tenth of the time.
        parts = [text.encode("ascii" if text.isascii() else _CODEC, "replace") for text in texts]
        page = _Bytes(_GAP.join([b"", *parts, b""]))
        starts = np.cumsum([_MARGIN, *(len(text) + _MARGIN for text in texts)])[:-1]
        found: list[list[LeadAt]] = [[] for _ in texts]
        sure = self._spans_of(page)
        low = 0
        while low < len(page.codes) - _MARGIN:
            cut = _NOT_DIGIT.search(page.buffer, min(low + PAGE, len(page.codes) - 1))  # not inside a numeral
            high = len(page.codes) if cut is None else cut.end()
            leads = _with_sure(_leads_of(page, low, high, self._is_shut), sure, low, high)
            self._collect(leads, texts, starts, found)
            low = high
        return found

    def _spans_of(self, page: _Bytes) -> tuple[Places, Places, Places]:
        """Where sure spans begin and end, and whose they are, as an index of `_sure_slots`."""
        if self._sure is None:
            return (np.zeros(0, dtype=np.int64),) * 3
        hits = list(self._sure.finditer(page.buffer))
        columns = [hit.start() for hit in hits], [hit.end() for hit in hits], [hit.lastindex for hit in hits]
        begin, end, number = (np.array(column, dtype=np.int64) for column in columns)
        return begin, end, number

    def at(self, text: str, begin: int) -> LeadAt | None:
        """The lead at one place of a text; None where there is none, or nothing can follow."""
        lead = _lead_of(text[begin])
        if lead is None or _BOUNDARIES[lead].match(text, begin) is None:
            return None
        if lead is not Lead.NUMBER:
            slots = self._grammars[lead].of(_window(text, begin), False, False)
            return (begin, begin + 1, slots) if slots else None
        rest = _REST.match(text, begin)
        assert rest is not None
        behind = rest.end()
        grammars = self._numbers if _JOINED.match(text, begin) is None else self._joined
        near = text[behind : behind + _WITHIN + 4].encode(_CODEC, "replace")
        related = _RELATED.match(near) is not None
        shut = begin > 0 and text[begin - 1] in self._shut
        slots = grammars.of(_window(text, behind), related, shut)
        return (begin, behind, slots) if slots else None

    def _collect(
        self, page: tuple[Places, Places, Places, Words], texts: Sequence[str], starts: Places, found: list[list[LeadAt]]
    ) -> None:
        begin, behind, kinds, windows = page
        halves = windows & _FIRST_HALF
        left = np.flatnonzero((kinds < 0) | ~self._are_dead(np.maximum(kinds, 0) + _HALVED, halves))
        begin, behind, kinds, windows = begin[left], behind[left], kinds[left], windows[left]
        halved = _has_unknown(windows)
        windows = np.where(halved, halves[left], windows)
        kinds = np.where(halved & (kinds >= 0), kinds + _HALVED, kinds)
        left = np.flatnonzero((kinds < 0) | ~self._are_dead(np.maximum(kinds, 0), windows))
        begin, behind, kinds, windows = begin[left], behind[left], kinds[left], windows[left]
        rows = np.searchsorted(starts, begin, side="right") - 1
        alive = self._alive
        columns = (begin - starts[rows], behind - starts[rows], rows, kinds, windows)
        for place, after, row, kind, window in zip(*(column.tolist() for column in columns), strict=True):
            if kind == _FOUND:
                found[row].append((place, after, self._sure_slots[window]))
                continue
            if kind == _READ:
                lead = self.at(texts[row], place)
                if lead is not None:
                    found[row].append(lead)
                continue
            slots = alive[kind].get(window)
            if slots is None:
                slots = self._slots_of(kind, window)
            if slots:
                found[row].append((place, after, slots))

    def _are_dead(self, kinds: Places, windows: Words) -> Mask:
        """Which windows are known to have nothing behind them."""
        return self._dead[kinds, (windows % np.uint64(_DEAD_KEYS)).astype(np.int64)] == windows ^ _UNKNOWN

    def _slots_of(self, kind: int, window: int) -> tuple[Slot, ...]:
        """What a window allows, which is remembered."""
        shown = window.to_bytes(WINDOW, "little").decode("latin-1")
        if not shown.isascii():
            shown = shown.translate(_FROM_LATIN)
        related, shut = kind % _HALVED in (_RELATED_NUMBER, _RELATED_NUMBER + _SHUT), kind % _HALVED > _RELATED_NUMBER
        grammars = self._others[shown[0]] if kind % _HALVED == _OTHER else self._numbers
        slots = grammars.find(shown[:_HALF], related, shut)
        if not slots:
            half = window & int(_FIRST_HALF)
            self._dead[kind % _HALVED + _HALVED, half % _DEAD_KEYS] = half ^ int(_UNKNOWN)
            return slots
        if kind < _HALVED:
            slots = grammars.find(shown, related, shut)
            if not slots:
                self._dead[kind, window % _DEAD_KEYS] = window ^ int(_UNKNOWN)
                return slots
        kept = self._alive[kind]
        if len(kept) >= KEPT:
            kept.clear()
        kept[window] = slots
        return slots


def _window(text: str, place: int) -> str:
    """What `Domain.opens` is asked of: half of it where the other half is not known as bytes."""
    window = text[place : place + WINDOW].ljust(WINDOW, "\0")
    return window[:_HALF] if b"?" in window[_HALF:].encode(_CODEC, "replace") else window


def _has_unknown(windows: Words) -> Mask:
    """Whether one of the eight bytes is `?`, by the zero byte that comparing leaves."""
    differ = windows ^ _UNKNOWN
    found: Mask = ((differ - np.uint64(0x0101010101010101)) & ~differ & np.uint64(0x8080808080808080)) != 0
    return found


class _Bytes:
    """Texts as bytes, and what kind each byte is of."""

    def __init__(self, buffer: bytes) -> None:
        self.buffer = buffer
        self.codes: Bytes = np.frombuffer(buffer, dtype=np.uint8)
        self.windows: Words = np.ndarray(len(buffer) - WINDOW + 1, dtype="<u8", buffer=buffer, strides=(1,))
        self.kinds: Bytes = np.frombuffer(buffer.translate(_KINDS), dtype=np.uint8)

    def relations(self, low: int, high: int) -> Places:
        """Where there is what makes a name a unit."""
        per = [match.start() for match in _PER.finditer(self.buffer, low, high)]
        signs = np.flatnonzero(self.kinds[low:high] == _RELATES) + low
        return np.sort(np.concatenate([signs, np.array(per, dtype=np.int64)])) if per else signs


def _leads_of(page: _Bytes, low: int, high: int, is_shut: Mask) -> tuple[Places, Places, Places, Words]:
    """The leads between two places: where they begin, where what follows them begins, their kinds and windows."""
    codes = page.codes
    places = np.flatnonzero(page.kinds[low:high] == _BEGINS) + low
    is_digit = _DIGIT[codes[places]]
    numbers = _numbers_of(codes, places[is_digit], page.relations(low, min(high + _MARGIN, len(codes))))
    numbers[2][is_shut[codes[numbers[0] - 1]] & (numbers[2] > 0)] += _SHUT
    others = _others_of(codes, places[~is_digit])
    begin, behind, kinds = (np.concatenate(pair) for pair in zip(numbers, others, strict=True))
    order = np.argsort(begin, kind="stable")
    begin, behind, kinds = begin[order], behind[order], kinds[order]
    windows = page.windows[np.where(kinds == _OTHER, begin, behind)]
    kinds[_has_unknown(windows | ~_FIRST_HALF) | (codes[begin - 1] == ord("?"))] = _READ
    return begin, behind, kinds, windows


def _numbers_of(codes: Bytes, digits: Places, relations: Places) -> tuple[Places, Places, Places]:
    """The leads among digits."""
    gaps = np.flatnonzero(np.diff(digits) != 1) + 1
    starts = digits[np.concatenate([[0], gaps])] if len(digits) else digits
    ends = digits[np.concatenate([gaps, [len(digits)]]) - 1] + 1 if len(digits) else digits
    before = codes[starts - 1]
    is_lead = ~(_WORD[before] | (before == ord(".")) | ((before == ord(",")) & _DIGIT[codes[starts - 2]]))
    runs = np.flatnonzero(is_lead)
    begin, behind = starts[runs], ends[runs]
    # A fraction goes on with the next run of digits.
    following = np.minimum(runs + 1, len(starts) - 1)
    decimal = (codes[behind] == ord(".")) & (starts[following] == behind + 1)
    behind = np.where(decimal, ends[following], behind)
    first, second = codes[behind], codes[np.minimum(behind + 1, len(codes) - 1)]
    goes_on = ((first == ord(",")) | (~decimal & (first == ord(".")))) & _DIGIT[second]
    goes_on |= ((first | 32) == ord("e")) & (
        _DIGIT[second] | (second == ord("+")) | (second == ord("-")) | (second == ord("?"))
    )
    following = np.append(relations, len(codes) + PAGE)[np.searchsorted(relations, behind)]
    kinds = np.where(following - behind < _WITHIN, _RELATED_NUMBER, _NUMBER)
    kinds[goes_on | _are_joined(codes, begin)] = _READ
    return begin, behind, kinds


def _are_joined(codes: Bytes, begin: Places) -> Mask:
    """Which numerals an operator may join to a letter (`_JOINED`): an unknown character may be a minus, or no letter."""
    joined = np.zeros(len(begin), dtype=bool)
    spaced = codes[begin - 1] == ord(" ")
    operators = _OPERATOR[codes[begin - 1 - spaced]] | (codes[begin - 1] == ord("{"))
    some = np.flatnonzero(operators)
    begin, spaced = begin[some], spaced[some]
    one, two = codes[begin - 1 - spaced], codes[begin - 2 - spaced]
    double = ((one == ord("*")) & (two == ord("*"))) | ((one == ord("{")) & (two == ord("^")) & ~spaced)
    place = begin - 2 - spaced - double
    apart = ~spaced | (codes[place] == ord(" "))
    place = place - spaced
    letter = _VARIABLE[codes[place]] & ~_WORD[codes[place - 1]] & (double | (one != ord("{")))
    joined[some] = apart & (letter | (_SQUARED[codes[place]] & spaced & ~double))
    return joined


def _others_of(codes: Bytes, places: Places) -> tuple[Places, Places, Places]:
    """The leads among capitals and brackets."""
    character, before = codes[places], codes[places - 1]
    bracket, paren = character == ord("["), character == ord("(")
    inside = np.where(bracket, before == ord("["), _WORD[before] & ((before != ord("_")) | paren))
    inside |= paren & ((before == ord("(")) | (_BLANK[before] & (codes[places - 2] == ord("("))))
    begin = places[~inside]
    return begin, begin + 1, np.full(len(begin), _OTHER)
