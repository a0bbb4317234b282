"""Targets that take a file: every reader of inputs, settings, tokenizers, and the records of an output folder."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import tempfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from fluxem.errors import ConfigError
from fluxem_prep.pipeline.config_file import read_config_file
from fluxem_prep.pipeline.done import look, read_done, verifies
from fluxem_prep.pipeline.inputs import Slice
from fluxem_prep.pipeline.layout import Layout, plan_path
from fluxem_prep.pipeline.output_folder import stored_layout
from fluxem_prep.pipeline.readers import read_slice
from fluxem_prep.pipeline.rows import ReadOptions, Reject, Row
from fluxem_prep.pipeline.stats import Stats

FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
OPTIONS = ReadOptions(text_field="text", id_field=None, max_document_bytes=4096)
WITH_ID = ReadOptions(text_field="text", id_field="id", max_document_bytes=64, lines=True)
LINES = b'{"text": "5 km", "id": 1}\n\n{"text": "\\ud83e\\uddea", "id": "x", "n": NaN}\n{"text": 5}\n{bad\n[1]\n'
CELLS = b'id,text\r\n1,"5 km, ""H2O"""\r\n2,"two\nlines"\r\n3\r\n"4","x"y\r\n'


def reader(suffix: str, data: bytes) -> None:
    """Rows and rejects, never an error; ids are places, and a row is UTF-8 and within the limit."""
    path = FOLDER / f"a{suffix}"
    path.write_bytes(data)
    for options in (OPTIONS, WITH_ID):
        for item in read_slice(Slice(source=str(path)), options):
            assert isinstance(item, Row | Reject)
            if isinstance(item, Row):
                assert len(item.text.encode()) <= options.max_document_bytes
                item.id.encode()
            else:
                json.dumps(item.as_json()).encode()


def sliced(suffix: str, data: bytes) -> None:
    """A file of lines gives the same items however it is cut."""
    path = FOLDER / f"b{suffix}"
    path.write_bytes(data[1:])
    cut = len(data[1:]) * data[0] // 256 if data else 0
    whole = [_told(item) for item in read_slice(Slice(source=str(path)), WITH_ID)]
    parts = (
        [Slice(source=str(path), stop=cut), Slice(source=str(path), start=cut)] if cut else [Slice(source=str(path))]
    )
    assert [_told(item) for part in parts for item in read_slice(part, WITH_ID)] == whole


def _told(item: Row | Reject) -> Any:
    """What must not depend on the cut: all but the number of the line."""
    return tuple(item) if isinstance(item, Row) else (item.source, item.reason, item.detail, item.offset, item.size)


def packed(suffix: str, new_frame: Callable[[], Any], data: bytes) -> None:
    """The stream gives what its frames give when each is unpacked at once, or a reject."""
    path = FOLDER / f"c.txt{suffix}"
    path.write_bytes(data)
    (item,) = read_slice(Slice(source=str(path)), OPTIONS)
    if isinstance(item, Row):
        assert item.text.encode() == unpack(new_frame, data)


def unpack(new_frame: Callable[[], Any], data: bytes) -> bytes:
    """The content of all frames, zeros between them passed over."""
    out = b""
    while data:
        frame = new_frame()
        out += frame.decompress(data)
        assert frame.eof, "a frame without an end is a reject"
        data = frame.unused_data.lstrip(b"\0")
    return out


def edited(name: str, base: bytes, data: bytes) -> None:
    """A whole file with bytes overwritten, cut off or doubled is read, or is a reject."""
    reader(name, edit(base, data))


def edit(base: bytes, data: bytes) -> bytes:
    """`base` changed by the fuzzer: four bytes an edit, the place (two), what to do, and a value."""
    out = bytearray(base)
    for i in range(0, len(data) - 3, 4):
        if not out:
            break
        place, what, value = int.from_bytes(data[i : i + 2]) * len(out) >> 16, data[i + 2], data[i + 3]
        if what < 160:
            out[place] = value
        elif what < 224:
            out[place] ^= 1 << value % 8
        elif what < 240:
            del out[place : place + 1 + value]
        elif what < 252:
            out[place:place] = out[place : place + 1 + value]
        else:
            del out[place:]
    return bytes(out)


def settings(data: bytes) -> None:
    """Settings in a file are settings, or a ConfigError."""
    path = FOLDER / "build.yaml"
    path.write_bytes(data)
    try:
        read_config_file(path, ["inputs", "out", "workers", "domains", "as_json"])
    except ConfigError as error:
        str(error).encode()


def tokenizer(data: bytes) -> None:
    """A tokenizer.json loads and tokenises, or is a ConfigError."""
    import numpy as np

    from fluxem_prep.pipeline.llm_tokenizer import load_tokenizer

    path = FOLDER / "tokenizer.json"
    path.write_bytes(edit(SMALL_TOKENIZER, data))
    try:
        loaded = load_tokenizer(str(path), "tokenizers")
        loaded.encode_pieces(["ab ab", "x"], np.array([True, False]))
    except ConfigError as error:
        str(error).encode()


