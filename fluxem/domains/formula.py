r"""FORMULA: a chemical formula with whole counts, holding its composition.

Grammar: `fluxem.domains.formula_text`. Inside a text the state of matter, `(aq)`, is not part of a formula, nor
are brackets around one. Formulas with a variable (`La1-xSrxMnO3`) or an oxidation number are no candidates.

Code. Dims 8-125 count atoms of Z = 1..118, dim 126 is the charge, dim 127 counts deuterium
(`fluxem.domains.element_counts`). The payload is literal: a sum of encodings is a mixture, n times one is n
formula units, and the molar mass is a fixed linear functional. Counts below 2**24.

Evidence: `fluxem.domains.formula_rating` and `fluxem.domains.formula_evidence`. A document that is nothing but the
candidate is a formula, unless it is a word (`No`), one symbol with a small number that may be a pitch (`C4`) or a
chord (`C13`), spelled with an explicit 1 (`H1N1`), or an acronym (`FBI`, `HIV`; not the likes of `HCO`). In a text a
sure form counts by itself (`Na2SO4`, `NaCl`, `H2O`), a likely one where chemistry is near (`CO`, `H2`), any other
never. What has digits and fails is `ambiguous`; letters alone are plain text.

An ending `-` or `+` is a charge only behind a known ion (`NO3-`, `NH4+`): `CO2-` in `CO2- and` is no anion. An
ion of one atom (`Na+`, `Ca^2+`) counts alone and inside a reaction. A formula in front of a `+` that it cannot hold
(`VO2+,`) lacks its charge, and is none, as in `HPO4^2 −`, `SO4(2-)` and `O2•−`; so is one of a series (`N1 and N2`,
`D2`), with an index or a label (`F2,57`, `Table S8`), beside a set (`HI⊂I`), or of biology (`VO2 max`, `BH3-only`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar, Final, cast

import numpy as np
import numpy.typing as npt

from fluxem.domains.domain import BoolArray, Context, Domain, DomainEncoder, Failure, Verdict
from fluxem.domains.element_counts import CHARGE, DIMS, Count, hill_keys, pack_counts, read_counts, write_counts
from fluxem.domains.elements import DEUTERIUM, DEUTERIUM_MASS, ELECTRON_MASS, ELEMENTS, words
from fluxem.domains.formula_columns import write_compositions, write_plain_formulas
from fluxem.domains.formula_evidence import is_numbered, is_of_biology, near_chemistry, shouted
from fluxem.domains.formula_grammar import OPENS, WHOLE, formula_fragments, stands_inside, trim_formula
from fluxem.domains.formula_rating import Form, rate_text
from fluxem.domains.formula_text import read_formula
from fluxem.domains.message import shown
from fluxem.domains.sign import MINUSES
from fluxem.encoding.header import EXACT_INTEGER_LIMIT, FloatArray, code_vector, expect_header, fresh_code
from fluxem.errors import DecodeError
from fluxem.vocabulary import DomainType, FailureReason

Composition = dict[str, Count]

WEIGHTS: Final[Mapping[str, Fraction]] = {element.symbol: element.weight for element in ELEMENTS} | {
    DEUTERIUM: DEUTERIUM_MASS,
    CHARGE: -ELECTRON_MASS,
}
"""Molar mass of each key of a value in g/mol: `molar_mass` is their sum, times the counts."""


_KEYS: Final = frozenset(DIMS)


class MoleculeEncoder(DomainEncoder[Composition]):
    """Compositions: takes a formula's text, or a dict of counts by symbol, with `charge` where it is not 0.

    >>> encoder = MoleculeEncoder()
    >>> mixture = encoder.encode("2 H2O"[2:]) + encoder.encode({"Na": 1, "Cl": 1})
    >>> encoder.decode_sum(mixture)
    {'Cl': 1, 'H': 2, 'Na': 1, 'O': 1}
    """

    domain: ClassVar[DomainType] = DomainType.FORMULA
    scale: ClassVar[int] = 1
    """What a count is multiplied with in the code."""

    def write_columns(self, vectors: FloatArray, values: Sequence[object]) -> BoolArray | None:
        """Texts, or dicts, go through columns where counts are whole."""
        kinds = set(map(type, values))
        if self.scale != 1 or len(kinds) > 1:
            return None
        if kinds == {str}:
            return write_plain_formulas(vectors, cast(Sequence[str], values))
        return write_compositions(vectors, cast(Sequence[Composition], values)) if kinds == {dict} else None

    def parse(self, text: str) -> Composition | Failure:
        """The composition that `text` stands for."""
        return read_formula(text)

    def normalize(self, value: object) -> Composition | Failure:
        """A dict of positive counts that fit; zeros are dropped.

        Returns a Failure `invalid_value`, `unknown_element`, or `limit_exceeded` (too many, or too many decimals).
        """
        if not isinstance(value, Mapping) or not value:
            return Failure(FailureReason.INVALID_VALUE, f"expected counts by symbol, got {shown(value)}")
        if not _KEYS.issuperset(value):
            key = next(key for key in value if key not in _KEYS)
            return Failure(FailureReason.UNKNOWN_ELEMENT, f"expected the symbol of an element, got {shown(key)}")
        limit = (EXACT_INTEGER_LIMIT - 1) // self.scale
        for count in value.values():
            if type(count) is not int or not 0 < count <= limit:
                return self._normalize_slowly(value, limit)
        return dict(value)

    def _normalize_slowly(self, value: Mapping[str, Any], limit: int) -> Composition | Failure:
        out: Composition = {}
        for key, count in value.items():
            whole = isinstance(count, int | Fraction) and not isinstance(count, bool)
            if not whole or (count < 0 and key != CHARGE):
                return Failure(FailureReason.INVALID_VALUE, f"expected a count of {key}, got {shown(count)}")
            if abs(count) * self.scale >= EXACT_INTEGER_LIMIT:
                return Failure(FailureReason.LIMIT_EXCEEDED, f"expected at most {limit} of {key}")
            if self.scale % count.denominator:
                reason = FailureReason.INVALID_VALUE if self.scale == 1 else FailureReason.LIMIT_EXCEEDED
                return Failure(reason, f"expected a count in units of 1/{self.scale}, got {shown(count)}")
            if count:
                out[key] = count.numerator if count.denominator == 1 else count
        return out or Failure(FailureReason.INVALID_VALUE, "expected at least one count other than 0")

    def write(self, vectors: FloatArray, values: Sequence[Composition]) -> None:
        """Counts, charge and deuterium."""
        write_counts(vectors, values, self.scale)

    def write_one(self, value: Composition) -> FloatArray:
        """Counts, charge and deuterium of one composition."""
        code = fresh_code(self.domain)
        pack_counts(code, value, self.scale)
        return code_vector(code)

    def read(self, vector: FloatArray) -> Composition:
        """Composition in Hill order, the charge last."""
        counts = read_counts(vector)
        if self.scale == 1:
            return dict(counts)
        scaled = {key: Fraction(count, self.scale) for key, count in counts.items()}
        return {key: count.numerator if count.denominator == 1 else count for key, count in scaled.items()}

    def decode_sum(self, vector: npt.ArrayLike) -> Composition:
        """The composition of a mixture: of up to 2**24 added encodings, exact while each count is below 2**24.

        Raises:
            DecodeError: another domain, or a count beyond the limit.
        """
        return self.read(expect_header(vector, self.domain, EXACT_INTEGER_LIMIT)[0])

    def canonical(self, vector: npt.ArrayLike) -> FloatArray:
        """The encoding of the composition that a raw sum stands for: the same payload, weight 1.

        Raises:
            DecodeError: as for `decode_sum`.
        """
        return self.code_of(self.decode_sum(vector))

    def mixture(self, *vectors: npt.ArrayLike) -> FloatArray:
        """The encoding of everything in `vectors` together.

        Raises:
            DecodeError: a vector is none of this domain, or a count gets too large.
        """
        arrays = [expect_header(vector, self.domain, EXACT_INTEGER_LIMIT)[0] for vector in vectors]
        return self.canonical(np.sum(arrays, axis=0, dtype=np.float64))

    def multiple(self, vector: npt.ArrayLike, times: int) -> FloatArray:
        """The encoding of `times` (1 or more) formula units of what `vector` holds.

        Raises:
            DecodeError: `vector` is none of this domain, or a count gets too large.
        """
        return self.code_of({key: count * times for key, count in self.decode_sum(vector).items()})

    def molar_mass(self, value: object) -> Fraction:
        """Molar mass in g/mol, exact in the documented weights; of a text, a value, or a (sum of) encodings.

        Electrons are counted: the mass of a cation is that of its atoms less `charge` electrons.

        Raises:
            DecodeError: it has no composition.
        """
        counts = self._counts(value)
        return sum((WEIGHTS[key] * count for key, count in counts.items()), Fraction(0))

    def hill(self, value: object) -> str:
        """The formula in the Hill system, with its charge as `^2-`; of a text, a value, or a (sum of) encodings.

        Raises:
            DecodeError: it has no composition.
        """
        counts = self._counts(value)
        charge = counts.get(CHARGE, 0)
        body = "".join(f"{key}{_subscript(counts[key])}" for key in hill_keys(counts) if key != CHARGE)
        return f"{body}^{_subscript(-charge if charge < 0 else charge)}{'+' if charge > 0 else '-'}" if charge else body

    def _counts(self, value: object) -> Composition:
        if isinstance(value, np.ndarray | list | tuple):
            return self.decode_sum(value)
        prepared = self.prepare(value)
        if isinstance(prepared, Failure):
            raise DecodeError(prepared.detail, prepared.reason)
        return prepared


def _subscript(count: Count) -> str:
    """`count`, a whole number of thousandths, as a decimal; nothing for 1."""
    if count.denominator == 1:
        return "" if count == 1 else str(count.numerator)
    whole, rest = divmod(int(count * 1000), 1000)
    return f"{whole}.{rest:03d}".rstrip("0")


# ---------------------------------------------------------------------------------------------- detection

_DIGIT = re.compile(r"[0-9₀-₉]")
_PITCH_LIKE = re.compile(r"(?!C[67]0)(?:[BCF]|Db)[0-9]{1,2}\Z")
_ACETATE = re.compile(r"[A-Za-z0-9)(]Ac")
_SMALL_MOLECULE = re.compile(r"(?=[CF]{0,4}[HNO])[HCNOF]{2,5}\Z|H[BCNP][NOS]\Z|[BCKNPSUVWY][FHNO]\Z")
"""Capitals that tables of small molecules and radicals list: hydrides, oxides, cyanides. `FBI` is none of them."""
_CHARGED = re.compile(
    rf"\+(?![\w+])|-->|\^|[ ]?\([1-9]?[{MINUSES}+]\)|[ ][1-4][{MINUSES}+](?!\w)|[•·⋅∙][{MINUSES}+]"
    r"|[⊂⊆∈]|\$[_^]|~[0-9]|<su[bp]>|[ ]?[·.]?[ ]?[0-9]{1,2}[ ]?H2O(?![A-Za-z0-9])"
)
"""What stands behind a formula that lacks its charge: `VO2+,`, `HPO4^2 −`, `SO4(2-)`, `SO4 2-`, `O2•−`; that lacks its
water (`CuSO4 5H2O`); or behind a set."""
_GROUP = re.compile(r"\([A-Za-z0-9]+\)[0-9]*\Z")
_CATION_BEFORE = re.compile(r"(?<![A-Za-z0-9])[A-Z][a-z]?[0-9]{0,2}[ ]\Z")
"""`Al2 (SO4)3`: the group is a part."""
_CODE_LIKE = re.compile(r"[A-Z][a-z]?1(?![0-9])|[0-9]{4}")
_WORDS: Final = words(
    "A I V He In As At No Be Am Es Os Po Pa La Ho Er Ti Mo Ra Al Ne C B F K S P U W Y H N O D "
    "NO ON IN SO US UP OK UK UN BY OF IF WHO HOW NOW IS BUS NaN YES CoS"
)


def _judge(context: Context) -> Verdict:
    """The evidence rules of the module's docstring."""
    surface = context.surface
    form = rate_text(surface)
    if form is None:
        return Verdict.TEXT
    if context.alone:
        return Verdict.SPAN if _stands_alone(surface) else _unproven(surface)
    if form is Form.WEAK or stands_inside(context) or _is_part(context) or is_of_biology(context):
        return _unproven(surface)
    if form is Form.SURE:
        return Verdict.SPAN
    doubt = shouted(context) if surface.isalpha() else is_numbered(context)
    return Verdict.SPAN if not doubt and near_chemistry(context) else _unproven(surface)


