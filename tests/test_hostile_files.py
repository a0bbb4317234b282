"""What somebody else could put into inputs, output folders, manifests and names, and that nothing comes of it."""

from __future__ import annotations

import ast
import bz2
import gzip
import json
import lzma
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
import zstandard
from typer.testing import CliRunner

import fluxem_prep
from fluxem.errors import ConfigError, OutputFolderError
from fluxem_prep.cli import app
from fluxem_prep.pipeline.config_file import read_config_file
from fluxem_prep.pipeline.inputs import Slice
from fluxem_prep.pipeline.output_folder import stored_layout
from fluxem_prep.pipeline.plain_text import visible
from fluxem_prep.pipeline.readers import read_slice
from fluxem_prep.pipeline.record_shape import MANIFEST, STATS, expect_shape
from fluxem_prep.pipeline.rows import ReadOptions, Reject
from fluxem_prep.pipeline.safe_paths import inside, open_new
from fluxem_prep.pipeline.store import temporary_name

OPTIONS = ReadOptions(text_field="text", id_field=None, max_document_bytes=1 << 20, lines=True)
ESC = "\x1b]0;owned\x07\x1b[31m\u202e\x9b2J"
TRICKS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script><!--",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }} {% raw %}",
    "---\nlicense: mit\n---\n# a heading\n[link](javascript:alert(1))",
    "```\n| a | b |\n<b>bold</b>",
    "=HYPERLINK(1) 7 / 0 [red]7 / 0[/red]",
    ESC,
]


def call(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200", "TERM": "dumb"})


# -- compressed files -------------------------------------------------------------------------------------------------


def bomb(suffix: str) -> bytes:
    """A quarter of a gigabyte of line breaks, as small as frames of this format make it, one after another."""
    block = b"\n" * (8 << 20)
    pack: dict[str, Any] = {
        ".gz": gzip.compress,
        ".zst": zstandard.ZstdCompressor().compress,
        ".bz2": bz2.compress,
        ".xz": lambda data: lzma.compress(data, preset=0),
    }
    return bytes(pack[suffix](block)) * 32


@pytest.mark.parametrize("suffix", [".gz", ".zst", ".bz2", ".xz"])
def test_a_bomb_is_a_reject(suffix: str, tmp_path: Path) -> None:
    """Refutes: some hundred kilobytes that keep a worker busy for hours, or fill a disk."""
    path = tmp_path / f"a.txt{suffix}"
    path.write_bytes(bomb(suffix))
    options = replace(OPTIONS, lines=False, max_document_bytes=1 << 30)
    (item,) = read_slice(Slice(source=str(path)), options)
    assert isinstance(item, Reject)
    assert "unpacks to more than 500 times its size" in item.detail


def test_many_small_frames_are_a_bomb_too(tmp_path: Path) -> None:
    """Refutes: a limit that counts what follows a frame once more for each frame."""
    frame = zstandard.ZstdCompressor().compress(b"\n" * (128 << 10))
    path = tmp_path / "a.txt.zst"
    path.write_bytes(frame * 1024)
    (item,) = read_slice(Slice(source=str(path)), replace(OPTIONS, lines=False, max_document_bytes=1 << 30))
    assert isinstance(item, Reject)
    assert "unpacks to more" in item.detail


def test_text_that_packs_well_is_no_bomb(tmp_path: Path) -> None:
    """Refutes: rows of an honest file that repeats itself are lost."""
    line = json.dumps({"text": "the same sentence again: 5 km " * 20}).encode() + b"\n"
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(line * 2000, mtime=0))
    assert len(list(read_slice(Slice(source=str(path)), OPTIONS))) == 2000


# -- paths ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def built(tmp_path: Path) -> Path:
    lines = [json.dumps({"text": f"{i} * 20 and 7 / 0"}) for i in range(40)]
    (tmp_path / "a.jsonl").write_text("\n".join([*lines, "{bad"]) + "\n")
    return fluxem_prep.build(tmp_path / "a.jsonl", tmp_path / "out", shard_bytes=500).out


OUTSIDE = [
    "../a.jsonl",
    "data/../../a.jsonl",
    "/etc/passwd",
    "data//etc/passwd/../x",
    "data/..",
    "data/",
    "x",
    "data\0",
    5,
]


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("command", ["verify", "report", "stats"])
def test_a_manifest_does_not_lead_out_of_its_folder(command: str, name: object, built: Path) -> None:
    """Refutes: a file elsewhere that is read, hashed or shown because a manifest names it."""
    manifest = json.loads((built / "manifest.json").read_text())
    manifest["shards"][0]["path"] = name
    (built / "manifest.json").write_text(json.dumps(manifest))
    done = call(command, built)
    assert done.exit_code == 2, done.output
    assert "expected" in done.stderr


