"""Going on with a build: what is kept, what is refused, and whose files are never touched."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import fluxem_prep
from fluxem.errors import BuildError, OutputFolderError
from fluxem.integration.detector import Detector
from fluxem_prep.pipeline import done, run, task
from fluxem_prep.pipeline.config import make_config
from fluxem_prep.pipeline.layout import Layout
from fluxem_prep.pipeline.locks import locked
from fluxem_prep.pipeline.result import BuildResult
from fluxem_prep.pipeline.run import run_build
from fluxem_prep.pipeline.status import read_status

SAMPLE = Path(__file__).parent.parent / "sample_data"
ROWS = 60


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"text": f"{i} * 20 and 7 / 0"}) + "\n" for i in range(ROWS)) + "{bad\n")
    return path


def build(corpus: Path, out: Path, **settings: Any) -> BuildResult:
    return fluxem_prep.build(corpus, out, **{"shard_bytes": 500, **settings})


def contents(out: Path) -> dict[str, bytes]:
    """All files; the manifest without what tells of the run."""
    found = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    if "manifest.json" in found:
        found["manifest.json"] = json.dumps({**json.loads(found["manifest.json"]), "run": 0}).encode()
    return found


class StopError(Exception):
    """Ends a build from inside."""


def build_some(corpus: Path, out: Path, tasks: int, **settings: Any) -> None:
    """A build that ends after so many tasks."""

    def some(job: task.Job, part: task.Task, on_progress: task.OnProgress) -> done.TaskReport:
        if part.index == tasks:
            raise StopError
        return task.run_task(job, part, on_progress)

    with pytest.raises(StopError):
        run_build(make_config(corpus, out, **{"shard_bytes": 500, **settings}), some)


def test_a_finished_build_is_kept_as_it_is(corpus: Path, tmp_path: Path) -> None:
    """Refutes: running the command again writes anything, or does anything over."""
    first = build(corpus, tmp_path / "out")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*") if path.is_file()}
    again = build(corpus, tmp_path / "out", workers=2)
    assert again.kept == len(first.shards)
    assert (again.rows, again.rejected, again.shards, again.stats) == (ROWS, 1, first.shards, first.stats)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*") if path.is_file()} == times


def test_a_build_goes_on_where_it_ended(corpus: Path, tmp_path: Path) -> None:
    """Refutes: finished tasks are done over, unfinished ones are left out, or the result differs."""
    whole = build(corpus, tmp_path / "whole")
    build_some(corpus, tmp_path / "out", 2)
    stamp = next((tmp_path / "out" / "data").glob("*-00001-*")).stat().st_mtime_ns
    status = read_status(tmp_path / "out")
    assert (status.state, status.done, status.tasks) == ("unfinished", 2, len(whole.shards))
    result = build(corpus, tmp_path / "out")
    assert result.kept == 2
    assert "2 tasks were finished before" in result.summary()
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert next((tmp_path / "out" / "data").glob("*-00001-*")).stat().st_mtime_ns == stamp
    assert read_status(tmp_path / "out").state == "finished"


@pytest.mark.parametrize(
    "harm",
    ["flip", "cut", "delete", "no record", "torn record", "record of another plan", "rejects", "no manifest"],
)
def test_what_does_not_verify_is_done_over(harm: str, corpus: Path, tmp_path: Path) -> None:
    """Refutes: a damaged shard, record or file of rejects that a resumed build keeps."""
    build(corpus, tmp_path / "out")
    before = contents(tmp_path / "out")
    layout = Layout(out=tmp_path / "out", split="train", tasks=read_status(tmp_path / "out").tasks)
    shard, record = layout.shard(1), layout.done(1)
    if harm == "flip":
        data = bytearray(shard.read_bytes())
        data[len(data) // 2] ^= 1
        shard.write_bytes(data)
    elif harm == "cut":
        os.truncate(shard, 100)
    elif harm == "delete":
        shard.unlink()
    elif harm == "no record":
        record.unlink()
    elif harm == "torn record":
        record.write_bytes(record.read_bytes()[:50])
    elif harm == "record of another plan":
        record.write_text(json.dumps({**json.loads(record.read_text()), "plan": "0"}))
    elif harm == "rejects":
        layout.rejects(layout.tasks - 1).write_text("{}\n")
    else:
        layout.manifest.unlink()
    result = build(corpus, tmp_path / "out")
    assert result.kept == layout.tasks - (harm != "no manifest")
    assert contents(tmp_path / "out") == before


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"shard_bytes": 600}, "another shard bytes: it has 500, this one 600"),
        ({"text_field": "body"}, "another text field: it has text, this one body"),
        ({"domains": ["DNA"]}, "another domains: it has ['ARITHMETIC', 'QUANTITY'"),
        ({"tokenizer": SAMPLE / "tokenizer.json"}, "another tokenizer sha256: it has none, this one "),
        ({"split": "test"}, "another split: it has train, this one test"),
        ({"max_document_bytes": 999}, "another max document bytes: it has 16777216, this one 999"),
        ({"lines": True}, "another lines: it has False, this one True"),
    ],
)
def test_another_plan_is_refused_with_the_field_and_both_values(
    settings: dict[str, Any], words: str, corpus: Path, tmp_path: Path
) -> None:
    """Refutes: shards of two plans in one folder, and a refusal that does not say what differs."""
    build_some(corpus, tmp_path / "out", 2)
    before = contents(tmp_path / "out")
    with pytest.raises(OutputFolderError) as caught:
        build(corpus, tmp_path / "out", **settings)
    assert words in str(caught.value)
    assert contents(tmp_path / "out") == before
    result = build(corpus, tmp_path / "out", overwrite=True, **settings)
    assert result.kept == 0
    assert contents(tmp_path / "out") == contents(build(corpus, tmp_path / "new", **settings).out)


@pytest.mark.parametrize("what", ["encoder", "version", "grown", "touched", "other", "more"])
def test_other_inputs_or_another_program_are_refused(
    what: str, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refutes: half a build by one encoder, version or corpus, and half by another."""
    build_some(corpus, tmp_path / "out", 1)
    inputs: list[Path] = [corpus]
    size, stamp = corpus.stat().st_size, corpus.stat().st_mtime_ns
    if what == "encoder":
        monkeypatch.setattr(Detector, "fingerprint", lambda _self: "other")
        words = ", this one 1:other:"
    elif what == "version":
        monkeypatch.setattr("fluxem_prep.pipeline.resume.__version__", "99.0")
        words = "another versions.fluxem-prep: it has "
    elif what == "grown":
        with corpus.open("a") as file:
            file.write("\n")
        words = f"another input {corpus}: size: it has {size}, this one {size + 1}"
    elif what == "touched":
        os.utime(corpus, ns=(stamp, stamp + 1))
        words = f"another input {corpus}: mtime ns: it has {stamp}, this one {stamp + 1}"
    elif what == "other":
        inputs = [corpus.rename(tmp_path / "b.jsonl")]
        words = f"another list of inputs: it has {corpus}, this one {inputs[0]} in its place"
    else:
        (tmp_path / "b.txt").write_text("more")
        inputs = [corpus, tmp_path / "b.txt"]
        words = "another number of input files: it has 1, this one 2"
    with pytest.raises(OutputFolderError) as caught:
        build(inputs, tmp_path / "out")  # type: ignore[arg-type]
    assert words in str(caught.value)


