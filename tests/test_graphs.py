"""The Graph Store Protocol, case by case as the W3C's tests have it."""
# ruff: noqa: E501 (one case a line)

from itertools import pairwise
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from rdflib import Graph
from rdflib.compare import isomorphic

from server.tokens import Tokens
from tests.conftest import sampled

PERSON = """@prefix foaf: <http://xmlns.com/foaf/0.1/> .
<http://example.org/person> a foaf:Person ; foaf:account [ foaf:accountName "{}" ] ."""
TURTLE = {"Content-Type": "text/turtle; charset=utf-8"}


@pytest.fixture(scope="module")
def token(library):
    """A token that may write."""
    return Tokens(library.data).new("graphs", ["write"])


@pytest.fixture
def send(library, token):
    """Send a request that a writer may make."""

    def _send(method, path, body=None, headers=TURTLE):
        return library.request(method, path, headers | {"Authorization": f"Bearer {token}"}, body)

    return _send


def by_iri(iri):
    return f"/graphs?graph={quote(iri, safe='')}"


def same(reply, turtle):
    """Whether the reply is this graph, blank nodes renamed or not."""
    assert reply.status == 200, reply.text
    return isomorphic(Graph().parse(data=reply.body, format="turtle"), Graph().parse(data=turtle))


@pytest.mark.parametrize("path", ["/graph/user/person/1.ttl", by_iri("http://example.org/g/1")])
def test_put_get_put_get(library, send, path):
    assert send("PUT", path, PERSON.format("John")).status == 201
    assert same(library.get(path, "text/turtle"), PERSON.format("John"))
    assert send("PUT", path, PERSON.format("Jane")).status == 204
    assert same(library.get(path, "text/turtle"), PERSON.format("Jane"))


@pytest.mark.parametrize("path", ["/graph/user/person/2.ttl", by_iri("http://example.org/g/2")])
def test_delete_and_what_is_no_more(library, send, path):
    assert send("PUT", path, PERSON.format("Alice")).status == 201
    assert send("DELETE", path).status == 204
    assert library.get(path).status == 404
    assert library.request("HEAD", path).status == 404
    assert send("DELETE", path).status == 404


def test_post_adds_also_by_multipart(library, send):
    path = by_iri("http://example.org/g/3")
    assert send("POST", path, PERSON.format("Jane")).status == 201
    parts = [
        ("last.ttl", "text/turtle", '<http://example.org/person> <http://e/last> "Doe" .'),
        ("first.nt", "", '<http://example.org/person> <http://e/first> "Jane" .'),
    ]
    boundary = "0123456789abcdef"
    body = ""
    for name, media_type, text in parts:
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n'
        body += f"Content-Type: {media_type}\r\n" if media_type else ""
        body += f"\r\n{text}\r\n"
    body += f"--{boundary}--\r\n"
    reply = send("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
    assert reply.status == 204, reply.text
    both = '\n<http://example.org/person> <http://e/last> "Doe" ; <http://e/first> "Jane" .'
    assert same(library.get(path, "text/turtle"), PERSON.format("Jane") + both)


def test_post_without_a_graph_makes_one(library, send):
    made = send("POST", "/graphs", PERSON.format("New"))
    assert made.status == 201
    assert made.headers["Location"].startswith("graph/user/")
    assert same(library.get("/" + made.headers["Location"], "text/turtle"), PERSON.format("New"))
    named = send("POST", "/graphs", PERSON.format("New"), TURTLE | {"Slug": "mine"})
    assert named.headers["Location"] == "graph/user/mine"


def test_default_graph(library, send):
    assert library.get("/graphs?default").status == 200
    assert send("PUT", "/graphs?default", PERSON.format("Default")).status in (201, 204)
    assert same(library.get("/graphs?default", "text/turtle"), PERSON.format("Default"))
    assert send("DELETE", "/graphs?default").status == 204
    assert library.get("/graphs?default").status == 200


def test_head(library, send):
    path = by_iri("http://example.org/g/4")
    send("PUT", path, PERSON.format("Head"))
    head = library.request("HEAD", path, {"Accept": "text/turtle"})
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Type"] == "text/turtle; charset=utf-8"
    assert int(head.headers["Content-Length"]) > 0
    assert library.request("HEAD", by_iri("http://example.org/none")).status == 404


SAMPLES = {
    "text/turtle": "<http://e/s> <http://e/p> <http://e/o> .",
    "application/n-triples": "<http://e/s> <http://e/p> <http://e/o> .",
    "application/rdf+xml": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
    '<rdf:Description rdf:about="http://e/s"><e:p rdf:resource="http://e/o"/></rdf:Description></rdf:RDF>',
    "application/ld+json": '{"@id": "http://e/s", "http://e/p": {"@id": "http://e/o"}}',
    "application/trig": "<http://e/s> <http://e/p> <http://e/o> .",
    "application/n-quads": "<http://e/s> <http://e/p> <http://e/o> .",
}  # fmt: skip


@pytest.mark.parametrize("media_type", sampled(SAMPLES, "text/turtle"))
def test_every_format_goes_in_and_comes_out(library, send, media_type):
    path = by_iri(f"http://example.org/format/{media_type.partition('/')[2]}")
    reply = send("PUT", path, SAMPLES[media_type], {"Content-Type": media_type})
    assert reply.status == 201, reply.text
    back = library.get(path, media_type)
    assert back.media_type == media_type
    found = [quad.triple for quad in ox.parse(back.body, ox.RdfFormat.from_media_type(media_type))]
    assert found == [ox.Triple(*(ox.NamedNode(f"http://e/{x}") for x in "spo"))]


def test_relative_iris_are_those_of_the_graph(library, send):
    path = by_iri("http://example.org/relative/")
    send("PUT", path, "<s> <p> <o> .")
    assert "<http://example.org/relative/s>" in library.get(path, "application/n-triples").text


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("GET", "/graphs", None, {}, 400),
        ("GET", "/graphs?graph=", None, {}, 400),
        ("GET", "/graphs?graph=http://%5Bx", None, {}, 400),
        ("GET", "/graphs?graph=relative", None, {}, 404),
        ("GET", "/graphs?graph=http://e/a&graph=http://e/b", None, {}, 400),
        ("GET", "/graphs?default&graph=http://e/a", None, {}, 400),
        ("PUT", "/graphs", "<s> <p> <o> .", TURTLE, 400),
        ("PUT", "/graphs?graph=http://e/a", "<s> <p>", TURTLE, 400),
        ("PUT", "/graphs?graph=http://e/a", "x", {"Content-Type": "image/png"}, 415),
        ("PUT", "/graphs?graph=http://e/a", "<s> <p> <o> .", {}, 400),
        ("POST", "/graphs?graph=http://e/a", "--x--\r\n", {"Content-Type": "multipart/form-data; boundary=x"}, 400),
        ("PUT", "/graphs?graph=http://e/a", '{"@context": "http://127.0.0.1:1/c", "a": 1}', {"Content-Type": "application/ld+json"}, 400),
        ("PATCH", "/graphs?default", "", TURTLE, 405),
    ],
)  # fmt: skip
def test_wrong_request(send, method, path, body, headers, status):
    assert send(method, path, body, headers).status == status


