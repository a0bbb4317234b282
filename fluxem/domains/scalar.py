"""What the encoders of single numbers share: the readings of sums, products and parts of the number block."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from fluxem.domains.domain import DomainEncoder
from fluxem.encoding import number_block
from fluxem.encoding.header import FloatArray, expect_header
from fluxem.encoding.number_block import Number

Scalar = TypeVar("Scalar")


class ScalarEncoder(DomainEncoder[Scalar]):
    """An encoder whose value stands in the number block of `fluxem.encoding.number_block`."""

    def decode_sum(self, vector: npt.ArrayLike) -> Number:
        """The exact sum of up to 169,466 added encodings: of the numbers as they are stored.

        Raises:
            DecodeError: another domain, or more summands than the limbs are exact for (`limit_exceeded`).
        """
        return number_block.read_sum(expect_header(vector, self.domain, number_block.MAX_SUMMANDS)[0])

    def decode_product(self, vector: npt.ArrayLike) -> float:
        """The product of up to 63,310 factors, read from their added encodings; relative error below n * 2**-48.

        Raises:
            DecodeError: another domain, or more factors than the log part is exact for (`limit_exceeded`).
        """
        return number_block.read_product(expect_header(vector, self.domain, number_block.MAX_FACTORS)[0])

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
