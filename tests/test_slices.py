"""`--shards I/N`: slices of one build, done by anybody in any order, and the `finish` that joins them."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import fluxem_prep
from fluxem.errors import BuildError, ConfigError, OutputFolderError
from fluxem_prep.cli import app
from fluxem_prep.pipeline import finish
from fluxem_prep.pipeline.config import make_config
from fluxem_prep.pipeline.finish import finish_build
from fluxem_prep.pipeline.layout import Layout
from fluxem_prep.pipeline.locks import locked
from fluxem_prep.pipeline.plan import SomeTasks, find_inputs, make_plan
from fluxem_prep.pipeline.status import read_status
from fluxem_prep.pipeline.verify import verify_build

SCRIPT = Path(sys.executable).parent / "fluxem-prep"
TOKENIZER = Path(__file__).parent.parent / "sample_data" / "tokenizer.json"
ROWS = 60


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"text": f"{i} * 20 and 7 / 0"}) + "\n" for i in range(ROWS)) + "{bad\n")
    return path


SETTINGS: dict[str, Any] = {"shard_bytes": 500, "max_reject_rate": 0.5}


def contents(out: Path) -> dict[str, bytes]:
    """All files but the one that only slices have; the manifest without what tells of the run."""
    found = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    found.pop(".fluxem/begun.json", None)
    if "manifest.json" in found:
        found["manifest.json"] = json.dumps({**json.loads(found["manifest.json"]), "run": 0}).encode()
    return found


@pytest.mark.parametrize("order", [[1, 2, 3], [3, 1, 2]])
def test_slices_make_the_same_build(order: list[int], corpus: Path, tmp_path: Path) -> None:
    """Refutes: slices leave a task out, do one twice, or leave a trace in what is written; order matters."""
    whole = fluxem_prep.build(corpus, tmp_path / "whole", tokenizer=TOKENIZER, **SETTINGS)
    rows = 0
    for number in order:
        done = fluxem_prep.build(corpus, tmp_path / "out", tokenizer=TOKENIZER, shards=(number, 3), **SETTINGS)
        rows += done.rows
        assert not (tmp_path / "out" / "manifest.json").exists()
        assert done.summary().endswith(f", slice {number} of 3: {tmp_path / 'out'}")
        assert "fluxem-prep finish" in done.next_steps()
    joined = finish_build(tmp_path / "out")
    assert rows == joined.rows == whole.rows == ROWS
    assert (joined.shards, joined.stats) == (
        tuple(tmp_path / "out" / "data" / path.name for path in whole.shards),
        whole.stats,
    )
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert verify_build(tmp_path / "out").findings == ()
    run = json.loads((tmp_path / "out" / "manifest.json").read_text())["run"]
    assert (run["tokenizer"], run["inputs"]) == (str(TOKENIZER), [str(corpus)])
    before = contents(tmp_path / "out")
    assert fluxem_prep.build(corpus, tmp_path / "out", tokenizer=TOKENIZER, **SETTINGS).kept == len(whole.shards)
    finish_build(tmp_path / "out")
    assert contents(tmp_path / "out") == before


def test_slices_side_by_side(corpus: Path, tmp_path: Path) -> None:
    """Refutes: slices that start at once fight over the plan, the lock, or each other's temporary files."""
    words = [SCRIPT, "build", corpus, "--out", tmp_path / "out", "--shard-bytes", "500", "--no-progress", "--shards"]
    running = [
        subprocess.Popen([*words, f"{number}/3"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        for number in (1, 2, 3)
    ]
    for process in running:
        _, errors = process.communicate(timeout=300)
        assert (process.returncode, errors) == (0, "")
    done = CliRunner().invoke(app, ["finish", str(tmp_path / "out")])
    assert done.exit_code == 3  # a row is rejected, which is more than a hundredth, as only all together can tell
    assert f"{ROWS:,} rows in " in done.stdout
    fluxem_prep.build(corpus, tmp_path / "whole", shard_bytes=500)
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_what_is_missing_is_named(corpus: Path, tmp_path: Path) -> None:
    """Refutes: a manifest of a build that is not whole: a slice that never ran, a shard that is gone or cut."""
    out = tmp_path / "out"
    fluxem_prep.build(corpus, out, shards=(2, 2), **SETTINGS)
    tasks = read_status(out).tasks
    with pytest.raises(BuildError, match=rf"{(tasks + 1) // 2} of {tasks} tasks are not done: 0, 2"):
        finish_build(out)
    fluxem_prep.build(corpus, out, shards=(1, 2), **SETTINGS)
    layout = Layout(out=out, split="train", tasks=tasks)
    shard = Path(str(layout.shard(1)))
    data = shard.read_bytes()
    shard.write_bytes(data[:-1])
    with pytest.raises(BuildError, match=r"1 of \d+ tasks are not done: 1; task T belongs to slice T % N \+ 1 of N"):
        finish_build(out)
    assert not (out / "manifest.json").exists()
    done = CliRunner().invoke(app, ["finish", str(out)])
    assert (done.exit_code, done.stdout) == (4, "")
    assert fluxem_prep.build(corpus, out, shards=(2, 2), **SETTINGS).kept == tasks // 2 - 1
    assert finish_build(out).rows == ROWS


def test_slices_of_another_plan_are_refused(corpus: Path, tmp_path: Path) -> None:
    """Refutes: two slices with different settings in one folder."""
    fluxem_prep.build(corpus, tmp_path / "out", shards=(1, 2), **SETTINGS)
    with pytest.raises(OutputFolderError, match="another text field: it has text, this one body"):
        fluxem_prep.build(corpus, tmp_path / "out", shards=(2, 2), text_field="body", **SETTINGS)


def test_only_slices_may_be_at_work_together(corpus: Path, tmp_path: Path) -> None:
    """Refutes: a whole build, a finish or --overwrite beside a slice; a slice beside a whole build."""
    out = tmp_path / "out"
    with locked(out, shared=True):
        fluxem_prep.build(corpus, out, shards=(1, 2), **SETTINGS)
        assert read_status(out).state == "running"
        for forbidden in (lambda: fluxem_prep.build(corpus, out, **SETTINGS), lambda: finish_build(out)):
            with pytest.raises(OutputFolderError, match="another build is at work"):
                forbidden()
    with locked(out), pytest.raises(OutputFolderError, match="another build is at work"):
        fluxem_prep.build(corpus, out, shards=(2, 2), **SETTINGS)


def test_a_slice_leaves_the_temporary_files_of_others(corpus: Path, tmp_path: Path) -> None:
    """Refutes: a slice that cleans up what another one is writing."""
    out = tmp_path / "out"
    fluxem_prep.build(corpus, out, shards=(1, 2), **SETTINGS)
    layout = Layout(out=out, split="train", tasks=read_status(out).tasks)
    theirs, ours = (out / "data" / f".{layout.shard(index).name}.1234.tmp" for index in (1, 2))
    theirs.touch()
    ours.touch()
    fluxem_prep.build(corpus, out, shards=(1, 2), **SETTINGS)
    assert (theirs.exists(), ours.exists()) == (True, False)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"shards": (0, 3)}, "I/N with I from 1 to N"),
        ({"shards": (4, 3)}, "I/N with I from 1 to N"),
        ({"shards": (1, 3), "overwrite": True}, "no --overwrite with --shards"),
        ({"shards": (1, 3), "inputs": "-"}, "--shards cannot cut the stream stdin: save it to files first"),
    ],
)
def test_what_a_slice_cannot_be(settings: dict[str, Any], words: str, corpus: Path, tmp_path: Path) -> None:
    """Refutes: a slice that nobody can mean is built."""
    with pytest.raises(ConfigError, match=words):
        fluxem_prep.build(settings.pop("inputs", corpus), tmp_path / "out", **settings)
    for text in ("3", "a/b", "1/2/3"):
        done = CliRunner().invoke(app, ["build", str(corpus), "--out", str(tmp_path / "out"), "--shards", text])
        assert done.exit_code == 2
        assert "expected I/N" in done.stderr


