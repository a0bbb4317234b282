"""NUMBER: a bare decimal numeral, `42`, `-3.14`, `1,234,567`, `6.02 × 10^23`.

Grammar: `fluxem.domains.numeral`, with a sign. A value is an int or a Fraction that ends as a decimal.

Code: the number block of `fluxem.encoding.number_block` alone. Nothing is rounded: a value with more than 80 integer
or 48 fractional digits, or one that never ends (1/3: see RATIONAL), is `out_of_range`.

Evidence: none, every numeral is one. So the detector looks for it only when it is asked to: a vector for every
year and page number would leave a text without them.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final, cast

from fluxem.domains.domain import BoolArray, Domain, Failure, Lead, ending
from fluxem.domains.number_columns import write_decimals
from fluxem.domains.numeral import POWER_OF_TEN, parse_numeral
from fluxem.domains.scalar import ScalarEncoder, exact_number
from fluxem.encoding import number_block, number_sums
from fluxem.encoding.header import FloatArray, code_vector, fresh_code
from fluxem.encoding.number_block import Number, simplest
from fluxem.errors import DecodeError
from fluxem.vocabulary import DomainType, FailureReason

_COMMON: Final = 10**18
"""Whole numbers up to here need no closer look."""


class NumberEncoder(ScalarEncoder[Number]):
    """Exact numbers: takes a numeral's text, an int, Fraction, Decimal, or float (its exact binary value).

    >>> encoder = NumberEncoder()
    >>> encoder.decode_sum(encoder.encode("0.1") + encoder.encode("0.2"))
    Fraction(3, 10)
    """

    domain = DomainType.NUMBER

    def write_columns(self, vectors: FloatArray, values: Sequence[object]) -> BoolArray | None:
        """Texts, or ints and Fractions, go through columns."""
        kinds = set(map(type, values))
        if kinds == {str}:
            return write_decimals(vectors, cast(Sequence[str], values))
        return number_block.write_short(vectors, cast(Sequence[Number], values)) if kinds <= {int, Fraction} else None

    def prepare(self, value: object) -> Number | Failure:
        """A text or a Python number; the common ones first."""
        if type(value) is int:
            if -_COMMON < value < _COMMON:
                return value
        elif type(value) is Fraction and value.denominator != 1 and number_block.is_short(value):
            return value
        return super().prepare(value)

    def parse(self, text: str) -> Number | Failure:
        """The exact value of the numeral in `text`."""
        if len(text) < 18 and text.isdecimal() and text.isascii():
            return int(text)
        value = parse_numeral(text.strip())
        return value if isinstance(value, Failure) else simplest(value)

    def normalize(self, value: object) -> Number | Failure:
        """A finite number that fits the linear part exactly."""
        exact = exact_number(value)
        if isinstance(exact, Failure):
            return exact
        number = int(exact) if exact.denominator == 1 else exact
        if number_block.fits(number) and number_block.terminates(number):
            return number
        return Failure(FailureReason.OUT_OF_RANGE, "expected at most 80 integer and 48 fractional digits")

    def write(self, vectors: FloatArray, values: Sequence[Number]) -> None:
        """The number block."""
        number_block.write_values(vectors, values)

    def write_one(self, value: Number) -> FloatArray:
        """The number block of one number."""
        code = fresh_code(self.domain)
        number_block.pack_value(code, value)
        return code_vector(code)

    def read(self, vector: FloatArray) -> Number:
        """The number: an int where it is whole, else a Fraction."""
        number = number_sums.read_sum(vector)
        if not number_block.fits(number):
            raise DecodeError("expected one number in dims 64-127", FailureReason.OUT_OF_RANGE)
        return number


NUMBER: Final = Domain(
    encoder=NumberEncoder(),
    follows={Lead.NUMBER: POWER_OF_TEN + ending(r"(?![\w%]|\.[0-9])")},
    signed=True,
    examples=(
        ("42", "42"),
        ("-3.14", "-157/50"),
        ("1,234,567", "1234567"),
        ("6.02e23", "602000000000000000000000"),
        ("1e-48", "1/1000000000000000000000000000000000000000000000000"),
        ("−7", "-7"),
    ),
    rejects=(
        ("1e-49", FailureReason.OUT_OF_RANGE),
        ("1e80", FailureReason.OUT_OF_RANGE),
        ("1e999999999", FailureReason.OUT_OF_RANGE),
        ("9" * 5000, FailureReason.TOO_LONG),
        ("٣", FailureReason.INVALID_VALUE),
        ("1/3", FailureReason.INVALID_VALUE),
        ("", FailureReason.INVALID_VALUE),
    ),
)
