"""Work shared among processes comes to what one process makes of it; work that is lost is told."""

import json
import os
import signal

import pytest

from ingest.pipeline import load
from ingest.resolution import running, sharing
from ingest.resolution.gathering import reading, testimony
from ingest.resolution.grouping import persons, works
from ingest.resolution.links import resolve
from ingest.resolution.sharing import Aside, LostWork, mapped
from queries.generations import Generations
from tests.test_resolution_links import ASH, BASE, ELM, NAMESAKES, OAK, OAK_AGAIN, links


def squares(items):
    return [one * one for one in items if one % 3]


@pytest.mark.parametrize("processes", [1, 2, 3, 7])
def test_any_number_of_processes_gives_the_same_in_the_same_order(processes):
    items = range(5_500)  # six chunks, the last one short
    assert mapped(squares, items, processes, least=0) == squares(items)
    assert mapped(squares, (), processes, least=0) == []


def test_few_items_start_no_process(monkeypatch):
    monkeypatch.setattr(sharing.os, "fork", lambda: pytest.fail("forked"))
    assert mapped(squares, range(99), 2) == squares(range(99))


def killed(items):
    if items[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return list(items)


def test_a_process_that_dies_is_told_of():
    with pytest.raises(LostWork, match="status 9"):
        mapped(killed, range(2_000), 2, least=0)


def test_an_error_in_a_process_is_told_of(capfd):
    with pytest.raises(LostWork):
        mapped(lambda items: [1 // (1 - min(items[0], 1)) for _ in items], range(2_000), 2, least=0)


@pytest.mark.parametrize("processes", [1, 2])
def test_work_aside_is_there_when_asked_for(processes):
    assert Aside(lambda: {"a": os.getpid()}, processes).result().keys() == {"a"}


@pytest.fixture
def data(tmp_path):
    data = tmp_path / "data"
    for name, papers in (("one", (OAK, ELM, NAMESAKES)), ("two", (OAK_AGAIN, ASH))):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in papers))
        load(data, [tmp_path / f"{name}.jsonl"])
    return data


@pytest.mark.thorough
def test_two_processes_write_the_same_links_as_one(data, monkeypatch):
    monkeypatch.setattr(reading, "LARGE", 0)
    monkeypatch.setattr(testimony, "SHARE", 3)
    monkeypatch.setattr(sharing, "CHUNK", 2)
    monkeypatch.setattr(works, "mapped", lambda *told: mapped(*told, least=0))
    for module in (persons, running):
        monkeypatch.setattr(module, "LEAST", 0)
    with Generations(data).open() as reader:
        held = [reading.read(reader.path, BASE, (), processes) for processes in (1, 2, 3)]
    assert held[0] == held[1] == held[2]
    before, written = Generations(data).current(), []
    for processes in (1, 2, 3):
        assert resolve(data, processes=processes).changed
        written.append(links(data))
        Generations(data).rollback(before)
    assert written[0] == written[1] == written[2]
