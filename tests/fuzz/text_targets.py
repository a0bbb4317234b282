"""Targets that take a text or a vector: the detector, every parser, every decoder.

A target is a function of the fuzzer's bytes. It returns where the product keeps its word, and raises where it does not.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from fluxem.domains import DOMAINS
from fluxem.domains.domain import Domain, Failure
from fluxem.errors import DecodeError
from fluxem.integration.detector import Detector
from fluxem.vocabulary import REASON_NAMES, VECTOR_DIM, DomainType
from fluxem_prep.pipeline.value_words import decoded_words

TargetFunction = Callable[[bytes], None]
DETECTORS = (Detector(), Detector(tuple(DOMAINS), ambiguity="priority"), Detector(budget=3))


def text_of(data: bytes) -> str:
    """Any text, lone surrogates included: what is no UTF-8 becomes them."""
    return data.decode("utf-8", "surrogateescape")


def detector(data: bytes) -> None:
    """Spans and failures are disjoint, in order, inside their text, of known ids, and finite; a batch is its texts."""
    which, parts = DETECTORS[data[0] % len(DETECTORS) if data else 0], text_of(data[1:]).split("\0")
    found = which.analyze_batch(parts)
    assert len(found.span_offsets) == len(found.failure_offsets) == len(parts) + 1
    assert found.span_vector.shape == (len(found.span_start), VECTOR_DIM)
    assert np.isfinite(found.span_vector).all()
    assert not len(found.span_domain) or 1 <= found.span_domain.min() <= found.span_domain.max() <= max(DomainType)
    assert all(0 < reason < len(REASON_NAMES) for reason in found.failure_reason.tolist())
    for row, text in enumerate(parts):
        places = []
        for offsets, start, end in (
            (found.span_offsets, found.span_start, found.span_end),
            (found.failure_offsets, found.failure_start, found.failure_end),
        ):
            low, high = offsets[row : row + 2].tolist()
            places += list(zip(start[low:high].tolist(), end[low:high].tolist(), strict=True))
        place = 0
        for start, end in sorted(places):
            assert place <= start < end <= len(text), (places, text)
            place = end
    if len(parts) > 1:
        alone = which.analyze_batch(parts[:1])
        assert alone.span_vector.tobytes() == found.span_vector[: len(alone.span_start)].tobytes()


def parser(entry: Domain, data: bytes) -> None:
    """A text is a failure, or a value whose code reads back."""
    value = entry.encoder.prepare(text_of(data))
    if not isinstance(value, Failure):
        vector = entry.encoder.write_one(value)
        assert np.isfinite(vector).all()
        assert entry.encoder.is_valid(vector)


def batch(entry: Domain, data: bytes) -> None:
    """Many texts at once, by the ways that are made for many, give the bytes and failures of one at a time."""
    texts = (text_of(data).split("\n") * 40)[:80]
    vectors, failures = entry.encoder.encode_batch(texts)
    for row in range(min(len(texts), 1 + data.count(b"\n"))):
        single = entry.encoder.encode(texts[row])
        assert (single is None) == (row in failures), texts[row]
        assert single is None or single.tobytes() == vectors[row].tobytes(), texts[row]


def decoder(entry: Domain, codes: list[np.ndarray], data: bytes) -> None:
    """A code with any coordinates overwritten decodes, by every reading, or is a DecodeError."""
    if not data:
        return
    vector = codes[data[0] % len(codes)].copy()
    for dim, value in edits(data[1:]):
        vector[dim] = value
    for reading in ("decode", "decode_sum", "decode_product", "is_valid"):
        if hasattr(entry.encoder, reading):
            try:
                getattr(entry.encoder, reading)(vector)
            except DecodeError:
                continue
    decoded_words(entry.type, vector)


def edits(data: bytes) -> Iterator[tuple[int, float]]:
    """(dim, coordinate), from five bytes each: a small whole number, or any float32."""
    for place in range(0, len(data) - 4, 5):
        dim, small = data[place], data[place + 1 : place + 5]
        if dim < VECTOR_DIM:
            yield dim, struct.unpack("<f", small)[0]
        else:
            yield dim - VECTOR_DIM, float(struct.unpack("<h", small[:2])[0])


def seeds_of(entry: Domain) -> list[bytes]:
    """The texts of the table of domains."""
    return [text.encode() for text, _ in (*entry.examples, *entry.rejects)]


def text_targets() -> Iterator[tuple[str, TargetFunction, list[bytes], int]]:
    """Name, function, seeds, and the length of the longest input to try."""
    prose = [
        b"\0The " + text + b" in A minor, 5 km, (1 + 2) * 3 and H2O." for d in DOMAINS.values() for text in seeds_of(d)
    ]
    yield "detector", detector, prose, 300
    for domain, entry in DOMAINS.items():
        codes = [code for text, _ in entry.examples if (code := entry.encoder.encode(text)) is not None]
        yield f"parse-{domain.name}", partial(parser, entry), seeds_of(entry), 200
        yield f"batch-{domain.name}", partial(batch, entry), [b"\n".join(seeds_of(entry))], 300
        yield f"decode-{domain.name}", partial(decoder, entry, codes), [bytes([i]) for i in range(len(codes))], 80
