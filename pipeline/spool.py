"""Streams, copied to the output before they are cut: standard input, and datasets of the Hub.

A stream cannot be read twice, and a build must be able to: for a task that is done again, and to resume. A copy that
is finished is never made again. Whoever resumes may give the same standard input once more, or none.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Final

from fluxem.errors import ConfigError, InputError

from .config import BuildConfig
from .input_files import InputFile, InputFiles
from .inputs import HUB, STDIN
from .layout import SPOOL
from .places import Place
from .store import NewFile, naming_the_disk

_BITE: Final = 1 << 20
_GROUP_BYTES: Final = 8 << 20
_BATCH_ROWS: Final = 200


def spool_path(out: Place, file: InputFile) -> str:
    """Where the copy of a stream is; empty for a file."""
    return str(out / SPOOL / file.spool) if file.spool else ""


def spool_streams(files: InputFiles, config: BuildConfig) -> InputFiles:
    """The same files, the streams among them copied and pinned.

    Raises:
        ConfigError: there is no such dataset, or it has no such column.
        InputError: a dataset cannot be read now.
        BuildError: the disk or the store refuses.
    """
    if not files.streams:
        return files
    return InputFiles(_spool(file, config) if file.spool else file for file in files)


def _spool(file: InputFile, config: BuildConfig) -> InputFile:
    place = config.out / SPOOL / file.spool
    if not place.exists():
        if isinstance(place, Path):
            with naming_the_disk(place):
                place.parent.mkdir(parents=True, exist_ok=True)
        new = NewFile(place)
        try:
            if file.source == STDIN:
                _copy(_stdin(), new, place)
            else:
                _copy_dataset(file.source, new, place, config)
        finally:
            new.discard()
    elif file.source == STDIN and (again := _pin(_bites(_stdin())))[0]:
        return replace(file, size=again[0], etag=again[1])
    with place.open("rb") as copy:
        size, sha256 = _pin(_bites(copy))
    return replace(file, size=size, etag=sha256)


def _stdin() -> IO[bytes] | None:
    """Standard input; None where there is none, or nobody but a person at a keyboard."""
    return None if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty() else sys.stdin.buffer


def _bites(stream: IO[bytes] | None) -> Iterator[bytes]:
    while stream is not None and (data := stream.read(_BITE)):
        yield data


def _pin(data: Iterable[bytes]) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    for bite in data:
        size += len(bite)
        digest.update(bite)
    return size, digest.hexdigest()


def _copy(stream: IO[bytes] | None, new: NewFile, place: Place) -> None:
    if stream is None:
        raise ConfigError("the input - is standard input: pipe something into this command")
    with naming_the_disk(place):
        for bite in _bites(stream):
            new.file.write(bite)
    new.commit()


def _copy_dataset(source: str, new: NewFile, place: Place, config: BuildConfig) -> None:
    import pyarrow.parquet as pq  # late, because pyarrow is heavy

    writer: Any = None
    for table in _groups(_tables(source, config)):
        try:
            table = table if writer is None else table.cast(writer.schema)
        except ValueError as error:
            raise ConfigError(f"{source}: the type of a column changes on the way: {error}") from None
        with naming_the_disk(place):
            writer = writer or pq.ParquetWriter(new.file, table.schema, compression="zstd")
            writer.write_table(table)
    if writer is None:
        raise ConfigError(f"{source} has no rows")
    with naming_the_disk(place):
        writer.close()
    new.commit()


def _tables(source: str, config: BuildConfig) -> Iterator[Any]:
    """The wanted columns of a dataset as Arrow tables of a few rows each."""
    from datasets import load_dataset  # late, because it takes a second

    name, _, rest = source.removeprefix(HUB).partition(":")
    subset, _, split = rest.partition(":")
    wanted = [config.text_field] if config.id_field is None else [config.text_field, config.id_field]
    try:
        rows = load_dataset(name, subset or None, split=split or "train", streaming=True)
        for table in rows.with_format("arrow").iter(batch_size=_BATCH_ROWS):
            if config.text_field not in table.column_names:
                names = ", ".join(table.column_names)
                raise ConfigError(f"{source} has no column {config.text_field!r}, it has {names}: see --text-field")
            yield table.select([column for column in dict.fromkeys(wanted) if column in table.column_names])
    except (FileNotFoundError, ValueError) as error:
        raise ConfigError(f"cannot read the dataset {source}: {error}") from None
    except OSError as error:
        raise InputError(
            f"cannot read the dataset {source} now ({error}); "
            "a name such as OWNER/NAME is one of the Hub where no file or folder has it"
        ) from error


def _groups(tables: Iterable[Any]) -> Iterator[Any]:
    """Tables joined into row groups of some size."""
    import pyarrow as pa

    pending: list[Any] = []
    for table in tables:
        pending.append(table.replace_schema_metadata())
        if sum(part.nbytes for part in pending) >= _GROUP_BYTES:
            yield pa.concat_tables(pending)
            pending = []
    if pending:
        yield pa.concat_tables(pending)
