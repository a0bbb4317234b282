"""The public `fluxem` 1.0.1, one document after the other, until its time is over; it hangs on some texts."""

import os
import signal
import time
from contextlib import redirect_stdout
from pathlib import Path

from clock import arguments, documents, report

from fluxem.integration.pipeline import DomainEncoderRegistry
from fluxem.integration.tokenizer import DomainType, MultiDomainTokenizer


class TimeIsOverError(Exception):
    """The alarm rang."""


def ring(*_: object) -> None:
    """Leave the document that is being read."""
    raise TimeIsOverError


def job() -> dict[str, object]:
    """Detect, and with a tokenizer given also encode what was found."""
    tokenizer, registry = MultiDomainTokenizer(), DomainEncoderRegistry()
    done = spans = failed = 0
    began, within = time.process_time(), 0.0
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, options.seconds)
    try:
        for text in texts:
            for token in tokenizer.tokenize(text):
                if token.domain is DomainType.TEXT:
                    continue
                spans += 1
                if options.tokenizer is not None:
                    try:
                        failed += registry.encode_token(token) is None
                    except (ValueError, KeyError, TypeError, OverflowError, ZeroDivisionError, AttributeError):
                        failed += 1
            done += len(text.encode())
            within = time.process_time() - began
    except TimeIsOverError:
        pass
    signal.setitimer(signal.ITIMER_REAL, 0)
    return {"bytes": done, "cpu": within, "spans": spans, "failed": failed}


options = arguments()
texts = [record["text"] for record in documents(options.input)]


def quiet_job() -> dict[str, object]:
    """It prints a line for each span that it cannot encode."""
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        return job()


report(quiet_job)
