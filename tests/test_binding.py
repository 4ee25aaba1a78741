"""Terms in the place of variables: in every position, in both stores, and never as syntax."""

import re

import pyoxigraph as ox
import pytest

from queries.binding import bind, names_dataset, tokens
from queries.errors import BindingError
from queries.pool.answers import QuerySyntaxError
from queries.remote import RemoteStore
from queries.store import EmbeddedStore

EX = "http://example.org/"
XSD = "http://www.w3.org/2001/XMLSchema#"
DATA = f"""
<{EX}a> <{EX}p> "one" <{EX}g1> .
<{EX}b> <{EX}p> "two" <{EX}g1> .
<{EX}b> <{EX}q> <{EX}a> <{EX}g2> .
"""


@pytest.fixture(params=["embedded", "remote"])
def store(request):
    opened = EmbeddedStore.memory()
    if request.param == "remote":
        url = request.getfixturevalue("oxigraph_union")
        opened = RemoteStore(f"{url}/query", f"{url}/update", f"{url}/store", union=True)
        opened.update("DROP ALL")
    opened.add(ox.parse(DATA, format=ox.RdfFormat.N_QUADS))
    return opened


def rows(store, text, **terms):
    found = store.query(text, bindings=terms)
    return sorted(tuple(term and term.value for term in solution) for solution in found)


ONE, TWO, A, B = (
    ox.Literal("one"),
    ox.Literal("two"),
    ox.NamedNode(EX + "a"),
    ox.NamedNode(EX + "b"),
)


@pytest.mark.parametrize(
    ("text", "terms", "expected"),
    [
        ("SELECT ?o { ?s ?p ?o FILTER(?o = ?x) }", {"x": ONE}, [("one",)]),
        ("SELECT ?o { $s ?p ?o }", {"s": A}, [("one",)]),
        ("SELECT ?x ?o { ?x ?p ?o }", {"x": A}, [(A.value, "one")]),
        (
            "SELECT DISTINCT ?x (COUNT(?s) AS ?n) { ?s ?p ?x } GROUP BY ?x",
            {"x": ONE},
            [("one", "1")],
        ),
        ("SELECT ?o { ?s ?p ?o } ORDER BY ?x DESC(?o = ?x) LIMIT 1", {"x": TWO}, [("two",)]),
        ("SELECT ?o { ?s ?p ?o } GROUP BY ?o HAVING(?o = ?x)", {"x": ONE}, [("one",)]),
        ("SELECT ?o { { ?s ?p ?o FILTER(?o = ?x) } UNION { ?x ?y ?o } }", {"x": ONE}, [("one",)]),
        ("SELECT ?o { { SELECT ?o { ?s ?p ?o FILTER(?o = ?x) } } }", {"x": ONE}, [("one",)]),
        ("SELECT ?o { { SELECT ?x ?o { ?x ?p ?o } LIMIT 1 } }", {"x": A}, [("one",)]),
        ("SELECT ?s { ?s ?p ?o FILTER EXISTS { ?s ?q ?x } }", {"x": ONE}, [(A.value,)]),
        ("SELECT ?o { ?s ?p ?o MINUS { ?s ?r ?x } }", {"x": TWO}, [("one",)]),
        ("SELECT ?z { VALUES ?z { 1 } OPTIONAL { ?s ?p ?x } }", {"x": ONE}, [("1",)]),
        ("SELECT ?o { GRAPH ?g { ?s ?p ?o } }", {"g": ox.NamedNode(EX + "g2")}, [(A.value,)]),
        ("SELECT ?s { ?s ?p/?q ?o }", {}, None),
        ("SELECT ?y { BIND(?x AS ?y) }", {"x": ONE}, [("one",)]),
        ("SELECT (STRLEN(?x) AS ?n) {}", {"x": ONE}, [("3",)]),
        ("SELECT ?o { ?s ?p ?o FILTER(bound ( ?x )&&?o=?x) }", {"x": ONE}, [("one",)]),
        ("SELECT ?o { ?s ?p ?o FILTER(!BOUND(?x)) }", {"x": ONE}, []),
        ("SELECT ?o { ?s ?p ?o FILTER(?o<?x) }", {"x": TWO}, [("one",)]),
        ("SELECT ?o { ?s ?p ?o FILTER(?o<?x) }", {"x": A}, []),
        (
            "SELECT ?o # ?x\n { ?s ?p ?o FILTER(?o = ?x && '?x' != \"?x#\") }",
            {"x": ONE},
            [("one",)],
        ),
        ("SELECT ?xx { ?xx ?p ?x }", {"x": ONE}, [(A.value,)]),
        ("SELECT ?o { ?été ?p ?o }", {"été": A}, [("one",)]),
    ],
)
def test_a_term_stands_wherever_its_variable_stood(store, text, terms, expected):
    if expected is None:
        with pytest.raises(QuerySyntaxError):
            rows(store, text, **terms)
    else:
        assert rows(store, text, **terms) == expected


