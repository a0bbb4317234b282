"""The settings of a build, checked when they are made, so that nothing is written for a wrong one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from os import PathLike, fspath
from typing import Any, Final, get_args

from fluxem.domains import DOMAINS
from fluxem.errors import ConfigError
from fluxem.integration.detector import OFF_BY_DEFAULT
from fluxem.vocabulary import DomainType

from .places import ObjectPlace, Place, place_of
from .tokenizer_config import BackendName

MIB: Final = 1 << 20
_SIZE: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([KMG]?)(?:i?B)?", re.IGNORECASE)
_SPLIT: Final = re.compile(r"(?!(?i:all|null|none|yes|no|on|off|true|false|y|n)\Z)[^\W\d]\w{0,99}(?:\.\w{1,99})*")
"""What `datasets` accepts as the name of a split, and YAML reads as a string."""


ENGINES: Final = ("serial", "local", "ray")
_MOST_WORKERS: Final = 65_536
"""Who can do the tasks, see `executors`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaySettings:
    """What the engine `ray` is told. The shards do not depend on it.

    Raises:
        ConfigError: a value is out of its range.
    """

    address: str | None = None
    """Of a cluster that runs, `auto`, or `ray://host:port`; None starts one on this machine for the build."""
    cpus: float = 1.0
    """CPUs that a task takes."""
    memory: int = 1024 * MIB
    """Bytes that a task takes, for Ray to count; a task needs about 600 MiB with the default settings."""
    runtime_env: Mapping[str, object] | None = None
    """What Ray sets up on each node, such as packages and variables; None takes the nodes as they are."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        _require(self.cpus > 0, "ray_cpus", "more than 0", self.cpus)
        _require(self.memory >= 0, "ray_memory", "0 bytes or more", self.memory)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildConfig:
    """Everything a build is told.

    Raises:
        ConfigError: a value is out of its range; the message names the setting, the range and the value.
    """

    inputs: tuple[str, ...]
    """Files, folders, patterns, lists, URLs, datasets of the Hub and `-`, as given; see `inputs`."""
    out: Place
    """The output folder or prefix of a store: new, empty, or with this very build in it, finished or not."""
    domains: tuple[DomainType, ...]
    """Domains to detect, in order of id; see `resolve_domains`."""
    tokenizer: str | None = None
    """A `tokenizer.json`, or the name of a tokenizer; None leaves `input_ids` null."""
    tokenizer_backend: BackendName = "auto"
    """What computes the ids: `auto`, `gigatoken` or `tokenizers`; the ids do not depend on it."""
    workers: int = 1
    """Processes; the bytes of the shards do not depend on it. With ray, 0 takes as many as it has room for."""
    split: str = "train"
    """Name of the split, the first part of each shard's name."""
    text_field: str = "text"
    """Key or column that holds the document."""
    id_field: str | None = None
    """Key or column that holds the document's id (a string or an integer); None makes ids from places."""
    max_reject_rate: float = 0.01
    """Share of rejected rows, 0 to 1, above which the build counts as failed."""
    max_document_bytes: int = 16 * MIB
    """A record (JSON line, text file, table cell) beyond this many bytes is rejected as `too_large`."""
    max_candidates: int = 65_536
    """Budget of detection in one document; text beyond it stays text, as a failure `limit_exceeded`. A vector takes
    half a kilobyte, so this bounds the memory that a document can ask for (32 MiB of vectors)."""
    shard_bytes: int = 64 * MIB
    """Input bytes of one task, hence of one shard; estimated for compressed files."""
    batch_bytes: int = MIB
    """Input bytes that pass through detection at once; changes the speed only."""
    progress: bool = False
    """Show progress on stderr."""
    events: bool = False
    """Write events to stdout, a line of JSON each."""
    lines: bool = False
    """Whether a line of a .txt file is a document, and not the file."""
    stdin_format: str = "jsonl"
    """What the input `-` is, as a suffix without its first dot: `jsonl`, `txt`, `csv`, `jsonl.gz`, ..."""
    engine: str | None = None
    """`serial` (in this process), `local` (spawned processes) or `ray`; None takes `serial` for one worker."""
    ray: RaySettings = field(default_factory=RaySettings)
    """What the engine `ray` is told."""
    shards: tuple[int, int] | None = None
    """(i, n): do only slice i of n, counted from 1, of the tasks, and leave the summary to `finish`; None does all."""
    worker_timeout: float = 600.0
    """Seconds without a sign of life after which a worker is killed and its task done again; not with `serial`."""
    overwrite: bool = False
    """Whether a build that stands in the output folder is deleted first."""

    def __post_init__(self) -> None:
        """Check every value that can be checked without touching the disk."""
        _require(bool(self.inputs), "inputs", "at least one file, folder or pattern", "none")
        least = 0 if self.engine == "ray" else 1
        _require(self.workers >= least, "workers", f"{least} or more", self.workers)
        _require(self.workers <= _MOST_WORKERS, "workers", f"at most {_MOST_WORKERS:,}", self.workers)
        backends = get_args(BackendName)
        _require(self.tokenizer_backend in backends, "tokenizer_backend", ", ".join(backends), self.tokenizer_backend)
        _require(self.worker_timeout > 0, "worker_timeout", "more than 0 seconds", self.worker_timeout)
        _require(self.engine in (None, *ENGINES), "engine", ", ".join(ENGINES), self.engine)
        _require(self.engine != "serial" or self.workers == 1, "workers", "1 with engine serial", self.workers)
        in_memory = isinstance(self.out, ObjectPlace) and self.out.in_memory
        alone = self.engine == "serial" or (self.engine is None and self.workers == 1)
        _require(not in_memory or alone, "engine", "serial with memory://, which no other process sees", self.engine)
        if self.shards is not None:
            first, of = self.shards
            _require(1 <= first <= of, "shards", "I/N with I from 1 to N, such as 3/16", f"{first}/{of}")
            _require(not self.overwrite, "overwrite", "no --overwrite with --shards: other slices are at work", "it")
        _require(0 <= self.max_reject_rate <= 1, "max_reject_rate", "a share between 0 and 1", self.max_reject_rate)
        _require(
            is_split(self.split),
            "split",
            "a letter or _, then letters, digits, _ and inner dots, and no word of YAML, nor all",
            self.split,
        )
        _require(bool(self.text_field), "text_field", "a name", "an empty string")
        _require(self.id_field != "", "id_field", "a name", "an empty string")
        _require(self.max_candidates >= 1, "max_candidates", "1 or more", self.max_candidates)
        for name in ("max_document_bytes", "shard_bytes", "batch_bytes"):
            _require(getattr(self, name) >= 1, name, "1 byte or more", getattr(self, name))
        # A list column has 32-bit offsets, and a document may hold as many tokens as it has bytes.
        _require(self.max_document_bytes <= 1024 * MIB, "max_document_bytes", "at most 1G", self.max_document_bytes)

    def content(self) -> dict[str, object]:
        """The settings on which the bytes of a shard depend: nothing of workers, batches, paths or time."""
        return {
            "domains": [domain.name for domain in self.domains],
            "split": self.split,
            "text_field": self.text_field,
            "id_field": self.id_field,
            "max_document_bytes": self.max_document_bytes,
            "max_candidates": self.max_candidates,
            "shard_bytes": self.shard_bytes,
            "lines": self.lines,
        }


