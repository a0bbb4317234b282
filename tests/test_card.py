"""The dataset card: what a reader of the folder, and `datasets`, learn from it."""

import datasets
import pytest
import yaml

import fluxem_prep
from fluxem.vocabulary import DOMAIN_NAMES, REASON_NAMES

CORPUS = '{"text": "Take 2 mol H2O, 5 km."}\n{"text": "7 / 0 and 10 * 20"}\n{bad\n'


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("card")
    (folder / "a.jsonl").write_text(CORPUS)
    return fluxem_prep.build(folder / "a.jsonl", folder / "out", split="dev").out


@pytest.fixture(scope="module")
def card(out):
    return (out / "README.md").read_text(encoding="utf-8")


def test_names_of_types_and_reasons_are_class_labels(out, tmp_path):
    """Refutes: a card by which `load_dataset` shows bare numbers."""
    rows = datasets.load_dataset(str(out), split="dev", cache_dir=str(tmp_path))
    assert rows.features["span_domain"].feature.names == list(DOMAIN_NAMES)
    assert rows.features["failure_domain"].feature.names == list(DOMAIN_NAMES)
    assert rows.features["failure_reason"].feature.names == list(REASON_NAMES)
    failed = [rows.features["failure_reason"].feature.int2str(i) for row in rows for i in row["failure_reason"]]
    assert failed == ["division_by_zero"]


def test_the_head_is_yaml_and_leaves_the_licence_to_the_user(card):
    """Refutes: a head that the Hub cannot read, or a licence that nobody chose."""
    head = yaml.safe_load(card.split("---\n")[1])
    assert head["configs"][0]["data_files"] == [{"split": "dev", "path": "data/dev-*.parquet"}]
    assert head["dataset_info"]["splits"][0]["num_examples"] == 2
    assert "license" not in head
    assert "## Licence\n\nNot stated." in card


def test_counts_and_settings_are_those_of_the_build(card):
    """Refutes: a card with other counts, or without what decides the bytes."""
    assert "2 documents" in card
    assert "| QUANTITY | 2 | 0 |" in card
    assert "| ARITHMETIC | 1 | 1 |" in card
    assert "| `division_by_zero` | 1 |" in card
    assert "| `malformed_json` | 1 |" in card
    assert '"split": "dev"' in card
    assert "tokenizer none" in card


def test_the_line_that_loads_it_is_right(card, out):
    """Refutes: a snippet that fails."""
    code = card.split("```python\n")[1].split("```")[0].replace("path/to/this/folder", str(out))
    names = {}
    exec(compile(code, "card", "exec"), names)
    assert sum(1 for _ in names["rows"]) == 2


def test_the_card_does_not_depend_on_workers_or_folders(out, tmp_path):
    """Refutes: a card with a path, a time or a number of workers in it."""
    (tmp_path / "elsewhere.jsonl").write_text(CORPUS)
    other = fluxem_prep.build(tmp_path / "elsewhere.jsonl", tmp_path / "o", split="dev", engine="local", workers=2)
    mine, theirs = ((folder / "README.md").read_text() for folder in (out, other.out))
    numbers = ("num_bytes", "download_size", "dataset_size")  # ids hold the name of the input
    assert [line for line in mine.splitlines() if not line.strip().startswith(numbers)] == [
        line for line in theirs.splitlines() if not line.strip().startswith(numbers)
    ]
