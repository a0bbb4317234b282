"""Whether a temperature is a difference: `ΔT = 12 °C`, `warmed by 2 °C`, which are 12 K and 2 K, and no 285.15 K.

The rules of units stand in `fluxem.domains.unit_evidence`.
"""

from __future__ import annotations

import re
from typing import Final

from fluxem.domains.domain import Context

_NEAR_ENOUGH: Final = (
    r"(?:(?:about|approximately|around|almost|nearly|roughly|only|up to|at least|at most)\s|[~≈∼]\s?)?"
)
_RANGE: Final = r"(?:[0-9.]+\s?(?:[-–]|to|or|and)\s?)?"
_BEFORE: Final = re.compile(
    r"(?:[Δδ∆]\s?[A-Za-z]\w{0,8}\s?[=≈~∼<>≤≥]\s?"
    r"|\b(?:differences?|changes?|rises?|increases?|decreases?|drops?|reduction|gradient|warming|cooling|depression"
    r"|elevation|in\ssteps|increments?|intervals?|variations?|fluctuations?|margin|uncertainty|accuracy|precision)"
    r"(?:\sin\s(?:the\s)?temperatures?)?\sof\s"
    r"|\b(?:increas|decreas|ris(?:e|es|ing)\b|rose\b|rais|drop|fall|fell\b|warm|cool|lower|reduc|chang|differ|heat|elevat|vari)"
    rf"[a-z]*(?:\s[^\s.;0-9]+){{0,6}}\sby\s"
    rf"|\b(?:within|every|each|another|additional|extra)\s){_NEAR_ENOUGH}{_RANGE}\Z"
)
_AFTER: Final = re.compile(
    r"\s?(?:warmer|cooler|colder|hotter|(?:higher|lower)\sthan|(?:above|below)\s(?!which)|rise\b|(?:increase|decrease|drop)\sin"
    r"|warming|cooling|difference|gradient|of\s(?:global\s)?warming|increments?\b|intervals?\b)"
)
_WINDOW: Final = 72


def is_difference(context: Context) -> bool:
    """Whether words in front or behind make the temperature a difference."""
    return bool(_AFTER.match(context.after(20)) or _BEFORE.search(context.before(_WINDOW)))
