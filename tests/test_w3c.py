"""The W3C's tests of the protocol, of graph stores and of service descriptions, one by one.

Named as in its manifests (`w3c.toml` has the list), told in our own words and data. The server
holds no graph of Quiver's own, so that `CLEAR ALL` is for it to do; elsewhere that is refused.
"""
# ruff: noqa: E501 (one case a line)

import os
import time
import tomllib
from pathlib import Path
from urllib.parse import quote, urlencode

import pyoxigraph as ox
import pytest
from rdflib import RDF, Graph, Namespace, URIRef
from rdflib.compare import isomorphic

from server.tokens import Tokens
from tests.conftest import missing
from tests.servers import HANGS

TESTS = Path(__file__).parent
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
BASE = "http://library.example/"
BOOK = "http://library.example/ns#Book"
SHELVES = [f"http://library.example/shelf/{number}" for number in range(4)]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
QUERY = {"Content-Type": "application/sparql-query"}
UPDATE = {"Content-Type": "application/sparql-update"}
TURTLE = {"Content-Type": "text/turtle; charset=utf-8"}
RESULTS = "application/sparql-results+xml", "application/sparql-results+json"
TABLES = *RESULTS, "text/csv", "text/tab-separated-values"
RDF_TYPES = "application/rdf+xml", "text/turtle", "application/n-triples"


@pytest.fixture(scope="module")
def endpoint(serving, tmp_path_factory):
    """A server of users' graphs only."""
    data = tmp_path_factory.mktemp("w3c") / "data"
    serving.publish(data, "", BASE)
    with serving(data, workers=1) as served:
        yield served


@pytest.fixture(scope="module")
def send(endpoint):
    """One request by somebody who may write."""
    allowed = {"Authorization": f"Bearer {Tokens(endpoint.data).new('w3c', ['write'])}"}

    def _send(method, path, headers=(), body=None):
        return endpoint.request(method, path, allowed | dict(headers), body)

    return _send


@pytest.fixture
def shelves(send):
    """Shelf after shelf a graph that says that the shelf is a book."""
    filled = "".join(f"GRAPH <{shelf}> {{ <{shelf}> a <{BOOK}> }} " for shelf in SHELVES)
    named = " ".join(f"<{shelf}>" for shelf in SHELVES)
    asked = f"SELECT ?g {{ VALUES ?g {{ {named} }} GRAPH ?g {{ ?g a <{BOOK}> }} }}"
    there = send("POST", "/sparql", QUERY | {"Accept": "text/csv"}, asked).text.split()[1:]
    if sorted(there) == SHELVES:
        return
    cleared = "".join(f"CLEAR SILENT GRAPH <{shelf}> ; " for shelf in SHELVES)
    text = f"{cleared}INSERT DATA {{ {filled} }}"
    assert send("POST", "/sparql", UPDATE, text).status == 204


def dataset(**graphs):
    """The query string for a dataset: underscores for hyphens."""
    return urlencode({name.replace("_", "-"): iris for name, iris in graphs.items()}, doseq=True)


def true(reply):
    assert reply.media_type in RESULTS
    return reply.status == 200 and reply.json()["boolean"] is True


def failed(reply):
    return 400 <= reply.status < 500


# ---- protocol: queries


def test_query_post_form(send):
    assert true(send("POST", f"/sparql/?{dataset(default_graph_uri=SHELVES[0])}", FORM, "query=ASK%20%7B%7D"))  # fmt: skip


def test_query_dataset_default_graphs_get(send, shelves):
    text = f"ASK {{ <{SHELVES[1]}> a ?t . <{SHELVES[2]}> a ?t FILTER NOT EXISTS {{ <{SHELVES[3]}> a ?t }} }}"
    given = dataset(default_graph_uri=SHELVES[1:3])
    assert true(send("GET", f"/sparql/?query={quote(text)}&{given}"))


def test_query_dataset_default_graphs_post(send, shelves):
    text = f"ASK {{ <{SHELVES[1]}> a ?t . <{SHELVES[2]}> a ?t FILTER NOT EXISTS {{ <{SHELVES[3]}> a ?t }} }}"
    assert true(send("POST", f"/sparql/?{dataset(default_graph_uri=SHELVES[1:3])}", QUERY, text))


NAMED = f"""ASK {{ GRAPH ?g {{ <{SHELVES[1]}> a ?t }} GRAPH ?h {{ <{SHELVES[2]}> a ?t }}
  FILTER NOT EXISTS {{ GRAPH ?i {{ <{SHELVES[3]}> a ?t }} }}
  FILTER NOT EXISTS {{ ?any a ?t }} }}"""


