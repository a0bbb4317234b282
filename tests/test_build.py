"""A whole build: what goes in comes out, in the form that was promised."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import fluxem_prep
from fluxem.errors import ConfigError, OutputFolderError
from fluxem.integration.detector import Detector
from fluxem.vocabulary import DOMAIN_NAMES, REASON_NAMES, vocabulary_hash
from fluxem_prep.pipeline.config import BuildConfig, resolve_domains
from fluxem_prep.pipeline.llm_tokenizer import load_tokenizer
from fluxem_prep.pipeline.result import BuildResult
from fluxem_prep.pipeline.run import run_build
from fluxem_prep.schemas.shard import SHARD_SCHEMA

TOKENIZER = Path(__file__).parent.parent / "sample_data" / "tokenizer.json"
TEXTS = [
    "10 * 20",
    "",
    "The sum 123 + 456 is 579; then 7 / 0 fails.\r\nAnd é 🧪 10 * 20 again.",
    "<|endoftext|> no numbers here",
    "(1 + 2) * 3 (4 + 5)",
    "x" * 3000,
]
BAD = [b"{broken", b"[1]", b'{"text": "\xff"}', b'{"text": "\\udc00"}', b'{"no": 1}', b'{"text": 1}']


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    lines = [json.dumps({"text": f"{i}: {text}"}).encode() for i in range(60) for text in TEXTS]
    mixed = [line for pair in zip(lines[: len(BAD)], BAD, strict=True) for line in pair]
    (folder / "a.jsonl").write_bytes(b"\n".join([*mixed, *lines[len(BAD) :]]) + b"\n")
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(b"\n".join(lines)))
    (folder / "c.txt").write_text(TEXTS[2], newline="")
    pq.write_table(pa.table({"text": [*TEXTS, None]}), folder / "d.parquet")
    (folder / "e.jsonl.gz").write_bytes(b"not gzip")
    return folder


ROWS, REJECTED = 360 + 360 + 1 + 6, 6 + 1 + 1


def build(corpus: Path, out: Path, **settings: Any) -> BuildResult:
    return fluxem_prep.build(corpus, out, tokenizer=TOKENIZER, **{"shard_bytes": 100_000, **settings})


def table(out: Path) -> pa.Table:
    return pa.concat_tables([pq.read_table(path) for path in sorted((out / "data").iterdir())])


def hashes(out: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (out / "data").iterdir()}


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def test_rows_in_are_rows_out_and_rejected(corpus: Path, tmp_path: Path) -> None:
    result = build(corpus, tmp_path / "out")
    assert (result.rows, result.rejected) == (ROWS, REJECTED)
    assert result.too_many_rejects is (REJECTED / (ROWS + REJECTED) > 0.01)
    assert table(result.out).num_rows == ROWS
    files = (result.out / "rejects").iterdir()
    rejects = [json.loads(line) for path in files for line in path.read_text().splitlines()]
    assert len(rejects) == REJECTED
    assert {(Path(item["source"]).name, item["reason"]) for item in rejects} == {
        *(
            ("a.jsonl", reason)
            for reason in ("malformed_json", "not_an_object", "invalid_utf8", "lone_surrogate", "missing_text")
        ),
        ("a.jsonl", "text_not_string"),
        ("d.parquet", "text_not_string"),
        ("e.jsonl.gz", "unreadable"),
    }
    assert len({*table(result.out).column("id").to_pylist()}) == ROWS


def test_the_good_rows_are_those_of_the_clean_corpus(corpus: Path, tmp_path: Path) -> None:
    dirty = build(corpus / "a.jsonl", tmp_path / "dirty")
    lines = (corpus / "a.jsonl").read_bytes().splitlines(keepends=True)
    (corpus / "a.jsonl").write_bytes(b"".join(line for line in lines if line.rstrip(b"\n") not in BAD))
    clean = build(corpus / "a.jsonl", tmp_path / "clean")
    assert clean.rejected == 0
    assert table(dirty.out).drop_columns(["id"]).equals(table(clean.out).drop_columns(["id"]))


def documents(out: Path) -> Iterator[dict[str, Any]]:
    yield from table(out).to_pylist()


def test_every_row_keeps_its_promises(corpus: Path, tmp_path: Path) -> None:
    """Texts unchanged, spans as the detector finds them, and tokens that decode to the document."""
    result = build(corpus, tmp_path / "out")
    tokenizer, detector = load_tokenizer(str(TOKENIZER)), Detector()
    encoder = f"1:{detector.fingerprint()}:{vocabulary_hash()}"
    spans_seen = 0
    for row in documents(result.out):
        text = row["text"]
        found = detector.analyze_batch([text])
        for name in ("span_start", "span_end", "span_domain", "failure_start", "failure_reason"):
            assert row[name] == getattr(found, name).tolist()
        assert np.array_equal(np.array(row["span_vector"], np.float32).reshape(-1, 128), found.span_vector)
        assert row["encoder"] == encoder
        assert row["input_ids"].count(-1) == len(row["span_start"]) == len(row["span_input_ids"])
        spans = iter(row["span_input_ids"])
        joined = [token for item in row["input_ids"] for token in (next(spans) if item == -1 else [item])]
        assert tokenizer.decode(np.array(joined, np.int32)) == text
        surfaces = [text[a:b] for a, b in zip(row["span_start"], row["span_end"], strict=True)]
        assert [tokenizer.decode(np.array(ids, np.int32)) for ids in row["span_input_ids"]] == surfaces
        spans_seen += len(surfaces)
    assert spans_seen == result.stats.encoded.total() > 0
    assert result.stats.failed["ARITHMETIC", "division_by_zero"] > 0


@pytest.mark.parametrize(
    "settings",
    [
        {"workers": 2},
        {"workers": 7},
        {"engine": "local"},
        {"engine": "serial", "batch_bytes": 5000},
        {"batch_bytes": 1},
    ],
    ids=str,
)
def test_bytes_depend_on_the_inputs_alone(corpus: Path, tmp_path: Path, settings: dict[str, Any]) -> None:
    """Refutes: workers, engines, batches or the place of the output folder leave a trace in what is written."""
    base: dict[str, Any] = {
        "inputs": (str(corpus),),
        "domains": resolve_domains(None),
        "tokenizer": str(TOKENIZER),
        "shard_bytes": 100_000,
    }
    run_build(BuildConfig(**base, out=tmp_path / "one"))
    run_build(BuildConfig(**base, out=tmp_path / "two", **settings))
    assert hashes(tmp_path / "one") == hashes(tmp_path / "two")
    names = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert len(names) > 10
    for name in names:
        if name.name != "manifest.json":
            assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    one, two = (load(tmp_path / out / "manifest.json") for out in ("one", "two"))
    del one["run"], two["run"]
    assert one == two


def test_the_manifest_lists_what_is_there(corpus: Path, tmp_path: Path) -> None:
    result = build(corpus, tmp_path / "out")
    manifest = load(result.out / "manifest.json")
    assert {Path(shard["path"]).name: shard["sha256"] for shard in manifest["shards"]} == hashes(result.out)
    assert [result.out / shard["path"] for shard in manifest["shards"]] == list(result.shards)
    assert len(result.shards) > 2
    for shard in manifest["shards"]:
        rows = pq.read_table(result.out / shard["path"])
        assert shard["rows"] == rows.num_rows
        assert shard["bytes"] == (result.out / shard["path"]).stat().st_size
        assert shard["spans"] == sum(map(len, rows.column("span_start").to_pylist()))
        assert shard["tokens"] == sum(map(len, rows.column("input_ids").to_pylist()))
    assert manifest["rows"] == {"in": ROWS + REJECTED, "out": ROWS, "rejected": REJECTED}
    assert {*manifest["rejects"]} == {f"rejects/{path.name}" for path in (result.out / "rejects").iterdir()}
    assert not list(result.out.rglob("*.tmp"))


def test_metadata_of_a_shard(corpus: Path, tmp_path: Path) -> None:
    result = build(corpus, tmp_path / "out", workers=2)
    schema = pq.read_schema(result.shards[0])
    assert schema.equals(SHARD_SCHEMA)
    meta = {key.decode(): value.decode() for key, value in schema.metadata.items()}
    assert meta["fluxem.tokenizer_sha256"] == hashlib.sha256(TOKENIZER.read_bytes()).hexdigest()
    assert json.loads(meta["fluxem.vocabulary"])["domains"]["3"] == "FORMULA"
    assert json.loads(meta["fluxem.config"])["shard_bytes"] == 100_000
    assert str(tmp_path) not in " ".join(meta.values()).replace(str(TOKENIZER), "")
    assert "huggingface" not in meta


def test_a_task_without_rows_leaves_a_gap(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"{\n" * 100)
    (tmp_path / "b.jsonl").write_bytes(b'{"text": "1 + 2"}\n' * 100)
    result = fluxem_prep.build(tmp_path / "*.jsonl", tmp_path / "out", shard_bytes=1800)
    assert [path.name for path in result.shards] == ["train-00001-of-00002.parquet"]
    assert load(tmp_path / "out" / "manifest.json")["tasks_without_rows"] == [0]
    assert result.too_many_rejects
    assert "100 of 200 rows were rejected (50.0%, the limit is 1.0%), 100 of them as malformed_json" in (
        result.reject_complaint()
    )


@pytest.mark.parametrize("tokenizer", [None, TOKENIZER])
def test_datasets_loads_the_folder(tokenizer: Path | None, corpus: Path, tmp_path: Path) -> None:
    result = fluxem_prep.build(corpus, tmp_path / "out", tokenizer=tokenizer, split="validation", shard_bytes=200_000)
    datasets.disable_progress_bars()
    rows = datasets.load_dataset(str(result.out), split="validation", cache_dir=str(tmp_path / "cache"))
    assert rows.num_rows == ROWS
    assert rows.features["span_domain"].feature.names == list(DOMAIN_NAMES)
    assert rows.features["failure_domain"].feature.names == list(DOMAIN_NAMES)
    assert rows.features["failure_reason"].feature.names == list(REASON_NAMES)
    assert rows.features["span_vector"].feature.length == 128
    assert list(rows.features) == SHARD_SCHEMA.names
    stream = datasets.load_dataset(str(result.out), split="validation", streaming=True)
    assert stream.features == rows.features
    written = table(result.out).to_pylist()
    assert [row["text"] for row in stream] == [row["text"] for row in written]
    assert rows[0] == next(iter(stream)) == written[0]


def test_stats_balance_and_say_what_was_found(corpus: Path, tmp_path: Path) -> None:
    result = build(corpus, tmp_path / "out")
    stats = load(result.out / "stats.json")
    assert stats["rows"]["in"] == stats["rows"]["out"] + stats["rows"]["rejected"] == ROWS + REJECTED
    assert stats["candidates"] == stats["encoded"] + stats["failed"]
    assert stats["encoded"] == sum(domain["encoded"] for domain in stats["domains"].values())
    assert stats["failed"] == sum(stats["failure_reasons"].values())
    arithmetic = stats["domains"]["ARITHMETIC"]
    assert arithmetic["top_surfaces"][0] == ["10 * 20", 2 * (60 + 60 + 1) + 1]
    assert {item["surface"] for item in arithmetic["examples"]["division_by_zero"]} == {"7 / 0"}
    texts = table(result.out).column("text").to_pylist()
    assert stats["text"] == {"bytes": sum(len(t.encode()) for t in texts), "characters": sum(map(len, texts))}
    for counts in stats["lengths"].values():
        bins = [int(name.split("-")[0]) for name in counts]
        assert bins == sorted(bins)
    assert sum(stats["lengths"]["document_characters"].values()) == ROWS
    assert sum(stats["lengths"]["span_characters"].values()) == stats["encoded"]


def test_an_empty_corpus_is_a_build_without_shards(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").touch()
    result = fluxem_prep.build(tmp_path / "a.jsonl", tmp_path / "out")
    assert (result.rows, result.rejected, result.shards, result.too_many_rejects) == (0, 0, (), False)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"inputs": "missing"}, "no such file or folder"),
        ({"domains": ["QUANTITTY"]}, "unknown domain QUANTITTY"),
        ({"tokenizer": "missing/tokenizer.json"}, "tokenizer"),
        ({"tokenizer": __file__}, "tokenizer"),
        ({"workers": 0}, "workers"),
        ({"split": "a b"}, "split"),
    ],
)
def test_a_wrong_setting_writes_nothing(settings: dict[str, Any], words: str, corpus: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ConfigError, match=words):
        fluxem_prep.build(**{"inputs": corpus, "out": tmp_path / "out", **settings})
    assert sorted(tmp_path.rglob("*")) == before


def test_an_output_folder_in_use_is_left_alone(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.tex").write_text("mine")
    with pytest.raises(OutputFolderError, match="something else"):
        build(corpus, out)
    assert [path.name for path in out.iterdir()] == ["thesis.tex"]
    with pytest.raises(OutputFolderError, match="is a file"):
        build(corpus, out / "thesis.tex")
    with pytest.raises(OutputFolderError, match="is a file"):
        build(corpus, out / "thesis.tex" / "deeper")
    (out / "thesis.tex").unlink()


def test_row_groups_are_bounded(tmp_path: Path) -> None:
    """The plan bounds the input of a shard; the writer bounds the memory of a row group."""
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "1 + 2 and 10 * 20, 3 + 4"}\n' * 20_000)
    result = fluxem_prep.build(tmp_path / "a.jsonl", tmp_path / "out")
    meta = pq.read_metadata(result.shards[0])
    sizes = [meta.row_group(i).total_byte_size for i in range(meta.num_row_groups)]
    assert max(sizes) <= 100 << 20
    assert sum(a > b * 1.5 for a, b in pairwise(sizes[:-1])) == 0


def test_the_budget_of_detection(tmp_path: Path) -> None:
    """Refutes: a document that asks for vectors without end; what is within the budget changes; the cut is silent."""
    text = "1 + 2 and " * 50
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": text}) + "\n" + json.dumps({"text": text[:200]}) + "\n")
    free = fluxem_prep.build(tmp_path / "a.jsonl", tmp_path / "free", max_candidates=50)
    bound = fluxem_prep.build(tmp_path / "a.jsonl", tmp_path / "bound", max_candidates=20)
    assert free.stats.failed.total() == 0
    assert bound.stats.failed == {("ARITHMETIC", "limit_exceeded"): 1}
    (long, short), (same, also) = (list(documents(folder.out)) for folder in (bound, free))
    assert short == also
    assert long["span_start"] == same["span_start"][:20]
    assert long["span_vector"] == same["span_vector"][:20]
    assert (long["failure_start"], long["failure_end"]) == ([same["span_start"][20]], [len(text)])