@pytest.mark.parametrize("name", ["../a.jsonl", "/etc/passwd", "rejects/../manifest.json"])
def test_the_rejects_of_a_manifest_stay_inside(name: str, built: Path) -> None:
    """Refutes: the same by the list of rejects."""
    manifest = json.loads((built / "manifest.json").read_text())
    manifest["rejects"] = [name]
    (built / "manifest.json").write_text(json.dumps(manifest))
    assert call("verify", built).exit_code == 2


@pytest.mark.parametrize("split", ["../../victim/.fluxem/x", "/tmp/x", "a/b", "", 5, None, "a\n"])
def test_a_plan_does_not_lead_out_of_its_folder(split: object, built: Path, tmp_path: Path) -> None:
    """Refutes: `--overwrite` that deletes, or `status` that looks, where a plan of somebody else's points."""
    plan = built / ".fluxem" / "plan.json"
    tasks = len(list((built / "data").iterdir()))
    whole = plan.read_text()
    assert whole.count('"split":"train"') == 1
    plan.write_text(whole.replace('"split":"train"', f'"split":{json.dumps(split)}'))
    victim = tmp_path / "victim" / ".fluxem" / f"x-00000-of-{tasks:05d}.parquet"
    victim.parent.mkdir(parents=True)
    victim.write_text("mine")
    with pytest.raises(ConfigError, match=r"plan\.json: expected the name of a split"):
        stored_layout(built)
    assert call("status", built).exit_code == 2
    assert call("build", tmp_path / "a.jsonl", "--out", built, "--overwrite").exit_code == 2
    assert victim.read_text() == "mine"


@pytest.mark.parametrize("folder", ["data", "rejects", ".fluxem", ".fluxem/done", ".fluxem/spool"])
def test_a_folder_that_is_a_link_is_refused(folder: str, built: Path, tmp_path: Path) -> None:
    """Refutes: shards that are written, or swept, where somebody's link leads."""
    elsewhere = tmp_path / "elsewhere"
    if (built / folder).exists():
        (built / folder).rename(elsewhere)
    else:
        elsewhere.mkdir()
    (built / folder).symlink_to(elsewhere)
    before = sorted(elsewhere.rglob("*"))
    done = call("build", tmp_path / "a.jsonl", "--out", built, "--shard-bytes", "500", "--max-reject-rate", "1")
    assert done.exit_code == 2, done.output
    assert "is a link" in done.stderr
    assert sorted(elsewhere.rglob("*")) == before


def test_an_output_folder_may_itself_be_a_link(built: Path, tmp_path: Path) -> None:
    """Refutes: a user's own link to a larger disk is refused."""
    (tmp_path / "link").symlink_to(built)
    done = call(
        "build", tmp_path / "a.jsonl", "--out", tmp_path / "link", "--shard-bytes", "500", "--max-reject-rate", "1"
    )
    assert done.exit_code == 0, done.output


def test_a_link_under_a_temporary_name_is_not_followed(tmp_path: Path) -> None:
    """Refutes: a link planted where a file will grow, through which this program would write as its user."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "a.jsonl").write_text('{"text": "5 km"}\n{bad\n')
    out = tmp_path / "out"
    for name in ("data/train-00000-of-00001.parquet", "rejects/00000.jsonl", "manifest.json", ".fluxem/plan.json"):
        planted = temporary_name(out / name)
        planted.parent.mkdir(parents=True, exist_ok=True)
        planted.symlink_to(victim)
    fluxem_prep.build(tmp_path / "a.jsonl", out)
    assert victim.read_text() == "mine"
    assert not (out / "data" / "train-00000-of-00001.parquet").is_symlink()
    with open_new(out / "new") as file:
        file.write(b"x")
    (out / "new").unlink()
    (out / "new").symlink_to(victim)
    open_new(out / "new").close()
    assert victim.read_text() == "mine"


def test_a_link_among_the_shards_is_not_followed(built: Path, tmp_path: Path) -> None:
    """Refutes: a shard of the manifest that is a link to any file of the reader's."""
    shard = next((built / "data").iterdir())
    shard.rename(tmp_path / "moved")
    shard.symlink_to(tmp_path / "moved")
    with pytest.raises(OutputFolderError, match="leads elsewhere by a link"):
        inside(built, f"data/{shard.name}", "data")
    assert call("verify", built).exit_code == 2


# -- records of somebody else's ---------------------------------------------------------------------------------------


ODD = (None, -1, "x", [], {}, 1.5, True)


