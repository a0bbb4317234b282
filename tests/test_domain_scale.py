"""SCALE: names, the notes they stand for, and what is evidence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxem.domains.harmony import CHROMA, Harmony, interval_bits
from fluxem.domains.pitch import Interval
from fluxem.domains.scale import SCALES, ScaleEncoder
from fluxem.errors import DecodeError
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType

ENCODER = ScaleEncoder()


@given(st.sampled_from("ABCDEFG"), st.sampled_from(["", "#", "b"]), st.sampled_from(sorted(SCALES)))
def test_names_read_back(letter, sign, scale):
    """Refutes two names of the table for the same notes."""
    name = f"{letter}{sign} {scale}"
    assert ENCODER.decode(ENCODER.encode(name)) == name


def test_modes_are_turns_of_each_other():
    """Refutes wrong intervals: D dorian has the notes of C major, and a fifth up is G major."""
    c_major, d_dorian = ENCODER.encode("C major"), ENCODER.encode("D dorian")
    assert (c_major[CHROMA] == d_dorian[CHROMA]).all()
    assert ENCODER.decode(ENCODER.transpose(c_major, Interval(4, 7))) == "G major"
    assert ENCODER.decode(ENCODER.transpose(ENCODER.encode("A harmonic minor"), Interval(1, 1))) == "Bb harmonic minor"
    assert ENCODER.decode_sum(c_major + d_dorian) == (2, 0, 2, 0, 2, 2, 0, 2, 0, 2, 0, 2)


def test_unknown_sets_and_other_basses_are_refused():
    """Refutes a code that has no name, and a scale over another bass."""
    assert ENCODER.encode(Harmony(0, 0, interval_bits([0, 1]))) is None
    assert ENCODER.encode(Harmony(0, 1, interval_bits(SCALES["major"]))) is None
    broken = np.array(ENCODER.encode("C major"))
    broken[23] = 1
    with pytest.raises(DecodeError):
        ENCODER.decode(broken)


def spans(text: str) -> list[str]:
    tokens = MultiDomainTokenizer([DomainType.SCALE]).tokenize(text)
    return [token.text for token in tokens if token.domain is DomainType.SCALE]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a sonata in C minor", ["C minor"]),
        ("the Mass in B-flat minor", ["B-flat minor"]),
        ("modulates to E major", ["E major"]),
        ("a quartet in A minor", ["A minor"]),
        ("the D dorian scale", ["D dorian"]),
    ],
)
def test_keys_with_evidence_are_spans(text, found):
    """Refutes keys that are lost in plain prose."""
    assert spans(text) == found


@pytest.mark.parametrize(
    "text",
    ["A major advantage", "A minor scale of the problem", "Plan B major", "A major triad", "Group C major"],
)
def test_english_is_not_a_scale(text):
    """Refutes articles and labels taken for tonics."""
    assert spans(text) == []
