"""Exploring: the neighbours of an entity as page and data, the ways between two people."""

import pytest
from lxml import html

from server import create_app
from server.config import Config

ADA, DEE = "author/ada-quill-aaaaaaaaaa33", "author/dee-shaft-dddddddddd33"
ID = "http://localhost:8000/id/"
CURVED = "publication/curved-flight-pppppppppc33"


@pytest.fixture(scope="module")
def client(small_data):
    app = create_app(Config(data=small_data, workers=1))
    yield app.test_client()
    app.extensions["quiver"].close()


def read(client, path, status=200):
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == status, answer.text
    return html.fromstring(answer.text)


def test_neighbours_are_a_list_without_a_script_each_with_a_way_on(client):
    page = read(client, f"/explore?iri={ADA}")
    rows = [[cell.text_content() for cell in row] for row in page.xpath("//tbody/tr")]
    assert ["Curved Flight", "q:authoredBy", "Ada Quill"] in rows
    links = page.xpath("//table//a/@href")
    assert len(links) == len(rows)
    for link in set(links):
        read(client, f"/{link.removeprefix('./')}")


def test_the_script_gets_the_same(client):
    told = client.get(f"/explore.json?iri={ID}{ADA}").json
    assert told["label"] == "Ada Quill"
    found = {(row["id"], row["property"], row["out"]) for row in told["near"]}
    assert (f"{ID}{CURVED}", "q:authoredBy", False) in found
    assert all(row["href"].startswith("./doc/") for row in told["near"])


def test_the_way_between_two_is_told_with_the_papers_on_it(client):
    page = read(client, "/path?a=Ada+B.+Quill&b=Dee+Shaft")
    (way,) = page.xpath("//ol[contains(@class, 'plain')]/li")
    said = " ".join(way.text_content().split())
    assert said.endswith("Curved Flight → Cy Nock \u2013 Curved Flight → Dee Shaft")
    assert [link.rpartition("/")[2] for link in way.xpath(".//a/@href")][1:] == [
        "curved-flight-pppppppppc33",
        "cy-nock-cccccccccc33",
        "curved-flight-pppppppppd33",
        "dee-shaft-dddddddddd33",
    ]


def test_those_that_no_chain_joins_are_said_to_be_apart(client):
    page = read(client, f"/path?a={ADA}&b=author/ada-quill-0002-aaaaaaaaaa55")
    assert "No chain of papers joins them, however long" in page.text_content()
    page = read(client, f"/path?a={ADA}&b={ADA}")
    assert "one and the same person" in page.text_content()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/explore?iri=http://elsewhere.example/x", 404),
        ("/explore?iri=author/nobody-aaaaaaaaaaaa", 404),
        ("/explore.json", 400),
        ("/path?a=Nobody+At+All+Zzz&b=Bo+Fletch", 404),
        ("/path", 200),
        ("/explore", 200),
    ],
)
def test_what_is_not_here_is_said(client, path, status):
    assert client.get(path, headers={"Accept": "text/html"}).status_code == status
