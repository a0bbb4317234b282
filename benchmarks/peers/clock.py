"""What every job shares: its arguments, its documents, its clock. Standard library only; it runs in any environment.

A job is a process of its own. Its clock runs from after its imports to the last byte on disk, so the reading of the
input, the loading of the tokenizer and the making of the detector count.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

BATCH_BYTES = 1 << 20


def arguments() -> argparse.Namespace:
    """What `measure.run_job` passes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", type=Path, required=True, help="JSON Lines with id and text")
    parser.add_argument("--out", type=Path, required=True, help="a new folder")
    parser.add_argument("--tokenizer", type=Path, help="tokenizer.json")
    parser.add_argument("--backend", default="auto", help="of the tokenizer")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60.0, help="limit of a peer that is slow")
    return parser.parse_args()


def documents(path: Path) -> Iterator[dict[str, str]]:
    """Records of a JSON Lines file."""
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def batches(path: Path) -> Iterator[list[dict[str, str]]]:
    """Records in batches of about a megabyte."""
    batch: list[dict[str, str]] = []
    size = 0
    for record in documents(path):
        batch.append(record)
        size += len(record["text"])
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def report(job: Callable[[], dict[str, object]]) -> None:
    """Run a job, and print one JSON line: wall and CPU seconds, peak memory in bytes, and what the job says."""
    start, cpu = time.perf_counter(), _cpu()
    said = job()
    figures = {"wall": time.perf_counter() - start, "cpu": _cpu() - cpu, "peak": _peak()}
    json.dump(figures | said, sys.stdout)


def _peak() -> int:
    """Most resident memory of the largest of this process and those that it has waited for."""
    status = Path("/proc/self/status")
    unit = 1 if sys.platform == "darwin" else 1024
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    if status.exists():  # on Linux the figure above begins with that of the process which started this one
        own = next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit)


def _cpu() -> float:
    """CPU seconds of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
