"""Parameters that are filled in from names, as a person meets them in Chromium."""

import re

import pytest

from tests.browser.test_browser import (  # noqa: F401 - fixtures
    chromium,
    expect,
    served,
    site,
    tab,
)

FORMS = {
    "queries/papers-of-person": ("The person", "Ask", r"\d+ rows?"),
    "path?b=author/bo-fletch-bbbbbbbbbb33": ("From", "Show", r"\d+ ways? over"),
}


@pytest.mark.parametrize("form", FORMS)
def test_letters_of_a_name_become_choices_and_a_choice_is_answered(tab, site, form):  # noqa: F811
    label, button, answer = FORMS[form]
    tab.goto(f"{site}{form}")
    box = tab.get_by_label(re.compile(label)).first
    box.press_sequentially("quil")
    option = tab.locator(f"datalist#{box.get_attribute('list')} option").first
    expect(option).to_be_attached()
    expect(option).to_have_attribute("label", re.compile(r"Quill.*\d papers\)"))
    choice = option.get_attribute("value")
    assert choice.startswith("author/")
    box.fill(choice)
    tab.get_by_role("button", name=button, exact=True).click()
    expect(tab.get_by_role("heading", name=re.compile(answer))).to_be_visible()
    expect(tab.get_by_label(re.compile(label)).first).to_have_value(choice)


def test_a_list_is_taken_along_from_its_page(tab, site):  # noqa: F811
    tab.goto(f"{site}search?q=flight")
    tab.get_by_text(re.compile("Cite or export")).click()
    with tab.expect_download() as download:
        tab.get_by_role("link", name="BibTeX").click()
    assert download.value.suggested_filename == "search.bib"
    tab.get_by_role("link", name="Numbered").click()
    expect(tab.locator(".references p").first).to_contain_text("[1]")
    tab.get_by_role("link", name="Back to the list").click()
    expect(tab.locator(".hits li").first).to_be_visible()
