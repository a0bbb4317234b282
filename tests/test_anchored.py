"""Anchors: spans found from their middle join those found from their beginning, disjoint and in order."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from fluxem.domains import DOMAINS
from fluxem.integration.anchored import Anchored
from fluxem.integration.page import Page
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType

DOMAIN = DOMAINS[DomainType.REACTION]
ANCHORED = Anchored([DOMAIN])
TOKENIZER = MultiDomainTokenizer({DomainType.FORMULA, DomainType.REACTION, DomainType.ARITHMETIC})
PIECES = [
    "H2",
    "O2",
    "2",
    "NaCl",
    " + ",
    "+",
    " -> ",
    "->",
    "⟶",
    " = ",
    "(aq)",
    "(",
    ")",
    " ",
    "\n",
    "word ",
    "1 + 1",
    "M",
]


def around(text):
    """The readings of one text, by its number."""
    return ANCHORED(Page([text], ANCHORED.marks.tobytes()))


def test_a_text_without_triggers_has_no_readings():
    """Refutes work, or readings, where no trigger occurs."""
    assert around("2 H2 and O2 make water") == {}


def test_the_longer_of_two_overlapping_readings_counts():
    """Refutes two spans that share the species between their arrows."""
    assert [(start, end) for start, end, _ in around("H2 -> 2H -> H2 + 0.5 O2")[0]] == [(6, 23)]


def test_a_reaction_wins_over_the_formulas_in_it():
    """Refutes formulas reported inside a reaction, and a reaction that hides its neighbours."""
    tokens = TOKENIZER.tokenize("NaCl(s) beside 2H2 + O2 -> 2H2O beside 1 + 1 and KOH(aq)")
    found = [(token.domain.name, token.text) for token in tokens if token.domain is not DomainType.TEXT]
    assert found == [
        ("FORMULA", "NaCl"),
        ("REACTION", "2H2 + O2 -> 2H2O"),
        ("ARITHMETIC", "1 + 1"),
        ("FORMULA", "KOH"),
    ]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_candidates_are_disjoint_and_in_order(text):
    """Refutes spans or failures that overlap, whatever the mixture of leads and anchors."""
    analysis = TOKENIZER.analyze(text)
    assert "".join(token.text for token in analysis.tokens) == text
    taken = [(token.start, token.end) for token in analysis.tokens if token.domain is not DomainType.TEXT]
    taken = sorted(taken + [(failure.start, failure.end) for failure in analysis.failures])
    assert all(before[1] <= after[0] for before, after in pairwise(taken))
