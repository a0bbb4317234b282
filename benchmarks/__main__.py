"""Everything on the page docs/performance.md.

    python -m benchmarks --data DATA                                          about 25 minutes
    python -m benchmarks --data DATA --only growth --growth-mb 50,200,2000    about 15 minutes, 6 GB of disk

The second puts larger sizes into the same page. So long do they take on a quiet machine with two cores; the first time
some more, to make the peers' environments and to train a tokenizer of 32,000 entries, both of which are kept. All jobs
run one after the other, each in a process of its own that is pinned to one core (two for two workers). Trust ratios of
one run, not absolute figures. `--kinds gsm8k --large-mb 2 --small-mb 1 --growth-mb 5,10 --seconds 1 --page FILE` tries
all of it in some minutes, for figures that say nothing (FILE is a copy of the page).
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
from .corpora import KINDS, MB, times_read, trained_tokenizer
from .environment import PEERS, python_of
from .scaling import bars_of_growth, bars_of_start, measure_growth, show_equality, show_growth
from .table import table, write_page

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Measure, print, and write the page."""
    options = _options()
    options.cache.mkdir(parents=True, exist_ok=True)
    for peer in PEERS:
        python_of(peer, options.cache)
    tokenizer = options.tokenizer or trained_tokenizer(options.data, options.cache)
    sizes = [int(float(size) * MB) for size in options.growth_mb.split(",")]
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
            kinds=tuple(options.kinds.split(",")),
        )
        for section, figures_of in (("kinds", _kinds), ("growth", lambda setup: _growth(setup, sizes))):
            if options.only in (None, section):
                began = time.monotonic()
                figures = f"{figures_of(setup)}\nMeasured in {(time.monotonic() - began) / 60:.0f} minutes.\n"
                print(figures, flush=True)
                write_page(options.page, section, figures)


def _kinds(setup: Setup) -> str:
    kinds = measure_kinds(setup)
    bars = [*bars_of_kinds(kinds), *bars_of_start(setup)]
    parts = [
        _machine(setup),
        f"{_jobs(setup)}\n",
        table(("measure", "text", "figure", "bar", "holds"), bars),
        show_kinds(kinds),
        show_equality(setup),
    ]
    return "\n".join(parts)


def _growth(setup: Setup, sizes: list[int]) -> str:
    growth = measure_growth(setup, sizes)
    bars = table(("measure", "text", "figure", "bar", "holds"), bars_of_growth(growth))
    return "\n".join([_machine(setup), show_growth(growth), bars])


def _machine(setup: Setup) -> str:
    ours = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pyarrow", "tokenizers", "gigatoken"))
    return (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores ({platform.machine()}), {platform.system()}, Python "
        f"{platform.python_version()}, {ours}. Tokenizer: {setup.tokenizer.name}.\n"
    )


def _jobs(setup: Setup) -> str:
    peers = ", ".join(requirements[0] for requirements in PEERS.values())
    times = ", ".join(f"{kind} {times_read(setup.data, kind, setup.large):.1f}" for kind in setup.kinds)
    return (
        f"Peers: {peers}. Medians of {setup.repeats} interleaved runs; {setup.large / MB:g} MB of each kind for the "
        f"fast jobs, {setup.small / MB:g} MB for the slow ones; fluxem 1.0.1 stopped after {setup.seconds:g} s a "
        "run. Where there is less text of a kind, it is read again, which finds codes remembered; times that the fast "
        f"jobs read it: {times}."
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
    parser.add_argument("--only", choices=("kinds", "growth"), help="measure one section of the page, keep the other")
    parser.add_argument("--kinds", default=",".join(KINDS), help="kinds of text to measure")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each job")
    parser.add_argument("--large-mb", type=float, default=200, help="text of a kind for fast jobs")
    parser.add_argument("--small-mb", type=float, default=4, help="text of a kind for slow jobs")
    parser.add_argument("--growth-mb", default="50,100,200", help="sizes for the growth; 50,200,2000 takes long")
    parser.add_argument("--seconds", type=float, default=5, help="limit of a run of the public fluxem")
    options = parser.parse_args()
    if options.data.name == "corpora":  # the labelled files stand beside it
        options.data = options.data.parent
    if unknown := set(options.kinds.split(",")) - set(KINDS):
        sys.exit(f"expected kinds among {', '.join(KINDS)}, came {', '.join(sorted(unknown))}")
    if not (options.data / "corpora").is_dir():
        sys.exit(f"expected a folder with labelled files and a folder corpora, came {options.data}")
    if not options.page.is_file():
        sys.exit(f"expected a page with both sections, such as docs/performance.md, came {options.page}")
    return options


if __name__ == "__main__":
    main()
