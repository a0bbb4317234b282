"""Targets that take rows of shards: the collator on dicts and on Arrow, and shards on disk.

The slow version stands here: a row is judged field by field, in plain Python, and where all are good the batch is put
together position by position. The collator must refuse what this refuses, and give what this gives.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from file_targets import FOLDER, edit

from fluxem.errors import FluxemError
from fluxem.integration import DomainEncoderRegistry, MixedStreamCollator
from fluxem.integration.shard_files import ShardFiles
from fluxem.vocabulary import VECTOR_DIM, DomainType
from fluxem_prep.schemas.shard import PARQUET_OPTIONS, SHARD_SCHEMA, shard_metadata

ENCODER = DomainEncoderRegistry().encoder_id()
MODES = ("hybrid", "augment", "tokens")
COLLATORS = {mode: MixedStreamCollator(mode) for mode in MODES}
COLUMNS = ("id", "encoder", "span_domain", "span_vector", "input_ids", "span_input_ids")
MOST = 2**31 - 1
Rows = list[dict[str, Any]]

ODD = (
    *(
        None,
        5,
        -1,
        2**40,
        2**70,
        1.5,
        math.nan,
        "x",
        "",
        b"x",
        [],
        [[]],
        [1],
        [-1],
        {},
        {"a": 1},
        (1, 2),
        [None],
        [1.0],
        ["5"],
    ),
    *(np.zeros(3), np.zeros((1, 128)), np.zeros((2, 64)), np.array([1, 2], np.uint64), np.array([2**63], np.uint64)),
    *(
        [[1.0] * 128],
        [["1"] * 128],
        [[1.0] * 127 + [math.inf]],
        [[1e300] * 128],
        [[1], [2, 3]],
        [1, [2]],
        [True],
        ENCODER,
    ),
)
FLOATS = (math.nan, math.inf, -math.inf, 1e300, 0.0, -0.0, 1, None, "1", [1.0], 3.5e38)


def base_rows() -> Rows:
    """Three rows, of two, no and one spans."""
    noise = np.random.default_rng(1)

    def row(number: int, ids: list[int], of_spans: list[list[int]]) -> dict[str, Any]:
        spans = len(of_spans)
        return {
            "id": f"row-{number}",
            "encoder": ENCODER,
            "span_domain": noise.integers(1, 22, spans).tolist(),
            "span_vector": noise.normal(size=(spans, VECTOR_DIM)).astype(np.float32).tolist(),
            "input_ids": ids,
            "span_input_ids": of_spans,
        }

    return [row(0, [4, -1, 5, -1], [[7, 8], []]), row(1, [1, 2, 3], []), row(2, [-1], [[9]])]


def changed_rows(data: bytes) -> Rows:
    """The rows with fields changed by the fuzzer, three bytes a change."""
    rows = base_rows()
    for i in range(0, len(data) - 2, 3):
        row, column = rows[data[i] % len(rows)], COLUMNS[data[i] // 4 % len(COLUMNS)]
        what, value = data[i + 1] % 10, data[i + 2]
        entries = row.get(column)
        if what == 0:
            row[column] = ODD[value % len(ODD)]
        elif what == 1:
            row.pop(column, None)
        elif what == 2:
            row[column] = rows[value % len(rows)].get(column)
        elif not isinstance(entries, list):
            continue
        elif what == 3:
            entries.append(value - 128)
        elif what == 4 and entries:
            entries[value % len(entries)] = value - 5
        elif what == 5 and entries:
            entries.pop(value % len(entries))
        elif what == 6 and entries:
            entries[-1] = ODD[value % len(ODD)]
        elif what == 7:
            entries.extend([1] * value)
        elif what == 8 and entries and isinstance(entries[0], list) and entries[0]:
            entries[0][value % len(entries[0])] = FLOATS[value % len(FLOATS)]
        elif what == 9 and entries and isinstance(entries[-1], list):
            entries[-1].append(float(value))
    return rows


def is_ints(value: object, least: int, most: int) -> bool:
    """A list of integers in bounds, no truth values."""
    if not isinstance(value, list | tuple | np.ndarray):
        return False
    plain = value.tolist() if isinstance(value, np.ndarray) else value
    if isinstance(value, np.ndarray) and not plain and value.ndim == 1:
        return True
    return all(isinstance(item, int) and not isinstance(item, bool) and least <= item <= most for item in plain)


def is_vectors(value: object) -> bool:
    """A list of vectors of finite float32."""
    if not isinstance(value, list | tuple | np.ndarray):
        return False
    plain = value.tolist() if isinstance(value, np.ndarray) else value
    return all(
        isinstance(vector, list) and len(vector) == VECTOR_DIM and all(map(is_finite, vector)) for vector in plain
    )


def is_finite(number: object) -> bool:
    """A number that float32 holds."""
    if not isinstance(number, int | float) or isinstance(number, bool):
        return False
    with np.errstate(over="ignore"):
        return bool(np.isfinite(np.float64(number).astype(np.float32)))


def is_good(row: dict[str, Any], mode: str) -> bool:
    """Whether a row keeps every promise that the mode relies on."""
    if (
        not isinstance(row.get("encoder"), str)
        or row["encoder"] != ENCODER
        or not is_ints(row.get("input_ids"), -1, MOST)
    ):
        return False
    spans = list(row["input_ids"]).count(-1)
    if mode != "hybrid":
        inner = row.get("span_input_ids")
        if not isinstance(inner, list | tuple | np.ndarray) or not all(is_ints(ids, 0, MOST) for ids in inner):
            return False
        if len(inner) != spans:
            return False
    if mode == "tokens":
        return True
    domains, vectors = row.get("span_domain"), row.get("span_vector")
    if not is_ints(domains, 1, max(DomainType)) or not is_vectors(vectors):
        return False
    return len(domains) == len(vectors) == spans


def sequence(row: dict[str, Any], mode: str) -> list[int]:
    """The ids of a row, -1 at vectors."""
    out: list[int] = []
    spans = iter(() if mode == "hybrid" else row["span_input_ids"])  # which hybrid does not look at
    for token in row["input_ids"]:
        if token != -1:
            out.append(int(token))
            continue
        out += [] if mode == "tokens" else [-1]
        out += [] if mode == "hybrid" else [int(x) for x in next(spans)]
    return out


def check_batch(rows: Rows, batch: dict[str, Any], mode: str) -> None:
    """The batch, position by position."""
    ids = [sequence(row, mode) for row in rows]
    width = max(map(len, ids))
    assert batch["input_ids"].shape == (len(rows), width)
    vectors = [] if mode == "tokens" else [vector for row in rows for vector in row["span_vector"]]
    domains = [] if mode == "tokens" else [domain for row in rows for domain in row["span_domain"]]
    assert batch["vectors"].tobytes() == np.array(vectors, np.float32).tobytes()
    assert batch["domain_types"][batch["domain_mask"]].tolist() == [int(domain) for domain in domains]
    for number, row in enumerate(ids):
        padding = [0] * (width - len(row))
        assert batch["input_ids"][number].tolist() == [max(token, 0) for token in row] + padding
        assert batch["attention_mask"][number].tolist() == [1] * len(row) + padding
        assert batch["labels"][number].tolist() == [-100 if t == -1 else t for t in row] + [-100] * len(padding)
        assert batch["domain_mask"][number].tolist() == [token == -1 for token in row] + [False] * len(padding)


def collate_dicts(data: bytes) -> None:
    """Rows as dicts: refused where one is bad, else the slow version's batch."""
    for mode in MODES:
        rows = changed_rows(data)
        good = all(is_good(row, mode) for row in rows)
        try:
            batch = COLLATORS[mode](rows)
        except FluxemError as error:
            assert not good or (mode == "augment" and _nobody_has_spans(rows)), (
                f"{mode}: good rows are refused: {error}"
            )
            str(error).encode("utf-8", "backslashreplace")
            continue
        if mode == "augment" and _nobody_has_spans(rows):
            continue  # the tokens of spans are not looked at where there is none
        assert good, f"{mode}: a bad row became a batch"
        check_batch(rows, batch, mode)


