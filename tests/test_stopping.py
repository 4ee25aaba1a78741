"""A stop under load: every client gets a whole answer, be it that the server stops."""

import re
import threading
from contextlib import ExitStack, closing
from urllib.parse import quote

import pytest

from tests.servers import HANGS
from tests.test_serve import BASE, SLOW, TRIPLES, metric, rest, wait_until

STOPS = 3
# Who waits is told that the server stops, or before that, that no turn came: what was first.
WORDS = (b"the server stops", b"others were waiting", b"no worker came free in time")


@pytest.fixture(scope="module")
def data(serving, tmp_path_factory):
    """A data folder with a small graph."""
    data = tmp_path_factory.mktemp("stopping") / "data"
    serving.publish(data, f"<{BASE}graph/user/g> {{ {TRIPLES} }}")
    return data


def ask(text):
    return f"GET /sparql?query={quote(text)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def whole(answer):
    """Whether this is a complete response."""
    head, _, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return length is not None and int(length[1]) == len(body)


@pytest.mark.thorough
def test_queries_too_long_for_the_stop_end_with_a_word(serving, data):
    with serving(data, timeout=50, stop_timeout=5) as served, ExitStack() as stack:
        served.readied()
        clients = [stack.enter_context(closing(served.connect(ask(SLOW)))) for _ in range(4)]
        wait_until(lambda: metric(served, "quiver_workers_running") == 2)
        wait_until(lambda: metric(served, "quiver_queue_waiting") == 2)
        served.process.terminate()
        answers = [rest(client)[0] for client in clients]
        assert served.process.wait(HANGS) == 0
    for answer in answers:
        assert answer.startswith(b"HTTP/1.1 503")
        assert whole(answer)
        assert any(word in answer for word in WORDS), answer
    assert any(b"the server stops" in answer for answer in answers)


def test_a_stop_under_load_breaks_no_answer(serving, data):
    for _ in range(STOPS):
        with serving(data) as served:
            busy, broken = threading.Barrier(5), []

            def client(served=served, busy=busy, broken=broken):
                connected = 0
                while True:
                    try:
                        connection = served.connect(ask("SELECT * { ?s ?p ?o } LIMIT 50"))
                    except OSError:
                        return
                    with closing(connection):
                        answer, reset = rest_of_one(connection)
                    if answer and not whole(answer):
                        broken.append((answer, reset))
                    connected += 1
                    if connected == 3:
                        busy.wait(HANGS)

            threads = [threading.Thread(target=client) for _ in range(4)]
            for thread in threads:
                thread.start()
            busy.wait(HANGS)
            served.process.terminate()
            assert served.process.wait(HANGS) == 0
            for thread in threads:
                thread.join(HANGS)
        assert not broken


def rest_of_one(connection):
    """One answer on a connection that stays open after it."""
    answer = b""
    try:
        while not whole(answer):
            part = connection.recv(1 << 16)
            if not part:
                break
            answer += part
    except ConnectionResetError:
        return answer, True
    return answer, False
