"""What is clear around a number with a unit is what no rule would spoil."""

from __future__ import annotations

from itertools import product

from fluxem.domains import unit_context
from fluxem.domains.domain import Context
from fluxem.domains.unit_candidate import UnitCandidate
from fluxem.domains.unit_neighbours import is_clear_before, is_clear_behind, spoiled_before, spoiled_behind

BEFORE = """
so |minus |at¶|x |2 * |6 × |(|(~|~|1.5 |3)|) |= − |=|x=|3*2=|5-|-|http://a.b/c=2|W m-|3. |10 / |/ |+ |2 + |[
1'|10 |a.|. |±|± |– |e |6.5) * |5 . |C3 |it: |minus¶|, |5 ≤ |a;¶|2) × |10^|Δ |8, |"|“|=5 |=¶|3!|²|² |*
x|6 x |5:|: |a@|#|$|7/|5 − |(5 |a+|c%
"""
NUMBERS = "5|10|103|1000|0.5|5.000|12.000|1.25|10.5|12 500|1,200|10^5|1/2|-3|−3|3 × 10^8|007"
GAPS = "| |-|  |¶|\u00a0"
UNITS = """
m|kg|ml|copies|cells|%|°C|°F|C|mm|in|fl|oz|minutes|m/s|J/kg|mol|g|cm2|µl|L|d|t|/s|pounds|foot|a|N·m
J/K mol|mK|ft-lb|degrees|cm
"""
BEHIND = """
| |.|,|)|. |¶| / ml| / minute| / gX| / mLx| Hg| H2O|. oz| t|-1|%| 5|a|*x| x| + 3|^2|.5|) |: 3|-f|; 3
!|?| K|/5| = 3|·a|°C| sin|.5|, 5|) + 3|)(|)) |. 5|- 5| − 3|(2)| mol| mol-1|/kg|¶5| %|.%|'| / 5
"""


def parts(listed):
    """The parts between bars; `¶` is the end of a line."""
    return [part.replace("¶", "\n") for line in listed.strip("\n").split("\n") for part in line.split("|")]


def candidate(before, number, gap, unit, behind):
    """The parts as the rules see them; None where they are not what a candidate is split into."""
    text = f"{before}{number}{gap}{unit}{behind}"
    start, end = len(before), len(text) - len(behind)
    split = unit_context.SPLIT.match(text, start, end)
    if split is None or split.groups() != (number, gap, unit):
        return None
    return UnitCandidate(Context(text, start, end), number, gap, unit)


def test_what_is_clear_before_is_not_spoiled():
    """Refutes: a rule that would speak, and is not asked because what stands in front looks harmless."""
    clear = 0
    for before, number, unit in product(parts(BEFORE), parts(NUMBERS), parts(UNITS)):
        seen = candidate("as " + before, number, " ", unit, " of it")
        if seen is not None and is_clear_before(seen.context.text, seen.context.start, number):
            assert spoiled_before(seen) is None, seen.context.text
            clear += 1
    assert clear > 1_000


def test_what_is_clear_behind_is_not_spoiled():
    """Refutes the same of what stands behind."""
    clear = 0
    for number, gap, unit, behind in product(parts(NUMBERS), parts(GAPS), parts(UNITS), parts(BEHIND)):
        for rest in ("", "b", " 3", "("):
            seen = candidate("so ", number, gap, unit, behind + rest)
            if seen is not None and is_clear_behind(seen.context.text, seen.context.end, number, gap, unit):
                assert spoiled_behind(seen) is None, seen.context.text
                clear += 1
    assert clear > 1_000
