"""Texts on which two implementations of one tokenizer are compared before the faster one is trusted.

A tokenizer's ids come out of its normaliser, its splitter, its merges and its added tokens, so there are probes for
each: characters of every script and category beside letters, digits and signs; runs of spaces, digits and letters;
words of the tokenizer's own vocabulary, alone and joined; added tokens, whole, cut, doubled and inside words. Same
tokenizer, same probes.
"""

from __future__ import annotations

import random
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

# Characters that splitters treat differently: letters of each case, marks, digits of other scripts, signs, spaces,
# controls, joiners; the long s and the Kelvin sign are the letters s and k to a pattern that ignores case.
_REPRESENTATIVES: Final = (
    *"aZsStTdDmMlLrRvVeE109 '’.,-_/+=<>[](){}|#@&%$£\"\t\n\r\x0b\x0c\x00\x1c\x7f\x85\xa0\xad",
    *"éßÿªºµ²¾ǅʰſKİıаЖבاحกあ漢한Ⅷ١९𝔸𝟘🙂🏽👩🇫ﬁＡ",
    *"\u0300\u0301\u0308\u0345\u093c\u094d\u0e33\u180e\u2009\u200b\u200d\u2028\u2029\u202f\u3000\ufe0f\ufeff\ufffc\ufffd",
    *("'s", "'LL", "'ſ", " '", "  ", "   ", "\r\n", "\n\n", "e\u0301", "👩‍🔬", "क्", "▁", "Ġ", "##", "<0x41>"),
)
_MIXED: Final = 1500
_VOCABULARY: Final = 1500
_ADDED: Final = 100
_BLOCK: Final = 64
# Ideographs, syllables and private use: thousands of characters alike, of which every sixteenth block is enough.
_UNIFORM: Final = ((0x3400, 0xA000), (0xAC00, 0xD7A4), (0xE000, 0xF900), (0x17000, 0x19000), (0x1B100, 0x1B300))
LAST_TABLE: Final = 0x323B0
"""From here on stand tags, private use and what is not assigned: doubtful altogether."""
_SPACES: Final = (" ", "\t", "\n", "\r\n", "\xa0", "\u3000", " \n", "\n ", "\t ", "\u2009")
_LONG: Final = ("a", "x", "1", "ab", "the", "é", "漢", ".", "-=", "'", "\u0301", "🙂", "Aa1")


def probe_texts(tokenizer: Tokenizer) -> list[str]:
    """Some thousands of texts; none has a lone surrogate.

    Args:
        tokenizer: the tokenizer as given, for its vocabulary and the names of its special and added tokens.
    """
    draw = random.Random(0)  # noqa: S311 - probes, not secrets
    names = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
    return [
        "",
        *_REPRESENTATIVES,
        *("".join(draw.choices(_REPRESENTATIVES, k=draw.randint(2, 12))) for _ in range(_MIXED)),
        *_scripts(),
        *_runs(),
        *_words(tokenizer, draw),
        *_around(draw.sample(names, min(_ADDED, len(names))), draw),
    ]


def _scripts() -> Iterator[str]:
    """A text a block of 64 code points, of five assigned ones."""
    for start in range(0x80, min(sys.maxunicode, 0x2A000), _BLOCK):
        if any(low <= start < high and start // _BLOCK % 16 for low, high in _UNIFORM) or 0xD800 <= start < 0xE000:
            continue
        block = [chr(start + i) for i in np.flatnonzero(~unassigned()[start : start + _BLOCK]).tolist()]
        if block:
            a, b, c, d, e = (block[i * (len(block) - 1) // 4] for i in range(5))
            yield f"a{a}{b} {c}1{d}'s {e}{e}.{a}\n{c}"


@lru_cache(maxsize=1)
def unassigned() -> npt.NDArray[np.bool_]:
    """(0x110000,) where Python knows no character, or half of a surrogate pair; true beyond `LAST_TABLE`."""
    categories = np.frombuffer("".join(map(unicodedata.category, map(chr, range(LAST_TABLE)))).encode(), "S2")
    table = np.ones(sys.maxunicode + 1, np.bool_)
    table[:LAST_TABLE] = (categories == b"Cn") | (categories == b"Cs")
    return table


def _runs() -> Iterator[str]:
    """Runs of spaces between words, of digits, and words of any length."""
    for space, count, (before, after) in product(
        _SPACES, (1, 2, 3, 4, 7, 8, 9, 16, 33), (("a", "b"), ("", ""), (".", "1"))
    ):
        yield before + space * count + after
    for count in (*range(1, 21), 64, 1000):
        yield from (f"x{'7' * count}y", f"-{'0' * count}.{'5' * count}e-{'3' * count}")
    for part in _LONG:
        yield from (part * count for count in (5, 31, 100, 513, 2049))


def _words(tokenizer: Tokenizer, draw: random.Random) -> Iterator[str]:
    """Words of the vocabulary, alone, capitalised, joined and in sentences."""
    ids = sorted(tokenizer.get_vocab(with_added_tokens=True).values())
    chosen = draw.sample(ids, min(_VOCABULARY, len(ids)))
    decoded = tokenizer.decode_batch([[i] for i in chosen], skip_special_tokens=False)
    words = [word for word in decoded if word and "\ufffd" not in word] or ["a"]
    yield from words
    for _ in range(_VOCABULARY):
        glue = draw.choice(("", "", " ", "-", "\n"))
        yield glue.join(_cased(draw.choices(words, k=draw.randint(2, 6)), draw))


def _cased(words: Sequence[str], draw: random.Random) -> Iterator[str]:
    for word in words:
        yield draw.choice((word, word, word.capitalize(), word.upper(), word[: len(word) // 2 + 1]))


def _around(names: Iterable[str], draw: random.Random) -> Iterator[str]:
    """Names of added tokens in their surroundings."""
    for name in names:
        half = len(name) // 2 + 1
        yield from (name, name * 2, name[:half], name[half:], name.upper(), name[:half] + name)
        for before, after in product(("", "a", " ", "  ", ".", "\n", "é"), repeat=2):
            yield before + name + after
        yield f"{draw.choice(_REPRESENTATIVES)}{name}{draw.choice(_REPRESENTATIVES)} {name} {name}"
