"""Attacks over a socket: each is cut, says why, and leaves the server well for the next client.

How soon that is, `tests/benchmarks/attacks.py` measures; here only what hangs fails.
"""

import re
import socket
import time
from contextlib import closing

import pytest

from server.tokens import Tokens
from tests.benchmarks import attacks, nasty
from tests.benchmarks.servers import Target, Watch
from tests.conftest import sampled
from tests.servers import HANGS

MIB = 1 << 20
BASE = "http://localhost:8000/"
DEADLINE = 0.4
SOON = 20  # seconds: less than what the server grants those who are slow
CAP, WORKERS = 192, 2
ALL_MEMORY = (CAP * (WORKERS + 1) + 300) * MIB
LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
# Enough that a cross join of three has no end, and the labels of 60,000 pairs are 100 MB.
SUBJECTS = 650
TRIG = f"<{BASE}graph/source/attacked> {{\n" + "".join(
    f'<{BASE}id/s{n}> {LABEL} "a paper of {n} on {"learning " * 100}" ; '
    f"<{BASE}near> <{BASE}id/s{n * 7 % SUBJECTS}>, <{BASE}id/s{n * 13 % SUBJECTS}> .\n"
    for n in range(SUBJECTS)
)
MUCH = f"SELECT * {{ ?a {LABEL} ?c . ?d {LABEL} ?f }} LIMIT 60000"


def target_of(served):
    token = Tokens(served.data).new(f"attacker {served.port}", ["write"])
    return Target("quiver", served.process.pid, served.port, "/sparql", "/sparql", "/graphs", token)


@pytest.fixture(scope="module")
def data(serving, tmp_path_factory):
    folder = tmp_path_factory.mktemp("attacks") / "data"
    serving.publish(folder, TRIG + "}")
    return folder


@pytest.fixture(scope="module")
def strict(serving, data):
    """A server with a short deadline, and room for long queries, so that the engine gets them."""
    settings = {"workers": WORKERS, "memory": f"{CAP}M", "max_query": "8M", "cache": 0}
    with serving(data, timeout=DEADLINE, **settings) as served:
        yield target_of(served.readied())


@pytest.fixture(scope="module")
def patient(serving, data):
    """A server whose queries may take long."""
    settings = {"workers": WORKERS, "memory": f"{CAP}M", "cache": 0, "queue": 100}
    with serving(data, timeout=2 * HANGS, **settings) as served:
        yield target_of(served.readied())


def suffered(target, attack, patience=HANGS):
    """The outcome of an attack that was answered in bounds, and left the server well.

    On a busy machine the worker that the last one cost may not be back in time; as it is told to,
    the attack then comes again.
    """
    until = time.monotonic() + HANGS
    with Watch(target) as watch:
        while (outcome := attack(target, patience)).cause == "queue" and time.monotonic() < until:
            time.sleep(0.1)
    assert outcome.status, outcome
    assert outcome.whole
    assert watch.total < ALL_MEMORY
    well(target)
    return outcome


def well(target):
    """Another client is answered; on a busy machine it may have to ask again, as it is told to."""
    until = time.monotonic() + HANGS
    while True:
        outcome = attacks.bystander(target, SOON)
        if outcome.cause not in ("deadline", "queue") or time.monotonic() > until:
            break
    assert outcome.status == 200, outcome


def refused(outcome, *causes):
    """A problem document that gives one of these causes in a word, and its reason in a line."""
    assert 400 <= outcome.status < 600, outcome
    assert outcome.kind == "application/problem+json"
    assert outcome.said
    assert not causes or outcome.cause in causes, outcome


SOME_BRACKETS = "groups", "EXISTS", "&&", "path groups", "property lists"
# One that is cut by each cap: time, memory, rows, bytes, the length of a text.
SOME_QUERIES = (
    "count of a 6-way cross join",
    "ORDER BY over a cross join",
    "rows without end",
    "a string doubled 40 times",
    "a regular expression of 8,100 million states",
    "5 MB of VALUES",
)


@pytest.mark.parametrize("bracket", sampled(nasty.BRACKETS, *SOME_BRACKETS))
def test_nesting(strict, bracket):
    for levels in (3_000, 100_000):
        outcome = suffered(strict, attacks.query(nasty.nested(bracket, levels)))
        if outcome.status != 200:
            refused(outcome, "nesting", "memory", "deadline", "syntax")


@pytest.mark.parametrize("name", sampled(nasty.QUERIES, *SOME_QUERIES))
def test_query(strict, name):
    outcome = suffered(strict, attacks.query(nasty.QUERIES[name]))
    refused(outcome, "deadline", "memory", "rows", "bytes", "syntax")


