"""What the evidence rules of QUANTITY look for in a number with a unit, right in front of it and right behind it.

The rules themselves stand in `fluxem.domains.unit_evidence`; the words that speak for a unit from farther away, in
`fluxem.domains.unit_words`.
"""

from __future__ import annotations

import re
from typing import Final

from fluxem.domains.sign import LOOK_ALIKE, MINUSES, PLUS_MINUS, WORDED_SIGN

# ---------------------------------------------------------------------------------------------- form

SPLIT: Final = re.compile(
    r"(.*?(?:[0-9}¹²³⁴-⁹]|⁰(?![CF])))([\s\u2010\u2011-]*)((?![.,/^×·⋅*x]\s?[-−–0-9{])(?:⁰[CF]|[^\s0-9⁰¹²³⁴-⁹-]).*)\Z",
    re.DOTALL,
)
"""A candidate as number, gap and unit."""
YEAR: Final = re.compile(r"1[5-9][0-9][0-9]|20[0-9][0-9]|2100")
DECADE: Final = re.compile(r"(?:1[0-9]|20)?[0-9]0|[12][0-9]{3}")
ALGEBRA: Final = re.compile(r"[0-9.]+(?:[adtAFHSPDU][\^²³]|[adtFHPD]/|mL\^|[a-ln-rt-zA-Z]\^)")
GROUPED: Final = re.compile(r"[0-9]{1,3} [1-9][0-9]{2}")
"""`12 500`: thousands, or two numbers."""
TIME_OF_DAY: Final = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9]")
CLOCK_WORD_BEFORE: Final = re.compile(
    r"(?i)\b(?:at|by|until|till?|before|after|from|to|around|since|between|and|about)\s\Z"
)
"""`at 1430 hours`, `0630 hours`: times."""
HOUR_ALONE_AFTER: Final = re.compile(
    r"[ ][0-5][0-9](?:[.,;:!?)](?![0-9])|\s?\Z|[ ](?:to|and|for|from|in|on|at|with|or|until)\b)"
)
"""`2 h 15.`: the minutes stand without their unit."""
GRAVITY: Final = re.compile(r"[0-9,]{3,7}")
CLOCK: Final = re.compile(r"(?:[1-9]|1[0-2])(?:\.[0-5][0-9])?")
"""`16t^2`, `2d/(t^2)`: a coefficient and a variable."""

# ---------------------------------------------------------------------------------------------- in front

