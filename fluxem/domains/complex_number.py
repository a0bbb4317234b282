"""COMPLEX: `3+4j`, `-2-5i`, `3 + 4i`, `2.5-1e3j`, `1j`, holding exact real and imaginary parts.

Grammar. A real numeral, a sign, an imaginary numeral and its unit `i` or `j`; or the imaginary part alone. Signs
before the whole belong to it. A value is a pair (real, imaginary) of int or Fraction.

Code. Cartesian and log-polar, so that adding vectors adds in the one and multiplies in the other:

    dims 22     1 for zero, which has no logarithm
    dims 23-29  log2 of the squared modulus (which is rational, as the modulus is not), as in the number block
    dims 30-35  angle in turns, above -1/2 and up to 1/2: 48 bits as six signed base-256 limbs, highest first
    dims 64-95  real part, dims 96-127 imaginary part: 32 signed base-100 limbs each, limb j has place value
                100**(j - 16): 32 fractional and 32 integer decimal digits

Conjugation flips the signs of dims 30-35 and 96-127. Parts beyond 32 digits on either side of the point are
`out_of_range`, never rounded. How angle and logarithm are computed: `fluxem.encoding.phase` and `logarithm`.

Evidence. A real part, a sign and an imaginary part are evidence by form, unless they are closed-up whole numbers with
a minus (`12-5j`, a label), which need code, a bracket or the word "complex" near. An imaginary number alone (`3j`,
also a section or a Wigner symbol) is one in code, next to an operator or in a call. A product that follows takes the
imaginary part only: in `1+2j*x` the number is `2j`. One in front of its real part (`6i - 4`) is text. Components
along unit vectors (`6.00i + 12.00j`) are text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from struct import Struct
from typing import Final

import numpy as np
import numpy.typing as npt

from fluxem.domains.domain import MARK, Context, Domain, DomainEncoder, Failure, Lead, Verdict
from fluxem.domains.evidence import in_code, line_after, line_before
from fluxem.domains.message import shown
from fluxem.domains.numeral import NUMERAL, OPENS_PAREN, parse_numeral
from fluxem.domains.sign import LONE_DASH, PLUS_MINUS, WORDED_SIGN, spaced_sign
from fluxem.encoding import number_block, number_sums
from fluxem.encoding.header import FloatArray, code_vector, expect_header, fresh_code
from fluxem.encoding.limbs import LimbFormat, read_limbs, write_limbs
from fluxem.encoding.number_block import Number, simplest
from fluxem.encoding.phase import TURN, turn_unit, turn_units
from fluxem.errors import DecodeError
from fluxem.vocabulary import VECTOR_DIM, DomainType, FailureReason

Complex = tuple[Number, Number]
"""Real and imaginary part."""

PHASE: Final = slice(30, 36)
REAL: Final = slice(64, 96)
IMAGINARY: Final = slice(96, 128)
LAYOUT: Final = LimbFormat(limbs=32, fraction_limbs=16, digits=2)
MAX_TEXT: Final = 512
MAX_SUMMANDS: Final = LAYOUT.max_summands
MAX_FACTORS: Final = number_block.MAX_FACTORS

_SHIFTS: Final = np.arange(40, -1, -8, dtype=np.int64)
_PHASE: Final = Struct("=6f")
_CONJUGATE: Final = np.ones(VECTOR_DIM, dtype=np.float32)
_CONJUGATE[PHASE] = _CONJUGATE[IMAGINARY] = -1

_UNSIGNED: Final = r"(?:[0-9][0-9,]*+\.?+[0-9]*+|\.[0-9]++)(?:[eE][-+]?+[0-9]++)?+"
_TEXT = re.compile(
    rf"\s*(?P<real>[-+\u2212]?\s?{_UNSIGNED}(?!\s*[ij]))?\s*(?P<sign>[-+\u2212])?\s*(?P<imaginary>{_UNSIGNED})?[ij]\s*\Z"
)


class ComplexEncoder(DomainEncoder[Complex]):
    """Exact complex numbers: takes a text, a pair of int or Fraction, or a Python complex (its exact binary value).

    >>> encoder = ComplexEncoder()
    >>> encoder.decode_sum(encoder.encode("3+4j") + encoder.encode((1, -1)))
    (4, 3)
    """

    domain = DomainType.COMPLEX

    def parse(self, text: str) -> Complex | Failure:
        """The two parts that `text` spells."""
        if len(text) > MAX_TEXT:
            return Failure(FailureReason.TOO_LONG, f"expected at most {MAX_TEXT} characters, got {len(text)}")
        match = _TEXT.match(_without_parentheses(text))
        if match is None or (match["real"] and not match["sign"]):
            return Failure(FailureReason.INVALID_VALUE, f"expected a complex number such as 3+4j, got {text[:40]!r}")
        real = parse_numeral("".join((match["real"] or "0").split()))
        imaginary = parse_numeral(match["imaginary"] or "1")
        if isinstance(real, Failure):
            return real
        if isinstance(imaginary, Failure):
            return imaginary
        negative = match["sign"] in ("-", "\u2212")
        return simplest(real), simplest(-imaginary if negative else imaginary)

    def normalize(self, value: object) -> Complex | Failure:
        """A pair of int or Fraction, a complex or a real number, with at most 32 digits around the point."""
        if isinstance(value, complex | float):
            value = complex(value)
            value = (value.real, value.imag)
        elif isinstance(value, int | Fraction):
            value = (value, 0)
        if not (isinstance(value, tuple | list) and len(value) == 2 and all(map(_is_real, value))):
            return Failure(FailureReason.INVALID_VALUE, f"expected (real, imaginary), finite, got {shown(value)}")
        parts = simplest(Fraction(value[0])), simplest(Fraction(value[1]))
        if any(_scaled(part) is None for part in parts):
            return Failure(FailureReason.OUT_OF_RANGE, "expected at most 32 integer and 32 fractional digits a part")
        return parts

    def write(self, vectors: FloatArray, values: Sequence[Complex]) -> None:
        """Cartesian and log-polar parts."""
        x = [_scaled(real) or 0 for real, _ in values]
        y = [_scaled(imaginary) or 0 for _, imaginary in values]
        write_limbs(vectors[:, REAL], x, LAYOUT)
        write_limbs(vectors[:, IMAGINARY], y, LAYOUT)
        squares = [a * a + b * b for a, b in zip(x, y, strict=True)]
        number_block.write_log(vectors, squares, [LAYOUT.scale**2] * len(squares))
        units = turn_units(x, y)
        limbs = (np.abs(units)[:, None] >> _SHIFTS) & 255
        vectors[:, PHASE] = np.where(units[:, None] < 0, -limbs, limbs)

    def write_one(self, value: Complex) -> FloatArray:
        """Cartesian and log-polar parts of one number."""
        x, y = _scaled(value[0]) or 0, _scaled(value[1]) or 0
        code = fresh_code(self.domain)
        number_block.pack_log(code, x * x + y * y, LAYOUT.scale**2)
        units = turn_unit(x, y)
        sign = -1 if units < 0 else 1
        _PHASE.pack_into(code, 4 * PHASE.start, *[sign * limb for limb in abs(units).to_bytes(6, "big")])
        number_block.pack_limbs(code, REAL.start, x)
        number_block.pack_limbs(code, IMAGINARY.start, y)
        return code_vector(code)

    def read(self, vector: FloatArray) -> Complex:
        """The Cartesian parts."""
        x, y = read_limbs(vector[REAL], LAYOUT), read_limbs(vector[IMAGINARY], LAYOUT)
        if x is None or y is None:
            raise DecodeError("expected integers in dims 64-127: this is not a sum of encodings")
        return simplest(Fraction(x, LAYOUT.scale)), simplest(Fraction(y, LAYOUT.scale))

    def decode_sum(self, vector: npt.ArrayLike) -> Complex:
        """The exact sum of up to 169,466 added encodings, as (real, imaginary).

        Raises:
            DecodeError: another domain, or more summands than the limbs are exact for (`limit_exceeded`).
        """
        return self.read(expect_header(vector, self.domain, MAX_SUMMANDS)[0])

    def decode_product(self, vector: npt.ArrayLike) -> complex:
        """The product of up to 63,310 factors, read from their added encodings.

        Its distance from the exact product, relative to it, is below n * 1.4e-14 + 1e-15 for n factors: an angle
        is stored to 2**-49 + 2**-52 turns, log2 of a squared modulus to 2**-48. Beyond float64 it is infinite.

        Raises:
            DecodeError: another domain, or more factors than the limbs are exact for (`limit_exceeded`).
        """
        array = expect_header(vector, self.domain, MAX_FACTORS)[0]
        if array[number_block.ZEROS] > 0:
            return 0j
        modulus = _modulus(number_sums.read_log2(array) / 2)
        real, imaginary = _unit_vector(_turns(array))
        return complex(modulus * real if real else 0.0, modulus * imaginary if imaginary else 0.0)

    def conjugate(self, vector: npt.ArrayLike) -> FloatArray:
        """The conjugate of an encoding or of a raw sum: fixed sign flips, float32 (128,).

        The angle of a negative real number becomes -1/2, the same angle; `canonical` writes it as 1/2 again.
        """
        array, _ = expect_header(vector, self.domain, MAX_SUMMANDS)
        return np.asarray(array * _CONJUGATE + np.float32(0), dtype=np.float32)

    def canonical(self, vector: npt.ArrayLike) -> FloatArray:
        """The encoding of what a raw sum adds up to, bit for bit.

        Raises:
            DecodeError: as `decode_sum`; or the sum does not fit the code.
        """
        return self.code_of(self.decode_sum(vector))


def _without_parentheses(text: str) -> str:
    text = text.strip()
    return text[1:-1] if text[:1] == "(" and text[-1:] == ")" else text


def _is_real(value: object) -> bool:
    return isinstance(value, int | Fraction) or (isinstance(value, float) and math.isfinite(value))


def _scaled(value: Number) -> int | None:
    """`value` * 10**32 where that is an integer of at most 64 digits."""
    scaled, rest = divmod(value.numerator * LAYOUT.scale, value.denominator)
    return None if rest or abs(scaled) >= LAYOUT.bound else scaled


def _turns(vector: FloatArray) -> Fraction:
    """The angle of a raw sum in turns, in [0, 1)."""
    limbs = vector[PHASE]
    if (limbs != np.rint(limbs)).any():
        raise DecodeError("expected integers in the phase (dims 30-35): this is not a sum of encodings")
    units = 0
    for limb in limbs.tolist():
        units = (units << 8) + int(limb)
    return Fraction(units % TURN, TURN)


def _modulus(log2: Fraction) -> float:
    whole = math.floor(log2)
    return math.inf if whole >= 1024 else math.ldexp(2.0 ** float(log2 - whole), whole)


def _unit_vector(turns: Fraction) -> tuple[float, float]:
    """Cosine and sine; exact on the axes, where products of whole numbers often end."""
    quadrant = round(turns * 4)
    angle = 2 * math.pi * float(turns - Fraction(quadrant, 4))
    c, s = math.cos(angle), math.sin(angle)
    return ((c, s), (-s, c), (-c, -s), (s, -c))[quadrant % 4]


# ---------------------------------------------------------------------------------------------- detection

_REAL_TAIL: Final = r"(?:\.(?![0-9]))?+(?:[eE][-+]?+[0-9]++)?+"
_IMAGINARY_PART: Final = r"[0-9]++(?:\.[0-9]*+)?+(?:[eE][-+]?+[0-9]++)?+[ij](?![\w])"
_RECTANGULAR: Final = rf"{_REAL_TAIL} {{0,3}}+[-+\u2212][ ]?{_IMAGINARY_PART}(?: ?\*(?!\*))?+"
_IMAGINARY_ONLY: Final = r"(?:\.(?![0-9]))?+(?:[eE][-+]?+[0-9]++)?+[ij](?!\w)"

_LABEL = re.compile(r"[-+\u2212]?[0-9]+[-\u2212][0-9]+[ij]\Z")
_WORDS = re.compile(r"(?i)complex|imaginary|conjugate|modulus|argument|\bz\b|\breal\b")
_JOINED_BEFORE = re.compile(
    rf"(?:[|√]|{PLUS_MINUS}|{LONE_DASH}|{WORDED_SIGN}|[\w)\]]\s?[*/^]|[A-Za-z)\]]\s?[-+\u2212])\s?\Z"
)
_OPERATOR_BEFORE = re.compile(r"(?:[\w)\]][*/+] ?|[\w)\]] [-*/+] )\Z")
_UNIT_VECTOR_BEFORE = re.compile(r"[0-9)a-z][ijk]\)? ?[-+\u2212] ?\Z")
_FRACTION_BEFORE = re.compile(r"[0-9)]/\Z")
_REAL_AFTER = re.compile(r" ?[-+\u2212] ?[0-9]")
"""`6i - 4`: the real part stands behind."""
_UNIT_VECTOR_AFTER = re.compile(r" ?[-+\u2212] ?[0-9.()/√]{0,16}[jk]\b")
_CODE_BEFORE = re.compile(r"(?:\w\(|= ?|[\[:]|[0-9ij)], ?)\Z")
_CODE_AFTER = re.compile(r"\s{0,2}(?:[-+*/),\];#=]|\Z|\n)")


_GOES_ON: Final = re.compile(r"[ ]?[*/^√]|[²³]|[ ](?:sin|cos|tan)\b|(?:[-+\u2212]|[ ][-+\u2212][ ])[0-9]")
"""`3+4i^2`, `1 + 2i/3`: what stands behind binds tighter than the sum; `3 + 4i − 5`: it goes on."""


_HAS_REAL = re.compile(r"[0-9.] {0,3}[-+\u2212]")


def _judge(context: Context) -> Verdict:
    """The evidence rules of the module's docstring."""
    if context.alone:
        return Verdict.SPAN
    surface = context.surface
    if not _HAS_REAL.search(surface):
        return _judge_imaginary(context)
    if _JOINED_BEFORE.search(context.before(10)) or _GOES_ON.match(context.after(6)):
        return Verdict.TEXT
    if not _LABEL.match(surface) or context.before(1) in ("(", "[", "=") or in_code(context):
        return Verdict.SPAN
    return Verdict.SPAN if _WORDS.search(context.before(80)) else Verdict.TEXT


