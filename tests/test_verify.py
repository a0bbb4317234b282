"""`verify` finds what was changed, and names the row; `status` and the dry run tell the truth."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import fluxem_prep
from fluxem.errors import ConfigError, ShardMismatchError
from fluxem_prep.cli import app
from fluxem_prep.pipeline import verify as verify_module
from fluxem_prep.pipeline.config import make_config
from fluxem_prep.pipeline.estimate import estimate_build
from fluxem_prep.pipeline.status import read_status
from fluxem_prep.pipeline.verify import verify_build
from fluxem_prep.schemas.shard import PARQUET_OPTIONS

TOKENIZER = Path(__file__).parent.parent / "sample_data" / "tokenizer.json"
ROWS = 300


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verify")
    lines = [json.dumps({"text": f"{i} * 20 is {20 * i}, 7 / 0 is nothing, {i} km"}) for i in range(ROWS)]
    (folder / "a.jsonl").write_text("\n".join([*lines, "{bad"]) + "\n")
    fluxem_prep.build(folder / "a.jsonl", folder / "out", tokenizer=TOKENIZER, shard_bytes=8000)
    return folder


@pytest.fixture
def out(pristine: Path, tmp_path: Path) -> Path:
    for path in (pristine / "out").rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(pristine)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    return tmp_path / "out"


def shards(out: Path) -> list[Path]:
    return sorted((out / "data").iterdir())


def edit(path: Path, change: Callable[[dict[str, Any]], None], row: int = 17) -> None:
    """Rewrite a shard with one row changed, as a program gone wrong would."""
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows[row])
    with pq.ParquetWriter(path, table.schema, **PARQUET_OPTIONS) as writer:
        writer.write_table(pa.Table.from_pylist(rows, schema=table.schema))


def resign(out: Path, path: Path) -> None:
    """Put the new sha256 into the manifest, so that only the rows can tell."""
    manifest = json.loads((out / "manifest.json").read_text())
    for shard in manifest["shards"]:
        if shard["path"] == f"data/{path.name}":
            shard["sha256"] = verify_module.sha256_of(path)
    (out / "manifest.json").write_text(json.dumps(manifest))


def call(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200", "TERM": "dumb"})


@pytest.mark.parametrize("full", [False, True])
def test_a_good_build_verifies(full: bool, out: Path) -> None:
    """Refutes: a false alarm, or rows that are not looked at."""
    found = verify_build(out, full=full, sample_rows=50)
    assert found.findings == ()
    assert (found.rows, found.shards) == (ROWS, len(shards(out)))
    assert found.compared == ROWS if full else 50 <= found.compared < 60
    done = call("verify", out, *(["--full"] if full else []))
    assert done.exit_code == 0
    assert "all is well" in done.stdout


def flip_a_vector(row: dict[str, Any]) -> None:
    row["span_vector"][0][40] = float(np.nextafter(np.float32(row["span_vector"][0][40]), np.float32(9)))


def sign_a_zero(row: dict[str, Any]) -> None:
    row["span_vector"][0][row["span_vector"][0].index(0.0)] = -0.0


CHANGES: list[tuple[str, Callable[[dict[str, Any]], None], str]] = [
    ("span_vector", flip_a_vector, "expected"),
    ("span_vector", sign_a_zero, "expected"),
    ("span_vector", lambda row: row["span_vector"][0].__setitem__(3, float("nan")), "expected finite numbers"),
    ("span_start", lambda row: row.update(span_start=[row["span_start"][0], 0]), "a span after the one before"),
    ("span_end", lambda row: row["span_end"].__setitem__(-1, 10_000), "expected a place inside the text, found 10000"),
    ("span_domain", lambda row: row["span_domain"].__setitem__(0, 200), "expected the id of a domain, found 200"),
    ("span_domain", lambda row: row["span_domain"].__setitem__(0, 6), "expected"),
    ("span_domain", lambda row: row["span_domain"].append(1), "entries, as span_start has"),
    ("failure_reason", lambda row: row["failure_reason"].__setitem__(0, 99), "the id of a reason, found 99"),
    ("failure_end", lambda row: row["failure_end"].__setitem__(0, 0), "a place inside the text"),
    ("input_ids", lambda row: row["input_ids"].append(-1), "places of vectors, as there are spans"),
    ("input_ids", lambda row: row["input_ids"].__setitem__(-1, 5), "expected"),
    ("input_ids", lambda row: row.update(input_ids=None), "expected a list, found null"),
    ("span_input_ids", lambda row: row["span_input_ids"][0].append(5), "expected"),
    ("span_input_ids", lambda row: row["span_input_ids"].pop(), "places of vectors"),
    ("encoder", lambda row: row.update(encoder="1:x:y"), "found 1:x:y"),
    ("id", lambda row: row.update(id=None), "expected a value, found null"),
]


@pytest.mark.parametrize(("column", "change", "words"), CHANGES)
def test_a_changed_row_is_named(column: str, change: Callable[[dict[str, Any]], None], words: str, out: Path) -> None:
    """Refutes: a bit of a shard that nobody compares; found both by sha256 and, where that was faked, by the row."""
    path = shards(out)[1]
    edit(path, change)
    for _ in range(2):
        found = verify_build(out, full=True)
        (first, *_rest) = found.worst()
        assert (first.file, first.row, first.column) == (f"data/{path.name}", 17, column)
        assert words in str(first)
        resign(out, path)
    done = call("verify", out, "--full")
    assert done.exit_code == 5
    assert f"data/{path.name} row 17 (id " in done.stderr.splitlines()[0]


def test_a_sample_still_looks_at_every_row_of_a_changed_shard(out: Path) -> None:
    """Refutes: a changed file whose changed row the sample happens to miss."""
    edit(shards(out)[0], flip_a_vector)
    found = verify_build(out, sample_rows=3)
    assert [finding.row for finding in found.findings] == [None, 17]


@pytest.mark.parametrize("harm", ["flip", "cut", "gone", "extra", "stats", "rejects", "count", "metadata", "schema"])
def test_changed_files_are_named(harm: str, out: Path) -> None:
    """Refutes: damage to a file that verify does not see."""
    path = shards(out)[1]
    name = f"data/{path.name}"
    if harm == "flip":
        data = bytearray(path.read_bytes())
        data[len(data) // 3] ^= 8
        path.write_bytes(data)
    elif harm == "cut":
        path.write_bytes(path.read_bytes()[:-9])
    elif harm == "gone":
        path.unlink()
    elif harm == "extra":
        name = "data/train-00000-of-00009.parquet"
        (out / name).write_bytes(path.read_bytes())
    elif harm == "stats":
        name = "stats.json"
        (out / name).write_text((out / name).read_text().replace("ARITHMETIC", "DNA"))
    elif harm == "rejects":
        name = "rejects: lines"
        next((out / "rejects").iterdir()).write_text("")
    elif harm == "count":
        name = "manifest.json: rows in"
        manifest = json.loads((out / "manifest.json").read_text())
        manifest["rows"]["in"] += 1
        (out / "manifest.json").write_text(json.dumps(manifest))
    else:
        table = pq.read_table(path)
        changed = table.replace_schema_metadata({**table.schema.metadata, b"fluxem.encoder": b"1:x:y"})
        pq.write_table(changed if harm == "metadata" else table.drop_columns(["source"]), path)
        resign(out, path)
    found = verify_build(out)
    assert name in {finding.file for finding in found.findings}
    assert call("verify", out).exit_code == 5


def test_what_cannot_be_verified(pristine: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refutes: a verdict without the tokenizer, or with another encoder."""
    with pytest.raises(ConfigError, match="holds no finished build"):
        verify_build(tmp_path)
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["run"]["tokenizer"] = "moved/tokenizer.json"
    (out / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ConfigError, match="say where the tokenizer is with --tokenizer"):
        verify_build(out)
    assert verify_build(out, tokenizer=str(TOKENIZER)).findings == ()
    (tmp_path / "tokenizer.json").write_text(TOKENIZER.read_text() + "\n")
    with pytest.raises(ConfigError, match="is another: expected sha256"):
        verify_build(out, tokenizer=str(tmp_path / "tokenizer.json"))
    load = verify_module.load_tools
    monkeypatch.setattr(verify_module, "load_tools", lambda *settings: replace(load(*settings), encoder="1:x:y"))
    with pytest.raises(ShardMismatchError, match="1:x:y"):
        verify_build(pristine / "out")