def test_an_input_that_changes_under_the_build_ends_it(corpus: Path, tmp_path: Path) -> None:
    """Refutes: shards of two versions of a file, without a word."""

    def meddle(job: task.Job, part: task.Task, on_progress: task.OnProgress) -> done.TaskReport:
        if part.index == 2:
            with corpus.open("a") as file:
                file.write("\n")
        return task.run_task(job, part, on_progress)

    with pytest.raises(BuildError, match=r"changed during the build: it was .* start the build again with --overwrite"):
        run_build(make_config(corpus, tmp_path / "out", shard_bytes=500), meddle)


FOREIGN = ["data/thesis.parquet", "data/.hidden.tmp", "thesis.tex", ".fluxem/note.txt", ".other.123.tmp", "data/x/y"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_files_of_others_stay(overwrite: bool, corpus: Path, tmp_path: Path) -> None:
    """Refutes: resuming, overwriting or cleaning up takes a file with it that no build wrote."""
    build_some(corpus, tmp_path / "out", 2)
    for name in FOREIGN:
        path = tmp_path / "out" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
    (tmp_path / "out" / "data" / ".train-00001-of-00003.parquet.tmp").write_text("not a name of ours")
    for _ in range(2):
        build(corpus, tmp_path / "out", overwrite=overwrite)
        for name in FOREIGN:
            assert (tmp_path / "out" / name).read_text() == "mine"
    assert (tmp_path / "out" / "data" / ".train-00001-of-00003.parquet.tmp").exists()


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    "name", ["data/train-00003-of-{tasks:05d}.parquet", "README.md", "stats.json", "rejects/00003.jsonl"]
)
def test_a_foreign_file_where_ours_would_go_is_refused(
    name: str, overwrite: bool, corpus: Path, tmp_path: Path
) -> None:
    """Refutes: a build that replaces what somebody put under a name that it wants."""
    build_some(corpus, tmp_path / "out", 2)
    path = tmp_path / "out" / name.format(tasks=read_status(tmp_path / "out").tasks)
    path.parent.mkdir(exist_ok=True)
    for content in (b"mine", b'{"mine": 1}', parquet_bytes()):
        path.write_bytes(content)
        before = contents(tmp_path / "out")
        with pytest.raises(OutputFolderError, match="was not written by it: move it away"):
            build(corpus, tmp_path / "out", overwrite=overwrite)
        assert contents(tmp_path / "out") == before


