"""Signatures of a bare name that are given to suffixed namesakes, and rows between those."""

import pytest

from ingest.pipeline import load, unload
from ingest.resolution.curation import deciding
from ingest.resolution.grouping.assignment import assigned as assign
from ingest.resolution.grouping.assignment import torn
from ingest.resolution.links import resolve
from ontology import terms
from queries.generations import Generations
from tests.test_pipeline import Held, check, paper
from tests.test_resolution_links import failed
from tests.test_resolution_parts import evidence
from tests.test_resolution_splitting import WHO, papers_of


def assigned(papers, home=None, person=None, fixed=()):
    clues = torn(evidence(papers), home or {}, fixed)
    found = assign(clues, person or {})
    given = {one.rpartition("-")[0].replace("signature", "publication") for one in found.persons}
    rows = {s.row for s in evidence(papers).signatures if s.publication in given}
    assert clues.keys() & rows or not given  # never given unforeseen
    assert {c.one: c.other for c in found.compared} == dict(found.persons)
    return {
        one.removeprefix("signature/"): row.partition("-")[2] for one, row in found.persons.items()
    }, {name for c in found.compared for name, _ in c.score.terms}


BARE = [("a", "1", ["Wei Wang", "Bo Inkwell"]), ("a", "2", ["Cy Vellum", "Wei Wang"])]


def test_a_signature_goes_to_the_suffixed_person_in_its_place_of_the_same_paper():
    papers = [*BARE, ("dblp", "1", ["Wei Wang 0001", "Bo Inkwell"])]
    home = {"publication/a-1": "publication/a-1", "publication/dblp-1": "publication/a-1"}
    assert assigned(papers, home) == ({"a-1-1": "Wei Wang 0001"}, {"name", "sharedPublication"})
    moved_already = assigned(papers, home, fixed=["signature/a-1-1"])
    joined_already = assigned(papers, home, {"author/a-Wei Wang": "author/dblp-Wei Wang 0001"})
    assert moved_already == joined_already == ({}, set())


def test_a_signature_goes_to_the_suffixed_person_whose_orcid_it_bears():
    papers = [
        ("a", "1", ["Wei Wang@0000-1"]),
        ("a", "2", ["Wei Wang"]),
        ("a", "3", ["Wei Wang 0001@0000-1"]),
        ("a", "4", ["Wei Wang 0002@0000-2"]),
    ]
    assert assigned(papers) == ({"a-1-1": "Wei Wang 0001"}, {"name", "identifier"})


THREE = ["Wei Wang", "Bo Inkwell", "Cy Vellum"]


@pytest.mark.parametrize(
    ("others", "goes"),
    [
        ([["Wei Wang 0001", "Bo Inkwell", "Cy Vellum"], ["Wei Wang 0002", "Di Parchment"]], True),
        ([["Wei Wang 0001", "Bo Inkwell"], ["Wei Wang 0002", "Di Parchment"]], False),
        ([["Wei Wang 0001", "Bo Inkwell", "Cy Vellum"], ["Wei Wang 0002", "Bo Inkwell"]], False),
    ],
    ids=["two co-authors of one namesake alone", "one co-author", "co-authors of two namesakes"],
)
def test_a_signature_goes_where_the_co_authors_are_far_above_the_rest(others, goes):
    papers = [("a", "1", THREE), *(("a", str(n), names) for n, names in enumerate(others, 2))]
    found, why = assigned(papers)
    assert found == ({"a-1-1": "Wei Wang 0001"} if goes else {})
    assert not goes or why == {"name", "coauthors"}


def test_co_authors_of_everybody_tell_nothing():
    names = ["Bo Inkwell", "Cy Vellum"]
    crowd = [("a", f"c{n}", [f"Someone Number{n}", *names]) for n in range(70)]
    papers = [("a", "1", THREE), ("a", "2", ["Wei Wang 0001", *names]), *crowd]
    assert assigned(papers) == ({}, set())


def test_a_row_is_torn_where_a_namesake_in_the_way_could_be_told_apart():
    names = ["Bo Inkwell", "Cy Vellum"]
    papers = [("a", "1", THREE), ("a", "2", ["Wei Wang 0001", *names])]
    assert {*torn(evidence(papers), {})} == {"author/a-Wei Wang"}
    between = [*papers, ("a", "3", ["Wei Wang 0002", *names])]
    assert assigned(between) == ({}, set())
    assert {*torn(evidence(between), {})} == {"author/a-Wei Wang"}
    assert torn(evidence([("a", "1", THREE), ("a", "2", ["Wei Wang 0001"])]), {}) == {}


