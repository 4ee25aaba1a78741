"""A static site of the graph, served by another server: every link leads somewhere."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from urllib.parse import urldefrag, urljoin

import lxml.html
import pyoxigraph as ox
import pytest

from ingest.pipeline import load
from ingest.resolution import links
from ontology import terms
from queries.generations import Generations
from server import create_app
from server.config import Config
from server.freezing import FreezeError, freeze
from tests.test_pipeline import paper


def silent(phase, done, total):
    """Nobody watches."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two sources that share a paper, one of them with more papers than a page shows; resolved."""
    folder = tmp_path_factory.mktemp("export")
    many = [paper(f"k{n}", f"Pine Number {n} of Many", "Ada Quillfeather") for n in range(60)]
    odd = [paper("odd", "A <b>Bold</b> & “Quoted” Pine", "Zoë O'Neil", "Ada Quillfeather")]
    for name, papers in (("one", many + odd), ("two", odd)):
        (folder / f"{name}.json").write_text("\n".join(map(json.dumps, papers)))
        load(folder / "data", [folder / f"{name}.json"])
    links.resolve(folder / "data")
    return folder


@pytest.fixture(scope="module")
def app(folder):
    return create_app(Config(data=folder / "data", read_only=True))


@pytest.fixture(scope="module")
def site(folder, app):
    freeze(app, folder / "data", folder / "site", silent)
    return folder / "site"


@pytest.fixture(scope="module")
def address(site):
    """The site, served by the standard library."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
    with subprocess.Popen(
        [*command, "--directory", site],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        port = server.stdout.readline().split(" port ")[1].split()[0]
        yield f"http://127.0.0.1:{port}/"
        server.kill()


def crawled(address):
    """Every address of the site that the first page leads to, with its content."""
    todo, found = [address], {}
    while todo:
        place = todo.pop()
        with urllib.request.urlopen(place) as reply:
            found[place] = reply.read()
        if not (place.endswith((".html", "/"))):
            continue
        for _, _, link, _ in lxml.html.document_fromstring(found[place]).iterlinks():
            target = urldefrag(urljoin(place, link))[0]
            if target.startswith(address) and target not in found and target not in todo:
                todo.append(target)
    return found


def test_no_link_is_dead_and_everything_is_reached(site, address):
    found = crawled(address)  # an address that is not there raises
    named = {place.removeprefix(address) or "index.html" for place in found}
    written = {str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()}
    pages = {name for name in written if name.endswith(".html") and not name.startswith("id/")}
    assert {name for name in pages if "author" in name or "publication" in name} <= named
    assert any(".page-2." in name for name in named)


def test_pages_ask_for_nothing_that_takes_a_server(site):
    for path in site.rglob("*.html"):
        page = lxml.html.document_fromstring(path.read_bytes())
        assert not page.xpath("//script | //form"), path
        assert "In a style" not in page.text_content(), path  # a word without its links
        assert "Cite or export" not in page.text_content(), path
        assert not page.xpath("//button"), path
        for _, attribute, link, _ in page.iterlinks():
            assert attribute in ("href", "src", "content")
            assert "/sparql" not in link, path
            assert "/search" not in link, path


def test_every_entity_has_its_page_and_its_rdf(folder, site):
    with Generations(folder / "data").open() as reader:
        engine, base = reader.store.engine, reader.meta["base"]
        kinds = (terms.PUBLICATION, terms.AUTHOR, terms.NAME_CLUSTER, terms.VENUE)
        entities = {
            quad.subject
            for kind in kinds
            for quad in engine.quads_for_pattern(None, ox.NamedNode(terms.TYPE), ox.NamedNode(kind))
        }
        assert len(entities) > 60
        for entity in entities:
            name = entity.value.removeprefix(f"{base}id/")
            turtle = site / f"doc/{name}.ttl"
            subjects = {triple.subject for triple in ox.parse(path=turtle)}
            assert entity in subjects
            assert (site / f"doc/{name}.html").is_file()
            assert (site / f"doc/{name}.jsonld").is_file()


def test_the_iri_of_an_entity_leads_to_its_page(site, address):
    row, _ = site.glob("id/author/zoe-o*")
    with urllib.request.urlopen(f"{address}id/author/{row.name}") as reply:
        page = lxml.html.document_fromstring(reply.read())
        to = page.xpath("//meta[@http-equiv]/@content")[0].partition("url=")[2]
        target = urljoin(reply.url, to)
    with urllib.request.urlopen(target) as reply:
        page = lxml.html.document_fromstring(reply.read().decode())
    assert "Zoë O'Neil" in page.find(".//h1").text_content()


def test_a_folder_that_holds_something_is_left_alone(folder, app, tmp_path):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(FreezeError, match="not empty"):
        freeze(app, folder / "data", tmp_path, silent)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_graph_that_changes_meanwhile_leaves_nothing(folder, app, tmp_path):
    def write(phase, done, total):
        if done == 3:
            (tmp_path / "late.json").write_text(json.dumps(paper("late", "Late", "Cy Late")))
            load(folder / "data", [tmp_path / "late.json"])

    with pytest.raises(FreezeError, match=r"changed while|answered"):
        freeze(app, folder / "data", tmp_path / "site", write)
    assert not (tmp_path / "site").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["late.json"]
