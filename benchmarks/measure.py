"""Jobs as processes: pinned to cores, with threads off, timed by themselves."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from .environment import python_of

HERE: Final = Path(__file__).parent
ONE_THREAD: Final = {
    "TOKENIZERS_PARALLELISM": "false",
    "RAYON_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ARROW_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to be measured."""

    name: str
    """As it stands in the table."""
    script: str
    """File in `peers`, without ending."""
    peer: str = "own"
    """Whose environment it runs in."""
    arguments: tuple[str, ...] = ()
    """For the script."""
    cores: int = 1
    """Cores that it may use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a job."""

    wall: float
    """Seconds within the job, without imports."""
    cpu: float
    """CPU seconds within the job."""
    size: int
    """Bytes of text."""
    peak: int
    """Bytes of resident memory of its largest process, imports included."""
    said: Mapping[str, Any] = field(default_factory=dict)
    """What the job reports beside that."""

    @property
    def cpu_rate(self) -> float:
        """Bytes a CPU second."""
        return self.size / self.cpu

    @property
    def wall_rate(self) -> float:
        """Bytes a second."""
        return self.size / self.wall


class JobFailedError(Exception):
    """A job ended with an error; its last words are in the message."""


def run_job(job: Job, sample: Path, size: int, cache: Path, scratch: Path) -> Run:
    """Run a job once in a new folder, which is deleted afterwards.

    Raises:
        JobFailedError: it ended with an error.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    command = [python_of(job.peer, cache), HERE / "peers" / f"{job.script}.py", "--input", sample, "--out", scratch]
    with (scratch / "stdout").open("w+b") as out, (scratch / "stderr").open("w+b") as err:
        process = subprocess.Popen([*command, *job.arguments], stdout=out, stderr=err, env=os.environ | ONE_THREAD)
        _pin(process.pid, job.cores)
        process.wait()
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise JobFailedError(f"{job.name}: exit code {process.returncode}: {err.read()[-2000:].decode()}")
        said = json.loads(out.read())
    said |= _kept(scratch)
    shutil.rmtree(scratch)
    wall, cpu, peak = (said.pop(name) for name in ("wall", "cpu", "peak"))
    return Run(wall=wall, cpu=cpu, peak=peak, size=said.pop("bytes", size), said=said)


def interleaved(
    jobs: Sequence[Job], sample: Path, size: int, cache: Path, scratch: Path, repeats: int
) -> dict[str, list[Run]]:
    """Runs of each job by name: all jobs once, then all again, so that a slow minute hits all."""
    runs: dict[str, list[Run]] = {job.name: [] for job in jobs}
    for repeat in range(repeats):
        for job in jobs:
            print(f"{time.strftime('%H:%M:%S')} {sample.stem}, {repeat + 1} of {repeats}: {job.name}", file=sys.stderr)
            runs[job.name].append(run_job(job, sample, size, cache, scratch))
    return runs


def rate(runs: Sequence[Run]) -> float:
    """Median bytes a CPU second."""
    return statistics.median(run.cpu_rate for run in runs)


def ratio(runs: Sequence[Run], others: Sequence[Run]) -> float:
    """Median, over the repeats, of how many times faster the first are, in CPU time a byte."""
    return statistics.median(mine.cpu_rate / its.cpu_rate for mine, its in zip(runs, others, strict=True))


def _pin(pid: int, cores: int) -> None:
    """Keep a process and its children on the last cores that we may use; on systems without affinity, do nothing."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, sorted(os.sched_getaffinity(0))[-cores:])


def _kept(scratch: Path) -> dict[str, Any]:
    """What is measured of a build's shards before they are deleted: hashes, and bytes on disk of the vectors."""
    manifest = scratch / "shards" / "manifest.json"
    if not manifest.exists():
        return {}
    import pyarrow.parquet as pq

    shards = json.loads(manifest.read_text("utf-8"))["shards"]
    vectors = 0
    for shard in shards:
        metadata = pq.ParquetFile(scratch / "shards" / shard["path"]).metadata
        for group in range(metadata.num_row_groups):
            for column in range(metadata.num_columns):
                chunk = metadata.row_group(group).column(column)
                if chunk.path_in_schema.startswith("span_vector"):
                    vectors += chunk.total_compressed_size
    return {"sha256": [shard["sha256"] for shard in shards], "vector_bytes": vectors}
