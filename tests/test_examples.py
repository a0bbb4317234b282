"""The examples run, every arm, in a size that teaches nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("transformers")

EXAMPLES = Path(__file__).parent.parent / "examples"


def run(script, *arguments):
    command = [sys.executable, EXAMPLES / script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_every_arm_of_the_experiment_trains(tmp_path):
    """Refutes: an experiment that nobody can repeat; an accuracy that is no share."""
    run("train_hybrid.py", "--seeds", 0, "--examples", 200, "--steps", 3, "--tests", 20, "--out", tmp_path)
    results = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert [r["arm"] for r in results] == ["tokens", "hybrid", "augment", "scalar", "readout", "calculator"]
    assert all(len(r["accuracy"]) == 5 and all(0 <= share <= 1 for share in r["accuracy"].values()) for r in results)
    assert run("train_hybrid.py", "--table", "--out", tmp_path).count("\n") == 2 + len(results)


def test_the_share_of_numbers_in_spans(tmp_path):
    """Refutes: a share that counts numbers twice, or spans that hold none."""
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "In 1999 it ran 5.5 km, 12 * 34 = 408 times."}) + "\n")
    line = run("number_share.py", tmp_path / "a.jsonl")
    assert [cell.strip() for cell in line.split("|")[2:4]] == ["5", "60%"]
