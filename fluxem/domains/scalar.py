"""What the encoders of single numbers share: the readings of sums, products and parts of the number block."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from fluxem.domains.domain import DomainEncoder, Failure
from fluxem.domains.message import shown
from fluxem.encoding import number_block, number_sums
from fluxem.encoding.header import FloatArray, expect_header
from fluxem.encoding.number_block import Number
from fluxem.vocabulary import FailureReason

Scalar = TypeVar("Scalar")

MAX_BITS: Final = 2**14
"""Numerators and denominators of more bits are `out_of_range` without a look at them: bounded work."""
_MAX_PLACES: Final = 4096


def exact_number(value: object) -> Number | Failure:
    """An int, Fraction, Decimal, float or numpy scalar (its exact binary value) as a number of bounded size.

    Returns a Failure `invalid_value` (no number, or not finite) or `out_of_range`.
    """
    number = value.item() if isinstance(value, np.generic) else value
    if isinstance(number, Decimal):
        number = _of_decimal(number)
    if isinstance(number, float) and math.isfinite(number):
        number = Fraction(number)
    if isinstance(number, Failure):
        return number
    if not isinstance(number, int | Fraction):
        return Failure(FailureReason.INVALID_VALUE, f"expected a finite number, got {shown(value)}")
    if max(number.numerator.bit_length(), number.denominator.bit_length()) > MAX_BITS:
        return Failure(FailureReason.OUT_OF_RANGE, f"expected a number of at most {MAX_BITS} bits, got {shown(value)}")
    return number


def _of_decimal(value: Decimal) -> object:
    """A Decimal as a Fraction, a Failure, or itself where it is not finite."""
    if not value.is_finite() or not value:
        return Fraction(0) if value.is_finite() else value
    if abs(value.adjusted()) > _MAX_PLACES or len(value.as_tuple().digits) > _MAX_PLACES:
        return Failure(FailureReason.OUT_OF_RANGE, f"expected at most {_MAX_PLACES} digits or places")
    return Fraction(value)


class ScalarEncoder(DomainEncoder[Scalar]):
    """An encoder whose value stands in the number block of `fluxem.encoding.number_block`."""

    def decode_sum(self, vector: npt.ArrayLike) -> Number:
        """The exact sum of up to 169,466 added encodings: of the numbers as they are stored.

        Raises:
            DecodeError: another domain, or more summands than the limbs are exact for (`limit_exceeded`).
        """
        return number_sums.read_sum(expect_header(vector, self.domain, number_block.MAX_SUMMANDS)[0])

    def decode_product(self, vector: npt.ArrayLike) -> float:
        """The product of up to 63,310 factors, read from their added encodings; relative error below n * 2**-48.

        Raises:
            DecodeError: another domain, or more factors than the log part is exact for (`limit_exceeded`).
        """
        return number_sums.read_product(expect_header(vector, self.domain, number_block.MAX_FACTORS)[0])

    def exact_product(self, left: npt.ArrayLike, right: npt.ArrayLike) -> Number:
        """The exact product of two encodings, as they are stored, by convolution of their limbs.

        Raises:
            DecodeError: one of them is no encoding of this domain, or a sum of several.
        """
        a, b = (self.linear_part(expect_header(vector, self.domain, 1)[0]) for vector in (left, right))
        return number_sums.convolved(a, b)

    def canonical(self, vector: npt.ArrayLike) -> FloatArray:
        """The encoding of what a raw sum adds up to, bit for bit.

        Raises:
            DecodeError: as `decode_sum`; or the sum does not fit the code.
        """
        return self.code_of(self.decode_sum(vector))

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
