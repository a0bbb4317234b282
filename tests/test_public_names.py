"""The names and spellings that users write: encoders, registry, tokens."""

import numpy as np
import pytest

import fluxem
import fluxem.integration
from fluxem import DomainToken, DomainType, MultiDomainTokenizer
from fluxem.domains import DOMAINS
from fluxem.errors import ConfigError
from fluxem.integration import DomainEncoderRegistry
from fluxem.vocabulary import FailureReason

ENCODERS = {
    DomainType.ARITHMETIC: "ArithmeticEncoder",
    DomainType.QUANTITY: "DimensionalQuantity",
    DomainType.FORMULA: "MoleculeEncoder",
    DomainType.COMPLEX: "ComplexEncoder",
    DomainType.VECTOR: "VectorEncoder",
    DomainType.DNA: "DNAEncoder",
    DomainType.PITCH: "PitchEncoder",
    DomainType.REACTION: "ReactionEncoder",
    DomainType.RATIONAL: "RationalEncoder",
    DomainType.MATRIX: "MatrixEncoder",
    DomainType.POLYNOMIAL: "PolynomialEncoder",
    DomainType.RNA: "RNAEncoder",
    DomainType.PROTEIN: "ProteinEncoder",
    DomainType.DATE: "DateEncoder",
    DomainType.TIME: "TimeEncoder",
    DomainType.DATETIME: "DateTimeEncoder",
    DomainType.DURATION: "DurationEncoder",
    DomainType.CHORD: "ChordEncoder",
    DomainType.SCALE: "ScaleEncoder",
    DomainType.NUMBER: "NumberEncoder",
    DomainType.COMPOSITION: "CompositionEncoder",
}


@pytest.mark.parametrize("module", [fluxem, fluxem.integration])
@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_every_encoder_is_public(module, domain):
    """Refutes: an encoder that only a deep import finds, or that serves another domain."""
    encoder = getattr(module, ENCODERS[domain])()
    assert ENCODERS[domain] in module.__all__
    assert encoder.domain is domain
    text = DOMAINS[domain].examples[0][0]
    vector = encoder.encode(text)
    assert vector.shape == (fluxem.VECTOR_DIM,)
    assert vector.dtype == np.float32
    assert encoder.is_valid(vector)
    assert encoder.encode("\0") is None
    assert encoder.decode(vector) == DOMAINS[domain].encoder.decode(vector)


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_raw_sums_can_be_read(domain):
    """Refutes: a domain without `decode_sum`; a single encoding is the sum of one."""
    encoder = DOMAINS[domain].encoder
    vector = encoder.encode(DOMAINS[domain].examples[0][0])
    assert fluxem.weight(vector + vector) == 2
    assert encoder.decode_sum(vector) is not None


def test_registering_and_unregistering():
    """Refutes: a domain without encoder still encodes, or an encoder serves a domain that is not its own."""
    registry = DomainEncoderRegistry()
    assert isinstance(registry.get_encoder(DomainType.FORMULA), fluxem.MoleculeEncoder)
    registry.unregister(DomainType.FORMULA)
    assert registry.get_encoder(DomainType.FORMULA) is None
    analysis = MultiDomainTokenizer(registry=registry).analyze("H2SO4")
    assert [token.domain for token in analysis.tokens] == [DomainType.TEXT]
    assert [failure.reason for failure in analysis.failures] == [FailureReason.NO_ENCODER]
    registry.register(DomainType.FORMULA, fluxem.MoleculeEncoder())
    assert MultiDomainTokenizer(registry=registry).tokenize("H2SO4")[0].domain is DomainType.FORMULA
    with pytest.raises(ConfigError):
        registry.register(DomainType.FORMULA, fluxem.ArithmeticEncoder())


def test_tokens_encode_to_vectors_or_none():
    """Refutes: TEXT gets a vector, a span none, or a failure one."""
    registry = DomainEncoderRegistry()
    tokens = MultiDomainTokenizer().tokenize("Combine 2 mol H2O with 1 mol NaCl")
    assert repr(tokens[0]) == "DomainToken(TEXT: 'Combine ')"
    vectors = [registry.encode_token(token) for token in tokens]
    assert [vector is None for vector in vectors] == [token.domain is DomainType.TEXT for token in tokens]
    assert registry.encode_token(DomainToken("1/0", DomainType.ARITHMETIC, 0, 3)) is None
    assert [(token.text, token.start, token.end) for token in tokens[:2]] == [("Combine ", 0, 8), ("2 mol", 8, 13)]
