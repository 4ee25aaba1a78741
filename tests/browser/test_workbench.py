"""The SPARQL workbench as a person meets it: complete, ask, look at it as chart and graph, cite."""

import re

import pytest

from tests.browser.test_browser import (  # noqa: F401 - fixtures
    chromium,
    expect,
    site,
    tab,
)
from tests.conftest import missing

QUERY = "SELECT ?publication ?name { ?publication a q:Pub"


@pytest.fixture
def workbench(tab, site):  # noqa: F811
    tab.goto(f"{site}sparql")
    if tab.locator("script[src*='vendor/yasqe']").count() == 0:
        missing("browser", "the editor was not built")
    tab.locator(".CodeMirror").click()
    tab.keyboard.press("Control+a")
    return tab


def test_a_query_is_completed_asked_charted_and_cited(workbench):
    workbench.keyboard.type(QUERY)
    expect(workbench.locator(".CodeMirror")).to_contain_text("PREFIX q:")
    workbench.keyboard.press("Control+Space")
    hint = workbench.locator(".CodeMirror-hint", has_text="q:Publication").first
    expect(hint).to_be_visible()
    workbench.keyboard.press("Enter")
    workbench.keyboard.type(" ; rdfs:label ?name }")
    workbench.keyboard.press("Control+Enter")
    expect(workbench.get_by_role("heading", name=re.compile(r"\d+ rows"))).to_be_visible()
    workbench.get_by_role("link", name="to cite").click()
    expect(workbench.get_by_text("as cited")).to_be_visible()


def test_a_name_is_written_into_the_query_as_an_address(workbench):
    workbench.keyboard.type("DESCRIBE ")
    box = workbench.get_by_label("Insert")
    box.press_sequentially("quill")
    option = workbench.locator("#found-names option").first
    expect(option).to_be_attached()
    box.fill(option.get_attribute("value"))
    expect(workbench.locator(".CodeMirror")).to_contain_text("/id/author/")
    workbench.get_by_role("button", name="Ask").click()
    workbench.get_by_role("link", name="Graph", exact=True).click()
    expect(workbench.locator("[data-network]")).to_have_attribute("data-drawn", re.compile(r"\d"))


def test_the_editor_can_be_left_by_the_tab_key(workbench):
    workbench.keyboard.press("Tab")
    focused = workbench.evaluate("document.activeElement.tagName")
    assert focused == "SELECT"
