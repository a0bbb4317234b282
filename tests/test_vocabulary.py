"""What is on disk is append-only: ids, names, priority, width."""

import json
from pathlib import Path

import pytest

from fluxem import vocabulary
from fluxem.vocabulary import DOMAIN_NAMES, PRIORITY, REASON_NAMES, DomainType, FailureReason

REFERENCE = json.loads((Path(__file__).parent / "data" / "vocabulary_v1.json").read_text())


@pytest.mark.parametrize(("name", "number"), REFERENCE["domains"].items())
def test_a_domain_keeps_its_id(name, number):
    """Refutes: a domain was renumbered, renamed or removed."""
    assert DomainType[name] == number


@pytest.mark.parametrize(("name", "number"), REFERENCE["reasons"].items())
def test_a_reason_keeps_its_id(name, number):
    """Refutes: a reason was renumbered, renamed or removed."""
    assert FailureReason[name.upper()] == number


def test_ids_are_dense_and_fit_a_byte():
    """Refutes: a hole in the ids, which would shift the names of the dataset card."""
    assert [domain.value for domain in DomainType] == list(range(len(DOMAIN_NAMES)))
    assert [reason.value for reason in FailureReason] == list(range(1, len(REASON_NAMES)))
    assert max(len(DOMAIN_NAMES), len(REASON_NAMES)) < 128, "the header has 7 bits for a domain"


def test_every_domain_has_one_place_in_the_priority_table():
    """Refutes: a domain that no tie can be decided for."""
    assert sorted(PRIORITY) == [domain for domain in DomainType if domain is not DomainType.TEXT]


def test_the_hash_covers_ids_and_names(monkeypatch):
    """Refutes: two vocabularies with one hash."""
    before = vocabulary.vocabulary_hash()
    monkeypatch.setattr(vocabulary, "REASON_NAMES", (*REASON_NAMES, "new_reason"))
    assert vocabulary.vocabulary_hash() != before