def plan(data: bytes) -> None:
    """A plan of a shared folder is read, or is a ConfigError; no path that it gives leaves the folder."""
    out = FOLDER / "out"
    plan_path(out).parent.mkdir(parents=True, exist_ok=True)
    plan_path(out).write_bytes(data)
    try:
        layout = stored_layout(out)
    except ConfigError as error:
        str(error).encode("utf-8", "backslashreplace")
        return
    if layout is not None and layout.tasks:
        assert all(out.resolve() in path.resolve().parents for path in layout.of_task(layout.tasks - 1))


def done(data: bytes) -> None:
    """A done record is read or passed over; no file that it names is looked at outside the folder."""
    layout = Layout(out=FOLDER / "out", split="train", tasks=1)
    layout.done(0).parent.mkdir(parents=True, exist_ok=True)
    layout.done(0).write_bytes(data)
    report = read_done(layout, "p", 0)
    if report is not None:
        verifies(layout, report, look(layout))
        json.dumps((report.stats + report.stats).as_json())


def table(make: Callable[[pa.Table, Any], None]) -> bytes:
    """A small file of a table with texts, ids and a nested column."""
    columns = {
        "text": pa.array(["5 km", None, "H2O", "x" * 100] * 8),
        "id": pa.array(range(32)),
        "more": pa.array([[1, 2], None, [], [3]] * 8),
    }
    sink = pa.BufferOutputStream()
    make(pa.table(columns), sink)
    return sink.getvalue().to_pybytes()


def _write_parquet(rows: pa.Table, sink: Any) -> None:
    pq.write_table(rows, sink, row_group_size=12, compression="none")


def _write_packed_parquet(rows: pa.Table, sink: Any) -> None:
    pq.write_table(rows.set_column(0, "text", rows["text"].dictionary_encode()), sink, compression="zstd")


def _write_stream(rows: pa.Table, sink: Any) -> None:
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows, 12)


def _write_file(rows: pa.Table, sink: Any) -> None:
    coded = rows.set_column(0, "text", rows["text"].dictionary_encode())
    with pa.ipc.new_file(sink, coded.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(coded)


def _small_tokenizer() -> bytes:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

    vocab = {piece: number for number, piece in enumerate(["<s>", "a", "b", "ab", "Ġ", "Ġa"])}
    made = Tokenizer(models.BPE(vocab=vocab, merges=[("a", "b"), ("Ġ", "a")], unk_token="<s>"))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Strip()])
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(["<s>"])
    return made.to_str().encode()


SMALL_TOKENIZER = _small_tokenizer()
RECORD = json.dumps(
    {
        "plan": "p",
        "task": 0,
        "shard": None,
        "rejects": {"name": "00000.jsonl", "rows": 1, "sha256": "00"},
        "input_bytes": 3,
        "stats": Stats().as_record() | {"rejects": [["missing_text", 1]], "failed": [["DNA", "too_long", 1]]},
    }
).encode()
PLAN = b'{"format":2,"counts":{"files":1,"bytes":9,"tasks":2},"config":{"split":"train"},\n"files":[\n],"tasks":[]}'
YAML = b"inputs: [a, b]\nout: o\nworkers: 4\ndomains: DNA\n? {a: &x [1, *x]}\n--- !!python/object:os.system\n"


def file_targets() -> Iterator[tuple[str, Callable[[bytes], None], list[bytes], int]]:
    """Name, function, seeds, and the length of the longest input to try."""
    for suffix, seed in ((".jsonl", LINES), (".csv", CELLS), (".tsv", CELLS.replace(b",", b"\t")), (".txt", LINES)):
        yield f"read{suffix}", partial(reader, suffix), [seed, b"\xef\xbb\xbf" + seed], 300
    for suffix in (".jsonl", ".txt"):
        yield f"cut{suffix}", partial(sliced, suffix), [b"\x80" + LINES], 300
    for suffix, pack, new_frame in (
        (".gz", gzip.compress, lambda: zlib.decompressobj(wbits=31)),
        (".zst", zstandard.ZstdCompressor().compress, lambda: zstandard.ZstdDecompressor().decompressobj()),
        (".bz2", bz2.compress, bz2.BZ2Decompressor),
        (".xz", lzma.compress, lzma.LZMADecompressor),
    ):
        yield f"unpack{suffix}", partial(packed, suffix, new_frame), [pack(LINES), pack(b"") + pack(b"x" * 999)], 400
    for name, suffix, make in (
        ("parquet", ".parquet", _write_parquet),
        ("packed-parquet", ".parquet", _write_packed_parquet),
        ("arrow-stream", ".arrow", _write_stream),
        ("arrow-file", ".arrow", _write_file),
    ):
        base = table(make)
        yield f"read-{name}", partial(edited, suffix, base), [b"\0\0\0\0", b"\x80\0\xff\0"], 64
    yield "settings", settings, [YAML], 200
    yield "tokenizer", tokenizer, [b"\x80\0\0\0"], 32
    yield "plan", plan, [PLAN], 300
    yield "done", done, [RECORD], 600
