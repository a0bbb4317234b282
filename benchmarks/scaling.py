"""Growth with the size of the input, two workers, start-up, and equality of bytes."""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .by_kind import Setup
from .corpora import MB, write_mixture
from .measure import Job, Run, run_job
from .table import megabytes, table, verdict

SMALL = 8 * MB


def measure_growth(setup: Setup, sizes: Sequence[int]) -> list[tuple[Run, Run | None]]:
    """A build of each size with one worker, and the largest one with two, interleaved."""
    two = len(os.sched_getaffinity(0)) > 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) > 1
    return [_one_and_two(setup, size, two and size == max(sizes)) for size in sizes]


def _one_and_two(setup: Setup, size: int, two: bool) -> tuple[Run, Run | None]:
    path = setup.scratch / f"mixture-{size // MB}.jsonl"
    written = write_mixture(path, setup.data, size)
    runs = [_build(setup, path, written, workers) for workers in ((1, 2) if two else (1,))]
    path.unlink()
    return runs[0], runs[1] if two else None


def _build(setup: Setup, path: Path, size: int, workers: int, backend: str = "auto") -> Run:
    print(f"{time.strftime('%H:%M:%S')} {path.stem}: build, {workers} workers, {backend}", file=sys.stderr)
    arguments = ("--tokenizer", str(setup.tokenizer), "--workers", str(workers), "--backend", backend)
    job = Job(name="build", script="own_build", arguments=arguments, cores=workers)
    return run_job(job, path, size, setup.cache, setup.scratch / "run")


def show_growth(growth: Sequence[tuple[Run, Run | None]]) -> str:
    """Times and memory by size, and the line through them."""
    ones = [one for one, _ in growth]
    rows = [[megabytes(one.size), f"{one.wall:.1f}", f"{one.cpu:.1f}", f"{one.peak / 1e6:.0f}"] for one in ones]
    text = "A build with tokens of all kinds mixed, one core:\n\n"
    text += table(("MB of text", "wall s", "CPU s", "peak MB"), rows)
    return text + (f"\n{_fit(ones)}\n" if len(ones) > 1 else "")


def _fit(ones: Sequence[Run]) -> str:
    sizes, seconds = np.array([one.size / 1e6 for one in ones]), np.array([one.cpu for one in ones])
    slope, start = np.polyfit(sizes, seconds, 1)
    worst = float(np.abs(seconds - start - slope * sizes).max() / seconds.max())
    memory = (ones[-1].peak - ones[0].peak) / 1e6
    return (
        f"Fit: {start:.2f} s + {slope * 1000:.1f} ms a MB, off by {worst:.1%} of the largest at most; time grows with "
        f"the power {_power(ones):.2f} of the size, memory by {memory:.0f} MB from the smallest to the largest."
    )


def _power(ones: Sequence[Run]) -> float:
    """Of the size with which CPU time grows, from the smallest to the largest."""
    return math.log(ones[-1].cpu / ones[0].cpu) / math.log(ones[-1].size / ones[0].size)


def bars_of_growth(growth: Sequence[tuple[Run, Run | None]]) -> list[list[str]]:
    """Linear time and memory, and two workers against one."""
    ones = [one for one, _ in growth]
    rows = [
        ["two workers against one, wall time", "all, mixed", *verdict(one.wall / two.wall, 1.8)]
        for one, two in growth
        if two is not None
    ]
    if len(ones) > 1:
        memory = ones[-1].peak / ones[0].peak
        rows.append(["power of the size with which time grows", "all, mixed", *verdict(_power(ones), 1.05, True)])
        rows.append(["peak memory, largest by smallest", "all, mixed", *verdict(memory, 1.25, True)])
    return rows


def bars_of_start(setup: Setup) -> list[list[str]]:
    """The command's help, and a build of one row, as processes with all their imports."""
    sample = setup.scratch / "row.jsonl"
    sample.write_text('{"text": "Water boils at 373.15 K."}\n', encoding="utf-8")
    script = ["-c", "from fluxem_prep.cli import main; main()"]
    rows = []
    for name, bar, arguments in (
        ("start-up of fluxem-prep --help, s", 0.4, ["--help"]),
        ("build of one row with a tokenizer, s", 2.0, ["build", sample, "--tokenizer", setup.tokenizer]),
    ):
        seconds = []
        for repeat in range(5):
            out = ["--out", setup.scratch / f"row-{repeat}"] if len(arguments) > 1 else []
            start = time.perf_counter()
            subprocess.run([sys.executable, *script, *arguments, *out], check=True, capture_output=True)
            seconds.append(time.perf_counter() - start)
        rows.append([name, "", *verdict(statistics.median(seconds), bar, at_most=True)])
    return rows


def show_equality(setup: Setup) -> str:
    """Whether shards are the same bytes with both backends and any number of workers; parity of the ids."""
    path = setup.scratch / "equality.jsonl"
    size = write_mixture(path, setup.data, SMALL)
    ways = [(1, "gigatoken"), (2, "gigatoken"), (1, "tokenizers")]
    hashes = [_build(setup, path, size, workers, backend).said["sha256"] for workers, backend in ways]
    same = all(each == hashes[0] for each in hashes)
    job = Job(
        name="parity",
        script="own_parity",
        arguments=("--tokenizer", str(setup.tokenizer), "--seconds", "60"),
    )
    parity = run_job(job, setup.data, 0, setup.cache, setup.scratch / "run")
    return (
        f"Shards of {megabytes(size)} MB with one worker, two workers, and `tokenizers` in place of gigatoken: "
        f"{'the same sha256 sums' if same else '**different sha256 sums**'}.\n"
        f"Ids of gigatoken and of `tokenizers`, documents whole and cut at spans: "
        f"{parity.said['documents']:,} documents, {megabytes(parity.size)} MB, "
        f"batches that differ: {parity.said['differing']}.\n"
    )
