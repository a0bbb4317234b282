"""Spelled pitch classes and the music vocabulary that PITCH, CHORD and SCALE share.

A spelled pitch is a point of a lattice: diatonic steps (C0 = 0, D0 = 1, C1 = 7) and semitones (MIDI note
numbers). Accidentals are the distance from the natural note of the step, so C#5 (35, 73) is not Db5 (36, 73).

Sources: MIDI note numbers, MIDI 1.0 Detailed Specification (60 is middle C, here C4 as in ISO/ASA usage);
scientific pitch notation, Young, J. Acoust. Soc. Am. 11 (1939) 134.
"""

from __future__ import annotations

import re
from typing import Final

from fluxem.domains.nearby import words

LETTERS: Final = "CDEFGAB"
NATURAL: Final = (0, 2, 4, 5, 7, 9, 11)
"""Semitones of the natural notes above C."""
MAX_ALTERATION: Final = 64
"""So many sharps or flats are read; transposition can make any number."""

ACCIDENTAL: Final = "(?:[#♯]{1,64}+|[b♭]{1,64}+|x{1,32}+#?+|𝄪|𝄫)?+"
"""Any spelling of an accidental, or none, as a fragment."""

_SEMITONES: Final = {"#": 1, "♯": 1, "b": -1, "♭": -1, "x": 2, "𝄪": 2, "𝄫": -2}


def alteration(accidental: str) -> int:
    """Semitones that an accidental raises by."""
    return sum(_SEMITONES[sign] for sign in accidental)


def accidental(semitones: int) -> str:
    """The plain spelling of an alteration: `##`, `b`, or nothing."""
    return "#" * semitones if semitones > 0 else "b" * -semitones


def natural(step: int) -> int:
    """The MIDI note number of the natural note on a diatonic step."""
    octave, letter = divmod(step, 7)
    return 12 * (octave + 1) + NATURAL[letter]


def fifths(step: int, semitones: int) -> int:
    """Place on the line of fifths (C = 0, G = 1, F = -1, C# = 7) of steps and semitones counted from C."""
    return 7 * semitones - 12 * step


# Small letters and literal beginnings: the engine then skips what cannot begin a match at memory speed.
MUSIC: Final = words(
    r"music21|(?:note|pitch|chord)\([\[\"'0-9]|chordsymbol\(|(?:midi|octave|semitone|middle c|concert pitch|arpeggio"
    r"|treble|bass clef|melody|melodies|melodic|harmonic minor|piano|violin|viola|cello|guitar|ukulele|flute|clarinet"
    r"|trumpet|soprano|baritone|tuning fork|major third|minor third|perfect fifth|triad|sonata|symphony|concerto"
    r"|musical|musician|the notes? of)s?(?![a-z])"
)
"""Words and calls of music. Pitch, sharp, flat, chord, note and key have too many other uses."""

NAMED: Final = re.compile(r"\b(?:[Tt]he|[Aa]|an|of|from|to) (?:note|pitch|tone|chord|scale|key)s? (?:of )?[\"'‘“]?\Z")
"""Right before a name: `the note A4`, `a pitch of C4`."""
