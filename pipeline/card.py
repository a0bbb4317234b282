"""The dataset card: OUT/README.md, by which `datasets.load_dataset(OUT)` knows the types of the columns."""

from __future__ import annotations

import json

import pyarrow as pa

from fluxem.vocabulary import DOMAIN_NAMES, REASON_NAMES

from ..schemas.shard import DOMAIN_COLUMNS, REASON_COLUMNS, SHARD_SCHEMA
from .stats import Stats


def dataset_card(*, split: str, stats: Stats, encoder: str, shard_bytes: int) -> str:
    """The card as Markdown with its YAML head.

    Args:
        split: name of the split.
        stats: of the whole build.
        encoder: value of the column `encoder`.
        shard_bytes: size of all shards on disk.
    """
    return f"---\n{_head(split, stats, shard_bytes)}\n---\n\n{_body(split, stats, encoder)}"


def _head(split: str, stats: Stats, shard_bytes: int) -> str:
    # JSON is YAML: one entry a line keeps it readable without a YAML library.
    features = "\n".join(f"  - {json.dumps(_feature(field))}" for field in SHARD_SCHEMA)
    return f"""\
configs:
- config_name: default
  data_files:
  - split: {split}
    path: data/{split}-*.parquet
dataset_info:
  features:
{features}
  splits:
  - name: {split}
    num_bytes: {shard_bytes}
    num_examples: {stats.rows_out}
  download_size: {shard_bytes}
  dataset_size: {shard_bytes}"""


def _feature(field: pa.Field) -> dict[str, object]:
    """A column as the `datasets` library writes it in a card."""
    if field.name in DOMAIN_COLUMNS:
        return {"name": field.name, "list": _class_label(DOMAIN_NAMES)}
    if field.name in REASON_COLUMNS:
        return {"name": field.name, "list": _class_label(REASON_NAMES)}
    kind = _type(field.type)
    return {"name": field.name, **(kind if isinstance(kind, dict) else {"dtype": kind})}


def _type(kind: pa.DataType) -> str | dict[str, object]:
    if pa.types.is_fixed_size_list(kind):
        return {"list": _type(kind.value_type), "length": kind.list_size}
    if pa.types.is_list(kind):
        return {"list": _type(kind.value_type)}
    return {"float": "float32"}.get(str(kind), str(kind))


def _class_label(names: tuple[str, ...]) -> dict[str, object]:
    return {"class_label": {"names": {str(i): name for i, name in enumerate(names)}}}


def _body(split: str, stats: Stats, encoder: str) -> str:
    counts = "\n".join(f"| {name} | {count:,} |" for name, count in stats.encoded.most_common())
    return f"""\
# Hybrid training shards

{stats.rows_out:,} documents, {stats.encoded.total():,} spans as vectors, {stats.failed.total():,} candidates that
stayed text, {stats.rejected:,} rows rejected. Made by fluxem-prep; encoder `{encoder}`.

```python
import datasets

rows = datasets.load_dataset("path/to/this/folder", split="{split}", streaming=True)
```

`text[span_start[i]:span_end[i]]` (code points) is a structured object of type `span_domain[i]`; `span_vector[i]` holds
it as 128 float32. `input_ids`, where there are any, are the tokens of the text with -1 where a vector goes, and
`span_input_ids[i]` the tokens of the span's own text. `failure_*` are the candidates that have no vector, and why.

| type | spans |
|---|---|
{counts}

`manifest.json` lists the shards with their sha256, `stats.json` has the counts, `rejects/` the rows that could not
be read.
"""
