"""Is a finished build what it says it is? Files, balance, structure, and a sample of its rows encoded anew."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from fluxem.errors import ConfigError, OutputFolderError, ShardMismatchError

from ..schemas.shard import SHARD_SCHEMA, shard_metadata
from .config import resolve_domains
from .layout import STATS, Layout
from .output_folder import read_json
from .places import Place, open_parquet, read_folder
from .plain_text import counted
from .record_shape import MANIFEST, expect_shape
from .record_shape import STATS as STATS_SHAPE
from .safe_paths import inside
from .store import sha256_of
from .task import Tools, load_tools
from .verify_rows import BadRow, check_structure, compare_with_fresh

if TYPE_CHECKING:
    from datasets import IterableDataset

SAMPLE_ROWS: Final = 2000
_BATCH_ROWS: Final = 128
_SHOWN: Final = 20
_UNREADABLE: Final = (OSError, EOFError, UnicodeDecodeError, MemoryError, pa.ArrowException)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it should be."""

    file: str
    """File, relative to the output folder."""
    expected: str
    """What should be."""
    found: str
    """What is."""
    row: int | None = None
    """Row of the shard, from 0; None where it is not about a row."""
    row_id: str | None = None
    """Its id."""
    column: str | None = None
    """Its column."""

    def __str__(self) -> str:
        place = "" if self.row is None else f" row {self.row} (id {self.row_id!r}), column {self.column}"
        return f"{self.file}{place}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What verifying came to."""

    out: Place
    """The output folder."""
    shards: int
    """Shards that the manifest lists."""
    rows: int
    """Rows whose structure was checked."""
    compared: int
    """Rows that were encoded anew."""
    findings: tuple[Finding, ...]
    """What is wrong; empty if all is well. Of each shard, the first row only."""

    def worst(self) -> list[Finding]:
        """What to show first: rows, for they say most; some of the rest."""
        return sorted(self.findings, key=lambda finding: finding.row is None)[:_SHOWN]

    def summary(self) -> str:
        """One line for people."""
        verdict = counted(len(self.findings), "fault") if self.findings else "all is well"
        return (
            f"{counted(self.shards, 'shard')}, {counted(self.rows, 'row')} checked, "
            f"{self.compared:,} of them encoded anew: {verdict}: {self.out}"
        )