def test_a_build_without_tokens_or_rows_verifies(tmp_path: Path) -> None:
    """Refutes: verify stumbles over null token columns, or over a build without shards."""
    (tmp_path / "a.jsonl").write_text('{"text": "1 + 2"}\n{"text": ""}\n')
    fluxem_prep.build(tmp_path / "a.jsonl", tmp_path / "out")
    assert verify_build(tmp_path / "out", full=True).findings == ()
    (tmp_path / "b.jsonl").write_text("{bad\n")
    fluxem_prep.build(tmp_path / "b.jsonl", tmp_path / "none")
    assert verify_build(tmp_path / "none", full=True).findings == ()


def test_a_shard_that_is_gone_is_named(out: Path) -> None:
    """Refutes: verify says of a missing file that it cannot be read, or nothing."""
    gone = shards(out)[0]
    gone.unlink()
    said = call("verify", out).output
    assert f"data/{gone.name}: expected the file that the manifest lists, found none" in said


def test_an_overwritten_build_keeps_no_page_of_the_old_one(tmp_path: Path) -> None:
    """Refutes: a report of what was there before stays beside what replaced it; or a page that is not ours goes."""
    (tmp_path / "a.jsonl").write_text('{"text": "1 + 2"}\n')
    page = tmp_path / "out" / "report.html"
    fluxem_prep.build(tmp_path / "a.jsonl", tmp_path / "out")
    assert call("report", tmp_path / "out").exit_code == 0
    fluxem_prep.build(tmp_path / "a.jsonl", tmp_path / "out", overwrite=True)
    assert not page.exists()
    page.write_text("<p>mine</p>")
    fluxem_prep.build(tmp_path / "a.jsonl", tmp_path / "out", overwrite=True)
    assert page.exists()


