"""Codes to hidden states and back: scale, digits, projector, embedding, readout, losses, `TrainingPipeline`."""

import subprocess
import sys

import numpy as np
import pytest

from fluxem.domains import DOMAINS
from fluxem.errors import ConfigError, ShardMismatchError
from fluxem.integration import DomainEncoderRegistry, MixedStreamCollator, load_shards
from fluxem.integration.coordinate_scale import BLOCKS, DERIVED, coordinate_scale, decoded_coordinates
from fluxem.vocabulary import VECTOR_DIM, DomainType

torch = pytest.importorskip("torch")

from fluxem import integration as fx  # noqa: E402 after the check for torch
from fluxem.integration.code_features import code_features  # noqa: E402
from fluxem.integration.digits import LIMBS, WIDTH, lift_digits, limb_digits  # noqa: E402
from fluxem.integration.losses import resolve_carries  # noqa: E402

torch.set_num_threads(1)  # tiny tensors: threads would only wait for each other
HIDDEN = 24
NUMBER = DOMAINS[DomainType.NUMBER].encoder


def codes_of_all_domains():
    """Two codes a domain, and their domains."""
    pairs = [(domain, text) for domain in DOMAINS for text, _ in DOMAINS[domain].examples[:2]]
    vectors = np.stack([DOMAINS[domain].encoder.encode(text) for domain, text in pairs])
    return torch.from_numpy(vectors), torch.tensor([domain for domain, _ in pairs])


@pytest.fixture
def batch(shards):
    """A batch of tensors with vectors in it."""
    return MixedStreamCollator(output="torch")(load_shards(shards).__getitems__(range(12)))


# ------------------------------------------------------------------------------------------------ scale, digits


def test_every_domain_is_scaled_to_order_one():
    """Refutes: a coordinate that drowns the others, or a domain without a scale."""
    assert set(BLOCKS) == set(DomainType) - {DomainType.TEXT}
    scale = coordinate_scale()
    assert (np.frexp(scale)[0] == 0.5).all(), "a factor that is no power of two would round"
    for domain in DOMAINS:
        codes = torch.from_numpy(
            np.stack([DOMAINS[domain].encoder.encode(text) for text, _ in DOMAINS[domain].examples])
        )
        features = code_features(codes, domain, torch.from_numpy(scale[domain]), "none").abs()
        assert features.max() <= 32, (domain.name, np.unravel_index(int(features.argmax()), features.shape))
        assert features[features > 0].median() > 2**-8, domain.name


def test_digits_are_those_of_the_number():
    """Refutes: digits in another order, or spoiled by a sign."""
    digits = limb_digits(torch.from_numpy(np.stack([NUMBER.encode("-1234.56"), NUMBER.encode(0)])))
    text = "".join(str(digit) for digit in reversed(digits[0].tolist()))
    assert text.lstrip("0").rstrip("0") == "123456"
    assert text[:80].endswith("1234")
    assert not digits[1].any()


@pytest.mark.parametrize("lift", ["cos_sin", "one_hot"])
def test_a_lift_tells_digits_apart_and_is_zero_where_they_are(lift):
    """Refutes: features of 120 leading zeros that drown those of the number; two digits with the same features."""
    codes = torch.from_numpy(np.stack([NUMBER.encode(value) for value in range(100)]))
    features = lift_digits(codes, lift)
    assert features.shape == (100, WIDTH[lift])
    assert not features[0].any()
    assert (torch.cdist(features, features) + 2 * torch.eye(100)).min() > 0.5
    # Digits of different places do not meet: 37 shows what 30 and 7 show.
    torch.testing.assert_close(features[37], features[30] + features[7])


def test_no_reader_asks_for_a_derived_coordinate():
    """Refutes: a loss that leaves out what decoding needs."""
    for domain, dims in DERIVED.items():
        for text, _ in DOMAINS[domain].examples:
            encoder = DOMAINS[domain].encoder
            code = encoder.encode(text)
            spoiled = code.copy()
            spoiled[dims] = 1000.5
            assert (encoder.code_of(encoder.read(spoiled)) == code).all(), (domain.name, text)
    assert not decoded_coordinates()[DomainType.NUMBER, LIMBS].any(), "limbs are predicted digit by digit"
    assert decoded_coordinates()[DomainType.FORMULA].all()


