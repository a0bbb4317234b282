"""What several domains take as evidence: whether a candidate stands in code, what its sentence asks for.

Only a bounded window before the candidate is read, so that evidence costs the same in any document.
"""

from __future__ import annotations

import re
from typing import Final

from fluxem.domains.domain import Context
from fluxem.domains.nearby import Words

WINDOW: Final = 320
"""Characters before a candidate that are looked at: its line, and the one above."""

_PARENTHESES: Final = 16
_PROMPT = re.compile(
    r"[ \t#*/]*(?:>>>|\.\.\. |In ?\[[0-9]+\]:|Out ?\[[0-9]+\]:|[\w.]+(?:\[[^\]\n]{0,40}\])? ?[-+*/]?= ?)"
)


def in_code(context: Context) -> bool:
    """Whether the line of the candidate, or the line above, is a console prompt or an assignment, or a call is open."""
    return at_prompt(context) or _call_is_open(context.before(WINDOW).rpartition("\n")[2])


def at_prompt(context: Context) -> bool:
    """Whether the line of the candidate, or the line above, is a console prompt or an assignment."""
    return any(_PROMPT.match(line) for line in context.before(WINDOW).split("\n")[-2:])


def _call_is_open(line: str) -> bool:
    """Whether one of the last parentheses that follow a name directly is still open at the end of `line`."""
    place = len(line)
    unclosed = 0
    for _ in range(_PARENTHESES):
        place = line.rfind("(", 0, place)
        if place < 1:
            return False
        depth = line.count("(", place) - line.count(")", place)
        if depth > unclosed:
            unclosed = depth
            if line[place - 1].isalpha() or line[place - 1] == "_":
                return True
    return False


def asked(context: Context, words: Words, length: int = 80) -> bool:
    """Whether one of `words` stands in front, in the same sentence, at most `length` characters away."""
    text, start = context.text, context.start
    low = max(0, start - length)
    low = max(low, text.rfind("?", low, start) + 1)
    low = max(low, text.rfind("!", low, start) + 1)
    stop = text.rfind(".", low, start)
    while stop >= 0 and text[stop + 1 : stop + 2].isdigit():  # a decimal point
        stop = text.rfind(".", low, stop)
    return context.near(words, start - max(low, stop + 1), 0)


def line_before(context: Context) -> str:
    """What stands before the candidate on its own line, without leading white space, at most 320 characters."""
    return context.before(WINDOW).rpartition("\n")[2].lstrip()


def line_after(context: Context) -> str:
    """What follows the candidate on its own line, without trailing white space, at most 80 characters."""
    return context.after(80).partition("\n")[0].rstrip()
