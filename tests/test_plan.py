"""Inputs and the plan: what is read, in which order, and how it is cut."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fluxem.errors import ConfigError
from fluxem.vocabulary import DomainType
from fluxem_prep.pipeline.config import BuildConfig, parse_size, resolve_domains
from fluxem_prep.pipeline.plan import Plan, find_inputs, make_plan


def plan(
    *inputs: object, shard_bytes: int = 100, workers: int = 1, out: Path = Path("no-such-out"), **settings: object
) -> Plan:
    config = BuildConfig(
        inputs=tuple(map(str, inputs)),
        out=out,
        domains=(DomainType.ARITHMETIC,),
        shard_bytes=shard_bytes,
        workers=workers,
        **settings,  # type: ignore[arg-type]
    )
    return make_plan(config, find_inputs(config))


def sources(found: Plan) -> list[str]:
    return [Path(file.source).name for file in found.files]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    (folder / "sub").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    for name, size in [("b.txt", 30), ("a.jsonl", 250), ("sub/c.txt", 40), ("notes.md", 5), (".hidden/d.txt", 5)]:
        (folder / name).write_bytes(b"x" * size)
    return folder


def test_folders_are_searched_and_sorted(corpus: Path) -> None:
    assert sources(plan(corpus)) == ["a.jsonl", "b.txt", "c.txt"]
    assert sources(plan(corpus / "sub", corpus / "a.jsonl")) == ["c.txt", "a.jsonl"]


def test_patterns(corpus: Path) -> None:
    assert sources(plan(corpus / "*.txt")) == ["b.txt"]
    assert sources(plan(corpus / "**" / "*.txt")) == ["b.txt", "c.txt"]


def test_a_file_named_twice_is_read_once(corpus: Path) -> None:
    assert sources(plan(corpus / "b.txt", corpus, corpus / "sub" / ".." / "b.txt")) == ["b.txt", "a.jsonl", "c.txt"]


def test_linked_folders_are_read_once(corpus: Path, tmp_path: Path) -> None:
    """Refutes: rows lost behind a link, read twice by two ways, and a walk without end."""
    (tmp_path / "far" / "deep").mkdir(parents=True)
    (tmp_path / "far" / "d.txt").touch()
    (tmp_path / "far" / "deep" / "e.txt").touch()
    (corpus / "a-link").symlink_to(tmp_path / "far" / "deep")
    (corpus / "link").symlink_to(tmp_path / "far")
    (corpus / "sub" / "again").symlink_to(corpus / "sub")
    (tmp_path / "far" / "back").symlink_to(corpus)
    read = [str(Path(file.source).relative_to(corpus)) for file in plan(corpus).files]
    assert read == ["a-link/e.txt", "a.jsonl", "b.txt", "link/d.txt", "sub/c.txt"]
    assert sources(plan(corpus, out=tmp_path / "far")) == ["e.txt", "a.jsonl", "b.txt", "c.txt"]


def test_sources_stay_as_given(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(corpus.parent)
    assert [file.source for file in plan("corpus/sub", "corpus/b.txt").files] == ["corpus/sub/c.txt", "corpus/b.txt"]


def test_the_output_folder_is_no_input(corpus: Path) -> None:
    out = corpus / "out"
    out.mkdir()
    (out / "shard.parquet").touch()
    assert "shard.parquet" not in sources(plan(corpus, out=out))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.txt", "no such file or folder"),
        ("notes.md", "expected a file that ends in .txt"),
        ("empty", "nothing to read"),
        ("*.csv", "nothing to read"),
    ],
)
def test_inputs_that_cannot_be_read(name: str, words: str, corpus: Path) -> None:
    (corpus / "empty").mkdir()
    with pytest.raises(ConfigError, match=words):
        plan(corpus / name)


def test_a_name_that_is_not_utf8(corpus: Path) -> None:
    Path(os.fsdecode(bytes(corpus) + b"/\xff.txt")).touch()
    with pytest.raises(ConfigError, match="rename"):
        plan(corpus)


def test_large_files_are_cut_and_small_ones_share(corpus: Path) -> None:
    tasks = plan(corpus).tasks
    cut = [[(Path(part.source).name, part.start, part.stop) for part in task.slices] for task in tasks]
    assert cut == [
        [("a.jsonl", 0, 83)],
        [("a.jsonl", 83, 166)],
        [("a.jsonl", 166, 250)],
        [("b.txt", 0, None), ("c.txt", 0, None)],
    ]
    assert [task.index for task in tasks] == [0, 1, 2, 3]


def test_the_plan_does_not_depend_on_workers(corpus: Path) -> None:
    assert plan(corpus, workers=1) == plan(corpus, workers=7)


def test_tables_are_cut_between_row_groups(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"text": ["x" * 1000 + str(i) for i in range(10)]}), path, row_group_size=2)
    assert [(task.slices[0].start, task.slices[0].stop) for task in plan(path, shard_bytes=1).tasks] == [
        (i, i + 1) for i in range(5)
    ]
    assert len(plan(path, shard_bytes=1 << 20).tasks) == 1


def test_a_table_that_cannot_be_read_still_has_its_task(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(b"PAR1 not really")
    assert len(plan(tmp_path).tasks) == 1


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("workers", 0),
        ("max_reject_rate", 1.5),
        ("split", "a/b"),
        ("split", ""),
        ("text_field", ""),
        ("shard_bytes", 0),
        ("inputs", ()),
        ("max_document_bytes", 1 << 40),
    ],
)
def test_settings_out_of_range(setting: str, value: object) -> None:
    good = {"inputs": ("x",), "out": Path("o"), "domains": (DomainType.ARITHMETIC,)}
    with pytest.raises(ConfigError, match=setting.replace("_", " ")):
        BuildConfig(**{**good, setting: value})  # type: ignore[arg-type]


def test_domains() -> None:
    assert resolve_domains(["quantity,Arithmetic", "QUANTITY"]) == (DomainType.ARITHMETIC, DomainType.QUANTITY)
    assert resolve_domains([DomainType.ARITHMETIC]) == (DomainType.ARITHMETIC,)
    assert DomainType.NUMBER not in resolve_domains(None)
    with pytest.raises(ConfigError, match=r"unknown domain QUANTITIES \(did you mean QUANTITY\?\)"):
        resolve_domains(["quantities"])
    with pytest.raises(ConfigError, match="unknown domain TEXT"):
        resolve_domains(["TEXT"])
    with pytest.raises(ConfigError, match="at least one"):
        resolve_domains([" , "])


def test_sizes() -> None:
    assert [parse_size(text) for text in ("12", "2K", "64M", "64MiB", "1.5g")] == [
        12,
        2048,
        64 << 20,
        64 << 20,
        3 << 29,
    ]
    for text in ("", "-1", "M", "1T", "64 apples"):
        with pytest.raises(ConfigError, match="number of bytes"):
            parse_size(text)
