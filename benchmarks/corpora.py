"""The text that is measured: five kinds from labelled files and corpora, cut or repeated to size, as JSON Lines."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Final

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

KINDS: Final = {
    "books": "corpora/books.jsonl.gz",
    "textbooks": "corpora/textbooks.jsonl.gz",
    "docs": "corpora/docs.jsonl.gz",
    "gsm8k": "arithmetic_gsm8k.jsonl.gz",
    "chemistry": "chemistry_textbook.jsonl.gz",
}
"""File of each kind, below the folder of the data."""
VOCABULARY: Final = 32_000
MB: Final = 1_000_000


def texts(data: Path, kind: str) -> Iterator[str]:
    """The documents of a kind."""
    with gzip.open(data / KINDS[kind], "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["text"]


def spread(data: Path, kind: str, size: int) -> list[str]:
    """Documents of `size` bytes in all, from the whole of a kind; all of it where it is smaller."""
    documents = list(texts(data, kind))
    step = max(1, sum(len(text.encode()) for text in documents) // size)
    return list(_up_to(iter(documents[::step]), size))


def write_sample(path: Path, documents: list[str], size: int) -> int:
    """Write documents, again and again, until `size` bytes of text are there; returns the bytes of text.

    Repetitions find memos filled, as the second half of a real corpus does; the smaller the file, the less so.
    """
    written = 0
    with path.open("w", encoding="utf-8") as lines:
        for i, text in enumerate(cycle(documents)):
            if written >= size:
                return written
            written += len(text.encode())
            lines.write(json.dumps({"id": str(i), "text": text}, ensure_ascii=False) + "\n")
    return written


def times_read(data: Path, kind: str, size: int) -> float:
    """How often the documents of a kind stand in a sample of `size` bytes; 1 where there are enough of them."""
    return size / min(size, sum(len(text.encode()) for text in spread(data, kind, size)))


def write_mixture(path: Path, data: Path, size: int) -> int:
    """All kinds, interleaved, repeated to `size` bytes of text."""
    parts = [spread(data, kind, 20 * MB) for kind in KINDS]
    counts = [max(1, round(len(part) / 100)) for part in parts]
    mixed = [
        text for i in range(100) for part, n in zip(parts, counts, strict=True) for text in part[i * n : (i + 1) * n]
    ]
    return write_sample(path, mixed, size)


def trained_tokenizer(data: Path, cache: Path) -> Path:
    """A byte-level BPE tokenizer of 32,000 entries, trained once on a sample of all kinds."""
    path = cache / f"byte-level-{VOCABULARY}.json"
    if not path.exists():
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=VOCABULARY,
            special_tokens=["<|endoftext|>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        tokenizer.train_from_iterator((text for kind in KINDS for text in spread(data, kind, 5 * MB)), trainer)
        tokenizer.save(str(path))
    return path


def _up_to(documents: Iterator[str], size: int) -> Iterator[str]:
    for text in documents:
        if size <= 0:
            return
        size -= len(text.encode())
        yield text
