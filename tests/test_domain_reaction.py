"""REACTION: both sides by text and by value, balance, Hess sums, and where a reaction begins and ends in a text."""

from __future__ import annotations

import time
from fractions import Fraction
from itertools import product
from math import lcm

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fluxem.domains.domain import Failure
from fluxem.domains.formula_text import read_formula
from fluxem.domains.reaction import MAX_TOTAL, ReactionEncoder
from fluxem.errors import DecodeError
from fluxem.integration.detector import Detector
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType, FailureReason

ENCODER = ReactionEncoder()
DOMAINS = {DomainType.FORMULA, DomainType.COMPOSITION, DomainType.REACTION}
TOKENIZER = MultiDomainTokenizer(DOMAINS)

SIDES = st.dictionaries(st.sampled_from(["H", "C", "N", "O", "Fe", "Og", "D"]), st.integers(1, 1000), min_size=1)
CHARGE = st.integers(-500, 500)


@st.composite
def sides(draw):
    charge = draw(CHARGE)
    return draw(SIDES) | ({"charge": charge} if charge else {})


REACTIONS = st.tuples(sides(), sides())


def total(left, right):
    out = {key: left.get(key, 0) + right.get(key, 0) for key in [*left, *right]}
    return {key: count for key, count in out.items() if count}


def spans(text):
    return [(t.domain.name, t.text) for t in TOKENIZER.tokenize(text) if t.domain is not DomainType.TEXT]


@given(REACTIONS)
def test_value_round_trip(value):
    """Refutes sides that run together, charges of either sign included."""
    assert ENCODER.decode(ENCODER.encode(value)) == value


@given(REACTIONS, REACTIONS)
def test_hess_sum_is_the_vector_sum(one, two):
    """Refutes a sum of reactions that is not the sum of their sides, or not the same bits."""
    expected = total(one[0], two[0]), total(one[1], two[1])
    raw = ENCODER.encode(one) + ENCODER.encode(two)
    assert ENCODER.decode_sum(raw) == expected
    assert ENCODER.canonical(raw).tobytes() == ENCODER.encode(expected).tobytes()
    assert ENCODER.hess_sum(ENCODER.encode(one), ENCODER.encode(two)).tobytes() == ENCODER.canonical(raw).tobytes()


@given(REACTIONS)
def test_reverse_is_an_involution(value):
    """Refutes a reverse that loses a side."""
    vector = ENCODER.encode(value)
    assert ENCODER.decode(ENCODER.reverse(vector)) == (value[1], value[0])
    assert ENCODER.reverse(ENCODER.reverse(vector)).tobytes() == vector.tobytes()


def null_space(rows):
    """A basis of the integer null space of a matrix, by exact elimination: the slow, obvious solver."""
    matrix = [[Fraction(x) for x in row] for row in rows]
    width, pivots, line = len(matrix[0]), [], 0
    for column in range(width):
        pivot = next((i for i in range(line, len(matrix)) if matrix[i][column]), None)
        if pivot is None:
            continue
        matrix[line], matrix[pivot] = matrix[pivot], matrix[line]
        matrix[line] = [x / matrix[line][column] for x in matrix[line]]
        for i, row in enumerate(matrix):
            if i != line:
                matrix[i] = [x - row[column] * y for x, y in zip(row, matrix[line], strict=True)]
        pivots.append(column)
        line += 1
    basis = []
    for free in (column for column in range(width) if column not in pivots):
        vector = [Fraction(0)] * width
        vector[free] = Fraction(1)
        for i, column in enumerate(pivots):
            vector[column] = -matrix[i][free]
        scale = lcm(*(x.denominator for x in vector))
        basis.append([int(x * scale) for x in vector])
    return basis


