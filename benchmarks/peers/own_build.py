"""Our build: JSON Lines in, hybrid shards out; token-free where no tokenizer is given."""

import importlib
import json

from clock import arguments, report

import fluxem_prep

for name in ("pyarrow.parquet", "datasets", "tokenizers", "gigatoken", "awkward", "fluxem_prep.pipeline.run"):
    importlib.import_module(name)  # the clock does not run for imports, here as elsewhere


def job() -> dict[str, object]:
    """One build."""
    result = fluxem_prep.build(
        [str(options.input)],
        options.out / "shards",
        tokenizer=None if options.tokenizer is None else str(options.tokenizer),
        tokenizer_backend=options.backend,
        workers=options.workers,
    )
    manifest = json.loads((result.out / "manifest.json").read_text("utf-8"))
    return {"spans": sum(shard["spans"] for shard in manifest["shards"]), "rows": manifest["rows"]["out"]}


if __name__ == "__main__":  # workers import this file again
    options = arguments()
    report(job)
