"""What is done in the background: the store is settled after a load, and nobody notices."""

import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from queries.generations import Generations
from queries.writes.upkeep import ChoreFailed, Chores
from server.upkeep import LOOK, QUIET
from tests.servers import HANGS, publish

BASE = "http://localhost:8000/"
CLASS, NAME = "http://e/C", "http://e/p"
TRIG = f"<{BASE}graph/user/g> {{ <http://e/s> a <{CLASS}> ; <{NAME}> 1, 'x' . }}"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@pytest.fixture
def data(tmp_path):
    """A data folder that was loaded in bulk."""
    publish(tmp_path / "data", TRIG)
    return tmp_path / "data"


def unsettled(data):
    return json.loads((data / "current" / "meta.json").read_text())["unsettled"]


def wait_until(condition):
    end = time.monotonic() + HANGS
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def test_writes_tell_how_much_is_unsettled(data):
    before = unsettled(data)
    assert before > 0
    with Generations(data).write() as draft:
        draft.store.engine.update(f"INSERT DATA {{ <http://e/a> <{NAME}> 2 }}")
        draft.publish()
    assert unsettled(data) > before


def test_a_settled_store_says_what_it_said(data):
    chores = Chores(data, 512 << 20)
    assert chores.settle() == 2
    assert unsettled(data) == 0
    with Generations(data).open() as reader:
        assert reader.number == 2
        assert len(reader.store.engine) == 3


def test_nothing_is_settled_while_somebody_writes(data):
    with Generations(data).write():
        assert Chores(data, 512 << 20).settle() is None
    assert Generations(data).current() == 1


def test_partitions_of_a_class(data):
    found = Chores(data, 512 << 20).partitions()
    assert found.generation == 1
    (part,) = [part for part in found.parts if part.property == NAME]
    assert (part.of, part.triples, sorted(part.datatypes.values())) == (CLASS, 2, [1, 1])


def test_a_chore_over_its_memory_or_time_fails_in_one_line(data):
    with pytest.raises(ChoreFailed, match="status"):
        Chores(data, 1 << 20).partitions()
    with pytest.raises(ChoreFailed, match="not done within"):
        Chores(data, 512 << 20, longest=0).partitions()


def test_a_closed_place_does_no_more_chores(data):
    chores = Chores(data, 512 << 20)
    chores.close()
    with pytest.raises(ChoreFailed, match="stops"):
        chores.partitions()


@pytest.mark.thorough
def test_a_server_settles_the_store_while_it_answers(serving, data):
    with serving(data, workers=1, settle_above=0) as served:
        answers = []
        wait_until(lambda: answers.append(served.query(COUNT, "text/csv")) or not unsettled(data))
        wait_until(lambda: served.get("/health").json()["generation"] == 2)
        answers.append(served.query(COUNT, "text/csv"))
        wait_until(lambda: "settled the store" in served.log.read_text())
    assert {(answer.status, answer.text.split()[1]) for answer in answers} == {(200, "3")}


@pytest.mark.thorough
def test_a_small_store_and_one_for_reading_are_left(serving, data, tmp_path):
    publish(tmp_path / "small", TRIG)
    with (
        serving(data, workers=1, settle_above=0, read_only=True) as reading,
        serving(tmp_path / "small", workers=1, describe_up_to=0) as small,
    ):
        time.sleep(LOOK + QUIET + 0.5)
        for served in (reading, small):
            assert served.get("/health").json()["generation"] == 1


def test_closing_ends_the_chore_under_way(data):
    chores, failures = Chores(data, 512 << 20), []
    thread = threading.Thread(target=lambda: failures.append(failure(chores)))
    thread.start()
    wait_until(lambda: chores.running is not None)
    child = chores.running
    os.kill(child, signal.SIGSTOP)
    chores.close()
    thread.join(HANGS)
    assert isinstance(failures[0], ChoreFailed)
    assert not Path(f"/proc/{child}").exists()


def failure(chores):
    with pytest.raises(ChoreFailed) as caught:
        chores.partitions()
    return caught.value
