"""`load_shards`: every row once an epoch, in an order that seed and epoch fix, resumable on any number of ranks."""

import pickle
import random
import shutil
import subprocess
import sys
from itertools import chain, islice

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxem.errors import ConfigError, ShardMismatchError
from fluxem.integration import MixedStreamCollator, load_shards
from fluxem.integration.shard_order import EpochOrder, permutation


def ids_of(tables):
    return [row for table in tables for row in table.column("id").to_pylist()]


def stored_ids(shards):
    return ids_of(pq.read_table(path, columns=["id"]) for path in sorted((shards / "data").iterdir()))


# ------------------------------------------------------------------------------------------------ order


@settings(max_examples=200, deadline=None)
@given(
    groups=st.lists(st.integers(1, 40), min_size=1, max_size=12),
    seed=st.integers(0, 2**70),
    epoch=st.integers(0, 5),
    lanes=st.integers(1, 9),
    window=st.integers(1, 30),
)
def test_an_epoch_visits_every_row_once(groups, seed, epoch, lanes, window):
    """Refutes: a row lost or repeated, for any row groups, lanes and windows; or an order that depends on how it is
    asked for."""
    order = EpochOrder(np.array(groups), seed=seed, epoch=epoch, lanes=lanes, window=window)
    visited = order.rows(np.arange(order.total))
    assert sorted(visited.tolist()) == list(range(sum(groups)))
    again = EpochOrder(np.array(groups), seed=seed, epoch=epoch, lanes=lanes, window=window)
    one_by_one = [int(again.rows(np.array([position]))[0]) for position in reversed(range(order.total))]
    assert one_by_one[::-1] == visited.tolist()


def test_a_permutation_never_changes():
    """Refutes: an order that another version of a library, or of ours, would change under a running training."""
    assert permutation(8, 1, 2).tolist() == [1, 3, 7, 2, 6, 4, 5, 0]


def test_seed_and_epoch_change_the_order():
    """Refutes: epochs that repeat each other, or a shuffle that is none."""
    groups = np.array([50, 50, 50])
    orders = {
        tuple(EpochOrder(groups, seed=seed, epoch=epoch).rows(np.arange(150))) for seed in (0, 1) for epoch in (0, 1)
    }
    assert len(orders) == 4
    assert tuple(range(150)) not in orders


