"""Values against labels: what parse + encode + decode make of every labelled span that says what it is worth.

    python benchmarks/values.py --data DIR [--only arithmetic] [--write]

Each span of a set that carries `value`, `composition`, `coefficients` or `balanced` is read by its domain's encoder,
encoded, decoded and compared, exactly. Quantities are compared in coherent SI, the unit as pint reads it; what pint
does not know is not compared. One row a set and form: compared, agree, failed (with the reasons), disagree; then all
that disagrees, with the reason. `--write` puts it into docs/values.md. Exit code 1 where a bar is missed or a
disagreement has no reason.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pint

from fluxem.domains import DOMAINS
from fluxem.domains.domain import Failure
from fluxem.domains.quantity_text import Quantity
from fluxem.encoding.number_block import simplest
from fluxem.vocabulary import DomainType

Span = Mapping[str, Any]

DOCUMENT = Path(__file__).parent.parent / "docs" / "values.md"
COMMAND = "python benchmarks/values.py --data DIR --write"
BARS: tuple[tuple[str, str, float], ...] = (
    ("arithmetic_", "", 0.999),
    ("rational_mathsdata", "", 0.999),
    ("polynomial_mathsdata", "expanded", 0.999),
    ("formula_", "plain", 1.0),
    ("formula_", "hydrate fractional", 0.98),
)
"""Beginning of the sets' name, forms, and the least share that agrees."""


REASONS: tuple[tuple[str, str, str], ...] = (
    ("chemistry_textbook", "BF4|Zr", "the label counts atoms only; the charges differ"),
    ("date_gum", "1782", "mistyped in the label"),
    ("datetime_tests", r"\.678|9:01:10", "the label leaves out what is finer"),
    ("datetime_tests", "^3:30$", "the label takes its half of the day from the sentence"),
    ("datetime_tests", "kg|milligrams", "the label belongs to another number of the sentence"),
    ("materials_syntheses", r"\.[0-9]H2O", "the label reads the full stop before the water as a decimal point"),
    ("materials_syntheses", "12 h", "the label belongs to another number of the sentence"),
    ("quantity_grobid", "grains", "the text counts grains; pint has the mass of a grain"),
    ("quantity_grobid", "Oe", "pint's oersted is Gaussian; ours is 1000/(4 pi) A/m"),
    ("quantity_quantulum", "30 C", "behind a space, C is the coulomb; the label has degrees from the sentence"),
    ("quantity_quantulum", "W/min", "the label's unit text is `e-3 W/min`, which pint reads otherwise"),
    ("quantity_recognizers_multi", "acres", "pint's acre is that of the US survey; ours the international one"),
    ("quantity_recognizers_multi", "mil", "pint takes mil for an angle"),
    ("reaction_cantera", r"CH2\(S\)", "(S) names a state, the label counts it as sulfur"),
    ("reaction_synthesis", r"\.[0-9]H2O", "the label reads the full stop before the water as a decimal point"),
)
"""Beginning of the set's name, a pattern of the text, and why ours is not the label's value."""

HEAD = f"""# Values against labels

Every labelled span that says what it is worth, read, encoded, decoded and compared exactly, by

    {COMMAND}

Labels that are Python doubles (15 digits and more) are compared as such; reactions are compared in whether they
balance; quantities in coherent SI, the label's unit as pint reads it, and not at all where it cannot. What fails has no
vector: it stays text, under the reason shown.
"""
BETWEEN = (
    "",
    "What fails, and why that is right: reactions of more than 4,095 atoms a side once their fractions are cleared",
    "(`limit_exceeded`); complex entries in lists, dates without a day, oxidation numbers, and what labels cut badly",
    "(`invalid_value`); `8/10/2012`, whose day may be its month (`ambiguous`); units that nobody defines",
    "(`unknown_unit`); decimals that end beyond the 48th digit (`out_of_range`).",
    "",
    "What disagrees:",
    "",
)