@pytest.mark.parametrize("name", nasty.GARBAGE)
def test_garbage(patient, name):
    outcome = suffered(patient, attacks.query(nasty.GARBAGE[name]))
    refused(outcome)
    assert outcome.status == 400


def test_query_that_is_longer_than_taken(patient):
    outcome = suffered(patient, attacks.query(nasty.QUERIES["5 MB of VALUES"]))
    refused(outcome, "syntax")
    assert "at most 1048576" in outcome.said


@pytest.mark.parametrize("name", nasty.UPDATES)
def test_update(strict, name):
    refused(suffered(strict, attacks.update(nasty.UPDATES[name])))


@pytest.mark.thorough
def test_uploads(strict, canary):
    for name, media_type, body in nasty.uploads(canary.port):
        outcome = suffered(strict, attacks.upload(media_type, body))
        assert outcome.status >= 400, name
        refused(outcome, "data", "memory", "deadline", "nesting", "syntax")
    assert not canary.settle()


@pytest.fixture
def canary():
    with closing(attacks.Canary()) as found:
        yield found


def addresses(port):
    return [f"<http://{host}:{port}/>" for host in nasty.HOSTS]


def test_services(patient, canary):
    for position in nasty.SERVICES:
        for address in addresses(canary.port):
            outcome = attacks.query(position.format(address))(patient, HANGS)
            refused(outcome, "outreach", "syntax")
            assert outcome.status in (400, 403)
    assert not canary.settle()
    well(patient)


@pytest.mark.thorough
def test_loads(patient, canary):
    here, *others = addresses(canary.port)
    texts = [position.format(here) for position in nasty.LOADS]
    texts += [nasty.LOADS[0].format(address) for address in others]
    for text in texts:
        outcome = attacks.update(text)(patient, HANGS)
        refused(outcome)
        assert outcome.status in (400, 403), text
    assert not canary.settle()
    well(patient)


@pytest.mark.parametrize("slow", ["headers", "bodies"])
def test_fifty_who_send_slowly(strict, slow):
    head = {"headers": attacks.slow_head, "bodies": attacks.slow_body}[slow]
    well_meanwhile(strict, head)


@pytest.mark.thorough
@pytest.mark.parametrize("clients", sampled([8, 50], 8))
def test_fifty_who_do_not_read(patient, clients):
    answer = attacks.exchange(patient, "GET", attacks.address(patient, MUCH), {}, None, HANGS)
    assert answer.status == 200 and answer.whole and answer.size > 90 * MIB
    well_meanwhile(patient, lambda target: attacks.get(target, MUCH), clients)


def well_meanwhile(target, head, clients=50):
    with Watch(target) as watch:
        outcome = attacks.dawdle(clients, head, 0.5)(target, SOON)
    assert outcome.status == 200
    assert watch.total < ALL_MEMORY
    well(target)


def test_one_client_with_all_the_workers(patient):
    count = nasty.QUERIES["DISTINCT over a cross join"]
    leaving = [attacks.connect(patient, attacks.get(patient, count)) for _ in range(8)]
    wait_for(patient, "quiver_workers_running", lambda running: running >= WORKERS)
    well(patient)
    for client in leaving:
        client.close()
    wait_for(patient, "quiver_workers_running", lambda running: not running)


def test_clients_that_leave_free_their_workers(patient):
    count = nasty.QUERIES["count of a 3-way cross join"]
    left = 'quiver_queries_total{outcome="hangup"}'
    before = metric(patient, left)
    for _ in range(WORKERS):
        client = attacks.connect(patient, attacks.get(patient, count))
        wait_for(patient, "quiver_workers_running", lambda running: running)
        client.close()
        wait_for(patient, "quiver_workers_running", lambda running: not running)
    wait_for(patient, left, lambda count: count == before + WORKERS)
    well(patient)


def metric(target, name):
    with socket.create_connection(("127.0.0.1", target.port), timeout=HANGS) as client:
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        text = b"".join(iter(lambda: client.recv(1 << 16), b"")).decode()
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def wait_for(target, name, condition, seconds=HANGS):
    end = time.monotonic() + seconds
    while not condition(value := metric(target, name)):
        assert time.monotonic() < end, f"{name} stays {value}"
        time.sleep(0.02)


def test_time_of_a_query_that_was_cut_is_counted(strict):
    before = metric(strict, 'quiver_request_seconds_sum{route="/sparql"}')
    attacks.query(nasty.QUERIES["DISTINCT over a cross join"])(strict, 10)
    assert metric(strict, 'quiver_request_seconds_sum{route="/sparql"}') >= before + DEADLINE
