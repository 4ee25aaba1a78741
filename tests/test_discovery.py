"""robots.txt, the site map and the search description, held against what is served."""

import json
import xml.etree.ElementTree as ElementTree

import pytest

from ingest.pipeline import load
from server import create_app, discovery
from server.config import Config
from tests.test_pipeline import paper

MAP = {"s": discovery.SITEMAPS}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("discovery")
    papers = [paper("pine", "Pine <b>&</b> Fir", "Ada Quillfeather", "Zoë Ångström")]
    (folder / "one.json").write_text("\n".join(map(json.dumps, papers)))
    load(folder / "data", [folder / "one.json"], base="https://example.org/a&b/")
    return folder / "data"


@pytest.fixture(scope="module")
def client(data):
    return create_app(Config(data=data)).test_client()


def locations(client, address):
    reply = client.get(address)
    assert reply.status_code == 200
    assert reply.mimetype == "application/xml"
    return [place.text for place in ElementTree.fromstring(reply.text).findall(".//s:loc", MAP)]


def test_the_map_lists_every_page_once_and_each_is_there(client, monkeypatch):
    monkeypatch.setattr(discovery, "PART", 3)
    base = "https://example.org/a&b/"
    parts = locations(client, "/sitemap.xml")
    assert len(parts) > 1
    pages = [page for part in parts for page in locations(client, part.removeprefix(base[:-1]))]
    assert len(pages) == len(set(pages)) >= 4
    for page in pages:
        reply = client.get(page.removeprefix(base[:-1]), headers={"Accept": "text/html"})
        assert reply.status_code == 200, page
    assert client.get(f"/sitemap-{len(parts) + 1}.xml").status_code == 404
    assert client.get("/sitemap-0.xml").status_code == 404


def test_robots_names_the_map_and_keeps_out_of_queries(client):
    lines = client.get("/robots.txt").text.splitlines()
    assert "Sitemap: https://example.org/a&b/sitemap.xml" in lines
    assert "Disallow: /sparql" in lines
    assert not any(line == "Disallow: /" for line in lines)


def test_a_private_server_asks_crawlers_to_stay_away(data):
    client = create_app(Config(data=data, private=True)).test_client()
    reply = client.get("/robots.txt")
    assert (reply.status_code, reply.text) == (200, "User-agent: *\nDisallow: /\n")
    assert client.get("/sitemap.xml").status_code == 401


def test_a_browser_finds_the_search_box(client):
    page = client.get("/", headers={"Accept": "text/html"}).text
    assert 'rel="search" href="./opensearch.xml"' in page or 'href="opensearch.xml"' in page
    reply = client.get("/opensearch.xml")
    assert reply.mimetype == "application/opensearchdescription+xml"
    name = "{http://a9.com/-/spec/opensearch/1.1/}Url"
    urls = {url.get("type"): url for url in ElementTree.fromstring(reply.text).iter(name)}
    template = urls["text/html"].get("template")
    assert template == "https://example.org/a&b/search?q={searchTerms}"
    place = template.removeprefix("https://example.org/a&b").format(searchTerms="quillfeather")
    assert "Ada Quillfeather" in client.get(place, headers={"Accept": "text/html"}).text
