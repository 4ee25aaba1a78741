"""Bulk loads: nothing is lost between pauses, from files or pipes, on any number of cores."""

import io
import os
import threading
import time
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest

from queries.writes import bulk
from queries.writes.bulk import Graphs, Growing, Lines, add_lines, add_stream

GRAPH = ox.NamedNode("http://example.org/graph")


def made(count, words=1):
    """So many triples, as lines."""
    text = "long " * words
    return b"".join(
        f'<http://example.org/{n}> <http://example.org/p> "{text}{n}" .\n'.encode()
        for n in range(count)
    )


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 64)


def parts(data, size, **limits):
    """The data as the store gets it: one text for each bulk load."""
    lines, found = Lines(io.BytesIO(data), **limits), []
    while lines.more():
        found.append(b"".join(iter(lambda: lines.read(size), b"")))
    return found


def test_ordinary_lines_are_one_load():
    assert parts(made(200), 97, batch=20, heavy=2000) == [made(200)]


def test_heavy_lines_are_stored_before_more_is_read():
    data = made(50, words=100)
    found = parts(data, 64, batch=20, heavy=2000)
    assert b"".join(found) == data
    assert len(found) > 10
    assert all(part.endswith(b"\n") or not part for part in found)
    assert max(map(len, found)) < 2000 + len(data) // 50 + 64


def test_a_line_longer_than_all_is_still_whole():
    assert parts(made(1, words=1000), 64, batch=20, heavy=100) == [made(1, words=1000), b""]


def test_a_pipe_gives_all_that_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(bulk, "HEAVY", 5000)
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as target, os.fdopen(reading, "rb"):
        feed = threading.Thread(target=lambda: (target.write(made(5000)), target.close()))
        feed.start()
        store = ox.Store(str(tmp_path / "store"))
        add_lines(store, Path(f"/dev/fd/{reading}"), ox.RdfFormat.N_TRIPLES, GRAPH)
        feed.join()
    assert len(store) == len(list(store.quads_for_pattern(None, None, None, GRAPH))) == 5000


def test_a_growing_file_ends_when_its_writer_closes_the_pipe(tmp_path, monkeypatch):
    monkeypatch.setattr(bulk, "WAIT", 0.001)
    path, (reading, writing) = tmp_path / "lines.nt", os.pipe()
    growing, found = Growing(path, reading), []
    follow = threading.Thread(target=lambda: found.extend(iter(lambda: growing.read(64), b"")))
    follow.start()
    with path.open("wb", buffering=0) as target:
        for part in range(10):
            target.write(made(20 + part))
            time.sleep(0.002)
    assert follow.is_alive()
    os.close(writing)
    follow.join()
    growing.close()
    os.close(reading)
    assert b"".join(found) == b"".join(made(20 + part) for part in range(10))


def test_a_growing_file_that_never_came_is_empty(tmp_path):
    reading, writing = os.pipe()
    os.close(writing)
    assert Growing(tmp_path / "none", reading).read(64) == b""
    os.close(reading)


def test_graphs_are_one_stream_of_quads(tmp_path):
    held = {"http://example.org/a": made(40), "http://example.org/b": b"", "urn:c": made(7)}
    graphs = Graphs((name, io.BytesIO(lines)) for name, lines in held.items())
    whole = b"".join(iter(lambda: graphs.read(50), b""))
    quads = list(ox.parse(whole, format=ox.RdfFormat.N_QUADS))
    assert Counter(quad.graph_name.value for quad in quads) == {
        "http://example.org/a": 40,
        "urn:c": 7,
    }


def test_few_cores_while_loading_and_all_of_them_afterwards(monkeypatch):
    monkeypatch.setattr(bulk, "BUILDERS", 1)
    before, found = os.sched_getaffinity(0), set()

    class Watched(io.BytesIO):
        def read(self, size):
            found.add(len(os.sched_getaffinity(0)))
            return super().read(size)

    add_stream(ox.Store(), Watched(made(10)), ox.RdfFormat.N_TRIPLES)
    assert found == {1}
    assert os.sched_getaffinity(0) == before
