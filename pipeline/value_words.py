"""Decoded values as people read them: decimals where a fraction ends as one, containers without quotes."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

import numpy as np
import numpy.typing as npt

from fluxem.domains import DOMAINS
from fluxem.domains.fields import FIELDS
from fluxem.errors import DecodeError
from fluxem.vocabulary import DomainType

_HEADER: Final = 2
"""The first fields are those of the header, the same in every code of a domain."""


def value_words(value: object) -> str:
    """A value, as `DomainEncoder.decode` gives it, in one line."""
    if isinstance(value, Fraction):
        return fraction_words(value)
    if type(value) in (list, tuple):
        inside = ", ".join(value_words(item) for item in value)  # type: ignore[attr-defined]
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {value_words(item)}" for key, item in value.items()) + "}"
    return str(value)


def fraction_words(value: Fraction) -> str:
    """`3.14` where the value ends as a decimal, else `1/3`."""
    rest, places = value.denominator, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        places = max(places, count)
    if rest != 1:
        return str(value)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def decoded_words(domain: int, vector: npt.NDArray[np.float32]) -> str:
    """What a code (128,) decodes to; why not, where it does not (a long sequence is kept as counts only)."""
    try:
        return value_words(DOMAINS[DomainType(domain)].encoder.decode(vector))
    except DecodeError as error:
        return f"(cannot be decoded: {error})"


def field_words(domain: int, vector: npt.NDArray[np.float32]) -> str:
    """The fields that a code uses, without the header: `SI dimension, log part, linear part`."""
    used = (field.name for field in FIELDS[DomainType(domain)][_HEADER:] if vector[field.start : field.stop].any())
    return ", ".join(used)
