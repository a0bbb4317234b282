"""PITCH: a note in scientific pitch notation, spelling kept.

Grammar. A letter A to G, an accidental (`#`, `b`, `##`, `bb`, `x`, or the music signs), an octave (`4`, `-1`), and
in `encode` a deviation in cents with up to three decimals (`A4+13.7c`). Values are such strings, with `#` and `b`.

Code, all integers, literal under addition:

    dim 8       diatonic step, C0 = 0
    dim 9       MIDI note number, A4 = 69
    dim 10      deviation in thousandths of a cent
    dims 11-22  chroma: 1 at the pitch class (C = 0)                                 }
    dims 23-29  1 at the letter, C to B                                              } features of one encoding,
    dim 30      alteration in semitones                                              } recomputed by operators,
    dim 31      place on the line of fifths                                          } ignored by decode
    dim 32      octave                                                               }

Pitches differ by intervals, which are displacements of weight 0; a pitch and an interval give a pitch, and
spelling is kept: C5 and an augmented unison make C#5, C5 and a minor second make Db5. log2 of the frequency is
a linear functional: (midi - 69) / 12 octaves from A4, which is 440 Hz (ISO 16:1975).

Evidence. An accidental with an octave, and a document that is nothing but the note, are evidence by form; but
`C#7` may be a chord, with words of programming near a language, and `Ab1` an antibody unless another note is near.
Otherwise `the note` must stand right before, or music be near: a word or a call of music software within 100
characters, and no word like `Table` right before. A hyphen before the octave is ambiguous without an accidental:
B-4 is also B flat 4. Anything else is the failure `ambiguous`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from fluxem.domains import spelling
from fluxem.domains.domain import Context, Domain, DomainEncoder, Failure, Lead, Verdict, ending
from fluxem.domains.message import shown
from fluxem.domains.nearby import words
from fluxem.encoding.header import EXACT_INTEGER_LIMIT, PAYLOAD, FloatArray, as_vector, expect_header
from fluxem.errors import DecodeError
from fluxem.vocabulary import VECTOR_DIM, DomainType, FailureReason

STEP: Final = 8
MIDI: Final = 9
MILLICENTS: Final = 10
LATTICE: Final = slice(8, 11)
FEATURES: Final = slice(11, 33)
"""Not additive: operators recompute them, `decode` does not look."""

MAX_OCTAVE: Final = 9_999
CONCERT_A: Final = 69
CONCERT_A_HERTZ: Final = 440.0


class Pitch(NamedTuple):
    """A point of the lattice: what `PitchEncoder` writes."""

    step: int
    """Diatonic step, C0 = 0."""
    midi: int
    """MIDI note number."""
    millicents: int = 0
    """Deviation, thousandths of a cent."""

    def __str__(self) -> str:
        """Scientific pitch notation."""
        octave, letter = divmod(self.step, 7)
        sign = spelling.accidental(self.midi - spelling.natural(self.step))
        return f"{spelling.LETTERS[letter]}{sign}{octave}{_cents(self.millicents)}"


class Interval(NamedTuple):
    """A displacement: the difference of two pitches."""

    steps: int
    """Diatonic steps: 2 for a third."""
    semitones: int
    """4 for a major third."""
    millicents: int = 0
    """Thousandths of a cent."""


def _cents(millicents: int) -> str:
    if not millicents:
        return ""
    whole, rest = divmod(abs(millicents), 1000)
    return f"{'-' if millicents < 0 else '+'}{whole}{f'.{rest:03d}'.rstrip('0') if rest else ''}c"


_NOTE: Final = re.compile(
    rf"([A-G])({spelling.ACCIDENTAL})([-\u2212]?+)([0-9]{{1,4}}+)(?:([-+\u2212])([0-9]{{1,4}}+)(?:\.([0-9]{{1,3}}+))?+c)?+\Z"
)


class PitchEncoder(DomainEncoder[Pitch]):
    """Notes such as `A4`, `C#5`, `Ebb-1`: takes their text, or a `Pitch`; decodes to the text.

    >>> encoder = PitchEncoder()
    >>> third = encoder.interval(encoder.encode("C4"), encoder.encode("E4"))
    >>> encoder.decode(encoder.transpose(encoder.encode("D4"), third))
    'F#4'
    """

    domain = DomainType.PITCH

    def parse(self, text: str) -> Pitch | Failure:
        """The note that `text` names."""
        match = _NOTE.match(text) if len(text) < 160 else None
        if match is None:
            return Failure(FailureReason.INVALID_VALUE, f"expected a note such as A4 or C#5, got {text[:40]!r}")
        letter, sign, minus, octave, side, cents, decimals = match.groups()
        step = 7 * (-int(octave) if minus else int(octave)) + spelling.LETTERS.index(letter)
        midi = spelling.natural(step) + spelling.alteration(sign)
        millicents = int(cents) * 1000 + int((decimals or "").ljust(3, "0")) if cents else 0
        return Pitch(step, midi, millicents if side == "+" else -millicents)

    def normalize(self, value: object) -> Pitch | Failure:
        """A `Pitch` whose numbers float32 holds, with spelling that a note has."""
        if not isinstance(value, Pitch) or not all(type(field) is int for field in value):
            return Failure(FailureReason.INVALID_VALUE, f"expected a note such as 'A4', got {shown(value)}")
        if abs(value.step) > 7 * (MAX_OCTAVE + 1) or abs(value.millicents) >= 10_000_000:
            return Failure(
                FailureReason.OUT_OF_RANGE, f"expected an octave within ±{MAX_OCTAVE}, got {value.step // 7}"
            )
        if abs(value.midi - spelling.natural(value.step)) > spelling.MAX_ALTERATION:
            return Failure(FailureReason.OUT_OF_RANGE, f"expected at most {spelling.MAX_ALTERATION} accidentals")
        return value

    def write(self, vectors: FloatArray, values: Sequence[Pitch]) -> None:
        """Lattice and features."""
        lattice = np.array(values, dtype=np.int64)
        vectors[:, LATTICE] = lattice
        rows, step, midi = np.arange(len(values)), lattice[:, 0], lattice[:, 1]
        octave, letter = step // 7, step % 7
        vectors[rows, 11 + midi % 12] = 1
        vectors[rows, 23 + letter] = 1
        vectors[:, 30] = midi - 12 * (octave + 1) - np.array(spelling.NATURAL)[letter]
        vectors[:, 31] = spelling.fifths(1, 0) * step + spelling.fifths(0, 1) * (midi - 12)
        vectors[:, 32] = octave

    def read(self, vector: FloatArray) -> Pitch:
        """The note."""
        pitch = Pitch(*_integers(vector))
        if isinstance(self.normalize(pitch), Failure):
            raise DecodeError(f"expected a note within ±{MAX_OCTAVE} octaves, got {tuple(pitch)}")
        return pitch

    def decode(self, vector: npt.ArrayLike) -> str:
        """The note in scientific pitch notation: `C#5`.

        Raises:
            DecodeError: `vector` is no encoding of a note, or a sum of several.
        """
        return str(self.read(expect_header(vector, self.domain, max_weight=1)[0]))

    def decode_sum(self, vector: npt.ArrayLike) -> tuple[Fraction, Fraction]:
        """The mean of n notes from their added encodings: diatonic step, and MIDI number with cents, exactly.

        Raises:
            DecodeError: another domain, or sums that float32 does not hold exactly (`limit_exceeded`).
        """
        array, count = expect_header(vector, self.domain, EXACT_INTEGER_LIMIT)
        step, midi, millicents = _integers(array)
        return Fraction(step, count), (midi + Fraction(millicents, 100_000)) / count

    def canonical(self, vector: npt.ArrayLike) -> FloatArray:
        """The code of the note whose lattice `vector` holds, header and features anew: of a pitch plus intervals.

        Raises:
            DecodeError: `vector` has another weight than 1, or is none.
        """
        array, _ = expect_header(vector, self.domain, max_weight=1)
        return self.code_of(self.read(array))

    def interval(self, low: npt.ArrayLike, high: npt.ArrayLike) -> FloatArray:
        """The displacement from one note to another, float32 (128,): weight 0, dims 8-10.

        Raises:
            DecodeError: one of them is no encoding of a note.
        """
        first, _ = expect_header(low, self.domain, max_weight=1)
        second, _ = expect_header(high, self.domain, max_weight=1)
        return self.encode_interval(
            Interval(*(b - a for a, b in zip(self.read(first), self.read(second), strict=True)))
        )

    def encode_interval(self, interval: Interval) -> FloatArray:
        """`interval` as a displacement, float32 (128,)."""
        out = np.zeros(VECTOR_DIM, dtype=np.float32)
        out[LATTICE] = interval
        return out

    def decode_interval(self, displacement: npt.ArrayLike) -> Interval:
        """The interval of a displacement, or of a sum of some.

        Raises:
            DecodeError: the header is not that of a displacement, or the numbers are not whole.
        """
        array = as_vector(displacement)
        if array[: PAYLOAD.start].any():
            raise DecodeError("expected a displacement (zero in dims 0-7), got an encoding: subtract two notes")
        return Interval(*_integers(array))

    def transpose(self, vector: npt.ArrayLike, displacement: npt.ArrayLike) -> FloatArray:
        """The code of a note moved by an interval, float32 (128,).

        Raises:
            DecodeError: they are no note and no displacement, or the result is out of range.
        """
        array, _ = expect_header(vector, self.domain, max_weight=1)
        moved = zip(self.read(array), self.decode_interval(displacement), strict=True)
        return self.code_of(Pitch(*(a + b for a, b in moved)))

    def midi(self, value: object) -> int | None:
        """The MIDI note number of a note (its text or a `Pitch`), cents aside; None where it is no note."""
        pitch = self.prepare(value)
        return None if isinstance(pitch, Failure) else pitch.midi

    def log2_frequency(self, vector: npt.ArrayLike) -> Fraction:
        """Octaves above A4, exactly: log2(f / 440 Hz) in equal temperament.

        Raises:
            DecodeError: as for `decode`.
        """
        pitch = self.read(expect_header(vector, self.domain, max_weight=1)[0])
        return (pitch.midi - CONCERT_A + Fraction(pitch.millicents, 100_000)) / 12

    def frequency(self, vector: npt.ArrayLike) -> float:
        """Hertz, in equal temperament with A4 = 440 Hz.

        Raises:
            DecodeError: as for `decode`.
        """
        octaves = self.log2_frequency(vector)
        if abs(octaves) > 1000:
            raise DecodeError("expected a note within 1000 octaves of A4: others have no float64 frequency")
        return float(CONCERT_A_HERTZ * 2.0 ** float(octaves))


def _integers(vector: FloatArray) -> tuple[int, int, int]:
    """The lattice of a vector, checked to be whole."""
    fields = vector[LATTICE]
    if (fields != np.rint(fields)).any():
        raise DecodeError("expected integers in dims 8-10: this is no note and no sum of notes")
    if (np.abs(fields) >= EXACT_INTEGER_LIMIT).any():
        raise DecodeError("expected numbers below 2**24 in dims 8-10", FailureReason.LIMIT_EXCEEDED)
    step, midi, millicents = (int(x) for x in fields.tolist())
    return step, midi, millicents


# --------------------------------------------------------------------------------------------- detection

_FORM: Final = re.compile(r"[A-G](?:[#♯♭𝄪𝄫][#♯♭]?|bb)[-\u2212]?[0-58]\Z")
_FLAT: Final = re.compile(r"[A-G]b[0-5]\Z")
_OTHER_NOTE: Final = re.compile(r"(?<![A-Za-z0-9])[A-G][#♯♭]?[0-8](?![A-Za-z0-9])")
_LOOSE_OCTAVE: Final = re.compile(r"[A-G]-[0-9]\Z")
_LABEL_BEFORE: Final = re.compile(
    r"(?i)(?:\b(?:tables?|figs?|figures?|sections?|sect|appendix|chapters?|parts?|groups?|grades?|class|types?|zones?"
    r"|rooms?|routes?|roads?|cells?|columns?|vitamins?|hepatitis|size|gates?|level|block|phase|step|lot|unit|model"
    r"|box|plate|item|note|cf)\.?|[-–/#_$&%=+@\\])\s?\Z"
)
_CODE_NEAR: Final = words(r"\.net\b|\bcompil|\bprogramm|\blanguages?\b|\bvisual\b|\bversions?\b|\bjava\b|\bmono\b")
_WINDOW: Final = 100
_CALL: Final = frozenset("(=@_")
_INSIDE: Final = frozenset("_$@\\/")


def _judge(context: Context) -> Verdict:
    """The evidence rules of the module's docstring."""
    surface = context.surface
    if context.alone:
        return Verdict.AMBIGUOUS if _LOOSE_OCTAVE.match(surface) else Verdict.SPAN
    before, after = context.before(24), context.after(24)
    if after[:1] in _CALL or before[-1:] in _INSIDE or _LOOSE_OCTAVE.match(surface):
        return Verdict.AMBIGUOUS
    if spelling.NAMED.search(before):
        return Verdict.SPAN
    if _LABEL_BEFORE.search(before[-14:]):
        return Verdict.AMBIGUOUS
    if _FORM.match(surface) and not context.near(_CODE_NEAR, _WINDOW, _WINDOW):
        return Verdict.SPAN
    if _FLAT.match(surface) and (_OTHER_NOTE.search(before) or _OTHER_NOTE.search(after)):
        return Verdict.SPAN
    return Verdict.SPAN if context.near(spelling.MUSIC, _WINDOW, _WINDOW) else Verdict.AMBIGUOUS


