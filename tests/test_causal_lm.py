"""Tiny random models of Hugging Face on hybrid batches: no download, no change to the model."""

import copy

import pytest

from fluxem.errors import ConfigError
from fluxem.integration import MixedStreamCollator, load_shards
from fluxem.integration.byte_tokenizer import ByteTokenizer
from fluxem.vocabulary import DomainType

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from fluxem import integration as fx  # noqa: E402 after the checks

torch.set_num_threads(1)  # tiny tensors: threads would only wait for each other
VOCABULARY, HIDDEN = 4000, 32
FAMILIES = ["llama", "gpt2"]


def language_model(family, vocabulary=VOCABULARY):
    torch.manual_seed(0)
    if family == "gpt2":
        config = transformers.GPT2Config(
            vocab_size=vocabulary, n_embd=HIDDEN, n_layer=2, n_head=2, n_positions=256, resid_pdrop=0, embd_pdrop=0,
            attn_pdrop=0, bos_token_id=None, eos_token_id=None,
        )  # fmt: skip
        return transformers.GPT2LMHeadModel(config)
    config = transformers.LlamaConfig(
        vocab_size=vocabulary, hidden_size=HIDDEN, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=256, bos_token_id=None, eos_token_id=None, pad_token_id=None,
    )  # fmt: skip
    return transformers.LlamaForCausalLM(config)


def hybrid(family, *, readout=False, **options):
    return fx.HybridCausalLM(
        language_model(family),
        fx.MultiDomainProjector(HIDDEN, type_embeddings=True),
        fx.DomainReadout(HIDDEN) if readout else None,
        **options,
    )


def batch_of(shards, count=8, **settings):
    collate = MixedStreamCollator(output="torch", **settings)
    dataset = load_shards(shards, columns=collate.columns, seed=1)
    return collate(dataset.__getitems__(range(count)))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_position_never_sees_its_own_vector(shards, family):
    """Refutes: a leak from a vector into the prediction of its own position, by logits or by readout."""
    model = hybrid(family, readout=True).eval()
    batch = batch_of(shards)
    changed = {name: value.clone() for name, value in batch.items()}
    number = next(i for i, (_, place) in enumerate(batch["vector_positions"].tolist()) if place > 1)
    row, place = batch["vector_positions"][number].tolist()
    changed["vectors"][number, 8:] += 3
    with torch.no_grad():
        one, other = (model(**part, output_hidden_states=True) for part in (batch, changed))
    assert torch.equal(one.logits[row, :place], other.logits[row, :place])
    assert not torch.equal(one.logits[row, place], other.logits[row, place])
    said = [model.readout(part.hidden_states[-1][row, :place]) for part in (one, other)]
    assert torch.equal(said[0].type_logits, said[1].type_logits)
    assert torch.equal(said[0].scaled_code, said[1].scaled_code)
    assert torch.equal(said[0].digit_logits, said[1].digit_logits)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("mode", ["hybrid", "augment", "tokens"])
def test_the_loss_is_the_models_own(shards, family, mode):
    """Refutes: a wrapper that computes another loss than the model does from `inputs_embeds` and `labels`."""
    model = hybrid(family)
    batch = batch_of(shards, mode=mode, eos_token_id=1)
    loss = model(**batch).loss
    if mode == "tokens":
        assert not model.projector.type_embedding.weight.any()
        parts = {name: batch[name] for name in ("input_ids", "attention_mask", "labels", "position_ids")}
        torch.testing.assert_close(loss, model.language_model(**parts).loss)
    logits = model(**{name: value for name, value in batch.items() if name != "labels"}).logits
    want = torch.nn.functional.cross_entropy(
        logits[:, :-1].flatten(0, 1), batch["labels"][:, 1:].flatten(), ignore_index=-100
    )
    torch.testing.assert_close(loss, want)
    loss.backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_and_packing_change_no_prediction(shards, family, side):
    """Refutes: documents of a pack that see each other; positions or masks that padding shifts."""
    model = hybrid(family).eval()
    rows = load_shards(shards, seed=1).__getitems__(range(8))
    alone = []
    for number in range(8):
        one = MixedStreamCollator(output="torch", bos_token_id=1)(rows.slice(number, 1))
        alone.append(model(**one).logits[0])
    with torch.no_grad():
        padded = MixedStreamCollator(output="torch", bos_token_id=1, padding_side=side)(rows)
        logits = model(**padded).logits
        for number, want in enumerate(alone):
            torch.testing.assert_close(logits[number][padded["attention_mask"][number] == 1], want)
        packed = MixedStreamCollator(output="torch", bos_token_id=1, packing=True, max_length=200, padding_side=side)(
            rows
        )
        assert len(packed["input_ids"]) < 8
        logits = model(**packed).logits
        inside = packed["document_ids"] >= 0
        together = logits[inside].split(packed["cu_seqlens"].diff().tolist())
        whole = [part for part, want in zip(together, alone, strict=True) if len(part) == len(want)]
        assert len(whole) == 8
        for part, want in zip(together, alone, strict=True):
            torch.testing.assert_close(part, want)


