"""The fuzz targets of `tests/fuzz`: every input that once broke something, and a minute of new ones."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).parent / "fuzz"


def fuzz(*words: str) -> str:
    done = subprocess.run([sys.executable, str(FUZZ), *words], capture_output=True, text=True, timeout=900)
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


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this platform")
def test_a_minute_of_fuzzing() -> None:
    """Refutes: a crash, a broken promise, a second of CPU time or a gigabyte of memory for some input."""
    said = fuzz("--seconds", "60")
    assert re.search(r"[\d,]+ executions over \d+ targets, 0 with a fault", said), said
    executions = [int(count) for count in re.findall(r'"executions": (\d+)', said)]
    assert min(executions) > 0
