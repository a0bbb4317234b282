"""Quantities that `quantulum3` sees; runs in the environment that has it, not in ours.

    python spans_quantulum.py SECONDS < records.jsonl > spans.jsonl

Numbers without a unit and sums of money are left out, as they are in the labels. A record that takes longer than
SECONDS, or on which the package raises, gets no spans and `"stopped": true`.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
import warnings
from types import FrameType
from typing import Any

warnings.simplefilter("ignore")  # it warns that its optional classifier is not installed
from quantulum3 import parser  # noqa: E402 - after the filter


class OverTimeError(BaseException):
    """Raised by the alarm; no `except Exception` on the way stops it."""


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise OverTimeError


def spans(text: str) -> list[dict[str, Any]]:
    """The quantities of `text` that have a unit."""
    found = []
    for quantity in parser.parse(text):
        start, end = quantity.span
        if quantity.unit.name != "dimensionless" and quantity.unit.entity.name != "currency" and start < end:
            found.append({"start": start, "end": min(end, len(text)), "type": "QUANTITY"})
    return found


def main() -> None:
    """One line out for each line in."""
    limit = float(sys.argv[1])
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGALRM, _stop)
    for line in sys.stdin:
        record = json.loads(line)
        answer: dict[str, Any] = {"id": record["id"], "spans": []}
        signal.setitimer(signal.ITIMER_REAL, limit)
        try:
            answer["spans"] = spans(record["text"])
        except OverTimeError:
            answer["stopped"] = True
        except Exception:  # whatever the package raises is its answer to this record
            answer["stopped"] = True
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
