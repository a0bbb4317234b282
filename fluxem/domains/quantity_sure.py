"""Forms of quantities that are taken without asking: those in the middle of a sentence, which are most in most texts.

A pattern here says at once what the grammar of units and the rules of `fluxem.domains.unit_evidence` come to, wherever
it matches; where it does not, they decide. `Domain.sure` says what it promises, and the tests hold it to that.
"""

from __future__ import annotations

from typing import Final

from fluxem.domains.unit_grammar import trie

SINGULAR: Final = """
second minute hour day week decade meter metre kilometer kilometre centimeter centimetre millimeter millimetre mile yard
gram kilogram milligram ounce liter litre milliliter millilitre gallon pint acre hectare byte kilobyte megabyte gigabyte
cup kilo volt watt kilowatt joule calorie newton pascal mole millisecond microsecond nanosecond nanometer micrometer
teaspoon tablespoon quart
"""
_NAMES: Final = trie(
    [*(name + s for name in SINGULAR.split() for s in ("", "s")), "foot", "feet", "inch", "inches", "percent"]
)
"""Names of four letters or more that most texts have and that need no rule."""
SYMBOLS: Final = "kg km cm mm ml mL mg oz ft lb lbs mph hr hrs min sec mol mmol kJ kPa atm kW kWh MB GB"
"""The everyday ones that mean nothing else."""
_SYMBOL: Final = trie(SYMBOLS.split())
_STEPS: Final = trie(["years", "year", "months", "month"])
"""Units that a word behind them makes steps on a calendar."""
SHORT: Final = """
of to for the is was are were on by from more less each every left his her their its he she it they if when
so or than that with who will can long wide tall high deep old this then but has had have all how what
there off tip tax away last over full late milk tank bag bags trip walk pass rope down roll took run which
back race one fee like got time play now due also loss cost work pool not too boys west we be do my no new
red big home head east north south two free only about again both past some same just food land room road
fast while where until once such may must does did him you our
"""
"""Words of up to five letters that are no unit."""
_WORDS: Final = trie(SHORT.split())
_LONG: Final = (
    r"(?!squared|cubed|met|hour|second|pound|inch|later|earlier|hence|since|after|before|into|below)[A-Z]?[a-z]{5,20}+"
)
"""Any longer word, but for those that may go on a unit."""
_SIGNS: Final = "-−–⁻⁺⋅‑?"
"""What may be a sign, a power, or a range."""
_APART: Final = rf"(?=[ .,;:!)\n])(?![ ]?[{_SIGNS}])"
_GOES_ON: Final = (
    rf",?[ ](?:(?:{_WORDS}|{_LONG}|(?:a|an|at|in)[ ](?:the[ ]|a[ ])?{_LONG}|a[ ](?:day|week|month|year)){_APART}"
    rf"|and[ ](?![{_SIGNS}.0-9]))"
)
"""A word that is no unit, without a power, and no number behind `and`."""
_IN_TIME: Final = r"[ ](?:(?:in|at)[ ](?=[0-9$])|(?:ago|later|before|after)(?=[ .,]))"
"""What makes a date of years and months only."""
_ENDS: Final = (
    rf"[;:!)]|[.,?]?\n|[.!][ ](?![0-9])|,[ ](?!and|[{_SIGNS}.0-9])|[ ](?:[=+](?!\+)|[A-Z][a-z]{2}|[*x×/][ ][0-9$])"
)
"""Where nothing of a unit goes on."""
_BETWEEN: Final = (
    r"(?:[a-wyz=:,+][ ]|(?:[*/]|x(?<=[0-9%)a-z][ ]x))[ ](?!10[1-9])|-(?<=[0-9%)a-z][ ]-)[ ]|[.?!](?<=[a-z)%][.?!])[ ]"
    r"|[a-zA-Z:;,.!)\n][\n]|[0-9][=])"
)
"""In front: a word, the line before, a calculation; but no power of ten that may have been lost."""
_UNGROUPED: Final = "(?<![0-9],[0-9][0-9][0-9])"
"""`1,375 kg`: thousands, or a decimal in other languages."""
_CLOCK: Final = "(?<![0-9][0-9][0-9][0-9](?=[ ]?h(?:ou)?r))"
"""`1430 hours`: a length, or a time."""
_LARGER: Final = "(?!(?:(?<=[tsbd,][ ][0-9])|(?<=[tsbd,][ ][0-9][0-9]))[ ]?(?:inch|ounce|oz))"
"""`6 inches` of `5 feet 6 inches`."""
_NAMED: Final = rf"(?:square[ ]|cubic[ ])?{_NAMES}(?:(?:/|[ ]per[ ])(?:{_NAMES}|{_STEPS}))?"
SURE: Final = (
    (_BETWEEN, rf"{_UNGROUPED}%(?={_ENDS}|{_GOES_ON}|{_IN_TIME})"),
    (
        _BETWEEN,
        rf"{_UNGROUPED}{_CLOCK}{_LARGER}(?:[ ](?:{_NAMED})|[ ]?{_SYMBOL}|-{_NAMES})(?={_ENDS}|{_GOES_ON}|{_IN_TIME})",
    ),
    (_BETWEEN, rf"{_UNGROUPED}[ ](?:{_STEPS})(?={_ENDS}|(?![ ]from){_GOES_ON})"),
)
"""A percentage, or a number and the name or symbol of a unit."""
