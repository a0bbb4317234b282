"""The table of units: factors to coherent SI as exact rationals, dimensions, prefixes, symbols and names.

Sources. SI units, prefixes and the non-SI units accepted with them: SI Brochure, 9th edition (BIPM 2019,
version 2.01), tables 2, 4, 7 and 8; defining constants there, section 2.2 (e, c, h). US customary and older units:
NIST Special Publication 811 (2008), appendix B, exact entries (inch 25.4 mm, pound 0.45359237 kg, US gallon 231 in3,
standard gravity 9.80665 m/s2, atmosphere 101325 Pa, thermochemical calorie 4.184 J, International Table Btu
1055.05585262 J). Binary prefixes: IEC 80000-13. Astronomical unit, parsec, light-year, Julian year: IAU 2012 B2,
IAU 2015 B2, SI Brochure table 8, IAU style manual (1989). Enzyme unit: 1 micromole a minute (IUBMB 1964, NC-IUB 1979).
Dalton: CODATA 2022; a measured constant, so it is flagged as rounded.

Conventions where the word alone does not decide: `cal` is thermochemical, `Btu` International Table, `hp`
mechanical (550 ft lbf/s), gallons, pints and ounces of fluid are those of the US unless `imperial` stands before
them, a year is Julian (365.25 d) and a month a twelfth of it, `rpm` turns by 2 pi rad a minute, `dB` is
ln(10)/20 neper, `U` the enzyme unit. Plane angle and information have dimensions of their own, sr = rad2.

A unit of counting (cells, molecules, base pairs) is 1, as section 5.4.7 of the SI Brochure has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Final

BASE_UNITS: Final = ("s", "m", "kg", "A", "K", "mol", "cd", "rad", "bit")
"""The coherent units of the nine exponents: T L M I Theta N J, plane angle, information."""

Dimension = tuple[Fraction | int, ...]
"""Nine exponents in the order of `BASE_UNITS`, whole or halves."""

PI: Final = Fraction(
    31415926535897932384626433832795028841971693993751058209749445923078164062862089986280348253421170679, 10**100
)
"""pi to 100 decimals (OEIS A000796)."""
LN10: Final = Fraction(
    23025850929940456840179914546843642076011014886287729760333279009675726096773524802359972050895982983, 10**100
)
"""ln 10 to 100 decimals (OEIS A002392)."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit or a product of units: x of it is `x * factor + offset` in coherent SI."""

    factor: Fraction
    """Coherent SI units in one of it."""
    dimension: Dimension
    """Nine exponents."""
    offset: Fraction | None = None
    """Where zero is no absolute zero (degrees Celsius and Fahrenheit): its zero in kelvin."""
    rounded: bool = False
    """Whether the factor is rounded (pi, a measured constant)."""


PREFIXES: Final = {
    "Q": ("quetta", 30), "R": ("ronna", 27), "Y": ("yotta", 24), "Z": ("zetta", 21), "E": ("exa", 18),
    "P": ("peta", 15), "T": ("tera", 12), "G": ("giga", 9), "M": ("mega", 6), "k": ("kilo", 3), "h": ("hecto", 2),
    "da": ("deca", 1), "d": ("deci", -1), "c": ("centi", -2), "m": ("milli", -3), "µ": ("micro", -6),
    "n": ("nano", -9), "p": ("pico", -12), "f": ("femto", -15), "a": ("atto", -18), "z": ("zepto", -21),
    "y": ("yocto", -24), "r": ("ronto", -27), "q": ("quecto", -30),
}  # fmt: skip
"""SI prefixes: symbol to name and power of ten."""
MICRO: Final = "µμu"
"""Micro sign, Greek mu, and the u of typewriters."""
_BINARY: Final = {"Ki": "kibi", "Mi": "mebi", "Gi": "gibi", "Ti": "tebi", "Pi": "pebi", "Ei": "exbi"}
_ALL: Final = " ".join(PREFIXES)

