"""A text to measure on where no input is at hand: made here, the same every time, with spans of many types."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Final

import orjson

MADE_BYTES: Final = 4 << 20
_SENTENCES: Final = (
    "The path through the valley was longer than anyone had remembered, and the light went early.",
    "She read the letter twice, folded it, and said that nothing in it could be of use before spring.",
    "Heat the flask to {a} °C, add {b} mL of water and stir for {c} min until the salt is gone.",
    "There was no wind, so the boats lay in the harbour and the men mended their nets.",
    "A crate holds {a} jars, so the shop ordered {a} * {c} = {product} of them and paid at once.",
    "What the committee wanted was a plain answer, and what it got was another report.",
    "The valve opens at {a}.{c} kPa and closes again {b} ms later.",
    "Nobody could say who had planted the trees along the road, or why they stood so close.",
    "Of the oxide Fe2O3 and the acid H2SO4 they kept {b} g and {c}.5 kg in the store.",
    "In the evening they played cards, drank what was left of the tea, and talked about the harvest.",
    "The meeting of 20{c}{d}-0{d}-1{d} began at 1{d}:{e}5 and ended without a vote.",
    "Every window on the north side was shut, and behind each of them somebody was listening.",
)
_SENTENCES_OF_A_DOCUMENT: Final = 20


def write_made_text(path: Path, size: int = MADE_BYTES) -> None:
    """Write JSON Lines with about `size` bytes of text."""
    with path.open("wb") as lines:
        for text in made_texts(size):
            lines.write(orjson.dumps({"text": text}, option=orjson.OPT_APPEND_NEWLINE))


def made_texts(size: int) -> Iterator[str]:
    """Documents of about 2 kB, `size` characters in all."""
    sentences = _sentences()
    while size > 0:
        text = " ".join(islice(sentences, _SENTENCES_OF_A_DOCUMENT))
        size -= len(text)
        yield text


def _sentences() -> Iterator[str]:
    draws = _draws()
    for number in count():
        a, b, c, d, place = (next(draws) for _ in range(5))
        numbers = {"a": 2 + a % 900, "b": 1 + b % 500, "c": 1 + c % 9, "d": 1 + d % 9, "e": 1 + d % 5}
        sentence = _SENTENCES[(number + place % 3) % len(_SENTENCES)]
        yield sentence.format(**numbers, product=numbers["a"] * numbers["c"])


def _draws() -> Iterator[int]:
    """A linear congruential sequence (multiplier and increment of Numerical Recipes), its upper bits."""
    state = 1
    while True:
        state = (1_664_525 * state + 1_013_904_223) % 2**32
        yield state >> 8
