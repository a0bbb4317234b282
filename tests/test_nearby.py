"""Words near a candidate: the notebook says what a search of the whole document would."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from fluxem.domains.domain import Context
from fluxem.domains.nearby import Notebook, words

WORDS = words(r"\b(?:volts?|current)\b|ase\b|aba")
EXACT = words(r"(?<![A-Za-z])mM(?![A-Za-z])|pH", folded=False)
PIECES = st.sampled_from(
    ["Volt", "volts ", "current", " ", "polymerase ", "mM ", "mm", "PH", "pH", "ababa", "x", "İ", "Σ"]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join)
PLACES = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 9)), min_size=1, max_size=12)


def is_near(text, looked_for, start, end, before, after):
    """The same by trying every place."""
    folded = "".join(c.lower() if len(c.lower()) == 1 else c for c in text) if looked_for.folded else text
    for place in range(max(0, start - before), min(len(text), end + after)):
        match = looked_for.pattern.match(folded, place)
        if match and (match.end() <= start or (place >= end and match.end() <= end + after)):
            return True
    return False


@settings(max_examples=400, deadline=None)
@given(TEXTS, PLACES, st.integers(0, 30), st.integers(0, 30))
def test_what_is_near_depends_on_the_text_alone(text, places, before, after):
    """Refutes: an answer that depends on earlier questions, on their order, or on where a window cuts a word."""
    notes = Notebook(text)
    for start, length in places:
        start = min(start, len(text))
        end = min(start + length, len(text))
        for looked_for in (WORDS, EXACT):
            context = Context(text=text, start=start, end=end, notes=notes)
            expected = is_near(text, looked_for, start, end, before, after)
            assert context.near(looked_for, before, after) is expected
            assert Context(text=text, start=start, end=end).near(looked_for, before, after) is expected


def test_dense_questions_do_not_search_the_same_text_again():
    """Refutes: work that grows with the number of candidates times the window."""

    class Counting:
        """A pattern that counts the characters it is given."""

        def __init__(self, pattern):
            self.pattern, self.characters = pattern, 0

        def search(self, text, place):
            self.characters += len(text) - place
            return self.pattern.search(text, place)

    looked_for = words("volt")
    counting = Counting(re.compile("volt"))
    object.__setattr__(looked_for, "pattern", counting)
    text = "5 A " * 10_000
    notes = Notebook(text)
    for start in range(0, len(text), 4):
        assert not notes.near(looked_for, max(0, start - 90), start, start + 3, start + 63)
    assert counting.characters < 2 * len(text)
