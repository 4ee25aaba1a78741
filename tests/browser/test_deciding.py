"""A curator at the keyboard: from a typo to a decision that everybody sees, and back again."""

import json
import re
import shutil
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from tests.browser.test_browser import CHROMIUM, OPTIONS, same_person, served, watched

expect = pytest.importorskip("playwright.sync_api").expect

from server.tokens import Tokens  # noqa: E402 - only where a browser is

REFUSED = re.compile("the server responded with a status of (401|403|409)")


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def site(demo, tmp_path_factory):
    """The address of a served copy of the demo, and a token to decide with."""
    data = tmp_path_factory.mktemp("curating") / "data"
    shutil.copytree(demo.data, data, symlinks=True)
    token = Tokens(data).new("ada", ["curate"])
    with served(data) as address:
        yield address, token


@pytest.fixture
def desk(browser, site):
    """A tab that can decide; no complaint in its console, no request to elsewhere."""
    address, token = site
    made = browser.new_context(viewport={"width": 1024, "height": 900})
    page, faults = watched(made, address)
    page.goto(f"{address}review#token={token}")
    yield page
    made.close()
    assert [one for one in faults if not REFUSED.search(one)] == []


def decide(site, **told):
    """Decide as another curator's browser would."""
    address, token = site
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    asked = Request(f"{address}decisions", json.dumps(told).encode(), headers)
    with urlopen(asked) as answer:
        return json.load(answer)["decisions"][0]


def parts(address, row):
    asked = f"SELECT ?p {{ ?p <https://w3id.org/quiver/ontology#partOf> <{row}> }}"
    with urlopen(f"{address}sparql?{urlencode({'query': asked, 'format': 'json'})}") as answer:
        return [one["p"]["value"] for one in json.load(answer)["results"]["bindings"]]


def test_from_a_typo_over_the_reason_to_a_decision_that_is_seen_and_undone(desk, site):
    address, _ = site
    desk.goto(address)
    desk.get_by_label("Search authors, publications, venues").fill("Sergy Levin")
    desk.keyboard.press("Enter")
    desk.locator("main").get_by_role("link", name="Sergey Levine", exact=True).first.click()
    rows = desk.get_by_role("region", name="Why this is one person")
    expect(rows.get_by_text("arrow, 328 signed")).to_be_visible()
    names = desk.get_by_role("region", name="Names used")
    names.get_by_role("link", name="Sergey Levine").first.click()
    expect(desk.get_by_text("not a full identity disambiguation profile")).to_be_visible()
    desk.get_by_role("link", name="why joined").first.click()
    expect(desk.get_by_text("one and the same")).to_be_visible()
    desk.get_by_role("link", name="decide about these two").click()
    pair = desk.locator(".queue li")
    a, b = pair.get_attribute("data-a"), pair.get_attribute("data-b")
    expect(desk.locator("#desk-pair")).to_contain_text("What they share")
    desk.keyboard.press("d")
    expect(desk.locator("#said")).to_contain_text("Decided: different")
    assert not same_person(address, a, b)
    other = desk.context.new_page()
    other.goto(f"{address}name/Sergey%20Levine")
    expect(other.get_by_text("2 people were found behind the name")).to_be_visible()
    other.close()
    desk.reload()  # what was done in this tab is still known to it
    expect(desk.locator("#desk-done")).to_have_text("1")
    desk.keyboard.press("u")
    expect(desk.locator("#said")).to_have_text("Taken back.")
    assert same_person(address, a, b)


def test_signatures_are_marked_split_and_given_back_by_keyboard(desk, site):
    address, _ = site
    desk.goto(f"{address}author/Sergey%20Levine")
    desk.get_by_role("link", name="Who signed what").click()
    desk.get_by_label("Title, co-author, venue or year has").fill("finn 2017")
    desk.keyboard.press("Enter")
    expect(desk.locator("#marked")).to_have_text("0 marked")
    for key in "jxjx":
        desk.keyboard.press(key)
    expect(desk.locator("#marked")).to_have_text("2 marked")
    desk.keyboard.press("c")  # every one here is with Finn
    all_of_them = desk.locator("#signed-list input").count()
    expect(desk.locator("#marked")).to_have_text(f"{all_of_them} marked")
    desk.keyboard.press("a")
    expect(desk.locator("#marked")).to_have_text("0 marked")
    desk.keyboard.press("x")
    desk.keyboard.press("p")
    expect(desk.locator("#said")).to_contain_text("1 signature made a person of their own")
    row = desk.locator("#signed-list").get_attribute("data-row")
    (part,) = parts(address, row)
    expect(desk.locator(f'#desk-to option[value="{part}"]')).to_have_count(1)
    desk.keyboard.press("j")
    desk.keyboard.press("x")
    desk.locator("#desk-to").select_option(part)
    desk.locator("#marked").click()
    desk.keyboard.press("m")
    expect(desk.locator("#said")).to_contain_text("given; published")
    desk.keyboard.press("u")
    expect(desk.locator("#said")).to_have_text("Taken back.")
    desk.keyboard.press("u")
    expect(desk.get_by_role("button", name="undo the last")).to_be_disabled(timeout=30_000)
    assert parts(address, row) == []


def test_a_wrong_token_is_told_and_another_can_be_given(desk, site):
    desk.get_by_role("button", name="Forget the token").click()
    desk.get_by_label("To decide, give a token").fill("quiver_nobody")
    desk.get_by_role("button", name="Use it in this tab").click()
    expect(desk.locator("#said")).to_contain_text("the token is unknown or was revoked")
    expect(desk.locator("#desk")).to_be_hidden()
    desk.get_by_label("To decide, give a token").fill(site[1])
    desk.get_by_role("button", name="Use it in this tab").click()
    expect(desk.locator("#desk")).to_be_visible()
    expect(desk.locator("#said")).to_have_text("")


def test_what_another_decided_meanwhile_is_told_and_leaves_the_queue(desk, site):
    address, _ = site
    first = desk.locator(".queue li").first
    a, b = first.get_attribute("data-a"), first.get_attribute("data-b")
    theirs = decide(site, a=a, b=b, verdict="different", reason="two home pages")
    expect(desk.locator("#desk-pair")).to_contain_text("What they share")
    desk.keyboard.press("s")
    expect(desk.locator("#said")).to_contain_text("two home pages")
    assert not same_person(address, a, b)
    expect(first).to_have_class("undone")
    decide(site, undo=theirs, reason="done")


def test_not_sure_puts_a_pair_behind_the_others_after_a_reload_too(desk):
    name = desk.locator(".queue li").first.get_attribute("data-a")
    expect(desk.locator("#desk-pair")).to_contain_text("What they share")
    desk.keyboard.press("n")
    expect(desk.locator("#said")).to_have_text("Put back: not sure.")
    desk.reload()
    current = desk.locator(".queue li[aria-current]")
    expect(current).to_have_count(1)
    assert current.get_attribute("data-a") != name


def test_keys_in_a_rhythm_decide_what_is_shown_each_time(desk):
    items = desk.locator(".queue li")
    expect(desk.locator("#desk-pair")).to_contain_text("What they share")
    for _ in range(3):  # no answer is waited for
        desk.keyboard.press("d")
    expect(desk.locator("#desk-done")).to_have_text("3")
    for place in range(3):
        expect(items.nth(place)).to_have_class("undone")
    expect(items.nth(3)).to_have_attribute("aria-current", "true")
    for _ in range(3):
        desk.keyboard.press("u")
    expect(desk.locator("#desk-done")).to_have_text("0")
    expect(items.first).to_have_attribute("aria-current", "true")
    assert desk.locator(".queue li.undone").count() == 0
