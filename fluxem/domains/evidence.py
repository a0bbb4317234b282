"""What several domains take as evidence: whether a candidate stands in code.

Only a bounded window before the candidate is read, so that evidence costs the same in any document.
"""

from __future__ import annotations

import re
from typing import Final

from fluxem.domains.domain import Context

WINDOW: Final = 320
"""Characters before a candidate that are looked at: its line, and the one above."""

_PROMPT = re.compile(r"[ \t#*/]*(?:>>>|\.\.\. |In ?\[[0-9]+\]:|Out ?\[[0-9]+\]:|[\w.]+(?:\[[^\]\n]{0,40}\])? ?[-+*/]?= ?)")
_CALL = re.compile(r"[A-Za-z_][\w.]*\((?:[^()\n]|\([^()\n]*\)){0,200}\Z")


def in_code(context: Context) -> bool:
    """Whether the line of the candidate, or the line above, is a console prompt or an assignment, or a call is open."""
    lines = context.before(WINDOW).split("\n")[-2:]
    return any(_PROMPT.match(line) for line in lines) or bool(_CALL.search(lines[-1][-200:]))


def line_before(context: Context) -> str:
    """What stands before the candidate on its own line, without leading white space, at most 320 characters."""
    return context.before(WINDOW).rpartition("\n")[2].lstrip()


def line_after(context: Context) -> str:
    """What follows the candidate on its own line, without trailing white space, at most 80 characters."""
    return context.after(80).partition("\n")[0].rstrip()