def test_ask_construct_and_describe_take_terms_too(store):
    assert store.query("ASK { ?s ?p ?x }", bindings={"x": ONE}) is True
    assert store.query("ASK { ?s ?p ?x }", bindings={"x": ox.Literal("One")}) is False
    expected = [ox.Triple(A, ox.NamedNode(EX + "p"), ONE)]
    assert list(store.query("CONSTRUCT WHERE { ?x ?p ?o }", bindings={"x": A})) == expected
    assert list(store.query("DESCRIBE ?x", bindings={"x": A})) == expected
    assert b"one" in store.query_bytes("SELECT ?o { ?x ?p ?o }", "text/csv", bindings={"x": A})


def test_updates_take_terms_too(store):
    text = "INSERT { GRAPH ?g { ?s ?p ?x } } WHERE { GRAPH ?y { ?s ?p 'one' } }"
    store.update(text, bindings={"x": TWO, "g": ox.NamedNode(EX + "g3")})
    assert rows(store, "SELECT ?o { ?s ?p ?o }", s=A) == [("one",), ("two",)]


HOSTILE = [
    '" . } ; DROP ALL #',
    "' . } ; DROP ALL #",
    '""" } #',
    "\\",
    '\\" } #',
    "\\u0022 } ; DROP ALL #",
    "\\\\u0022 } ; DROP ALL #",
    "\\U00000022 } #",
    "line\nbreak\r\n\t\f\b",
    "\u0000\u0001\u001f\u007f",
    "?x $x {} <http://example.org/> ^^<x>",
    "\u2028\u2029\u0085 # ?x",
    "ends with @en",
    "\\" * 7 + "u005C",
    "\U0001f3f9" * 3,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_text_of_any_kind_stays_text(store, text):
    literal = ox.Literal(text)
    (row,) = rows(store, "SELECT ?y { BIND(?x AS ?y) FILTER(?x = ?y) }", x=literal)
    assert row == (text,)
    store.add([ox.Quad(A, ox.NamedNode(EX + "r"), literal, ox.NamedNode(EX + "g3"))])
    assert rows(store, f"SELECT ?x {{ ?s <{EX}r> ?x }}", x=literal) == [(text,)]
    assert store.query(f"ASK {{ GRAPH <{EX}g1> {{ ?s ?p 'one' }} }}") is True


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_an_engine_that_decodes_code_points_first_reads_the_same(text):
    bound = bind("SELECT ?y { BIND(?x AS ?y) }", {"x": ox.Literal(text)})
    found = list(tokens(bound))
    assert [token.kind for token in found].count("string") == 1
    (string,) = (token.text for token in found if token.kind == "string")
    assert '"' not in decoded_first(string[1:-1]).replace("\\\\", "").replace('\\"', "")


def decoded_first(text):
    """What a pass for `\\uXXXX` that knows nothing of `\\\\` makes of the text."""
    return re.sub(r"\\u([0-9A-F]{4})", lambda found: chr(int(found[1], 16)), text)


@pytest.mark.parametrize(
    "literal",
    [
        ox.Literal("x", language="de-AT"),
        ox.Literal("7", datatype=ox.NamedNode(XSD + "integer")),
        ox.Literal("2016", datatype=ox.NamedNode(XSD + "gYear")),
        ox.Literal("x", datatype=ox.NamedNode(EX + "own")),
    ],
)
def test_language_and_datatype_stay(store, literal):
    (solution,) = store.query("SELECT ?y { BIND(?x AS ?y) }", bindings={"x": literal})
    assert solution["y"] == literal


def lenient_iri(text):
    """A term that holds no IRI, as a lenient bulk load lets it in."""
    store = ox.Store()
    line = f'<{text}> <{EX}p> "x" .'
    store.bulk_load(line, format=ox.RdfFormat.N_TRIPLES, lenient=True)
    (found,) = store
    return found.subject


def test_an_iri_that_is_none_is_refused_even_where_it_came_from_a_store():
    bad = lenient_iri("http://example.org/\\u003E } DROP ALL")
    assert ">" in bad.value
    with pytest.raises(BindingError, match="is no IRI"):
        bind("SELECT ?o { ?x ?p ?o }", {"x": bad})


def test_a_blank_node_is_refused_as_in_a_query_it_is_a_variable():
    with pytest.raises(BindingError, match="neither an IRI nor a literal"):
        bind("SELECT ?o { ?x ?p ?o }", {"x": ox.BlankNode("b")})


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?x { VALUES ?x { 1 2 } }",
        "SELECT ?x { VALUES (?y ?x) { (1 2) } }",
        "SELECT ?x { BIND(1 AS ?x) }",
        "SELECT (COUNT(*) AS ?x) { ?s ?p ?o }",
    ],
)
def test_a_variable_that_the_query_gives_a_value_is_refused(text):
    with pytest.raises(BindingError, match="gives this variable a value itself") as caught:
        bind(text, {"x": ONE})
    assert caught.value.variable == "x"


