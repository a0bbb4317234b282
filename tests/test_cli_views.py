"""The commands that look: stats, preview, explain, domains; settings in a file; progress."""

import csv
import io
import json
import shlex
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import datasets
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

import fluxem_prep
from fluxem.domains import DOMAINS
from fluxem.errors import BuildError
from fluxem.vocabulary import VECTOR_DIM, DomainType
from fluxem_prep.cli import app
from fluxem_prep.pipeline import failing
from fluxem_prep.pipeline.config import make_config
from fluxem_prep.pipeline.explain import evidence_rule, explain
from fluxem_prep.pipeline.inputs import Slice
from fluxem_prep.pipeline.plain_text import visible
from fluxem_prep.pipeline.plan import Task
from fluxem_prep.pipeline.preview import make_preview
from fluxem_prep.pipeline.progress import ProgressBar, duration
from fluxem_prep.pipeline.run import run_build
from fluxem_prep.pipeline.stats_view import csv_cell
from fluxem_prep.pipeline.task import Progress, run_task
from fluxem_prep.pipeline.value_words import value_words

SCRIPT = Path(sys.executable).parent / "fluxem-prep"
TEXTS = [
    "10 * 20",
    "7 / 0",
    "7 / 0",
    "=1+cmd|' /C calc'!A0 7 / 0",
    "a speed of 5 m/blorg",
    "Take 2 mol H2O.",
    "\u202e -3 / 0 = x",
]


def call(*words, code=0, **options):
    done = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "100", "TERM": "dumb"}, **options)
    assert done.exit_code == code, done.output
    return done


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "corpus.jsonl"
    path.write_text("".join(json.dumps({"id": f"id{i}", "text": text}) + "\n" for i, text in enumerate(TEXTS)))
    return path


@pytest.fixture
def out(corpus, tmp_path):
    return fluxem_prep.build(corpus, tmp_path / "out", id_field="id").out


# ---- stats


def test_the_most_frequent_failures_come_with_their_documents(out):
    """Refutes: counts, reasons or ids of other surfaces than those shown."""
    found = json.loads(call("stats", out, "--json", "--reason", "division_by_zero", "--examples", "2").stdout)
    first = found["failing_surfaces"][0]
    assert first == {
        "domain": "ARITHMETIC",
        "reason": "division_by_zero",
        "surface": "7 / 0",
        "count": 3,
        "ids": ["id1", "id2"],
    }
    assert {item["reason"] for item in found["failing_surfaces"]} == {"division_by_zero"}
    shown = call("stats", out, "--domain", "quantity", "--examples", "1").stdout
    assert "5 m/blorg" in shown
    assert "id4" in shown
    assert "7 / 0" not in shown
    assert "nothing failed so" in call("stats", out, "--reason", "too_long").stdout
    assert (
        len(json.loads(call("stats", out, "--json", "--examples", "1", "--top", "1").stdout)["failing_surfaces"]) == 1
    )


def test_stats_reads_only_the_columns_it_needs(out, monkeypatch):
    """Refutes: vectors, or texts of row groups without such a failure, that are read for nothing."""
    read = []
    original = pq.ParquetFile.read_row_group

    def spy(self, i, columns=None, **options):
        read.append(tuple(columns))
        return original(self, i, columns=columns, **options)

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", spy)
    call("stats", out, "--json")
    assert read == []
    call("stats", out, "--reason", "too_long")
    assert read == [("failure_domain", "failure_reason")]
    call("stats", out, "--reason", "unknown_unit")
    assert read[2:] == [("id", "text", "failure_start", "failure_end")]


def test_stats_of_a_build_at_work(corpus, tmp_path):
    """Refutes: stats that wait for the end of a build, or that do not say that they are of a part."""

    def breaks(job, task, on_progress):
        if task.index:
            raise BuildError("power cut")
        return run_task(job, task, on_progress)

    with pytest.raises(BuildError, match="power cut"):
        run_build(make_config(corpus, tmp_path / "out", shard_bytes=100), breaks)
    shown = call("stats", tmp_path / "out").stdout
    assert "not finished: counts of 1 of " in shown
    found = json.loads(call("stats", tmp_path / "out", "--json").stdout)
    assert found["unfinished"]["done"] == 1
    assert 0 < found["rows"]["out"] < len(TEXTS)


