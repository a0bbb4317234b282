"""Does a small decoder calculate better from vectors than from digits? Five ways to show the same questions, on a CPU.

    python examples/train_hybrid.py [--arms tokens,hybrid] [--seeds 0,1,2] [--examples 4000] [--steps 1000] [--out DIR]

Questions with one whole number as the answer (`Add 41 and 87: 128`) are written to JSON Lines, built into shards by
`fluxem_prep.build`, and loaded with `load_shards`. Every arm reads the same shards and has the same decoder, steps and
order of rows. What differs is what the decoder sees of an operand:

    tokens      its digits, one token each
    hybrid      one vector
    augment     the vector, then its digits
    scalar      one learned direction times the value, as in xVal (arXiv 2310.02989)
    readout     one vector, and the answer is a vector too: a `DomainReadout` predicts its code
    calculator  `41 + 87 =` is one ARITHMETIC vector, which holds the result: reading it off is not calculating

In all but `readout` the answer is written as digits (`text_from`), and is right if every digit and the end are. Results
go to OUT/results.jsonl, a line a run; `--table` prints their means and spreads.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor, nn

import fluxem_prep
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

HIDDEN, LAYERS, BATCH = 64, 2, 64
ARMS = ("tokens", "hybrid", "augment", "scalar", "readout", "calculator")
FORMULAS = {"H2O": {"H": 2, "O": 1}, "CO2": {"C": 1, "O": 2}, "C6H12O6": {"C": 6, "H": 12, "O": 6},
            "NH3": {"N": 1, "H": 3}, "H2SO4": {"H": 2, "S": 1, "O": 4}, "C2H6O": {"C": 2, "H": 6, "O": 1}}  # fmt: skip
ANSWER = ":"


# ------------------------------------------------------------------------------------------------ questions


def add(draw: random.Random, *, below: int = 100, operands: int = 2) -> tuple[str, str]:
    """A question, and the same as an expression."""
    values = [draw.randrange(below // 10 if below > 100 else 0, below) for _ in range(operands)]
    total = sum(values)
    return (
        f"Add {' and '.join(map(str, values))}{ANSWER} {total}\n",
        f"{' + '.join(map(str, values))} ={ANSWER} {total}\n",
    )


def lengths(draw: random.Random) -> tuple[str, str]:
    """Two lengths in metres."""
    kilometres, metres = draw.randrange(1, 10), draw.randrange(1, 100)
    total = 1000 * kilometres + metres
    return (
        f"Add {kilometres} km and {metres} m in m{ANSWER} {total}\n",
        f"{kilometres} * 1000 + {metres} ={ANSWER} {total}\n",
    )


def atoms(draw: random.Random) -> tuple[str, str]:
    """Atoms of an element in some molecules."""
    formula = draw.choice(list(FORMULAS))
    element = draw.choice(list(FORMULAS[formula]))
    count, inside = draw.randrange(1, 300), FORMULAS[formula][element]
    total = count * inside
    return f"Atoms of {element} in {count} of {formula}{ANSWER} {total}\n", f"{count} * {inside} ={ANSWER} {total}\n"


TRAINED: tuple[Callable[[random.Random], tuple[str, str]], ...] = (add, add, lengths, atoms)
TESTS: dict[str, Callable[[random.Random], tuple[str, str]]] = {
    "sums, as trained": add,
    "longer operands": lambda draw: add(draw, below=1000),
    "longer chain": lambda draw: add(draw, operands=3),
    "units": lengths,
    "stoichiometry": atoms,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shards:
    """Built shards of training and test questions."""

    train: Path
    tests: dict[str, Path]


def build_all(folder: Path, examples: int, seed: int, tests: int, *, expressions: bool) -> Shards:
    """Questions of one seed as shards; no test question is among those trained on."""
    draw = random.Random(seed)
    made = [draw.choice(TRAINED)(draw) for _ in range(examples)]
    known = {pair[0] for pair in made}
    paths = {}
    for name, make in TESTS.items():
        fresh = _unseen(make, draw, known, tests)
        paths[name] = _build(folder / name.replace(" ", "_").replace(",", ""), fresh, expressions=expressions)
    return Shards(train=_build(folder / "train", made, expressions=expressions), tests=paths)


def _unseen(
    make: Callable[[random.Random], tuple[str, str]], draw: random.Random, known: set[str], count: int
) -> list[tuple[str, str]]:
    """Up to `count` distinct questions that were not trained on (there are few formulas, so fewer may be left)."""
    fresh: dict[str, tuple[str, str]] = {}
    for _ in range(50 * count):
        pair = make(draw)
        if pair[0] not in known:
            fresh[pair[0]] = pair
        if len(fresh) == count:
            break
    return list(fresh.values())


def _build(folder: Path, pairs: list[tuple[str, str]], *, expressions: bool) -> Path:
    if not pairs:
        raise SystemExit(f"no question is left for {folder.name}: take fewer --examples")
    folder.mkdir(parents=True)
    source = folder / "questions.jsonl"
    source.write_text("".join(json.dumps({"text": pair[expressions]}) + "\n" for pair in pairs), encoding="utf-8")
    domains = ["ARITHMETIC"] if expressions else ["NUMBER", "QUANTITY", "FORMULA"]
    return fluxem_prep.build(source, folder / "out", tokenizer=digit_tokenizer(folder), domains=domains).out


def digit_tokenizer(folder: Path) -> Path:
    """A byte-level tokenizer without merges: each digit is a token, which suits arithmetic best among token schemes."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(letters)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    path = folder / "tokenizer.json"
    tokenizer.save(str(path))
    return path


