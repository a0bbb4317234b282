"""The command: flags, words and exit codes."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import fluxem_prep
from fluxem.errors import BalanceError, BuildError
from fluxem_prep.cli import app
from fluxem_prep.pipeline import run
from fluxem_prep.pipeline.display import visible

SCRIPT = Path(sys.executable).parent / "fluxem-prep"
COMMANDS = ["bench", "build", "domains", "explain", "finish", "preview", "report", "stats", "status", "verify"]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.jsonl"
    path.write_text('{"text": "10 * 20"}\n' * 9 + '{"text": "7 / 0"}\n')
    return path


def call(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "80", "TERM": "dumb"})


def test_build_then_stats(corpus: Path, tmp_path: Path) -> None:
    done = call("build", corpus, "--out", tmp_path / "out", "--no-progress", "--shard-bytes", "1M")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("10 rows in 1 shard, 9 spans, 1 candidate that stayed text, 0 rows rejected")
    assert done.stderr == ""
    shown = call("stats", tmp_path / "out")
    assert shown.exit_code == 0
    assert "ARITHMETIC" in shown.stdout
    assert "division_by_zero" in shown.stdout
    as_json = call("stats", tmp_path / "out", "--json")
    assert json.loads(as_json.stdout) == json.loads((tmp_path / "out" / "stats.json").read_text())


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["missing.jsonl"], "no such file or folder: missing.jsonl"),
        (["{corpus}", "--domains", "QUANTITTY"], "unknown domain QUANTITTY"),
        (["{corpus}", "--tokenizer", "{corpus}"], "tokenizer"),
        (["{corpus}", "--shard-bytes", "lots"], "expected a number of bytes"),
        (["{corpus}", "--workers", "0"], "workers: expected 1 or more, came 0"),
        (["{corpus}", "--workers", "99999999999999999999"], "workers: expected at most 65,536"),
        (["{corpus}", "--out", "{used}"], "holds something else (mine.txt)"),
        (["{corpus}", "--out", ""], "expected the name of a folder, came an empty one"),
    ],
)
def test_a_wrong_setting_is_one_sentence_and_code_2(flags: list[str], words: str, corpus: Path, tmp_path: Path) -> None:
    used = tmp_path / "used"
    used.mkdir()
    (used / "mine.txt").touch()
    filled = [flag.format(corpus=corpus, used=used) for flag in flags]
    if "--out" not in flags:
        filled += ["--out", str(tmp_path / "out")]
    done = call("build", *filled)
    assert done.exit_code == 2
    assert words in done.stderr
    assert done.stderr.startswith("fluxem-prep: ")
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["corpus.jsonl", "mine.txt", "used"]


def test_usage_errors_are_code_2(corpus: Path) -> None:
    assert call("build", corpus).exit_code == 2
    assert call("build").exit_code == 2
    assert call("no-such-command").exit_code == 2
    assert call("stats", corpus.parent).exit_code == 2


def test_too_many_rejects_is_code_3_and_the_shards_stand(corpus: Path, tmp_path: Path) -> None:
    with corpus.open("a") as file:
        file.write("{bad\n")
    done = call("build", corpus, "--out", tmp_path / "out", "--no-progress")
    assert done.exit_code == 3
    assert "1 of 11 rows were rejected (9.1%, the limit is 1.0%), 1 of them as malformed_json: see " in done.stderr
    assert (tmp_path / "out" / "manifest.json").exists()
    again = call("build", corpus, "--out", tmp_path / "out2", "--no-progress", "--max-reject-rate", "0.1")
    assert again.exit_code == 0


@pytest.mark.parametrize(("error", "code"), [(BuildError("it broke"), 4), (KeyboardInterrupt(), 4)])
def test_a_build_that_breaks_off_is_code_4(
    error: BaseException, code: int, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(run, "run_build", broken)
    done = call("build", corpus, "--out", tmp_path / "out")
    assert done.exit_code == code
    assert len(done.stderr.splitlines()) == 1


def test_a_bug_keeps_its_traceback(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise BalanceError("rows are missing")

    monkeypatch.setattr(run, "run_build", broken)
    done = call("build", corpus, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert isinstance(done.exception, BalanceError)


def test_preview_of_a_text_and_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("so 10 * 20 and 7 / 0", newline="")
    for given in ("so 10 * 20 and 7 / 0", tmp_path / "a.txt"):
        done = call("preview", given)
        assert done.exit_code == 0, done.output
        assert "so 10 * 20 and 7 / 0" in done.stdout
        assert "ARITHMETIC" in done.stdout
        assert "division_by_zero" in done.stdout
        assert "1 span, 1 candidate that stayed text" in done.stdout
    assert call("preview", "10 * 20 " * 999).exit_code == 0
    assert "0 spans, 0 candidates" in call("preview", "").stdout
    (tmp_path / "latin.txt").write_bytes(b"\xe9")
    (tmp_path / "large.txt").write_bytes(b"x" * 1_000_001)
    for given in (tmp_path / "latin.txt", tmp_path / "large.txt", tmp_path):
        assert call("preview", given).exit_code == 2


@pytest.mark.parametrize("text", ["\x1b[31mred", "\x9b2J", "a\x00b", "\u202egnirts", "\ud800", "\r\x08", "\x7f"])
def test_nothing_reaches_the_terminal_raw(text: str) -> None:
    done = call("preview", text + " 10 * 20")
    assert done.exit_code == 0
    assert not [character for character in done.stdout if character != "\n" and not character.isprintable()]
    assert "\\" in visible(text)


def test_long_texts_and_rich_markup_are_shown_as_they_are() -> None:
    done = call("preview", "[bold]not markup[/bold] " + "10 * 20; " * 300)
    assert "[bold]not markup[/bold]" in done.stdout
    assert "... and 100 more" in done.stdout


@pytest.mark.parametrize("words", [[], *([command] for command in COMMANDS)])
def test_help_fits_the_terminal_and_explains_every_flag(words: list[str]) -> None:
    done = call(*words, "--help")
    assert done.exit_code == 0
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_every_command_and_flag_is_in_the_docs() -> None:
    """Refutes: a flag that nobody can find."""
    page = (Path(__file__).parent.parent / "docs" / "cli.md").read_text()
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        assert f"fluxem-prep {name}" in page
        for parameter in command.params:
            if parameter.param_type_name == "option":
                assert any(f"`{flag}" in page for flag in parameter.opts), f"{name} {parameter.opts}"


def test_every_flag_has_help() -> None:
    group = typer.main.get_command(app)
    assert sorted(group.commands) == COMMANDS  # type: ignore[attr-defined]
    for command in [group, *group.commands.values()]:  # type: ignore[attr-defined]
        for parameter in command.params:
            assert getattr(parameter, "help", None), f"{command.name} {parameter.name}"
        assert command.help


def test_version() -> None:
    assert call("--version").stdout == f"fluxem-prep {fluxem_prep.__version__}\n"


def test_help_loads_nothing_heavy() -> None:
    """Refutes a CLI that imports the pipeline before it knows what to do."""
    code = (
        "import sys, fluxem_prep.cli as c\n"
        "try: c.app(['build', '--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'pyarrow', 'datasets', 'tokenizers', 'tqdm'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_console_script(corpus: Path, tmp_path: Path) -> None:
    words = [SCRIPT, "build", corpus, "--out", tmp_path / "out", "--workers", "2", "--shard-bytes", "100"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "10 rows in 3 shards" in done.stdout or "10 rows in 2 shards" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_says_the_command_that_goes_on(how: int, tmp_path: Path) -> None:
    """Refutes: Ctrl-C, or a batch system's SIGTERM, leaves workers, half files, a traceback, or a folder of no use."""
    (tmp_path / "a.jsonl").write_text('{"text": "10 * 20 and 7 / 0 and so on"}\n' * 40_000)
    out = tmp_path / "out of here"
    words = [
        SCRIPT,
        "build",
        tmp_path / "a.jsonl",
        "--out",
        out,
        "--workers",
        "2",
        "--shard-bytes",
        "100000",
        "--overwrite",
    ]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not list(out.glob(".fluxem/done/*.json")):
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT) if how == signal.SIGINT else process.terminate()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 4
    assert "Traceback" not in errors
    last = errors.splitlines()[-1]
    assert last.startswith("fluxem-prep: interrupted; finished shards stand, go on with: fluxem-prep build ")
    assert not (out / "manifest.json").exists()
    assert not list(out.rglob("*.tmp"))
    assert group_is_gone(process.pid)
    command = last.partition("go on with: ")[2]
    assert "--overwrite" not in command
    resumed = subprocess.run([SCRIPT, *shlex.split(command)[1:]], capture_output=True, text=True, timeout=300)
    assert resumed.returncode == 0, resumed.stderr
    assert "40,000 rows in " in resumed.stdout
    assert "finished before" in resumed.stdout


def group_is_gone(group: int) -> bool:
    for _ in range(500):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False
