"""What every domain is made of: its encoder, its grammar, its evidence, its examples.

A domain is one file beside this one and one line in the table of `fluxem.domains`. The file holds an encoder
(a subclass of `DomainEncoder`) and a `Domain` that tells the detector where such a thing can begin, what it
looks like, and what around it decides whether it is one.

How detection uses a `Domain`. The places where something can begin (a `Lead`) are found for a whole batch of documents
at once, and the few characters behind each tell which domains are worth trying there (`opens`). Each of these matches
its fragment in `follows`: what comes after the lead. (One regular expression composed of all domains, as the design
page has it, asks every domain at every numeral and capital; this is several times faster.) Of the domains that match,
the longest wins, then the first in `fluxem.vocabulary.PRIORITY`, if its evidence holds.
A fragment obeys five rules, which keep the whole linear in the length of the text:

1. It is possessive throughout (`++`, `*+`, `?+`), and has one capturing group, the empty `MARK`.
2. It never fails after an unbounded repeat. Where the boundary behind a long run is wrong, the fragment takes
   the run all the same and leaves the MARK out (`ending`): the stretch is then skipped, not tried again from
   its middle.
3. It may look behind at most a few characters before the lead.
4. Under NUMBER the group `joined` tells whether an operator joins the numeral to a single letter before it
   (`x**2`, `x + 2`); a fragment asks with `(?(joined)...|...)`, and `reach` says where such a candidate begins.
5. The lead has been consumed: the first character for CAPITAL, BRACKET and PAREN, a whole numeral for NUMBER.

A span whose beginning looks like anything at all (a reaction) is found from its middle instead: see `Anchor`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, ClassVar, Final, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from fluxem.domains.message import shown
from fluxem.domains.nearby import Notebook, Words
from fluxem.encoding.header import FloatArray, as_vector, expect_header, write_header
from fluxem.errors import DecodeError
from fluxem.vocabulary import VECTOR_DIM, DomainType, FailureReason

Value = TypeVar("Value")
BoolArray = npt.NDArray[np.bool_]

_MANY: Final = 8
"""From so many values on, columns are faster than one value at a time."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A value that stands for "this cannot be encoded"."""

    reason: FailureReason
    """Why, from the closed list."""
    detail: str = ""
    """What was expected and what came, for people."""


class DomainEncoder(ABC, Generic[Value]):
    """Text to value, value to vector of 128, and back, for one domain.

    A subclass says how to read a text (`parse`), which Python values it takes (`normalize`), how n of them are
    written (`write`) and how one is read (`read`). The rest follows here, so `encode` and `encode_batch` cannot
    differ. Where speed matters a domain has other ways to the same bytes: `write_one`, `write_columns`.
    """

    domain: ClassVar[DomainType]
    """The id in the header."""

    @abstractmethod
    def parse(self, text: str) -> Value | Failure:
        """The value that `text` stands for, or why it has none. Never raises, whatever the text."""

    @abstractmethod
    def normalize(self, value: object) -> Value | Failure:
        """`value` (never a str) as the domain's own type, checked to fit the code; or why it does not."""

    @abstractmethod
    def write(self, vectors: FloatArray, values: Sequence[Value]) -> None:
        """Fill dims 8-127 of the zeroed rows of `vectors` (n, 128) with n normalized values."""

    @abstractmethod
    def read(self, vector: FloatArray) -> Value:
        """The value in dims 8-127 of one encoding (float32, header checked).

        Raises:
            DecodeError: the payload is none that `write` makes.
        """

    def prepare(self, value: object) -> Value | Failure:
        """A text or a Python value as a value that `write` takes, or why not."""
        parsed = self.parse(value) if isinstance(value, str) else value
        return parsed if isinstance(parsed, Failure) else self.normalize(parsed)

    def encode(self, value: object) -> FloatArray | None:
        """The code of `value` (a text of the domain or its Python value): float32 (128,); None if it has none."""
        prepared = self.prepare(value)
        return None if isinstance(prepared, Failure) else self.write_one(prepared)

    def write_one(self, value: Value) -> FloatArray:
        """The code (128,) of one normalized value; a domain may have a faster way to the same bytes than `write`."""
        vectors = np.zeros((1, VECTOR_DIM), dtype=np.float32)
        write_header(vectors, self.domain)
        self.write(vectors, [value])
        code: FloatArray = vectors[0]
        return code

    def encode_batch(self, values: Sequence[object]) -> tuple[FloatArray, dict[int, FailureReason]]:
        """The codes of n values, float32 (n, 128), and the reason of each one that has none, by its index.

        The row of a failed value is NaN in all coordinates, so that it cannot be taken for a code.
        """
        if len(values) >= _MANY:
            vectors = np.zeros((len(values), VECTOR_DIM), dtype=np.float32)
            done = self.write_columns(vectors, values)
            if done is not None:
                write_header(vectors, self.domain)
                return self._encode_rest(vectors, values, np.flatnonzero(~done).tolist())
        return self._encode_each(values)

    def write_columns(self, vectors: FloatArray, values: Sequence[object]) -> BoolArray | None:  # noqa: ARG002
        """Write dims 8-127 of those of many values that a faster way takes, to the same bytes, into (n, 128) rows.

        Returns which rows are done, bool (n,), the others are done one by one; None where there is no faster way.
        """
        return None

    def _encode_rest(
        self, vectors: FloatArray, values: Sequence[object], left: list[int]
    ) -> tuple[FloatArray, dict[int, FailureReason]]:
        if not left:
            return vectors, {}
        vectors[left], failures = self._encode_each([values[row] for row in left])
        return vectors, {left[row]: reason for row, reason in failures.items()}

    def _encode_each(self, values: Sequence[object]) -> tuple[FloatArray, dict[int, FailureReason]]:
        prepared = [self.prepare(value) for value in values]
        failures = {row: item.reason for row, item in enumerate(prepared) if isinstance(item, Failure)}
        good = [item for item in prepared if not isinstance(item, Failure)]
        vectors = np.zeros((len(good), VECTOR_DIM), dtype=np.float32)
        if good:
            write_header(vectors, self.domain)
            self.write(vectors, good)
        if not failures:
            return vectors, failures
        out = np.full((len(prepared), VECTOR_DIM), np.nan, dtype=np.float32)
        out[[row for row in range(len(prepared)) if row not in failures]] = vectors
        return out, failures

    def decode(self, vector: npt.ArrayLike) -> object:
        """The value of one encoding, as plain Python types; exactly what was encoded.

        Raises:
            DecodeError: `vector` is no encoding of this domain, or a sum of several.
        """
        return self.read(expect_header(vector, self.domain, max_weight=1)[0])

    def code_of(self, value: object) -> FloatArray:
        """The code (128,) of a value that an operator or a sum gave.

        Raises:
            DecodeError: the value has none, with the reason.
        """
        vectors, failures = self.encode_batch([value])
        if failures:
            raise DecodeError(f"expected a result that {self.domain.name} can hold, got {shown(value)}", failures[0])
        code: FloatArray = vectors[0]
        return code

    def is_valid(self, vector: npt.ArrayLike) -> bool:
        """Whether `vector` is bit for bit an encoding of some value of this domain."""
        try:
            array, _ = expect_header(vector, self.domain, max_weight=1)
            value = self.read(array)
        except DecodeError:
            return False
        if isinstance(self.normalize(value), Failure):  # coordinates that no code has may read as more than one holds
            return False
        # Compared as numbers: -0.0 and 0.0 are the same coordinate.
        return bool((self.write_one(value) == as_vector(vector)).all())