def _judge_imaginary(context: Context) -> Verdict:
    before, after = context.before(12), context.after(24)
    if _UNIT_VECTOR_BEFORE.search(before) or _UNIT_VECTOR_AFTER.match(after):
        return Verdict.TEXT
    if (context.surface.endswith("i") and _FRACTION_BEFORE.search(before)) or _REAL_AFTER.match(after):
        return Verdict.TEXT
    if _OPERATOR_BEFORE.search(before) and _CODE_AFTER.match(after):
        return Verdict.SPAN
    if not _CODE_AFTER.match(after) or not in_code(context):
        return Verdict.TEXT
    alone_on_line = not line_before(context) and not line_after(context)
    return Verdict.SPAN if alone_on_line or _CODE_BEFORE.search(before) else Verdict.TEXT


def _trim(surface: str) -> tuple[int, int]:
    """Without parentheses before it; where a product follows, only the imaginary part that is its factor."""
    if not surface.endswith("*"):
        return len(surface) - len(surface.lstrip("( ")), len(surface)
    end = surface.rindex("j" if "j" in surface else "i") + 1
    signs = [place for place in range(end) if surface[place] in "-+\u2212" and surface[place - 1] not in "eE"]
    start = signs[-1] + 1
    return start + len(surface[start:end]) - len(surface[start:end].lstrip()), end


