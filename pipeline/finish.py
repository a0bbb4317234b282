"""The end of a build that was done in slices: all tasks must be done; then card, stats and manifest are written."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from fluxem.errors import BuildError, ConfigError, OutputFolderError

from ..schemas.shard import shard_metadata
from .config import BuildConfig, resolve_domains
from .done import look, read_reports
from .layout import begun_path, plan_path
from .locks import locked
from .output_folder import holds_build, read_json, read_plan_head, refuse_strangers, summary_to_write, sweep
from .places import Place
from .result import BuildResult
from .resume import versions
from .store import sha256_of
from .summary import Totals, shard_paths, write_summary
from .task import Job

_SHOWN: Final = 10


def finish_build(out: Place) -> BuildResult:
    """Write what a build has beside its shards, once all slices are done. Neither inputs nor tokenizer are needed.

    Raises:
        ConfigError: there is no build, or this version of the program is another than the one that began it.
        BuildError: tasks are not done; the message names some.
    """
    start = time.monotonic()
    if not holds_build(out):
        raise ConfigError(f"{out} holds no build: expected {plan_path(out)}")
    with locked(out) as check_lock:
        head, begun = read_plan_head(out), _begun(out)
        if head is None:
            raise ConfigError(f"{out} holds no build: expected {plan_path(out)}")
        job = _job(out, head, begun)
        totals = _totals(job)
        refuse_strangers(job.layout, summary_to_write(job.layout), {})
        check_lock()
        run = {**begun, "seconds": round(time.monotonic() - start, 3)}
        write_summary(job, head["counts"], totals, run)
        sweep(job.layout)
    return BuildResult(
        out=out,
        shards=shard_paths(out, totals),
        stats=totals.stats,
        seconds=time.monotonic() - start,
        max_reject_rate=job.config.max_reject_rate,
        kept=job.tasks,
    )


def _begun(out: Place) -> dict[str, Any]:
    begun = read_json(begun_path(out))
    if begun is None:
        raise ConfigError(f"{out} was not begun with --shards: the command that began it finishes it")
    return begun


def _job(out: Place, head: Mapping[str, Any], begun: Mapping[str, Any]) -> Job:
    """The build as its plan has it."""
    if head["versions"] != versions():
        raise ConfigError(
            f"{out} was begun with {head['versions']}, this is {versions()}: finish it with the same ones"
        )
    try:
        config = BuildConfig(
            inputs=tuple(begun["inputs"]),
            out=out,
            tokenizer=begun["tokenizer"],
            workers=begun["workers"],
            engine="ray" if not begun["workers"] else None,
            max_reject_rate=begun["max_reject_rate"],
            domains=resolve_domains(head["config"]["domains"]),
            **{name: value for name, value in head["config"].items() if name != "domains"},
        )
    except (KeyError, TypeError) as error:
        raise OutputFolderError(f"cannot read {plan_path(out)} or {begun_path(out)}: {error}") from None
    return Job(
        config=config,
        tasks=head["counts"]["tasks"],
        plan=sha256_of(plan_path(out)) or "",
        encoder=head["encoder"],
        tokenizer_sha256=head["tokenizer_sha256"],
        metadata=shard_metadata(
            encoder=head["encoder"], tokenizer_sha256=head["tokenizer_sha256"], config=config.content()
        ),
    )


def _totals(job: Job) -> Totals:
    """What all tasks came to."""
    layout, totals, missing = job.layout, Totals(), []
    found = look(layout)
    for index, report in enumerate(read_reports(layout, job.plan, range(job.tasks))):
        shard = None if report is None else report.shard
        info = found.get(str(layout.shard(index)))
        if report is None or (shard is not None and (info is None or info.size != shard.bytes)):
            missing.append(index)
        else:
            totals.add(report)
    if missing:
        more = f" and {len(missing) - _SHOWN:,} more" if len(missing) > _SHOWN else ""
        raise BuildError(
            f"{len(missing):,} of {job.tasks:,} tasks are not done: {', '.join(map(str, missing[:_SHOWN]))}{more}; "
            "task T belongs to slice T % N + 1 of N: run those slices again, then finish"
        )
    return totals
