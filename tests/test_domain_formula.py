"""FORMULA: compositions by text and by value, their algebra, and what counts as one inside a text."""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np
import periodictable
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxem.domains.domain import Failure
from fluxem.domains.elements import ATOMIC_NUMBER, DEUTERIUM_MASS, ELECTRON_MASS, ELEMENTS
from fluxem.domains.formula import MoleculeEncoder
from fluxem.domains.formula_rating import Form, rate
from fluxem.errors import DecodeError
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType, FailureReason

ENCODER = MoleculeEncoder()
TOKENIZER = MultiDomainTokenizer({DomainType.FORMULA, DomainType.COMPOSITION, DomainType.REACTION})

SYMBOLS = st.sampled_from([*ATOMIC_NUMBER, "D"])
COUNTS = st.dictionaries(SYMBOLS, st.integers(1, 10**6), min_size=1, max_size=8)
CHARGES = st.integers(-99, 99)


@st.composite
def compositions(draw):
    charge = draw(CHARGES)
    return draw(COUNTS) | ({"charge": charge} if charge else {})


def total(left, right):
    keys = [*left, *right]
    out = {key: left.get(key, 0) + right.get(key, 0) for key in keys}
    return {key: count for key, count in out.items() if count}


def spans(text):
    return [token.text for token in TOKENIZER.tokenize(text) if token.domain is DomainType.FORMULA]


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.symbol)
def test_every_element_has_a_dim_of_its_own(element):
    """Refutes a table with a hole, a swap or a shared dim."""
    vector = ENCODER.encode(f"{element.symbol}3")
    assert np.flatnonzero(vector[8:]).tolist() == [ATOMIC_NUMBER[element.symbol] - 1]
    assert ENCODER.decode(vector) == {element.symbol: 3}


def test_weights_agree_with_an_independent_table():
    """Refutes a mistyped symbol or weight: periodictable's own transcription is the reference."""
    for number, element in enumerate(ELEMENTS, start=1):
        other = periodictable.elements[number]
        assert element.symbol == other.symbol
        # Where there is no standard weight, the longest-lived isotope is a matter of the year of the table.
        assert float(element.weight) == pytest.approx(other.mass, rel=5e-5 if element.has_standard_weight else 5e-2)


@given(
    st.dictionaries(
        st.sampled_from([e.symbol for e in ELEMENTS if e.has_standard_weight]),
        st.integers(1, 500),
        min_size=1,
        max_size=6,
    )
)
def test_molar_mass_against_an_independent_table(counts):
    """Refutes a molar mass that is not the weighted sum of the standard weights."""
    formula = "".join(f"{symbol}{count}" for symbol, count in counts.items())
    assert float(ENCODER.molar_mass(formula)) == pytest.approx(periodictable.formula(formula).mass, rel=5e-5)


@given(compositions(), compositions())
def test_molar_mass_is_a_linear_functional_of_the_vector(left, right):
    """Refutes an inexact mass: the mass of a raw sum is exactly the sum of the masses."""
    mixture = ENCODER.encode(left) + ENCODER.encode(right)
    assert ENCODER.molar_mass(mixture) == ENCODER.molar_mass(left) + ENCODER.molar_mass(right)


def test_mass_counts_electrons_and_deuterium():
    """Refutes a mass that forgets the charge, or takes D for H."""
    assert ENCODER.molar_mass("H") - ENCODER.molar_mass("H+") == ELECTRON_MASS
    assert ENCODER.molar_mass("D2O") == 2 * DEUTERIUM_MASS + Fraction("15.999")


@given(compositions())
def test_value_round_trip(value):
    """Refutes any loss between value, vector and value."""
    assert ENCODER.decode(ENCODER.encode(value)) == value


@given(compositions())
def test_hill_is_a_fixpoint(value):
    """Refutes a Hill formula that reads back as another composition or is not its own Hill formula."""
    hill = ENCODER.hill(value)
    assert ENCODER.hill(hill) == hill
    if any(key != "charge" for key in value) and len(hill) < 500:
        assert ENCODER.decode(ENCODER.encode(hill)) == value


@pytest.mark.parametrize(
    ("text", "hill"),
    [
        ("CH3COOH", "C2H4O2"),
        ("NaCl", "ClNa"),
        ("HBr", "BrH"),
        ("CBr4", "CBr4"),
        ("H2SO4", "H2O4S"),
        ("CuSO4·5H2O", "CuH10O9S"),
        ("K4[Fe(CN)6]", "C6FeK4N6"),
        ("SO4^2-", "O4S^2-"),
        ("NH4+", "H4N^+"),
    ],
)
def test_hill_order(text, hill):
    """Refutes an order other than carbon, hydrogen, alphabet; and all alphabet without carbon."""
    assert ENCODER.hill(text) == hill


