"""Numbers in square brackets: the text of VECTOR and MATRIX, and what tells a list from a citation.

Components are decimal numerals without thousands separators (`[1,234]` is two numbers), between commas, or between
white space as numpy prints them. Where commas or spaces may group digits beside those that part numbers (`[1,000,
2]`, `[2,520 3,840]`, `[1 234, 5 678]`, `[1, 000]`), the list is `ambiguous`. A list goes on over a line break behind
a comma.
"""

from __future__ import annotations

import re
from typing import Final

from fluxem.domains.domain import Context, Failure, Verdict
from fluxem.domains.evidence import asked, at_prompt, in_code, line_after, line_before
from fluxem.domains.nearby import words
from fluxem.domains.numeral import parse_numeral
from fluxem.encoding.components import MAX_COMPONENTS
from fluxem.encoding.number_block import Number, simplest
from fluxem.vocabulary import FailureReason

MAX_TEXT: Final = 16_384

NUMBER: Final = r"[-+\u2212]?+(?:[0-9]++\.?+[0-9]*+|\.[0-9]++)(?:[eE][-+]?+[0-9]++)?+"
_BREAK: Final = r"[ \t]*+(?:\r?\n[ \t]*+)?+"
LIST: Final = rf"[ \t]*+{NUMBER}(?:[ \t]*+,{_BREAK}{NUMBER}|[ \t]++{NUMBER})*+[ \t]*+,?+[ \t]*+\]"
"""A list from behind its opening bracket to its closing one."""

_SEPARATOR = re.compile(r"\s*,\s*|\s+")
_BLANK = re.compile(r"[0-9.]\s++[-+.0-9\u2212]")
_WIDE = re.compile(r",\s")
_TIGHT = re.compile(r",(?=\S)")
_THOUSANDS = re.compile(r"(?<![0-9.,])[-+\u2212]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9])")
_ZEROS = re.compile(r"(?<![0-9.])[1-9][0-9]{0,2},\s?0[0-9]{2}(?![0-9])")


def parse_list(text: str) -> list[Number] | Failure:
    """The components of `[1, 2.5, -3e2]`; fails before more than 57 are read."""
    text = text.strip()
    if text[:1] != "[" or text[-1:] != "]" or len(text) < 2:
        reason = FailureReason.UNBALANCED_BRACKETS if "[" in text[:1] else FailureReason.INVALID_VALUE
        return Failure(reason, f"expected [number, number, ...], got {text[:40]!r}")
    if _groups_thousands(text):
        return Failure(FailureReason.AMBIGUOUS, f"expected commas or spaces that part numbers, got {text[:40]!r}")
    parts = _SEPARATOR.split(text[1:-1].strip().removesuffix(",").rstrip(), MAX_COMPONENTS + 1)
    if len(parts) > MAX_COMPONENTS:
        return Failure(FailureReason.TOO_LONG, f"expected at most {MAX_COMPONENTS} components")
    out: list[Number] = []
    for part in parts:
        value = parse_numeral(part) if "," not in part else Failure(FailureReason.INVALID_VALUE)
        if isinstance(value, Failure):
            return value
        out.append(simplest(value))
    return out


def _groups_thousands(text: str) -> bool:
    """Whether some of the commas or spaces may group digits: `[1,000, 2]`, `[2,520 3,840]`, `[1 234, 5 678]`."""
    if "," not in text:
        return False
    if _ZEROS.search(text) or _BLANK.search(text):
        return True
    return bool(_WIDE.search(text) and _TIGHT.search(text)) and not _TIGHT.search(_THOUSANDS.sub("", text))


# --------------------------------------------------------------------------------------------- evidence