# ------------------------------------------------------------------------------------------------ projector


@pytest.mark.parametrize("lift", ["none", "cos_sin", "one_hot"])
@pytest.mark.parametrize("types", [False, True])
def test_a_batch_is_projected_as_each_vector_alone(lift, types):
    """Refutes: heads, rows or types mixed up by sorting. The slow version is one vector at a time."""
    vectors, domains = codes_of_all_domains()
    projector = fx.MultiDomainProjector(HIDDEN, digit_lift=lift, type_embeddings=types)
    if types:
        torch.nn.init.normal_(projector.type_embedding.weight)
    order = torch.randperm(len(vectors), generator=torch.Generator().manual_seed(0))
    together = projector(vectors[order], domains[order])
    alone = torch.cat([projector(vectors[i : i + 1], domains[i : i + 1]) for i in order])
    assert together.shape == (len(vectors), HIDDEN)
    torch.testing.assert_close(together, alone)


def test_without_lift_the_map_is_affine():
    """Refutes: a projection under which the sum of codes is not the sum that the model sees."""
    projector = fx.MultiDomainProjector(HIDDEN).double()
    a, b, total = (torch.from_numpy(NUMBER.encode(x))[None] for x in (12, 30, 42))
    kind = torch.tensor([DomainType.NUMBER])
    zero = projector(torch.zeros(1, VECTOR_DIM), kind)
    left = projector(a + b, kind) - zero
    right = (projector(a, kind) - zero) + (projector(b, kind) - zero)
    torch.testing.assert_close(left, right)
    assert not torch.allclose(left, projector(total, kind) - zero), "the header of a sum shows its weight"


@pytest.mark.parametrize("lift", ["none", "cos_sin", "one_hot"])
@pytest.mark.parametrize("count", [0, 1])
def test_every_parameter_has_a_gradient_whatever_the_batch(lift, count):
    """Refutes: a rank without spans, or without a domain, that hangs DDP."""
    vectors, domains = codes_of_all_domains()
    projector = fx.MultiDomainProjector(HIDDEN, digit_lift=lift, type_embeddings=True)
    projector(vectors[:count], domains[:count]).sum().backward()
    assert all(parameter.grad is not None for parameter in projector.parameters())
    reached = [name for name, parameter in projector.named_parameters() if parameter.grad.any()]
    assert bool(reached) == bool(count)


def test_text_has_no_head():
    """Refutes: a vector of no domain that is projected all the same."""
    with pytest.raises(ConfigError, match="TEXT for 1"):
        fx.MultiDomainProjector(HIDDEN)(torch.zeros(1, VECTOR_DIM), torch.tensor([0]))


def test_heads_may_be_those_of_some_domains(tmp_path):
    """Refutes: a chosen head that differs from that of a whole projector, or a vector without head let through."""
    some = [DomainType.QUANTITY, DomainType.NUMBER]
    vectors, domains = codes_of_all_domains()
    whole = fx.MultiDomainProjector(HIDDEN, digit_lift="one_hot")
    part = fx.MultiDomainProjector(HIDDEN, digit_lift="one_hot", domains=some)
    assert set(part.heads) == {"QUANTITY", "NUMBER"}
    part.load_state_dict({name: value for name, value in whole.state_dict().items() if name in part.state_dict()})
    known = torch.isin(domains, torch.tensor(some))
    assert torch.equal(part(vectors[known], domains[known]), whole(vectors[known], domains[known]))
    part.save_pretrained(tmp_path)
    assert fx.MultiDomainProjector.from_pretrained(tmp_path).domains == tuple(some)
    with pytest.raises(ConfigError, match="expected vectors of QUANTITY, NUMBER, got ARITHMETIC for 2"):
        part(vectors, domains)
    for wrong in ([], [DomainType.TEXT]):
        with pytest.raises(ConfigError, match="expected domains other than TEXT"):
            fx.MultiDomainProjector(HIDDEN, domains=wrong)


