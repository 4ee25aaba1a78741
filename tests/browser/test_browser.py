"""The pages as a person meets them: Chromium on the real server, three widths, light and dark."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

REQUIRED = "browser" in os.environ.get("QUIVER_REQUIRE", "").split(",")
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
if not REQUIRED:
    pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed", allow_module_level=True)

from playwright.sync_api import expect, sync_playwright  # noqa: E402 - only where installed

from server.tokens import Tokens  # noqa: E402

expect.set_options(timeout=30_000)  # a busy machine may take as long; others import this module
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = (1600, 1024, 390)
ADA = "doc/author/ada-quill-aaaaaaaaaa33"
# One of every class of page.
PAGES = [
    "",
    "about",
    "search?q=quill",
    "search?q=nothing+at+all",
    ADA,
    f"{ADA}?style=numbered",
    "doc/author/ada-quill-aaaaaaaaaa22",
    "doc/author/wei-bow-wwwwwwwwww33",
    "doc/author/ffffffffff33",
    "doc/cluster/ada-quill-kkkkkkkkka22",
    "doc/publication/straight-flight-pppppppppa33",
    "doc/publication/curved-flight-pppppppppc33",
    "doc/publication/b-bold-b-bows-scripts-pppppppppb22",
    "doc/venue/fletchers-vvvvvvvvva22?who=name",
    "venues",
    "doc/source/leaf-aaaaaaaaaa2l",
    "sources?sort=-held",
    "doc/work/curved-flight-wwwwwwwwwa22",
    "doc/record/rrrrrrrrra22",
    f"pointing?to={ADA[4:]}&by=https://w3id.org/quiver/ontology%23authoredBy",
    "explain",
    f"explore?iri={ADA[4:]}",
    "path?a=Ada+Quill&b=Dee+Shaft",
    "explain?a=author/ada-quill-0002-aaaaaaaaaa55&b=author/ada-quill-aaaaaaaaaa33",
    "queries",
    "queries/co-authors",
    "queries/co-authors?person=Ada+Quill",
    "queries/papers-by-year",
    "ontology",
    "sparql",
    "sparql?query=SELECT+*+WHERE+%7B+%3Fs+%3Fp+%3Fo+%7D+LIMIT+5",
    "review",
    "review?show=suspended",
    "review?show=decided",
    "review/split?row=author/wei-bow-wwwwwwwwww33",
    f"{ADA}?source=leaf-aaaaaaaaaa2l",
    "doc/author/nobody-aaaaaaaaaaaa",
    "venues?sort=colour",
]
# WCAG 2.2 AA with the size of targets, which axe leaves out where nobody asks for it.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SHIFTS = """
window.shifted = 0;
new PerformanceObserver((seen) => {
  for (const one of seen.getEntries()) window.shifted += one.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@contextmanager
def served(data):
    """The address of `quiver serve` on a port that was free."""
    command = [Path(sys.executable).with_name("quiver"), "serve", "--data", data]
    server = subprocess.Popen(
        [*command, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    for line in server.stdout:
        if found := re.search(r"Serving .* at (http://\S+)", line):
            break
    else:
        pytest.fail("quiver serve ended before it served")
    yield found[1]
    server.send_signal(signal.SIGTERM)
    server.communicate(timeout=20)


@pytest.fixture(scope="module")
def site(small_data):
    """The address of the small graph."""
    with served(small_data) as address:
        yield address


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium, site):
    """A tab that fails the test for any complaint in the console or request to elsewhere."""
    made = chromium.new_context(viewport={"width": 1024, "height": 900})
    page, faults = watched(made, site)
    yield page
    made.close()
    assert faults == []


def watched(context, site):
    """A new tab, and the list of its complaints and requests to elsewhere."""
    page = context.new_page()
    faults = []
    page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(site) else faults.append(asked.url),
    )
    return page, faults


@pytest.fixture(scope="module")
def reader(chromium, site):
    """A tab that is used for one page after another, and what was wrong so far."""
    made = chromium.new_context(reduced_motion="reduce")
    made.add_init_script(SHIFTS)
    yield watched(made, site)
    made.close()


@pytest.mark.parametrize("path", PAGES)
def test_page_fits_every_screen_and_axe_finds_nothing(reader, site, path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page, faults = reader
    faults.clear()
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 900})
    answer = page.goto(site + path)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.shifted") == 0
    if answer.status >= 400:  # which Chromium tells in the console
        faults[:] = [one for one in faults if "Failed to load resource" not in one]
    assert faults == []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        excess = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert excess <= 0, f"{path} is {excess} px too wide at {width}"
    assert violations(axe, page, RULES) == []  # at 390 px, the last of the widths
    page.emulate_media(color_scheme="dark")
    assert violations(axe, page, ["wcag2aa"]) == []


def violations(axe, page, rules):
    """What axe finds by these rules."""
    found = axe.Axe().run(page, options={"runOnly": rules}).response["violations"]
    return [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found]


def test_tables_sort_by_their_headers_without_scripts(chromium, site):
    made = chromium.new_context(java_script_enabled=False)
    page = made.new_page()
    page.goto(f"{site}venues")
    page.get_by_role("link", name="Venue", exact=True).click()
    assert page.url.endswith("?sort=name")
    assert page.locator("tbody tr td:first-child").all_inner_texts() == [
        "Bowyers Workshop",
        "Fletchers",
        "Journal of Arrows",
    ]
    expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("link", name="Venue", exact=True).click()
    expect(page.locator("tbody tr td").first).to_have_text("Journal of Arrows")
    expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "descending")
    made.close()


