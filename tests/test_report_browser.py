"""The report in a real browser: Debian's chromium, driven by Playwright."""

import json
import shutil
import time

import pytest

import fluxem_prep
from fluxem_prep.pipeline.report import write_report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
EVIL = (
    "Evil </script><script>document.title='hit'</script> <img src=x onerror=\"document.title='hit'\"> \u202e "
    "2 + 3 = 5 \U0001f9ea 7 / 0"
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install 'fluxem-prep[test]'")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A report of 2,000 documents from two sources."""
    folder = tmp_path_factory.mktemp("browser")
    kinds = [
        "Walk {0} km in {0} min with {0} * 3 steps, then {0} N more.",
        "Water (H2O) and NaCl, {0} g.",
        "Nothing {0}",
    ]
    texts = [kinds[i % 3].format(i) for i in range(2200)] + [EVIL, "A flat tyre: 5 m/blorg."]
    for name, part in (("a", texts[:1000]), ("b", texts[1000:])):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in part))
    out = fluxem_prep.build(sorted(folder.glob("*.jsonl")), folder / "out").out
    return write_report(out).path


@pytest.fixture(params=["light", "dark"])
def page(chromium, path, request):
    """The page, once in each colour scheme; at the end nothing may have gone wrong in it."""
    trouble, asked = [], []
    page = chromium.new_page(color_scheme=request.param, viewport={"width": 1360, "height": 900})
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda sent: asked.append(sent.url))
    page.goto(path.as_uri())
    page.wait_for_selector(".item")
    yield page
    assert page.title() == "out · fluxem-prep report"
    assert trouble == []
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    page.close()


def count(page):
    return int(page.inner_text("#count").split(" of ")[0].replace(",", ""))


def search(page, text):
    page.fill("#filter-search", text)
    page.wait_for_timeout(250)


def test_filters_narrow_the_list(page):
    """Refutes: a filter that does nothing, or that cannot be taken back."""
    assert count(page) == 2000
    page.select_option("#filter-domain", label="FORMULA")
    formulas = count(page)
    assert 0 < formulas < 1000
    page.select_option("#filter-source", index=2)
    assert 0 < count(page) < formulas
    search(page, "no such text")
    assert count(page) == 0
    assert "No document fits" in page.inner_text("#document")
    page.click("text=Clear")
    page.wait_for_timeout(50)
    assert count(page) == 2000
    page.select_option("#filter-reason", label="unknown unit")
    assert count(page) == 1
    assert page.locator(".fail").get_attribute("data-reason") == "unknown unit"


def test_a_click_on_a_span_shows_value_and_vector(page):
    """Refutes: a span that is drawn at the wrong place, or a detail of another span."""
    search(page, "Water (H2O) and NaCl, 4 g.")
    assert page.locator("#document .span").all_inner_texts() == ["H2O", "NaCl", "4 g"]
    page.locator("#document .span").nth(1).click()
    assert page.inner_text("#detail .badge") == "FORMULA"
    assert "{Cl: 1, Na: 1}" in page.inner_text("#detail")
    assert page.locator("#detail .strip i").count() == 128
    assert page.locator("#detail .strip i.on").count() == 5  # weight, two bits of the id, Na, Cl
    field = page.locator("#detail .field", has_text="elements")
    assert field.locator(".cells span").all_text_contents() == ["Na1", "Cl1"]
    page.locator("#document .span").nth(2).press("Enter")
    assert page.inner_text("#detail .badge") == "QUANTITY"
    assert "0.004 kg" in page.inner_text("#detail")


def test_text_of_the_corpus_stays_text(page):
    """Refutes: markup, scripts or direction marks of a document that act in the page."""
    search(page, "evil")
    shown = page.inner_text("#document .text")
    assert "</script><script>document.title='hit'</script> <img src=x" in shown
    assert "\\u202e" in shown
    assert page.locator("#document img").count() == 0
    assert page.locator("#document .span").all_inner_texts() == ["2 + 3"]
    assert page.locator("#document .fail").all_inner_texts() == ["7 / 0"]
    assert page.evaluate("getComputedStyle(document.querySelector('.fail')).textDecorationLine") == "underline"
    page.locator("#document .fail").click()
    assert "division by zero" in page.inner_text("#detail")


def test_plots_lead_to_documents(page):
    """Refutes: bars, cells and surfaces that a click does nothing to."""
    page.click(".bar >> text=QUANTITY")
    quantities = count(page)
    assert 0 < quantities < 2000
    page.click(".heat button[data-reason=division_by_zero]")
    assert count(page) == 1
    page.locator("#surfaces button", has_text="NaCl").first.click()
    assert page.input_value("#filter-search") == "NaCl"
    assert 0 < count(page) < quantities
    assert page.locator("#density polygon").count() >= 3


def test_it_is_fast_with_two_thousand_documents(page):
    """Refutes: a list that draws all of its rows, or a search that takes long enough to be felt."""
    assert page.locator(".item").count() < 40
    start = time.perf_counter()
    page.evaluate("document.getElementById('filter-domain').value = '2'")
    page.evaluate("document.getElementById('filter-domain').dispatchEvent(new Event('change'))")
    assert time.perf_counter() - start < 1
    page.evaluate("document.getElementById('list').scrollTop = 1e9")
    page.wait_for_timeout(100)
    places = [int(item.get_attribute("data-place")) for item in page.locator(".item").all()]
    assert max(places) == count(page) - 1


def test_keys_walk_through_the_documents(page):
    """Refutes: a list that needs a mouse."""
    before = page.inner_text("#document header")
    page.locator("#list").press("ArrowDown")
    assert page.inner_text("#document header") != before


def test_both_schemes_can_be_read(page):
    """Refutes: dark text on a dark ground, and a page that ignores the scheme."""
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    ink, ground = (
        sum(map(int, page.evaluate(f"getComputedStyle(document.documentElement).{name}").strip("rgb()").split(",")[:3]))
        for name in ("color", "backgroundColor")
    )
    assert abs(ink - ground) > 450
    assert (ground < 200) is dark
