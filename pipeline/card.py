"""The dataset card: OUT/README.md, by which `datasets.load_dataset(OUT)` knows the types of the columns."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from fluxem._version import __version__
from fluxem.vocabulary import DOMAIN_NAMES, REASON_NAMES

from ..schemas.shard import DOMAIN_COLUMNS, REASON_COLUMNS, SHARD_SCHEMA
from .stats import Stats


@dataclass(frozen=True, slots=True, kw_only=True)
class CardContent:
    """What a card says: a function of the inputs, the settings and the versions."""

    split: str
    """Name of the split."""
    stats: Stats
    """Of the whole build."""
    encoder: str
    """Value of the column `encoder`."""
    tokenizer_sha256: str | None
    """Hash of the tokenizer; None without one."""
    config: Mapping[str, object]
    """Settings that decide the bytes, as JSON values."""
    shard_bytes: int
    """Size of all shards on disk."""


def dataset_card(card: CardContent) -> str:
    """The card as Markdown with its YAML head."""
    return f"---\n{_head(card.split, card.stats, card.shard_bytes)}\n---\n\n{_body(card)}"


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


def _body(card: CardContent) -> str:
    stats = card.stats
    tokenizer = "none: `input_ids` are null" if card.tokenizer_sha256 is None else f"sha256 `{card.tokenizer_sha256}`"
    return f"""\
# Hybrid training shards

{stats.rows_out:,} documents ({stats.text_bytes:,} bytes of text), {stats.encoded.total():,} spans as vectors,
{stats.failed.total():,} candidates that stayed text, {stats.rejected:,} rows rejected. Made by fluxem-prep.

## Load it

```python
import datasets

rows = datasets.load_dataset("path/to/this/folder", split="{card.split}", streaming=True)
```

For training, `fluxem.integration.load_shards` and `MixedStreamCollator` make batches of them.

## What is inside

`text[span_start[i]:span_end[i]]` (code points) is a structured object of type `span_domain[i]`; `span_vector[i]` holds
it as 128 float32. `input_ids`, where there are any, are the tokens of the text with -1 where a vector goes, and
`span_input_ids[i]` the tokens of the span's own text. `failure_*` are the candidates that have no vector, and why.

| type | spans | stayed text |
|---|---|---|
{_domains(stats)}
{_reasons("Why candidates stayed text", stats.failure_reasons)}{_reasons("Rejected rows", stats.rejects)}
## How it was built

fluxem-prep {__version__}; encoder `{card.encoder}`; tokenizer {tokenizer}; settings that decide the bytes:

```json
{json.dumps(card.config, indent=2)}
```

`manifest.json` lists the shards with their sha256, `stats.json` has the counts, `rejects/` the rows that could not
be read.

## Licence

Not stated. The corpus decides it: write it here, and as `license:` into the head of this card.
"""


def _domains(stats: Stats) -> str:
    failed: Counter[str] = Counter()
    for (domain, _), count in stats.failed.items():
        failed[domain] += count
    names = sorted({*stats.encoded, *failed}, key=lambda name: (-stats.encoded[name], name))
    return "\n".join(f"| {name} | {stats.encoded[name]:,} | {failed[name]:,} |" for name in names)


def _reasons(title: str, counts: Counter[str]) -> str:
    """A table with a blank line around it; nothing where there is nothing to count."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    rows = "\n".join(f"| `{reason}` | {count:,} |" for reason, count in ranked)
    return f"\n| {title} | |\n|---|---|\n{rows}\n" if rows else ""
