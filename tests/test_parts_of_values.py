"""Texts in which a part of a value, or a look-alike, stands where a value might: spans are whole, or there are none."""

import pytest

from fluxem.integration.tokenizer import MultiDomainTokenizer
from fluxem.vocabulary import DomainType, FailureReason

TOKENIZER = MultiDomainTokenizer()


def found(text):
    """Surfaces and domains of the spans of `text`."""
    return [(t.text, t.domain.name) for t in TOKENIZER.tokenize(text) if t.domain is not DomainType.TEXT]


WHOLE = [
    ("so that is 18*.5 = 9", [("18*.5", "ARITHMETIC")]),
    ("x^2 + 4x = − 1 + 4 in all", [("x^2 + 4x", "POLYNOMIAL"), ("− 1 + 4", "ARITHMETIC")]),
    ("its sine is negative (− 5/13)", [("− 5/13", "RATIONAL")]),
    ("h(t) = − 4.9t^2 + 24t + 8", [("− 4.9t^2 + 24t + 8", "POLYNOMIAL")]),
    ("that gives = − 4 − 4i here", [("− 4 − 4i", "COMPLEX")]),
    ("AgNO3 + NaCl -> AgCl↓ + NaNO3", [("AgNO3 + NaCl -> AgCl↓ + NaNO3", "REACTION")]),
    ("in CaCO3 + 2HCl → CaCl2 + CO2 ↑ + H2O it", [("CaCO3 + 2HCl → CaCl2 + CO2 ↑ + H2O", "REACTION")]),
    ("the NH4+-N of soil", [("NH4+", "FORMULA")]),
    ("about ∼−1‰ (De la Rocha)", [("−1‰", "QUANTITY")]),
    ("(δ13C of −60‰) (Dickens", [("−60‰", "QUANTITY")]),
    ("upper part (33 m) of it", [("33 m", "QUANTITY")]),
    ("we weighed 1800 g of salt", [("1800 g", "QUANTITY")]),
    ("in the year 1984 A new", []),
    ("the rate 2 H2 + O2 -> 2 H2O", [("2 H2 + O2 -> 2 H2O", "REACTION")]),
    ("In 2020 H2 + O2 -> H2O was studied", [("H2 + O2 -> H2O", "REACTION")]),
    ("label 5 15ml tubes", [("15ml", "QUANTITY")]),
    ("add 5μl / 20μl / 40μl of it", [("5μl", "QUANTITY"), ("20μl", "QUANTITY"), ("40μl", "QUANTITY")]),
    ("the thermometer marked −12° centigrade, and", [("−12° centigrade", "QUANTITY")]),
    ("a dose of 1 rem of radiation", [("1 rem", "QUANTITY")]),
    ("an angle of 27º", [("27º", "QUANTITY")]),
    ("Store at ‐20 °C, or at ‑80 °C.", [("‐20 °C", "QUANTITY"), ("‑80 °C", "QUANTITY")]),
    ("speed of 5 m s‑1 here", [("5 m s‑1", "QUANTITY")]),
    ("for 5‐10 minutes", [("10 minutes", "QUANTITY")]),
    ("A -> B + 2 H2O -> C", [("H2O", "FORMULA")]),
    ("into HCO3^– and SO42–, [Fe(CN)6]^4–", [("HCO3^–", "FORMULA"), ("SO42–", "FORMULA"), ("[Fe(CN)6]^4–", "FORMULA")]),
    ("soil NO3--N, NH4+-N, NO3‑ in", [("NO3-", "FORMULA"), ("NH4+", "FORMULA"), ("NO3‑", "FORMULA")]),
    ("Fe2O3–TiO2 and NaCl – a salt", [("Fe2O3", "FORMULA"), ("TiO2", "FORMULA"), ("NaCl", "FORMULA")]),
    ("P = 0.2 W + 0.1 W = 0.3 W, of", [("0.2 W", "QUANTITY"), ("0.1 W", "QUANTITY"), ("0.3 W", "QUANTITY")]),
    ("CO3^2–(aq) + H^+(aq) → HCO3^–(aq)", [("CO3^2–(aq) + H^+(aq) → HCO3^–(aq)", "REACTION")]),
    ("rated at 1/8W, or 3/4inch, -3/4m/s", [("1/8W", "QUANTITY"), ("3/4inch", "QUANTITY"), ("-3/4m/s", "QUANTITY")]),
    ("a rate of 1/s, 5 sec (about 6)", [("1/s", "QUANTITY"), ("5 sec", "QUANTITY")]),
    ("8.3 ⋅ 10^2 watts per square meter of", [("8.3 ⋅ 10^2 watts per square meter", "QUANTITY")]),
    ("W = 0 + 5.4 J + 15.9 J", [("5.4 J", "QUANTITY"), ("15.9 J", "QUANTITY")]),
    ("so 4 -2 = 2, and x = 1 + 4 y = 2", [("4 -2", "ARITHMETIC"), ("1 + 4", "ARITHMETIC")]),
    (
        "so C2H5OH -> CH2=CH2 + H2O, or CH2=CH2 + H2 -> C2H6",
        [
            ("C2H5OH", "FORMULA"),
            ("CH2", "FORMULA"),
            ("CH2", "FORMULA"),
            ("H2O", "FORMULA"),
            ("CH2", "FORMULA"),
            ("CH2", "FORMULA"),
            ("H2", "FORMULA"),
            ("C2H6", "FORMULA"),
        ],
    ),
    ("N2+3H2=2NH3 and a 9600 bps modem", [("N2+3H2=2NH3", "REACTION"), ("9600 bps", "QUANTITY")]),
    (
        "a mass of 2.500 kg of salt [3,4] for 5 m 2 days later",
        [("2.500 kg", "QUANTITY"), ("5 m", "QUANTITY"), ("2 days", "QUANTITY")],
    ),
    ("at 3 pm EST, 5 pm", [("3 pm EST", "TIME"), ("5 pm", "TIME")]),
    ("at 5, 10, 100 m each, 5 au from the sun", [("100 m", "QUANTITY"), ("5 au", "QUANTITY")]),
    ("so `-5 V` and ``-3+4j`` is", [("-5 V", "QUANTITY"), ("-3+4j", "COMPLEX")]),
    ("a mass of 5+/-0.1 kg, or 3 -/+2 kg", [("0.1 kg", "QUANTITY"), ("2 kg", "QUANTITY")]),
    (
        "at 25 °C, heated to 60 °C, at 10 °C/min, below 0 °C",
        [(f"{x} °C{y}", "QUANTITY") for x, y in ((25, ""), (60, ""), (10, "/min"), (0, ""))],
    ),
    ("then $5 + 3 = 8. cost = $12 + 8 = $20", [("5 + 3", "ARITHMETIC"), ("12 + 8", "ARITHMETIC")]),
    ("see 3 + 4 [1] here, 4 × 5 = 20 grid", [("3 + 4", "ARITHMETIC"), ("4 × 5", "ARITHMETIC")]),
    ("then y = 1 − 1/4 y + x = 3", [("1 − 1/4", "ARITHMETIC")]),
    ("charge (4.0 × 10^−6 C), ((2.0 × 10^9 m))", [("4.0 × 10^−6 C", "QUANTITY"), ("2.0 × 10^9 m", "QUANTITY")]),
    ("a (0.0400-g) sample and a sub-5 mm hole", [("0.0400-g", "QUANTITY"), ("5 mm", "QUANTITY")]),
    (
        "add 5μl / 5μl / 10μl, or 0.1 m Na3PO4",
        [("5μl", "QUANTITY")] * 2 + [("10μl", "QUANTITY"), ("Na3PO4", "FORMULA")],
    ),
    (
        "weighs 1,375 kg in all, 1,375.5 kg, or 1,375,000 kg",
        [(x, "QUANTITY") for x in ("1,375 kg", "1,375.5 kg", "1,375,000 kg")],
    ),
    ("um 3,5 %, 4,2 % und", [("3,5 %", "QUANTITY"), ("4,2 %", "QUANTITY")]),
    ("ⓐ − 5/7 = −0.714 and 4L", [("− 5/7", "ARITHMETIC"), ("4L", "QUANTITY")]),
    ("FeSO4.7 H2O", [("H2O", "FORMULA")]),
    ("5 miles a day, 3 m an hour later", [("5 miles", "QUANTITY"), ("3 m", "QUANTITY")]),
    ("a non-negative 32-bit integer", [("32-bit", "QUANTITY")]),
    ("Cl2 + 2e^- -> 2Cl^- +1.36 V", [("Cl2 + 2e^- -> 2Cl^-", "REACTION"), ("+1.36 V", "QUANTITY")]),
    ("[1.5e-1  2.5e-1]\n[3.5e-1  4.5e-1]", [("[1.5e-1  2.5e-1]", "VECTOR"), ("[3.5e-1  4.5e-1]", "VECTOR")]),
    ("cut 6 inches off, and 5 ft", [("6 inches", "QUANTITY"), ("5 ft", "QUANTITY")]),
    ("y ≥ x^2 − 1 x − y ≥ 3", [("x^2 − 1", "POLYNOMIAL")]),
    (
        "MnO4^- + 8H+ + 5e- -> Mn^2+ + 4H2O +1.51 V",
        [("MnO4^- + 8H+ + 5e- -> Mn^2+ + 4H2O", "REACTION"), ("+1.51 V", "QUANTITY")],
    ),
    (
        "then C3H7OH -> CH2 = CHCH3 + H2O",
        [("C3H7OH", "FORMULA"), ("CH2", "FORMULA"), ("CHCH3", "FORMULA"), ("H2O", "FORMULA")],
    ),
    (
        "1.5 million km, 3-5 million years, 2.6 million gallons per day",
        [("1.5 million km", "QUANTITY"), ("5 million years", "QUANTITY"), ("2.6 million gallons per day", "QUANTITY")],
    ),
    ("it took 1 hr. 5 min. in all", [("1 hr. 5 min", "DURATION")]),
    ("open from 10:30 to 11:45 or 22:00 to 6:00", [(x, "TIME") for x in ("10:30", "11:45", "22:00", "6:00")]),
    ("at 10:00 GMT - 11:00 GMT, or 19:00 CET (UTC +1)", [(x, "TIME") for x in ("10:00 GMT", "11:00 GMT", "19:00 CET")]),
    ("a course of 2 h, 30 min in", [("2 h", "QUANTITY"), ("30 min", "QUANTITY")]),
    ("roots are 2 and 1/4.", [("1/4", "RATIONAL")]),
    ("for 1500 hours of light, after 2 h 15 µl of", [(x, "QUANTITY") for x in ("1500 hours", "2 h", "15 µl")]),
    ("count 7.5 x 10^9/L, grows 12 × 10^−6/°C", [("7.5 x 10^9/L", "QUANTITY"), ("12 × 10^−6/°C", "QUANTITY")]),
    ("at 25 mcg/hr, 100 Mb/s, 1/250 s each", [(x, "QUANTITY") for x in ("25 mcg/hr", "100 Mb/s", "1/250 s")]),
    ("so 5 V − 3 V is sin(30°), 1/2 GB", [(x, "QUANTITY") for x in ("5 V", "3 V", "30°", "1/2 GB")]),
    ("add 30 μL–3 × 100 μL of", [("100 μL", "QUANTITY")]),
    ("N2 and O2 gas", [("N2", "FORMULA"), ("O2", "FORMULA")]),
]
"""Texts and all of their spans."""


