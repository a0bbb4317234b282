"""The language model's tokenizer on pieces: one contract over a table of tiny tokenizers, then each rule by itself."""

from __future__ import annotations

import hashlib
import json
import pickle
import runpy
import string
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from fluxem.errors import ConfigError
from fluxem_prep.pipeline.llm_tokenizer import LLMTokenizer, load_tokenizer

SAMPLE_DATA = Path(__file__).parent.parent / "sample_data"
SAMPLE = SAMPLE_DATA / "tokenizer.json"
SPECIAL = "<|endoftext|>"
LETTERS = string.ascii_letters + string.digits + string.punctuation

# -- tiny tokenizers --------------------------------------------------------------------------------------------------


def byte_level(add_prefix_space: bool = False, **kwargs: bool) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(SAMPLE))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space, **kwargs)
    tokenizer.add_tokens([AddedToken("        ", normalized=False), AddedToken("<tag>", normalized=False)])
    return tokenizer


def byte_level_after_split() -> Tokenizer:
    """The form of most recent models: a Split of their own, then ByteLevel without its regex."""
    tokenizer = byte_level()
    split = pre_tokenizers.Split(Regex(r" ?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+"), "isolated")
    mapped = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, mapped])
    return tokenizer


def characters(*more: str) -> dict[str, int]:
    tokens = ["<unk>", "<s>", "</s>", "▁", *(f"<0x{byte:02X}>" for byte in range(256)), *LETTERS, *more]
    return {token: i for i, token in enumerate(tokens)}


def sentencepiece_bpe() -> Tokenizer:
    vocab = characters("▁w", "at", "▁wat", "er", "▁water")
    merges = [("▁", "w"), ("a", "t"), ("▁w", "at"), ("e", "r"), ("▁wat", "er")]
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return tokenizer


def llama_style() -> Tokenizer:
    tokenizer = sentencepiece_bpe()
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def metaspace(scheme: str, split: bool = True) -> Tokenizer:
    tokenizer = sentencepiece_bpe()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=split)
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace(prepend_scheme=scheme)])
    return tokenizer


def unigram() -> Tokenizer:
    pieces = [("<unk>", 0.0), ("<s>", 0.0), ("</s>", 0.0), ("▁", -2.0), ("▁water", -4.0), ("er", -3.5)]
    tokenizer = Tokenizer(models.Unigram(pieces + [(c, -5.0) for c in LETTERS], unk_id=0))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Strip(left=True, right=True)])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=16)
    return tokenizer


def word_by_word() -> Tokenizer:
    tokenizer = unigram()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    )
    return tokenizer


def wordpiece() -> Tokenizer:
    tokens = ["[UNK]", "[CLS]", "[SEP]", "water", *LETTERS, *(f"##{c}" for c in LETTERS)]
    model = models.WordPiece(vocab={t: i for i, t in enumerate(tokens)}, unk_token="[UNK]")
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(["[UNK]", "[CLS]", "[SEP]"])
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    return tokenizer


LOSSLESS: dict[str, Callable[[], Tokenizer]] = {
    "byte level": byte_level,
    "byte level after a split": byte_level_after_split,
    "byte level without regex": lambda: byte_level(use_regex=False),
}
TABLE: dict[str, Callable[[], Tokenizer]] = LOSSLESS | {
    "byte level, prefix space": lambda: byte_level(add_prefix_space=True),
    "llama style": llama_style,
    "metaspace first": lambda: metaspace("first"),
    "metaspace always": lambda: metaspace("always"),
    "metaspace never": lambda: metaspace("never"),
    "metaspace first, whole text": lambda: metaspace("first", split=False),
    "unigram": unigram,
    "unigram, word by word": word_by_word,
    "wordpiece": wordpiece,
}
DOCUMENT = "Water (H2O) boils at 373.15 K;\n  water  </s> [SEP] <|endoftext|> é 水 🙂        end "
PLAIN = "Water (H2O) boils at 373.15 K under a pressure of 101.325 kPa."


def load(tokenizer: Tokenizer, folder: Path) -> LLMTokenizer:
    return load_config(json.loads(tokenizer.to_str()), folder)


def load_config(config: object, folder: Path) -> LLMTokenizer:
    path = folder / "tokenizer.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return load_tokenizer(str(path))