# symbols | names, plural after a colon where it is not name + s | factor | coherent units | prefixes
_SI: Final = f"""
s | second | 1 | s | {_ALL}
m | metre meter | 1 | m | {_ALL}
g | gram gramme | 1/1000 | kg | {_ALL}
gm | | 1/1000 | kg |
mcg | | 1e-9 | kg |
Mb/s | | 1000000 | bit s-1 |
Gb/s | | 1000000000 | bit s-1 |
A | ampere amp | 1 | A | {_ALL}
K | kelvin:kelvin | 1 | K | {_ALL}
mol | mole mol | 1 | mol | {_ALL}
cd | candela | 1 | cd | {_ALL}
rad | radian | 1 | rad | {_ALL}
sr | steradian | 1 | rad2 | {_ALL}
Hz hz HZ | hertz:hertz | 1 | s-1 | {_ALL}
N | newton | 1 | m kg s-2 | {_ALL}
Pa | pascal | 1 | m-1 kg s-2 | {_ALL}
J | joule | 1 | m2 kg s-2 | {_ALL}
W | watt | 1 | m2 kg s-3 | {_ALL}
C | coulomb | 1 | s A | {_ALL}
V | volt | 1 | m2 kg s-3 A-1 | {_ALL}
F | farad | 1 | m-2 kg-1 s4 A2 | {_ALL}
Ω Ω ohm Ohm | ohm | 1 | m2 kg s-3 A-2 | {_ALL}
S | siemens:siemens | 1 | m-2 kg-1 s3 A2 | {_ALL}
Wb | weber | 1 | m2 kg s-2 A-1 | {_ALL}
T | tesla | 1 | kg s-2 A-1 | {_ALL}
H | henry:henries | 1 | m2 kg s-2 A-2 | {_ALL}
lm | lumen | 1 | cd rad2 | {_ALL}
lx | lux:lux | 1 | cd rad2 m-2 | {_ALL}
Bq | becquerel | 1 | s-1 | {_ALL}
Gy | gray | 1 | m2 s-2 | {_ALL}
Sv | sievert | 1 | m2 s-2 | {_ALL}
kat | katal | 1 | mol s-1 | {_ALL}
eV | electronvolt electron-volt | 1.602176634e-19 | m2 kg s-2 | {_ALL}
L l | litre liter | 1/1000 | m3 | {_ALL}
t | tonne | 1000 | kg | k M G T
Da | dalton | !1.66053906892e-27 | kg | k M G m
bar Bar | bar | 100000 | m-1 kg s-2 | k M h d c m µ n
Np | neper | 1 | | d m
pc | parsec | !pc | m | k M G
Jy | jansky:janskys | 1e-26 | kg s-2 | k m µ n M
Ci | curie | 37000000000 | s-1 | k M m µ n p
cal | calorie | 4.184 | m2 kg s-2 | k M
bit | bit | 1 | bit | k M G T P E
B | byte | 8 | bit | k M G T P E
bps | | 1 | bit s-1 | k M G T
M | molar | 1000 | mol m-3 | d c m µ n p f a
Torr torr | torr | 101325/760 | m-1 kg s-2 | m µ
G | gauss:gauss | 1/10000 | kg s-2 A-1 | k M m µ n
Oe | oersted | !oe | m-1 A | k m M
erg | erg | 1e-7 | m2 kg s-2 | k M
dyn dyne | dyne | 1e-5 | m kg s-2 | k m M µ
P | poise:poise | 1/10 | m-1 kg s-1 | c m
St | stokes:stokes | 1/10000 | m2 s-1 | c
Gal | | 1/100 | m s-2 | m µ
a | | 31557600 | s | k M G
yr | | 31557600 | s | k M G
rem | rem | 1/100 | m2 s-2 | m
R | roentgen röntgen | 0.000258 | s A kg-1 | m
Wh | | 3600 | m2 kg s-2 | k M G T m
Ah | | 3600 | s A | k m
gf | | 0.00980665 | m kg s-2 | k
U | | 1/60000000 | mol s-1 | m k µ
barn | barn | 1e-28 | m2 | m µ n p f k M
D | debye:debye | 1e-21/299792458 | m s A |
"""