def test_a_step_in_bf16_autocast(shards):
    """Refutes: dtypes that clash anywhere between vectors and loss."""
    model = hybrid("llama", readout=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = model(**batch_of(shards)).loss
    loss.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def test_a_readout_learns_what_comes_next(shards):
    """Refutes: a readout loss that teaches neither type nor code of the next position."""
    model = hybrid("llama", readout=True)
    batch = batch_of(shards, 6, bos_token_id=1)
    targets = fx.readout_targets(batch)
    assert len(targets.vectors) > 3
    optimizer = torch.optim.AdamW(model.parameters(), 0.01)
    for _ in range(150):
        optimizer.zero_grad()
        model(**batch).loss.backward()
        optimizer.step()
    model.eval()
    states = model(**batch, output_hidden_states=True).hidden_states[-1]
    said = model.readout(states[targets.before[:, 0], targets.before[:, 1]])
    registry = fx.DomainEncoderRegistry()
    decoded = model.readout.decode(said, registry)
    right = [
        code is not None and registry.get_encoder(DomainType(kind)).decode(code)
        == registry.get_encoder(DomainType(kind)).decode(vector.numpy())
        for code, kind, vector in zip(decoded, targets.domains.tolist(), targets.vectors, strict=True)
    ]  # fmt: skip
    assert sum(right) > 0.6 * len(right), right


def test_save_and_load(shards, tmp_path):
    """Refutes: a model that comes back without its projector or readout."""
    model = hybrid("gpt2", readout=True).eval()
    model.save_pretrained(tmp_path)
    again = fx.HybridCausalLM.from_pretrained(
        transformers.AutoModelForCausalLM.from_pretrained(tmp_path), tmp_path
    ).eval()
    batch = batch_of(shards)
    with torch.no_grad():
        torch.testing.assert_close(again(**batch).loss, model(**batch).loss)
    bare = copy.deepcopy(model)
    bare.load_state_dict(again.state_dict())


def test_widths_must_agree():
    """Refutes: a shape error far from its cause."""
    with pytest.raises(ConfigError, match="width 32, got 8"):
        fx.HybridCausalLM(language_model("llama"), fx.MultiDomainProjector(8))


def test_generation_emits_text_and_values():
    """Refutes: a model that was taught one continuation, text and value, and does not give it."""
    tokenizer = ByteTokenizer()
    text = "ask: 2 * 3 = 6, and 10 * 20 then."
    detector = fx.Detector([DomainType.ARITHMETIC])
    from fluxem.integration.mixed_text import rows_of_texts

    batch = MixedStreamCollator(output="torch", tokenizer=tokenizer, eos_token_id=0)(rows_of_texts([text], detector))
    assert batch["domain_mask"].sum() == 2
    model = fx.HybridCausalLM(
        language_model("llama", 256), fx.MultiDomainProjector(HIDDEN), fx.DomainReadout(HIDDEN), readout_weight=1.0
    )
    optimizer = torch.optim.AdamW(model.parameters(), 0.01)
    for _ in range(200):
        optimizer.zero_grad()
        model(**batch).loss.backward()
        optimizer.step()
    said = fx.generate_mixed(model.eval(), "ask: ", tokenizer=tokenizer, detector=detector, eos_token_id=0)
    assert said.undecodable == 0
    values = [part for part in said.segments if not isinstance(part, str)]
    assert [str(part.value) for part in values] == ["6", "200"]
    assert all(part.domain is DomainType.ARITHMETIC for part in values)
    assert said.text == "6 = 6, and 200 then."


def test_generation_without_a_readout_or_prompt_is_refused():
    """Refutes: values from a model that cannot predict any."""
    with pytest.raises(ConfigError, match="DomainReadout"):
        fx.generate_mixed(hybrid("llama"), "a", tokenizer=ByteTokenizer())
    with pytest.raises(ConfigError, match="at least one token"):
        fx.generate_mixed(hybrid("llama", readout=True), "", tokenizer=ByteTokenizer())
