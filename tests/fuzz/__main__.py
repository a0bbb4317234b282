"""Coverage-guided fuzzing of everything that takes bytes from elsewhere.

    python tests/fuzz --seconds 60            all targets, a minute in total
    python tests/fuzz parse-DNA --runs 100000
    python tests/fuzz --replay                the committed inputs, once each, without atheris
    python tests/fuzz --list

Each target runs in a process of its own under atheris (libFuzzer). What ends it is a fault: an error that the contract
does not name, a broken promise, more than one second of CPU time, more than 1 GB of memory. The input that did it is
left in `--artifacts`; put it into `tests/fuzz/corpus/TARGET/` when it is mended, where `--replay` runs it for ever.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
CPU_SECONDS = 1.0
MEGABYTES = 1024
_EXECUTIONS = re.compile(r"stat::number_of_executed_units: (\d+)")
_MEMORY = re.compile(r"stat::peak_rss_mb: +(\d+)")


def main() -> int:
    """Run what was asked for; 1 if anything was found."""
    options = parse()
    targets = load_targets(instrumented=not options.list and not options.replay)
    names = options.targets or list(targets)
    if options.list:
        print("\n".join(names))
        return 0
    if options.replay:
        return replay({name: targets[name] for name in names})
    options.artifacts.mkdir(parents=True, exist_ok=True)
    failed = total = 0
    for name in names:
        count, megabytes, code, output = run(name, targets[name], options, len(names))
        total += count
        line = {"target": name, "executions": count, "peak_mb": megabytes, "seed": options.seed, "exit_code": code}
        print(json.dumps(line), flush=True)
        if options.log:
            with options.log.open("a") as log:
                log.write(json.dumps(line) + "\n")
        if code:
            failed += 1
            print(output[output.find("=== Uncaught") :][-6000:], file=sys.stderr, flush=True)
    print(f"{total:,} executions over {len(names)} targets, {failed} with a fault, seed {options.seed}")
    return 1 if failed else 0


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", help="names of targets; all by default")
    parser.add_argument("--seconds", type=float, default=60, help="in total")
    parser.add_argument("--runs", type=int, help="executions of each target, in place of seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--artifacts", type=Path, default=Path(tempfile.gettempdir()) / "fluxem-fuzz")
    parser.add_argument("--log", type=Path, help="a file to append a line of JSON for each target to")
    parser.add_argument("--replay", action="store_true", help="run the committed inputs, fuzz nothing")
    parser.add_argument("--list", action="store_true", help="print the names of the targets")
    return parser.parse_args()


class Target(NamedTuple):
    """Something that takes bytes from elsewhere."""

    function: Callable[[bytes], None]  # returns where the product keeps its word, raises where it does not
    seeds: list[bytes]
    longest: int  # input to try


def load_targets(*, instrumented: bool = False) -> dict[str, Target]:
    """All targets by name; instrumented, the code tells the fuzzer where it has been."""
    if instrumented:
        import atheris

        watching = atheris.instrument_imports(include=["fluxem", "fluxem_prep"])
    with watching if instrumented else nullcontext():
        from file_targets import file_targets
        from row_targets import row_targets
        from text_targets import text_targets

        found = [*text_targets(), *file_targets(), *row_targets()]
    targets = {name: Target(*parts) for name, *parts in found}
    assert len(targets) == len(found), "two targets of one name"
    return targets


def inputs_of(name: str) -> list[Path]:
    """The committed inputs of a target."""
    return sorted(path for path in (CORPUS / name).glob("*") if path.is_file())


def replay(targets: dict[str, Target]) -> int:
    """Every committed input and every seed, once; an error is a fault and ends this."""
    count = 0
    for name, target in targets.items():
        for data in (b"", *target.seeds, *(path.read_bytes() for path in inputs_of(name))):
            timed(target.function, data)
            count += 1
    print(f"{count:,} inputs over {len(targets)} targets")
    return 0


class SlowError(Exception):
    """One input took too long."""


def timed(function: Callable[[bytes], None], data: bytes) -> None:
    """Run a target; too much CPU time is a fault (never the clock on the wall: machines are shared)."""
    start = time.thread_time()
    function(data)
    spent = time.thread_time() - start
    if spent > CPU_SECONDS:
        raise SlowError(f"{spent:.2f} s of CPU time on {len(data)} bytes")


def run(name: str, target: Target, options: argparse.Namespace, targets: int) -> tuple[int, int, int, str]:
    """Fuzz one target in a process of its own: executions, peak memory in MB, exit code, and what it said.

    It is forked, because instrumenting the code takes longer than fuzzing it for a moment.
    """
    limit = f"-runs={options.runs}" if options.runs else f"-max_total_time={max(1, round(options.seconds / targets))}"
    words = [limit, f"-seed={options.seed}", f"-rss_limit_mb={MEGABYTES}", "-timeout=60", "-print_final_stats=1"]
    words += [f"-artifact_prefix={options.artifacts}/{name}-", "-reload=0"]
    with tempfile.TemporaryDirectory(prefix="fuzz-corpus-") as folder, tempfile.TemporaryFile() as said:
        for number, seed in enumerate(target.seeds):
            (Path(folder) / f"seed-{number}").write_bytes(seed)
        corpora = [folder, *([str(CORPUS / name)] if inputs_of(name) else [])]
        child = os.fork()
        if child == 0:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            fuzz(target, [*words, f"-max_len={target.longest}", *corpora])
        _, status = os.waitpid(child, 0)
        said.seek(0)
        output = said.read().decode(errors="replace")
    count, memory = _EXECUTIONS.findall(output), _MEMORY.findall(output)
    code = os.waitstatus_to_exitcode(status)
    return int(count[-1]) if count else 0, int(memory[-1]) if memory else 0, code, output


def fuzz(target: Target, words: list[str]) -> None:
    """The life of such a process; atheris ends it."""
    import atheris

    atheris.Setup([sys.argv[0], *words], lambda data: timed(target.function, data))
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
