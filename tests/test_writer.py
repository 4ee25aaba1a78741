"""Writes in processes of their own: one that did well does the next, one that failed does not."""

import pytest

from queries.generations import Generations
from queries.pool.answers import QueryKilled, QuerySyntaxError
from queries.writes.writer import Writer
from tests.servers import HANGS, publish

GRAPH = "http://localhost:8000/graph/user/a"
CAP = 512 << 20


@pytest.fixture
def data(tmp_path):
    publish(tmp_path / "data", "")
    return tmp_path / "data"


@pytest.fixture
def writer(data):
    writer = Writer(data, HANGS, CAP)
    yield writer
    writer.close()


def insert(number):
    return f"INSERT DATA {{ GRAPH <{GRAPH}> {{ <urn:s> <urn:p> {number} }} }}"


def waiting(writer):
    """The process that waits for the next write."""
    process = writer._spares.get()
    writer._spares.put(process)
    return process.process


def held(data):
    with Generations(data).open() as reader:
        return {int(quad.object.value) for quad in reader.store.engine}


def test_one_process_does_write_after_write(data, writer):
    writer.update(insert(1))
    first = waiting(writer)
    for number in range(2, 5):
        assert writer.update(insert(number)).generation == number + 1
    assert waiting(writer) is first
    assert held(data) == {1, 2, 3, 4}


def test_a_process_that_failed_does_no_more(data, writer):
    writer.update(insert(1))
    first = waiting(writer)
    with pytest.raises(QuerySyntaxError):
        writer.update("INSERT DATA {")
    assert first.poll() is not None
    writer.update(insert(2))
    assert held(data) == {1, 2}


def test_a_process_that_grew_does_no_more(data, writer, monkeypatch):
    monkeypatch.setattr("queries.writes.writer.swollen", lambda pid, memory: memory == CAP)
    writer.update(insert(1))
    first = waiting(writer)
    writer.update(insert(2))
    assert first.poll() is not None


def test_a_process_killed_while_it_waits_costs_no_write(data, writer):
    writer.update(insert(1))
    waiting(writer).kill()
    waiting(writer).wait()
    writer.update(insert(2))
    assert held(data) == {1, 2}


def test_a_write_beyond_its_deadline_is_dropped_whole(data, writer):
    writer.update(insert(1))
    many = " ".join(f"<urn:{number}> <urn:p> {number} ." for number in range(300))
    writer.update(f"INSERT DATA {{ GRAPH <{GRAPH}> {{ {many} }} }}")
    before = held(data)
    cross = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l"
    with pytest.raises(QueryKilled, match="longer than its deadline"):
        writer.update(
            f"INSERT {{ <urn:x> ?b ?k }} WHERE {{ GRAPH <{GRAPH}> {{ {cross} }} }}", deadline=1
        )
    writer.update(insert(-1))
    assert held(data) == before | {-1}
