"""VECTOR: a flat list of numbers, `[1, 2, 3]`, `[0.5, -1, 2e3]`, `[ 1.  2.  3.]`.

Grammar: `fluxem.domains.bracketed`. A value is a list of 1 to 56 ints and Fractions. Tuples in parentheses are no
vectors: in text they are arguments, coordinates and remarks. A matrix that is spread over lines reads as its rows.

Code: the component block of `fluxem.encoding.components`, with the length as the type (rows and columns are 0).
Sums of vectors of one length are exact; of different lengths they are refused.

Evidence. A list of two or more numbers is a vector

- where it is the whole document, or a line of its own;
- in code: on a console line or under one, as an argument (`array([1, 2])`), behind `=` or `"key":`, in quotes or
  backticks, inside another list, as a row under a row;
- where its numbers are neither references nor an interval: decimals, signs, a zero, columns set with spaces, and
  more than two or falling ones;
- behind a word that names it (vector, list, array, coordinates, ...).

Otherwise, as in `shown before [30, 65]` and `on [0, 0.5]`, it is `ambiguous`, and so are a pair behind a word of
intervals (`domain = [1, 3]`), a rising one with such words near, unless it is a row or at a prompt, and a list whose
commas may group digits (`[1,000, 2]`). A row of a matrix that also has letters, complex numbers or blank rows is text.
What follows a name or a bracket directly is an index (`M[1, 2]`), and one number in brackets is a reference: text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy.typing as npt

from fluxem.domains.bracketed import LIST, MAX_TEXT, judge_list, parse_list
from fluxem.domains.domain import MARK, Domain, DomainEncoder, Failure, Lead
from fluxem.domains.message import shown
from fluxem.encoding import components
from fluxem.encoding.header import FloatArray, expect_header
from fluxem.encoding.number_block import Number
from fluxem.errors import DecodeError
from fluxem.vocabulary import DomainType, FailureReason


class VectorEncoder(DomainEncoder[list[Number]]):
    """Exact vectors: takes a text, or a list or tuple of int, Fraction or float (its exact binary value).

    >>> encoder = VectorEncoder()
    >>> encoder.decode_sum(encoder.encode("[1, 2, 3]") + encoder.encode([0, -1, 7]))
    [1, 1, 10]
    """

    domain = DomainType.VECTOR

    def parse(self, text: str) -> list[Number] | Failure:
        """The components that `text` lists."""
        if len(text) > MAX_TEXT:
            return Failure(FailureReason.TOO_LONG, f"expected at most {MAX_TEXT} characters, got {len(text)}")
        return parse_list(text)

    def normalize(self, value: object) -> list[Number] | Failure:
        """1 to 56 finite numbers that fit the tier of their number."""
        values = components.exact_components(value, components.MAX_COMPONENTS + 1)
        if values is None:
            return Failure(FailureReason.INVALID_VALUE, f"expected a list of finite numbers, got {shown(value)}")
        problem = components.check_components(values)
        return Failure(*problem) if problem else values

    def write(self, vectors: FloatArray, values: Sequence[list[Number]]) -> None:
        """Type fields and components."""
        fields = [(len(value), 0, 0, components.tier_of(len(value))) for value in values]
        components.write_components(vectors, fields, values)

    def read(self, vector: FloatArray) -> list[Number]:
        """The components of one encoding."""
        return self._read_sum(vector, 1)

    def _read_sum(self, vector: FloatArray, weight: int) -> list[Number]:
        length, rows, columns, tier = components.read_fields(vector, weight)
        if rows or columns or tier != components.tier_of(length):
            raise DecodeError("expected a length and its tier in dims 9-12, and zeros between")
        return components.read_components(vector, length, tier)

    def decode_sum(self, vector: npt.ArrayLike) -> list[Number]:
        """The exact sum of added encodings of vectors of one length.

        Raises:
            TypeMismatchError: the summands differ in length.
            DecodeError: another domain, or more summands than limbs and type check are exact for (`limit_exceeded`).
        """
        return self._read_sum(*expect_header(vector, self.domain, components.MAX_SUMMANDS))

    def canonical(self, vector: npt.ArrayLike) -> FloatArray:
        """The encoding of what a raw sum adds up to, bit for bit.

        Raises:
            DecodeError: as `decode_sum`; or the sum does not fit the code.
        """
        return self.code_of(self.decode_sum(vector))


def _trim(surface: str) -> tuple[int, int]:
    """Without the brackets that open lists around it."""
    return surface.rindex("["), len(surface)


_NO_REFERENCE: Final = r"(?![0-9]{1,5}\][ \n]?[^\s\0])"
"""One number in brackets is a reference or an index wherever something else stands behind it."""

VECTOR: Final = Domain(
    encoder=VectorEncoder(),
    follows={Lead.BRACKET: rf"{_NO_REFERENCE}(?:[ ]{{0,4}}\[){{0,3}}+{LIST}{MARK}"},
    opens={Lead.BRACKET: rf"\[{_NO_REFERENCE}[- \t\[+\u2212.0-9]"},
    judge=judge_list,
    trim=_trim,
    examples=(
        ("[1, 2, 3]", "[1, 2, 3]"),
        ("[0.5, -1, 2e3]", "[Fraction(1, 2), -1, 2000]"),
        ("[ 1.  2.  3.]", "[1, 2, 3]"),
        ("[1, 4,\n 9]", "[1, 4, 9]"),
        ("[−1, .25]", "[-1, Fraction(1, 4)]"),
        ("[12, 13]", "[12, 13]"),
    ),
    rejects=(
        ("[]", FailureReason.INVALID_VALUE),
        ("[1, x]", FailureReason.INVALID_VALUE),
        ("[1, 2", FailureReason.UNBALANCED_BRACKETS),
        ("[1,, 2]", FailureReason.INVALID_VALUE),
        ("[1,000, 2]", FailureReason.AMBIGUOUS),
        ("[1, 000, 2]", FailureReason.AMBIGUOUS),
        ("[2,520 3,840]", FailureReason.AMBIGUOUS),
        ("[1 234, 5]", FailureReason.AMBIGUOUS),
        ("[1e50, 1]", FailureReason.OUT_OF_RANGE),
        ("[" + "1, " * 56 + "1]", FailureReason.TOO_LONG),
        ("1, 2, 3", FailureReason.INVALID_VALUE),
    ),
)
