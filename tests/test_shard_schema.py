"""The layout on disk against its committed reference: additions pass, changes and removals fail."""

from __future__ import annotations

import json
from pathlib import Path

from fluxem.vocabulary import SCHEMA_VERSION
from fluxem_prep.schemas import shard

REFERENCE = json.loads((Path(shard.__file__).parent / "shard_v1.json").read_text())


def test_the_reference_is_of_this_version() -> None:
    assert REFERENCE["schema_version"] == SCHEMA_VERSION


def test_columns_keep_their_names_types_and_order() -> None:
    columns = shard.layout()["columns"]
    assert isinstance(columns, list)
    assert columns[: len(REFERENCE["columns"])] == REFERENCE["columns"]


def test_metadata_keys_stay() -> None:
    keys = shard.layout()["metadata_keys"]
    assert isinstance(keys, list)
    assert set(REFERENCE["metadata_keys"]) <= set(keys)


def test_no_key_of_other_libraries() -> None:
    assert "huggingface" not in shard.shard_metadata(encoder="e", tokenizer_sha256=None, config={})
