"""The number block: one vector, two readings of a raw sum.

    dims  8-19   type fields (`fluxem.encoding.type_check`), zero for plain numbers
    dim   20     inexact count: how many summands were rounded; 0 = exact
    dims  21, 22 how many factors are negative, how many are zero
    dim   23     floor(log2 |x|)
    dims  24-29  fraction of log2 |x|: 48 bits as six base-256 limbs, highest first         } the log part
    dims 64-127  64 base-100 limbs, limb j has place value 100**(j - 24): 48 fractional
                 and 80 integer decimal digits                                              } the linear part

Adding vectors adds the values in the linear part and multiplies them in the log part; both are read in
`fluxem.encoding.number_sums`. Used by ARITHMETIC, QUANTITY, RATIONAL and NUMBER.

What is exact. Every decimal with at most 80 integer and 48 fractional digits. A rational that never
terminates (1/3, 1 km/h in m/s) is rounded half up, in magnitude, at the 48th digit, and dim 20 says so; both
parts then hold the rounded number, so a vector has one value. A decimal that terminates later than that, or
is too large, does not fit: `out_of_range`, never a silent rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from struct import Struct
from typing import Final

import numpy as np
import numpy.typing as npt

from fluxem.encoding.header import FloatArray, code_vector
from fluxem.encoding.limbs import LimbFormat, write_limbs
from fluxem.encoding.logarithm import log2_field, log2_fields, split_binary, split_binary_array
from fluxem.vocabulary import VECTOR_DIM, FailureReason

Number = int | Fraction
IntArray = npt.NDArray[np.int64]

INEXACT: Final = 20
NEGATIVES: Final = 21
ZEROS: Final = 22
LOG: Final = slice(23, 30)
LINEAR: Final = slice(64, 128)
LAYOUT: Final = LimbFormat(limbs=64, fraction_limbs=24, digits=2)

MAX_SUMMANDS: Final = LAYOUT.max_summands
"""169,466: 2**24 / 99. The linear part of so many summands is exact, in any order."""
MAX_FACTORS: Final = 63_310
"""Up to so many factors the limbs of the log part (below 256, with room for the exponent) stay exact."""

_INTEGER_BOUND: Final = 10**80
_SMALL: Final = 2**62
_SMALL_PLACES: Final = (0, 2, 4, 6, 12)
_SMALL_LIMBS: Final = 10
_SHORT: Final = {
    2**a * 5**b: (count, 100**count // (2**a * 5**b))
    for a in range(13)
    for b in range(13)
    for count in [(max(a, b) + 1) // 2]
}
"""Fractional limbs that a number with such a denominator needs, and what makes its numerator whole there."""
_FLAGS: Final = Struct("=3f")
_FLAGS_AND_LOG: Final = Struct("=10f")
_LIMBS: Final = tuple(Struct(f"={count}f") for count in range(LAYOUT.limbs + 1))
_LOG_SHIFTS: Final = np.arange(40, -1, -8, dtype=np.int64)


def to_scaled(value: Number) -> tuple[int, bool] | FailureReason:
    """`value` as X = value * 10**48 and whether that is exact; `out_of_range` where it does not fit."""
    scaled, rest = divmod(abs(value.numerator) * LAYOUT.scale, value.denominator)
    if rest:
        if terminates(value):
            return FailureReason.OUT_OF_RANGE
        scaled += 2 * rest >= value.denominator
    if scaled >= LAYOUT.bound or (scaled == 0 and value != 0):
        return FailureReason.OUT_OF_RANGE
    return (-scaled if value < 0 else scaled), not rest


def fits(value: Number) -> bool:
    """Whether `value` has a code: `to_scaled`, with a short way for common numbers."""
    return is_short(value) or not isinstance(to_scaled(value), FailureReason)


def is_short(value: Number) -> bool:
    """Whether `value` has at most 12 decimal places and 80 digits, by a look-up: then it fits, and ends."""
    return value.denominator in _SHORT and -_INTEGER_BOUND < value.numerator < _INTEGER_BOUND


def terminates(value: Number) -> bool:
    """Whether `value` is a finite decimal."""
    return value.denominator in _SHORT or pow(10, value.denominator.bit_length(), value.denominator) == 0


def write_number(vectors: FloatArray, scaled: Sequence[int], exact: Sequence[bool]) -> None:
    """Write linear part, log part and flags of the numbers X * 10**-48 into `vectors` (n, 128)."""
    write_limbs(vectors[:, LINEAR], scaled, LAYOUT)
    vectors[:, INEXACT] = ~np.asarray(exact, dtype=bool)
    write_log(vectors, scaled, [LAYOUT.scale] * len(scaled))


def write_values(vectors: FloatArray, values: Sequence[Number], rounded: Sequence[bool] = ()) -> None:
    """Write the numbers `values`, which fit, into `vectors` (n, 128): what `to_scaled` and `write_number` write.

    Decimals of up to 12 places and about 18 digits go through int64 arrays, all others through Python integers;
    the bytes are the same. `rounded` marks values that were inexact before they came here.
    """
    if len(values) == 1:
        code = bytearray(4 * VECTOR_DIM)
        pack_value(code, values[0], any(rounded))
        vectors[0, INEXACT:] = code_vector(code)[INEXACT:]
        return
    numerators, denominators, places = _small_values(values)
    for count in np.unique(places).tolist():
        rows = np.flatnonzero(places == count)
        # All rows alike, the common case, are written in place.
        part = vectors if len(rows) == len(vectors) else np.zeros((len(rows), VECTOR_DIM), dtype=np.float32)
        if count < 0:
            pairs = [_scaled_or_stop(values[row]) for row in rows.tolist()]
            write_number(part, [scaled for scaled, _ in pairs], [exact for _, exact in pairs])
        else:
            _write_small(part, numerators[rows], denominators[rows], count)
        if part is not vectors:
            vectors[rows, INEXACT:] = part[:, INEXACT:]
    if any(rounded):
        vectors[np.asarray(rounded, dtype=bool), INEXACT] = 1


def write_short(vectors: FloatArray, values: Sequence[Number]) -> npt.NDArray[np.bool_]:
    """Write those of n numbers that are short, as `write_values` would, without a look at each; returns which, (n,).

    Short are decimals of up to 12 places and about 18 digits: they fit, whatever they are.
    """
    numerators, denominators, places = _small_values(values)
    _write_places(vectors, numerators, denominators, places)
    written: npt.NDArray[np.bool_] = places >= 0
    return written


def write_ratios(vectors: FloatArray, numerators: IntArray, denominators: IntArray) -> npt.NDArray[np.bool_]:
    """Write the exact numbers n / d, |n| < 2**62, d > 0, into `vectors` (n, 128), as `write_values` would.

    Returns which rows were written, (n,): those that are decimals of up to 12 places and about 18 digits.
    """
    places = _places(numerators, denominators)
    _write_places(vectors, numerators, denominators, places)
    written: npt.NDArray[np.bool_] = places >= 0
    return written


def _write_places(vectors: FloatArray, numerators: IntArray, denominators: IntArray, places: IntArray) -> None:
    """Write the rows whose `places` are not -1."""
    for count in np.unique(places).tolist():
        rows = np.flatnonzero(places == count)
        if count >= 0:
            # All rows alike, the common case, are written in place.
            part = vectors if len(rows) == len(vectors) else np.zeros((len(rows), VECTOR_DIM), dtype=np.float32)
            _write_small(part, numerators[rows], denominators[rows], count)
            if part is not vectors:
                vectors[rows, INEXACT:] = part[:, INEXACT:]


def pack_value(code: bytearray, value: Number, rounded: bool = False) -> None:
    """What `write_values` writes of one number, into the bytes of a code: without arrays, several times faster."""
    numerator, denominator = value.numerator, value.denominator
    short = _SHORT.get(denominator)
    if short is None:
        numerator, exact = _scaled_or_stop(value)
        rounded, denominator = rounded or not exact, LAYOUT.scale
        short = LAYOUT.fraction_limbs, 1
    limbs, factor = short
    pack_log(code, numerator, denominator, rounded)
    pack_limbs(code, LINEAR.start + LAYOUT.fraction_limbs - limbs, numerator * factor)


def pack_log(code: bytearray, numerator: int, denominator: int, rounded: bool = False) -> None:
    """What `write_log` writes of one rational, and the inexact count, into the bytes of a code."""
    if not numerator:
        _FLAGS.pack_into(code, 4 * INEXACT, rounded, 0, 1)
        return
    size = -numerator if numerator < 0 else numerator
    exponent, units = log2_field(*split_binary(size, denominator))
    _FLAGS_AND_LOG.pack_into(code, 4 * INEXACT, rounded, numerator < 0, 0, exponent, *units.to_bytes(6, "big"))


def pack_limbs(code: bytearray, place: int, number: int) -> None:
    """The signed base-100 limbs of `number`, lowest first, from dim `place` on, into the bytes of a code."""
    size, sign = (-number, -1) if number < 0 else (number, 1)
    limbs = []
    while size:
        size, limb = divmod(size, 100)
        limbs.append(sign * limb)
    _LIMBS[len(limbs)].pack_into(code, 4 * place, *limbs)


def _scaled_or_stop(value: Number) -> tuple[int, bool]:
    pair = to_scaled(value)
    assert not isinstance(pair, FailureReason), "values are checked with fits() before they are written"
    return pair


def _small_values(values: Sequence[Number]) -> tuple[IntArray, IntArray, IntArray]:
    """Numerators, denominators and decimal places of small values; places are -1 where a value is not small."""
    tops = [value.numerator for value in values]
    bottoms = [value.denominator for value in values]
    try:
        numerators, denominators = np.array(tops, dtype=np.int64), np.array(bottoms, dtype=np.int64)
    except OverflowError:
        kept = [abs(n) < _SMALL and d <= _SMALL for n, d in zip(tops, bottoms, strict=True)]
        numerators = np.array([n if keep else _SMALL for n, keep in zip(tops, kept, strict=True)], dtype=np.int64)
        denominators = np.array([d if keep else 1 for d, keep in zip(bottoms, kept, strict=True)], dtype=np.int64)
    return numerators, denominators, _places(numerators, denominators)


def _places(numerators: IntArray, denominators: IntArray) -> IntArray:
    """How many decimal places are written for each n / d; -1 where they, or all digits in 62 bits, do not suffice."""
    places = np.where(denominators == 1, 0, -1)
    if (denominators != 1).any():
        for count in _SMALL_PLACES[:0:-1]:
            places[10**count % denominators == 0] = count
        places[denominators == 1] = 0
    scales = np.array([10**count for count in range(_SMALL_PLACES[-1] + 1)])[places]
    digits = np.abs(numerators.astype(np.float64)) * (scales // denominators)
    return np.where(digits < _SMALL, places, -1)


def _write_small(vectors: FloatArray, numerators: IntArray, denominators: IntArray, places: int) -> None:
    """Linear part and log part of decimals with up to `places` places."""
    magnitudes = np.abs(numerators)
    scaled = magnitudes * (10**places // denominators)
    signs = np.sign(numerators).astype(np.float32)
    first = LINEAR.start + LAYOUT.fraction_limbs - places // LAYOUT.digits
    limbs = np.empty((len(scaled), _SMALL_LIMBS), dtype=np.float32)
    for limb in range(_SMALL_LIMBS):
        rest = scaled // LAYOUT.base
        limbs[:, limb] = scaled - rest * LAYOUT.base
        scaled = rest
    # Adding 0 turns -0 into 0, which `write_limbs` writes.
    vectors[:, first : first + _SMALL_LIMBS] = limbs * signs[:, None] + np.float32(0)
    vectors[:, NEGATIVES] = numerators < 0
    vectors[:, ZEROS] = numerators == 0
    rows = np.flatnonzero(numerators)
    if len(rows):
        _write_log_fields(vectors, rows, split_binary_array(magnitudes[rows], denominators[rows]))


def write_log(vectors: FloatArray, numerators: Sequence[int], denominators: Sequence[int]) -> None:
    """Write dims 21-29 (signs, zeros, log part) of n rationals into `vectors` (n, 128); denominators are > 0."""
    vectors[:, NEGATIVES] = [n < 0 for n in numerators]
    vectors[:, ZEROS] = [n == 0 for n in numerators]
    rows = [row for row, n in enumerate(numerators) if n]
    if rows:
        parts = [split_binary(abs(numerators[row]), denominators[row]) for row in rows]
        columns = np.array(parts, dtype=np.int64)
        _write_log_fields(vectors, np.array(rows), (columns[:, 0], columns[:, 1]))


def _write_log_fields(
    vectors: FloatArray, rows: npt.NDArray[np.intp], parts: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
) -> None:
    exponents, units = log2_fields(parts)
    vectors[rows, LOG.start] = exponents
    vectors[rows, LOG.start + 1 : LOG.stop] = (units[:, None] >> _LOG_SHIFTS) & 255


def simplest(value: Fraction) -> Number:
    """`value` as an int where it is whole."""
    return value.numerator if value.denominator == 1 else value
