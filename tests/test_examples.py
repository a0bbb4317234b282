"""The examples run, every arm, in a size that teaches nothing."""

import itertools
import json
import math
import random
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytest.importorskip("transformers")

EXAMPLES = Path(__file__).parent.parent / "examples"


def run(script, *arguments):
    command = [sys.executable, EXAMPLES / script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


ARMS = ["tokens", "hybrid", "augment", "scalar", "readout", "calculator"]


@pytest.mark.slow
def test_every_arm_of_the_experiment_trains_and_is_plotted(tmp_path):
    """Refutes: an experiment that nobody can repeat; an accuracy that is no share; a run that is done twice, or a plot
    that leaves an arm out."""
    options = ["--seeds", 0, "--examples", "100,200", "--steps", 3, "--tests", 20, "--out", tmp_path]
    run("train_hybrid.py", *options, "--arms", "tokens,readout")
    run("train_hybrid.py", *options)
    path = tmp_path / "results.jsonl"
    results = [json.loads(line) for line in path.read_text().splitlines()]
    assert sorted((r["arm"], r["examples"]) for r in results) == sorted(itertools.product(ARMS, (100, 200)))
    assert all(len(r["accuracy"]) == 5 and all(0 <= share <= 1 for share in r["accuracy"].values()) for r in results)
    assert run("plot_experiment.py", path, tmp_path).count("| ") > len(results)
    for name in ("by_test_3.svg", "by_examples_3.svg"):
        words = {element.text for element in ElementTree.parse(tmp_path / name).iter() if element.text}
        assert words & set(ARMS) == set(ARMS) - {"calculator"}
        assert words >= {"sums", "longer operands", "longer chain", "units", "stoichiometry"}


def test_questions_say_what_is_so(monkeypatch):
    """Refutes: a wrong answer to train on, an expression of another value, or a test question that is trained on."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    questions = pytest.importorskip("questions")
    draw = random.Random(0)
    for make in questions.TESTS.values():
        for question in (make(draw) for _ in range(300)):
            # Sums and products of whole numbers, nothing else.
            assert set(question.expression) <= set("0123456789 +*=")
            terms = question.expression.removesuffix(" =").split(" + ")
            assert sum(math.prod(map(int, term.split(" * "))) for term in terms) == question.answer
            assert question.words in question.text(as_expression=False)
    known = {questions.add(draw).words for _ in range(500)}
    fresh = questions._unseen(questions.add, draw, known, 50)
    assert len({question.words for question in fresh} - known) == 50


def test_the_share_of_numbers_in_spans(tmp_path):
    """Refutes: a share that counts numbers twice, or spans that hold none."""
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "In 1999 it ran 5.5 km, 12 * 34 = 408 times."}) + "\n")
    line = run("number_share.py", tmp_path / "a.jsonl")
    assert [cell.strip() for cell in line.split("|")[2:4]] == ["5", "60%"]
