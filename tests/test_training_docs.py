"""The snippets of docs/training.md run, in order, over the sample corpus."""

import re
from pathlib import Path

import pytest

import fluxem_prep

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
torch.set_num_threads(1)  # tiny tensors: threads would only wait for each other

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")


def test_snippets_run(tmp_path, monkeypatch, capsys):
    """Refutes: a snippet that fails, or says nothing. They share their names, as a reader's session would."""
    sample = ROOT / "sample_data"
    fluxem_prep.build(sample / "corpus", tmp_path / "out", tokenizer=sample / "tokenizer.json", max_reject_rate=0.5)
    (tmp_path / "sample_data").symlink_to(sample)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    names = {}
    for block in re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL):
        exec(compile(block, "docs/training.md", "exec"), names)
        assert capsys.readouterr().out, block
    assert [kind.name for kind in names["result"].domain_types if kind] == ["ARITHMETIC", "REACTION"]


def test_every_torch_part_is_on_the_page():
    """Refutes: a public part that no reader finds."""
    import fluxem.integration as fx

    helpers = {"EncodedText", "GeneratedValue", "MixedGeneration", "DomainPrediction", "readout_targets"}
    assert not {name for name in fx._TORCH_PARTS if name not in PAGE} - helpers