@given(compositions(), compositions(), compositions())
def test_mixtures_are_a_commutative_monoid(a, b, c):
    """Refutes an order or a grouping of summands that shows, and a sum that is not the sum of the compositions."""
    x, y, z = (ENCODER.encode(value) for value in (a, b, c))
    assert ((x + y) + z).tobytes() == (x + (y + z)).tobytes() == ((z + x) + y).tobytes()
    assert ENCODER.decode_sum(x + y + z) == total(total(a, b), c)


@given(compositions(), compositions())
def test_canonical_of_a_sum_is_the_encoding_of_the_sum(left, right):
    """Refutes a canonical form that differs in any bit from encoding the sum."""
    raw = ENCODER.encode(left) + ENCODER.encode(right)
    assert ENCODER.canonical(raw).tobytes() == ENCODER.encode(total(left, right)).tobytes()
    assert ENCODER.mixture(ENCODER.encode(left), ENCODER.encode(right)).tobytes() == ENCODER.canonical(raw).tobytes()


@given(compositions(), st.integers(1, 9))
def test_multiples(value, times):
    """Refutes a multiple that differs from adding the encoding so many times."""
    vector = ENCODER.encode(value)
    assert ENCODER.multiple(vector, times).tobytes() == ENCODER.canonical(vector * times).tobytes()


def test_counts_beyond_exact_integers_are_refused():
    """Refutes a silent rounding above 2**24."""
    assert ENCODER.encode({"H": 2**24 - 1}) is not None
    assert ENCODER.prepare({"H": 2**24}).reason is FailureReason.LIMIT_EXCEEDED
    full = ENCODER.encode({"H": 2**24 - 1})
    with pytest.raises(DecodeError) as caught:
        ENCODER.decode_sum(full + full)
    assert caught.value.reason is FailureReason.LIMIT_EXCEEDED


@pytest.mark.parametrize(
    "value", [{}, {"H": -1}, {"H": 0}, {"H": True}, {"H": 1.5}, {"H": Fraction(1, 2)}, ["H"], None, 3]
)
def test_values_that_are_no_composition(value):
    """Refutes taking half an atom, a negative one, or nothing."""
    assert ENCODER.prepare(value).reason is FailureReason.INVALID_VALUE


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Ca(OH)2", {"Ca": 1, "H": 2, "O": 2}),
        ("K4[Fe(CN)6]", {"K": 4, "Fe": 1, "C": 6, "N": 6}),
        ("{[Co(NH3)5]2O2}^4+", {"Co": 2, "N": 10, "H": 30, "O": 2, "charge": 4}),
        ("MgSO4 · 7H2O", {"Mg": 1, "S": 1, "O": 11, "H": 14}),
        ("MgSO4•7H2O", {"Mg": 1, "S": 1, "O": 11, "H": 14}),
        ("CaSO4.2H2O", {"Ca": 1, "S": 1, "O": 6, "H": 4}),
        ("10La2O3·90P2O5", {"La": 20, "O": 480, "P": 180}),
        ("Co(NO3)2*6(H2O)", {"Co": 1, "N": 2, "O": 12, "H": 12}),
        ("C₆H₁₂O₆", {"C": 6, "H": 12, "O": 6}),
        ("C_6H_{12}O_6", {"C": 6, "H": 12, "O": 6}),
        ("SO4^{2-}", {"S": 1, "O": 4, "charge": -2}),
        ("SO4^-2", {"S": 1, "O": 4, "charge": -2}),
        ("SO42-", {"S": 1, "O": 4, "charge": -2}),
        ("SO4^2−", {"S": 1, "O": 4, "charge": -2}),
        ("SO₄²⁻", {"S": 1, "O": 4, "charge": -2}),
        ("Fe(CN)63-", {"Fe": 1, "C": 6, "N": 6, "charge": -3}),
        ("Cr2O72-", {"Cr": 2, "O": 7, "charge": -2}),
        ("Hg22+", {"Hg": 2, "charge": 2}),
        ("Fe3+", {"Fe": 1, "charge": 3}),
        ("Ca2+", {"Ca": 1, "charge": 2}),
        ("O2-", {"O": 1, "charge": -2}),
        ("H2+", {"H": 2, "charge": 1}),
        ("I3-", {"I": 3, "charge": -1}),
        ("NO3-", {"N": 1, "O": 3, "charge": -1}),
        ("Na+", {"Na": 1, "charge": 1}),
        ("H3O+", {"H": 3, "O": 1, "charge": 1}),
        ("Cl⁻", {"Cl": 1, "charge": -1}),
        ("LiAlD4", {"Li": 1, "Al": 1, "D": 4}),
    ],
)
def test_spellings(text, value):
    """Refutes a wrong reading of groups, dots, subscripts and charges."""
    assert ENCODER.prepare(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "H" * 10**5,
        "9" * 10**5,
        "(" * 10**4 + "H" + ")" * 10**4,
        "[" * 10**4,
        "H\0",
        "\ud800",
        "H٢O",
        "Ｈ２Ｏ",
        "H2O" * 10**4,
        "(H99999)" * 60,
        "((((((((H9)9)9)9)9)9)9)9)",
        "·" * 10**4,
        "^" * 10**4,
        "H^" + "9" * 10**4 + "+",
    ],
)
def test_hostile_texts_fail_fast(text):
    """Refutes an exception or slow work on hostile text: a failure, or a proper value, in 10 ms."""
    best = float("inf")
    for _ in range(3):  # the best of three: the machine may be busy
        start = time.process_time()
        result = ENCODER.prepare(text)
        best = min(best, time.process_time() - start)
    assert best < 0.01
    assert isinstance(result, Failure | dict)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Water (H2O) boils at 373.15 K under standard pressure.", ["H2O"]),
        ("Combine 2 mol H2O with 1 mol NaCl", ["H2O", "NaCl"]),
        ("dissolve ammonium sulfate ((NH4)2SO4) in water", ["(NH4)2SO4"]),
        ("the complex [Fe(CN)6]^3- is stable", ["[Fe(CN)6]^3-"]),
        ("the reactor burns CO and H2 as a gas", ["CO", "H2"]),
        ("solid NaCl(s), then NaOH(aq)", ["NaCl", "NaOH"]),
        ("NO3- and CO2-rich water", ["NO3-", "CO2"]),
        ("CuSO4·5H2O is blue.", ["CuSO4·5H2O"]),
        ("add MgCl2.6H2O.", ["MgCl2.6H2O"]),
        ("no variables: La1-xSrxMnO3, YBa2Cu3O7-δ", []),
        ("ZrO(NO3)2·xH2O", []),
        ("rate = k[NO2] and p(CO2)", []),
        ("Fe(III) is oxidized", []),
        ("He said NO to the US, As In HIV.", []),
        ("the F16 and B2B with V8, H1N1, MD5, A4, C4 and IPv6", []),
        ("value.H2O and http://x.org/H2O and #CO2", []),
        ("gcc -O3 of the compound file", []),
        ("add sodium acetate NaOAc and Mn(OAc)2, with TsOH as acid", []),
    ],
)
def test_spans_inside_a_text(text, expected):
    """Refutes wrong bounds, and codes, words or fragments taken for formulas."""
    assert spans(text) == expected


