"""Our detection alone, in batches: spans with their vectors, and failures; nothing is written."""

from clock import arguments, batches, report

from fluxem.domains import DOMAINS
from fluxem.integration.detector import OFF_BY_DEFAULT, Detector


def job() -> dict[str, object]:
    """Detect in all documents."""
    detector = Detector(tuple(sorted(DOMAINS.keys() - OFF_BY_DEFAULT)))
    spans = sum(len(detector.analyze_batch(texts).span_start) for texts in batches_of_texts)
    return {"spans": spans}


options = arguments()
batches_of_texts = [[record["text"] for record in batch] for batch in batches(options.input)]
report(job)