def encode(tokenizer: LLMTokenizer, *documents: Sequence[str]) -> list[list[int]]:
    pieces = [piece for document in documents for piece in document]
    starts = [i == 0 for document in documents for i, _ in enumerate(document)]
    offsets, ids = tokenizer.encode_pieces(pieces, np.array(starts, np.bool_))
    assert (offsets.dtype, ids.dtype) == (np.int64, np.int32)
    assert offsets.shape == (len(pieces) + 1,)
    assert (offsets[0], offsets[-1]) == (0, len(ids))
    return [part.tolist() for part in np.split(ids, offsets[1:-1])] if pieces else []


def own_ids(tokenizer: Tokenizer, text: str) -> list[int]:
    """What the library itself says, with nothing around the text and special tokens as text."""
    copy = Tokenizer.from_str(tokenizer.to_str())
    copy.no_truncation()
    copy.no_padding()
    copy.encode_special_tokens = True
    return list(copy.encode(text, add_special_tokens=False).ids)


# -- the contract -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=TABLE)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Tokenizer, LLMTokenizer]:
    tokenizer = TABLE[request.param]()
    return tokenizer, load(tokenizer, tmp_path_factory.mktemp("made"))


@pytest.mark.parametrize("text", [PLAIN, "", " ", "   ", "\n", " Water  er ", "a", "水\t<tag>        x", "ﬁ½"])
def test_a_document_in_one_piece_gets_the_librarys_own_ids(made, text):
    given_tokenizer, tokenizer = made
    assert encode(tokenizer, [text]) == [own_ids(given_tokenizer, text)]


def test_a_piece_does_not_depend_on_the_others_of_the_batch(made):
    _, tokenizer = made
    documents = [["Water ", "", " boils", " at ", "K "], [" "], [""], ["x", " water "], [PLAIN, DOCUMENT]]
    together = encode(tokenizer, *documents)
    assert together == [ids for document in documents for ids in encode(tokenizer, document)]
    inner = encode(tokenizer, ["a", " water", "b"])[1]
    assert inner == encode(tokenizer, ["", " water", ""])[1]


def test_special_tokens_never_come_out_of_text(made):
    given_tokenizer, tokenizer = made
    unknown = ("<unk>", "[UNK]")  # the id of a character that is not in the vocabulary
    added = given_tokenizer.get_added_tokens_decoder()
    specials = {i for i, token in added.items() if token.special and token.content not in unknown}
    assert specials
    for text in ("</s>", "a</s>b", " <s> ", "[SEP]", "x [CLS]", SPECIAL, f"a {SPECIAL}b", DOCUMENT):
        (ids,) = encode(tokenizer, [text])
        assert not specials & set(ids), text


def test_an_empty_batch_and_empty_pieces_have_no_tokens(made):
    _, tokenizer = made
    assert encode(tokenizer) == []
    assert encode(tokenizer, ["", "", ""], [""]) == [[], [], [], []]


def test_ids_are_below_the_vocabulary_size(made):
    given_tokenizer, tokenizer = made
    assert tokenizer.vocab_size == given_tokenizer.get_vocab_size()
    assert max(max(ids, default=0) for ids in encode(tokenizer, [DOCUMENT])) < tokenizer.vocab_size


def test_it_pickles(made):
    _, tokenizer = made
    document = ["Water ", "</s>", " boils </s> ", SPECIAL]
    again = pickle.loads(pickle.dumps(tokenizer))
    assert encode(again, document) == encode(tokenizer, document)
    assert (again.source, again.sha256, again.vocab_size) == (tokenizer.source, tokenizer.sha256, tokenizer.vocab_size)


def test_source_and_hash_are_those_of_the_file_as_given(tmp_path):
    path = tmp_path / "tokenizer.json"
    raw = json.dumps(json.loads(SAMPLE.read_text("utf-8")), indent=3).encode()
    path.write_bytes(raw)
    for source in (path, tmp_path):
        tokenizer = load_tokenizer(str(source))
        assert tokenizer.source == str(source)
        assert tokenizer.sha256 == hashlib.sha256(raw).hexdigest()


# -- byte level: the document, byte for byte --------------------------------------------------------------------------


