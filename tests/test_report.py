"""The report: what it says, what it samples, and that no text of a corpus can act in it."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

import fluxem_prep
from fluxem.errors import ConfigError, ShardMismatchError
from fluxem.vocabulary import DomainType, FailureReason
from fluxem_prep.pipeline import report as report_module
from fluxem_prep.pipeline.build_view import view_build
from fluxem_prep.pipeline.report import write_report
from fluxem_prep.pipeline.report_sample import OF_EACH, take_sample
from fluxem_prep.pipeline.run import run_build

EVIL = "</script><script>alert(1)</script> <img src=x onerror=alert(1)> & \u2028 '\" 10 * 20 \U0001f9ea 7 / 0"


def write_corpus(path: Path, texts: list[str]) -> Path:
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    return path


def page_data(page: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    texts = [f"Add {i} * 2 and {i} km." for i in range(300)]
    texts[17] = "Divide: 7 / 0 fails."
    corpus = write_corpus(folder / "in.jsonl", [*texts, EVIL, "", "x" * 9000 + " 3 + 4 = 7"])
    return fluxem_prep.build(corpus, folder / "out", shard_bytes=2000).out


@pytest.fixture(scope="module")
def page(build):
    return write_report(build).path.read_text(encoding="utf-8")


def test_spans_are_where_a_browser_finds_them(page):
    """Refutes: offsets in code points, which a browser counts differently behind an emoji; a wrong value or vector."""
    data = page_data(page)
    rows = {row[0]: row for row in data["documents"]}
    evil = next(row for row in rows.values() if row[2] == EVIL)
    units = evil[2].encode("utf-16-le")
    start, end, domain, value = evil[4]
    assert units[2 * start : 2 * end].decode("utf-16-le") == "10 * 20"
    assert DomainType(domain) is DomainType.ARITHMETIC
    assert data["values"][value][0] == "200"
    start, end, domain, reason = evil[5]
    assert units[2 * start : 2 * end].decode("utf-16-le") == "7 / 0"
    assert FailureReason(reason) is FailureReason.DIVISION_BY_ZERO


def test_vectors_are_those_of_the_shards(build, page):
    """Refutes: a vector that loses a coordinate on its way into the page."""
    data = page_data(page)
    import pyarrow.dataset

    rows = pyarrow.dataset.dataset(build / "data").to_table(["id", "span_vector"]).to_pylist()
    stored = {row["id"]: row["span_vector"] for row in rows}
    compared = 0
    for row in data["documents"]:
        for place, value in enumerate(row[4][3::4]):
            numbers = data["values"][value][1]
            vector = [0.0] * 128
            for dim, number in zip(numbers[::2], numbers[1::2], strict=True):
                vector[dim] = number
            assert vector == stored[row[0]][place]
            compared += 1
    assert compared > 500


def test_no_text_can_act(page):
    """Refutes: a page in which text of the corpus becomes markup or ends the script."""
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert page.count("<script") == page.count("</script>") == 2
    assert "\u2028" not in page


def test_the_page_names_nothing_outside_itself(page):
    """Refutes: a font, script or picture from elsewhere."""
    outside = re.sub(r'<script type="application/json".*?</script>', "", page, flags=re.DOTALL)
    assert not re.findall(r'(?:https?:)?//[a-z]|@import|url\((?!data:)|src="(?!data:)|href="(?!data:)', outside)
    assert "default-src 'none'" in page


def test_long_documents_are_cut_and_say_so(page):
    """Refutes: a page that grows with a single document, or that hides that it cut one."""
    row = next(row for row in page_data(page)["documents"] if row[2].startswith("xxx"))
    assert (len(row[2]), row[3], row[4]) == (8000, 9010, [])


def test_the_sample_is_a_function_of_the_shards(build, tmp_path):
    """Refutes: a sample that depends on the run, or leaves out what is rare."""
    shards = view_build(build).shards
    assert len(shards) > 3
    first, again = take_sample(shards, 50), take_sample(shards, 50)
    assert first.places == again.places
    assert len(first.places) == len(set(first.places)) == 50
    failures = [row for row in first.read() if len(row["failure_reason"])]
    assert len(failures) == 2, "both documents with a failure, of 303, are in a sample of 50"
    pages = [write_report(build, tmp_path / name, documents=50).path.read_bytes() for name in ("a.html", "b.html")]
    assert pages[0] == pages[1]


def test_every_kind_is_sampled_first(tmp_path):
    """Refutes: a uniform sample only, in which one document in a thousand is not seen."""
    texts = [f"{i} km" for i in range(3000)]
    texts[1234:1236] = ["Take H2O and NaCl."] * 2
    out = fluxem_prep.build(write_corpus(tmp_path / "a.jsonl", texts), tmp_path / "out").out
    sample = take_sample(view_build(out).shards, 60)
    kinds = Counter(int(domain) for row in sample.read() for domain in row["span_domain"])
    assert kinds[DomainType.FORMULA] == 4
    assert kinds[DomainType.QUANTITY] >= OF_EACH


def test_density_counts_every_span(build):
    """Refutes: a curve that loses spans."""
    view = view_build(build)
    sample = take_sample(view.shards, 10)
    assert sample.density.sum() == view.stats["encoded"]
    assert sample.bin_rows.sum() == view.stats["rows"]["out"]


def test_a_build_at_work_has_a_report(tmp_path):
    """Refutes: a report that needs the manifest, or that does not say that it shows a part."""
    from fluxem.errors import BuildError
    from fluxem_prep.pipeline.config import make_config
    from fluxem_prep.pipeline.task import run_task

    def breaks(job, task, on_progress):
        if task.index == 2:
            raise BuildError("power cut")
        return run_task(job, task, on_progress)

    corpus = write_corpus(tmp_path / "a.jsonl", ["10 * 20"] * 400)
    config = make_config(corpus, tmp_path / "out", shard_bytes=2000)
    with pytest.raises(BuildError, match="power cut"):
        run_build(config, breaks)
    page = write_report(tmp_path / "out").path.read_text(encoding="utf-8")
    assert "not finished: counts of 2 of 4 tasks" in page
    rows = view_build(tmp_path / "out").stats["rows"]["out"]
    assert 0 < rows < 400
    assert len(page_data(page)["documents"]) == rows


def test_an_empty_build_has_a_report(tmp_path):
    """Refutes: a division by zero where there is no row."""
    (tmp_path / "a.jsonl").write_text("{bad\n")
    out = fluxem_prep.build(tmp_path / "a.jsonl", tmp_path / "out").out
    assert write_report(out).documents == 0
    assert "malformed json" in (out / "report.html").read_text()


def test_what_cannot_be_shown_says_what_to_do(build, tmp_path, monkeypatch):
    """Refutes: a traceback for a wrong folder, a torn shard, or shards of other encoders."""
    with pytest.raises(ConfigError, match="holds no build: expected a folder that `fluxem-prep build"):
        write_report(tmp_path)
    with pytest.raises(ConfigError, match="there is no folder"):
        write_report(build, tmp_path / "none" / "report.html")
    with pytest.raises(ConfigError, match=r"is a folder, expected a file such as .*report\.html"):
        write_report(build, tmp_path)
    monkeypatch.setattr("fluxem.integration.registry.DomainEncoderRegistry.fingerprint", lambda _: "0" * 12)
    with pytest.raises(ShardMismatchError, match="written with encoder 1:"):
        write_report(build, tmp_path / "report.html")


def test_a_torn_shard_is_named(tmp_path):
    """Refutes: a traceback of the Parquet library."""
    out = fluxem_prep.build(write_corpus(tmp_path / "a.jsonl", ["1 + 2"]), tmp_path / "out").out
    shard = next((out / "data").iterdir())
    shard.write_bytes(shard.read_bytes()[:-20])
    with pytest.raises(ConfigError, match=f"cannot read the shard {re.escape(str(shard))}.*fluxem-prep verify"):
        write_report(out)


def test_json_in_a_script_is_only_json():
    """Refutes: a string that ends the script element."""
    text = str(report_module._script_json({"a": "</script><!--\u2028\u2029&"}))
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == {"a": "</script><!--\u2028\u2029&"}


def test_every_type_has_a_hue_of_its_own():
    """Refutes: a new type that is drawn without colour, or in that of another."""
    style = (Path(report_module.__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")
    hues = dict(re.findall(r"\.d(\d+) \{ --h: (\d+); \}", style))
    assert {int(number) for number in hues} == set(DomainType)
    typed = [hue for number, hue in hues.items() if number != "0"]
    assert len(set(typed)) == len(typed)


def test_names_and_surfaces_are_escaped(build):
    """Refutes: a folder's name, a surface or a reason that becomes markup outside the script."""
    view = view_build(build)
    stats = json.loads(json.dumps(dict(view.stats)))
    stats["domains"]["ARITHMETIC"]["top_surfaces"] = [["\"><img src=x onerror=alert(1)>' \u202e", 3]]
    stats["rows"] |= {"rejected": 1, "reasons": {"<img src=y>": 1}}
    evil = replace(view, out=Path("/tmp/<img src=z>"), stats=stats)
    page = report_module.render(evil, take_sample((), 1))
    assert "<img" not in page
    assert page.count("&lt;img src=") >= 4
    assert "\u202e" not in re.sub(r'data-search="[^"]*"', "", page)