SKELETONS = [
    (["C3H8", "O2"], ["CO2", "H2O"]),
    (["KMnO4", "HCl"], ["KCl", "MnCl2", "H2O", "Cl2"]),
    (["MnO4^-", "Fe^2+", "H^+"], ["Mn^2+", "Fe^3+", "H2O"]),
    (["Cr2O7^2-", "C2O4^2-", "H^+"], ["Cr^3+", "CO2", "H2O"]),
    (["P4", "OH^-", "H2O"], ["PH3", "H2PO2^-"]),
    (["K4[Fe(CN)6]", "H2SO4", "H2O"], ["K2SO4", "FeSO4", "(NH4)2SO4", "CO"]),
    (["Ca5(PO4)3F", "H2SO4"], ["CaSO4", "H3PO4", "HF"]),
    (["Ag^+", "Cu"], ["Ag", "Cu^2+"]),
]


def solved(left, right):
    """The smallest coefficients that balance a skeleton."""
    species = [read_formula(text) for text in (*left, *right)]
    keys = sorted({key for counts in species for key in counts})
    signs = [1] * len(left) + [-1] * len(right)
    (solution,) = null_space([[sign * s.get(key, 0) for sign, s in zip(signs, species, strict=True)] for key in keys])
    return [abs(x) for x in solution]


def written(left, right, coefficients):
    terms = [f"{n} {text}" for n, text in zip(coefficients, (*left, *right), strict=True)]
    return " + ".join(terms[: len(left)]) + " -> " + " + ".join(terms[len(left) :])


@pytest.mark.parametrize(("left", "right"), SKELETONS)
def test_balance_agrees_with_an_integer_solver(left, right):
    """Refutes a balance check that misses mass or charge: exactly the multiples of the solution balance."""
    solution = solved(left, right)
    assert ENCODER.is_balanced(ENCODER.encode(written(left, right, solution)))
    for place, change in product(range(len(solution)), (-1, 1, 2)):
        wrong = [n + change * (i == place) for i, n in enumerate(solution)]
        if min(wrong) > 0:
            vector = ENCODER.encode(written(left, right, wrong))
            assert not ENCODER.is_balanced(vector)
            assert ENCODER.imbalance(vector)


def test_charge_alone_can_be_out_of_balance():
    """Refutes a check that looks at atoms only."""
    assert ENCODER.imbalance(ENCODER.encode("Fe^3+ + Cu -> Fe^2+ + Cu^2+")) == {"charge": 1}


@given(st.integers(2, 40), st.integers(2, 40))
def test_balanced_sums_beyond_the_limit_are_refused(weight, size):
    """Refutes a Hess sum of balanced reactions that reads as something else."""
    value = {"O": 100 * size}, {"O": 100 * size}
    assume(100 * size <= MAX_TOTAL)
    raw = ENCODER.encode(value) * np.float32(weight)
    if 100 * size * weight <= MAX_TOTAL:
        assert ENCODER.decode_sum(raw)[0] == {"O": 100 * size * weight}
    else:
        with pytest.raises(DecodeError) as caught:
            ENCODER.decode_sum(raw)
        assert caught.value.reason is FailureReason.LIMIT_EXCEEDED


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("CH4 + 2O2 ⟶ CO2 + 2H2O", ({"C": 1, "H": 4, "O": 4}, {"C": 1, "H": 4, "O": 4})),
        ("2Na+ + 2Cl- -> 2NaCl", ({"Na": 2, "Cl": 2}, {"Na": 2, "Cl": 2})),
        ("C2H6 + 7/2 O2 → 3H2O + 2CO2", ({"C": 4, "H": 12, "O": 14}, {"C": 4, "H": 12, "O": 14})),
        ("½ N2 + 3/2 H2 ⇌ NH3", ({"N": 2, "H": 6}, {"N": 2, "H": 6})),
        ("0.2 Fe2O3 + 0.3 O2 = 0.1 Fe3O4", ({"Fe": 4, "O": 12}, {"Fe": 3, "O": 4})),
        ("2 H + M <=> H2 + M", ({"H": 2}, {"H": 2})),
        ("Zn(s, granules) + 2 HCl(aq, 1 M) -> ZnCl2(aq) + H2(g)", ({"Zn": 1, "H": 2, "Cl": 2},) * 2),
        ("0.5 LiCoO2 -> 0.5 Li0.5CoO2 + 0.25 Li", ({"Li": 2, "Co": 2, "O": 4},) * 2),
        ("CuSO4·5H2O -> CuSO4 + 5 H2O", ({"Cu": 1, "S": 1, "O": 9, "H": 10},) * 2),
        ("2 H2O + 2 e^- -> H2 + 2 OH^-", ({"H": 4, "O": 2, "charge": -2},) * 2),
    ],
)
def test_equations(text, value):
    """Refutes a wrong reading of coefficients, charges, states, third bodies and arrows."""
    assert ENCODER.prepare(text) == value


