"""DNA: a sequence of nucleotides, letter by letter to 256, as counts and hashes beyond.

Grammar. Four or more upper-case letters of A, C, G, T, N that stand as one word. `encode` takes every IUPAC
letter (R, Y, S, W, K, M, B, D, H, V, N) and any length from 1 to 2**20.

Code. The sequence block of `fluxem.encoding.sequence_block`. Length and composition add literally; `concat` and
`reverse_complement` give the codes of the joined and of the complementary sequence, bit for bit.

Evidence. `fluxem.domains.nucleotide`. A line of a FASTA entry whose lines have U is RNA.
"""

from __future__ import annotations

import re
from typing import Final

from fluxem.domains.domain import Context, Domain, Lead, Verdict, ending
from fluxem.domains.nucleotide import NucleotideEncoder, judge_nucleotides, line_above
from fluxem.vocabulary import DomainType, FailureReason


class DNAEncoder(NucleotideEncoder):
    """Sequences of A, C, G, T and the ambiguous IUPAC letters.

    >>> encoder = DNAEncoder()
    >>> encoder.decode(encoder.reverse_complement(encoder.encode("ATGCCG")))
    'CGGCAT'
    """

    domain = DomainType.DNA
    letters = "ACGT"


_RNA_LINE: Final = re.compile(r"[ACGUN]*U[ACGUN]*\Z")


def _judge(context: Context) -> Verdict:
    above = line_above(context)
    if above is not None and len(above) >= 20 and _RNA_LINE.match(above):
        return Verdict.TEXT
    return judge_nucleotides(context, "ACGT")


DNA: Final = Domain(
    encoder=DNAEncoder(),
    follows={Lead.CAPITAL: r"(?<=[ACGTN])[ACGTN]{3,}+" + ending(r"(?!\w)")},
    opens={Lead.CAPITAL: "[ACGTN]{4}"},
    judge=_judge,
    examples=(
        ("ATGCCGTAGC", "ATGCCGTAGC"),
        ("GATTACA", "GATTACA"),
        ("ACGTNNNNACGTTGCATGCA", "ACGTNNNNACGTTGCATGCA"),
    ),
    rejects=(
        ("", FailureReason.INVALID_VALUE),
        ("AUGC", FailureReason.INVALID_VALUE),
        ("acgt", FailureReason.INVALID_VALUE),
        ("ACGT ACGT", FailureReason.INVALID_VALUE),
        ("PRIMER", FailureReason.INVALID_VALUE),
    ),
)
