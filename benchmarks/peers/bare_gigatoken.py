"""The floor of any build with tokens: gigatoken, its flat array straight to pyarrow, Parquet with zstd 3."""

import awkward  # noqa: F401 - gigatoken loads it with the first batch; here it belongs to the imports
import gigatoken
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from clock import arguments, batches, report

SCHEMA = pa.schema({"id": pa.string(), "source": pa.string(), "text": pa.string(), "input_ids": pa.list_(pa.int32())})


def job() -> dict[str, object]:
    """Write one file."""
    tokenizer = gigatoken.Tokenizer.from_json(options.tokenizer.read_text("utf-8"))
    tokens = 0
    with pq.ParquetWriter(options.out / "tokens.parquet", SCHEMA, compression="zstd", compression_level=3) as writer:
        for batch in batches(options.input):
            texts = [record["text"] for record in batch]
            layout = tokenizer.encode_batch(texts, parallel=False).layout
            offsets, ids = layout.offsets.data.astype(np.int32), layout.content.data.astype(np.int32)
            tokens += len(ids)
            lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(ids))
            columns = [[record["id"] for record in batch], [options.input.name] * len(batch), texts]
            arrays = [*(pa.array(column, pa.string()) for column in columns), lists]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=SCHEMA))
    return {"tokens": tokens}


options = arguments()
report(job)
