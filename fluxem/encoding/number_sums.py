"""The two readings of a raw sum of number blocks: the linear part adds up, the log part multiplies."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import numpy as np

from fluxem.encoding.header import FloatArray
from fluxem.encoding.limbs import read_limbs
from fluxem.encoding.number_block import INEXACT, LAYOUT, LINEAR, LOG, NEGATIVES, ZEROS, Number, simplest, terminates
from fluxem.errors import DecodeError

MAX_RECOVERED: Final = 10**20
"""Fractions with a denominator up to here are read exactly, though their linear part is rounded."""


def read_sum(vector: FloatArray) -> Number:
    """The value of the linear part: the number, or the exact sum of the summands of a raw sum.

    Raises:
        DecodeError: a limb is no exact integer.
    """
    scaled = read_limbs(vector[LINEAR], LAYOUT)
    if scaled is None:
        raise DecodeError("expected integers in the linear part (dims 64-127): this is not a sum of encodings")
    return simplest(Fraction(scaled, LAYOUT.scale))


def convolved(left: FloatArray, right: FloatArray) -> Number:
    """The exact product of the numbers of two linear parts (64,): each term of the convolution is below 2**24.

    Raises:
        DecodeError: a limb is no integer of one encoding.
    """
    limbs = np.stack([left, right]).astype(np.float64)
    if (limbs != np.rint(limbs)).any() or (np.abs(limbs) >= LAYOUT.base).any():
        raise DecodeError("expected the limbs of one encoding in dims 64-127")
    total = 0
    for limb in np.convolve(*limbs)[::-1].tolist():
        total = total * LAYOUT.base + int(limb)
    return simplest(Fraction(total, LAYOUT.scale**2))


def read_rational(vector: FloatArray) -> Number:
    """As `read_sum`, of numbers that may have been rounded because they never end, but were rational: `recovered`.

    Raises:
        DecodeError: a limb is no exact integer.
    """
    return recovered(vector)[0]


def recovered(vector: FloatArray) -> tuple[Number, bool]:
    """The number, and whether it is the exact sum.

    Where dim 20 counts r rounded summands, the fraction with a denominator of at most 10**20 within r / 2 * 10**-48 of
    the linear part, if there is one: such fractions are 10**-40 apart, so there is at most one, and it is the exact sum
    if that has so small a denominator. Else the rounded decimal; also where only one was rounded and that fraction is a
    finite decimal, since one that never ends and some that end have no such sum.

    Raises:
        DecodeError: a limb is no exact integer.
    """
    total = Fraction(read_sum(vector))
    rounded = int(vector[INEXACT])
    if not rounded:
        return simplest(total), True
    near = total.limit_denominator(MAX_RECOVERED)
    exact = 2 * abs(near - total) * LAYOUT.scale <= rounded and not (rounded == 1 and terminates(near))
    return simplest(near if exact else total), exact


def read_log2(vector: FloatArray) -> Fraction:
    """log2 of the absolute value of the product, exactly as stored.

    Raises:
        DecodeError: a coordinate of the log part is no integer.
    """
    fields = vector[LOG]
    if (fields != np.rint(fields)).any():
        raise DecodeError("expected integers in the log part (dims 23-29): this is not a sum of encodings")
    whole, *limbs = (int(x) for x in fields.tolist())
    return whole + sum((Fraction(limb, 256 ** (i + 1)) for i, limb in enumerate(limbs)), Fraction(0))


_UNDERFLOW: Final = -1200
"""A float64 of this exponent is zero; a log part from elsewhere may hold one beyond any machine integer."""


def read_product(vector: FloatArray) -> float:
    """The product of the factors of a raw sum, by logarithms: relative error below n * 2**-48 * ln 2 + 2**-52.

    Returns inf or -inf where the product is beyond float64, a zero where it is too small for it.
    """
    if vector[ZEROS] > 0:
        return 0.0
    log2 = read_log2(vector)
    whole = log2.numerator // log2.denominator
    sign = -1.0 if int(vector[NEGATIVES]) % 2 else 1.0
    mantissa = 2.0 ** float(log2 - whole)
    if whole >= 1024:
        return sign * float("inf")
    return sign * float(np.ldexp(mantissa, max(whole, _UNDERFLOW)))
