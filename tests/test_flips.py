"""One bit flips in a shard, a plan or a done record: nothing comes of it, or it is found. See `tests/flips.py`."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

FLIPS = Path(__file__).parent / "flips.py"


def flips() -> Any:
    spec = importlib.util.spec_from_file_location("flips", FLIPS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check(count: int, seed: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = flips()
    monkeypatch.setattr(module.verify, "_load", module.verify._load)  # put back what it replaces
    came, trained = module.flips(count, seed, folder)
    assert {outcome for _, outcome in came} <= {"mended by resume", "refused by resume"}, came
    assert {outcome for outcome in trained if trained[outcome]} <= {"error", "same batch"}, trained
    assert Counter(kind for kind, _ in came.elements())["shard"] == -(-count // 2)


def test_some_flips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refutes: a flipped bit that stays, unseen, in a build or in a batch."""
    check(8, 0, tmp_path, monkeypatch)


@pytest.mark.slow
def test_more_flips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, a hundred times."""
    check(100, 1, tmp_path, monkeypatch)


@pytest.mark.soak
def test_a_thousand_flips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, a thousand times."""
    check(1000, 2, tmp_path, monkeypatch)