def test_a_name_that_the_query_lacks_is_refused():
    with pytest.raises(BindingError, match=r"\?y: the query has no such variable"):
        bind("SELECT ?x { ?x ?p '?y' } # ?y", {"y": ONE})


def test_without_bindings_the_text_is_untouched():
    text = "SELECT ?x {\n ?x ?p '''it's'''@en , \"\"\"a\"b\"\"\" } # <"
    assert bind(text, {}) is text
    assert "".join(token.text for token in tokens(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM <http://g> { ?s ?p ?o }",
        "SELECT * # {\nfrom named <http://g> { ?s ?p ?o }",
        "CONSTRUCT { ?s ?p ?o } FROM <http://g> WHERE { ?s ?p ?o }",
        "DESCRIBE <http://a> FROM <http://g>",
        "PREFIX from: <http://x/> ASK FROM from:g {}",
    ],
)
def test_a_query_names_a_dataset(text):
    assert names_dataset(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p ?o }",
        "SELECT ?from { ?s ?from 'FROM' }",
        "SELECT * { ?s <http://from> ?o } # FROM <http://g>",
        "PREFIX from: <http://x/> SELECT * { ?s from:from :from }",
        "SELECT ('FROM <http://g>' AS ?x) {}",
        "ASK { ?s ?p 'x'@from }",
    ],
)
def test_a_query_names_no_dataset(text):
    assert not names_dataset(text)


def test_hostile_text_is_read_in_linear_time():
    for text in ("'" * 20_000, '"' * 19_999, "<" * 20_000, "\\" * 20_000, "'''" + "''\\" * 7_000):
        assert "".join(token.text for token in tokens(text)) == text