COLON = sorted(pre_tokenizers.ByteLevel.alphabet()).index(ANSWER)


# ------------------------------------------------------------------------------------------------ arms


class ScalarProjector(nn.Module):
    """xVal: a learned direction a domain, times the value; linear parts scaled into [-5, 5] for sums up to 10,000."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.hidden_dim = hidden
        self.type_embedding = None
        self.direction = nn.Embedding(len(DomainType), hidden)
        nn.init.normal_(self.direction.weight, std=0.02)
        self.register_buffer("powers", 100.0 ** torch.arange(-24, 40, dtype=torch.float64))

    def forward(self, vectors: Tensor, types: Tensor) -> Tensor:
        """(N, H); a formula, which has no single value, counts as 1."""
        value = (vectors[:, LIMBS].double() @ self.powers / 2000).float()
        value = torch.where(types == DomainType.FORMULA, torch.ones_like(value), value)
        return self.direction(types) * value[:, None]


def make_model(arm: str, seed: int) -> HybridCausalLM:
    """The same decoder for every arm."""
    torch.manual_seed(seed)
    config = transformers.LlamaConfig(
        vocab_size=256, hidden_size=HIDDEN, intermediate_size=4 * HIDDEN, num_hidden_layers=LAYERS,
        num_attention_heads=4, max_position_embeddings=128, bos_token_id=None, eos_token_id=None, pad_token_id=None,
    )  # fmt: skip
    language_model = transformers.LlamaForCausalLM(config)
    projector: Any = ScalarProjector(HIDDEN) if arm == "scalar" else MultiDomainProjector(HIDDEN, digit_lift="one_hot")
    return HybridCausalLM(language_model, projector, DomainReadout(HIDDEN) if arm == "readout" else None)


def make_collator(arm: str) -> MixedStreamCollator:
    """How the arm shows a question."""
    if arm == "tokens":
        return MixedStreamCollator("tokens", output="torch")
    mode: Any = "augment" if arm == "augment" else "hybrid"
    # In the readout arm the answer is a vector, too; in all others it is written.
    text_from = None if arm == "readout" else lambda text: text.index(ANSWER) + 1
    return MixedStreamCollator(mode, output="torch", text_from=text_from)


def only_answers(batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Labels behind the colon only: questions are random, so predicting them teaches nothing."""
    seen = (batch["input_ids"] == COLON) & ~batch["domain_mask"]
    behind = seen.long().cumsum(dim=1) - seen.long() > 0
    batch["labels"] = torch.where(behind, batch["labels"], -100)
    return batch


