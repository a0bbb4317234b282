"""Token-only, the plain way: `encode_batch_fast` of `tokenizers`, ids to pyarrow, Parquet with zstd 3."""

import pyarrow as pa
import pyarrow.parquet as pq
from clock import arguments, batches, report
from tokenizers import Tokenizer

SCHEMA = pa.schema({"id": pa.string(), "source": pa.string(), "text": pa.string(), "input_ids": pa.list_(pa.int32())})


def job() -> dict[str, object]:
    """Write one file."""
    tokenizer = Tokenizer.from_file(str(options.tokenizer))
    tokens = 0
    with pq.ParquetWriter(options.out / "tokens.parquet", SCHEMA, compression="zstd", compression_level=3) as writer:
        for batch in batches(options.input):
            texts = [record["text"] for record in batch]
            ids = [each.ids for each in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
            tokens += sum(map(len, ids))
            columns = [[record["id"] for record in batch], [options.input.name] * len(batch), texts, ids]
            arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=SCHEMA))
    return {"tokens": tokens}


options = arguments()
report(job)