@pytest.mark.parametrize("arrow", ["->", "-->", "=>", "<->", "<=>", "=", "==", "→", "⟶", "⇌", "⇄", "↔", "⇔", "⇒"])
def test_arrows_with_and_without_blanks(arrow):
    """Refutes an arrow that is not one reaction in a text of its own, spaced or not."""
    for text in (f"2H2 + O2 {arrow} 2H2O", f"2H2+O2{arrow}2H2O"):
        assert spans(text) == [("REACTION", text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In the flame 2H2 + O2 -> 2H2O runs fast.", [("REACTION", "2H2 + O2 -> 2H2O")]),
        (
            "We see CaCO3(s) ⟶ CaO(s) + CO2(g), with NaCl.",
            [("REACTION", "CaCO3(s) ⟶ CaO(s) + CO2(g)"), ("FORMULA", "NaCl")],
        ),
        ("N2O4 ⇌ 2NO2 2SO2 + O2 ⇌ 2SO3", [("REACTION", "N2O4 ⇌ 2NO2"), ("REACTION", "2SO2 + O2 ⇌ 2SO3")]),
        ("thus 2H2 + O2 = 2H2O balances", [("REACTION", "2H2 + O2 = 2H2O")]),
        ("C6H12O6 + 6O2 → 6CO2 + 6H2O + energy", [("REACTION", "C6H12O6 + 6O2 → 6CO2 + 6H2O")]),
        ("glucose + 6O2 → 6CO2 + 6H2O", [("FORMULA", "6CO2"[1:]), ("FORMULA", "H2O")][:0]),
        ("let B -> C and I => O, N = 5, C == F", []),
        ("fn f(N) -> C { K -> V }", []),
    ],
)
def test_spans_inside_a_text(text, expected):
    """Refutes wrong bounds, a part of a reaction taken for the whole, and arrows of programs."""
    found = spans(text)
    assert [span for span in found if span[0] == "REACTION"] == [span for span in expected if span[0] == "REACTION"]
    assert all(span in found for span in expected)


@pytest.mark.parametrize(
    "text",
    [
        "M + " * 200 + "-> M",
        "H + " * 10**4 + "-> H",
        "->" * 10**4,
        "9" * 10**5 + " H -> H",
        "(" * 10**4 + "->H",
        "H2 -> \0",
        "\ud800 -> H",
        "٢H2 -> H2",
        "1/0 H2 -> H2",
        "H -> " + "H + " * 240 + "H",
    ],
)
def test_hostile_texts_fail_fast(text):
    """Refutes an exception or slow work on hostile text: a failure, or a proper value, in 10 ms."""
    start = time.process_time()
    result = ENCODER.prepare(text)
    assert time.process_time() - start < 0.01
    assert isinstance(result, Failure | tuple)


@pytest.mark.parametrize(
    "unit", ["->", "H->", "H + ", "H2 = ", "M + M -> ", "2H2+O2->2H2O ", "H2(", "((H", "Na+", "e- + "]
)
def test_detection_is_linear(unit):
    """Refutes work around anchors or leads that grows faster than the text."""
    detector = Detector(DOMAINS)

    def seconds(length):
        text = unit * (length // len(unit))
        start = time.process_time()
        detector.analyze_batch([text])
        return time.process_time() - start

    seconds(1000)
    small = min(seconds(20_000) for _ in range(3))
    assert min(seconds(80_000) for _ in range(2)) < 8 * small + 0.02
