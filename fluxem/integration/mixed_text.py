"""Texts as rows of a shard, made here and now: what a build would write, without a file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from fluxem.integration.detector import Detector


def rows_of_texts(texts: Sequence[str], detector: Detector) -> list[dict[str, Any]]:
    """One row a text, without token ids: the collator takes a tokenizer for them."""
    found = detector.analyze_batch(texts)
    encoder = detector.registry.encoder_id()
    return [
        {
            "id": str(number),
            "encoder": encoder,
            "text": text,
            "span_start": found.span_start[low:high],
            "span_end": found.span_end[low:high],
            "span_domain": found.span_domain[low:high],
            "span_vector": found.span_vector[low:high],
        }
        for number, (text, (low, high)) in enumerate(zip(texts, pairwise(found.span_offsets.tolist()), strict=True))
    ]