PITCH: Final = Domain(
    encoder=PitchEncoder(),
    follows={
        Lead.CAPITAL: r"(?<=[A-G])(?:##?+|♯♯?+|bb?+|♭♭?+|𝄪|𝄫)?+[-\u2212]?+[0-9]"
        + ending(r"(?![\w#♯♭%]|\.[0-9]|-[0-9])")
    },
    opens={Lead.CAPITAL: r"[A-G][#♯b♭𝄪𝄫]{0,2}+[-\u2212]?+(?:[0-9]|\Z)"},
    judge=_judge,
    examples=(
        ("A4", "A4"),
        ("C#5", "C#5"),
        ("Eb3", "Eb3"),
        ("Gb5", "Gb5"),
        ("C0", "C0"),
        ("F##2", "F##2"),
        ("Cbb5", "Cbb5"),
        ("B♭3", "Bb3"),
        ("C\u22121", "C-1"),
    ),
    rejects=(
        ("H4", FailureReason.INVALID_VALUE),
        ("C#", FailureReason.INVALID_VALUE),
        ("a4", FailureReason.INVALID_VALUE),
        ("C#b4", FailureReason.INVALID_VALUE),
        ("4A", FailureReason.INVALID_VALUE),
        ("", FailureReason.INVALID_VALUE),
    ),
)
