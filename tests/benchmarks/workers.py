"""What a query costs more in a worker than in this process: python tests/benchmarks/workers.py

Both run the same queries on the same generation (200,000 quads), turn about, the cache off.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import pyoxigraph as ox

from queries.generations import Generations
from queries.workers import Limits, Pool, Request

QUADS, ROUNDS = 200_000, 20
BATCH = 100
QUERIES = {
    "ASK {}": ("ASK {}", BATCH),
    "describe one": ("SELECT ?p ?o { <http://example.org/s77> ?p ?o }", BATCH),
    "1,000 rows": ("SELECT * { ?s <http://example.org/p1> ?o } LIMIT 1000", 10),
    "count 50,000": ("SELECT (COUNT(*) AS ?n) { ?s <http://example.org/p1> ?o }", 2),
    "200,000 rows": ("SELECT * { ?s ?p ?o }", 1),
}


def publish(data):
    def node(name):
        return ox.NamedNode(f"http://example.org/{name}")

    with Generations(data).write() as draft:
        draft.meta["base"] = "http://example.org/"
        draft.store.engine.bulk_extend(
            ox.Quad(node(f"s{n // 4}"), node(f"p{n % 4}"), ox.Literal(n), node("g"))
            for n in range(QUADS)
        )
        draft.publish()


def seconds(run, times):
    """The median of several runs."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def compare(store, pool, text, times):
    """Medians of this process and of a worker, in microseconds."""

    def here():
        found = store.query(text, use_default_graph_as_union=True)
        return found.serialize(format=ox.QueryResultsFormat.JSON)

    def there():
        pool.run(Request(text)).body.close()

    pairs = [(seconds(here, times), seconds(there, times)) for _ in range(ROUNDS)]
    return tuple(statistics.median(column) * 1e6 for column in zip(*pairs, strict=True))


def main():
    out = sys.stdout.write
    with tempfile.TemporaryDirectory() as folder:
        publish(Path(folder))
        start = time.perf_counter()
        with Pool(Path(folder), Limits(cache=0), size=1, reserved=0) as pool:
            out(f"a pool of one worker ready in {(time.perf_counter() - start) * 1e3:.0f} ms\n")
            store = ox.Store.read_only(f"{folder}/current/store")
            out(f"{'query':14}{'here µs':>12}{'worker µs':>12}{'added µs':>12}{'ratio':>8}\n")
            for name, (text, times) in QUERIES.items():
                here, there = compare(store, pool, text, times)
                out(f"{name:14}{here:12.0f}{there:12.0f}{there - here:12.0f}{there / here:8.2f}\n")


if __name__ == "__main__":
    main()
