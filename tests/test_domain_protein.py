"""PROTEIN: letters, composition, mass, and what is evidence."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxem.domains.protein import LETTERS, ProteinEncoder
from fluxem.errors import DecodeError
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType

ENCODER = ProteinEncoder()
sequences = st.text(LETTERS, min_size=1, max_size=300)


def code(sequence: str) -> np.ndarray:
    vector = ENCODER.encode(sequence)
    assert vector is not None
    return vector


@given(sequences, sequences)
@settings(max_examples=60, deadline=None)
def test_sequences_decode_and_join(left, right):
    """Refutes lost letters, a joined code that differs from the code of the joined letters, counts that do not add."""
    assert (ENCODER.concat(code(left), code(right)) == code(left + right)).all()
    counts = ENCODER.decode_sum(code(left) + code(right))
    assert counts == {letter: (left + right).count(letter) for letter in LETTERS if letter in left + right}
    for sequence in (left, right):
        vector = code(sequence)
        assert ENCODER.is_valid(vector)
        if len(sequence) <= 256:
            assert ENCODER.decode(vector) == sequence
        else:
            with pytest.raises(DecodeError):
                ENCODER.decode(vector)


def test_mass_is_a_functional_of_the_composition():
    """Refutes a wrong residue, a water too many, and a float: the chain of oxytocin as a free acid."""
    chain = code("CYIQNCPLG")
    assert ENCODER.composition(chain) == {"C": 43, "H": 67, "N": 11, "O": 13, "S": 2}
    assert ENCODER.molar_mass(code("G") + code("A")) == Fraction("75.067") + Fraction("89.094")
    with pytest.raises(DecodeError, match="stands for several"):
        ENCODER.molar_mass(code("ABX"))


@pytest.mark.parametrize(
    "text",
    [
        "MATERIALS AND METHODS of the peptide study",
        "CHARACTERISTICS of amino acids",
        "> quoted\nTHISISALLCAPITALS\n",
        "THE RELATION OF GOVERNMENT",
        "SUPERCALIFRAGILISTICEXPIALIDOCIOUS",
    ],
)
def test_capital_words_are_text(text):
    """Refutes headings and shouting taken for proteins."""
    assert len(MultiDomainTokenizer([DomainType.PROTEIN]).tokenize(text)) == 1


def test_lines_of_an_entry_are_spans():
    """Refutes a FASTA entry that loses its short last line, or gives its header."""
    text = ">sp|P1|X_Y PROTEIN NAME\nMKQHKAMIVALIVICITAVVAALV\nTNGKL\n"
    tokens = MultiDomainTokenizer([DomainType.PROTEIN]).tokenize(text)
    found = [token.text for token in tokens if token.domain is DomainType.PROTEIN]
    assert found == ["MKQHKAMIVALIVICITAVVAALV", "TNGKL"]
