"""Write the sample corpus: the same kind of documents in each input format, bad rows included.

    python sample_data/make_corpus.py

All texts are the project's own. The bad rows are there on purpose: a build counts them, names them in
`rejects/`, and goes on.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

FOLDER = Path(__file__).parent / "corpus"

KETTLE = """Water (H2O) boils at 373.15 K under standard pressure.

Up a mountain it boils earlier. At 2,500 m the air presses with only 74.7 kPa, and a kettle sings at 364.9 K. \
To bring 1.5 L of water from 20 °C to the boil takes about 0.502 MJ, so a 2 kW kettle needs 251 s, a little over \
4 minutes. Salt hardly changes that: 10 g of NaCl in a litre of water lifts the boiling point by 0.17 K.
"""

LAB = [
    "Combine 2 mol H2O with 1 mol NaCl and stir for 10 min at 25 °C.",
    "The flask held 250 mL of 0.1 mol/L NaOH; we added 12.5 mL of H2SO4 dropwise, then 3 g of CuSO4·5H2O.",
    "Glucose, C6H12O6, has a molar mass of 180.16 g/mol. A drip of 50 g/L is 0.2775 mol/L.",
    "The lamp draws 9.5 W, the fan 1.2 kW. Over 8 h that is 9.676 kW h.",
    "A falling stone gains 9.8 m/s^2 and after 3 s moves at 29.4 m/s.",
    "Nothing to measure here: the standard answer is that nobody knows, and that is fine.",
    "We kept the sample at −80 °C, thawed it on ice, and spun it at 12,000 rpm for 5 min.",
    "The unit on the label read 5 m/blorg, which no table knows.",
]

NUMBERS = [
    "Tickets cost 48/2 = 24 crowns, so the class paid 24 * 31 = 744 crowns.",
    "First 1234 + 5678 = 6912, then (6912 - 12) / 3 = 2300.",
    "The impedance is 3+4j ohms at one frequency and 2.5-1.5j at another.",
    "weights = [0.25, -1.5, 3]; bias = [0, 0, 1]",
    "The roots are -2-5i and -2+5i.",
    "Dividing by nothing fails: 1 / 0 has no value, and the text keeps it.",
    "See pages 10-20, the years 1914-1918, version 1.2.3, and issue 7/8: none of these is a sum.",
]

MUSIC_AND_GENES = [
    "The oboe gives A4, the violins answer with E5, and the chord settles on C#5.",
    "Play C4, E4 and G4 together, then lift the melody from Bb3 to F#4.",
    "The forward primer is 5'-ATGCCGTAGCTTAGCATCG-3' and anneals at 58 °C.",
    "Print it on A4 paper in room B12: no music, no chemistry.",
    "日本の水 H2O は 100 °C で沸騰する。 Вода кипит при 100 °C. 🌊 5 km далее.",
]

QUESTIONS = [
    "What is 17 * 23? It is 391.",
    "How far does light travel in 1 ns? About 29.98 cm.",
    "Which is denser, CO2 or N2? At 25 °C a litre of CO2 weighs 1.8 g, a litre of N2 1.15 g.",
    "Is 2 ** 10 more than 10 ** 3? Yes: 1024 against 1000.",
]


def lines(documents: list[str], name: str) -> bytes:
    """The documents as JSON Lines, with ids."""
    rows = [{"id": f"{name}-{number}", "text": text} for number, text in enumerate(documents)]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def main() -> None:
    """Write every file of the corpus."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "kettle.txt").write_bytes(KETTLE.encode())
    bad = b'{"id": "cut", "text": "the line ends ear\n{"id": "no-text", "body": "another field"}\n{"text": 42}\n'
    (FOLDER / "lab.jsonl").write_bytes(lines(LAB, "lab") + bad + b'{"text": "bad bytes \xff\xfe"}\n')
    (FOLDER / "numbers.jsonl.gz").write_bytes(gzip.compress(lines(NUMBERS, "numbers"), mtime=0))
    (FOLDER / "music_and_genes.jsonl.zst").write_bytes(zstandard.compress(lines(MUSIC_AND_GENES, "mixed")))
    ids = [f"question-{number}" for number in range(len(QUESTIONS) + 1)]
    table = pa.table({"id": ids, "text": [*QUESTIONS, None]})
    pq.write_table(table, FOLDER / "questions.parquet")


if __name__ == "__main__":
    main()