@pytest.fixture(scope="module", params=LOSSLESS)
def lossless(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LLMTokenizer:
    return load(LOSSLESS[request.param](), tmp_path_factory.mktemp("lossless"))


@pytest.fixture(scope="module")
def with_prefix(tmp_path_factory: pytest.TempPathFactory) -> LLMTokenizer:
    return load(byte_level(add_prefix_space=True), tmp_path_factory.mktemp("prefix"))


def cut(text: str, places: Sequence[int]) -> list[str]:
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[a:b] for a, b in pairwise(edges)]


texts = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        st.sampled_from([SPECIAL, "<tag>", " " * 8, "\r\n", "\uffff special 0", "water ", "1234", "👩‍🔬", "é"]),
    ),
    max_size=8,
).map("".join)


@settings(deadline=None, max_examples=200)
@given(text=texts, places=st.lists(st.integers(0, 1000), max_size=6))
def test_pieces_decoded_in_order_are_the_document(lossless, text, places):
    pieces = cut(text, places)
    _, ids = lossless.encode_pieces(pieces, np.arange(len(pieces)) == 0)
    assert lossless.decode(ids) == text


@given(text=texts, places=st.lists(st.integers(0, 1000), max_size=6))
@settings(deadline=None, max_examples=100)
def test_a_prefix_space_stands_once_before_the_document(with_prefix, text, places):
    pieces = cut(text, places)
    _, ids = with_prefix.encode_pieces(pieces, np.arange(len(pieces)) == 0)
    first = with_prefix.encode_pieces(pieces[:1], np.array([True]))[1]
    assert with_prefix.decode(ids) == with_prefix.decode(first) + "".join(pieces[1:])


# -- edges of the document --------------------------------------------------------------------------------------------


def names(tokenizer: Tokenizer, parts: Sequence[Sequence[int]]) -> list[list[str | None]]:
    return [[tokenizer.id_to_token(i) for i in ids] for ids in parts]


@pytest.mark.parametrize(
    ("make", "first"),
    [
        (lambda: metaspace("first"), "▁water"),
        (lambda: metaspace("always"), "▁water"),
        (lambda: metaspace("first", split=False), "▁water"),
        (llama_style, "▁water"),
        (unigram, "▁water"),
        (lambda: byte_level(add_prefix_space=True), "Ġwater"),
    ],
)
def test_the_prefix_acts_once_at_the_start_of_each_document(make, first, tmp_path):
    given_tokenizer = make()
    tokenizer = load(given_tokenizer, tmp_path)
    parts = names(given_tokenizer, encode(tokenizer, ["water", "water", " water"], ["water"]))
    assert parts[0] == parts[2] == parts[3] == [first]
    assert parts[1][0] != first
    assert "".join(parts[1]) == "water"


@pytest.mark.parametrize("nested", [False, True])
def test_a_prefix_rule_inside_sequences_acts_once_too(nested, tmp_path):
    given_tokenizer = metaspace("always")
    rule, digits = pre_tokenizers.Metaspace(prepend_scheme="always"), pre_tokenizers.Digits(individual_digits=True)
    inner = pre_tokenizers.Sequence([rule]) if nested else rule
    given_tokenizer.pre_tokenizer = pre_tokenizers.Sequence([inner, digits])
    given_tokenizer.normalizer = normalizers.Sequence([normalizers.Sequence([normalizers.Prepend("a")])])
    parts = names(given_tokenizer, encode(load(given_tokenizer, tmp_path), ["b", "b", "b"]))
    assert parts == [["▁", "a", "b"], ["b"], ["b"]]


def test_first_behind_a_splitter_is_still_a_rule_of_the_document(tmp_path):
    given_tokenizer = metaspace("never")
    rule = pre_tokenizers.Metaspace(prepend_scheme="first")
    given_tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), rule])
    parts = names(given_tokenizer, encode(load(given_tokenizer, tmp_path), ["a b", "a b"]))
    assert parts == [["▁", "a", "b"], ["a", "b"]]


def test_a_rule_behind_one_that_does_not_split_is_a_rule_of_the_document(tmp_path):
    given_tokenizer = metaspace("never")
    mark, rule = (pre_tokenizers.Metaspace(prepend_scheme=s, split=s == "always") for s in ("never", "always"))
    given_tokenizer.pre_tokenizer = pre_tokenizers.Sequence([mark, rule])
    parts = names(given_tokenizer, encode(load(given_tokenizer, tmp_path), ["a b", "a b"]))
    assert parts == [["▁", "a", "▁", "b"], ["a", "▁", "b"]]


