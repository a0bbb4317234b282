"""What each of the 128 coordinates of a code means, as a table: for people who look at vectors.

The domains' own files hold the layout in their docstrings and as constants; this table names it dim by dim, so that a
viewer can show a vector by field. `tests/test_fields.py` holds it against those constants and against real codes: no
domain may write a coordinate that has no name here.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from fluxem.domains.elements import ELEMENTS
from fluxem.vocabulary import VECTOR_DIM, DomainType


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A range of coordinates of one domain's code."""

    name: str
    """What it holds, in a few words."""
    start: int
    """First dim."""
    stop: int
    """End, exclusive."""
    labels: tuple[str, ...]
    """Name of each dim, start to stop."""


def _field(name: str, start: int, labels: Iterable[str]) -> Field:
    names = tuple(labels)
    return Field(name=name, start=start, stop=start + len(names), labels=names)


def _numbered(what: str, count: int) -> list[str]:
    return [f"{what} {index}" for index in range(count)]


def _places(limbs: int, fraction: int, digits: int) -> list[str]:
    """The place value of each limb."""
    return [f"×10^{digits * (limb - fraction)}" for limb in range(limbs)]


_HEADER: Final = (_field("weight", 0, ["weight"]), _field("domain id", 1, [f"bit {bit}" for bit in range(7)]))
_PITCH_CLASSES: Final = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
_AMINO: Final = (*string.ascii_uppercase, "*")

_ENERGY: Final = _field("type check", 8, ["q"])
_NUMBER: Final = (
    _ENERGY,
    _field("SI dimension", 9, ["T", "L", "M", "I", "Θ", "N", "J", "rad", "bit"]),
    _field("affine", 19, ["affine"]),
    _field("flags", 20, ["inexact", "negative", "zero"]),
    _field("log part", 23, ["⌊log2⌋", *(f"2^-{8 * (limb + 1)}" for limb in range(6))]),
    _field("linear part", 64, _places(64, 24, 2)),
)
_OPERATIONS: Final = _field("operations", 32, ["+", "-", "*", "/", "^", "(", ")", "operands", "depth"])
_FRACTION: Final = (
    _field("numerator", 32, _places(16, 0, 2)),
    _field("denominator", 48, _places(16, 0, 2)),
)
_COUNTS: Final = (
    _field("elements", 8, [element.symbol for element in ELEMENTS]),
    _field("charge", 126, ["charge"]),
    _field("deuterium", 127, ["D"]),
)
_COMPLEX: Final = (
    _field("zero", 22, ["zero"]),
    _field("log2 of squared modulus", 23, ["⌊log2⌋", *(f"2^-{8 * (limb + 1)}" for limb in range(6))]),
    _field("phase in turns", 30, [f"2^-{8 * (limb + 1)}" for limb in range(6)]),
    _field("real part", 64, _places(32, 16, 2)),
    _field("imaginary part", 96, _places(32, 16, 2)),
)


def _components(*fields: str) -> tuple[Field, ...]:
    return (_ENERGY, _field("shape", 9, fields), _field("components", 16, _numbered("limb", 112)))


def _bases(letters: str) -> tuple[Field, ...]:
    return (
        _field("length", 8, ["length", "ambiguous"]),
        _field("composition", 10, letters),
        _field("pairs", 14, [a + b for a in letters for b in letters]),
        _field("first letter", 30, letters),
        _field("last letter", 34, letters),
        _field("hash", 38, _numbered("hash", 4)),
        _field("reverse hash", 42, _numbered("hash", 4)),
        _field("power", 46, _numbered("power", 4)),
        _field("exact", 50, ["exact"]),
        _field("second letter", 51, letters),
        _field("last but one", 55, letters),
        _field("letters", 64, [f"{4 * word}-{4 * word + 3}" for word in range(64)]),
    )


_PROTEIN: Final = (
    _field("length", 8, ["length"]),
    _field("composition", 9, _AMINO),
    _field("ends", 36, ["first", "last"]),
    _field("hash", 38, _numbered("hash", 4)),
    _field("power", 46, _numbered("power", 4)),
    _field("exact", 50, ["exact"]),
    _field("letters", 64, [f"{4 * word}-{4 * word + 3}" for word in range(64)]),
)
_PITCH: Final = (
    _field("lattice", 8, ["step", "MIDI", "millicents"]),
    _field("chroma", 11, _PITCH_CLASSES),
    _field("letter", 23, "CDEFGAB"),
    _field("features", 30, ["alteration", "fifths", "octave"]),
)
_HARMONY: Final = (
    _field("root and bass", 8, ["root", "bass"]),
    _field("chroma", 10, _PITCH_CLASSES),
    _field("intervals", 22, _numbered("semitone", 12)),
)
_CALENDAR: Final = (
    _ENERGY,
    _field("amount", 10, ["months", "days", "seconds", "ms", "µs", "ns"]),
    _field("zone", 16, ["minutes", "written"]),
    _field("date", 32, ["year", "month", "day", "day of year", "leap year"]),
    _field("weekday", 37, ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]),
    _field("clock", 44, ["hour", "minute", "second"]),
)


def _table(fields: Mapping[DomainType, tuple[Field, ...]]) -> Mapping[DomainType, tuple[Field, ...]]:
    """The fields with the header in front, checked: in order, disjoint, inside the vector."""
    for domain, found in fields.items():
        ends = [8, *(field.stop for field in found)]
        starts = [*(field.start for field in found), VECTOR_DIM]
        assert all(stop <= start for stop, start in zip(ends, starts, strict=True)), f"fields of {domain.name} overlap"
    return MappingProxyType({domain: (*_HEADER, *found) for domain, found in fields.items()})


FIELDS: Final = _table(
    {
        DomainType.ARITHMETIC: (*_NUMBER[:-1], _OPERATIONS, _NUMBER[-1]),
        DomainType.QUANTITY: _NUMBER,
        DomainType.FORMULA: _COUNTS,
        DomainType.COMPLEX: _COMPLEX,
        DomainType.VECTOR: _components("length", "rows", "columns", "tier"),
        DomainType.DNA: _bases("ACGT"),
        DomainType.PITCH: _PITCH,
        DomainType.REACTION: _COUNTS,
        DomainType.RATIONAL: (*_NUMBER[:-1], *_FRACTION, _NUMBER[-1]),
        DomainType.MATRIX: _components("length", "rows", "columns", "tier"),
        DomainType.POLYNOMIAL: _components("length", "variable", "denominator", "tier"),
        DomainType.RNA: _bases("ACGU"),
        DomainType.PROTEIN: _PROTEIN,
        DomainType.DATE: _CALENDAR,
        DomainType.TIME: _CALENDAR,
        DomainType.DATETIME: _CALENDAR,
        DomainType.DURATION: _CALENDAR,
        DomainType.CHORD: _HARMONY,
        DomainType.SCALE: _HARMONY,
        DomainType.NUMBER: _NUMBER,
        DomainType.COMPOSITION: _COUNTS,
    }
)
"""The fields of each domain, in order of dim. Dims without a field are zero in every code of that domain."""