def test_query_dataset_named_graphs_post(send, shelves):
    assert true(send("POST", f"/sparql/?{dataset(named_graph_uri=SHELVES[1:3])}", QUERY, NAMED))


def test_query_dataset_named_graphs_get(send, shelves):
    given = dataset(named_graph_uri=SHELVES[1:3])
    assert true(send("GET", f"/sparql/?query={quote(NAMED)}&{given}"))


def test_query_dataset_full(send, shelves):
    text = f"""ASK {{ <{SHELVES[3]}> a ?t FILTER NOT EXISTS {{ <{SHELVES[1]}> a ?t }}
      GRAPH ?g {{ <{SHELVES[1]}> a ?t }} GRAPH ?h {{ <{SHELVES[2]}> a ?t }} }}"""
    given = dataset(default_graph_uri=SHELVES[3], named_graph_uri=SHELVES[1:3])
    assert true(send("POST", f"/sparql/?{given}", QUERY, text))


def test_query_multiple_dataset(send, shelves):
    text = NAMED.replace("ASK", f"ASK FROM <{SHELVES[3]}>", 1)
    assert true(send("POST", f"/sparql/?{dataset(named_graph_uri=SHELVES[1:3])}", QUERY, text))


def test_query_get(send):
    given = dataset(default_graph_uri=SHELVES[0])
    assert true(send("GET", f"/sparql/?query=ASK%20%7B%7D&{given}"))


@pytest.mark.parametrize("accept", [{}, {"Accept": "*/*"}, *({"Accept": one} for one in TABLES)])
def test_query_content_type_select(send, accept):
    reply = send("POST", "/sparql/", QUERY | accept, "SELECT (1 AS ?value) {}")
    assert reply.status == 200
    assert reply.media_type in TABLES


@pytest.mark.parametrize("accept", [{}, {"Accept": "*/*"}, *({"Accept": one} for one in RESULTS)])
def test_query_content_type_ask(send, accept):
    reply = send("POST", "/sparql/", QUERY | accept, "ASK {}")
    assert reply.status == 200
    assert reply.media_type in RESULTS


def rdf(reply):
    """The triples of an answer in a format of RDF."""
    assert reply.status == 200, reply.text
    assert reply.media_type in RDF_TYPES
    return list(ox.parse(reply.body, ox.RdfFormat.from_media_type(reply.media_type)))


RDF_ACCEPT = [{}, {"Accept": "*/*"}, *({"Accept": one} for one in RDF_TYPES)]


@pytest.mark.parametrize("accept", RDF_ACCEPT)
def test_query_content_type_describe(send, accept, shelves):
    assert len(rdf(send("POST", "/sparql/", QUERY | accept, f"DESCRIBE <{SHELVES[1]}>"))) == 1
    assert not rdf(send("POST", "/sparql/", QUERY | accept, "DESCRIBE <http://elsewhere.example/>"))


@pytest.mark.parametrize("accept", RDF_ACCEPT)
def test_query_content_type_construct(send, accept):
    text = "CONSTRUCT { <s> <p> 1 } WHERE {}"
    assert len(rdf(send("POST", "/sparql/", QUERY | accept, text))) == 1


def test_query_post_direct(send):
    assert true(send("POST", "/sparql/", QUERY, "ASK {}"))


# ---- protocol: updates

FILL = "".join(f"GRAPH <{shelf}> {{ <{shelf}> a <{BOOK}> }} " for shelf in SHELVES[1:])


def change(send, where, first="DROP ALL", **graphs):
    """Fill three shelves anew, then copy what the pattern finds in the dataset of the request."""
    text = f"{first} ; INSERT DATA {{ {FILL} }} ; "
    text += f"INSERT {{ GRAPH <{BASE}copy> {{ ?s <{BASE}in> ?in }} }} WHERE {{ {where} }}"
    reply = send("POST", f"/sparql/?{dataset(**graphs)}", UPDATE, text)
    assert 200 <= reply.status < 300, reply.text


def copied(send):
    """Which shelf the copy has, and in which graph the pattern found it."""
    asked = f"SELECT ?s ?in {{ GRAPH <{BASE}copy> {{ ?s <{BASE}in> ?in }} }} ORDER BY ?s"
    return send("POST", "/sparql/", QUERY | {"Accept": "text/csv"}, asked).text.split()[1:]


DEFAULT = f'?s a <{BOOK}> BIND("default" AS ?in)'
IN_GRAPHS = f"GRAPH ?in {{ ?s a <{BOOK}> }}"


