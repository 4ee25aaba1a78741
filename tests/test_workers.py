"""The query workers: answers, limits that cut, and what stands after each cut."""

import os
import select
import signal
import threading
import time
from contextlib import suppress
from dataclasses import replace

import pytest

from queries.errors import NoData
from queries.generations import Generations
from queries.workers import (
    Cause,
    FormRefused,
    Limits,
    Pool,
    PoolTooLarge,
    QueryFailed,
    QueryKilled,
    QuerySyntaxError,
    Request,
    SpooledBody,
    Token,
    check_memory,
)
from tests.asked import ALL, LIMITS, LONG, MIB, NT, node, publish, running, table, until
from tests.servers import HANGS


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    publish(folder)
    return folder


@pytest.fixture(scope="module")
def pool(data):
    with Pool(data, LIMITS, size=1) as held:
        yield held


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


def begun(pool, text, **more):
    """An errand that the pool's only worker is at."""
    table(pool, f"SELECT ({time.monotonic_ns()} AS ?n) {{}}")  # it holds the generation now
    for _ in range(int(HANGS / 0.01)):
        errand = pool.begin(Request(text, "text/tab-separated-values", **more))
        if errand.waits_for is not None:
            return errand
        time.sleep(0.01)  # the keeper looks after the worker
    raise AssertionError("no worker comes free")


def test_query_begun_is_told_of_by_its_socket_and_then_takes_no_waiting(pool):
    errand = begun(pool, "SELECT (41 + 1 AS ?n) {}")
    assert select.select([errand.waits_for], [], [], HANGS)[0]
    assert errand.done()
    answer = pool.finish(errand)
    assert (answer.body.read(), answer.cached) == (b"?n\n42\n", False)
    again = pool.begin(Request("SELECT (41 + 1 AS ?n) {}", "text/tab-separated-values"))
    assert (again.done(), again.waits_for, pool.finish(again).cached) == (True, None, True)


def test_query_begun_while_nobody_is_idle_waits_for_its_turn(pool):
    first = begun(pool, "SELECT (1 AS ?first) {}")
    second = pool.begin(Request("SELECT (2 AS ?second) {}", "text/csv"))
    assert (second.done(), second.waits_for) == (False, None)
    pool.finish(first)
    assert pool.finish(second).body.read() == b"second\r\n2\r\n"


@pytest.mark.parametrize(
    ("text", "rows"),
    [(f"{ALL} # begun", 20_000), ("SELECT (1 AS ?n) {} #" + " " * 100_000, 1)],
    ids=["answer", "text"],
)
def test_large_answers_and_long_texts_are_not_done_at_once(pool, text, rows):
    table(pool, f"SELECT ({time.monotonic_ns()} AS ?n) {{}}")
    errand = pool.begin(Request(text, "text/tab-separated-values"))
    if errand.waits_for:
        select.select([errand.waits_for], [], [], HANGS)
    assert not errand.done()
    assert pool.finish(errand).rows == rows


def test_deadline_cuts_what_was_begun(pool):
    with pytest.raises(QueryKilled) as caught:
        pool.finish(begun(pool, LONG, deadline=0.3))
    assert caught.value.cause is Cause.DEADLINE
    assert table(pool, "SELECT (1 AS ?n) {}") == ["1"]


def test_client_that_left_cuts_what_was_begun(pool):
    errand, token = begun(pool, LONG), Token()
    threading.Timer(0.1, token.cancel).start()
    with pytest.raises(QueryKilled) as caught:
        pool.finish(errand, token)
    assert caught.value.cause is Cause.HANGUP
    assert table(pool, "SELECT (1 AS ?n) {}") == ["1"]


@pytest.mark.parametrize(("limit", "wish"), [(2 * HANGS, 0.5), (0.5, 2 * HANGS), (0.5, None)])
def test_deadline_kills_and_the_next_query_is_answered(data, limit, wish):
    def answers():
        with suppress(QueryKilled):  # a process may take longer to start than a query may run
            return table(pool, "SELECT (1 AS ?n) {}") == ["1"]
        return False

    with Pool(data, replace(LIMITS, deadline=limit), size=1) as pool:
        until(answers)
        started = time.monotonic()
        with pytest.raises(QueryKilled) as caught:
            pool.run(Request(LONG, deadline=wish))
        assert caught.value.cause is Cause.DEADLINE
        assert time.monotonic() - started < HANGS
        until(answers)


