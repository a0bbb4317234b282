"""fluxem: structured things in text as typed, exact 128-dimensional vectors.

This is what a training run imports: numpy and the standard library only. `fluxem.integration` has the
tokenizer, the registry of encoders and the collator; the command `fluxem-prep` builds shards.
"""

from __future__ import annotations

from fluxem._version import __version__
from fluxem.domains.arithmetic import ArithmeticEncoder
from fluxem.integration.tokenizer import DomainToken, MultiDomainTokenizer
from fluxem.vocabulary import VECTOR_DIM, DomainType, FailureReason

__all__ = [
    "VECTOR_DIM",
    "ArithmeticEncoder",
    "DomainToken",
    "DomainType",
    "FailureReason",
    "MultiDomainTokenizer",
    "__version__",
]
