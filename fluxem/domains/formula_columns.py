"""Many formulas at once, in columns: the fast ways of `MoleculeEncoder.encode_batch`.

`write_compositions` takes dicts of whole counts. `write_plain_formulas` takes the texts that are made of symbols,
numbers of up to three digits and unnested parentheses, `Ca(OH)2`, nearly all, and reads their bytes as arrays.
Both write what the way of one value at a time writes, bit for bit; all else is left to that way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, repeat
from typing import Final

import numpy as np
import numpy.typing as npt

from fluxem.domains.element_counts import CHARGE, DIMS, Count
from fluxem.encoding.header import EXACT_INTEGER_LIMIT, FloatArray
from fluxem.vocabulary import VECTOR_DIM

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_DIM_OF: Final = dict(DIMS).get


def write_compositions(vectors: FloatArray, values: Sequence[Mapping[str, Count]]) -> BoolArray:
    """Write those of n dicts that hold proper whole counts into `vectors` (n, 128), zeroed; returns which, (n,)."""
    counts = list(chain.from_iterable(value.values() for value in values))
    done = np.zeros(len(values), dtype=bool)
    if set(map(type, counts)) != {int}:
        return done
    try:
        numbers = np.array(counts, dtype=np.int64)
    except OverflowError:
        return done
    sizes = np.fromiter(map(len, values), dtype=np.intp, count=len(values))
    rows = np.repeat(np.arange(len(values)), sizes)
    dims = np.fromiter(map(_DIM_OF, chain.from_iterable(values), repeat(0)), dtype=np.intp, count=len(counts))
    good = (numbers > 0) | ((dims == DIMS[CHARGE]) & (numbers < 0))
    good &= (dims > 0) & (np.abs(numbers) < EXACT_INTEGER_LIMIT)
    done = sizes > 0
    if good.all():
        vectors[rows, dims] = numbers
        return done
    done[rows[~good]] = False
    kept = done[rows]
    vectors[rows[kept], dims[kept]] = numbers[kept]
    return done


# ------------------------------------------------------------------------------------------------------ texts

_BLOCK: Final = 4096
"""Texts a turn: what they need stays in the cache."""
_MAX_LENGTH: Final = 64
"""In so many characters, counts of up to three digits under a number of up to three cannot pass 2**24."""
_END, _UPPER, _LOWER, _DIGIT, _OPEN, _CLOSE, _OTHER = range(7)
_AFTER_COUNTED: Final = np.array([False, True, True, True, False, True, False])
"""Classes behind which a digit may stand."""


def _classes() -> npt.NDArray[np.uint8]:
    """The class of each byte."""
    table = np.full(256, _OTHER, dtype=np.uint8)
    for letters, kind in (("\n", _END), ("(", _OPEN), (")", _CLOSE), ("0123456789", _DIGIT)):
        table[[ord(letter) for letter in letters]] = kind
    table[ord("A") : ord("Z") + 1] = _UPPER
    table[ord("a") : ord("z") + 1] = _LOWER
    return table


def _symbols() -> npt.NDArray[np.uint8]:
    """The dim of each symbol by (first letter, second letter or 0), (26, 27); 0 where there is none."""
    table = np.zeros((26, 27), dtype=np.uint8)
    for symbol, dim in DIMS.items():
        if symbol != CHARGE:
            table[ord(symbol[0]) - ord("A"), ord(symbol[1]) - ord("a") + 1 if symbol[1:] else 0] = dim
    return table


_CLASS: Final = _classes()
_SYMBOL: Final = _symbols()
_STARTS_ROMAN: Final = np.isin(np.arange(256), [ord(letter) for letter in "IVX"])


def write_plain_formulas(vectors: FloatArray, texts: Sequence[str]) -> BoolArray:
    """Write the texts that are plain formulas into `vectors` (n, 128), zeroed; returns which, (n,)."""
    blocks = [slice(at, at + _BLOCK) for at in range(0, len(texts), _BLOCK)]
    return np.concatenate([_write_block(vectors[block], texts[block]) for block in blocks])


def _write_block(vectors: FloatArray, texts: Sequence[str]) -> BoolArray:
    # Three bytes of padding, so that what stands behind a byte can be looked up.
    data = np.frombuffer(("\n".join(texts) + "\n\n\n\n").encode("ascii", "replace"), dtype=np.uint8)
    kinds = _CLASS[data]
    ends = np.flatnonzero(kinds == _END)[:-3]
    if len(ends) != len(texts):  # a text of several lines is no formula, and moves the others
        return np.zeros(len(texts), dtype=bool)
    lengths = np.diff(ends, prepend=-1)
    rows = np.repeat(np.arange(len(texts)), lengths)
    done = (lengths > 1) & (lengths <= _MAX_LENGTH)
    depth = _depth(kinds[: len(rows)], ends, rows)
    done[rows[_misplaced(data, kinds, depth)]] = False
    atoms = np.flatnonzero(kinds == _UPPER)
    two = kinds[atoms + 1] == _LOWER
    dims = _SYMBOL[data[atoms] - ord("A"), np.where(two, data[atoms + 1] - (ord("a") - 1), 0)]
    owners = rows[atoms]
    done[owners[dims == 0]] = False
    counts = _numbers(data, kinds, atoms + 1 + two)
    grouped = np.flatnonzero(depth[atoms])
    closes = np.flatnonzero(kinds == _CLOSE)
    if len(closes):
        behind = np.minimum(np.searchsorted(closes, atoms[grouped]), len(closes) - 1)
        counts[grouped] *= _numbers(data, kinds, closes + 1)[behind]
    kept = done[owners]
    np.add.at(vectors.reshape(-1), owners[kept] * VECTOR_DIM + dims[kept], counts[kept].astype(np.float32))
    return done


def _depth(kinds: npt.NDArray[np.uint8], ends: IntArray, rows: IntArray) -> npt.NDArray[np.int64]:
    """How many parentheses of its text are open behind each byte."""
    if not (kinds == _OPEN).any() and not (kinds == _CLOSE).any():
        return np.zeros(len(kinds), dtype=np.int64)
    total = np.cumsum((kinds == _OPEN).astype(np.int64) - (kinds == _CLOSE))
    before = np.concatenate([[0], total[ends[:-1]]])
    depth: npt.NDArray[np.int64] = total - before[rows]
    return depth


def _misplaced(data: npt.NDArray[np.uint8], kinds: npt.NDArray[np.uint8], depth: IntArray) -> IntArray:
    """Places of bytes that no plain formula has there."""
    here, before = kinds[: len(depth)], np.concatenate([[np.uint8(_END)], kinds[: len(depth) - 1]])
    bad = here == _OTHER
    bad |= (here == _LOWER) & (before != _UPPER)
    bad |= (here == _DIGIT) & ~_AFTER_COUNTED[before]
    # A number begins with 1 to 9 and has at most three digits.
    bad |= (here == _DIGIT) & (before != _DIGIT) & (data[: len(depth)] == ord("0"))
    bad[3:] |= (here[3:] == _DIGIT) & (here[2:-1] == _DIGIT) & (here[1:-2] == _DIGIT) & (here[:-3] == _DIGIT)
    bad |= (here == _CLOSE) & (before == _OPEN)
    # `(IV)` is an oxidation number; what may be one is looked at by itself.
    bad |= (before == _OPEN) & _STARTS_ROMAN[data[: len(depth)]]
    bad |= (depth < 0) | (depth > 1) | ((here == _END) & (depth != 0))
    return np.flatnonzero(bad)


def _numbers(data: npt.NDArray[np.uint8], kinds: npt.NDArray[np.uint8], at: IntArray) -> IntArray:
    """The numbers of up to three digits that begin at the places `at`; 1 where there is none."""
    value = np.ones(len(at), dtype=np.int64)
    run = np.ones(len(at), dtype=bool)
    for digit in range(3):
        place = np.minimum(at + digit, len(data) - 1)
        run = run & (kinds[place] == _DIGIT)
        value = np.where(run, (value * 10 if digit else 0) + data[place] - ord("0"), value)
    return value