_CALLED = re.compile(r"(?:\w[(!]|&|[\w\])\"'] ?(?:=|:=|==|\+=) ?|[\"'] ?: ?|\[)\s*\Z")
_ROW = re.compile(r"\],?[ \t]*\r?\n[ \t]*\Z")
_INDEXED = re.compile(r"[^\W_]\Z|[_)\]]\Z")
_COMPLEX_ROW = re.compile(r"\s*\[{1,2}[^\]\n]*[0-9.]j[,\s\]][^\n]*")
_OTHER_ROW = re.compile(r"\s*\[{1,2}(?:\s+|[^\],\n]*(?:[A-Za-df-z√]|(?<![0-9.])e)[^\],\n]*)\][\].]*\s*")
"""Rows of a complex matrix, and of one with letters as programs print it: `[x   3]`, and `[    ]` between rows."""
_QUOTES: Final = ("`", "'", '"')
_NAMED = words(r"\b(?:vectors?|lists?|arrays?|tuples?|coordinates|components|weights|sort|sequence)\b")
_INTERVAL_BEFORE = re.compile(
    r"(?:\b(?:[Dd]omain|[Rr]ange|[Ii]nterval|on|over|within)|∈)(?:(?:\s=|:)?\s)?\Z|\b[Dd]omain =\Z"
)
_INTERVAL_AFTER = re.compile(r"\s?(?:[×∪∩^0-9]|mm\b|\bconfidence)")
_NEAR_INTERVALS = words(
    r"\b(?:intervals?|domain|range|viewing window|continuous|integra\w{1,8}|subset|closed set|supremum"
    r"|probabilit\w{1,4})\b|[∈∪∩∞]|\\(?:in|cap|cup|infty|times)\b"
)
_PAIR = re.compile(rf"\[\s*({NUMBER})[\s,]+({NUMBER})[\s,]*\]\Z")
# What neither references nor an interval have: decimals, signs, columns set with spaces, a zero among three or more.
_NOT_REFERENCES = re.compile(r"[.eE\-\u2212]|\[ |,  |\[0,.*,|,\s?0[,\]]")


def judge_list(context: Context) -> Verdict:
    """Whether a flat list is a vector; the rules stand in the docstring of `fluxem.domains.vector`."""
    if context.alone:
        return Verdict.SPAN
    before = context.before(24)
    if _INDEXED.search(before):
        return Verdict.TEXT
    surface = context.surface
    if not re.search(r"[0-9.][\s,]+[-+.0-9\u2212]", surface):
        return Verdict.TEXT
    if _is_row_of_other(context):
        return Verdict.TEXT
    pair = _PAIR.match(surface)
    if pair is not None and _INTERVAL_BEFORE.search(before):
        return Verdict.AMBIGUOUS
    rising = pair is not None and _value(pair[1]) < _value(pair[2])
    if _ROW.search(before) or before.rstrip()[-1:] == "[":
        return Verdict.SPAN
    if rising and not at_prompt(context) and context.near(_NEAR_INTERVALS, 120, 80):
        return Verdict.AMBIGUOUS
    if on_its_own_line(context) or in_code(context):
        return Verdict.SPAN
    if pair is not None and _INTERVAL_AFTER.match(context.after(14)):
        return Verdict.AMBIGUOUS
    if _CALLED.search(before) or (not rising and _NOT_REFERENCES.search(surface)) or asked(context, _NAMED, 48):
        return Verdict.SPAN
    quoted = before[-1:] in _QUOTES and context.after(1) in _QUOTES
    return Verdict.SPAN if quoted else Verdict.AMBIGUOUS


def _is_row_of_other(context: Context) -> bool:
    """Whether the line before or behind is a row of the same matrix that holds no plain numbers, or is blank."""
    if line_before(context) not in ("", "["):
        return False
    above = context.before(160).split("\n")[-2:-1]
    below = context.after(160).split("\n")[1:2]
    rows = _COMPLEX_ROW if "," in context.surface else _OTHER_ROW
    return any(rows.fullmatch(line) for line in (*above, *below))


def _value(numeral: str) -> float:
    """Near enough to tell which of two is larger."""
    return float(numeral.replace("\u2212", "-"))


def on_its_own_line(context: Context) -> bool:
    """A line with nothing else, or a row of a list that is spread over lines."""
    return not line_before(context) and line_after(context) in ("", ",", "]", "],", "])")
