"""The query workers: answers, limits that cut, and what stands after each cut."""

import pyoxigraph as ox
import pytest

from queries.generations import Generations
from queries.workers import Cause, Limits, Pool, QueryKilled, QuerySyntaxError, Request

MIB = 1 << 20
NT = "application/n-triples"
ALL = "SELECT * { ?s ?p ?o }"
LIMITS = Limits(deadline=1.5, memory=256 * MIB, rows=100_000, answer=8 * MIB, spool=40 * MIB)
PUBLICATIONS = 5_000
ODD = 'A title with },{" , "quotes",\r\n<result> and lines '


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


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    publish(folder)
    return folder


@pytest.fixture(scope="module")
def pool(data):
    with Pool(data, LIMITS, size=1) as held:
        yield held


def table(pool, text, **more):
    """The rows of a SELECT as text, without the header."""
    answer = pool.run(Request(text, "text/tab-separated-values", **more))
    return answer.body.read().decode().splitlines()[1:]


def test_select_is_answered_as_asked(pool):
    answer = pool.run(Request("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"))
    assert answer.media_type == "application/sparql-results+json"
    assert b'"value":"20000"' in answer.body.read()
    assert (answer.rows, answer.generation) == (1, 1)


def test_ask_and_construct_take_their_own_type(pool):
    assert pool.run(Request("ASK {}", "application/sparql-results+xml")).body.read().count(b"true")
    answer = pool.run(Request("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 5", graph=NT))
    assert (answer.media_type, answer.rows) == ("application/n-triples", 5)
    assert answer.body.read().count(b"\n") == 5


def test_batch_keeps_the_order(pool):
    texts = [f"SELECT ({number} AS ?n) {{}}" for number in range(20)]
    answers = pool.batch([Request(text, "text/csv", kind="page") for text in texts])
    assert [answer.body.read() for answer in answers] == [b"n\r\n%d\r\n" % n for n in range(20)]


def test_syntax_error_has_the_parsers_message(pool):
    with pytest.raises(QuerySyntaxError, match="error at 1:"):
        pool.run(Request("SELECT * { ?s ?p"))


def test_deadline_kills_and_the_next_query_is_answered(pool):
    with pytest.raises(QueryKilled) as caught:
        pool.run(Request("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"))
    assert caught.value.cause is Cause.DEADLINE
    assert table(pool, "SELECT (1 AS ?n) {}") == ["1"]