def test_update_dataset_default_graph(send):
    change(send, DEFAULT, "CLEAR ALL", using_graph_uri=SHELVES[1])
    assert copied(send) == [f"{SHELVES[1]},default"]


def test_update_dataset_default_graphs(send):
    change(send, DEFAULT, using_graph_uri=SHELVES[1:3])
    assert copied(send) == [f"{shelf},default" for shelf in SHELVES[1:3]]


def test_update_dataset_named_graphs(send):
    change(send, IN_GRAPHS, using_named_graph_uri=SHELVES[1:3])
    assert copied(send) == [f"{shelf},{shelf}" for shelf in SHELVES[1:3]]


def test_update_dataset_full(send):
    both = f"{{ {DEFAULT} }} UNION {{ {IN_GRAPHS} }}"
    change(send, both, using_graph_uri=SHELVES[1], using_named_graph_uri=SHELVES[2])
    assert copied(send) == [f"{SHELVES[1]},default", f"{SHELVES[2]},{SHELVES[2]}"]


def test_update_post_form(send, shelves):
    assert send("POST", "/sparql/", FORM, "update=CLEAR+ALL").status == 204
    assert not true(send("POST", "/sparql/", QUERY, "ASK { ?s ?p ?o }"))


def test_update_post_direct(send, shelves):
    assert send("POST", "/sparql/", UPDATE, "CLEAR ALL").status == 204
    assert not true(send("POST", "/sparql/", QUERY, "ASK { ?s ?p ?o }"))


def test_update_base_uri(send):
    name = f"{BASE}base"
    text = f"CLEAR SILENT GRAPH <{name}> ; INSERT DATA {{ GRAPH <{name}> {{ <s> <p> <here> }} }}"
    assert send("POST", "/sparql/", UPDATE, text).status == 204
    asked = f"ASK {{ GRAPH <{name}> {{ ?s ?p ?o FILTER(isIRI(?o) && STR(?o) = '{BASE}here') }} }}"
    assert true(send("POST", "/sparql/", QUERY, asked))


# ---- protocol: what is wrong


def test_bad_query_method(send):
    reply = send("PUT", "/sparql/?query=ASK%20%7B%7D", FORM)
    assert reply.status == 405
    assert "GET" in reply.headers["Allow"]


def test_bad_multiple_queries(send):
    assert failed(send("GET", "/sparql/?query=ASK%20%7B%7D&query=SELECT%20%2A%20%7B%7D"))


def test_bad_query_wrong_media_type(send):
    assert failed(send("POST", "/sparql/", {"Content-Type": "text/plain"}, "ASK {}"))


def test_bad_query_missing_form_type(send):
    assert failed(send("POST", "/sparql/", {}, "query=ASK%20%7B%7D"))


def test_bad_query_missing_direct_type(send):
    assert failed(send("POST", "/sparql/", {}, "ASK {}"))


@pytest.mark.parametrize("charset", ["; charset=UTF-16", ""])
def test_bad_query_non_utf8(send, charset):
    sent = {"Content-Type": f"application/sparql-query{charset}"}
    assert failed(send("POST", "/sparql/", sent, "ASK {}".encode("utf-16")))


def test_bad_query_syntax(send):
    assert failed(send("GET", "/sparql/?query=ASK%20%7B"))


def test_bad_update_get(send):
    assert failed(send("GET", "/sparql/?update=CLEAR%20ALL"))


def test_bad_multiple_updates(send):
    assert failed(send("POST", "/sparql/", FORM, "update=CLEAR%20NAMED&update=CLEAR%20DEFAULT"))


def test_bad_update_wrong_media_type(send):
    assert failed(send("POST", "/sparql/", {"Content-Type": "text/plain"}, "CLEAR NAMED"))


def test_bad_update_missing_form_type(send):
    assert failed(send("POST", "/sparql/", {}, "update=CLEAR%20NAMED"))


@pytest.mark.parametrize("charset", ["; charset=UTF-16", ""])
def test_bad_update_non_utf8(send, charset):
    sent = {"Content-Type": f"application/sparql-update{charset}"}
    assert failed(send("POST", "/sparql/", sent, "CLEAR NAMED".encode("utf-16")))


def test_bad_update_syntax(send):
    assert failed(send("POST", "/sparql/", FORM, "update=CLEAR%20XYZ"))


