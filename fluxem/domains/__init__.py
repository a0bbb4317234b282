"""The table of domains. A new domain is one file beside this one and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fluxem.domains.arithmetic import ARITHMETIC
from fluxem.domains.domain import Domain, Lead
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
)
"""Every domain that this version detects and encodes, by id."""
