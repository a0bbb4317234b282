"""gigatoken beside `tokenizers`: the same ids, or it is not used."""

from __future__ import annotations

import json
import pickle
import runpy
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

import fluxem_prep
from fluxem.errors import ConfigError
from fluxem_prep.pipeline.llm_tokenizer import LLMTokenizer, load_tokenizer
from fluxem_prep.pipeline.tokenizer_backends import UNICODE_17, _code_points, doubtful_pieces, library_backend
from fluxem_prep.pipeline.tokenizer_config import BackendName
from fluxem_prep.pipeline.tokenizer_probes import probe_texts

SAMPLE_DATA = Path(__file__).parent.parent / "sample_data"
SAMPLE = SAMPLE_DATA / "tokenizer.json"
TINY = runpy.run_path(str(Path(__file__).with_name("test_llm_tokenizer.py")))["TABLE"]
FAST = {
    "byte level": True,
    "byte level after a split": False,  # a split of nobody's, which gigatoken refuses
    "byte level without regex": False,  # loaded, and split all the same
    "byte level, prefix space": True,
    "llama style": True,
    "metaspace first": True,
    "metaspace always": True,
    "metaspace never": True,
    "metaspace first, whole text": True,
    "unigram": False,
    "unigram, word by word": False,
    "wordpiece": False,
}
# The splits of well-known models, from their tokenizer.json files.
CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPLITS = {"gpt2": None, "cl100k": CL100K, "qwen": CL100K.replace("{1,3}", ""), "o200k": O200K}


def transparent(split: str | None) -> Tokenizer:
    """Byte level, with a merge of each of six characters and any byte: its ids show where the text was split."""
    bytes_ = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [(a, b) for a in "aA1.'Ġ" for b in bytes_]
    vocab = {token: i for i, token in enumerate(dict.fromkeys([*bytes_, *(a + b for a, b in merges)]))}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    tokenizer.decoder = decoders.ByteLevel()
    mapped = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=split is None)
    rules = [] if split is None else [pre_tokenizers.Split(Regex(split), "isolated")]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*rules, mapped]) if rules else mapped
    return tokenizer


def load(config: Any, folder: Path, backend: BackendName = "auto") -> LLMTokenizer:
    path = folder / "tokenizer.json"
    path.write_text(config.to_str() if isinstance(config, Tokenizer) else json.dumps(config), encoding="utf-8")
    return load_tokenizer(str(path), backend)


def both(tokenizer: Any, folder: Path) -> tuple[LLMTokenizer, LLMTokenizer]:
    return load(tokenizer, folder), load(tokenizer, folder, "tokenizers")


def encode(tokenizer: LLMTokenizer, pieces: Sequence[str], every: int = 3) -> tuple[list[int], list[int]]:
    """Documents of `every` pieces."""
    offsets, ids = tokenizer.encode_pieces(pieces, np.arange(len(pieces)) % every == 0)
    assert (offsets.dtype, ids.dtype) == (np.int64, np.int32)
    return offsets.tolist(), ids.tolist()


def sample() -> dict[str, Any]:
    config: dict[str, Any] = json.loads(SAMPLE.read_text("utf-8"))
    return config


# -- which one runs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FAST)
def test_the_fast_one_runs_where_it_gives_the_same_ids(name, tmp_path):
    """Refutes that `auto` never takes gigatoken, and that it takes it for a tokenizer that it does not support."""
    assert FAST.keys() == TINY.keys()
    report = load(TINY[name](), tmp_path).backend
    assert report.name == ("gigatoken" if FAST[name] else "tokenizers"), report
    assert report.equal is (True if FAST[name] else {"byte level without regex": False}.get(name))
    assert (report.compared > 4000) == (report.equal is not None)
    assert report.version
    assert report.reason


@pytest.mark.parametrize(
    "edit",
    [
        {"pre_tokenizer": None},
        {"normalizer": {"type": "Strip", "strip_left": True, "strip_right": False}},
        {"model": {"end_of_word_suffix": "s"}},
        {"added": {"content": "water", "single_word": True}},
        {"added": {"content": "water", "lstrip": True}},
        {"added": {"content": "water", "rstrip": True}},
        {"added": {"content": "Water", "normalized": True}, "normalizer": {"type": "Lowercase"}},
    ],
    ids=str,
)
def test_whatever_it_makes_of_a_setting_the_ids_are_those_of_the_library(edit, tmp_path):
    """Refutes that a setting which gigatoken loads and ignores passes the probes."""
    config = sample()
    config["model"] |= edit.pop("model", {})
    options = {
        "id": 2048,
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": False,
        "special": False,
    }
    config["added_tokens"] += [options | edit.pop("added")] if "added" in edit else []
    auto, library = both(config | edit, tmp_path)
    texts = ["underwater Water", "a  water b", " waterwater. WATER\n", "x's y", "seat tts", "  a  ", "water"]
    assert encode(auto, texts) == encode(library, texts)