def places(value: Any) -> list[tuple[Any, ...]]:
    """The path of each entry of a JSON value; of a list, of the first two."""
    keys = (
        list(value) if isinstance(value, dict) else list(range(min(2, len(value)))) if isinstance(value, list) else []
    )
    return [path for key in keys for path in [(key,), *((key, *rest) for rest in places(value[key]))]]


def spoiled(whole: str, path: tuple[Any, ...], odd: object) -> Any:
    """The value with another one at a place."""
    value = inner = json.loads(whole)
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = odd
    return value


@pytest.mark.parametrize(("name", "shape"), [("manifest.json", MANIFEST), ("stats.json", STATS)])
def test_a_record_of_another_shape_is_refused(name: str, shape: Any, built: Path) -> None:
    """Refutes: a count that is a text, or a name that is a list, and is taken for what it should be."""
    whole = (built / name).read_text()
    expect_shape(json.loads(whole), shape, built / name)
    refused = set()
    for path in places(json.loads(whole)):
        for odd in ODD:
            try:
                expect_shape(spoiled(whole, path, odd), shape, built / name)
            except OutputFolderError as error:
                refused.add((path, str(error)))
    assert len({path for path, _ in refused}) > 15
    assert all("expected" in said for _, said in refused)


def shown_or_refused(built: Path, commands: list[tuple[str, ...]], step: int) -> None:
    for name in ("manifest.json", "stats.json"):
        whole = (built / name).read_text()
        cases = [(path, odd) for path in places(json.loads(whole)) for odd in ODD]
        for path, odd in cases[::step]:
            (built / name).write_text(json.dumps(spoiled(whole, path, odd)))
            for command, *words in commands:
                done = call(command, built, *words)
                assert done.exit_code in (0, 2, 5), (path, odd, done.output, done.exception)
        (built / name).write_text(whole)


def test_a_record_of_any_shape_is_shown_or_refused(built: Path) -> None:
    """Refutes: a traceback, or a page with something else in it, for a manifest or stats that somebody else wrote."""
    shown_or_refused(built, [("stats",)], 41)


@pytest.mark.slow
def test_all_commands_survive_any_manifest(built: Path) -> None:
    """Refutes: the same for all commands that read them, and more cases."""
    shown_or_refused(built, [("stats", "--csv"), ("report",), ("verify",)], 17)


# -- what people look at ----------------------------------------------------------------------------------------------


