"""What DNA and RNA share: the encoder over the sequence block, and what counts as evidence.

Evidence. Words are made of these letters too (`CAT`, `GCC`, `ATCC`), so length and letters decide:

- a document that is nothing but 6 or more of the plain bases, of three kinds;
- anywhere, 12 or more of two kinds, 10 or more of three kinds, ambiguous `N` aside;
- 4 or more right at `5'-` or `-3'`, 6 or more inside `Seq("...")` or near a word such as primer, codon or motif;
- a whole line below a header (`>name`) or below a line of 20 nucleotides or more, as in FASTA files.

A piece of a sequence that goes on behind a space is `ambiguous`. Everything else is text, and so is a part of an
alignment with gaps (`--` beside it). RNA wants a U, or to be the line of an entry that has one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import ClassVar, Final

import numpy.typing as npt

from fluxem.domains.domain import Context, DomainEncoder, Failure, Verdict
from fluxem.domains.nearby import words
from fluxem.encoding import sequence_block as block
from fluxem.encoding.header import DOMAIN_BITS, EXACT_INTEGER_LIMIT, WEIGHT, FloatArray, expect_header
from fluxem.errors import DecodeError
from fluxem.vocabulary import FailureReason


class NucleotideEncoder(DomainEncoder[str]):
    """Sequences of upper-case letters, IUPAC codes of ambiguous bases included.

    Sequences of up to 256 letters decode to themselves. Longer ones, to 2**20, keep length, composition, di- and
    trinucleotide counts, ends and hashes; `decode` refuses them.
    """

    letters: ClassVar[str]
    """The four bases."""

    def _to_dna(self, text: str) -> str:
        """`text` in the letters of the sequence block."""
        return text

    def _from_dna(self, text: str) -> str:
        """The inverse of `_to_dna`."""
        return text

    def parse(self, text: str) -> str | Failure:
        """The sequence itself, if it is one."""
        return self.normalize(text)

    def normalize(self, value: object) -> str | Failure:
        """A string of the domain's letters: not empty, upper-case, at most 2**20 long."""
        allowed = self.letters + block.LETTERS[4:]
        if not isinstance(value, str) or not value:
            return Failure(FailureReason.INVALID_VALUE, f"expected a sequence of the letters {allowed}")
        if len(value) > block.MAX_LETTERS:
            return Failure(
                FailureReason.TOO_LONG, f"expected at most {block.MAX_LETTERS} letters, got {len(value)}: cut it"
            )
        if not value.isascii() or value.encode("ascii").translate(None, allowed.encode("ascii")):
            return Failure(FailureReason.INVALID_VALUE, f"expected upper-case letters {allowed}, got {value[:40]!r}")
        return value

    def write(self, vectors: FloatArray, values: Sequence[str]) -> None:
        """The sequence block."""
        block.write_nucleotides(vectors, [self._to_dna(value) for value in values])

    def read(self, vector: FloatArray) -> str:
        """The letters, where they are held."""
        return self._from_dna(block.read_nucleotides(vector))

    def decode_sum(self, vector: npt.ArrayLike) -> dict[str, int]:
        """Length and composition of up to 2**24 letters in added encodings: `length`, each base, `ambiguous`.

        Raises:
            DecodeError: another domain, or more letters than float32 counts exactly.
        """
        array, _ = expect_header(vector, self.domain, EXACT_INTEGER_LIMIT)
        counts = [int(x) for x in array[block.LENGTH : block.BASES.stop].tolist()]
        if max(counts) >= EXACT_INTEGER_LIMIT:
            raise DecodeError("expected a sum of fewer than 2**24 letters", FailureReason.LIMIT_EXCEEDED)
        return {"length": counts[0], **dict(zip(self.letters, counts[2:], strict=True)), "ambiguous": counts[1]}

    def gc_content(self, vector: npt.ArrayLike) -> Fraction:
        """The share of G and C among the plain bases, of one encoding or of a raw sum.

        Raises:
            DecodeError: as for `decode_sum`; or there is no plain base.
        """
        counts = self.decode_sum(vector)
        plain = counts["length"] - counts["ambiguous"]
        if not plain:
            raise DecodeError("expected a sequence with at least one plain base")
        return Fraction(counts["G"] + counts["C"], plain)

    def reverse_complement(self, vector: npt.ArrayLike) -> FloatArray:
        """The code of the other strand, float32 (128,).

        Dims 8-63 are permuted, and so are the trinucleotide counts of a long sequence. Letters are written anew.

        Raises:
            DecodeError: `vector` is no encoding of this domain.
        """
        array, _ = expect_header(vector, self.domain, max_weight=1)
        if array[block.EXACT] == 0:
            return array[block.REVERSE_COMPLEMENT]
        return self.code_of(self._from_dna(block.reverse_complement_text(block.read_nucleotides(array))))

    def concat(self, left: npt.ArrayLike, right: npt.ArrayLike) -> FloatArray:
        """The code of one sequence followed by another, float32 (128,): bit for bit that of the joined letters.

        Raises:
            DecodeError: one is no encoding of this domain, or the two are longer than 2**20 together.
        """
        first, _ = expect_header(left, self.domain, max_weight=1)
        second, _ = expect_header(right, self.domain, max_weight=1)
        length = float(first[block.LENGTH]) + float(second[block.LENGTH])
        if length > block.MAX_LETTERS:
            raise DecodeError(f"expected at most {block.MAX_LETTERS} letters together", FailureReason.LIMIT_EXCEEDED)
        if length <= block.EXACT_LETTERS:
            return self.code_of(self.read(first) + self.read(second))
        joined = block.join_counts(block.with_triples(first), block.with_triples(second))
        joined[WEIGHT], joined[DOMAIN_BITS] = 1, first[DOMAIN_BITS]
        return joined

    def is_valid(self, vector: npt.ArrayLike) -> bool:
        """Whether `vector` is bit for bit the code of a sequence; of a long one, whether its counts agree."""
        try:
            array, _ = expect_header(vector, self.domain, max_weight=1)
        except DecodeError:
            return False
        if array[block.EXACT] == 0 and array[block.LENGTH] > block.EXACT_LETTERS:
            return block.counts_agree(array)
        return super().is_valid(vector)


