"""The engine `ray`, on clusters of several nodes on this machine: the same bytes, whoever dies meanwhile."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

import fluxem_prep
from fluxem.errors import BuildError, ConfigError, InputError, MissingDependencyError, ShardMismatchError
from fluxem_prep.pipeline import run
from fluxem_prep.pipeline.config import RaySettings, make_config
from fluxem_prep.pipeline.config_file import read_runtime_env
from fluxem_prep.pipeline.done import TaskReport
from fluxem_prep.pipeline.inputs import Slice
from fluxem_prep.pipeline.plan import Task
from fluxem_prep.pipeline.ray_executor import ray_tasks
from fluxem_prep.pipeline.stats import Stats
from fluxem_prep.pipeline.task import OnProgress, Progress

SCRIPT = Path(sys.executable).parent / "fluxem-prep"
TOKENIZER = Path(__file__).parent.parent / "sample_data" / "tokenizer.json"
TASKS = tuple(Task(index=i, slices=(Slice(source="corpus.txt"),)) for i in range(5))


def test_without_ray_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refutes: a traceback of an import, or ray needed where nobody asked for it."""
    monkeypatch.setitem(sys.modules, "ray", None)
    (tmp_path / "a.txt").write_text("10 * 20")
    assert fluxem_prep.build(tmp_path / "a.txt", tmp_path / "serial").rows == 1
    with pytest.raises(MissingDependencyError, match=r"pip install 'fluxem-prep\[ray\]'"):
        fluxem_prep.build(tmp_path / "a.txt", tmp_path / "ray", engine="ray")


def test_settings(tmp_path: Path) -> None:
    """Refutes: settings of Ray that are taken as they come, or get lost on the way."""
    found = make_config("a", tmp_path, engine="ray", ray_address="auto", ray_cpus=2.0, ray_memory=5)
    assert found.ray == RaySettings(address="auto", cpus=2.0, memory=5)
    assert found.workers == 0
    assert make_config("a", tmp_path).workers == 1
    for settings, words in [
        ({"ray_cpus": 0}, "ray cpus"),
        ({"ray_memory": -1}, "ray memory"),
        ({"workers": -1}, "workers"),
    ]:
        with pytest.raises(ConfigError, match=words):
            make_config("a", tmp_path, engine="ray", **settings)
    with pytest.raises(ConfigError, match="expected serial with memory://"):
        make_config("a", "memory://out", engine="ray")
    (tmp_path / "env.yaml").write_text("env_vars: {A: b}\n")
    assert read_runtime_env(str(tmp_path / "env.yaml")) == {"env_vars": {"A": "b"}}
    for text in ("- a", "{"):
        (tmp_path / "env.yaml").write_text(text)
        with pytest.raises(ConfigError, match="cannot read the runtime environment"):
            read_runtime_env(str(tmp_path / "env.yaml"))


class Nodes:
    """A cluster whose nodes are processes of this machine, with a CPU each."""

    def __init__(self, count: int) -> None:
        from ray.cluster_utils import Cluster

        self._cluster = Cluster(
            initialize_head=True,
            head_node_args={"num_cpus": 1, "include_dashboard": False, "object_store_memory": 10**8},
        )
        self._nodes = [self._cluster.add_node(num_cpus=1, object_store_memory=10**8) for _ in range(count - 1)]
        self._cluster.wait_for_nodes(timeout=240)

    @property
    def address(self) -> str:
        return str(self._cluster.address)

    def remove_one(self) -> None:
        self._cluster.remove_node(self._nodes.pop(), allow_graceful=False)

    def kill_a_worker(self) -> None:
        """One that is at a task."""
        for process in psutil.Process().children(recursive=True):
            try:
                if process.name().startswith("ray::_do") or "ray::_do" in " ".join(process.cmdline()):
                    process.kill()
                    return
            except psutil.NoSuchProcess:
                continue
        raise AssertionError("no worker is at a task")

    def stop(self) -> None:
        self._cluster.shutdown()


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Nodes]:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    started = Nodes(3)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ray") / "a.jsonl"
    text = "tank {i}: 10 * {i} and 7 / 0, 373.15 K, H2O, C#5 in A minor, 12 kg at 2024-02-03 "
    lines = [json.dumps({"text": text.format(i=i) * (1 + i % 40)}) for i in range(600)]
    path.write_text("\n".join([*lines, "{bad"]) + "\n")
    return path