FORMATS = (
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
)
BIG = "SELECT ?s ?p ?o ?s2 { ?s ?p ?o . ?s2 <http://example.org/venue> <http://example.org/v1> }"


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize("count", [0, 1, 2, 3_000])
def test_rows_are_counted_whatever_the_literals_hold(pool, media_type, count):
    text = f"SELECT ?s ?t {{ ?s <http://example.org/title> ?t }} LIMIT {count}"
    assert pool.run(Request(text, media_type)).rows == count


@pytest.mark.parametrize("media_type", FORMATS)
def test_row_cap_holds_in_every_format(data, media_type):
    with Pool(data, replace(LIMITS, rows=2_999), size=1) as pool:
        text = "SELECT ?s ?t {{ ?s <http://example.org/title> ?t }} LIMIT {}"
        assert pool.run(Request(text.format(2_999), media_type)).rows == 2_999
        with pytest.raises(QueryKilled) as caught:
            pool.run(Request(text.format(3_000), media_type))
        assert caught.value.cause is Cause.ROWS


def test_row_cap_holds_for_triples(data):
    with Pool(data, replace(LIMITS, rows=100), size=1) as pool:
        assert pool.run(Request("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 100")).rows == 100
        with pytest.raises(QueryKilled) as caught:
            pool.run(Request("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 101"))
        assert caught.value.cause is Cause.ROWS


def test_form_that_was_not_asked_for_is_refused(pool):
    with pytest.raises(FormRefused) as caught:
        pool.run(Request("CONSTRUCT WHERE { ?s ?p ?o }", graph=None))
    assert caught.value.form == "graph"
    with pytest.raises(FormRefused, match="table"):
        pool.run(Request("ASK {}", results=None))


def test_terms_are_bound_and_prefixes_shorten(pool):
    text = "CONSTRUCT { $s ?p ?o } WHERE { $s ?p ?o }"
    request = Request(text, bindings={"s": node("p7")}, prefixes={"ex": "http://example.org/"})
    assert b"ex:p7 ex:" in pool.run(request).body.read()


def test_dataset_is_the_union_unless_one_is_given(pool):
    count = "SELECT (COUNT(*) AS ?n) {} {{ ?s ?p ?o }}"
    assert table(pool, count.format("")) == ["20000"]
    graph = "http://example.org/graph/1"
    assert table(pool, count.format(f"FROM <{graph}>")) == ["10000"]
    assert table(pool, count.format(""), default_graphs=(graph,)) == ["10000"]
    assert table(pool, count.format(""), named_graphs=(graph,)) == ["0"]
    inside = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    assert table(pool, inside, named_graphs=(graph,)) == ["10000"]


def test_large_answer_is_a_file_that_leaves_no_trace(pool):
    answer = pool.run(Request(ALL))
    assert isinstance(answer.body, SpooledBody)
    assert pool.figures().spool_bytes == len(answer.body) > MIB
    assert b"".join(answer.body) == answer.body.read()
    assert answer.body.read().endswith(b"]}}")
    answer.body.close()
    assert pool.figures().spool_bytes == 0


def test_byte_cap_cuts(pool):
    with pytest.raises(QueryKilled) as caught:
        pool.run(Request(BIG))
    assert caught.value.cause is Cause.BYTES
    assert pool.figures().spool_bytes == 0


def test_spool_is_shared_and_comes_back(pool):
    first = pool.run(Request(ALL))
    with pytest.raises(QueryKilled) as caught:  # 32 MiB are reserved at a time, of 40 - 5
        for _ in range(5):
            other = pool.run(Request(ALL + f" # {time.monotonic_ns()}"))
            first = first, other
    assert caught.value.cause is Cause.SPOOL
    assert caught.value.retry_after
    del first, other
    pool.run(Request(ALL)).body.close()


def test_new_generation_is_seen_and_no_query_lost(tmp_path):
    publish(tmp_path, 10)
    with Pool(tmp_path, LIMITS, size=2) as pool:
        seen, stop = [], threading.Event()

        def ask():
            while not stop.is_set():
                answer = pool.run(Request("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv"))
                seen.append((answer.generation, answer.body.read()))

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for size in (20, 30, 40, 50, 60, 70):
            number = publish(tmp_path, size)
            until(lambda number=number: seen and seen[-1][0] == number)
        stop.set()
        for thread in threads:
            thread.join()
        expected = {n: b"n\r\n%d\r\n" % (40 * n) for n in range(1, 8)}
        assert {generation for generation, _ in seen} == set(expected)
        assert all(body == expected[generation] for generation, body in seen)


