"""What the server adds to a query: p50 at one client, ours and `oxigraph serve`, on the same data.

    python tests/benchmarks/overhead.py [papers] [seconds]

Both hold the same made-up graph (by default 20,000 papers), and both are asked over one kept
connection, in turns, the same questions for the same subjects. Ratios within one run count.
"""

# ruff: noqa: E501, T201 (a script that tells a person)

import http.client
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox

from queries.generations import Generations

BASE = "http://localhost:8000/"
Q = "https://w3id.org/quiver/ontology#"
PREFIX = f"PREFIX q: <{Q}> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
PROGRAM = Path(sys.executable).parent / "oxigraph"


def paper(number):
    return f"{BASE}id/publication/paper-{number}-aaaaaaaaaaaa"


def author(number):
    return f"{BASE}id/author/author-{number}-bbbbbbbbbbbb"


def triples(papers, rng):
    """The graph as N-Triples, some nine triples a paper."""
    for number in range(papers):
        one = f"<{paper(number)}>"
        yield f"{one} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{Q}Publication> .\n"
        yield f'{one} <http://www.w3.org/2000/01/rdf-schema#label> "Paper {number} on arrows" .\n'
        yield f'{one} <{Q}year> "{1990 + number % 35}"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
        yield f'{one} <{Q}printedVenue> "Venue {number % 40}" .\n'
        yield f"{one} <{Q}canonical> {one} .\n"
        for who in rng.sample(range(papers // 3 + 5), 4):
            yield f"{one} <{Q}authoredBy> <{author(who)}> .\n"


QUESTIONS = {
    "ask nothing": lambda n: "ASK {}",
    "describe": lambda n: f"DESCRIBE <{paper(n)}>",
    "label": lambda n: PREFIX + f"SELECT ?l {{ <{paper(n)}> rdfs:label ?l }}",
    "co-authors": lambda n: PREFIX
    + f"SELECT ?b (COUNT(?p) AS ?n) {{ ?p q:authoredBy <{author(n // 3)}>, ?b }} GROUP BY ?b",
    "venue and year": lambda n: PREFIX
    + f"SELECT ?y (COUNT(?p) AS ?n) {{ ?p q:printedVenue 'Venue {n % 40}' ; q:year ?y }} GROUP BY ?y",
}  # fmt: skip


class Server:
    """A server under test, asked over one connection that is kept."""

    def __init__(self, name, port, path):
        self.name, self.path = name, path
        self.client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, text, accept):
        """Seconds until the whole answer was read."""
        started = time.perf_counter()
        self.client.request("GET", f"{self.path}?query={quote(text)}", headers={"Accept": accept})
        response = self.client.getresponse()
        body = response.read()
        took = time.perf_counter() - started
        assert response.status == 200, body[:300]
        return took

    def get(self, path, accept):
        started = time.perf_counter()
        self.client.request("GET", path, headers={"Accept": accept})
        response = self.client.getresponse()
        body = response.read()
        took = time.perf_counter() - started
        assert response.status == 200, body[:300]
        return took


def wait(port):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            client.request("GET", "/")
            client.getresponse().read()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing answers at port {port}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main():
    papers = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 3.0
    rng = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        lines = "".join(triples(papers, rng)).encode()
        data, plain = Path(folder, "data"), Path(folder, "plain")
        with Generations(data).write() as draft:
            draft.meta["base"] = BASE
            graph = ox.NamedNode(f"{BASE}graph/source/made")
            draft.store.engine.bulk_load(lines, ox.RdfFormat.N_TRIPLES, to_graph=graph)
            draft.publish()
        store = ox.Store(str(plain))
        store.bulk_load(lines, ox.RdfFormat.N_TRIPLES, to_graph=graph)
        store.flush()
        del store
        compare(data, plain, papers, seconds, rng)


def compare(data, plain, papers, seconds, rng):
    ports = free_port(), free_port()
    environ = os.environ | {"QUIVER_DATA": str(data), "QUIVER_PORT": str(ports[0])}
    environ |= {"QUIVER_CACHE": "0", "QUIVER_ACCESS_LOG": os.environ.get("ACCESS_LOG", "yes")}
    code = "from server import config, serve; serve.serve(config.read())"
    log = data.parent / "log"
    processes = [
        subprocess.Popen([sys.executable, "-c", code], env=environ, stderr=log.open("w")),
        subprocess.Popen(
            [PROGRAM, "serve-read-only", "-l", plain, "-b", f"127.0.0.1:{ports[1]}", "--union-default-graph"],
            stderr=subprocess.DEVNULL,
        ),
    ]  # fmt: skip
    try:
        for port in ports:
            wait(port)
        ours, theirs = Server("quiver", ports[0], "/sparql"), Server("oxigraph", ports[1], "/query")
        print(f"{papers} papers; p50 in microseconds at one client, caches off, limits on")
        print(f"{'question':16}{'quiver':>9}{'oxigraph':>10}{'added':>8}{'ratio':>7}")
        for name, question in QUESTIONS.items():
            accept = "text/turtle" if name == "describe" else "application/sparql-results+json"
            times = {server: [] for server in (ours, theirs)}
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                text = question(rng.randrange(papers))
                for server in times:
                    times[server].append(server.ask(text, accept))
            a, b = (statistics.median(times[server]) * 1e6 for server in (ours, theirs))
            print(f"{name:16}{a:9.0f}{b:10.0f}{a - b:8.0f}{a / b:7.2f}")
        for name, accept in (("document, Turtle", "text/turtle"), ("document, page", "text/html")):
            took = []
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                path = paper(rng.randrange(papers)).removeprefix(BASE[:-1]).replace("/id/", "/doc/")
                took.append(ours.get(path, accept))
            took.sort()
            p50, p95 = took[len(took) // 2] * 1e6, took[len(took) * 95 // 100] * 1e6
            print(f"{name:16}{p50:9.0f}   p95 {p95:.0f}")
    finally:
        for process in processes:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
