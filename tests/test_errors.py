"""Errors carry fields, read as sentences, and cross process borders."""

import pickle

import pytest

from fluxem import errors
from fluxem.vocabulary import FailureReason

EXAMPLES = [
    errors.ConfigError("expected a folder, got a file"),
    errors.OutputFolderError("not ours"),
    errors.DecodeError("expected one encoding", FailureReason.LIMIT_EXCEEDED),
    errors.MixedDomainsError("mixed"),
    errors.TypeMismatchError("metres and seconds"),
    errors.ShardMismatchError("encoder", "1:a:b", "1:c:b"),
    errors.ShardRowError("x#1", "input_ids", "token ids", "none"),
    errors.BuildError("gone"),
    errors.InputError("cannot read s3://a/b now"),
    errors.StoreError("cannot write s3://a/b now"),
    errors.BalanceError("3 in, 2 out"),
    errors.MissingDependencyError("torch", "torch"),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickling(error):
    """Refutes: a worker's error that reaches the user without its words or fields."""
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def test_every_error_of_the_tree_has_an_example_here():
    """Refutes: an error class that nobody looked at."""
    tree = {cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, errors.FluxemError)}
    assert tree - {errors.FluxemError} == {type(error) for error in EXAMPLES}


def test_a_mismatch_names_both_sides():
    """Refutes: a refusal that does not say what differs."""
    text = str(errors.ShardMismatchError("encoder", "here", "there"))
    assert "here" in text
    assert "there" in text


def test_a_missing_library_prints_the_install_line():
    """Refutes: an ImportError that leaves the user searching."""
    assert "pip install 'fluxem-prep[torch]'" in str(errors.MissingDependencyError("torch", "torch"))
