"""The two implementations that turn pieces into ids: the library `tokenizers`, and `gigatoken`, 30 times faster.

`tokenizers` defines what the ids are. `gigatoken` is used where it loads the tokenizer and gives equal ids on all
probes (`tokenizer_probes`); what it was told not to support it refuses, but it also accepts settings that it then
ignores, so the comparison decides. Two things are kept from it:

- Special tokens, which text must not spell: it has no `encode_special_tokens`, so they leave its config.
- Pieces with characters that Unicode assigned lately: the libraries carry tables of different versions of Unicode (of
  4,699 code points that the two put into different categories, all were assigned in Unicode 17.0), and split a text at
  such a character differently. These few pieces go to `tokenizers`.

So the ids, and the bytes of a shard, are the same with both. Shape letters: P pieces, T tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import orjson
from tokenizers import Tokenizer

from fluxem.errors import ConfigError

from .tokenizer_config import BackendName, Config
from .tokenizer_probes import unassigned

if TYPE_CHECKING:
    import gigatoken

Int32: TypeAlias = npt.NDArray[np.int32]
Int64: TypeAlias = npt.NDArray[np.int64]
Encode: TypeAlias = Callable[[Sequence[str]], tuple[Int64, Int32]]
"""Pieces to (their numbers of tokens (P,), their ids in order (T,)): all that a backend is."""

UNICODE_17: Final = (
    (0x088F, 0x088F), (0x0C5C, 0x0C5C), (0x0CDC, 0x0CDC), (0x1ACF, 0x1ADD), (0x1AE0, 0x1AEB), (0x20C1, 0x20C1),
    (0x2B96, 0x2B96), (0xA7CE, 0xA7CF), (0xA7D2, 0xA7D2), (0xA7D4, 0xA7D4), (0xA7F1, 0xA7F1), (0xFBC3, 0xFBD2),
    (0xFD90, 0xFD91), (0xFDC8, 0xFDCE), (0x10940, 0x10959), (0x10EC5, 0x10EC7), (0x10ED0, 0x10ED8),
    (0x10EFA, 0x10EFB), (0x11B60, 0x11B67), (0x11DB0, 0x11DDB), (0x11DE0, 0x11DE9), (0x16EA0, 0x16EB8),
    (0x16EBB, 0x16ED3), (0x16FF2, 0x16FF6), (0x187F8, 0x187FF), (0x18D09, 0x18D1E), (0x18D80, 0x18DF2),
    (0x1CCFA, 0x1CCFC), (0x1CEBA, 0x1CED0), (0x1CEE0, 0x1CEF0), (0x1E6C0, 0x1E6DE), (0x1E6E0, 0x1E6F5),
    (0x1E6FE, 0x1E6FF), (0x1F6D8, 0x1F6D8), (0x1F777, 0x1F77A), (0x1F8D0, 0x1F8D8), (0x1FA54, 0x1FA57),
    (0x1FA8A, 0x1FA8A), (0x1FA8E, 0x1FA8E), (0x1FAC8, 0x1FAC8), (0x1FACD, 0x1FACD), (0x1FAEA, 0x1FAEA),
    (0x1FAEF, 0x1FAEF), (0x1FBFA, 0x1FBFA), (0x2B73A, 0x2B73F), (0x2CEA2, 0x2CEAD), (0x323B0, 0x33479),
)  # fmt: skip
"""Code points of Unicode 17.0 (DerivedAge.txt), first and last of each range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendReport:
    """Which backend tokenises, and why."""

    name: Literal["gigatoken", "tokenizers"]
    """The one that was chosen."""
    version: str
    """Of that library."""
    compared: int
    """Texts on which the two were compared, 0 if they were not."""
    equal: bool | None
    """Whether all ids were equal; None where nothing was compared."""
    reason: str
    """Why this one, as a phrase."""


