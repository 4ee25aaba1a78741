"""A made-up graph of publications, and pools that are asked about it, also by several at once."""

import threading
import time
from contextlib import contextmanager

import pyoxigraph as ox

from queries.generations import Generations
from queries.workers import Limits, QueryError, Request
from tests.servers import HANGS

MIB = 1 << 20
NT = "application/n-triples"
ALL = "SELECT * { ?s ?p ?o }"
LIMITS = Limits(deadline=2 * HANGS, memory=256 * MIB, rows=100_000, answer=8 * MIB, spool=40 * MIB)
PUBLICATIONS = 5_000
ODD = 'A title with },{" , "quotes",\r\n<result> and lines '
LONG = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def node(name):
    return ox.NamedNode(f"http://example.org/{name}")


def publish(data, publications=PUBLICATIONS):
    """A generation with four quads a publication."""
    with Generations(data).write() as draft:
        draft.meta["base"] = "http://example.org/"
        lines = []
        for number in range(publications):
            subject, graph = node(f"p{number}"), node(f"graph/{number % 2}")
            lines += [
                ox.Quad(subject, node("title"), ox.Literal(ODD + str(number)), graph),
                ox.Quad(subject, node("year"), ox.Literal(2000 + number % 20), graph),
                ox.Quad(subject, node("venue"), node(f"v{number % 7}"), graph),
                ox.Quad(subject, node("next"), node(f"p{(number + 1) % publications}"), graph),
            ]
        draft.replace_store().engine.bulk_extend(lines)
        return draft.publish()


def table(pool, text, **more):
    """The rows of a SELECT as text, without the header."""
    answer = pool.run(Request(text, "text/tab-separated-values", **more))
    return answer.body.read().decode().splitlines()[1:]


def until(condition):
    """Wait until something that another thread or process does has happened."""
    end = time.monotonic() + HANGS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


@contextmanager
def running(pool, text, token=None, **more):
    """A query under way in another thread; gives the list that its end goes to."""
    ended = []

    def run():
        try:
            ended.append(pool.run(Request(text, **more), token))
        except QueryError as error:
            ended.append(error)

    before = pool.figures().running
    thread = threading.Thread(target=run)
    thread.start()
    try:
        until(lambda: pool.figures().running > before or ended)
        yield ended
    finally:
        thread.join()
