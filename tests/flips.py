"""Bits that flip in the files of a finished build: what resume, verify and a training run make of each.

    python tests/flips.py 1000 --seed 1

Each flip is one bit at a random place of one file. It is harmless (the batch and the build are byte-identical), or
found: by resuming, which mends it, or by `verify`. Training reads shards without either: each flip in a shard is
also looked at through `load_shards` and the collator: an error that names the file, or the batch of the whole shard.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import tempfile
from collections import Counter
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np

import fluxem_prep
from fluxem.errors import ConfigError, FluxemError
from fluxem.integration import DomainEncoderRegistry, MixedStreamCollator
from fluxem.integration.shard_files import ShardFiles
from fluxem_prep.pipeline import verify
from fluxem_prep.pipeline.verify import verify_build

TOKENIZER = Path(__file__).parent.parent / "sample_data" / "tokenizer.json"
KINDS = {"shard": "data/*.parquet", "plan": ".fluxem/plan.json", "done": ".fluxem/done/*.json"}
COLLATOR = MixedStreamCollator("augment")


def make_build(folder: Path) -> Path:
    """A small finished build with rejects."""
    lines = [
        json.dumps({"text": f"tank {i}: {i} * 20 is {20 * i}, 7 / 0, {i} km of H2O at 373.15 K"}) for i in range(60)
    ]
    (folder / "a.jsonl").write_text("\n".join([*lines, "{bad"]) + "\n")
    return resume(folder)


def resume(folder: Path) -> Path:
    """The same command again. The library's own backend, because choosing another compares them first."""
    settings: dict[str, Any] = {"tokenizer": TOKENIZER, "tokenizer_backend": "tokenizers", "shard_bytes": 2000}
    with chdir(folder):  # so that the bytes of a shard do not depend on the folder's name, nor a seed's flips
        fluxem_prep.build("a.jsonl", folder / "out", **settings)
    return folder / "out"


def contents(out: Path) -> dict[str, bytes]:
    """All files; the manifest without what tells of the run."""
    found = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    found["manifest.json"] = json.dumps({**json.loads(found["manifest.json"]), "run": 0}).encode()
    return found


def batch_of(path: Path) -> dict[str, bytes]:
    """What a training run gets of a build, or of one shard alone."""
    encoder = DomainEncoderRegistry().encoder_id()
    files = ShardFiles(path, split="train", columns=COLLATOR.columns, encoder=encoder)
    batch = COLLATOR(files.take(np.arange(int(files.group_rows.sum()))))
    return {name: np.asarray(array).tobytes() for name, array in batch.items()}


def flip(folder: Path, whole: dict[str, bytes], kind: str, draw: random.Random) -> tuple[str, str]:
    """Flip one bit, see what finds it, and put it back: what came of it, and, for a shard, of training on it."""
    out = folder / "out"
    path = draw.choice(sorted(out.glob(KINDS[kind])))
    data = bytearray(path.read_bytes())
    expected = batch_of(out) if kind == "shard" else {}
    place, bit = draw.randrange(len(data)), draw.randrange(8)
    data[place] ^= 1 << bit
    path.write_bytes(data)
    trained = ""
    if kind == "shard":
        try:
            trained = "same batch" if batch_of(out) == expected else f"WRONG BATCH at {path.name} {place}:{bit}"
        except FluxemError as error:
            trained = "error" if path.name in str(error) else f"ERROR WITHOUT ITS FILE: {error}"
        if not verify_build(out, sample_rows=1, tokenizer=str(TOKENIZER)).findings:
            return f"verify passes over {path.name} {place}:{bit}", trained
    try:
        resume(folder)
    except ConfigError:
        path.write_bytes(whole[str(path.relative_to(out))])
        return "refused by resume", trained
    came = "mended by resume" if contents(out) == whole else f"UNNOTICED in {path.name} {place}:{bit}"
    return came, trained


def flips(count: int, seed: int, folder: Path) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """So many flips, over shards, plan and done records in turn: what came of them, and of training on shards."""
    draw = random.Random(seed)
    # Loading the folder through `datasets` takes longer than all the rest, and finds nothing that a sha256 does not.
    verify._load = lambda *_args, **_more: iter(())
    out = make_build(folder)
    whole = contents(out)
    came: Counter[tuple[str, str]] = Counter()
    trained: Counter[str] = Counter()
    for number in range(count):
        kind = ("shard", "done", "shard", "plan")[number % 4]
        outcome, batch = flip(folder, whole, kind, draw)
        came[kind, outcome] += 1
        trained[batch] += kind == "shard"
        if contents(out) != whole:
            shutil.rmtree(out)
            assert contents(make_build(folder)) == whole
    return came, trained


def main() -> None:
    """Print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        came, trained = flips(options.count, options.seed, Path(name))
    for (kind, outcome), number in sorted(came.items()):
        print(f"{number:>6} {kind}: {outcome}")
    for outcome, number in sorted(trained.items()):
        print(f"{number:>6} training on the shard: {outcome}")


if __name__ == "__main__":
    main()