_OTHER: Final = """
min | minute | 60 | s
mins | | 60 | s
sec secs | sec:secs | 1 | s
h hr hrs | hour | 3600 | s
d | day | 86400 | s
wk wks | week | 604800 | s
| fortnight | 1209600 | s
| month | 31557600/12 | s
mos | | 31557600/12 | s
yrs | year | 31557600 | s
| decade | 315576000 | s
| century:centuries | 3155760000 | s
| millennium:millennia | 31557600000 | s
° º ˚ deg | degree | !deg | rad
′ arcmin | arcminute | !arcmin | rad
″ ′′ arcsec | arcsecond | !arcsec | rad
mas | milliarcsecond | !mas | rad
µas μas uas | microarcsecond | !uas | rad
gon | gon gradian | !gon | rad
rev | revolution turn | !turn | rad
rpm RPM Rpm | | !rpm | rad s-1
rps | | !turn | rad s-1
°C ºC ˚C ⁰C ℃ oC degC deg_C | celsius centigrade | 1 | K
°F ºF ˚F ⁰F ℉ oF degF | fahrenheit | 5/9 | K
°R degR | rankine | 5/9 | K
°K ºK degK | | 1 | K
ha | hectare | 10000 | m2
au AU | | 149597870700 | m
Å Å | angstrom ångström ångstrom | 1e-10 | m
| micron | 1e-6 | m
ly | light-year lightyear | 9460730472580800 | m
% | percent | 1/100 |
‰ | permille | 1/1000 |
ppm | | 1e-6 |
ppb | | 1e-9 |
ppt | | 1e-12 |
ppmv | | 1e-6 |
ppbv | | 1e-9 |
dB | decibel | !db |
in | inch:inches | 0.0254 | m
ft | foot:feet | 0.3048 | m
yd yds | yard | 0.9144 | m
mi | mile | 1609.344 | m
nmi | | 1852 | m
| thou | 0.0000254 | m
mil mils | | 0.0000254 | m
| fathom | 1.8288 | m
| furlong | 201.168 | m
ac | acre | 4046.8564224 | m2
acres | | 4046.8564224 | m2
lb lbs lbm | | 0.45359237 | kg
| pound | 0.45359237 | kg
oz | ounce | 0.028349523125 | kg
| stone:stone | 6.35029318 | kg
ton | ton | 907.18474 | kg
| slug | 0.45359237*9.80665/0.3048 | kg
| carat | 0.0002 | kg
amu | | !1.66053906892e-27 | kg
gal | gallon | 0.003785411784 | m3
qt | quart | 0.000946352946 | m3
pt | pint | 0.000473176473 | m3
| cup | 0.0002365882365 | m3
| tablespoon | 0.00001478676478125 | m3
tbsp | | 0.00001478676478125 | m3
| teaspoon | 0.00000492892159375 | m3
tsp | | 0.00000492892159375 | m3
bbl | | 0.158987294928 | m3
cc ccm | | 1e-6 | m3
mph | | 0.44704 | m s-1
kph kmh kmph | | 5/18 | m s-1
kn kt kts | knot | 1852/3600 | m s-1
atm | atmosphere | 101325 | m-1 kg s-2
psi | | 0.45359237*9.80665/0.0254/0.0254 | m-1 kg s-2
ksi | | 453.59237*9.80665/0.0254/0.0254 | m-1 kg s-2
mmHg | | 133.322387415 | m-1 kg s-2
cmHg | | 1333.22387415 | m-1 kg s-2
inHg | | 3386.388640341 | m-1 kg s-2
cmH2O | | 98.0665 | m-1 kg s-2
mmH2O | | 9.80665 | m-1 kg s-2
lbf | | 0.45359237*9.80665 | m kg s-2
kip kips | | 453.59237*9.80665 | m kg s-2
Btu BTU | btu | 1055.05585262 | m2 kg s-2
MMBtu | | 1055055852.62 | m2 kg s-2
kcals | | 4184 | m2 kg s-2
hp | horsepower:horsepower | 550*0.3048*0.45359237*9.80665 | m2 kg s-3
cfm | | 0.3048*0.3048*0.3048/60 | m3 s-1
gpm | | 0.003785411784/60 | m3 s-1
dpi ppi | | 1/0.0254 | m-1
bpm | | 1/60 | s-1
Mx | maxwell | 1e-8 | m2 kg s-2 A-1
xg ×g Xg x_g ×_g X_g rcf RCF | | 9.80665 | m s-2
bp nt kbp Mbp | | count |
"""

