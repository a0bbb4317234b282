"""PROTEIN: a sequence of amino acids, letter by letter to 256, as counts and hashes beyond.

Grammar. Upper-case one-letter codes: the 20 standard ones, U (selenocysteine), O (pyrrolysine), the ambiguous B, J,
X, Z, and `*` for a stop. `encode` takes any length from 1 to 2**20.

Code:

    dim   8       length
    dims  9-34    how many of A to Z, dim 35 of `*`
    dims 36, 37   first and last letter, A = 1 to Z = 26, `*` = 27
    dims 38-41    Karp-Rabin hashes, 46-49 base**length (`fluxem.encoding.sequence_block`)
    dim  50       1 where dims 64-127 hold the letters, 0 where the sequence is longer than 256
    dims 64-127   up to 256 letters, four a dim, base 32; zero for longer sequences

The composition adds literally; the molar mass is a linear functional of it. `concat` gives the code of the
joined sequence, bit for bit.

Evidence, strict, because capital words are made of these letters: a line of a FASTA entry (below a header without
a space behind its `>`, or below a line of 20 letters or more); inside `Seq("...")` where most
letters are no nucleotides; a run of the 20 standard
letters without O and U that is 30 long with 10 kinds, 16 long with a word such as peptide near, or the whole
document and 25 long, and no gap of an alignment (`--`) beside it. Everything else is text.

Sources: letters and residues, IUPAC-IUB JCBN, Eur. J. Biochem. 138 (1984) 9; atomic weights, IUPAC 2021, abridged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np
import numpy.typing as npt

from fluxem.domains.domain import Context, Domain, DomainEncoder, Failure, Lead, Verdict, ending
from fluxem.domains.nearby import words
from fluxem.domains.nucleotide import line_above
from fluxem.encoding import sequence_block as block
from fluxem.encoding.header import DOMAIN_BITS, EXACT_INTEGER_LIMIT, WEIGHT, FloatArray, expect_header
from fluxem.errors import DecodeError
from fluxem.vocabulary import DomainType, FailureReason

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
COUNTS: Final = slice(9, 36)
FIRST: Final = 36
LAST: Final = 37

RESIDUES: Final[dict[str, dict[str, int]]] = {
    letter: dict(zip(("C", "H", "N", "O", "S", "Se"), counts, strict=True))
    for letter, counts in {
        "A": (3, 5, 1, 1, 0, 0),
        "C": (3, 5, 1, 1, 1, 0),
        "D": (4, 5, 1, 3, 0, 0),
        "E": (5, 7, 1, 3, 0, 0),
        "F": (9, 9, 1, 1, 0, 0),
        "G": (2, 3, 1, 1, 0, 0),
        "H": (6, 7, 3, 1, 0, 0),
        "I": (6, 11, 1, 1, 0, 0),
        "J": (6, 11, 1, 1, 0, 0),
        "K": (6, 12, 2, 1, 0, 0),
        "L": (6, 11, 1, 1, 0, 0),
        "M": (5, 9, 1, 1, 1, 0),
        "N": (4, 6, 2, 2, 0, 0),
        "O": (12, 19, 3, 2, 0, 0),
        "P": (5, 7, 1, 1, 0, 0),
        "Q": (5, 8, 2, 2, 0, 0),
        "R": (6, 12, 4, 1, 0, 0),
        "S": (3, 5, 1, 2, 0, 0),
        "T": (4, 7, 1, 2, 0, 0),
        "U": (3, 5, 1, 1, 0, 1),
        "V": (5, 9, 1, 1, 0, 0),
        "W": (11, 10, 2, 1, 0, 0),
        "Y": (9, 9, 1, 2, 0, 0),
    }.items()
}
"""Elements of each amino acid less one water, as in a chain. B, X and Z have no composition of their own."""

ATOMIC_WEIGHTS: Final = {
    "C": Fraction("12.011"),
    "H": Fraction("1.008"),
    "N": Fraction("14.007"),
    "O": Fraction("15.999"),
    "S": Fraction("32.06"),
    "Se": Fraction("78.971"),
}
"""Abridged standard atomic weights, IUPAC 2021 (Pure Appl. Chem. 94 (2022) 573)."""

_CODE: Final = np.zeros(128, dtype=np.int64)
_CODE[np.frombuffer(LETTERS.encode("ascii"), dtype=np.uint8)] = np.arange(len(LETTERS))
_PLACES: Final = 32 ** np.arange(3, -1, -1)


class ProteinEncoder(DomainEncoder[str]):
    """Sequences of one-letter amino acid codes.

    >>> encoder = ProteinEncoder()
    >>> float(encoder.molar_mass(encoder.encode("GG")))
    132.119
    """

    domain = DomainType.PROTEIN

    def parse(self, text: str) -> str | Failure:
        """The sequence itself, if it is one."""
        return self.normalize(text)

    def normalize(self, value: object) -> str | Failure:
        """A string of A-Z and `*`: not empty, at most 2**20 long."""
        if not isinstance(value, str) or not value:
            return Failure(FailureReason.INVALID_VALUE, "expected a sequence of the letters A-Z and *")
        if len(value) > block.MAX_LETTERS:
            return Failure(
                FailureReason.TOO_LONG, f"expected at most {block.MAX_LETTERS} letters, got {len(value)}: cut it"
            )
        if not value.isascii() or value.encode("ascii").translate(None, LETTERS.encode("ascii")):
            return Failure(FailureReason.INVALID_VALUE, f"expected the letters A-Z and *, got {value[:40]!r}")
        return value

    def write(self, vectors: FloatArray, values: Sequence[str]) -> None:
        """Counts, ends, hashes, letters."""
        n = len(values)
        lengths = np.fromiter(map(len, values), dtype=np.int64, count=n)
        codes = _CODE[np.frombuffer("".join(values).encode("ascii"), dtype=np.uint8)]
        owner = np.repeat(np.arange(n), lengths)
        starts = np.cumsum(lengths) - lengths
        place = np.arange(len(codes)) - starts[owner]
        vectors[:, block.LENGTH] = lengths
        vectors[:, COUNTS] = np.bincount(owner * 27 + codes, minlength=n * 27).reshape(n, 27)
        vectors[:, FIRST], vectors[:, LAST] = codes[starts] + 1, codes[starts + lengths - 1] + 1
        table = block.powers(int(lengths.max()) + 1)
        vectors[:, block.POWER] = table[:, lengths].T
        block.write_hashes(vectors, block.HASH, codes + 1, lengths[owner] - 1 - place, starts, table)
        exact = lengths <= block.EXACT_LETTERS
        vectors[:, block.EXACT] = exact
        held = np.flatnonzero(exact[owner])
        weights = (codes[held] + 1) * _PLACES[place[held] % 4]
        keys = owner[held] * 64 + place[held] // 4
        vectors[:, block.BODY] = np.bincount(keys, weights=weights, minlength=n * 64).reshape(n, 64)

    def read(self, vector: FloatArray) -> str:
        """The letters, where they are held."""
        length, words = float(vector[block.LENGTH]), vector[block.BODY].astype(np.float64)
        if vector[block.EXACT] == 0 and length > block.EXACT_LETTERS:
            raise DecodeError(
                f"expected a sequence of at most {block.EXACT_LETTERS} letters, got one of {length:.0f}: "
                "its code holds counts and hashes, not the letters",
                FailureReason.LIMIT_EXCEEDED,
            )
        if (words != np.rint(words)).any() or (words < 0).any() or (words >= 32**4).any():
            raise DecodeError("expected four letters in each of dims 64-127")
        digits = ((words.astype(np.int64)[:, None] // _PLACES) % 32).ravel()
        digits = digits[: np.count_nonzero(digits)]
        if not len(digits) or digits.min() < 1 or digits.max() > len(LETTERS) or len(digits) != length:
            raise DecodeError("expected the letters of dim 8 in dims 64-127")
        return "".join([LETTERS[digit - 1] for digit in digits.tolist()])

    def decode_sum(self, vector: npt.ArrayLike) -> dict[str, int]:
        """How many of each letter occur in up to 2**24 letters of added encodings.

        Raises:
            DecodeError: another domain, or more letters than float32 counts exactly.
        """
        array, _ = expect_header(vector, self.domain, EXACT_INTEGER_LIMIT)
        counts = [int(x) for x in array[COUNTS].tolist()]
        if array[block.LENGTH] >= EXACT_INTEGER_LIMIT or sum(counts) != int(array[block.LENGTH]):
            raise DecodeError("expected counts that sum to fewer than 2**24 letters", FailureReason.LIMIT_EXCEEDED)
        return {letter: count for letter, count in zip(LETTERS, counts, strict=True) if count}

    def composition(self, vector: npt.ArrayLike) -> dict[str, int]:
        """Atoms of each element in the free chain, one water included; in a raw sum, of all chains together.

        Raises:
            DecodeError: as for `decode_sum`; or a letter (B, X, Z) stands for several amino acids.
        """
        chains = expect_header(vector, self.domain, EXACT_INTEGER_LIMIT)[1]
        atoms = {"C": 0, "H": 2 * chains, "N": 0, "O": chains, "S": 0, "Se": 0}
        for letter, count in self.decode_sum(vector).items():
            if letter == "*":
                continue
            if letter not in RESIDUES:
                raise DecodeError(f"expected amino acids with a composition, got {letter}, which stands for several")
            for element, number in RESIDUES[letter].items():
                atoms[element] += number * count
        return {element: count for element, count in atoms.items() if count}

    def molar_mass(self, vector: npt.ArrayLike) -> Fraction:
        """Molar mass of the free chain in g/mol, from abridged standard atomic weights; of a raw sum, the total.

        Raises:
            DecodeError: as for `composition`.
        """
        atoms = self.composition(vector).items()
        return sum((ATOMIC_WEIGHTS[element] * count for element, count in atoms), Fraction(0))

    def concat(self, left: npt.ArrayLike, right: npt.ArrayLike) -> FloatArray:
        """The code of one sequence followed by another, float32 (128,): bit for bit that of the joined letters.

        Raises:
            DecodeError: one is no encoding of a protein, or the two are longer than 2**20 together.
        """
        first, _ = expect_header(left, self.domain, max_weight=1)
        second, _ = expect_header(right, self.domain, max_weight=1)
        length = float(first[block.LENGTH]) + float(second[block.LENGTH])
        if length > block.MAX_LETTERS:
            raise DecodeError(f"expected at most {block.MAX_LETTERS} letters together", FailureReason.LIMIT_EXCEEDED)
        if length <= block.EXACT_LETTERS:
            return self.code_of(self.read(first) + self.read(second))
        out = np.asarray(first + second, dtype=np.float32)
        out[WEIGHT], out[DOMAIN_BITS] = 1, first[DOMAIN_BITS]
        out[FIRST], out[LAST] = first[FIRST], second[LAST]
        out[block.HASH] = block.join_hashes(first[block.HASH], second[block.POWER], second[block.HASH])
        out[block.POWER] = block.join_hashes(first[block.POWER], second[block.POWER], np.zeros(4, dtype=np.float32))
        out[block.EXACT], out[block.BODY] = 0, 0
        return out

    def is_valid(self, vector: npt.ArrayLike) -> bool:
        """Whether `vector` is bit for bit the code of a sequence; of a long one, whether its counts agree."""
        try:
            array, _ = expect_header(vector, self.domain, max_weight=1)
            if array[block.EXACT] or array[block.LENGTH] <= block.EXACT_LETTERS:
                return super().is_valid(vector)
            counts = self.decode_sum(array).values()
        except DecodeError:
            return False
        return min(counts) > 0 and not array[block.BODY].any()


# --------------------------------------------------------------------------------------------- detection

_STANDARD: Final = re.compile(r"[ACDEFGHIKLMNPQRSTVWY]+\*?\Z")
_SEQ_CALL: Final = re.compile(r"Seq\(\s?[\"']\Z")
_ENTRY: Final = re.compile(r"[A-Z*-]{20,}\Z|>\S")
_NEAR: Final = words(
    r"\b(?:peptides?|amino[- ]acids?|residues|epitopes?|polypeptides?|protein sequences?)\b", folded=False
)


def _judge(context: Context) -> Verdict:
    """The evidence rules of the module's docstring."""
    surface = context.surface
    above = line_above(context)
    if above is not None and _ENTRY.match(above) and (not above.startswith(">") or len(surface) >= 10):
        return Verdict.SPAN
    if context.before(2) == "--" or context.after(2) in ("--", ".."):
        return Verdict.TEXT
    called = _SEQ_CALL.search(context.before(6)) and context.after(1) in ('"', "'")
    if called and sum(map(surface.count, "ACGTUN")) < 0.7 * len(surface):
        return Verdict.SPAN
    if len(surface) < 16 or not _STANDARD.match(surface) or context.before(1) in ("_", "\\", "/", ".", "@", "#", "$"):
        return Verdict.TEXT
    kinds = len(set(surface))
    if (len(surface) >= 30 and kinds >= 10) or (len(surface) >= 25 and kinds >= 8 and context.alone):
        return Verdict.SPAN
    return Verdict.SPAN if kinds >= 8 and context.near(_NEAR, 80, 80) else Verdict.TEXT


PROTEIN: Final = Domain(
    encoder=ProteinEncoder(),
    follows={Lead.CAPITAL: r"[A-Z]{3,}+\*?+" + ending(r"(?!\w)")},
    # Short ones count as a line of their own, and in a call.
    opens={Lead.CAPITAL: r"[A-Z]{4}(?:[A-Z]{4}|[A-Z]{0,3}+\*?(?:[\r\n\0\"']|\Z))"},
    judge=_judge,
    examples=(
        ("MKQHKAMIVALIVICITAVVAALVTRKDLCEVHIRTGQTEVAVF", "MKQHKAMIVALIVICITAVVAALVTRKDLCEVHIRTGQTEVAVF"),
        ("MPTITSYFGFLLAALTITSVLFIGLSKIRLI*", "MPTITSYFGFLLAALTITSVLFIGLSKIRLI*"),
    ),
    rejects=(
        ("", FailureReason.INVALID_VALUE),
        ("MKqhk", FailureReason.INVALID_VALUE),
        ("MK QH", FailureReason.INVALID_VALUE),
        ("M1", FailureReason.INVALID_VALUE),
    ),
)
