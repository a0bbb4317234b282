"""The table of fields says what the encoders write."""

import numpy as np
import pytest

from fluxem.domains import DOMAINS, arithmetic, complex_number, element_counts, harmony, pitch, protein, rational
from fluxem.domains.fields import FIELDS
from fluxem.encoding import calendar_block, components, header, number_block, sequence_block, type_check
from fluxem.vocabulary import DomainType

D = DomainType


def ranges(domain):
    return {field.name: slice(field.start, field.stop) for field in FIELDS[domain]}


def test_every_domain_has_fields():
    """Refutes: a new domain whose vectors nobody can read."""
    assert set(FIELDS) == set(DOMAINS)


@pytest.mark.parametrize("domain", sorted(DOMAINS), ids=lambda domain: domain.name)
def test_no_code_has_a_coordinate_without_a_name(domain):
    """Refutes: an encoder that writes where the table says nothing."""
    named = np.zeros(128, np.bool_)
    for field in FIELDS[domain]:
        assert len(field.labels) == field.stop - field.start
        named[field.start : field.stop] = True
    for text, _ in DOMAINS[domain].examples:
        vector = DOMAINS[domain].encoder.encode(text)
        assert vector is not None
        assert not np.flatnonzero(vector)[~named[np.flatnonzero(vector)]].tolist(), text


@pytest.mark.parametrize(
    ("domain", "name", "expected"),
    [
        (D.QUANTITY, "domain id", header.DOMAIN_BITS),
        (D.QUANTITY, "type check", slice(type_check.ENERGY, type_check.ENERGY + 1)),
        (D.QUANTITY, "flags", slice(number_block.INEXACT, number_block.ZEROS + 1)),
        (D.QUANTITY, "log part", number_block.LOG),
        (D.NUMBER, "linear part", number_block.LINEAR),
        (D.ARITHMETIC, "operations", arithmetic.OPERATIONS),
        (D.RATIONAL, "numerator", rational.NUMERATOR),
        (D.RATIONAL, "denominator", rational.DENOMINATOR),
        (D.COMPLEX, "phase in turns", complex_number.PHASE),
        (D.COMPLEX, "real part", complex_number.REAL),
        (D.COMPLEX, "imaginary part", complex_number.IMAGINARY),
        (D.VECTOR, "shape", components.FIELDS),
        (D.MATRIX, "components", slice(components.FIRST, 128)),
        (D.DNA, "composition", sequence_block.BASES),
        (D.DNA, "pairs", sequence_block.PAIRS),
        (D.RNA, "first letter", sequence_block.FIRST),
        (D.RNA, "last letter", sequence_block.LAST),
        (D.RNA, "reverse hash", sequence_block.REVERSE_HASH),
        (D.RNA, "second letter", sequence_block.SECOND),
        (D.RNA, "last but one", sequence_block.LAST_BUT_ONE),
        (D.PROTEIN, "composition", protein.COUNTS),
        (D.PROTEIN, "letters", sequence_block.BODY),
        (D.PITCH, "lattice", pitch.LATTICE),
        (D.CHORD, "chroma", harmony.CHROMA),
        (D.SCALE, "intervals", harmony.INTERVALS),
        (D.DATE, "amount", calendar_block.AMOUNTS),
        (D.TIME, "zone", calendar_block.ZONE),
    ],
)
def test_ranges_are_those_of_the_encoders(domain, name, expected):
    """Refutes: a range that is one off."""
    assert ranges(domain)[name] == expected


def test_features_of_the_calendar_are_all_named():
    """Refutes: a gap between the date and the clock."""
    found = ranges(D.DATETIME)
    assert (found["date"].start, found["clock"].stop) == (calendar_block.FEATURES.start, calendar_block.FEATURES.stop)


def test_labels_of_elements_are_their_dims():
    """Refutes: a table of elements that is shifted."""
    labels = {label: field.start + i for field in FIELDS[D.FORMULA][2:] for i, label in enumerate(field.labels)}
    assert labels == dict(element_counts.DIMS)


def test_labels_read_as_the_value():
    """Refutes: place values in the wrong direction."""
    vector = DOMAINS[D.NUMBER].encoder.encode("1234.5")
    linear = next(field for field in FIELDS[D.NUMBER] if field.name == "linear part")
    shown = {linear.labels[i]: v for i, v in enumerate(vector[linear.start : linear.stop].tolist()) if v}
    assert shown == {"×10^-2": 50.0, "×10^0": 34.0, "×10^2": 12.0}