def test_no_cell_is_a_formula(out):
    """Refutes: a corpus that runs a command in the spreadsheet of who looks at it (CSV injection)."""
    for text in ["=1+1", "+1", "-1 / 0", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1"]:
        assert csv_cell(text) == f"'{visible(text)}"
    assert (csv_cell("7 / 0"), csv_cell(-5), csv_cell("")) == ("7 / 0", "-5", "")
    text = call("stats", out, "--csv", "--examples", "1").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    surfaces = {row["surface"]: row for row in rows if row["kind"] == "surface"}
    assert surfaces["7 / 0"]["count"] == "3"
    assert surfaces["'-3 / 0"]["ids"] == "id6"
    totals = {row["reason"]: row["count"] for row in rows if row["kind"] == "total"}
    assert totals["rows in"] == str(len(TEXTS))
    assert not [cell for row in rows for cell in row.values() if cell.lstrip(" ").startswith(("=", "+", "-", "@"))]


def test_surfaces_beyond_the_bound_are_let_go_and_it_says_so(out, monkeypatch):
    """Refutes: memory that grows with the number of different surfaces, or a bound that nobody hears of."""
    monkeypatch.setattr(failing, "KEPT", 2)
    found = failing.failing_surfaces(sorted((out / "data").iterdir()))
    assert not found.exact
    assert "at least 3" in call("stats", out).stdout


def test_wrong_filters_say_what_there_is(out, tmp_path):
    """Refutes: an empty table for a name that does not exist."""
    assert "did you mean division_by_zero?" in call("stats", out, "--reason", "division_by_zer", code=2).stderr
    assert "did you mean QUANTITY?" in call("stats", out, "--domain", "QUANTITTY", code=2).stderr
    assert "choose one of --json and --csv" in call("stats", out, "--csv", "--json", code=2).stderr
    assert "fluxem-prep build --out" in call("stats", tmp_path / "nothing", code=2).stderr


# ---- preview, explain, domains


def test_preview_shows_values_and_failures():
    """Refutes: a table without what the vector decodes to, or without the reason."""
    shown = call("preview", "Add 2.5 km and 1 / 0 here").stdout
    assert "2500 m" in shown
    assert "linear part" in shown
    assert "not ARITHMETIC" in shown
    assert "division_by_zero" in shown


def test_preview_as_json_is_the_text_in_pieces():
    """Refutes: pieces that overlap or leave something out."""
    text = "Add 2.5 km and 1 / 0 \U0001f9ea here"
    found = json.loads(call("preview", "-", "--json", input=text).stdout)
    assert "".join(piece["text"] for piece in found["segments"]) == found["text"] == text
    assert [piece["type"] for piece in found["segments"]] == ["TEXT", "QUANTITY", "TEXT", "TEXT", "TEXT"]
    assert len(found["segments"][1]["vector"]) == VECTOR_DIM
    assert found["segments"][3] == {
        "text": "1 / 0",
        "start": 15,
        "end": 20,
        "type": "TEXT",
        "tried": "ARITHMETIC",
        "reason": "division_by_zero",
    }


def test_a_misspelt_file_is_not_a_text():
    """Refutes: a preview of the nine letters `notes.txt`."""
    done = call("preview", "no/such-notes.txt", code=2)
    assert "no such file: no/such-notes.txt; to look at these very characters, pipe them into `-`" in done.stderr
    assert "0 spans" in call("preview", "-", input="no/such-notes.txt").stdout
    assert "C/E" in call("preview", "C/E").stdout


def test_values_read_as_people_write_them():
    """Refutes: `Fraction(1, 2)` on the screen."""
    assert value_words([Fraction(1, 2), Fraction(-1, 3), Fraction(7, 400), 2]) == "[0.5, -1/3, 0.0175, 2]"
    assert value_words(({"H": 2}, Fraction(-5, 4))) == "({H: 2}, -1.25)"
    for domain in DOMAINS.values():
        for text, _ in domain.examples:
            assert "Fraction" not in value_words(domain.encoder.decode(domain.encoder.encode(text)))


@pytest.mark.parametrize(
    ("text", "at", "verdict", "candidate"),
    [
        ("Print it on A4 paper.", 12, "stays text", ("A4", "PITCH", "is missing: ambiguous", True)),
        ("The oboe plays the note A4.", 24, "in the span 'A4', PITCH: A4", ("A4", "PITCH", "holds", True)),
        ("It is 5 km away.", 8, "QUANTITY: 5000 m", ("5 km", "QUANTITY", "holds", True)),
        ("a speed of 5 m/blorg", 12, "QUANTITY, unknown_unit", ("5 m/blorg", "QUANTITY", "holds", True)),
        ("2 H2 + O2 -> 2 H2O", 11, "REACTION", ("2 H2 + O2 -> 2 H2O", "REACTION", "holds", True)),
    ],
)
def test_explain_says_what_was_tried_and_what_won(text, at, verdict, candidate):
    """Refutes: an explanation of another detector than the one that builds."""
    found = explain(text, at, make_config("a", "b").domains)
    assert verdict in found.verdict()
    items = [(text[c.start : c.end], c.domain.name, c.evidence, c.won) for c in found.candidates]
    assert candidate in items
    if found.outcome is not None:
        assert [c.won for c in found.candidates].count(True) == 1


def test_explain_agrees_with_the_detector_everywhere():
    """Refutes: a span that the explanation has no winning candidate for."""
    text = "At 25 °C, 2 mol of H2O (pH 7) met 3+4j; see [1, 2.5, -3], 12 May 2021 14:30, (1 + 2) * 3 = 9 and x**2 - 1."
    domains = make_config("a", "b").domains
    found = make_preview(text, domains).found
    assert len(found) > 5
    for item in found:
        for at in (item.start, item.end - 1):
            assert [c.won for c in explain(text, at, domains).candidates].count(True) == 1, (at, item)


def test_explain_of_plain_text_and_of_no_place():
    """Refutes: a traceback outside the text."""
    assert "nothing here looks like any type" in call("explain", "hello world", "--at", "3").stdout
    assert "expected a place from 0 to 4, came 9" in call("explain", "hello", "--at", "9", code=2).stderr
    assert json.loads(call("explain", "5 km", "--at", "0", "--json").stdout)["type"] == "QUANTITY"


def test_every_type_with_evidence_says_which():
    """Refutes: a judge whose rule no documentation tells."""
    silent = [d.type.name for d in DOMAINS.values() if d.judge is not None and not evidence_rule(d)]
    assert silent == []


def test_domains_lists_every_type():
    """Refutes: a type that the list leaves out, or whose limits it does not know."""
    shown = call("domains").stdout
    found = json.loads(call("domains", "--json").stdout)
    assert [item["name"] for item in found] == [domain.name for domain in DomainType if domain]
    assert all(item["limits"] and item["examples"] and f"{item['name']}" in shown for item in found)
    assert [item["name"] for item in found if not item["default"]] == ["NUMBER"]


# ---- settings in a file


def test_settings_come_from_a_file_and_flags_win(corpus, tmp_path):
    """Refutes: a flag that the file overrules, or a setting of the file that does nothing."""
    (tmp_path / "build.yaml").write_text(
        f"inputs: {corpus}\nout: {tmp_path / 'o'}\nid-field: id\nshard_bytes: 100\n"
        "domains: [quantity, FORMULA]\nquiet: true\n"
    )
    done = call("build", "--config", tmp_path / "build.yaml", "--shard-bytes", "1M")
    assert done.output == ""
    manifest = json.loads((tmp_path / "o" / "manifest.json").read_text())
    assert manifest["config"]["domains"] == ["QUANTITY", "FORMULA"]
    assert manifest["config"]["id_field"] == "id"
    assert manifest["config"]["shard_bytes"] == 1 << 20


def test_printed_settings_are_the_settings(corpus, tmp_path):
    """Refutes: `--print-config` that leaves something out, changes it, or builds."""
    words = ["build", corpus, "--out", tmp_path / "o", "--workers", "2", "--domains", "DNA,RNA", "--lines"]
    printed = call(*words, "--print-config").stdout
    assert not (tmp_path / "o").exists()
    (tmp_path / "c.yaml").write_text(printed)
    assert call("build", "--config", tmp_path / "c.yaml", "--print-config").stdout == printed
    assert "workers: 2\n" in printed
    assert "shard-bytes: 64M\n" in printed


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("workerz: 3", "unknown setting workerz in {path} (did you mean workers?)"),
        ("- a", "expected lines such as `workers: 4`"),
        ("a: [", "cannot read the settings in {path}"),
        ("print-config: true", "unknown setting print-config"),
        (None, "cannot read the settings in {path}"),
    ],
)
def test_a_wrong_file_of_settings_is_one_sentence(content, words, tmp_path):
    """Refutes: a setting that is ignored because it is misspelt."""
    path = tmp_path / "c.yaml"
    if content is not None:
        path.write_text(content)
    done = call("build", "--config", path, code=2)
    assert words.format(path=path) in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_environment_sets_nothing():
    """Refutes: a flag that an environment variable changes behind the user's back."""
    group = typer.main.get_command(app)
    assert not [p.name for c in group.commands.values() for p in c.params if p.envvar]
    assert group.context_settings.get("auto_envvar_prefix") is None


