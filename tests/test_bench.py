"""`fluxem-prep bench`: its stages are those of a build, its figures add up, and it leaves nothing behind."""

import io
import json
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from fluxem.errors import ConfigError
from fluxem.integration.detector import Detector
from fluxem_prep.cli import app
from fluxem_prep.pipeline.bench import MADE, BenchResult, Measured, run_bench
from fluxem_prep.pipeline.bench_text import made_texts
from fluxem_prep.pipeline.bench_view import bench_json, bench_tables
from fluxem_prep.pipeline.stage_clock import DETECT, ENCODE, READ, STAGES, TOKENISE, WRITE, StageClock, TimedRegistry

TOKENIZER = Path(__file__).parent.parent / "sample_data" / "tokenizer.json"


class Hands:
    """A clock that is moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_stage_within_another_is_taken_out_of_it():
    """Refutes: seconds that count twice, or that vanish, also where a stage raises."""
    hands = Hands()
    clock = StageClock(hands)
    with clock(DETECT):
        hands.now += 1
        with clock(ENCODE):
            hands.now += 10
        with suppress(KeyError), clock(ENCODE):
            hands.now += 100
            raise KeyError
        hands.now += 2
    hands.now += 1000
    with clock(READ):
        hands.now += 5
    assert clock.seconds == {DETECT: 3, ENCODE: 110, READ: 5}


def test_the_timed_registry_gives_the_same_codes_and_sees_all_of_them():
    """Refutes: detection that encodes past the registry, so that its time hides; other codes under the clock."""
    texts = list(made_texts(20_000))
    seen = []

    class Recording(StageClock):
        def __call__(self, stage):
            seen.append(stage)
            return super().__call__(stage)

    plain, timed = Detector().analyze_batch(texts), Detector(registry=TimedRegistry(Recording())).analyze_batch(texts)
    assert np.array_equal(plain.span_vector, timed.span_vector)
    assert set(seen) == {ENCODE}
    assert len(seen) >= len(np.unique(plain.span_domain))


def test_the_made_text_is_the_same_every_time_and_holds_spans_of_many_types():
    """Refutes: figures that cannot be repeated, a text with nothing to encode, or with one surface."""
    texts = list(made_texts(200_000))
    assert texts == list(made_texts(200_000))
    assert 200_000 <= sum(map(len, texts)) < 205_000
    found = Detector().analyze_batch(texts)
    assert len(np.unique(found.span_domain)) >= 5
    assert len(np.unique(found.span_vector, axis=0)) > 1000
    assert 60 < 200_000 / len(found.span_start) < 300


def test_the_command_measures_and_leaves_nothing(tmp_path):
    """Refutes: stages that are missing or do not add up, rates that do not follow from amounts, shards left behind."""
    inputs = tmp_path / "in.jsonl"
    inputs.write_text("".join(json.dumps({"text": f"{i} * 3 = {3 * i} at {i} km"}) + "\n" for i in range(300)))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    words = ["bench", str(inputs), "--tokenizer", str(TOKENIZER), "--seconds", "0.4", "--workers", "2", "--json"]
    done = CliRunner().invoke(app, [*words, "--scratch", str(scratch)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    stages = {row["stage"]: row for row in found["stages"]}
    assert list(stages) == [*STAGES, "other", "whole build"]
    whole = stages.pop("whole build")
    assert sum(row["seconds"] for row in stages.values()) == pytest.approx(whole["seconds"])
    assert all(stages[name]["seconds"] > 0 for name in STAGES)
    one, two = found["workers"]
    assert (one["workers"], two["workers"]) == (1, 2)
    assert found["use_workers"] in (1, 2)
    for row in (one, two):
        assert row["spans"] == 2 * row["documents"] > 0
        assert row["documents_per_second"] == pytest.approx(row["documents"] / row["seconds"])
        assert row["documents"] % 300 == 0 or row["passes"] * 300 <= row["documents"]
    assert whole["spans_per_second"] == pytest.approx(one["spans_per_second"])
    assert found["tokenizer_backend"] == "gigatoken"
    assert list(scratch.iterdir()) == []


def test_without_input_a_text_is_made(tmp_path):
    """Refutes: an empty run, or a text that is left on the disk."""
    found = run_bench([], seconds=0.2, scratch=tmp_path, workers=1)
    assert found.inputs == MADE
    assert found.all is None
    assert found.one.documents > 0 < found.one.spans
    assert found.backend is None
    assert found.one.stages[TOKENISE] == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["{in}", "--seconds", "0"], "seconds: expected more than 0, came 0"),
        (["{in}", "--scratch", "{tmp}/no"], "expected a folder to write to"),
        (["{in}", "--tokenizer", "{tmp}/no.json"], "which cannot be read"),
        (["{in}", "--workers", "0"], "workers: expected 1 or more"),
        (["{in}", "--workers", "1", "--text-field", "body"], "expected rows to measure, came none"),
        (["-"], "expected files that can be read twice, came the stream stdin"),
        (["{tmp}/no.jsonl"], "no.jsonl"),
    ],
)
def test_what_cannot_be_measured_is_one_sentence(flags, words, tmp_path):
    """Refutes: a traceback, a worker that waits for ever, or a rate of nothing."""
    (tmp_path / "in.jsonl").write_text('{"text": "2 + 3"}\n')
    given = [flag.format(**{"in": tmp_path / "in.jsonl", "tmp": tmp_path}) for flag in flags]
    done = CliRunner().invoke(app, ["bench", *given], catch_exceptions=False)
    assert done.exit_code == 2, done.output
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_setting_is_checked_by_the_library_too():
    """Refutes: NaN seconds, which no comparison stops."""
    with pytest.raises(ConfigError):
        run_bench([], seconds=float("nan"))


def measured(workers, seconds, text_bytes, passes=1):
    return Measured(
        workers=workers, seconds=seconds, loading=1.5, documents=1000, text_bytes=text_bytes, spans=20, passes=passes,
        stages={READ: 0.5, DETECT: 1.0, ENCODE: 0.25, WRITE: 0.25},
    )  # fmt: skip


@pytest.mark.parametrize(("bytes_of_all", "advice"), [(8_000_000, 4), (2_100_000, 1), (1_000_000, 1)])
def test_more_workers_are_advised_where_they_help(bytes_of_all, advice):
    """Refutes: advice that does not follow from the rates."""
    result = BenchResult(inputs="x", backend=None, one=measured(1, 2.5, 2_000_000), all=measured(4, 2.5, bytes_of_all))
    assert result.advice == bench_json(result)["use_workers"] == advice


def test_the_tables_say_what_the_figures_say():
    """Refutes: a stage, a rate or the advice that is not shown, and a stage without time that is shown as infinite."""
    from rich.console import Console

    one, four = measured(1, 2.5, 2_000_000), measured(4, 2.5, 6_000_000, passes=3)
    result = BenchResult(inputs="corpus", backend=None, one=one, all=four)
    console = Console(width=100, file=io.StringIO())
    console.print(bench_tables(result))
    rows = {line.split("  ")[0].strip(): line.split() for line in console.file.getvalue().splitlines()}
    assert rows["detect"][-5:] == ["1.00", "40%", "2.0", "1,000", "20"]
    assert rows["Arrow"][1:] == ["0.00", "0%"]
    assert rows["other"][1:3] == ["0.50", "20%"]
    assert rows["whole build"][2:] == ["2.50", "100%", "0.8", "400", "8"]
    assert rows["4"] == ["4", "2.50", "2.4", "400", "8", "3.00", "1.5"]
    assert "tokenise" not in rows
    assert "use --workers 4" in rows
    assert any("read up to 3 times" in name for name in rows)
    assert bench_json(result)["stages"][4]["megabytes_per_second"] is None or TOKENISE in one.stages
