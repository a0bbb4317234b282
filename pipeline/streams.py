"""Bytes of a file, decompressed as they are read. A new compression is one function and one line in the table.

Every stream raises on data that ends too early, for a truncated file must be told from a short one; what came before
the damage is given first, to within a bite of compressed input.
"""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final, Protocol

import zstandard

from .remote import is_url, open_url

_BUFFER: Final = 1 << 20
# A decompressor is fed in small bites, for two reasons. Some give all the output of what they are fed at once, so that
# bites bound the memory that a file made of one repeated byte can ask for: 128 KiB of output for each 4 bytes of zstd,
# 1 KiB for each byte of gzip. And what is decoded of a damaged bite is lost.
_BITE: Final = 2 << 10
# Frames written with `zstd --long=31`, usual for large corpora, ask for a window beyond the default limit.
_ZSTD_WINDOW: Final = 1 << 31
# `xz -9` asks for 64 MiB; a header that asks for more than this is taken for damage.
_XZ_MEMORY: Final = 1 << 30

# Text takes a third to a fiftieth of its bytes, templated logs less; the most that gzip can do is 1032. What unpacks to
# more than this many times its size, beyond the first 64 MiB, was made to fill disks.
_RATIO: Final = 500
_ALLOWANCE: Final = 64 << 20

CORRUPT: Final = (OSError, EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError)
"""What the streams raise on a file that is missing, unreadable, damaged or truncated."""


class _Frame(Protocol):
    """One gzip member, zstd frame, bzip2 or xz stream."""

    @property
    def eof(self) -> bool:
        """Whether its end was seen."""

    @property
    def unused_data(self) -> bytes:
        """What came after its end."""

    @property
    def needs_input(self) -> bool:
        """Whether all the output of what it was fed was given."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Output of the data, at most `max_length` bytes where the format can hold back the rest."""


class _Greedy:
    """A decompressor that gives all the output of what it is fed at once."""

    def __init__(self, decompressor: Any) -> None:  # noqa: ANN401  # zlib and zstandard share no type
        self._decompressor = decompressor

    @property
    def eof(self) -> bool:
        return bool(self._decompressor.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._decompressor.unused_data)

    @property
    def needs_input(self) -> bool:
        return True

    def decompress(self, data: bytes, _max_length: int) -> bytes:
        return bytes(self._decompressor.decompress(data))


class _Decompressed(io.RawIOBase):
    """The content of all frames of a file, one after another."""

    def __init__(self, file: IO[bytes], new_frame: Callable[[], _Frame]) -> None:
        self._file = file
        self._new_frame = new_frame
        self._frame = new_frame()
        self._inside = False
        self._input = b""
        self._output = memoryview(b"")
        self._taken = self._given = 0

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
        held_back = not self._frame.needs_input
        data = b"" if held_back else self._input or self._read()
        if not data and not held_back:
            if self._inside or not self._taken:
                raise EOFError("the compressed data ends too early" if self._taken else "it holds no byte")
            return False
        self._output = memoryview(self._frame.decompress(data, _BUFFER))
        self._given += len(self._output)
        if self._given > _ALLOWANCE + _RATIO * self._taken:
            raise OSError(f"it unpacks to more than {_RATIO} times its size; if that is meant, unpack it before")
        self._inside, self._input = not self._frame.eof, b""
        if self._frame.eof:
            self._input = self._frame.unused_data.lstrip(b"\0")  # files may be padded with zeros
            self._frame = self._new_frame()
        return True

    def _read(self) -> bytes:
        data = self._file.read(_BITE)
        self._taken += len(data)
        return data

    def close(self) -> None:
        self._file.close()
        super().close()


def open_file(path: str) -> IO[bytes]:
    """The bytes of a file or URL as they are, buffered and seekable.

    Raises:
        OSError: it is missing or may not be read.
        InputError: a remote file cannot be read now.
    """
    return open_url(path) if is_url(path) else Path(path).open("rb", buffering=_BUFFER)


def open_stream(path: str) -> IO[bytes]:
    """The decompressed bytes of a file, buffered; the compression follows from the last suffix.

    Raises:
        OSError, EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError: now or while reading; see `CORRUPT`.
    """
    new_frame = COMPRESSIONS.get(Path(path).suffix.lower())
    file = open_file(path)
    return file if new_frame is None else io.BufferedReader(_Decompressed(file, new_frame), _BUFFER)


def _gzip_member() -> _Frame:
    return _Greedy(zlib.decompressobj(wbits=zlib.MAX_WBITS | 16))


def _zstd_frame() -> _Frame:
    return _Greedy(zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj())


def _xz_stream() -> _Frame:
    # Not the older .lzma, which has neither a mark at its start nor a checksum: almost any bytes begin one.
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)


COMPRESSIONS: Final[dict[str, Callable[[], _Frame]]] = {
    ".gz": _gzip_member,
    ".zst": _zstd_frame,
    ".bz2": bz2.BZ2Decompressor,
    ".xz": _xz_stream,
}