def test_outputs_start_at_the_size_of_token_embeddings():
    """Refutes: vectors that drown, or vanish beside, the tokens of a trained model."""
    vectors, domains = codes_of_all_domains()
    for lift in ("none", "cos_sin", "one_hot"):
        projected = fx.MultiDomainProjector(512, digit_lift=lift, init_std=0.02)(vectors, domains)
        assert 0.002 < projected.std() < 0.2


def test_a_projector_comes_back_as_it_was_saved(tmp_path):
    """Refutes: weights or settings lost on disk; weights read for codes of another encoder."""
    vectors, domains = codes_of_all_domains()
    projector = fx.MultiDomainProjector(HIDDEN, digit_lift="cos_sin", type_embeddings=True)
    projector.save_pretrained(tmp_path)
    again = fx.MultiDomainProjector.from_pretrained(tmp_path)
    assert torch.equal(again(vectors, domains), projector(vectors, domains))
    settings = tmp_path / "fluxem_projector.json"
    settings.write_text(settings.read_text().replace(DomainEncoderRegistry().encoder_id(), "1:other:other"))
    with pytest.raises(ShardMismatchError, match="1:other:other"):
        fx.MultiDomainProjector.from_pretrained(tmp_path)
    with pytest.raises(ConfigError, match="found none"):
        fx.MultiDomainProjector.from_pretrained(tmp_path / "nowhere")


# ------------------------------------------------------------------------------------------------ embedding


@pytest.mark.parametrize("types", [False, True])
def test_vectors_stand_at_their_positions_and_tokens_at_theirs(batch, types):
    """Refutes: a vector at another position, a token replaced, a type added to the wrong one. Slow version: loops."""
    table = torch.nn.Embedding(4000, HIDDEN)
    projector = fx.MultiDomainProjector(HIDDEN, type_embeddings=types)
    if types:
        torch.nn.init.normal_(projector.type_embedding.weight)
    embeds = fx.MixedStreamEmbedding(table, projector)(batch)
    vectors = iter(batch["vectors"])
    for row in range(embeds.shape[0]):
        for place in range(embeds.shape[1]):
            kind = batch["domain_types"][row, place]
            if batch["domain_mask"][row, place]:
                want = projector(next(vectors)[None], kind[None])[0]
            else:
                want = table(batch["input_ids"][row, place])
                want = want + projector.type_embedding(kind) if types else want
            torch.testing.assert_close(embeds[row, place], want)


def test_gradients_reach_all_but_the_vectors(batch):
    """Refutes: a frozen table, projector or type; a gradient into the codes; a placeholder's embedding that learns."""
    table = torch.nn.Embedding(4000, HIDDEN)
    projector = fx.MultiDomainProjector(HIDDEN, type_embeddings=True)
    placeholder = 3999
    batch["input_ids"][batch["domain_mask"]] = placeholder
    fx.MixedStreamEmbedding(table, projector)(batch).square().sum().backward()
    assert table.weight.grad.any()
    assert not table.weight.grad[placeholder].any()
    assert projector.heads["ARITHMETIC"].weight.grad.any()
    assert projector.type_embedding.weight.grad[DomainType.TEXT].any()
    assert projector.type_embedding.weight.grad[DomainType.ARITHMETIC].any()
    assert not batch["vectors"].requires_grad
    assert batch["vectors"].grad is None


def test_bf16_autocast_gives_finite_gradients(batch):
    """Refutes: dtypes that clash under autocast."""
    table = torch.nn.Embedding(4000, HIDDEN)
    embedding = fx.MixedStreamEmbedding(
        table, fx.MultiDomainProjector(HIDDEN, digit_lift="one_hot", type_embeddings=True)
    )
    head = torch.nn.Linear(HIDDEN, 7)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = head(embedding(batch))
    assert out.dtype == torch.bfloat16
    out.float().square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in embedding.parameters())


def test_a_model_in_bfloat16_takes_its_vectors(batch):
    """Refutes: a projector that only works in float32."""
    embedding = fx.MixedStreamEmbedding(torch.nn.Embedding(4000, HIDDEN), fx.MultiDomainProjector(HIDDEN)).bfloat16()
    assert embedding(batch).dtype == torch.bfloat16


def test_widths_must_agree():
    """Refutes: a shape error far from its cause."""
    with pytest.raises(ConfigError, match="width 8, got 24"):
        fx.MixedStreamEmbedding(torch.nn.Embedding(10, 8), fx.MultiDomainProjector(HIDDEN))


