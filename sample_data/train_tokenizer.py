"""Train the small tokenizer of the examples and tests: `python sample_data/train_tokenizer.py`.

A byte-level BPE of 2,048 entries: one special token, all 256 bytes, and merges learned from `tokenizer_text.txt`, which
was written for this. The same text gives the same file.
"""

from __future__ import annotations

import json
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

HERE = Path(__file__).parent


def train(text: str) -> str:
    """The tokenizer.json for a text: no normaliser, no prefix space, the GPT-2 split."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2048,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(text.splitlines(keepends=True), trainer)
    return json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    text = (HERE / "tokenizer_text.txt").read_text(encoding="utf-8")
    (HERE / "tokenizer.json").write_text(train(text), encoding="utf-8", newline="\n")