def test_citation_is_copied_or_marked_and_stands_there_without_scripts(chromium, site):
    made = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    page, faults = watched(made, site)
    page.goto(f"{site}doc/publication/straight-flight-pppppppppa33")
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_text("Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("@inproceedings{straight-flight-pppppppppa33,")
    page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject())")
    page.get_by_text("RIS", exact=True).click()
    page.get_by_role("button", name="Copy").click()  # the first one was closed by this one
    assert page.evaluate("getSelection().toString()").startswith("TY  - CPAPER")
    made.close()
    assert faults == []
    made = chromium.new_context(java_script_enabled=False)
    page = made.new_page()
    page.goto(f"{site}doc/publication/straight-flight-pppppppppa33")
    expect(page.get_by_text("@inproceedings{straight-flight")).to_be_visible()
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    made.close()


def test_formulas_are_drawn_by_the_browser_itself(tab, site):
    tab.goto(f"{site}doc/publication/curved-flight-pppppppppc33")
    base, exponent = (tab.locator(f"math msup > {part}").bounding_box() for part in ("mi", "mrow"))
    assert exponent["y"] < base["y"]
    assert exponent["height"] < base["height"] or exponent["x"] > base["x"]


def test_names_from_right_to_left_leave_their_surroundings_alone(tab, site):
    tab.goto(f"{site}doc/publication/straight-flight-pppppppppa33")
    names = tab.locator("ol.authors li > a > bdi")
    assert names.all_inner_texts() == ["Ada Quill", "Bo Fletch", "\u05e8\u05d5\u05ea \u05d7\u05e5"]
    left = [names.nth(place).bounding_box()["x"] for place in range(3)]
    assert left == sorted(left)
    assert names.nth(2).evaluate("one => getComputedStyle(one).unicodeBidi") == "isolate"


def test_from_a_typo_to_the_reason_why(tab, site):
    tab.goto(site)
    tab.get_by_label("Search authors, publications, venues").fill("Ada Quil1")
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("these come nearest")).to_be_visible()
    tab.goto(f"{site}name/ada%20quill")
    expect(tab.get_by_text("not a full identity disambiguation profile")).to_be_visible()
    tab.get_by_role("heading", name="Ada Quill", exact=True).get_by_role("link").first.click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Ada Quill")
    tab.get_by_role("region", name="Look-alikes kept apart").get_by_role("link", name="why").click()
    expect(tab.get_by_text("A rule forbids this link")).to_be_visible()


def test_suggestions_by_keyboard(tab, site):
    tab.goto(f"{site}about")
    tab.keyboard.press("/")
    tab.keyboard.type("bo fle")
    option = tab.get_by_role("option", name=re.compile("Bo Fletch")).first
    expect(option).to_be_visible()
    tab.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Bo Fletch")


def test_filters_work_as_soon_as_they_are_chosen(tab, site):
    tab.goto(site + ADA)
    tab.get_by_role("combobox", name="Year").select_option("2016")
    expect(tab.get_by_text("1 of 3")).to_be_visible()
    assert tab.url.endswith("?year=2016")


