"""A task: slices of the corpus in, one shard out.

A pure function of the job and the slices. The bytes of the shard depend on neither the number of workers, nor the
batches in which rows pass, nor time; so a task may be done twice, by anybody, anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from fluxem.errors import BalanceError, BuildError, ConfigError
from fluxem.integration.detector import Detector
from fluxem.vocabulary import SCHEMA_VERSION, DomainType, vocabulary_hash

from .config import BuildConfig
from .done import TaskReport, write_done
from .inputs import Slice, pin
from .layout import Layout
from .mixed_stream import mix
from .plan import Task
from .readers import read_slice
from .record_batch import RowBatch, make_row_batch
from .rows import ReadOptions, Reject, Row
from .spool import spool_path
from .stage_clock import ARROW, COUNT, DETECT, TOKENISE, Timed, untimed
from .stats import Stats, StatsBuilder
from .writer import RejectsWriter, ShardWriter

if TYPE_CHECKING:
    from .llm_tokenizer import LLMTokenizer
    from .tokenizer_config import BackendName

_BATCH_ROWS: Final = 1024
_REPORT_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What all tasks of a build share. It travels to workers, so it holds no detector and no tokenizer."""

    config: BuildConfig
    """The settings."""
    tasks: int
    """How many tasks there are."""
    plan: str
    """Hash of the plan."""
    encoder: str
    """Value of the column `encoder`."""
    tokenizer_sha256: str | None
    """Hash of the tokenizer that the build was planned with."""
    metadata: Mapping[str, str]
    """Schema metadata of the shards."""

    @property
    def layout(self) -> Layout:
        """Where its files stand."""
        return Layout(out=self.config.out, split=self.config.split, tasks=self.tasks)


