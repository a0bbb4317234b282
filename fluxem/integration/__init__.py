"""What ties detection, encoders and a model together: the names that a training run uses."""

from __future__ import annotations

from fluxem.domains.arithmetic import ArithmeticEncoder
from fluxem.integration.collator import MixedBatch, MixedStreamCollator
from fluxem.integration.detector import Detector
from fluxem.integration.registry import DomainEncoderRegistry
from fluxem.integration.span_batch import SpanBatch
from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.integration.tokens import Analysis, DomainToken, SpanFailure

__all__ = [
    "Analysis",
    "ArithmeticEncoder",
    "Detector",
    "DomainEncoderRegistry",
    "DomainToken",
    "MixedBatch",
    "MixedStreamCollator",
    "MultiDomainTokenizer",
    "SpanBatch",
    "SpanFailure",
]
