"""Where spans can begin: columns against one place at a time, and windows that hide nothing."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_detector import PARAGRAPHS, TEXTS, Fragment, lead_at

from fluxem.domains import DOMAINS
from fluxem.domains.domain import WINDOW, Context, Domain, Lead, Verdict
from fluxem.domains.numeral import NUMERAL
from fluxem.integration import lead_columns, lead_grammars
from fluxem.integration.leads import LeadFinder
from fluxem.integration.page import MARGIN, Page, as_bytes

FINDER = LeadFinder(DOMAINS)
FRAGMENTS = {(domain, lead): Fragment(DOMAINS[domain], lead) for domain in DOMAINS for lead in DOMAINS[domain].follows}
SCRIPTS = st.sampled_from(
    ["ж5 m", "“The H2O”", "é2O", "x − 2", "5\u00a0µm", "?CO2", "1,234.5e−3 m", "\0H2O\0", "𝟙5 s", "((2 + 3)"]
)


def found_one_by_one(text):
    """The leads of a text, each asked for by itself."""
    return [
        lead
        for place in range(len(text))
        if text[place] in "[(" or text[place].isalnum()
        if (lead := FINDER.at(text, place))
    ]


def check_leads(texts):
    """Compare, but for what is sure, which is said once more where it begins."""
    for text, leads in zip(texts, map(list, FINDER(Page(texts, lead_columns.MARKS.tobytes()))), strict=True):
        single = {lead[0]: lead for lead in found_one_by_one(text)}
        for begin, _, owner in (lead for lead in leads if isinstance(lead[2], Domain)):
            assert owner.type in [domain.type for _, _, domain in single.pop(begin)[2]]
        assert [lead for lead in leads if not isinstance(lead[2], Domain)] == list(single.values())


@settings(max_examples=200, deadline=None)
@given(st.lists(TEXTS | SCRIPTS, max_size=6))
def test_columns_find_what_is_there(texts):
    """Refutes: a lead lost or made up by the bytes, the margins between texts, or what is remembered of windows."""
    check_leads(texts)


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS | SCRIPTS, min_size=1, max_size=6), st.integers(1, 40))
def test_pages_do_not_show(texts, page):
    """Refutes: a lead that is cut, lost or doubled where one page ends and the next begins."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lead_columns, "STRETCH", page)
        check_leads(texts)


def passes(domain, lead, window, related):
    """Whether a window lets a domain be tried."""
    opens = DOMAINS[domain].opens.get(lead, "")
    if not (re.match(opens, window) or (related and DOMAINS[domain].relates)):
        return False
    word = lead_grammars._WORD_ALONE.match(window)
    dull = DOMAINS[domain].dull
    return word is None or dull is None or not dull(word[1])


def is_text(text, place, end, domain):
    """Whether the letters from `place` to `end` are no candidate, and hide none."""
    letters = text[place:end].rstrip("*")
    return letters.isalpha() and DOMAINS[domain].judge(Context(text, place, end)) is Verdict.TEXT


def check_windows(text):
    for place in range(len(text)):
        lead = lead_at(text, place)
        if lead is None:
            continue
        behind = re.compile(NUMERAL).match(text, place).end() if lead is Lead.NUMBER else place
        window = text[behind : behind + WINDOW].ljust(WINDOW, "\0")
        related = bool(
            re.match(r"(?s:.{0,23}?)(?:[/·•×*](?! ?[0-9])|[-–](?= ?[0-9])|[?]| per |[^\0-~])", text[behind:])
        )
        for (domain, own), fragment in FRAGMENTS.items():
            matched = fragment.match(text, place) if own is lead else None
            if matched is None or fragment.is_joined(text, place):
                continue
            end, is_candidate = matched
            for shown in (window, window[: WINDOW // 2]):
                if not passes(domain, lead, shown, related):
                    word = text[place:end].isalpha() if not is_candidate else is_text(text, place, end, domain)
                    assert word, f"{domain.name} takes {text[place:end]!r} where its window {shown!r} does not let it"


@pytest.mark.parametrize("text", PARAGRAPHS, ids=lambda text: text[:12])
def test_windows_hide_nothing_in_paragraphs(text):
    """Refutes: a window that keeps a grammar from what it would take."""
    check_windows(text)


@settings(max_examples=300, deadline=None)
@given(TEXTS | SCRIPTS)
def test_windows_hide_nothing(text):
    """Refutes the same on texts that nobody wrote."""
    check_windows(text)


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_windows_hide_no_example(domain):
    """Refutes the same on what each domain is known by, alone and in a sentence."""
    for text, _ in (*DOMAINS[domain].examples, *DOMAINS[domain].rejects):
        if len(text) < 200:
            check_windows(text)
            check_windows(f"It is {text}, they say.")


@given(st.lists(st.text(st.characters(codec=None), max_size=12) | SCRIPTS, max_size=6))
def test_a_page_holds_the_bytes_of_each_text(texts):
    """Refutes: a character beyond the plane, or texts taken together, that shift what is behind."""
    gap = bytes(MARGIN)
    assert Page(texts, bytes(256)).buffer == gap.join([b"", *map(as_bytes, texts), b""])
