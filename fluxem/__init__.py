"""fluxem: structured things in text as typed, exact 128-dimensional vectors.

This is what a training run imports: numpy and the standard library only. `fluxem.integration` has the
tokenizer, the registry of encoders and the collator; the command `fluxem-prep` builds shards.

Names load when they are first asked for: a command that only prints its help waits for no grammar to compile.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from fluxem._version import __version__
from fluxem.vocabulary import VECTOR_DIM, DomainType, FailureReason

if TYPE_CHECKING:
    from fluxem.domains.arithmetic import ArithmeticEncoder
    from fluxem.domains.calendar_date import DateEncoder
    from fluxem.domains.chord import ChordEncoder
    from fluxem.domains.clock_time import TimeEncoder
    from fluxem.domains.complex_number import ComplexEncoder
    from fluxem.domains.composition import CompositionEncoder
    from fluxem.domains.dna import DNAEncoder
    from fluxem.domains.duration import DurationEncoder
    from fluxem.domains.formula import MoleculeEncoder
    from fluxem.domains.matrix import MatrixEncoder
    from fluxem.domains.number import NumberEncoder
    from fluxem.domains.pitch import PitchEncoder
    from fluxem.domains.polynomial import PolynomialEncoder
    from fluxem.domains.protein import ProteinEncoder
    from fluxem.domains.quantity import DimensionalQuantity
    from fluxem.domains.rational import RationalEncoder
    from fluxem.domains.reaction import ReactionEncoder
    from fluxem.domains.rna import RNAEncoder
    from fluxem.domains.scale import ScaleEncoder
    from fluxem.domains.timestamp import DateTimeEncoder
    from fluxem.domains.vector import VectorEncoder
    from fluxem.encoding.header import weight
    from fluxem.integration.tokenizer import DomainToken, MultiDomainTokenizer

__all__ = [
    "VECTOR_DIM",
    "ArithmeticEncoder",
    "ChordEncoder",
    "ComplexEncoder",
    "CompositionEncoder",
    "DNAEncoder",
    "DateEncoder",
    "DateTimeEncoder",
    "DimensionalQuantity",
    "DomainToken",
    "DomainType",
    "DurationEncoder",
    "FailureReason",
    "MatrixEncoder",
    "MoleculeEncoder",
    "MultiDomainTokenizer",
    "NumberEncoder",
    "PitchEncoder",
    "PolynomialEncoder",
    "ProteinEncoder",
    "RNAEncoder",
    "RationalEncoder",
    "ReactionEncoder",
    "ScaleEncoder",
    "TimeEncoder",
    "VectorEncoder",
    "__version__",
    "weight",
]

_MODULES: Final = {
    "ArithmeticEncoder": "domains.arithmetic",
    "ChordEncoder": "domains.chord",
    "ComplexEncoder": "domains.complex_number",
    "CompositionEncoder": "domains.composition",
    "DNAEncoder": "domains.dna",
    "DateEncoder": "domains.calendar_date",
    "DateTimeEncoder": "domains.timestamp",
    "DimensionalQuantity": "domains.quantity",
    "DomainToken": "integration.tokenizer",
    "DurationEncoder": "domains.duration",
    "MatrixEncoder": "domains.matrix",
    "MoleculeEncoder": "domains.formula",
    "MultiDomainTokenizer": "integration.tokenizer",
    "NumberEncoder": "domains.number",
    "PitchEncoder": "domains.pitch",
    "PolynomialEncoder": "domains.polynomial",
    "ProteinEncoder": "domains.protein",
    "RNAEncoder": "domains.rna",
    "RationalEncoder": "domains.rational",
    "ReactionEncoder": "domains.reaction",
    "ScaleEncoder": "domains.scale",
    "TimeEncoder": "domains.clock_time",
    "VectorEncoder": "domains.vector",
    "weight": "encoding.header",
}
"""The module of each name that is loaded late."""
_PACKAGES: Final = frozenset({"domains", "encoding", "integration"})


def __getattr__(name: str) -> object:
    """What is loaded late: a public name, or a package within this one."""
    if name in _PACKAGES:
        return import_module(f"{__name__}.{name}")
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *_PACKAGES})
