"""XML that every reader takes, or none: over a real socket, and in the functions themselves."""
# ruff: noqa: E501 (one case a line)

import xml.etree.ElementTree as Xml
from urllib.parse import quote

import pytest

from ontology import terms
from queries import wellformed
from server.tokens import Tokens

RDF_XML, RESULTS_XML = "application/rdf+xml", "application/sparql-results+xml"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
NAMELESS = ["http://e/1", "http://e/", "http://e/%20", "http://e/x²", "http://e/-", f"{RDF}li"]


@pytest.mark.parametrize("name", NAMELESS)
def test_property_without_a_name_for_an_element(name):
    assert not wellformed.names_element(name)


@pytest.mark.parametrize(
    "name", [terms.DC_TITLE, "urn:x", "http://e/ü", "http://e/a?b&c", f"{RDF}_1"]
)
def test_property_that_names_an_element(name):
    assert wellformed.names_element(name)


@pytest.mark.parametrize("character", [*map(chr, {*range(32)} - {9, 10, 13}), "\ufffe", "\uffff"])
def test_forbidden_characters_also_across_chunks(character):
    for cut in range(6):
        whole = f"<a>{character}</a>".encode()
        text = wellformed.Text()
        with pytest.raises(wellformed.Unwritable, match=f"U\\+{ord(character):04X}"):
            text.carried(whole[:cut])
            text.carried(whole[cut:])


def test_carriage_returns_reach_the_reader():
    body = wellformed.carried("<a>one\rtwo\r\nthree\n\tü\U0001f600</a>".encode())
    assert Xml.fromstring(body).text == "one\rtwo\r\nthree\n\tü\U0001f600"


# ---- over HTTP


def refused(reply, kind):
    """406 that names what is wrong, and the formats that would do."""
    assert reply.status == 406, reply.text
    problem = reply.json()
    assert problem["cause"] == "unwritable"
    assert not any(offer.endswith("+xml") for offer in problem["available"])
    assert {"rdf": "text/turtle", "results": "text/csv"}[kind] in problem["available"]
    return problem["detail"]


@pytest.mark.parametrize("name", NAMELESS)
def test_construct_with_a_nameless_property(library, name):
    text = f"CONSTRUCT {{ <http://e/s> <http://e/p> 1 ; <{name}> 2 }} {{}}"
    assert f"<{name}>" in refused(library.query(text, RDF_XML), "rdf")
    assert library.query(text, "text/turtle").status == 200
    assert library.query(text, f"{RDF_XML}, text/turtle;q=0.9").status == 406


def test_construct_with_a_control_character(library):
    text = 'CONSTRUCT { <http://e/s> <http://e/p> "a\\u0001b" } {}'
    assert "U+0001" in refused(library.query(text, RDF_XML), "rdf")


@pytest.mark.parametrize("character", ["\\u0000", "\\u001F", "\\uFFFF"])
def test_results_with_a_forbidden_character(library, character):
    text = f'SELECT (1 AS ?number) ("a{character}b" AS ?text) {{}}'
    detail = refused(library.query(text, RESULTS_XML), "results")
    assert "?text" in detail
    assert character.replace("\\u", "U+") in detail
    value = library.query(text).json()["results"]["bindings"][0]["text"]["value"]
    assert value == f"a{chr(int(character[2:], 16))}b"


def test_results_with_one_late_among_many(library):
    many = "{ SELECT ?n { VALUES ?a { 1 2 3 4 5 6 7 8 9 10 } VALUES ?b { 1 2 3 4 5 6 7 8 9 10 } "
    many += "VALUES ?c { 1 2 3 4 5 6 7 8 9 10 } VALUES ?d { 1 2 3 4 5 6 7 8 9 10 } "
    many += "BIND(?a + 10 * ?b + 100 * ?c + 1000 * ?d AS ?n) } }"
    late = 'BIND(IF(?n = 11110, "\\u0002", "fine") AS ?x)'
    refused(library.query(f"SELECT ?n ?x {{ {many} {late} }}", RESULTS_XML), "results")
    reply = library.query(f"SELECT ?n {{ {many} }}", RESULTS_XML)
    assert len(Xml.fromstring(reply.body)[1]) == 10_000


@pytest.mark.parametrize("text", ['SELECT ("a\\rb\\r\\nc" AS ?x) {}', 'CONSTRUCT { <s> <http://e/p> "a\\rb\\r\\nc" } {}'])  # fmt: skip
def test_carriage_returns_survive_xml(library, text):
    accept = RESULTS_XML if text.startswith("SELECT") else RDF_XML
    found = Xml.fromstring(library.query(text, accept).body)
    assert "a\rb\r\nc" in [one.text for one in found.iter()]


@pytest.fixture(scope="module")
def odd(library):
    """A graph of the user's that speaks of an author of the library in odd ways."""
    token = Tokens(library.data).new("odd", ["write"])
    asked = f"SELECT ?a {{ ?a a <{terms.AUTHOR}> }} LIMIT 1"
    (row,) = library.query(asked).json()["results"]["bindings"]
    author = row["a"]["value"]
    graph = "http://example.org/odd"
    reply = library.update(
        f'INSERT DATA {{ GRAPH <{graph}> {{ <{author}> <http://e/1> "a\\u0007b" }} }}', token
    )
    assert reply.status == 204
    return author, graph


def test_graph_of_a_nameless_property(library, odd):
    path = f"/graphs?graph={quote(odd[1], safe='')}"
    assert "<http://e/1>" in refused(library.get(path, RDF_XML), "rdf")
    assert library.get(path, "application/n-triples").status == 200


def test_document_of_a_nameless_property(library, odd):
    path = "/doc/" + odd[0].partition("/id/")[2]
    assert "<http://e/1>" in refused(library.get(path, RDF_XML), "rdf")
    assert "<http://e/1>" in refused(library.get(f"{path}.rdf"), "rdf")
    assert "<http://e/1>" in library.get(f"{path}.nt").text
