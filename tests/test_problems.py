import pytest

from queries.pool.answers import Cause, QueryKilled
from server.problems import STATUSES, of_query


def test_every_cause_has_a_status():
    assert set(STATUSES) == set(Cause)
    for cause in Cause:
        problem = of_query(QueryKilled(cause, "why", 3))
        assert 400 <= problem.status < 600
        assert problem.document()["cause"] == cause.value
        assert problem.headers == {"Retry-After": "3"}


@pytest.mark.parametrize(
    "path", ["/nowhere", "/doc/publication/none-zzzzzzzzzzzz", "/id/x/y", "/%ff"]
)
def test_program_gets_a_problem_document(library, path):
    reply = library.get(path)
    assert (reply.status, reply.media_type) == (404, "application/problem+json")
    assert {"type", "title", "status", "detail"} <= set(reply.json())


def test_browser_gets_a_page(library):
    reply = library.get("/nowhere", "text/html,application/xhtml+xml,*/*;q=0.8")
    assert (reply.status, reply.media_type) == (404, "text/html")
    assert "Not Found" in reply.text
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


def test_what_was_asked_is_escaped_on_the_page(library):
    path = "/graphs?graph=http%3A%2F%2Fe%2F%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E"
    reply = library.get(path, "text/html")
    assert reply.status == 400
    assert "<script>alert" not in reply.text


def test_no_path_of_the_machine_is_told(library):
    for path in ("/nowhere", "/doc/publication/none-zzzzzzzzzzzz", "/sparql?query=x"):
        assert str(library.data) not in library.get(path).text


@pytest.mark.parametrize("path", ["/health", "/nowhere", "/sparql", "/ontology.ttl"])
def test_every_response_is_dressed(library, path):
    headers = library.get(path, Host="evil.example", Origin="https://evil.example").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    "path",
    ["/", "/sparql", "/.well-known/void", "/id/author/ann-archer-eeeeeeeeeeee", "//evil.example/"],
)
def test_host_header_is_nowhere_reflected(library, path):
    reply = library.get(path, Host="evil.example", X_Forwarded_Host="evil.example")
    assert "evil.example" not in str(reply.headers.get("Location", ""))
    assert b"http://evil.example" not in reply.body
