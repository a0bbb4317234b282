"""Does a small decoder calculate better from vectors than from digits? Six ways to show the same questions, on a CPU.

    python examples/train_hybrid.py --out DIR [--arms tokens,hybrid] [--examples 8000] [--seeds 0,1,2] [--steps 600]

The questions (`questions.py`) are built into shards by `fluxem_prep.build` and loaded with `load_shards`. Every arm
reads the same shards (the calculator's hold the same questions as expressions) and has the same decoder, steps and
order of rows. What differs is what the decoder sees of an operand:

    tokens      its digits, one token each
    hybrid      one vector
    augment     the vector, then its digits
    scalar      one learned direction times the value, as in xVal (arXiv 2310.02989)
    readout     one vector, and the answer is a vector too: a `DomainReadout` predicts its code
    calculator  `41 + 87 =` is one ARITHMETIC vector, which holds the result: reading it off is not calculating

In all but `readout` the answer is written as digits (`text_from`), and is right if every digit and the end are; in
`readout` it is right if the code is, in every coordinate. Results go to DIR/results.jsonl, a line a run; a run that
stands there is not repeated, so the same command goes on after a stop. `plot_experiment.py` makes tables and plots.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import transformers
from questions import ANSWER, VOCABULARY, Shards, build_all
from tokenizers import Tokenizer
from torch import Tensor, nn

from fluxem.integration import (
    DomainEncoderRegistry,
    DomainReadout,
    HybridCausalLM,
    MixedStreamCollator,
    MultiDomainProjector,
    load_shards,
    readout_targets,
)
from fluxem.integration.digits import LIMBS
from fluxem.vocabulary import DomainType

HIDDEN, LAYERS, BATCH, RATE, INIT = 64, 2, 32, 3e-3, 0.1
ARMS = ("tokens", "hybrid", "augment", "scalar", "readout", "calculator")
DOMAINS = (DomainType.ARITHMETIC, DomainType.QUANTITY, DomainType.NUMBER, DomainType.FORMULA)
Batch = dict[str, Tensor]

# ------------------------------------------------------------------------------------------------ arms


class ScalarProjector(nn.Module):
    """xVal: a learned direction a domain, times the value, scaled so that sums up to 10,000 lie in [-5, 5]."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.hidden_dim = hidden
        self.type_embedding = None
        self.direction = nn.Embedding(len(DomainType), hidden)
        nn.init.normal_(self.direction.weight, std=INIT)
        self.register_buffer("powers", 100.0 ** torch.arange(-24, 40, dtype=torch.float64))

    def forward(self, vectors: Tensor, types: Tensor) -> Tensor:
        """(N, H); a formula, which has no single value, counts as 1."""
        value = (vectors[:, LIMBS].double() @ self.powers / 2000).float()
        value = torch.where(types == DomainType.FORMULA, torch.ones_like(value), value)
        return self.direction(types) * value[:, None]


def make_model(arm: str, seed: int) -> HybridCausalLM:
    """The same decoder for every arm."""
    torch.manual_seed(seed)
    config = transformers.GPT2Config(
        vocab_size=VOCABULARY, n_embd=HIDDEN, n_layer=LAYERS, n_head=4, n_positions=64, activation_function="relu",
        initializer_range=INIT, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, bos_token_id=None, eos_token_id=None,
    )  # fmt: skip
    language_model = transformers.GPT2LMHeadModel(config)
    projector: Any = (
        ScalarProjector(HIDDEN)
        if arm == "scalar"
        else MultiDomainProjector(HIDDEN, digit_lift="one_hot", domains=DOMAINS, init_std=INIT)
    )
    return HybridCausalLM(language_model, projector, DomainReadout(HIDDEN) if arm == "readout" else None)


def make_collator(arm: str) -> MixedStreamCollator:
    """How the arm shows a question."""
    if arm == "tokens":
        return MixedStreamCollator("tokens", output="torch")
    mode: Any = "augment" if arm == "augment" else "hybrid"
    # In the readout arm the answer is a vector, too; in all others it is written.
    text_from = None if arm == "readout" else lambda text: text.index(ANSWER) + 1
    return MixedStreamCollator(mode, output="torch", text_from=text_from)


def only_answers(batch: Batch, colon: int) -> Batch:
    """Targets behind the colon only: questions are random, so predicting them teaches nothing."""
    seen = (batch["input_ids"] == colon) & ~batch["domain_mask"]
    behind = seen.long().cumsum(dim=1) - seen.long() > 0
    batch["readout_mask"] = behind
    batch["labels"] = torch.where(behind, batch["labels"], -100)
    return batch


