"""Each check finds the graph that breaks its rule, and only that."""

import pyoxigraph as ox
import pytest

from ontology import terms
from queries import checking
from queries.store import EmbeddedStore

PREFIXES = f"""@prefix q: <{terms.Q}> . @prefix : <http://localhost:8000/id/> .
@base <http://localhost:8000/graph/> . """
SIGNATURES = """
  :s1 q:ofPublication :paper ; q:role "author" ; q:ordinal 1 ; q:person :one .
  :s2 q:ofPublication :paper ; q:role "author" ; q:ordinal 2 ; q:person :other .
"""
JOINED = ":one q:canonical :one . :other q:canonical :one ."


def broken(name, trig):
    """The rows that the check of this name finds in a graph."""
    store = ox.Store()
    store.load(PREFIXES + trig, ox.RdfFormat.TRIG)
    (found,) = (one for one in checking.run(EmbeddedStore(store)) if one.name == name)
    assert found.count == len(found.examples)
    return [tuple(term.rpartition("/")[2].strip(">") for term in row) for row in found.examples]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (JOINED, [("paper", "one", "other", "one")]),
        (":one q:canonical :one . :other q:canonical :other .", []),
        (JOINED + ':d a q:Decision ; q:verdict "same" ; q:compares :one, :other .', []),
        (
            JOINED
            + ':d a q:Decision ; q:verdict "same" ; q:compares :one, :other . :u q:undoes :d .',
            [("paper", "one", "other", "one")],
        ),
    ],
    ids=["joined", "apart", "decided", "taken back"],
)
def test_one_person_twice_on_one_paper(rows, found):
    assert broken("two-on-one-paper", f"<links> {{ {SIGNATURES} {rows} }}") == found


@pytest.mark.parametrize(
    ("other", "found"), [("<a>", []), ("<b>", [("s", "p", "o", "a", "b")]), ("<user/b>", [])]
)
def test_one_triple_in_two_graphs(other, found):
    trig = f"<a> {{ :s :p :o }} {other} {{ :s :p :o }} <c> {{ :s :p :x }}"
    assert broken("triple-in-two-graphs", trig) == found


def test_all_that_break_a_shape_are_counted_and_few_shown(monkeypatch):
    monkeypatch.setattr(checking, "EXAMPLES", 2)
    store = ox.Store()
    store.load(PREFIXES + ":a a q:Venue . :b a q:Venue . :c a q:Venue .", ox.RdfFormat.TRIG)
    (found,) = (one for one in checking.run(EmbeddedStore(store)) if one.name == "shape-Venue")
    assert found.count >= 3
    assert len(found.examples) == 2


def test_each_question_is_announced_with_how_many_there_are():
    said = []
    found = list(checking.run(EmbeddedStore(ox.Store()), lambda *words: said.append(words)))
    shown = [phase.split(": ", 1) for phase, _, _ in said]
    assert [place for place, _ in shown] == [f"{n} of {len(said)}" for n in range(1, len(said) + 1)]
    assert {one.title for one in found if not one.name.startswith("shape-")} < {t for _, t in shown}
