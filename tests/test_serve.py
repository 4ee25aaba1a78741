"""The server itself: clients that leave, dawdle or overdo it, stops, reloads, new generations."""

# ruff: noqa: E501 (one case a line)

import http.client
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import quote

import pytest

from server.tokens import Tokens
from tests.conftest import sampled
from tests.servers import HANGS, publish, running_inside

BASE = "http://localhost:8000/"
# 200 subjects: a cross join of four takes for ever, one of two gives some megabytes.
TRIPLES = "".join(
    f"<http://e/s{number}> <http://e/p> <http://e/o{number}> . " for number in range(200)
)
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
MANY = 50
SOON = 20  # seconds: less than what the patient server grants those who are slow


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder with a small graph."""
    return tmp_path_factory.mktemp("serve") / "data"


@pytest.fixture(scope="module")
def impatient(serving, data):
    """A server that waits for nobody for long."""
    serving.publish(data, f"<{BASE}graph/user/g> {{ {TRIPLES} }}")
    settings = {"header_timeout": 1, "body_timeout": 1, "send_timeout": 1, "max_upload": "1M"}
    with serving(data, timeout=20, **settings) as served:
        yield served.readied()


@pytest.fixture(scope="module")
def patient(serving, data, impatient):
    """A server with the usual patience, on the same data."""
    with serving(data, threads=4) as served:
        yield served.readied()


def ask(text):
    """The head of a request that sends this query."""
    return f"GET /sparql?query={quote(text)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def metric(served, name):
    found = re.search(rf"^{re.escape(name)} (\S+)$", served.get("/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def wait_until(condition, seconds=HANGS):
    """Wait for something that has to come; fail when it does not."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def rest(client):
    """All that still comes on a connection, and whether it ended by a reset."""
    parts = []
    try:
        while part := client.recv(1 << 16):
            parts.append(part)
    except ConnectionResetError:
        return b"".join(parts), True
    return b"".join(parts), False


def still_answers(served):
    reply = served.request("GET", "/sparql?query=ASK%20%7B%7D", seconds=SOON)
    assert reply.status == 200
    assert served.request("GET", "/health", seconds=SOON).status == 200


# ---- clients that leave


def test_hangup_frees_the_worker_at_once(patient):
    before = metric(patient, 'quiver_queries_total{outcome="hangup"}')
    clients = [patient.connect(ask(SLOW)) for _ in range(2)]
    wait_until(lambda: metric(patient, "quiver_workers_running") == 2)
    for client in clients:
        client.close()
    wait_until(lambda: metric(patient, 'quiver_queries_total{outcome="hangup"}') == before + 2)
    still_answers(patient)


def test_hangup_at_once_leaves_no_worker_at_work(patient):
    for _ in range(6):
        patient.connect(ask(SLOW)).close()
    wait_until(lambda: metric(patient, "quiver_workers_running") == 0)
    wait_until(lambda: metric(patient, "quiver_queue_waiting") == 0)
    still_answers(patient)


def test_hangup_of_those_who_wait_empties_the_queue(patient):
    clients = [patient.connect(ask(SLOW)) for _ in range(10)]
    wait_until(lambda: metric(patient, "quiver_queue_waiting") >= 8)
    for client in clients:
        client.close()
    wait_until(lambda: metric(patient, "quiver_queue_waiting") == 0)
    wait_until(lambda: metric(patient, "quiver_workers_running") == 0)
    still_answers(patient)


def test_waiting_queries_leave_threads_for_pages(patient):
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(closing(patient.connect(ask(SLOW))))
        wait_until(lambda: metric(patient, "quiver_queue_waiting") >= 18)
        assert patient.request("GET", "/health", seconds=SOON).status == 200
        assert patient.request("GET", "/.well-known/void", seconds=SOON).status == 200
    wait_until(lambda: metric(patient, "quiver_workers_running") == 0)


# ---- clients that dawdle


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 100\r\n\r\nASK",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nASK\r\n",
        ask(LARGE),
    ],
    ids=["headers", "body", "chunks", "reading"],
)  # fmt: skip
def test_many_slow_clients_hold_nobody_up(patient, sent):
    with ExitStack() as stack:
        for _ in range(MANY):
            stack.enter_context(closing(patient.connect(sent)))
        still_answers(patient)
        still_answers(patient)


