"""What `fluxem-prep bench` shows: tables for people, or JSON values."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from .bench import BenchResult, Measured
from .display import plain_table
from .stage_clock import STAGES, TOKENISE

_OTHER = "other"
_WHOLE = "whole build"


def bench_json(result: BenchResult) -> dict[str, Any]:
    """Figures as JSON values; rates are a second, `size` is UTF-8 bytes of text."""
    ways = [way for way in (result.one, result.all) if way is not None]
    return {
        "inputs": result.inputs,
        "tokenizer_backend": result.backend,
        "stages": [
            {"stage": name, "seconds": seconds, **_rates(result.one, seconds)} for name, seconds in _stages(result)
        ],
        "workers": [
            {
                "workers": way.workers,
                "seconds": way.seconds,
                "loading_seconds": way.loading,
                "documents": way.documents,
                "text_bytes": way.text_bytes,
                "spans": way.spans,
                "passes": way.passes,
                **_rates(way, way.seconds),
            }
            for way in ways
        ],
        "use_workers": result.advice,
    }


def bench_tables(result: BenchResult) -> RenderableType:
    """One worker by stage, then workers, then what to do."""
    one = result.one
    stages = plain_table("one worker", "seconds", "share", "MB/s", "documents/s", "spans/s")
    for name, seconds in _stages(result):
        style = "bold" if name == _WHOLE else ""
        stages.add_row(name, f"{seconds:.2f}", f"{seconds / one.seconds:.0%}", *_cells(one, seconds), style=style)
    workers = plain_table("workers", "seconds", "MB/s", "documents/s", "spans/s", "times one", "loading s")
    for way in (one, result.all):
        if way is not None:
            times, loading = f"{way.rate / one.rate:.2f}", f"{way.loading:.1f}"
            workers.add_row(str(way.workers), f"{way.seconds:.2f}", *_cells(way, way.seconds), times, loading)
    return Group(stages, Text(), workers, Text(), *(Text(line) for line in _words(result)))


def _stages(result: BenchResult) -> list[tuple[str, float]]:
    """Stages of one worker, what lies between them, and all together."""
    seconds = result.one.stages
    shown = [name for name in STAGES if name != TOKENISE or result.backend is not None]
    rest = result.one.seconds - sum(seconds.values())
    return [*((name, seconds.get(name, 0.0)) for name in shown), (_OTHER, rest), (_WHOLE, result.one.seconds)]


def _rates(way: Measured, seconds: float) -> dict[str, float | None]:
    """What passed a stage a second of it; None where it took no time."""
    amounts = {"documents": way.documents, "megabytes": way.text_bytes / 1e6, "spans": way.spans}
    return {f"{name}_per_second": amount / seconds if seconds > 0 else None for name, amount in amounts.items()}


def _cells(way: Measured, seconds: float) -> tuple[str, str, str]:
    documents, megabytes, spans = _rates(way, seconds).values()
    return _cell(megabytes, 1), _cell(documents, 0), _cell(spans, 0)


def _cell(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _words(result: BenchResult) -> list[str]:
    one = result.one
    density = one.text_bytes / one.spans if one.spans else 0.0
    spans = f"a span every {density:,.0f} bytes" if one.spans else "no spans"
    words = [f"{result.inputs}: {one.text_bytes / 1e6:,.1f} MB of text by one worker, {spans}"]
    if result.backend is not None:
        words.append(f"tokens by {result.backend}")
    again = max(way.passes for way in (one, result.all) if way is not None)
    if again > 1:
        words.append(f"the text was read up to {again} times, so codes were remembered: new text is slower")
    return [*words, f"use --workers {result.advice}"]
