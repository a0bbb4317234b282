"""Detection against a slow, obvious reference: every position, every domain by itself, no columns."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_detector import PARAGRAPHS, TEXTS, Reference

from fluxem.domains import DOMAINS
from fluxem.integration.detector import OFF_BY_DEFAULT
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType

TOKENIZER = MultiDomainTokenizer()
REFERENCE = Reference(set(DOMAINS) - OFF_BY_DEFAULT)
ALL = MultiDomainTokenizer(domains=DOMAINS)
REFERENCE_OF_ALL = Reference(set(DOMAINS))


def detected(tokenizer, text):
    """Spans and failures of the fast detector."""
    analysis = tokenizer.analyze(text)
    spans = [(t.start, t.end, t.domain) for t in analysis.tokens if t.domain is not DomainType.TEXT]
    return spans, [(f.start, f.end, f.domain, f.reason) for f in analysis.failures]


@pytest.mark.parametrize("text", PARAGRAPHS, ids=lambda text: text[:12])
def test_the_reference_agrees_on_paragraphs(text):
    """Refutes: a span or failure added or lost by the columns of leads, the shared evidence or the scan's jumps."""
    assert detected(TOKENIZER, text) == REFERENCE.analyze(text)
    assert detected(ALL, text) == REFERENCE_OF_ALL.analyze(text)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_the_reference_agrees(text):
    """Refutes the same on texts that nobody wrote."""
    assert detected(TOKENIZER, text) == REFERENCE.analyze(text)


@pytest.mark.slow
@settings(max_examples=2_000, deadline=None)
@given(TEXTS)
def test_the_reference_agrees_at_length(text):
    """Refutes the same on many more, with every domain on."""
    assert detected(TOKENIZER, text) == REFERENCE.analyze(text)
    assert detected(ALL, text) == REFERENCE_OF_ALL.analyze(text)


BEFORE = """
|takes |minus |= |x |2*3=|=|it:¶|minus¶|a?b=1=|a $|€|100%|y |X |- |+ |* |/
2: |version: |Versions: |, on |On |v: |2, |in |about |a, |$|is $| ($|(|3 |5-|5 - |10 x |note |v1.|March |#|0.|C-
x * |2 * |y / |players * |80 m / |(a) * |2x * |6 * 1|9 - |5% - |a) - |3 x |14, |so 5 - $|then $|negative |tax $
12 = |x = |(3) = |== |= 5¶|5¶|so?¶|3 = $|2 = -|a lb. |5%. |x? |5. |v. |on |page |Since |Pages |No |x
"""
UNITS = """
 minutes| hours|%| percent| years| pounds| miles| seconds| minute| mol| metres| bits| degrees| in|%%
 kg| lbs| mph| min| °C| mol| kJ| month| joules| watts| square feet| ft| oz
kg|ml|mL|min|°C|mph|oz|ft|cm|sec|MB|-minute|-miles|-foot|-kg|-°C|-hour| foot| inch|-inch| tablespoons
"""
BEHIND = """
|.|,|, |?|)| of the| per day|% per cycle| and 5 minutes| and 30 s|, 20 seconds| squared| cubed |-1|/s|*2|^2| in-1
| to x-1| hours| pound | m-2 | s-1 | 3 s|; then| ago | later | in| a day| more than 3| Hg| mol|s|.5 m| - 3 minutes
| = 5 * 2| mol s-1| on | by m-2|, and 5 minutes|, how long|. A mile|! K-1|, s-1|* x| * 10 s| x 3| / 2| / minute| + 4 m
|¶30 s|.¶|, ¶| later on| old -1| a day| in the room| in the m-1| at night| Hg| K-1| Pascal
 Watt hours| hours-1| metres -1| - 3 | because 5 h| before| since the war| t| long| off| tip, | tax.| full-1| below zero
| in 2 hours| at 5 m-1| at $3| in -5| in 5 s-1| before the 3| after 5 m| later.| ago, | after-1| an hour| in 2-1| at 5/s
"""
RESULTS = """
 = 12|=|=| == 4| === 4|= x| = H2O|=(| equals 3| =
"""
OPERATIONS = "*|/| * | / | - |-| + |x| x |÷| × |**|^"
NUMBERS = "5|30|1.5|10|100|103|1000|1999|2010|007|1,200|3e5|12|10,000|1,2345|1,234.5|0"
OPERANDS = f"{NUMBERS}|2/5|1/3|30/100|12/31|.8|0.5/4|05/3"
FRACTIONS = "1/4|3/4|4/3|2/2|1/1|12/31|1/2/3|0/4|8/9|9/9|11/4|1/40|1/4.5|1,1/4"
OF_WHAT = (
    " of the|  of the| of a.| of May| of it, |/3 of the| of| = | of all| of them| pound of the|-1 of the| of his 3 kg"
)

