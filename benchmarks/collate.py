"""Collating on one core: each mode of `MixedStreamCollator` beside the token collators of transformers.

    python benchmarks/collate.py [INPUT ...] [--rows 2048] [--batch-size 16] [--repeats 5]

Builds shards of INPUT (by default paragraphs written here, with a quantity, a formula or a calculation every few
sentences), then times batches of the same rows as tensors. Ours takes Arrow tables, as `load_shards` hands them to a
data loader; the others take lists of dicts with `input_ids`, as a `datasets` data set of tokenised texts gives them.
A position counts as one token, so a span's vector counts for one although its text had several tokens.
The last lines give the share of a training step's forward that `MultiDomainProjector` takes beside a small Llama.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers

import fluxem_prep
from fluxem.integration import HybridCausalLM, MixedStreamCollator, MultiDomainProjector, load_shards

TOKENIZER = Path(__file__).parent.parent / "sample_data" / "tokenizer.json"
WORDS = (
    "the",
    "sample",
    "was",
    "kept",
    "under",
    "a",
    "steady",
    "flow",
    "of",
    "gas",
    "while",
    "its",
    "mass",
    "and",
    "colour",
)
SPANS = ("373.15 K", "9.8 m/s^2", "H2SO4", "1234 + 5678 =", "2 mol", "C6H12O6", "12 * 34 =", "5 kg/m^3")


def paragraphs(count: int) -> list[str]:
    """Texts of about 200 words, a span every 25 words or so."""
    draw = random.Random(0)
    texts = []
    for _ in range(count):
        words = [draw.choice(WORDS) for _ in range(draw.randrange(100, 300))]
        for place in range(10, len(words), 25):
            words[place] = draw.choice(SPANS)
        texts.append(" ".join(words) + ".")
    return texts


def seconds(call: Callable[[Any], Any], batches: Sequence[Any], repeats: int) -> float:
    """The median CPU time of one pass over all batches: one thread, so what one core takes, whatever else runs."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        for batch in batches:
            call(batch)
        times.append(time.process_time() - start)
    return statistics.median(times)


def collate_speeds(shards: Path, rows: int, batch_size: int, repeats: int) -> None:
    """A line a collator."""
    starts = range(0, rows, batch_size)
    print(f"{'collator':36}{'tokens':>10}{'seconds':>10}{'tokens/s':>14}{'rows/s':>10}")
    whole: list[list[dict[str, list[int]]]] = []
    for mode in ("tokens", "hybrid", "augment"):
        collate = MixedStreamCollator(mode, output="torch")
        data = load_shards(shards, mode=mode, shuffle=False)
        tables = [data.__getitems__(range(start, min(start + batch_size, rows))) for start in starts]
        positions = [collate(table) for table in tables]
        if mode == "tokens":
            whole = [
                [
                    {"input_ids": ids[mask == 1].tolist()}
                    for ids, mask in zip(b["input_ids"], b["attention_mask"], strict=True)
                ]
                for b in positions
            ]
        report(f"MixedStreamCollator {mode}", seconds(collate, tables, repeats), positions, rows)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(TOKENIZER), pad_token="<|endoftext|>")  # noqa: S106
    for usual in (
        transformers.DataCollatorForLanguageModeling(tokenizer, mlm=False),
        transformers.DataCollatorWithPadding(tokenizer),
    ):
        report(type(usual).__name__, seconds(usual, whole, repeats), [usual(batch) for batch in whole], rows)


def report(name: str, spent: float, batches: Sequence[Any], rows: int) -> None:
    """One line."""
    tokens = sum(int(batch["attention_mask"].sum()) for batch in batches)
    print(f"{name:36}{tokens:>10}{spent:>10.4f}{tokens / spent:>14,.0f}{rows / spent:>10,.0f}")


def projector_share(shards: Path, batch_size: int, repeats: int) -> None:
    """Time of projection beside a small Llama's whole forward, on one batch."""
    config = transformers.LlamaConfig(
        vocab_size=8192, hidden_size=256, intermediate_size=688, num_hidden_layers=4, num_attention_heads=4
    )
    batch = MixedStreamCollator(output="torch")(load_shards(shards).__getitems__(range(batch_size)))
    types = batch["domain_types"][batch["domain_mask"]]
    for lift in ("none", "one_hot"):
        projector = MultiDomainProjector(256, digit_lift=lift)
        model = HybridCausalLM(transformers.LlamaForCausalLM(config), projector).eval()
        with torch.no_grad():
            alone = seconds(lambda b, p=projector: p(b["vectors"], types), [batch], repeats)
            step = seconds(lambda b, m=model: m(**b), [batch], repeats)
        print(f"projector, digit_lift={lift}: {alone * 1e3:.2f} ms of {step * 1e3:.1f} ms forward: {alone / step:.2%}")


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", nargs="*", type=Path)
    parser.add_argument("--rows", type=int, default=2048)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        inputs = options.input
        if not inputs:
            inputs = [Path(name) / "paragraphs.jsonl"]
            lines = [json.dumps({"text": text}) for text in paragraphs(options.rows)]
            inputs[0].write_text("\n".join(lines), encoding="utf-8")
        shards = fluxem_prep.build(inputs, Path(name) / "out", tokenizer=TOKENIZER).out
        rows = min(options.rows, len(load_shards(shards)))
        collate_speeds(shards, rows, options.batch_size, options.repeats)
        projector_share(shards, options.batch_size, options.repeats)


if __name__ == "__main__":
    main()
