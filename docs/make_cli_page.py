"""Write docs/cli.md, the reference of commands and flags, from the commands themselves.

    python docs/make_cli_page.py

A test holds the page against the commands, so that a flag changes only together with the page.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from fluxem_prep.cli import app

PAGE = Path(__file__).parent / "cli.md"
INTRODUCTION = """\
# Commands and flags

Every command takes `--help`; `fluxem-prep --version` prints the version. `fluxem-prep --install-completion` teaches
your shell the commands, flags and names. No flag is ever read from the environment. What went wrong is one sentence on
stderr and an [exit code](builds.md#exit-codes).
"""


def page() -> str:
    """The page as Markdown."""
    group: Any = typer.main.get_command(app)
    return "\n".join(
        [INTRODUCTION, *(line for name in group.commands for line in _command(name, group.commands[name]))]
    )


def _command(name: str, command: Any) -> Iterator[str]:  # noqa: ANN401  # click's or typer's own class of commands
    arguments = " ".join(p.metavar for p in command.params if p.param_type_name == "argument")
    yield f"## `fluxem-prep {' '.join([name, arguments]).strip()}`\n"
    yield inspect.cleandoc(command.help) + "\n"
    yield "| | default | |\n|---|---|---|"
    for parameter in command.params:
        if parameter.name != "help":
            yield f"| {_names(parameter)} | {_default(parameter)} | {' '.join(parameter.help.split())} |"
    yield ""


def _names(parameter: Any) -> str:  # noqa: ANN401  # as above
    if parameter.param_type_name == "argument":
        return f"`{parameter.metavar.replace('|', '` or `')}`"
    value = "" if parameter.is_flag else f" {parameter.metavar}"
    return ", ".join(f"`{flag}{value}`".replace("|", " or ") for flag in [*parameter.opts, *parameter.secondary_opts])


def _default(parameter: Any) -> str:  # noqa: ANN401  # as above
    if parameter.required:
        return "required"
    if getattr(parameter, "is_flag", False):
        return "on" if parameter.default else "off"
    return "" if parameter.default is None else f"`{parameter.default}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
