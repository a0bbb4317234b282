"""What CHORD and SCALE share: a root, a bass, and a set of intervals over the root.

Code, all integers:

    dim 8        root on the line of fifths (C = 0, G = 1, F = -1, F# = 6, Gb = -6): spelling is kept
    dim 9        bass, likewise; of a scale the root again
    dims 10-21   chroma: 1 at each pitch class that sounds, the bass included (C = 0)
    dims 22-33   1 at each interval over the root, in semitones, the root included

Transposition by an interval adds to dims 8 and 9 and turns the chroma; dims 22-33 stay. In a raw sum the chroma
counts how often each pitch class sounds.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from fluxem.domains import spelling
from fluxem.domains.domain import DomainEncoder, Failure
from fluxem.domains.message import shown
from fluxem.domains.pitch import Interval
from fluxem.encoding.header import EXACT_INTEGER_LIMIT, FloatArray, expect_header
from fluxem.errors import DecodeError
from fluxem.vocabulary import FailureReason

ROOT: Final = 8
BASS: Final = 9
CHROMA: Final = slice(10, 22)
INTERVALS: Final = slice(22, 34)
MAX_FIFTHS: Final = 448
"""64 sharps or flats."""

ROOT_GRAMMAR: Final = "([A-G])(##?+|♯♯?+|bb?+|♭♭?+|𝄪|𝄫|)"
"""A letter and its accidental, as two groups."""

_BITS: Final = 1 << np.arange(12)


class Harmony(NamedTuple):
    """What an encoder of this family writes."""

    root: int
    """Root, on the line of fifths."""
    bass: int
    """Lowest note, on the line of fifths."""
    intervals: int
    """Semitones over the root, as bits; bit 0 is the root."""


def interval_bits(semitones: Iterable[int]) -> int:
    """A set of intervals as bits, octaves aside."""
    return sum(1 << interval for interval in {interval % 12 for interval in semitones})


def place_of(letter: str, accidental: str) -> int:
    """Place of a note name on the line of fifths."""
    step = spelling.LETTERS.index(letter)
    return spelling.fifths(step, spelling.NATURAL[step] + spelling.alteration(accidental))


def name_of(place: int) -> str:
    """The note name at a place on the line of fifths."""
    sharps, letter = divmod(place + 1, 7)
    return "FCGDAEB"[letter] + spelling.accidental(sharps)


class HarmonyEncoder(DomainEncoder[Harmony]):
    """Roots with sets of intervals. A subclass knows how such a set is named."""

    @abstractmethod
    def name(self, value: Harmony) -> str | None:
        """The plain name of a value, which `parse` reads; None where it has none."""

    def normalize(self, value: object) -> Harmony | Failure:
        """A `Harmony` that has a name."""
        if not isinstance(value, Harmony) or not all(type(field) is int for field in value):
            return Failure(FailureReason.INVALID_VALUE, f"expected a name such as C or F#, got {shown(value)}")
        if max(abs(value.root), abs(value.bass)) > MAX_FIFTHS:
            return Failure(FailureReason.OUT_OF_RANGE, "expected at most 64 accidentals")
        if not 0 < value.intervals < 4096 or self.name(value) is None:
            return Failure(FailureReason.INVALID_VALUE, f"expected intervals that have a name, got {value.intervals:b}")
        return value

    def write(self, vectors: FloatArray, values: Sequence[Harmony]) -> None:
        """Root, bass, chroma and intervals."""
        fields = np.array(values, dtype=np.int64)
        vectors[:, ROOT], vectors[:, BASS] = fields[:, 0], fields[:, 1]
        intervals = (fields[:, 2, None] & _BITS) != 0
        vectors[:, INTERVALS] = intervals
        turned = (np.arange(12) - 7 * fields[:, 0, None]) % 12
        vectors[:, CHROMA] = np.take_along_axis(intervals, turned, axis=1)
        vectors[np.arange(len(values)), CHROMA.start + 7 * fields[:, 1] % 12] = 1

    def read(self, vector: FloatArray) -> Harmony:
        """Root, bass and intervals."""
        fields = vector[[ROOT, BASS]]
        if (fields != np.rint(fields)).any() or not np.isin(vector[INTERVALS], (0, 1)).all():
            raise DecodeError("expected integers in dims 8 and 9, and 0 or 1 in dims 22-33")
        value = Harmony(int(fields[0]), int(fields[1]), int(vector[INTERVALS].astype(np.int64) @ _BITS))
        checked = self.normalize(value)
        if isinstance(checked, Failure):
            raise DecodeError(checked.detail, checked.reason)
        return checked

    def decode(self, vector: npt.ArrayLike) -> str:
        """The plain name: `Cmaj7/E`, `Db major`.

        Raises:
            DecodeError: `vector` is no encoding of this domain, or a sum of several.
        """
        name = self.name(self.read(expect_header(vector, self.domain, max_weight=1)[0]))
        assert name is not None
        return name

    def decode_sum(self, vector: npt.ArrayLike) -> tuple[int, ...]:
        """How often each of the 12 pitch classes, from C, sounds in up to 2**24 added encodings.

        Raises:
            DecodeError: another domain, or a chroma that is no count.
        """
        chroma = expect_header(vector, self.domain, EXACT_INTEGER_LIMIT)[0][CHROMA]
        if (chroma != np.rint(chroma)).any() or (chroma < 0).any():
            raise DecodeError("expected counts in dims 10-21")
        return tuple(int(x) for x in chroma.tolist())

    def transpose(self, vector: npt.ArrayLike, interval: Interval) -> FloatArray:
        """The code of the same thing an interval away, float32 (128,): spelling kept, octaves and cents aside.

        Raises:
            DecodeError: `vector` is no encoding of this domain, or the result needs more than 64 accidentals.
        """
        array = expect_header(vector, self.domain, max_weight=1)[0]
        value, shift = self.read(array), spelling.fifths(interval.steps, interval.semitones)
        return self.code_of(Harmony(value.root + shift, value.bass + shift, value.intervals))
