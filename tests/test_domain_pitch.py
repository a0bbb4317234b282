"""PITCH: the lattice of steps and semitones, its group, and what is evidence."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fluxem.domains.dna import DNAEncoder
from fluxem.domains.pitch import FEATURES, Interval, Pitch, PitchEncoder
from fluxem.errors import DecodeError, MixedDomainsError
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType, FailureReason

ENCODER = PitchEncoder()
NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
names = st.builds(
    lambda letter, sign, octave: f"{letter}{sign}{octave}",
    st.sampled_from("ABCDEFG"),
    st.sampled_from(["", "#", "b", "##", "bb"]),
    st.integers(-3, 12),
)
intervals = st.builds(Interval, st.integers(-30, 30), st.integers(-50, 50), st.integers(-5000, 5000))


def code(name: str) -> np.ndarray:
    vector = ENCODER.encode(name)
    assert vector is not None
    return vector


def midi(name: str) -> int:
    """MIDI number from the name, the obvious way."""
    letter, rest = name[0], name[1:]
    sign = rest.rstrip("0123456789").removesuffix("-")
    return 12 * (int(rest[len(sign) :]) + 1) + NATURAL[letter] + sign.count("#") - sign.count("b")


@given(names)
def test_names_keep_their_spelling(name):
    """Refutes enharmonic notes that become one, and a wrong MIDI number."""
    assert ENCODER.decode(code(name)) == name
    assert ENCODER.midi(name) == midi(name)


@given(names, names)
def test_an_interval_leads_from_one_note_to_the_other(low, high):
    """Refutes a difference that is not the inverse of transposition, spelling included."""
    step = ENCODER.interval(code(low), code(high))
    assert (ENCODER.transpose(code(low), step) == code(high)).all()
    assert not step[:8].any()


@given(names, intervals, intervals)
@settings(max_examples=60)
def test_transposition_is_a_group_action(name, first, second):
    """Refutes transposition whose order matters, that loses cents, or that features spoil."""
    a, b = ENCODER.encode_interval(first), ENCODER.encode_interval(second)
    start = code(name)
    assume(abs(12 * first.steps - 7 * first.semitones) < 200)
    assume(abs(12 * second.steps - 7 * second.semitones) < 200)
    there = ENCODER.transpose(ENCODER.transpose(start, a), b)
    assert (there == ENCODER.transpose(start, a + b)).all()
    assert (ENCODER.canonical(start + a + b) == there).all()
    assert (ENCODER.transpose(there, -(a + b)) == start).all()


@given(names)
def test_features_are_not_read(name):
    """Refutes decoding that depends on the chroma."""
    vector = code(name)
    assert vector[11 + midi(name) % 12] == 1
    vector[FEATURES] = 7
    assert ENCODER.decode(vector) == name
    assert not ENCODER.is_valid(vector)


@given(names)
def test_fifths_count_sharps(name):
    """Refutes a line of fifths that is not linear in steps and semitones."""
    line = "FCGDAEB".index(name[0]) - 1 + 7 * (name.count("#") - name[1:].count("b"))
    assert code(name)[31] == line


def test_frequency():
    """Refutes a wrong reference, a wrong octave, cents of the wrong size."""
    assert ENCODER.frequency(code("A4")) == 440
    assert ENCODER.log2_frequency(code("A6")) == 2
    assert ENCODER.log2_frequency(code("A4+50c")) == Fraction(1, 24)
    assert ENCODER.frequency(code("C4")) == pytest.approx(261.6255653)


def test_the_mean_of_two_notes_is_exact():
    """Refutes a raw sum that cannot be read, or reads features."""
    assert ENCODER.decode_sum(code("C4") + code("E4")) == (29, 62)
    with pytest.raises(DecodeError):
        ENCODER.decode(code("C4") + code("E4"))
    with pytest.raises(MixedDomainsError):
        ENCODER.decode_sum(code("C4") + DNAEncoder().encode("ACGT"))


@pytest.mark.parametrize("value", [Pitch(0, 200), Pitch(10**9, 0), 60, None, 4.5, (28, 60)])
def test_other_values_are_refused(value):
    """Refutes a code for a note that cannot be spelled, or for a bare number whose spelling is unknown."""
    assert ENCODER.encode(value) is None


def spans(text: str) -> list[str]:
    tokens = MultiDomainTokenizer([DomainType.PITCH]).tokenize(text)
    return [token.text for token in tokens if token.domain is DomainType.PITCH]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("n = note.Note('A4')", ["A4"]),
        ("chord.Chord('C4 E4 G#4')", ["C4", "E4", "G#4"]),
        ("from F#3 up to Bb4", ["F#3", "Bb4"]),
        ("the piano's lowest key is A0", ["A0"]),
        ("the note D5 sounds", ["D5"]),
        ("an orchestra tunes to the pitch A4", ["A4"]),
    ],
)
def test_notes_with_evidence_are_spans(text, found):
    """Refutes notes that are lost in code, with accidentals, or near words of music."""
    assert spans(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "printed on A4 paper",
        "Table A4 of the piano book",
        "the C# language",
        "in C#6 the compiler",
        "B-4 or E-5",
        "antibodies Ab1 and Ab2",
    ],
)
def test_codes_are_not_notes(text):
    """Refutes paper, tables, languages and flats written with a hyphen taken for notes."""
    assert spans(text) == []


def test_a_code_without_evidence_is_counted():
    """Refutes an ambiguous note that vanishes from the record."""
    (failure,) = MultiDomainTokenizer([DomainType.PITCH]).analyze("see A4 there").failures
    assert (failure.start, failure.end, failure.reason) == (4, 6, FailureReason.AMBIGUOUS)
