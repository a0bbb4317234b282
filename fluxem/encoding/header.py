"""Dims 0-7 of every encoding: weight and domain id, as homogeneous coordinates.

dim 0 is the weight, 1 in a fresh encoding; dims 1-7 are the bits of the domain id, lowest first. A raw sum
of n encodings of one domain shows weight n and every bit 0 or n; any mixture leaves a bit strictly between,
so a sum can be read without knowing what went into it.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fluxem.errors import DecodeError, MixedDomainsError
from fluxem.vocabulary import VECTOR_DIM, DomainType, FailureReason

FloatArray = npt.NDArray[np.float32]

WEIGHT: Final = 0
DOMAIN_BITS: Final = slice(1, 8)
PAYLOAD: Final = slice(8, VECTOR_DIM)
EXACT_INTEGER_LIMIT: Final = 2**24
"""float32 holds every integer up to here, and their sums in any order."""

_POWERS: Final = 1 << np.arange(7)
_HEADERS: Final = {
    domain: np.concatenate([[1], (int(domain) & _POWERS) != 0]).astype(np.float32) for domain in DomainType
}


_FRESH: Final = {domain: np.pad(header, (0, PAYLOAD.stop - 8)).tobytes() for domain, header in _HEADERS.items()}


def fresh_code(domain: DomainType) -> bytearray:
    """The bytes of one encoding of `domain` whose payload is zero: 128 float32 numbers, to be packed into.

    One vector is built several times faster so than in an array of one row; `code_vector` makes it an array.
    """
    return bytearray(_FRESH[domain])


def code_vector(code: bytearray) -> FloatArray:
    """The bytes of one encoding as float32 (128,), writable, without a copy."""
    return np.frombuffer(code, dtype=np.float32)


def write_header(vectors: FloatArray, domain: DomainType) -> None:
    """Set dims 0-7 of every row of `vectors` (n, 128) to those of one encoding of `domain`."""
    vectors[:, : PAYLOAD.start] = _HEADERS[domain]


def as_vector(vector: npt.ArrayLike) -> FloatArray:
    """`vector` as a finite float32 array of shape (128,).

    Raises:
        DecodeError: it has another shape, or holds NaN or infinity.
    """
    array: npt.NDArray[Any] = np.asarray(vector)
    if array.shape != (VECTOR_DIM,):
        raise DecodeError(f"expected a vector of shape ({VECTOR_DIM},), got {array.shape}")
    array = array.astype(np.float32, copy=False)
    if not np.isfinite(array).all():
        raise DecodeError("expected finite coordinates, got NaN or infinity: this is not an encoding or a sum of some")
    return array


def read_header(vector: npt.ArrayLike) -> tuple[DomainType, int]:
    """Domain and weight of an encoding, or of a raw sum of up to 2**24 encodings.

    Raises:
        MixedDomainsError: the summands belong to different domains.
        DecodeError: the header is none that a sum of encodings can have.
    """
    array = as_vector(vector)
    count = float(array[WEIGHT])
    if not count.is_integer() or not 1 <= count <= EXACT_INTEGER_LIMIT:
        raise DecodeError(f"expected a weight from 1 to {EXACT_INTEGER_LIMIT} in dim 0, got {count:g}")
    bits = array[DOMAIN_BITS]
    on = bits == count
    if not (on | (bits == 0)).all():
        raise MixedDomainsError("expected encodings of one domain, got a sum over several: add each domain by itself")
    number = int((on * _POWERS).sum())
    try:
        domain = DomainType(number)
    except ValueError:
        raise DecodeError(f"expected a known domain id in dims 1-7, got {number}") from None
    if domain is DomainType.TEXT:
        raise DecodeError("expected a domain id in dims 1-7, got 0 (TEXT), which has no encoding")
    return domain, int(count)


def weight(vector: npt.ArrayLike) -> int:
    """How many encodings were added to make `vector` (dim 0); 1 for a fresh one.

    Raises:
        DecodeError: as for `read_header`.
    """
    return read_header(vector)[1]


def expect_header(vector: npt.ArrayLike, domain: DomainType, max_weight: int) -> tuple[FloatArray, int]:
    """`vector` as float32 and its weight, checked to be a sum of 1 to `max_weight` encodings of `domain`.

    Raises:
        DecodeError: another domain, or more summands than the reading is exact for.
    """
    found, count = read_header(vector)
    if found is not domain:
        raise DecodeError(f"expected an encoding of {domain.name}, got one of {found.name}")
    if count > max_weight:
        if max_weight == 1:
            raise DecodeError(f"expected one encoding, got a sum of {count}: read sums with decode_sum")
        raise DecodeError(
            f"expected a sum of at most {max_weight} encodings, got {count}: beyond it the reading is not exact",
            FailureReason.LIMIT_EXCEEDED,
        )
    return as_vector(vector), count
