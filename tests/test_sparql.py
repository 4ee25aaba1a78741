"""The SPARQL 1.1 Protocol over a real socket, case by case as the W3C's protocol tests have it."""
# ruff: noqa: E501 (one case a line)

import json
import time
from urllib.parse import quote, urlencode

import pytest

from server.tokens import Tokens

D1, D2, D3 = (f"http://example.org/data{number}.rdf" for number in (1, 2, 3))
GRAPHS = "".join(
    f"GRAPH <{iri}> {{ <{iri}> a <http://example.org/Document> }} " for iri in (D1, D2, D3)
)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
QUERY = {"Content-Type": "application/sparql-query"}


@pytest.fixture(scope="module")
def token(library):
    """A token that may write."""
    return Tokens(library.data).new("tests", ["write"])


@pytest.fixture(scope="module", autouse=True)
def graphs(library, token):
    """Three named graphs of the user's."""
    assert library.update(f"INSERT DATA {{ {GRAPHS} }}", token).status == 204


def boolean(reply):
    assert reply.status == 200, reply.text
    return reply.json()["boolean"]


# ---- queries


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_query_in_the_address_or_a_form(library, method):
    sent = urlencode({"query": "ASK {}"})
    if method == "GET":
        assert boolean(library.get(f"/sparql?{sent}")) is True
    else:
        assert boolean(library.request("POST", "/sparql", FORM, sent)) is True


@pytest.mark.parametrize("method", ["POST", "QUERY"])
def test_query_as_the_body(library, method):
    assert boolean(library.request(method, "/sparql", QUERY, "ASK {}")) is True


def test_trailing_slash_is_the_same_endpoint(library):
    assert boolean(library.request("POST", "/sparql/", QUERY, "ASK {}")) is True


@pytest.mark.parametrize("parameter", ["default-graph-uri", "named-graph-uri"])
@pytest.mark.parametrize("by", ["GET", "form", "body"])
def test_dataset_of_the_request(library, parameter, by):
    both = "<{0}> a ?type . <{1}> a ?type"
    if parameter == "named-graph-uri":
        both = "GRAPH ?g {{ <{0}> a ?type }} GRAPH ?h {{ <{1}> a ?type }}"
    given = urlencode([(parameter, D1), (parameter, D2)])
    for graphs, expected in (((D1, D2), True), ((D1, D3), False)):
        text = f"ASK {{ {both.format(*graphs)} }}"
        sent = urlencode({"query": text})
        if by == "GET":
            reply = library.get(f"/sparql?{sent}&{given}")
        elif by == "form":
            reply = library.request("POST", "/sparql", FORM, f"{sent}&{given}")
        else:
            reply = library.request("POST", f"/sparql?{given}", QUERY, text)
        assert boolean(reply) is expected


def test_dataset_of_the_request_in_full(library):
    given = urlencode({"default-graph-uri": D3, "named-graph-uri": [D1, D2]}, doseq=True)
    text = f"ASK {{ <{D3}> a ?t GRAPH ?a {{ <{D1}> a ?t }} GRAPH ?b {{ <{D2}> a ?t }} }}"
    assert boolean(library.request("POST", f"/sparql?{given}", QUERY, text)) is True


def test_dataset_of_the_request_rules_over_that_of_the_query(library):
    given = urlencode({"named-graph-uri": [D1, D2]}, doseq=True)
    text = f"ASK FROM <{D3}> {{ GRAPH ?a {{ <{D1}> a ?t }} GRAPH ?b {{ <{D2}> a ?t }} }}"
    assert boolean(library.request("POST", f"/sparql?{given}", QUERY, text)) is True
    text = f"ASK FROM <{D3}> {{ <{D3}> a ?t }}"
    assert boolean(library.request("POST", f"/sparql?{given}", QUERY, text)) is False


def test_default_graph_is_the_union_of_all(library):
    assert boolean(library.query(f"ASK {{ <{D1}> a ?t . <{D3}> a ?t }}")) is True