class Progress(NamedTuple):
    """Work done since the last report, for people."""

    documents: int
    input_bytes: int
    spans: int
    rejects: int = 0


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What encodes: made once a process."""

    detector: Detector
    """Finds and encodes spans."""
    tokenizer: LLMTokenizer | None
    """Tokenises the text around them."""
    encoder: str
    """The value of the column `encoder`: schema version, encoder fingerprint, vocabulary hash."""


def tools_of(config: BuildConfig) -> Tools:
    """The tools that a build asks for.

    Raises:
        ConfigError: the tokenizer cannot be read.
    """
    return load_tools(config.domains, config.tokenizer, config.tokenizer_backend, config.max_candidates)


@lru_cache(maxsize=1)
def load_tools(
    domains: tuple[DomainType, ...], tokenizer: str | None, tokenizer_backend: BackendName, max_candidates: int
) -> Tools:
    """The detector and the tokenizer of this process.

    Raises:
        ConfigError: the tokenizer cannot be read.
    """
    detector = Detector(domains, budget=max_candidates)
    encoder = f"{SCHEMA_VERSION}:{detector.fingerprint()}:{vocabulary_hash()}"
    if tokenizer is None:
        return Tools(detector=detector, tokenizer=None, encoder=encoder)
    from .llm_tokenizer import load_tokenizer  # late, because `tokenizers` is heavy

    return Tools(detector=detector, tokenizer=load_tokenizer(tokenizer, tokenizer_backend), encoder=encoder)


def run_task(job: Job, task: Task, on_progress: OnProgress) -> TaskReport:
    """Do one task: write its shard, its rejects, and the record that it is done.

    Args:
        job: the build.
        task: the part of it.
        on_progress: called now and then with the work done since the last call.

    Raises:
        BalanceError: rows were lost or made up on the way.
        BuildError: the tokenizer or an input has changed since the build was planned, or the disk refuses.
        InputError: a remote input cannot be read now.
    """
    tools = _tools_of(job)
    counts, progress = StatsBuilder(), _Reporter(on_progress)
    path, reject_path, _ = job.layout.of_task(task.index)
    with ShardWriter(path, job.metadata) as shard, RejectsWriter(reject_path) as rejects:

        def refuse(reject: Reject) -> None:
            rejects.write(reject)
            counts.reject(reject.reason.value)
            progress.add(input_bytes=reject.size, rejects=1)

        rows_in = 0
        for rows in row_batches(read_task(job.config, task), job.config.batch_bytes, refuse):
            batch = encode_rows(rows, tools, job.encoder, counts)
            shard.write(batch)
            rows_in += len(rows)
            progress.add(documents=len(rows), input_bytes=sum(row.size for row in rows), spans=batch.spans)
        refused = rejects.finish()
        written = shard.finish()
    progress.flush()
    stats = counts.freeze()
    _check_balance(task, rows_in + rejects.count, written.rows if written else 0, rejects.count, stats)
    report = TaskReport(index=task.index, shard=written, rejects=refused, stats=stats, input_bytes=progress.input_bytes)
    write_done(job.layout, job.plan, report)
    return report


def _tools_of(job: Job) -> Tools:
    tools = tools_of(job.config)
    found = tools.tokenizer.sha256 if tools.tokenizer is not None else None
    if found != job.tokenizer_sha256:
        raise BuildError(
            f"the tokenizer {job.config.tokenizer} changed during the build: its sha256 was {job.tokenizer_sha256}, "
            f"now it is {found}; start the build again"
        )
    return tools


def read_options(config: BuildConfig) -> ReadOptions:
    """What the readers need to know of the settings."""
    return ReadOptions(
        text_field=config.text_field,
        id_field=config.id_field,
        max_document_bytes=config.max_document_bytes,
        lines=config.lines,
    )


def read_task(config: BuildConfig, task: Task) -> Iterator[Row | Reject]:
    """The rows and rejects of a task.

    Raises:
        BuildError: an input is no longer what it was when the build was planned.
        InputError: a remote input cannot be read now.
    """
    options = read_options(config)
    for part in task.slices:
        located = part
        if part.pinned is not None and part.pinned.spool:
            located = replace(part, path=spool_path(config.out, part.pinned))
        elif part.pinned is not None:
            _check_unchanged(part)
        yield from read_slice(located, options)


def _check_unchanged(part: Slice) -> None:
    try:
        now = pin(part.source)
    except ConfigError as error:
        raise BuildError(f"{error}; it was there when the build was planned: put it back and run again") from None
    if now != part.pinned:
        raise BuildError(
            f"{part.source} changed during the build: it was {part.pinned}, now it is {now}; the shards would be of "
            "two corpora, so start the build again with --overwrite"
        )


def row_batches(items: Iterable[Row | Reject], limit: int, refuse: Callable[[Reject], None]) -> Iterator[list[Row]]:
    """Rows together, up to `limit` input bytes; rejects go to `refuse`."""
    rows: list[Row] = []
    size = 0
    for item in items:
        if isinstance(item, Reject):
            refuse(item)
            continue
        rows.append(item)
        size += item.size
        if size >= limit or len(rows) >= _BATCH_ROWS:
            yield rows
            rows, size = [], 0
    if rows:
        yield rows


def encode_rows(
    rows: Sequence[Row], tools: Tools, encoder: str, counts: StatsBuilder | None = None, timed: Timed = untimed
) -> RowBatch:
    """Detect, tokenise and join; `encoder` is the value of that column."""
    texts = [row.text for row in rows]
    with timed(DETECT):
        spans = tools.detector.analyze_batch(texts)
    stream = None
    if tools.tokenizer is not None:
        with timed(TOKENISE):
            stream = mix(texts, spans, tools.tokenizer)
    with timed(ARROW):
        batch = make_row_batch(rows, spans, stream, encoder)
    if counts is not None:
        with timed(COUNT):
            counts.add(rows, spans, stream, batch.text_bytes)
    return batch


def _check_balance(task: Task, rows_in: int, rows_out: int, rejected: int, stats: Stats) -> None:
    if rows_in != rows_out + rejected or stats.rows_out != rows_out or stats.rejected != rejected:
        raise BalanceError(
            f"{task.describe()}: {rows_in} rows were read, but {rows_out} written (counted {stats.rows_out}) and "
            f"{rejected} rejected (counted {stats.rejected}); this is a bug, please report it"
        )


class _Reporter:
    """Adds up progress, so that it is told a few times a second and not a few thousand times."""

    def __init__(self, on_progress: OnProgress) -> None:
        self.input_bytes = 0
        self._tell = on_progress
        self._sums = Progress(0, 0, 0)
        self._next = time.monotonic() + _REPORT_SECONDS

    def add(self, *, documents: int = 0, input_bytes: int, spans: int = 0, rejects: int = 0) -> None:
        self.input_bytes += input_bytes
        new = Progress(documents, input_bytes, spans, rejects)
        self._sums = Progress(*(a + b for a, b in zip(self._sums, new, strict=True)))
        if time.monotonic() >= self._next:
            self.flush()

    def flush(self) -> None:
        self._tell(self._sums)
        self._sums = Progress(0, 0, 0)
        self._next = time.monotonic() + _REPORT_SECONDS
