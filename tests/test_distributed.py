"""Several processes over the shards (gloo), and the `Trainer` of transformers."""

import os
import socket
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from fluxem.integration import MixedStreamCollator, load_shards

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from fluxem import integration as fx  # noqa: E402 after the checks

HIDDEN = 16
pytestmark = pytest.mark.slow


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def spawn(function, *arguments):
    """Run `function(rank, ...)` of this file in two processes, as scripts: pytest's import mode hides this module."""
    command = [sys.executable, __file__, function.__name__, str(free_port())]
    processes = [subprocess.Popen([*command, str(rank), *map(str, arguments)]) for rank in range(2)]
    try:
        assert [process.wait(timeout=240) for process in processes] == [0, 0]
    finally:
        for process in processes:
            process.kill()


def run_as_rank(name, port, rank, *arguments):
    """What each process does."""
    os.environ.update({"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port})
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", rank=int(rank), world_size=2)
    try:
        globals()[name](int(rank), *arguments)
    finally:
        torch.distributed.destroy_process_group()


def model():
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=4000, hidden_size=HIDDEN, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        bos_token_id=None, eos_token_id=None, pad_token_id=None,
    )  # fmt: skip
    projector = fx.MultiDomainProjector(HIDDEN, type_embeddings=True)
    return fx.HybridCausalLM(transformers.LlamaForCausalLM(config), projector, fx.DomainReadout(HIDDEN))


def train_ddp(rank, shards, results):
    """Rank 1 never sees a span."""
    collate = MixedStreamCollator(output="torch")
    rows = load_shards(shards, shuffle=False)
    spans = [index for index in range(len(rows)) if len(rows[index]["span_domain"])]
    plain = [
        index for index in range(len(rows)) if not len(rows[index]["span_domain"]) and len(rows[index]["input_ids"])
    ]
    own = spans if rank == 0 else plain
    wrapped = torch.nn.parallel.DistributedDataParallel(model())
    optimizer = torch.optim.SGD(wrapped.parameters(), 0.1)
    for step in range(4):
        batch = collate(rows.__getitems__(own[2 * step : 2 * step + 2]))
        assert bool(batch["domain_mask"].any()) == (rank == 0)
        optimizer.zero_grad()
        wrapped(**batch).loss.backward()
        optimizer.step()
    torch.save(wrapped.module.state_dict(), Path(results) / f"{rank}.pt")


def test_ddp_trains_when_one_rank_sees_no_span(shards, tmp_path):
    """Refutes: a hang, or ranks that drift apart, without `find_unused_parameters`."""
    spawn(train_ddp, shards, tmp_path)
    first, second = (torch.load(tmp_path / f"{rank}.pt") for rank in range(2))
    before = model().state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert any(not torch.equal(first[name], before[name]) for name in first if "ARITHMETIC" in name)


def visit(rank, shards, results, stop):
    """Two epochs, stopped at a step and resumed by a new loader; what is seen is written down."""
    collate = MixedStreamCollator(output="torch")
    seen = []

    class Noting:
        def __call__(self, table):
            return table.column("id").to_pylist(), collate(table)["input_ids"].tolist()

    def loader(workers):
        stream = load_shards(shards, streaming=True, batch_size=8, rank=rank, world_size=2, seed=7, lanes=2)
        return fx.ShardLoader(
            stream, Noting(), num_workers=workers, multiprocessing_context="fork" if workers else None
        )

    first = loader(2)
    seen += list(islice(first, int(stop)))
    second = loader(0)
    second.load_state_dict(first.state_dict())
    seen += list(second)
    torch.distributed.barrier()
    whole = list(loader(2))
    torch.save({"seen": seen, "whole": whole}, Path(results) / f"{rank}.pt")


@pytest.mark.parametrize("stop", [1, 7])
def test_two_processes_see_every_row_once_and_resume(shards, tmp_path, stop):
    """Refutes: rows lost or repeated over ranks and workers, or batches that a stop and a resume change."""
    spawn(visit, shards, tmp_path, stop)
    found = [torch.load(tmp_path / f"{rank}.pt") for rank in range(2)]
    rows = load_shards(shards, columns=["id"])
    want = sorted(rows[index]["id"] for index in range(len(rows)))
    for rank in found:
        assert rank["seen"] == rank["whole"]
    assert sorted(name for rank in found for names, _ in rank["whole"] for name in names) == want


def test_the_trainer_recipe_runs(shards, tmp_path):
    """Refutes: a batch that the `Trainer` cannot take, a model that it cannot save, or training without effect."""
    trained = model()
    before = {name: value.clone() for name, value in trained.state_dict().items()}
    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path),
        remove_unused_columns=False,
        per_device_train_batch_size=4,
        max_steps=6,
        learning_rate=0.01,
        logging_steps=2,
        save_strategy="steps",
        save_steps=3,
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
    )
    trainer = transformers.Trainer(
        model=trained,
        args=arguments,
        train_dataset=load_shards(shards),
        eval_dataset=load_shards(shards, shuffle=False),
        data_collator=MixedStreamCollator(output="torch", eos_token_id=1),
    )
    result = trainer.train()
    assert result.global_step == 6
    assert trainer.evaluate()["eval_loss"] > 0
    after = trained.state_dict()
    for name in ("projector.heads.ARITHMETIC.weight", "projector.type_embedding.weight", "readout.type_head.weight"):
        assert not torch.equal(before[name], after[name]), name
    saved = sorted(tmp_path.glob("checkpoint-*"))
    assert len(saved) == 2
    resumed = transformers.Trainer(
        model=model(), args=arguments, train_dataset=load_shards(shards),
        data_collator=MixedStreamCollator(output="torch", eos_token_id=1),
    )  # fmt: skip
    resumed.train(resume_from_checkpoint=str(tmp_path / "checkpoint-3"))
    for name, value in resumed.model.state_dict().items():
        torch.testing.assert_close(value, after[name])


if __name__ == "__main__":
    run_as_rank(*sys.argv[1:])