def make_config(
    inputs: str | PathLike[str] | Iterable[str | PathLike[str]],
    out: str | PathLike[str] | ObjectPlace,
    *,
    domains: str | Iterable[str | DomainType] | None = None,
    tokenizer: str | PathLike[str] | None = None,
    workers: int | None = None,
    **settings: Any,  # noqa: ANN401  # fields of BuildConfig and, after `ray_`, of RaySettings, checked there
) -> BuildConfig:
    """The settings as people give them: one input or several, names of domains, paths of any kind.

    `workers` None stands for one or, with ray, for as many as the cluster has room for.

    Raises:
        ConfigError: a value is out of its range.
    """
    of_ray = {name.removeprefix("ray_"): settings.pop(name) for name in list(settings) if name.startswith("ray_")}
    return BuildConfig(
        ray=RaySettings(**of_ray),
        workers=(0 if settings.get("engine") == "ray" else 1) if workers is None else workers,
        inputs=tuple(fspath(name) for name in ([inputs] if isinstance(inputs, str | PathLike) else inputs)),
        out=place_of(out),
        domains=resolve_domains([domains] if isinstance(domains, str) else domains),
        tokenizer=None if tokenizer is None else fspath(tokenizer),
        **settings,
    )


def _require(holds: bool, setting: str, expected: str, came: object) -> None:
    if not holds:
        raise ConfigError(f"{setting.replace('_', ' ')}: expected {expected}, came {came}")


def resolve_domains(names: Iterable[str | DomainType] | None) -> tuple[DomainType, ...]:
    """Domain names (any case, also several joined by commas) as types, without repeats, in order of id.

    Args:
        names: None stands for all that the detector looks for by default.

    Raises:
        ConfigError: an unknown name; the message has the nearest name and all known ones.
    """
    if names is None:
        return tuple(sorted(DOMAINS.keys() - OFF_BY_DEFAULT))
    given = [name.name if isinstance(name, DomainType) else name for name in names]
    by_name = {domain.name: domain for domain in sorted(DOMAINS)}
    wanted = [part.strip().upper() for name in given for part in name.split(",") if part.strip()]
    if not wanted:
        raise ConfigError(f"domains: expected at least one of {', '.join(by_name)}, came none")
    for name in wanted:
        if name not in by_name:
            near = difflib.get_close_matches(name, by_name, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise ConfigError(f"unknown domain {name}{hint}: the domains are {', '.join(by_name)}")
    return tuple(sorted({by_name[name] for name in wanted}))


def parse_slice(text: str) -> tuple[int, int]:
    """`3/16` as (3, 16).

    Raises:
        ConfigError: the text is none.
    """
    match = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text.strip())
    if match is None:
        raise ConfigError(f"shards: expected I/N with I from 1 to N, such as 3/16, came {text}")
    return int(match[1]), int(match[2])


def is_split(name: object) -> bool:
    """Whether this can be the name of a split: it becomes part of paths, so no separator, and no dot at an end."""
    return isinstance(name, str) and _SPLIT.fullmatch(name) is not None


def parse_size(text: str) -> int:
    """A number of bytes written as `1000`, `64M`, `64MiB` or `1.5G` (powers of 1024).

    Raises:
        ConfigError: the text is none of these.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ConfigError(f"expected a number of bytes such as 1000000, 64M or 1.5G, came {text!r}")
    number, unit = match.groups()
    return int(float(number) * 1024 ** " KMG".index(unit.upper() or " "))