@pytest.mark.parametrize("clause", ["WITH", "USING"])
def test_bad_update_dataset_conflict(send, clause):
    before, after = (f"WITH <{BASE}g> ", "") if clause == "WITH" else ("", f"USING <{BASE}g> ")
    text = f"{before}DELETE {{ ?s ?p 1 }} INSERT {{ ?s ?p 2 }} {after}WHERE {{ ?s ?p 1 }}"
    given = dataset(using_named_graph_uri=f"{BASE}h")
    assert failed(send("POST", f"/sparql/?{given}", UPDATE, text))


# ---- graph store


def graph(iri):
    return f"/graphs?graph={quote(iri, safe='')}"


def card(name):
    """Somebody with a visiting card, which has no name of its own."""
    return f"""@prefix ex: <http://library.example/ns#> .
      <http://library.example/reader/1> a ex:Reader ; ex:card [ a ex:Card ; ex:name "{name}" ] ."""


def same(reply, turtle):
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/turtle; charset=utf-8")
    return isomorphic(Graph().parse(data=reply.body, format="turtle"), Graph().parse(data=turtle))


def get(send, path):
    return send("GET", path, {"Accept": "text/turtle"})


def put_get_repeat(send, path):
    assert send("PUT", path, TURTLE, card("Ada")).status == 201
    assert same(get(send, path), card("Ada"))
    assert send("PUT", path, TURTLE, card("Bo")).status == 204
    assert same(get(send, path), card("Bo"))


def put_delete_get_delete(send, path):
    assert send("PUT", path, TURTLE, card("Ada")).status == 201
    assert send("DELETE", path).status == 204
    assert send("GET", path).status == 404
    assert send("DELETE", path).status == 404


def post_get_post_get(send, path):
    assert send("POST", path, TURTLE, card("Ada")).status == 201
    assert same(get(send, path), card("Ada"))
    more = [f'<http://library.example/reader/1> <{BASE}{name}> "{name}" .' for name in "xy"]
    body = "".join(
        f'--next\r\nContent-Disposition: form-data; name="{number}"; filename="{number}.ttl"\r\n'
        f"Content-Type: text/turtle; charset=utf-8\r\n\r\n{part}\r\n"
        for number, part in enumerate(more)
    )
    parts = {"Content-Type": "multipart/form-data; boundary=next"}
    assert send("POST", path, parts, f"{body}--next--\r\n").status == 204
    assert same(get(send, path), "\n".join([card("Ada"), *more]))


def head_existing(send, path):
    assert send("PUT", path, TURTLE, card("Ada")).status == 201
    head = send("HEAD", path, {"Accept": "text/turtle; charset=utf-8"})
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Type"] == "text/turtle; charset=utf-8"
    assert int(head.headers["Content-Length"]) == len(get(send, path).body)


def test_put_get_repeat_direct(send):
    put_get_repeat(send, "/graphs/repeat.ttl")
    # The address of a graph is its name.
    assert same(get(send, graph(f"{BASE}graphs/repeat.ttl")), card("Bo"))


def test_put_delete_get_delete_direct(send):
    put_delete_get_delete(send, "/graphs/readers/delete.ttl")


def test_post_get_post_get_direct(send):
    post_get_post_get(send, "/graphs/readers/post.ttl")


def test_head_existing_direct(send):
    head_existing(send, "/graphs/readers/head.ttl")


def test_put_get_repeat_indirect(send):
    put_get_repeat(send, graph("http://elsewhere.example/repeat.ttl"))


def test_put_get_default(send):
    anonymous = "[] a <http://library.example/ns#Reader> ; <http://library.example/ns#card> [] ."
    assert send("PUT", "/graphs?default", TURTLE, anonymous).status in (201, 204)
    assert same(get(send, "/graphs?default"), anonymous)


def test_put_delete_get_delete_indirect(send):
    put_delete_get_delete(send, graph("http://elsewhere.example/delete.ttl"))


def test_post_get_post_get_indirect(send):
    post_get_post_get(send, graph("http://elsewhere.example/post.ttl"))


def test_post_get_new_graph(send):
    made = send("POST", "/graphs", TURTLE, card("Ada"))
    assert made.status == 201
    assert same(get(send, graph(made.headers["Location"])), card("Ada"))
    assert same(get(send, f"/{made.headers['Location']}"), card("Ada"))


def test_head_existing_indirect(send):
    head_existing(send, graph("http://elsewhere.example/head.ttl"))


def test_head_non_existing_indirect(send):
    path = graph("http://elsewhere.example/nobody.ttl")
    assert send("HEAD", path, {"Accept": "text/turtle; charset=utf-8"}).status == 404


