"""fluxem: structured things in text as typed, exact 128-dimensional vectors.

This is what a training run imports: numpy and the standard library only. `fluxem.integration` has the
tokenizer, the registry of encoders and the collator; the command `fluxem-prep` builds shards.
"""

from __future__ import annotations

from fluxem._version import __version__
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
from fluxem.vocabulary import VECTOR_DIM, DomainType, FailureReason

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
