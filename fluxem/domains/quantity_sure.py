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
_NUMERAL: Final = r"[0-9]++(?:\.[0-9]++)?+"
_GOES_ON: Final = (
    r",?[ ](?:of|to|for|and|the|is|was|are|were|on|by|from|more|less|each|every|total|left|his|her|their|its|he|she|it"
    r"|they|if|when|while|because|so|or|than|that|with|without|until|into|after|before)[ ](?![-−–0-9])"
)
"""A word that is no unit, and no number behind it."""
SURE: Final = (
    rf"(?<=[a-wyz=:,][ ]){_NUMERAL}%(?={_GOES_ON})"
    rf"|(?<=[a-wyz=:,+*][ ]){_NUMERAL}[ ](?:{_NAMES})(?=[.;:!?)]|\n|{_GOES_ON})"
)
"""A percentage, or a number and the name of a unit."""
