"""fluxem_prep: the build pipeline behind the command `fluxem-prep`.

`build(...)` is the Python door; the CLI calls it. Nothing here is needed at train time: a training run
imports `fluxem` only.
"""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

from fluxem._version import __version__

if TYPE_CHECKING:
    from fluxem.vocabulary import DomainType

    from .pipeline.run import BuildResult

__all__ = ["__version__", "build"]


def build(
    inputs: str | PathLike[str] | Iterable[str | PathLike[str]],
    out: str | PathLike[str],
    *,
    tokenizer: str | PathLike[str] | None = None,
    domains: Iterable[str | DomainType] | None = None,
    workers: int = 1,
    split: str = "train",
    text_field: str = "text",
    id_field: str | None = None,
    max_reject_rate: float = 0.01,
    max_document_bytes: int = 16 << 20,
    shard_bytes: int = 64 << 20,
    progress: bool = False,
) -> BuildResult:
    """Make training shards of text files.

    Rows that cannot be read go to OUT/rejects and are counted; they do not raise. With `workers` above 1 the caller
    needs the usual `if __name__ == "__main__":` guard, for workers are spawned.

    Args:
        inputs: files, folders (searched through) and glob patterns; .txt, .jsonl and .ndjson, plain, .gz or .zst,
            and .parquet.
        out: the output folder, new or empty.
        tokenizer: a tokenizer.json, or the name of a tokenizer; None makes shards without token ids.
        domains: names or types of the domains to detect; None means all but NUMBER.
        workers: processes. The shards do not depend on it.
        split: name of the split.
        text_field: key or column that holds the document.
        id_field: key or column that holds the document's id; None makes ids of places (`<source>#<byte offset>`).
        max_reject_rate: share of rejected rows above which `BuildResult.too_many_rejects` is true.
        max_document_bytes: a larger record is rejected.
        shard_bytes: input bytes of one shard, as far as files can be cut there.
        progress: show progress on stderr.

    Raises:
        fluxem.errors.ConfigError: a setting, an input, the tokenizer or the output folder cannot be used; nothing
            is written.
        fluxem.errors.BuildError: the build cannot go on.
    """
    from .pipeline.config import BuildConfig, resolve_domains
    from .pipeline.run import run_build

    given = [inputs] if isinstance(inputs, str | PathLike) else inputs
    config = BuildConfig(
        inputs=tuple(fspath(name) for name in given),
        out=Path(out),
        domains=resolve_domains([domains] if isinstance(domains, str) else domains),
        tokenizer=None if tokenizer is None else fspath(tokenizer),
        workers=workers,
        split=split,
        text_field=text_field,
        id_field=id_field,
        max_reject_rate=max_reject_rate,
        max_document_bytes=max_document_bytes,
        shard_bytes=shard_bytes,
        progress=progress,
    )
    return run_build(config)