@dataclass(frozen=True, slots=True, eq=False)
class LibraryBackend:
    """The backend on `tokenizers`."""

    tokenizer: Tokenizer

    def __call__(self, pieces: Sequence[str]) -> tuple[Int64, Int32]:
        """Numbers of tokens (P,) and ids (T,).

        Raises:
            ConfigError: the tokenizer has no token for a text, nor for what it does not know.
            TypeError: a text has a lone surrogate, which is no text.
        """
        try:
            encodings = self.tokenizer.encode_batch_fast(pieces, add_special_tokens=False)
        except TypeError:
            raise
        except Exception as error:  # the library raises nothing narrower
            raise ConfigError(
                f"expected a tokenizer with tokens for any text, got one that stops: {error}; mend its tokenizer.json"
            ) from error
        lengths = np.fromiter(map(len, encodings), np.int64, len(encodings))
        # Encoding offers its ids as a list only: one short list at a time, gone before the next.
        ids = chain.from_iterable(encoding.ids for encoding in encodings)
        return lengths, np.fromiter(ids, np.int32, int(lengths.sum()))

    def __reduce__(self) -> tuple[Callable[[Config], Encode], tuple[Config]]:
        return library_backend, (orjson.loads(self.tokenizer.to_str()),)  # pickled, it loses `encode_special_tokens`


@dataclass(frozen=True, slots=True, eq=False)
class GigatokenBackend:
    """The backend on `gigatoken`, on this thread alone: a build has a process a core."""

    config: Config
    fast: gigatoken.Tokenizer
    library: LibraryBackend

    def __call__(self, pieces: Sequence[str]) -> tuple[Int64, Int32]:
        """Numbers of tokens (P,) and ids (T,)."""
        doubtful = doubtful_pieces(pieces)
        if not doubtful.size:
            return self._encode(pieces)
        clear = np.delete(np.arange(len(pieces)), doubtful)
        lengths = np.zeros(len(pieces), np.int64)
        lengths[clear], fast_ids = self._encode([pieces[i] for i in clear.tolist()])
        lengths[doubtful], ids = self.library([pieces[i] for i in doubtful.tolist()])
        return lengths, in_piece_order([(clear, fast_ids), (doubtful, ids)], lengths)

    def _encode(self, pieces: Sequence[str]) -> tuple[Int64, Int32]:
        """Ids as they stand in the awkward array that it gives: offsets and uint32, no Python list."""
        layout = self.fast.encode_batch(list(pieces), parallel=False).layout
        return np.diff(layout.offsets.data), layout.content.data.astype(np.int32)

    def __reduce__(self) -> tuple[Callable[[Config], Encode], tuple[Config]]:
        return gigatoken_backend, (self.config,)


def library_backend(config: Config) -> LibraryBackend:
    """The encoder of an edited tokenizer.json on `tokenizers`.

    Raises:
        ConfigError: the library does not read what it has written: ids or tokens occur twice in it.
    """
    try:
        tokenizer = Tokenizer.from_str(orjson.dumps(config).decode())
    except Exception as error:  # the library raises nothing narrower
        raise ConfigError(
            f"expected a tokenizer.json whose tokens and ids all differ, got one that cannot be read again: {error}"
        ) from error
    tokenizer.encode_special_tokens = True
    return LibraryBackend(tokenizer)


def gigatoken_backend(config: Config) -> GigatokenBackend:
    """The encoder of an edited tokenizer.json on `gigatoken`; its ids are not checked here.

    Raises:
        ImportError: it is not installed.
        RuntimeError, ValueError: it does not support the tokenizer.
    """
    import gigatoken  # late: the machine may have no wheel of it

    ids = _ids(config)
    if ids and max(ids) >= 4 * len(ids) + 4096:
        # It allocates by the largest id, and a failed allocation there ends the process.
        raise ValueError(f"its ids go up to {max(ids)} and only {len(ids)} are used")
    ordinary = [token for token in config["added_tokens"] if not token["special"]]
    fast = gigatoken.Tokenizer.from_json(orjson.dumps(config | {"added_tokens": ordinary}))
    return GigatokenBackend(config=config, fast=fast, library=library_backend(config))


def choose_backends(
    configs: Sequence[Config], wanted: BackendName, probes: Callable[[], list[str]]
) -> tuple[tuple[Encode, ...], BackendReport]:
    """The encoders of a tokenizer's variants, all on one backend.

    Args:
        configs: edited tokenizer.jsons.
        wanted: `tokenizers`, or else `gigatoken` if it gives the same ids.
        probes: makes the texts on which the two are compared.
    """
    if wanted == "tokenizers":
        return _on_library(configs, 0, None, "asked for")
    try:
        fast = [gigatoken_backend(config) for config in configs]
    except ImportError:
        return _on_library(configs, 0, None, "gigatoken is not installed")
    except (RuntimeError, ValueError) as error:
        return _on_library(configs, 0, None, f"gigatoken cannot load it: {str(error).partition(chr(10))[0]}")
    texts = probes()
    for backend in fast:
        differing = _first_difference(texts, backend, backend.library)
        if differing is not None:
            reason = f"gigatoken gives other ids for {differing[:80]!a}"
            return _on_library(configs, len(texts), False, reason)
    reason = "equal ids on all probes"
    report = BackendReport(
        name="gigatoken", version=version("gigatoken"), compared=len(texts), equal=True, reason=reason
    )
    return tuple(fast), report