@pytest.mark.parametrize(("text", "spans"), WHOLE)
def test_a_value_is_whole(text, spans):
    """Refutes: a sign, a precipitate's arrow, a charge or an operand that is cut off, or hides the value."""
    assert found(text) == spans


NONE = [
    "−√(3)/2", "of (5 ⋅ 4 ⋅ 3!)", "6 - 2(x)", "pages 27--29, 1995", "a p value of 2.4×10-5 for", "a value of 10-9",
    "Greg spent 2x+9 dollars", "see https://example.org/#loc=5/37.8/-97.9&a", "f = ν+1+2να", "(∂^2y)/(∂t^2)",
    "GU-9, 11.6m-11.3m of sand", "the (1 + i) of a complex number", "ai = 6i - 4", "v = 4.0ti + 3.0j + v", "FBI",
    "HIV", "USB", "CD4 T cells in buffer", "forces F1 and F2 on the gas", "N70I and Ag85B, amino acid mutations",
    "13C", "15N", "4K", "90s", "3-D", "iPhone 5 s", "Samsung Galaxy S 5 in stock", "Figures 3K and 3L",
    "it cost me 24s., and", "rated at 26s. 8d. the quarter", "6l. and 16s. then", "6 W. and M., c. 7", "11 W. III",
    "SHIMBI YA 27º", "Artículo 8°", "padding: 1rem;", "python 3.15t.", "12 C/D snoRNAs", ">5.000 copies/ml at",
    "8.314 J/mol-K here", "5 mg kg-1 day-1 dose", "45° 30' N", "T = − 20 °C here", "at 30 ml/T-75 flask",
    "100mg / mLSample", "on March 15th, 1664–65", "from 3:25 to 5:10 minutes", "5′-TCCCGACTATCCC TATCCCTATCC CTA-3′",
    "We know x^-1 + 1 is small", "Mask 0x10 * 2 of it", "Sum is 1'000 + 1 in all", "1 + 2 + 3 + ... + 10",
    "so 6/2(1+2) is", "2^{3+1} is", "3 & 4 + 1 is", "b -3 + 4 is", "range −40/+85 of", "1 January 2021 BC",
    "238U -> 234Th + 4He", "1998-2003", "CaSO4·½H2O plaster", "at minus 20 °C", "at ‒20 °C", "chilled to – 20 °C",
    "5±1 °C now", "5 fl. oz. of milk", "50 lb-ft at", "a torque of 50 ft-lb", "4.18 J/g°C of", "0.6 W/mK for",
    "5 g-mol of", "2 g acceleration", "(5.0 ± 0.2) × 10^3 kg", "at 3 1/s it", "1–1/2 kg", "1,234,56 kg of",
    "Cooled from -5–-10 °C", "Cooled to –40–-20 °C", "P‑5 m away", "noise of 5 V/Hz^½ here", "so 5 m^½ here",
    "so 5 m⁵⁰ here", "so 5 m⁻ here", "so 5 m s⁻ ¹ here", "so 5 m^ 2 here", "about 5 kJ mol—1 here",
    "width was 1.5e–3 m.", "moved 2 10^3 m away", "weighs 2·5 kg", "ion HPO4^2 − , and", "the NO3^ - ion",
    "the SO4(2-) ion", "the SO4 2- ion", "the O2•− ion", "CO2 + H2O ↔ H^+ + HCO_3 −", "the La0.8Sr0.2MnO3–δ film",
    "the BaTiO3–x film", "ions, F2,57=27.90, P", "molecules in Table S8", "teeth I2/I2, M2/M2 in ions",
    "a VO2 max of", "binding of BH3-only ions", "hold P_4 on P_1 in hydrogen", "in O3-P3 stacked oxide", "PO2 of gas",
    "if HI⊂I is ionic", "The value of K varies from 1.65-1.85 for", "What's in the 10-1 soil",
    "the result of it, as in Listing 17-4.", r"calculate $4 \times (1+2) + 3$. It", r"that $0 + 1 + \ldots + k$ is",
    "is (12+14+⋯+12n)α", "pip 1.5+1.git.abc", "Tel. 07561 / 3128.", "on 10/ 12/ 48 it", "lib.rs:10:25: 10:41 error",
    "(See Leviticus 8:23, 14:14.)", "Show the graph on each range.\n\n[−10, 10]\n\n[0, 100]\n\nthen",
    "Begin with E0=[0,1] and α∈(0,1)", "it is 5 +/-2 + 3 today", "it is 5 ±2 + 3 = 8", "x = ±2x + 1", "x = +/-2x + 1",
    "so z = ± 3 + 4i is", "so z = +/-3 + 4i is", "within +/-5 °C of it", "a factor of +/-3/4 here",
    "10:30+02:00 sharp", "BS2 and HSP90 in solution", "Pout = I1^2R1 + I2^2R2 ions", "complex VO2+, was",
    "K = 1/2mv^2 + 1/2ka^2 is", "+ 1/4ML^2 = 1/3ML^2.", "I2 = 4mR^2. From", "v = √(2qV/m). So", "t = √(2h/g) = 3",
    "= 6N/N = 6.", "C = 2A · B, so", "|3t–1| = –2", "r(t) = (0.020 t^3)i + j", "t^−5 = 1/(t^5) so",
    "E0(1/m^2 − 1/n^2).", "2 ⋅ 10^9a = 29", "f(x) = 1/3sec x is", "I = 4.4 kgm^2 here", "4π × 10^−7 T · m/A",
    "Ec[ × 10^6V/m]", "rate of 210 kg N ha-1, and", "79.7 μg C g-1 soil", "5 mg N/L of it", "under 90.0 lb/in.^2) at",
    "mean of 69 inches inches and", "move 600 ampere-hours of", "100 Celsius degrees span",
    "matter, 0.\n71 g kg-1 total", "(eVcm-3s-1)where", "pGEX-6P-1, using", "a 12 fl-oz can",
    "with 106 cells/ml in it", "with 50 square turns that", "in Tris 7.5pH, with", "α 2,3Gal β", "548 C/C++ source",
    "Day : 1\nHour : 8\nMonth :", "the 1965 Watts Riots were", "velocity is 90ms-1. Thus", r"`1/2 J \omega ^ 2`",
    "AVX-512F for", "rate Ṁ>107kgs-1 and", "b = 9 γ = 85° c = 12", "m(6pt + 2q)", "See February 20th, 1667–68.",
    "is dated January 25th, 1660[–1661].", "1  0.990278  0.941257 -0.146925", "determinant |4 −2 3 1|",
    "now ``1.0 + 1.0 (-3.0 + 2 x)``", "print p 1.0 + 2.0 x + 3.0", "factor (25 − 9 sin θ)", "so 1+2 d_1 is",
    "up 30 bps on the day", "after 90+4 min; then", "ran 5k in 22:15 and", "lat 51°30′26″N 0°7′39″W",
    "-5,3 €/kg bei 1.013 hPa, und", "El auto pesa 2.500 kg y los que", r"is 5 \times 10^{3} kg of",
    "an area of 5 m 2 and", "is 10 cm$^{-3}$ here", "of 5 km~s$^{-1}$ was", "area of 5 m<sup>2</sup> of",
    "TiO$_2$ and CO~2~ level", "f(x) = –3x^2 + 1 is", "so = –3 + 4i is", "then: – 4 + 5 = 1",
    "Le 9 au 11 février 2007", "a total of 12, 500 m of", "and 10, 000 m of", "27, 800 − 23, 400 = 4400",
    "e^x is x^2/2! + x^3/3!", "that x^2 + 2 x y is", "so 3 + 4i − 5 is", "is √2+3i", "z = 3 + 4 i here", "¬3 + 2",
    "－3 + 2 = 5", "about 10^8 − 10^11 cells", "they won 3 - 1 on Sunday", "{% if x == 5 %}", "revenue of 5 m USD",
    "minus 3 + 2 = -1", "it is minus 3/4 of it", "What is negative 3 + 2?", "a negative 5 V rail", "5 °C below zero",
    "20 miles an hour", "6′ 2″ tall", "torque of 5 N.m", "of 60 kg K ha-1", "to 3 t C ha-1", "some 5 Pg C yr-1",
    "with CuSO4 5H2O in", "of Al2 (SO4)3 in", "a rate of 4.85 × 10^−2 day^−1.", "a rise, ΔT = 12 °C here",
    "increases by 1.50 °C.", "a warming of about 2 °C", "by 1–2 °C of warming", "it is 2 °C warmer",
    "kept within 2 °C of it", "of 5 °C above ambient", "so 60 / 3/4 = 80 and", "sold 50/ 1/2 = 100", "so 8^1/3 is",
    "then (121)^1/2 = 11", "for z^1/3 we", "2 * $100 + 1 * $50 + 5 * $20", "so $40 - $10 + 8 = $38",
    "the $80-(1/2)*$80 = $40", "y = 3 + 2 x", "as (1 + 300 α) is", r"so $5 - 2 \sqrt{2}$ is", r"$4 + 3\pi$ is",
    "10 + 3[6 - 2(4 - 2)]", "so (26 + 18) – 1 = 44", "as y′^2 − 30 = 0", "and 3y'^2 - 10 = 0", "as 3 + 4*I, -2*I",
    "the ρ(kg/m^3) or a cubic meter (m^3)", "as 1s^2 2p^4 3d^8", "K = °C + 273.15", "33.7 m aqueous solution",
    "phi = 3π/2 rad", "csc^2x − 3 csc x − 4 = 0", "so tan x + 1 = 0", "C(x) = 75x + 50,000", "3 + 2x sin x",
    "0 + 2i√(6)", "so w = 2 - i is", "Compute the 2x2 determinants", "so 14 * 1 1/2 = 21",
    "12 m&m's", "some √2 m", "the 10-K filing", "raised 5M USD", "of 5 M⊙", "so the molality = 17.9 m",
    "A = [4 − 3 − 1 5 ]", "|6 − 3 8 4 |", "a 2 × 2 matrix", "98,239 % of", "El coche pesa 1,375 kg y los que",
    "und sie wiegt 1,375 kg, wie", "N/A,708,0%,Lost", "it is 9. 00 J", "so 14, 400 / 80 = 180",
    "some 80 mg/ 100 ml of", "at 5 km/5min", "Rs. 50 per square metre", "USD 5 per litre", "UTF-8 bytes",
    "technetium-99 m", "COVID-19 days", "De 10h à 12h et", "von 8 h bis 12 h", "of 30 s'mores", "1441 s 'ouvrent",
    "0s and 1s", "at 1C rate", "discharged at 0.1 C and", "22 + 21 + 20 + . . . . + 0", "cutoff of 10− 5;", "0x94C",
    "15 μg/kg bw/week", "λ = 4L", "__-25.20 %__", "At 4:15 in the afternoon Lee", "at 4:15 this afternoon",
    "by a 5 - 4 vote", "the oxide La0.8Sr0.2FeO3−d of it",
    "some 2 million in 2010", "5 million per year", "$5 million a year", "sold 3 million at 5 million dollars per mile",
    "the curve 2xy + 3y^2 - 5 = 0", ">>> f(2, 3-j, 4)",
    "meet at 4:00 pm Central European Time", "at 12:30pm (PDT) we", "ends at 18:00 (CET).", "at 10:00 UTC -5 we",
    "at 8 p.m. Eastern/7 Central", "from 1:30 to 4:00 we", "open 12:30-1:30 daily", "open 9:00-5:00 daily",
    "at 11 am GMT -08:45 we", "ran for 1:30 hours", "at 1430 hours we", "left at 0630 hours", "took 2 h 15.",
    "ran 2 h, 30 min, and 12 s in", "00:01:15,250 --> 00:01:18,100", "on January 30, 1648/9 he", "the 2019/20 season",
    "add 2 and 1/4 cups of it", "wait 1 and 1/3 hours more", "the signal sin(120 t) is", "decays as exp(-3 t) here",
    "it is 1/2 m v^2 in all", "falls 1/2 g t^2 down", "moved 2 A × t of", "v = √(3 RT/M) is", "so g = 3s and",
    "Ksp = 5 × 10^–13).", "a force (− 3 × 10^–6 N) on", "2 × 10E8 CFU/mL of", "aged 4.47 × 10^9 y in", "10E6 cells/ml",
    "310 m 2 /kg here", "mobility 10 cm 2 s −1 was", "flux 1360 W m − 2 of", "dose 4 mg L − 1 of", "speed 1ms −1 here",
    "titre 105 PFU mL-1 was", "density 1013 cm−3 of", "for 10 min-2 h at", "the 3M LIBOR rate", "some 1.5 M km away",
    "LIBOR fell 200bp today", "slope of 20 dB/decade at", "with 4/8 GB of memory", "a map of 20 cM long",
    "lost 1.386°W/day of", "γ = 30° c ≈ 6.5 so", "row [4 + 5 1 + 9 3 + 0 ] of", "a 3 - 2 victory on",
    "total 1 + 2 +\n  x", "the LaMnO3−d oxide", "a Ba0.5Sr0.5(Co,Fe)0.8O3 oxide", "ions of Fe…O3 and",
    "the oxide MnO2-->MnO", "the ion MnO4--> of", "area pi*r**2 of", "so b1*s**3 + b0 is", "so $n + k + 1 = m$ holds",
    "M =\n[1  2]\n[    ]\n[3  4]", "M =\n[1   2]\n[x   3]", "turn 42° 15′ here", "an angle of 41° 24′ 12″ is",
    "he is 5 ft 6 in tall", "she is 5 feet, 6 inches tall", "weighs 8 lbs 4 oz now", "8 pounds and 4 ounces of it",
    "tomorrow evening at 7:30 we", "bond length of 5 pm and",
]  # fmt: skip
"""Texts without a span."""


