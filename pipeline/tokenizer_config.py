"""Edits of a tokenizer.json, so that it can tokenise pieces of documents; `llm_tokenizer` says why each is made.

A config is the JSON that the library `tokenizers` writes, all defaults spelled out, as Python values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

Config: TypeAlias = dict[str, Any]
BackendName: TypeAlias = Literal["auto", "gigatoken", "tokenizers"]
"""What computes the ids (`tokenizer_backends`); here, because settings name it without loading either library."""

_SPELLING = re.compile(r".|<0x[0-9A-F]{2}>", re.DOTALL)


def edge_variants(config: Config) -> tuple[list[Config], list[int]]:
    """The tokenizers for pieces.

    Returns:
        One to four configs, all different, and, at `start + 2 * end`, which of them is for pieces with these edges of
        their document.
    """
    plain = _without_specials(config | {"truncation": None, "padding": None, "post_processor": None})
    edges = [(start, end) for end in (False, True) for start in (False, True)]
    before, words = plain["normalizer"], plain["pre_tokenizer"]
    edited = [(_normalizer(before, start, end), _pre_tokenizer(words, start)) for start, end in edges]
    distinct = [rules for i, rules in enumerate(edited) if rules not in edited[:i]]
    variants = [plain | {"normalizer": normalizer, "pre_tokenizer": words} for normalizer, words in distinct]
    return variants, [distinct.index(rules) for rules in edited]


def _without_specials(config: Config) -> Config:
    """The config with special tokens under names that no text holds; ids stay.

    Single characters and byte tokens keep theirs: text is spelled with them, whatever else they are used for.
    """
    tokens = config["added_tokens"]
    names = [token["content"] for token in tokens if token["special"] and not _SPELLING.fullmatch(token["content"])]
    # U+FFFF is no character; the spaces are what byte-level and Metaspace models never see.
    hidden = {name: f"\uffff special {i}" for i, name in enumerate(names)}
    added = [token | {"content": hidden.get(token["content"], token["content"])} for token in tokens]
    return config | {"added_tokens": added, "model": _renamed(config["model"], hidden)}


def _renamed(model: Config, names: Mapping[str, str]) -> Config:
    vocab = model["vocab"]
    if isinstance(vocab, list):
        return model | {"vocab": [[names.get(piece, piece), score] for piece, score in vocab]}
    renamed = model | {"vocab": {names.get(token, token): number for token, number in vocab.items()}}
    renamed["unk_token"] = names.get(model["unk_token"], model["unk_token"])
    if "merges" in model:  # a merge that makes a special token, or goes on from one, would spell it
        skip = len(model["continuing_subword_prefix"] or "")
        renamed["merges"] = [
            [a, b] for a, b in model["merges"] if a not in names and b not in names and a + b[skip:] not in names
        ]
    return renamed


def _normalizer(node: Config | None, start: bool, end: bool) -> Config | None:
    if node is None or (node["type"] == "Prepend" and not start):
        return None
    if node["type"] == "Strip":
        return node | {"strip_left": node["strip_left"] and start, "strip_right": node["strip_right"] and end}
    if node["type"] == "Sequence":
        kept = (_normalizer(part, start, end) for part in node["normalizers"])
        return node | {"normalizers": [part for part in kept if part is not None]}
    return node


def _pre_tokenizer(node: Config | None, start: bool) -> Config | None:
    whole = True  # nothing so far has cut the text into words
    leaves = []
    for leaf in _leaves(node):
        if leaf["type"] == "ByteLevel" and whole:
            leaf |= {"add_prefix_space": False}
        if leaf["type"] == "Metaspace" and (whole or leaf["prepend_scheme"] == "first"):
            leaf |= {"prepend_scheme": "never"}
        whole = whole and leaf.get("split" if leaf["type"] == "Metaspace" else "use_regex") is False
        leaves.append(leaf)
    if start or leaves == _leaves(node):
        return node
    return leaves[0] if len(leaves) == 1 else {"type": "Sequence", "pretokenizers": leaves}


def _leaves(node: Config | None) -> list[Config]:
    if node is not None and node["type"] == "Sequence":
        return [leaf for part in node["pretokenizers"] for leaf in _leaves(part)]
    return [] if node is None else [dict(node)]
