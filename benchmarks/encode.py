"""Encodings a second by domain: one text, one value, batches of both, beside the public `fluxem` 1.0.1.

    python benchmarks/encode.py [--cache DIR] [--repeats 5] [--batch 20000] [--only QUANTITY]

Every figure is CPU time of one core, the best of several passes, so that other work on the machine does not show.
Texts are drawn from a seed and all differ; a value is what the text parses to, made before the clock starts.
`one` is `encode(x)` in a loop, `batch` one call of `encode_batch`. The public package takes one value at a time and
no texts but those of formulas, sequences and names; it is installed into an environment of its own, under the cache
folder, at the first run. Exit code 1 where a bar is missed: 42,000 a second for one, 840,000 for a batch.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is loaded: one core

import argparse
import json
import random
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environment import default_cache, python_with

from fluxem.domains import DOMAINS
from fluxem.vocabulary import DomainType

PEER = "fluxem==1.0.1"
ONE_BAR = 42_000
"""Encodings a second that the public package was first measured at."""
BATCH_BAR = 20 * ONE_BAR
BARRED = (DomainType.NUMBER, DomainType.QUANTITY, DomainType.FORMULA)
DISTINCT = 20_000
ONES = 2_000

_UNITS: dict[str, tuple[float, dict[str, int]]] = {
    "m": (1, {"L": 1}), "km": (1e3, {"L": 1}), "mm": (1e-3, {"L": 1}), "kg": (1, {"M": 1}), "g": (1e-3, {"M": 1}),
    "mg": (1e-6, {"M": 1}), "s": (1, {"T": 1}), "K": (1, {"Theta": 1}), "mol": (1, {"N": 1}), "V": (1, {}),
    "mL": (1e-6, {"L": 3}), "m/s": (1, {"L": 1, "T": -1}), "kPa": (1e3, {"L": -1, "M": 1, "T": -2}), "GHz": (1e9, {}),
    "mol/L": (1e3, {"N": 1, "L": -3}), "kg/m^3": (1, {"M": 1, "L": -3}), "m s^-2": (1, {"L": 1, "T": -2}),
    "W": (1, {}), "°C": (1, {"Theta": 1}), "J/(mol K)": (1, {}),
}  # fmt: skip
_FORMULAS = ("Na2SO{}", "K{}PO4", "C{}H6O", "NaCl{}", "H{}O2", "C6H{}O6", "(NH4){}SO4", "CH3(CH2){}CH3", "C{}H{}N2O",
             "CuSO4·{}H2O", "Ca(OH){}")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One thing to encode."""

    text: str
    """As a document has it."""
    peer: Any = None
    """What the public package's encoder of the domain takes; None where there is no such encoder."""


def _number(draw: random.Random) -> Sample:
    text = str(draw.randrange(10**6)) if draw.random() < 0.5 else f"{draw.uniform(0, 1000):.{draw.randrange(1, 4)}f}"
    return Sample(text=text, peer=float(text))


def _arithmetic(draw: random.Random) -> Sample:
    a, b = draw.randrange(1, 10_000), draw.randrange(1, 1000)
    sign, value = draw.choice((("+", a + b), ("-", a - b), ("*", a * b)))
    return Sample(text=f"{a} {sign} {b}", peer=float(value))


def _quantity(draw: random.Random) -> Sample:
    number, unit = f"{draw.uniform(0.1, 1000):.{draw.randrange(3)}f}", draw.choice([*_UNITS])
    factor, dimension = _UNITS[unit]
    return Sample(text=f"{number} {unit}", peer=(float(number) * factor, dimension))


def _formula(draw: random.Random) -> Sample:
    text = draw.choice(_FORMULAS).format(draw.randrange(2, 90), draw.randrange(2, 90))
    return Sample(text=text, peer=text)