# ---- progress


def test_events_are_lines_of_json(corpus, tmp_path):
    """Refutes: words between the events, or an end that does not say what was built."""
    done = call("build", corpus, "--out", tmp_path / "o", "--json", "--shard-bytes", "100")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.stderr == ""
    assert [events[0]["event"], events[-1]["event"]] == ["start", "done"]
    assert sum(event["rows"] for event in events if event["event"] == "task") == len(TEXTS)
    assert events[-1]["rows"] == len(TEXTS)
    assert events[-1]["failures"] == sum(
        json.loads((tmp_path / "o/stats.json").read_text())["failure_reasons"].values()
    )


def test_quiet_says_only_what_went_wrong(corpus, tmp_path):
    """Refutes: a summary in a script's log, or an error that is swallowed with it."""
    assert call("build", corpus, "--out", tmp_path / "o", "-q").output == ""
    corpus.write_text("{bad\n")
    assert "rows were rejected" in call("build", corpus, "--out", tmp_path / "o2", "-q", code=3).stderr


def test_the_end_names_the_next_steps(corpus, tmp_path):
    """Refutes: a load line or a command that does not work as printed."""
    out = tmp_path / "my out"
    shown = call("build", corpus, "--out", out, "--split", "dev").stdout.splitlines()
    command, load = shown[1].split("   ")[1], shown[2].split("      ")[1]
    assert shown[3].endswith(', split="dev")')
    call(*shlex.split(command)[1:])
    assert (out / "report.html").exists()
    rows = eval(load, {"datasets": datasets})
    assert rows.num_rows == len(TEXTS)


