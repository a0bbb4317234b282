"""Texts in which a part of a value, or a look-alike, stands where a value might: spans are whole, or there are none."""

import pytest

from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType, FailureReason

TOKENIZER = MultiDomainTokenizer()


def found(text):
    """Surfaces and domains of the spans of `text`."""
    return [(t.text, t.domain.name) for t in TOKENIZER.tokenize(text) if t.domain is not DomainType.TEXT]


WHOLE = [
    ("so that is 18*.5 = 9", [("18*.5", "ARITHMETIC")]),
    ("x^2 + 4x = − 1 + 4 in all", [("x^2 + 4x", "POLYNOMIAL"), ("− 1 + 4", "ARITHMETIC")]),
    ("its sine is negative (− 5/13)", [("− 5/13", "RATIONAL")]),
    ("h(t) = − 4.9t^2 + 24t + 8", [("− 4.9t^2 + 24t + 8", "POLYNOMIAL")]),
    ("that gives = − 4 − 4i here", [("− 4 − 4i", "COMPLEX")]),
    ("AgNO3 + NaCl -> AgCl↓ + NaNO3", [("AgNO3 + NaCl -> AgCl↓ + NaNO3", "REACTION")]),
    ("in CaCO3 + 2HCl → CaCl2 + CO2 ↑ + H2O it", [("CaCO3 + 2HCl → CaCl2 + CO2 ↑ + H2O", "REACTION")]),
    ("the NH4+-N of soil", [("NH4+", "FORMULA")]),
    ("N2 and O2 gas", [("N2", "FORMULA"), ("O2", "FORMULA")]),
]
"""Texts and all of their spans."""


@pytest.mark.parametrize(("text", "spans"), WHOLE)
def test_a_value_is_whole(text, spans):
    """Refutes: a sign, a precipitate's arrow, a charge or an operand that is cut off, or hides the value."""
    assert found(text) == spans


NONE = [
    "−√(3)/2", "of (5 ⋅ 4 ⋅ 3!)", "6 - 2(x)", "pages 27--29, 1995", "a p value of 2.4×10-5 for", "a value of 10-9",
    "Greg spent 2x+9 dollars", "see https://example.org/#loc=5/37.8/-97.9&a", "f = ν+1+2να", "(∂^2y)/(∂t^2)",
    "GU-9, 11.6m-11.3m of sand", "the (1 + i) of a complex number", "ai = 6i - 4", "v = 4.0ti + 3.0j + v",
    "FBI", "HIV", "USB", "CD4 T cells in buffer", "forces F1 and F2 on the gas", "N70I and Ag85B, amino acid mutations",
    "BS2 and HSP90 in solution", "Pout = I1^2R1 + I2^2R2 ions", "complex VO2+, was",
]  # fmt: skip
"""Texts without a span."""


@pytest.mark.parametrize("text", NONE)
def test_a_part_or_a_look_alike_is_none(text):
    """Refutes: the vector of a part, of a power that lost its superscript, of a name or an acronym."""
    assert found(text) == []


@pytest.mark.parametrize(
    "text", ["[1,000, 2]", "x = [2,520 3,840]", "[1 234, 5 678]", "[−1, 000, 000]", "[1, 200,300]"]
)
def test_digits_that_may_be_grouped_are_ambiguous(text):
    """Refutes: a list whose commas or spaces group thousands and becomes a vector of their groups."""
    assert [failure.reason for failure in TOKENIZER.analyze(text).failures] == [FailureReason.AMBIGUOUS]
    assert found(text) == []


@pytest.mark.parametrize("text", ["y = 1/x on [1, 3]", "domain = [1950,2002] years"])
def test_an_interval_is_no_vector(text):
    """Refutes: two ends of an interval behind a word that says so, taken for components."""
    assert found(text) == []
