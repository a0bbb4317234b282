"""ARITHMETIC: an expression of numerals, holding its exact value.

Grammar. Numerals joined by `+ - * / ^` (also `− × · ÷ **`, and `x` between numerals), with parentheses;
unary signs; `^` binds tightest and to the right, so `-2^2` is -4. Values are exact rationals. Limits: 256
tokens, depth 64, 4,096 bits a number, exponents of at most 512.

Code. The number block of `fluxem.encoding.number_block` holds the value; dims 32-40 count `+`, `-`, `*`, `/`,
`^`, `(`, `)`, operands, and the depth of nesting. A plain number (an int, a Fraction) has no operations: all
nine are zero. The linear part adds, the log part multiplies.

Evidence. An equals sign behind the expression, a word that asks for a calculation before it, or a document that is
nothing else. Without these, operators other than a lone `-`, `/`, `x` or `×` are evidence by form; `48/2`, `10-4` and
`0.2 x 50` are not, because fractions, dates, scores, ranges and dimensions look the same, and neither are the long
digit groups of a telephone number; closed up, a difference must be asked for right before it (`What is 10-9?`). Spaced,
`/` is a division, and `-` is a difference where it falls, or where only one side is a fraction (`124 - 870/7`): `1914 -
1918` and `1/4 - 1/2` are ranges. Part of a longer formula (`x + 2 + 3`, `2*3*y`, `(5 - 2)!`, `√(3)/2`, `6 - 2(x)`), of
an address, a dash of two hyphens (`27--29`), a coefficient and its variable (`2x+9`) and a power that lost its
superscript (`10-9`) are text, and so are a sign in words and what is behind it (`minus 3 + 2`), a score (`won 3 - 1`,
`a 3 - 2 victory`), a power (`2 × 10E8`, `5 × 10^–13)`) and a sum that goes on behind a line's end, a range of powers
(`10^8 − 10^11`), a shape (`a 2 × 2 matrix`) and numbers of a row (`[4 − 3 1 5 ]`); `8^1/3` and `60 / 3/4`, which have
two readings, are ambiguous; a sign behind a space belongs to the expression where it can join nothing (`x = − 1 + 4`).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from struct import Struct
from typing import Final, cast

import numpy as np
import numpy.typing as npt

from fluxem.domains.arithmetic_columns import write_two_operands
from fluxem.domains.arithmetic_evidence import judge, unmatched
from fluxem.domains.domain import MARK, BoolArray, Domain, Failure, Lead, ending
from fluxem.domains.expression import Expression, evaluate
from fluxem.domains.numeral import NUMERAL, OPENS_PAREN, PLAIN_NUMERAL, SIGN
from fluxem.domains.scalar import ScalarEncoder, exact_number
from fluxem.domains.sign import spaced_sign
from fluxem.encoding import number_block, number_sums
from fluxem.encoding.header import FloatArray, code_vector, expect_header, fresh_code
from fluxem.encoding.number_block import Number
from fluxem.errors import DecodeError
from fluxem.vocabulary import DomainType, FailureReason

OPERATIONS: Final = slice(32, 41)
_COUNTS: Final = Struct("=9f")


class ArithmeticEncoder(ScalarEncoder[Expression]):
    """Exact numbers: takes an expression's text, an int, Fraction, Decimal, or float (its exact binary value).

    >>> encoder = ArithmeticEncoder()
    >>> total = encoder.encode("1234 + 5678") + encoder.encode(88)
    >>> encoder.decode_sum(total)
    7000
    """

    domain = DomainType.ARITHMETIC

    def parse(self, text: str) -> Expression | Failure:
        """The exact value of the expression in `text`."""
        return evaluate(text)

    def normalize(self, value: object) -> Expression | Failure:
        """A finite number that fits the linear part; anything else is `invalid_value` or `out_of_range`."""
        if type(value) is Expression and number_block.is_short(value):
            return value
        exact = exact_number(value)
        if isinstance(exact, Failure):
            return exact
        number = exact if isinstance(exact, Expression) else Expression(exact)
        if not number_block.fits(number):
            return Failure(FailureReason.OUT_OF_RANGE, "expected at most 80 integer and 48 fractional digits")
        return number

    def write(self, vectors: FloatArray, values: Sequence[Expression]) -> None:
        """The number block and the counts of operations."""
        number_block.write_values(vectors, values, [value.rounded for value in values])
        vectors[:, OPERATIONS] = [value.operations for value in values]

    def write_columns(self, vectors: FloatArray, values: Sequence[object]) -> BoolArray | None:
        """Texts of two operands go through columns."""
        if set(map(type, values)) != {str}:
            return None
        return write_two_operands(vectors, cast(Sequence[str], values))

    def write_one(self, value: Expression) -> FloatArray:
        """The number block and the counts of operations of one expression."""
        code = fresh_code(self.domain)
        number_block.pack_value(code, value, value.rounded)
        _COUNTS.pack_into(code, 4 * OPERATIONS.start, *value.operations)
        return code_vector(code)

    def read(self, vector: FloatArray) -> Expression:
        """Value and counts."""
        counts = vector[OPERATIONS]
        if (counts < 0).any() or (counts != np.rint(counts)).any():
            raise DecodeError("expected counts of operations in dims 32-40")
        return Expression(
            number_sums.read_rational(vector), tuple(int(x) for x in counts), bool(vector[number_block.INEXACT])
        )

    def decode(self, vector: npt.ArrayLike) -> Number:
        """The number: an int where it is whole, else a Fraction; 1/3 too, as `decode_sum` says."""
        value = self.read(expect_header(vector, self.domain, max_weight=1)[0])
        return number_block.simplest(Fraction(value.numerator, value.denominator))

    def decode_sum(self, vector: npt.ArrayLike) -> Number:
        """The sum of up to 169,466 added encodings, exact where no value is endless or its denominator is <= 10**20.

        Any other sum is off by at most 10**-48 for each summand that never ends (dim 20).

        Raises:
            DecodeError: another domain, or more summands than the limbs are exact for (`limit_exceeded`).
        """
        return number_sums.read_rational(expect_header(vector, self.domain, number_block.MAX_SUMMANDS)[0])

    def canonical(self, vector: npt.ArrayLike) -> FloatArray:
        """The encoding of what a raw sum adds up to, bit for bit; still flagged (dim 20) where that is not exact.

        Raises:
            DecodeError: as `decode_sum`; or the sum does not fit the code.
        """
        array, _ = expect_header(vector, self.domain, number_block.MAX_SUMMANDS)
        total, exact = number_sums.recovered(array)
        return self.code_of(Expression(total, rounded=not exact))


# ---------------------------------------------------------------------------------------------- detection

_OPERATOR: Final = r"[ \u00a0]?(?:\*\*|[-+*/^×÷·⋅−]|[xX])[ \u00a0]?"
_NUMERAL: Final = rf"(?:{NUMERAL}|\.[0-9]++)"
"""Behind an operator or a parenthesis a numeral may begin with its point: `20*.5`."""
_OPENING: Final = rf"(?:{SIGN}?+\([ ]?)"
_OPERAND: Final = rf"{_OPENING}*+{SIGN}?+{_NUMERAL}(?:[ ]?\))*+"
_CHAIN: Final = rf"(?:[ ]?\))*+(?:{_OPERATOR}{_OPERAND})++"
_BOUNDARY: Final = r"(?![\w%]|[.,][0-9])"

_SURE: Final = (
    rf"(?:[ ]?(?:[-+*/×÷]|(?<!0)[xX]|[ ][xX])[ ]?{PLAIN_NUMERAL}"
    rf"|(?:[ ]?[+*×][ ]?{PLAIN_NUMERAL}){{2,8}}+|(?:[ ][-+*/x×][ ]{PLAIN_NUMERAL}){{2,8}}+"
    rf"|(?:/{PLAIN_NUMERAL})?+(?:[ ]?[*×][ ]?|[ ]x[ ])(?:{PLAIN_NUMERAL}|\.[0-9]++)(?:/{PLAIN_NUMERAL})?+)"
    r"(?=[ ]?=(?!=))"
)
"""Two operands, or more of them, or a product of two that may be fractions, and an equals sign behind."""

_SURE_BEFORE: Final = (
    r"(?:(?:[a-wyzA-WYZ:;.]|(?<![0-9]),|=(?<=[a-zA-Z0-9)][ ]=))[ ]|[a-wyzA-WYZ,:;.\n][$\n]|[0-9?!][\n]"
    r"|[ ](?<![-+*/xX×÷−][ ])[$\n])"
)
"""In front of them: a word, a pause or a result, no operator (`$40 - $10 + 8`), no first group (`14, 400 / 80`)."""


def _balanced(surface: str) -> tuple[int, int]:
    """Where `surface` begins and ends without the unmatched parentheses at its ends."""
    if "(" not in surface and ")" not in surface:
        return 0, len(surface)
    opening, closing = unmatched(surface)
    leading = len(surface) - len(surface.lstrip("( +-−"))
    trailing = len(surface.rstrip(") "))
    start = max((place + 1 for place in opening if place < leading), default=0)
    end = min((place for place in closing if place >= trailing), default=len(surface))
    return start, len(surface[:end].rstrip())


ARITHMETIC: Final = Domain(
    encoder=ArithmeticEncoder(),
    follows={
        Lead.NUMBER: _CHAIN + ending(_BOUNDARY),
        # May fail at its end: the numeral behind the parenthesis then takes the run, or reads it as `(2 + 3j)`. Of
        # many parentheses with signs (`(-(-(-(`), each a lead, the first takes all.
        Lead.PAREN: rf"[ ]?(?:{_OPENING}*+{SIGN}?+{_NUMERAL}{_CHAIN}{_BOUNDARY}{MARK}|{_OPENING}{{16}}{_OPENING}*+)",
    },
    opens={
        Lead.NUMBER: rf"(?:[ ]?\))*+(?:{_OPERATOR}(?:[-+\u2212(0-9.]|\Z)|[ \u00a0]?\Z)",
        Lead.PAREN: OPENS_PAREN,
    },
    sure=((_SURE_BEFORE, _SURE),),
    part_of=DomainType.QUANTITY,
    tied=None,
    judge=judge,
    trim=_balanced,
    reach=spaced_sign,
    signed=True,
    examples=(
        ("123 + 456", "579"),
        ("10 * 20", "200"),
        ("2 + 2", "4"),
        ("48/2", "24"),
        ("(1 + 2) * 3", "9"),
        ("-2^2", "-4"),
        ("2^-3", "1/8"),
        ("2 ** 10", "1024"),
        ("0.1 + 0.2", "3/10"),
        ("1,234 + 5,678", "6912"),
        ("7 × 8 ÷ 2", "28"),
        ("0.2 x 50", "10"),
        ("1 - -5", "6"),
        ("20*.5", "10"),
        ("− 1 + 4", "3"),
        ("10 − 4 − 3", "3"),
    ),
    rejects=(
        ("1/0", FailureReason.DIVISION_BY_ZERO),
        ("0^-1", FailureReason.DIVISION_BY_ZERO),
        ("2^0.5", FailureReason.INVALID_VALUE),
        ("0x10", FailureReason.INVALID_VALUE),
        ("(-8)^0.5", FailureReason.NON_REAL),
        ("9^9^9", FailureReason.LIMIT_EXCEEDED),
        ("1e999999 + 1", FailureReason.OUT_OF_RANGE),
        ("10^81", FailureReason.OUT_OF_RANGE),
        ("(1 + 2", FailureReason.UNBALANCED_BRACKETS),
        ("1 + 2)", FailureReason.UNBALANCED_BRACKETS),
        ("1 +", FailureReason.INVALID_VALUE),
        ("", FailureReason.INVALID_VALUE),
        ("__import__('os')", FailureReason.INVALID_VALUE),
    ),
)