def test_workers_for_pages_follow_a_write_before_they_are_asked(tmp_path, monkeypatch):
    monkeypatch.setattr("queries.pool.keeper.FRESHEN_SECONDS", 2 * HANGS)  # nobody looks by chance
    publish(tmp_path / "data", publications=2)
    with Pool(tmp_path / "data", LIMITS, size=1) as pool:
        before = {worker.generation for worker in pool._keeper.processes}
        number = publish(tmp_path / "data", publications=3)
        assert number not in before
        pool.follow()
        for_pages = [worker for worker in pool._keeper.processes if worker.reserved]
        until(lambda: [one.generation for one in for_pages] == [number])
        assert pool.run(Request(ALL)).generation == number


def test_idle_workers_let_an_old_generation_go(tmp_path):
    publish(tmp_path, 10)
    with Pool(tmp_path, LIMITS, size=2):
        for _ in range(5):
            publish(tmp_path, 10)
        until(lambda: publish(tmp_path, 10) and 1 not in Generations(tmp_path).numbers())


def test_worker_killed_while_idle_costs_no_query(pool):
    for worker in list(pool._keeper.processes):
        os.kill(worker.pid, signal.SIGKILL)
        worker._process.wait()
    assert table(pool, "SELECT (1 AS ?n) {}") == ["1"]


def kill(pool):
    """Kill the workers that have a turn now."""
    for worker in list(pool._turns._running):
        with suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGKILL)


def test_worker_killed_from_outside_is_a_crash_with_its_status(pool):
    with running(pool, LONG) as ended:
        until(lambda: ended or kill(pool))  # one killed before it has the query is just replaced
    assert ended[0].cause is Cause.CRASH
    assert "status -9" in str(ended[0])


def test_cancelled_query_frees_its_worker(pool):
    token = Token()
    with running(pool, LONG, token) as ended:
        token.cancel()
    assert ended[0].cause is Cause.HANGUP
    assert table(pool, "SELECT (1 AS ?n) {}") == ["1"]


def test_same_query_again_comes_from_the_cache(data):
    with Pool(data, LIMITS, size=1) as pool:
        first = pool.run(Request("ASK { ?s ?p ?o }"))
        again = pool.run(Request("ASK { ?s ?p ?o }"))
        assert (first.cached, again.cached) == (False, True)
        assert first.body.read() == again.body.read()
        assert not pool.run(Request("ASK { ?s ?p ?o }", "text/csv")).cached
        assert pool.figures().cache_hits == 1


def test_figures_count_what_happened(data):
    with Pool(data, LIMITS, size=1) as pool:
        pool.run(Request("ASK {}"))
        with suppress(QuerySyntaxError):
            pool.run(Request("nonsense"))
        table(pool, "SELECT (1 AS ?n) {}")  # the worker is there before a short deadline begins
        with suppress(QueryKilled):
            pool.run(Request(LONG, deadline=0.3))
        figures = pool.figures()
        assert figures.outcomes == {"answered": 2, "QuerySyntaxError": 1, "deadline": 1}
        assert figures.count == figures.buckets[float("inf")] == 2
        until(lambda: pool.figures().starts == 3)


def test_query_longer_than_allowed_is_refused(data):
    with Pool(data, replace(LIMITS, query=100), size=1) as pool:
        pool.run(Request("ASK {}" + " " * 94))
        with pytest.raises(QuerySyntaxError, match="at most 100 are taken"):
            pool.run(Request("ASK {}" + " " * 95))


def test_unknown_format_is_no_crash(pool):
    with pytest.raises(QueryFailed, match="no results format"):
        pool.run(Request("ASK {}", "text/none"))
    assert table(pool, "SELECT (1 AS ?n) {}") == ["1"]


def test_pool_leaves_half_of_the_memory_to_others():
    check_memory(3, Limits(memory=MIB), 6 * MIB)
    with pytest.raises(PoolTooLarge, match="3 query workers of 1 MiB"):
        check_memory(3, Limits(memory=MIB), 6 * MIB - 1)


def test_no_data_is_said_at_once(tmp_path):
    with pytest.raises(NoData):
        Pool(tmp_path, LIMITS, size=1)


def test_workers_die_with_their_pool(data):
    with Pool(data, LIMITS, size=1) as pool:
        pids = [worker.pid for worker in pool._keeper.processes]
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
