"""The documents of a report, as the JSON that its page reads.

Offsets are turned from code points into UTF-16 units, in which a browser counts. A vector is written once for each
distinct surface, as its non-zero coordinates. Long documents are cut, and say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fluxem.domains.fields import FIELDS
from fluxem.vocabulary import DOMAIN_NAMES, REASON_NAMES

from .value_words import decoded_words

SHOWN_CHARACTERS: Final = 8_000
"""Of each document."""
_DECODED_CHARACTERS: Final = 600


def page_data(rows: Iterable[Mapping[str, Any]]) -> dict[str, object]:
    """What the page's script reads; arrays, because there are many of each.

    The keys: `domains`, `reasons` (names by id), `fields` (by domain: [name, start, labels]), `sources`, `values`
    ([decoded value, [dim, coordinate, dim, coordinate, ...]]), and `documents`:
    [id, source index, text, characters in all, spans, failures], the last two flat, in order of place:
    [start, end, domain, value index, ...] and [start, end, domain, reason, ...].
    """
    sources: dict[str, int] = {}
    values = _Values()
    documents = [_document(row, sources, values) for row in rows]
    return {
        "domains": DOMAIN_NAMES,
        "reasons": REASON_NAMES,
        "fields": {
            int(domain): [[field.name, field.start, field.labels] for field in fields]
            for domain, fields in FIELDS.items()
        },
        "sources": list(sources),
        "values": values.found,
        "documents": documents,
    }


class _Values:
    """Distinct values, by type and surface: the code is a function of these two."""

    def __init__(self) -> None:
        self.found: list[tuple[str, list[float]]] = []
        self._index: dict[tuple[int, str], int] = {}

    def index(self, domain: int, surface: str, vector: npt.NDArray[np.float32]) -> int:
        """Where the value stands in the list."""
        key = domain, surface
        if key not in self._index:
            self._index[key] = len(self.found)
            self.found.append((_decoded(domain, vector), _sparse(vector)))
        return self._index[key]


def _decoded(domain: int, vector: npt.NDArray[np.float32]) -> str:
    value = decoded_words(domain, vector)
    return value if len(value) <= _DECODED_CHARACTERS else f"{value[:_DECODED_CHARACTERS]}…"


def _sparse(vector: npt.NDArray[np.float32]) -> list[float]:
    """The coordinates that are not zero: dim, value, dim, value, ..."""
    pairs = ((dim, float(vector[dim])) for dim in np.flatnonzero(vector).tolist())
    return [number for dim, value in pairs for number in (dim, int(value) if value.is_integer() else value)]


def _document(row: Mapping[str, Any], sources: dict[str, int], values: _Values) -> list[object]:
    text: str = row["text"]
    shown = text[:SHOWN_CHARACTERS]
    units = _units(shown)
    spans: list[int] = []
    columns = (row["span_start"].tolist(), row["span_end"].tolist(), row["span_domain"].tolist(), row["span_vector"])
    for start, end, domain, vector in zip(*columns, strict=True):
        if end <= len(shown):
            spans += [int(units[start]), int(units[end]), domain, values.index(domain, text[start:end], vector)]
    failures: list[int] = []
    names = ("failure_start", "failure_end", "failure_domain", "failure_reason")
    for start, end, domain, reason in zip(*(row[name].tolist() for name in names), strict=True):
        if end <= len(shown):
            failures += [int(units[start]), int(units[end]), domain, reason]
    source = sources.setdefault(row["source"], len(sources))
    return [row["id"], source, shown, len(text), spans, failures]


def _units(text: str) -> npt.NDArray[np.int64]:
    """(len + 1,) offset in UTF-16 units of each code point, and of the end."""
    points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    return np.concatenate([[0], np.cumsum(1 + (points > 0xFFFF))])