COMPLEX: Final = Domain(
    encoder=ComplexEncoder(),
    follows={
        Lead.NUMBER: rf"(?:{_RECTANGULAR}|{_IMAGINARY_ONLY}){MARK}",
        # A parenthesis in front is a lead of its own, and its other readings may skip what is inside.
        Lead.PAREN: rf"[( ]{{0,4}}+[-+\u2212]?+{NUMERAL}{_RECTANGULAR}{MARK}",
    },
    opens={
        Lead.NUMBER: r"\.?+(?:[eE][-+0-9]|[ij](?!\w)| {0,3}+(?:[-+\u2212][ ]?(?:[0-9]++(?:[.eEij]|\Z)|\Z)|\Z))",
        Lead.PAREN: OPENS_PAREN,
    },
    tied=None,
    judge=_judge,
    trim=_trim,
    reach=spaced_sign,
    signed=True,
    examples=(
        ("3+4j", "(3, 4)"),
        ("-2-5i", "(-2, -5)"),
        ("3 + 4i", "(3, 4)"),
        ("2.5-1e3j", "(Fraction(5, 2), -1000)"),
        ("1.+0.j", "(1, 0)"),
        ("0.5 − 2i", "(Fraction(1, 2), -2)"),
        ("− 4 − 4i", "(-4, -4)"),
        ("1e+20+0j", "(100000000000000000000, 0)"),
        ("1j", "(0, 1)"),
        ("-2.5j", "(0, Fraction(-5, 2))"),
    ),
    rejects=(
        ("3+4", FailureReason.INVALID_VALUE),
        ("3 4j", FailureReason.INVALID_VALUE),
        ("x+4j", FailureReason.INVALID_VALUE),
        ("1e40+1j", FailureReason.OUT_OF_RANGE),
        ("1e-33j", FailureReason.OUT_OF_RANGE),
        ("1e999999999j", FailureReason.OUT_OF_RANGE),
        ("", FailureReason.INVALID_VALUE),
    ),
)
