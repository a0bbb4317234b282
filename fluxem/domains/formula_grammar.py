r"""How formulas look to the detector: fragments for `fluxem.domains.domain`, shared by FORMULA and COMPOSITION.

Looser than `fluxem.domains.formula_text`: any capital with an optional small letter may be a symbol, groups nest
two deep, and what is matched is still judged.
"""

from __future__ import annotations

import re
from typing import Final

from fluxem.domains.domain import Context, Lead, ending
from fluxem.domains.element_counts import DIMS
from fluxem.domains.sign import MINUSES

WHOLE: Final = "[0-9]++"
"""A whole count."""
BOUNDARY: Final = (
    rf"(?![\w²³¹⁰⁴-⁹₀-₉]|\.[0-9]|[ ]?[{MINUSES}+±][ ]?δ|[{MINUSES}+±](?:[xyz]|[0-9]*[xyzδ])(?![a-z])|[−–]d(?![a-z0-9])"
    rf"|[ ]?[·•⋅∙][ ]?[A-Za-z0-9(½¼¾⅓⅔]|\([0-9]*[{MINUSES}+]?[xyzδ]|\([A-Z][a-z]?[0-9.]{{0,6}},|\*[A-Za-z])"
)
"""No letter or digit goes on, and nothing that makes it part of a larger formula with variables."""


def _symbols(initial: str) -> str:
    """A fragment that holds where an element's symbol may begin; `initial` is the fragment for its first letter."""
    ones = "".join(sorted(symbol for symbol in DIMS if len(symbol) == 1))
    pairs: dict[str, str] = {}
    for symbol in sorted(symbol for symbol in DIMS if len(symbol) == 2 and symbol[0] not in ones):
        pairs[symbol[0]] = pairs.get(symbol[0], "") + symbol[1]
    parts = [initial.format(f"[{ones}]"), *(initial.format(first) + f"(?=[{rest}])" for first, rest in pairs.items())]
    return f"(?:{'|'.join(parts)})"


_SECOND: Final = _symbols("(?<={})") + r"(?=[a-z]?+(?:[A-Z0-9₀-₉_^(\[⁺⁻²³¹+\u2212]|-(?![A-Za-z0-9])|\s{0,8}+\Z))"
"""A capital word goes no further than this: an element's symbol, then a second, a number, a bracket or a charge."""


_GROUP: Final = r"(?:(?:[A-Z][a-z]?+|[(\[)\]])(?:[0-9.]++|[₀-₉]++|_[{}0-9.]*+)?+)*"
_NAME: Final = r"[A-Za-z]*(?:[a-z]{2}|_(?![0-9{]|\Z))"
"""An identifier (`PyObject`, `PRINT_ITEM`), which no grammar of formulas takes to its end."""
_JOINED: Final = r"(?:[0-9₀-₉_A-Z(^⁰¹²³⁴-⁹⁺⁻]|\Z)"
OPENS: Final = {
    Lead.CAPITAL: f"(?!{_NAME})"
    + _symbols("{}")
    + r"[a-z]?+(?:[A-Z0-9₀-₉_^(\[⁺⁻²³¹+\u2212]|-(?![A-Za-z0-9])|[\s\0]*+\Z)",
    Lead.PAREN: rf"\(\(?{_GROUP}(?:\){_JOINED}|\Z)",
    Lead.BRACKET: rf"\[{_GROUP}(?:\]{_JOINED}|\Z)",
}
"""What a formula looks like at its beginning at least, for `Domain.opens`."""


