"""The graph about an entity, grown by a click in Chromium on the real server."""

from tests.browser.test_browser import ADA, chromium, served, site, tab  # noqa: F401 (fixtures)


def test_a_graph_grows_by_a_click_with_its_triples_beside_it(tab, site):  # noqa: F811
    tab.goto(f"{site}explore?iri={ADA[4:]}")
    tab.get_by_role("button", name="Draw it").click()
    place = tab.locator("[data-drawn]")
    place.wait_for()
    nodes, rows = int(place.get_attribute("data-drawn")), tab.locator("[data-triples] tr").count()
    assert nodes > 5
    box = tab.locator(".canvas")
    box.scroll_into_view_if_needed()
    at = tab.evaluate(
        "document.querySelector('.canvas')._cyreg.cy.nodes('[!open]')"
        ".map((node) => node.renderedPosition())"
    )
    for one in at:
        if tab.locator("[data-triples] tr").count() > rows:
            break
        box.click(position=one)
        tab.wait_for_timeout(300)
    assert tab.locator("[data-triples] tr").count() > rows
    assert int(place.get_attribute("data-drawn")) >= nodes
