"""The numbers that stand on disk: domain ids, failure reasons, vector width, column names.

Everything here is append-only. A shard written years ago names its domains and reasons by these ids, so an
id is never reused and never changes its meaning; `tests/test_vocabulary.py` holds them against a committed
reference file.
"""

from __future__ import annotations

import hashlib
import json
from enum import IntEnum
from typing import Final

VECTOR_DIM: Final = 128
"""Width of every span vector, in float32 coordinates."""

SCHEMA_VERSION: Final = 1
"""Version of the row layout of a shard."""

VECTOR_PLACEHOLDER_ID: Final = -1
"""Stands in `input_ids` of a shard where a span's vector goes; no tokenizer has a negative id."""


class DomainType(IntEnum):
    """What a segment is. TEXT goes to the language model's tokenizer; every other type is a vector."""

    TEXT = 0
    ARITHMETIC = 1
    QUANTITY = 2
    FORMULA = 3
    COMPLEX = 4
    VECTOR = 5
    DNA = 6
    PITCH = 7
    REACTION = 8
    RATIONAL = 9
    MATRIX = 10
    POLYNOMIAL = 11
    RNA = 12
    PROTEIN = 13
    DATE = 14
    TIME = 15
    DATETIME = 16
    DURATION = 17
    CHORD = 18
    SCALE = 19
    NUMBER = 20
    COMPOSITION = 21


class FailureReason(IntEnum):
    """Why a candidate stayed text. 0 is kept free, so that a zero never reads as a reason."""

    AMBIGUOUS = 1
    UNKNOWN_UNIT = 2
    UNKNOWN_ELEMENT = 3
    UNBALANCED_BRACKETS = 4
    DIVISION_BY_ZERO = 5
    OUT_OF_RANGE = 6
    TOO_LONG = 7
    NON_REAL = 8
    LIMIT_EXCEEDED = 9
    INVALID_VALUE = 10
    NO_ENCODER = 11

    @property
    def label(self) -> str:
        """The reason as people read it: `division_by_zero`."""
        return self.name.lower()


REASON_NAMES: Final[tuple[str, ...]] = ("none", *(reason.label for reason in FailureReason))
"""Name of each reason by id; index 0 is the free id."""

DOMAIN_NAMES: Final[tuple[str, ...]] = tuple(domain.name for domain in DomainType)
"""Name of each domain by id."""

PRIORITY: Final[tuple[DomainType, ...]] = (
    DomainType.REACTION,
    DomainType.MATRIX,
    DomainType.VECTOR,
    DomainType.DATETIME,
    DomainType.DATE,
    DomainType.TIME,
    DomainType.COMPLEX,
    DomainType.POLYNOMIAL,
    DomainType.RATIONAL,
    DomainType.ARITHMETIC,
    DomainType.QUANTITY,
    DomainType.DURATION,
    DomainType.DNA,
    DomainType.RNA,
    DomainType.PROTEIN,
    DomainType.FORMULA,
    DomainType.COMPOSITION,
    DomainType.CHORD,
    DomainType.SCALE,
    DomainType.PITCH,
    DomainType.NUMBER,
)
"""Which reading of the same stretch wins, first to last, when neither is longer."""


def vocabulary() -> dict[str, dict[int, str]]:
    """The ids and names as they are written into the metadata of a shard."""
    return {"domains": dict(enumerate(DOMAIN_NAMES)), "reasons": dict(enumerate(REASON_NAMES))}


def vocabulary_hash() -> str:
    """First 12 hex digits of the sha256 of the vocabulary and the vector width."""
    text = json.dumps([vocabulary(), VECTOR_DIM], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
