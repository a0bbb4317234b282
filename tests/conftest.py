"""Shards that several test files train on: built once a run, from texts in this file and the sample tokenizer."""

import json
from pathlib import Path

import pytest
from hypothesis import settings
from tokenizers import Tokenizer

import fluxem_prep

# The same examples in every run, and no limit in seconds: a check that fails on a busy machine says nothing.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

TOKENIZER = Path(__file__).parent.parent / "sample_data" / "tokenizer.json"
TEXTS = [
    "Compute 12 * 34 and then (1 + 2) * 3 for me.",
    "No numbers here, only words.",
    "",
    "The sum 123 + 456 is 579; 7 / 0 fails; 10 * 20 does not.",
    "<|endoftext|> é 🧪 (4 + 5) * 6",
    "ATGCCGTAGCATGCCGTAGC",
    "10 * 20",
]


@pytest.fixture(scope="session")
def texts():
    """The documents of `shards`, in order."""
    return [f"{text} ({i})" if i % 3 else text for i in range(30) for text in TEXTS]


@pytest.fixture(scope="session")
def shards(tmp_path_factory, texts):
    """A build of several shards and row groups with token ids."""
    folder = tmp_path_factory.mktemp("shards")
    (folder / "in.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return fluxem_prep.build(folder / "in.jsonl", folder / "out", tokenizer=TOKENIZER, shard_bytes=2000).out


@pytest.fixture
def sample_tokenizer():
    """The sample tokenizer, as the library `tokenizers` loads it."""
    return Tokenizer.from_file(str(TOKENIZER))
