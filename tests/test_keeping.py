"""Kept answers: who comes first waits, later ones get the newest there is while it is renewed."""

import time

import pyoxigraph as ox
import pytest

from queries.generations import Generations
from queries.pool.answers import Limits, QuerySyntaxError, Request
from queries.workers import Pool
from server import keeping
from server.keeping import Keeper

# Some tenths of a second: each of three statements with each of three others, and so on.
LONG = "SELECT (COUNT(*) AS ?n) { ?a <urn:p> ?b . ?c <urn:p> ?d . ?e <urn:p> ?f . ?g <urn:q> ?h }"
SHORT = "SELECT (COUNT(*) AS ?n) { ?a <urn:q> ?b }"


def add(data, prop, several):
    with Generations(data).write() as draft:
        draft.meta["base"] = "http://localhost:8000/"
        node = ox.NamedNode(f"urn:{prop}")
        draft.store.engine.extend(
            ox.Quad(ox.NamedNode(f"urn:{n}"), node, ox.Literal(n)) for n in several
        )
        draft.publish()


@pytest.fixture
def data(tmp_path):
    add(tmp_path / "data", "p", range(90))
    add(tmp_path / "data", "q", range(1))
    return tmp_path / "data"


@pytest.fixture
def pool(data):
    with Pool(data, Limits(cache=0), 2) as pool:
        yield pool


def number(answer):
    return int(
        ox.parse_query_results(answer.read(), ox.QueryResultsFormat.JSON).__next__()[0].value
    )


def test_the_first_waits_and_the_next_gets_the_same(pool):
    keeper = Keeper()
    (first,) = keeper.answers(pool, [Request(LONG)])
    (next_one,) = keeper.answers(pool, [Request(LONG)])
    assert number(first) == 90**3 and next_one is first


def test_older_answer_is_given_while_it_is_counted_anew(data, pool, monkeypatch):
    monkeypatch.setattr(keeping, "PATIENCE", 0.0)
    monkeypatch.setattr(keeping, "REST", 0)
    keeper = Keeper()
    (before,) = keeper.answers(pool, [Request(LONG)])
    add(data, "q", [5])
    (older,) = keeper.answers(pool, [Request(LONG)])
    assert older is before and older.generation < pool.generation().number
    end = time.monotonic() + 60
    while (found := keeper.answers(pool, [Request(LONG)])[0]) is before:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert (number(found), found.generation) == (2 * 90**3, pool.generation().number)


def test_what_is_soon_counted_is_current(data, pool, monkeypatch):
    monkeypatch.setattr(keeping, "PATIENCE", 30.0)
    keeper = Keeper()
    assert number(keeper.answers(pool, [Request(SHORT)])[0]) == 1
    add(data, "q", [5])
    assert number(keeper.answers(pool, [Request(SHORT)])[0]) == 2


def test_failure_is_told_to_who_waits_and_forgotten(pool):
    keeper = Keeper()
    for _ in range(2):
        with pytest.raises(QuerySyntaxError):
            keeper.answers(pool, [Request("SELECT nothing")])


def test_least_recently_used_goes_first(pool):
    keeper = Keeper(capacity=300)
    texts = [f"SELECT ('{'x' * 100}{n}' AS ?n) {{}}" for n in range(4)]
    for text in texts:
        keeper.answers(pool, [Request(text)])
    kept = [key[0] for key in keeper._held]
    assert texts[-1] in kept and texts[0] not in kept


def test_all_figures_of_a_page_have_their_turn_however_long_each_takes(data, monkeypatch):
    monkeypatch.setattr(keeping, "AGAIN", 0.01)
    with Pool(data, Limits(cache=0, wait=0.01), 1) as pool:
        wanted = [Request(LONG), *(Request(SHORT + " " * n) for n in range(3))]
        found = Keeper().answers(pool, wanted)
    assert [number(answer) for answer in found] == [90**3, 1, 1, 1]