_NONE: Final = np.zeros(0, np.intp)
_SPARSE: Final = 16
"""Where at most one byte in so many begins a character beyond ASCII, those characters are read one by one."""


def doubtful_pieces(pieces: Sequence[str]) -> npt.NDArray[np.intp]:
    """Indices of the pieces with a character whose category the libraries may not agree on, or a lone surrogate."""
    wide = [i for i, piece in enumerate(pieces) if not piece.isascii()]
    text = "".join([pieces[i] for i in wide])
    if not _has_doubtful(text):
        return _NONE
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    hits = np.flatnonzero(_doubtful_characters()[codes])
    ends = np.cumsum([len(pieces[i]) for i in wide])
    return np.array(wide, np.intp)[np.unique(np.searchsorted(ends, hits, side="right"))]


def _has_doubtful(text: str) -> bool:
    """Whether such a character stands anywhere in a text: nearly always none does."""
    data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    leads = np.flatnonzero(data >= 0xC0)
    if len(leads) * _SPARSE > len(data):
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    else:
        codes = _code_points(data, leads)
    return bool(_doubtful_characters()[codes].any())


def _code_points(data: npt.NDArray[np.uint8], leads: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
    """(n,) the characters of two to four bytes of UTF-8 that begin at `leads`."""
    first = data[leads].astype(np.int64)
    length = 2 + (first >= 0xE0) + (first >= 0xF0)
    codes = first & (0xFF >> (length + 1))
    for place in (1, 2, 3):
        more = length > place
        codes[more] = codes[more] << 6 | data[leads[more] + place] & 0x3F
    return codes


def in_piece_order(runs: Sequence[tuple[npt.NDArray[np.intp], Int32]], lengths: Int64) -> Int32:
    """Merge runs of (the pieces that a backend had, their ids one after the other) into the ids (T,) of all pieces."""
    if len(runs) == 1:
        return runs[0][1]
    starts = np.cumsum(lengths) - lengths
    merged = np.empty(int(lengths.sum()), np.int32)
    for chosen, ids in runs:
        counts = lengths[chosen]
        merged[np.repeat(starts[chosen] - np.cumsum(counts) + counts, counts) + np.arange(len(ids))] = ids
    return merged


def _on_library(
    configs: Sequence[Config], compared: int, equal: bool | None, reason: str
) -> tuple[tuple[Encode, ...], BackendReport]:
    report = BackendReport(
        name="tokenizers", version=version("tokenizers"), compared=compared, equal=equal, reason=reason
    )
    return tuple(library_backend(config) for config in configs), report


def _first_difference(texts: Sequence[str], one: Encode, other: Encode) -> str | None:
    """The first text with different ids; None if there is none."""
    (lengths, ids), (other_lengths, other_ids) = one(texts), other(texts)
    if np.array_equal(lengths, other_lengths) and np.array_equal(ids, other_ids):
        return None
    pairs = zip(texts, _split(lengths, ids), _split(other_lengths, other_ids), strict=True)
    return next(text for text, mine, its in pairs if not np.array_equal(mine, its))


def _split(lengths: Int64, ids: Int32) -> list[Int32]:
    return np.split(ids, np.cumsum(lengths)[:-1])


def _ids(config: Config) -> list[int]:
    vocabulary: dict[str, int] | list[Any] = config["model"]["vocab"]
    own = vocabulary.values() if isinstance(vocabulary, dict) else range(len(vocabulary))
    return [*own, *(token["id"] for token in config["added_tokens"])]


@lru_cache(maxsize=1)
def _doubtful_characters() -> npt.NDArray[np.bool_]:
    """(0x110000,) whether a code point is newer than Unicode 16, unknown to Python, or a surrogate."""
    table = unassigned().copy()
    for first, last in UNICODE_17:
        table[first : last + 1] = True
    return table
