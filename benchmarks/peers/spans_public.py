"""Spans that the public package `fluxem` 1.0.1 sees; runs in the environment that has it, not in ours.

    python spans_public.py SECONDS < records.jsonl > spans.jsonl

A record that takes longer than SECONDS gets no spans and `"stopped": true`: the package can hang on a long number.
"""

from __future__ import annotations

import json
import signal
import sys
from types import FrameType
from typing import Any

from fluxem.integration.tokenizer import MultiDomainTokenizer


class OverTimeError(BaseException):
    """Raised by the alarm; no `except Exception` on the way stops it."""


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise OverTimeError


def spans(tokenizer: MultiDomainTokenizer, text: str) -> list[dict[str, Any]]:
    """The typed tokens of `text`."""
    found = []
    for token in tokenizer.tokenize(text):
        name = token.domain.name
        if name != "TEXT" and text[token.start : token.end].strip():
            found.append({"start": token.start, "end": token.end, "type": name})
    return found


def main() -> None:
    """One line out for each line in."""
    limit = float(sys.argv[1])
    tokenizer = MultiDomainTokenizer()
    signal.signal(signal.SIGALRM, _stop)
    for line in sys.stdin:
        record = json.loads(line)
        answer: dict[str, Any] = {"id": record["id"], "spans": []}
        signal.setitimer(signal.ITIMER_REAL, limit)
        try:
            answer["spans"] = spans(tokenizer, record["text"])
        except OverTimeError:
            answer["stopped"] = True
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
