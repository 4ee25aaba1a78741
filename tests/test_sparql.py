"""The SPARQL 1.1 Protocol over a real socket, case by case as the W3C's protocol tests have it."""
# ruff: noqa: E501 (one case a line)

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
