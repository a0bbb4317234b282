"""`fluxem-prep preview`: the segments of one text, in colour, as a table, or as JSON."""

from __future__ import annotations

import errno
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fluxem.errors import ConfigError
from fluxem.integration.detector import Detector
from fluxem.vocabulary import DOMAIN_NAMES, REASON_NAMES, DomainType

from .display import domain_style, plain_table, visible
from .plain_text import counted
from .value_words import decoded_words, field_words

MAX_BYTES: Final = 1_000_000
_ROWS: Final = 200
_VALUE: Final = 200
_FILE_NAME: Final = re.compile(r"[\w./~-]*[\w-]\.(?:txt|text|md|rst|tex|html?|jsonl?|ndjson|csv|tsv|ya?ml|py)")
"""What nobody means as a text: a misspelt name should not be looked at as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A span, or a candidate that stayed text."""

    start: int
    """First code point."""
    end: int
    """End, exclusive."""
    domain: str
    """What it is, or what was tried."""
    reason: str | None
    """Why there is no vector; None for a span."""
    vector: npt.NDArray[np.float32] | None
    """Its code (128,); None for a failure."""

    @property
    def encoding(self) -> str:
        """The fields that its code uses; empty for a failure."""
        return "" if self.vector is None else field_words(DomainType[self.domain], self.vector)

    @property
    def value(self) -> str:
        """What its code decodes to; empty for a failure."""
        return "" if self.vector is None else decoded_words(DomainType[self.domain], self.vector)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a build would make of a text."""

    text: str
    """The text."""
    found: tuple[Found, ...]
    """Spans and failures, in order of place; disjoint."""

    @property
    def failures(self) -> int:
        """Candidates that stayed text."""
        return sum(item.reason is not None for item in self.found)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {"text": self.text, "segments": [self._segment(*piece) for piece in self._pieces()]}

    def _pieces(self) -> Iterable[tuple[int, int, Found | None]]:
        place = 0
        for item in self.found:
            if item.start > place:
                yield place, item.start, None
            yield item.start, item.end, item
            place = item.end
        if place < len(self.text):
            yield place, len(self.text), None

    def _segment(self, start: int, end: int, item: Found | None) -> dict[str, Any]:
        base = {"text": self.text[start:end], "start": start, "end": end}
        if item is None:
            return {**base, "type": "TEXT"}
        if item.vector is None:
            return {**base, "type": "TEXT", "tried": item.domain, "reason": item.reason}
        code = {"encoding": item.encoding, "value": item.value, "vector": item.vector.tolist()}
        return {**base, "type": item.domain, **code}

    def show(self) -> RenderableType:
        """The text with its spans in colour, and a table of the spans and of the candidates that stayed text."""
        line = Text(overflow="fold")
        for start, end, item in self._pieces():
            line.append(visible(self.text[start:end]), _style(item))
        rows = [self._table()] if self.found else []
        more = [Text(f"... and {len(self.found) - _ROWS} more")] if len(self.found) > _ROWS else []
        spans = len(self.found) - self.failures
        summary = Text(f"{counted(spans, 'span')}, {counted(self.failures, 'candidate')} that stayed text")
        return Group(line, Text(), *rows, *more, summary)

    def _table(self) -> Table:
        names = ("type", "encoding", "value", *(["why not"] if self.failures else []))
        table = plain_table("segment", *names)
        for item in self.found[:_ROWS]:
            surface = Text(visible(self.text[item.start : item.end], inline=True), _style(item))
            kind = Text(f"not {item.domain}" if item.reason else item.domain, _style(item))
            value = Text(visible(item.value[:_VALUE], inline=True))
            table.add_row(surface, kind, item.encoding, value, *([item.reason or ""] if self.failures else []))
        return table


def _style(item: Found | None) -> str:
    if item is None:
        return ""
    return "underline red" if item.vector is None else f"bold {domain_style(item.domain)}"


def make_preview(text: str, domains: Iterable[DomainType]) -> Preview:
    """Detect and encode, as a build does."""
    batch = Detector(domains).analyze_batch([text])
    spans = zip(batch.span_start.tolist(), batch.span_end.tolist(), batch.span_domain.tolist(), strict=True)
    columns = (batch.failure_start, batch.failure_end, batch.failure_domain, batch.failure_reason)
    failures = zip(*(column.tolist() for column in columns), strict=True)
    found = [
        Found(start=start, end=end, domain=DOMAIN_NAMES[domain], reason=None, vector=vector)
        for (start, end, domain), vector in zip(spans, batch.span_vector, strict=True)
    ] + [
        Found(start=start, end=end, domain=DOMAIN_NAMES[domain], reason=REASON_NAMES[reason], vector=None)
        for start, end, domain, reason in failures
    ]
    return Preview(text=text, found=tuple(sorted(found, key=lambda item: item.start)))


def read_text(given: str) -> str:
    """Standard input for `-`, the content of a file of that name, if there is one, else the argument itself.

    Raises:
        ConfigError: it looks like a file's name and is none, it is too large, or cannot be read as UTF-8.
    """
    if not given:
        return given
    name = "standard input" if given == "-" else given
    try:
        data = _read(given)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        if _FILE_NAME.fullmatch(given):
            raise ConfigError(f"no such file: {given}; to look at these very characters, pipe them into `-`") from None
        return given
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return given
        raise ConfigError(f"cannot preview {name}: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise ConfigError(f"cannot preview {name}: expected at most {MAX_BYTES:,} bytes; build it instead")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise ConfigError(f"cannot preview {name}: expected a text in UTF-8 ({error})") from None


def _read(given: str) -> bytes:
    if given == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    with Path(given).open("rb") as file:
        return file.read(MAX_BYTES + 1)