_MEASURED_BY: Final = (
    """of at to from by about approximately above below over under than near around for between and or"""
)
MEASURED_BY: Final = frozenset(_MEASURED_BY.split())
RELATIONS: Final = "=~≈≃∼<>≤≥±×"
_LABELS: Final = """
fig figs figure figures table tables eq eqs equation equations sec sect section sections chap chapter chapters part
parts panel panels no nos number numbers appendix step steps version versions python class type line lines site sites
scheme ref refs lane lanes clone case cases page pages vol rule level grade phase article articles art artículo artigo
articolo iphone ipad galaxy windows android xbox playstation model series
"""
LABELS: Final = frozenset(_LABELS.split())
"""What a number behind it numbers."""
LABEL_LIST: Final = re.compile(r"[0-9A-Za-z]{1,4}[-–,]|[0-9]{1,3}[A-Z]?|,|and|or")
"""What may stand between a label and its last number: `Figures 3A, 3B and`."""
ADDRESS_BEFORE: Final = re.compile(r"(?:://|www\.|[?&#%]|\.[a-z]{2,4}/|/[^\s/]*/)[^\s]*\Z")
LOST_POWER: Final = re.compile(r"10[1-9][0-9]?")
LOST_POWER_BEFORE: Final = re.compile(r"[0-9]\s?[x×*·]\s?\Z")
"""`6 × 106 kg`, where a superscript was lost."""
BARE_POWER_BEFORE: Final = re.compile(r"(?:[0-9]\s?[x×*·]\s?10\s?|\^)[-−–]\Z")
CUT_NUMBER_BEFORE: Final = re.compile(
    r"[0-9](?:['’\u2044]|[eE][\u2010\u2011–—])\Z|(?:\A|[^A-Za-z])[A-Za-zµμΩ]{1,2}[-−\u2010\u2011]\Z|[x×*·]\s?10\s\Z|[⁰¹²³⁴-⁹]\Z"
)
"""`1'000 m`, `2⁄3 cup`, `1.5e–3 m`, `5 e-3 kg`, `W m-2 K-1`, `3.0×10 8 m/s`: the number began before."""
GROUP_BEFORE: Final = re.compile(r"(?<![0-9])[0-9]{1,3}[ \u00a0\u2009\u202f]\Z")
"""The first group of `1 234,5 kg`."""
SPACED_SIGN_BEFORE: Final = re.compile(r"(?:[=<>≈~∼≤≥(]\s?[-−–]|[,;:]\s?−)\s\Z")
"""`T = − 20 °C`: a sign that the space keeps from the number."""
LOST_SIGN_BEFORE: Final = re.compile(rf"(?:{WORDED_SIGN}|[{LOOK_ALIKE}]\s?|[-–]−|[–—−]-|(?<!\w)[\u2010\u2011])\Z")
"""`minus 20 °C`, and signs that are none of ours."""
SPACED_DASH_BEFORE: Final = re.compile(rf"(?:[-–—−]\s|(?:{PLUS_MINUS})\s?)\Z")
"""Before a temperature: a sign, or a tolerance."""
POWER_OF_BEFORE: Final = re.compile(r"[0-9)\]]\s?[×x*·⋅.]?\s?\Z|[\w.\[(]\s?[×·⋅]\s?\(?\Z|\\(?:times|cdot)\s\Z")
"""`(5.0 ± 0.2) × 10^3 kg`, `2 10^3 m`, `4π × 10^−7 T`, `[ × 10^6 V]`: what the power belongs to."""
ROOT_BEFORE: Final = re.compile(r"√\(?\Z")
WORD_BEFORE: Final = re.compile(r"[A-Za-z]-\Z")
"""`pGEX-6P`, `cm-3s`: a name, a power."""
OF_THREE: Final = re.compile(r"[0-9]{3}(?![0-9])")
SPACED_GROUP_BEFORE: Final = re.compile(r"(?<!,\s)(?<![0-9A-Za-z.,/$-])[0-9]{1,2},\s\Z")
"""The first group of `12, 500 m`; not the second of `5, 10, 100 m`."""
SPLIT_DECIMAL_BEFORE: Final = re.compile(r"(?<![0-9])0\.\n\Z")
"""`0.` at the end of a line: its decimals stand on the next."""
WEIGHT_AND_LENGTH: Final = re.compile(r"(?:ft|in|foot|inch)[-·⋅* ](?:lbs?|pounds?)")
"""A torque or an energy, whose pound is a force."""
FORCE_AFTER: Final = re.compile(r"\s?-?(?:forces?|acceleration|accelerations|loads?)\b")
PRODUCT_BEFORE: Final = re.compile(r"(?<![A-Za-z])[a-z]{1,2}[A-Z][a-z]{2,20}\s\Z")
"""`iPhone 5 s`: a name that numbers its makes."""
FIRST_OF_RANGE: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)[-−–]\Z")
CUT_UNIT_AFTER: Final = re.compile(
    r"(?:(?<=fl)\.?[ ]oz|(?<=[cm]m|in)[ ]?(?:Hg|H2O))(?![\w])|-f(?![\w])|[-·](?:ft|mol)(?!\w)"
    r"|(?<=[A-Za-z])[°º][CF]|(?<=oz)[ ]t(?!\w)|(?<=[a-z])%|/[ ]?[0-9]|(?<=[0-9²³])[A-Za-zµμΩ]"
    r"|(?<=[A-Za-z])-(?:[ACJKNVWs]|cm|hr?|sec)(?!\w)|(?<=[gJ])-m(?!\w)|(?<=/[A-Z])[-−][0-9]"
    r"|[ ]/[ ](?:[mµμu]?L|[km]?g|h|min)(?=[A-Za-z])|\^|[ ]\^[ ]?[-−(½]?[0-9]{0,2}(?![0-9A-Za-z])|[⁻⁰⁴-⁹]"
    r"|(?<=[gl])[ ](?:N|C|P|K|S|O2|CaCO3)[ ]?/[ ]?(?:[mµμ]?[Ll]|ha|[kmµμ]?g|m)(?![A-Za-z])|\.\^|[ ]\\[a-z]"
    r"|(?<=[Cc]elsius)[ ]degrees?\b|(?<=fl)-oz|(?<=[a-z]{3})-(?:hour|second|minute|feet|foot|meter|metre)s?\b"
    r"|(?<=°[ ][cCfF])[ ]?[=≈<>≤≥]|[ ]?(?:\$[\^_]|<(?i:sup|sub)>|\\textsu[pb]|\\?[ ]?:su[pb]:|&sup|\{[-−0-9]|_[-−0-9])"
    r"|(?:\$?\\[,;:]\$?|~)[A-Za-zµμ]|\.(?:m|s|h|K|cm|mm|kg|mol|sec)(?![A-Za-z0-9./:])"
    r"|(?<=[ 0-9][sdlmjnct])[ ]?['’][^\W\d_]|[ ](?:bw|b\.w\.|body[ ]weight)[ ]?(?:/|per\b)"
    r"|[ ](?:an[ ]hour|a[ ]minute)\b(?![ ](?:later|ago|before|after|earlier))|[ ]below[ ](?:zero|freezing)\b"
    r"|[ ]?[A-Za-zµμ]{0,4}(?<=[A-Za-zµμ])[\u2010\u2011—⁻][ ]?[0-9¹²³](?![0-9.,])"
)
"""The unit goes on: `8 fl oz`, `760 mm Hg`, `1 kg-f`, `5 mol%`, `5 L/100 km`, `0.3 W/m2K`, `J/mol-K`, `30 ml/T-75`,
`5 mg N/L`, `600 ampere-hours`, `m^½`, `m⁵⁰`, `lb/in.^2`; powers whose minus is another dash (`s‑1`, `mol—1`) or that
stand in markup (`m$^2$`, `m<sup>2</sup>`, `km~s`); `5 N.m`, `20 miles an hour`, `5 °C below zero`. Or it is none:
`30 s'mores`, `1/2 J \\omega`, `γ = 85° c = 12`."""
DENOMINATOR_BEFORE: Final = re.compile(r"[0-9][ ]?([kmµμn]?g|[mµμ]?[lL]|km|mi|mol|lbs?)[ ]?/[ ]?\Z")
"""`80 mg/ 100 ml`, `5 km/5min`; of the same unit they are alternatives, `5 µl / 10 µl`."""
NEXT_OF_RANGE_AFTER: Final = re.compile(
    r"[ ]?[×x][ ]?[0-9]|[ -]?(?:h|hrs?|hours?|min|mins|minutes?|s|sec|seconds?|d|days?|wk|weeks?|months?|yr|years?"
    r"|[mµμn]?[lLgm])(?![\w/^])"
)
"""`10 min-2 h`, `30 μL–3 × 100 μL`: a range, whose second number is no power."""
CURRENCY_BEFORE: Final = re.compile(
    r"(?:[$€£¥₹][ \u00a0]|₹|(?<![A-Za-z])(?:Rs\.?|USD|EUR|GBP|INR|CHF|CAD|AUD)[ \u00a0]?)\Z"
)
"""`Rs. 50 per square metre`."""
NAMED_NUMBER_BEFORE: Final = re.compile(
    r"(?<![A-Za-z0-9])(?!Sub|Pre|Non|Mid|Post|Ultra)(?:[A-Z][A-Za-z]+|[a-z]{4,12}ium)-\Z"
)
"""`UTF-8 bytes`, `technetium-99 m`."""
LOST_DECIMALS_BEFORE: Final = re.compile(r"[0-9]\.\s\Z")
"""`9. 00 J`."""
CLOCK_BEFORE: Final = re.compile(r"(?:(?<![\w'’])(?:[àÀ]|jusqu['’]à|vers|dès|bis|um|alle)|[0-9][ ]?h[ ]?[-–à])\s?\Z")
CLOCK_AFTER: Final = re.compile(r"[ ]?(?:à|bis|[-–])[ ]?[0-9]{1,2}[ ]?(?:h|Uhr)(?![a-z])|[0-5][0-9](?![0-9])")
"""`de 10h à 12h`, `von 8 h bis 12 h`: times of the day."""
BITS_BEFORE: Final = re.compile(r"(?<![0-9.])[01]s[ ](?:and|or)[ ]\Z")
BITS_AFTER: Final = re.compile(r"[ ](?:and|or)[ ][01]s(?![a-z])")
"""`0s and 1s`."""
RATE_AFTER: Final = re.compile(r"[ -](?:rates?|discharge|charge)\b")
"""`at 1C rate`, of batteries."""
MOLAL_AFTER: Final = re.compile(r"[ ](?:(?:aqueous|solutions?)\b|([A-Z][A-Za-z0-9()₂-₉]{1,16}))")
"""`33.7 m aqueous solution`; `0.1 m Na3PO4`, where the group is a formula: moles a kilogram."""
SYMBOL_BEFORE: Final = re.compile(r"(?<![A-Za-z])[A-Za-zλ]{1,2}\s?[=/]\s?\Z")
"""`λ = 4L`, `nv/2L`: of a length."""
SOUTH_BEFORE: Final = re.compile(r"[-−–][0-9]{1,3}[°º]\s?\Z")
"""`−5° 23′`, whose minutes are negative too."""
WHOLE_BEFORE: Final = re.compile(r"[0-9][ ]and[ ]\Z")
"""`2 and 1/4 cups`."""
AND_AFTER: Final = re.compile(r"&[A-Za-z]")
"""`12 m&m's`."""
CSV_AFTER: Final = re.compile(r",[^\s]")
"""The next field of a table."""
ONE_GROUP: Final = re.compile(r"[0-9]{1,3},[0-9]{3}")
"""`1,375`: thousands, or a decimal."""
TERM_BEFORE: Final = re.compile(r"[0-9)]\s?[-+−]\s\Z")
"""`− 8.2 + 1.2 t`: a variable, no tonnes."""
SPACED_POWER_AFTER: Final = re.compile(
    r"[ ][A-Za-z](?<![0-9][ ]t)(?:\s?(?:\^|\*\*)\s?\{?[0-9]|[²³])|(?:[ ][A-Za-zµμΩ]{1,4})?[ ]−[ ][1-3]"
    r"(?![\w.,/(]|[ ]?[%°]|[ ](?:[kcmµμn]?[gmlLVAWJNKs]|h|min|mol|d)(?!\w))"
    r"|(?:(?<=m)|(?<=/s))[ ][23](?=[.,;:)\]](?![0-9])|\s?\Z|[ ]?/[ ]?[A-Za-z]"
    r"|[ ][A-Za-zµμΩ]{1,4}[ ]?[-−–⁻][ ]?[1-3](?![0-9])"
    r"|[ ](?:of|and|or|for|in|at|was|were|is|are|with|to|from|by|on|per|each|area)\b)"
)
"""`an area of 5 m 2 and`, `310 m 2 /kg`, `4 mg L − 1`: a power that lost its place; `1/2 m v^2`: letters."""
SPACED_AREA_BEFORE: Final = re.compile(r"[0-9][ ]?[kcmµμnd]?m[ ]\Z")
"""The power of `310 m 2 /kg` would be a number with what is behind it."""
ALTERNATIVE_AFTER: Final = re.compile(r"[ ]?/[ ]?[0-9][0-9.]*[ \u00a0]?")
"""`20μl / 40μl`, where the same unit follows."""
POWER_AFTER: Final = re.compile(rf"[{MINUSES}][1-4](?![0-9.,])")
"""`5 mg kg-1 day-1`: the last name of a product has a power that the grammar does not take."""
TWO_LETTERS: Final = re.compile(r"[A-Z]/[BDFGHPRSU]")
"""`12 C/D`: two letters, no quotient of units."""
COUNT_IN_THOUSANDS: Final = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
"""`5.000 copies`: a point that groups thousands, because nothing is counted in thousandths."""
SHILLING_AFTER: Final = re.compile(
    r"\.[,;]|\.\s+[0-9]{1,3}[½¼¾]?[sd]\b"
    r"|\.\s+(?:a|per|the|and|of|for|in|pays?|to|or|was|were|after|till|each|then)\b"
)
"""`24s., and`, `26s. 8d.`, `6l. and`: shillings and pounds, whose point stands inside the sentence."""
REGNAL_AFTER: Final = re.compile(r"\.\s(?:and\s[A-Z]\.|[IVX]+\b)")
"""`6 W. and M.`, `11 W. III`: the year of a reign."""
ARC_AFTER: Final = re.compile(r"[ ]?[0-9]{1,2}(?:\.[0-9]+)?[ ]?['’\"′″]")
"""The minutes of `45° 30'`: one angle."""
SMALLER_AFTER: Final = re.compile(
    r"(?:(?<=ft)|(?<=feet)|(?<=foot))\.?,?[ -](?:and )?[0-9]{1,2}(?:\.[0-9]+|[ -][1-9]/[0-9]{1,2})?[ -]?(?:in\b|inch)"
    r"|(?:(?<=lb)|(?<=lbs)|(?<=pound)|(?<=pounds))\.?,?[ -](?:and )?[0-9]{1,2}(?:\.[0-9]+)?[ -]?(?:oz\b|ounce)"
)
LARGER_BEFORE: Final = re.compile(r"[0-9][ -]?(?:ft|feet|foot|lbs?|pounds?)\.?,?[ -](?:and )?\Z")
"""`5 ft 6 in`, `8 lbs 4 oz`: one length, one weight."""
FACTOR_AFTER: Final = re.compile(r"[ ](?:K|°C|mol|kg|m|s|h|min|day|d|L)(?![\w+])")
"""`4184 J/kg K`: what is behind the quotient may divide or multiply."""
OPERAND_BEFORE: Final = re.compile(r"(?:[0-9)\]]|(?:\A|[\s(])[b-zB-Z])[\s\u00a0]\Z")
"""What a sign in front of the number would subtract from, or raise to its power."""
FUNCTION_BEFORE: Final = re.compile(r"(?<![A-Za-z])(?:sinh?|cosh?|tanh?|exp|log|ln)\s?\(\s?\Z")
"""`sin(120 t)`: an argument."""
SAME_LETTER_BEFORE: Final = re.compile(r"[*^][A-Za-z]\s?=\s?\Z")
"""`3*m=3m`."""
NOT_TIME_BEFORE: Final = re.compile(r"(?<![A-Za-z])[a-su-zA-SU-Z]\s?=\s?\Z")
"""`g = 3s`: of a variable that is no time."""
OPERATOR_BEFORE: Final = re.compile(r"[A-Za-z0-9)]\s?[*^+−]\s?\(?\Z|√\(?\Z|(?:sin|cos|tan|log)\(\Z|[0-9]\s?-\s\Z")
AT_BEFORE: Final = re.compile(r"\b[Aa]t\s?\Z")
CLOSED_ARC_BEFORE: Final = re.compile(r"[0-9][°º′']\Z")
DEGREES_BEFORE: Final = re.compile(r"[°º](?:[\s\u00a0]?[0-9]{1,2}(?:\.[0-9]+)?′)?[\s\u00a0]?\Z")
"""Not of `6′ 2″`, a height in feet."""

