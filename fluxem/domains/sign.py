"""What stands for a sign, and a sign that a space parts from its number: `x = − 4/5`, `(− 3 + 2i)`.

A sign that is closed up belongs to the number by `fluxem.domains.domain.Domain.signed`. One behind a space could also
join two operands, or begin an item of a list; it belongs to the number behind what neither of them can follow.
"""

from __future__ import annotations

from typing import Final

MINUSES: Final = "-\u2212\u2013\u2010\u2011"
"""What people type for a minus before a number and in a power of a unit: hyphen-minus, minus, en dash, hyphen, no-break
hyphen. A class of characters may begin with it."""
TO_HYPHEN: Final = dict.fromkeys(map(ord, MINUSES), "-")
"""For `str.translate`: each of them as a hyphen-minus."""
PLUS_MINUS: Final = r"±|[-+\u2212]/[-+\u2212]"
"""A plus-minus, in one character or in three: the alternatives of a pattern."""
LONE_DASH: Final = r"(?:\A|[^\w)\]}.])[–—]"
"""A dash that joins nothing: a minus to who typed it, and none to parsers that take no dash. A pattern."""
WORDED_SIGN: Final = r"(?<![\w-])(?:[Mm]inus|[Nn]egative)\s"
"""A sign that is written out: no parser reads it, so that the number behind it is another. A pattern."""
WORDED_ENDS: Final = ("inus ", "inus\n", "egative ", "egative\n")
"""What a text ends with in front of such a number: the same without a pattern, for what is asked of every candidate."""
LOOK_ALIKE: Final = "\u2012\u207b\ufe63\uff0d\u00ac"
"""Characters that people type for a minus and no parser takes for one: figure dash, superscript, small and full-width
minus, not sign."""
_OPENS: Final = frozenset("=<>≤≥≈≠([{,;|") | frozenset(map(chr, range(0x24D0, 0x24EA)))
"""Before a sign that has no left operand; letters in a circle number the parts of an exercise."""
_MINUS: Final = "\u2212"
_LOOK: Final = 3


def spaced_sign(text: str, start: int, floor: int) -> int:
    """Where the number at `start` begins, with the sign and the space before it; `start` where there is none."""
    place = start - 2
    if place < floor or text[place + 1] != " " or text[place] not in "-\u2212":
        return start
    before = text[max(0, place - _LOOK) : place].rstrip(" ")
    if before[-1:] in _OPENS:
        return place if before else start
    begins_line = text[place] == _MINUS and (before[-1:] == "\n" or (not before and place <= _LOOK))
    return place if begins_line else start
