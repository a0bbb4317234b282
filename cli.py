"""The command `fluxem-prep`: flags in, an exit code out. What it does is in `pipeline/`, imported when a command runs.

Exit codes: 0 done, 1 a bug, 2 usage or configuration, 3 too many rejected rows, 4 interrupted or broken off (the same
command goes on), 5 verification failed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from fluxem._version import __version__
from fluxem.errors import BalanceError, BuildError, ConfigError, MissingDependencyError, ShardMismatchError
from fluxem.vocabulary import DOMAIN_NAMES, REASON_NAMES

if TYPE_CHECKING:
    from .pipeline.result import BuildResult

_WIDE: Final = 200
"""Columns of what is printed into a file or a pipe."""

app = typer.Typer(
    name="fluxem-prep",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _domain_names(begun: str) -> list[str]:
    """For shell completion."""
    return [name for name in DOMAIN_NAMES[1:] if name.startswith(begun.upper())]


def _reason_names(begun: str) -> list[str]:
    """For shell completion."""
    return [name for name in REASON_NAMES[1:] if name.startswith(begun.lower())]


Domains = Annotated[
    list[str] | None,
    typer.Option(
        metavar="A,B",
        help="Types to detect, joined by commas or repeated. Default: all but NUMBER.",
        autocompletion=_domain_names,
    ),
]


def _show(found: object) -> None:
    """JSON for dicts and lists, else what rich draws: as wide as the terminal, or as it needs where there is none."""
    if isinstance(found, dict | list):
        import json

        typer.echo(json.dumps(found, indent=2))
    else:
        from rich.console import Console

        console = Console(highlight=False)
        if not console.is_terminal and "COLUMNS" not in os.environ:
            console.width = _WIDE
        console.print(found)


def _say(words: str, *, err: bool = False) -> None:
    """Words for people; what names of files, ids and texts in them could do to a terminal is taken out."""
    from .pipeline.plain_text import visible

    typer.echo(visible(words), err=err)


@app.callback(invoke_without_command=True)
def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Turn text corpora into hybrid training shards."""
    if version:
        typer.echo(f"fluxem-prep {__version__}")
        raise typer.Exit


def _read_config(context: typer.Context, path: Path | None) -> Path | None:
    """Take the settings of a file for defaults; eager, so that it comes before the other flags."""
    if path is not None:
        with _exit_codes():
            from .pipeline.config_file import read_config_file

            names = [str(parameter.name) for parameter in context.command.params]
            context.default_map = read_config_file(path, names)
    return path


