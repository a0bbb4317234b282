"""RNA: a sequence of nucleotides with uracil, letter by letter to 256, as counts and hashes beyond.

Grammar and code are those of DNA (`fluxem.domains.dna`) with U in the place of T, under an id of its own.
`transcribe` and `back_transcribe` are a change of the header alone.

Evidence. `fluxem.domains.nucleotide`, and a U: in the sequence, or in the line of the FASTA entry above it.
"""

from __future__ import annotations

from typing import Final

import numpy.typing as npt

from fluxem.domains.domain import Context, Domain, Lead, Verdict, ending
from fluxem.domains.nucleotide import NucleotideEncoder, judge_nucleotides, line_above
from fluxem.encoding.header import FloatArray, expect_header, write_header
from fluxem.vocabulary import DomainType, FailureReason


class RNAEncoder(NucleotideEncoder):
    """Sequences of A, C, G, U and the ambiguous IUPAC letters.

    >>> encoder = RNAEncoder()
    >>> encoder.decode(encoder.reverse_complement(encoder.encode("AUGCCG")))
    'CGGCAU'
    """

    domain = DomainType.RNA
    letters = "ACGU"

    def _to_dna(self, text: str) -> str:
        return text.replace("U", "T")

    def _from_dna(self, text: str) -> str:
        return text.replace("T", "U")

    def transcribe(self, dna: npt.ArrayLike) -> FloatArray:
        """The code of the RNA with the sequence of a coding DNA strand, float32 (128,).

        Raises:
            DecodeError: `dna` is no encoding of DNA.
        """
        return _with_header(expect_header(dna, DomainType.DNA, max_weight=1)[0], DomainType.RNA)

    def back_transcribe(self, rna: npt.ArrayLike) -> FloatArray:
        """The code of the coding DNA strand of an RNA, float32 (128,).

        Raises:
            DecodeError: `rna` is no encoding of RNA.
        """
        return _with_header(expect_header(rna, DomainType.RNA, max_weight=1)[0], DomainType.DNA)


def _with_header(vector: FloatArray, domain: DomainType) -> FloatArray:
    """A copy of `vector` under another id."""
    out = vector.copy()
    write_header(out[None], domain)
    return out


def _judge(context: Context) -> Verdict:
    above = line_above(context)
    if "U" not in context.surface and (above is None or "U" not in above or above.startswith(">")):
        return Verdict.TEXT
    return judge_nucleotides(context, "ACGU")


RNA: Final = Domain(
    encoder=RNAEncoder(),
    follows={Lead.CAPITAL: r"(?<=[ACGUN])[ACGUN]{3,}+" + ending(r"(?!\w)")},
    opens={Lead.CAPITAL: "[ACGUN]{4}"},
    judge=_judge,
    examples=(("AUGGCCAUUG", "AUGGCCAUUG"), ("GAUUACA", "GAUUACA"), ("ACGUNNNNACGUUGCAUGCA", "ACGUNNNNACGUUGCAUGCA")),
    rejects=(
        ("", FailureReason.INVALID_VALUE),
        ("ATGC", FailureReason.INVALID_VALUE),
        ("augc", FailureReason.INVALID_VALUE),
        ("AUG CCG", FailureReason.INVALID_VALUE),
    ),
)