DATES = """
2021-03-03|2021-13-03|2021-02-30|1999-12-31|2021-3-3|21-Nov-2017|3-Feb-2017|31-Feb-2017|21-nov-2017|03 March 2021
3 March 2021|3 Mar 2021|30 February 2021|12 May 2021|121-Nov-2017|2021-03-03-04|2021-03|1,2021-03-03|0-Jan-2000
"""
BEHIND_DATES = """
|¶|, |; |)|.|. |,¶|. ¶|;¶|T10:00|, 10:00| 10:00|, at 10:00| BC|, BC|-04|/2|¶10:00|, m|¶m
|) m| - 3|, and|–5|[–5|, –5|)/2|); | Z|.5|), 4
"""


def one_of(parts):
    """One of the parts between bars; `¶` is the end of a line."""
    return st.sampled_from(
        [part.replace("¶", "\n") for line in parts.strip("\n").split("\n") for part in line.split("|")]
    )


@settings(max_examples=1_000, deadline=None)
@given(*map(one_of, (BEFORE, NUMBERS, UNITS, BEHIND)))
def test_what_is_sure_of_quantities_is_what_the_rules_say(before, number, unit, behind):
    """Refutes: a quantity that is taken without asking where the rules, or another domain, see something else."""
    text = f"So it {before}{number}{unit}{behind} and so on"
    assert detected(TOKENIZER, text) == REFERENCE.analyze(text)


@settings(max_examples=1_000, deadline=None)
@given(*map(one_of, (BEFORE, OPERANDS, OPERATIONS, OPERANDS, f"|{OPERATIONS}", RESULTS)))
def test_what_is_sure_of_expressions_is_what_the_rules_say(before, left, operation, right, again, result):
    """Refutes the same of expressions."""
    text = f"So it {before}{left}{operation}{right}{again}{left if again else ''}{result} and so on"
    assert detected(TOKENIZER, text) == REFERENCE.analyze(text)


@settings(max_examples=500, deadline=None)
@given(*map(one_of, (BEFORE, FRACTIONS, OF_WHAT)))
def test_what_is_sure_of_fractions_is_what_the_rules_say(before, fraction, of_what):
    """Refutes the same of fractions."""
    text = f"So it {before}{fraction}{of_what} and so on"
    assert detected(TOKENIZER, text) == REFERENCE.analyze(text)


@settings(max_examples=1_000, deadline=None)
@given(*map(one_of, (BEFORE, DATES, BEHIND_DATES)))
def test_what_is_sure_of_dates_is_what_the_rules_say(before, date, behind):
    """Refutes the same of dates."""
    text = f"So it {before}{date}{behind} and so on"
    assert detected(TOKENIZER, text) == REFERENCE.analyze(text)


def test_the_reference_can_disagree():
    """Refutes a comparison that cannot fail: without one domain the reference sees less."""
    text = "at 373.15 K"
    assert detected(TOKENIZER, text) != Reference(set(DOMAINS) - {DomainType.QUANTITY}).analyze(text)


def test_what_is_sure_of_quantities_needs_no_rule():
    """Refutes a name among the sure ones that is no unit or has a rule, and a short word that is a unit."""
    from fluxem.domains import quantity_sure, unit_expression
    from fluxem.domains.domain import Failure
    from fluxem.domains.unit_evidence import RULES

    names = [name + ending for name in quantity_sure.SINGULAR.split() for ending in ("", "s")]
    assert not [name for name in names if name in RULES or isinstance(unit_expression.resolve(name), Failure)]
    words = quantity_sure.SHORT.split()
    assert not [word for word in words if not isinstance(unit_expression.resolve(word), Failure)]
