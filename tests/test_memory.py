"""Memory is bounded by what is in flight, never by the corpus, a file or a document (Linux: VmHWM of /proc)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = Path(sys.executable).parent / "fluxem-prep"
TOKENIZER = Path(__file__).parent.parent / "sample_data" / "tokenizer.json"
LIMIT = 600 << 20
PROSE = (
    "The keeper of the lighthouse wrote down everything that he saw, and what he did not see he left to the "
    "others, who had more time and fewer stairs. In autumn the fog came in from the sea and stayed for days; then "
    "there was nothing to write but that there was nothing to write, which he did, in a small and careful hand, "
    "so that the pages filled all the same. Visitors asked him whether he was not bored. He showed them the lamp, "
    "the clockwork, the long list of ships, and by the time they had gone down again it was dark and the lamp had "
    "to be lit. "
)
ROW = PROSE + "Entry {i}: 12 ships, {i} km off, 10 * {i} barrels of H2O; the horn played a C#5. " + PROSE

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")


def make_corpus(path: Path, size: int) -> Path:
    block = b"".join(json.dumps({"text": ROW.format(i=i) * (1 + i % 4)}).encode() + b"\n" for i in range(2000))
    with path.open("wb") as file:
        for _ in range(max(1, size // len(block))):
            file.write(block)
    return path


def peaks(words: list[object], timeout: float) -> tuple[int, int]:
    """Peak bytes of a build's parent and of its largest worker; the build must end well."""
    process = subprocess.Popen([str(word) for word in words], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    parent = worker = 0
    end = time.monotonic() + timeout
    while process.poll() is None:
        assert time.monotonic() < end
        parent = max(parent, peak(process.pid))
        worker = max([worker, *map(peak, children(process.pid))])
        time.sleep(0.05)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    return parent, worker


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def peak(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM")), 0)


def check_growth(small: int, large: int, tmp_path: Path, timeout: float, slack: float) -> None:
    found = []
    for size in (small, large):
        corpus = make_corpus(tmp_path / f"{size}.jsonl", size)
        out = tmp_path / f"out{size}"
        words = ["build", corpus, "--out", out, "--tokenizer", TOKENIZER, "--workers", "2", "--no-progress"]
        parent, worker = peaks([SCRIPT, *words], timeout)
        print(f"{size:,} bytes of input: parent {parent >> 20} MiB, largest worker {worker >> 20} MiB")  # noqa: T201
        assert 0 < worker < LIMIT
        assert parent < LIMIT
        found.append((parent, worker))
        corpus.unlink()
    assert found[1][1] < found[0][1] * slack
    assert found[1][0] < found[0][0] * slack


@pytest.mark.slow
def test_memory_does_not_grow_with_the_corpus(tmp_path: Path) -> None:
    """Refutes: a build that holds its input, its shards or its reports. Reduced: two, then four full tasks."""
    check_growth(100 << 20, 200 << 20, tmp_path, 500, slack=1.15)


@pytest.mark.soak
def test_memory_of_two_gigabytes(tmp_path: Path) -> None:
    """The same, from 500 MB to 2 GB."""
    check_growth(500_000_000, 2_000_000_000, tmp_path, 3000, slack=1.15)


def one_document(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.write(b'{"text": "')
        block = (ROW.format(i=17) * 2000).encode()
        for _ in range(size // len(block)):
            file.write(block)
        file.write(b'"}\n{"text": "after 5 km"}\n')
    return path


@pytest.mark.slow
def test_a_document_of_300_megabytes_is_rejected_with_a_reason(tmp_path: Path) -> None:
    """Refutes: a huge document is read into memory before it is measured, or takes its neighbours with it."""
    corpus = one_document(tmp_path / "a.jsonl", 300_000_000)
    words = [SCRIPT, "build", corpus, "--out", tmp_path / "out", "--max-reject-rate", "0.5", "--no-progress"]
    parent, worker = peaks([*words, "--engine", "local"], 300)
    assert max(parent, worker) < LIMIT
    (reject,) = map(json.loads, next((tmp_path / "out" / "rejects").iterdir()).read_text().splitlines())
    assert reject["reason"] == "too_large"
    assert reject["line"] == 1
    assert json.loads((tmp_path / "out" / "stats.json").read_text())["rows"]["out"] == 1


@pytest.mark.soak
def test_a_document_of_300_megabytes_is_built_where_it_is_asked_for(tmp_path: Path) -> None:
    """Refutes: a limit raised by the user that is not held."""
    corpus = one_document(tmp_path / "a.jsonl", 300_000_000)
    words = [SCRIPT, "build", corpus, "--out", tmp_path / "out", "--max-document-bytes", "400M", "--no-progress"]
    parent, worker = peaks([*words, "--engine", "local"], 900)
    print(f"one document of 300 MB: parent {parent >> 20} MiB, worker {worker >> 20} MiB")  # noqa: T201
    assert json.loads((tmp_path / "out" / "stats.json").read_text())["rows"]["out"] == 2