# ---------------------------------------------------------------------------------------------- behind

ARGUMENT_AFTER: Final = re.compile(r"(?:\(|\s?(?!x\s[0-9$])[xyzuvntθαβγφωπ](?![A-Za-z]))")
CLAUSE_END: Final = re.compile(r"\s*(?:\Z|[.,;:)\]×/!?\"'”’]|[x-]\s)")
PAUSE: Final = re.compile(r"\.,|\.\)|[),;]")
GOES_ON: Final = re.compile(
    r"\s*(?:\Z|[.,;:)\]×/!?\"'”’=<>±–-]|[x(\[]\s?[0-9(]|\(|(?:and|or|at|for|to|is|was|were|are|in|with|by|of|on|from|per"
    r"|as|using|than|after|before|through|under|over|while|when|which|then|respectively|depending|until|into|between"
    r"|without|during)\b)"
)
"""How a sentence goes on behind a quantity, and not behind a name."""
INITIAL_AFTER: Final = re.compile(r"\.[ ]?[A-Z]")
FORMULA_AFTER: Final = re.compile(
    r"[\s\u00a0](?:[a-z]+ )?\(?(?:[A-Z][a-z]?[0-9]*\(?){2,}|[\s\u00a0](?:[A-Za-z]+ ){0,2}acid\b"
)
SUBSTANCE_AFTER: Final = re.compile(r"\sof\s[A-Za-z]|\s(?:[A-Z][a-z]?[0-9]*){2,}(?![a-z])")
"""`1800 g of salt`, `1500 g NaCl`."""
GOES_INTO: Final = re.compile(r"[·*^](?=[A-Za-z0-9(])|/(?=[A-Za-z(])")
"""A product or quotient of which the candidate is only the first part."""
VARIABLE_AFTER: Final = re.compile(
    r"\s?[+*^]\s?[A-Za-z0-9(]|\s?[-−]\s?[0-9]|\)(?:\(|\s?[+*^−])|\)\)|[)\s]?(?:sin|cos|tan|log)\b|\s?=\s?[0-9]"
)
TERM_AFTER: Final = re.compile(r"\s?[-+−]\s?[0-9]*[a-z](?<![mglsh])(?![A-Za-z0-9])")
"""`6pt + 2q`: the next term of a sum of letters."""
COUNTED_AFTER: Final = re.compile(
    r"\s?(?:LIBOR|Libor|EURIBOR|Euribor|SOFR|km|miles|hectares|tonnes|tons|barrels|years|people|users|dollars|euros|pounds|followers|subscribers|views|and\s[$€£]|(?:USD|EUR|GBP|JPY|CNY|CHF|INR)\b)"
)
THOUSANDS_AFTER: Final = re.compile(r"\s?(?:rpm|RPM|run|race|cells|words|lines|people|rows)\b")
SIZE_AFTER: Final = re.compile(
    r"\.?\s?(?:x|×|by|long|wide|high|deep|thick|tall|dia|diameter|of (?:rain|snow))\b",
)
SUBJECT_AFTER: Final = re.compile(r"\s(?:of freedom|of separation|in [a-z]+(?:ology|ics|ory|ing)\b)")
COMPASS_AFTER: Final = re.compile(r"(?![^\W\d_])|[NSEW](?![A-Za-z/])")
PLATFORM_AFTER: Final = re.compile(
    r"\s+(?:[A-Z]|manylinux|python|windows|linux|and\b|or\b|platforms?|systems?|versions?|builds?|machines?|installers?"
    r"|architectures?|processors?|cpus?|mode|only)"
)
STEP_AFTER: Final = re.compile(
    r"\s(?:ago|later|earlier|hence|from now|from today|in to|into|after the|before the|since the)\b"
)
