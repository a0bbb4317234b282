"""DNA: the sequence block against a letter-by-letter reference, its algebra, and what is evidence."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxem.domains.dna import DNA, DNAEncoder
from fluxem.domains.rna import RNAEncoder
from fluxem.encoding import sequence_block as block
from fluxem.errors import DecodeError
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType, FailureReason

ENCODER = DNAEncoder()
MEANING = {
    "A": "A", "C": "C", "G": "G", "T": "T", "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC",
    "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT",
}  # fmt: skip
plain = st.text("ACGT", min_size=1, max_size=300)
letters = st.text(block.LETTERS, min_size=1, max_size=300)


def code(sequence: str) -> np.ndarray:
    vector = ENCODER.encode(sequence)
    assert vector is not None
    return vector


def complement(sequence: str) -> str:
    """The other strand from the meaning of each letter: the slow, obvious way."""
    pairs = {"A": "T", "C": "G", "G": "C", "T": "A"}
    by_meaning = {frozenset(bases): letter for letter, bases in MEANING.items()}
    return "".join(by_meaning[frozenset(pairs[base] for base in MEANING[letter])] for letter in reversed(sequence))


def reference(sequence: str) -> np.ndarray:
    """Dims 8-63 and long bodies, by loops."""
    out = np.zeros(128)
    out[8] = len(sequence)
    for letter in sequence:
        if letter in "ACGT":
            out[10 + "ACGT".index(letter)] += 1
        else:
            out[9] += 1
    for left, right in pairwise(sequence):
        if left in "ACGT" and right in "ACGT":
            out[14 + 4 * "ACGT".index(left) + "ACGT".index(right)] += 1
    places = [(30, 0), (34, -1), *([(51, 1), (55, -2)] if len(sequence) > 1 else [])]
    for dim, place in places:
        for base in MEANING[sequence[place]]:
            out[dim + "ACGT".index(base)] = 1
    for row, (prime, multiplier) in enumerate(zip(block.PRIMES, block.MULTIPLIERS, strict=True)):
        for dim, text in ((38, sequence), (42, complement(sequence))):
            total = 0
            for letter in text:
                total = (total * multiplier + block.LETTERS.index(letter) + 1) % prime
            out[dim + row] = total
        out[46 + row] = pow(multiplier, len(sequence), prime)
    out[50] = len(sequence) <= 256
    if len(sequence) > 256:
        for place in range(len(sequence) - 2):
            triple = sequence[place : place + 3]
            if set(triple) <= set("ACGT"):
                out[64 + int("".join(str("ACGT".index(x)) for x in triple), 4)] += 1
    return out


@given(st.lists(letters, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_the_batch_agrees_with_loops(sequences):
    """Refutes a vectorised count, end, hash or trinucleotide that leaks between rows or letters."""
    vectors, failures = ENCODER.encode_batch(sequences)
    assert not failures
    for sequence, vector in zip(sequences, vectors, strict=True):
        expected = reference(sequence)
        stop = 128 if len(sequence) > 256 else 64
        assert (vector[8:stop] == expected[8:stop]).all()
        if len(sequence) <= 256:
            assert ENCODER.decode(vector) == sequence


@given(letters)
@settings(max_examples=60, deadline=None)
def test_reverse_complement_is_an_involution_and_a_permutation(sequence):
    """Refutes a wrong pairing of any IUPAC letter, and a permutation that is right only for palindromes."""
    vector = code(sequence)
    other = ENCODER.reverse_complement(vector)
    assert (other == code(complement(sequence))).all()
    assert (ENCODER.reverse_complement(other) == vector).all()
    assert (vector[block.REVERSE_COMPLEMENT][:64] == other[:64]).all()


@given(letters, letters)
@settings(max_examples=80, deadline=None)
def test_concat_is_the_code_of_the_joined_letters(left, right):
    """Refutes a missing boundary term, at every mixture of stored letters and counts, and for one letter."""
    assert (ENCODER.concat(code(left), code(right)) == code(left + right)).all()


@given(plain, plain)
@settings(max_examples=40, deadline=None)
def test_composition_adds(left, right):
    """Refutes counts that a raw sum does not add."""
    counts = ENCODER.decode_sum(code(left) + code(right))
    assert counts == {"length": len(left + right), "ambiguous": 0, **{x: (left + right).count(x) for x in "ACGT"}}


def test_256_letters_decode_and_257_do_not():
    """Refutes an edge that is off by one, and letters read out of trinucleotide counts."""
    assert ENCODER.decode(code("ACGT" * 64)) == "ACGT" * 64
    with pytest.raises(DecodeError) as caught:
        ENCODER.decode(code("ACGT" * 64 + "A"))
    assert caught.value.reason is FailureReason.LIMIT_EXCEEDED
    assert ENCODER.is_valid(code("ACGT" * 64 + "A"))


def test_lengths_beyond_the_limit_are_refused():
    """Refutes unbounded work and counts that float32 cannot hold."""
    assert ENCODER.encode_batch(["A" * (block.MAX_LETTERS + 1)])[1] == {0: FailureReason.TOO_LONG}
    assert code("A" * 1000 + "C")[block.BODY.start] == 998


def test_the_code_of_plain_bases_survives_bfloat16():
    """Refutes a packing of four bases that needs more than eight bits."""
    body = code("TGCA" * 64)[block.BODY]
    assert body.max() <= 255
    assert (body == np.rint(body)).all()


def test_strands_of_other_domains_are_refused():
    """Refutes operators that take RNA for DNA."""
    rna = RNAEncoder().encode("AUGC")
    with pytest.raises(DecodeError):
        ENCODER.concat(code("ATGC"), rna)
    with pytest.raises(DecodeError):
        ENCODER.reverse_complement(code("ACGT") + code("ACGT"))


def test_gc_content_is_a_fraction():
    """Refutes a float, and ambiguous letters in the denominator."""
    assert ENCODER.gc_content(code("GGCAN")) * 4 == 3


@pytest.mark.parametrize(
    "text",
    [
        "Compiled with GCC 8.1, then ACT and CAT.",
        "cells from ATCC (Manassas)",
        "AAAAAAAAAAAAAAAAAAAA! he cried",
        "the TATA box",
        "CANTATA",
        "a TAG or TAGGED word",
        "const GATTACA_ACCAGATTACA = 1",
    ],
)
def test_words_of_these_letters_are_text(text):
    """Refutes acronyms, words, screams and identifiers taken for sequences."""
    analysis = MultiDomainTokenizer([DomainType.DNA]).analyze(text)
    assert [token.domain for token in analysis.tokens] == [DomainType.TEXT]
    assert not analysis.failures


@pytest.mark.parametrize(
    ("text", "sequences"),
    [
        ("primers 5'-ATGCC-3' and 5′-GGATCCATT-3′", ["ATGCC", "GGATCCATT"]),
        (">seq1 sample\nACGTACGTACGTACGTACGTAC\nTGCA\n>next\n", ["ACGTACGTACGTACGTACGTAC", "TGCA"]),
        ("the telomere repeat TTAGGG", ["TTAGGG"]),
        ("we found CCTATCCCCTGTGTG there", ["CCTATCCCCTGTGTG"]),
        ('Seq("AACCGG")', ["AACCGG"]),
    ],
)
def test_sequences_with_evidence_are_spans(text, sequences):
    """Refutes a primer, a FASTA line or a motif that is lost, and a header that is taken."""
    tokens = MultiDomainTokenizer([DomainType.DNA]).tokenize(text)
    assert [token.text for token in tokens if token.domain is DomainType.DNA] == sequences


def test_the_table_entry_has_the_id():
    """Refutes a Domain that carries another domain's encoder."""
    assert DNA.type is DomainType.DNA
