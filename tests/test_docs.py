"""The documentation says what the program does: flags, blocks that run, a site that builds.

    python tests/test_docs.py

writes the snapshot of the flags anew.
"""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from fluxem.vocabulary import FailureReason
from fluxem_prep.cli import app

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
FLAGS = Path(__file__).parent / "data" / "cli_flags.json"
PAGES = ["tutorial.md", *sorted(str(path.relative_to(DOCS)) for path in (DOCS / "how-to").glob("*.md"))]
BIN = Path(sys.executable).parent


def flags():
    """What a user can write: for each command its parameters, with their defaults."""
    group = typer.main.get_command(app)
    return {
        name: {
            " ".join([*p.opts, *p.secondary_opts]): "required" if p.required else json.loads(json.dumps(p.default))
            for p in command.params
        }
        for name, command in group.commands.items()
    }


def blocks(path):
    """The blocks of a page that run, in order: (language, code)."""
    text = path.read_text(encoding="utf-8")
    return re.findall(r"^```(bash|python)\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def test_flags_change_only_on_purpose():
    """Refutes: a flag, or its default, that changes without anybody noticing."""
    expected = json.loads(FLAGS.read_text(encoding="utf-8"))
    assert flags() == expected, "on purpose? then run: python tests/test_docs.py && python docs/make_cli_page.py"


def test_the_page_of_flags_is_that_of_the_commands():
    """Refutes: a command or flag that the reference lacks, or tells otherwise."""
    spec = importlib.util.spec_from_file_location("make_cli_page", DOCS / "make_cli_page.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == module.page(), "run: python docs/make_cli_page.py"


def test_every_failure_reason_is_documented():
    """Refutes: a reason that nobody can look up."""
    page = (DOCS / "failure-reasons.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", page, flags=re.MULTILINE)
    assert rows == [(str(int(reason)), reason.label) for reason in FailureReason]


def test_every_command_and_flag_that_a_page_names_exists():
    """Refutes: a recipe with a command or a flag of yesterday."""
    known = flags()
    checked = 0
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]:
        for call in re.findall(r"(?<![\w/.])fluxem-prep ([a-z]+[^\n`|>#]*)", path.read_text(encoding="utf-8")):
            command, *words = call.split()
            if command not in known:
                assert not words or not any(word.startswith("--") for word in words), f"{path.name}: {call}"
                continue
            spelled = {flag for opts in known[command] for flag in opts.split()} | {"--help"}
            used = {word.partition("=")[0].strip("'\".,;:)") for word in words if re.match(r"--?[a-z]", word)}
            assert used <= spelled, f"{path.name}: {call}"
            checked += 1
    assert checked > 20


@pytest.fixture(scope="module")
def sample_build(tmp_path_factory):
    """A folder as the pages take it for granted: the sample data, and the README's build in `out`."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / "sample_data").symlink_to(ROOT / "sample_data")
    command = (
        "fluxem-prep build sample_data/corpus --out out --tokenizer sample_data/tokenizer.json --max-reject-rate 0.5"
    )
    run_bash(command, folder)
    return folder


def run_bash(code, folder):
    env = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}", "COLUMNS": "100"}
    words = ["bash", "-euo", "pipefail", "-c", code]
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_blocks_run(page, sample_build, tmp_path, monkeypatch, capsys):
    """Refutes: a step of the tutorial or of a how-to that fails, or that prints something else than it says."""
    for name in ("sample_data", "out"):
        (tmp_path / name).symlink_to(sample_build / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    names = {}
    found = blocks(DOCS / page)
    assert found
    for language, code in found:
        if language == "bash":
            run_bash(code, tmp_path)
            continue
        exec(compile(code, page, "exec"), names)
        printed = capsys.readouterr().out.splitlines()
        expected = re.findall(r"^print\(.*\)  # (?!or )(.+)$", code, flags=re.MULTILINE)
        assert [line for line in expected if line not in printed] == []


@pytest.mark.slow
def test_the_site_builds_and_loads_nothing_from_outside(tmp_path):
    """Refutes: a broken link, a page that the site lacks, or a site that asks the network for fonts or scripts."""
    pytest.importorskip("material", reason="needs mkdocs-material: pip install 'fluxem-prep[docs]'")
    words = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "-q",
        "-f",
        ROOT / "mkdocs.yml",
        "-d",
        tmp_path / "site",
    ]
    env = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    built = {path.relative_to(tmp_path / "site").with_suffix(".md") for path in (tmp_path / "site").rglob("*.html")}
    assert built >= {path.relative_to(DOCS) for path in DOCS.rglob("*.md")}
    home = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    loaded = re.findall(r'<(?:script|img|iframe)[^>]+src="([^"]+)"|<link[^>]+rel="stylesheet"[^>]+href="([^"]+)"', home)
    assert loaded
    assert not [address for pair in loaded for address in pair if "//" in address]
    shutil.rmtree(tmp_path / "site")


if __name__ == "__main__":
    FLAGS.write_text(json.dumps(flags(), indent=1) + "\n", encoding="utf-8")
