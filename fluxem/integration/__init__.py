"""What ties detection, encoders and a model together: the names that a training run uses.

Importing this needs numpy only. Names that need torch load it when they are first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

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
from fluxem.errors import MissingDependencyError
from fluxem.integration.collator import MixedBatch, MixedStreamCollator
from fluxem.integration.detector import Detector
from fluxem.integration.loading import load_shards
from fluxem.integration.registry import DomainEncoderRegistry
from fluxem.integration.shard_dataset import ShardDataset, ShardStream
from fluxem.integration.span_batch import SpanBatch
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.integration.tokens import Analysis, DomainToken, SpanFailure

if TYPE_CHECKING:
    from fluxem.integration.causal_lm import HybridCausalLM
    from fluxem.integration.embedding import MixedStreamEmbedding
    from fluxem.integration.generation import GeneratedValue, MixedGeneration, generate_mixed
    from fluxem.integration.losses import AlgebraicConsistencyLoss, DecodeLoss, DomainValidationLoss, TypeLoss
    from fluxem.integration.pipeline import EncodedText, TrainingPipeline
    from fluxem.integration.projector import MultiDomainProjector
    from fluxem.integration.readout import DomainPrediction, DomainReadout, readout_targets
    from fluxem.integration.shard_loader import ShardLoader

__all__ = [
    "AlgebraicConsistencyLoss",
    "Analysis",
    "ArithmeticEncoder",
    "ChordEncoder",
    "ComplexEncoder",
    "CompositionEncoder",
    "DNAEncoder",
    "DateEncoder",
    "DateTimeEncoder",
    "DecodeLoss",
    "Detector",
    "DimensionalQuantity",
    "DomainEncoderRegistry",
    "DomainPrediction",
    "DomainReadout",
    "DomainToken",
    "DomainValidationLoss",
    "DurationEncoder",
    "EncodedText",
    "GeneratedValue",
    "HybridCausalLM",
    "MatrixEncoder",
    "MixedBatch",
    "MixedGeneration",
    "MixedStreamCollator",
    "MixedStreamEmbedding",
    "MoleculeEncoder",
    "MultiDomainProjector",
    "MultiDomainTokenizer",
    "NumberEncoder",
    "PitchEncoder",
    "PolynomialEncoder",
    "ProteinEncoder",
    "RNAEncoder",
    "RationalEncoder",
    "ReactionEncoder",
    "ScaleEncoder",
    "ShardDataset",
    "ShardLoader",
    "ShardStream",
    "SpanBatch",
    "SpanFailure",
    "TimeEncoder",
    "TrainingPipeline",
    "TypeLoss",
    "VectorEncoder",
    "generate_mixed",
    "load_shards",
    "readout_targets",
]

_TORCH_PARTS: Final = {
    "AlgebraicConsistencyLoss": "losses",
    "DecodeLoss": "losses",
    "DomainPrediction": "readout",
    "DomainReadout": "readout",
    "DomainValidationLoss": "losses",
    "EncodedText": "pipeline",
    "GeneratedValue": "generation",
    "HybridCausalLM": "causal_lm",
    "MixedGeneration": "generation",
    "MixedStreamEmbedding": "embedding",
    "MultiDomainProjector": "projector",
    "ShardLoader": "shard_loader",
    "TrainingPipeline": "pipeline",
    "TypeLoss": "losses",
    "generate_mixed": "generation",
    "readout_targets": "readout",
}
"""The module of each name that needs torch."""


def __getattr__(name: str) -> object:
    """A part that needs torch.

    Raises:
        MissingDependencyError: torch is not installed; says how to install it.
    """
    if name not in _TORCH_PARTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(f"{__name__}.{_TORCH_PARTS[name]}")
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise MissingDependencyError("torch", "torch") from error
    return getattr(module, name)
