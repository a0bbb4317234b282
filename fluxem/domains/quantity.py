"""QUANTITY: a number with a unit, held in coherent SI.

Grammar. A numeral (sign, thousands with commas or spaces, decimal comma, `× 10^n`, a proper fraction such as 3/4,
`million`), then a unit of `fluxem.domains.unit_expression`, behind a space, a hyphen or nothing. A minus, also that of
a unit's power, is any of `fluxem.domains.sign.MINUSES`. Of a range (`1-10 mg`) the last number carries the unit.

Code. The number block: dims 9-17 hold the exponents T L M I Theta N J, plane angle, information; dim 19 is 1 for an
absolute temperature (degrees Celsius or Fahrenheit standing alone); dim 8 checks them all. The value is that in
coherent SI, converted by exact rational factors; what does not terminate within 48 digits (km/h, angles by pi) is
rounded there and counted in dim 20. Sums are checked for their type, products add exponents and logarithms.

Glued to the number, `C` and `F` are degrees (`37C`, `98.6F`): nobody writes five coulombs so. Behind a space they
are the SI's coulomb and farad.

Evidence. A unit of two or more letters that is no English word, a compound or a power is evidence by form. What doubles
as a word, a name or a label is judged by what surrounds it (`fluxem.domains.unit_evidence`). A unit of which a part is
unknown (`5 flurbs/s`) is the failure `unknown_unit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from fluxem.domains.domain import BoolArray, Domain, DomainEncoder, Failure, Lead
from fluxem.domains.message import shown
from fluxem.domains.numeral import OPENS_PAREN
from fluxem.domains.quantity_columns import TYPE, UnitColumns, write_quantities
from fluxem.domains.quantity_sure import SURE
from fluxem.domains.quantity_text import (
    FOLLOWS,
    FOLLOWS_PAREN,
    OPENS,
    RANGE_OPENS,
    SIGNS,
    Quantity,
    is_well_formed,
    last_of_range,
    parse_quantity,
    quantity_of,
)
from fluxem.domains.scalar import exact_number
from fluxem.domains.unit_evidence import judge
from fluxem.domains.unit_neighbours import MONEY
from fluxem.domains.units import Dimension
from fluxem.encoding import number_block, number_sums
from fluxem.encoding.header import FloatArray, code_vector, expect_header, fresh_code
from fluxem.encoding.type_check import pack_type, read_type, write_type
from fluxem.errors import DecodeError, TypeMismatchError
from fluxem.vocabulary import DomainType, FailureReason


class Product(NamedTuple):
    """What the log part of added encodings says of the product of quantities."""

    value: float
    """In coherent SI; relative error below n * 2**-48."""
    dimension: Dimension
    """Nine exponents."""


class DimensionalQuantity(DomainEncoder[Quantity]):
    """Takes a text (`9.8 m/s^2`), a `Quantity`, or a pair of a number and a unit text.

    >>> encoder = DimensionalQuantity()
    >>> total = encoder.encode("1.5 km") + encoder.encode((20, "m"))
    >>> str(encoder.decode_sum(total))
    '1520 m'
    """

    domain = DomainType.QUANTITY

    def __init__(self) -> None:
        self._columns = UnitColumns()

    def write_columns(self, vectors: FloatArray, values: Sequence[object]) -> BoolArray | None:
        """Texts, or quantities, go through columns."""
        kinds = set(map(type, values))
        if kinds == {str}:
            return self._columns.write(vectors, cast(Sequence[str], values))
        return write_quantities(vectors, cast(Sequence[Quantity], values)) if kinds == {Quantity} else None

    def parse(self, text: str) -> Quantity | Failure:
        """The quantity that `text` stands for."""
        return parse_quantity(text)

    def normalize(self, value: object) -> Quantity | Failure:
        """A quantity that fits the code; else `invalid_value`, `unknown_unit`, `out_of_range`, ..."""
        if isinstance(value, tuple) and len(value) == 2:
            value = quantity_of(*value)
        if isinstance(value, Failure):
            return value
        if not isinstance(value, Quantity) or not is_well_formed(value):
            return Failure(FailureReason.INVALID_VALUE, f"expected a Quantity or (number, unit), got {shown(value)}")
        exact = exact_number(value.value)
        if isinstance(exact, Failure):
            return exact
        if not number_block.fits(exact):
            return Failure(FailureReason.OUT_OF_RANGE, "expected at most 80 integer and 48 fractional digits")
        if value.affine and value.value < 0:
            return Failure(FailureReason.OUT_OF_RANGE, "expected a temperature above absolute zero")
        return value

    def write(self, vectors: FloatArray, values: Sequence[Quantity]) -> None:
        """The number block with its type fields."""
        number_block.write_values(
            vectors, [quantity.value for quantity in values], [quantity.rounded for quantity in values]
        )
        fields = np.array([(*quantity.dimension, 0, quantity.affine) for quantity in values], dtype=np.float32)
        write_type(vectors, fields, TYPE)

    def write_one(self, value: Quantity) -> FloatArray:
        """The number block of one quantity, with its type fields."""
        code = fresh_code(self.domain)
        number_block.pack_value(code, value.value, value.rounded)
        pack_type(code, (*value.dimension, 0, value.affine))
        return code_vector(code)

    def read(self, vector: FloatArray) -> Quantity:
        """Value, exponents and flags of one encoding."""
        return _read(vector, 1)

    def decode(self, vector: npt.ArrayLike) -> Quantity:
        """The quantity of one encoding.

        Raises:
            DecodeError: another domain, a sum of several, or no encoding.
        """
        return self.read(expect_header(vector, self.domain, max_weight=1)[0])

    def decode_sum(self, vector: npt.ArrayLike) -> Quantity:
        """The exact sum of up to 169,466 added encodings of one dimension; `rounded` where any summand was.

        Raises:
            TypeMismatchError: dimensions differ, or absolute temperatures were added (take their `mean`).
            DecodeError: another domain, or more summands than the limbs are exact for.
        """
        array, count = expect_header(vector, self.domain, number_block.MAX_SUMMANDS)
        total = _read(array, count)
        if total.affine and count > 1:
            raise TypeMismatchError(
                f"expected differences, got {count} absolute temperatures: their sum means nothing, use mean"
            )
        return total

    def mean(self, vector: npt.ArrayLike) -> Quantity:
        """The exact mean of up to 169,466 added encodings of one dimension, absolute temperatures included.

        Raises:
            TypeMismatchError: the dimensions differ.
            DecodeError: as for `decode_sum`.
        """
        array, count = expect_header(vector, self.domain, number_block.MAX_SUMMANDS)
        total = _read(array, count)
        value = number_block.simplest(Fraction(total.value) / count)
        return Quantity(value, total.dimension, total.affine, total.rounded)

    def difference(self, left: npt.ArrayLike, right: npt.ArrayLike) -> Quantity:
        """The difference left - right, exactly; of two absolute temperatures a difference in kelvin.

        Raises:
            TypeMismatchError: the two have different dimensions, or only one is an absolute temperature.
            DecodeError: one of them is no encoding of a quantity, or not of a single one.
        """
        a, b = self.decode(left), self.decode(right)
        if (a.dimension, a.affine) != (b.dimension, b.affine):
            raise TypeMismatchError(f"expected two quantities of one dimension, got {a} and {b}")
        return Quantity(number_block.simplest(Fraction(a.value) - b.value), a.dimension, False, a.rounded or b.rounded)

    def decode_product(self, vector: npt.ArrayLike) -> Product:
        """The product of up to 63,310 factors, read from their added encodings: exponents and logarithms add.

        Raises:
            TypeMismatchError: a factor is an absolute temperature (multiply by kelvin).
            DecodeError: another domain, or more factors than the log part is exact for.
        """
        array, _ = expect_header(vector, self.domain, number_block.MAX_FACTORS)
        if array[TYPE.stop - 1] != 0:
            raise TypeMismatchError("expected factors without an absolute temperature: give temperatures in kelvin")
        return Product(number_sums.read_product(array), _halves(array[TYPE][:9]))

    def canonical(self, vector: npt.ArrayLike) -> FloatArray:
        """The encoding that a raw sum stands for: bit for bit that of the sum's value.

        Raises:
            TypeMismatchError: as for `decode_sum`.
            DecodeError: as for `decode_sum`, or the sum is beyond the range of one encoding.
        """
        code = self.encode(self.decode_sum(vector))
        if code is None:
            raise DecodeError("the sum is beyond the range of one encoding", FailureReason.OUT_OF_RANGE)
        return code

    def linear_part(self, vector: npt.ArrayLike) -> FloatArray:
        """The 64 limbs that add, dims 64-127."""
        return np.asarray(vector, dtype=np.float32)[number_block.LINEAR]

    def log_part(self, vector: npt.ArrayLike) -> FloatArray:
        """The 7 coordinates of log2 |x| that multiply, dims 23-29."""
        return np.asarray(vector, dtype=np.float32)[number_block.LOG]

    def log_encode(self, value: object) -> FloatArray | None:
        """`log_part` of `encode(value)`; None where it has no code."""
        vector = self.encode(value)
        return None if vector is None else self.log_part(vector)


def _read(vector: FloatArray, count: int) -> Quantity:
    """The sum of `count` encodings of one type."""
    fields = read_type(vector, TYPE, count)
    if fields[9] != 0 or fields[10] not in (0, 1) or any(x.denominator > 2 for x in fields):
        raise DecodeError("expected exponents in halves and an affine flag in dims 9-19")
    dimension = tuple(number_block.simplest(x) for x in fields[:9])
    rounded = bool(vector[number_block.INEXACT])
    return Quantity(number_sums.read_sum(vector), dimension, bool(fields[10]), rounded)


def _halves(fields: FloatArray) -> Dimension:
    """Exponents as exact numbers."""
    doubled = fields.astype(np.float64) * 2
    if (doubled != np.rint(doubled)).any():
        raise DecodeError("expected exponents in halves in dims 9-17: this is not a sum of encodings")
    return tuple(number_block.simplest(Fraction(int(x), 2)) for x in doubled.tolist())


def _reach(text: str, start: int, floor: int) -> int:
    """The sign of `∼−1 ‰`: behind a sign of nearness there is nothing that it could be joined to."""
    place = start - 1
    return place if place > floor and text[place] in SIGNS and text[place - 1] in "∼≃≅˜≲≳" else start


QUANTITY: Final = Domain(
    encoder=DimensionalQuantity(),
    follows={Lead.NUMBER: FOLLOWS, Lead.PAREN: FOLLOWS_PAREN},
    opens={Lead.NUMBER: OPENS, Lead.PAREN: OPENS_PAREN},
    relates=True,
    sure=SURE,
    shut=(MONEY, RANGE_OPENS),
    tied=r"(?![/\n.,]|-[0-9])",
    part_of=DomainType.DURATION,
    judge=judge,
    trim=last_of_range,
    reach=_reach,
    signed=True,
    signs=SIGNS,
    examples=(
        ("373.15 K", "373.15 K"),
        ("9.8 m/s^2", "9.8 m s^-2"),
        ("2 mol", "2 mol"),
        ("20 °C", "293.15 K"),
        ("-40 °F", "233.15 K"),
        ("20 degrees Celsius", "293.15 K"),
        ("5 minutes", "300 s"),
        ("5-mm", "0.005 m"),
        ("250µl", "0.00000025 m^3"),
        ("122.16s", "122.16 s"),
        ("1,500 km", "1500000 m"),
        ("12 000 km", "12000000 m"),
        ("3 × 10^8 m s⁻¹", "300000000 m s^-1"),
        ("36 km/h", "10 m s^-1"),
        ("5 mg/kg/day", "0.00000000005787037037037037037037037037037037037 s^-1"),
        ("8.314 J/(mol K)", "8.314 kg m^2 s^-2 K^-1 mol^-1"),
        ("10 metres per second squared", "10 m s^-2"),
        ("0,5 mm", "0.0005 m"),
        ("93 million miles", "149668992000 m"),
        ("3/4 inch", "0.01905 m"),
        ("2 MiB", "16777216 bit"),
        ("25 %", "0.25"),
        ("-20°C", "253.15 K"),
        ("–80 °C", "193.15 K"),
        ("5 kg·m²", "5 kg m^2"),
        ("4° centigrade", "277.15 K"),
        ("5 nV/Hz^(1/2)", "0.000000005 kg m^2 s^-5/2 A^-1"),
    ),
    rejects=(
        ("5 flurbs/s", FailureReason.UNKNOWN_UNIT),
        ("5 mg/flurb", FailureReason.UNKNOWN_UNIT),
        ("8.314 J/mol K", FailureReason.AMBIGUOUS),
        ("-300 °C", FailureReason.OUT_OF_RANGE),
        ("1e100 m", FailureReason.OUT_OF_RANGE),
        ("5", FailureReason.INVALID_VALUE),
        ("m", FailureReason.INVALID_VALUE),
        ("", FailureReason.INVALID_VALUE),
        ("5 m/(s", FailureReason.UNBALANCED_BRACKETS),
        ("5 m^99", FailureReason.OUT_OF_RANGE),
    ),
)