@torch.no_grad()
def right_answers(model: HybridCausalLM, batch: dict[str, Tensor]) -> list[bool]:
    """For each row, whether greedy decoding gives the answer."""
    output = model(**batch, output_hidden_states=True)
    if model.readout is None:
        labels = batch["labels"][:, 1:]
        right = (output.logits[:, :-1].argmax(dim=-1) == labels) | (labels == -100)
        # Greedy text is right if and only if every token is the likeliest behind the right ones before it.
        return list(right.all(dim=1).tolist())
    targets = readout_targets(batch)
    last = {row: number for number, (row, _) in enumerate(targets.before.tolist())}
    rows, places = targets.before[list(last.values())].unbind(dim=1)
    registry = DomainEncoderRegistry()
    codes = model.readout.decode(model.readout(output.hidden_states[-1][rows, places]), registry)
    encoder = registry.get_encoder(DomainType.NUMBER)
    want = targets.vectors[list(last.values())].numpy()
    return [
        code is not None and encoder is not None and bool((code == vector).all())
        for code, vector in zip(codes, want, strict=True)
    ]


# ------------------------------------------------------------------------------------------------ runs


def batches(path: Path, collate: MixedStreamCollator, seed: int) -> Iterator[dict[str, Tensor]]:
    """Batches without end."""
    size = min(BATCH, len(load_shards(path)))
    stream = load_shards(path, columns=collate.columns, streaming=True, batch_size=size, seed=seed, drop_last=True)
    while True:
        for table in stream:
            yield only_answers(dict(collate(table)))  # type: ignore[arg-type]


def run(arm: str, shards: Shards, seed: int, steps: int) -> dict[str, Any]:
    """Train one arm and test it."""
    start = time.perf_counter()
    model, collate = make_model(arm, seed), make_collator(arm)
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=0.01, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps, pct_start=0.1)
    losses = []
    for _, batch in zip(range(steps), batches(shards.train, collate, seed), strict=False):
        optimizer.zero_grad()
        loss = model(**batch).loss
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
    trained = time.perf_counter() - start
    model.eval()
    found = {}
    for name, path in shards.tests.items():
        data = load_shards(path, columns=collate.columns)
        right = right_answers(model, only_answers(dict(collate(data.__getitems__(range(len(data)))))))  # type: ignore[arg-type]
        found[name] = sum(right) / len(right)
    return {"arm": arm, "seed": seed, "steps": steps, "loss": statistics.mean(losses[-20:]), "seconds": trained,
            "accuracy": found}  # fmt: skip


def print_table(path: Path) -> None:
    """Mean and smallest to largest accuracy of each arm and number of examples."""
    runs = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    names = list(TESTS)
    print("| arm | examples | steps | seeds | " + " | ".join(names) + " | minutes |")
    print("|---|---|---|---|" + "---|" * (len(names) + 1))
    keys = sorted({(r["examples"], r["steps"], ARMS.index(r["arm"])) for r in runs})
    for examples, steps, arm in keys:
        same = [r for r in runs if (r["arm"], r["examples"], r["steps"]) == (ARMS[arm], examples, steps)]
        cells = []
        for name in names:
            values = [100 * r["accuracy"][name] for r in same]
            cells.append(f"{statistics.mean(values):.0f} ({min(values):.0f} to {max(values):.0f})")
        minutes = max(r["seconds"] for r in same) / 60
        print(f"| {ARMS[arm]} | {examples} | {steps} | {len(same)} | " + " | ".join(cells) + f" | {minutes:.1f} |")


def main() -> None:
    """Build, train, test, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arms", default=",".join(ARMS))
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--examples", default="4000")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--tests", type=int, default=300)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("experiment"))
    parser.add_argument("--table", action="store_true", help="print the table of OUT and stop")
    options = parser.parse_args()
    results = options.out / "results.jsonl"
    if options.table:
        print_table(results)
        return
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    for seed in map(int, options.seeds.split(",")):
        for examples in map(int, options.examples.split(",")):
            for arm in options.arms.split(","):
                with tempfile.TemporaryDirectory() as folder:
                    shards = build_all(Path(folder), examples, seed, options.tests, expressions=arm == "calculator")
                    result = {"examples": examples, **run(arm, shards, seed, options.steps)}
                with results.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(result) + "\n")
                print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
