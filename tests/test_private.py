"""A server that only holders of tokens may read, over a real socket."""
# ruff: noqa: E501 (one case a line)

import base64
import re
import subprocess

import pytest

from server.tokens import Tokens
from tests.conftest import QUIVER

BASE = "http://localhost:8000/"
QUERY = {"Content-Type": "application/sparql-query"}
PATHS = [
    "/",
    "/sparql",
    "/sparql?query=ASK%7B%7D",
    "/graphs?default",
    "/graph/shared",
    "/id/author/a-gggggggggggg",
    "/doc/author/a-gggggggggggg",
    "/.well-known/void",
    "/ontology",
    "/search?q=a",
    "/queries",
    "/dump",
    "/metrics",
    "/static/quiver.css",
    "/nowhere",
]


@pytest.fixture(scope="module")
def private(serving, tmp_path_factory):
    data = tmp_path_factory.mktemp("private") / "data"
    serving.publish(data, f"<{BASE}graph/shared> {{ <http://e/s> <http://e/p> 1 }}")
    with serving(data, workers=1, private="true") as served:
        yield served


@pytest.fixture(scope="module")
def held(private):
    """The Authorization header of a holder of each scope."""
    tokens = Tokens(private.data)
    return {scope: f"Bearer {tokens.new(scope, [scope])}" for scope in ("read", "curate", "write")}


def basic(bearer, name="anybody"):
    """The same token as a browser sends it."""
    text = f"{name}:{bearer.removeprefix('Bearer ')}"
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_nothing_is_read_without_a_token(private, method, path):
    reply = private.request(method, path)
    assert reply.status == 401
    challenge = reply.headers["WWW-Authenticate"]
    assert challenge.startswith('Bearer realm="quiver", scope="read"')
    assert "Basic" in challenge
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["POST", "QUERY"])
def test_no_query_is_answered_without_a_token(private, method):
    assert private.request(method, "/sparql", QUERY, "ASK {}").status == 401
    assert private.query("ASK {}").status == 401


@pytest.mark.parametrize("wrong", ["Bearer quiver_wrong", "Bearer", "Basic !", "Basic YTpi", "Negotiate x"])  # fmt: skip
def test_wrong_token_reads_nothing(private, wrong):
    reply = private.get("/sparql?query=ASK%7B%7D", Authorization=wrong)
    assert reply.status == 401
    assert "invalid_token" in reply.headers["WWW-Authenticate"]


@pytest.mark.parametrize("scope", ["read", "curate", "write"])
def test_token_of_any_scope_reads(private, held, scope):
    for credentials in (held[scope], basic(held[scope])):
        reply = private.get("/sparql?query=ASK%7B%7D", Authorization=credentials)
        assert (reply.status, reply.json()["boolean"]) == (200, True)
        assert private.get("/", Authorization=credentials).status == 200


def test_health_stays_open(private):
    assert private.get("/health").status == 200
    assert private.get("/health/live").status == 200


def test_preflight_needs_no_token(private):
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    reply = private.request("OPTIONS", "/sparql", asked)
    assert reply.status == 204
    assert "Authorization" in reply.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("path", ["/sparql?query=ASK%7B%7D", "/.well-known/void", "/ontology", "/"])
def test_shared_caches_keep_nothing(private, held, path):
    reply = private.get(path, Authorization=held["read"])
    assert reply.status == 200
    assert "Authorization" in ", ".join(reply.headers.get_all("Vary"))
    kept = re.split(", *", reply.headers["Cache-Control"])
    assert ("private" in kept or "no-store" in kept) and "public" not in kept


def test_writing_takes_its_own_scope_and_never_a_password(private, held):
    text = "INSERT DATA { <http://e/a> <http://e/b> 1 }"
    update = {"Content-Type": "application/sparql-update"}
    for scope, status in (("read", 403), ("curate", 403), ("write", 204)):
        sent = update | {"Authorization": held[scope]}
        assert private.request("POST", "/sparql", sent, text).status == status
    # What a browser would send along with a form of somebody else's page.
    sent = update | {"Authorization": basic(held["write"])}
    assert private.request("POST", "/sparql", sent, text).status == 401
    assert private.request("DELETE", "/graphs?default", sent).status == 401


def test_revoked_reader_reads_no_more(private):
    tokens = Tokens(private.data)
    bearer = f"Bearer {tokens.new('guest', ['read'])}"
    assert private.get("/ontology", Authorization=bearer).status == 200
    tokens.revoke("guest")
    assert private.get("/ontology", Authorization=bearer).status == 401


def test_option_of_the_command_says_that_nobody_has_a_token(serving, tmp_path):
    serving.publish(tmp_path / "data", "")
    command = [QUIVER, "serve", "--data", tmp_path / "data", "--port", "0", "--private", "--workers", "1"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        lines = []
        try:
            while not any("token" in line for line in lines):
                lines.append(process.stdout.readline())
                assert lines[-1], lines
        finally:
            process.terminate()
    assert "quiver token new" in lines[-1]