def _complex(draw: random.Random) -> Sample:
    x, y = draw.randrange(-999, 999), draw.randrange(1, 9999) / 10
    return Sample(text=f"{x}+{y}j", peer=(x, y))


def _vector(draw: random.Random) -> Sample:
    numbers = [draw.randrange(-999, 999) / 10 for _ in range(3)]
    return Sample(text=str(numbers), peer=numbers)


def _matrix(draw: random.Random) -> Sample:
    rows = [[draw.randrange(-99, 99) for _ in range(2)] for _ in range(2)]
    return Sample(text=str(rows), peer=rows)


def _polynomial(draw: random.Random) -> Sample:
    c = [draw.randrange(1, 99) for _ in range(3)]
    return Sample(text=f"{c[2]}*x**2 + {c[1]}*x + {c[0]}", peer=c)


def _rational(draw: random.Random) -> Sample:
    pair = draw.randrange(1, 999), draw.randrange(2, 999)
    return Sample(text="{}/{}".format(*pair), peer=pair)


def _reaction(draw: random.Random) -> Sample:
    text = f"2 C{draw.randrange(2, 99)}H{draw.randrange(2, 99)} + 3 O2 -> 4 CO2 + 2 H2O"
    return Sample(text=text, peer=text)


def _sequence(letters: str) -> Callable[[random.Random], Sample]:
    def sample(draw: random.Random) -> Sample:
        text = "".join(draw.choices(letters, k=draw.randrange(18, 60)))
        return Sample(text=text, peer=None if "U" in letters else text)

    return sample


def _composition(draw: random.Random) -> Sample:
    x = draw.randrange(1, 999)
    return Sample(text=f"La{x / 1000:g}Sr{1 - x / 1000:g}MnO3")


def _pitch(draw: random.Random) -> Sample:
    text = draw.choice("ABCDEFG") + draw.choice(("", "#", "b")) + str(draw.randrange(1, 8))
    return Sample(text=text, peer=text)


def _chord(draw: random.Random) -> Sample:
    root, (suffix, name) = draw.choice("ABCDEFG"), draw.choice((("m", "minor"), ("", "major"), ("dim", "dim")))
    return Sample(text=root + suffix, peer=(root, name))


def _scale(draw: random.Random) -> Sample:
    root, name = draw.choice("ABCDEFG"), draw.choice(("major", "dorian", "lydian"))
    return Sample(text=f"{root} {name}", peer=(root, name))


def _date(draw: random.Random) -> Sample:
    parts = draw.randrange(1600, 2100), draw.randrange(1, 13), draw.randrange(1, 29)
    return Sample(text="{:04d}-{:02d}-{:02d}".format(*parts), peer=parts)


def _time(draw: random.Random) -> Sample:
    return Sample(text=f"{draw.randrange(24):02d}:{draw.randrange(60):02d}:{draw.randrange(60):02d}")


def _moment(draw: random.Random) -> Sample:
    return Sample(text=f"{_date(draw).text}T{_time(draw).text}Z")


def _duration(draw: random.Random) -> Sample:
    return Sample(text=f"{draw.randrange(1, 99)} h {draw.randrange(1, 60)} min")


SAMPLERS: dict[DomainType, Callable[[random.Random], Sample]] = {
    DomainType.NUMBER: _number,
    DomainType.ARITHMETIC: _arithmetic,
    DomainType.QUANTITY: _quantity,
    DomainType.FORMULA: _formula,
    DomainType.COMPOSITION: _composition,
    DomainType.REACTION: _reaction,
    DomainType.RATIONAL: _rational,
    DomainType.COMPLEX: _complex,
    DomainType.VECTOR: _vector,
    DomainType.MATRIX: _matrix,
    DomainType.POLYNOMIAL: _polynomial,
    DomainType.DNA: _sequence("ACGT"),
    DomainType.RNA: _sequence("ACGU"),
    DomainType.PROTEIN: _sequence("ACDEFGHIKLMNPQRSTVWY"),
    DomainType.PITCH: _pitch,
    DomainType.CHORD: _chord,
    DomainType.SCALE: _scale,
    DomainType.DATE: _date,
    DomainType.TIME: _time,
    DomainType.DATETIME: _moment,
    DomainType.DURATION: _duration,
}
assert SAMPLERS.keys() == DOMAINS.keys(), "a domain has no workload"