def test_status(out: Path, tmp_path: Path) -> None:
    """Refutes: counts that differ from those of the manifest, or a folder that is no build."""
    manifest = json.loads((out / "manifest.json").read_text())
    status = read_status(out)
    assert (status.state, status.done, status.rows, status.rejected) == ("finished", len(shards(out)), ROWS, 1)
    assert status.shard_bytes == sum(shard["bytes"] for shard in manifest["shards"])
    assert status.spans == sum(shard["spans"] for shard in manifest["shards"])
    shown = call("status", out)
    assert shown.stdout.startswith(f"finished: {len(shards(out))} of {len(shards(out))} tasks are done: 300 rows, 1 ")
    assert json.loads(call("status", out, "--json").stdout)["rows"] == ROWS
    shards(out)[0].unlink()
    assert read_status(out).state == "unfinished"
    assert call("status", tmp_path / "nowhere").exit_code == 2


def test_a_dry_run(pristine: Path, tmp_path: Path) -> None:
    """Refutes: a dry run that writes, or that is far off on a corpus of one kind."""
    words = ["build", pristine / "a.jsonl", "--out", tmp_path / "out", "--dry-run", "--shard-bytes", "8000"]
    done = call(*words, "--tokenizer", TOKENIZER)
    assert done.exit_code == 0, done.output
    assert not (tmp_path / "out").exists()
    assert f"1 file, {len(shards(pristine / 'out'))} tasks" in done.stdout
    config = make_config(pristine / "a.jsonl", tmp_path / "out", tokenizer=TOKENIZER, shard_bytes=8000)
    estimate = estimate_build(config)
    manifest = json.loads((pristine / "out" / "manifest.json").read_text())
    assert estimate.scaled(estimate.sample_rows) == pytest.approx(ROWS + 1, rel=0.1)
    real = sum(shard["bytes"] for shard in manifest["shards"])
    assert 0.2 * real < estimate.scaled(estimate.shard_bytes) < 2 * real
    assert estimate.seconds > 0
    (tmp_path / "bad.jsonl").write_text('{"text": "a"}\n' + "{\n" * 3)
    warned = call("build", tmp_path / "bad.jsonl", "--out", tmp_path / "out", "--dry-run")
    assert "1 rows, 3 rejected" in warned.stdout
    assert "the build to fail: 75.0% of the rows rejected, --max-reject-rate is 1.0%" in warned.stdout
    refused = call("build", "-", "--out", tmp_path / "out", "--dry-run")
    assert refused.exit_code == 2
    assert "cannot look into the stream stdin" in refused.stderr


def test_a_shard_without_a_single_span_verifies(tmp_path: Path) -> None:
    """Refutes: a check that needs at least one span in every batch of rows."""
    (tmp_path / "a.jsonl").write_text('{"text": "no numbers here"}\n' * 3)
    fluxem_prep.build(tmp_path / "a.jsonl", tmp_path / "out", tokenizer=TOKENIZER)
    assert verify_build(tmp_path / "out", full=True).findings == ()