def test_ranks_read_row_groups_of_their_own_with_lanes():
    """Refutes: lanes that do not keep reading apart."""
    groups = np.array([100] * 8)
    order = EpochOrder(groups, seed=0, epoch=0, lanes=4, window=100)
    touched = [set((order.rows(np.arange(rank, 800, 4)) // 100).tolist()) for rank in range(4)]
    assert sum(map(len, touched)) == 8
    assert set.union(*touched) == set(range(8))


# ------------------------------------------------------------------------------------------------ rows


def test_map_style_gives_every_row_once_over_ranks(shards):
    """Refutes: a rank's slice that leaves rows out, or takes another's."""
    parts = [load_shards(shards, seed=3, rank=rank, world_size=4) for rank in range(4)]
    found = [part[i]["id"] for part in parts for i in range(len(part))]
    assert sorted(found) == sorted(stored_ids(shards))
    assert found != stored_ids(shards)
    plain = load_shards(shards, shuffle=False)
    assert ids_of([plain.__getitems__(range(len(plain)))]) == stored_ids(shards)
    assert plain[-1]["id"] == stored_ids(shards)[-1]
    with pytest.raises(IndexError):
        plain[len(plain)]


def test_rows_are_those_of_the_shards(shards):
    """Refutes: a value that changed on its way through row groups, takes and dicts."""
    want = {row["id"]: row for path in sorted((shards / "data").iterdir()) for row in pq.read_table(path).to_pylist()}
    dataset = load_shards(shards, columns=pq.read_schema(next((shards / "data").iterdir())).names)
    for index in range(len(dataset)):
        row = dataset[index]
        for name, value in want[row["id"]].items():
            got = row[name]
            got = [part.tolist() for part in got] if name == "span_input_ids" else got
            assert (got.tolist() if isinstance(got, np.ndarray) else got) == value


def test_only_the_columns_of_the_mode_are_read(shards):
    """Refutes: reading vectors for a run on tokens."""
    assert load_shards(shards, mode="tokens")[0].keys() == {"id", "encoder", "input_ids", "span_input_ids"}


def test_a_small_cache_changes_nothing_but_time(shards):
    """Refutes: rows mixed up when row groups leave the cache."""
    small, large = load_shards(shards, cache_bytes=1), load_shards(shards)
    assert small.__getitems__(range(100)).equals(large.__getitems__(range(100)))
    assert len(small._files._cached) == 1


# ------------------------------------------------------------------------------------------------ streams


def stream(shards, **options):
    return load_shards(shards, streaming=True, **options)


@pytest.mark.parametrize("world_size", [1, 2, 3, 7])
@pytest.mark.parametrize("batch_size", [1, 4])
def test_a_stream_gives_every_row_once_over_ranks(shards, world_size, batch_size):
    """Refutes: rows lost or repeated at the ends of an epoch."""
    ranks = [stream(shards, batch_size=batch_size, rank=rank, world_size=world_size) for rank in range(world_size)]
    found = [ids_of(rank) for rank in ranks]
    assert sorted(chain(*found)) == sorted(stored_ids(shards))
    assert max(map(len, found)) - min(map(len, found)) <= 1
    assert {rank.state_dict()["epoch"] for rank in ranks} == {1}
    assert ids_of(ranks[0]) != found[0], "the next epoch has its own order"


def test_drop_last_gives_all_ranks_equally_many_batches(shards):
    """Refutes: a rank that waits for a step that others do not take."""
    ranks = [stream(shards, batch_size=4, rank=rank, world_size=4, drop_last=True) for rank in range(4)]
    shapes = [[table.num_rows for table in rank] for rank in ranks]
    assert shapes == [[4] * (len(stored_ids(shards)) // 16)] * 4
    with pytest.raises(ConfigError, match="one step"):
        stream(shards, batch_size=1000, drop_last=True)


def test_a_stopped_run_goes_on_where_it_was(shards):
    """Refutes: a resumed run that sees other batches than one that was never stopped."""
    steps = random.Random(0)
    whole = list(stream(shards, batch_size=4, seed=5))
    for _ in range(5):
        stop = steps.randrange(1, len(whole))
        first = stream(shards, batch_size=4, seed=5)
        before = list(islice(first, stop))
        state = pickle.loads(pickle.dumps(first.state_dict()))
        second = stream(shards, batch_size=4, seed=99)
        second.load_state_dict(state)
        assert all(a.equals(b) for a, b in zip(before + list(second), whole, strict=True))


@pytest.mark.parametrize(("before", "after"), [(2, 3), (4, 1), (1, 4)])
@pytest.mark.parametrize("lanes", [1, 4])
def test_a_run_goes_on_with_another_number_of_ranks(shards, before, after, lanes):
    """Refutes: rows lost or repeated when a job comes back on other machines."""
    old = [stream(shards, batch_size=4, lanes=lanes, rank=rank, world_size=before) for rank in range(before)]
    seen = [ids_of(islice(rank, 5)) for rank in old]
    states = [rank.state_dict() for rank in old]
    assert all(state == states[0] for state in states)
    new = [stream(shards, batch_size=2, lanes=lanes, rank=rank, world_size=after) for rank in range(after)]
    for rank in new:
        rank.load_state_dict(states[0])
    found = [*seen, *(ids_of(rank) for rank in new)]
    assert sorted(chain(*found)) == sorted(stored_ids(shards))


def test_single_rows_stream_too(shards):
    """Refutes: a stream that needs a batch size."""
    assert sorted(row["id"] for row in stream(shards)) == sorted(stored_ids(shards))


def test_a_state_of_other_shards_is_refused(shards):
    """Refutes: a place in one corpus taken for one in another."""
    state = stream(shards, batch_size=4).state_dict()
    one = stream(min((shards / "data").iterdir()), batch_size=4)
    with pytest.raises(ConfigError, match="shards"):
        one.load_state_dict(state)
    with pytest.raises(ConfigError, match="lanes 1, got 2"):
        stream(shards, batch_size=4).load_state_dict(state | {"lanes": 2})


def test_the_stream_of_datasets_loses_and_repeats_rows_on_resume(shards):
    """Refutes: that `datasets` would do: its shuffled stream resumes with an empty buffer. Ours does not."""
    datasets = pytest.importorskip("datasets")
    files = [str(path) for path in sorted((shards / "data").iterdir())]

    def open_stream():
        loaded = datasets.load_dataset("parquet", data_files=files, split="train", streaming=True)
        return loaded.select_columns(["id"]).shuffle(seed=0, buffer_size=64)

    first = open_stream()
    seen = [row["id"] for row in islice(first, 50)]
    second = open_stream()
    second.load_state_dict(first.state_dict())
    theirs = seen + [row["id"] for row in second]
    assert sorted(theirs) != sorted(stored_ids(shards))


# ------------------------------------------------------------------------------------------------ refusals


def rewritten(shards, tmp_path, **metadata):
    path = min((shards / "data").iterdir())
    table = pq.read_table(path)
    stored = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    pq.write_table(table.replace_schema_metadata(stored | metadata), tmp_path / path.name)
    return tmp_path


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("fluxem.schema_version", "2"),
        ("fluxem.vector_dim", "64"),
        ("fluxem.vocabulary", '{"domains": {}}'),
        ("fluxem.encoder", "1:aaaaaaaaaaaa:bbbbbbbbbbbb"),
    ],
)
def test_shards_of_another_kind_are_refused_before_training(shards, tmp_path, key, value):
    """Refutes: foreign shards that fail in the middle of a run, or never; both sides must be named."""
    with pytest.raises(ShardMismatchError) as caught:
        load_shards(rewritten(shards, tmp_path, **{key: value}))
    assert value in str(caught.value)
    assert str(caught.value.expected) in str(caught.value)
    assert str(caught.value.expected) != value


def test_what_is_no_shard_is_refused(tmp_path, shards):
    """Refutes: an empty epoch from a mistyped path, or a traceback of a library for a foreign file."""
    with pytest.raises(ConfigError, match="found none"):
        load_shards(tmp_path)
    with pytest.raises(ConfigError, match="found none"):
        load_shards(shards, split="test")
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "foreign.parquet")
    with pytest.raises(ShardMismatchError, match="schema_version"):
        load_shards(tmp_path)
    with pytest.raises(ConfigError, match="answer"):
        load_shards(shards, columns=["id", "answer"])


def add_a_shard(out):
    path = min((out / "data").iterdir())
    shutil.copy(path, path.with_name("train-99999-of-00001.parquet"))
    return "train-99999-of-00001.parquet with [0-9]+ bytes, listed with no file"


def lose_a_shard(out):
    path = min((out / "data").iterdir())
    path.unlink()
    return f"{path.name} with no file, listed with [0-9]+ bytes"


def replace_a_shard(out):
    paths = sorted((out / "data").iterdir())
    pq.write_table(pq.read_table(paths[0]).slice(1), paths[0])
    return f"{paths[0].name} with [0-9]+ bytes, listed with [0-9]+ bytes"


def lose_the_manifest(out):
    (out / "manifest.json").unlink()
    return "expected a finished build"


@pytest.mark.parametrize("spoil", [add_a_shard, lose_a_shard, replace_a_shard, lose_the_manifest])
def test_a_build_whose_shards_are_not_those_of_its_manifest_is_refused(shards, tmp_path, spoil):
    """Refutes: a run that takes in a stray shard, leaves one out, or trains on half a build, and says nothing."""
    out = shutil.copytree(shards, tmp_path / "out")
    assert len(load_shards(out)) == len(load_shards(shards))
    words = spoil(out)
    with pytest.raises(ConfigError, match=words):
        load_shards(out)
    assert len(load_shards(out / "data")) > 0, "a folder of shards is taken as it is"


@pytest.mark.parametrize(
    "options",
    [
        {"rank": 2, "world_size": 2},
        {"lanes": 0},
        {"window": 0},
        {"streaming": True, "batch_size": 0},
        {"batch_size": 4},
        {"drop_last": True},
        {"mode": "hybird"},
    ],
)
def test_a_setting_that_does_not_hold_is_refused(shards, options):
    """Refutes: a setting that is silently ignored."""
    with pytest.raises(ConfigError, match="expected"):
        load_shards(shards, **options)


def test_a_missing_pyarrow_says_how_to_install_it(shards):
    """Refutes: a bare ImportError at train time."""
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from fluxem.errors import MissingDependencyError\n"
        "from fluxem.integration import load_shards\n"
        "try:\n    load_shards(sys.argv[1])\n"
        "except MissingDependencyError as error:\n    print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code, str(shards)], capture_output=True, text=True, check=True)
    assert "pyarrow, which is not installed: pip install" in run.stdout


# ------------------------------------------------------------------------------------------------ torch


@pytest.mark.parametrize("workers", [0, 2])
def test_workers_do_not_change_the_batches(shards, workers):
    """Refutes: rows lost, repeated or reordered by data loader workers."""
    torch = pytest.importorskip("torch")
    from fluxem.integration import ShardLoader

    collate = MixedStreamCollator(output="torch")
    want = [collate(table) for table in stream(shards, batch_size=8)]
    loader = ShardLoader(stream(shards, batch_size=8), collate, num_workers=workers)
    got = list(loader)
    assert len(got) == len(want) == len(loader)
    assert all(torch.equal(a[key], b[key]) for a, b in zip(got, want, strict=True) for key in a)
    assert loader.state_dict()["epoch"] == 1


def test_a_loader_resumes_in_spite_of_what_workers_made_ahead(shards):
    """Refutes: a place that counts batches which the training loop never saw."""
    torch = pytest.importorskip("torch")
    from fluxem.integration import ShardLoader

    collate = MixedStreamCollator(output="torch")
    want = [collate(table) for table in stream(shards, batch_size=8)]
    first = ShardLoader(stream(shards, batch_size=8), collate, num_workers=2)
    seen = list(islice(first, 5))
    second = ShardLoader(stream(shards, batch_size=8), collate, num_workers=2)
    second.load_state_dict(first.state_dict())
    assert all(torch.equal(a["vectors"], b["vectors"]) for a, b in zip([*seen, *second], want, strict=True))


def test_map_style_in_a_data_loader_stays_arrow(shards):
    """Refutes: a row made a dict and back on the way to the collator."""
    torch = pytest.importorskip("torch")
    collate = MixedStreamCollator(output="torch")
    kinds = []
    loader = torch.utils.data.DataLoader(
        load_shards(shards), batch_size=16, collate_fn=lambda rows: (kinds.append(type(rows)), collate(rows))[1]
    )
    assert sum(len(batch["input_ids"]) for batch in loader) == len(stored_ids(shards))
    assert set(kinds) == {pa.Table}
