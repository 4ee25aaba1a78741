"""A decision that only a long run can obey is recorded at once, and is obeyed soon after."""

import shutil
import time

import pytest

from ingest.resolution.curation import curator, deciding, obeying, region
from ingest.resolution.curation.listing import listed
from ingest.resolution.gathering import memory
from ingest.resolution.links import resolve
from ontology import terms
from queries.generations import Generations
from tests import test_resolution_amending as amending
from tests.servers import HANGS
from tests.test_pipeline import Held, check
from tests.test_resolution_amending import WHO, links_of
from tests.test_resolution_links import OAK, canonical, failed

data, WHOLE = amending.data, amending.WHOLE


@pytest.fixture(autouse=True)
def long(monkeypatch):
    """Every whole run counts as long, and whatever is to be looked at as too much."""
    monkeypatch.setattr(deciding, "LONG", 0)
    monkeypatch.setattr(region, "MOST", 0)


def publications(data, title=OAK["title"]):
    found = Held(data).subjects(terms.LABEL, title)
    return sorted(one for one in found if "/id/publication/" in one)


def job(data, verdict="different", title=OAK["title"]):
    a, b = publications(data, title)
    return {"task": "decide", "a": a, "b": b, "verdict": verdict, **WHO}


def waiting(data):
    with Generations(data).open() as reader:
        return reader.meta.get(memory.WAITING, [])


def stated(data):
    """The links, but for the names of runs, which tell when something was decided."""
    named = (terms.RUN_PROPERTY, terms.FORMERLY_CANONICAL)
    return [quad for quad in links_of(data) if quad[2] not in named]


def copied(data):
    copy = data.parent / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(data, copy, symlinks=True)
    return copy


def test_it_is_recorded_at_once_and_the_links_follow(data):
    before = links_of(data)
    copy = copied(data)
    told = curator.answer(data, job(data))
    assert told["obeyed"] is False
    (made,) = told["decisions"]
    assert links_of(data) == before
    with Generations(data).open() as reader:
        assert [one.decision.iri for one in listed(reader)] == waiting(data) == [made["iri"]]
    report = obeying.obey(data)
    assert report.changed and waiting(data) == []
    one, other = publications(data)
    assert check(data).values(one, terms.DIFFERENT_FROM) == [other]
    assert failed(data) == {}
    deciding.decide(copy, one, other, "different", **WHO)  # with a whole run, at once
    assert stated(data) == stated(copy)
    assert obeying.obey(data) is None


def test_what_is_decided_meanwhile_is_kept_and_the_run_found_anew(data, monkeypatch):
    curator.answer(data, job(data))
    found, other = obeying._found, []

    def slow(reader, progress):
        if not other:
            pair = {"a": "Dee Vanterpool", "b": "Cy Xanthopoulos", "verdict": "same"}
            other.append(curator.answer(data, job(data) | pair))
        return found(reader, progress)

    monkeypatch.setattr(obeying, "_found", slow)
    obeying.obey(data)
    assert other[0]["obeyed"] is True
    assert waiting(data) == []
    held = check(data)
    (joined,) = canonical(held, "Dee Vanterpool") | canonical(held, "Cy Xanthopoulos")
    assert len(held.subjects(terms.AUTHORED_BY, joined)) == 2
    assert len({*held.values(publications(data)[0], terms.CANONICAL)}) == 1
    assert held.values(publications(data)[0], terms.DIFFERENT_FROM) == [publications(data)[1]]
    assert failed(data) == {}


def test_what_waits_is_taken_back_at_once(data):
    before = links_of(data)
    told = curator.answer(data, job(data))
    undo = {"task": "undo", "undo": told["decisions"][0]["iri"], **WHO}
    assert curator.answer(data, undo)["obeyed"] is True
    assert links_of(data) == before
    obeying.obey(data)
    assert (links_of(data), waiting(data)) == (before, [])


def test_undo_of_what_waited_leaves_the_links_as_they_were(data):
    before = links_of(data)
    told = curator.answer(data, job(data))
    obeying.obey(data)
    assert links_of(data) != before
    curator.answer(data, {"task": "undo", "undo": told["decisions"][0]["iri"], **WHO})
    assert len(waiting(data)) == 1
    obeying.obey(data)
    assert links_of(data) == before


def test_a_run_by_hand_obeys_too_and_nothing_waits_any_more(data):
    curator.answer(data, job(data))

    assert resolve(data).changed
    assert waiting(data) == []
    assert check(data).values(publications(data)[0], terms.DIFFERENT_FROM)


@pytest.mark.thorough
def test_a_server_obeys_what_waits(serving, data):
    curator.answer(data, job(data))
    one, other = publications(data)
    with serving(data, workers=1) as served:
        end = time.monotonic() + HANGS
        while waiting(data):
            assert time.monotonic() < end, "it still waits"
            time.sleep(0.1)
        asked = f"ASK {{ <{one}> <{terms.DIFFERENT_FROM}> <{other}> }}"
        assert served.query(asked).json()["boolean"] is True
