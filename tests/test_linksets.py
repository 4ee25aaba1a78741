"""What is told of links to other graphs: maybes too, the latest first, and markup as text."""

import json
from dataclasses import asdict
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
from lxml import html

from ingest.linking.outside import CAME, EVENTS, WENT, Event
from queries.generations import Generations
from server import create_app, linksets
from server.config import Config
from tests.conftest import SMALL

ATOM = {"a": "http://www.w3.org/2005/Atom"}
MORE = """
GRAPH g:outside {
  who:ada-quill-aaaaaaaaaa33 owl:sameAs <https://linked.example/ada> .
  match:mmmmmmmmml22 a q:Match ; q:verdict "same" ; q:score 0.9 ; q:rule "people" ;
    q:compares who:ada-quill-aaaaaaaaaa33, <https://linked.example/ada> .
  match:mmmmmmmmmm22 a q:Match ; q:verdict "grey" ; q:score 0.6 ; q:rule "people" ;
    q:compares who:cy-nock-cccccccccc33, <https://maybe.example/cy> .
}
"""
STRANGE = "https://linked.example/?a=<1>&b=2"
TOLD = [
    Event("2026-01-01T00:00:00Z", CAME, "author/ada-quill-aaaaaaaaaa33", STRANGE, "a & b"),
    Event("2026-01-02T00:00:00Z", WENT, "author/ada-quill-aaaaaaaaaa33", STRANGE, "<gone>"),
    Event("2026-01-03T00:00:00Z", CAME, "author/cy-nock-cccccccccc33", STRANGE, "again"),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    data = tmp_path_factory.mktemp("linksets") / "data"
    with Generations(data).write() as draft:
        draft.meta["base"] = "http://localhost:8000/"
        trig = (SMALL.read_text() + MORE).encode()
        draft.replace_store().engine.bulk_load(trig, ox.RdfFormat.TRIG)
        lines = (json.dumps(asdict(one)) + "\n" for one in TOLD)
        (draft.path / EVENTS).write_text("".join(lines))
        draft.publish()
    app = create_app(Config(data=data, workers=1))
    yield app.test_client()
    app.extensions["quiver"].close()


def test_graphs_with_maybes_alone_are_counted_too(client):
    assert client.get("/links").json["targets"] == {
        "linked.example": {"links": 1, "maybes": 0},
        "maybe.example": {"links": 0, "maybes": 1},
    }
    page = html.fromstring(client.get("/links", headers={"Accept": "text/html"}).text)
    rows = [[cell.text_content() for cell in row] for row in page.xpath("//tbody/tr")]
    assert rows == [["linked.example", "0", "1", "1", "0"], ["maybe.example", "0", "0", "0", "1"]]


def test_the_feed_has_the_latest_first_and_markup_as_text(client, monkeypatch):
    def entries():
        feed = ElementTree.fromstring(client.get("/links/feed").text)
        assert feed.findtext("a:updated", None, ATOM) == TOLD[-1].at
        return [
            tuple(entry.findtext(f"a:{name}", None, ATOM) for name in ("updated", "summary"))
            for entry in feed.findall("a:entry", ATOM)
        ]

    whole = [(one.at, one.why) for one in reversed(TOLD)]
    assert entries() == whole
    monkeypatch.setattr(linksets, "SHOWN", 2)
    assert entries() == whole[:2]
