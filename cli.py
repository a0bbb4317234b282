"""The command `fluxem-prep`: flags in, an exit code out. What it does is in `pipeline/`, imported when a command runs.

Exit codes: 0 done, 1 a bug, 2 usage or configuration, 3 too many rejected rows, 4 interrupted or broken off.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

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
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT...", help="Files, folders or glob patterns.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Output folder, new or empty.")],
    tokenizer: Annotated[
        str | None, typer.Option(metavar="FILE|NAME", help="A tokenizer.json, or a tokenizer's name on the Hub.")
    ] = None,
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
    progress: Annotated[bool, typer.Option(help="Show progress on stderr.")] = True,
) -> None:
    """Build shards of text files.

    Reads .txt, .jsonl and .ndjson, plain, .gz or .zst, and .parquet.
    """
    with _exit_codes():
        from . import build as run
        from .pipeline.config import parse_size

        result = run(
            inputs,
            out,
            tokenizer=tokenizer,
            domains=domains,
            workers=workers,
            split=split,
            text_field=text_field,
            id_field=id_field,
            max_reject_rate=max_reject_rate,
            max_document_bytes=parse_size(max_document_bytes),
            shard_bytes=parse_size(shard_bytes),
            progress=progress,
        )
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


@contextmanager
def _exit_codes() -> Iterator[None]:
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
        _leave("interrupted; the shards that are finished stand in the output folder, delete it to start again", 4)


def _leave(sentence: str, code: int) -> None:
    typer.echo(f"fluxem-prep: {sentence}", err=True)
    raise typer.Exit(code) from sys.exception()


def main() -> None:
    """The console script."""
    app()
