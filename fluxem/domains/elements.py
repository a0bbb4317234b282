"""The chemical elements: symbols, names, standard atomic weights, common oxidation states.

Sources. Symbols and names: IUPAC Periodic Table of the Elements (4 May 2022). Weights: abridged standard
atomic weights 2021 of IUPAC/CIAAW (Prohaska et al., Pure Appl. Chem. 94 (2022) 573, table 2); where an element
has no standard weight, the mass number of its longest-lived known isotope, as the same periodic table shows
it in brackets. Masses of deuterium (AME2020; Wang et al., Chinese Phys. C 45 (2021) 030003) and of the
electron (CODATA 2018, relative atomic mass). Oxidation states: those that Greenwood & Earnshaw, Chemistry of
the Elements (2nd ed.), call common or stable; they judge whether letters can be a formula and are no part
of a code.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final, NamedTuple


class Element(NamedTuple):
    """One element."""

    symbol: str
    """IUPAC symbol."""
    name: str
    """IUPAC name."""
    weight: Fraction
    """Abridged standard atomic weight, or the mass number of the longest-lived isotope."""
    has_standard_weight: bool
    """False where `weight` is a mass number."""
    states: tuple[int, ...]
    """Common oxidation states other than 0."""


def words(text: str) -> frozenset[str]:
    """The words of `text`, as a table is best read."""
    return frozenset(text.split())


_TABLE: Final = """
H   hydrogen       1.0080   1 -1
He  helium         4.0026
Li  lithium        6.94     1
Be  beryllium      9.0122   2
B   boron          10.81    3
C   carbon         12.011   4 2 -4
N   nitrogen       14.007   5 4 3 2 1 -2 -3
O   oxygen         15.999   -2
F   fluorine       18.998   -1
Ne  neon           20.180
Na  sodium         22.990   1
Mg  magnesium      24.305   2
Al  aluminium      26.982   3
Si  silicon        28.085   4 -4
P   phosphorus     30.974   5 3 -3
S   sulfur         32.06    6 4 2 -2
Cl  chlorine       35.45    7 5 4 3 1 -1
Ar  argon          39.95
K   potassium      39.098   1
Ca  calcium        40.078   2
Sc  scandium       44.956   3
Ti  titanium       47.867   4 3 2
V   vanadium       50.942   5 4 3 2
Cr  chromium       51.996   6 3 2
Mn  manganese      54.938   7 6 4 3 2
Fe  iron           55.845   3 2
Co  cobalt         58.933   3 2
Ni  nickel         58.693   2 3
Cu  copper         63.546   2 1
Zn  zinc           65.38    2
Ga  gallium        69.723   3
Ge  germanium      72.630   4 2
As  arsenic        74.922   5 3 -3
Se  selenium       78.971   6 4 -2
Br  bromine        79.904   7 5 3 1 -1
Kr  krypton        83.798   2
Rb  rubidium       85.468   1
Sr  strontium      87.62    2
Y   yttrium        88.906   3
Zr  zirconium      91.224   4
Nb  niobium        92.906   5 4 3
Mo  molybdenum     95.95    6 4
Tc  technetium     97*      7 4
Ru  ruthenium      101.07   4 3 8
Rh  rhodium        102.91   3
Pd  palladium      106.42   2 4
Ag  silver         107.87   1
Cd  cadmium        112.41   2
In  indium         114.82   3
Sn  tin            118.71   4 2
Sb  antimony       121.76   5 3 -3
Te  tellurium      127.60   6 4 -2
I   iodine         126.90   7 5 3 1 -1
Xe  xenon          131.29   6 4 2 8
Cs  caesium        132.91   1
Ba  barium         137.33   2
La  lanthanum      138.91   3
Ce  cerium         140.12   4 3
Pr  praseodymium   140.91   3 4
Nd  neodymium      144.24   3
Pm  promethium     145*     3
Sm  samarium       150.36   3 2
Eu  europium       151.96   3 2
Gd  gadolinium     157.25   3
Tb  terbium        158.93   3 4
Dy  dysprosium     162.50   3
Ho  holmium        164.93   3
Er  erbium         167.26   3
Tm  thulium        168.93   3
Yb  ytterbium      173.05   3 2
Lu  lutetium       174.97   3
Hf  hafnium        178.49   4
Ta  tantalum       180.95   5
W   tungsten       183.84   6 4
Re  rhenium        186.21   7 4
Os  osmium         190.23   8 4
Ir  iridium        192.22   4 3
Pt  platinum       195.08   4 2
Au  gold           196.97   3 1
Hg  mercury        200.59   2 1
Tl  thallium       204.38   1 3
Pb  lead           207.2    2 4
Bi  bismuth        208.98   3 5
Po  polonium       209*     4 2
At  astatine       210*     1 -1
Rn  radon          222*
Fr  francium       223*     1
Ra  radium         226*     2
Ac  actinium       227*     3
Th  thorium        232.04   4
Pa  protactinium   231.04   5 4
U   uranium        238.03   6 4
Np  neptunium      237*     5
Pu  plutonium      244*     4 6
Am  americium      243*     3
Cm  curium         247*     3
Bk  berkelium      247*     3
Cf  californium    251*     3
Es  einsteinium    252*     3
Fm  fermium        257*     3
Md  mendelevium    258*     3
No  nobelium       259*     2
Lr  lawrencium     262*     3
Rf  rutherfordium  267*     4
Db  dubnium        268*
Sg  seaborgium     269*
Bh  bohrium        270*
Hs  hassium        269*
Mt  meitnerium     277*
Ds  darmstadtium   281*
Rg  roentgenium    282*
Cn  copernicium    285*
Nh  nihonium       286*
Fl  flerovium      290*
Mc  moscovium      290*
Lv  livermorium    293*
Ts  tennessine     294*
Og  oganesson      294*
"""


def _read(line: str) -> Element:
    symbol, name, weight, *states = line.split()
    return Element(
        symbol=symbol,
        name=name,
        weight=Fraction(weight.rstrip("*")),
        has_standard_weight=not weight.endswith("*"),
        states=tuple(int(state) for state in states),
    )


ELEMENTS: Final = tuple(_read(line) for line in _TABLE.strip().splitlines())
"""Element Z stands at index Z - 1."""

ATOMIC_NUMBER: Final = {element.symbol: number for number, element in enumerate(ELEMENTS, start=1)}
"""Z of each symbol."""

STATES: Final = {element.symbol: element.states for element in ELEMENTS}
"""Common oxidation states of each symbol."""

DEUTERIUM: Final = "D"
"""Symbol under which deuterium is counted; it is no element of its own and has a dim of its own."""

DEUTERIUM_MASS: Final = Fraction("2.01410177784")
"""Relative atomic mass of deuterium (AME2020)."""

ELECTRON_MASS: Final = Fraction("0.000548579909065")
"""Relative atomic mass of the electron (CODATA 2018)."""

assert len(ELEMENTS) == len(ATOMIC_NUMBER) == 118