@app.command(short_help="Build shards, or go on with a build.")
def build(
    context: typer.Context,
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            help="Files, folders, patterns, @LIST, URLs, Hub datasets (hub:NAME[:CONFIG[:SPLIT]]), or - for stdin.",
        ),
    ],
    out: Annotated[
        str, typer.Option(metavar="DIR", help="Output folder or URL of a store: new, empty, or with this build in it.")
    ],
    tokenizer: Annotated[
        str | None, typer.Option(metavar="FILE|NAME", help="A tokenizer.json, or a tokenizer's name on the Hub.")
    ] = None,
    tokenizer_backend: Annotated[
        str, typer.Option(metavar="NAME", help="auto, gigatoken or tokenizers. The ids do not depend on it.")
    ] = "auto",
    domains: Domains = None,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Processes. The shards do not depend on it. Default: 1; with ray, as many as there is room for.",
        ),
    ] = None,
    split: Annotated[str, typer.Option(metavar="NAME", help="Name of the split; begins with a letter.")] = "train",
    text_field: Annotated[str, typer.Option(metavar="NAME", help="Key or column that holds the text.")] = "text",
    id_field: Annotated[
        str | None, typer.Option(metavar="NAME", help="Key or column that holds the id. Default: the place.")
    ] = None,
    max_reject_rate: Annotated[
        float, typer.Option(metavar="SHARE", help="Above this share of rejected rows: exit code 3.")
    ] = 0.01,
    max_document_bytes: Annotated[str, typer.Option(metavar="BYTES", help="Reject a record beyond this size.")] = "16M",
    max_candidates: Annotated[
        int, typer.Option(metavar="N", help="Candidates to detect in one document; text beyond them stays text.")
    ] = 65_536,
    shard_bytes: Annotated[str, typer.Option(metavar="BYTES", help="Input bytes of one shard.")] = "64M",
    lines: Annotated[bool, typer.Option("--lines", help="Each line of a .txt file is a document.")] = False,
    stdin_format: Annotated[
        str, typer.Option(metavar="SUFFIX", help="What stdin is: jsonl, txt, csv, jsonl.gz, ...")
    ] = "jsonl",
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="serial (this process), local (spawned) or ray. Default: serial for one worker."
        ),
    ] = None,
    ray_address: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Ray cluster: HOST:PORT or auto. Default: one is started on this machine."
        ),
    ] = None,
    ray_cpus: Annotated[float, typer.Option(metavar="N", help="CPUs that Ray counts for a task.")] = 1.0,
    ray_memory: Annotated[str, typer.Option(metavar="BYTES", help="Memory that Ray counts for a task.")] = "1G",
    ray_runtime_env: Annotated[
        str | None, typer.Option(metavar="FILE", help="YAML or JSON: what Ray sets up on its nodes for the tasks.")
    ] = None,
    shards: Annotated[
        str | None,
        typer.Option(
            metavar="I/N", help="Do only slice I of N of the tasks; `finish` ends the build when all are done."
        ),
    ] = None,
    worker_timeout: Annotated[
        float, typer.Option(metavar="SECONDS", help="Replace a worker that is silent for so long.")
    ] = 600.0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Delete the build in DIR and start anew. Other files stay.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan, and from a sample what to expect; write nothing.")
    ] = False,
    progress: Annotated[bool, typer.Option(help="Show progress on stderr.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but what went wrong.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print events instead, a line of JSON each: start, progress, task, done.")
    ] = False,
    config: Annotated[  # noqa: ARG001  # read by its callback, before the other flags
        Path | None,
        typer.Option(
            metavar="FILE", is_eager=True, callback=_read_config, help="YAML with the same names as these flags."
        ),
    ] = None,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Print the settings as a file for --config; build nothing.")
    ] = False,
) -> None:
    """Build shards of text files, or go on with a build that was broken off.

    Reads .txt, .jsonl, .ndjson, .csv and .tsv, plain, .gz, .zst, .bz2 or .xz; .parquet, .arrow and .feather.
    """
    with _exit_codes(resumable=True):
        from .pipeline.config import make_config, parse_size, parse_slice
        from .pipeline.config_file import read_runtime_env

        settings = make_config(
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
            max_document_bytes=parse_size(max_document_bytes),
            max_candidates=max_candidates,
            shard_bytes=parse_size(shard_bytes),
            lines=lines,
            stdin_format=stdin_format,
            engine=engine,
            ray_address=ray_address,
            ray_cpus=ray_cpus,
            ray_memory=parse_size(ray_memory),
            ray_runtime_env=None if ray_runtime_env is None else read_runtime_env(ray_runtime_env),
            shards=None if shards is None else parse_slice(shards),
            worker_timeout=worker_timeout,
            overwrite=overwrite,
            progress=progress and not quiet and not as_json,
            events=as_json,
        )
        if print_config:
            from .pipeline.config_file import config_yaml

            typer.echo(config_yaml(context.params), nl=False)
            return
        if dry_run:
            from .pipeline.estimate import estimate_build

            _say(estimate_build(settings).words())
            return
        from .pipeline.run import run_build

        _tell(run_build(settings), quiet=quiet, as_json=as_json)


@app.command(short_help="End a build that was done in slices.")
def finish(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The output folder of a build made with --shards.")],
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but what went wrong.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print an event instead, a line of JSON: done.")] = False,
) -> None:
    """Write the card, the counts and the manifest of a build whose slices (build --shards I/N) are all done.

    Reads neither the inputs nor the tokenizer. Exit code 4 if a task is not done, with its number.
    """
    with _exit_codes():
        from .pipeline.finish import finish_build
        from .pipeline.places import place_of

        _tell(finish_build(place_of(folder)), quiet=quiet, as_json=as_json)


