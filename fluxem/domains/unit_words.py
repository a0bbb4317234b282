"""The words that speak for or against a unit, among the 90 characters in front of it and the 60 behind, in lower case.

The rules that ask for them stand in `fluxem.domains.unit_evidence`.
"""

from __future__ import annotations

from typing import Final

from fluxem.domains.nearby import Words, words


def _words(pattern: str) -> Words:
    """The alternatives of `pattern`, tried only where one of their first characters stands: several times faster."""
    starts = {alternative.removeprefix(r"\b")[:1] for alternative in pattern.split("|")}
    return words(pattern if starts & set("[(\\") else f"(?=[{''.join(sorted(starts))}])(?:{pattern})")


LAB: Final = words(
    r"(?<![A-Za-z])(?:[mµμund]?[lL]|[mµμun][MmgG]|m?mol|rpm|min|°C|degC|pH|aq|[Bb]uffers?|[Ss]olutions?|[Aa]queous|[Aa]cid"
    r"|[Ss]tock|[Uu]rea|Tris|EDTA|DTT|PBS|[Ee]thanol|[Mm]ethanol|chloride|hydroxide|[Mm]olar\w{0,9})(?![A-Za-z])"
    r"|(?:NaCl|NaOH|HCl|KOH|H2SO4|HNO3)",
    folded=False,
)
TRADE: Final = {
    unit: _words(words)
    for unit, words in {
        "A": r"\bcurrents?\b|\bamps?\b|\bampere|fuse|\bbattery|\bcharger"
        r"|\bvolt|[0-9] ?[km]?v\b|\bcircuit|\bresist|ohms?\b",
        "B": r"\bbytes?\b|\b[kmgt]i?b\b|memory|file size|payload|packet|buffer",
        "C": r"\bcharges?d?\b|coulomb|capacit",
        "D": r"debye|dipole",
        "F": r"capacit|farad",
        "G": r"gauss|magnet|\bfield",
        "H": r"induct|\bhenr|\bcoil",
        "J": r"energy|joule|\bwork\b|\bheat|kinetic|potential|laser|pulse",
        "K": r"temperature|kelvin|cool|heat|cryo|\bt\b|anneal|calcin|°c|\btc\b|thermal|melt|boil|superconduct",
        "N": r"forces?|newton|\bload|weight|tension|friction|thrust|pull|push",
        "P": r"\bpoise|viscos",
        "R": r"roentgen|röntgen|dose|exposure",
        "S": r"conductance|siemens|conductiv",
        "T": r"tesla|magnet|\bfield|\bmri\b|scanner|\bnmr\b",
        "rem": r"\bdose|radiat|exposure|sievert|\bmrem",
        "U": r"enzyme|\bunits?\b|polymerase|ase\b|\bu/|[µμu]l\b",
        "V": r"volt|potential|battery|supply|electr|\bbias|\bgate|\bcell\b",
        "W": r"power|watt|lamp|laser|light|heat|bulb",
        "d": r"\bdays?\b|\bh\b|\bhours?\b|\bweeks?\b|incubat|cultur",
        "t": r"tonne|\bkg\b|grams?\b|\bmass|weigh|\bton|\bload|cargo|harvest|yield",
        "m": r"\b[cmk]m\b|\bm[23]?\b|met(?:re|er)|\blong|\bwide|\bhigh|\bdeep|\btall|depth|height|distan|length|width"
        r"|away|sprint|altitude",
        "s": r"[0-9] ?[mµμn]s\b|\bsec(?:onds?|s)?\b|[0-9] ?min\b|\bminutes?\b|[0-9] ?h(?:rs?)?\b|°c",
        "kb": r"\bdna|rna\b|\bgen(?:e|omic|ome)|plasmid|\bbp\b|ladder|primer|fragment|construct|chromosom|sequenc"
        r"|\bbands?\b|\binsert",
        "kt": r"\bwind|aircraft|airspeed|\bship|vessel|knots?\b|\bsail|gust|cyclone|hurricane",
        "pc": r"parsec|\bstars?\b|galax|distance|cluster|light-year|nebula|cloud",
        "ppt": r"pp[bm]v?\b|trillion|\bmixing ratio",
        "pt": r"\bqt\b|\bgal\b|\bpints?\b",
        "pH": r"induct|\bhenr|\bcoil",
        "Gal": r"gravit|gravim",
        "au": r"orbit|planet|\bsun\b|solar|\bstars?\b|stellar|astronom|comet|asteroid|kuiper|\bdis[ck]s?\b",
        "bps": r"\bbaud|modem|serial|\buart|\bbit|\bdata\b|network|bandwidth|throughput|transmi|download|upload",
        "bars": r"pressure|\bpsi\b|\batm|vacuum|pascal|[kmg]pa\b|\bgas(?:es)?\b|steam|hydraul|inflat|manomet|\bpump",
        "teslas": r"magnet|\bfield|\bmri\b|scanner|\bnmr\b|gauss",
        "ac": r"\bacres?\b|\bland\b|\bha\b",
    }.items()
}
"""Words that speak for a unit, in a window in lower case."""
DECIMAL_COMMA: Final = _words(
    r"(?<![0-9.,])[0-9]{1,3},[0-9]{1,2}(?=[ \u00a0]?(?:[%€°]|(?:k?g|mg|[kcm]?m|m?l|h|mio|mrd|uhr|kr|zł)\b))"
    r"|\b(?:das|und|ist|auf|bei|nach|eine[nrsm]?|que|por|una|les|dans|une|della|che|gli|são|uma|het|een|och|jest"
    r"|nie|dla|się)\b"
)
"""Where a point may group thousands: another number has a decimal comma, or words of a language that writes so."""
TEMPERATURE: Final = _words(
    r"temperature|\bhot\b|\bcold|\bheat|oven|\bwarm|\bcool|freez|boil|fever|weather|fahrenheit|celsius|°[cf]"
    r"|thermostat|outside|preheat|degrees? [cf]\b"
)
WARM: Final = _words(
    r"\bincubat|\bheat|temperature|\bwarm|\bcool|\bcold|\bfreez|\bfrozen|\bstore|\bstorage|\boven|\bmelt"
    r"|\bboil|\banneal|\bdenatur|overnight|\boutside|\bweather|\bdegree|autoclav|centrifug|\bspin|preheat|\bfridge|\bdry\b"
    r"|\bdried|water bath|\bmin\b|\bminutes?\b|\bhours?\b|°c|°f"
)
WEIGHT: Final = _words(
    r"weigh|\bmass\b|\bheav|\blbs?\b|\bkg\b|ounces?|kilogram|\blift|\bload|thrust|\bfat\b|\bbody|\bgain|\blost\b|\blose"
)
MONEY: Final = _words(
    r"£|sterling|shilling|pence|guinea|\bprice|\bcost|\bworth|\bpaid?\b|\bpay|salary|income|a year|per annum|debt"
    r"|\bmoney|rent\b"
)
FINANCE: Final = _words(
    r"treasur|libor\b|basis points|interest rate|\bfed\b|\becb\b|\bcredit|mortgage|\bbunds?\b|\bgilts?\b|bond yield"
)
"""Where `bp` is a basis point."""
CENTRIFUGE: Final = _words(r"centrifug|\bspin|\bspun|\bpellet|supernatant|\brpm")
SIZE: Final = _words(r"\b(?:length|width|height|depth|diameter|thickness|size|long|wide|tall|thick|screen)\b")
BATTERY: Final = _words(r"\bmah\b|\bma g|discharg|\brate capab|\bc-rate")
"""Where `0.1 C` is how fast a battery is charged."""
MOLAL: Final = _words(r"\bmolal(?:ity|ities)?\b")
COLD: Final = _words(r"temperature|kelvin|cryo|superconduct|\btc\b")
"""What `about 7K` is a temperature by, and no speed of a centrifuge."""
ANGLE: Final = _words(r"\bangle|rotat|\btilt|inclin|latitude|longitude|\bturn|θ|°|bearing|azimuth|\bdegrees?\b")
ARC: Final = _words(r"\barc|beam|resolution|angular|\bsky\b|telescope|pixel|\bmaps?\b|survey|latitude|longitude|fwhm")