def test_nothing_acceptable(library):
    assert library.get("/graphs?default", "image/png").status == 406


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_managed_graphs_are_read_only(library, send, method):
    path = by_iri("http://localhost:8000/graph/links")
    reply = send(method, path, None if method == "DELETE" else PERSON.format("x"))
    assert (reply.status, reply.json()["cause"]) == (403, "managed")
    assert library.get(path).status == 200
    assert send(method, "/graph/source/handmade", PERSON.format("x")).status == 403


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_writing_takes_a_token(library, method):
    path = by_iri("http://example.org/g/9")
    assert library.request(method, path, TURTLE, PERSON.format("x")).status == 401
    assert library.get(path).status == 404


def test_entities_that_multiply_are_cut(library, send):
    names = "abcdefghij"
    doctype = '<!ENTITY a "aaaaaaaaaa">'
    for before, name in pairwise(names):
        doctype += f'<!ENTITY {name} "{f"&{before};" * 10}">'
    bomb = f"""<!DOCTYPE rdf:RDF [{doctype}]>
      <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">
      <rdf:Description rdf:about="http://e/s"><e:p>&j;</e:p></rdf:Description></rdf:RDF>"""
    path = by_iri("http://example.org/bomb")
    reply = send("PUT", path, bomb, {"Content-Type": "application/rdf+xml"})
    assert reply.status in (400, 413, 503)
    assert library.get(path).status == 404


def test_entities_of_files_are_not_read(library, send, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    text = f"""<!DOCTYPE rdf:RDF [<!ENTITY x SYSTEM "file://{secret}">]>
      <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">
      <rdf:Description rdf:about="http://e/s"><e:p>&x;</e:p></rdf:Description></rdf:RDF>"""
    path = by_iri("http://example.org/external")
    send("PUT", path, text, {"Content-Type": "application/rdf+xml"})
    assert "the secret" not in library.get(path, "application/n-triples").text


def test_unchanged_graph_is_304(library):
    path = by_iri("http://localhost:8000/graph/links")
    tag = library.get(path).headers["ETag"]
    assert library.get(path, If_None_Match=tag).status == 304


def test_relative_name_is_resolved_as_a_location_is(library, send):
    assert send("PUT", "/graphs?graph=graph/user/relative", PERSON.format("x")).status == 201
    assert library.get(by_iri("http://localhost:8000/graph/user/relative")).status == 200
    assert send("PUT", "/graphs?graph=graph/links", PERSON.format("x")).status == 403


def test_location_of_a_new_graph_leads_to_it(library, send):
    made = send("PUT", by_iri("http://example.org/a?b=c&d#e"), PERSON.format("x"))
    assert made.status == 201
    assert same(library.get(made.headers["Location"], "text/turtle"), PERSON.format("x"))


def test_empty_graph_is_a_graph(library, send):
    path = by_iri("http://example.org/empty")
    assert send("PUT", path, "").status == 201
    assert same(library.get(path, "text/turtle"), "")
    assert send("DELETE", path).status == 204
    assert library.get(path).status == 404


def test_a_browser_that_follows_a_link_to_a_graph_comes_to_a_page(library):
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    answer = library.get("/graph/links", browser)
    assert answer.status == 303 and "Accept" in answer.headers["Vary"]
    to = answer.headers["Location"]
    assert to.startswith("../sparql?query=SELECT")
    assert library.get(to.removeprefix(".."), "text/csv").text.count("\n") > 1
    assert library.get("/graph/nothing", browser).status == 404
    assert library.get("/graph/links?format=ttl", browser).media_type == "text/turtle"
    assert library.get("/graph/links").media_type == "text/turtle"