def _tell(result: BuildResult, *, quiet: bool, as_json: bool) -> None:
    """Say what a build made; exit code 3 if it rejected too much."""
    if as_json:
        from .pipeline.progress import emit

        emit("done", **result.as_event())
    elif not quiet:
        _say(result.summary())
        _say(result.next_steps())
    if result.too_many_rejects:
        _say(f"fluxem-prep: {result.reject_complaint()}", err=True)
        raise typer.Exit(3)


@app.command(short_help="Measure how fast a build would be here.")
def bench(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="INPUT", help="As for build, but no streams. Default: a text made for this."),
    ] = None,
    tokenizer: Annotated[
        str | None, typer.Option(metavar="FILE|NAME", help="A tokenizer.json, or a tokenizer's name on the Hub.")
    ] = None,
    tokenizer_backend: Annotated[str, typer.Option(metavar="NAME", help="auto, gigatoken or tokenizers.")] = "auto",
    domains: Domains = None,
    seconds: Annotated[float, typer.Option(metavar="S", help="How long to measure; loading comes on top.")] = 10.0,
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="How many to measure beside one. Default: all cores.")
    ] = None,
    scratch: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where shards are written for a while. Default: the system's.")
    ] = None,
    text_field: Annotated[str, typer.Option(metavar="NAME", help="Key or column that holds the text.")] = "text",
    lines: Annotated[bool, typer.Option("--lines", help="Each line of a .txt file is a document.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure how fast a build of INPUT would be on this machine: documents, MB and spans a second.

    By stage with one worker, then with all cores, and the number of workers to use.
    """
    with _exit_codes():
        from .pipeline.bench import run_bench
        from .pipeline.bench_view import bench_json, bench_tables

        found = run_bench(
            inputs or [],
            seconds=seconds,
            scratch=scratch,
            workers=workers,
            tokenizer=tokenizer,
            tokenizer_backend=tokenizer_backend,
            domains=domains,
            text_field=text_field,
            lines=lines,
        )
        _show(bench_json(found) if as_json else bench_tables(found))


@app.command(short_help="Show the spans of one text.")
def preview(
    text: Annotated[
        str,
        typer.Argument(
            metavar="TEXT|FILE|-",
            help="A text, a file that holds one, or - for standard input. Behind --, it may begin with a dash.",
        ),
    ],
    domains: Domains = None,
    as_json: AsJson = False,
) -> None:
    """Show what a build would make of one text: its spans, their values, and what stays text."""
    with _exit_codes():
        from .pipeline.config import resolve_domains
        from .pipeline.preview import make_preview, read_text

        found = make_preview(read_text(text), resolve_domains(domains))
        _show(found.as_json() if as_json else found.show())


@app.command(short_help="Say why a place is a span, or is not.")
def explain(
    text: Annotated[
        str,
        typer.Argument(
            metavar="TEXT|FILE|-",
            help="A text, a file that holds one, or - for standard input. Behind --, it may begin with a dash.",
        ),
    ],
    at: Annotated[int, typer.Option("--at", metavar="N", help="The place: a character, counted from 0.")],
    domains: Domains = None,
    as_json: AsJson = False,
) -> None:
    """Say why a place of a text is in a span, or is not: candidates, evidence, and what won."""
    with _exit_codes():
        from .pipeline.config import resolve_domains
        from .pipeline.explain import explain as explain_place
        from .pipeline.preview import read_text

        found = explain_place(read_text(text), at, resolve_domains(domains))
        _show(found.as_json() if as_json else found.show())


@app.command(short_help="List the types.")
def domains(as_json: AsJson = False) -> None:
    """List the types: ids, examples, limits."""
    from .pipeline.domain_list import domains_json, domains_table

    _show(domains_json() if as_json else domains_table())


@app.command(short_help="Print counts and frequent failures.")
def stats(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The output folder of a build, finished or at work.")],
    domain: Annotated[
        list[str] | None,
        typer.Option(metavar="A,B", help="Only surfaces that failed as these types.", autocompletion=_domain_names),
    ] = None,
    reason: Annotated[
        list[str] | None,
        typer.Option(metavar="A,B", help="Only surfaces that failed so.", autocompletion=_reason_names),
    ] = None,
    examples: Annotated[int, typer.Option(metavar="N", min=0, help="Ids of documents to show of each surface.")] = 0,
    top: Annotated[int, typer.Option(metavar="N", min=1, help="Failing surfaces to show.")] = 20,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print one CSV table of all counts.")] = False,
) -> None:
    """Print the counts of a build, and what most often stayed text, by type and reason.

    With --json and no filter: the content of stats.json.
    """
    with _exit_codes():
        from .pipeline.build_view import view_build
        from .pipeline.config import resolve_domains
        from .pipeline.failing import failing_surfaces
        from .pipeline.places import place_of
        from .pipeline.stats_view import resolve_reasons, stats_csv, stats_json, stats_tables

        if as_json and as_csv:
            raise ConfigError("choose one of --json and --csv")
        build = view_build(place_of(folder))
        wanted = resolve_domains(domain) if domain else (), resolve_reasons(reason)
        filtered = bool(domain or reason or examples)
        if as_json and not filtered:
            _show(stats_json(build, None))
            return
        failing = failing_surfaces(build.shards, domains=wanted[0], reasons=wanted[1], examples=examples, top=top)
        if as_csv:
            typer.echo(stats_csv(build, failing), nl=False)
            return
        _show(stats_json(build, failing) if as_json else stats_tables(build, failing, totals=not (domain or reason)))


@app.command(short_help="Write a page to look at a build.")
def report(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The output folder of a build, finished or at work.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="The page. Default: DIR/report.html.")
    ] = None,
    documents: Annotated[int, typer.Option(metavar="N", min=1, help="Documents to sample for the page.")] = 2000,
) -> None:
    """Write one HTML page that shows a build: counts, failures, and documents with their spans."""
    with _exit_codes():
        from .pipeline.places import place_of
        from .pipeline.report import write_report

        _say(write_report(place_of(folder), output, documents=documents).words())


@app.command(short_help="Say how far a build is.")
def status(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The output folder of a build.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a sentence.")] = False,
) -> None:
    """Say how far a build is."""
    with _exit_codes():
        import json

        from .pipeline.places import place_of
        from .pipeline.status import read_status

        found = read_status(place_of(folder))
        _say(json.dumps(found.as_json()) if as_json else found.words())


@app.command(short_help="Check a finished build.")
def verify(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The output folder of a finished build.")],
    full: Annotated[bool, typer.Option("--full", help="Encode and load every row, not a sample.")] = False,
    sample: Annotated[int, typer.Option(metavar="ROWS", help="Rows to encode anew without --full.", min=1)] = 2000,
    tokenizer: Annotated[
        str | None, typer.Option(metavar="FILE|NAME", help="Where the build's tokenizer is now, if it has moved.")
    ] = None,
) -> None:
    """Check a finished build: files, balance, structure, and rows encoded anew. Exit code 5 if anything differs."""
    with _exit_codes():
        from .pipeline.places import place_of
        from .pipeline.verify import verify_build

        found = verify_build(place_of(folder), full=full, sample_rows=sample, tokenizer=tokenizer)
        _say(found.summary())
        for finding in found.worst():
            _say(f"fluxem-prep: {finding}", err=True)
        if found.findings:
            raise typer.Exit(5)


@contextmanager
def _exit_codes(*, resumable: bool = False) -> Iterator[None]:
    """Errors that we raise on purpose become one sentence on stderr and an exit code; a bug keeps its traceback."""
    try:
        yield
    except BalanceError:
        raise
    except (ConfigError, MissingDependencyError, ShardMismatchError) as error:
        _leave(str(error), 2)
    except BuildError as error:
        _leave(str(error), 4)
    except KeyboardInterrupt:
        from .pipeline.resume import resuming_command

        again = f"; finished shards stand, go on with: {resuming_command(sys.argv)}" if resumable else ""
        _leave(f"interrupted{again}", 4)


def _leave(sentence: str, code: int) -> NoReturn:
    _say(f"fluxem-prep: {sentence}", err=True)
    raise typer.Exit(code) from sys.exception()


def _terminate(*_: object) -> NoReturn:
    """What a batch system sends before it kills is an interruption like any other."""
    raise KeyboardInterrupt


def main() -> None:
    """The console script."""
    signal.signal(signal.SIGTERM, _terminate)
    app()
