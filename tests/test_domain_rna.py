"""RNA: DNA's code under an id of its own."""

from __future__ import annotations

import pytest

from fluxem.domains.dna import DNAEncoder
from fluxem.domains.rna import RNAEncoder
from fluxem.errors import DecodeError
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType

DNA, RNA = DNAEncoder(), RNAEncoder()


def test_transcription_changes_the_header_alone():
    """Refutes a payload that depends on the spelling of the fourth base."""
    coding, messenger = DNA.encode("ATGGCCATTG"), RNA.encode("AUGGCCAUUG")
    assert (RNA.transcribe(coding) == messenger).all()
    assert (RNA.back_transcribe(messenger) == coding).all()
    assert (coding[8:] == messenger[8:]).all()
    with pytest.raises(DecodeError):
        RNA.transcribe(messenger)


def test_the_other_strand_is_rna():
    """Refutes a T that leaks out of the shared block."""
    assert RNA.decode(RNA.reverse_complement(RNA.encode("AUGN"))) == "NCAU"
    assert RNA.decode_sum(RNA.encode("AUUG"))["U"] == 2


def test_the_lines_of_an_entry_share_a_type():
    """Refutes a line without U in an RNA entry that is taken for DNA, and a line of capitals."""
    text = ">x\nAUGGCCAUUGUAAUGGGCCGCUGAAAGG\nGCCGA\nEND"
    tokens = MultiDomainTokenizer([DomainType.DNA, DomainType.RNA]).tokenize(text)
    found = [(token.text, token.domain) for token in tokens if token.domain is not DomainType.TEXT]
    assert found == [("AUGGCCAUUGUAAUGGGCCGCUGAAAGG", DomainType.RNA), ("GCCGA", DomainType.RNA)]