def formula_fragments(number: str) -> dict[Lead, str]:
    """What follows the first character of a formula whose counts look like `number`."""
    subscript = rf"(?:{number}|[₀-₉]++|_\{{[0-9.]++\}}|_[0-9]++)?+"
    atom = rf"[A-Z][a-z]?+{subscript}"
    inner = rf"(?:\((?:{atom}){{1,32}}+\)|\[(?:{atom}){{1,32}}+\]){subscript}"
    outer = rf"(?:\((?:{atom}|{inner}){{1,32}}+\)|\[(?:{atom}|{inner}){{1,32}}+\]){subscript}"
    part = rf"(?:{atom}|{outer})"
    water = r"\.[0-9]{0,2}+H2O(?![A-Za-z0-9])"
    adduct = rf"(?:[ ]?[·•⋅∙][ ]?|\*)(?:[0-9]{{1,4}}+(?:\.[0-9]{{1,4}}+)?+)?+{part}{{1,16}}+"
    charge = (
        rf"(?:\^\{{?+(?:[0-9]{{0,2}}[{MINUSES}+]|[{MINUSES}+][0-9]{{1,2}})\}}?+|[⁰¹²³⁴-⁹]{{0,2}}+[⁺⁻]"
        rf"|[{MINUSES}+](?:(?![{MINUSES}\w+*/.(])|(?=[{MINUSES}][A-Z])))?+"
    )
    tail = rf"{subscript}{part}*+(?:{water}|{adduct}){{0,3}}+{charge}" + ending(BOUNDARY)
    group = rf"(?:{atom}|{inner}){{1,32}}+"
    joined = rf"(?=[0-9₀-₉_A-Z]|\([A-Z]|\^\{{?[0-9]{{0,2}}[{MINUSES}+]|[⁰¹²³⁴-⁹]{{0,2}}[⁺⁻])"
    # `((NH4)2SO4)`: the scan stops at the first of a run of parentheses; `trim_formula` drops it.
    return {
        Lead.CAPITAL: rf"{_SECOND}[a-z]?+{tail}",
        Lead.PAREN: rf"(?:{group}\){joined}|\({group}\){joined}){tail}",
        Lead.BRACKET: rf"{group}\]{joined}{tail}",
    }


_CATION_OR_ANION = re.compile(
    r"(?:(?:F|Cl|Br|I|OH|NO[23]|HCO3|HSO[34]|H2PO4|ClO[1234]?|BrO3|IO3|CN|SCN|MnO4|BF4|PF6|CH3CO[O2]|HS|AlO2|O2|O|S)"
    r"|(?:SO4|CO3|SO3|HPO4|C2O4|S2O3|CrO4|Cr2O7|SiO3|O|S|Se)2|PO43|PO43|AsO43|N3)"
    rf"[{MINUSES}]\Z"
    r"|(?:(?:Li|Na|K|Rb|Cs|Ag|H|NH4|H3O|Cu|Tl|NO|NO2)\+"
    rf"|(?:[A-Z][a-z]|V|U|Y)[2-4]\+|\[[^\]]{{2,60}}\][1-6]?[{MINUSES}+]|.{{0,200}}[)\]][0-9][1-6][{MINUSES}+])\Z"
)


def trim_formula(surface: str) -> tuple[int, int]:
    """Without an unmarked sign at the end that is no charge of a known ion, or a parenthesis that never closes."""
    start, end = 0, len(surface)
    if surface[-1:] in f"+{MINUSES}" and "^" not in surface and not _CATION_OR_ANION.match(surface):
        end -= 1
    if surface.startswith("((") and surface.count("(") > surface.count(")"):
        start = 1
    return start, end


# What an adduct goes on with, a member (`x.H2`),
# an index or argument (`k[NO]`, `p(CO2)`), a tag, an identifier, an address, a part number.
_INSIDE = re.compile(
    r"(?:\w\.|[)\]}]|[\w\])°][(\[]|[#\\@$·•⋅∙…]|[A-Za-z0-9]_|://\S{0,60}|www\.\S{0,60}|\^|[A-Z0-9]-|(?<![^\s`])-)\Z"
)


def stands_inside(context: Context) -> bool:
    """Whether what stands right before makes it a part of something else."""
    last = context.before(1)
    return last != "" and not last.isspace() and _INSIDE.search(context.before(66)) is not None
