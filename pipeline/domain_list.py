"""`fluxem-prep domains`: the types, their ids, examples and limits."""

from __future__ import annotations

from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from fluxem.domains import DOMAINS
from fluxem.integration.detector import OFF_BY_DEFAULT
from fluxem.vocabulary import DomainType

from .display import domain_style, plain_table

_EXAMPLES: Final = 3
_DIGITS: Final = "80 integer and 48 fractional digits"

LIMITS: Final[dict[DomainType, str]] = {
    DomainType.ARITHMETIC: f"256 tokens, depth 64, exponents to 512; values of {_DIGITS}",
    DomainType.QUANTITY: f"{_DIGITS}, in coherent SI",
    DomainType.FORMULA: "118 elements; counts below 2^24",
    DomainType.COMPLEX: "32 integer and 32 fractional digits a part",
    DomainType.VECTOR: "56 numbers; fewer have more digits",
    DomainType.DNA: "letter by letter to 256, as counts to 2^20",
    DomainType.PITCH: "octaves -9999 to 9999; cents to three decimals",
    DomainType.REACTION: "4,095 atoms of an element a side",
    DomainType.RATIONAL: "32 digits above and below the line",
    DomainType.MATRIX: "56 entries on one line; fewer have more digits",
    DomainType.POLYNOMIAL: "one variable, degree 55",
    DomainType.RNA: "letter by letter to 256, as counts to 2^20",
    DomainType.PROTEIN: "letter by letter to 256, as counts to 2^20",
    DomainType.DATE: "years 1 to 9999",
    DomainType.TIME: "to the microsecond",
    DomainType.DATETIME: "years 1 to 9999, to the microsecond",
    DomainType.DURATION: "to the nanosecond; months kept apart",
    DomainType.CHORD: "known qualities, three changes",
    DomainType.SCALE: "known scales and modes",
    DomainType.NUMBER: _DIGITS,
    DomainType.COMPOSITION: "counts in thousandths, to 16,777.215",
}
"""The limit that people meet first, in a few words; the domains' own files have all of them."""


def domains_table() -> RenderableType:
    """The types as a table."""
    table = plain_table("id", "type", "examples", "limits")
    for domain in sorted(DOMAINS):
        name = f"{domain.name}*" if domain in OFF_BY_DEFAULT else domain.name
        examples = "\n".join(_shortened(text) for text, _ in DOMAINS[domain].examples[:_EXAMPLES])
        table.add_row(str(int(domain)), Text(name, domain_style(domain.name)), Text(examples), Text(LIMITS[domain]))
    off = ", ".join(domain.name for domain in sorted(OFF_BY_DEFAULT))
    return Group(table, Text(f"\n* off by default: ask for it with --domains, as in --domains {off},QUANTITY"))


def domains_json() -> list[dict[str, object]]:
    """The types as JSON values."""
    return [
        {
            "id": int(domain),
            "name": domain.name,
            "default": domain not in OFF_BY_DEFAULT,
            "limits": LIMITS[domain],
            "examples": [{"text": text, "value": value} for text, value in DOMAINS[domain].examples],
            "refused": [{"text": text, "reason": reason.label} for text, reason in DOMAINS[domain].rejects],
        }
        for domain in sorted(DOMAINS)
    ]


def _shortened(text: str, most: int = 24) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