def test_headers_have_a_deadline(impatient):
    with closing(impatient.connect(b"GET /health HTTP/1.1\r\nX-Slow: ")) as client:
        answer, _ = rest(client)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("framing", ["Content-Length: 100\r\n\r\nASK", "Transfer-Encoding: chunked\r\n\r\n3\r\nASK\r\n"])  # fmt: skip
def test_bodies_have_a_deadline(impatient, framing):
    head = "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    with closing(impatient.connect((head + framing).encode())) as client:
        answer, _ = rest(client)
    assert answer.startswith(b"HTTP/1.1 408")


@pytest.mark.thorough
def test_client_that_does_not_read_is_let_go(impatient):
    with closing(impatient.connect(ask(LARGE))) as client:
        wait_until(lambda: metric(impatient, "quiver_spool_bytes") > 0)
        wait_until(lambda: metric(impatient, "quiver_spool_bytes") == 0)
        answer, reset = rest(client)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
    assert reset or len(body) < length, "a broken answer must not look whole"
    still_answers(impatient)


def test_large_answer_is_whole_for_those_who_read(impatient):
    with closing(impatient.connect(ask(LARGE))) as client:
        client.settimeout(HANGS)
        response = http.client.HTTPResponse(client)
        response.begin()
        body = response.read()
    assert response.status == 200
    assert len(body) == int(response.headers["Content-Length"]) > 1 << 20
    assert body.endswith(b"]}}")
    wait_until(lambda: metric(impatient, "quiver_spool_bytes") == 0)


@pytest.mark.thorough
@pytest.mark.parametrize("times", sampled([1, 3], 1))
def test_large_answers_are_whole_when_many_are_asked_for_at_once(patient, times):
    whole, until = [], time.monotonic() + HANGS

    def fetch():
        while len(whole) < 6 * times and time.monotonic() < until:
            with closing(patient.connect(ask(LARGE))) as client:
                client.settimeout(HANGS)
                response = http.client.HTTPResponse(client)
                response.begin()
                body = response.read()
            if response.status != 503:  # on a busy machine others had all the turns: ask again
                whole.append((response.status, body.endswith(b"]}}")))

    clients = [threading.Thread(target=fetch) for _ in range(6)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert len(whole) >= 6 * times
    assert set(whole) == {(200, True)}
    wait_until(lambda: metric(patient, "quiver_spool_bytes") == 0)


# ---- clients that overdo it


@pytest.mark.parametrize("path", ["/sparql", "/graphs?default", "/health", "/nowhere"])
def test_declared_body_that_is_too_large(impatient, path):
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"
    with closing(impatient.connect(head.encode())) as client:
        assert rest(client)[0].startswith(b"HTTP/1.1 413")


def test_chunked_body_that_grows_too_large(impatient):
    head = "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nTransfer-Encoding: chunked\r\n\r\n"
    with closing(impatient.connect(head.encode())) as client:
        chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        try:
            for _ in range(40):
                client.sendall(chunk)
        except OSError:
            pass
        try:
            answer = client.recv(100)
        except ConnectionResetError:
            answer = b""  # it was sent, and lost with the rest that we sent
    assert answer == b"" or answer.startswith(b"HTTP/1.1 413")
    still_answers(impatient)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\x03 nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
    ],
    ids=["bytes", "negative", "both lengths", "long line", "many headers"],
)  # fmt: skip
def test_garbage_ends_only_its_own_connection(impatient, sent):
    with closing(impatient.connect()) as client:
        try:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            answer, _ = rest(client)
        except OSError:
            answer = b""
    assert answer == b"" or answer.split(b" ")[1][:1] in b"234"
    still_answers(impatient)


# ---- keeping on


def test_connection_is_kept_for_more_requests(patient):
    client = http.client.HTTPConnection("127.0.0.1", patient.port, timeout=HANGS)
    with closing(client):
        for path in (
            "/health",
            "/sparql?query=ASK%20%7B%7D",
            "/nowhere",
            f"/sparql?query={quote(LARGE)}",
            "/health",
        ):
            client.request("GET", path)
            response = client.getresponse()
            response.read()
            assert not response.will_close, path