@dataclass(slots=True)
class Tally:
    """What became of the spans of one row."""

    agree: int = 0
    """Read, encoded and decoded to the label's value, exactly."""
    failed: Counter[str] = field(default_factory=Counter)
    """Reasons of those that have no code."""
    disagree: list[tuple[str, str]] = field(default_factory=list)
    """Those with another value: the surface, and ours beside the label's."""

    @property
    def compared(self) -> int:
        """All of them."""
        return self.agree + sum(self.failed.values()) + len(self.disagree)

    @property
    def share(self) -> float:
        """How many agree, of all."""
        return self.agree / max(1, self.compared)


# ------------------------------------------------------------------------------------------- what labels mean


def _exact(number: object) -> Fraction:
    return Fraction(str(number))


def _counts(span: Span) -> dict[str, Fraction]:
    return {key: _exact(count) for key, count in span["composition"].items() if count}


def _polynomial(span: Span) -> dict[tuple[str, int], Fraction] | None:
    """Coefficients by (variable, exponent); None with several variables, which the domain does not have."""
    out = {}
    for monomial, coefficient in span["coefficients"].items():
        variable, _, exponent = monomial.partition("^")
        if "*" in monomial:
            return None
        out["" if monomial == "1" else variable, int(exponent or monomial != "1")] = Fraction(coefficient)
    return out if len({variable for variable, _ in out} - {""}) < 2 else None


def _own_polynomial(value: Any) -> dict[tuple[str, int], Fraction]:  # noqa: ANN401 - any domain's value
    variable, coefficients = value
    return {(variable if power else "", power): Fraction(c) for power, c in enumerate(coefficients) if c}


def _numbers(value: Any) -> Any:  # noqa: ANN401 - numbers, or nested lists of them
    return [_numbers(part) for part in value] if isinstance(value, list | tuple) else _exact(value)


