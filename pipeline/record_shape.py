"""Whether a manifest or stats from elsewhere have the shape that this program writes.

What reads them may then take a count for a count and a name for a name: a page or a table is never made of something
else, and a damaged file is one error that says what was expected where.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from fluxem.errors import OutputFolderError
from fluxem.vocabulary import DOMAIN_NAMES, REASON_NAMES

from .places import Place
from .rows import RejectReason


class Table(NamedTuple):
    """An object with any keys, or with some of these."""

    values: Any
    keys: tuple[str, ...] | None = None


class Maybe(NamedTuple):
    """The shape, or null."""

    shape: Any


_REASONS: Final = REASON_NAMES[1:]
_REJECTS: Final = tuple(reason.value for reason in RejectReason)

MANIFEST: Final[dict[str, Any]] = {
    "format": str,
    "encoder": str,
    "tokenizer_sha256": Maybe(str),
    "config": {"domains": [str], "split": str, "max_candidates": int},
    "rows": {"in": int, "out": int, "rejected": int},
    "shards": [{"path": str, "rows": int, "sha256": str}],
    "rejects": [str],
    "files": {"README.md": str, "stats.json": str},
    "run": {"tokenizer": Maybe(str)},
}

STATS: Final[dict[str, Any]] = {
    "rows": {
        "in": int,
        "out": int,
        "rejected": int,
        "reasons": Table(int, _REJECTS),
    },
    "text": {"bytes": int, "characters": int},
    "tokens": {"input_ids": int, "span_input_ids": int},
    "candidates": int,
    "encoded": int,
    "failed": int,
    "failure_reasons": Table(int, _REASONS),
    "domains": Table(
        {
            "encoded": int,
            "failed": int,
            "failure_reasons": Table(int, _REASONS),
            "top_surfaces": [(str, int)],
        },
        DOMAIN_NAMES[1:],
    ),
    "surfaces_counted_over_spans": int,
    "lengths": Table(Table(int)),
}


def expect_shape(value: object, shape: Any, path: Place) -> None:  # noqa: ANN401  # a shape is one of several things
    """Check the content of a file; keys beyond the shape are let be.

    Raises:
        OutputFolderError: it has another shape; the message says where.
    """
    for where, expected, came in _faults(value, shape, ""):
        raise OutputFolderError(f"cannot read {path}: expected {expected} at {where or 'the top'}, came {came}")


def _faults(value: object, shape: Any, where: str) -> Iterator[tuple[str, str, str]]:  # noqa: ANN401
    """Where, what was expected, and what came."""
    if isinstance(shape, Maybe):
        if value is not None:
            yield from _faults(value, shape.shape, where)
    elif shape is int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            yield where, "a count", _shown(value)
    elif shape is str:
        if not isinstance(value, str):
            yield where, "a string", _shown(value)
    elif isinstance(shape, Table | dict):
        yield from _faults_of_object(value, shape, where)
    else:
        yield from _faults_of_list(value, shape, where)


def _faults_of_object(value: object, shape: Table | dict[str, Any], where: str) -> Iterator[tuple[str, str, str]]:
    if not isinstance(value, dict):
        yield where, "an object", _shown(value)
        return
    if isinstance(shape, Table):
        for key, item in value.items():
            if shape.keys is not None and key not in shape.keys:
                yield where, f"names among {', '.join(shape.keys)}", _shown(key)
            yield from _faults(item, shape.values, f"{where}.{key}"[:80])
        return
    for key, inner in shape.items():
        if key not in value:
            yield where, f"a key {key}", "none"
        else:
            yield from _faults(value[key], inner, f"{where}.{key}".lstrip("."))


def _faults_of_list(value: object, shape: list[Any] | tuple[Any, ...], where: str) -> Iterator[tuple[str, str, str]]:
    """A list of one shape, or, where the shape is a tuple, of just these."""
    if not isinstance(value, list):
        yield where, "a list", _shown(value)
        return
    if isinstance(shape, tuple) and len(value) != len(shape):
        yield where, f"{len(shape)} entries", str(len(value))
        return
    shapes = shape if isinstance(shape, tuple) else shape * len(value)
    for number, (item, inner) in enumerate(zip(value, shapes, strict=True)):
        yield from _faults(item, inner, f"{where}[{number}]")


def _shown(value: object) -> str:
    return repr(value)[:80]
