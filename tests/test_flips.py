"""One bit flips in a shard, a plan or a done record: nothing comes of it, or it is found. See `tests/flips.py`."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from fluxem.errors import ConfigError

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


def test_a_row_group_that_counts_fewer_rows(tmp_path: Path) -> None:
    """Refutes: a bit of the footer, which has no checksum, takes rows from a batch."""
    module = flips()
    shard = min(module.make_build(tmp_path).glob("data/*"))
    whole = shard.read_bytes()
    rows = pq.read_metadata(shard).row_group(0).num_rows
    # Thrift's compact protocol: a field of type i64, twice the count, then the offset of the row group.
    counted = bytes([0x16, 2 * rows, 0x26, 0x08])
    assert whole.count(counted) == 1
    shard.write_bytes(whole.replace(counted, bytes([0x16, 2 * rows ^ 8, 0x26, 0x08])))
    assert pq.read_table(shard).num_rows != rows
    with pytest.raises(ConfigError, match=rf"{shard.name}: expected one count of rows in its footer"):
        module.batch_of(shard)


def test_a_page_header_that_counts_fewer_tokens(tmp_path: Path) -> None:
    """Refutes: a bit of a page's header, which no checksum covers, takes the last tokens from a batch."""
    module = flips()
    out = module.make_build(tmp_path)
    shard = sorted(out.glob("data/*"))[1]
    whole = bytearray(shard.read_bytes())
    column = pq.read_metadata(shard).row_group(0).column(13)
    # Thrift's compact protocol, in the header of a data page: a field of type i32, twice the count of values.
    twice = 2 * column.num_values
    counted = bytes([0x15, twice & 127 | 128, twice >> 7])
    place = whole.index(counted, column.data_page_offset) + 1
    assert place < column.data_page_offset + 20
    before = module.batch_of(shard)
    whole[place] ^= 8
    shard.write_bytes(whole)
    assert module.batch_of(shard) != before, "a shard alone has no sha256 to be held against"
    with pytest.raises(ConfigError, match=rf"{shard.name}: expected the sha256"):
        module.batch_of(out)


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
