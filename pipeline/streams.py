"""Bytes of a file, decompressed as they are read. A new compression is one function and one line in the table.

Every stream raises on data that ends too early, for a truncated file must be told from a short one; what came before
the damage is given first.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final, Protocol, cast

import zstandard

_BUFFER: Final = 1 << 20
# A decompressor gives all the output of what it is fed at once. Small bites bound the memory that a file made of one
# repeated byte can ask for: 128 KiB of output for each 4 bytes of zstd, 1 KiB for each byte of gzip.
_ZSTD_BITE: Final = 4 << 10
_GZIP_BITE: Final = 32 << 10
# Frames written with `zstd --long=31`, usual for large corpora, ask for a window beyond the default limit.
_ZSTD_WINDOW: Final = 1 << 31

CORRUPT: Final = (OSError, EOFError, zlib.error, zstandard.ZstdError)
"""What the streams raise on a file that is missing, unreadable, damaged or truncated."""


class _Decompressor(Protocol):
    """One gzip member or zstd frame."""

    @property
    def eof(self) -> bool:
        """Whether its end was seen."""

    @property
    def unused_data(self) -> bytes:
        """What came after its end."""

    def decompress(self, data: bytes, /) -> bytes:
        """All the output of the data."""


class _Decompressed(io.RawIOBase):
    """The content of all frames of a file, one after another."""

    def __init__(self, file: IO[bytes], new_frame: Callable[[], _Decompressor], bite: int) -> None:
        self._file = file
        self._new_frame = new_frame
        self._bite = bite
        self._frame = new_frame()
        self._inside = False
        self._input = b""
        self._output = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  # the type of the base class
        while not self._output:
            if not self._decompress():
                return 0
        target = memoryview(buffer).cast("B")
        size = min(len(target), len(self._output))
        target[:size] = self._output[:size]
        self._output = self._output[size:]
        return size

    def _decompress(self) -> bool:
        """Feed one bite; False at the proper end of the file."""
        data = self._input or self._file.read(self._bite)
        if not data:
            if self._inside:
                raise EOFError("the compressed data ends too early")
            return False
        self._output = memoryview(self._frame.decompress(data))
        self._inside, self._input = not self._frame.eof, b""
        if self._frame.eof:
            self._input = self._frame.unused_data.lstrip(b"\0")  # gzip files may be padded with zeros
            self._frame = self._new_frame()
        return True

    def close(self) -> None:
        self._file.close()
        super().close()


def _open_plain(path: str) -> IO[bytes]:
    return Path(path).open("rb", buffering=_BUFFER)


def _open_gzip(path: str) -> IO[bytes]:
    def new_member() -> _Decompressor:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    return io.BufferedReader(_Decompressed(_open_plain(path), new_member, _GZIP_BITE), _BUFFER)


def _open_zstd(path: str) -> IO[bytes]:
    frames = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)

    def new_frame() -> _Decompressor:
        return cast(_Decompressor, frames.decompressobj())

    return io.BufferedReader(_Decompressed(_open_plain(path), new_frame, _ZSTD_BITE), _BUFFER)


def open_stream(path: str) -> IO[bytes]:
    """The decompressed bytes of a file, buffered; the compression follows from the last suffix.

    Raises:
        OSError, EOFError, zlib.error, zstandard.ZstdError: now or while reading; see `CORRUPT`.
    """
    return COMPRESSIONS.get(Path(path).suffix.lower(), _open_plain)(path)


COMPRESSIONS: Final[dict[str, Callable[[str], IO[bytes]]]] = {
    ".gz": _open_gzip,
    ".zst": _open_zstd,
}
