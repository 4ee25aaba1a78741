"""Queries made to do harm: each is cut for its own reason, and the next one is answered."""

import gc
import os
import resource
import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from queries.workers import (
    Cause,
    Limits,
    OutreachRefused,
    Pool,
    QueryError,
    QueryKilled,
    QuerySyntaxError,
    Request,
)
from tests.asked import MIB, publish
from tests.conftest import missing, sampled

MEMORY = 192 * MIB
LIMITS = Limits(deadline=0.4, memory=MEMORY, rows=50_000, answer=8 * MIB, cache=0)
BRACKETS = {
    "braces": "SELECT * {n}?s ?p ?o{m}",
    "optional": "SELECT * {{ ?s ?p ?o {n}?s ?p ?o{m} }}",
    "sub-select": "SELECT * {n}{{?s ?p ?o}}{m}",
    "parentheses": "SELECT * {{ ?s ?p ?o FILTER({n}1{m}) }}",
    "not": "SELECT * {{ ?s ?p ?o FILTER({n}1{m}) }}",
    "and": "SELECT * {{ ?s ?p ?o FILTER({n}1{m}) }}",
    "union": "SELECT * {{ {n}{{?s ?p ?o}}{m} }}",
    "path": "SELECT * {{ ?s {n}<x:p>{m} ?o }}",
    "exists": "SELECT * {{ FILTER {n}EXISTS {{}}{m} }}",
    "minus": "SELECT * {{ ?s ?p ?o {n}{m} }}",
    "collection": "SELECT * {{ ?s ?p {n}1{m} }}",
    "triple": "SELECT * {{ ?s ?p {n}?c{m} }}",
    "if": "SELECT * {{ BIND({n}1{m} AS ?x) }}",
}
PAIRS = {
    "braces": ("{", "}"),
    "optional": ("OPTIONAL {", "}"),
    "sub-select": ("{ SELECT * ", "}"),
    "parentheses": ("(", ")"),
    "not": ("!", ""),
    "and": ("1 && ", ""),
    "union": ("{?s ?p ?o} UNION ", ""),
    "path": ("(", ")"),
    "exists": ("EXISTS { FILTER ", "}"),
    "minus": ("MINUS { ?s ?p ?o ", "}"),
    "collection": ("(", ")"),
    "triple": ("<<( ?s ?p ", ")>>"),
    "if": ("IF(true, ", ", 1)"),
}
CROSS = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
DOUBLING = 'BIND("abcdefghij" AS ?s0) ' + " ".join(
    f"BIND(CONCAT(?s{n}, ?s{n}) AS ?s{n + 1})" for n in range(40)
)
REPLACES = 'BIND("aaaaaaaaaaaaaaaaaaaa" AS ?s0) ' + " ".join(
    f'BIND(REPLACE(?s{n}, "a", "aaaaaaaaaaaaaaaaaaaa") AS ?s{n + 1})' for n in range(12)
)
BOMBS = {
    "cross join counted": f"SELECT (COUNT(*) AS ?n) {{ {CROSS} }}",
    "six-way cross join": f"SELECT (COUNT(*) AS ?n) {{ {CROSS} . ?j ?k ?l . ?m ?o ?q . ?r ?s ?t }}",
    "sorted cross join": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f",
    "distinct cross join": "SELECT DISTINCT ?a ?d ?f { ?a ?b ?c . ?d ?e ?f }",
    "grouped cross join": "SELECT ?a ?d (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f } GROUP BY ?a ?d",
    "300 patterns": "SELECT * { " + " . ".join(f"?s{n} ?p{n} ?o{n}" for n in range(300)) + " }",
    "doubling": f"SELECT (STRLEN(?s40) AS ?n) {{ {DOUBLING} }}",
    "replace": f"SELECT (STRLEN(?s12) AS ?n) {{ {REPLACES} }}",
    "group concat": 'SELECT (GROUP_CONCAT(?c; separator="xxxxxxxx") AS ?n) { ?a ?b ?c . ?d ?e ?f }',
    "regex": 'SELECT * { ?s ?p ?o FILTER REGEX(?o, "((((a{0,200}){0,200}){0,200}){0,200})") }',
    "path explosion": "SELECT (COUNT(*) AS ?n) { ?a (<x:a>|!<x:b>)* ?b . ?b (<x:a>|!<x:b>)* ?c }",
    "rows": "SELECT * { ?a ?b ?c . ?d ?e ?f }",
    "construct": "CONSTRUCT { ?a ?b ?f } WHERE { ?a ?b ?c . ?d ?e ?f }",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    publish(folder)
    return folder


@pytest.fixture(scope="module")
def patient(data):
    """A pool whose deadline no query meets that fails for another reason, however busy we are."""
    with Pool(data, replace(LIMITS, deadline=60), size=1) as held, watched(held):
        yield held


@contextmanager
def watched(pool):
    """Sees to it that no process of the pool ever held more than its cap and what Python takes."""
    peaks, over = {}, threading.Event()

    def watch():
        done = False
        while not done:  # once more at the end: a pool may have been short-lived
            done = over.wait(0.01)
            for worker in list(pool._keeper.processes):
                peaks[worker.pid] = max(peaks.get(worker.pid, 0), peak(worker.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
    assert peaks and max(peaks.values()) < MEMORY + 100 * MIB


def peak(pid):
    """The most bytes that the process has had in memory; 0 for one that is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


@pytest.fixture(scope="module")
def pool(data):
    with Pool(data, LIMITS, size=1) as held, watched(held):
        yield held


def in_time(ask):
    """What `ask` gives; again where a busy machine let it meet the deadline, which is short."""
    end = time.monotonic() + 30
    while True:
        try:
            return ask()
        except QueryKilled as error:
            if error.cause not in (Cause.DEADLINE, Cause.QUEUE) or time.monotonic() > end:
                raise


def assert_well(pool):
    """The pool answers, runs as many processes as before, and keeps nothing of the dead."""
    assert in_time(lambda: pool.run(Request("ASK {}"))).rows == 1
    assert len(in_time(lambda: pool.batch([Request("ASK {}", kind="page")]))) == 1
    assert pool.figures().spool_bytes == 0


def test_every_process_is_capped(pool):
    assert_well(pool)  # a process caps itself before it reports, so one must have started
    pids = [worker.pid for worker in pool._keeper.processes if worker.no_wall is not None]
    assert pids
    for pid in pids:
        assert resource.prlimit(pid, resource.RLIMIT_DATA) == (MEMORY, MEMORY)


@pytest.mark.parametrize("levels", sampled([3_000, 100_000], 100_000))
@pytest.mark.parametrize("bracket", BRACKETS)
def test_nesting_is_answered_or_cut(pool, bracket, levels):
    left, right = PAIRS[bracket]
    text = BRACKETS[bracket].format(n=left * levels, m=right * levels)
    try:
        pool.run(Request(text, "text/csv"))
    except QueryKilled as error:
        assert error.cause in (Cause.NESTING, Cause.DEADLINE, Cause.MEMORY)
    assert_well(pool)


def test_deep_nesting_is_told_apart(patient):
    with pytest.raises(QueryKilled, match="nested too deeply") as caught:
        patient.run(Request("ASK " + "{" * 100_000 + "}" * 100_000))
    assert caught.value.cause is Cause.NESTING


@pytest.mark.parametrize("bomb", sampled(BOMBS, "six-way cross join", "doubling", "regex", "rows"))
def test_bomb_is_cut(pool, bomb):
    with pytest.raises(QueryKilled) as caught:
        pool.run(Request(BOMBS[bomb], "text/csv"))
    assert caught.value.cause in (Cause.DEADLINE, Cause.MEMORY, Cause.BYTES, Cause.ROWS)
    assert_well(pool)


def test_memory_is_told_apart(patient):
    with pytest.raises(QueryKilled, match="more memory") as caught:
        patient.run(Request(BOMBS["doubling"]))
    assert caught.value.cause is Cause.MEMORY


@pytest.mark.thorough
def test_five_megabytes_of_values_are_answered_or_cut(pool):
    values = " ".join(f'"{number:06}"' for number in range(600_000))
    with pytest.raises(QueryKilled) as caught:
        pool.run(Request(f"SELECT * {{ VALUES ?x {{ {values} }} }}", "text/csv"))
    assert caught.value.cause in (Cause.DEADLINE, Cause.ROWS, Cause.MEMORY)
    assert_well(pool)


@pytest.mark.parametrize(
    "text", ["\udcff", 'ASK { ?s ?p "\ud800" }', "ASK {\0}", "", "\ufeffASK {}x"]
)
def test_what_is_no_text_is_malformed(pool, text):
    with pytest.raises(QuerySyntaxError):
        pool.run(Request(text))
    assert_well(pool)


def test_kills_leave_no_process_and_no_descriptor(data):
    def descriptors():
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    def children():
        found = []
        for file in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
            with suppress(OSError):  # a thread that ended since it was listed
                found += file.read_text().split()
        return sorted(found)

    gc.collect()  # what earlier tests left open would be closed meanwhile
    held, of_others = descriptors(), children()
    with Pool(data, LIMITS, size=1) as pool:
        in_time(lambda: pool.run(Request("ASK {}")))
        before = descriptors()
        for _ in range(2):
            with pytest.raises(QueryKilled):
                pool.run(Request("ASK " + "{" * 100_000 + "}" * 100_000))
            with pytest.raises(QueryKilled):
                pool.run(Request(BOMBS["rows"], "text/csv"))
        assert_well(pool)
        for _ in range(100):  # the thread that ends a killed worker may not be done with it
            if descriptors() <= before:
                break
            time.sleep(0.02)
        assert descriptors() <= before
    for _ in range(100):
        if descriptors() <= held and children() == of_others:
            break
        time.sleep(0.02)
    assert descriptors() <= held
    assert children() == of_others


@pytest.fixture
def canary():
    """A listener's port, and whether anybody came: the kernel keeps visitors waiting for us."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)

        def seen():
            try:
                server.accept()[0].close()
            except BlockingIOError:
                return False
            return True

        yield server.getsockname()[1], seen


POSITIONS = (
    "ASK {{ SERVICE {0} {{ ?s ?p ?o }} }}",
    "ASK {{ SERVICE SILENT {0} {{ ?s ?p ?o }} }}",
    "ASK {{ ?s ?p ?o FILTER EXISTS {{ SERVICE {0} {{ ?a ?b ?c }} }} }}",
    "ASK {{ ?s ?p ?o FILTER NOT EXISTS {{ SERVICE {0} {{ ?a ?b ?c }} }} }}",
    "ASK {{ {{ SELECT * {{ SERVICE {0} {{ ?s ?p ?o }} }} }} }}",
    "ASK {{ ?s ?p ?o OPTIONAL {{ SERVICE {0} {{ ?a ?b ?c }} }} }}",
    "ASK {{ {{ }} UNION {{ SERVICE {0} {{ ?s ?p ?o }} }} }}",
    "ASK {{ ?s ?p ?o MINUS {{ SERVICE {0} {{ ?s ?p ?o }} }} }}",
    "CONSTRUCT {{ ?s ?p ?o }} WHERE {{ SERVICE {0} {{ ?s ?p ?o }} }}",
    "ASK {{ BIND({0} AS ?x) SERVICE ?x {{ ?s ?p ?o }} }}",
)
HOSTS = ("127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]")


def addresses(port):
    return [f"<http://{host}:{port}/>" for host in HOSTS]


def test_without_walls_the_canary_is_reached(data, canary):
    port, seen = canary
    with Pool(data, LIMITS, size=1, walled=False, checked=False) as pool:
        assert not pool.walls.seccomp
        with pytest.raises(QueryError):
            pool.run(Request(POSITIONS[0].format(f"<http://127.0.0.1:{port}/>")))
    assert seen()


def test_seccomp_alone_keeps_queries_in(data, canary):
    port, seen = canary
    with Pool(data, LIMITS, size=1, checked=False) as pool:
        if not pool.walls.seccomp:
            missing("seccomp", pool.walls.reason)
        for position in POSITIONS:
            for address in addresses(port):
                with suppress(QueryError):
                    pool.run(Request(position.format(address)))
        assert_well(pool)
    assert not seen()


def test_tokenising_alone_keeps_queries_in(data, canary):
    port, seen = canary
    with Pool(data, LIMITS, size=1, walled=False) as pool:
        for position in POSITIONS:
            for address in addresses(port):
                with pytest.raises(OutreachRefused):
                    pool.run(Request(position.format(address)))
    assert not seen()
