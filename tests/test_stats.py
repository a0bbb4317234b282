"""Stats add up, in any grouping, and balance."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from fluxem_prep.pipeline.stats import Example, Stats

names = st.sampled_from(["DNA", "PITCH"])
reasons = st.sampled_from(["too_long", "ambiguous"])
counts = st.integers(1, 9)


@st.composite
def stats(draw: st.DrawFn) -> Stats:
    pairs = draw(st.dictionaries(st.tuples(names, reasons), counts))
    return Stats(
        rows_out=draw(counts),
        rejects=Counter(draw(st.dictionaries(reasons, counts))),
        encoded=Counter(draw(st.dictionaries(names, counts))),
        failed=Counter(pairs),
        lengths=Counter(draw(st.dictionaries(st.tuples(st.just("span_characters"), st.integers(0, 5)), counts))),
        surfaces=Counter(draw(st.dictionaries(st.tuples(names, st.sampled_from("abc")), counts))),
        examples={key: tuple(Example(str(i), "x") for i in range(draw(st.integers(1, 5)))) for key in pairs},
    )


@given(stats(), stats(), stats())
def test_addition_is_associative_and_loses_nothing(a: Stats, b: Stats, c: Stats) -> None:
    both = (a + b) + c
    assert both == a + (b + c)
    assert both + Stats() == both == Stats() + both
    assert both.candidates == a.candidates + b.candidates + c.candidates
    assert both.rejected == a.rejected + b.rejected + c.rejected
    assert all(len(found) <= 5 for found in both.examples.values())


@given(stats())
def test_what_is_shown_balances(found: Stats) -> None:
    shown = found.as_json()
    assert shown["candidates"] == found.encoded.total() + found.failed.total()
    domains = shown["domains"]
    assert isinstance(domains, dict)
    assert sum(item["encoded"] for item in domains.values()) == shown["encoded"]
    assert sum(item["failed"] for item in domains.values()) == shown["failed"]


def test_surfaces_are_bounded() -> None:
    many = Stats(surfaces=Counter({("DNA", f"{i:05d}"): i + 1 for i in range(5000)}))
    kept = (many + many).surfaces
    assert len(kept) == 1000
    assert kept["DNA", "04999"] == 10_000