def suffixed(paper_, name, suffix):
    authors = [
        {**one, "family": f"{one['family']} {suffix}"} if one["family"] == name else one
        for one in paper_["authors"]
    ]
    return {**paper_, "authors": authors}


PARK = [
    paper("ivy", "Ivy on Every Other Wall", "Lee Park", "Bo Zymurgist"),
    paper("hop", "Hops Harvested before Hail", "Cy Xanthopoulos", "Lee Park"),
    paper("fig", "Figs for the Fourth Friday", "Lee Park", "Di Parchment"),
]


def people_named(held, name):
    """Canonical persons of a name with the titles that are theirs."""
    found = {held.values(row, terms.CANONICAL)[0] for row in held.subjects(terms.FOAF_NAME, name)}
    return sorted(papers_of(held, person) for person in found)


@pytest.mark.thorough
def test_bare_row_between_namesakes_of_another_source_on_a_graph(tmp_path, write):
    data = tmp_path / "data"
    load(data, [write("bare.jsonl", *PARK)])
    two = [suffixed(PARK[0], "Park", "0001"), suffixed(PARK[1], "Park", "0002")]
    load(data, [write("dblp.jsonl", *two)])
    resolve(data)
    held = check(data)
    assert failed(data) == {}
    (row,) = held.subjects(terms.TYPE, terms.AMBIGUOUS_AUTHOR)
    assert held.values(row, terms.AMBIGUOUS_BY) == ["namesakes"]
    assert people_named(held, "Lee Park") == sorted([one["title"]] for one in PARK)
    joined = {held.values(part, terms.CANONICAL)[0] for part in held.subjects(terms.PART_OF, row)}
    assert len(joined) == 2
    assert {len(held.subjects(terms.CANONICAL, one)) for one in joined} == {2}
    again = held.subjects(terms.PART_OF, row)
    unload(data, "dblp")
    check(data)
    assert failed(data) == {}
    resolve(data)
    held = check(data)
    assert held.subjects(terms.TYPE, terms.AMBIGUOUS_AUTHOR) == []
    assert failed(data) == {}
    load(data, [write("dblp.jsonl", *two)])
    resolve(data)
    assert check(data).subjects(terms.PART_OF, row) == again


def test_a_signature_given_on_evidence_has_a_match_and_counts_once(tmp_path, write):
    data = tmp_path / "data"
    more = [paper("kit", "Kites for Two of One Name", "Lee Park", "Ed Mill", "Lee Park")]
    load(data, [write("bare.jsonl", *PARK, *more)])
    load(data, [write("dblp.jsonl", suffixed(PARK[0], "Park", "0001"))])
    resolve(data)
    held = check(data)
    assert failed(data) == {}
    (suffixed_row,) = held.subjects(terms.LABEL, "Lee Park 0001")
    (bare,) = (row for row in held.subjects(terms.LABEL, "Lee Park") if "/author/" in row)
    assert held.values(bare, terms.AMBIGUOUS_BY) == ["one paper"]
    assert papers_of(held, suffixed_row) == [PARK[0]["title"]]
    assert held.values(bare, terms.CANONICAL) == [bare]
    assert len(papers_of(held, bare)) == 3
    (signature,) = (
        one for one in held.subjects(terms.PERSON_PROPERTY, suffixed_row)
        if held.values(one, terms.BY_AUTHOR) == [bare]
    )  # fmt: skip
    matches = set(held.subjects(terms.COMPARES, signature)) & set(
        held.subjects(terms.COMPARES, suffixed_row)
    )
    assert len(matches) == 1
    deciding.decide(data, bare, suffixed_row, "different", **WHO)
    assert held.subjects(terms.PERSON_PROPERTY, suffixed_row) != Held(data).subjects(
        terms.PERSON_PROPERTY, suffixed_row
    )
    Generations(data).rollback()
    changed = {**PARK[0], "authors": [{"given": "Lou", "family": "Park"}, *PARK[0]["authors"][1:]]}
    load(data, [write("bare.jsonl", changed, *PARK[1:], *more)])
    held = check(data)  # before another run: what was said of the old name is gone
    assert failed(data) == {}
    assert matches.isdisjoint(held.subjects(terms.TYPE, terms.MATCH))