class Lead(Enum):
    """Where a span of a family begins."""

    NUMBER = auto()
    """At a decimal numeral, `fluxem.domains.numeral`."""
    CAPITAL = auto()
    """At an ASCII capital letter that no letter or digit precedes, nor an underscore behind an ASCII one."""
    BRACKET = auto()
    """At an opening square bracket."""
    PAREN = auto()
    """At the first of a run of opening parentheses."""


WINDOW: Final = 8
"""How many characters behind a lead decide which domains are tried there (`Domain.opens`)."""

MARK: Final = "()"
"""An empty group that stands in a fragment where what was matched is known to be a candidate."""


def ending(boundary: str) -> str:
    """The end of a fragment: a candidate where `boundary` (a look-ahead) holds, else a stretch to be skipped."""
    return f"(?:{boundary}{MARK}|)"


_MARGIN: Final = 64
"""White space to either side beyond which a candidate does not count as the whole document."""


@dataclass(slots=True)  # neither frozen nor keyword-only: made for every candidate, and either takes twice as long
class Context:
    """A candidate in its document, as evidence rules see it; nobody changes one."""

    text: str
    """The whole document."""
    start: int
    """Where the candidate begins, in code points."""
    end: int
    """Where it ends, exclusive."""
    notes: Notebook | None = None
    """What is known of the document; shared by its candidates, so that evidence costs the same however many stand close
    together."""

    @property
    def surface(self) -> str:
        """The candidate's own text."""
        return self.text[self.start : self.end]

    @property
    def alone(self) -> bool:
        """Whether the document is nothing but the candidate, white space aside."""
        if self.start > _MARGIN or len(self.text) - self.end > _MARGIN:
            return False
        return not self.text[: self.start].strip() and not self.text[self.end :].strip()

    def before(self, length: int) -> str:
        """Up to `length` characters in front of the candidate."""
        return self.text[max(0, self.start - length) : self.start]

    def after(self, length: int) -> str:
        """Up to `length` characters behind the candidate."""
        return self.text[self.end : self.end + length]

    def near(self, words: Words, before: int, after: int) -> bool:
        """Whether one of `words` stands among `before` characters in front of it or `after` characters behind it."""
        notes = self.notes or Notebook(self.text)
        return notes.near(words, max(0, self.start - before), self.start, self.end, self.end + after)