def _is_part(context: Context) -> bool:
    """Whether its charge, its water or its cation stands apart."""
    if _CHARGED.match(context.after(10)):
        return True
    return (
        context.surface[0] == "("
        and _GROUP.match(context.surface) is not None
        and _CATION_BEFORE.search(context.before(6)) is not None
    )


def _is_word(letters: str) -> bool:
    """Whether letters never are a formula inside a text."""
    return rate_text(letters) in (None, Form.WEAK)


def _unproven(surface: str) -> Verdict:
    """Letters alone are a word; with digits they are a code that might have been a formula."""
    return Verdict.AMBIGUOUS if _DIGIT.search(surface) else Verdict.TEXT


def _stands_alone(surface: str) -> bool:
    """Whether a document that is nothing but `surface` is a formula: no word, no pitch, no code."""
    if surface in _WORDS or _PITCH_LIKE.match(surface) or _ACETATE.search(surface):
        return False
    if surface.isalpha() and surface.isupper() and len(surface) > 1 and rate_text(surface) is Form.WEAK:
        return _SMALL_MOLECULE.match(surface) is not None
    return not (_CODE_LIKE.search(surface) and surface.upper() == surface)


FORMULA: Final = Domain(
    encoder=MoleculeEncoder(),
    follows=formula_fragments(WHOLE),
    opens=OPENS,
    dull=_is_word,
    judge=_judge,
    trim=trim_formula,
    examples=(
        ("H2O", "{'H': 2, 'O': 1}"),
        ("C6H12O6", "{'C': 6, 'H': 12, 'O': 6}"),
        ("NaCl", "{'Cl': 1, 'Na': 1}"),
        ("CO", "{'C': 1, 'O': 1}"),
        ("(NH4)2SO4", "{'H': 8, 'N': 2, 'O': 4, 'S': 1}"),
        ("CuSO4·5H2O", "{'Cu': 1, 'H': 10, 'O': 9, 'S': 1}"),
        ("CuSO4*5H2O", "{'Cu': 1, 'H': 10, 'O': 9, 'S': 1}"),
        ("MgCl2.6H2O", "{'Cl': 2, 'H': 12, 'Mg': 1, 'O': 6}"),
        ("SO4^2-", "{'O': 4, 'S': 1, 'charge': -2}"),
        ("[Fe(CN)6]^3-", "{'C': 6, 'Fe': 1, 'N': 6, 'charge': -3}"),
        ("Fe3+", "{'Fe': 1, 'charge': 3}"),
        ("NH4+", "{'H': 4, 'N': 1, 'charge': 1}"),
        ("Na+", "{'Na': 1, 'charge': 1}"),
        ("CO₃²⁻", "{'C': 1, 'O': 3, 'charge': -2}"),
        ("H_2O", "{'H': 2, 'O': 1}"),
        ("H_{2}O", "{'H': 2, 'O': 1}"),
        ("D2O", "{'D': 2, 'O': 1}"),
    ),
    rejects=(
        ("Xx2O3", FailureReason.UNKNOWN_ELEMENT),
        ("A4", FailureReason.UNKNOWN_ELEMENT),
        ("Ca(OH2", FailureReason.UNBALANCED_BRACKETS),
        ("Ca(OH]2", FailureReason.UNBALANCED_BRACKETS),
        ("H0", FailureReason.INVALID_VALUE),
        ("2H2O", FailureReason.INVALID_VALUE),
        ("Fe(III)", FailureReason.INVALID_VALUE),
        ("La0.8Sr0.2MnO3", FailureReason.INVALID_VALUE),
        ("La1-xSrxMnO3", FailureReason.INVALID_VALUE),
        ("H99999999", FailureReason.LIMIT_EXCEEDED),
        ("(" * 40 + "H" + ")" * 40, FailureReason.LIMIT_EXCEEDED),
        ("", FailureReason.INVALID_VALUE),
        ("+", FailureReason.INVALID_VALUE),
    ),
)
