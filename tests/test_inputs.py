"""Everything that can be named as an input, built: lists, URLs, saved datasets, the Hub, standard input, lines, CSV."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import datasets
import fsspec
import pyarrow.parquet as pq
import pytest

import fluxem_prep
from fluxem.errors import BuildError, ConfigError, OutputFolderError
from fluxem_prep.pipeline import patience, remote
from fluxem_prep.pipeline.inputs import Slice, is_hub
from fluxem_prep.pipeline.readers import is_known, read_slice
from fluxem_prep.pipeline.result import BuildResult
from fluxem_prep.pipeline.rows import ReadOptions, Reject, RejectReason, Row

TEXTS = ["10 * 20", "5 km", "nothing", "H2O and more"]


def built(inputs: Any, out: Path, **settings: Any) -> list[tuple[str, str]]:
    """(id, text) of all rows of a build."""
    result = fluxem_prep.build(inputs, out, **settings)
    return [(row["id"], row["text"]) for path in result.shards for row in pq.read_table(path).to_pylist()]


def texts(inputs: Any, out: Path, **settings: Any) -> list[str]:
    return [text for _, text in built(inputs, out, **settings)]


def jsonl(path: Path, found: list[str]) -> Path:
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in found))
    return path


class Stdin:
    """What stands in for `sys.stdin`."""

    def __init__(self, data: bytes, *, tty: bool = False) -> None:
        self.buffer = io.BytesIO(data)
        self.closed = False
        self.isatty = lambda: tty


def test_a_list_of_inputs(tmp_path: Path) -> None:
    """Refutes: `@list` is taken for a file, or its order or comments are lost."""
    names = [jsonl(tmp_path / f"{i}.jsonl", [text]) for i, text in enumerate(TEXTS)]
    (tmp_path / "list.txt").write_text("# all of it\n" + "\n\n".join(map(str, reversed(names))) + "\n")
    assert texts(f"@{tmp_path / 'list.txt'}", tmp_path / "out") == TEXTS[::-1]
    (tmp_path / "none.txt").write_text("\n# nothing\n")
    for bad, words in [("none.txt", "is empty"), ("missing.txt", "cannot read the list")]:
        with pytest.raises(ConfigError, match=words):
            fluxem_prep.build(f"@{tmp_path / bad}", tmp_path / "out2")


def test_lines_of_a_text_file_are_documents(tmp_path: Path) -> None:
    """Refutes: lines that are lost or doubled at the edge of a slice, changed, or joined."""
    lines = ["one", "", "  two  ", "three \x0b\u2028 still", "four"]
    (tmp_path / "a.txt").write_bytes("\r\n".join(lines).encode())
    rows = built(tmp_path / "a.txt", tmp_path / "out", lines=True, shard_bytes=7)
    assert [text for _, text in rows] == [line for line in lines if line]
    data = (tmp_path / "a.txt").read_bytes()
    assert all(data[int(place.rpartition("#")[2]) :].startswith(text.encode()) for place, text in rows)
    assert texts(tmp_path / "a.txt", tmp_path / "whole") == [data.decode()]


def read(path: Path, limit: int = 100, **more: Any) -> list[Row | Reject]:
    return list(read_slice(Slice(source=str(path)), ReadOptions(text_field="text", max_document_bytes=limit, **more)))


def test_csv_with_everything_in_it(tmp_path: Path) -> None:
    """Refutes: a broken record that takes its neighbours with it, and places that are not where the record begins."""
    parts = [
        b'\xef\xbb\xbfid,"text",n\n',
        b'1,"a ""quoted"", two\nlines",x\n',
        b"\n",
        b'2,stray "quotes" are text,x\n',
        b'3,"bad" tail,x\n',
        b"4,too few\n",
        b"5,\xff,x\n",
        b'6,"' + b'long, ""so""\n' * 20 + b'",x\n',
        b"7," + b"y" * 200 + b",x\n",
        b"8,,x\r\n",
        b"\xff,id and n may be anything here,\xfe\n",
        b'9,"never closed\n',
    ]
    path = tmp_path / "a.csv"
    path.write_bytes(b"".join(parts))
    found = read(path, id_field=None)
    shown = [item.text if isinstance(item, Row) else item.reason.value for item in found]
    assert shown == [
        'a "quoted", two\nlines',
        'stray "quotes" are text',
        "malformed_csv",
        "malformed_csv",
        "invalid_utf8",
        "too_large",
        "too_large",
        "",
        "id and n may be anything here",
        "malformed_csv",
    ]
    begins = [sum(map(len, parts[:i])) for i in range(len(parts))]
    lines = [1 + b"".join(parts[:i]).count(b"\n") for i in range(len(parts))]
    for item, part in zip(found, [1, 3, 4, 5, 6, 7, 8, 9, 10, 11], strict=True):
        if isinstance(item, Row):
            assert item.id == f"{path}#{begins[part]}"
        else:
            assert (item.offset, item.line) == (begins[part], lines[part])
    assert [item.id for item in read(path, id_field="id") if isinstance(item, Row)][:2] == ["1", "2"]


def test_csv_without_the_column_and_with_a_broken_head(tmp_path: Path) -> None:
    """Refutes: a file without its columns gives rows, or rejects that do not say why."""
    (tmp_path / "a.tsv").write_text("body\tn\nx\t1\n")
    (found,) = read(tmp_path / "a.tsv", id_field=None)
    assert isinstance(found, Reject)
    assert (found.reason, found.detail) == (RejectReason.MISSING_TEXT, "no 'text' among 'body', 'n'")
    (tmp_path / "b.csv").write_bytes(b"text\xff\nrow\n")
    assert [item.reason for item in read(tmp_path / "b.csv", id_field=None) if isinstance(item, Reject)] == [
        RejectReason.INVALID_UTF8,
        RejectReason.UNREADABLE,
    ]


def test_a_saved_dataset(tmp_path: Path) -> None:
    """Refutes: the files of `save_to_disk` read in another order, or not as one dataset."""
    datasets.disable_progress_bars()
    saved = datasets.Dataset.from_dict({"text": TEXTS, "n": list(range(4))}).select([3, 1, 0])
    saved.save_to_disk(str(tmp_path / "saved"), num_shards=2)
    assert texts(tmp_path / "saved", tmp_path / "out") == [TEXTS[3], TEXTS[1], TEXTS[0]]
    datasets.DatasetDict(train=saved, test=saved).save_to_disk(str(tmp_path / "dict"))
    with pytest.raises(ConfigError, match=r"name one of its splits, .*dict/train or .*dict/test"):
        fluxem_prep.build(tmp_path / "dict", tmp_path / "out2")
    assert len(texts(tmp_path / "dict" / "test", tmp_path / "out2")) == 3


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that `datasets` streams as it would a dataset of the Hub."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    folder = tmp_path / "mirror"
    folder.mkdir()
    rows = [{"text": text, "key": f"k{i}", "other": i} for i, text in enumerate(TEXTS * 200)]
    (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "test.jsonl").write_text(json.dumps(rows[0]) + "\n")
    return folder


def test_a_dataset_of_the_hub(mirror: Path, tmp_path: Path) -> None:
    """Refutes: the stream loses rows, is read twice, or the ids are not the row numbers."""
    rows = built(f"hub:{mirror}", tmp_path / "out", shard_bytes=2000)
    assert rows == [(f"hub:{mirror}#{i}", text) for i, text in enumerate(TEXTS * 200)]
    assert built(f"hub:{mirror}", tmp_path / "ids", id_field="key")[799] == ("k799", TEXTS[3])
    assert texts(f"hub:{mirror}::test", tmp_path / "test") == TEXTS[:1]
    (mirror / "train.jsonl").unlink()  # the spooled copy is all that a resumed build needs
    assert built(f"hub:{mirror}", tmp_path / "out", shard_bytes=2000) == rows


def test_what_is_wrong_with_a_dataset_of_the_hub(mirror: Path, tmp_path: Path) -> None:
    """Refutes: a typo ends in a traceback, or in a build without rows."""
    for name, more, words in [
        (f"hub:{mirror}::nosplit", {}, "cannot read the dataset"),
        (f"hub:{tmp_path / 'missing'}", {}, "cannot read the dataset"),
        (f"hub:{mirror}", {"text_field": "body"}, "has no column 'body', it has text, key, other"),
    ]:
        with pytest.raises(ConfigError, match=words):
            fluxem_prep.build(name, tmp_path / "out", **more)


def test_what_looks_like_a_name_on_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refutes: a mistyped path goes to the network."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    assert is_hub("owner/name", is_known)
    assert is_hub("hub:name", is_known)
    for name in ("data/missing", "missing", "corpus/a.jsonl", "a/b/c", "/a/b", "./b"):
        assert not is_hub(name, is_known)


def test_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refutes: a stream that is lost for a task that is done again, or silently replaced by another."""
    data = "".join(json.dumps({"text": text}) + "\n" for text in TEXTS).encode()
    monkeypatch.setattr("sys.stdin", Stdin(data))
    rows = built("-", tmp_path / "out", shard_bytes=30)
    assert [text for _, text in rows] == TEXTS
    assert rows[1][0] == f"stdin#{data.index(b'5 km') - 10}"
    (tmp_path / "out" / "manifest.json").unlink()
    for again in (Stdin(b""), Stdin(b"ignored", tty=True), Stdin(data)):
        next((tmp_path / "out" / "data").iterdir()).unlink()
        monkeypatch.setattr("sys.stdin", again)
        assert built("-", tmp_path / "out", shard_bytes=30) == rows
    monkeypatch.setattr("sys.stdin", Stdin(data + b"\n"))
    with pytest.raises(OutputFolderError, match=rf"input stdin: size: it has {len(data)}, this one {len(data) + 1}"):
        fluxem_prep.build("-", tmp_path / "out", shard_bytes=30)


