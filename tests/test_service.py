"""SERVICE to listed endpoints: what it gives, and what it cannot be made to do."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from queries.pool.federation import BadEndpoint, Federation, endpoint, rewritten
from queries.pool.gate import Endpoint, Gate, Refusal
from queries.pool.outreach import OutreachRefused, calls
from server.config import ConfigError, read
from tests.servers import running_server

FAR = "<x:a> <x:knows> <x:b> . <x:b> <x:knows> <x:c> ."
NEAR = '<x:b> <x:name> "Bo" . <x:c> <x:name> "Cy" .'
SLOW, LARGE, SECONDS = 0.6, 1 << 16, 5.0


class Strange(BaseHTTPRequestHandler):
    """An endpoint whose behaviour its path says; it counts who asks at once."""

    asked, at_once, most = [], 0, 0

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.path.strip("/")
        Strange.asked.append((kind, dict(self.headers)))
        Strange.at_once += 1
        Strange.most = max(Strange.most, Strange.at_once)
        try:
            self.answer(kind)
        except OSError:
            pass
        finally:
            Strange.at_once -= 1

    def answer(self, kind):
        if kind == "moved":
            self.send_response(302)
            self.send_header("Location", "/good")
            self.end_headers()
            return
        if kind == "busy":
            time.sleep(SLOW / 3)
        size = LARGE * 2 if kind == "large" else 10
        row = {"name": {"type": "literal", "value": "x" * size}}
        body = json.dumps({"head": {"vars": ["name"]}, "results": {"bindings": [row]}}).encode()
        self.send_response(500 if kind == "broken" else 200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if kind == "slow":  # a byte now and then, so that no read waits for long
            for byte in body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(SLOW / 10)
        self.wfile.write(body)

    def log_message(self, *words):
        pass


@pytest.fixture(scope="module")
def strange():
    """The address of such an endpoint."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Strange)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def two(tmp_path_factory, strange):
    """A server that may ask another one, and strange ones."""
    folder = tmp_path_factory.mktemp("two")
    running_server.publish(folder / "far", f"<x:g> {{ {FAR} }}")
    running_server.publish(folder / "near", f"<x:g> {{ {NEAR} }}")
    with running_server(folder / "far") as far:
        kinds = ("good", "moved", "slow", "large", "broken", "busy")
        listed = [f"{far.url}/sparql", "http://localhost/sparql"]
        listed += [f"{strange}/{kind}" for kind in kinds]
        limits = {"service_timeout": SLOW, "max_service": LARGE, "timeout": SECONDS}
        with running_server(folder / "near", services=" ".join(listed), **limits) as near:
            yield near, far


def names(reply):
    assert reply.status == 200, reply.text
    return sorted(row["name"]["value"] for row in reply.json()["results"]["bindings"])


def calling(address, silent=""):
    return f"SELECT ?name {{ SERVICE {silent} <{address}> {{ ?s <x:name> ?name }} }}"


def test_a_query_joins_what_two_servers_hold(two):
    near, far = two
    text = f"""SELECT ?name {{
        SERVICE <{far.url}/sparql> {{ <x:a> <x:knows>+ ?who }} ?who <x:name> ?name }}"""
    reply = near.query(text)
    assert names(reply) == ["Bo", "Cy"]
    assert reply.headers["Cache-Control"] == "no-store" and "ETag" not in reply.headers


def test_what_the_other_says_is_asked_for_each_time(two, strange):
    near, _ = two
    before = len(Strange.asked)
    for _ in range(2):
        assert names(near.query(calling(f"{strange}/good"))) == ["x" * 10]
    assert len(Strange.asked) == before + 2
    assert "Authorization" not in Strange.asked[-1][1]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?name { SERVICE <http://127.0.0.1:9/other> { ?s ?p ?name } }",
        "SELECT ?name { BIND(<{good}> AS ?e) SERVICE ?e { ?s ?p ?name } }",
        "PREFIX e: <{strange}/> SELECT ?name { SERVICE e:good { ?s ?p ?name } }",
        "SELECT ?name { SERVICE <{good}> { ?s ?p ?name } SERVICE <x:other> { ?s ?p ?name } }",
        "SELECT ?name { SERVICE <{good}> { SERVICE <http://127.0.0.1:9/> { ?s ?p ?name } } }",
        "SELECT ?name { SERVICE <{good}?more> { ?s ?p ?name } }",
        "BASE <{strange}/> SELECT ?name { SERVICE <good> { ?s ?p ?name } }",
    ],
)
def test_only_what_is_listed_word_for_word_is_asked(two, strange, text):
    near, _ = two
    before = len(Strange.asked)
    reply = near.query(text.replace("{good}", f"{strange}/good").replace("{strange}", strange))
    assert reply.status == 403 and reply.json()["cause"] == "outreach"
    assert len(Strange.asked) == before


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("moved", "redirects"),
        ("slow", "takes too long"),
        ("large", f"more than {LARGE} bytes"),
        ("broken", "answers 500"),
    ],
)
def test_a_strange_endpoint_costs_the_query_only(two, strange, kind, why):
    near, _ = two
    began = time.monotonic()
    reply = near.query(calling(f"{strange}/{kind}"))
    assert reply.status == 500 and why in reply.json()["detail"]
    assert f"{strange}/{kind}" in reply.json()["detail"]
    assert time.monotonic() - began < SECONDS
    assert near.ready()
    assert near.query(calling(f"{strange}/{kind}", "SILENT")).status == 200