# ------------------------------------------------------------------------------------------------ readout, losses


def perfect(vectors, domains):
    """The prediction that says exactly these codes."""
    scale = torch.from_numpy(coordinate_scale())
    halves = vectors[:, 64:].reshape(-1, 2, 32)
    return fx.DomainPrediction(
        type_logits=torch.nn.functional.one_hot(domains, len(DomainType)) * 40.0,
        scaled_code=vectors * scale[domains],
        digit_logits=torch.nn.functional.one_hot(limb_digits(vectors), 10) * 40.0,
        sign_logits=torch.where((halves < 0).any(-1), 40.0, -40.0),
    )


def test_a_perfect_prediction_decodes_to_the_code():
    """Refutes: a readout that cannot say some domain's codes; a loss that does not vanish where it should."""
    vectors, domains = codes_of_all_domains()
    readout = fx.DomainReadout(HIDDEN)
    decoded = readout.decode(perfect(vectors, domains), DomainEncoderRegistry())
    for domain, vector, code in zip(domains.tolist(), vectors.numpy(), decoded, strict=True):
        assert code is not None, DomainType(domain).name
        encoder = DOMAINS[DomainType(domain)].encoder
        assert str(encoder.decode(code)) == str(encoder.decode(vector))
    assert fx.DecodeLoss()(perfect(vectors, domains), vectors, domains) < 1e-4
    assert fx.TypeLoss()(perfect(vectors, domains).type_logits, domains) < 1e-4
    assert fx.DomainValidationLoss()(perfect(vectors, domains)) < 1e-2


def test_what_no_encoder_reads_is_none():
    """Refutes: a made-up value from a prediction that is no code."""
    vectors, domains = codes_of_all_domains()
    spoiled = perfect(vectors, domains)
    spoiled.scaled_code[:, 8:] += 1000.25
    spoiled.type_logits[0] = torch.nn.functional.one_hot(torch.tensor(0), len(DomainType)) * 40.0
    decoded = fx.DomainReadout(HIDDEN).decode(spoiled, DomainEncoderRegistry())
    assert decoded[0] is None
    registry = DomainEncoderRegistry()
    for code in decoded:
        if code is not None:
            kind = DomainType(int(sum(int(code[1 + bit]) << bit for bit in range(7))))
            assert registry.get_encoder(kind).is_valid(code)
    assert sum(code is None for code in decoded) > len(decoded) // 2


def test_one_wrong_digit_costs_as_much_as_it_would_alone():
    """Refutes: a loss in which 127 right digits hide the wrong one, or unpredictable coordinates outweigh it."""
    kinds = torch.tensor([DomainType.NUMBER])
    said, want = (torch.from_numpy(NUMBER.encode(value))[None] for value in (123, 124))
    prediction = perfect(said, kinds)
    one_digit = torch.nn.functional.cross_entropy(prediction.digit_logits[0, 48:49], torch.tensor([4]))
    loss = fx.DecodeLoss()(prediction, want, kinds)
    torch.testing.assert_close(loss, one_digit, atol=1e-3, rtol=1e-3)


def test_a_new_readout_expects_zeros():
    """Refutes: a first loss of 128 digits by chance, which would drown all others."""
    vectors = torch.from_numpy(np.stack([NUMBER.encode(value) for value in range(1, 999, 50)]))
    kinds = torch.full((len(vectors),), DomainType.NUMBER)
    states = torch.randn(len(vectors), HIDDEN, generator=torch.Generator().manual_seed(0))
    assert fx.DecodeLoss()(fx.DomainReadout(HIDDEN)(states), vectors, kinds) < 128