def test_a_mark_of_every_word_is_left_alone(tmp_path):
    given_tokenizer = word_by_word()
    parts = names(given_tokenizer, encode(load(given_tokenizer, tmp_path), ["water er", " water er"]))
    assert parts == [["▁water", "▁", "er"], ["▁water", "▁", "er"]], "without the marks every word would change"


def test_a_legacy_metaspace_is_understood(tmp_path):
    config = json.loads(metaspace("always").to_str())
    config["pre_tokenizer"] = {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True}
    tokenizer = load_config(config, tmp_path)
    assert encode(tokenizer, ["water", "water"]) == encode(load(metaspace("always"), tmp_path), ["water", "water"])


def test_strip_acts_at_the_edges_of_the_document_alone(tmp_path):
    given_tokenizer = metaspace("never")
    given_tokenizer.normalizer = normalizers.Strip(left=True, right=True)
    tokenizer = load(given_tokenizer, tmp_path)
    parts = names(given_tokenizer, encode(tokenizer, [" a ", " b ", " "], [" a "], [" a ", " b "]))
    assert ["".join(part) for part in parts] == ["a▁", "▁b▁", "", "a", "a▁", "▁b"]


# -- special and added tokens -----------------------------------------------------------------------------------------


def test_a_special_token_that_merges_would_spell_is_spelled_with_smaller_ones(tmp_path):
    vocab = {t: i for i, t in enumerate(["<", "e", ">", "<e", "<e>", "<e>e"])}
    merges = [("<", "e"), ("<e", ">"), ("<e>", "e")]
    given_tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    given_tokenizer.add_special_tokens(["<e>"])
    assert given_tokenizer.encode("e<e>").ids == [1, 4], "the library takes it for the special token"
    assert encode(load(given_tokenizer, tmp_path), ["<e>", "<e>e"]) == [[3, 2], [3, 2, 1]]


def test_a_special_token_in_a_vocabulary_that_ignores_merges_is_data(tmp_path):
    model = models.BPE(vocab={"a": 0, "b": 1, "ab": 2}, merges=[], ignore_merges=True)
    given_tokenizer = Tokenizer(model)
    assert given_tokenizer.encode("ab").ids == [2]
    given_tokenizer.add_special_tokens(["ab"])
    assert encode(load(given_tokenizer, tmp_path), ["ab"]) == [[0, 1]]


def test_text_stays_writable_when_a_character_serves_as_special_token(tmp_path):
    given_tokenizer = byte_level()
    given_tokenizer.add_special_tokens(["!"])  # the padding token of some models
    tokenizer = load(given_tokenizer, tmp_path)
    _, ids = tokenizer.encode_pieces(["stop!", "!"], np.array([True, False]))
    assert tokenizer.decode(ids) == "stop!!"
    unigram_tokenizer = sentencepiece_bpe()
    unigram_tokenizer.add_special_tokens(["<0x0A>"])
    assert encode(load(unigram_tokenizer, tmp_path), ["\n"]) == [[unigram_tokenizer.token_to_id("<0x0A>")]]


def test_ordinary_added_tokens_match_and_keep_their_options(tmp_path):
    given_tokenizer = byte_level()
    given_tokenizer.add_tokens([AddedToken("<l>", lstrip=True), AddedToken("<r>", rstrip=True)])
    given_tokenizer.add_tokens([AddedToken("word", single_word=True)])
    tokenizer = load(given_tokenizer, tmp_path)
    for text in ("a  <l> b", "a <r>  b", "word", "swordfish word", "<tag> " + " " * 8 + "x"):
        assert encode(tokenizer, ["", text]) == [[], own_ids(given_tokenizer, text)]
    assert names(given_tokenizer, encode(tokenizer, ["a   <l>", "swords"]))[0] == ["a", "<l>"]


