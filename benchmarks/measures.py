"""What `accuracy.py` measures: sets, the part of their labels that is scored, and the bar.

A few labels are set aside by a rule, never one by one. Each rule stands in `RULES` with its reason; what it sets
aside is neither right nor wrong, like the labels that the sets themselves mark so.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

MAXIMA = ("records hit", "spans per million")
"""Measures of which less is better: the share of records with a forbidden span, and spans a million characters."""

Rule = Callable[[str, dict[str, Any]], bool]
"""(text of the record, labelled span): whether the span is scored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One row of the table."""

    files: tuple[str, ...]
    """Names of the sets, without ending."""
    types: str = ""
    """Comma-separated types to score; all where empty."""
    where: tuple[str, ...] = ()
    """Conditions on the labelled spans, KEY=VALUE."""
    rule: str = ""
    """Which of `RULES` the labelled spans must pass."""
    only: tuple[str, ...] = ()
    """Domains that our detector looks for; all where empty."""
    metric: str
    """`exact R`, `overlap P`, `values`, or one of `MAXIMA`."""
    bar: float | None = None
    """A minimum, or a maximum for `MAXIMA`; None where there is none."""

    @property
    def scored(self) -> str:
        """What is scored, for the table."""
        parts = [self.types, *self.where, self.rule, f"looking for {', '.join(self.only)} only" if self.only else ""]
        return " ".join(filter(None, parts)) or "all"

    def holds(self, figure: float) -> bool:
        """Whether `figure` passes."""
        return self.bar is None or (figure <= self.bar if self.metric in MAXIMA else figure >= self.bar)


# ---------------------------------------------------------------------------------------------- rules

_NUMERIC = re.compile(r"([0-9]{1,2})\s?([-/.])\s?([0-9]{1,2})\s?\2\s?([0-9]{4}|[0-9]{2})(?![0-9])")
_NAMED = re.compile(
    r"(?i)(?:([0-9]{1,2})(?:st|nd|rd|th)?[\s.,/-]*(?:of\s)?)?"
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[\s.,/-]*(?:([0-9]{1,2})(?:st|nd|rd|th)?[\s,]+)?([0-9]{4})"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def one_date(text: str, span: dict[str, Any]) -> bool:  # noqa: ARG001 - a rule like the others
    """No numeric date whose day and month can be swapped or whose year has two digits; no day that never was."""
    surface = span["surface"]
    numeric = _NUMERIC.search(surface)
    if numeric is not None and not re.match(r"[0-9]{4}", surface):
        first, second, year = int(numeric[1]), int(numeric[3]), numeric[4]
        return len(year) == 4 and (first == second or max(first, second) > 12) and _exists(year, first, second)
    named = _NAMED.search(surface)
    if named is None or not (named[1] or named[3]):
        return True
    return _exists(named[4], _MONTHS.index(named[2].lower()) + 1, int(named[1] or named[3]))


def _exists(year: str, month: int, day: int) -> bool:
    """Whether there is such a day, whichever of the two numbers is the month."""
    for a, b in ((month, day), (day, month)):
        try:
            dt.date(int(year), a, b)
        except ValueError:
            continue
        return True
    return False


def fraction_alone(text: str, span: dict[str, Any]) -> bool:
    """No operator and no parenthesis beside it: `38/123 + 1/41` is one expression."""
    before, after = text[: span["start"]].rstrip()[-1:], text[span["end"] :].lstrip()[:1]
    return before not in "+-*/^(" and after not in "+-*/^)" if before and after else bool(before or after)


def real_components(text: str, span: dict[str, Any]) -> bool:  # noqa: ARG001 - a rule like the others
    """No imaginary component: VECTOR is real-valued."""
    return "j" not in span["surface"]


RULES: dict[str, tuple[str, Rule]] = {
    "(one reading)": (
        (
            "dates that name one day: a numeric date whose day and month can be swapped, a year of two digits and a day"
            " that never was are failures by design"
        ),
        one_date,
    ),
    "(standing alone)": (
        (
            "fractions with neither operator nor parenthesis beside them: the labels mark every a/b, also inside"
            " `38/123 + 1/41`, which is one ARITHMETIC span for us, because the longest match wins"
        ),
        fraction_alone,
    ),
    "(real)": ("lists of real numbers: VECTOR holds no imaginary component", real_components),
}

# ---------------------------------------------------------------------------------------------- rows


def _rows(
    files: str,
    types: str,
    where: Sequence[str] = (),
    rule: str = "",
    only: Sequence[str] = (),
    **bars: float | None,
) -> list[Measure]:
    """One row for each `exact_R=0.95`-like bar."""
    names = tuple(files.split())
    return [
        Measure(
            files=names,
            types=types,
            where=tuple(where),
            rule=rule,
            only=tuple(only),
            metric=metric.replace("_", " "),
            bar=bar,
        )
        for metric, bar in bars.items()
    ]


def _hits(bar: float | None, names: str) -> list[Measure]:
    """A row each for sets in which nothing (of what a record lists) may be found."""
    return [Measure(files=(name,), metric="records hit", bar=bar) for name in names.split()]


_SINGLE = ("form=single", "unit_kind=symbol,word")
_MOMENTS = "DATE,TIME,DATETIME"
_FORMULAS = ("FORMULA", "COMPOSITION")
MEASURES: tuple[Measure, ...] = (
    *_rows("quantity_measeval", "QUANTITY", _SINGLE, exact_R=0.95, overlap_P=0.90),
    *_rows("quantity_wetlab", "QUANTITY", _SINGLE, overlap_R=0.95, overlap_P=0.96),
    *_rows("quantity_grobid", "QUANTITY", _SINGLE, overlap_R=0.93, overlap_P=None),
    *_rows("materials_syntheses", "QUANTITY", _SINGLE, overlap_R=0.96, overlap_P=None),
    *_rows("quantity_quantulum", "QUANTITY", overlap_R=None, overlap_P=None),
    *_rows("quantity_recognizers", "QUANTITY", overlap_R=None, overlap_P=None),
    *_rows("quantity_recognizers_multi", "QUANTITY", overlap_P=None),
    *_rows("sofc_exp", "QUANTITY", ("form=single",), overlap_R=None),
    *_rows("measurement_mathsdata", "QUANTITY", overlap_R=0.95),
    *_rows("arithmetic_gsm8k", "ARITHMETIC", ["form=plain"], exact_R=0.97, exact_P=0.99, values=0.999),
    *_rows("arithmetic_aqua", "ARITHMETIC", exact_R=None, values=None),
    *_rows("arithmetic_mathsdata", "ARITHMETIC", exact_R=0.99, values=1.0),
    *_rows("rational_mathsdata", "RATIONAL", rule="(standing alone)", exact_R=0.99, values=1.0),
    *_rows("rational_mathsdata", "RATIONAL", exact_R=None, overlap_R=None),
    *_rows("chemistry_textbook", "FORMULA", ["form=plain"], only=_FORMULAS, overlap_R=0.95, overlap_P=0.97),
    *_rows("chemistry_textbook", "REACTION", overlap_R=None),
    *_rows("formula_synthesis", "FORMULA", overlap_R=0.97),
    *_rows("formula_tables", "FORMULA", overlap_R=0.97),
    *_rows("materials_syntheses", "FORMULA", overlap_R=None),
    *_rows("reaction_synthesis", "REACTION", overlap_R=0.90),
    *_rows("reaction_cantera", "REACTION", overlap_R=0.90),
    *_rows("docs_examples", "VECTOR", rule="(real)", overlap_R=0.97),
    *_rows("docs_examples", "MATRIX", overlap_R=0.97),
    *_rows("docs_examples", "COMPLEX", overlap_R=None),
    *_rows("docs_examples", "POLYNOMIAL", ["form=expanded"], overlap_R=0.95),
    *_rows("docs_docstrings", "VECTOR", rule="(real)", overlap_R=0.97),
    *_rows("docs_docstrings", "MATRIX", overlap_R=0.97),
    *_rows("docs_docstrings", "COMPLEX", overlap_R=0.97),
    *_rows("docs_docstrings", "POLYNOMIAL", ["form=expanded"], overlap_R=0.95),
    *_rows("polynomial_mathsdata", "POLYNOMIAL", ["form=expanded"], overlap_R=0.95),
    *_rows("sequence_fasta", "DNA", ["form=upper"], overlap_R=0.99),
    *_rows("sequence_fasta", "RNA", ["form=upper"], overlap_R=0.99),
    *_rows("sequence_fasta", "PROTEIN", ["form=upper"], overlap_R=None),
    *_rows("sequence_prose", "DNA", overlap_R=None, overlap_P=None),
    *_rows("datetime_recognizers datetime_tests", _MOMENTS, rule="(one reading)", overlap_R=0.95),
    *_rows("datetime_recognizers datetime_tests", _MOMENTS, overlap_R=None),
    *_rows("datetime_recognizers datetime_tests", "DURATION", ["form=single"], overlap_R=None),
    *_rows("date_gum", "DATE,TIME", rule="(one reading)", overlap_R=0.95),
    *_rows("measurement_mathsdata", "TIME", overlap_R=0.95),
    *_rows("music_docs", "PITCH", ["form=plain"], overlap_R=0.95),
    *_rows("music_names", "PITCH", ["form=plain"], overlap_R=0.95),
    *_rows("music_names", "CHORD,SCALE", overlap_R=None),
    *_hits(0.001, "tricky_novel_symbols"),
    *_hits(0.005, "tricky_identifiers tricky_ids tricky_versions tricky_years"),
    *_hits(0.03, "tricky_acronyms tricky_units tricky_codes tricky_ranges tricky_sharp tricky_acgt tricky_citations"),
    *_hits(0.03, "datetime_negatives"),
    *_hits(None, "tricky_novel_numbers"),
    Measure(
        files=("tricky_versions",),
        types="FORMULA,REACTION,DNA,RNA,PROTEIN,PITCH,CHORD,SCALE,ARITHMETIC,COMPLEX,VECTOR,MATRIX,RATIONAL,POLYNOMIAL",
        metric="records hit",
        bar=0.005,
    ),
    Measure(
        files=("corpora/books",), types="FORMULA,REACTION,DNA,PITCH,CHORD,ARITHMETIC", metric="spans per million", bar=2
    ),
)  # fmt: skip