@pytest.mark.parametrize("make", [fx.DecodeLoss, fx.DomainValidationLoss])
def test_losses_prefer_the_truth_and_have_gradients(make):
    """Refutes: a loss that a wrong prediction does not raise, or that teaches nothing."""
    vectors, domains = codes_of_all_domains()
    truth = perfect(vectors, domains)
    states = torch.randn(len(vectors), HIDDEN, generator=torch.Generator().manual_seed(0))
    readout = fx.DomainReadout(HIDDEN)
    loss = make()
    arguments = (vectors, domains) if make is fx.DecodeLoss else ()
    first = loss(readout(states), *arguments)
    assert loss(truth, *arguments) < first
    optimizer = torch.optim.Adam(readout.parameters(), 0.05)
    for _ in range(30):
        optimizer.zero_grad()
        value = loss(readout(states), *arguments)
        value.backward()
        optimizer.step()
    assert value < first
    empty = fx.DomainPrediction(**{name: getattr(truth, name)[:0] for name in truth.__slots__})
    assert loss(empty, *(part[:0] for part in arguments)) == 0


def test_algebraic_loss_vanishes_at_the_sum_of_the_operands():
    """Refutes: a consistency loss that carries upset, or that a wrong sum does not raise."""
    loss = fx.AlgebraicConsistencyLoss()
    operands = torch.from_numpy(np.stack([[NUMBER.encode(99.5), NUMBER.encode(-1.25)]] * 2))
    kinds = torch.tensor([DomainType.NUMBER] * 2)
    right = torch.from_numpy(np.stack([NUMBER.encode(98.25)] * 2))
    wrong = torch.from_numpy(np.stack([NUMBER.encode(98.25), NUMBER.encode(98.26)]))
    assert loss(perfect(right, kinds), operands) < 1e-9
    assert loss(perfect(wrong, kinds), operands) > 0.1
    prediction = fx.DomainReadout(HIDDEN)(torch.randn(2, HIDDEN))
    loss(prediction, operands).backward()


def test_carries_resolve_to_the_canonical_code():
    """Refutes: limbs of a raw sum that are not those of the sum's own code."""
    values = [[99, 1], [-99, 100], [10**20, -1], [-(10**20), 1], ["0.005", "0.995"], [7, -7], [-3, -4]]
    codes = np.stack([[NUMBER.encode(value) for value in pair] for pair in values])
    want = np.stack([NUMBER.canonical(pair.sum(axis=0)) for pair in codes])
    assert (resolve_carries(torch.from_numpy(codes.sum(axis=1)[:, 64:])).numpy() == want[:, 64:]).all()


def test_targets_are_the_next_position_in_the_same_document(shards):
    """Refutes: a state that must predict its own vector, padding, or another document. Slow version: this loop."""
    collate = MixedStreamCollator(output="torch", packing=True, max_length=20)
    batch = collate(load_shards(shards).__getitems__(range(30)))
    targets = fx.readout_targets(batch)
    vectors = dict(zip(map(tuple, batch["vector_positions"].tolist()), batch["vectors"], strict=True))
    before = []
    for row, ids in enumerate(batch["document_ids"].tolist()):
        for place in range(len(ids)):
            follows = place + 1 < len(ids) and ids[place] == ids[place + 1] != -1
            want = batch["domain_types"][row, place + 1].item() if follows else -100
            assert targets.types[row, place].item() == want
            if want > 0:
                before.append((row, place))
    assert [tuple(pair) for pair in targets.before.tolist()] == before
    for (row, place), vector, domain in zip(before, targets.vectors, targets.domains, strict=True):
        assert torch.equal(vector, vectors[row, place + 1])
        assert domain == batch["domain_types"][row, place + 1]


def test_a_mask_leaves_out_what_a_prompt_holds(batch):
    """Refutes: a readout trained on the random numbers of questions."""
    everything = fx.readout_targets(batch)
    mask = torch.zeros_like(batch["domain_mask"])
    mask[:, 5:] = True
    some = fx.readout_targets(batch | {"readout_mask": mask})
    behind = everything.before[:, 1] + 1 >= 5
    assert 0 < behind.sum() < len(behind)
    assert torch.equal(some.before, everything.before[behind])
    assert torch.equal(some.vectors, everything.vectors[behind])
    assert (some.types[:, :4] == -100).all()
    assert torch.equal(some.types[:, 4:], everything.types[:, 4:])


# ------------------------------------------------------------------------------------------------ TrainingPipeline


