"""CHORD: a chord symbol, as root, bass, and intervals over the root.

Grammar. A root (`C`, `F#`, `Bb`), a quality (`m`, `dim7`, `maj7`, `sus4`, `13`, ...; none is a major triad), up to
three changes (`b5`, `#9`, `add11`, `no5`, with or without parentheses), a bass behind a slash; `64` is the second
inversion. Symbols with the same notes over the same root are one chord: `C+7` and `C7#5`, `Cm7b5` and `Cø`.
An unknown quality or change is a failure.

Code. `fluxem.domains.harmony`.

Evidence. A quality that spells out what it is and a figure (`Cmaj7`, `F#m7b5`, `Asus4`, `Eadd9`) is evidence by
form. `Am`, `G7`, `C/E`, `Emin` are not: they need a chord's call or word right beside them, or to be the whole
document; `C7` alone is a note, `F(2)` the value of a function. With a digit and no evidence they are `ambiguous`, of
letters alone they are text.

Sources: qualities and intervals as in Levine, The Jazz Theory Book (1995), and Kostka & Payne, Tonal Harmony.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import combinations
from typing import Final

from fluxem.domains.domain import Context, Domain, Failure, Lead, Verdict, ending
from fluxem.domains.harmony import ROOT_GRAMMAR, Harmony, HarmonyEncoder, interval_bits, name_of, place_of
from fluxem.vocabulary import DomainType, FailureReason

QUALITIES: Final[dict[str, tuple[int, ...]]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "dim7": (0, 3, 6, 9),
    "m7b5": (0, 3, 6, 10),
    "mM7": (0, 3, 7, 11),
    "sus4": (0, 5, 7),
    "sus2": (0, 2, 7),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "69": (0, 4, 7, 9, 14),
    "m69": (0, 3, 7, 9, 14),
    "9": (0, 4, 7, 10, 14),
    "maj9": (0, 4, 7, 11, 14),
    "m9": (0, 3, 7, 10, 14),
    "mM9": (0, 3, 7, 11, 14),
    "11": (0, 4, 7, 10, 14, 17),
    "maj11": (0, 4, 7, 11, 14, 17),
    "m11": (0, 3, 7, 10, 14, 17),
    "13": (0, 4, 7, 10, 14, 17, 21),
    "maj13": (0, 4, 7, 11, 14, 17, 21),
    "m13": (0, 3, 7, 10, 14, 17, 21),
    "7sus4": (0, 5, 7, 10),
    "9sus4": (0, 5, 7, 10, 14),
    "13sus4": (0, 5, 7, 10, 14, 21),
    "aug7": (0, 4, 8, 10),
    "augM7": (0, 4, 8, 11),
    "5": (0, 7),
    "add9": (0, 4, 7, 14),
    "madd9": (0, 3, 7, 14),
}
"""Intervals over the root in semitones, by plain quality."""

_ALIASES: Final = {
    "M": "", "maj": "", "Maj": "", "min": "m", "mi": "m", "-": "m", "M7": "maj7", "Maj7": "maj7", "ma7": "maj7",
    "Δ": "maj7", "Δ7": "maj7", "△7": "maj7", "min7": "m7", "mi7": "m7", "-7": "m7", "°": "dim", "o": "dim",
    "°7": "dim7", "o7": "dim7", "ø": "m7b5", "ø7": "m7b5", "min7b5": "m7b5", "-7b5": "m7b5", "mmaj7": "mM7",
    "mMaj7": "mM7", "m(maj7)": "mM7", "minmaj7": "mM7", "-Δ7": "mM7", "sus": "sus4", "maj6": "6", "M6": "6",
    "min6": "m6", "-6": "m6", "6/9": "69", "6add9": "69", "min9": "m9", "-9": "m9", "M9": "maj9", "Maj9": "maj9",
    "M11": "maj11", "Maj11": "maj11", "min11": "m11", "M13": "maj13", "Maj13": "maj13", "min13": "m13",
    "7sus": "7sus4", "9sus": "9sus4", "13sus": "13sus4", "+": "aug", "+7": "aug7", "augmaj7": "augM7", "+M7": "augM7",
    "dom7": "7", "add2": "add9", "madd2": "madd9",
}  # fmt: skip

CHANGES: Final[dict[str, tuple[tuple[int, ...], tuple[int, ...]]]] = {
    "b5": ((7,), (6,)),
    "#5": ((7,), (8,)),
    "b9": ((2,), (1,)),
    "#9": ((2,), (3,)),
    "#11": ((5,), (6,)),
    "b13": ((9,), (8,)),
    "add4": ((), (5,)),
    "add6": ((), (9,)),
    "add9": ((), (2,)),
    "no3": ((3, 4), ()),
    "no5": ((6, 7, 8), ()),
    "sus4": ((3, 4), (5,)),
    "sus2": ((3, 4), (2,)),
}
"""What each change takes away and what it adds, in semitones over the root."""

_CHANGE_ALIASES: Final = {
    "-5": "b5", "+5": "#5", "-9": "b9", "+9": "#9", "+11": "#11", "-13": "b13", "add2": "add9", "add11": "add4",
    "add13": "add6", "addb9": "b9", "add#9": "#9", "add#11": "#11", "addb13": "b13", "omit3": "no3", "omit5": "no5",
    "9": "add9", "11": "add4", "13": "add6", "sus": "sus4",
}  # fmt: skip

MAX_CHANGES: Final = 3

_SYMBOL: Final = re.compile(rf"{ROOT_GRAMMAR}([^/]*+(?:/9)?+)(?:/{ROOT_GRAMMAR})?+\Z")
_QUALITIES: Final = {name: name for name in QUALITIES} | _ALIASES
_QUALITY: Final = re.compile("|".join(re.escape(name) for name in sorted(_QUALITIES, key=len, reverse=True)))
_CHANGES: Final = {name: name for name in CHANGES} | _CHANGE_ALIASES
_CHANGE: Final = re.compile(
    rf"[(,]?({'|'.join(re.escape(name) for name in sorted(_CHANGES, key=len, reverse=True))})\)?"
)
_PLAIN: Final = str.maketrans("♯♭", "#b")


def _changed(intervals: frozenset[int], change: str) -> frozenset[int]:
    removed, added = CHANGES[change]
    return intervals.difference(removed).union(added)


def _intervals(suffix: str) -> frozenset[int] | None:
    """The intervals that a quality and its changes name, the quality as long as it can be; None where unknown."""
    match = _QUALITY.match(suffix)
    if match is None:
        return None
    intervals = frozenset(interval % 12 for interval in QUALITIES[_QUALITIES[match[0]]])
    place = match.end()
    for _ in range(MAX_CHANGES):
        change = _CHANGE.match(suffix, place)
        if change is None:
            break
        intervals, place = _changed(intervals, _CHANGES[change[1]]), change.end()
    return intervals if place == len(suffix) else None


def _name(bits: int) -> str | None:
    """The plain suffix of a set of intervals: fewest changes first, then in the order of the tables; None without."""
    levels = (_names(count).get(bits) for count in range(MAX_CHANGES + 1))
    return next((name for name in levels if name is not None), None)


@cache
def _names(count: int) -> dict[int, str]:
    """What is named by a quality and so many changes. Most chords have none or one; the tables of more take long."""
    names: dict[int, str] = {}
    for quality in QUALITIES:
        for changes in combinations(CHANGES, count):
            # `Cb5` is C flat with a fifth, so a change right behind the root stands in parentheses.
            close = not quality and changes and changes[0][0] in "b#"
            suffix = quality + (f"({changes[0]})" + "".join(changes[1:]) if close else "".join(changes))
            intervals = _intervals(suffix)
            if intervals is not None:
                names.setdefault(interval_bits(intervals), suffix)
    return names


class ChordEncoder(HarmonyEncoder):
    """Chord symbols; decodes to the plain symbol.

    >>> encoder = ChordEncoder()
    >>> encoder.decode(encoder.encode("Cmin7/Bb"))
    'Cm7/Bb'
    """

    domain = DomainType.CHORD

    def parse(self, text: str) -> Harmony | Failure:
        """The chord that `text` names."""
        match = _SYMBOL.match(text.translate(_PLAIN)) if len(text) < 64 else None
        if match is None:
            return Failure(FailureReason.INVALID_VALUE, f"expected a chord symbol such as Cmaj7, got {text[:40]!r}")
        letter, sign, suffix, bass_letter, bass_sign = match.groups()
        inverted = suffix == "64"
        intervals = _intervals("" if inverted else suffix)
        if intervals is None:
            return Failure(FailureReason.INVALID_VALUE, f"expected a known quality, got {suffix!r}")
        bits = interval_bits(intervals)
        if _name(bits) is None:
            return Failure(FailureReason.INVALID_VALUE, f"expected at most {MAX_CHANGES} changes, got {suffix!r}")
        root = place_of(letter, sign)
        bass = place_of(bass_letter, bass_sign) if bass_letter else root + inverted
        return Harmony(root, bass, bits)

    def name(self, value: Harmony) -> str | None:
        """The plain symbol."""
        suffix = _name(value.intervals)
        if suffix is None:
            return None
        return name_of(value.root) + suffix + ("" if value.bass == value.root else f"/{name_of(value.bass)}")


# --------------------------------------------------------------------------------------------- detection

_FIGURE_BARE: Final = r"(?:add|no|omit|sus)?[#b♯♭]?(?:13|11|[234569])"
_FIGURE: Final = rf"(?:{_FIGURE_BARE}|\({_FIGURE_BARE}\))"
_FORM: Final = re.compile(
    r"[A-G][#b♯♭]{0,2}(?:(?:(?:maj|Maj|min|dim|aug|mM|mmaj)(?:7|9|11|13)|m7b5|m7-5|[øΔ°]7)(?![0-9])"
    r"|(?:maj|min|M|m)?(?:6|7|9|11|13)?(?:sus[24]|add(?:9|11|13|[246])|(?:no|omit)[35]))"
)
_BARE_NOTE: Final = re.compile(r"[A-G][#b♯♭]{0,2}[0-9]\Z")
_ALTERED: Final = re.compile(r"[A-G][#b♯♭]{0,2}m?(?:7|9|11|13)(?:[#b♯♭](?:5|9|11|13)|\([#b♯♭](?:5|9|11|13)\)){1,3}\Z")
_CALL: Final = re.compile(r"(?:ChordSymbol\(\s?[\"']|(?<![\w.])(?:[Cc]hords?|[Pp]rogressions?):? [\"'‘“(]?)\Z")
_CHORD_AFTER: Final = re.compile(r"[\"'’”]?[ -][Cc]hords?\b")
_CALLED: Final = re.compile(r"[A-G]\([0-9]")
"""`F(2)`: the value of a function."""
_NOT_MUSIC: Final = frozenset({"Am", "Em", "Add", "Bm", "Fm"})


@lru_cache(maxsize=1024)
def _says_chord(before: str, after: str) -> bool:
    """Whether a chord's call or word stands right beside; kept, because rows of chords repeat."""
    return bool(_CALL.search(before) or _CHORD_AFTER.match(after))


