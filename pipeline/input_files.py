"""The files of a build, in columns: a million of them take some 150 MB, as objects several times that."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """One file to read, as it was when the build was planned."""

    source: str
    """Its path, as given; relative paths stay relative. For a stream, its name."""
    size: int
    """Bytes; 0 for a stream that is not spooled yet."""
    mtime_ns: int = 0
    """Time of last change of a local file, nanoseconds."""
    etag: str = ""
    """What identifies the content of a remote file; sha256 of a spooled stream."""
    spool: str = ""
    """For a stream: name of its copy in the spool folder."""


class InputFiles(Sequence[InputFile]):
    """Files in order. An `InputFile` is made when it is asked for."""

    def __init__(self, files: Iterable[InputFile] = ()) -> None:
        self._sources: list[str] = []
        self._sizes = array("q")
        self._mtimes = array("q")
        self._etags: list[str] = []
        self._spools: dict[int, str] = {}
        for file in files:
            self.append(file)

    def append(self, file: InputFile) -> None:
        """Add a file."""
        if file.spool:
            self._spools[len(self._sources)] = file.spool
        self._sources.append(file.source)
        self._sizes.append(file.size)
        self._mtimes.append(file.mtime_ns)
        self._etags.append(file.etag)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(self._sizes)

    @property
    def streams(self) -> list[str]:
        """The sources of those that are streams."""
        return [self._sources[number] for number in self._spools]

    def __len__(self) -> int:
        return len(self._sources)

    @overload
    def __getitem__(self, place: int) -> InputFile: ...
    @overload
    def __getitem__(self, place: slice) -> list[InputFile]: ...
    def __getitem__(self, place: int | slice) -> InputFile | list[InputFile]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        number = range(len(self))[place]
        return InputFile(
            source=self._sources[number],
            size=self._sizes[number],
            mtime_ns=self._mtimes[number],
            etag=self._etags[number],
            spool=self._spools.get(number, ""),
        )

    def __iter__(self) -> Iterator[InputFile]:
        return (self[number] for number in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, InputFiles) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]  # it grows
