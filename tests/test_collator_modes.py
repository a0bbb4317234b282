"""Modes, padding, truncation and packing against an obvious version over Python lists."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxem.errors import ConfigError, ShardRowError
from fluxem.integration import DomainEncoderRegistry, MixedStreamCollator
from fluxem.vocabulary import VECTOR_DIM

ENCODER = DomainEncoderRegistry().encoder_id()
PAD, PLACE, BOS, EOS = 90, 91, 92, 93


@dataclass
class Cell:
    """One position: a token, or a vector of a domain."""

    token: int = PLACE
    domain: int = 0
    vector: bytes = b""


@dataclass
class Document:
    """Units of cells; a unit may not be cut."""

    units: list[list[Cell]] = field(default_factory=list)


def make_row(number, ids, lengths):
    """A row whose -1 positions are spans with `lengths` tokens each; span i ends at 10 * (i + 1)."""
    noise = np.random.default_rng(number)
    spans = sum(token == -1 for token in ids)
    return {
        "id": str(number),
        "encoder": ENCODER,
        "text": "x" * 100,
        "input_ids": ids,
        "span_end": [10 * (i + 1) for i in range(spans)],
        "span_domain": noise.integers(1, 22, spans).tolist(),
        "span_vector": noise.normal(size=(spans, VECTOR_DIM)).astype(np.float32),
        "span_input_ids": [[50 + i] * lengths[i] for i in range(spans)],
    }


def document(row, mode, text_from, bos, eos):
    """What a row should become."""
    made = Document()
    if bos is not None:
        made.units.append([Cell(bos)])
    spans = iter(range(len(row["span_domain"])))
    for token in row["input_ids"]:
        if token != -1:
            made.units.append([Cell(token)])
            continue
        span = next(spans)
        written = mode == "tokens" or (text_from is not None and row["span_end"][span] > text_from)
        unit = [] if written else [Cell(PLACE, row["span_domain"][span], row["span_vector"][span].tobytes())]
        if written or mode == "augment":
            unit += [Cell(token) for token in row["span_input_ids"][span]]
        made.units.append(unit)
    if eos is not None:
        made.units.append([Cell(eos)])
    return made


def pieces(made, limit):
    """The units, those that no row can hold cut into cells."""
    return [part for unit in made.units for part in ([unit] if len(unit) <= limit else [[cell] for cell in unit])]


def padded_rows(documents, limit):
    rows = []
    for number, made in enumerate(documents):
        row = []
        for unit in pieces(made, limit):
            if len(row) + len(unit) > limit:
                break
            row += [(number, cell) for cell in unit]
        rows.append(row)
    return rows


def packed_rows(documents, limit):
    rows = [[]]
    for number, made in enumerate(documents):
        for unit in pieces(made, limit):
            if len(rows[-1]) + len(unit) > limit:
                rows.append([])
            rows[-1] += [(number, cell) for cell in unit]
    return rows


def check(batch, rows, *, side, multiple, packed):
    width = max(map(len, rows))
    width = -(-width // multiple) * multiple
    assert batch["input_ids"].shape == (len(rows), width)
    vectors, bounds, total = [], [0], 0
    for number, row in enumerate(rows):
        first = 0 if side == "right" else width - len(row)
        position, previous = 0, None
        for place in range(width):
            cells = [key for key in batch if "vector" not in key and batch[key].shape == (len(rows), width)]
            got = {key: batch[key][number, place].item() for key in cells}
            if not first <= place < first + len(row):
                want = {"input_ids": PAD, "attention_mask": 0, "labels": -100, "position_ids": 0, "domain_mask": False,
                        "domain_types": 0, "document_ids": -1}  # fmt: skip
            else:
                owner, cell = row[place - first]
                position = 0 if owner != previous else position + 1
                if owner != previous and total > bounds[-1]:
                    bounds.append(total)
                total += 1
                is_vector = cell.domain != 0
                silent = is_vector or (packed and owner != previous)
                want = {"input_ids": cell.token, "attention_mask": 1, "labels": -100 if silent else cell.token,
                        "position_ids": position, "domain_mask": is_vector, "domain_types": cell.domain,
                        "document_ids": owner}  # fmt: skip
                if is_vector:
                    vectors.append((number, place, cell.vector))
                previous = owner
            assert got == {key: want[key] for key in got}
        if row and packed:
            bounds.append(total)
    assert [tuple(p) for p in batch["vector_positions"].tolist()] == [(row, place) for row, place, _ in vectors]
    assert [vector.tobytes() for vector in batch["vectors"]] == [vector for _, _, vector in vectors]
    if packed:
        assert batch["cu_seqlens"].tolist() == sorted(set(bounds))


ROWS = st.lists(st.lists(st.integers(-1, 9), max_size=10), min_size=1, max_size=5)


@settings(max_examples=300, deadline=None)
@given(
    all_ids=ROWS,
    lengths=st.lists(st.integers(1, 6), min_size=10, max_size=10),
    mode=st.sampled_from(["hybrid", "augment", "tokens"]),
    limit=st.integers(1, 12) | st.none(),
    packing=st.booleans(),
    side=st.sampled_from(["left", "right"]),
    multiple=st.sampled_from([1, 4]),
    marks=st.sampled_from([(None, None), (BOS, None), (None, EOS), (BOS, EOS)]),
    text_from=st.sampled_from([None, 0, 15, 1000]),
)
def test_every_setting_is_what_lists_would_give(
    all_ids, lengths, mode, limit, packing, side, multiple, marks, text_from
):
    """Refutes: a lost, repeated, moved or cut span; a wrong label, position, type, document or bound, in any mode."""
    text_from = None if mode == "tokens" else text_from
    packing = packing and limit is not None
    rows = [make_row(number, ids, lengths) for number, ids in enumerate(all_ids)]
    collate = MixedStreamCollator(
        mode,
        pad_token_id=PAD,
        placeholder_id=PLACE,
        padding_side=side,
        pad_to_multiple_of=multiple,
        max_length=limit,
        packing=packing,
        bos_token_id=marks[0],
        eos_token_id=marks[1],
        text_from=None if text_from is None else lambda _: text_from,
    )
    documents = [document(row, mode, text_from, *marks) for row in rows]
    if marks[1] is not None and not packing and limit is not None:
        # What is cut loses its end, and EOS with it: `padded_rows` cuts the same way.
        assert all(made.units[-1] == [Cell(EOS)] for made in documents)
    lay = packed_rows if packing else padded_rows
    check(collate(rows), lay(documents, limit or 10**9), side=side, multiple=multiple, packed=packing)


def test_text_from_may_be_a_column():
    """Refutes: an offset that only a function can give."""
    row = make_row(0, [1, -1, 2, -1], [2, 3])
    by_column = MixedStreamCollator(text_from="answer")([row | {"answer": 10}])
    by_text = MixedStreamCollator(text_from=lambda text: len(text) // 10)([row])
    assert by_column["input_ids"].tolist() == by_text["input_ids"].tolist() == [[1, 0, 2, 51, 51, 51]]
    with pytest.raises(ShardRowError, match="answer"):
        MixedStreamCollator(text_from="answer")([row])


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"span_input_ids": [[1]]}, "span_input_ids"),
        ({"span_input_ids": None}, "span_input_ids"),
        ({"span_end": [1]}, "span_end"),
        ({"text": None}, "text"),
    ],
)
def test_a_row_that_lacks_what_a_mode_needs_is_refused(changes, column):
    """Refutes: a span that silently vanishes because its tokens or its end are missing."""
    row = make_row(0, [1, -1, 2, -1], [2, 3]) | changes
    with pytest.raises(ShardRowError, match=column):
        MixedStreamCollator("augment", text_from=lambda _: 10)([row])


def test_rows_of_another_kind_are_refused():
    """Refutes: a batch made of something that merely iterates."""
    with pytest.raises(ConfigError, match="got str"):
        MixedStreamCollator()("rows")