@pytest.mark.parametrize("text", NONE)
def test_a_part_or_a_look_alike_is_none(text):
    """Refutes: the vector of a part, of a power that lost its superscript, of a name or an acronym."""
    assert found(text) == []


@pytest.mark.parametrize(
    "text", ["[1,000, 2]", "x = [2,520 3,840]", "[1 234, 5 678]", "[−1, 000, 000]", "[1, 200,300]"]
)
def test_digits_that_may_be_grouped_are_ambiguous(text):
    """Refutes: a list whose commas or spaces group thousands and becomes a vector of their groups."""
    assert [failure.reason for failure in TOKENIZER.analyze(text).failures] == [FailureReason.AMBIGUOUS]
    assert found(text) == []


@pytest.mark.parametrize("text", ["y = 1/x on [1, 3]", "domain = [1950,2002] years"])
def test_an_interval_is_no_vector(text):
    """Refutes: two ends of an interval behind a word that says so, taken for components."""
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    ["a ``Py_UCS4`` and X_C5H9N = 0.004", "see ch17-03-futures, 4E94-95DA", "docs.rs/a/2/3/4m", "the bm-2025-3 + 4"],
)
def test_a_piece_of_a_name_is_text(text):
    """Refutes: a span or a failure in the middle of an identifier or an address."""
    analysis = TOKENIZER.analyze(text)
    assert (found(text), list(analysis.failures)) == ([], [])


@pytest.mark.parametrize("term", ["x^2 + ", "x^2 - ", "3x + "])
def test_a_polynomial_with_too_many_terms_is_no_polynomial(term):
    """Refutes: one that is cut where the grammar stops counting, into sums that nobody wrote."""
    assert found(f"y = {term * 120}x") == []