def test_standard_input_of_another_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refutes: the format of a stream is guessed."""
    monkeypatch.setattr("sys.stdin", Stdin(b"text\n1 + 2\n"))
    assert texts("-", tmp_path / "out", stdin_format="csv") == ["1 + 2"]
    monkeypatch.setattr("sys.stdin", Stdin(b"a\nb\n"))
    assert texts("-", tmp_path / "lines", stdin_format="txt", lines=True) == ["a", "b"]
    with pytest.raises(ConfigError, match=r"stdin format: expected one of \.txt, \.jsonl"):
        fluxem_prep.build("-", tmp_path / "out2", stdin_format="pdf")
    monkeypatch.setattr("sys.stdin", Stdin(b"", tty=True))
    with pytest.raises(ConfigError, match="pipe something into this command"):
        fluxem_prep.build("-", tmp_path / "out3")


@pytest.fixture
def memory() -> Any:
    system = fsspec.filesystem("memory")
    system.pipe("/corpus/a.jsonl", "".join(json.dumps({"text": text}) + "\n" for text in TEXTS).encode())
    system.pipe("/corpus/deep/b.txt", b"2 + 3")
    system.pipe("/corpus/notes.md", b"no input")
    yield system
    system.rm("/corpus", recursive=True)


def test_urls(memory: Any, tmp_path: Path) -> None:
    """Refutes: remote files cannot be listed, cut, pinned or read like local ones."""
    assert texts("memory://corpus", tmp_path / "folder", shard_bytes=40) == [*TEXTS, "2 + 3"]
    assert texts("memory://corpus/*.jsonl", tmp_path / "pattern") == TEXTS
    rows = built("memory://corpus/a.jsonl", tmp_path / "file", shard_bytes=20)
    assert [place.rpartition("#")[0] for place, _ in rows] == ["memory://corpus/a.jsonl"] * 4
    with fsspec.open("memory://corpus/c.parquet", "wb") as file:
        pq.write_table(pq.read_table(next((tmp_path / "pattern" / "data").iterdir())), file)
    assert texts("memory://corpus/c.parquet", tmp_path / "table") == TEXTS
    memory.pipe("/corpus/a.jsonl", b'{"text": "changed"}\n')
    with pytest.raises(OutputFolderError, match=r"input memory://corpus/a.jsonl: size: it has \d+, this one 20"):
        fluxem_prep.build("memory://corpus/a.jsonl", tmp_path / "file", shard_bytes=20)


def test_what_is_wrong_with_a_url(memory: Any, tmp_path: Path) -> None:
    """Refutes: a wrong URL ends in a traceback."""
    assert memory.exists("/corpus")
    for url, words in [
        ("memory://nowhere.jsonl", "no such file or folder"),
        ("nosuch://x/a.jsonl", "cannot use nosuch://x/a.jsonl: Protocol not known"),
        ("memory://corpus/notes.md", "expected a file that ends in"),
    ]:
        with pytest.raises(ConfigError, match=words):
            fluxem_prep.build(url, tmp_path / "out")


@pytest.mark.parametrize("failures", [5, 6])
def test_a_busy_server_costs_no_row(
    failures: int, memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refutes: a network error becomes a reject; two tries of each of three tries of the task, then the build ends."""
    monkeypatch.setattr(patience, "PAUSES", (0.0,))
    left = [failures]
    real = memory.open

    class Busy:
        def __init__(self, file: Any) -> None:
            self._file = file

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

        def read(self, size: int) -> bytes:
            if left[0]:
                left[0] -= 1
                raise ConnectionResetError("the server is busy")
            data: bytes = self._file.read(size)
            return data

    monkeypatch.setattr(type(memory), "open", lambda _self, path, mode="rb", **_: Busy(real(path, mode)))

    def build() -> BuildResult:
        return fluxem_prep.build("memory://corpus/a.jsonl", tmp_path / "out")

    if failures == 6:
        with pytest.raises(
            BuildError, match=r"task 0 \(memory://corpus/a.jsonl from 0 to \d+\) failed 3 times: .*busy"
        ):
            build()
    result = build()
    assert (result.rows, result.rejected) == (4, 0)
    assert remote.is_url("memory://corpus/a.jsonl")


def test_an_earlier_build_inside_the_inputs_is_refused(tmp_path: Path) -> None:
    """Refutes: the shards of an earlier build read as a second corpus, which doubles every row."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text('{"text": "1 + 2"}\n')
    fluxem_prep.build(tmp_path / "in", tmp_path / "in" / "out")
    with pytest.raises(ConfigError, match="output of a build"):
        fluxem_prep.build(tmp_path / "in", tmp_path / "in" / "again")
    assert fluxem_prep.build(tmp_path / "in" / "out", tmp_path / "again").rows == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_no_input(tmp_path):
    """Refutes: a build that waits for ever for what nobody writes."""
    os.mkfifo(tmp_path / "a.txt")
    for given in (tmp_path, tmp_path / "a.txt"):
        with pytest.raises(ConfigError, match="regular file"):
            fluxem_prep.build(given, tmp_path / "out")