def test_a_setting_that_is_loaded_and_ignored_is_found_out(tmp_path):
    """Refutes that the comparison cannot fail: without its splitter gigatoken goes on splitting."""
    report = load(sample() | {"pre_tokenizer": None}, tmp_path).backend
    assert (report.name, report.equal) == ("tokenizers", False)
    assert report.reason.startswith("gigatoken gives other ids for '")


def test_sparse_ids_are_kept_from_it(tmp_path):
    """Refutes that an id of billions makes it allocate a table of that size, which ends the process."""
    config = sample()
    config["model"]["vocab"]["water water"] = 200_000
    tokenizer = load(config, tmp_path)
    assert tokenizer.backend.name == "tokenizers"
    assert "go up to 200000" in tokenizer.backend.reason


def test_without_it_auto_is_the_library(monkeypatch):
    """Refutes that a machine without a wheel of gigatoken cannot build."""
    monkeypatch.setitem(sys.modules, "gigatoken", None)
    report = load_tokenizer(str(SAMPLE)).backend
    assert (report.name, report.compared, report.equal) == ("tokenizers", 0, None)
    assert report.reason == "gigatoken is not installed"
    with pytest.raises(ConfigError, match=r"gigatoken is not installed.*take the tokenizer backend auto"):
        load_tokenizer(str(SAMPLE), "gigatoken")


def test_asked_for_and_not_able(tmp_path):
    """Refutes a silent fallback where gigatoken is asked for by name."""
    assert load_tokenizer(str(SAMPLE), "gigatoken").backend.name == "gigatoken"
    with pytest.raises(ConfigError, match=r"expected a tokenizer that gigatoken encodes.*Unigram"):
        load(TINY["unigram"](), tmp_path, "gigatoken")
    with pytest.raises(ConfigError, match="expected one of auto, gigatoken, tokenizers, came 'rust'"):
        load_tokenizer(str(SAMPLE), "rust")  # type: ignore[arg-type]


def test_asking_for_the_library_does_not_load_the_other(monkeypatch):
    """Refutes that `tokenizers` is compared with anything when it is asked for."""
    monkeypatch.setitem(sys.modules, "gigatoken", None)
    report = load_tokenizer(str(SAMPLE), "tokenizers").backend
    assert (report.name, report.compared, report.reason) == ("tokenizers", 0, "asked for")


def test_the_choice_pickles():
    """Refutes that a tokenizer sent to a worker changes its backend or its ids."""
    tokenizer = load_tokenizer(str(SAMPLE))
    again = pickle.loads(pickle.dumps(tokenizer))
    assert again.backend == tokenizer.backend
    assert [type(backend) for backend in again._backends] == [type(backend) for backend in tokenizer._backends]
    assert encode(again, ["Water ", "\U000323b0", "b"]) == encode(tokenizer, ["Water ", "\U000323b0", "b"])


# -- the same ids -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[*(name for name in FAST if FAST[name]), *SPLITS])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[LLMTokenizer, LLMTokenizer]:
    name = request.param
    tokenizer = TINY[name]() if name in TINY else transparent(SPLITS[name])
    auto, library = both(tokenizer, tmp_path_factory.mktemp("pair"))
    assert auto.backend.name == "gigatoken", auto.backend
    return auto, library


texts = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
        st.text(st.sampled_from("aAſ1.'s \t\n\u00a0\u0301é水🙂\u200d\u088f\U00010940\U000323b0"), max_size=12),
        st.sampled_from(["<|endoftext|>", "<tag>", "</s>", " " * 8, "\r\n", "\uffff special 0", "water ", "'LL", "▁"]),
    ),
    max_size=8,
).map("".join)


@settings(deadline=None, max_examples=150)
@given(pieces=st.lists(texts, max_size=9))
def test_both_give_the_same_ids(pair, pieces):
    """Refutes that the ids depend on the backend, for pieces at any edge of their document."""
    auto, library = pair
    assert encode(auto, pieces) == encode(library, pieces)


def test_both_give_the_same_ids_for_long_text(pair):
    """Refutes that length or the state of its caches changes gigatoken's ids."""
    auto, library = pair
    text = (SAMPLE_DATA / "tokenizer_text.txt").read_text("utf-8")
    lines = text.splitlines(keepends=True)
    pieces = [*lines, text, "a" * 100_000, "1" * 10_001, " " * 30_000, "\u0301" * 5000, *reversed(lines)]
    assert encode(auto, pieces) == encode(library, pieces)
    assert encode(auto, pieces[::-1]) == encode(library, pieces[::-1])


@pytest.mark.parametrize("split", SPLITS)
def test_characters_newer_than_either_table_have_the_librarys_ids(split, tmp_path):
    """Refutes that a character of Unicode 17 is split by the older of two tables."""
    auto, library = both(transparent(SPLITS[split]), tmp_path)
    newest = [chr(code) for first, last in UNICODE_17 for code in {first, last}]
    pieces = [around.format(c) for c in newest for around in ("a{}", "1{}", ".{}", " {}a", "A{}A", "'{}")]
    assert encode(auto, pieces) == encode(library, pieces)


