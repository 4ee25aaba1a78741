"""Whose turn it is: the queue for workers, deadlines in it, and who makes room for whom."""

import threading
import time
from contextlib import suppress
from dataclasses import replace

import pytest

from queries.workers import Cause, Pool, QueryKilled, Request, Token
from tests.asked import LIMITS, LONG, publish, running, until


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    publish(folder)
    return folder


@pytest.fixture(scope="module")
def pool(data):
    with Pool(data, LIMITS, size=1) as held:
        yield held


def test_cancelled_while_waiting_leaves_the_queue(pool):
    first, second = Token(), Token()
    with running(pool, LONG, first) as ended:
        waiting = threading.Thread(target=pool_run, args=(pool, second))
        waiting.start()
        until(lambda: pool.figures().waiting == 1)
        second.cancel()
        waiting.join()
        assert pool.figures().waiting == 0 and not ended
        first.cancel()


def pool_run(pool, token):
    with suppress(QueryKilled):
        pool.run(Request(LONG), token)


def test_full_queue_refuses_with_a_time_to_return(data):
    with Pool(data, replace(LIMITS, queue=0), size=1) as pool:
        token = Token()
        with running(pool, LONG, token):
            with pytest.raises(QueryKilled, match="queue is full") as caught:
                pool.run(Request("ASK {}", client="other"))
            assert caught.value.cause is Cause.QUEUE
            assert caught.value.retry_after >= 1
            token.cancel()


def test_waiting_for_a_worker_counts_against_the_deadline(data):
    with Pool(data, LIMITS, size=1) as pool:
        token = Token()
        with running(pool, LONG, token):
            started = time.monotonic()
            with pytest.raises(QueryKilled, match="came free in time") as caught:
                pool.run(Request("ASK {}", deadline=0.2, client="other"))
            assert 0.2 <= time.monotonic() - started < LIMITS.wait
            assert caught.value.cause is Cause.QUEUE
            assert caught.value.retry_after >= 1
            token.cancel()


def test_query_whose_turn_comes_late_is_cut_at_its_deadline(data):
    with Pool(data, LIMITS, size=1) as pool:
        token = Token()
        with running(pool, LONG, token):
            threading.Timer(1.5, token.cancel).start()
            started = time.monotonic()
            with pytest.raises(QueryKilled) as caught:
                pool.run(Request(LONG, deadline=2.5, client="other"))
            assert caught.value.cause is Cause.DEADLINE
            assert time.monotonic() - started < 4  # and not 1.5 and 2.5 again


def test_pages_are_answered_while_strangers_hold_every_worker(pool):
    token = Token()
    with running(pool, LONG, token):
        assert pool.batch([Request("ASK {} # page", kind="page")])[0].rows == 1
        token.cancel()


def test_client_above_its_share_makes_room(data):
    with Pool(data, replace(LIMITS, patience=0.1), size=2) as pool:
        first, second = Token(), Token()
        with running(pool, LONG, first, client="a"), running(pool, LONG, second, client="a") as cut:
            assert pool.run(Request("ASK {}", client="b")).rows == 1
            until(lambda: cut)
            assert cut[0].cause is Cause.QUEUE
            first.cancel()


def test_nobody_makes_room_for_what_the_server_asks_itself(data):
    with Pool(data, replace(LIMITS, patience=0.05, wait=0.4), size=2) as pool:
        first, second = Token(), Token()
        with running(pool, LONG, first, client="a"), running(pool, LONG, second, client="a") as cut:
            with pytest.raises(QueryKilled, match="no worker came free"):
                pool.run(Request("ASK {}"))
            assert not cut
            first.cancel()
            second.cancel()