@pytest.mark.parametrize(
    "text", ["Db4", "Db5", "C64", "C13", "No", "NO", "I", "In", "He", "C4", "H1N1", "US", "UTF8", "OK"]
)
def test_words_and_codes_alone_are_no_formulas(text):
    """Refutes a document `No` read as nobelium."""
    assert spans(text) == []


def test_codes_are_counted_and_words_are_not():
    """Refutes a failure for an acronym, or none for a code that reads as a formula."""
    failures = TOKENIZER.analyze("the F16 of HIV and H1N1").failures
    assert [(f.start, f.end, f.reason) for f in failures] == [
        (4, 7, FailureReason.AMBIGUOUS),
        (19, 23, FailureReason.AMBIGUOUS),
    ]


@pytest.mark.parametrize(
    ("surface", "form"),
    [
        ("Na2SO4", Form.SURE),
        ("NaCl", Form.SURE),
        ("H2SO4", Form.SURE),
        ("NH4NO3", Form.SURE),
        ("C6H6", Form.SURE),
        ("PbCrO4", Form.SURE),
        ("GaAs", Form.SURE),
        ("Ca(OH)2", Form.SURE),
        ("CO", Form.LIKELY),
        ("H2", Form.LIKELY),
        ("CS2", Form.LIKELY),
        ("C4", Form.WEAK),
        ("F16", Form.WEAK),
        ("H1N1", Form.WEAK),
        ("B2B", Form.WEAK),
        ("HIV", Form.WEAK),
        ("CSS3", Form.WEAK),
        ("USB2", Form.WEAK),
        ("OD600", Form.WEAK),
        ("NaN", Form.WEAK),
        ("KCl40", Form.WEAK),
    ],
)
def test_ratings(surface, form):
    """Refutes a rating that lets codes pass or asks proof of a plain salt."""
    assert rate(surface) is form


@pytest.mark.parametrize(("text", "charge"), [("[Fe(CN)6]3-", -3), ("[Cu(NH3)4]2+", 2), ("[PtCl4]2-", -2)])
def test_a_complex_in_brackets_has_its_charge_behind_them(text, charge):
    """Refutes: the size of the charge taken for a subscript of the whole complex."""
    counts = MoleculeEncoder().parse(text)
    assert counts["charge"] == charge
    assert counts == MoleculeEncoder().parse(text.replace("]", "]^")), "as with the charge marked"