def test_markup_in_names_stays_text(tab, site):
    tab.goto(f"{site}doc/publication/b-bold-b-bows-scripts-pppppppppb22")
    expect(tab.get_by_role("heading", level=1)).to_have_text(
        "<b>Bold</b> Bows & <script>alert(1)</script>"
    )


@pytest.fixture(scope="module")
def demo_site(demo, tmp_path_factory):
    """The address of a served copy of the demo, and a token to decide with."""
    data = tmp_path_factory.mktemp("deciding") / "data"
    shutil.copytree(demo.data, data, symlinks=True)
    token = Tokens(data).new("ada", ["curate"])
    with served(data) as address:
        yield address, token


def same_person(address, a, b):
    """Whether SPARQL says that two rows are one."""
    asked = (
        "PREFIX q: <https://w3id.org/quiver/ontology#> "
        f"ASK {{ <{a}> q:canonical ?one . <{b}> q:canonical ?one }}"
    )
    url = f"{address}sparql?{urlencode({'query': asked, 'format': 'json'})}"
    with urlopen(url) as answer:
        return json.load(answer)["boolean"]


def test_deciding_by_keyboard_is_seen_in_page_and_sparql_and_undone(chromium, demo_site):
    address, token = demo_site
    made = chromium.new_context(viewport={"width": 1024, "height": 900})
    page, faults = watched(made, address)
    page.goto(f"{address}review#token={token}")
    assert "token" not in page.url  # nobody copies it with the address
    first = page.locator(".queue li").first
    a, b = first.get_attribute("data-a"), first.get_attribute("data-b")
    name = first.locator("bdi").first.inner_text()
    expect(page.locator("#desk-pair")).to_contain_text("What they share")
    page.keyboard.press("s")
    expect(page.locator("#said")).to_contain_text("Decided: same")
    expect(page.locator("#desk-done")).to_have_text("1")
    assert same_person(address, a, b)
    other = made.new_page()
    other.goto(f"{address}explain?{urlencode({'a': a, 'b': b})}")
    expect(other.get_by_role("heading", name="Decided: same")).to_be_visible()
    assert page.locator("#desk-pair .desk-names bdi").first.inner_text() != name
    page.keyboard.press("u")
    expect(page.locator("#said")).to_have_text("Taken back.")
    assert not same_person(address, a, b)
    page.get_by_role("button", name="Forget the token").click()
    expect(page.locator("#desk")).to_be_hidden()
    made.close()
    assert faults == []


def test_a_reader_says_what_is_wrong_and_a_curator_sees_it(chromium, demo_site):
    address, token = demo_site
    made = chromium.new_context()
    page, faults = watched(made, address)
    page.goto(f"{address}author/Sergey%20Levine")
    page.get_by_text("Something wrong?").click()
    page.get_by_label("Tell a curator what is wrong").fill("<b>One</b> paper is not his")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    page.goto(f"{address}review#token={token}")
    expect(page.locator("#told-list li")).to_contain_text("<b>One</b> paper is not his")
    page.get_by_role("button", name="dismiss").click()
    expect(page.locator("#told-list li")).to_have_count(0)
    made.close()
    assert faults == []


def test_the_graph_of_co_authors_is_drawn_when_asked_for(chromium, demo_site):
    address, _ = demo_site
    made = chromium.new_context()
    page, faults = watched(made, address)
    page.goto(f"{address}author/Sergey%20Levine")
    page.get_by_role("button", name="Show as a graph").click()
    expect(page.locator("[data-network]")).to_have_attribute("data-drawn", "41")
    assert page.locator(".network canvas").count() > 0
    made.close()
    assert faults == []


def test_without_scripts_search_and_filters_still_work(chromium, site):
    made = chromium.new_context(java_script_enabled=False)
    page = made.new_page()
    page.goto(site + ADA)
    page.get_by_role("combobox", name="Year").select_option("2018")
    page.get_by_role("button", name="Show").click()
    assert "year=2018" in page.url
    page.get_by_label("Search authors, publications, venues").fill("nock")
    page.get_by_role("button", name="Search").click()
    assert page.get_by_role("link", name="Cy Nock").count() == 1
    made.close()