def test_decode_shows_special_tokens():
    tokenizer = load_tokenizer(str(SAMPLE))
    end = Tokenizer.from_file(str(SAMPLE)).token_to_id(SPECIAL)
    (ids,) = encode(tokenizer, ["water"])
    assert tokenizer.decode(np.array([*ids, end], np.int32)) == "water" + SPECIAL
    assert tokenizer.decode([]) == ""


def test_a_lone_surrogate_is_refused():
    with pytest.raises(TypeError):
        load_tokenizer(str(SAMPLE)).encode_pieces(["\ud800"], np.array([True]))


# -- errors -----------------------------------------------------------------------------------------------------------


def test_dropout_is_refused(tmp_path):
    config = json.loads(SAMPLE.read_text("utf-8"))
    config["model"]["dropout"] = 0.1
    with pytest.raises(ConfigError, match=r"dropout 0\.1.*set model\.dropout to null"):
        load_config(config, tmp_path)
    config["model"]["dropout"] = 0.0
    assert encode(load_config(config, tmp_path), ["water"]) == encode(load_tokenizer(str(SAMPLE)), ["water"])


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "not JSON"),
        (b"version https://git-lfs.github.com/spec/v1", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[]", "not a tokenizer"),
        (b"{}", "not a tokenizer"),
        (b'{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}}', "not a tokenizer"),
    ],
)
def test_a_file_that_is_no_tokenizer(raw, said, tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_bytes(raw)
    with pytest.raises(ConfigError, match=f"expected the tokenizer.json.*{said}.*save the tokenizer again") as caught:
        load_tokenizer(str(path))
    assert repr(str(path)) in str(caught.value)


@pytest.mark.parametrize("source", ["missing.json", "./missing", "/nowhere/at/all", "~/missing"])
def test_a_path_that_does_not_exist_is_not_looked_up_on_the_hub(source, monkeypatch):
    monkeypatch.setattr("huggingface_hub.hf_hub_download", lambda *_: pytest.fail("asked the network"))
    with pytest.raises(ConfigError, match="no such file or folder"):
        load_tokenizer(source)


def test_a_folder_without_tokenizer_json(tmp_path):
    with pytest.raises(ConfigError, match=r"a folder that holds one.*No such file"):
        load_tokenizer(str(tmp_path))


def test_a_file_that_may_not_be_read(monkeypatch):
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ConfigError, match="Permission denied"):
        load_tokenizer(str(SAMPLE))


@pytest.mark.parametrize("source", ["", "a/b/c", "no such name", "nul\0"])
def test_a_name_that_the_hub_cannot_have(source):
    with pytest.raises(ConfigError, match="a name on the Hugging Face Hub"):
        load_tokenizer(source)


def test_a_name_is_loaded_from_the_hub(monkeypatch):
    asked = []
    monkeypatch.setattr("huggingface_hub.hf_hub_download", lambda *args: asked.append(args) or str(SAMPLE))
    tokenizer = load_tokenizer("somebody/some-model")
    assert asked == [("somebody/some-model", "tokenizer.json")]
    assert tokenizer.source == "somebody/some-model"


def test_a_name_that_the_hub_does_not_know(monkeypatch):
    def fail(*_: str) -> str:
        raise OSError("404 Client Error.\nRepository not found")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", fail)
    with pytest.raises(ConfigError, match=r"\(404 Client Error\.\): check the path or the name"):
        load_tokenizer("somebody/some-model")


# -- the tokenizer that the repository ships --------------------------------------------------------------------------


def test_the_shipped_tokenizer_is_what_its_script_makes():
    train = runpy.run_path(str(SAMPLE_DATA / "train_tokenizer.py"))["train"]
    made = train((SAMPLE_DATA / "tokenizer_text.txt").read_text("utf-8"))
    assert json.loads(made) == json.loads(SAMPLE.read_text("utf-8")), "run python sample_data/train_tokenizer.py"


def test_the_shipped_tokenizer_has_all_bytes_and_one_special_token():
    tokenizer = Tokenizer.from_file(str(SAMPLE))
    assert set(pre_tokenizers.ByteLevel.alphabet()) <= set(tokenizer.get_vocab())
    assert len(pre_tokenizers.ByteLevel.alphabet()) == 256
    assert [t.content for t in tokenizer.get_added_tokens_decoder().values() if t.special] == [SPECIAL]
    assert tokenizer.get_vocab_size() == 2048
