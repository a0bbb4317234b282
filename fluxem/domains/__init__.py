"""The table of domains. A new domain is one file beside this one and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fluxem.domains.arithmetic import ARITHMETIC
from fluxem.domains.calendar_date import DATE
from fluxem.domains.chord import CHORD
from fluxem.domains.clock_time import TIME
from fluxem.domains.complex_number import COMPLEX
from fluxem.domains.composition import COMPOSITION
from fluxem.domains.dna import DNA
from fluxem.domains.domain import Domain, Lead
from fluxem.domains.duration import DURATION
from fluxem.domains.formula import FORMULA
from fluxem.domains.matrix import MATRIX
from fluxem.domains.number import NUMBER
from fluxem.domains.pitch import PITCH
from fluxem.domains.polynomial import POLYNOMIAL
from fluxem.domains.protein import PROTEIN
from fluxem.domains.quantity import QUANTITY
from fluxem.domains.rational import RATIONAL
from fluxem.domains.reaction import REACTION
from fluxem.domains.rna import RNA
from fluxem.domains.scale import SCALE
from fluxem.domains.timestamp import DATETIME
from fluxem.domains.vector import VECTOR
from fluxem.vocabulary import PRIORITY, DomainType


def _table(*domains: Domain) -> Mapping[DomainType, Domain]:
    """The domains by id, checked."""
    table = {domain.type: domain for domain in domains}
    assert len(table) == len(domains), "two domains share an id"
    for domain in domains:
        assert domain.type in PRIORITY, f"{domain.type.name} has no priority"
        assert domain.examples, f"{domain.type.name} has no examples"
        assert set(domain.follows) <= set(Lead), f"{domain.type.name} names an unknown lead"
    return MappingProxyType(table)


DOMAINS: Final = _table(
    ARITHMETIC,
    QUANTITY,
    COMPLEX,
    DNA,
    PITCH,
    VECTOR,
    RNA,
    PROTEIN,
    MATRIX,
    CHORD,
    SCALE,
    FORMULA,
    REACTION,
    COMPOSITION,
    NUMBER,
    RATIONAL,
    POLYNOMIAL,
    DATE,
    TIME,
    DATETIME,
    DURATION,
)
"""Every domain that this version detects and encodes, by id."""
