"""Answers of the catalogue's queries, as pages that go on and as files with their own names."""

import pyoxigraph as ox
import pytest
from lxml import html

from ontology import terms
from queries.catalogue import Catalogue
from server import create_app
from server.config import Config
from server.pages import pictures, tables

ADA = "http://localhost:8000/id/author/ada-quill-aaaaaaaaaa33"


@pytest.fixture(scope="module")
def client(small_data):
    app = create_app(Config(data=small_data, workers=1))
    yield app.test_client()
    app.extensions["quiver"].close()


@pytest.mark.parametrize("suffix", ["csv", "tsv", "json", "xml"])
def test_a_file_is_called_as_the_query_and_its_format(client, suffix):
    reply = client.get(f"/queries/co-authors.{suffix}?person={ADA}")
    assert f'filename="co-authors.{suffix}"' in reply.headers["Content-Disposition"].replace(
        ".srj", ".json"
    ).replace(".srx", ".xml")


def test_a_long_answer_goes_on_on_further_pages(client, monkeypatch):
    monkeypatch.setattr(tables, "ROWS", 3)
    rows = []
    for place in (1, 2):
        page = client.get(
            f"/queries/co-authors?person={ADA}&page={place}", headers={"Accept": "text/html"}
        )
        rows += html.fromstring(page.text).xpath("//table[@class='answers']/tbody/tr")
    names = [row.xpath("string(td[1])").strip() for row in rows]
    assert len(names) == len(set(names)) == 4
    assert client.get(f"/queries/co-authors?person={ADA}&page=3").status_code == 404


def test_a_parameter_that_is_none_is_an_error_of_the_page_too(client):
    page = client.get("/queries/co-authors?person=<>", headers={"Accept": "text/html"})
    assert page.status_code == 400


def test_a_chart_has_as_many_columns_as_it_can(monkeypatch):
    def number(value):
        return ox.Literal(str(value), datatype=ox.NamedNode(terms.XSD_INTEGER))

    query = Catalogue.bundled().get("papers-by-year")
    rows = [
        {query.chart.x: number(2000 + n), query.chart.y: number(1 + n % 3)}
        for n in range(pictures.COLUMNS_DRAWN + 5)
    ]
    drawn = pictures.of_query(query, rows)
    assert drawn.count('<rect class="bar"') == pictures.COLUMNS_DRAWN
    assert pictures.of_query(query, rows[:7]).count('<rect class="bar"') == 7
