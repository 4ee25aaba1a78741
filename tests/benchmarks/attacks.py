"""What happens to a nasty query, here and at `oxigraph serve`: `attacks.py`.

    .venv/bin/python tests/benchmarks/attacks.py > attacks.md

Loads 2,000 made-up papers, runs both servers on the same store with a deadline of 2 s, sends each
attack to each, and prints a table. Memory is sampled; "next" is what a client at another address
waits for its answer after the attack was answered, or given up. `oxigraph serve` is held to 4 GiB
of address space and to 6 s, then killed; it is started again when it has died.
"""

import http.client
import json
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlencode

import click

from tests.benchmarks import made_papers, nasty, servers
from tests.benchmarks.servers import Target, Watch

RESULTS = "application/sparql-results+json"
OTHER = "127.0.0.7"  # the address of the client that did nothing
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attack ended: `status` 0 where there was no answer; `said` is the reason given."""

    status: int
    seconds: float
    said: str = ""
    whole: bool = True
    cause: str = ""
    kind: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Attack:
    """A name for the table, and what does it within so many seconds."""

    name: str
    send: Callable[[Target, float], Outcome]


def exchange(
    target: Target,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes | None = None,
    patience: float = 10,
    source: str = "127.0.0.1",
) -> Outcome:
    """One request on a connection of its own, read to its end within the patience."""
    started = time.monotonic()
    client = http.client.HTTPConnection(
        "127.0.0.1", target.port, timeout=patience, source_address=(source, 0)
    )
    try:
        with suppress(BrokenPipeError, ConnectionResetError):  # an answer may stand before the end
            client.request(method, path, body, headers)
        response = client.getresponse()
        data, size, whole = _read(response, started + patience)
    except TimeoutError:
        return Outcome(0, time.monotonic() - started, "no answer", False)
    except (OSError, http.client.HTTPException) as error:
        return Outcome(0, time.monotonic() - started, f"connection lost: {error}", False)
    finally:
        client.close()
    kind = response.headers.get_content_type()
    told = _told(data, kind)
    if kind == RESULTS and response.status == 200 and size == len(data):
        whole = whole and _parses(data)
    said = told.get("detail", "") or data[:200].decode(errors="replace")
    seconds = time.monotonic() - started
    return Outcome(response.status, seconds, said, whole, told.get("cause", ""), kind, size)


def _read(response: http.client.HTTPResponse, end: float) -> tuple[bytes, int, bool]:
    """The first 64 MiB of the body, its size, and whether it is whole."""
    parts, size = [], 0
    try:
        while time.monotonic() < end:
            data = response.read(1 << 18)
            if not data:
                left = response.length or 0
                return b"".join(parts), size, left == 0
            size += len(data)
            if size <= 64 * MIB:
                parts.append(data)
    except (OSError, http.client.HTTPException):
        pass
    return b"".join(parts), size, False


def _told(data: bytes, kind: str) -> dict[str, str]:
    with suppress(ValueError):
        if kind == "application/problem+json":
            return json.loads(data)
    return {}


def _parses(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def query(text: str | bytes) -> Callable[[Target, float], Outcome]:
    """The text as a direct query."""
    body = text if isinstance(text, bytes) else text.encode()
    headers = {"Content-Type": "application/sparql-query", "Accept": f"{RESULTS}, text/turtle"}

    def send(target: Target, patience: float) -> Outcome:
        return exchange(target, "POST", target.query, headers, body, patience)

    return send


def update(text: str) -> Callable[[Target, float], Outcome]:
    """The text as a direct update, by one who may."""
    headers = {"Content-Type": "application/sparql-update"}

    def send(target: Target, patience: float) -> Outcome:
        allowed = headers | {"Authorization": f"Bearer {target.token}"}
        return exchange(target, "POST", target.update, allowed, text.encode(), patience)

    return send


def upload(media_type: str, body: bytes) -> Callable[[Target, float], Outcome]:
    """The body into a graph, by one who may."""

    def send(target: Target, patience: float) -> Outcome:
        headers = {"Content-Type": media_type, "Authorization": f"Bearer {target.token}"}
        path = f"{target.store}?graph={quote('http://e/graph/nasty')}"
        return exchange(target, "PUT", path, headers, body, patience)

    return send


def at_once(many: int, send: Callable[[Target, float], Outcome]):
    """The same from so many clients at one time; the slowest of them is told."""

    def sends(target: Target, patience: float) -> Outcome:
        found: list[Outcome] = []
        threads = [
            # They wait for each other.
            threading.Thread(target=lambda: found.append(send(target, 2 * patience)))
            for _ in range(many)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        worst = max(found, key=lambda outcome: outcome.seconds)
        statuses = sorted({outcome.status for outcome in found})
        return replace(worst, said=f"statuses {statuses}", whole=all(one.whole for one in found))

    return sends


def dawdle(many: int, head: Callable[[Target], bytes], seconds: float = 2.5):
    """So many connections on which only this is sent; asked meanwhile how others fare."""

    def send(target: Target, patience: float) -> Outcome:
        with ExitStack() as stack:
            for _ in range(many):
                stack.callback(connect(target, head(target)).close)
            time.sleep(0.2)
            asked = bystander(target, patience)
            time.sleep(seconds)
        return replace(asked, said=f"another client meanwhile: {_millis(asked.seconds)}", kind="")

    return send


def leave(many: int, text: str):
    """So many clients that ask and go; told is how another fares then."""

    def send(target: Target, _: float) -> Outcome:
        for _ in range(many):
            client = connect(target, get(target, text))
            time.sleep(0.05)
            client.close()
        asked = bystander(target)
        return replace(asked, said=f"another client then: {_millis(asked.seconds)}", kind="")

    return send


def bystander(target: Target, patience: float = 10) -> Outcome:
    """A cheap query from another address, which no cache has the answer to."""
    text = f"SELECT * {{ ?s ?p ?o }} LIMIT 1 #{time.monotonic_ns()}"
    return exchange(
        target, "GET", address(target, text), {"Accept": RESULTS}, None, patience, OTHER
    )


def address(target: Target, text: str) -> str:
    """Where a query is asked by GET."""
    return f"{target.query}?{urlencode({'query': text})}"


def connect(target: Target, sent: bytes) -> socket.socket:
    """A connection on which this was sent."""
    client = socket.create_connection(("127.0.0.1", target.port), timeout=5)
    with suppress(OSError):
        client.sendall(sent)
    return client


def get(target: Target, text: str) -> bytes:
    """The head of a request that asks a query."""
    head = f"GET {address(target, text)} HTTP/1.1\r\nHost: x\r\nAccept: {RESULTS}\r\n\r\n"
    return head.encode()


def slow_head(target: Target) -> bytes:
    return f"GET {target.query} HTTP/1.1\r\nHost: x\r\nX-Slow: ".encode()


def slow_body(target: Target) -> bytes:
    head = f"POST {target.query} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
    return f"{head}Content-Type: application/sparql-query\r\n\r\nSELECT".encode()


# About 100 MB of rows.
MUCH = "SELECT ?a ?b ?c ?d { ?a ?b ?c . ?d a <https://w3id.org/quiver/ontology#Conference> } "
MUCH += "LIMIT 550000"


def attacks(canary: int) -> Iterator[Attack]:
    """All of them; some would have a server call the canary's port."""
    for bracket in nasty.BRACKETS:
        yield Attack(f"10,000 nested {bracket}", query(nasty.nested(bracket, 10_000)))
    for name, text in nasty.QUERIES.items():
        yield Attack(name, query(text))
    for name, body in nasty.GARBAGE.items():
        yield Attack(name, query(body))
    here = f"<http://127.0.0.1:{canary}/>"
    yield Attack("SERVICE to the inner network", query(nasty.SERVICES[0].format(here)))
    yield Attack("SERVICE SILENT inside EXISTS", query(nasty.SERVICES[4].format(here)))
    yield Attack("LOAD from the inner network", update(nasty.LOADS[0].format(here)))
    yield Attack("50 clients with slow headers", dawdle(50, slow_head))
    yield Attack("50 clients with slow bodies", dawdle(50, slow_body))
    yield Attack(
        "50 clients that do not read 100 MB", dawdle(50, lambda target: get(target, MUCH), 4)
    )
    count = nasty.QUERIES["count of a 6-way cross join"]
    yield Attack("16 cross joins at once", at_once(16, query(count)))
    yield Attack("20 clients that ask for a cross join and leave", leave(20, count))
    for name, media_type, body in nasty.uploads(canary):
        yield Attack(f"upload: {name}", upload(media_type, body))
    for name, text in nasty.UPDATES.items():
        yield Attack(name, update(text))


