"""What linking believes of one pair, of what a file states, and what it keeps for people."""

from types import SimpleNamespace

import pytest

from ingest.linking import rosters, theirs
from ingest.linking.choosing import GREY, LINKED
from ingest.linking.stated import Stated
from ingest.linking.verdicts import Verdicts

BASE = "http://localhost:8000/"
SURE, MAYBE = (LINKED, 0.99, ()), (GREY, 0.6, ())


@pytest.mark.parametrize(
    ("entity", "here", "match", "doubt"),
    [
        ("one", {"one"}, SURE, ""),
        ("one", set(), SURE, "the resolver is not sure"),
        ("one", {"other"}, SURE, "the resolver is not sure"),
        ("one", {"one", "other"}, SURE, "it would join several here"),
        ("crowd", {"crowd"}, SURE, "the row here holds several people"),
        ("one", {"one"}, MAYBE, "joined by way of others only"),
        ("one", {"one"}, None, "joined by way of others only"),
    ],
)
def test_only_what_is_surely_one_thing_here_becomes_a_link(entity, here, match, doubt):
    ours = SimpleNamespace(several={"crowd"})
    assert Verdicts(None, ours, {}, ())._doubt(entity, here, match) == doubt


def test_either_side_of_a_stated_link_may_be_ours_and_labels_go_with_their_side():
    ours = SimpleNamespace(
        canonical=lambda iri: iri if iri.startswith(BASE) else None,
        iris=SimpleNamespace(base=BASE),
    )
    names = "subject_id\tsubject_label\tpredicate_id\tobject_id\tobject_label"
    mine, outside = (f"{BASE}id/author/a", "Ours"), ("https://e.example/x", "Theirs")
    lines = [
        names,
        *("\t".join((*a, "owl:sameAs", *b)) for a, b in ((mine, outside), (outside, mine))),
    ]
    found = Stated("\n".join(lines), "Ann").candidates(ours)
    assert [(one.entity, one.outside, one.label) for one in found] == [
        (mine[0], outside[0], "Theirs")
    ] * 2


def test_people_who_decide_see_the_papers_that_are_here_before_others():
    many = tuple(f"Elsewhere {n}" for n in range(theirs.WORKS + 5))
    somebody = rosters.Somebody("https://e.example/x", ("Ada",), titles=(*many, "Here"))
    told = theirs.of_somebody(somebody, "file", {"Here"})
    assert (told.papers, len(told.works)) == (len(many) + 1, theirs.WORKS)
    assert [work.title for work in told.works if work.here] == ["Here"]
    assert told.works[0].here


def test_an_item_of_wikidata_has_its_names_in_all_languages_and_its_other_names():
    ada = rosters.entity(
        {
            "id": "Q7",
            "labels": {"en": {"value": "Ada Quill"}, "de": {"value": "Ada Federkiel"}},
            "aliases": {"en": [{"value": "A. Quill"}, {"value": "Ada Quill"}]},
            "claims": {"P496": [{"mainsnak": {"datavalue": {"value": "0000-0002-1825-0097"}}}]},
        }
    )
    assert ada.iri == "http://www.wikidata.org/entity/Q7"
    assert ada.names == ("Ada Quill", "Ada Federkiel", "A. Quill")
    assert [(one.scheme, one.value) for one in ada.identifiers] == [
        ("orcid", "0000-0002-1825-0097")
    ]
