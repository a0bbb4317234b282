"""SCALE: a tonic and a scale or mode, as intervals over the tonic.

Grammar. A note name (`C`, `F#`, `Bb`, also `B-flat`, `C sharp`), a space, and the name of a scale: `major`, `minor`,
a mode, or one of the table below; capitals do not matter in the second. Names of the same notes are one scale:
`C ionian` is C major, `C ukrainian dorian` is C romanian minor.

Code. `fluxem.domains.harmony`; the bass is the tonic.

Evidence. The whole document; an accidental; a word such as scale, key, chord or sonata within 60 characters, or
`in`, `key of` right before. `A minor` and `A major` are English, too: they need `in`, `an`, `the` or `key of`
right before. What a chord or triad follows is not a scale.

Sources: Persichetti, Twentieth-Century Harmony (1961), for the modes and synthetic scales; intervals in semitones.
"""

from __future__ import annotations

import re
from typing import Final

from fluxem.domains.domain import Context, Domain, Failure, Lead, Verdict, ending
from fluxem.domains.harmony import ROOT_GRAMMAR, Harmony, HarmonyEncoder, interval_bits, name_of, place_of
from fluxem.domains.nearby import words
from fluxem.vocabulary import DomainType, FailureReason

SCALES: Final[dict[str, tuple[int, ...]]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "minor #7m pentatonic": (0, 3, 5, 7, 11),
    "blues": (0, 3, 5, 6, 7, 10),
    "major blues": (0, 2, 3, 4, 7, 9),
    "whole tone": (0, 2, 4, 6, 8, 10),
    "chromatic": tuple(range(12)),
    "diminished": (0, 2, 3, 5, 6, 8, 9, 11),
    "half-whole diminished": (0, 1, 3, 4, 6, 7, 9, 10),
    "augmented": (0, 3, 4, 7, 8, 11),
    "harmonic major": (0, 2, 4, 5, 7, 8, 11),
    "double harmonic": (0, 1, 4, 5, 7, 8, 11),
    "phrygian dominant": (0, 1, 4, 5, 7, 8, 10),
    "hungarian minor": (0, 2, 3, 6, 7, 8, 11),
    "hungarian major": (0, 3, 4, 6, 7, 9, 10),
    "romanian minor": (0, 2, 3, 6, 7, 9, 10),
    "lydian dominant": (0, 2, 4, 6, 7, 9, 10),
    "lydian augmented": (0, 2, 4, 6, 8, 9, 11),
    "altered": (0, 1, 3, 4, 6, 8, 10),
    "neapolitan minor": (0, 1, 3, 5, 7, 8, 11),
    "neapolitan major": (0, 1, 3, 5, 7, 9, 11),
    "enigmatic": (0, 1, 4, 6, 8, 10, 11),
    "persian": (0, 1, 4, 5, 6, 8, 11),
}
"""Semitones over the tonic, by plain name."""

_ALIASES: Final = {
    "ionian": "major",
    "aeolian": "minor",
    "natural minor": "minor",
    "pentatonic": "major pentatonic",
    "pentatonic major": "major pentatonic",
    "pentatonic minor": "minor pentatonic",
    "minor blues": "blues",
    "whole-tone": "whole tone",
    "octatonic": "diminished",
    "dominant diminished": "half-whole diminished",
    "byzantine": "double harmonic",
    "ukrainian dorian": "romanian minor",
    "acoustic": "lydian dominant",
    "super locrian": "altered",
}

_ALL: Final = {name: name for name in SCALES} | _ALIASES
_NAMES: Final = {interval_bits(intervals): name for name, intervals in reversed(SCALES.items())}
_SIGNS: Final = {"sharp": "#", "flat": "b"}
_SCALE: Final = re.compile(rf"{ROOT_GRAMMAR}(?:[- ](sharp|flat))?+ ([A-Za-z#0-9 -]++)\Z")


