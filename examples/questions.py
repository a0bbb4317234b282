"""Questions with one whole number as the answer, as shards for `train_hybrid.py`.

    Add 41 and 87 and 5: 133            NUMBER operands
    Add 3 km and 25 m in m: 3025        QUANTITY operands, of different units
    Atoms of H in 12 of C2H6O: 72       a FORMULA and a NUMBER

Each comes also as an expression (`41 + 87 + 5 =: 133`), whose ARITHMETIC vector holds the result. Test questions are
new: none is trained on.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

import fluxem_prep

ANSWER: Final = ":"
"""What stands behind it is the answer, and nothing before a question has one."""
DIGITS: Final = 2
"""Digits of the longest operand that is trained on."""
OPERANDS: Final = 2
"""Operands of the longest sum that is trained on."""
VOCABULARY: Final = 64
LARGEST: Final = 16_000
"""Questions of the largest training set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question, in words and as an expression."""

    words: str
    expression: str
    answer: int

    def text(self, *, as_expression: bool) -> str:
        """The document: question, colon, answer, end of line."""
        return f"{self.expression if as_expression else self.words}{ANSWER} {self.answer}\n"


Maker = Callable[[random.Random], Question]


def add(draw: random.Random, *, digits: int = 0, operands: int = 0) -> Question:
    """A sum; 0 draws up to DIGITS digits an operand, and up to OPERANDS operands (from 2 up)."""
    count = operands or draw.randint(2, OPERANDS)
    values = [_whole(draw, digits or draw.randint(1, DIGITS)) for _ in range(count)]
    return Question(
        words=f"Add {' and '.join(map(str, values))}",
        expression=f"{' + '.join(map(str, values))} =",
        answer=sum(values),
    )


def units(draw: random.Random) -> Question:
    """A sum of two quantities, one in a unit that is a multiple of the other's."""
    large, small, factor, limit = draw.choice((("km", "m", 1000, 9), ("kg", "g", 1000, 9), ("min", "s", 60, 59)))
    first, second = draw.randint(1, limit), draw.randint(1, 59 if factor == 60 else 999)
    return Question(
        words=f"Add {first} {large} and {second} {small} in {small}",
        expression=f"{first} * {factor} + {second} =",
        answer=factor * first + second,
    )


def atoms(draw: random.Random) -> Question:
    """Atoms of an element in some molecules."""
    counts = {"C": draw.randint(1, 9), "H": draw.randint(2, 9), "O": draw.randint(1, 9)}
    formula = "".join(element + (str(count) if count > 1 else "") for element, count in counts.items())
    element, molecules = draw.choice("CHO"), draw.randint(2, 9)
    return Question(
        words=f"Atoms of {element} in {molecules} of {formula}",
        expression=f"{molecules} * {counts[element]} =",
        answer=molecules * counts[element],
    )


TRAINED: Final[tuple[Maker, ...]] = (add, add, units, atoms)
TESTS: Final[dict[str, Maker]] = {
    "sums": add,
    "longer operands": lambda draw: add(draw, digits=DIGITS + 1),
    "longer chain": lambda draw: add(draw, operands=OPERANDS + 1),
    "units": units,
    "stoichiometry": atoms,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shards:
    """Built shards of one seed."""

    train: dict[int, Path]
    """By number of questions; a smaller set is the beginning of a larger one."""
    tests: dict[str, Path]
    """By the name of the test; the same for all training sets."""
    tokenizer: Path
    """The tokenizer.json they were built with."""


def build_all(folder: Path, sizes: list[int], seed: int, tests: int, *, as_expression: bool) -> Shards:
    """Questions of one seed as shards. The test questions and the tokenizer do not depend on the sizes asked for."""
    draw = random.Random(seed)
    made = [draw.choice(TRAINED)(draw) for _ in range(LARGEST)]
    known = {question.words for question in made}
    fresh = {name: _unseen(make, draw, known, tests) for name, make in TESTS.items()}
    tokenizer = digit_tokenizer(folder, [question.text(as_expression=as_expression) for question in made[:500]])
    sets = {str(size): made[:size] for size in sizes} | fresh
    built = {name: _build(folder, name, part, tokenizer, as_expression=as_expression) for name, part in sets.items()}
    return Shards(
        train={size: built[str(size)] for size in sizes},
        tests={name: built[name] for name in TESTS},
        tokenizer=tokenizer,
    )


def digit_tokenizer(folder: Path, texts: list[str]) -> Path:
    """A byte-level BPE of the questions' words; each digit is a token, which suits arithmetic best."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex("[0-9:]"), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    # The alphabet of the texts is enough, and a small table makes small steps.
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=VOCABULARY, show_progress=False))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tokenizer.json"
    tokenizer.save(str(path))
    return path


def _whole(draw: random.Random, digits: int) -> int:
    """A whole number of so many digits; 0 has one."""
    return draw.randrange(10 ** (digits - 1) if digits > 1 else 0, 10**digits)


def _unseen(make: Maker, draw: random.Random, known: set[str], count: int) -> list[Question]:
    """`count` distinct questions that were not trained on."""
    fresh: dict[str, Question] = {}
    for _ in range(100 * count):
        question = make(draw)
        if question.words not in known:
            fresh[question.words] = question
        if len(fresh) == count:
            return list(fresh.values())
    raise SystemExit(f"expected {count} questions that are not trained on, found {len(fresh)}: take fewer --tests")


def _build(folder: Path, name: str, part: list[Question], tokenizer: Path, *, as_expression: bool) -> Path:
    place = folder / name.replace(" ", "_")
    place.mkdir(parents=True)
    source = place / "questions.jsonl"
    lines = [json.dumps({"text": question.text(as_expression=as_expression)}) + "\n" for question in part]
    source.write_text("".join(lines), encoding="utf-8")
    domains = ["ARITHMETIC"] if as_expression else ["NUMBER", "QUANTITY", "FORMULA"]
    return fluxem_prep.build(source, place / "out", tokenizer=tokenizer, domains=domains).out
