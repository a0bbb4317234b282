"""Shards on disk: whole or not there, and the same bytes whatever batches they came in."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fluxem.integration.span_batch import SpanBatch
from fluxem_prep.pipeline.mixed_stream import MixedStream
from fluxem_prep.pipeline.record_batch import RowBatch, _lengths, _strings, make_row_batch
from fluxem_prep.pipeline.rows import Reject, RejectReason, Row
from fluxem_prep.pipeline.store import write_whole
from fluxem_prep.pipeline.writer import RejectsWriter, ShardFile, ShardWriter
from fluxem_prep.schemas.shard import SHARD_SCHEMA, VECTOR_LEAF

ROWS = 100


def rows(first: int, last: int, *, tokens: bool = True) -> RowBatch:
    """Rows `first:last` of one fixed table; row i has i % 4 spans, i % 3 failures and i tokens."""
    numbers = np.arange(first, last)
    spans, failures = offsets(numbers % 4), offsets(numbers % 3)
    values = np.concatenate([np.arange(i % 4) + i for i in numbers]).astype(np.int32)
    failed = np.concatenate([np.arange(i % 3) + i for i in numbers]).astype(np.int32)
    found = SpanBatch(
        span_offsets=spans,
        span_start=values,
        span_end=values + 1,
        span_domain=(values % 7 + 1).astype(np.uint8),
        span_vector=np.tile(values[:, None], (1, 128)).astype(np.float32),
        failure_offsets=failures,
        failure_start=failed,
        failure_end=failed + 1,
        failure_domain=(failed % 7 + 1).astype(np.uint8),
        failure_reason=(failed % 5 + 1).astype(np.uint8),
    )
    stream = MixedStream(
        input_offsets=offsets(numbers),
        input_ids=np.concatenate([np.arange(i) for i in numbers]).astype(np.int32),
        span_offsets=offsets(values % 3),
        span_ids=np.concatenate([np.arange(v % 3) for v in values] or [values]).astype(np.int32),
    )
    documents = [Row(f"a#{i}", "a", f"text {i} " * (i % 5), 10) for i in numbers]
    return make_row_batch(documents, found, stream if tokens else None, "1:e:v")


def offsets(lengths: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)


def write(path: Path, edges: list[int], limit: int = 5000, *, tokens: bool = True) -> ShardFile:
    with ShardWriter(path, {"fluxem.x": "y"}, row_group_bytes=limit) as writer:
        for first, last in pairwise(edges):
            writer.write(rows(first, last, tokens=tokens))
        written = writer.finish()
    assert written is not None
    return written


def test_bytes_do_not_depend_on_batches(tmp_path: Path) -> None:
    cuts = [[0, ROWS], [0, 1, 2, 50, ROWS], list(range(ROWS + 1)), [0, 37, 38, 90, ROWS]]
    files = [write(tmp_path / f"{i}.parquet", cut) for i, cut in enumerate(cuts)]
    assert {file.rows for file in files} == {ROWS}
    assert len({file.sha256 for file in files}) == 1
    assert pq.read_metadata(tmp_path / "0.parquet").num_row_groups > 3


def test_a_row_beyond_the_limit_is_a_row_group_of_its_own(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{i}.parquet", cut, limit=1) for i, cut in enumerate([[0, 5], [0, 2, 3, 5]])]
    assert files[0].sha256 == files[1].sha256
    assert pq.read_metadata(tmp_path / "0.parquet").num_row_groups == 5


def test_what_is_written_is_what_came(tmp_path: Path) -> None:
    file = write(tmp_path / "a.parquet", [0, 10, ROWS])
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.schema.equals(SHARD_SCHEMA)
    assert table.schema.metadata == {b"fluxem.x": b"y"}
    assert table.combine_chunks().equals(pa.Table.from_batches([rows(0, ROWS).batch]))
    assert file.sha256 == hashlib.sha256((tmp_path / "a.parquet").read_bytes()).hexdigest()
    assert file.bytes == (tmp_path / "a.parquet").stat().st_size
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]


def test_without_a_tokenizer_the_token_columns_are_null(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", [0, ROWS], tokens=False)
    table = pq.read_table(tmp_path / "a.parquet")
    nulls = {name: table.column(name).null_count for name in table.column_names}
    assert nulls == {name: ROWS if name.endswith("input_ids") else 0 for name in SHARD_SCHEMA.names}


def test_parquet_settings(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", [0, ROWS])
    group = pq.read_metadata(tmp_path / "a.parquet").row_group(0)
    columns = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
    assert set(columns[VECTOR_LEAF].encodings) == {"PLAIN", "RLE"}
    assert "RLE_DICTIONARY" in columns["input_ids.list.element"].encodings
    assert "RLE_DICTIONARY" not in columns["text"].encodings
    assert {column.compression for column in columns.values()} == {"ZSTD"}
    assert columns["id"].has_offset_index
    assert columns["id"].has_column_index


def test_no_rows_no_file(tmp_path: Path) -> None:
    with ShardWriter(tmp_path / "a.parquet", {}) as writer:
        assert writer.finish() is None
    with RejectsWriter(tmp_path / "rejects" / "0.jsonl") as rejects:
        rejects.finish()
    assert list(tmp_path.iterdir()) == []


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    reject = Reject(source="a", reason=RejectReason.TOO_LARGE, detail="d")

    def break_off() -> None:
        with (
            ShardWriter(tmp_path / "a.parquet", {}, row_group_bytes=1) as writer,
            RejectsWriter(tmp_path / "a.jsonl") as rejects,
        ):
            writer.write(rows(0, 5))
            rejects.write(reject)
            assert len(list(tmp_path.iterdir())) == 2
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert list(tmp_path.iterdir()) == []


def test_a_small_file_is_replaced_whole(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.json", b"1")
    write_whole(tmp_path / "a.json", b"2")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.json", b"2")]


@pytest.mark.parametrize("strings", [[], [""], ["a", "", "é水🙂", "\0"]])
def test_strings_are_those_of_arrow(strings: list[str]) -> None:
    """Refutes: string columns made from bytes that differ from what Arrow makes of the strings."""
    mine = _strings(strings)
    mine.validate(full=True)
    assert mine.equals(pa.array(strings, pa.string()))
    assert _lengths(mine).tolist() == [len(string.encode()) for string in strings]
