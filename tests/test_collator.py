"""The collator: rows in, one batch out, every vector bit for bit at its place."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxem.errors import ConfigError, ShardMismatchError, ShardRowError
from fluxem.integration import DomainEncoderRegistry, MixedStreamCollator
from fluxem.vocabulary import VECTOR_DIM

ENCODER = DomainEncoderRegistry().encoder_id()


def make_row(ids, seed=0, **changes):
    """A shard row whose -1 positions have vectors of random bits."""
    spans = sum(token == -1 for token in ids)
    noise = np.random.default_rng(seed)
    row = {
        "id": f"row-{seed}",
        "encoder": ENCODER,
        "input_ids": ids,
        "span_domain": noise.integers(1, 22, spans).tolist(),
        "span_vector": noise.normal(size=(spans, VECTOR_DIM)).astype(np.float32),
    }
    return row | changes


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.integers(-1, 9), max_size=12), min_size=1, max_size=5))
def test_a_batch_is_its_rows_side_by_side(all_ids):
    """Refutes: a token or vector lost, moved or changed. The slow version is this loop."""
    rows = [make_row(ids, seed) for seed, ids in enumerate(all_ids)]
    batch = MixedStreamCollator(pad_token_id=7, placeholder_id=3)(rows)
    width = max(map(len, all_ids))
    assert batch["input_ids"].shape == (len(rows), width)
    vectors = iter(batch["vectors"])
    positions = iter(batch["vector_positions"].tolist())
    for number, row in enumerate(rows):
        own = iter(zip(row["span_vector"], row["span_domain"], strict=True))
        for place in range(width):
            cell = {key: batch[key][number, place] for key in batch if not key.startswith("vector")}
            if place >= len(row["input_ids"]):
                assert cell == {
                    "input_ids": 7, "attention_mask": 0, "labels": -100, "position_ids": 0, "domain_mask": False,
                    "domain_types": 0,
                }  # fmt: skip
            elif row["input_ids"][place] == -1:
                vector, domain = next(own)
                assert next(vectors).tobytes() == vector.tobytes()
                assert next(positions) == [number, place]
                assert cell == {
                    "input_ids": 3, "attention_mask": 1, "labels": -100, "position_ids": place, "domain_mask": True,
                    "domain_types": domain,
                }  # fmt: skip
            else:
                token = row["input_ids"][place]
                assert cell == {
                    "input_ids": token, "attention_mask": 1, "labels": token, "position_ids": place,
                    "domain_mask": False, "domain_types": 0,
                }  # fmt: skip
    assert next(vectors, None) is None


def test_rows_may_hold_lists():
    """Refutes: a collator that only takes what it made itself; `datasets` gives nested lists."""
    row = make_row([1, -1, 2])
    again = make_row([1, -1, 2], span_vector=row["span_vector"].tolist())
    collate = MixedStreamCollator()
    assert collate([row])["vectors"].tobytes() == collate([again])["vectors"].tobytes()


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"encoder": "1:000000000000:000000000000"}, ShardMismatchError, ENCODER),
        ({"encoder": None}, ShardMismatchError, "None"),
        ({"input_ids": None}, ShardRowError, "--tokenizer"),
        ({"input_ids": [1, 2]}, ShardRowError, "span_vector"),
        ({"input_ids": [1, -1, -5]}, ShardRowError, "-5"),
        ({"span_domain": []}, ShardRowError, "0 domains"),
        ({"span_domain": [300]}, ShardRowError, "300"),
        ({"span_domain": [0]}, ShardRowError, "span_domain"),
        ({"span_vector": np.full((1, VECTOR_DIM), np.nan)}, ShardRowError, "NaN"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused(changes, error, words):
    """Refutes: a wrong batch from a damaged or foreign row."""
    with pytest.raises(error, match=words):
        MixedStreamCollator()([make_row([4, -1, 5], **changes)])


@pytest.mark.parametrize(
    "settings",
    [
        {"mode": "packed"},
        {"output": "jax"},
        {"padding_side": "both"},
        {"pad_token_id": -1},
        {"placeholder_id": -1},
        {"eos_token_id": -1},
        {"max_length": 0},
        {"pad_to_multiple_of": 0},
        {"packing": True},
        {"mode": "tokens", "text_from": "text"},
    ],
)
def test_a_setting_that_does_not_exist_is_refused(settings):
    """Refutes: a misspelt setting that silently means the default."""
    with pytest.raises(ConfigError, match="expected"):
        MixedStreamCollator(**settings)


def test_no_rows_are_refused():
    """Refutes: an empty batch that fails far from its cause."""
    with pytest.raises(ConfigError, match="at least one row"):
        MixedStreamCollator()([])
