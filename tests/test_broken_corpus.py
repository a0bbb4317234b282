"""Ten thousand rows with everything wrong that can be: each is a row or a named reject; good rows stay as they are."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

import fluxem_prep

LIMIT = 20_000
BROKEN: dict[str, tuple[bytes, ...]] = {
    "malformed_json": (b"{broken", b'{"text": "no end', b'{"text": "raw \x01"}', b"}{", b'{"text": "a"} {"text": "b"}'),
    "not_an_object": (b"[1, 2]", b"null", b'"a string"', b"5"),
    "invalid_utf8": (b'{"text": "caf\xe9"}', b'{"text": "\xed\xa0\x80"}', b'{"text": "\xc0\xaf"}'),
    "lone_surrogate": (b'{"text": "half \\ud83e"}', b'{"text": "\\udc00"}'),
    "missing_text": (b'{"body": "x"}', b"{}"),
    "text_not_string": (b'{"text": 5}', b'{"text": null}', b'{"text": ["x"]}', b'{"text": true}', b'{"text": {}}'),
    "too_large": (b'{"text": "' + b"1 + 2 " * 5000 + b'"}',),
}
# Strange, but rows: NUL, a pair of surrogates, NaN beside the text, controls, an empty document, a byte order mark.
STRANGE = ("nul \\u0000 inside", "\\ud83e\\uddea", "\\u202e\\u2028", "", "\\ufeff", "\\u001b[31m 5 km")


def good(i: int) -> bytes:
    if i % 50 == 0:
        return b'{"text": "' + STRANGE[i // 50 % len(STRANGE)].encode() + b'", "n": NaN}'
    return json.dumps({"text": f"row {i}: {i} * 20, 7 / 0, {i} km of H2O"}).encode()


def make_lines(count: int, seed: int) -> tuple[list[bytes], Counter[str]]:
    """Good and broken lines, mixed, and how many of each kind are broken."""
    draw = random.Random(seed)
    lines, reasons = [], Counter[str]()
    for i in range(count):
        if draw.random() < 0.1:
            reason = draw.choice(list(BROKEN))
            reasons[reason] += 1
            lines.append(draw.choice(BROKEN[reason]))
        else:
            lines.append(good(i))
    return lines, reasons


def rows_of(result: Any) -> dict[str, list[Any]]:
    table = pa.concat_tables([pq.read_table(path) for path in result.shards])
    columns: dict[str, list[Any]] = table.drop_columns(["id", "source"]).to_pydict()
    return columns


def is_good(line: bytes) -> bool:
    return not any(line in found for found in BROKEN.values())


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_ten_thousand_rows(workers: int, tmp_path: Path) -> None:
    """Refutes: a row that vanishes, a reject without its place or with another reason, a good row that changes."""
    dirty, clean = tmp_path / "dirty", tmp_path / "clean"
    dirty.mkdir()
    clean.mkdir()
    lines, reasons = make_lines(10_000, 7)
    plain, packed = lines[:7000], lines[7000:]
    (dirty / "a.jsonl").write_bytes(b"\n".join(plain) + b"\n")
    (clean / "a.jsonl").write_bytes(b"\n".join(filter(is_good, plain)) + b"\n")
    expected = Counter(reasons)
    for name, compress in (("b.jsonl.gz", gzip.compress), ("c.jsonl.zst", zstandard.ZstdCompressor().compress)):
        (dirty / name).write_bytes(compress(b"\n".join(packed) + b"\n"))
        (clean / name).write_bytes(compress(b"\n".join(filter(is_good, packed)) + b"\n"))
        # Their truncated brothers keep the rows before the cut, and one reject names the place.
        kept = 400
        whole = compress(b"\n".join(map(good, range(kept))) + b"\n")
        tail = compress(b"\n".join(good(i) for i in range(5000)) + b"\n")
        (dirty / f"cut_{name}").write_bytes(whole + tail[:20])
        (clean / f"cut_{name}").write_bytes(whole)
    expected += Counter(make_lines(10_000, 7)[1]) - Counter(make_lines(7000, 7)[1])
    (dirty / "d.parquet").write_bytes(parquet(["5 km", None, "6 km"]))
    (clean / "d.parquet").write_bytes(parquet(["5 km", "6 km"]))
    (dirty / "e.parquet").write_bytes(parquet(["x"] * 1000)[:-40])
    (dirty / "f.txt").write_bytes(b"\xff\xfe not UTF-8")
    (dirty / "g.txt").write_bytes(b"y" * (LIMIT + 1))
    expected += Counter(unreadable=3, text_not_string=1, invalid_utf8=1, too_large=1)
    settings: dict[str, Any] = {"max_document_bytes": LIMIT, "shard_bytes": 200_000, "workers": workers}
    result = fluxem_prep.build(dirty, tmp_path / "out", **settings)
    assert result.stats.rejects == expected
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["rows"]["in"] == result.rows + result.rejected
    assert manifest["rows"]["in"] == 7000 + 2 * 3000 + 2 * (400 + 1) + 3 + 1 + 1 + 1
    check_rejects(tmp_path / "out", expected)
    assert rows_of(result) == rows_of(fluxem_prep.build(clean, tmp_path / "out2", **settings))


def parquet(texts: list[str | None]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"text": pa.array(texts, pa.string())}), sink, row_group_size=100)
    return sink.getvalue().to_pybytes()


def check_rejects(out: Path, expected: Counter[str]) -> None:
    """Each reject names its source, its reason and its place, and at that place stands what it says."""
    files = sorted((out / "rejects").iterdir())
    rejects = [json.loads(line) for path in files for line in path.read_text().splitlines()]
    assert Counter(reject["reason"] for reject in rejects) == expected
    for reject in rejects:
        assert reject["detail"]
        assert "row" in reject or "offset" in reject
        source = Path(reject["source"])
        if source.name == "a.jsonl":
            data = source.read_bytes()
            line = data[reject["offset"] : data.index(b"\n", reject["offset"])]
            assert line in BROKEN[reject["reason"]]
            assert reject.get("line", data.count(b"\n", 0, reject["offset"]) + 1) == (
                data.count(b"\n", 0, reject["offset"]) + 1
            )
