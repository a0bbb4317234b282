"""Builds that are killed, at every step of a commit and at random: the next run makes them whole, to the last bit."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from fluxem.errors import BuildError
from fluxem_prep.pipeline.config import make_config
from fluxem_prep.pipeline.run import run_build

HARNESS = Path(__file__).parent / "fault_harness.py"
TOKENIZER = Path(__file__).parent.parent / "sample_data" / "tokenizer.json"
SCRIPT = Path(sys.executable).parent / "fluxem-prep"
WORK = "tank {i}: 10 * {i} and 7 / 0, 373.15 K, H2O, C#5 in A minor, 12 kg at 2024-02-03, (1 + {i}) * 3 "


def harness() -> Any:
    spec = importlib.util.spec_from_file_location("fault_harness", HARNESS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


STEPS = harness()


def make_corpus(folder: Path, rows: int) -> Path:
    folder.mkdir()
    lines = [json.dumps({"text": WORK.format(i=i) * (1 + i % 5)}).encode() for i in range(rows)]
    for place, bad in [(3, b"{broken"), (rows // 2, b'{"text": 5}'), (rows - 2, b'{"text": "\xff"}')]:
        lines.insert(place, bad)
    (folder / "a.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(b"\n".join(lines[: rows // 4]), mtime=0))
    (folder / "c.txt").write_text("one document, 5 km long")
    return folder


def settings(corpus: Path, out: Path, **more: Any) -> dict[str, Any]:
    tokenizer = more.pop("tokenizer", str(TOKENIZER))
    size = (corpus / "a.jsonl").stat().st_size // 4 + 1
    # The library's own backend, because choosing another one compares them first, in each of many processes.
    backend = {"tokenizer": tokenizer, "tokenizer_backend": "tokenizers"}
    return {"inputs": str(corpus), "out": str(out), "shard_bytes": size, **backend, **more}


def tree(out: Path) -> dict[str, str]:
    """Every file and its sha256; of the manifest, what does not tell of the run itself."""
    found = {}
    for path in sorted(out.rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        if path.name == "manifest.json":
            data = json.dumps({**json.loads(data), "run": None}).encode()
        found[str(path.relative_to(out))] = hashlib.sha256(data).hexdigest()
    return found


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_corpus(tmp_path_factory.mktemp("faults") / "corpus", 200)


@pytest.fixture(scope="module")
def undisturbed(corpus: Path) -> dict[str, str]:
    out = corpus.parent / "undisturbed"
    result = run_build(make_config(**settings(corpus, out)))
    assert (len(result.shards), result.rejected) == (5, 4)
    return tree(out)


def kill(step: str, victim: str, tmp_path: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    fault = {"step": step, "victim": victim, "task": 1, "mark": str(tmp_path / "mark"), **more}
    done = subprocess.run(
        [sys.executable, HARNESS, json.dumps(fault)],
        capture_output=True,
        text=True,
        timeout=120,
        input=more.get("stdin"),
    )
    assert (tmp_path / "mark").exists(), f"the step {step} was never reached: {done.stderr}"
    return done


def check_parent_killed(step: str, workers: int, corpus: Path, undisturbed: dict[str, str], tmp_path: Path) -> None:
    config = settings(corpus, tmp_path / "out", workers=workers)
    victim = "parent" if workers > 1 and step in STEPS.OF_TASKS else "itself"
    done = kill(step, victim, tmp_path, config=config)
    assert done.returncode == -signal.SIGKILL
    assert step == "after_manifest" or not (tmp_path / "out" / "manifest.json").exists()
    result = run_build(make_config(**config))
    assert tree(tmp_path / "out") == undisturbed
    if step == "after_done":
        assert result.kept >= 1


def check_worker_killed(step: str, corpus: Path, undisturbed: dict[str, str], tmp_path: Path) -> None:
    done = kill(step, "worker", tmp_path, config=settings(corpus, tmp_path / "out", workers=2))
    assert done.returncode == 0, done.stderr
    assert tree(tmp_path / "out") == undisturbed


@pytest.mark.parametrize("step", ["during_write", "before_done"])
def test_some_kills(step: str, corpus: Path, undisturbed: dict[str, str], tmp_path: Path) -> None:
    """Refutes: a kill leaves something that the next run keeps or trips over. Two steps; the rest are slow."""
    check_parent_killed(step, 2, corpus, undisturbed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("step", STEPS.OF_TASKS)
def test_the_parent_is_killed_at_each_step_of_a_task(
    step: str, workers: int, corpus: Path, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    """Refutes: a step of the commit at which kill -9 loses a row, doubles one, or leaves a file beside the build."""
    check_parent_killed(step, workers, corpus, undisturbed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("step", [step for step in STEPS.OF_PARENT if "spool" not in step])
def test_the_parent_is_killed_around_the_tasks(
    step: str, corpus: Path, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    """Refutes: a kill between plan, tasks and the small files at the end that the next run cannot mend."""
    check_parent_killed(step, 1, corpus, undisturbed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS.OF_TASKS)
def test_a_worker_is_killed_at_each_step(step: str, corpus: Path, undisturbed: dict[str, str], tmp_path: Path) -> None:
    """Refutes: the death of a worker ends the build, or leaves a trace in it."""
    check_worker_killed(step, corpus, undisturbed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("step", [step for step in STEPS.OF_PARENT if "spool" in step])
def test_a_kill_while_standard_input_is_copied(step: str, corpus: Path, tmp_path: Path) -> None:
    """Refutes: a torn copy of a stream is taken for a whole one."""
    data = (corpus / "a.jsonl").read_text(errors="surrogateescape").encode(errors="surrogateescape").decode("latin-1")
    config = settings(corpus, tmp_path / "out") | {"inputs": "-"}
    kill(step, "itself", tmp_path, config=config, stdin=data)
    words = [sys.executable, HARNESS, json.dumps({"config": config, "step": "none", "victim": "", "mark": ""})]
    for out, name in ((tmp_path / "out", "again"), (tmp_path / "whole", "whole")):
        words[2] = json.dumps(
            {"config": config | {"out": str(out)}, "step": "none", "victim": "", "task": 0, "mark": ""}
        )
        done = subprocess.run(words, input=data, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, (name, done.stderr)
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")


def children(pid: int) -> list[int]:
    """Worker processes of a build (Linux)."""
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def random_kills(count: int, seed: int, tmp_path: Path) -> None:
    """Kill parents and workers of builds at random moments until `count` were hit; each build must end whole."""
    draw = random.Random(seed)
    corpus = make_corpus(tmp_path / "corpus", 2000)
    start = time.monotonic()
    run_build(make_config(**settings(corpus, tmp_path / "whole")))
    span = 1.5 + (time.monotonic() - start)
    expected = tree(tmp_path / "whole")
    config = settings(corpus, tmp_path / "out")
    words = [SCRIPT, "build", corpus, "--out", config["out"], "--tokenizer", TOKENIZER, "--no-progress", "--workers"]
    words += ["2", "--shard-bytes", str(config["shard_bytes"]), "--tokenizer-backend", "tokenizers"]
    hits = rounds = 0
    while hits < count:
        rounds += 1
        process = subprocess.Popen(words, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        end = time.monotonic() + draw.uniform(0.05, span)
        victim = draw.choice(["parent", "worker", "worker"])
        while time.monotonic() < end and process.poll() is None:
            time.sleep(0.005)
        if process.poll() is None and victim == "parent":
            process.kill()
            hits += 1
        elif process.poll() is None and (workers := children(process.pid)):
            os.kill(draw.choice(workers), signal.SIGKILL)
            hits += 1
        process.wait(timeout=300)
        print(f"round {rounds}: {hits} kills so far, exit code {process.returncode}", flush=True)  # noqa: T201
        if process.returncode in (0, 3):  # too many rejects, on purpose
            assert tree(tmp_path / "out") == expected, f"after {hits} kills, seed {seed}"
            subprocess.run(["rm", "-r", tmp_path / "out"], check=True)
        else:
            assert process.returncode == -signal.SIGKILL
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    assert process.wait(timeout=300) in (0, 3)
    assert tree(tmp_path / "out") == expected


@pytest.mark.slow
def test_random_kills(tmp_path: Path) -> None:
    """Refutes: some moment, of no step that anybody thought of, at which a kill spoils a build."""
    random_kills(6, 1, tmp_path)


@pytest.mark.soak
def test_many_random_kills(tmp_path: Path) -> None:
    """The same, sixty times."""
    random_kills(60, 2, tmp_path)


def test_a_task_that_kills_every_worker_is_named(corpus: Path, tmp_path: Path) -> None:
    """Refutes: a poisonous slice is tried for ever, or ends the build without its name; what was done stays done."""
    config = settings(corpus, tmp_path / "out", workers=2)
    fault = {"step": "before_temp", "victim": "worker", "task": 2, "mark": "/nonexistent/mark", "config": config}
    script = tmp_path / "poison.py"
    script.write_text(
        f"import sys, json; sys.path.insert(0, {str(HARNESS.parent)!r})\n"
        "import os, fault_harness as h\n"
        "h.strike = lambda fault: os._exit(77)\n"
        "if __name__ == '__main__':\n"
        f"    h.main(json.loads({json.dumps(json.dumps(fault))}))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "task 2 (" in done.stderr
    assert "a.jsonl from " in done.stderr
    assert "failed 3 times, the last time because: its worker ended with exit code 77" in done.stderr
    result = run_build(make_config(**config))
    assert result.kept >= 1
    assert BuildError.__name__ in done.stderr
