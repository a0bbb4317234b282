"""The sequence block: a nucleotide sequence as letters to 256, as counts and hashes to any length.

    dim   8      length
    dim   9      how many letters are ambiguous (R, Y, ... N)
    dims 10-13   how many are A, C, G, T (U in RNA)
    dims 14-29   how often each of AA, AC, ... TT stands side by side
    dims 30-33   first letter, 34-37 last letter: one coordinate for each of A, C, G, T that it may be
    dims 38-41   Karp-Rabin hashes of the sequence, 42-45 of its reverse complement, 46-49 base**length
    dim  50      1 where dims 64-127 hold the letters, 0 where they hold trinucleotide counts
    dims 51-54   second letter, 55-58 last but one, as 30-37; zero in a sequence of one letter
    dims 59-63   0
    dims 64-127  up to 256 letters, four a dim; longer: how often each of AAA, AAC, ... TTT occurs

Four letters of A, C, G, T are a base-4 number, 0 to 255, which bfloat16 holds too. An ambiguous letter counts
0 there and adds 256 times a base-12 digit. Letters A, C, G, T pair A-T and C-G, so the reverse complement of
dims 8-63 is a fixed permutation, and dims 64-127 of trinucleotide counts are permuted likewise; where they
hold letters, they are written anew. The inner ends (51-58) let counts of any two sequences be joined exactly.

Sources: letters, Nomenclature Committee of the IUB, Nucleic Acids Res. 13 (1985) 3021; hashes, Karp & Rabin,
IBM J. Res. Dev. 31 (1987) 249, modulo the four largest primes below 2**24.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from fluxem.encoding.header import FloatArray
from fluxem.errors import DecodeError
from fluxem.vocabulary import VECTOR_DIM, FailureReason

IntArray = npt.NDArray[np.int64]

LETTERS: Final = "ACGTRYSWKMBDHVN"
"""The alphabet by code; the first four are bases, the others ambiguous."""
EXACT_LETTERS: Final = 256
"""Sequences up to so long are stored letter by letter."""
MAX_LETTERS: Final = 2**20
"""Longer sequences are refused: bounded work, and counts far below 2**24."""

LENGTH: Final = 8
AMBIGUOUS: Final = 9
BASES: Final = slice(10, 14)
PAIRS: Final = slice(14, 30)
FIRST: Final = slice(30, 34)
LAST: Final = slice(34, 38)
HASH: Final = slice(38, 42)
REVERSE_HASH: Final = slice(42, 46)
POWER: Final = slice(46, 50)
EXACT: Final = 50
SECOND: Final = slice(51, 55)
LAST_BUT_ONE: Final = slice(55, 59)
BODY: Final = slice(64, 128)

PRIMES: Final = (16777213, 16777199, 16777183, 16777153)
MULTIPLIERS: Final = (911, 3571, 7919, 104729)

# Which of A, C, G, T a letter may be, lowest bit first.
_MEANING: Final = np.array([1, 2, 4, 8, 5, 10, 6, 9, 12, 3, 14, 13, 11, 7, 15])
_BITS: Final = ((_MEANING[:, None] >> np.arange(4)) & 1).astype(np.float32)
_COMPLEMENT: Final = np.array(["ACGTRYSWKMBDHVN".index(letter) for letter in "TGCAYRSWMKVHDBN"])
_COMPLEMENT_TEXT: Final = str.maketrans("ACGTRYSWKMBDHVN", "TGCAYRSWMKVHDBN")

CODE: Final = np.zeros(128, dtype=np.int64)
"""Code of each ASCII letter of the alphabet."""
CODE[np.frombuffer(LETTERS.encode("ascii"), dtype=np.uint8)] = np.arange(len(LETTERS))

# What a letter adds to its dim, at each of the four places of a dim.
_PLACE: Final = np.array(
    [[(code * 4**k if code < 4 else 256 * (code - 3) * 12**k) for code in range(15)] for k in (3, 2, 1, 0)]
)
_WORD_LIMIT: Final = 256 * 12**4


def reverse_complement_text(sequence: str) -> str:
    """The other strand, read in its own direction; `sequence` in the letters of DNA."""
    return sequence.translate(_COMPLEMENT_TEXT)[::-1]


def _complement_permutation() -> npt.NDArray[np.intp]:
    """Where each dim of a reverse complement comes from, for all dims but 64-127 of letters."""
    source = np.arange(VECTOR_DIM)
    source[BASES] = source[BASES][::-1]
    for ends in ((FIRST, LAST), (SECOND, LAST_BUT_ONE)):
        source[ends[0]], source[ends[1]] = np.arange(VECTOR_DIM)[ends[1]][::-1], np.arange(VECTOR_DIM)[ends[0]][::-1]
    source[HASH], source[REVERSE_HASH] = np.arange(42, 46), np.arange(38, 42)
    for x in range(4):
        for y in range(4):
            source[14 + 4 * x + y] = 14 + 4 * (3 - y) + (3 - x)
            for z in range(4):
                source[64 + 16 * x + 4 * y + z] = 64 + 16 * (3 - z) + 4 * (3 - y) + (3 - x)
    return source


REVERSE_COMPLEMENT: Final = _complement_permutation()
"""`vector[REVERSE_COMPLEMENT]` is the reverse complement, in all dims where dim 50 is 0, else in dims 0-63."""


def powers(count: int) -> IntArray:
    """The first `count` powers of the four multipliers modulo their primes, int64 (4, count)."""
    table = np.ones((4, max(count, 1)), dtype=np.int64)
    for row, (prime, multiplier) in enumerate(zip(PRIMES, MULTIPLIERS, strict=True)):
        done = 1
        while done < count:
            more = min(done, count - done)
            table[row, done : done + more] = table[row, :more] * pow(multiplier, done, prime) % prime
            done += more
    return table


def write_hashes(
    vectors: FloatArray, at: slice, symbols: IntArray, exponents: IntArray, starts: IntArray, table: IntArray
) -> None:
    """Write sum(symbol * multiplier**exponent) mod prime of each sequence into four dims `at` of its row."""
    for column, prime in enumerate(PRIMES):
        vectors[:, at.start + column] = np.add.reduceat(symbols * table[column, exponents], starts) % prime


def write_nucleotides(vectors: FloatArray, sequences: Sequence[str]) -> None:
    """Write n sequences in `LETTERS`, each of 1 to `MAX_LETTERS`, into dims 8-127 of `vectors` (n, 128), zeroed."""
    n = len(sequences)
    lengths = np.fromiter(map(len, sequences), dtype=np.int64, count=n)
    codes = CODE[np.frombuffer("".join(sequences).encode("ascii"), dtype=np.uint8)]
    owner = np.repeat(np.arange(n), lengths)
    starts = np.cumsum(lengths) - lengths
    place = np.arange(len(codes)) - starts[owner]
    _write_counts(vectors, codes, owner, lengths)
    _write_ends(vectors, codes, starts, lengths)
    table = powers(int(lengths.max()) + 1)
    vectors[:, POWER] = table[:, lengths].T
    write_hashes(vectors, HASH, codes + 1, lengths[owner] - 1 - place, starts, table)
    write_hashes(vectors, REVERSE_HASH, _COMPLEMENT[codes] + 1, place, starts, table)
    exact = lengths <= EXACT_LETTERS
    vectors[:, EXACT] = exact
    rows = slice(None) if exact.all() else exact[owner]
    _add_at(vectors, owner[rows] * 64 + place[rows] // 4, _PLACE[place[rows] % 4, codes[rows]])
    if not exact.all():
        _write_triples(vectors, codes, owner, ~exact)


def _write_counts(vectors: FloatArray, codes: IntArray, owner: IntArray, lengths: IntArray) -> None:
    n = len(vectors)
    counts = np.bincount(owner * 15 + codes, minlength=n * 15).reshape(n, 15)
    vectors[:, LENGTH] = lengths
    vectors[:, AMBIGUOUS] = counts[:, 4:].sum(axis=1)
    vectors[:, BASES] = counts[:, :4]
    left = np.flatnonzero((owner[1:] == owner[:-1]) & (codes[1:] < 4) & (codes[:-1] < 4))
    pairs = owner[left] * 16 + codes[left] * 4 + codes[left + 1]
    vectors[:, PAIRS] = np.bincount(pairs, minlength=n * 16).reshape(n, 16)


def _write_ends(vectors: FloatArray, codes: IntArray, starts: IntArray, lengths: IntArray) -> None:
    ends = starts + lengths - 1
    vectors[:, FIRST], vectors[:, LAST] = _BITS[codes[starts]], _BITS[codes[ends]]
    long = lengths > 1
    vectors[long, SECOND] = _BITS[codes[starts[long] + 1]]
    vectors[long, LAST_BUT_ONE] = _BITS[codes[ends[long] - 1]]


def _write_triples(vectors: FloatArray, codes: IntArray, owner: IntArray, lossy: npt.NDArray[np.bool_]) -> None:
    plain = codes < 4
    left = np.flatnonzero((owner[2:] == owner[:-2]) & plain[2:] & plain[1:-1] & plain[:-2] & lossy[owner[2:]])
    triples = codes[left] * 16 + codes[left + 1] * 4 + codes[left + 2]
    _add_at(vectors, owner[left] * 64 + triples, np.ones(len(left)))


def _add_at(vectors: FloatArray, keys: IntArray, weights: npt.NDArray[np.int64] | npt.NDArray[np.float64]) -> None:
    """Add `weights` to dims 64-127; a key is row * 64 + dim. Sums stay below 2**53, so they are exact."""
    n = len(vectors)
    vectors[:, BODY] += np.bincount(keys, weights=weights, minlength=n * 64).reshape(n, 64)


def read_nucleotides(vector: FloatArray) -> str:
    """The letters of one encoding.

    Raises:
        DecodeError: the sequence was longer than 256 (`limit_exceeded`), or the payload is none of this block.
    """
    length, exact = float(vector[LENGTH]), float(vector[EXACT])
    if exact == 0 and length > EXACT_LETTERS:
        raise DecodeError(
            f"expected a sequence of at most {EXACT_LETTERS} letters, got one of {length:.0f}: "
            "its code holds counts and hashes, not the letters",
            FailureReason.LIMIT_EXCEEDED,
        )
    words = vector[BODY].astype(np.float64)
    if exact != 1 or not length.is_integer() or not 1 <= length <= EXACT_LETTERS:
        raise DecodeError(f"expected a length from 1 to {EXACT_LETTERS} in dim 8 and 1 in dim 50")
    if (words != np.rint(words)).any() or (words < 0).any() or (words >= _WORD_LIMIT).any():
        raise DecodeError("expected four letters in each of dims 64-127")
    ambiguous, plain = np.divmod(words.astype(np.int64), 256)
    bases = (plain[:, None] // [64, 16, 4, 1]) % 4
    others = (ambiguous[:, None] // [12**3, 12**2, 12, 1]) % 12
    codes = np.where(others > 0, others + 3, bases).ravel()[: int(length)]
    return "".join([LETTERS[code] for code in codes.tolist()])


def with_triples(vector: FloatArray) -> FloatArray:
    """`vector` with trinucleotide counts in dims 64-127 and 0 in dim 50, whatever it held there.

    Raises:
        DecodeError: the payload is none of this block.
    """
    if vector[EXACT] == 0:
        return vector
    out = vector.copy()
    out[BODY], out[EXACT] = 0, 0
    text = read_nucleotides(vector)
    codes = CODE[np.frombuffer(text.encode("ascii"), dtype=np.uint8)]
    _write_triples(out[None], codes, np.zeros(len(codes), dtype=np.int64), np.ones(1, dtype=bool))
    return out


def join_counts(left: FloatArray, right: FloatArray) -> FloatArray:
    """The payload of `left` followed by `right`, both with trinucleotide counts (`with_triples`).

    Everything adds but the boundary: one pair and two triples stand across it, the ends move, hashes compose.
    """
    out = np.asarray(left + right, dtype=np.float32)
    outer_left, inner_left, inner_right, outer_right = (
        _base(bits) for bits in (left[LAST_BUT_ONE], left[LAST], right[FIRST], right[SECOND])
    )
    if min(inner_left, inner_right) >= 0:
        pair = 4 * inner_left + inner_right
        out[PAIRS.start + pair] += 1
        if outer_left >= 0:
            out[BODY.start + 16 * outer_left + pair] += 1
        if outer_right >= 0:
            out[BODY.start + 4 * pair + outer_right] += 1
    out[FIRST], out[LAST] = left[FIRST], right[LAST]
    out[SECOND] = left[SECOND] if left[LENGTH] > 1 else right[FIRST]
    out[LAST_BUT_ONE] = right[LAST_BUT_ONE] if right[LENGTH] > 1 else left[LAST]
    out[HASH] = join_hashes(left[HASH], right[POWER], right[HASH])
    out[REVERSE_HASH] = join_hashes(right[REVERSE_HASH], left[POWER], left[REVERSE_HASH])
    out[POWER] = join_hashes(left[POWER], right[POWER], np.zeros(4, dtype=np.float32))
    return out


def join_hashes(high: FloatArray, power: FloatArray, low: FloatArray) -> IntArray:
    """The hashes of joined sequences: high * power + low modulo the primes."""
    joined: IntArray = (high.astype(np.int64) * power.astype(np.int64) + low.astype(np.int64)) % np.array(PRIMES)
    return joined


def _base(bits: FloatArray) -> int:
    """The base that an end is; -1 where it is ambiguous or absent."""
    return int(np.argmax(bits)) if float(bits.sum()) == 1 else -1


def counts_agree(vector: FloatArray) -> bool:
    """Whether the counts of a long sequence can belong to one: whole, not negative, and summing to its length."""
    counts = np.concatenate([vector[LENGTH : PAIRS.stop], vector[BODY]]).astype(np.float64)
    if (counts != np.rint(counts)).any() or (counts < 0).any() or counts[0] > MAX_LETTERS:
        return False
    length, ambiguous, bases = counts[0], counts[1], counts[2:6].sum()
    pairs, triples = counts[6:22].sum(), counts[22:].sum()
    return bool(ambiguous + bases == length and pairs <= length - 1 and triples <= length - 2)
