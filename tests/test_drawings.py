"""The charts of the pages: each with its table and the query that gives its figures."""

import json
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import html

from server import create_app
from server.config import Config

ADA = "author/ada-quill-aaaaaaaaaa33"
PAIR = f"/explain?a={ADA}&b=author/ada-quill-0002-aaaaaaaaaa55"
# Where each chart stands, and the column of its query that it draws; None: it counts the rows.
DRAWN = [
    ("/", "Papers per year", "papers"),
    ("/", "Authors per paper", "average"),
    ("/", "People by number of papers", "people"),
    (f"/doc/{ADA}", "Papers per year", "papers"),
    (f"/doc/{ADA}", "New co-authors per year", "new"),
    ("/doc/venue/fletchers-vvvvvvvvva22", "Papers per year", "papers"),
    ("/doc/venue/fletchers-vvvvvvvvva22", "New authors per year", "new"),
    ("/doc/source/leaf-aaaaaaaaaa2l", "Papers that only others describe, per year", "missing"),
    (PAIR, "Co-authors of one and of both", None),
]


@pytest.fixture(scope="module")
def client(small_data):
    app = create_app(Config(data=small_data, workers=1))
    yield app.test_client()
    app.extensions["quiver"].close()


def figure(client, path, title):
    """The figure of this title, and the rows of its table."""
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    for one in html.fromstring(answer.text).xpath("//figure[@class='drawing']"):
        if one.findtext("figcaption") is None:
            continue
        if one.find("figcaption").text.strip() == title:
            rows = [[cell.text_content() for cell in row] for row in one.xpath(".//tbody/tr")]
            return one, rows
    raise AssertionError(f"{path} has no chart {title}")


def asked(client, path, one):
    """The rows of the query that the figure links to."""
    link = urlsplit(urljoin(f"http://x{path}", one.xpath(".//a[@class='ask']/@href")[0]))
    answer = client.get(f"{link.path}.json?{link.query}")
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text)["results"]["bindings"]


@pytest.mark.parametrize(("path", "title", "column"), DRAWN)
def test_a_chart_has_its_table_and_the_query_of_its_figures(client, path, title, column):
    one, rows = figure(client, path, title)
    (drawing,) = one.xpath(".//*[local-name()='svg']")
    assert drawing.get("aria-label") == title and "style" not in drawing.attrib
    told = asked(client, path, one)
    if column is None:
        assert sum(int(count) for _, count in rows) == len(told)
        assert len(drawing.xpath(".//*[local-name()='rect']")) == len(rows)
    else:
        drawn = [value for _, value in rows if value != "0"]
        assert drawn
        assert drawn == [row[column]["value"] for row in told if row[column]["value"] != "0"]


def test_the_overlap_of_two_is_counted_by_person(client):
    _, rows = figure(client, PAIR, "Co-authors of one and of both")
    assert sorted(count for _, count in rows) == ["0", "1", "4"]
    assert [name for name, count in rows if count == "0"] == ["with both"]