@pytest.mark.thorough
def test_new_generation_loses_no_request(serving, tmp_path):
    data = tmp_path / "data"
    serving.publish(data, f"<{BASE}graph/user/g> {{ <http://e/s> <http://e/n> 0 }}")
    with serving(data, workers=2) as served:
        seen, stop = [], threading.Event()

        def client():
            while not stop.is_set():
                reply = served.query("SELECT ?n { ?s <http://e/n> ?n }", "text/csv")
                seen.append((reply.status, reply.text.split()[1:]))

        threads = [threading.Thread(target=client) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(1, 8):
            serving.publish(data, f"<{BASE}graph/user/g> {{ <http://e/s> <http://e/n> {number} }}")
        wait_until(lambda: seen[-1] == (200, ["7"]))
        stop.set()
        for thread in threads:
            thread.join()
    assert {status for status, _ in seen} == {200}
    assert {len(values) for _, values in seen} == {1}, "every answer is from one generation"


def test_stop_waits_for_the_requests_under_way(serving, data, impatient):
    with serving(data, timeout=1.5) as served:
        with closing(served.readied().connect(ask(SLOW))) as client:
            wait_until(lambda: metric(served, "quiver_workers_running") == 1)
            served.process.terminate()
            answer, _ = rest(client)
        assert answer.startswith(b"HTTP/1.1 503"), "the query's own deadline, not the stop"
        assert served.process.wait(HANGS) == 0


@pytest.mark.thorough
def test_stop_leaves_no_process_behind(serving, data, impatient):
    with serving(data) as served:
        children = _descendants(served.process.pid)
        assert len(children) >= 4
        served.process.terminate()
        assert served.process.wait(HANGS) == 0
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))


def test_killed_server_leaves_no_process_behind(serving, data, impatient):
    with serving(data) as served:
        children = _descendants(served.process.pid)
        served.process.kill()
        served.process.wait(HANGS)
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))


@pytest.mark.thorough
def test_reload_loses_no_request(serving, data, impatient):
    with serving(data) as served:
        first = _descendants(served.process.pid)
        served.process.send_signal(signal.SIGHUP)
        statuses = []
        wait_until(
            lambda: (
                statuses.append(served.get("/sparql?query=ASK%20%7B%7D").status)
                or not set(first) & set(_descendants(served.process.pid))
            )
        )
        assert set(statuses) == {200}
        still_answers(served)


def _descendants(pid):
    """The process ids below this one."""
    found = []
    for file in Path("/proc", str(pid), "task").glob("*/children"):
        try:
            children = file.read_text().split()
        except OSError:  # a thread that ended since it was listed
            continue
        for child in map(int, children):
            found += [child, *_descendants(child)]
    return found


# ---- starting


def start(**settings):
    """Start a server that will not come up: its exit status and what it says."""
    code = "from server import config, serve; serve.serve(config.read(), print)"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("QUIVER_")}
    environ |= {f"QUIVER_{name.upper()}": str(value) for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=60
    )


def test_port_in_use_is_said_in_one_line(impatient):
    done = start(data=impatient.data, port=impatient.port)
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].endswith(
        f"port {impatient.port} of 127.0.0.1 is in use; choose another with --port"
    )


def test_folder_without_data_is_said(tmp_path):
    done = start(data=tmp_path, port=0)
    assert done.returncode != 0
    assert "quiver load" in done.stderr.splitlines()[-1]


def test_more_memory_than_there_is_is_said(impatient):
    done = start(data=impatient.data, port=0, workers=64, memory="1T")
    assert done.returncode != 0
    assert "half" in done.stderr.splitlines()[-1]


def test_base_that_is_not_the_address_is_said(impatient):
    assert f"begin with {BASE}" in impatient.said


# ---- for whoever runs it


def test_health(patient):
    reply = patient.get("/health")
    assert (reply.status, reply.json()["ready"]) == (200, True)
    assert reply.json()["generation"] >= 1
    assert patient.get("/health/live").json() == {"live": True}


