"""The ids of both backends over all texts of a folder, whole and cut at our spans, until the time is over."""

import gzip
import json
import time

import numpy as np
from clock import arguments, report

from fluxem.domains import DOMAINS
from fluxem.integration.detector import OFF_BY_DEFAULT, Detector
from fluxem_prep.pipeline.llm_tokenizer import load_tokenizer
from fluxem_prep.pipeline.mixed_stream import mix

BATCH = 128


def job() -> dict[str, object]:
    """Compare the token columns of a build, and the ids of whole documents."""
    fast, library = (load_tokenizer(str(options.tokenizer), name) for name in ("gigatoken", "tokenizers"))
    detector = Detector(tuple(sorted(DOMAINS.keys() - OFF_BY_DEFAULT)))
    end = time.monotonic() + options.seconds
    documents = size = differing = 0
    for path in sorted(options.input.rglob("*.jsonl.gz"), key=lambda path: path.stat().st_size):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            texts = [json.loads(line)["text"] for line in lines]
        for batch in (texts[i : i + BATCH] for i in range(0, len(texts), BATCH)):
            if time.monotonic() > end:
                return {"documents": documents, "bytes": size, "differing": differing}
            documents, size = documents + len(batch), size + sum(len(text.encode()) for text in batch)
            spans = detector.analyze_batch(batch)
            mine, its = mix(batch, spans, fast), mix(batch, spans, library)
            same = np.array_equal(mine.input_ids, its.input_ids) and np.array_equal(mine.span_ids, its.span_ids)
            starts = np.ones(len(batch), np.bool_)
            whole, its_whole = fast.encode_pieces(batch, starts)[1], library.encode_pieces(batch, starts)[1]
            differing += not (same and np.array_equal(whole, its_whole))
    return {"documents": documents, "bytes": size, "differing": differing}


options = arguments()
report(job)
