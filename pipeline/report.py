"""The report of a build: one self-contained HTML page, which asks the network for nothing.

All text of a corpus reaches the page escaped: through the template's autoescape, or as JSON without `<`, `>` and `&`,
which the page's script only ever puts into text nodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from fluxem._version import __version__
from fluxem.errors import ConfigError
from fluxem.vocabulary import DOMAIN_NAMES, VECTOR_DIM

from .build_view import BuildView, view_build
from .display import visible
from .places import Place
from .report_documents import page_data
from .report_sample import OF_EACH, Sample, take_sample
from .shard_reader import check_encoder
from .store import write_whole

SAMPLE_DOCUMENTS: Final = 2_000
_SURFACES: Final = 14
_PLOT: Final = (960.0, 150.0)
_ESCAPES: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_HISTOGRAMS: Final = {
    "document_characters": "Characters a document",
    "spans_per_document": "Spans a document",
    "span_characters": "Characters a span",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report that was written."""

    path: Place
    """The page."""
    documents: int
    """Documents that can be looked at in it."""
    bytes: int
    """Its size."""

    def words(self) -> str:
        """One line for people."""
        return f"{self.path}: {self.documents:,} documents, {self.bytes:,} bytes; open it in a browser"


def write_report(folder: Place, path: Place | None = None, *, documents: int = SAMPLE_DOCUMENTS) -> Report:
    """Write the report of a build, finished or at work.

    Args:
        folder: the output folder of the build.
        path: where the page goes; `report.html` in the folder by default.
        documents: how many to sample for the browser of documents.

    Raises:
        ConfigError: there is no build, it has no finished shard, a shard cannot be read, or `path` cannot be written.
        ShardMismatchError: another version of the encoders wrote the shards.
    """
    build = view_build(folder)
    path = folder / "report.html" if path is None else path
    if isinstance(path, Path) and path.is_dir():
        raise ConfigError(f"cannot write {path}: it is a folder, expected a file such as {path / 'report.html'}")
    if isinstance(path, Path) and not path.parent.is_dir():
        raise ConfigError(f"cannot write {path}: there is no folder {path.parent}")
    if build.shards:
        check_encoder(build.shards[0])
    sample = take_sample(build.shards, documents)
    page = render(build, sample).encode()
    write_whole(path, page)
    return Report(path=path, documents=len(sample.places), bytes=len(page))


def render(build: BuildView, sample: Sample) -> str:
    """The page."""
    environment = Environment(
        loader=PackageLoader("fluxem_prep.pipeline", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = lambda text: visible(text, inline=True)
    environment.filters["share"] = lambda part, whole: f"{100 * part / max(1, whole):.3g}%"
    return environment.get_template("report.html.j2").render(
        build=build,
        stats=build.stats,
        version=__version__,
        vector_dim=VECTOR_DIM,
        domain_ids={name: number for number, name in enumerate(DOMAIN_NAMES)},
        reasons=list(build.stats["failure_reasons"]),
        most_failed=_most_failed(build.stats),
        most_found=max((found["encoded"] + found["failed"] for found in build.stats["domains"].values()), default=1),
        surfaces_shown=_SURFACES,
        histograms=[(title, build.stats["lengths"].get(name, {})) for name, title in _HISTOGRAMS.items()],
        density=_density(sample),
        plot=_PLOT,
        sample=sample,
        of_each=OF_EACH,
        data=_script_json(page_data(sample.read())),
    )


def _most_failed(stats: Mapping[str, Any]) -> int:
    counts = [count for found in stats["domains"].values() for count in found["failure_reasons"].values()]
    return max(counts, default=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One type in the plot of density."""

    name: str
    """The type."""
    points: str
    """The outline of its area, as SVG has it."""


def _density(sample: Sample) -> tuple[Sequence[Band], float]:
    """The types as areas on top of each other, and the height of the plot in spans a document."""
    rates = sample.density / sample.bin_rows[:, None].clip(1)
    top = float(rates.sum(axis=1).max(initial=0.0)) or 1.0
    width, height = _PLOT
    steps = [width * i / len(rates) for i in range(len(rates) + 1)]
    bands, floor = [], [0.0] * len(rates)
    for domain in sorted(range(rates.shape[1]), key=lambda domain: -float(rates[:, domain].sum())):
        if not rates[:, domain].any():
            continue
        roof = [low + float(rate) for low, rate in zip(floor, rates[:, domain], strict=True)]
        outline = [*_stairs(steps, roof, top, height), *reversed(_stairs(steps, floor, top, height))]
        bands.append(Band(name=DOMAIN_NAMES[domain], points=" ".join(outline)))
        floor = roof
    return bands, top


def _stairs(steps: Sequence[float], values: Sequence[float], top: float, height: float) -> list[str]:
    """A step function as points, left to right."""
    ends = zip(steps, steps[1:], values, strict=False)
    return [f"{x:.2f},{height * (1 - value / top):.2f}" for a, b, value in ends for x in (a, b)]


def _script_json(value: object) -> Markup:
    """JSON that can stand inside a script element, whatever strings are in it."""
    text = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return Markup(text)  # noqa: S704  # nothing is left in it that HTML gives a meaning