def parquet_bytes() -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"mine": [1]}), sink)
    return sink.getvalue().to_pybytes()


def test_a_card_that_somebody_went_on_writing_is_his(corpus: Path, tmp_path: Path) -> None:
    """Refutes: a second run, or --overwrite, undoes what a person wrote into the card."""
    build(corpus, tmp_path / "out")
    card = tmp_path / "out" / "README.md"
    card.write_text(card.read_text() + "\nMy own words.\n")
    build(corpus, tmp_path / "out")
    assert card.read_text().endswith("My own words.\n")
    with pytest.raises(OutputFolderError, match=r"README\.md stands where"):
        build(corpus, tmp_path / "out", overwrite=True)
    assert card.read_text().endswith("My own words.\n")
    assert read_status(tmp_path / "out").state == "finished"


def test_overwrite_of_a_folder_that_is_not_ours_is_refused(corpus: Path, tmp_path: Path) -> None:
    """Refutes: --overwrite as a way to lose a folder."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("mine")
    with pytest.raises(OutputFolderError, match="holds something else"):
        build(corpus, tmp_path / "out", overwrite=True)
    assert contents(tmp_path / "out") == {"thesis.tex": b"mine"}


def test_two_builds_in_one_folder(corpus: Path, tmp_path: Path) -> None:
    """Refutes: a second build that writes into the folder of a running one."""
    build(corpus, tmp_path / "out")
    with locked(tmp_path / "out"):
        assert read_status(tmp_path / "out").state == "running"
        with pytest.raises(OutputFolderError, match="another build is at work"):
            build(corpus, tmp_path / "out")
    assert build(corpus, tmp_path / "out").rows == ROWS


LIMITED = """
import resource, sys
from pathlib import Path
from fluxem_prep.cli import main
if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
    main()
"""


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("limit", [300, 12_000])
def test_a_disk_that_is_full(limit: int, workers: int, tmp_path: Path) -> None:
    """Refutes: a traceback, another exit code, a torn file or a folder that cannot be gone on with.

    A limit on the size of files stands for a full disk: the same call fails, with EFBIG for ENOSPC. 300 bytes do not
    hold the plan, 12000 no shard of the larger tasks, which are handed out when the many small ones have been.
    """
    corpus = tmp_path / "a.jsonl"
    rows = ["; ".join(f"{i} * {i * j}" for j in range(1 if i < 400 else 500)) for i in range(410)]
    corpus.write_text("".join(json.dumps({"text": text}) + "\n" for text in rows))
    (tmp_path / "limited.py").write_text(LIMITED)
    words = ["build", str(corpus), "--out", str(tmp_path / "out"), "--shard-bytes", "900", "--workers", str(workers)]
    script = [sys.executable, str(tmp_path / "limited.py"), str(limit)]
    failed = subprocess.run([*script, *words], capture_output=True, text=True, timeout=120)
    assert failed.returncode == 4, failed.stderr
    (sentence,) = failed.stderr.splitlines()
    assert sentence.startswith(f"fluxem-prep: cannot write {tmp_path / 'out'}")
    assert "File too large; when that is mended" in sentence
    assert not list((tmp_path / "out").rglob("*.tmp"))
    assert not (tmp_path / "out" / "manifest.json").exists()
    result = build(corpus, tmp_path / "out", shard_bytes=900)
    assert (result.rows, result.kept > 0) == (410, limit == 12_000)
    assert contents(tmp_path / "out") == contents(build(corpus, tmp_path / "new", shard_bytes=900).out)
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != limit


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting needs root")
def test_a_full_tmpfs(tmp_path: Path) -> None:
    """The same on a real file system without room."""
    corpus = tmp_path / "a.jsonl"
    corpus.write_text("".join(json.dumps({"text": f"{i} * 20 and {i} / 0"}) + "\n" for i in range(40_000)))
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        with pytest.raises(BuildError, match=r"cannot write .*No space left on device; when that is mended"):
            build(corpus, disk / "out", shard_bytes=100_000)
        assert not list(disk.rglob("*.tmp"))
        subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
        result = build(corpus, disk / "out", shard_bytes=100_000)
        assert result.rows == 40_000
        assert result.kept > 0
        assert contents(disk / "out") == contents(build(corpus, tmp_path / "new", shard_bytes=100_000).out)
    finally:
        subprocess.run(["umount", disk], check=True)


def test_errors_of_a_full_disk_do_not_hide_bugs(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refutes: an OSError that is no matter of the disk is told as one."""

    def broken(*_: object) -> None:
        raise FileNotFoundError("a bug")

    monkeypatch.setattr(run, "add_up", broken)
    with pytest.raises(FileNotFoundError, match="a bug"):
        build(corpus, tmp_path / "out")
