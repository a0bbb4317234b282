"""Encodings a second of the public package `fluxem` 1.0.1; runs in the environment that has it, not in ours.

Reads `{"repeats": n, "values": {domain: [...]}}` from stdin, writes `{domain: encodings a second or null}` to stdout.
It has no batches, so it is measured one value at a time, warm, with the values parsed before the clock starts.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from fluxem.domains.biology import DNAEncoder, ProteinEncoder
from fluxem.domains.chemistry import MoleculeEncoder, ReactionEncoder
from fluxem.domains.math import (
    ArithmeticEncoder,
    ComplexEncoder,
    DateTimeEncoder,
    MatrixEncoder,
    PolynomialEncoder,
    RationalEncoder,
    VectorEncoder,
)
from fluxem.domains.music import ChordEncoder, PitchEncoder, ScaleEncoder
from fluxem.domains.physics import DimensionalQuantity

Call = tuple[Callable[..., Any], Callable[[Any], tuple[Any, ...]]]


def _one(value: object) -> tuple[Any, ...]:
    return (value,)


CALLS: dict[str, Call] = {
    "NUMBER": (ArithmeticEncoder().encode, _one),
    "ARITHMETIC": (ArithmeticEncoder().encode, _one),
    "QUANTITY": (DimensionalQuantity().encode, lambda pair: (pair[0], pair[1])),
    "FORMULA": (MoleculeEncoder().encode, _one),
    "COMPLEX": (ComplexEncoder().encode, lambda pair: (complex(*pair),)),
    "VECTOR": (VectorEncoder().encode, _one),
    "MATRIX": (MatrixEncoder().encode, _one),
    "POLYNOMIAL": (PolynomialEncoder().encode, _one),
    "REACTION": (ReactionEncoder().encode, _one),
    "RATIONAL": (RationalEncoder().encode, lambda pair: ((pair[0], pair[1]),)),
    "DNA": (DNAEncoder().encode, _one),
    "PROTEIN": (ProteinEncoder().encode, _one),
    "PITCH": (PitchEncoder().encode, _one),
    "CHORD": (ChordEncoder().encode, lambda pair: (pair[0], pair[1])),
    "SCALE": (ScaleEncoder().encode, lambda pair: (pair[0], pair[1])),
    "DATE": (DateTimeEncoder().encode, lambda parts: (date(*parts),)),
}


def rate(domain: str, values: list[Any], repeats: int) -> float | None:
    """Encodings a second of CPU time, the best of `repeats` passes after a warm one; None where it raises."""
    encode, unpack = CALLS[domain]
    calls = [unpack(value) for value in values]
    try:
        encode(*calls[0])
    except NameError:  # in 1.0.1 some encoders name a variable that they lack, whatever the value
        return None
    best = float("inf")
    for _ in range(repeats + 1):
        started = time.process_time()
        for call in calls:
            encode(*call)
        best = min(best, time.process_time() - started)
    return len(calls) / best


def main() -> None:
    """Measure what stdin asks for."""
    task = json.load(sys.stdin)
    json.dump({name: rate(name, values, task["repeats"]) for name, values in task["values"].items()}, sys.stdout)


if __name__ == "__main__":
    main()
