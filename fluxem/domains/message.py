"""How the values that a message names are shown: briefly, whatever they are."""

from __future__ import annotations

from fractions import Fraction
from reprlib import Repr
from typing import Final

_MAX_BITS: Final = 128
_MAX_CHARACTERS: Final = 60


class _Brief(Repr):
    """Looks at the first few parts of a value only, and writes out no number of thousands of digits."""

    def repr_int(self, value: int, _level: int) -> str:
        return str(value) if value.bit_length() <= _MAX_BITS else f"an integer of {value.bit_length()} bits"

    def repr_Fraction(self, value: Fraction, level: int) -> str:  # noqa: N802 - the name that Repr looks for
        return f"{self.repr_int(value.numerator, level)}/{self.repr_int(value.denominator, level)}"


_BRIEF: Final = _Brief()


def shown(value: object) -> str:
    """`value` in at most 60 characters, in bounded time; never raises."""
    return _BRIEF.repr(value)[:_MAX_CHARACTERS]
