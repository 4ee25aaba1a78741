"""The shortest chains between two people, against a plain search of small made-up libraries."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.pages import ways

PAPERS = st.dictionaries(
    st.integers(0, 25).map("p{}".format),
    st.sets(st.integers(0, 14).map("a{}".format), min_size=1, max_size=4),
    max_size=22,
)


def neighbours(papers):
    def found(people, places):
        for paper, authors in papers.items():
            for author in authors:
                if people and author in places:
                    yield author, paper
                if not people and paper in places:
                    yield paper, author

    return found


def distance(papers, a, b):
    """How many papers the shortest chain has, step by step from one end."""
    near, seen, steps = {a}, {a}, 0
    while near and b not in seen:
        near = {who for authors in papers.values() if authors & near for who in authors} - seen
        seen |= near
        steps += 1
    return steps if b in seen else None


@given(PAPERS)
def test_chains_are_the_shortest_and_each_step_is_a_paper_of_both(papers):
    found = ways.between("a0", "a1", neighbours(papers), 6)
    shortest = distance(papers, "a0", "a1")
    if shortest is None or shortest > 6:
        assert found.chains == ()
        assert found.whole == (shortest is None) or found.none_up_to == 6
        return
    assert found.chains
    for chain in found.chains:
        people = ["a0", *chain[1::2], "a1"]
        assert len(chain[::2]) == shortest
        assert all({*two} <= papers[p] for p, two in zip(chain[::2], pairwise(people), strict=True))
    told = [chain[1::2] or chain for chain in found.chains]
    assert len(set(told)) == len(told)


@given(PAPERS)
def test_none_is_said_of_no_more_than_was_looked_through(papers):
    found = ways.between("a0", "a1", neighbours(papers), 2)
    shortest = distance(papers, "a0", "a1")
    if not found.chains:
        assert shortest is None or shortest > found.none_up_to
        assert not found.whole or shortest is None


def test_time_that_is_over_leaves_steps_undone_and_says_so():
    chain = {f"p{n}": {f"a{n}", f"a{n + 1}"} for n in range(5)}
    found = ways.between("a0", "a5", neighbours(chain), 6, until=0.0)
    assert (found.chains, found.none_up_to, found.whole) == ((), 0, False)
    (one,) = ways.between("a0", "a5", neighbours(chain), 6).chains
    assert one == ("p0", "a1", "p1", "a2", "p2", "a3", "p3", "a4", "p4")


def test_the_side_with_fewer_goes_on_and_many_are_asked_of_in_parts(monkeypatch):
    monkeypatch.setattr(ways, "AT_ONCE", 10)
    hub = {f"h{n}": {"hub", f"x{n}"} for n in range(200)}
    papers = hub | {"q1": {"a", "b"}, "q2": {"b", "hub"}}
    asked = []

    def counting(people, places):
        asked.append(len(places))
        return neighbours(papers)(people, places)

    found = ways.between("a", "hub", counting, 4)
    assert found.chains == (("q1", "b", "q2"),)
    assert max(asked) <= 10
    assert sum(asked) < 10


def test_a_step_in_parts_goes_on_after_the_first_part_that_met(monkeypatch):
    monkeypatch.setattr(ways, "AT_ONCE", 1)
    papers = {f"p{n}": {"a", f"x{n}"} for n in range(3)} | {
        f"q{n}": {f"x{n}", "b"} for n in range(3)
    }
    found = ways.between("a", "b", neighbours(papers), 4)
    assert {chain[1] for chain in found.chains} == {"x0", "x1", "x2"}


@pytest.mark.parametrize("shared", [1, 3])
def test_every_shared_paper_is_a_way_of_its_own(shared):
    papers = {f"p{n}": {"a", "b", "c"} for n in range(shared)}
    assert len(ways.between("a", "b", neighbours(papers), 4).chains) == shared


def test_for_the_same_people_one_paper_of_each_step_is_told():
    papers = {"p1": {"a", "b"}, "p2": {"a", "b"}, "p3": {"b", "c"}, "p4": {"b", "c"}}
    assert len(ways.between("a", "c", neighbours(papers), 4).chains) == 1
