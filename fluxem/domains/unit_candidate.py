"""A number and what looks like its unit, with the questions that the evidence rules of QUANTITY ask of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fluxem.domains import unit_context as around
from fluxem.domains import unit_words as said
from fluxem.domains.domain import Context
from fluxem.domains.nearby import Words


@dataclass(slots=True)  # not frozen: made for every candidate, and a frozen one takes thrice as long
class UnitCandidate:
    """A candidate and its parts."""

    context: Context
    number: str
    gap: str
    unit: str

    @property
    def measured(self) -> bool:
        """Whether the number is written as nobody counts: with decimals or a power of ten."""
        return "." in self.number or "^" in self.number

    def near(self, words: Words) -> bool:
        """Whether one of `words` stands in the window."""
        return self.context.near(words, 90, 60)

    @property
    def in_laboratory(self) -> bool:
        """Whether the window is one of a laboratory protocol."""
        return self.context.near(said.LAB, 90, 60)

    @property
    def introduced(self) -> bool:
        """Whether a relation or preposition that goes with measured values stands in front."""
        words = self.context.before(20).rstrip("( \u00a0\n").replace("\u00a0", " ").rsplit(None, 1)
        return bool(words) and (words[-1][-1] in around.RELATIONS or words[-1].lower() in around.MEASURED_BY)

    @property
    def labelled(self) -> bool:
        """Whether the number is that of a figure, a step, a version, or the last of a list of such."""
        before = self.context.before(40)
        if before.endswith("("):
            return False
        if around.PRODUCT_BEFORE.search(before):
            return True
        for word in reversed(before.replace("(", " ").split()[-4:]):
            if word.rstrip(".").lower() in around.LABELS or word in ("p.", "pp."):
                return True
            if not around.LABEL_LIST.fullmatch(word):
                return False
        return False

    def follows(self, words: re.Pattern[str]) -> bool:
        """Whether it stands behind one of `words`."""
        return bool(words.search(self.context.before(40)))

    def leads(self, words: re.Pattern[str]) -> bool:
        """Whether one of `words` stands right behind it."""
        return bool(words.match(self.context.after(40)))
