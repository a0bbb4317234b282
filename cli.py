"""The command `fluxem-prep`: flags in, an exit code out. What it does is in `pipeline/`, imported when a command runs.

Exit codes: 0 done, 1 a bug, 2 usage or configuration, 3 too many rejected rows, 4 interrupted or broken off (the same
command goes on), 5 verification failed.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from fluxem._version import __version__
from fluxem.errors import BalanceError, BuildError, ConfigError, MissingDependencyError, ShardMismatchError

app = typer.Typer(
    name="fluxem-prep",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Domains = Annotated[
    list[str] | None,
    typer.Option(metavar="A,B", help="Types to detect, joined by commas or repeated. Default: all but NUMBER."),
]


@app.callback(invoke_without_command=True)
def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Turn text corpora into hybrid training shards."""
    if version:
        typer.echo(f"fluxem-prep {__version__}")
        raise typer.Exit


@app.command()
def build(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="Files, folders, patterns, @LIST, URLs, Hub datasets (hub:NAME[:CONFIG[:SPLIT]]), or - for stdin.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Output folder: new, empty, or with this build in it.")],
    tokenizer: Annotated[
        str | None, typer.Option(metavar="FILE|NAME", help="A tokenizer.json, or a tokenizer's name on the Hub.")
    ] = None,
    tokenizer_backend: Annotated[
        str, typer.Option(metavar="NAME", help="auto, gigatoken or tokenizers. The ids do not depend on it.")
    ] = "auto",
    domains: Domains = None,
    workers: Annotated[int, typer.Option(metavar="N", help="Processes. The shards do not depend on it.")] = 1,
    split: Annotated[str, typer.Option(metavar="NAME", help="Name of the split.")] = "train",
    text_field: Annotated[str, typer.Option(metavar="NAME", help="Key or column that holds the text.")] = "text",
    id_field: Annotated[
        str | None, typer.Option(metavar="NAME", help="Key or column that holds the id. Default: the place.")
    ] = None,
    max_reject_rate: Annotated[
        float, typer.Option(metavar="SHARE", help="Above this share of rejected rows: exit code 3.")
    ] = 0.01,
    max_document_bytes: Annotated[str, typer.Option(metavar="BYTES", help="Reject a record beyond this size.")] = "16M",
    shard_bytes: Annotated[str, typer.Option(metavar="BYTES", help="Input bytes of one shard.")] = "64M",
    lines: Annotated[bool, typer.Option("--lines", help="Each line of a .txt file is a document.")] = False,
    stdin_format: Annotated[
        str, typer.Option(metavar="SUFFIX", help="What stdin is: jsonl, txt, csv, jsonl.gz, ...")
    ] = "jsonl",
    executor: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="serial (this process) or local (spawned). Default: serial for one worker."),
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
) -> None:
    """Build shards of text files, or go on with a build that was broken off.

    Reads .txt, .jsonl, .ndjson, .csv and .tsv, plain, .gz, .zst, .bz2 or .xz; .parquet, .arrow and .feather.
    """
    with _exit_codes(resumable=True):
        from .pipeline.config import make_config, parse_size
        from .pipeline.run import run_build

        config = make_config(
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
            shard_bytes=parse_size(shard_bytes),
            lines=lines,
            stdin_format=stdin_format,
            executor=executor,
            worker_timeout=worker_timeout,
            overwrite=overwrite,
            progress=progress,
        )
        if dry_run:
            from .pipeline.estimate import estimate_build

            typer.echo(estimate_build(config).words())
            return
        result = run_build(config)
        typer.echo(result.summary())
        if result.too_many_rejects:
            typer.echo(f"fluxem-prep: {result.reject_complaint()}", err=True)
            raise typer.Exit(3)


@app.command()
def preview(
    text: Annotated[str, typer.Argument(metavar="TEXT|FILE", help="A text, or a file that holds one.")],
    domains: Domains = None,
) -> None:
    """Show the segments of a text in colour."""
    with _exit_codes():
        from rich.console import Console

        from .pipeline.config import resolve_domains
        from .pipeline.display import read_text, show_segments

        Console(highlight=False).print(show_segments(read_text(text), resolve_domains(domains)))


@app.command()
def stats(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The output folder of a build.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print stats.json instead of tables.")] = False,
) -> None:
    """Print the counts of a build by type and by reason."""
    with _exit_codes():
        import json

        from rich.console import Console

        from .pipeline.display import read_stats, show_stats

        counts = read_stats(folder)
        if as_json:
            typer.echo(json.dumps(counts, indent=2))
        else:
            Console(highlight=False).print(show_stats(counts))


@app.command()
def status(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The output folder of a build.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a sentence.")] = False,
) -> None:
    """Say how far a build is."""
    with _exit_codes():
        import json

        from .pipeline.status import read_status

        found = read_status(folder)
        typer.echo(json.dumps(found.as_json()) if as_json else found.words())


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The output folder of a finished build.")],
    full: Annotated[bool, typer.Option("--full", help="Encode and load every row, not a sample.")] = False,
    sample: Annotated[int, typer.Option(metavar="ROWS", help="Rows to encode anew without --full.", min=1)] = 2000,
    tokenizer: Annotated[
        str | None, typer.Option(metavar="FILE|NAME", help="Where the build's tokenizer is now, if it has moved.")
    ] = None,
) -> None:
    """Check a finished build: files, balance, structure, and rows encoded anew. Exit code 5 if anything differs."""
    with _exit_codes():
        from .pipeline.verify import verify_build

        found = verify_build(folder, full=full, sample_rows=sample, tokenizer=tokenizer)
        typer.echo(found.summary())
        for finding in found.worst():
            typer.echo(f"fluxem-prep: {finding}", err=True)
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
    typer.echo(f"fluxem-prep: {sentence}", err=True)
    raise typer.Exit(code) from sys.exception()


def _terminate(*_: object) -> NoReturn:
    """What a batch system sends before it kills is an interruption like any other."""
    raise KeyboardInterrupt


def main() -> None:
    """The console script."""
    signal.signal(signal.SIGTERM, _terminate)
    app()