def _nobody_has_spans(rows: Rows) -> bool:
    return not any(-1 in row["input_ids"] for row in rows if isinstance(row.get("input_ids"), list | tuple))


OFFSETS = pa.list_(pa.int32())
TYPES = (
    *(
        pa.list_(pa.int64()),
        pa.list_(pa.float64()),
        pa.large_list(pa.int32()),
        pa.list_(pa.uint64()),
        pa.list_(pa.string()),
    ),
    *(pa.list_(pa.list_(pa.float32())), pa.list_(pa.list_(pa.float64(), 128)), pa.list_(pa.list_(pa.int32(), 128))),
    *(
        pa.string(),
        pa.int32(),
        pa.binary(),
        pa.list_(pa.bool_()),
        pa.large_list(OFFSETS),
        pa.list_(pa.null()),
        pa.null(),
    ),
    *(pa.list_(pa.int32(), 2), pa.list_view(pa.int32()), pa.dictionary(pa.int32(), pa.string()), pa.string_view()),
)


@cache
def base_table() -> pa.Table:
    """The rows as a table, in the types of a shard."""
    schema = pa.schema([SHARD_SCHEMA.field(name) for name in COLUMNS])
    return pa.Table.from_pylist(base_rows(), schema=schema)


def changed_table(data: bytes) -> pa.Table:
    """The table with columns cast, cut, doubled, or with their buffers overwritten, three bytes a change."""
    table = base_table()
    for i in range(0, len(data) - 2, 3):
        what, value = data[i + 1] % 7, data[i + 2]
        place = data[i] % table.num_columns
        name = table.schema.names[place]
        column = table.column(place)
        if what == 0:
            try:
                column = pa.chunked_array([pa.array(column.to_pylist(), TYPES[value % len(TYPES)])])
            except (pa.ArrowException, TypeError, ValueError, OverflowError):
                continue
        elif what == 1:
            table = table.slice(value % 3)
            continue
        elif what == 2:
            table = pa.concat_tables([table, table.slice(0, value % 3)])
            continue
        elif what == 3 and table.num_rows:
            values = column.to_pylist()
            values[value % len(values)] = None
            column = pa.chunked_array([pa.array(values, column.type)])
        elif what == 4 and table.num_columns > 2:
            table = table.remove_column(place)
            continue
        elif what == 5:
            return table.set_column(place, name, overwritten(column, data[i:]))
        else:
            name = COLUMNS[value % len(COLUMNS)]
        table = table.set_column(place, name, column)
        if table.num_rows == 0:
            return table
    return table


