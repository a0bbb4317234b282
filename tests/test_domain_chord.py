"""CHORD: symbols as sets of intervals, transposition, and what is evidence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxem.domains import chord
from fluxem.domains.chord import CHANGES, QUALITIES, ChordEncoder
from fluxem.domains.harmony import CHROMA, INTERVALS
from fluxem.domains.pitch import Interval
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType

ENCODER = ChordEncoder()
roots = st.builds("".join, st.tuples(st.sampled_from("ABCDEFG"), st.sampled_from(["", "#", "b", "##"])))
symbols = st.builds(
    lambda root, quality, change, bass: f"{root}{quality}{change}{bass}",
    roots,
    st.sampled_from(sorted(QUALITIES)),
    st.sampled_from(["", *(f"({change})" for change in sorted(CHANGES))]),
    st.one_of(st.just(""), roots.map("/{}".format)),
)


def classes(symbol: str) -> set[int]:
    vector = ENCODER.encode(symbol)
    assert vector is not None
    return {int(place) for place in np.flatnonzero(vector[CHROMA])}


@settings(deadline=None)  # the first call makes the table of names
@given(symbols)
def test_the_plain_symbol_is_the_same_chord(symbol):
    """Refutes a name that reads as another chord: `C` and `b5` written together are `Cb5`."""
    vector = ENCODER.encode(symbol)
    plain = ENCODER.decode(vector)
    assert (ENCODER.encode(plain) == vector).all()
    assert ENCODER.is_valid(vector)


@given(symbols, st.integers(-20, 20), st.integers(-20, 20))
def test_transposition_turns_the_chroma(symbol, steps, semitones):
    """Refutes transposition that changes the intervals, or is not undone by its inverse."""
    vector = ENCODER.encode(symbol)
    there = ENCODER.transpose(vector, Interval(steps, semitones))
    assert (there[CHROMA] == np.roll(vector[CHROMA], semitones)).all()
    assert (there[INTERVALS] == vector[INTERVALS]).all()
    assert (ENCODER.transpose(there, Interval(-steps, -semitones)) == vector).all()


@pytest.mark.parametrize(
    ("symbol", "notes"),
    [
        ("C", {0, 4, 7}),
        ("Am", {9, 0, 4}),
        ("G7", {7, 11, 2, 5}),
        ("F#m7b5", {6, 9, 0, 4}),
        ("Bbmaj9", {10, 2, 5, 9, 0}),
        ("Cm(maj7)", {0, 3, 7, 11}),
        ("C7(b9,#11)", {0, 4, 7, 10, 1, 6}),
        ("C/D", {0, 2, 4, 7}),
        ("Cb7b5", {11, 3, 5, 9}),
        ("C64", {0, 4, 7}),
    ],
)
def test_notes(symbol, notes):
    """Refutes a wrong interval of a quality, a change or a bass."""
    assert classes(symbol) == notes


def test_spelling_of_the_root_is_kept():
    """Refutes enharmonic roots that become one."""
    assert ENCODER.decode(ENCODER.encode("Dbm7")) == "Dbm7"
    assert ENCODER.decode(ENCODER.encode("C#m7")) == "C#m7"


def test_every_alias_names_a_quality_of_the_table():
    """Refutes a dangling alias."""
    assert set(chord._ALIASES.values()) <= set(QUALITIES)
    assert set(chord._CHANGE_ALIASES.values()) <= set(CHANGES)


def spans(text: str) -> list[str]:
    tokens = MultiDomainTokenizer([DomainType.CHORD, DomainType.PITCH]).tokenize(text)
    return [token.text for token in tokens if token.domain is DomainType.CHORD]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("play Cmaj7, then F#m7b5", ["Cmaj7", "F#m7b5"]),
        ("h = harmony.ChordSymbol('C6')", ["C6"]),
        ("the G7 chord", ["G7"]),
        ("the chords Am", ["Am"]),
        ("then (Cmaj7) or C7(b9)", ["Cmaj7", "C7(b9)"]),
    ],
)
def test_chords_with_evidence_are_spans(text, found):
    """Refutes chords that are lost though the text says what they are."""
    assert spans(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "Am I late? Add it.",
        "the G7 summit",
        "F(2) and C(24) are values",
        "an Em dash",
        "Emin and Emax",
        "C++ and C#",
        "grade B+",
        "<music21.chord.Chord C5 E5>",
    ],
)
def test_words_and_codes_are_not_chords(text):
    """Refutes words, codes, languages, grades and lists of notes taken for chords."""
    assert spans(text) == []