def verify_build(
    out: Place, *, full: bool = False, sample_rows: int = SAMPLE_ROWS, tokenizer: str | None = None
) -> Verification:
    """Verify a finished build.

    Args:
        out: its folder.
        full: encode every row anew, and load every row with `datasets`.
        sample_rows: else, how many rows to encode anew, spread over the build.
        tokenizer: where the build's tokenizer is now, if it has moved.

    Raises:
        ConfigError: the folder holds no finished build, or its tokenizer cannot be found.
        ShardMismatchError: this library encodes in another way than the one that made the build.
    """
    manifest = _read_manifest(out)
    tools = _tools(manifest, tokenizer)
    step = 1 if full else max(1, -(-int(manifest["rows"]["out"]) // max(1, sample_rows)))
    shards = [_Shard(out, manifest, entry, tools) for entry in manifest["shards"]]
    findings = [*_check_files(out, manifest), *_check_balance(out, manifest)]
    for shard in shards:
        findings += shard.check(step)
    findings += _load(out, manifest, full=full)
    return Verification(
        out=out,
        shards=len(shards),
        rows=sum(shard.rows for shard in shards),
        compared=sum(shard.compared for shard in shards),
        findings=tuple(findings),
    )


def _read_manifest(out: Place) -> dict[str, Any]:
    manifest = read_json(out / "manifest.json")
    if manifest is None or manifest.get("format") != "fluxem-prep":
        raise ConfigError(f"{out} holds no finished build: expected {out / 'manifest.json'} of fluxem-prep")
    expect_shape(manifest, MANIFEST, out / "manifest.json")
    for folder, names in (("data", [shard["path"] for shard in manifest["shards"]]), ("rejects", manifest["rejects"])):
        for name in names:
            inside(out, name, folder)
    return manifest


def _tools(manifest: Mapping[str, Any], tokenizer: str | None) -> Tools:
    """What made the build, as far as it is still the same."""
    sha256 = manifest["tokenizer_sha256"]
    source = None if sha256 is None else tokenizer or manifest["run"]["tokenizer"]
    try:
        config = manifest["config"]
        tools = load_tools(resolve_domains(config["domains"]), source, "auto", config["max_candidates"])
    except ConfigError as error:
        raise ConfigError(f"cannot encode rows anew: {error}; say where the tokenizer is with --tokenizer") from None
    if tools.encoder != manifest["encoder"]:
        raise ShardMismatchError("encoder", tools.encoder, manifest["encoder"])
    if tools.tokenizer is not None and tools.tokenizer.sha256 != sha256:
        raise ConfigError(
            f"the tokenizer {source} is another: expected sha256 {sha256}, found {tools.tokenizer.sha256}"
        )
    return tools


class _Shard:
    """One shard under examination."""

    def __init__(self, out: Place, manifest: Mapping[str, Any], entry: Mapping[str, Any], tools: Tools) -> None:
        self._path = out / entry["path"]
        self._manifest = manifest
        self._entry = entry
        self._tools = tools
        self.rows = self.compared = 0

    def check(self, step: int) -> Iterator[Finding]:
        """All that is wrong with it. One whose bytes have changed is encoded anew as a whole, to find the row."""
        if not self._path.exists():
            yield self._finding("the file that the manifest lists", "none: copy it back, or build again")
            return
        sha256 = sha256_of(self._path)
        changed = sha256 != self._entry["sha256"]
        if changed:
            yield self._finding(f"sha256 {self._entry['sha256']}", f"{sha256 or 'a file that cannot be read'}")
        try:
            with open_parquet(self._path) as file:
                yield from self._check_head(file)
                if file.schema_arrow.equals(SHARD_SCHEMA):
                    yield from self._check_rows(file, 1 if changed else step)
        except _UNREADABLE as error:
            yield self._finding("a Parquet file that can be read", f"{error} at row {self.rows} or later")

    def _check_head(self, file: pq.ParquetFile) -> Iterator[Finding]:
        if not file.schema_arrow.equals(SHARD_SCHEMA):
            yield self._finding(f"the schema {SHARD_SCHEMA.names}", f"{file.schema_arrow.names}")
        manifest = self._manifest
        promised = shard_metadata(
            encoder=manifest["encoder"], tokenizer_sha256=manifest["tokenizer_sha256"], config=manifest["config"]
        )
        pairs = (file.schema_arrow.metadata or {}).items()
        stored = {key.decode(errors="replace"): value.decode(errors="replace") for key, value in pairs}
        for key in sorted(promised.keys() | stored.keys()):
            if promised.get(key) != stored.get(key):
                yield self._finding(f"metadata {key} {promised.get(key)}", str(stored.get(key)))
        if file.metadata.num_rows != self._entry["rows"]:
            yield self._finding(f"{self._entry['rows']} rows", str(file.metadata.num_rows))

    def _check_rows(self, file: pq.ParquetFile, step: int) -> Iterator[Finding]:
        encoder, tokens = self._manifest["encoder"], self._manifest["tokenizer_sha256"] is not None
        groups = range(file.num_row_groups)  # one at a time: batches over several would hold many large rows
        batches = (b for g in groups for b in file.iter_batches(_BATCH_ROWS, row_groups=[g], use_threads=False))
        for batch in batches:
            chosen = np.flatnonzero((np.arange(batch.num_rows) + self.rows) % step == 0)
            bad = check_structure(batch, encoder, tokens=tokens)
            if bad is None and len(chosen):
                bad = compare_with_fresh(batch.take(pa.array(chosen)), self._tools, encoder)
                self.compared += len(chosen)
                if bad is not None:
                    yield self._bad_row(bad, batch, int(chosen[bad.row]))
                    return
            elif bad is not None:
                yield self._bad_row(bad, batch, bad.row)
                return
            self.rows += batch.num_rows

    def _bad_row(self, bad: BadRow, batch: pa.RecordBatch, row: int) -> Finding:
        return Finding(
            file=self._entry["path"],
            row=self.rows + row,
            row_id=batch.column("id")[row].as_py(),
            column=bad.column,
            expected=bad.expected,
            found=bad.found,
        )

    def _finding(self, expected: str, found: str) -> Finding:
        return Finding(file=self._entry["path"], expected=expected, found=found)


def _check_files(out: Place, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """No shard beside those of the manifest: `datasets` would load it too."""
    listed = {out / shard["path"] for shard in manifest["shards"]}
    for name in sorted(read_folder(out / "data")):
        if fnmatchcase(name, f"{manifest['config']['split']}-*.parquet") and out / "data" / name not in listed:
            yield Finding(file=f"data/{name}", expected="only the shards of the manifest", found="one more")
    if sha256_of(out / STATS) != manifest["files"][STATS]:
        yield Finding(file=STATS, expected=f"sha256 {manifest['files'][STATS]}", found=str(sha256_of(out / STATS)))


def _check_balance(out: Place, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """Rows in are rows out and rejected, by every count that there is."""
    rows = manifest["rows"]
    layout = Layout(out=out, split="", tasks=0)
    written = sum(shard["rows"] for shard in manifest["shards"])
    rejected = 0
    for name in manifest["rejects"]:
        try:
            rejected += sum(1 for line in (out / name).read_bytes().splitlines() if orjson.loads(line)["reason"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            yield Finding(file=name, expected="rejects, a JSON object a line", found=str(error))
    stats = _read_stats(layout.stats)
    counts = {
        "manifest.json: rows in": (rows["out"] + rows["rejected"], rows["in"]),
        "manifest.json: rows of all shards": (rows["out"], written),
        "rejects: lines": (rows["rejected"], rejected),
        "stats.json: rows out": (rows["out"], stats.get("rows", {}).get("out")),
        "stats.json: rows rejected": (rows["rejected"], stats.get("rows", {}).get("rejected")),
    }
    for name, (expected, found) in counts.items():
        if expected != found:
            yield Finding(file=name, expected=str(expected), found=str(found))


def _read_stats(path: Place) -> dict[str, Any]:
    """The counts, empty where they are none: that their sha256 is another is a finding of its own."""
    try:
        stats = read_json(path) or {}
        expect_shape(stats, STATS_SHAPE, path)
    except OutputFolderError:
        return {}
    return stats


def _first_row(rows: IterableDataset) -> int:
    """1 where a streamed dataset has a first row. Its readers are closed here: threads must not outlive the exit."""
    batches = rows.with_format("arrow").iter(batch_size=1)
    first = next(batches, None)
    batches.close()
    del batches
    gc.collect()
    return 0 if first is None else int(first.num_rows)


def _dataset(out: Place, split: str) -> IterableDataset:
    """The shards as `datasets` has them; of a store it takes the names of files, and no card."""
    from datasets import load_dataset  # late, because it takes a second

    if isinstance(out, Path):
        return load_dataset(str(out), split=split, streaming=True)
    return load_dataset("parquet", data_files={split: f"{out}/data/{split}-*.parquet"}, split=split, streaming=True)


def _load(out: Place, manifest: Mapping[str, Any], *, full: bool) -> Iterator[Finding]:
    """Load the folder as a training run would; only the first row, unless all are asked for."""
    if not manifest["shards"]:  # `datasets` has no word for a dataset without files
        return
    try:
        rows = _dataset(out, manifest["config"]["split"])
        if full:
            loaded = sum(table.num_rows for table in rows.with_format("arrow").iter(batch_size=_BATCH_ROWS))
            expected = manifest["rows"]["out"]
        else:
            loaded, expected = _first_row(rows), 1
        names = list(rows.features)
    except (*_UNREADABLE, ValueError, KeyError, TypeError) as error:
        yield Finding(file=".", expected="a folder that `datasets` loads", found=f"{type(error).__name__}: {error}")
        return
    if loaded != expected:
        yield Finding(file=".", expected=f"{expected} rows through `datasets`", found=str(loaded))
    if names != SHARD_SCHEMA.names:
        yield Finding(file="README.md", expected=f"the columns {SHARD_SCHEMA.names}", found=f"{names}")
