"""Batches side by side: each its own answers in order, one generation, and no worker kept."""

import pytest

from queries.pool.abreast import abreast
from queries.pool.answers import Limits, QuerySyntaxError, Request
from queries.workers import Pool


@pytest.fixture(scope="module")
def pool(small_data):
    with Pool(small_data, Limits(cache=0), size=1) as held:
        yield held


def numbers(*wanted):
    return [Request(f"SELECT ({one} AS ?n) {{}}", "text/csv", kind="page") for one in wanted]


def told(found):
    return [[int(answer.read().split()[1]) for answer in batch] for batch in found]


def idle(pool):
    return pool.figures().idle


@pytest.mark.parametrize("batches", [[[1]], [[1, 2], [3]], [[1], [2, 3], [4], [5, 6]]])
def test_every_batch_is_answered_in_order_whoever_is_idle(pool, batches):
    found = abreast(pool, [numbers(*batch) for batch in batches])
    assert told(found) == batches
    assert len({answer.generation for batch in found for answer in batch}) == 1
    assert idle(pool) == 2


def test_a_batch_that_fails_leaves_no_worker_behind(pool):
    wrong = [Request("SELECT * { ?s ?p", "text/csv", kind="page")]
    for batches in ([numbers(1), wrong], [wrong, numbers(1)]):
        with pytest.raises(QuerySyntaxError):
            abreast(pool, batches)
    assert told(abreast(pool, [numbers(7), numbers(8)])) == [[7], [8]]
    assert pool.figures().running == 0


def test_batches_are_with_two_workers_at_once(pool):
    errands = [pool.begin(*numbers(1)), pool.begin(*numbers(2))]
    assert idle(pool) == 0
    assert told(pool.answers(errand) for errand in errands) == [[1], [2]]
