"""Clients that people have already, each doing a real job against the server."""

import warnings

import pyoxigraph as ox
import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDFS
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore

from server.tokens import Tokens

Q = "https://w3id.org/quiver/ontology#"
BASE = "http://localhost:8000/"
PAPER = URIRef(f"{BASE}id/publication/arrows-aaaaaaaaaaaa")
USERS = "http://example.org/notes"
AUTHORS = f"""
SELECT ?name WHERE {{
  <{PAPER}> <{Q}authorsFrom> ?member .
  ?signature <{Q}ofPublication> ?member ; <{Q}ordinal> ?place ; <{Q}printedName> ?name
}} ORDER BY ?place"""


@pytest.fixture(params=["json", "xml", "csv"])
def remote(library, request):
    """rdflib's graph on the endpoint, with each format of results that it reads."""
    return Graph(SPARQLStore(f"{library.url}/sparql", returnFormat=request.param))


def test_rdflib_lists_the_authors_of_a_paper_in_order(remote):
    names = [str(row.name) for row in remote.query(AUTHORS)]
    assert names == ["Ann Archer 0002", "Bo <b>Bowyer</b>"]


def test_rdflib_asks_for_triples_by_pattern(remote):
    labels = list(remote.objects(PAPER, RDFS.label))
    assert labels == [Literal("Arrows of a Quiver & Their Uses")]
    assert (PAPER, URIRef(f"{Q}year"), None) in remote


def test_rdflib_copies_a_part_of_the_graph(remote):
    found = remote.query(f"CONSTRUCT {{ <{PAPER}> ?p ?o }} WHERE {{ <{PAPER}> ?p ?o }}").graph
    assert (PAPER, RDFS.label, Literal("Arrows of a Quiver & Their Uses")) in found


@pytest.mark.parametrize("form", ["turtle", "nt", "xml"])
def test_rdflib_follows_an_iri_to_its_data(library, form):
    found = Graph().parse(f"{library.url}/id/publication/arrows-aaaaaaaaaaaa", format=form)
    assert (PAPER, RDFS.label, Literal("Arrows of a Quiver & Their Uses")) in found


def test_rdflib_writes_and_takes_back_notes(library):
    token = Tokens(library.data).new("rdflib", ["write"])
    store = SPARQLUpdateStore(
        f"{library.url}/sparql",
        f"{library.url}/sparql",
        headers={"Authorization": f"Bearer {token}"},
    )
    notes = Graph(store, identifier=URIRef(USERS))
    note = (PAPER, RDFS.comment, Literal("to be read"))
    notes.add(note)
    assert note in notes
    assert "to be read" in library.get(f"/graphs?graph={USERS}", "text/turtle").text
    notes.remove((PAPER, RDFS.comment, None))
    assert note not in notes
    emptied = library.get(f"/graphs?graph={USERS}", "application/n-triples")
    assert (emptied.status, emptied.text) == (200, "")  # the graph stays, with nothing in it


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("form", ["json", "xml", "csv"])
def test_sparqlwrapper_counts_papers_a_year(library, method, form):
    wrapper = pytest.importorskip("SPARQLWrapper").SPARQLWrapper(f"{library.url}/sparql")
    wrapper.setMethod(method)
    wrapper.setReturnFormat(form)
    wrapper.setQuery(f"SELECT ?y (COUNT(?p) AS ?n) {{ ?p <{Q}year> ?y }} GROUP BY ?y")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own making
        found = wrapper.queryAndConvert()
    if form == "json":
        (row,) = found["results"]["bindings"]
        assert (row["y"]["value"], row["n"]["value"]) == ("2016", "1")
    elif form == "xml":
        assert "2016" in found.toxml()
    else:
        assert found.split() == [b"y,n", b"2016,1"]


def test_sparqlwrapper_fetches_a_graph(library):
    wrapper = pytest.importorskip("SPARQLWrapper").SPARQLWrapper(f"{library.url}/sparql")
    wrapper.setReturnFormat("n3")
    wrapper.setQuery(f"DESCRIBE <{PAPER}>")
    found = list(ox.parse(wrapper.queryAndConvert(), ox.RdfFormat.N3))
    assert ox.NamedNode(str(PAPER)) in {quad.subject for quad in found}
