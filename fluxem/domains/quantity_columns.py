"""Many quantities at once, in columns: the fast ways of `DimensionalQuantity.encode_batch`.

`write_quantities` takes values. `UnitColumns` takes the texts whose number is a plain decimal and whose unit is exact,
which are nearly all, from one regular expression over all of them, and computes their values in int64 arrays. They
write what the way of one value at a time writes, bit for bit; whatever does not fit (other numerals, rounded units,
large numbers) is left to that way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from operator import add
from typing import Final

import numpy as np
import numpy.typing as npt

from fluxem.domains.quantity_text import SIGNS, Quantity, is_well_formed
from fluxem.domains.unit_expression import resolve
from fluxem.domains.units import BASE_UNITS, Unit
from fluxem.encoding import number_block
from fluxem.encoding.header import FloatArray
from fluxem.encoding.type_check import ENERGY

_LINE = re.compile(
    rf"([{SIGNS}]?)"
    r"([0-9]{1,9}|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,2})(?:\.([0-9]{1,6}))?"
    r"(?:(?:[ \u00a0]|-(?=[^\W\d_]))([^\W\d_][^\n]*|[°µ%][^\n]*)|([^\W\d_CF][^\n]*|[µ°%][^\n]*))\n|([^\n]*)\n"
)
_MAX_UNITS: Final = 16_384
_SMALL: Final = 2**39
_BLOCK: Final = 4096
"""Texts a turn: what they need stays in the cache."""
_FIELDS: Final = len(BASE_UNITS) + 2
TYPE: Final = slice(ENERGY + 1, ENERGY + 1 + _FIELDS)
"""Nine exponents, a reserved dim, the affine flag."""
_TEN: Final = 10 ** np.arange(7, dtype=np.int64)


def write_quantities(vectors: FloatArray, quantities: Sequence[Quantity]) -> npt.NDArray[np.bool_]:
    """Write dims 8-127 of the well-formed, short quantities into `vectors` (n, 128), zeroed; returns which, (n,)."""
    values = [quantity.value for quantity in quantities]
    if not {int, Fraction}.issuperset(map(type, values)):
        return np.zeros(len(values), dtype=bool)
    # Quantities of one unit share its dimension, so that few are looked at.
    kinds = [(id(quantity.dimension), not quantity.affine) for quantity in quantities]
    numbers: dict[tuple[int, bool], int] = {}
    for kind in kinds:
        numbers.setdefault(kind, len(numbers))
    models = dict(zip(kinds, quantities, strict=True))
    good = np.array([is_well_formed(model) for model in models.values()])
    fields = np.zeros((len(models), _FIELDS), dtype=np.float32)
    for row, model in enumerate(models.values()):
        if good[row]:
            fields[row] = (*model.dimension, 0, model.affine)
    rows = np.array([numbers[kind] for kind in kinds])
    done = number_block.write_short(vectors, values)
    vectors[:, TYPE] = fields[rows]
    vectors[:, ENERGY] = np.square(fields).sum(axis=1)[rows]
    vectors[np.array([quantity.rounded for quantity in quantities], dtype=bool), number_block.INEXACT] = 1
    below_zero = (vectors[:, TYPE.stop - 1] != 0) & (vectors[:, number_block.NEGATIVES] != 0)
    done &= good[rows] & ~below_zero
    return done


class UnitColumns:
    """Units by the text that names them, as rows of arrays; grows as they come, up to a bound."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._rows: list[tuple[int, int, int, int]] = []
        self._types: list[list[float]] = []
        self._factors: npt.NDArray[np.int64] = np.zeros((0, 4), dtype=np.int64)
        self._fields: FloatArray = np.zeros((0, _FIELDS), dtype=np.float32)

    def write(self, vectors: FloatArray, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Write dims 8-127 of the texts that are simple into `vectors` (n, 128); returns which, (n,)."""
        blocks = [slice(at, at + _BLOCK) for at in range(0, len(texts), _BLOCK)]
        return np.concatenate([self._write_block(vectors[block], texts[block]) for block in blocks])

    def _write_block(self, vectors: FloatArray, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
        lines = _LINE.findall("\n".join(texts) + "\n")
        if len(lines) != len(texts):
            return np.zeros(len(texts), dtype=bool)
        signs, wholes, parts, spaced, glued, _ = zip(*lines, strict=True)
        units = self._numbers(list(map(add, spaced, glued)))
        digits = np.array([int(whole.replace(",", "") or 0) for whole in map(add, wholes, parts)], dtype=np.int64)
        digits[[sign not in ("", "+") for sign in signs]] *= -1
        return self._write(vectors, digits, _TEN[list(map(len, parts))], units)

    def _write(
        self,
        vectors: FloatArray,
        digits: npt.NDArray[np.int64],
        tens: npt.NDArray[np.int64],
        units: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.bool_]:
        """Write digits / tens of each unit; -1 is no unit."""
        simple = units >= 0
        if not simple.any():
            return simple
        numerator, denominator, offset, below = self._factors[units].T
        # x * n / d + o / b with b | d * 10**k: the offsets are hundredths.
        bottom = denominator * tens * below
        with np.errstate(over="ignore"):
            top = digits * numerator * below + offset * denominator * tens
        size = (
            np.abs(digits.astype(np.float64)) * numerator * below
            + np.abs(offset.astype(np.float64)) * denominator * tens
        )
        fits = simple & (size < 2.0**61) & (denominator.astype(np.float64) * tens * below < 2.0**39)
        fits &= (top >= 0) | (offset == 0)
        rows = np.flatnonzero(fits)
        part = vectors if len(rows) == len(vectors) else np.zeros((len(rows), vectors.shape[1]), dtype=np.float32)
        written = number_block.write_ratios(part, top[rows], bottom[rows])
        fields = self._fields[units[rows]]
        part[:, TYPE] = fields
        part[:, ENERGY] = np.square(fields).sum(axis=1)
        if part is not vectors:
            vectors[rows, ENERGY:] = part[:, ENERGY:]
        done = np.zeros(len(vectors), dtype=bool)
        done[rows[written]] = True
        if not done.all():
            vectors[~done, ENERGY:] = 0
        return done

    def _numbers(self, names: Sequence[str]) -> npt.NDArray[np.int64]:
        """The row of each name, -1 for what is no simple unit."""
        found = list(map(self._ids.get, names))
        if None in found:
            for name in set(names) - self._ids.keys():
                self._learn(name)
            found = [self._ids.get(name, -1) for name in names]
            self._factors = np.array(self._rows, dtype=np.int64).reshape(-1, 4)
            self._fields = np.array(self._types, dtype=np.float32).reshape(-1, _FIELDS)
        return np.array(found, dtype=np.int64)

    def _learn(self, name: str) -> None:
        """Give `name` a row, or -1."""
        if len(self._ids) >= _MAX_UNITS or len(name) > 64:
            return
        unit = resolve(name) if name else None
        self._ids[name] = -1
        if not isinstance(unit, Unit) or unit.rounded or name[-1].isspace():
            return
        offset = unit.offset if unit.offset is not None else unit.factor * 0
        numbers = (unit.factor.numerator, unit.factor.denominator, offset.numerator, offset.denominator)
        if max(numbers) < _SMALL:
            self._ids[name] = len(self._rows)
            self._rows.append(numbers)
            self._types.append([*map(float, unit.dimension), 0.0, float(unit.offset is not None)])