_ENCODER: Final = ChordEncoder()


def _judge(context: Context) -> Verdict:
    """The evidence rules of the module's docstring."""
    surface = context.surface
    body = surface.lstrip("ABCDEFG").lstrip("#♯b♭")
    if (
        not body
        or _CALLED.match(surface)
        or context.before(1) in ("_", "$", "@", "\\", "/")
        or context.after(1) in ("_", "(", "=", "@")
    ):
        return Verdict.TEXT
    if _says_chord(context.before(16), context.after(9)):
        return Verdict.SPAN
    bare = _BARE_NOTE.match(surface) is not None
    if bare and isinstance(_ENCODER.parse(surface), Failure):
        return Verdict.TEXT  # `A4` is a pitch, or a size of paper
    if not bare and (_FORM.match(surface) or _ALTERED.match(surface)):
        return Verdict.SPAN
    if context.alone and not bare and surface not in _NOT_MUSIC and not body.startswith("/"):
        return Verdict.SPAN
    return Verdict.AMBIGUOUS if any(digit in surface for digit in "0123456789") else Verdict.TEXT


CHORD: Final = Domain(
    encoder=_ENCODER,
    follows={
        Lead.CAPITAL: r"(?<=[A-G])(?=[#♯b♭Mmadsno0-9Δø°/(])(?:##?+|♯♯?+|bb?+|♭♭?+)?+"
        rf"(?:maj|Maj|min|dim|aug|mM|mmaj|M|m|[øΔ°])?+(?:13|11|64|69|[5679])?+(?:{_FIGURE}){{0,4}}+(?:/[A-G][#b♯♭]?+(?!\w))?+"
        + ending(r"(?![\w#♯♭+/%]|\.[0-9]|-[0-9])")
    },
    # Where nothing but small letters goes on to a word, there is neither a chord nor anything to be skipped.
    opens={
        Lead.CAPITAL: r"[A-G](?:[#♯♭Δø°0-9M(]|b(?![ce-lp-rt-z]|s[^u\0])|maj|min|m(?![c-ln-rt-z])|add|aug|dim|sus"
        r"|no[#b♯♭0-9]|omi|/)"
    },
    judge=_judge,
    examples=(
        ("Cmaj7", "Cmaj7"),
        ("CM7", "Cmaj7"),
        ("F#m7b5", "F#m7b5"),
        ("Bbsus4", "Bbsus4"),
        ("Gm", "Gm"),
        ("Dm7/G", "Dm7/G"),
        ("C7b9", "C7b9"),
        ("Eadd9", "Eadd9"),
    ),
    rejects=(
        ("Hm7", FailureReason.INVALID_VALUE),
        ("Cbeth", FailureReason.INVALID_VALUE),
        ("C7b9#9b5#11", FailureReason.INVALID_VALUE),
        ("c7", FailureReason.INVALID_VALUE),
        ("", FailureReason.INVALID_VALUE),
    ),
)
