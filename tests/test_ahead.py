"""A copy made ahead saves time, and nothing else: what is written from it is what is written."""

import os
import subprocess
import sys

import pytest

from ingest.resolution.curation import curator
from queries.generations import Generations
from queries.writes import ahead
from queries.writes.ahead import Ahead

QUAD = "INSERT DATA {{ GRAPH <http://g> {{ <http://s> <http://p> {} }} }}"


@pytest.fixture
def data(tmp_path):
    write(Generations(tmp_path), 1)
    return tmp_path


def write(generations, value):
    """Publish one value more; where that was written."""
    with generations.write() as draft:
        draft.meta["base"] = "http://localhost:8000/"
        draft.store.update(QUAD.format(value))
        where = draft.path.name
        draft.publish()
    return where


def values(data):
    with Generations(data).open() as reader:
        return sorted(int(quad.object.value) for quad in reader.store.engine)


def left(data):
    return sorted(path.name for path in (data / "generations").glob("ahead.*"))


def test_a_write_begins_with_the_copy_and_the_next_one_without(data):
    copy = Ahead(data)
    copy.make()
    copy.make()
    assert len(left(data)) == 1
    hasty = Generations(data, copy=copy.take)
    assert write(hasty, 2).startswith("ahead.")
    assert write(hasty, 3) == "next.tmp"
    assert values(data) == [1, 2, 3]
    assert left(data) == []


def test_a_copy_of_what_is_no_longer_current_is_not_used(data):
    copy = Ahead(data)
    copy.make()
    write(Generations(data), 2)  # by somebody else, who leaves the copy of a living process
    assert len(left(data)) == 1
    assert write(Generations(data, copy=copy.take), 3) == "next.tmp"
    assert values(data) == [1, 2, 3]
    assert left(data) == []
    copy.make()
    write(Generations(data), 4)
    copy.make()
    assert write(Generations(data, copy=copy.take), 5).startswith("ahead.")
    assert values(data) == [1, 2, 3, 4, 5]


def test_what_a_write_drops_is_gone_with_the_copy(data):
    copy = Ahead(data)
    copy.make()
    with pytest.raises(RuntimeError), Generations(data, copy=copy.take).write() as draft:
        draft.store.update(QUAD.format(7))
        raise RuntimeError
    assert left(data) == []
    assert values(data) == [1]


def test_the_copy_of_a_dead_process_is_swept(data):
    code = "import os, sys; from pathlib import Path; from queries.writes.ahead import Ahead; "
    code += "Ahead(Path(sys.argv[1])).make(); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code, data], check=False)
    assert len(left(data)) == 1
    write(Generations(data), 2)
    assert left(data) == []


def test_who_expects_to_write_keeps_one_and_lets_it_go(data):
    assert ahead.copy_of(data)(1) is None
    ahead.expect(data).make()
    assert ahead.expect(data) is ahead.expect(data)
    path, store = ahead.copy_of(data)(1)
    store.close()
    assert path.name.startswith(f"ahead.{os.getpid()}.")
    ahead.forget(data)
    assert ahead.copy_of(data)(1) is None
    ahead.forget(data)


def test_a_curator_copies_when_nobody_waits_and_lets_go_where_nobody_decides(data, monkeypatch):
    copy = Ahead(data)
    reading, writing = os.pipe()
    with os.fdopen(reading) as stream:
        monkeypatch.setattr(curator.sys, "stdin", stream)
        monkeypatch.setattr(curator, "LOOKED", 0.0)
        monkeypatch.setattr(curator, "IDLE", 0.0)
        made = []
        monkeypatch.setattr(copy, "drop", lambda: made.append(left(data)))
        curator.prepare(data, copy)
        assert [len(held) for held in made] == [0, 1]  # before it was made, and when none came
        monkeypatch.undo()
        monkeypatch.setattr(curator.sys, "stdin", stream)
        copy.drop()
        assert left(data) == []
        os.write(writing, b"{}\n")
        curator.prepare(data, copy)  # a job is there: it does not wait for a copy
        assert left(data) == []
    os.close(writing)
