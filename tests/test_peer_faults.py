"""Faults that users of programs like this one reported, tried on ours; docs/reliability.md has the table."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from tokenizers import Tokenizer, models

import fluxem_prep
from fluxem.integration import MixedStreamCollator, load_shards
from fluxem_prep.pipeline.verify import verify_build

ROOT = Path(__file__).parent.parent
TOKENIZER = ROOT / "sample_data" / "tokenizer.json"


def build(rows: list[object], folder: Path, **settings: object) -> list[dict[str, object]]:
    """Build a Parquet table of texts, check all of it, and give its rows."""
    pq.write_table(pa.table({"text": pa.array(rows, pa.string())}), folder / "a.parquet")
    out = fluxem_prep.build(folder / "a.parquet", folder / "out", tokenizer=TOKENIZER, **settings).out
    assert verify_build(out, full=True).findings == ()
    return pa.concat_tables([pq.read_table(path) for path in sorted((out / "data").iterdir())]).to_pylist()


def test_an_empty_first_document(tmp_path: Path) -> None:
    """Refutes: types guessed from a first row without spans and tokens, which every later row then contradicts."""
    rows = build(["", "5 km and H2O", ""], tmp_path)
    assert [len(row["span_domain"]) for row in rows] == [0, 2, 0]
    assert rows[0]["input_ids"] == []
    batch = MixedStreamCollator()(load_shards(tmp_path / "out", shuffle=False).__getitems__([0, 1, 2]))
    assert batch["vectors"].shape == (2, 128)


def test_null_first_rows(tmp_path: Path) -> None:
    """Refutes: a column that is taken for null because a batch of its first rows is."""
    rows = build([None] * 2000 + ["5 km"], tmp_path, max_reject_rate=1.0)
    assert [row["text"] for row in rows] == ["5 km"]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["rows"] == {"in": 2001, "out": 1, "rejected": 2000}


def test_two_tokenizers_under_one_name(tmp_path: Path) -> None:
    """Refutes: a cache by name, from which the second of two tokenizers gets the ids of the first."""
    (tmp_path / "a.jsonl").write_text('{"text": "ab"}\n')
    path, found = tmp_path / "tokenizer.json", []
    for vocab in ({"a": 0, "b": 1}, {"a": 1, "b": 0}):
        path.write_text(Tokenizer(models.BPE(vocab=vocab, merges=[])).to_str())
        out = fluxem_prep.build(tmp_path / "a.jsonl", tmp_path / f"out{len(found)}", tokenizer=path).out
        (shard,) = (out / "data").iterdir()
        found.append((pq.read_table(shard)["input_ids"].to_pylist(), pq.read_schema(shard).metadata))
    assert [ids for ids, _ in found] == [[[0, 1]], [[1, 0]]]
    assert found[0][1] != found[1][1]


def test_the_table_of_faults_names_tests_that_exist() -> None:
    """Refutes: a fault that the page says is covered, by a test that was renamed or is gone."""
    page = (ROOT / "docs" / "reliability.md").read_text()
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", page)
    assert len(named) >= 20
    for file, test in named:
        assert re.search(rf"^def {test}\(", (ROOT / "tests" / file).read_text(), re.MULTILINE), f"{file}::{test}"
    for file in re.findall(r"`(test_\w+\.py)`", page):
        assert (ROOT / "tests" / file).exists(), file