def draw_samples(domain: DomainType) -> list[Sample]:
    """The workload of a domain, the same in every run."""
    draw = random.Random(int(domain))
    return [SAMPLERS[domain](draw) for _ in range(DISTINCT)]


def _rate(work: Callable[[], object], count: int, repeats: int) -> float:
    """Items a second of CPU time, the best of `repeats` passes after a warm one."""
    best = float("inf")
    for _ in range(repeats + 1):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return count / best


def ours(domain: DomainType, texts: list[str], repeats: int, batch: int) -> list[float]:
    """Encodings a second: one text, one value, a batch of texts, a batch of values."""
    encoder = DOMAINS[domain].encoder
    values = [encoder.parse(text) for text in texts]
    failed = encoder.encode_batch(texts)[1]
    assert not failed, f"{domain.name}: {texts[next(iter(failed))]!r} has no code"
    few, many = slice(ONES), slice(batch)
    rates = [
        _rate(lambda xs=items[few]: [encoder.encode(x) for x in xs], len(items[few]), repeats)
        for items in (texts, values)
    ]
    rates += [
        _rate(lambda xs=items[many]: encoder.encode_batch(xs), len(items[many]), repeats) for items in (texts, values)
    ]
    return rates


def theirs(samples: dict[DomainType, list[Sample]], repeats: int, cache: Path) -> dict[str, float | None]:
    """Encodings a second of the public package, by domain; None where its encoder raises on every value."""
    drawn = {domain.name: [s.peer for s in many if s.peer is not None][:ONES] for domain, many in samples.items()}
    task = json.dumps({"repeats": repeats, "values": {name: values for name, values in drawn.items() if values}})
    script = Path(__file__).parent / "peers" / "encode_public.py"
    command = [python_with([PEER], cache), script]
    run = subprocess.run(command, input=task, stdout=subprocess.PIPE, text=True, check=True)
    rates: dict[str, float | None] = json.loads(run.stdout)
    return rates


def _missed(domain: DomainType, rates: list[float]) -> bool:
    return domain in BARRED and (min(rates[:2]) < ONE_BAR or max(rates[2:]) < BATCH_BAR)


def _peer_cell(peer: dict[str, float | None], domain: DomainType) -> str:
    if domain.name not in peer:
        return "none"
    rate = peer[domain.name]
    return "raises" if rate is None else f"{rate:,.0f}"


def main() -> int:
    """Measure, print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where the other package is installed")
    parser.add_argument("--repeats", type=int, default=5, help="passes, of which the best counts")
    parser.add_argument("--batch", type=int, default=DISTINCT, help=f"values a batch, at most {DISTINCT}")
    parser.add_argument("--only", default="", help="one domain, by its name")
    arguments = parser.parse_args()
    wanted = [domain for domain in SAMPLERS if arguments.only in ("", domain.name)]
    samples = {domain: draw_samples(domain) for domain in wanted}
    peer = theirs(samples, arguments.repeats, arguments.cache)
    print(f"| domain | one text | one value | batch of texts | batch of values | {PEER}, one | |")
    print("|---|---|---|---|---|---|---|")
    missed = 0
    for domain, drawn in samples.items():
        rates = ours(domain, [sample.text for sample in drawn], arguments.repeats, arguments.batch)
        missed += _missed(domain, rates)
        cells = [f"{rate:,.0f}" for rate in rates] + [_peer_cell(peer, domain)]
        print(f"| {domain.name} | {' | '.join(cells)} | {'missed' if _missed(domain, rates) else ''} |", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