def _same(own: Any, gold: Any) -> bool:  # noqa: ANN401
    """Equal; where the label shows a double, 15 digits or more, equal to its precision."""
    if isinstance(own, Quantity):
        return _same_quantity(own, gold)
    if isinstance(own, list) and isinstance(gold, list):
        return len(own) == len(gold) and all(map(_same, own, gold))
    if own == gold or not (isinstance(own, Fraction) and isinstance(gold, Fraction)):
        return bool(own == gold)
    digits = str(gold.numerator * 10**40 // gold.denominator).strip("-0")
    return len(digits) >= _DOUBLE_DIGITS and abs(own - gold) <= abs(own) / 10**_DOUBLE_DIGITS * 5


@cache
def _registry() -> pint.UnitRegistry:
    return pint.UnitRegistry(non_int_type=Fraction, cache_folder=None, on_redefinition="ignore")


_DOUBLE_DIGITS = 15
_ROOTS = ("second", "meter", "gram", "ampere", "kelvin", "mole", "candela", "radian", "bit")
_DEGREES = re.compile(r"(?:deg(?:rees?)?\.?|[°º˚])?\s?([CcFf])(?:elsius|ahrenheit|entigrade)?\.?\Z")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


@cache
def _pint_unit(unit: str) -> tuple[Fraction, Fraction, tuple[Fraction, ...]] | None:
    """Factor, offset and exponents of a unit to coherent SI, as pint reads it; None where it does not."""
    text = re.sub("[⁰¹²³⁴-⁹⁻]+", lambda raised: f"**{raised[0].translate(_RAISED)}", unit.strip())
    text = re.sub(r"(?<=[A-Za-z])\s?[-−]([0-9])", r"**-\1", text.replace("·", "*").replace("⋅", "*")).replace("^", "**")
    text = _DEGREES.sub(lambda degrees: f"deg{degrees[1].upper()}", text)
    text = re.sub(r"(?<=[A-Za-z])\s+(?=[A-Za-z])", " * ", text) if "/" in text or "**" in text else text
    try:
        one, two = (_registry().Quantity(n, _registry().parse_units(text)).to_root_units() for n in (1, 2))
    except (pint.errors.PintError, TypeError, AttributeError, ValueError, KeyError, AssertionError):
        return None
    powers = {name: Fraction(power) for name, power in one._units.items() if name != "count"}
    if not powers.keys() <= set(_ROOTS):
        return None
    scale = Fraction(1000) ** int(powers.get("gram", 0))
    factor = (Fraction(two.magnitude) - Fraction(one.magnitude)) / scale
    exponents = tuple(powers.get(root, Fraction(0)) for root in _ROOTS)
    return factor, Fraction(one.magnitude) / scale - factor, exponents


def _quantity(span: Span) -> Quantity | None:
    """The quantity of value and unit, by pint; None where pint has no such unit, or the label no plain number."""
    value = re.sub(r",(?=[0-9]{3}(?![0-9]))", "", str(span["value"])).replace("−", "-").replace(",", ".").strip()
    unit = _pint_unit(str(span.get("unit") or ""))
    if not span.get("unit") or unit is None or not re.fullmatch(r"[-+]?[0-9]*\.?[0-9]+(?:e[-+]?[0-9]+)?", value):
        return None
    factor, offset, exponents = unit
    total = simplest(Fraction(value) * factor + offset)
    return Quantity(total, tuple(map(simplest, exponents)), bool(offset))


def _same_quantity(own: Quantity, gold: Quantity) -> bool:
    """Equal, or as near as the 48th digit where ours was rounded there; pint has pi as a float."""
    near = abs(own.value - gold.value) <= max(Fraction(1, 10**48), abs(gold.value) / 10**12 if own.rounded else 0)
    return near and own.dimension == gold.dimension


def _instant(span: Span) -> date | time | datetime | None:
    for kind in (date, time, datetime):
        try:
            return kind.fromisoformat(span["value"])
        except ValueError:
            continue
    return None


Gold = Callable[[Span], Any]
Own = Callable[[Any], Any]
READINGS: dict[DomainType, tuple[str, Gold, Own]] = {
    DomainType.ARITHMETIC: ("value", lambda span: _exact(span["value"]), Fraction),
    DomainType.RATIONAL: ("value", lambda span: _exact(span["value"]), Fraction),
    DomainType.FORMULA: ("composition", _counts, lambda counts: counts),
    DomainType.COMPOSITION: ("composition", _counts, lambda counts: counts),
    DomainType.POLYNOMIAL: ("coefficients", _polynomial, _own_polynomial),
    DomainType.REACTION: ("balanced", lambda span: span["balanced"], lambda sides: sides[0] == sides[1]),
    DomainType.QUANTITY: ("value", _quantity, lambda quantity: quantity),
    DomainType.VECTOR: ("value", lambda span: _numbers(span["value"]), _numbers),
    DomainType.MATRIX: ("value", lambda span: _numbers(span["value"]), _numbers),
    DomainType.COMPLEX: ("value", lambda span: _numbers(span["value"]), _numbers),
    DomainType.DATE: ("value", _instant, lambda value: value),
    DomainType.TIME: ("value", _instant, lambda value: value),
    DomainType.DATETIME: ("value", _instant, lambda value: value.replace(tzinfo=None)),
}
"""By domain: the field of the label, the label's value (None: not comparable), and ours in the same terms."""


# -------------------------------------------------------------------------------------------------- measuring


def _domain_of(span: Span) -> DomainType | None:
    name = span["type"]
    if name == "FORMULA" and any(_exact(count).denominator != 1 for count in span.get("composition", {}).values()):
        return DomainType.COMPOSITION
    return DomainType[name] if name in DomainType.__members__ else None


def _check(domain: DomainType, span: Span, tally: Tally) -> None:
    field_name, gold_of, own_of = READINGS[domain]
    gold = gold_of(span) if field_name in span else None
    if gold is None:
        return
    encoder = DOMAINS[domain].encoder
    value = encoder.prepare(span["surface"])
    if isinstance(value, Failure):
        tally.failed[value.reason.name.lower()] += 1
        return
    own = own_of(encoder.decode(encoder.encode(value)))
    if _same(own, gold):
        tally.agree += 1
    else:
        tally.disagree.append((span["surface"], f"{_shown(own)}, label {_shown(gold)}"))


def _shown(value: Any) -> str:  # noqa: ANN401 - any domain's value
    if isinstance(value, dict):
        return " ".join(f"{key} {count}" for key, count in value.items())
    return str(value)


def tally_set(path: Path) -> dict[tuple[str, str], Tally]:
    """Tallies of one set by (domain, form)."""
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        for span in (span for line in handle for span in json.loads(line).get("spans", ())):
            domain = _domain_of(span)
            if domain in READINGS:
                form = "third body" if span.get("third_body") else str(span.get("form") or "all")
                _check(domain, span, tallies[span["type"], form])
    return {key: tally for key, tally in tallies.items() if tally.compared}


def rows(tallies: Mapping[str, Mapping[tuple[str, str], Tally]]) -> Iterator[str]:
    """The table."""
    yield "| set | type | form | compared | agree | failed | disagree |"
    yield "|---|---|---|---|---|---|---|"
    for name, by_form in tallies.items():
        for (kind, form), tally in sorted(by_form.items()):
            failed = ", ".join(f"{reason} {count}" for reason, count in tally.failed.most_common()) or "0"
            yield (
                f"| {name} | {kind} | {form} | {tally.compared} | {tally.agree} | {failed} | {len(tally.disagree)} |"
            )


def explained(tallies: Mapping[str, Mapping[tuple[str, str], Tally]]) -> Iterator[str]:
    """What disagrees, once each, with the reason; `?` where none is known."""
    yield "| set | text | ours | reason |"
    yield "|---|---|---|---|"
    for name, by_form in tallies.items():
        for surface, values in sorted({line for tally in by_form.values() for line in tally.disagree}):
            reasons = [why for sets, pattern, why in REASONS if name.startswith(sets) and re.search(pattern, surface)]
            yield f"| {name} | `{surface}` | {values} | {reasons[0] if reasons else '?'} |"


def missed_bars(tallies: Mapping[str, Mapping[tuple[str, str], Tally]]) -> list[str]:
    """Which bars are missed, in words."""
    out = []
    for beginning, forms, bar in BARS:
        chosen = [
            tally
            for name, by_form in tallies.items()
            for (_, form), tally in by_form.items()
            if name.startswith(beginning) and (not forms or form in forms.split())
        ]
        agree, compared = sum(tally.agree for tally in chosen), sum(tally.compared for tally in chosen)
        if compared and agree < bar * compared:
            out.append(f"{beginning} {forms}: {agree} of {compared}, expected {bar:.1%}")
    return out


def main() -> int:
    """Compare everything, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of labelled sets")
    parser.add_argument("--only", default="", help="only sets whose name contains this")
    parser.add_argument("--write", action="store_true", help="put the table into docs/values.md")
    arguments = parser.parse_args()
    paths = [path for path in sorted(arguments.data.glob("*.jsonl.gz")) if arguments.only in path.name]
    tallies = {path.name.removesuffix(".jsonl.gz"): tally_set(path) for path in paths}
    table = list(rows({name: by_form for name, by_form in tallies.items() if by_form}))
    lines = ["", *explained(tallies)]
    missed = [f"missed: {line}" for line in missed_bars(tallies)]
    missed += [f"no reason known: {line}" for line in lines if line.endswith("| ? |")]
    print(*table, *lines, *missed, sep="\n")
    if arguments.write:
        DOCUMENT.write_text("\n".join([HEAD, *table, *BETWEEN, *lines]) + "\n", encoding="utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
