"""MATRIX: rows of equal length on one line, `[[1, 2], [3, 4]]`.

Grammar: lists of `fluxem.domains.bracketed` in brackets. A value is a list of rows, each a list of ints and
Fractions, with 1 to 56 entries in all. A matrix that is spread over lines, as consoles print it, is not joined: text
is cut at its lines, and each row reads as a vector.

Code: the component block of `fluxem.encoding.components`, row by row, with length, rows and columns as the type.
Sums of matrices of one shape are exact; of different shapes they are refused, [[1, 2, 3]] and its transpose too.
The transpose is a permutation of dims that depends on the shape alone, so it can be taken of a raw sum.

Evidence: nested brackets of numbers are a matrix by form, unless a name or a bracket stands directly before them
(`x[[0, 1]]`, an index). A single entry (`[[4]]`, also a link or a note) needs code, or to be the whole document. Rows
of different lengths are a candidate that fails (`invalid_value`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from typing import Final

import numpy as np
import numpy.typing as npt

from fluxem.domains.bracketed import LIST, MAX_TEXT, on_its_own_line, parse_list
from fluxem.domains.domain import MARK, Context, Domain, DomainEncoder, Failure, Lead, Verdict
from fluxem.domains.evidence import in_code
from fluxem.domains.message import shown
from fluxem.encoding import components
from fluxem.encoding.header import FloatArray, expect_header
from fluxem.encoding.number_block import Number
from fluxem.errors import DecodeError
from fluxem.vocabulary import DomainType, FailureReason

Matrix = list[list[Number]]

_BETWEEN_ROWS = re.compile(r"\]\s*,?\s*\[")
_MAX_PARSED_ROWS: Final = components.MAX_COMPONENTS + 1


class MatrixEncoder(DomainEncoder[Matrix]):
    """Exact matrices: takes a text, or a list of equally long rows of int, Fraction or float (its exact binary value).

    >>> encoder = MatrixEncoder()
    >>> encoder.decode(encoder.transpose(encoder.encode("[[1, 2, 3], [4, 5, 6]]")))
    [[1, 4], [2, 5], [3, 6]]
    """

    domain = DomainType.MATRIX

    def parse(self, text: str) -> Matrix | Failure:
        """The rows that `text` lists."""
        if len(text) > MAX_TEXT:
            return Failure(FailureReason.TOO_LONG, f"expected at most {MAX_TEXT} characters, got {len(text)}")
        inner = text.strip()
        if inner[:1] != "[" or inner[-1:] != "]":
            reason = FailureReason.UNBALANCED_BRACKETS if "[" in inner[:1] else FailureReason.INVALID_VALUE
            return Failure(reason, f"expected [[number, ...], ...], got {text[:40]!r}")
        return _parse_rows(inner[1:-1].strip().removesuffix(",").rstrip())

    def normalize(self, value: object) -> Matrix | Failure:
        """Equally long rows of finite numbers that fit the tier of their number."""
        limit = components.MAX_COMPONENTS + 1
        some = value[:limit] if isinstance(value, list | tuple) else [None]
        rows = [components.exact_components(row, limit) for row in some]
        good = [row for row in rows if row]
        if not good or len(good) < len(rows) or len({len(row) for row in good}) > 1:
            return Failure(FailureReason.INVALID_VALUE, f"expected equally long rows of numbers, got {shown(value)}")
        problem = components.check_components(list(chain.from_iterable(good)))
        return Failure(*problem) if problem else good

    def write(self, vectors: FloatArray, values: Sequence[Matrix]) -> None:
        """Type fields and entries, row by row."""
        entries = [list(chain.from_iterable(value)) for value in values]
        fields = [
            (len(flat), len(value), len(value[0]), components.tier_of(len(flat)))
            for flat, value in zip(entries, values, strict=True)
        ]
        components.write_components(vectors, fields, entries)

    def read(self, vector: FloatArray) -> Matrix:
        """The rows of one encoding."""
        return self._read_sum(vector, 1)

    def _read_sum(self, vector: FloatArray, weight: int) -> Matrix:
        rows, columns, tier = _shape(vector, weight)
        flat = components.read_components(vector, rows * columns, tier)
        return [flat[start : start + columns] for start in range(0, len(flat), columns)]

    def decode_sum(self, vector: npt.ArrayLike) -> Matrix:
        """The exact sum of added encodings of matrices of one shape.

        Raises:
            TypeMismatchError: the summands differ in shape.
            DecodeError: another domain, or more summands than limbs and type check are exact for (`limit_exceeded`).
        """
        return self._read_sum(*expect_header(vector, self.domain, components.MAX_SUMMANDS))

    def shape(self, vector: npt.ArrayLike) -> tuple[int, int]:
        """Rows and columns of an encoding or of a raw sum.

        Raises:
            TypeMismatchError: the summands differ in shape.
        """
        return _shape(*expect_header(vector, self.domain, components.MAX_SUMMANDS))[:2]

    def transpose(self, vector: npt.ArrayLike) -> FloatArray:
        """The transpose of an encoding or of a raw sum, float32 (128,): whole components change places.

        Raises:
            DecodeError: as `decode_sum`.
        """
        array, weight = expect_header(vector, self.domain, components.MAX_SUMMANDS)
        rows, columns, tier = _shape(array, weight)
        order = np.arange(rows * columns).reshape(rows, columns).T.ravel().tolist()
        out = array.copy()
        out[10], out[11] = array[11], array[10]
        out[components.component_order(range(len(order)), tier)] = array[components.component_order(order, tier)]
        return out

    def canonical(self, vector: npt.ArrayLike) -> FloatArray:
        """The encoding of what a raw sum adds up to, bit for bit.

        Raises:
            DecodeError: as `decode_sum`; or the sum does not fit the code.
        """
        return self.code_of(self.decode_sum(vector))


def _parse_rows(text: str) -> Matrix | Failure:
    """Rows from `[1, 2], [3, 4]`."""
    parts = _BETWEEN_ROWS.split(text, _MAX_PARSED_ROWS)
    if len(parts) > components.MAX_COMPONENTS:
        return Failure(FailureReason.TOO_LONG, f"expected at most {components.MAX_COMPONENTS} rows")
    if text[:1] != "[" or text[-1:] != "]":
        return Failure(FailureReason.INVALID_VALUE, f"expected rows in brackets, got {text[:40]!r}")
    rows: Matrix = []
    for part in parts:
        row = parse_list(f"[{part.removeprefix('[').removesuffix(']')}]")
        if isinstance(row, Failure):
            return row
        rows.append(row)
    return rows


def _shape(vector: FloatArray, weight: int) -> tuple[int, int, int]:
    """Rows, columns and tier, checked."""
    length, rows, columns, tier = components.read_fields(vector, weight)
    if rows < 1 or rows * columns != length or tier != components.tier_of(length):
        raise DecodeError("expected a shape and its tier in dims 9-12")
    return rows, columns, tier


# ---------------------------------------------------------------------------------------------- detection

_SPACE: Final = r"[ \t]{0,8}+"
_ROWS: Final = rf"{_SPACE}\[{LIST}(?:{_SPACE},?{_SPACE}\[{LIST})*+{_SPACE},?+{_SPACE}\]"
_SINGLE = re.compile(r"\[\s*\[[^,\s\]]*\s*\]\s*\]\Z")
_INDEXED = re.compile(r"(?:[^\W_]|[_)\]])\Z")


def _judge(context: Context) -> Verdict:
    """The evidence rules of the module's docstring."""
    if context.alone:
        return Verdict.SPAN
    if _INDEXED.search(context.before(1)):
        return Verdict.TEXT
    if not _SINGLE.match(context.surface):
        return Verdict.SPAN
    coded = in_code(context) or context.before(1) == "(" or on_its_own_line(context)
    return Verdict.SPAN if coded else Verdict.TEXT