_PHRASES: Final = """
metric ton: 1000 kg | short ton: 907.18474 kg | long ton: 1016.0469088 kg | nautical mile: 1852 m
light year: 9460730472580800 m | astronomical unit: 149597870700 m | electron volt: 1.602176634e-19 m2 kg s-2
imperial gallon: 0.00454609 m3 | imperial pint: 0.00056826125 m3 | US gallon: 0.003785411784 m3
fluid ounce: 0.0000295735295625 m3 | troy ounce: 0.0311034768 kg | per cent: 1/100 | statute mile: 1609.344 m
minute of arc: !arcmin rad | second of arc: !arcsec rad | survey foot: 1200/3937 m
"""
"""Names of several words, and what one of it is; a plural s goes to the word that is the unit."""

_COUNTED: Final = """
cell molecule atom ion photon particle count grain copy copies spore bead individual event pulse beat cycle frame
colony colonies CFU cfu PFU pfu electron neutron proton vehicle person people instruction operation request flop
stitch breath drop click tick well tube bottle dish plate sample flask vial lane reaction mouse animal rat patient
subject plant capita pixel base residue site
"""
COUNTED: Final = frozenset(_COUNTED.split())
"""What is counted a second or a millilitre: 1 inside a compound, no unit by itself."""

ALONE: Final = {"kb": Unit(Fraction(1000), (0,) * 9)}
"""Kilobases, a count of base pairs; only where no other unit stands beside it, because `kb/s` is of bits."""

_NAMED: Final = {
    "deg": PI / 180, "arcmin": PI / 10800, "arcsec": PI / 648000, "mas": PI / 648000000,
    "uas": PI / 648000000000, "gon": PI / 200,
    "turn": 2 * PI, "rpm": 2 * PI / 60, "pc": Fraction(149597870700) * 648000 / PI, "oe": 1000 / (4 * PI),
    "db": LN10 / 20,
}  # fmt: skip
_COUNTS: Final = {"bp": 1, "nt": 1, "kbp": 1000, "Mbp": 10**6}
_CELSIUS_ZERO: Final = Fraction("273.15")
_FAHRENHEIT_ZERO: Final = Fraction("459.67") * 5 / 9
_AFFINE: Final = {"celsius": _CELSIUS_ZERO, "fahrenheit": _FAHRENHEIT_ZERO}


def _factor(text: str) -> tuple[Fraction, bool]:
    """A factor such as `550*0.3048/60`, and whether it is rounded (marked with `!`)."""
    if text.startswith("!"):
        return (_NAMED[text[1:]] if text[1:] in _NAMED else Fraction(text[1:])), True
    value = Fraction(1)
    for place, part in enumerate(text.replace("/", "*/").split("*")):
        assert part or not place
        value = value / Fraction(part[1:]) if part.startswith("/") else value * Fraction(part)
    return value, False


def _dimension(text: str) -> Dimension:
    """Exponents of `m2 kg s-3`."""
    exponents = dict.fromkeys(BASE_UNITS, 0)
    for part in text.split():
        name = part.rstrip("-0123456789")
        exponents[name] += int(part[len(name) :] or 1)
    return tuple(exponents.values())


def scaled(unit: Unit, scale: Fraction) -> Unit:
    """`scale` of `unit`, as one unit."""
    return Unit(unit.factor * scale, unit.dimension, unit.offset, unit.rounded)