# --------------------------------------------------------------------------------------------- detection

_PRIME_BEFORE: Final = re.compile(r"[35]\s?['′’´]\s?[-–—]?\s?\Z")
_PRIME_AFTER: Final = re.compile(r"\s?[-–—]?\s?[35]\s?['′’´]")
_SEQ_CALL: Final = re.compile(r"Seq\(\s?[\"']\Z")
_NEAR: Final = words(
    r"\b(?:primers?|oligo\w{0,20}|codons?|motifs?|sequences?|seq|nucleotides?|[rc]?dna|[mstrn]?rna|si?rna|genes?"
    r"|genom\w{1,20}|alleles?|restriction|pcr|repeats?|promoters?|strands?|base pairs?|bp|k-?mers?|barcodes?|adapters?"
    r"|telomer\w{1,20})\b"
)
_ENTRY: Final = re.compile(r"[ACGTUNacgtun-]{20,}\Z|>\S")
_GOES_ON_BEFORE: Final = re.compile(r"(?:[ACGTUN]{4}|(?:\A|[^A-Za-z])[ACGTUN]{3})[ ]\Z")
_GOES_ON_AFTER: Final = re.compile(r"[ ][ACGTUN]{3}(?:[ACGTUN]{0,7}(?![A-Za-z])|[ACGTUN]{8})")
"""Another piece of the same sequence, behind a space."""
_CALL: Final = frozenset("_(@=")
_INSIDE: Final = frozenset("_\\/.@#$=")
_HEADER_WINDOW: Final = 600


def line_above(context: Context) -> str | None:
    """The line above, where the candidate is a whole line of its own; at most 600 characters of it."""
    if context.before(1) != "\n" or context.after(2).lstrip("\r")[:1] not in ("", "\n"):
        return None
    return context.before(_HEADER_WINDOW).rstrip("\r\n").rpartition("\n")[2]


def is_fasta_line(context: Context) -> bool:
    """Whether the candidate is a line below a FASTA header or below a line of 20 nucleotides or more."""
    above = line_above(context)
    return above is not None and _ENTRY.match(above) is not None


def judge_nucleotides(context: Context, plain: str) -> Verdict:
    """The evidence rules of the module's docstring; `plain` are the four bases."""
    verdict = _weigh(context, plain)
    goes_on = verdict is Verdict.SPAN and (
        _GOES_ON_BEFORE.search(context.before(8)) or _GOES_ON_AFTER.match(context.after(12))
    )
    return Verdict.AMBIGUOUS if goes_on else verdict


def _weigh(context: Context, plain: str) -> Verdict:
    """The verdict on a sequence that is whole."""
    surface, before, after = context.surface, context.before(6), context.after(6)
    if before[-1:] in _INSIDE or after[:1] in _CALL or before.endswith("--") or after.startswith(("--", "..")):
        return Verdict.TEXT
    count, kinds = sum(map(surface.count, plain)), len(set(surface).intersection(plain))
    if count == len(surface) >= 6 and kinds >= 3 and context.alone:
        return Verdict.SPAN
    if (count >= 10 and kinds >= 3) or (count >= 12 and kinds >= 2):
        return Verdict.SPAN
    if is_fasta_line(context) or _PRIME_BEFORE.search(before) or _PRIME_AFTER.match(after):
        return Verdict.SPAN
    if count < 6 or kinds < 2:
        return Verdict.TEXT
    called = _SEQ_CALL.search(before) is not None
    return Verdict.SPAN if called or context.near(_NEAR, 80, 80) else Verdict.TEXT