class ScaleEncoder(HarmonyEncoder):
    """Scales and keys; decodes to the plain name.

    >>> encoder = ScaleEncoder()
    >>> encoder.decode(encoder.encode("B-flat Aeolian"))
    'Bb minor'
    """

    domain = DomainType.SCALE

    def parse(self, text: str) -> Harmony | Failure:
        """The scale that `text` names."""
        match = _SCALE.match(text) if len(text) < 64 else None
        name = _ALL.get(match[4].lower()) if match else None
        if match is None or name is None or (match[2] and match[3]):
            return Failure(FailureReason.INVALID_VALUE, f"expected a scale such as 'C major', got {text[:40]!r}")
        tonic = place_of(match[1], match[2] or _SIGNS.get(match[3], ""))
        return Harmony(tonic, tonic, interval_bits(SCALES[name]))

    def normalize(self, value: object) -> Harmony | Failure:
        """A `Harmony` that is a scale of the table, over its tonic."""
        checked = super().normalize(value)
        if isinstance(checked, Harmony) and checked.bass != checked.root:
            return Failure(FailureReason.INVALID_VALUE, "expected a scale without another bass")
        return checked

    def name(self, value: Harmony) -> str | None:
        """The plain name."""
        scale = _NAMES.get(value.intervals)
        return None if scale is None else f"{name_of(value.root)} {scale}"


# --------------------------------------------------------------------------------------------- detection

# Each word of a name in small letters or with a capital.
_NAME: Final = "|".join(
    re.sub(r"\b[a-z]", lambda initial: f"[{initial[0]}{initial[0].upper()}]", name)
    for name in sorted(_ALL, key=len, reverse=True)
)
_BEGINS: Final = "|".join(sorted({rf"[{n[0]}{n[0].upper()}](?:\Z|{n[1]}(?:\Z|{n[2]}(?:\Z|{n[3]})))" for n in _ALL}))
"""The first four letters of a name, as far as a window shows them."""
_BESIDE_BEFORE: Final = re.compile(
    r"(?:\b[Ii]n|\b[Kk]ey(?: of)?|\b[Ss]cales? of|\b[Mm]odulat\w+ (?:to|from)|\b[Tt]onic(?: of)?|\b[Kk]ey:)\s\Z"
)
_BEFORE_A: Final = re.compile(r"\b(?:in|an|[Kk]ey(?: of|:)?|the|(?:to|from) the)\s\Z")
_WRITTEN_OUT: Final = re.compile("[A-G][- ](?:sharp|flat) ")
_TRIAD_AFTER: Final = re.compile(r"\s(?:[Cc]hords?|[Tt]riads?)\b")
_NEAR: Final = words(
    r"\b(?:scales?|keys? of|chords?|triads?|sonatas?|symphon\w{1,8}|concertos?|preludes?|fugues?|quartets?|quintets?"
    r"|nocturnes?|waltz|mazurkas?|etudes?|études?|mass|suite|piano|violin|cello|guitar|op\.|music\w{0,8}|tonic|modulat\w{1,8}"
    r"|melod\w{1,8}|octaves?|transpos\w{1,8})\b"
)


def _judge(context: Context) -> Verdict:
    """The evidence rules of the module's docstring."""
    if context.alone:
        return Verdict.SPAN
    before, surface, after = context.before(24), context.surface, context.after(10)
    if _TRIAD_AFTER.match(after) or before[-1:] in ("-", "_", "'"):
        return Verdict.TEXT
    if surface.startswith("A "):
        return Verdict.SPAN if _BEFORE_A.search(before) else Verdict.TEXT
    if surface[1:2] in ("#", "b", "♯", "♭") or _WRITTEN_OUT.match(surface):
        return Verdict.SPAN
    beside = _BESIDE_BEFORE.search(before) is not None
    return Verdict.SPAN if beside or context.near(_NEAR, 60, 60) else Verdict.TEXT


SCALE: Final = Domain(
    encoder=ScaleEncoder(),
    follows={Lead.CAPITAL: rf"(?<=[A-G])(?:##?+|♯|bb?+|♭|[- ](?:sharp|flat))?+[ ](?:{_NAME})" + ending(r"(?!\w)")},
    opens={Lead.CAPITAL: rf"[A-G](?:[#♯b♭]{{1,2}}|[- ][sf])?+(?:[ ](?:{_BEGINS}|\Z)|\Z)|[A-G][- ][sf]"},
    judge=_judge,
    examples=(
        ("C major", "C major"),
        ("Db major", "Db major"),
        ("B-flat minor", "Bb minor"),
        ("D dorian", "D dorian"),
        ("C romanian minor", "C romanian minor"),
        ("C pentatonic", "C major pentatonic"),
        ("F# Harmonic Minor", "F# harmonic minor"),
    ),
    rejects=(
        ("C weird", FailureReason.INVALID_VALUE),
        ("H major", FailureReason.INVALID_VALUE),
        ("C", FailureReason.INVALID_VALUE),
        ("", FailureReason.INVALID_VALUE),
    ),
)
