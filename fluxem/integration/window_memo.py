"""What each window allows, worked out once: tables over all windows that a corpus has shown.

A window is looked for in two steps. Its first half tells for nearly all that nothing is behind it; the others are
looked up whole, where their second half is known (it holds no `?`). What is new is worked out and written down; a place
in a table holds one window, and what another wrote there is worked out again.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from fluxem.domains.domain import WINDOW, Domain, Lead
from fluxem.integration.lead_columns import (
    FIRST_HALF,
    FRONT,
    HALF,
    KINDS,
    NUMBER,
    OTHER,
    Leads,
    Words,
    has_unknown,
)
from fluxem.integration.lead_grammars import KEPT, Entry, LeadGrammars, Slot
from fluxem.integration.page import Mask, Places, as_text

Halves = npt.NDArray[np.uint32]

NOTHING: Final = 0
"""The number of the empty set of grammars."""
_NEW: Final = -1
_FREE: Final = np.uint64(int.from_bytes(b"?" * WINDOW, "little"))
"""Windows are written over with this one, which is never asked for, so that zeros are no window."""
_FREE_HALF: Final = np.uint32(int(_FREE) % (1 << 32))
_FACTOR: Final = np.uint64(11_400_714_819_323_198_485)
_HALF_FACTOR: Final = np.uint32(2_654_435_761)
"""Spread what they multiply over the upper bits: 2**64 and 2**32 by the golden ratio."""


class _Table:
    """Windows and a number for each."""

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._windows = np.zeros(KINDS << bits, dtype=np.uint64)
        self._numbers = np.zeros(KINDS << bits, dtype=np.int16)

    def look_up(self, kinds: Places, windows: Words) -> npt.NDArray[np.int16]:
        """The number of each window; `_NEW` where it is not known."""
        place = self._places(kinds, windows)
        return np.where(self._windows[place] == windows ^ _FREE, self._numbers[place], np.int16(_NEW))

    def write(self, kinds: Places, windows: Words, numbers: Places) -> None:
        place = self._places(kinds, windows)
        self._windows[place], self._numbers[place] = windows ^ _FREE, numbers

    def _places(self, kinds: Places, windows: Words) -> Places:
        return (windows * _FACTOR >> np.uint64(64 - self._bits)).astype(np.int64) + (kinds << self._bits)


class _DeadHalves:
    """Halves of windows behind which there is nothing."""

    _BITS: Final = 19

    def __init__(self) -> None:
        self._halves = np.zeros(KINDS << self._BITS, dtype=np.uint32)

    def hold(self, kinds: Places, halves: Halves) -> Mask:
        """Which of some are known."""
        held: Mask = self._halves[self._places(kinds, halves)] == halves ^ _FREE_HALF
        return held

    def write(self, kinds: Places, halves: Halves) -> None:
        self._halves[self._places(kinds, halves)] = halves ^ _FREE_HALF

    def _places(self, kinds: Places, halves: Halves) -> Places:
        return (halves * _HALF_FACTOR >> np.uint32(32 - self._BITS)).astype(np.int64) + (kinds << self._BITS)


class WindowMemo:
    """The grammars that windows let pass.

    Args:
        grammars: those of each lead; their entries are told apart by what they are.
    """

    def __init__(self, grammars: dict[Lead, LeadGrammars]) -> None:
        self.sets: list[tuple[Slot, ...] | Domain] = [()]
        """By number: how the grammars that may go on are matched; or, written down by others, what `add` was given."""
        self._numbers: dict[tuple[Entry, ...], int] = {(): NOTHING}
        self._read: dict[tuple[int, ...], int] = {}
        self._of_numbers = grammars[Lead.NUMBER]
        self._of_others = dict.fromkeys(map(chr, range(256)), grammars[Lead.CAPITAL])
        self._of_others |= {"[": grammars[Lead.BRACKET], "(": grammars[Lead.PAREN]}
        self._wholes, self._alone = _Table(17), _Table(13)
        self._dead = _DeadHalves()
        self._entries: dict[int, tuple[Entry, ...]] = {}  # by half of a window, its kind in the higher bits

    def add(self, found: tuple[Slot, ...] | Domain) -> int:
        """Write a set down, or a domain in place of one; its number."""
        self.sets.append(found)
        return len(self.sets) - 1

    def number_of_slots(self, slots: tuple[Slot, ...]) -> int:
        """The number of a set that was found otherwise, which is written down."""
        key = tuple(map(id, slots))  # each slot is one object as long as this lives
        if key not in self._read:
            self._read[key] = self.add(slots)
        return self._read[key]

    def pass_halves(self, leads: Leads) -> Places:
        """Which leads are read, or are not known to have nothing behind them by half of their window."""
        dead = self._dead.hold(np.maximum(leads.kind, 0), leads.window.astype(np.uint32))
        return np.flatnonzero((leads.kind < 0) | ~dead)

    def numbers_of(self, leads: Leads) -> npt.NDArray[np.int64]:
        """(N,) the number of the set of grammars behind each lead, nothing for those that are read."""
        read = leads.kind < 0
        kinds = np.maximum(leads.kind, 0)
        halved = has_unknown(leads.window)
        windows = np.where(halved, leads.window & FIRST_HALF, leads.window)
        numbers = np.where(halved, self._alone.look_up(kinds, windows), self._wholes.look_up(kinds, windows))
        numbers = np.where(read, NOTHING, numbers).astype(np.int64)
        new = np.flatnonzero(numbers == _NEW)
        if len(new):
            numbers[new] = self._learn(kinds[new], windows[new], halved[new])
        return numbers

    def _learn(self, kinds: Places, windows: Words, halved: Mask) -> Places:
        """The numbers of windows that are new, which are written down."""
        halves = windows & FIRST_HALF | kinds.astype(np.uint64) << np.uint64(8 * HALF)
        distinct, which = np.unique(halves, return_inverse=True)
        entries = self._entries_of(distinct)
        dead = np.array([not passing for passing in entries])
        self._dead.write((distinct[dead] >> np.uint64(8 * HALF)).astype(np.int64), distinct[dead].astype(np.uint32))

        # One page shows most of what is new many times.
        alive = np.flatnonzero(~dead[which])
        tags = 2 * kinds + halved
        order = alive[np.lexsort((tags[alive], windows[alive]))]
        starts = np.ones(len(order), dtype=bool)
        starts[1:] = (np.diff(windows[order]) != 0) | (np.diff(tags[order]) != 0)
        first = order[starts]
        shown = as_text(windows[first].astype("<u8").tobytes())
        told = [
            self._number_of(entries[half] if alone else self._find(kind, shown[WINDOW * i : WINDOW * (i + 1)]))
            for i, (kind, half, alone) in enumerate(
                zip(kinds[first].tolist(), which[first].tolist(), halved[first].tolist(), strict=True)
            )
        ]
        numbers = np.full(len(windows), NOTHING)
        numbers[order] = np.array(told, dtype=np.int64)[np.cumsum(starts) - 1]
        for table, some in ((self._wholes, first[~halved[first]]), (self._alone, first[halved[first]])):
            table.write(kinds[some], windows[some], numbers[some])
        return numbers

    def _entries_of(self, distinct: Words) -> list[tuple[Entry, ...]]:
        """What each half of a window, with its kind in the higher bits, lets pass."""
        entries: list[tuple[Entry, ...]] = []
        shown = as_text(distinct.astype("<u4").tobytes())
        for place, key in enumerate(distinct.tolist()):
            passing = self._entries.get(key)
            if passing is None:
                if len(self._entries) >= KEPT:
                    self._entries.clear()
                half = shown[HALF * place : HALF * (place + 1)]
                passing = self._entries[key] = self._find(key >> 8 * HALF, half)
            entries.append(passing)
        return entries

    def _find(self, kind: int, shown: str) -> tuple[Entry, ...]:
        if kind == OTHER:
            return self._of_others[shown[0]].find(shown)
        front, related = divmod(kind - NUMBER, FRONT)
        return self._of_numbers.find(shown, related=bool(related), front=front)

    def _number_of(self, entries: tuple[Entry, ...]) -> int:
        """The number of what a window lets pass."""
        number = self._numbers.get(entries)
        if number is None:
            number = self._numbers[entries] = self.add(tuple(entry.slot for entry in entries))
        return number