@pytest.mark.soak
@pytest.mark.parametrize("split", SPLITS)
def test_every_character_has_the_librarys_ids(split, tmp_path):
    """Refutes that any code point is treated differently, in any of ten surroundings."""
    auto, library = both(transparent(SPLITS[split]), tmp_path)
    characters = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    for around in ("a{}", "A{}", "1{}", ".{}", " {}", "'{}", "\n{}", " {} ", "{}a", "A{}a"):
        for start in range(0, len(characters), 1 << 18):
            pieces = [around.format(c) for c in characters[start : start + (1 << 18)]]
            for mine, its in zip(encode(auto, pieces), encode(library, pieces), strict=True):
                assert mine == its, around


# -- doubtful pieces, and probes --------------------------------------------------------------------------------------


def obviously_doubtful(piece: str) -> bool:
    newest = {chr(code) for first, last in UNICODE_17 for code in range(first, last + 1)}
    return any(c in newest or ord(c) >= 0x323B0 or unicodedata.category(c) in ("Cn", "Cs") for c in piece)


@settings(deadline=None, max_examples=300)
@given(pieces=st.lists(st.one_of(texts, st.text(max_size=6)), max_size=12))
def test_doubtful_pieces_are_those_with_a_doubtful_character(pieces):
    """Refutes an index that is off by one, and a piece that is charged with its neighbour's character."""
    expected = [i for i, piece in enumerate(pieces) if obviously_doubtful(piece)]
    assert doubtful_pieces(pieces).tolist() == expected
    among_letters = [f"{piece}{'x' * 200}" for piece in pieces]  # where such characters are rare, another way is taken
    assert doubtful_pieces(among_letters).tolist() == expected


def test_characters_are_read_from_utf_8():
    """Refutes a character of two, three or four bytes that is taken for another."""
    codes = np.array([code for code in range(0x80, 0x110000, 7) if not 0xD800 <= code < 0xE000], np.int64)
    data = np.frombuffer("".join(f"a{chr(code)}" for code in codes.tolist()).encode(), np.uint8)
    assert np.array_equal(_code_points(data, np.flatnonzero(data >= 0xC0)), codes)


def test_probes_are_the_same_every_time_and_hold_what_matters():
    """Refutes probes that leave a script, a special token or a long word out, or that are drawn anew each time."""
    tokenizer = Tokenizer.from_file(str(SAMPLE))
    tokenizer.normalizer = normalizers.NFC()
    probes = probe_texts(tokenizer)
    assert probes == probe_texts(tokenizer)
    assert len(set(probes)) > 4000
    everything = "".join(probes)
    scripts = (
        "LATIN",
        "CYRILLIC",
        "GREEK",
        "HEBREW",
        "ARABIC",
        "DEVANAGARI",
        "THAI",
        "TIBETAN",
        "CJK",
        "HANGUL",
        "EGYPTIAN",
    )
    names = {unicodedata.name(c, "").split(" ")[0] for c in set(everything)}
    assert names.issuperset(scripts)
    assert "<|endoftext|>" in probes
    assert max(map(len, probes)) > 2000
    assert max(len(probe) for probe in probes if probe.isspace()) > 30
    everything.encode("utf-8")  # no lone surrogates


# -- a build ----------------------------------------------------------------------------------------------------------


def test_shards_are_the_same_bytes_and_the_manifest_says_which_one_ran(tmp_path):
    """Refutes that a shard, or the part of the manifest that others compare, depends on the backend."""
    manifests = []
    for backend in ("gigatoken", "tokenizers"):
        out = tmp_path / backend
        fluxem_prep.build(SAMPLE_DATA / "tokenizer_text.txt", out, tokenizer=SAMPLE, tokenizer_backend=backend)
        manifests.append(json.loads((out / "manifest.json").read_text("utf-8")))
    ran = [manifest.pop("run")["tokenizer_backend"] for manifest in manifests]
    assert [report["name"] for report in ran] == ["gigatoken", "tokenizers"]
    assert ran[0]["equal"] is True
    assert manifests[0] == manifests[1]
    assert manifests[0]["shards"][0]["tokens"] > 0


def test_a_backend_that_does_not_exist(tmp_path):
    """Refutes that a slip in the name is found after the build has begun."""
    with pytest.raises(ConfigError, match="expected auto, gigatoken, tokenizers, came rust"):
        fluxem_prep.build(SAMPLE, tmp_path / "out", tokenizer_backend="rust")
    assert not (tmp_path / "out").exists()


def test_a_tokenizer_without_a_token_for_the_unknown_is_named() -> None:
    """Refutes: a bare exception of the library, and a traceback, for a text that the tokenizer cannot read."""
    config = {"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "unk_token": "<unk>"}, "added_tokens": []}
    encode = library_backend({"version": "1.0", **config})
    assert encode(["a"])[1].tolist() == [0]
    with pytest.raises(ConfigError, match=r"expected a tokenizer with tokens for any text, got .*<unk>"):
        encode(["b"])