class Canary:
    """A listener on the loopback that counts who came."""

    def __init__(self) -> None:
        self.visits = 0
        self._server = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.visits += 1
            connection.close()

    def settle(self) -> int:
        """The visits so far, those included that have just begun."""
        time.sleep(0.05)
        return self.visits

    def close(self) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


class Runner:
    """Keeps one server running, and tells of each attack what came of it."""

    def __init__(self, start: Callable[[], "contextmanager[Target]"], patience: float) -> None:
        self._start, self.patience = start, patience
        self._stack = ExitStack()
        self.target = self._stack.enter_context(start())

    def restart(self) -> None:
        self._stack.close()
        self.target = self._stack.enter_context(self._start())

    def close(self) -> None:
        self._stack.close()

    def run(self, attack: Attack, canary: Canary) -> list[str]:
        """Status, seconds, memory, next answer, what happened."""
        before = canary.visits
        with Watch(self.target) as watch:
            outcome = attack.send(self.target, self.patience)
        after = bystander(self.target, 3)
        what = _what(outcome, after, canary.settle() - before)
        if after.status != 200 or outcome.status == 0 or _busy(self.target):
            what += self._fate()
            self.restart()
        return [
            str(outcome.status or "none"),
            f"{outcome.seconds:.2f}",
            f"{watch.largest // MIB} / {watch.total // MIB}",
            _millis(after.seconds) if after.status == 200 else "none",
            what,
        ]

    def _fate(self) -> str:
        if not Path(f"/proc/{self.target.pid}/statm").exists() or not self.target.resident()[0]:
            return "; the server died"
        return "; still at work, killed"


