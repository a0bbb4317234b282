"""Token-only, as most people do it: `datasets.map` with the fast tokenizer, then `to_parquet`."""

from clock import arguments, report
from datasets import Dataset, disable_progress_bars
from tokenizers import Tokenizer


def job() -> dict[str, object]:
    """Write one file."""
    tokenizer = Tokenizer.from_file(str(options.tokenizer))

    def tokenize(batch: dict[str, list[str]]) -> dict[str, list[list[int]]]:
        return {
            "input_ids": [each.ids for each in tokenizer.encode_batch_fast(batch["text"], add_special_tokens=False)]
        }

    rows = Dataset.from_json(str(options.input), cache_dir=str(options.out / "cache"))
    rows = rows.map(tokenize, batched=True, new_fingerprint="tokens")
    rows.to_parquet(options.out / "tokens.parquet")
    return {}


options = arguments()
disable_progress_bars()
report(job)
