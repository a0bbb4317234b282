"""The README's commands and snippets are what they say."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fluxem_prep.cli import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language, text=README):
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def commands():
    """The arguments of each `fluxem-prep` call in the README."""
    lines = [line for block in blocks("bash") for line in block.splitlines()]
    return [shlex.split(part) for line in lines for part in re.findall(r"\.venv/bin/fluxem-prep (.*)", line)]


@pytest.fixture(scope="module")
def sample_build(tmp_path_factory):
    """A folder in which the README's first command has run."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "sample_data").symlink_to(ROOT / "sample_data")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = CliRunner().invoke(app, commands()[0])
    assert result.exit_code == 0, result.output
    return folder


def test_ci_runs_the_test_command_to_the_letter():
    """Refutes: a test command in the README that nobody runs."""
    install, test = blocks("bash")[:2]
    assert install.startswith("python3 -m venv .venv && ")
    assert test in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_other_commands_run(sample_build, monkeypatch):
    """Refutes: a command of the README that fails."""
    monkeypatch.chdir(sample_build)
    for arguments in commands()[1:]:
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, (arguments, result.output)


@pytest.mark.parametrize("path", ["README.md", "docs/encodings.md"])
def test_snippets_run(path, sample_build, monkeypatch, capsys):
    """Refutes: a snippet that fails, or prints something else than its comment says."""
    monkeypatch.chdir(sample_build)
    monkeypatch.setenv("HF_HOME", str(sample_build / "hf"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for block in blocks("python", (ROOT / path).read_text(encoding="utf-8")):
        exec(compile(block, path, "exec"), {})
    assert capsys.readouterr().out
