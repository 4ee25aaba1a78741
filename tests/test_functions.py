"""The resolver's own functions in SPARQL: in query processes, under the limits of any query."""

from dataclasses import replace

import pyoxigraph as ox
import pytest

from ingest.resolution.functions import FUNCTIONS
from ontology import terms
from queries.generations import Generations
from queries.pool.answers import Cause, Limits, QueryFailed, QueryKilled, Request
from queries.workers import Pool
from server.config import FUNCTIONS as MODULE

LABEL = ox.NamedNode(f"{terms.RDFS}label")
PREFIX = f"PREFIX q: <{terms.Q}>\n"
NAMES = ("Siddharth Reddy", "Sid Reddy", "Surag Nair", "Suraj Nair", "Jürgen Müller")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("functions")
    with Generations(folder).write() as draft:
        for number, name in enumerate(NAMES):
            row = ox.NamedNode(f"http://localhost/{number}")
            draft.store.engine.add(ox.Quad(row, LABEL, ox.Literal(name)))
        draft.publish()
    return folder


@pytest.fixture(scope="module")
def pool(data):
    with Pool(data, Limits(cache=0), size=1, functions=MODULE) as held:
        yield held


def column(pool, text):
    """The one column of a result, unbound cells as None."""
    answer = pool.run(Request(PREFIX + text, prefixes={}))
    rows = ox.parse_query_results(answer.body.read(), ox.QueryResultsFormat.JSON)
    return [None if row[0] is None else row[0].value for row in rows]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('q:fold("Jürgen Müller-Lüdenscheidt, Jr.")', "jurgen muller-ludenscheidt jr"),
        ('q:nameRelation("Sid Reddy", "Siddharth Reddy")', "short form"),
        ('q:nameRelation("Levine, Sergey", "Sergey Levine")', "same"),
        ('q:nameRelation("Bob Fergus", "Robert Fergus")', "nickname"),
        ('q:nameRelation("S. Levine", "Sergey Levine")', "initials"),
        ('q:nameRelation("Surag Nair", "Suraj Nair")', "spelling"),
        ('q:nameRelation("Pieter Abbeel", "Sergey Levine")', ""),
        ('q:similarity("Über Graphen", "uber graphen")', "1"),
        ('q:similarity("ab", "cd")', "0"),
        ("q:similarity(<http://localhost/>, 'x')", None),
        ("q:fold(1, 2)", None),
    ],
)
def test_what_a_function_gives(pool, expression, value):
    (found,) = column(pool, f"SELECT ?v {{ BIND({expression} AS ?v) }}")
    assert found == value


def test_rows_that_relate(pool):
    found = column(
        pool,
        f'SELECT ?name {{ ?row {LABEL} ?name FILTER(q:nameRelation(?name, "Sid Reddy")) }}',
    )
    assert sorted(found) == ["Sid Reddy", "Siddharth Reddy"]


def test_a_function_nobody_has_is_named(pool):
    with pytest.raises(QueryFailed, match=r"ontology#folded> is not supported"):
        column(pool, 'SELECT ?v { BIND(q:folded("x") AS ?v) }')


def test_a_query_of_functions_is_cut_like_any_other(data):
    rows = " ".join(f'"{"name " * 40}{n}"' for n in range(400))
    pairs = f"VALUES ?a {{ {rows} }} VALUES ?b {{ {rows} }}"
    text = f"SELECT (SUM(q:similarity(?a, ?b)) AS ?s) {{ {pairs} }}"
    with Pool(data, replace(Limits(cache=0), deadline=0.3), size=1, functions=MODULE) as pool:
        with pytest.raises(QueryKilled) as caught:
            column(pool, text)
        assert caught.value.cause is Cause.DEADLINE


def test_every_function_of_the_ontology_is_there():
    assert {function.value for function in FUNCTIONS} == {
        terms.FOLD,
        terms.SIMILARITY,
        terms.NAME_RELATION,
    }
