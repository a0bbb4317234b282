"""Forms of quantities that are taken without asking: those in the middle of a sentence, which are most in most texts.

A pattern here says at once what the grammar of units and the rules of `fluxem.domains.unit_evidence` come to, wherever
it matches; where it does not, they decide. `Domain.sure` says what it promises, and the tests hold it to that.
"""

from __future__ import annotations

from typing import Final

from fluxem.domains.unit_evidence import RULES
from fluxem.domains.unit_grammar import trie
from fluxem.domains.units import WORDS

_NAMES: Final = trie(
    name for name in WORDS.keys() - RULES.keys() if len(name) > 3 and name.isascii() and name.isalpha()
)
_SHORT: Final = trie(
    "of to for and the is was are were on by from more less each every left his her their its he she it they if when so"
    " or than that with into who will can long wide tall high deep away old this then but has had have all".split()
)
"""Words of up to four letters that are no unit."""
_LONG: Final = r"(?!squared|cubed|met|hour|second|pound|inch)[A-Z]?[a-z]{5,20}+"
"""Any longer word, but for those that may go on a unit."""
_GOES_ON: Final = rf",?[ ](?:{_SHORT}|{_LONG})(?:[ ](?![-−–0-9])|[.,;:!)\n])"
"""A word that is no unit, and no number behind it."""
SURE: Final = (
    (r"[a-wyz=:,][ ]", rf"%(?={_GOES_ON})"),
    (r"[a-wyz=:,+*][ ]", rf"[ ](?:{_NAMES})(?=[;:!)]|[.,?]?(?:\n|[ ](?:[A-Z][a-z]{{2}}|[=+(\"'$]))|{_GOES_ON})"),
)
"""A percentage, or a number and the name of a unit."""
