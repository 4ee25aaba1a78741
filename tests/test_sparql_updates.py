"""Updates over HTTP: what they write, who may, and what is refused."""
# ruff: noqa: F811 (fixtures of another file)
# ruff: noqa: E501 (one case a line)

import json
from urllib.parse import urlencode

import pytest

from server.tokens import Tokens
from tests.test_sparql import D1, D2, FORM, boolean, graphs, token  # noqa: F401

# ---- updates


@pytest.mark.parametrize("by", ["form", "body"])
def test_update(library, token, by):
    text = f"INSERT DATA {{ GRAPH <http://example.org/{by}> {{ <http://e/s> <http://e/p> 1 }} }}"
    headers = {"Authorization": f"Bearer {token}"}
    if by == "form":
        reply = library.request("POST", "/sparql", FORM | headers, urlencode({"update": text}))
    else:
        reply = library.update(text, token)
    assert (reply.status, reply.body) == (204, b"")
    assert boolean(library.query(f"ASK {{ GRAPH <http://example.org/{by}> {{ ?s ?p 1 }} }}"))


def test_update_with_the_default_graphs_of_the_request(library, token):
    for number, using in enumerate([[D1], [D1, D2]]):
        target = f"http://example.org/using-{number}"
        text = f"INSERT {{ GRAPH <{target}> {{ ?s <http://e/seen> 1 }} }} WHERE {{ ?s a ?t }}"
        given = urlencode({"using-graph-uri": using}, doseq=True)
        assert library.update(text, token, f"?{given}").status == 204
        found = library.query(
            f"SELECT ?s {{ GRAPH <{target}> {{ ?s ?p 1 }} }} ORDER BY ?s", "text/csv"
        )
        assert found.text.split() == ["s", *using]


def test_update_with_the_named_graphs_of_the_request(library, token):
    text = """INSERT { GRAPH <http://example.org/named> { ?s <http://e/seen> 1 } }
              WHERE { GRAPH ?g { ?s a <http://example.org/Document> } }"""
    given = urlencode({"using-named-graph-uri": [D1, D2]}, doseq=True)
    assert library.update(text, token, f"?{given}").status == 204
    found = library.query(
        "SELECT ?s { GRAPH <http://example.org/named> { ?s ?p 1 } } ORDER BY ?s", "text/csv"
    )
    assert found.text.split() == ["s", D1, D2]


def test_update_with_the_whole_dataset_of_the_request(library, token):
    text = """INSERT { GRAPH <http://example.org/full> { ?s <http://e/in> ?in } }
              WHERE { { GRAPH ?g { ?s a ?t } BIND("named" AS ?in) } UNION { ?s a ?t BIND("default" AS ?in) } }"""
    given = urlencode({"using-graph-uri": D1, "using-named-graph-uri": D2})
    assert library.update(text, token, f"?{given}").status == 204
    found = library.query(
        "SELECT ?s ?in { GRAPH <http://example.org/full> { ?s ?p ?in } } ORDER BY ?s", "text/csv"
    )
    assert found.text.split() == ["s,in", f"{D1},default", f"{D2},named"]


def test_relative_iris_of_an_update(library, token):
    text = "INSERT DATA { GRAPH <http://example.org/base> { <s> <p> 1 } }"
    assert library.update(text, token).status == 204
    assert boolean(library.query("ASK { GRAPH <http://example.org/base> { <s> <p> 1 } }"))
    assert boolean(
        library.query("ASK { GRAPH <http://example.org/base> { <http://localhost:8000/s> ?p 1 } }")
    )


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("INSERT DATA { <http://e/s> ", ""),
        ("INSERT DATA { ?s <http://e/p> 1 }", ""),
        ("INSERT { ?s ?p 1 } USING <http://e/g> WHERE { ?s ?p ?o }", "?using-graph-uri=http://e/h"),
        (
            "WITH <http://e/g> DELETE { ?s ?p 1 } WHERE { ?s ?p 1 }",
            "?using-named-graph-uri=http://e/h",
        ),
        ("CLEAR DEFAULT", "?using-graph-uri=relative"),
        ("CLEAR DEFAULT", "?default-graph-uri=http://e/h"),
    ],
)
def test_wrong_update(library, token, text, parameters):
    assert library.update(text, token, parameters).status == 400


def test_two_updates_in_one_form(library, token):
    sent = urlencode({"update": ["CLEAR DEFAULT", "CLEAR DEFAULT"]}, doseq=True)
    headers = FORM | {"Authorization": f"Bearer {token}"}
    assert library.request("POST", "/sparql", headers, sent).status == 400


def test_unqualified_patterns_of_an_update_mean_one_graph(library, token):
    assert (
        library.update("INSERT DATA { <http://e/u> <http://e/in> 'default' }", token).status == 204
    )
    where = "GRAPH <http://localhost:8000/graph/default> { <http://e/u> ?p 'default' }"
    assert boolean(library.query(f"ASK {{ {where} }}"))
    assert boolean(library.query("ASK { <http://e/u> ?p 'default' }"))
    changed = (
        "DELETE { ?s ?p ?o } INSERT { ?s ?p 'changed' } WHERE { ?s ?p ?o . ?s <http://e/in> ?o }"
    )
    assert library.update(changed, token).status == 204
    assert not boolean(library.query(f"ASK {{ {where} }}"))
    assert library.update("DELETE WHERE { <http://e/u> ?p ?o }", token).status == 204
    assert not boolean(library.query("ASK { <http://e/u> ?p ?o }"))
    assert library.update("CLEAR DEFAULT", token).status == 204