def test_metrics_count_requests_and_queries(patient):
    requests = 'quiver_requests_total{route="/sparql",method="GET",status="200"}'
    before = metric(patient, requests)
    patient.get("/sparql?query=ASK%20%7B%7D")
    assert metric(patient, requests) == before + 1
    text = patient.get("/metrics").text
    for name in (
        "quiver_request_seconds_bucket",
        "quiver_workers_started_total",
        "quiver_generation",
    ):
        assert name in text
    for line in text.splitlines():
        assert re.fullmatch(r'# TYPE \w+ \w+|\w+(\{(\w+="[^"]*",?)+\})? [0-9.e+-]+', line), line


def test_access_log_has_durations_and_hashes_but_no_queries(patient):
    patient.query("SELECT ?secretive { ?secretive ?p ?o }")
    wait_until(lambda: "POST /sparql 200" in patient.log.read_text())
    lines = [line for line in patient.log.read_text().splitlines() if "POST /sparql 200" in line]
    assert re.search(r"\d+\.\dms query_hash=[0-9a-f]{18} rows=\d+", lines[-1])
    assert "secretive" not in patient.log.read_text()


def forwarded(served):
    """Ask as proxies would in the name of a client."""
    for path in ("/sparql?query=ASK%20%7B%7D", "/.well-known/api-catalog"):
        served.get(path, X_Forwarded_For="198.51.100.1, 192.0.2.9, 203.0.113.7")


def test_nobody_is_believed_about_who_asks_where_there_is_no_proxy(patient):
    before = len(patient.log.read_text())
    forwarded(patient)
    wait_until(lambda: "GET /.well-known/api-catalog" in patient.log.read_text()[before:])
    lines = [line for line in patient.log.read_text()[before:].splitlines() if " GET " in line]
    assert len(lines) >= 2
    assert all(" 127.0.0.1 GET " in line for line in lines)


@pytest.mark.parametrize(("proxies", "client"), [(1, "203.0.113.7"), (2, "192.0.2.9")])
def test_only_our_own_proxies_are_believed_about_who_asks(tmp_path, caplog, proxies, client):
    publish(tmp_path / "data", "")
    with (
        running_inside(tmp_path / "data", proxies=proxies) as served,
        caplog.at_level(logging.INFO, "quiver.access"),
    ):
        forwarded(served)
    lines = [record.getMessage() for record in caplog.records if record.name == "quiver.access"]
    assert len(lines) == 2
    assert all(line.startswith(f"{client} GET ") for line in lines)


def test_cached_answer_is_told_as_the_first_was(patient):
    path = f"/sparql?query={quote('SELECT ?twice { ?twice ?p ?o } LIMIT 3')}"
    before = metric(patient, 'quiver_queries_total{outcome="cached"}')
    first, second = (patient.get(path, "text/csv", Origin="http://x") for _ in range(2))
    assert metric(patient, 'quiver_queries_total{outcome="cached"}') == before + 1
    assert (first.status, first.text) == (second.status, second.text)
    told = [
        {name.lower(): value for name, value in reply.headers.items()} for reply in (first, second)
    ]
    assert told[0].keys() == told[1].keys()
    assert {"etag", "vary", "server-timing", "access-control-allow-origin"} <= told[0].keys()
    for name in told[0].keys() - {"date", "server-timing"}:
        assert told[0][name] == told[1][name]
    assert patient.get(path, "text/csv", If_None_Match=told[0]["etag"]).status == 304


def test_log_takes_one_line_a_request(patient):
    patient.get("/nowhere%0d%0a2026-01-01%20forged")
    assert not any(
        line.startswith("2026-01-01 forged") for line in patient.log.read_text().splitlines()
    )


def test_a_folder_named_from_where_one_stands_can_be_written_to(serving, tmp_path, monkeypatch):
    serving.publish(tmp_path / "data", f"<{BASE}graph/user/g> {{ {TRIPLES} }}")
    monkeypatch.chdir(tmp_path)
    token = Tokens(Path("data")).new("one", ["write"])
    with serving("data", cwd=tmp_path, workers=1) as served:
        assert served.update("INSERT DATA { <s> <p> 1 }", token).status == 204
        asked = f"ASK {{ GRAPH <{BASE}graph/default> {{ <{BASE}s> <{BASE}p> 1 }} }}"
        assert served.query(asked).json()["boolean"] is True
