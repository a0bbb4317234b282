"""One core, by kind of text: ours beside the peers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .corpora import KINDS, MB, spread, write_sample
from .measure import Job, Run, interleaved, rate, ratio
from .table import megabytes, table, verdict

Runs = Mapping[str, Sequence[Run]]

BUILD: Final = "build"
PLAIN_BUILD: Final = "build, no tokenizer"
DETECTION: Final = "detection"
FLOOR: Final = "gigatoken + pyarrow"
SLOW: Final = ("datasets.map", "datatrove", "tokenizers + pyarrow")
PUBLIC_DETECTION: Final = "fluxem 1.0.1, detection"
PUBLIC: Final = "fluxem 1.0.1, detection and encoding"
HEADINGS: Final = (*SLOW, FLOOR, BUILD, PLAIN_BUILD, DETECTION, PUBLIC_DETECTION, PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Where and how much."""

    data: Path
    """Labelled files and corpora."""
    cache: Path
    """Environments, the tokenizer."""
    scratch: Path
    """Samples and output."""
    tokenizer: Path
    """tokenizer.json of all jobs."""
    repeats: int
    """Runs of each job."""
    large: int
    """Bytes of text for the fast jobs."""
    small: int
    """Bytes of text for the slow ones."""
    seconds: float
    """Limit of a run of the public `fluxem`."""
    kinds: tuple[str, ...] = tuple(KINDS)
    """Kinds of text to measure."""


def measure_kinds(setup: Setup) -> dict[str, Runs]:
    """Runs by kind, then by job."""
    return {kind: _measure_kind(setup, kind) for kind in setup.kinds}


def _measure_kind(setup: Setup, kind: str) -> Runs:
    tokens = ("--tokenizer", str(setup.tokenizer))
    limit = ("--seconds", str(setup.seconds))
    fast = [
        Job(name=FLOOR, script="bare_gigatoken", arguments=tokens),
        Job(name=BUILD, script="own_build", arguments=tokens),
        Job(name=PLAIN_BUILD, script="own_build"),
        Job(name=DETECTION, script="own_detection"),
    ]
    slow = [
        Job(name=SLOW[0], script="datasets_map", peer="datasets", arguments=tokens),
        Job(name=SLOW[1], script="datatrove_tokens", peer="datatrove", arguments=tokens),
        Job(name=SLOW[2], script="bare_tokenizers", arguments=tokens),
        Job(name=PUBLIC_DETECTION, script="public_fluxem", peer="public-fluxem", arguments=limit),
        Job(name=PUBLIC, script="public_fluxem", peer="public-fluxem", arguments=(*limit, *tokens)),
    ]
    runs: dict[str, list[Run]] = {}
    for jobs, size in ((slow, setup.small), (fast, setup.large)):
        path = setup.scratch / f"{kind}-{size // MB}.jsonl"
        written = write_sample(path, spread(setup.data, kind, size), size)
        runs |= interleaved(jobs, path, written, setup.cache, setup.scratch / "run", setup.repeats)
        path.unlink()
    return runs


def show_kinds(kinds: Mapping[str, Runs]) -> str:
    """Tables of rates, wall rates and memory."""
    header = ("", *kinds)

    def rows(cell: object) -> list[list[str]]:
        return [[name, *(cell(runs[name]) for runs in kinds.values())] for name in HEADINGS]  # type: ignore[operator]

    return (
        "MB of text a CPU second, one core, median:\n\n"
        + table(header, rows(lambda runs: megabytes(rate(runs))))
        + "\nMB of text a second of wall time, best run:\n\n"
        + table(header, rows(lambda runs: megabytes(max(run.wall_rate for run in runs))))
        + "\nPeak memory in MB (process with its imports):\n\n"
        + table(header, rows(lambda runs: f"{max(run.peak for run in runs) / 1e6:.0f}"))
    )


def bars_of_kinds(kinds: Mapping[str, Runs]) -> list[list[str]]:
    """Rows: what, on which kind, figure, bar, whether it holds."""
    rows = []
    for kind, runs in kinds.items():
        main = kind in ("books", "docs", "gsm8k")

        def add(what: str, figure: float, bar: float, at_most: bool = False, kind: str = kind) -> None:
            rows.append([what, kind, *verdict(figure, bar, at_most)])

        if main or kind == "chemistry":
            add("detection against fluxem 1.0.1", ratio(runs[DETECTION], runs[PUBLIC_DETECTION]), 25 if main else 10)
        if main:
            for peer in SLOW[:2]:
                add(f"build with tokens against {peer}, tokens only", ratio(runs[BUILD], runs[peer]), 5)
            add(
                "time of build without tokens by that of detection",
                ratio(runs[DETECTION], runs[PLAIN_BUILD]),
                1.6,
                True,
            )
        if kind in ("books", "docs"):
            add("time of build with tokens by that of the floor", ratio(runs[FLOOR], runs[BUILD]), 2.5, True)
        if kind == "gsm8k":
            said = runs[BUILD][0].said
            add("bytes on disk a span vector", said["vector_bytes"] / max(1, said["spans"]), 40, True)
    return rows