@pytest.mark.parametrize(
    ("accept", "media_type", "beginning"),
    [
        ("application/sparql-results+json", "application/sparql-results+json", b'{"head"'),
        ("application/json", "application/json", b'{"head"'),
        ("application/sparql-results+xml", "application/sparql-results+xml", b"<?xml"),
        ("text/csv", "text/csv", b"x\r\n1"),
        ("text/tab-separated-values", "text/tab-separated-values", b"?x\n1"),
        ("*/*", "application/sparql-results+json", b'{"head"'),
        ("text/*", "text/csv", b"x\r\n1"),
        ("text/csv;q=0.5, application/sparql-results+xml;q=0.9", "application/sparql-results+xml", b"<?xml"),
        ("application/sparql-results+json;q=0, */*;q=0.1", "application/sparql-results+xml", b"<?xml"),
    ],
)  # fmt: skip
def test_table_in_each_format(library, accept, media_type, beginning):
    reply = library.query("SELECT (1 AS ?x) {}", accept)
    assert (reply.status, reply.media_type) == (200, media_type)
    assert reply.body.startswith(beginning)
    assert "Accept" in reply.headers["Vary"]
    assert int(reply.headers["Content-Length"]) == len(reply.body)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "text/turtle"),
        ("application/n-triples", "application/n-triples"),
        ("text/plain, */*;q=0.1", "text/plain"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("application/ld+json", "application/ld+json"),
        ("application/trig", "application/trig"),
        ("application/n-quads", "application/n-quads"),
        ("application/ld+json;profile=\"http://www.w3.org/ns/json-ld#expanded\"", "application/ld+json"),
        # What SPARQLStore asks for whatever the query is
        ("application/sparql-results+json, application/sparql-results+xml", "text/turtle"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("text", ["CONSTRUCT { <s> <p> 1 } {}", f"DESCRIBE <{D1}>"])
def test_graph_in_each_format(library, text, accept, media_type):
    reply = library.query(text, accept)
    assert (reply.status, reply.media_type) == (200, media_type)
    assert reply.body


def test_relative_iris_mean_those_beside_the_endpoint(library):
    reply = library.query("CONSTRUCT { <s> <p> 1 } {}", "application/n-triples")
    assert reply.text.startswith("<http://localhost:8000/s> <http://localhost:8000/p>")


def test_format_in_the_address_rules_over_accept(library):
    assert library.query("SELECT (1 AS ?x) {}", "text/csv", format="xml").body.startswith(b"<?xml")
    assert library.query("SELECT (1 AS ?x) {}", format="pdf").status == 406


def test_nothing_acceptable_lists_what_there_is(library):
    reply = library.query("ASK {}", "image/png")
    assert (reply.status, reply.media_type) == (406, "application/problem+json")
    assert "text/turtle" in reply.json()["available"]


def test_head_is_get_without_the_body(library):
    path = "/sparql?query=ASK%20%7B%7D"
    head, get = library.request("HEAD", path), library.get(path)
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Type", "Content-Length", "ETag"):
        assert head.headers[name] == get.headers[name]


def test_unchanged_answer_is_304(library):
    path = f"/sparql?query={quote('SELECT * { ?s a ?t }')}"
    first = library.get(path)
    again = library.get(path, If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    assert library.get(path, "text/csv", If_None_Match=first.headers["ETag"]).status == 200


# ---- requests that are wrong


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("PUT", "/sparql?query=ASK%20%7B%7D", {}, None, 405),
        ("DELETE", "/sparql", {}, None, 405),
        ("GET", "/sparql?query=ASK%20%7B%7D&query=SELECT%20%2A%20%7B%7D", {}, None, 400),
        ("POST", "/sparql", {"Content-Type": "text/plain"}, "ASK {}", 415),
        ("POST", "/sparql", {}, "query=ASK%20%7B%7D", 400),
        ("POST", "/sparql", {}, "ASK {}", 400),
        ("POST", "/sparql", {"Content-Type": "application/sparql-query; charset=UTF-16"}, "ASK {}".encode("utf-16"), 415),
        ("POST", "/sparql", QUERY, b"ASK { <a> <b> '\xff' }", 400),
        ("GET", "/sparql?query=ASK%20%7B%20%3Ca%3E%20%3Cb%3E%20%22%FF%22%7D", {}, None, 400),
        ("GET", "/sparql?query=ASK%20%7B", {}, None, 400),
        ("GET", "/sparql?update=CLEAR%20ALL", {}, None, 400),
        ("POST", "/sparql", FORM, "query=ASK%20%7B%7D&update=CLEAR%20ALL", 400),
        ("POST", "/sparql", FORM, "x=1", 400),
        ("POST", "/sparql?query=ASK%20%7B%7D", QUERY, "ASK {}", 400),
        ("POST", "/sparql?default-graph-uri=relative", QUERY, "ASK {}", 400),
        ("POST", "/sparql?using-graph-uri=http://e/g", QUERY, "ASK {}", 400),
        ("POST", "/sparql?timeout=soon", QUERY, "ASK {}", 400),
        ("POST", "/sparql", FORM, "&".join(["a=1"] * 2000), 400),
        ("QUERY", "/sparql", {"Content-Type": "application/sparql-update"}, "CLEAR ALL", 415),
    ],
)  # fmt: skip
def test_wrong_request(library, method, path, headers, body, status):
    reply = library.request(method, path, headers, body)
    assert (reply.status, reply.media_type) == (status, "application/problem+json")
    assert reply.json()["status"] == status
    if status == 405:
        assert {"GET", "POST", "QUERY"} <= set(reply.headers["Allow"].split(", "))


def test_syntax_error_has_the_words_of_the_parser(library):
    reply = library.query("SELECT * WHERE { ?s ?p }")
    assert reply.status == 400
    assert reply.json()["cause"] == "syntax"
    assert "error at 1:" in reply.json()["detail"]


def test_text_that_is_too_long(library):
    reply = library.query(f"ASK {{ VALUES ?x {{ {'1 ' * 600_000} }} }}")
    assert reply.status in (400, 413)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT * { SERVICE SILENT ?x { ?s ?p ?o } }",
        "ASK { FILTER EXISTS { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } } }",
    ],
)
def test_other_hosts_are_not_asked(library, text):
    assert library.query(text).status == 403


def test_options_name_the_methods(library):
    reply = library.request("OPTIONS", "/sparql")
    assert reply.status in (200, 204)
    assert {"GET", "POST", "QUERY"} <= set(reply.headers["Allow"].split(", "))


def test_preflight_of_a_browser(library):
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    reply = library.request("OPTIONS", "/sparql", asked)
    assert reply.status == 204
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in reply.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in reply.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in reply.headers


# ---- limits


def test_deadline_of_the_request(library):
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o }"
    started = time.monotonic()
    reply = library.query(slow, timeout="0.3")
    assert (reply.status, reply.json()["cause"]) == (503, "deadline")
    assert time.monotonic() - started < 20  # the server's own deadline is 30 s
    assert boolean(library.query("ASK {}")) is True


def test_nesting_that_would_overflow_the_stack(library):
    reply = library.query("SELECT * " + "{" * 20_000 + "}" * 20_000)
    assert (reply.status, reply.json()["cause"]) == (400, "nesting")
    assert boolean(library.query("ASK {}")) is True


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