def test_update_that_matched_nothing_says_so(library, token):
    # It is in the union, but not in the graph that unqualified patterns mean.
    reply = library.update("DELETE WHERE { ?s <https://w3id.org/quiver/ontology#year> ?y }", token)
    assert reply.status == 200
    assert "<http://localhost:8000/graph/default>" in reply.text
    assert boolean(library.query("ASK { ?s <https://w3id.org/quiver/ontology#year> 2016 }"))


MANAGED = "http://localhost:8000/graph/links"


@pytest.mark.parametrize(
    "text",
    [
        f"INSERT DATA {{ GRAPH <{MANAGED}> {{ <http://e/s> <http://e/p> 1 }} }}",
        "INSERT DATA { GRAPH </graph/about> { <http://e/s> <http://e/p> 1 } }",
        "BASE <http://localhost:8000/graph/> INSERT DATA { GRAPH <links> { <http://e/s> <http://e/p> 1 } }",
        "PREFIX g: <http://localhost:8000/graph/> DELETE WHERE { GRAPH g:links { ?s ?p ?o } }",
        "DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }",
        f"WITH <{MANAGED}> DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}",
        f"INSERT DATA {{ <http://e/a> <http://e/b> 1 }} ; CLEAR GRAPH <{MANAGED}>",
        f"DROP SILENT GRAPH <{MANAGED}>",
        f"ADD DEFAULT TO <{MANAGED}>",
        f"COPY <{D1}> TO <{MANAGED}>",
        f"MOVE <{MANAGED}> TO <http://example.org/elsewhere>",
        "CLEAR ALL",
        "DROP NAMED",
        "CREATE GRAPH <http://localhost:8000/graph/source/mine>",
        # What the engine reads as two updates and a naive reader as one: its parser takes `1<'a>` for a comparison
        f"INSERT {{ <http://e/a> <http://e/b> 1 }} WHERE {{ FILTER(1 <'a>b') }} ; CLEAR GRAPH <{MANAGED}> # '",
        f"INSERT {{ <http://e/a> <http://e/b> true GRAPH <{MANAGED}> {{ <http://e/a> <http://e/b> 1 }} }} WHERE {{}}",
        "LOAD <http://127.0.0.1:1/x.ttl>",
        "LOAD SILENT <http://127.0.0.1:1/x.ttl> INTO GRAPH <http://e/g>",
        "INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
    ],
)  # fmt: skip
def test_refused_updates_change_nothing(library, token, text):
    before = library.get("/health").json()
    reply = library.update(text, token)
    assert reply.status in (400, 403), reply.text
    assert library.get("/health").json() == before


def test_copying_from_a_managed_graph_is_reading_it(library, token):
    text = f"COPY <{MANAGED}> TO <http://example.org/copy>"
    assert library.update(text, token).status == 204


def test_update_is_whole_or_not_at_all(library, token):
    text = f"INSERT DATA {{ <http://e/whole> <http://e/p> 1 }} ; CREATE GRAPH <{D1}>"
    assert library.update(text, token).status >= 400
    assert not boolean(library.query("ASK { <http://e/whole> ?p ?o }"))


def test_update_past_its_deadline(library, token):
    before = library.get("/health").json()
    slow = "INSERT { ?a ?b ?l } WHERE { GRAPH ?g { ?a ?b ?c . ?d ?e ?f } GRAPH ?h { ?j ?k ?l . ?m ?n ?o . ?p ?q ?r . ?s ?t ?u } }"
    reply = library.update(slow, token, "?timeout=0.7")
    assert (reply.status, reply.json()["cause"]) == (503, "deadline")
    assert library.get("/health").json() == before
    assert library.update("INSERT DATA { <http://e/after> <http://e/p> 1 }", token).status == 204


# ---- who may write


def test_update_without_a_token(library):
    reply = library.update("CLEAR DEFAULT")
    assert reply.status == 401
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")


def test_update_with_an_unknown_token(library):
    reply = library.update("CLEAR DEFAULT", "quiver_wrong")
    assert reply.status == 401
    assert "invalid_token" in reply.headers["WWW-Authenticate"]


def test_update_with_a_token_for_reading(library):
    weak = Tokens(library.data).new("reader", ["read"])
    reply = library.update("CLEAR DEFAULT", weak)
    assert reply.status == 403
    assert "insufficient_scope" in reply.headers["WWW-Authenticate"]


def test_revoked_token_is_worth_nothing(library):
    tokens = Tokens(library.data)
    text = tokens.new("short", ["write"])
    assert library.update("CLEAR DEFAULT", text).status == 204
    tokens.revoke("short")
    assert library.update("CLEAR DEFAULT", text).status == 401


def test_answers_are_json_that_parses(library):
    reply = library.query(
        "SELECT ?label { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?label }"
    )
    labels = [row["label"]["value"] for row in json.loads(reply.body)["results"]["bindings"]]
    assert "Bo <script>alert(1)</script> Bowyer" in labels
