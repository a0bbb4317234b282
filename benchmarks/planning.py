"""Time and memory of planning a build of very many files.

    python -m benchmarks.planning --files 1000000 --scratch /dev/shm/planning
    python -m benchmarks.planning --files 1000000 --remote

The files are made first, a thousand a folder, ten bytes each; that is not counted. With `--remote` there are none: a
file system of fsspec that lives in this file lists them, as an object store would that answers at once.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import fsspec
from fsspec.spec import AbstractFileSystem

from fluxem_prep.pipeline.config import make_config
from fluxem_prep.pipeline.locks import locked
from fluxem_prep.pipeline.plan import find_inputs, make_plan
from fluxem_prep.pipeline.resume import keep_or_write_plan, plan_hash, plan_lines

T = TypeVar("T")
A_FOLDER = 1000


class Listed(AbstractFileSystem):  # type: ignore[misc]  # fsspec ships no types
    """A store that has so many objects, all of ten bytes, and says of each what S3 does."""

    protocol = "listed"
    count = 0

    def info(self, path: str, **_: object) -> dict[str, Any]:
        """All is in one folder."""
        return {"name": path, "type": "directory", "size": 0}

    def find(self, path: str, **_: object) -> dict[str, dict[str, Any]]:
        """All objects, with what a store says of them."""
        names = (f"{path}/{i // A_FOLDER:05d}/{i:07d}.jsonl" for i in range(self.count))
        return {name: _entry(name) for name in names}


def _entry(name: str) -> dict[str, Any]:
    etag = f'"{hash(name) & (1 << 128) - 1:032x}"'
    return {
        "Key": name,
        "LastModified": "2026-01-01T00:00:00Z",
        "ETag": etag,
        "Size": 10,
        "StorageClass": "STANDARD",
        "type": "file",
        "size": 10,
        "name": name,
    }


def make_files(folder: Path, count: int) -> None:
    """Files of ten bytes, a thousand a folder."""
    for first in range(0, count, A_FOLDER):
        part = folder / f"{first // A_FOLDER:05d}"
        part.mkdir(parents=True)
        for number in range(first, min(first + A_FOLDER, count)):
            (part / f"{number:07d}.jsonl").write_bytes(b'{"t": ""}\n')


def measure(inputs: str, out: Path) -> None:
    """Print what each step takes, and the peak of memory."""
    config = make_config(inputs, out)
    before = _peak()
    start, cpu = time.perf_counter(), time.process_time()
    files = _timed("list and pin", partial(find_inputs, config))
    plan = _timed("cut into tasks", lambda: make_plan(config, files))
    lines = partial(plan_lines, config, plan, encoder="1:e:v", tokenizer_sha256=None)
    sha256 = _timed("hash", lambda: plan_hash(lines()))
    with locked(out):
        _timed("write", lambda: keep_or_write_plan(out, lines, sha256))
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        _timed("compare, when it is resumed", lambda: keep_or_write_plan(out, lines, sha256))
    size = (out / ".fluxem" / "plan.json").stat().st_size
    print(f"{len(files):,} files, {len(plan.tasks):,} tasks, {size / 1e6:.0f} MB of plan.json")
    memory = f"peak {_peak() / 1e6:.0f} MB, {before / 1e6:.0f} MB of it before"
    print(f"in all {seconds:.1f} s, {cpu:.1f} s of CPU; {memory}")


def _timed(name: str, act: Callable[[], T]) -> T:
    start = time.perf_counter()
    found = act()
    print(f"{name:30} {time.perf_counter() - start:6.1f} s   peak {_peak() / 1e6:6.0f} MB")
    return found


def _peak() -> int:
    """Bytes of resident memory at the most so far (Linux counts in KiB, macOS in bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Make, measure, clean up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--scratch", type=Path, default=Path("planning"))
    parser.add_argument("--remote", action="store_true")
    options = parser.parse_args()
    options.scratch.mkdir(parents=True)
    try:
        inputs = str(options.scratch / "in")
        if options.remote:
            Listed.count, inputs = options.files, "listed://corpus"
            fsspec.register_implementation("listed", Listed)
        else:
            make_files(options.scratch / "in", options.files)
        measure(inputs, options.scratch / "out")
    finally:
        shutil.rmtree(options.scratch)


if __name__ == "__main__":
    main()