def test_the_pipeline_alone():
    """Refutes: the promise of the first example."""
    text = "Calculate 1234 + 5678 for the reaction H2 + O2 -> H2O"
    pipeline = fx.TrainingPipeline(llm_hidden_dim=4096)
    result = pipeline.encode(text)
    assert result.embeddings.shape == (len(result), 4096)
    assert [kind for kind in result.domain_types if kind] == [DomainType.ARITHMETIC, DomainType.REACTION]
    assert result.domain_mask.tolist() == [kind is not DomainType.TEXT for kind in result.domain_types]
    tokens = [token for token, kind in zip(result.input_ids.tolist(), result.domain_types, strict=True) if not kind]
    assert pipeline.tokenizer.decode(tokens) == "Calculate  for the reaction "
    assert torch.equal(result.embeddings, fx.TrainingPipeline(llm_hidden_dim=4096).encode(text).embeddings)
    assert "untrained" in repr(pipeline)


def test_the_pipeline_says_that_its_table_is_untrained(caplog):
    """Refutes: random embeddings taken for a model's."""
    fx.TrainingPipeline(8)
    assert "untrained" in caplog.text
    caplog.clear()
    fx.TrainingPipeline(8, tokenizer=fx.TrainingPipeline(8).tokenizer, token_embedding=torch.nn.Embedding(256, 8))
    assert caplog.text.count("untrained") == 1, "only the inner pipeline has an untrained table"


def test_the_pipeline_takes_the_parts_of_a_model(tmp_path, sample_tokenizer):
    """Refutes: a pipeline that works with its own parts only, or does not save what it trained."""
    transformers = pytest.importorskip("transformers")
    table = torch.nn.Embedding(sample_tokenizer.get_vocab_size(), HIDDEN)
    wrapped = transformers.PreTrainedTokenizerFast(tokenizer_object=sample_tokenizer)
    first = fx.TrainingPipeline(HIDDEN, tokenizer=sample_tokenizer, token_embedding=table)
    second = fx.TrainingPipeline(HIDDEN, tokenizer=wrapped, token_embedding=table)
    text = "Compute 12 * 34 now"
    assert torch.equal(first.encode(text).embeddings, second.encode(text).embeddings)
    assert len(fx.TrainingPipeline(HIDDEN, tokenizer=sample_tokenizer).encode(text)) == len(first.encode(text))
    first.save_pretrained(tmp_path)
    third = fx.TrainingPipeline(
        tokenizer=wrapped, token_embedding=table, projector=fx.MultiDomainProjector.from_pretrained(tmp_path)
    )
    assert torch.equal(first.encode(text).embeddings, third.encode(text).embeddings)


@pytest.mark.parametrize(
    "options",
    [
        {"token_embedding": torch.nn.Embedding(4, 8)},
        {"domains": [DomainType.NUMBER], "detector": fx.Detector()},
        {"tokenizer": object()},
    ],
)
def test_a_pipeline_of_parts_that_do_not_fit_is_refused(options):
    """Refutes: a table read with another tokenizer's ids."""
    with pytest.raises(ConfigError, match="expected"):
        fx.TrainingPipeline(8, **options)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_pipeline_on_a_gpu_gives_the_same(sample_tokenizer):
    """Refutes: parts that stay behind on the CPU."""
    text = "Compute 12 * 34 now"
    on_cpu = fx.TrainingPipeline(HIDDEN, tokenizer=sample_tokenizer).encode(text)
    on_gpu = fx.TrainingPipeline(HIDDEN, tokenizer=sample_tokenizer, device="cuda").encode(text)
    torch.testing.assert_close(on_gpu.embeddings.cpu(), on_cpu.embeddings)


def test_without_torch_the_install_line_is_given():
    """Refutes: an import that fails without torch, or a torch part that fails without saying what to do."""
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import fluxem.integration as fx\n"
        "from fluxem.errors import MissingDependencyError\n"
        "calls = [lambda: fx.TrainingPipeline, lambda: fx.MultiDomainProjector,\n"
        "         lambda: fx.MixedStreamCollator(output='torch')]\n"
        "for call in calls:\n"
        "    try:\n        call()\n"
        "    except MissingDependencyError as error:\n        print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.count("pip install 'fluxem-prep[torch]'") == 3


def test_a_name_that_does_not_exist_is_an_attribute_error():
    """Refutes: a lazy module that answers to anything."""
    with pytest.raises(AttributeError, match="Projektor"):
        fx.Projektor  # noqa: B018 the access is the test