@pytest.mark.parametrize("terminal", [True, False])
def test_a_bar_on_a_terminal_and_lines_in_a_log(terminal, monkeypatch, capsys):
    """Refutes: control sequences in a log, or counts that progress leaves out."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    clock = [0.0]
    monkeypatch.setattr("fluxem_prep.pipeline.progress.time.monotonic", lambda: clock[0])
    with ProgressBar([Task(index=0, slices=(Slice(source="a", weight=1_000_000),))], show=True) as bar:
        clock[0] = 100.0
        bar.advance(Progress(4, 250_000, 7, 2))
        assert bar.seconds_left == 300
    shown = capsys.readouterr().err
    assert "4 documents" in shown
    assert "7 spans, 2 rejects" in shown
    assert ("\r" in shown) is terminal
    if not terminal:
        assert shown == "0 of 1 MB (0.0 MB/s), 4 documents (0/s), 7 spans, 2 rejects, 5 min left\n"


def test_a_total_that_was_too_small_gives_no_time_left(monkeypatch):
    """Refutes: `0 s left` for minutes, where files compress better than was thought."""
    clock = [0.0]
    monkeypatch.setattr("fluxem_prep.pipeline.progress.time.monotonic", lambda: clock[0])
    bar = ProgressBar([Task(index=0, slices=(Slice(source="a", weight=1_000_000),))], show=False)
    clock[0] = 10.0
    bar.advance(Progress(1, 2_000_000, 1))
    assert bar.seconds_left is None


def test_durations_are_rounded_for_people():
    """Refutes: `7200.0 s`."""
    assert [duration(x) for x in (4.4, 59.6, 119, 3600, 12_000)] == ["4 s", "60 s", "2 min", "1 h 0 min", "3 h 20 min"]


# ---- completion


@pytest.mark.parametrize(
    ("words", "expected"), [("stats --domain QU", "QUANTITY"), ("stats --reason amb", "ambiguous")]
)
def test_the_shell_completes_names(words, expected):
    """Refutes: completion that is installed but knows nothing."""
    line = f"fluxem-prep {words}"
    env = {"_FLUXEM_PREP_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)}
    done = subprocess.run([SCRIPT], env=env, capture_output=True, text=True, timeout=60)
    assert expected in done.stdout.split()