def test_a_private_address_must_be_listed_with_its_port(two):
    near, _ = two
    reply = near.query(calling("http://localhost/sparql"))
    assert reply.status == 500 and "private" in reply.json()["detail"]


def test_one_query_reaches_out_at_a_time_and_others_go_on(two, strange):
    near, _ = two
    Strange.most = 0
    with ThreadPoolExecutor(4) as crowd:
        found = [crowd.submit(near.query, calling(f"{strange}/busy")) for _ in range(4)]
        assert near.query("ASK { <x:b> <x:name> ?n }").json()["boolean"]
        assert all(one.result().status == 200 for one in found)
    assert Strange.most == 1


def test_an_update_reaches_nowhere(two, strange):
    near, _ = two
    reply = near.update(
        f"INSERT {{ <x:s> <x:p> ?o }} WHERE {{ SERVICE <{strange}/good> {{ ?s ?p ?o }} }}"
    )
    assert reply.status in (401, 403)


def test_the_description_says_that_service_is_there(two):
    near, far = two
    assert "BasicFederatedQuery" in near.get("/sparql", "text/turtle").text
    assert "BasicFederatedQuery" not in far.get("/sparql", "text/turtle").text


def test_the_gate_opens_to_secrets_only():
    gate = Gate(1.0, 100)
    try:
        with pytest.raises(Refusal):
            gate.ask("/guess/0", b"", {})
        secret, _, _ = gate.open([endpoint("http://127.0.0.1:9/sparql")], time.monotonic() + 1)
        with pytest.raises(Refusal):
            gate.ask(f"/{secret}/1", b"", {})
        gate.shut(secret)
        with pytest.raises(Refusal, match="nothing"):
            gate.ask(f"/{secret}/0", b"", {})
    finally:
        gate.close()


def test_the_gate_is_shut_when_the_query_is_answered():
    far = "http://127.0.0.1:9/sparql"
    text = f"SELECT * {{ SERVICE <{far}> {{ ?s ?p ?o }} }}"
    errand = SimpleNamespace(jobs=[(text,)], end=time.monotonic() + SECONDS)
    federation = Federation([far], SECONDS, LARGE)
    try:
        with federation._through(errand):
            (call,) = calls(errand.jobs[0][0])
            path = urlsplit(call.iri).path
            with pytest.raises(Refusal, match="gave no answer"):
                federation.gate.ask(path, b"", {})
        with pytest.raises(Refusal, match="nothing is allowed here"):
            federation.gate.ask(path, b"", {})
    finally:
        federation.close()


def test_a_name_is_looked_up_once_and_private_answers_are_left_out(monkeypatch):
    def lookup(host, port, type):
        return [(2, 1, 6, "", (one, port)) for one in ("10.0.0.1", "169.254.169.254", "1.1.1.1")]

    monkeypatch.setattr("queries.pool.gate.socket.getaddrinfo", lookup)
    assert Endpoint("https://example.org/sparql").address() == "1.1.1.1"
    assert Endpoint("https://example.org:8443/sparql").address() == "10.0.0.1"


def test_a_call_that_would_stay_is_refused():
    addresses = {"http://e/": "http://127.0.0.1:1/secret/0"}
    text = "SELECT * { SERVICE SILENT # <http://e/>\n <http://e/> "
    text += "{ ?s <http://e/> 'SERVICE <http://e/>' } }"
    made = rewritten(text, addresses)
    assert made.count("secret") == 1 and made.count("http://e/") == 3
    with pytest.raises(OutreachRefused):
        rewritten("SELECT * { SERVICE <http://f/> { ?s ?p ?o } }", addresses)


@pytest.mark.parametrize(
    "text", ["ftp://e/", "example.org", "http://", "http://u@e/", "http://e/#x"]
)
def test_what_is_no_endpoint_is_refused_at_the_start(text):
    with pytest.raises(BadEndpoint):
        endpoint(text)
    with pytest.raises(ConfigError, match="services"):
        read({}, {"QUIVER_SERVICES": text})


def test_endpoints_come_as_a_list_in_toml_or_as_text(tmp_path):
    file = tmp_path / "quiver.toml"
    file.write_text('services = ["https://a.example/sparql", "http://127.0.0.1:1/sparql"]\n')
    listed = ("https://a.example/sparql", "http://127.0.0.1:1/sparql")
    assert read({}, {}, file).services == listed
    assert read({}, {"QUIVER_SERVICES": ", ".join(listed)}).services == listed