MATRIX: Final = Domain(
    encoder=MatrixEncoder(),
    follows={Lead.BRACKET: _ROWS + MARK},
    opens={Lead.BRACKET: r"\[[ \t]*+(?:\[|\Z)"},
    judge=_judge,
    examples=(
        ("[[1, 2], [3, 4]]", "[[1, 2], [3, 4]]"),
        ("[[0.5, -1, 2e3]]", "[[Fraction(1, 2), -1, 2000]]"),
        ("[[1],[2]]", "[[1], [2]]"),
        ("[ [1 0] [0 1] ]", "[[1, 0], [0, 1]]"),
    ),
    rejects=(
        ("[[1, 2], [3]]", FailureReason.INVALID_VALUE),
        ("[[]]", FailureReason.INVALID_VALUE),
        ("[[1, 2], [3, 4", FailureReason.UNBALANCED_BRACKETS),
        ("[1, 2]", FailureReason.INVALID_VALUE),
        ("[[1, x]]", FailureReason.INVALID_VALUE),
        ("[[1,000, 2], [3, 4]]", FailureReason.AMBIGUOUS),
        ("[[1e50]]", FailureReason.OUT_OF_RANGE),
        ("[[" + "1, " * 56 + "1]]", FailureReason.TOO_LONG),
        ("[" + "[1], " * 56 + "[1]]", FailureReason.TOO_LONG),
    ),
)