def test_finish_of_what_is_no_sliced_build(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refutes: a traceback, or a manifest made by another version than the shards."""
    with pytest.raises(ConfigError, match="holds no build"):
        finish_build(tmp_path / "nothing")
    fluxem_prep.build(corpus, tmp_path / "whole", **SETTINGS)
    with pytest.raises(ConfigError, match="was not begun with --shards"):
        finish_build(tmp_path / "whole")
    fluxem_prep.build(corpus, tmp_path / "out", shards=(1, 1), **SETTINGS)
    monkeypatch.setattr(finish, "versions", lambda: {"fluxem-prep": "99"})
    with pytest.raises(ConfigError, match=r"was begun with .*: finish it with the same ones"):
        finish_build(tmp_path / "out")


def test_tasks_are_made_when_they_are_asked_for(corpus: Path, tmp_path: Path) -> None:
    """Refutes: columns of tasks that give other tasks than were put in; the obvious list is the reference."""
    config = make_config(corpus, tmp_path / "out", **SETTINGS)
    plan = make_plan(config, find_inputs(config))
    tasks = list(plan.tasks)
    assert [task.index for task in tasks] == list(range(len(tasks)))
    assert tasks[0].slices[0].start == 0
    assert tasks[-1].slices[-1].stop == corpus.stat().st_size
    assert all(before.slices[-1].stop == after.slices[0].start for before, after in pairwise(tasks))
    assert [plan.tasks[-1], plan.tasks[1:3]] == [tasks[-1], tasks[1:3]]
    some = SomeTasks(plan.tasks, range(1, len(tasks), 2))
    assert list(some) == tasks[1::2] == some[:]
    assert (some[-1], len(some)) == (tasks[1::2][-1], len(tasks[1::2]))
    with pytest.raises(IndexError):
        plan.tasks[len(tasks)]
