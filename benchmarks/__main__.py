"""Everything on the page docs/performance.md, in one go.

    python -m benchmarks --data ../shared/data

Wants about 20 minutes on a quiet machine with two cores; the first time some more, to make the peers' environments
and to train a tokenizer of 32,000 entries, both of which are kept. All jobs run one after the other, each in a process
of its own that is pinned to one core (two for two workers). Trust ratios of one run, not absolute figures.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from .by_kind import Setup, bars_of_kinds, measure_kinds, show_kinds
from .corpora import MB, trained_tokenizer
from .environment import PEERS, python_of
from .scaling import bars_of_growth, bars_of_start, measure_growth, show_equality, show_growth
from .table import table, write_page

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Measure, print, and write the page."""
    options = _options()
    began = time.monotonic()
    options.cache.mkdir(parents=True, exist_ok=True)
    for peer in PEERS:
        python_of(peer, options.cache)
    tokenizer = options.tokenizer or trained_tokenizer(options.data, options.cache)
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        setup = Setup(
            data=options.data,
            cache=options.cache,
            scratch=Path(scratch),
            tokenizer=tokenizer,
            repeats=options.repeats,
            large=int(options.large_mb * MB),
            small=int(options.small_mb * MB),
            seconds=options.seconds,
        )
        figures = _figures(setup, [int(float(size) * MB) for size in options.growth_mb.split(",")])
    figures += f"\nMeasured in {(time.monotonic() - began) / 60:.0f} minutes.\n"
    print(figures)
    write_page(options.page, figures)


def _figures(setup: Setup, sizes: list[int]) -> str:
    kinds = measure_kinds(setup)
    growth = measure_growth(setup, sizes)
    bars = [*bars_of_kinds(kinds), *bars_of_growth(growth), *bars_of_start(setup)]
    parts = [_machine(setup), show_kinds(kinds), table(("measure", "text", "figure", "bar", "holds"), bars)]
    return "\n".join([*parts, show_growth(growth), show_equality(setup)])


def _machine(setup: Setup) -> str:
    ours = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pyarrow", "tokenizers", "gigatoken"))
    peers = ", ".join(requirements[0] for requirements in PEERS.values())
    return (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores ({platform.machine()}), {platform.system()}, Python "
        f"{platform.python_version()}, {ours}; peers: {peers}. Tokenizer: {setup.tokenizer.name}. Medians of "
        f"{setup.repeats} interleaved runs; {setup.large // MB} MB of each kind for the fast jobs, "
        f"{setup.small // MB} MB for the slow ones; fluxem 1.0.1 stopped after {setup.seconds:g} s a run.\n"
    )


def _options() -> argparse.Namespace:
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of labelled files, with corpora/ in it")
    parser.add_argument(
        "--cache", type=Path, default=home / "fluxem-prep" / "benchmarks", help="environments, tokenizer"
    )
    parser.add_argument("--scratch", type=Path, help="where samples and shards are written; default: as tempfile does")
    parser.add_argument("--tokenizer", type=Path, help="a tokenizer.json; default: one that is trained on the data")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "performance.md", help="the page to write")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each job")
    parser.add_argument("--large-mb", type=float, default=24, help="text of a kind for fast jobs")
    parser.add_argument("--small-mb", type=float, default=6, help="text of a kind for slow jobs")
    parser.add_argument("--growth-mb", default="50,100,200", help="sizes for the growth; 50,200,2000 takes long")
    parser.add_argument("--seconds", type=float, default=5, help="limit of a run of the public fluxem")
    options = parser.parse_args()
    if options.data.name == "corpora":  # the labelled files stand beside it
        options.data = options.data.parent
    if not (options.data / "corpora").is_dir():
        sys.exit(f"expected a folder with labelled files and a folder corpora, came {options.data}")
    return options


if __name__ == "__main__":
    main()
