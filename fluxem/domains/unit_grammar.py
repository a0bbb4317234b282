r"""The grammar of units in running text: `UNIT`, the fragment that detection puts behind a number.

A subset of what `fluxem.domains.unit_expression` reads, bounded in all its repeats. Symbols and names are tries of the
table; what takes every SI prefix stands in them once, behind an optional prefix. A space joins symbols only where a
power follows (`m s-1`, `kg m s−2`) or where the pair is an everyday product (`N m`, `Pa s`, `kW h`): `5 g in` and
`2 mol N2` are none. A name that the table lacks is taken only beside a unit operator (`5 flurbs/s`, `3 m/flurb`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from fluxem.domains.sign import MINUSES
from fluxem.domains.units import ALONE, COUNTED, MICRO, PREFIXABLE, PREFIXES, SYMBOLS, WORDS

MAX_FACTORS: Final = 8
"""Factors that detection takes."""
SPACE: Final = "[ \u00a0\u2009\u202f]"
"""What may stand between a number and its unit, and between units: space, no-break, thin, narrow no-break."""
_MINUS: Final = f"[{MINUSES}]"


def trie(words: Iterable[str]) -> str:
    """A fragment that matches any of the words, longest first, without trying each."""
    tree: dict[str, dict[str, object]] = {}
    for word in words:
        node = tree
        for character in word:
            node = node.setdefault(character, {})  # type: ignore[assignment]
        node[""] = {}
    return _branches(tree)


def _branches(node: dict[str, dict[str, object]]) -> str:
    ends = "" in node
    options: dict[str, list[str]] = {}
    for character in sorted(key for key in node if key):
        tail = _branches(node[character])  # type: ignore[arg-type]
        options.setdefault(tail, []).append(character)
    parts = [(_class(characters) + tail) for tail, characters in options.items()]
    if not parts:
        return ""
    if len(parts) == 1 and not ends:
        return parts[0]
    return f"(?:{'|'.join(parts)})" + ("?" if ends else "")


def _class(characters: list[str]) -> str:
    escaped = [re.escape(character) for character in characters]
    return escaped[0] if len(escaped) == 1 else f"[{''.join(escaped)}]"


_END: Final = r"(?:(?![^\W\d_²³¹⁰⁴-⁹])|(?<=[µμ][lL])(?=[A-Z][a-zA-Z]))"
"""No letter behind an atom; a superscript is none, though `\\w` takes it. Tables lose the space of `5 µlWater`."""


def _with_prefixes(table: Iterable[str], prefixes: Iterable[str], capitals: bool) -> str:
    """A trie of `table` in which what takes all prefixes stands once, behind an optional prefix."""
    names, signs = set(table), sorted(prefixes, key=len, reverse=True)
    roots = names & PREFIXABLE
    rest = names - roots - {sign + root for sign in signs for root in roots}
    if capitals:
        roots, rest = roots | {x.capitalize() for x in roots}, rest | {x.capitalize() for x in rest}
        signs += [sign.capitalize() for sign in signs]
    return f"(?:{trie(rest)}{_END}|(?:{trie(signs)})?{trie(roots)}{_END})"


_SYMBOL: Final = (
    rf"(?>(?:[°º˚⁰][ ]?[CFcKR]|deg\.?[ ]?[CF]|[xX×][ ]?g|[°º˚][ ](?:[Cc]elsius|[Cc]entigrade|[Ff]ahrenheit)){_END}|"
    + _with_prefixes((name for name in (*SYMBOLS, *ALONE) if name.isalpha()), [*PREFIXES, *MICRO], capitals=False)
    + rf"|(?:cm|mm)H2O{_END}|′′|[°º˚%‰′″℃℉])"
)
_DEGREES: Final = r"[Dd]eg(?:rees?)?\.?[ ](?:[Cc](?:elsius|elcius|entigrade)?|[Ff](?:ahrenheit|arenheit)?|[Kk]elvin)"
_NAME: Final = (
    rf"(?>(?:(?:[Ss]quare|[Cc]ubic)[ ])?(?:{_DEGREES}{_END}|"
    + _with_prefixes(WORDS, (name for name, _ in PREFIXES.values()), capitals=True)
    + rf")(?:[ ](?:squared|cubed){_END})?|(?:[Ss]q|[Cc]u)\.?[ ](?:mi|ft|in|km|m|cm|yd){_END})"
)
_NEGATIVE: Final = (
    rf"(?:\^\{{?{_MINUS}[0-9](?:/2)?\}}?|\^\({_MINUS}[0-9](?:/2)?\)|\*\*-[0-9]|⁻[¹²³⁴-⁹]"
    rf"|(?:{_MINUS}|(?<![^A-Za-z]in)(?<![^A-Za-z]as)(?:[ ]{_MINUS}|{_MINUS}[ ]))[1-4](?![0-9.,/]*[0-9]))"
)
_POSITIVE: Final = (
    r"(?:\^\{?[0-9](?:/2)?\}?|\^\([0-9]/2\)|\*\*[0-9]|[²³⁴]"
    r"|(?:(?<=m)|(?<=ft)|(?<=in))[23](?![0-9])|(?<=s)2(?![0-9])|(?:(?<=/.m)|(?<=/m))[ ][23](?![\w.,]))"
)
_ATOM: Final = f"(?:{_SYMBOL}(?:{_NEGATIVE}|{_POSITIVE}|[ ](?:squared|cubed){_END})?+|{_NAME})"
_COUNT: Final = rf"(?>{trie(sorted({*COUNTED, *(word + 's' for word in COUNTED)}))}{_END})"
_UNKNOWN: Final = r"[A-Za-z]{1,20}+"

_SPACE: Final = (
    # A power follows: `m s-1`, `kg m s−2`, `Ω cm2`.
    rf"[ ](?=(?:[A-Za-zµμΩΩÅ°]{{1,4}}[23²³]?[ ]){{0,2}}[A-Za-zµμΩΩÅ°]{{1,5}}{_NEGATIVE}|[cmdkµμu]?m[23²³](?![\w]))"
    # An everyday product: `N m`, `Pa s`, `kW h`, `Ω cm`.
    r"|(?:(?<=[NWVAJTΩΩC])|(?<=Pa)|(?<=[Oo]hm)|(?<=eV)|(?<=kg))[ ](?=(?:m|cm|mm|s|h|sr|rad)(?![\w]|[-−][0-9]))"
    # `N-m`, `ft-lb`, `kW-h`.
    r"|(?<=[NtWA])-(?=(?:m|lb|lbf|lbs|h|hr|s)(?![\w-]))"
    # Names: `newton metres`, `kilowatt hours`.
    r"|(?<=[nt]|s)[- ](?=(?:met|hour|second|pound|inch))"
)
_JOINER: Final = rf"(?:[ ]?/[ ]?|[ ]per[ ]|[ ]?[·⋅∙•×*][ ]?|\.(?=[A-Za-z]{{1,3}}[ ]?{_MINUS}|s\b)|{_SPACE})"
_BRACKET: Final = rf"\((?:{_ATOM}(?:(?:[ ]?[·⋅∙•*.×][ ]?|[ ])(?!\))|(?=\)))){{1,5}}\)"
_JOIN: Final = rf"(?:{_JOINER}(?:{_ATOM}|{_BRACKET})|(?:/|[ ]per[ ]){_COUNT})"
_PLAIN_UNIT: Final = (
    rf"(?>(?:(?:per[ ])?{_ATOM}|(?:{_COUNT}(?!\.|[ ][cmdkµμu]?m[23²³])|{_UNKNOWN}(?=/)|(?=/))(?={_JOIN}))"
    rf"{_JOIN}{{0,{MAX_FACTORS - 1}}}+(?:/{_UNKNOWN})?)"
)


_SIGNS: Final = "°˚⁰%‰′″℃℉/"
"""Characters, no letters, that begin a unit."""


def _names() -> set[str]:
    """All symbols and names that begin a unit, with their prefixes."""
    signs = sorted({*PREFIXES, *MICRO})
    symbols = {name for name in (*SYMBOLS, *ALONE) if name[0].isalpha()}
    symbols |= {sign + name for name in symbols & PREFIXABLE for sign in signs}
    names = {*WORDS, "square", "cubic", "sq", "cu", "deg", "per"}
    names |= {prefix + name for name in names & PREFIXABLE for prefix, _ in PREFIXES.values()}
    names |= {name[0].upper() + name[1:] for name in names}
    return symbols | names


def _beginnings(names: set[str], letters: int) -> str:
    """The first letters of `names`, or a whole shorter one."""
    whole = {name for name in names if len(name) < letters and name.isalpha()}
    return f"{trie({name[:letters] for name in names} - whole)}|{trie(whole)}{_END}"


_NAMES: Final = _names()
_SHOWN: Final = 5
"""Letters that are compared in a window."""
UNIT_OPENS: Final = (
    f"{_beginnings(_NAMES, _SHOWN)}|[µμ][lL][A-Z](?:[A-Za-z]|\\Z)|[{_SIGNS}]|[xX×](?:[ ]?g|[ ]?\\Z)"
    f"|(?:{trie({name[:length] for name in _NAMES for length in range(1, _SHOWN)})})?\\Z"
).replace("[ ]", SPACE)
"""What a unit looks like at least, for `Domain.opens`: its first letters, as far as the window shows them.

A name that only what stands behind it makes one (`5 flurbs/s`, `12 people per km2`) is not among them: `RELATIONS`.
"""
RELATIONS: Final = "/·•×*⋅⁻"
DASHES: Final = MINUSES
"""What makes any name behind a number a part of a unit: beside ` per ` and what is no byte of its own (`∙`), a
relation, but one to a number (`12 people * 3`), or a dash in front of a number (`12 people h-1`)."""
# Most words behind a number are no units (`12 people`), and the look-ahead tells so at a tenth of the tries' cost.
_GATE: Final = f"(?={_beginnings(_NAMES | set(COUNTED), 3)}|[^\\w\\s]|[⁰xX×o]|[A-Za-z]{{1,20}}+[ ]?/)"
UNIT: Final = (_GATE + _PLAIN_UNIT).replace("[ ]", SPACE)
"""A unit behind a number, as a fragment: atomic, bounded, without a capturing group."""
