"""Codes by surface, so that a text that recurs is parsed and encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fluxem.domains.domain import DomainEncoder
from fluxem.vocabulary import VECTOR_DIM

MEMO_ROWS: Final = 16_384
"""Codes kept a domain: 8 MiB."""
MEMO_SURFACE: Final = 256
"""Longer surfaces are encoded each time, so that the keys stay small."""

Codes = tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]
"""Codes (n, 128) and reasons (n,): 0 where there is a code, else the id of the reason, and the row is NaN."""


class CodeMemo:
    """A bounded memo in front of one encoder. When it is full it starts anew, which needs no order of use."""

    def __init__(self, encoder: DomainEncoder[Any]) -> None:
        self._encoder = encoder
        self._rows: dict[str, int] = {}
        self._vectors = np.zeros((0, VECTOR_DIM), dtype=np.float32)
        self._reasons = np.zeros(0, dtype=np.uint8)

    def encode(self, surfaces: Sequence[str]) -> Codes:
        """The code, or the reason for none, of each surface."""
        new = [surface for surface in dict.fromkeys(surfaces) if surface not in self._rows]
        if not new:
            rows = [self._rows[surface] for surface in surfaces]
            return self._vectors[rows], self._reasons[rows]
        if len(self._rows) + len(new) > MEMO_ROWS:
            self._rows.clear()
            new = list(dict.fromkeys(surfaces))
        if len(new) > MEMO_ROWS or max(map(len, new)) > MEMO_SURFACE:
            return self._unremembered(surfaces)
        self._remember(new)
        rows = [self._rows[surface] for surface in surfaces]
        return self._vectors[rows], self._reasons[rows]

    def _remember(self, new: list[str]) -> None:
        if not len(self._vectors):
            self._vectors = np.zeros((MEMO_ROWS, VECTOR_DIM), dtype=np.float32)
            self._reasons = np.zeros(MEMO_ROWS, dtype=np.uint8)
        first = len(self._rows)
        place = slice(first, first + len(new))
        self._vectors[place], self._reasons[place] = self._fresh(new)
        self._rows.update(zip(new, range(place.start, place.stop), strict=True))

    def _fresh(self, surfaces: Sequence[str]) -> Codes:
        vectors, failures = self._encoder.encode_batch(surfaces)
        reasons = np.zeros(len(surfaces), dtype=np.uint8)
        for row, reason in failures.items():
            reasons[row] = reason
        return vectors, reasons

    def _unremembered(self, surfaces: Sequence[str]) -> Codes:
        unique = {surface: row for row, surface in enumerate(dict.fromkeys(surfaces))}
        vectors, reasons = self._fresh(list(unique))
        rows = [unique[surface] for surface in surfaces]
        return vectors[rows], reasons[rows]
