"""The row of a shard (schema version 1), derived from `fluxem.vocabulary`.

Parallel lists, not lists of structs: they load through `datasets` three times faster as numpy, and statistics
can be read without touching the vectors. The layout is append-only: `shard_v1.json` beside this file is the
committed reference, additions pass its test, changes and removals fail.

Parquet settings, each measured on the shards themselves:

* zstd level 3; level 9 costs three times the time for 4 % of the bytes.
* PLAIN on the vector leaf. The vectors are about 90 % zeros, so PLAIN under zstd beats BYTE_STREAM_SPLIT on size
  and speed. `use_dictionary=True` would silently win over `column_encoding`, so the dictionary columns are listed.
* A CRC-32 of each page, which readers verify: zstd frames have none here, and a bit that flips in a page of floats is
  read as another float. It costs 8 bytes a page, a tenth of writing and a twentieth of reading (a row group of 260 kB:
  0.103 s to 0.118 s, and 0.042 s to 0.045 s).
* No statistics on the vector leaf and the text: nobody filters by their minimum, and they cost time and footer bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

from fluxem.vocabulary import SCHEMA_VERSION, VECTOR_DIM, vocabulary

VECTOR_TYPE: Final = pa.list_(pa.float32(), VECTOR_DIM)
"""One span's vector."""

SHARD_SCHEMA: Final = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("encoder", pa.string()),
        ("text", pa.string()),
        ("span_start", pa.list_(pa.int32())),
        ("span_end", pa.list_(pa.int32())),
        ("span_domain", pa.list_(pa.uint8())),
        ("span_vector", pa.list_(VECTOR_TYPE)),
        ("failure_start", pa.list_(pa.int32())),
        ("failure_end", pa.list_(pa.int32())),
        ("failure_domain", pa.list_(pa.uint8())),
        ("failure_reason", pa.list_(pa.uint8())),
        ("input_ids", pa.list_(pa.int32())),
        ("span_input_ids", pa.list_(pa.list_(pa.int32()))),
    ]
)
"""Columns in order. Only `input_ids` and `span_input_ids` are ever null: all rows, where no tokenizer was given."""

DOMAIN_COLUMNS: Final = ("span_domain", "failure_domain")
"""Columns of `fluxem.vocabulary.DomainType` ids."""

REASON_COLUMNS: Final = ("failure_reason",)
"""Columns of `fluxem.vocabulary.FailureReason` ids."""

VECTOR_LEAF: Final = "span_vector.list.element.list.element"
"""Path of the float32 leaf in the Parquet schema."""

DICTIONARY_LEAVES: Final = (
    "source",
    "encoder",
    "span_domain.list.element",
    "failure_domain.list.element",
    "failure_reason.list.element",
    "input_ids.list.element",
    "span_input_ids.list.element.list.element",
)

STATISTICS_LEAVES: Final = ("id", "source", "encoder", *DICTIONARY_LEAVES[2:5])

PARQUET_OPTIONS: Final[dict[str, Any]] = {
    "compression": "zstd",
    "compression_level": 3,
    "use_dictionary": list(DICTIONARY_LEAVES),
    "column_encoding": {VECTOR_LEAF: "PLAIN"},
    "write_statistics": list(STATISTICS_LEAVES),
    "write_page_index": True,
    "write_page_checksum": True,
    "version": "2.6",
}
"""Keyword arguments of `pyarrow.parquet.ParquetWriter`."""


def shard_metadata(*, encoder: str, tokenizer_sha256: str | None, config: Mapping[str, object]) -> dict[str, str]:
    """Schema metadata of every shard of a build, keys prefixed `fluxem.`.

    Args:
        encoder: the value of the column `encoder`.
        tokenizer_sha256: hash of the tokenizer file, None without a tokenizer.
        config: the settings on which the bytes of a shard depend, as JSON values.
    """
    return {
        "fluxem.schema_version": str(SCHEMA_VERSION),
        "fluxem.vector_dim": str(VECTOR_DIM),
        "fluxem.vocabulary": json.dumps(vocabulary(), sort_keys=True),
        "fluxem.encoder": encoder,
        "fluxem.tokenizer_sha256": tokenizer_sha256 or "",
        "fluxem.config": json.dumps(config, sort_keys=True),
    }


def layout() -> dict[str, object]:
    """What is promised on disk, as the reference file `shard_v1.json` holds it."""
    return {
        "schema_version": SCHEMA_VERSION,
        "columns": [{"name": field.name, "type": _type_name(field.type)} for field in SHARD_SCHEMA],
        "metadata_keys": list(shard_metadata(encoder="", tokenizer_sha256=None, config={})),
    }


def _type_name(kind: pa.DataType) -> str:
    """A type without the names of list children, which differ between Arrow and Parquet."""
    if pa.types.is_fixed_size_list(kind):
        return f"fixed_size_list<{_type_name(kind.value_type)}>[{kind.list_size}]"
    if pa.types.is_list(kind):
        return f"list<{_type_name(kind.value_type)}>"
    return str(kind)