@pytest.fixture
def tricky(tmp_path: Path) -> Path:
    """A build whose texts, ids and file name play every trick."""
    folder = tmp_path / "<img src=x onerror=alert(1)>"
    folder.mkdir()
    rows = [{"text": f"{trick} 7 / 0 and 5 km", "id": f"{trick}#{i}"} for i, trick in enumerate(TRICKS)]
    path = folder / "\x1b[31m<script>.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"text": "\x1b[5m"\n')
    return fluxem_prep.build(path, tmp_path / "out<script>\x1b[7m", id_field="id").out


def test_the_report_escapes_everything(tricky: Path) -> None:
    """Refutes: markup of a corpus that a browser would take for the page's own."""
    done = call("report", tricky)
    assert done.exit_code == 0, done.output
    page = (tricky / "report.html").read_text()
    assert "<script>alert" not in page
    assert "onerror=alert" not in page.replace("&gt;", "").split("<script", 1)[0].replace(
        "&#34;&gt;&lt;img src=x onerror=alert", ""
    )
    assert page.count("<script") == page.count("</script>") == 2
    assert "<!--" not in page.split('id="data">')[1].split("</script>")[0]
    assert "default-src 'none'" in page
    data = page.split('id="data">')[1].split("</script>")[0]
    assert not set(data) & set("<>&\u2028\u2029")
    assert json.loads(data)["documents"][0][2].startswith("<script>alert(1)</script>")


def test_the_card_holds_nothing_of_the_corpus(tricky: Path) -> None:
    """Refutes: front matter, a heading or a link that a document brings into the card."""
    card = (tricky / "README.md").read_text()
    head = card.split("---\n")[1]
    assert set(yaml.safe_load(head)) == {"configs", "dataset_info"}
    for trick in (*TRICKS, "onerror", "<script", "\x1b"):
        assert trick not in card


def test_a_setting_cannot_write_the_card(tmp_path: Path) -> None:
    """Refutes: the name of a field that ends the block of settings and goes on as Markdown."""
    field = "```\n# mine\n---\nlicense: mit\n<script>"
    (tmp_path / "a.jsonl").write_text(json.dumps({field: "5 km"}) + "\n")
    card = (fluxem_prep.build(tmp_path / "a.jsonl", tmp_path / "out", text_field=field).out / "README.md").read_text()
    assert json.loads(card.split("```json\n")[1].split("\n```\n")[0])["text_field"] == field
    assert "\n# mine" not in card
    with pytest.raises(ConfigError, match="split"):
        fluxem_prep.build(tmp_path / "a.jsonl", tmp_path / "out2", split="a\nlicense: mit")


@pytest.mark.parametrize("split", ["1", "1.5", "0x10", "1_0", "null", "NULL", "yes", "on", "all", "a" * 101])
def test_a_split_that_nobody_could_load_is_refused(split: str, tmp_path: Path) -> None:
    """Refutes: a name that YAML reads as a number or a truth, that `datasets` keeps, or that is too long for a file."""
    (tmp_path / "a.jsonl").write_text('{"text": "5 kg"}\n')
    with pytest.raises(ConfigError, match="split"):
        fluxem_prep.build(tmp_path / "a.jsonl", tmp_path / "out", split=split)
    assert not (tmp_path / "out").exists()


def is_plain(text: str) -> bool:
    return text == visible(text)


def test_no_command_lets_a_text_steer_the_terminal(tricky: Path, tmp_path: Path) -> None:
    """Refutes: a control character of a text, an id, a file name or an error that reaches the terminal."""
    source = next((tmp_path / "<img src=x onerror=alert(1)>").iterdir())
    text = "5 km and 7 / 0 " + ESC
    outputs = {
        "verify": call("verify", tricky),
        "status": call("status", tricky),
        "stats": call("stats", tricky, "--examples", 3),
        "csv": call("stats", tricky, "--csv", "--examples", 3),
        "json": call("stats", tricky, "--json"),
        "report": call("report", tricky),
        "preview": call("preview", text),
        "explain": call("explain", text, "--at", 0),
        "dry run": call("build", source, "--out", tmp_path / "new", "--dry-run"),
        "build": call("build", source, "--out", tmp_path / f"new{ESC[:4]}", "--id-field", "id"),
        "no file": call("build", f"{ESC}.jsonl", "--out", tmp_path / "new"),
        "no format": call("build", tmp_path / f"a{ESC}", "--out", tmp_path / "new"),
        "no build": call("report", tmp_path / ESC.replace("/", "")),
        "no tokenizer": call("build", source, "--out", tmp_path / "new", "--tokenizer", f"./{ESC}"),
        "no reason": call("stats", tricky, "--reason", ESC),
        "no domain": call("preview", "5 km", "--domains", ESC),
    }
    shard = next((tricky / "data").iterdir())
    table = pq.read_table(shard)
    pq.write_table(table.set_column(3, "text", pa.array([f"{ESC} 9 km"] * table.num_rows)), shard)
    outputs["verify, changed"] = call("verify", tricky)
    assert outputs["verify, changed"].exit_code == 5
    for name, done in outputs.items():
        assert is_plain(done.stdout), (name, done.stdout)
        assert is_plain(done.stderr), (name, done.stderr)
    assert outputs["stats"].stdout


# -- settings and tokenizers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['touch {mark}']",
        "workers: !!python/object/apply:os.system ['touch {mark}']",
        "!!python/name:os.system",
        "? [a, b]\n: c",
        "a: &a [*a, *a]",
        "\0",
        "- x\n- y",
    ],
)
def test_settings_are_data(text: str, tmp_path: Path) -> None:
    """Refutes: YAML that runs something, or anything but a ConfigError for what is no setting."""
    path = tmp_path / "build.yaml"
    path.write_text(text.replace("{mark}", str(tmp_path / "mark")))
    with pytest.raises(ConfigError):
        read_config_file(path, ["inputs", "workers"])
    assert not (tmp_path / "mark").exists()


RUNS_DATA = ("eval", "exec", "compile", "__import__", "pickle.load", "pickle.loads", "yaml.load", "os.system")


def calls(path: Path) -> set[str]:
    """The names of what a module calls, and its keywords."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            found.add(ast.unparse(node.func))
            found |= {f"{word.arg}={ast.unparse(word.value)}" for word in node.keywords}
    return found


def test_no_module_unpickles_or_evaluates() -> None:
    """Refutes: a way in by code that runs data: pickle but for our own pipes, eval, exec, unsafe YAML, remote code."""
    root = Path(__file__).parent.parent
    modules = [path for name in ("fluxem", "pipeline", "schemas") for path in (root / name).rglob("*.py")]
    assert len(modules) > 100
    found = {(path.name, call) for path in [*modules, root / "cli.py"] for call in calls(path)}
    suspicious = {*RUNS_DATA, "shell=True", "trust_remote_code=True", "allow_pickle=True", "weights_only=False"}
    assert {item for item in found if item[1] in suspicious} == {("executors.py", "pickle.loads")}
