"""The fuzz targets: every input that once broke something, and new ones, the same each day or others."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

FUZZ = Path(__file__).parent / "fuzz"


def fuzz(*words: str) -> str:
    environment = os.environ | {"PYTHONHASHSEED": "0"}  # coverage, and so the inputs, follow the order of sets
    done = subprocess.run(
        [sys.executable, str(FUZZ), *words], capture_output=True, text=True, timeout=1200, env=environment
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout


def test_what_once_broke_something_does_not_any_more() -> None:
    """Refutes: a fault that was mended and has come back: every committed input, every seed, of every target."""
    said = fuzz("--replay")
    (count, targets) = map(int, re.findall(r"[\d,]+", said.replace(",", "")))
    committed = sum(path.is_file() for path in (FUZZ / "corpus").rglob("*"))
    assert count > committed > 5
    assert targets == len(fuzz("--list").splitlines())


def test_every_committed_input_has_a_target() -> None:
    """Refutes: a folder of inputs that nobody runs, because its target was renamed."""
    assert {path.name for path in (FUZZ / "corpus").iterdir()} <= set(fuzz("--list").split())


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this platform")
@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--runs", "1000"], marks=pytest.mark.slow, id="the same each day"),
        pytest.param(["--seconds", "600", "--seed", str(time.time_ns() % 10**6)], marks=pytest.mark.soak, id="others"),
    ],
)
def test_fuzzing_finds_nothing(words: list[str]) -> None:
    """Refutes: a crash, a broken promise, a second of CPU time or a gigabyte of memory for some input."""
    said = fuzz(*words)
    assert re.search(r"[\d,]+ executions over \d+ targets, 0 with a fault", said), said
    executions = [int(count) for count in re.findall(r'"executions": (\d+)', said)]
    assert min(executions) > 0
