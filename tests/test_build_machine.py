"""Any order of building, breaking off, damaging, resuming and overwriting ends in what one undisturbed build gives."""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from fluxem.errors import OutputFolderError
from fluxem_prep.pipeline import task
from fluxem_prep.pipeline.config import make_config
from fluxem_prep.pipeline.run import run_build
from fluxem_prep.pipeline.verify import verify_build

TEXTS = ("{i} * 20 and 7 / 0", "{i} km of H2O", "no numbers", "")


class StopError(Exception):
    """Ends a build from inside, as a kill between two steps would."""


def contents(out: Path) -> dict[str, bytes]:
    found = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    if "manifest.json" in found:
        found["manifest.json"] = json.dumps({**json.loads(found["manifest.json"]), "run": 0}).encode()
    return found


class Builds(RuleBasedStateMachine):
    """One output folder, two corpora, and everything that happens to them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="machine-"))
        self.out = self.folder / "out"
        self.corpus = 0  # of which the build in the folder is
        self.whole: dict[int, dict[str, bytes]] = {}

    @initialize()
    def make(self) -> None:
        """Both corpora, and what an undisturbed build gives of each."""
        for number in (0, 1):
            lines = [json.dumps({"text": TEXTS[(i + number) % 4].format(i=i)}) for i in range(24 + 8 * number)]
            (self.folder / f"{number}.jsonl").write_text("\n".join([*lines[:9], "{bad", *lines[9:]]) + "\n")
            whole = self.folder / f"whole-{number}"
            run_build(self.config(number, whole))
            self.whole[number] = contents(whole)

    def config(self, number: int, out: Path, **more: Any) -> Any:
        return make_config(self.folder / f"{number}.jsonl", out, shard_bytes=300, **more)

    @rule(corpus=st.integers(0, 1), overwrite=st.booleans(), after=st.integers(0, 4), step=st.booleans())
    def break_off(self, corpus: int, overwrite: bool, after: int, step: bool) -> None:
        """A build that ends after some tasks, before or behind the work of the next."""

        def some(job: task.Job, part: task.Task, on_progress: task.OnProgress) -> Any:
            if part.index >= after and not step:
                raise StopError
            report = task.run_task(job, part, on_progress)
            if part.index >= after:
                raise StopError
            return report

        if self.out.exists() and corpus != self.corpus and not overwrite:
            return
        with suppress(StopError):
            run_build(self.config(corpus, self.out, overwrite=overwrite), some)
        self.corpus = corpus

    @rule(which=st.integers(0, 99), how=st.sampled_from(["flip", "cut", "delete", "stray"]))
    def damage(self, which: int, how: str) -> None:
        """Something happens to one of the files of tasks."""
        kinds = ("data/*.parquet", ".fluxem/done/*.json", "rejects/*")
        files = sorted(path for kind in kinds for path in self.out.glob(kind) if not path.name.startswith("."))
        if not files:
            return
        path = files[which % len(files)]
        data = bytearray(path.read_bytes())
        if how == "flip":
            data[which * 31 % len(data)] ^= 1 << which % 8
            path.write_bytes(data)
        elif how == "cut":
            path.write_bytes(data[: len(data) // 2])
        elif how == "delete":
            path.unlink()
        else:
            path.with_name(f".{path.name}.99999.tmp").write_bytes(data[:10])

    @rule(overwrite=st.booleans())
    def finish(self, overwrite: bool) -> None:
        """The same command again: whole, and found so by verify."""
        run_build(self.config(self.corpus, self.out, overwrite=overwrite))
        assert contents(self.out) == self.whole[self.corpus]
        assert verify_build(self.out, sample_rows=5).findings == ()

    @rule()
    def the_other(self) -> None:
        """Another corpus without --overwrite is refused, and nothing changes."""
        if not (self.out / ".fluxem" / "plan.json").exists():
            return
        before = contents(self.out)
        with pytest.raises(OutputFolderError):
            run_build(self.config(1 - self.corpus, self.out))
        assert contents(self.out) == before

    def teardown(self) -> None:
        """Whatever happened, one more run makes it whole."""
        try:
            if self.whole:
                run_build(self.config(self.corpus, self.out))
                assert contents(self.out) == self.whole[self.corpus]
        finally:
            shutil.rmtree(self.folder)


def test_a_few_histories() -> None:
    """Refutes: an order of events after which a build is not what it would have been."""
    run_state_machine_as_test(Builds, settings=settings(max_examples=3, stateful_step_count=5, derandomize=True))


@pytest.mark.soak
def test_many_histories() -> None:
    """The same, two hundred of up to fifteen steps."""
    run_state_machine_as_test(Builds, settings=settings(max_examples=200, stateful_step_count=15, derandomize=True))
