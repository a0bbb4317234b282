"""The collator over real shards: every holder of rows, every tokenizer, against the libraries that people know."""

import datasets
import numpy as np
import pyarrow.parquet as pq
import pytest
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

from fluxem.errors import ConfigError, ShardMismatchError
from fluxem.integration import MixedStreamCollator, load_shards
from fluxem.integration.byte_tokenizer import ByteTokenizer
from fluxem.integration.text_tokens import piece_encoder

MODES = ["hybrid", "augment", "tokens"]


@pytest.fixture(scope="module")
def table(shards):
    """One shard, all columns."""
    return pq.read_table(min((shards / "data").iterdir()))


def same(left, right):
    """Whether two batches are equal bit for bit."""
    return left.keys() == right.keys() and all(np.array_equal(left[key], right[key]) for key in left)


@pytest.mark.parametrize("mode", MODES)
def test_every_holder_of_rows_gives_the_same_batch(table, mode):
    """Refutes: an Arrow fast path, or another holder, that reads a row otherwise than as a dict."""
    collate = MixedStreamCollator(mode)
    part = table.slice(3, 9)
    expected = collate(part.to_pylist())
    dataset = datasets.Dataset(table)
    assert same(expected, collate(part))
    assert same(expected, collate(part.to_batches()[0]))
    assert same(expected, collate(dataset[3:12]))
    assert same(expected, collate(dataset.with_format("arrow")[3:12]))
    assert same(expected, collate(dataset.with_format("numpy")[3:12]))
    assert same(expected, collate(dataset.select(range(3, 12))))


@pytest.mark.parametrize("mode", ["hybrid", "augment"])
def test_a_tokenizer_gives_the_stored_ids(table, sample_tokenizer, mode):
    """Refutes: shards without token ids that train on other ids than shards with them."""
    here = MixedStreamCollator(mode, tokenizer=sample_tokenizer)
    assert same(here(table), MixedStreamCollator(mode)(table))
    assert same(here(table.drop(["input_ids", "span_input_ids"])), here(table))


def test_mode_tokens_with_a_tokenizer_is_the_usual_batch(table, sample_tokenizer):
    """Refutes: a baseline that differs, in a single id, from what a token-only run trains on."""
    transformers = pytest.importorskip("transformers")
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=sample_tokenizer, pad_token="<|endoftext|>")
    usual = transformers.DataCollatorForLanguageModeling(tokenizer, mlm=False)
    texts = table.column("text").to_pylist()
    expected = usual([tokenizer(text) for text in texts])
    collate = MixedStreamCollator("tokens", output="torch", tokenizer=tokenizer, pad_token_id=tokenizer.pad_token_id)
    batch = collate(table)
    assert batch["vectors"].shape == (0, 128)
    for name in ("input_ids", "attention_mask"):
        assert (batch[name] == expected[name]).all()
    # The usual collator also hides real tokens that happen to be the padding token.
    shown = expected["labels"] != -100
    assert (batch["labels"][shown] == expected["labels"][shown]).all()
    hidden = batch["labels"] != expected["labels"]
    assert (batch["input_ids"][hidden] == tokenizer.pad_token_id).all()


def test_output_torch_holds_the_same_numbers(table):
    """Refutes: a tensor batch that differs from the arrays, or types that torch would read as a mask."""
    torch = pytest.importorskip("torch")
    arrays, tensors = MixedStreamCollator()(table), MixedStreamCollator(output="torch")(table)
    assert same(arrays, {key: value.numpy() for key, value in tensors.items()})
    assert tensors["domain_types"].dtype == torch.int64


def metaspace():
    """A tokenizer that marks the start of whatever it is given."""
    words = {token: number for number, token in enumerate("▁abc12+")}
    tokenizer = Tokenizer(models.BPE(vocab=words, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    return tokenizer


def prepending():
    """The same by a normaliser, as Llama's first tokenizers do it."""
    tokenizer = metaspace()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁")])
    return tokenizer


@pytest.mark.parametrize("make", [metaspace, prepending])
def test_prefix_rules_hold_at_the_start_of_a_document_only(make):
    """Refutes: a space before every piece of a text."""
    tokenizer = make()
    first, inner = piece_encoder(tokenizer)(["a b", "a b"], [True, False])
    assert [tokenizer.id_to_token(i) for i in first] == ["▁", "a", "▁", "b"]
    assert [tokenizer.id_to_token(i) for i in inner] == ["a", "▁", "b"]


def test_a_special_tokens_name_is_data(sample_tokenizer):
    """Refutes: a corpus that can write an end-of-text token."""
    ids = piece_encoder(sample_tokenizer)(["<|endoftext|>"], [True])[0]
    assert len(ids) > 1
    assert sample_tokenizer.decode(ids) == "<|endoftext|>"


class Spacing(ByteTokenizer):
    """A foreign tokenizer that puts a space before every piece."""

    def encode(self, text):
        return super().encode(" " + text)


def test_a_foreign_tokenizer_that_adds_to_pieces_is_refused():
    """Refutes: spaces that no text has, where the rule cannot be taken out."""
    assert piece_encoder(ByteTokenizer())(["é"], [False]) == [[0xC3, 0xA9]]
    with pytest.raises(ConfigError, match="'x ' and"):
        piece_encoder(Spacing())
    with pytest.raises(ConfigError, match="got int"):
        piece_encoder(3)


def test_foreign_shards_are_refused(table):
    """Refutes: vectors of another encoder read as ours; both sides must be named."""
    foreign = table.set_column(2, "encoder", [["1:aaaaaaaaaaaa:bbbbbbbbbbbb"] * len(table)])
    with pytest.raises(ShardMismatchError, match="1:aaaaaaaaaaaa:bbbbbbbbbbbb, this library has 1:"):
        MixedStreamCollator()(foreign)


def test_a_collator_names_its_columns(shards, sample_tokenizer):
    """Refutes: columns that do not suffice, or more than a mode needs."""
    full = MixedStreamCollator("augment", text_from=len, tokenizer=sample_tokenizer)
    full(load_shards(shards, columns=full.columns).__getitems__([0, 1]))
    assert MixedStreamCollator().columns == ("id", "encoder", "span_domain", "span_vector", "input_ids")
    for mode in MODES:
        collate = MixedStreamCollator(mode)
        collate(load_shards(shards, mode=mode).__getitems__([0, 1]))
