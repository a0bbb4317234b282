"""fluxem_prep: the build pipeline behind the command `fluxem-prep`.

`build(...)` is the Python door; the CLI calls it. Nothing here is needed at train time: a training run
imports `fluxem` only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import TYPE_CHECKING

from fluxem._version import __version__

if TYPE_CHECKING:
    from fluxem.vocabulary import DomainType

    from .pipeline.result import BuildResult

__all__ = ["__version__", "build"]


def build(
    inputs: str | PathLike[str] | Iterable[str | PathLike[str]],
    out: str | PathLike[str],
    *,
    tokenizer: str | PathLike[str] | None = None,
    tokenizer_backend: str = "auto",
    domains: Iterable[str | DomainType] | None = None,
    workers: int | None = None,
    split: str = "train",
    text_field: str = "text",
    id_field: str | None = None,
    max_reject_rate: float = 0.01,
    max_document_bytes: int = 16 << 20,
    max_candidates: int = 65_536,
    shard_bytes: int = 64 << 20,
    lines: bool = False,
    stdin_format: str = "jsonl",
    engine: str | None = None,
    ray_address: str | None = None,
    ray_cpus: float = 1.0,
    ray_memory: int = 1 << 30,
    ray_runtime_env: Mapping[str, object] | None = None,
    shards: tuple[int, int] | None = None,
    worker_timeout: float = 600.0,
    overwrite: bool = False,
    progress: bool = False,
) -> BuildResult:
    """Make training shards of text files, or go on with a build that was broken off.

    Rows that cannot be read go to OUT/rejects and are counted; they do not raise. With `workers` above 1 the caller
    needs the usual `if __name__ == "__main__":` guard, for workers are spawned.

    Args:
        inputs: files, folders (searched through), glob patterns, `@list.txt`, URLs of fsspec, folders of
            `save_to_disk`, datasets of the Hub (`hub:NAME[:CONFIG[:SPLIT]]`) and `-` (standard input); .txt, .jsonl,
            .ndjson, .csv and .tsv, plain, .gz, .zst, .bz2 or .xz; .parquet, .arrow and .feather.
        out: the output folder, or the URL of a place in an object store: new, empty, or with this very build in it,
            which then goes on.
        tokenizer: a tokenizer.json, or the name of a tokenizer; None makes shards without token ids.
        tokenizer_backend: what computes the token ids, which do not depend on it: "gigatoken", "tokenizers", or "auto",
            which takes gigatoken where it gives the same ids.
        domains: names or types of the domains to detect; None means all but NUMBER.
        workers: processes; None takes one or, with ray, as many as the cluster has room for. The shards do not depend
            on it.
        split: name of the split.
        text_field: key or column that holds the document.
        id_field: key or column that holds the document's id; None makes ids of places (`<source>#<byte offset>`).
        max_reject_rate: share of rejected rows above which `BuildResult.too_many_rejects` is true.
        max_document_bytes: a larger record is rejected.
        max_candidates: budget of detection in one document; text beyond it stays text, as a failure `limit_exceeded`.
        shard_bytes: input bytes of one shard, as far as files can be cut there.
        lines: take each line of a .txt file for a document.
        stdin_format: what the input `-` is: "jsonl", "txt", "csv", "jsonl.gz", ...
        engine: "serial" (in this process), "local" (spawned processes) or "ray"; None takes serial for one worker.
        ray_address: of a Ray cluster that runs; None starts one on this machine for the build. A program that is
            connected to Ray already stays connected.
        ray_cpus: CPUs that Ray counts for a task.
        ray_memory: bytes that Ray counts for a task.
        ray_runtime_env: what Ray sets up on its nodes; None takes them as they are.
        shards: (i, n): do only slice i of n, counted from 1; when all are done, the command `finish` ends the build.
        worker_timeout: seconds without a sign of life after which a worker of "local" is replaced.
        overwrite: delete a build that stands in `out` first; files of others are never touched.
        progress: show progress on stderr.

    Raises:
        fluxem.errors.ConfigError: a setting, an input, the tokenizer or the output folder cannot be used, or the
            folder holds another build; nothing of it is changed.
        fluxem.errors.BuildError: the build cannot go on; what is finished stands, and the same call resumes it.
    """
    from .pipeline.config import make_config
    from .pipeline.run import run_build

    return run_build(
        make_config(
            inputs,
            out,
            tokenizer=tokenizer,
            tokenizer_backend=tokenizer_backend,
            domains=domains,
            workers=workers,
            split=split,
            text_field=text_field,
            id_field=id_field,
            max_reject_rate=max_reject_rate,
            max_document_bytes=max_document_bytes,
            max_candidates=max_candidates,
            shard_bytes=shard_bytes,
            lines=lines,
            stdin_format=stdin_format,
            engine=engine,
            ray_address=ray_address,
            ray_cpus=ray_cpus,
            ray_memory=ray_memory,
            ray_runtime_env=ray_runtime_env,
            shards=shards,
            worker_timeout=worker_timeout,
            overwrite=overwrite,
            progress=progress,
        )
    )