def overwritten(column: pa.ChunkedArray, data: bytes) -> pa.Array:
    """The same array over buffers with bytes changed: what a file of somebody else's can hold."""
    array = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    with suppress(pa.ArrowInvalid):  # Arrow itself makes no array whose last offset lies outside
        return _over_changed_buffers(array, data)
    return array


def _over_changed_buffers(array: pa.Array, data: bytes) -> pa.Array:
    if pa.types.is_string(array.type):
        buffers = [None if buffer is None else pa.py_buffer(edit(bytes(buffer), data)) for buffer in array.buffers()]
        whole = [a is None or a.size >= b.size for a, b in zip(buffers, array.buffers(), strict=True) if b is not None]
        return pa.Array.from_buffers(array.type, len(array), buffers, offset=array.offset) if all(whole) else array
    if pa.types.is_list(array.type):
        offsets = edit(bytes(array.buffers()[1]), data)
        if len(offsets) >= array.buffers()[1].size:
            buffers = [None, pa.py_buffer(offsets)]
            return pa.Array.from_buffers(array.type, len(array), buffers, offset=array.offset, children=[array.values])
    return array


def collate_arrow(data: bytes) -> None:
    """An Arrow table: refused, or the batch of its rows as dicts; one whose buffers lie is refused, never followed."""
    table = changed_table(data)
    try:
        table.validate(full=True)
    except pa.ArrowInvalid:
        for collate in COLLATORS.values():
            try:
                collate(table)
            except FluxemError as error:
                str(error).encode("utf-8", "backslashreplace")
        return
    for mode, collate in COLLATORS.items():
        try:
            batch = collate(table)
        except FluxemError as error:
            str(error).encode("utf-8", "backslashreplace")
            continue
        rows = table.to_pylist()
        if mode == "augment" and _nobody_has_spans(rows):
            continue
        assert all(is_good(row, mode) for row in rows), f"{mode}: a bad row became a batch"
        check_batch(rows, batch, mode)


@cache
def shard() -> tuple[bytes, dict[str, bytes]]:
    """A shard's bytes, and the batch of its rows."""
    metadata = shard_metadata(encoder=ENCODER, tokenizer_sha256=None, config={})
    columns = {name: [None] * 3 if name in ("input_ids", "span_input_ids") else [] for name in SHARD_SCHEMA.names}
    rows = [
        {**{name: [] if pa.types.is_list(SHARD_SCHEMA.field(name).type) else "t" for name in columns}, **row}
        for row in base_rows()
    ]
    for row in rows:
        row["span_start"] = list(range(len(row["span_domain"])))
        row["span_end"] = [start + 1 for start in row["span_start"]]
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, SHARD_SCHEMA.with_metadata(metadata), **PARQUET_OPTIONS) as writer:
        writer.write_table(pa.Table.from_pylist(rows * 4, schema=SHARD_SCHEMA.with_metadata(metadata)))
    data = sink.getvalue().to_pybytes()
    return data, batch_of(data)


def batch_of(data: bytes) -> dict[str, bytes]:
    """What a training run would get of a shard."""
    path = FOLDER / "train-00000-of-00001.parquet"
    path.write_bytes(data)
    columns = COLLATORS["augment"].columns
    files = ShardFiles(path, split="train", columns=columns, encoder=ENCODER)
    batch = COLLATORS["augment"](files.take(np.arange(int(files.group_rows.sum()))))
    return {name: array.tobytes() for name, array in batch.items()}


def load(data: bytes) -> None:
    """A shard with bytes overwritten gives the batch of the whole one, or an error that names the file."""
    base, expected = shard()
    try:
        found = batch_of(edit(base, data))
    except FluxemError as error:
        assert "train-00000-of-00001.parquet" in str(error), error
        return
    assert found == expected


def row_targets() -> Iterator[tuple[str, Callable[[bytes], None], list[bytes], int]]:
    """Name, function, seeds, and the length of the longest input to try."""
    changes = [bytes([row + 4 * column, what, 0]) for row in range(3) for column in range(6) for what in range(10)]
    yield "collate-dicts", collate_dicts, changes, 30
    yield "collate-arrow", collate_arrow, [bytes([c, w, v]) for c in range(6) for w in range(7) for v in range(20)], 30
    yield "load-shard", load, [b"\0\0\0\0", b"\x80\0\xff\0", b"\xff\x00\xb0\x03"], 24
