"""Imports run one way (cli -> pipeline -> schemas -> fluxem -> numpy), and `import fluxem` stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Each room and the rooms that it may import from.
ALLOWED = {
    "cli": {"cli", "pipeline", "schemas", "fluxem"},
    "pipeline": {"pipeline", "schemas", "fluxem"},
    "schemas": {"schemas", "fluxem"},
    "fluxem": {"fluxem"},
}
# Inside the library: what encodes knows nothing of what detects.
ALLOWED_INSIDE = {
    "encoding": {"encoding"},
    "domains": {"encoding", "domains"},
    "integration": {"encoding", "domains", "integration"},
}
HEAVY = {
    "torch",
    "pyarrow",
    "datasets",
    "tokenizers",
    "transformers",
    "ray",
    "pint",
    "pandas",
    "scipy",
    "typer",
    "rich",
}


def _room(module: str, home: str) -> str | None:
    """The room that an absolute or resolved module name lies in."""
    parts = module.split(".")
    if parts[0] == "fluxem":
        return "fluxem"
    if parts[0] == "fluxem_prep":
        return parts[1] if len(parts) > 1 and parts[1] in ALLOWED else home
    return None


def _imports(path: Path) -> set[str]:
    package = ["fluxem_prep", *path.relative_to(ROOT).parent.parts]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            found.add(".".join([*base, *(node.module or "").split(".")]).rstrip("."))
    return found


def _sources() -> list[Path]:
    files = [
        *ROOT.glob("fluxem/**/*.py"),
        *ROOT.glob("pipeline/**/*.py"),
        *ROOT.glob("schemas/**/*.py"),
        ROOT / "cli.py",
    ]
    return sorted(files)


@pytest.mark.parametrize("path", _sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path):
    """Refutes: a room that imports from one above it."""
    home = path.relative_to(ROOT).parts[0].removesuffix(".py")
    rooms = {_room(module, home) for module in _imports(path)} - {None}
    assert rooms <= ALLOWED[home]
    inside = path.relative_to(ROOT).parts
    if home == "fluxem" and inside[1] in ALLOWED_INSIDE:
        neighbours = {m.split(".")[1] for m in _imports(path) if m.startswith("fluxem.")} & set(ALLOWED_INSIDE)
        assert neighbours <= ALLOWED_INSIDE[inside[1]]


def _loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize("statement", ["import fluxem", "import fluxem.integration", "import fluxem_prep.cli"])
def test_heavy_libraries_are_not_loaded(statement):
    """Refutes: importing the library, or the command's module, pulls in what it may never need."""
    allowed = {"typer", "rich"} if "cli" in statement else set()
    assert not _loaded_by(statement) & (HEAVY - allowed)


def test_a_build_loads_no_pandas(tmp_path):
    """Refutes: a call of pyarrow that looks for pandas; loading it takes a third of the time of a small build."""
    (tmp_path / "a.jsonl").write_text('{"text": "2 + 3 at 5 km"}\n')
    tokenizer = ROOT / "sample_data" / "tokenizer.json"
    call = f"fluxem_prep.build({str(tmp_path / 'a.jsonl')!r}, {str(tmp_path / 'out')!r}, tokenizer={str(tokenizer)!r})"
    loaded = _loaded_by(f"import fluxem_prep; {call}")
    assert "pyarrow" in loaded
    assert "pandas" not in loaded


def test_the_check_above_can_fail():
    """Refutes: the check passes because it sees nothing."""
    assert "pyarrow" in _loaded_by("import fluxem, pyarrow")