class Verdict(Enum):
    """What the evidence says of a candidate."""

    SPAN = auto()
    """It is one."""
    AMBIGUOUS = auto()
    """A real candidate without evidence: it stays text and is counted as `ambiguous`."""
    TEXT = auto()
    """It merely resembles one: plain text, not counted."""


Judge = Callable[[Context], Verdict]
"""Reads a bounded window around a candidate; looks for words in it by `Context.near`, which costs the same anywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """For spans that no character at their start tells from prose: where in their middle to look for them.

    A document is searched for the triggers, rare strings such as `->`; around each one `find` looks for the span.
    Work around a trigger is bounded by the triggers next to it and by `window`, so that it is linear in all.
    """

    triggers: tuple[str, ...]
    """The strings; of two at one place, the longer counts."""
    find: Callable[[str, int, int, int, int], tuple[int, int] | None]
    """(text, low, start, end, high): the span around the trigger text[start:end] inside text[low:high], or None."""
    ahead: str = ""
    """A pattern of what stands behind a trigger wherever `find` sees a span; other triggers are passed over. It does
    not begin with the last character of a trigger. It is looked for in bytes (`fluxem.integration.page`), where `?` may
    be any other character, and `\\0` is what is behind the end of the text."""
    skips: str = "(?!)"
    """A pattern of the characters that `ahead` may take, behind three characters of white space at most, before what
    makes it out: the coefficient of `-> 12 H2O`."""
    begins: str = "(?s:.)"
    """A pattern of the first character of the rest; what stands behind most triggers fails it."""
    window: int = 512
    """Characters to either side of a trigger that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """One line of the table of domains."""

    encoder: DomainEncoder[Any]
    """Parses, encodes and decodes."""
    follows: dict[Lead, str]
    """For each lead under which such a span can begin: the fragment for what follows the lead."""
    opens: Mapping[Lead, str] = field(default_factory=dict)
    """For a lead: a pattern that the next characters match wherever the fragment finds what may be a candidate, so that
    most leads are passed over without trying it; where there is none, it is always tried. The window begins at the lead
    itself, under NUMBER behind the numeral; what is behind the end of the text is `\\0`. It shows `WINDOW` characters,
    or half as many. The pattern sees nothing else, so where more may go on behind the window it ends in `\\Z`."""
    relates: bool = False
    """Whether a relation behind a numeral (`12 people per km2`) makes any name there a part of such a span, so that
    what `opens` says of the name does not count."""
    dull: Callable[[str], bool] | None = None
    """Whether a word of letters at a CAPITAL is plain text whatever stands around it, as long as something does; None
    where that cannot be told."""
    sure: tuple[tuple[str, str], ...] = ()
    """Spans of this domain whatever else stands in the text: frequent forms between words that no rule of evidence, of
    this domain or another, could judge otherwise, and of which no domain has a longer reading. They are taken without
    asking. Each is a pattern of the two characters before a plain numeral (no exponent), and the pattern behind it,
    without a capturing group; a sign in words (`minus 5`) is seen to. They are looked for in bytes
    (`fluxem.integration.page`), where `?` may be any other character."""
    shut: tuple[str, str] | None = None
    """Characters right before a NUMBER lead behind which it is never a span of this domain, so that it is not tried,
    and a pattern of the window where it is all the same; None where there are none."""
    tied: str | None = ""
    """What may be shown behind a NUMBER lead that a hyphen ties to an ASCII letter or digit before it, or a slash to a
    letter, as the numerals of names are (`ch17-03`, `page/2`), and that does not join it to a single letter (`x-1`): a
    pattern of the window; None where such a numeral never begins one."""
    anchor: Anchor | None = None
    """Where else to look for such spans; None where leads find them all."""
    judge: Judge | None = None
    """Evidence; None where the form is enough."""
    part_of: DomainType | None = None
    """Before whose longer candidate, if that is ambiguous, this one is only a part: of `4 × 10^−6 C`, `4 × 10^−6`."""
    trim: Callable[[str], tuple[int, int]] | None = None
    """Where in what the grammar matched the candidate begins and ends; None where it is all of it."""
    reach: Callable[[str, int, int], int] | None = None
    """Where a candidate begins that may begin before its lead: (text, place of the lead, floor) to the place, not below
    the floor, of what stands in front and belongs to it: a letter that an operator joins to a numeral (`x**2`), a month
    in small letters (`march 3, 2021`). The lead's place where nothing does; None where candidates begin at leads."""
    signed: bool = False
    """Whether a sign right before the numeral or parenthesis belongs to the span."""
    signs: str = "-+\u2212"
    """Which characters are a sign, where `signed` holds; the en dash too, where the parser takes it for a minus."""
    examples: tuple[tuple[str, str], ...]
    """Texts that are one span of this domain when they stand alone, and `str` of what they decode to."""
    rejects: tuple[tuple[str, FailureReason], ...] = ()
    """Texts that `encode` refuses, with the reason."""

    @property
    def type(self) -> DomainType:
        """The domain's id."""
        return self.encoder.domain