class _Tables:
    """Symbols and names while they are collected; a name that comes twice must mean the same."""

    def __init__(self) -> None:
        self.symbols: dict[str, Unit] = {}
        self.words: dict[str, Unit] = {}
        self.with_all_prefixes: list[str] = []

    def add(self, table: dict[str, Unit], name: str, unit: Unit) -> None:
        assert table.setdefault(name, unit) == unit, f"{name} has two meanings"

    def row(self, line: str) -> None:
        """One line of `_OTHER`, or of `_SI`, where prefixes follow."""
        symbols, names, factor, base, *prefixes = (cell.strip() for cell in line.split("|"))
        plain = [tuple(name.split(":")) if ":" in name else (name, f"{name}s") for name in names.split()]
        if factor == "count":
            for symbol in symbols.split():
                self.add(self.symbols, symbol, Unit(Fraction(_COUNTS[symbol]), _dimension("")))
            return
        value, rounded = _factor(factor)
        unit = Unit(value, _dimension(base), _AFFINE.get(plain[0][0]) if plain else None, rounded)
        for symbol in symbols.split():
            self.add(self.symbols, symbol.replace("_", " "), unit)
        for singular, plural in plain:
            self.add(self.words, singular, unit)
            self.add(self.words, plural, unit)
        if prefixes == [_ALL]:
            self.with_all_prefixes += [*symbols.split(), *(name for pair in plain for name in pair)]
        for prefix in prefixes[0].split() if prefixes else ():
            self.prefixed(prefix, symbols.split(), plain, unit)

    def prefixed(self, prefix: str, symbols: list[str], names: list[tuple[str, ...]], unit: Unit) -> None:
        """A unit with an SI prefix. A symbol that is a unit of its own (`min`, `cd`, `ft`) keeps that meaning."""
        name, power = PREFIXES[prefix]
        multiple = scaled(unit, Fraction(10) ** power)
        for sign, symbol in product(MICRO if prefix == "µ" else (prefix,), symbols):
            self.symbols.setdefault(sign + symbol, multiple)
        for singular, plural in names:
            self.words.setdefault(name + singular, multiple)
            self.words.setdefault(name + plural, multiple)

    def phrase(self, text: str) -> None:
        """One entry of `_PHRASES`."""
        name, meaning = text.split(":")
        factor, _, base = meaning.strip().partition(" ")
        value, rounded = _factor(factor)
        unit = Unit(value, _dimension(base), None, rounded)
        first, *rest = name.strip().split()
        plural = f"{first}s {' '.join(rest)}" if rest[0] == "of" else f"{name.strip()}s"
        for form in (name.strip(), plural, "survey feet" if name.strip() == "survey foot" else plural):
            self.words[form] = unit


def _build() -> tuple[dict[str, Unit], dict[str, Unit], frozenset[str]]:
    """Symbols (case-sensitive) and names (lower case), each with its unit; and those that take every prefix."""
    tables = _Tables()
    own, with_prefixes = _OTHER.strip().splitlines(), _SI.strip().splitlines()
    for line in with_prefixes:
        tables.row(line.rpartition("|")[0])
    for line in own:
        tables.row(line)
    for line in with_prefixes:
        tables.row(line)
    for prefix, name in _BINARY.items():
        scale = Fraction(1024) ** (list(_BINARY).index(prefix) + 1)
        for symbol, word in (("B", "byte"), ("bit", "bit")):
            unit = scaled(tables.symbols[symbol], scale)
            tables.symbols[prefix + symbol] = tables.words[name + word] = tables.words[f"{name}{word}s"] = unit
    for text in _PHRASES.strip().replace("\n", "|").split("|"):
        tables.phrase(text)
    for alias, symbol in _ALIASES.items():
        tables.add(tables.symbols, alias, tables.symbols[symbol])
    return tables.symbols, tables.words, frozenset(tables.with_all_prefixes)


_ALIASES: Final = {
    "Kg": "kg", "KG": "kg", "Km": "km", "kms": "km", "Kms": "km", "KHz": "kHz", "Khz": "kHz", "khz": "kHz",
    "Mhz": "MHz", "MHZ": "MHz", "Ghz": "GHz", "GHZ": "GHz", "KW": "kW", "Kw": "kW", "Kpa": "kPa", "KPa": "kPa",
    "Mpa": "MPa", "MPA": "MPa", "Gpa": "GPa", "KN": "kN", "KV": "kV", "Kv": "kV", "kv": "kV", "KJ": "kJ", "Kj": "kJ",
    "KB": "kB", "Kbps": "kbps", "kgs": "kg", "mgs": "mg", "mls": "mL", "mLs": "mL", "cms": "cm", "mms": "mm",
    "kWhr": "kWh", "kwh": "kWh", "Kcal": "kcal", "kilo": "kg", "kilos": "kg", "Myrs": "Myr", "gms": "g", "KDa": "kDa",
    "lit": "L",
}  # fmt: skip
"""Spellings that are common and wrong; only such as can mean nothing else."""

_TABLES: Final = _build()
SYMBOLS: Final[dict[str, Unit]] = _TABLES[0]
"""Every symbol that may stand in a unit, prefixes included."""
WORDS: Final[dict[str, Unit]] = _TABLES[1]
"""Every name, lower case, singular and plural, prefixes included."""
PREFIXABLE: Final[frozenset[str]] = _TABLES[2]
"""The symbols and names that take all SI prefixes; every combination is in `SYMBOLS` or `WORDS`."""