def settings(corpus: Path) -> dict[str, Any]:
    backend = {"tokenizer": str(TOKENIZER), "tokenizer_backend": "tokenizers"}
    return {"shard_bytes": corpus.stat().st_size // 12, "max_reject_rate": 0.5, **backend}


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
def undisturbed(corpus: Path) -> dict[str, str]:
    fluxem_prep.build(corpus, corpus.parent / "serial", **settings(corpus))
    return tree(corpus.parent / "serial")


def when_done(out: Path, count: int, act: Callable[[], None]) -> threading.Thread:
    """Do something once so many tasks are done."""

    def watch() -> None:
        while len(list((out / ".fluxem" / "done").glob("*.json"))) < count:
            time.sleep(0.02)
        act()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


@pytest.mark.slow
def test_serial_local_ray_and_slices_make_the_same_bytes(
    corpus: Path, undisturbed: dict[str, str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Refutes: an engine that leaves a trace in what is written, or lines of its own on the terminal."""
    fluxem_prep.build(corpus, tmp_path / "local", engine="local", workers=2, **settings(corpus))
    assert tree(tmp_path / "local") == undisturbed
    capfd.readouterr()
    result = fluxem_prep.build(corpus, tmp_path / "ray", engine="ray", workers=2, **settings(corpus))
    assert capfd.readouterr() == ("", "")
    assert tree(tmp_path / "ray") == undisturbed
    assert result.rejected == 1


@pytest.mark.slow
def test_a_node_is_removed(nodes: Nodes, corpus: Path, undisturbed: dict[str, str], tmp_path: Path) -> None:
    """Refutes: the tasks of a lost node are lost, or done twice in what is written."""
    thread = when_done(tmp_path / "out", 2, nodes.remove_one)
    fluxem_prep.build(corpus, tmp_path / "out", engine="ray", ray_address=nodes.address, **settings(corpus))
    assert not thread.is_alive()
    assert tree(tmp_path / "out") == undisturbed


@pytest.mark.slow
def test_a_worker_is_killed(nodes: Nodes, corpus: Path, undisturbed: dict[str, str], tmp_path: Path) -> None:
    """Refutes: the death of a worker ends the build, or leaves a temporary file, or a task out."""
    thread = when_done(tmp_path / "out", 2, nodes.kill_a_worker)
    fluxem_prep.build(corpus, tmp_path / "out", engine="ray", ray_address=nodes.address, **settings(corpus))
    assert not thread.is_alive()
    assert tree(tmp_path / "out") == undisturbed


@pytest.mark.slow
def test_the_driver_is_killed_and_started_again(
    nodes: Nodes, corpus: Path, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    """Refutes: with the driver dies what was done, or the next one cannot go on."""
    out, chosen = tmp_path / "out", settings(corpus)
    words = [SCRIPT, "build", corpus, "--out", out, "--engine", "ray", "--ray-address", nodes.address, "--no-progress"]
    for name, value in chosen.items():
        words += [f"--{name.replace('_', '-')}", str(value)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    when_done(out, 2, process.kill).join(timeout=300)
    assert process.wait(timeout=60) == -signal.SIGKILL
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    assert "tasks were finished before" in done.stdout
    assert tree(out) == undisturbed


# What workers do in the contract tests; functions of this module travel by value.


def good(task: Task, on_progress: OnProgress) -> TaskReport:
    on_progress(Progress(1, 10, 2))
    return TaskReport(index=task.index, shard=None, rejects=None, stats=Stats(rows_out=task.index), input_bytes=10)


@pytest.mark.slow
def test_the_contract_of_executors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refutes: a report that is lost, an error that arrives in pieces, a task that is tried for ever or not again."""
    import ray

    folder = str(tmp_path)

    def marked(name: str) -> bool:
        mark = Path(folder) / name
        before = mark.exists()
        mark.touch()
        return before

    def failing(task: Task, on_progress: OnProgress) -> TaskReport:
        if task.index == 3:
            raise ShardMismatchError("encoder", "a", "b")
        return good(task, on_progress)

    def busy(task: Task, on_progress: OnProgress) -> TaskReport:
        if not marked(f"busy{task.index}"):
            raise InputError("cannot read s3://corpus now")
        return good(task, on_progress)

    def away(_task: Task, _on_progress: OnProgress) -> TaskReport:
        raise InputError("cannot read s3://corpus now")

    def hanging(task: Task, on_progress: OnProgress) -> TaskReport:
        if task.index == 2 and not marked("hung"):
            time.sleep(600)
        return good(task, on_progress)

    def deadly(task: Task, on_progress: OnProgress) -> TaskReport:
        if task.index == 2:
            os._exit(9)
        return good(task, on_progress)

    chosen = RaySettings(cpus=0.5, memory=0)
    monkeypatch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=10**8)
    try:
        assert list(ray_tasks(good, (), 0, print, settings=chosen)) == []
        for workers in (0, 1):
            seen: list[Progress] = []
            reports = list(ray_tasks(good, TASKS, workers, seen.append, settings=chosen))
            assert Counter(report.index for report in reports) == Counter(range(5))
            assert Counter(seen) == Counter(Progress(i, 10, 0) for i in range(5))
        with pytest.raises(ShardMismatchError) as caught:
            list(ray_tasks(failing, TASKS, 0, seen.append, settings=chosen))
        assert (caught.value.field, caught.value.expected, caught.value.found) == ("encoder", "a", "b")
        assert "while doing task 3" in caught.value.__notes__[0]
        assert "in failing" in caught.value.__notes__[1]
        assert len(list(ray_tasks(busy, TASKS, 0, seen.append, settings=chosen))) == 5
        with pytest.raises(BuildError, match=r"task \d \(.*\) failed 3 times.*: cannot read s3://corpus now"):
            list(ray_tasks(away, TASKS, 0, seen.append, settings=chosen))
        assert len(list(ray_tasks(hanging, TASKS, 0, seen.append, settings=chosen, timeout=5))) == 5
        with pytest.raises(BuildError, match=r"task 2 \(.*\) failed 4 times, the last time because: "):
            list(ray_tasks(deadly, TASKS, 0, seen.append, settings=chosen))
        assert ray.is_initialized()  # it was there before
    finally:
        ray.shutdown()


def test_what_the_user_set_reaches_the_engine(tmp_path: Path) -> None:
    """Refutes: a setting of Ray that is not passed on."""
    config = make_config("a.txt", tmp_path, engine="ray", ray_cpus=3.0, worker_timeout=7.0)
    chosen: Any = run._executor(config, 5)
    assert (chosen.func, chosen.keywords) == (ray_tasks, {"settings": RaySettings(cpus=3.0), "timeout": 7.0})
