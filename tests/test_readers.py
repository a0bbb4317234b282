"""Contract of the table of readers: every format, plain and compressed, keeps every row or says why not."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import random
import zlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
import zstandard

from fluxem_prep.pipeline.inputs import Slice
from fluxem_prep.pipeline.readers import LINES, READERS, format_suffix, is_known, known_suffixes, read_slice
from fluxem_prep.pipeline.rows import ReadOptions, Reject, RejectReason, Row
from fluxem_prep.pipeline.streams import COMPRESSIONS, open_stream

OPTIONS = ReadOptions(text_field="text", id_field=None, max_document_bytes=1000)
TEXTS = ["plain", "", "two\r\nlines\n", "nul \0 and \u2028", "\ufeffbom, é, 🧪", ' "quotes" \\ ', "x" * 800]


def json_lines(path: Path, texts: list[str]) -> None:
    write(path, b"".join(json.dumps({"text": text}).encode() + b"\n" for text in texts))


def parquet(path: Path, texts: list[str]) -> None:
    pq.write_table(pa.table({"text": texts}), path, row_group_size=2)


def separated(path: Path, texts: list[str]) -> None:
    out = io.StringIO(newline="")
    delimiter = "\t" if ".tsv" in path.suffixes else ","
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerows([["n", "text"], *enumerate(texts)])
    write(path, out.getvalue().encode())


def arrow_file(path: Path, texts: list[str]) -> None:
    feather.write_feather(pa.table({"text": texts}), path, chunksize=2)


def arrow_stream(path: Path, texts: list[str]) -> None:
    table = pa.table({"text": texts})
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)


def text_file(path: Path, texts: list[str]) -> None:
    write(path, texts[0].encode())


WRITERS: dict[str, Callable[[Path, list[str]], None]] = {
    ".txt": text_file,
    ".jsonl": json_lines,
    ".ndjson": json_lines,
    ".csv": separated,
    ".tsv": separated,
    ".parquet": parquet,
    ".arrow": arrow_stream,
    ".feather": arrow_file,
}
COMPRESS = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor().compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}
TABULAR = (".parquet", ".arrow", ".feather")
SUFFIXES = [f"{kind}{packed}" for kind in READERS for packed in COMPRESS if is_known(f"a{kind}{packed}")]


def write(path: Path, data: bytes) -> None:
    path.write_bytes(COMPRESS[path.suffix if path.suffix in COMPRESSIONS else ""](data))


def make(folder: Path, suffix: str, texts: list[str]) -> Path:
    path = folder / f"corpus{suffix}"
    WRITERS[format_suffix(str(path))](path, texts)
    return path


def read(path: Path, options: ReadOptions = OPTIONS, **place: int) -> list[Row | Reject]:
    return list(read_slice(Slice(source=str(path), **place), options))


def jsonl(tmp_path: Path, *lines: bytes, name: str = "a.jsonl") -> Path:
    path = tmp_path / name
    write(path, b"\n".join(lines) + b"\n")
    return path


def test_every_format_is_under_this_contract() -> None:
    assert WRITERS.keys() == READERS.keys()
    assert COMPRESS.keys() - {""} == COMPRESSIONS.keys()
    assert all(suffix in known_suffixes() for suffix in [*READERS, *COMPRESSIONS])
    assert not is_known("a.parquet.gz")
    assert not is_known("a.pdf")
    assert is_known("A.JSONL.GZ")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_texts_come_back_unchanged_and_in_order(suffix: str, tmp_path: Path) -> None:
    for texts in [[text] for text in TEXTS] if suffix.startswith(".txt") else [TEXTS]:
        rows = read(make(tmp_path, suffix, texts))
        assert [row.text for row in rows if isinstance(row, Row)] == texts


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_ids_are_places(suffix: str, tmp_path: Path) -> None:
    path = make(tmp_path, suffix, TEXTS)
    places = [int(row.id.removeprefix(f"{path}#")) for row in read(path) if isinstance(row, Row)]
    if suffix in TABULAR:
        assert places == list(range(len(TEXTS)))
    elif suffix.startswith(".txt"):
        assert places == [0]
    elif suffix.startswith((".csv", ".tsv")):
        with open_stream(str(path)) as stream:
            data = stream.read()
        lines = [b"n,text\n", *(data[a:b] for a, b in pairwise([*places, len(data)]))]
        assert b"".join(lines) == data.replace(b"n\ttext", b"n,text")
        assert [int(line[:1]) for line in lines[1:]] == list(range(len(TEXTS)))
    else:
        lines = [json.dumps({"text": text}) + "\n" for text in TEXTS]
        assert places == [sum(map(len, lines[:i])) for i in range(len(lines))]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_missing_file_is_one_reject(suffix: str, tmp_path: Path) -> None:
    (found,) = read(tmp_path / f"none{suffix}")
    assert isinstance(found, Reject)
    assert found.reason is RejectReason.UNREADABLE


@pytest.mark.parametrize("suffix", [name for name in SUFFIXES if name.endswith((*COMPRESSIONS, *TABULAR))])
def test_a_file_that_ends_too_early_is_told_from_a_short_one(suffix: str, tmp_path: Path) -> None:
    noise = random.Random(0)
    texts = ["".join(noise.choices("abcdefgh ", k=700)) for _ in range(3000)]
    path = make(tmp_path, suffix, texts)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 4])
    *rows, last = read(path)
    assert isinstance(last, Reject)
    assert last.reason is RejectReason.UNREADABLE
    kept = [row.text for row in rows if isinstance(row, Row)]
    assert len(kept) == len(rows)
    assert kept == texts[: len(kept)]
    if not suffix.startswith((".txt", ".parquet", ".feather")):
        assert kept, "rows before the damage are good rows"


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst"])
def test_all_rows_before_the_cut_are_kept(suffix: str, tmp_path: Path) -> None:
    """Refutes: rows that could be read are lost with the bite in which the file ends."""
    noise = random.Random(1)
    lines = [json.dumps({"text": "".join(noise.choices("abcdefgh ", k=500))}).encode() for _ in range(4000)]
    data = COMPRESS[suffix](b"\n".join(lines) + b"\n")
    cut = data[: len(data) * 2 // 3]
    frame = {
        ".gz": zlib.decompressobj(wbits=31),
        ".bz2": bz2.BZ2Decompressor(),
        ".xz": lzma.LZMADecompressor(),
        ".zst": zstandard.ZstdDecompressor().decompressobj(),
    }[suffix]
    whole = frame.decompress(cut).count(b"\n")
    path = tmp_path / f"a.jsonl{suffix}"
    path.write_bytes(cut)
    *rows, last = read(path)
    assert len(rows) == whole > 1000
    assert isinstance(last, Reject)
    assert (last.reason, last.line) == (RejectReason.UNREADABLE, whole + 1)
    assert "ends too early" in last.detail
    path.write_bytes(b"")
    (empty,) = read(path)
    assert isinstance(empty, Reject)
    assert empty.reason is RejectReason.UNREADABLE
    middle = bytearray(data)
    middle[len(data) // 2] ^= 0xFF
    path.write_bytes(middle)
    kept = sum(isinstance(item, Row) for item in read(path))
    assert kept > 0.4 * len(lines), "rows before a damaged byte, to the next block"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_record_beyond_the_limit_is_passed_over(suffix: str, tmp_path: Path) -> None:
    texts = ["y" * 1001] if suffix.startswith(".txt") else ["before", "y" * 5000, "after"]
    found = read(make(tmp_path, suffix, texts))
    assert [item.reason for item in found if isinstance(item, Reject)] == [RejectReason.TOO_LARGE]
    assert [item.text for item in found if isinstance(item, Row)] == [text for text in texts if len(text) < 1000]


@pytest.mark.parametrize("suffix", sorted(LINES))
def test_slices_of_any_cut_hold_each_line_once(suffix: str, tmp_path: Path) -> None:
    path = make(tmp_path, suffix, TEXTS)
    whole = read(path)
    size = path.stat().st_size
    for step in (1, 7, 50, size):
        edges = [*range(0, size, step), size]
        cut = [item for a, b in pairwise(edges) for item in read(path, start=a, stop=b)]
        assert cut == whole, f"slices of {step} bytes"


def test_row_groups_hold_each_row_once(tmp_path: Path) -> None:
    path = make(tmp_path, ".parquet", TEXTS)
    assert [row for i in range(4) for row in read(path, start=i, stop=i + 1)] == read(path)


BAD_LINES = [
    (b"{broken", RejectReason.MALFORMED_JSON),
    (b'{"text": "raw \x01 control"}', RejectReason.MALFORMED_JSON),
    (b"[" * 5000, RejectReason.MALFORMED_JSON),
    (b'["text"]', RejectReason.NOT_AN_OBJECT),
    (b"null", RejectReason.NOT_AN_OBJECT),
    (b'{"text": "\xff"}', RejectReason.INVALID_UTF8),
    (b'{"text": "\xed\xa0\x80"}', RejectReason.INVALID_UTF8),
    (b'{"text": "\\ud800 alone"}', RejectReason.LONE_SURROGATE),
    (b'{"body": "x"}', RejectReason.MISSING_TEXT),
    (b"{}", RejectReason.MISSING_TEXT),
    (b'{"text": null}', RejectReason.TEXT_NOT_STRING),
    (b'{"text": 5}', RejectReason.TEXT_NOT_STRING),
    (b'{"text": ["x"]}', RejectReason.TEXT_NOT_STRING),
]


@pytest.mark.parametrize(("line", "reason"), BAD_LINES)
def test_a_bad_line_is_a_reject_with_its_place(line: bytes, reason: RejectReason, tmp_path: Path) -> None:
    options = ReadOptions(text_field="text", id_field=None, max_document_bytes=10_000)
    path = jsonl(tmp_path, b'{"text": "first"}', b"", line, b'{"text": "last"}')
    first, bad, last = read(path, options)
    assert isinstance(first, Row)
    assert isinstance(last, Row)
    assert isinstance(bad, Reject)
    assert (bad.reason, bad.line, bad.offset) == (reason, 3, 19)
    assert bad.detail
    json.dumps(bad.as_json()).encode()


def test_what_only_looks_bad_is_a_row(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path,
        b'\xef\xbb\xbf{"text": "after the mark of the file"}\r',
        b"  ",
        b'{"text": "nan beside", "score": NaN}',
        b'{"text": "surrogate elsewhere", "x": "\\ud800"}',
        b'{"text": "a \\ud83e\\uddea pair"}',
    )
    texts = [item.text for item in read(path) if isinstance(item, Row)]
    assert texts == ["after the mark of the file", "nan beside", "surrogate elsewhere", "a 🧪 pair"]


def test_a_line_as_long_as_the_limit_is_a_row_and_one_more_byte_is_not(tmp_path: Path) -> None:
    line = json.dumps({"text": "z" * 988}).encode()
    assert len(line) == 1000
    assert isinstance(read(jsonl(tmp_path, line))[0], Row)
    (found,) = read(jsonl(tmp_path, line + b" "))
    assert isinstance(found, Reject)


def test_given_ids(tmp_path: Path) -> None:
    options = ReadOptions(text_field="text", id_field="key", max_document_bytes=1000)
    path = jsonl(
        tmp_path, b'{"text":"a","key":"k1"}', b'{"text":"b","key":2}', b'{"text":"c"}', b'{"text":"d","key":1.5}'
    )
    ids = [item.id if isinstance(item, Row) else item.reason for item in read(path, options)]
    assert ids == ["k1", "2", RejectReason.BAD_ID, RejectReason.BAD_ID]
    pq.write_table(pa.table({"text": ["a", "b"], "key": [7, None]}), tmp_path / "t.parquet")
    found = read(tmp_path / "t.parquet", options)
    assert [item.id if isinstance(item, Row) else item.reason for item in found] == ["7", RejectReason.BAD_ID]


def test_bad_cells_of_a_table(tmp_path: Path) -> None:
    raw = pa.array([b"good", b"\xff\xfe", b"fine"], pa.binary())
    broken = pa.Array.from_buffers(pa.string(), 3, raw.buffers())
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"text": broken}), path)
    found = read(path)
    assert [item.text if isinstance(item, Row) else (item.reason, item.row) for item in found] == [
        "good",
        (RejectReason.INVALID_UTF8, 1),
        "fine",
    ]
    for column, reason in [
        (pa.array(["x", None, "y"]), RejectReason.TEXT_NOT_STRING),
        (pa.array([1, 2, 3]), RejectReason.TEXT_NOT_STRING),
        (raw, RejectReason.TEXT_NOT_STRING),
    ]:
        pq.write_table(pa.table({"text": column}), path)
        assert {item.reason for item in read(path) if isinstance(item, Reject)} == {reason}
        assert len(read(path)) == 3
    pq.write_table(pa.table({"body": ["x", "y"]}), path)
    assert [(item.reason, item.row) for item in read(path) if isinstance(item, Reject)] == [
        (RejectReason.MISSING_TEXT, 0),
        (RejectReason.MISSING_TEXT, 1),
    ]


def test_dictionary_and_large_strings_are_texts(tmp_path: Path) -> None:
    for column in (pa.array(["a", "b", "a"]).dictionary_encode(), pa.array(["a", "b", "a"], pa.large_string())):
        pq.write_table(pa.table({"text": column}), tmp_path / "t.parquet")
        assert [item.text for item in read(tmp_path / "t.parquet") if isinstance(item, Row)] == ["a", "b", "a"]


def test_frames_and_members_in_a_row_are_one_file(tmp_path: Path) -> None:
    for suffix in COMPRESSIONS:
        path = tmp_path / f"a.jsonl{suffix}"
        path.write_bytes(COMPRESS[suffix](b'{"text": "a"}\n') + COMPRESS[suffix](b'{"text": "b"}\n'))
        assert [item.text for item in read(path) if isinstance(item, Row)] == ["a", "b"]


def test_a_huge_line_is_not_held_in_memory(tmp_path: Path) -> None:
    """Refutes a reader that loads a line before it measures it."""
    import tracemalloc

    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(b'{"text": "')
        for _ in range(40):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n{"text": "after"}\n')
    tracemalloc.start()
    big, after = read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(big, Reject)
    assert isinstance(after, Row)
    assert peak < 8 << 20


def test_two_columns_of_one_name_are_none(tmp_path: Path) -> None:
    """Refutes: a CSV file whose last column of a name is taken in silence."""
    path = tmp_path / "a.csv"
    path.write_text("text,text\na 5 kg,b 6 kg\n")
    rejects = [item for item in read(path) if isinstance(item, Reject)]
    assert [reject.detail for reject in rejects][:1] == ["2 columns are called 'text'"]
    assert len(rejects) == len(read(path))
