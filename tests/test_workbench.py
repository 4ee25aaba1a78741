"""The answer of the SPARQL page: its views, its citation, what it says of a query that fails."""

import json
import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pyoxigraph as ox
import pytest

from ingest.pipeline import load
from queries.pool.answers import Cause, HeldBody
from server import create_app
from server.config import Config
from server.pages import editor, fingerprints, pictures
from tests.test_pipeline import paper

COUNTS = """SELECT ?name (COUNT(?publication) AS ?papers) WHERE {
  ?publication q:authoredBy ?person . ?person rdfs:label ?name } GROUP BY ?name"""
PAIRS = "SELECT ?p ?a WHERE { ?p q:authoredBy ?a }"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workbench")
    papers = [paper(f"k{n}", f"Pine {n}", "Ada Quillfeather", "Bo <i>") for n in range(3)]
    (folder / "one.json").write_text("\n".join(map(json.dumps, papers)))
    load(folder / "data", [folder / "one.json"])
    return folder


@pytest.fixture(scope="module")
def client(folder):
    return create_app(Config(data=folder / "data", timeout=1)).test_client()


def shown(client, query, **more):
    address = f"/sparql?{urlencode({'query': query, **more})}"
    return client.get(address, headers={"Accept": "text/html"})


def tabs(page):
    (nav,) = re.findall(r'<nav class="tabs".*?</nav>', page, re.DOTALL)
    return re.findall(r">(\w+)</a>", nav)


def test_views_are_those_that_the_columns_allow(client):
    assert tabs(shown(client, COUNTS).text) == ["Table", "Chart", "Raw"]
    assert tabs(shown(client, PAIRS).text) == ["Table", "Graph", "Raw"]
    assert tabs(shown(client, "CONSTRUCT WHERE { ?p q:authoredBy ?a }").text)[1] == "Graph"
    assert tabs(shown(client, "SELECT ?t { ?p q:year ?t }").text) == ["Table", "Raw"]


def test_the_chart_has_a_bar_for_each_row(client):
    page = shown(client, COUNTS, view="chart").text
    assert "<title>Ada Quillfeather: 3</title>" in page
    assert page.count('<rect class="bar"') == 2
    assert "<title>Bo <i>" not in page


def test_raw_is_what_programs_get(client):
    page = shown(client, COUNTS, view="raw").text
    (raw,) = re.findall(r'<pre class="raw"[^>]*>(.*?)</pre>', page, re.DOTALL)
    accept = {"Accept": "application/sparql-results+json"}
    plain = client.get(f"/sparql?{urlencode({'query': COUNTS})}", headers=accept)
    assert json.loads(unescape(raw))["head"] == plain.json["head"]


def test_the_graph_has_what_the_answer_joins(client):
    reply = client.get(f"/sparql/graph.json?{urlencode({'query': PAIRS})}")
    told = reply.json
    assert {node["label"] for node in told["nodes"]} >= {"Ada Quillfeather", "Pine 0", "Pine 2"}
    assert len(told["edges"]) == 6


def test_a_cited_answer_says_whether_it_is_still_the_same(folder, client):
    page = shown(client, COUNTS).text
    (cite,) = re.findall(r'href="([^"]+)"[^>]*>to cite<', page)
    address = "/sparql?" + unescape(cite).partition("sparql?")[2]
    assert "as cited" in client.get(address, headers={"Accept": "text/html"}).text
    (folder / "two.json").write_text(json.dumps(paper("new", "Fir", "Ada Quillfeather")))
    load(folder / "data", [folder / "two.json"])
    later = client.get(address, headers={"Accept": "text/html"}).text
    assert "This is not the answer that was cited" in later
    assert "generation 1, and now it is generation 2" in later


def test_a_query_that_was_cut_gets_its_reason_and_advice(client):
    reply = shown(client, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    assert reply.status_code == 503
    assert "Patterns that share no variable multiply" in reply.text
    assert '<span class="mark">deadline</span>' in reply.text
    assert reply.headers["Cache-Control"] == "no-store"  # another time there may be an answer


def test_every_limit_has_its_advice():
    of_nobody = {Cause.STOP, Cause.HANGUP, Cause.CRASH}  # nothing that a query could do about
    assert {*Cause} - of_nobody <= {*editor.ADVICE}


def links(page, words):
    """Where the links lead that stand in the first element of this class."""
    (part,) = re.findall(rf'<(?:p|nav) class="{words}".*?</(?:p|nav)>', page, re.DOTALL)
    return [unescape(one) for one in re.findall(r'href="([^"]+)"', part)]


def test_every_link_asks_of_the_graphs_that_were_asked(client):
    graphs = {"named-graph-uri": "http://a.example/g", "default-graph-uri": "http://a.example/d"}
    page = shown(client, "SELECT ?g { GRAPH ?g { ?s ?p ?o } }", **graphs).text
    told = [*links(page, "suffixes"), *links(page, "tabs")]
    assert len(told) > 5
    for link in told:
        asked = parse_qs(urlsplit(link).query)
        assert {name: asked[name][0] for name in graphs} == graphs


def test_an_answer_is_offered_in_the_formats_that_it_can_have(client):
    def formats(query):
        page = shown(client, query).text
        (part,) = re.findall(r'<p class="suffixes">.*?</p>', page, re.DOTALL)
        return [name for name in re.findall(r">(\w[\w ]*)</a>", part) if name != "to cite"]

    assert formats("ASK { ?s ?p ?o }") == ["JSON", "XML"]
    assert formats(COUNTS) == ["CSV", "TSV", "JSON", "XML"]
    assert formats("CONSTRUCT WHERE { ?p q:authoredBy ?a }") == ["TTL", "NT", "JSONLD", "RDF"]


def test_raw_says_where_it_was_cut(client, monkeypatch):
    def raw():
        (text,) = re.findall(
            r'<pre class="raw"[^>]*>(.*?)</pre>', shown(client, COUNTS, view="raw").text, re.DOTALL
        )
        return unescape(re.sub(r"<[^>]*>", "", text)).strip()

    whole = raw()
    assert not whole.endswith("…")
    monkeypatch.setattr(editor, "RAW_BYTES", 40)
    assert raw() == f"{whole[:40]}\n…"


def body(rows):
    cells = [{"x": {"type": "literal", "value": row}} for row in rows]
    told = {"head": {"vars": ["x"]}, "results": {"bindings": cells}}
    return HeldBody(json.dumps(told).encode())


def test_a_fingerprint_knows_rows_and_how_often_but_no_order():
    def of(*rows):
        return fingerprints.of_answer(body(rows), len(rows), False)

    assert of("a", "b") == of("b", "a")
    assert len({of("a"), of("b"), of("a", "a"), of("a", "b"), of("ab"), of()}) == 6
    assert fingerprints.of_answer(body("a"), fingerprints.MOST + 1, False) == ""


def test_no_chart_of_negative_numbers_nor_of_one_column():
    rows = [{"n": ox.Literal("x"), "v": ox.Literal(-1)}]
    assert pictures.chart(("n", "v"), rows, "") == ""
    assert pictures.chart(("v",), rows, "") == ""


def test_the_editor_is_told_what_this_graph_has(client):
    told = client.get("/vocabulary.json").json
    counts = {one["iri"].rpartition("#")[2]: one["count"] for one in told["classes"]}
    assert counts["Signature"] >= 6
    assert any(iri.endswith("#authoredBy") for iri in told["properties"])
    assert told["prefixes"]["q"] == "https://w3id.org/quiver/ontology#"