def test_put_get_uri_pct_encoded_indirect(send):
    path = graph("http://elsewhere.example/encoded.ttl")
    assert send("PUT", path, TURTLE, card("Ada")).status == 201
    assert same(get(send, "/graphs?graph=http://elsewhere.example/encoded.ttl"), card("Ada"))


def test_put_get_uri_pct_encoded_twice(send):
    once, twice = (f"/graphs?graph=http://elsewhere.example/{x}.ttl" for x in ("%31", "%2531"))
    assert send("PUT", once, TURTLE, card("Ada")).status == 201
    assert send("PUT", twice, TURTLE, card("Bo")).status == 201
    assert same(get(send, once), card("Ada"))
    assert same(get(send, twice), card("Bo"))


# ---- service description


def described(endpoint):
    reply = endpoint.get("/sparql", "text/turtle")
    assert (reply.status, reply.media_type) == (200, "text/turtle")
    return Graph().parse(data=reply.body, format="turtle")


@pytest.mark.parametrize("accept", [None, "*/*", *RDF_TYPES])
def test_returns_rdf(endpoint, accept):
    assert rdf(endpoint.get("/sparql/", accept))


def test_has_endpoint_triple(endpoint):
    found = described(endpoint)
    (service,) = found.subjects(RDF.type, SD.Service)
    assert set(found.objects(service, SD.endpoint)) == {URIRef(f"{BASE}sparql")}


def described_when(endpoint, named):
    """The description once it names these graphs: counted anew behind an older one, it may lag."""
    until = time.monotonic() + HANGS
    while time.monotonic() < until:
        found = described(endpoint)
        if named({str(name) for name in found.objects(None, SD.name)}):
            return found
    pytest.fail("the description does not name the graphs")


# The properties of the vocabulary, and the class of what each must lead to; None for any IRI.
SCHEMA = {
    "endpoint": None,
    "supportedLanguage": None,
    "feature": None,
    "resultFormat": None,
    "inputFormat": None,
    "defaultDataset": SD.Dataset,
    "defaultGraph": SD.Graph,
    "namedGraph": SD.NamedGraph,
    "extensionFunction": SD.Function,
    "name": None,
    "graph": SD.Graph,
}


def test_conforms_to_schema(send, endpoint, shelves):
    found = described_when(endpoint, lambda names: names >= set(SHELVES))
    own = [(p.removeprefix(SD), o) for _, p, o in found if p.startswith(SD)]
    assert {name for name, _ in own} <= set(SCHEMA)
    for name, value in own:
        assert isinstance(value, URIRef)
        assert SCHEMA[name] is None or (value, RDF.type, SCHEMA[name]) in found
    for service in found.subjects(RDF.type, SD.Service):
        assert len(set(found.objects(service, SD.defaultDataset))) == 1
    for one in found.subjects(RDF.type, SD.NamedGraph):
        assert len(set(found.objects(one, SD.name))) == len(set(found.objects(one, SD.graph))) == 1


def test_post_without_triples_changes_nothing(send):
    path = graph("http://elsewhere.example/nothing.ttl")
    assert send("POST", path, TURTLE, card("Ada")).status == 201
    assert send("POST", path, TURTLE, "").status == 204
    assert same(get(send, path), card("Ada"))


# ---- the list

MANIFESTS = tomllib.loads((TESTS / "w3c.toml").read_text(encoding="utf-8"))["manifest"]


def test_every_case_has_a_test_and_every_test_a_case():
    named = {test for manifest in MANIFESTS for test in manifest["cases"].values()}
    here = {f"test_w3c.py::{name}" for name in globals() if name.startswith("test_")}
    assert named <= here
    assert here - named == {
        "test_w3c.py::test_every_case_has_a_test_and_every_test_a_case",
        "test_w3c.py::test_list_has_the_cases_of_the_manifests",
    }
    assert [len(manifest["cases"]) for manifest in MANIFESTS] == [34, 4, 9, 3, 18]


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest["file"])
def test_list_has_the_cases_of_the_manifests(manifest):
    folder = os.environ.get("QUIVER_W3C")  # a checkout of w3c/rdf-tests
    if not folder:
        missing("w3c", "QUIVER_W3C names no checkout of w3c/rdf-tests")
    source = Graph().parse(Path(folder, "sparql/sparql11", manifest["file"]), format="turtle")
    (entries,) = source.objects(None, MF.entries)
    cases = [str(case).rpartition("#")[2] for case in source.items(entries)]
    assert cases == list(manifest["cases"])
