"""A real S3 protocol on the loopback, as input and as output: whole, resumed after a kill, through trouble."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pyarrow.parquet as pq
import pytest
from datasets import load_dataset
from s3_server import BUCKET, S3Server

import fluxem_prep
from fluxem.errors import BuildError, ConfigError, OutputFolderError, StoreError
from fluxem_prep.pipeline import locks, patience
from fluxem_prep.pipeline.config import make_config
from fluxem_prep.pipeline.done import TaskReport
from fluxem_prep.pipeline.finish import finish_build
from fluxem_prep.pipeline.places import ObjectPlace, place_of
from fluxem_prep.pipeline.run import run_build
from fluxem_prep.pipeline.status import read_status
from fluxem_prep.pipeline.task import Job, OnProgress, Task, run_task
from fluxem_prep.pipeline.verify import verify_build

SCRIPT = Path(sys.executable).parent / "fluxem-prep"
ROWS = 120
SHARD_BYTES = 900


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with S3Server() as running:
        yield running


@pytest.fixture
def s3(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """The server, known to this process; what it was told and asked is forgotten, and so are connections to others."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(patience, "PAUSES", (0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0))
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    server.fault, server.asked = (lambda *_: None), []
    yield server
    server.fault = lambda *_: None


@pytest.fixture(scope="module")
def corpus(server: S3Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same corpus on the disk and in the store."""
    folder = tmp_path_factory.mktemp("s3") / "corpus"
    folder.mkdir()
    lines = [json.dumps({"id": f"r{i}", "text": f"{i} * 20 and 7 / 0, {i} km at 25 °C"}) for i in range(ROWS)]
    lines.insert(7, "{broken")
    (folder / "a.jsonl").write_text("\n".join(lines[:80]) + "\n")
    (folder / "b.jsonl").write_text("\n".join(lines[80:]) + "\n")
    for path in folder.iterdir():
        server.client.put_object(Bucket=BUCKET, Key=f"corpus/{path.name}", Body=path.read_bytes())
    return folder


SETTINGS = {"shard_bytes": SHARD_BYTES, "max_reject_rate": 0.5, "id_field": "id"}


@pytest.fixture(scope="module")
def on_disk(corpus: Path) -> dict[str, bytes]:
    """What a build of the local corpus has: shards, rejects."""
    out = corpus.parent / "out"
    fluxem_prep.build(corpus, out, **SETTINGS)  # type: ignore[arg-type]
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def shards(files: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name.startswith("data/")}


def out(name: str) -> str:
    return f"s3://{BUCKET}/{name}"


def test_from_disk_to_store(corpus: Path, on_disk: dict[str, bytes], s3: S3Server) -> None:
    """Refutes: an output in a store that differs from one on a disk, in any file, or has one more."""
    result = fluxem_prep.build(corpus, out("plain"), **SETTINGS)  # type: ignore[arg-type]
    found = s3.objects("plain/")
    assert found.keys() == on_disk.keys() - {".fluxem/lock"}
    assert shards(found) == shards(on_disk)
    assert [str(path) for path in result.shards] == [f"{out('plain')}/{name}" for name in sorted(shards(found))]
    for name in ("stats.json", "README.md", ".fluxem/plan.json"):
        assert found[name] == on_disk[name]
    manifests = [json.loads(files["manifest.json"]) for files in (found, on_disk)]
    assert {**manifests[0], "run": 0} == {**manifests[1], "run": 0}


@pytest.mark.usefixtures("corpus")
def test_from_store_to_store_and_everything_that_reads_it(s3: S3Server, tmp_path: Path) -> None:
    """Refutes: rows that get lost between two stores; verify, status, resuming or `datasets` that know disks only."""
    result = fluxem_prep.build(out("corpus"), out("both"), **SETTINGS)  # type: ignore[arg-type]
    assert (result.rows, result.rejected) == (ROWS, 1)
    place = place_of(out("both"))
    assert verify_build(place, full=True).findings == ()
    status = read_status(place)
    assert (status.state, status.done, status.rows) == ("finished", status.tasks, ROWS)
    loaded = load_dataset(
        "parquet", data_files=f"{out('both')}/data/train-*.parquet", split="train", cache_dir=str(tmp_path)
    )
    assert sorted(loaded["id"]) == sorted(f"r{i}" for i in range(ROWS))
    s3.asked.clear()
    again = fluxem_prep.build(out("corpus"), out("both"), **SETTINGS)  # type: ignore[arg-type]
    assert (again.kept, again.stats) == (len(result.shards), result.stats)
    assert not [ask for ask in s3.asked if ask[0] == "PUT" and "/locks/" not in ask[1]]
    assert not [ask for ask in s3.asked if ask[0] == "GET" and ask[1].startswith(f"/{BUCKET}/both/data/")]


@pytest.mark.parametrize("harm", ["other", "gone", "record"])
def test_what_does_not_verify_is_done_over(harm: str, corpus: Path, on_disk: dict[str, bytes], s3: S3Server) -> None:
    """Refutes: a shard that somebody replaced or removed, or a record of nothing, that a resumed build keeps."""
    whole = fluxem_prep.build(corpus, out(harm), **SETTINGS)  # type: ignore[arg-type]
    name = sorted(shards(on_disk))[1]
    if harm == "other":
        s3.client.put_object(Bucket=BUCKET, Key=f"{harm}/{name}", Body=on_disk[name][:-1] + b"!")
        assert "sha256" in str(verify_build(place_of(out(harm))).findings[0])
    else:
        s3.client.delete_object(Bucket=BUCKET, Key=f"{harm}/{name if harm == 'gone' else '.fluxem/done/00001.json'}")
    result = fluxem_prep.build(corpus, out(harm), **SETTINGS)  # type: ignore[arg-type]
    assert result.kept == len(whole.shards) - 1
    assert shards(s3.objects(f"{harm}/")) == shards(on_disk)


def test_another_plan_and_strangers_are_refused(corpus: Path, s3: S3Server) -> None:
    """Refutes: two corpora in one prefix; files of others replaced; --overwrite that takes them along."""
    s3.client.put_object(Bucket=BUCKET, Key="theirs/thesis.tex", Body=b"mine")
    with pytest.raises(OutputFolderError, match=r"holds something else \(thesis.tex\)"):
        fluxem_prep.build(corpus, out("theirs"))
    fluxem_prep.build(corpus, out("ours"), **SETTINGS)  # type: ignore[arg-type]
    with pytest.raises(OutputFolderError, match="another split: it has train, this one dev"):
        fluxem_prep.build(corpus, out("ours"), split="dev", **SETTINGS)  # type: ignore[arg-type]
    s3.client.put_object(Bucket=BUCKET, Key="ours/data/thesis.tex", Body=b"mine")
    again = fluxem_prep.build(corpus, out("ours"), split="dev", overwrite=True, **SETTINGS)  # type: ignore[arg-type]
    found = s3.objects("ours/")
    assert again.kept == 0
    assert found["data/thesis.tex"] == b"mine"
    assert not [name for name in found if "train-" in name]


def test_an_input_that_changes_ends_the_build(corpus: Path, s3: S3Server, tmp_path: Path) -> None:
    """Refutes: shards of two versions of an object, of the same size, without a word."""
    body = (corpus / "b.jsonl").read_bytes()

    def meddle(job: Job, part: Task, on_progress: OnProgress) -> TaskReport:
        s3.client.put_object(Bucket=BUCKET, Key="corpus/b.jsonl", Body=body.replace(b"km", b"mm"))
        return run_task(job, part, on_progress)

    try:
        with pytest.raises(BuildError, match=r"b\.jsonl changed during the build"):
            run_build(make_config(out("corpus"), tmp_path / "out", **SETTINGS), meddle)
    finally:
        s3.client.put_object(Bucket=BUCKET, Key="corpus/b.jsonl", Body=body)


def troubled(seed: int) -> Callable[[str, str, str], int | float | None]:
    """An outage of two seconds, then one request in five goes wrong."""
    draw, begun = random.Random(seed), time.monotonic()

    def fault(*_: str) -> int | float | None:
        if time.monotonic() - begun < 2:
            return 503
        return draw.choice([500, 503, 0.3, None, None, None, None, None, None, None, None, None])

    return fault


@pytest.mark.usefixtures("corpus")
def test_a_server_in_trouble_costs_nothing(s3: S3Server) -> None:
    """Refutes: 500, 503 and slow answers to any request, of reads and of writes, end a build or change its bytes."""
    s3.fault = troubled(1)
    result = fluxem_prep.build(out("corpus"), out("trouble"), **SETTINGS)  # type: ignore[arg-type]
    s3.fault = lambda *_: None
    assert (result.rows, result.rejected) == (ROWS, 1)
    assert len(s3.asked) > 60
    assert verify_build(place_of(out("trouble")), full=True).findings == ()


def test_a_server_that_stays_away_ends_the_build(
    corpus: Path, on_disk: dict[str, bytes], s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refutes: a traceback, a lost row, or a half build that cannot be gone on with, when the store goes for good."""
    monkeypatch.setattr(patience, "PAUSES", (0.01,))
    s3.fault = lambda method, path, _: 503 if method == "PUT" and path.endswith("00002-of-00009.parquet") else None
    assert "data/train-00002-of-00009.parquet" in on_disk
    with pytest.raises(BuildError, match=r"task 2 .* failed 3 times: cannot write s3://bucket/away/data/.* now"):
        fluxem_prep.build(corpus, out("away"), **SETTINGS)  # type: ignore[arg-type]
    s3.fault = lambda *_: None
    assert "manifest.json" not in s3.objects("away/")
    result = fluxem_prep.build(corpus, out("away"), **SETTINGS)  # type: ignore[arg-type]
    assert result.kept == 2
    assert shards(s3.objects("away/")) == shards(on_disk)


def test_parts_of_a_large_file_are_aborted(s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refutes: parts of a file whose upload failed stay in the store, unseen and paid for, or half a file is seen."""
    import s3fs.core

    monkeypatch.setattr(s3fs.core, "calculate_chunksize", lambda *_, **__: 5 << 20)
    monkeypatch.setattr(patience, "PAUSES", (0.01,))
    large = tmp_path / "large"
    large.write_bytes(os.urandom(11 << 20))
    place = ObjectPlace(out("large/file"))
    s3.fault = lambda method, _, query: 503 if method == "PUT" and "partNumber=2" in query else None
    with pytest.raises(StoreError, match="cannot write s3://bucket/large/file now"):
        place.put(large)
    assert not place.exists()
    assert s3.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []) == []
    s3.fault = lambda *_: None
    assert place.put(large).size == 11 << 20
    assert place.read_bytes() == large.read_bytes()


@pytest.mark.usefixtures("s3")
def test_what_cannot_work_is_said(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refutes: a missing bucket or missing credentials end in a traceback, or are asked for again and again."""
    with pytest.raises(BuildError, match=r"cannot write s3://nobucket/out/.*is there such a bucket"):
        fluxem_prep.build(corpus, "s3://nobucket/out")
    for name in ("s3://", "zip://a::s3://bucket/b"):
        with pytest.raises(ConfigError, match="expected a folder, or a URL such as"):
            fluxem_prep.build(corpus, name)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    with pytest.raises(ConfigError, match=r"credentials"):
        fluxem_prep.build(corpus, out("anonymous"))


def lock_object(s3: S3Server, name: str, **said: Any) -> str:
    owner = {"host": "elsewhere", "machine": "m", "pid": 1, "started": "9", "shared": False, "since": "noon", **said}
    key = f"{name}/.fluxem/locks/1-ab.json"
    s3.client.put_object(Bucket=BUCKET, Key=key, Body=json.dumps({"touched": 0, **owner}).encode())
    return key


def test_a_lock_of_a_dead_process_or_machine_does_not_stay(
    corpus: Path, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refutes: what was killed locks its prefix for ever."""
    monkeypatch.setattr(locks, "DEAD_SECONDS", 0.5)
    here = {"machine": locks._machine(), "pid": 2**22 + 1}
    for said in (here, {}):
        key = lock_object(s3, "dead", **said)
        fluxem_prep.build(corpus, out("dead"), **SETTINGS)  # type: ignore[arg-type]
        assert key.removeprefix("dead/") not in s3.objects("dead/")


def test_two_builds_in_one_prefix(corpus: Path, s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refutes: a second build beside a running one, or a refusal that does not say whose."""
    monkeypatch.setattr(locks, "TOUCH_SECONDS", 0.05)
    monkeypatch.setattr(locks, "DEAD_SECONDS", 3.0)
    with locks.locked(place_of(out("busy"))):
        with pytest.raises(OutputFolderError, match=rf"another build is at work .*process {os.getpid()} of .*since"):
            fluxem_prep.build(corpus, out("busy"))
        monkeypatch.setattr(locks, "_machine", lambda: "another")
        with pytest.raises(OutputFolderError, match="another build is at work"):
            fluxem_prep.build(corpus, out("busy"))
        assert read_status(place_of(out("busy"))).state == "running"
    assert not s3.objects("busy/.fluxem/locks/")


def test_a_lock_that_was_taken_away_ends_the_build(corpus: Path, s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refutes: a build that others took for dead goes on beside them."""
    monkeypatch.setattr(locks, "TOUCH_SECONDS", 0.05)

    def rob(job: Job, part: Task, on_progress: OnProgress) -> TaskReport:
        for name in s3.objects("robbed/.fluxem/locks/"):
            s3.client.delete_object(Bucket=BUCKET, Key=f"robbed/.fluxem/locks/{name}")
        time.sleep(0.5)
        return run_task(job, part, on_progress)

    with pytest.raises(StoreError, match="another took it for dead"):
        run_build(make_config(corpus, out("robbed"), **SETTINGS), rob)


@pytest.mark.usefixtures("corpus", "s3")
def test_slices_in_a_store() -> None:
    """Refutes: slices side by side that differ from a whole build, or a finish that does not miss one."""
    for number in (3, 1):
        done = fluxem_prep.build(out("corpus"), out("sliced"), shards=(number, 3), **SETTINGS)  # type: ignore[arg-type]
        assert done.slice == (number, 3)
    with pytest.raises(BuildError, match=r"3 of 9 tasks are not done: 1, 4, 7; task T belongs to slice"):
        finish_build(place_of(out("sliced")))
    fluxem_prep.build(out("corpus"), out("sliced"), shards=(2, 3), **SETTINGS)  # type: ignore[arg-type]
    assert finish_build(place_of(out("sliced"))).rows == ROWS
    assert verify_build(place_of(out("sliced"))).findings == ()


class Watch:
    """Looks at the objects under a prefix all the time; each must be whole whenever it is seen."""

    def __init__(self, s3: S3Server, prefix: str) -> None:
        self._s3, self._prefix = s3, prefix
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.seen: set[str] = set()
        self.bad: list[str] = []

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._end.wait(0.02):
            for name, data in self._s3.objects(self._prefix).items():
                self.seen.add(name)
                try:
                    pq.ParquetFile(io.BytesIO(data)).read(["id"])
                except (OSError, ValueError) as error:
                    self.bad.append(f"{name}: {error}")


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_kill_and_resume(workers: int, corpus: Path, on_disk: dict[str, bytes], s3: S3Server, tmp_path: Path) -> None:
    """Refutes: kill -9 leaves half a shard in sight, a lock that stays, or a build that ends in other bytes."""
    name = f"killed{workers}"
    words = [SCRIPT, "build", corpus, "--out", out(name), "--shard-bytes", str(SHARD_BYTES), "--id-field", "id"]
    words += ["--max-reject-rate", "0.5", "--workers", str(workers), "--no-progress"]
    environment = {**os.environ, **s3.environment, "TMPDIR": str(tmp_path)}
    kills = 0
    with Watch(s3, f"{name}/data/") as watch:
        for count in (1, 3):
            process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            end = time.monotonic() + 120
            while process.poll() is None and len(s3.objects(f"{name}/.fluxem/done/")) < count:
                assert time.monotonic() < end
                time.sleep(0.01)
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                kills += 1
            process.communicate()
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
    assert kills
    assert watch.seen
    assert watch.bad == []
    found = s3.objects(f"{name}/")
    assert found.keys() == on_disk.keys() - {".fluxem/lock"}
    assert shards(found) == shards(on_disk)
    assert not list(tmp_path.glob("fluxem-prep-*"))