@torch.no_grad()
def right_answers(model: HybridCausalLM, batch: Batch) -> list[bool]:
    """For each row, whether greedy decoding gives the answer."""
    output = model(**batch, output_hidden_states=True)
    if model.readout is None:
        labels = batch["labels"][:, 1:]
        right = (output.logits[:, :-1].argmax(dim=-1) == labels) | (labels == -100)
        # Greedy text is right if and only if every token is the likeliest behind the right ones before it.
        return list(right.all(dim=1).tolist())
    targets = readout_targets(batch)
    rows, places = targets.before.unbind(dim=1)
    assert rows.tolist() == list(range(len(batch["labels"]))), "one answer a row"
    codes = model.readout.decode(model.readout(output.hidden_states[-1][rows, places]), DomainEncoderRegistry())
    return [
        code is not None and bool((code == vector).all())
        for code, vector in zip(codes, targets.vectors.numpy(), strict=True)
    ]


# ------------------------------------------------------------------------------------------------ runs


def batches(path: Path, collate: MixedStreamCollator, seed: int, colon: int) -> Iterator[Batch]:
    """Batches without end."""
    stream = load_shards(path, columns=collate.columns, streaming=True, batch_size=BATCH, seed=seed, drop_last=True)
    while True:
        for table in stream:
            yield only_answers(dict(collate(table)), colon)  # type: ignore[arg-type]


def train(model: HybridCausalLM, source: Iterator[Batch], steps: int) -> float:
    """Mean loss of the last steps."""
    optimizer = torch.optim.AdamW(model.parameters(), RATE, weight_decay=0.01, betas=(0.9, 0.98), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.1)
    losses = []
    for _, batch in zip(range(steps), source, strict=False):
        optimizer.zero_grad()
        loss = model(**batch).loss
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
    return statistics.mean(losses[-50:])


def run(arm: str, size: int, shards: Shards, seed: int, steps: int) -> dict[str, Any]:
    """Train one arm and test it."""
    start, cpu = time.perf_counter(), time.process_time()
    model, collate = make_model(arm, seed), make_collator(arm)
    colon = Tokenizer.from_file(str(shards.tokenizer)).token_to_id(ANSWER)
    loss = train(model, batches(shards.train[size], collate, seed, colon), steps)
    seconds = {"seconds": round(time.perf_counter() - start, 1), "cpu_seconds": round(time.process_time() - cpu, 1)}
    model.eval()
    found = {}
    for name, path in shards.tests.items():
        data = load_shards(path, columns=collate.columns)
        batch = only_answers(dict(collate(data.__getitems__(range(len(data))))), colon)  # type: ignore[arg-type]
        found[name] = statistics.mean(right_answers(model, batch))
    return {
        "arm": arm,
        "examples": size,
        "seed": seed,
        "steps": steps,
        "loss": round(loss, 4),
        "accuracy": found,
    } | seconds


def finished(results: Path) -> set[tuple[str, int, int, int]]:
    """Arm, examples, seed and steps of the runs that stand in the results."""
    lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
    return {(r["arm"], r["examples"], r["seed"], r["steps"]) for r in map(json.loads, lines)}


def main() -> None:
    """Build, train, test, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arms", default=",".join(ARMS))
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--examples", default="8000", help="sizes of the training set, up to 16000")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--tests", type=int, default=250, help="questions of each test")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    results = options.out / "results.jsonl"
    sizes = [int(size) for size in options.examples.split(",")]
    for seed in map(int, options.seeds.split(",")):
        for as_expression in (False, True):
            arms = [arm for arm in options.arms.split(",") if (arm == "calculator") == as_expression]
            left = [(arm, size) for size in sizes for arm in arms]
            left = [(arm, size) for arm, size in left if (arm, size, seed, options.steps) not in finished(results)]
            if not left:
                continue
            with tempfile.TemporaryDirectory() as folder:
                shards = build_all(Path(folder), sizes, seed, options.tests, as_expression=as_expression)
                for arm, size in left:
                    line = json.dumps(run(arm, size, shards, seed, options.steps))
                    with results.open("a", encoding="utf-8") as file:
                        file.write(line + "\n")
                    print(line, flush=True)


if __name__ == "__main__":
    main()