def _what(outcome: Outcome, after: Outcome, visits: int) -> str:
    said = " ".join(outcome.said.split())[:90].replace("|", "\\|")
    if outcome.status == 200 and outcome.kind == RESULTS:
        said = "answered" if outcome.whole else "JSON broken off in the middle"
    if visits:
        said += f"; **the other server was called {visits} times**"
    return said


def _busy(target: Target) -> bool:
    """Whether the server still computes, half a second after its answer, with nobody waiting."""
    before = _ticks(target)
    time.sleep(0.5)
    return _ticks(target) - before > 20


def _ticks(target: Target) -> int:
    total = 0
    for pid in target.processes():
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total


def _millis(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


@click.command()
@click.option("--papers", default=2000, show_default=True)
@click.option("--timeout", default=2.0, show_default=True, help="Deadline of both, in seconds.")
@click.option("--memory", default="256M", show_default=True, help="Cap of a query process.")
@click.option("--only", default="", help="Attacks whose names have this.")
@click.option("--without-oxigraph", is_flag=True)
def main(papers: int, timeout: float, memory: str, only: str, without_oxigraph: bool) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="attacks-") as folder, ExitStack() as stack:
        data = Path(folder) / "data"
        load(data, papers)
        canary = Canary()
        stack.callback(canary.close)
        settings = {"timeout": timeout, "memory": memory, "workers": 2, "access_log": "no"}
        runners = [Runner(lambda: servers.quiver(data, **settings), timeout + 4)]
        if not without_oxigraph:
            store = servers.copy_of_current(data, Path(folder) / "store")
            runners.append(Runner(lambda: servers.oxigraph(store, timeout), timeout + 4))
        for runner in runners:
            stack.callback(runner.close)
        click.echo(HEADER)
        for attack in attacks(canary.port):
            if only in attack.name:
                cells = [cell for runner in runners for cell in runner.run(attack, canary)]
                click.echo("| " + " | ".join([attack.name.replace("|", "\\|"), *cells]) + " |")


HEADER = (
    "| attack | Quiver | s | MiB, largest / all | next | what it said "
    "| oxigraph serve | s | MiB | next | what happened |\n" + "|---" * 11 + "|"
)


def load(data: Path, papers: int) -> None:
    """Made-up papers as a person would load them."""
    table = data.with_suffix(".csv")
    made_papers.write(table, papers)
    quiver = servers.PROGRAMS / "quiver"
    command = [quiver, "load", table, "--data", data, "--source", "made", "--format", "csv"]
    subprocess.run(command, check=True, capture_output=True)
    table.unlink()


if __name__ == "__main__":
    main()
