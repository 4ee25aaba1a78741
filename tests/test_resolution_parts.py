"""Rows that hold several people: by which rules, and into what parts they are divided."""

import random
import re
from dataclasses import replace
from pathlib import Path

import pyshacl
import pytest
import rdflib

from ingest.resolution.curation import deciding
from ingest.resolution.explaining import explain
from ingest.resolution.grouping import parts
from ingest.resolution.grouping.doubts import Rule
from ingest.resolution.links import resolve
from ingest.resolution.weighing.evidence import (
    Before,
    Decision,
    Evidence,
    Publication,
    Row,
    Signature,
)
from ontology import terms
from queries.generations import Generations
from tests.servers import publish
from tests.test_pipeline import check, paper
from tests.test_resolution_links import failed, links

SHACL = rdflib.Namespace("http://www.w3.org/ns/shacl#")


# --- pure: evidence in, division out


def evidence(papers, *, decisions=(), before=None):
    """Papers as (source, key, names); a name: text, suffix after a space, "@" before an ORCID."""
    publications, signatures, rows = [], [], {}
    for source, key, names in papers:
        iri = f"publication/{source}-{key}"
        place = key.partition("/")[0]
        publications.append(Publication(iri, source, f"On {key}", venue=place, year=2020))
        for number, told in enumerate(names, 1):
            printed, _, orcid = told.partition("@")
            name, _, suffix = printed.rpartition(" 00")
            row = f"author/{source}-{printed}"
            bare = (name, f"00{suffix}") if name else (printed, "")
            rows[row] = Row(row, source, *bare, identifiers=())
            signatures.append(
                Signature(
                    f"signature/{source}-{key}-{number}",
                    iri,
                    row,
                    ordinal=number,
                    printed=printed,
                    orcid=orcid,
                )
            )
    return Evidence(
        tuple(sorted(publications, key=lambda p: p.iri)),
        tuple(sorted(signatures, key=lambda s: s.iri)),
        tuple(sorted(rows.values(), key=lambda r: r.iri)),
        tuple(decisions),
        before or Before(),
    )


def divided(papers, home=None, *, known=(), **more):
    held = evidence(papers, **more)
    labels = {row.iri: row.iri.partition("-")[2] for row in held.rows}
    return parts.divide(held, home or {}, labels, known)


def told(division):
    """Doubts as (row, rule), and the parts as sets of signatures."""
    groups = {}
    for signature, part in division.persons.items():
        groups.setdefault(part, set()).add(signature.removeprefix("signature/"))
    doubts = {(d.row.partition("-")[2], str(d.rule)) for d in division.doubts}
    return doubts, sorted(map(sorted, groups.values()))


def test_two_orcids_on_one_row_divide_it_and_what_bears_none_stays():
    papers = [
        ("a", "1", ["Wei Wang@0000-1", "Bo Inkwell"]),
        ("a", "2", ["Wei Wang@0000-2", "Cy Vellum"]),
        ("a", "3", ["Cy Vellum", "Wei Wang@0000-2"]),
        ("a", "4", ["Wei Wang", "Di Parchment"]),
    ]
    division = divided(papers)
    assert told(division) == ({("Wei Wang", "identifiers")}, [["a-1-1"], ["a-2-1", "a-3-2"]])
    assert [part.identifiers for part in division.parts] in (
        [(("orcid", "0000-1"),), (("orcid", "0000-2"),)],
        [(("orcid", "0000-2"),), (("orcid", "0000-1"),)],
    )


def test_two_orcids_that_share_a_co_author_are_one_person_s():
    papers = [
        ("a", "1", ["Wei Wang@0000-1", "Bo Inkwell"]),
        ("a", "2", ["Wei Wang@0000-2", "Bo Inkwell"]),
    ]
    assert told(divided(papers)) == (set(), [])


def test_an_orcid_on_people_of_two_families_tells_nothing():
    papers = [
        ("a", "1", ["Wei Wang@0000-1", "Bo Inkwell"]),
        ("a", "2", ["Wei Wang@0000-2", "Cy Vellum"]),
        ("a", "3", ["Cy Vellum@0000-2"]),
    ]
    assert told(divided(papers)) == (set(), [])


def test_what_a_source_s_own_key_makes_one_is_doubted_but_left_whole():
    held = evidence(
        [("a", "1", ["Wei Wang@0000-1", "Bo Inkwell"]), ("a", "2", ["Wei Wang@0000-2", "Cy V"])]
    )
    rows = tuple(Row(r.iri, r.source, r.name, key=r.name) for r in held.rows)
    keyed = Evidence(held.publications, held.signatures, rows)
    assert told(parts.divide(keyed, {}, {r.iri: r.name for r in rows})) == (
        {("Wei Wang", "identifiers")},
        [],
    )


def test_a_bare_row_between_two_suffixed_namesakes_is_divided_by_the_papers_they_share():
    papers = [
        ("a", "1", ["Wei Wang", "Bo Inkwell"]),
        ("a", "2", ["Cy Vellum", "Wei Wang"]),
        ("a", "3", ["Wei Wang"]),
        ("dblp", "1", ["Wei Wang 0001", "Bo Inkwell"]),
        ("dblp", "2", ["Cy Vellum", "Wei Wang 0002"]),
    ]
    home = {f"publication/{s}-{k}": f"publication/a-{k}" for k in "12" for s in ("a", "dblp")}
    division = divided(papers, home)
    assert told(division) == ({("Wei Wang", "namesakes")}, [["a-1-1"], ["a-2-2"]])
    assert {part.suffix for part in division.parts} == {"0001", "0002"}
    (doubt,) = division.doubts
    assert doubt.reason == (
        "namesakes: papers of it are signed by Wei Wang 0001, Wei Wang 0002 in dblp"
    )


@pytest.mark.parametrize("changed", ["one suffix", "another place", "another name"])
def test_one_namesake_another_place_or_another_name_divide_nothing(changed):
    second = "Wei Wang 0001" if changed == "one suffix" else "Wei Wang 0002"
    second = "Wen Wang 0002" if changed == "another name" else second
    names = [second, "Cy Vellum"] if changed == "another place" else ["Cy Vellum", second]
    papers = [
        ("a", "1", ["Wei Wang", "Bo Inkwell"]),
        ("a", "2", ["Cy Vellum", "Wei Wang"]),
        ("dblp", "1", ["Wei Wang 0001", "Bo Inkwell"]),
        ("dblp", "2", names),
    ]
    home = {f"publication/{s}-{k}": f"publication/a-{k}" for k in "12" for s in ("a", "dblp")}
    assert told(divided(papers, home)) == (set(), [])


@pytest.mark.parametrize(
    ("papers", "doubted"),
    [
        ([("1", ["Yang Yue", "Bo Inkwell", "Yang Yue"])], True),  # others between: two people
        ([("1", ["Kun Xu", "Kun Xu", "Bo Inkwell"])], False),  # side by side: a slip
        ([("1", ["Kun Xu", "Kun Xu", "Bo"]), ("2", ["Kun Xu", "Kun Xu", "Cy"])], True),
        ([("1/a", ["Kun Xu", "Kun Xu", "Bo"]), ("1/b", ["Kun Xu", "Kun Xu", "Cy"])], False),
        ([("1", ["A B", "C D", "A B", "C D"])], False),  # everybody twice: a slip
        ([("1", ["A B", "A B"])], False),
    ],
)
def test_one_name_twice_on_a_paper(papers, doubted):
    doubts, groups = told(divided([("a", key, names) for key, names in papers]))
    assert doubts == ({(papers[0][1][0], "one paper")} if doubted else set())
    assert groups == []


def test_no_rule_doubts_whom_people_said_to_be_one():
    papers = [("a", "1", ["Yang Yue", "Bo Inkwell", "Yang Yue"])]
    assert told(divided(papers, known=["author/a-Yang Yue"])) == (set(), [])


def test_a_part_keeps_its_name_when_signatures_come_and_go():
    first = [("a", "2", ["Wei Wang@0000-1", "B C"]), ("a", "5", ["Wei Wang@0000-2", "D E"])]
    before = divided(first)
    kept = Before(parts={part.iri: part.row for part in before.parts}, members=dict(before.persons))
    later = [*first, ("a", "1", ["Wei Wang@0000-1"]), ("a", "4", ["Wei Wang@0000-2"])]
    after = divided(later, before=kept)
    assert {p.iri for p in after.parts} == {p.iri for p in before.parts}
    assert {s: after.persons[s] for s in before.persons} == dict(before.persons)
    assert {p.iri for p in divided(later).parts} != {p.iri for p in before.parts}


def test_of_two_groups_that_were_one_part_one_keeps_its_name():
    papers = [("a", "2", ["Wei Wang@0000-1", "B C"]), ("a", "5", ["Wei Wang@0000-2", "D E"])]
    before = Before(
        parts={"author/part": "author/a-Wei Wang"},
        members={"signature/a-2-1": "author/part", "signature/a-5-1": "author/part"},
    )
    names = [part.iri for part in divided(papers, before=before).parts]
    assert len(set(names)) == 2
    assert "author/part" in names


def test_order_of_the_input_changes_nothing():
    papers = [
        ("a", str(n), [f"Wei Wang@0000-{n % 3}", f"Mate {n % 3}", "Bo Inkwell", "Wei Wang"])
        for n in range(12)
    ]
    held = evidence(papers)
    labels = {row.iri: row.name for row in held.rows}
    seen = set()
    for seed in range(10):
        rng = random.Random(seed)
        shuffled = Evidence(
            *(tuple(rng.sample(x, len(x))) for x in (held.publications, held.signatures, held.rows))
        )
        division = parts.divide(shuffled, {}, labels)
        seen.add((division.doubts, division.parts, tuple(sorted(division.persons.items()))))
    assert len(seen) == 1


# --- what people said, pure


def moved(number, *keys, to="", on=1, printed=("Wei Wang",), undoes=""):
    return Decision(
        f"decision/{number}",
        "author/a-Wei Wang",
        "",
        "undo" if undoes else "split",
        by="Ann",
        on=f"2026-01-{on:02}T00:00:00Z",
        reason="r",
        printed=printed,
        moves=tuple(f"signature/a-{key}-1" for key in keys),
        to=to,
        undoes=undoes,
    )


PAPERS = [("a", key, ["Wei Wang", f"Mate {key}"]) for key in "1234"]


def test_the_latest_word_on_a_signature_holds_and_the_rest_of_the_earlier_stays():
    division = divided(PAPERS, decisions=[moved(1, "1", "2", on=1), moved(2, "2", on=2)])
    assert told(division) == ({("Wei Wang", "decision")}, [["a-1-1"], ["a-2-1"]])
    assert division.splits.problems == (
        "decision decision/1 is overruled: 1 of its signatures, by the later decision/2",
    )


def test_signatures_given_to_somebody_make_no_part_and_doubt_nobody():
    division = divided(PAPERS, decisions=[moved(1, "1", to="author/a-Mate 3")])
    assert told(division) == (set(), [["a-1-1"]])
    assert division.persons == {"signature/a-1-1": "author/a-Mate 3"}


def test_people_can_give_back_what_a_rule_took_apart():
    papers = [
        ("a", "1", ["Wei Wang@0000-1", "Bo"]),
        ("a", "2", ["Wei Wang@0000-2", "Cy"]),
        ("a", "3", ["Wei Wang@0000-2", "Di"]),
    ]
    back = moved(1, "2", "3", to="author/a-Wei Wang")
    assert told(divided(papers, decisions=[back])) == (set(), [])


@pytest.mark.parametrize(
    ("decision", "why"),
    [
        (moved(1, "1", printed=("W. Wang",)), "was printed 'W. Wang' and is 'Wei Wang' now"),
        (moved(1, "9"), "signature/a-9-1 is not there any more"),
        (moved(1, "1", to="author/b-Nobody"), "author/b-Nobody is not there any more"),
        (
            replace(moved(1, "1"), one="author/a-Mate 1"),
            "signature/a-1-1 is by author/a-Wei Wang now",
        ),
    ],
)
def test_a_split_of_what_changed_is_suspended_and_told(decision, why):
    division = divided(PAPERS, decisions=[decision])
    assert told(division) == (set(), [])
    (problem,) = division.splits.problems
    assert problem.startswith("decision decision/1 is suspended: ")
    assert why in problem


def test_of_a_split_the_signatures_that_are_there_are_moved():
    division = divided(PAPERS, decisions=[moved(1, "1", "9")])
    assert told(division)[1] == [["a-1-1"]]
    assert division.splits.problems == (
        "decision decision/1: signature/a-9-1 is not there any more",
    )


def test_giving_somebody_a_second_place_on_a_paper_is_told():
    division = divided(PAPERS, decisions=[moved(1, "1", to="author/a-Mate 1")])
    (problem,) = division.splits.problems
    assert problem.endswith("author/a-Mate 1 signs the paper of signature/a-1-1 already")


def test_an_undone_split_says_nothing():
    assert told(
        divided(PAPERS, decisions=[moved(1, "1"), moved(2, on=2, undoes="decision/1")])
    ) == (
        set(),
        [],
    )


def test_rules_of_doubt_are_those_that_the_ontology_lists():
    shapes = Path(terms.__file__).with_name("shapes.ttl").read_text("utf-8").splitlines()
    (line,) = (one for one in shapes if one.startswith("s:AmbiguousAuthor-ambiguousBy a"))
    assert all(f'"{rule}"' in line for rule in Rule)


# --- what must hold of every graph

BROKEN = """
@prefix q: <https://w3id.org/quiver/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
<http://localhost:8000/graph/links> {
  <x:row> a q:AmbiguousAuthor ; q:canonical <x:row> .
  <x:other> owl:sameAs <x:row> ; q:canonical <x:row> .
  <x:part> q:partOf <x:whole> .
  <x:known> q:partOf <x:row> .
  <x:s1> q:byAuthor <x:row> ; q:person <x:row> .
  <x:s2> q:byAuthor <x:row> ; q:person <x:known> .
  <x:s3> q:byAuthor <x:row> ; q:person <x:stranger> .
  <x:s4> q:byAuthor <x:row> ; q:person <x:matched> .
  <x:match> a q:Match ; q:verdict "same" ; q:compares <x:s4> , <x:matched> .
  <x:s5> q:byAuthor <x:row> ; q:person <x:decided> .
  <x:split> a q:Decision ; q:verdict "split" ; q:moves <x:s5> ; q:movesTo <x:decided> .
  <x:s6> q:byAuthor <x:row> ; q:person <x:undone> .
  <x:old> a q:Decision ; q:verdict "split" ; q:moves <x:s6> ; q:movesTo <x:undone> .
  <x:undo> q:undoes <x:old> .
}
"""


def test_check_finds_what_no_row_of_several_people_may_be(tmp_path):
    data = tmp_path / "data"
    publish(data, BROKEN)
    found = failed(data)
    assert found["ambiguous-and-same"] == (("x:row", "x:other"),)
    assert found["part-of-one"] == (("x:part", "x:whole"),)
    assert {row[0] for row in found["person-without-reason"]} == {"x:s3", "x:s6"}


def test_shapes_refuse_an_ambiguous_row_in_same_as():
    turtle = re.sub(r"<\S+/graph/links> \{|\}", "", BROKEN)
    data = rdflib.Graph().parse(data=turtle, format="turtle")
    shapes = rdflib.Graph().parse(Path(terms.__file__).with_name("shapes.ttl"))
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes)
    broken = {
        str(shape).rpartition("#")[2]
        for result in report.subjects(SHACL.focusNode, rdflib.URIRef("x:row"))
        for shape in report.objects(result, SHACL.sourceShape)
    }
    assert {"SameAs", "AmbiguousAuthor-ambiguousBy"} <= broken


# --- company, pure


def two_circles(name, *, papers=8, between=(), first="Inkwell", other="Vellum"):
    """Papers of one name with one co-author, as many with another, and some `between`."""
    held = [("a", f"{number}/x", [name, f"Bo {first}"]) for number in range(papers)]
    held += [("a", f"{number}/y", [name, f"Cy {other}"]) for number in range(papers)]
    return [*held, *(("a", f"{number}/z", [name, *names]) for number, names in enumerate(between))]


def test_a_name_of_many_people_is_divided_where_its_papers_have_nobody_in_common():
    papers = two_circles("Wei Wang", between=[["Di Parchment"], []])
    division = divided(papers)
    doubts, groups = told(division)
    assert doubts == {("Wei Wang", "company")}
    assert sorted(map(len, groups)) == [1, 8, 8]  # who signs alone stays with the row
    assert all(part.guessed for part in division.parts)
    (doubt,) = division.doubts
    assert doubt.reason.startswith("company: 8 of its papers and 8 others have no co-author in")


@pytest.mark.parametrize(
    "papers",
    [
        two_circles("Ada Lovelace"),  # few have this name
        two_circles("Mark Lee"),  # no syllables: print made no others into it
        two_circles("Wei Wang", papers=7),
        two_circles("Wei Wang", between=[["Bo Inkwell", "Cy Vellum"]]),
        two_circles("Wei Wang 0001"),  # an authority knows who it is
    ],
)
def test_company_divides_no_rare_name_no_small_community_and_none_that_others_tie(papers):
    assert told(divided(papers)) == (set(), [])


def test_company_divides_nobody_whom_people_said_to_be_one():
    division = divided(two_circles("Wei Wang"), known=["author/a-Wei Wang"])
    assert told(division) == (set(), [])
    assert division.cleared == {"author/a-Wei Wang"}


def test_people_move_a_signature_and_the_rest_stays_divided():
    papers = two_circles("Wei Wang", papers=9)
    row, moved = "author/a-Wei Wang", "signature/a-0/x-1"
    split = Decision(
        "decision/1", row, "", "split", "Ada", "2024", moves=(moved,), printed=("Wei Wang",)
    )
    _, groups = told(divided(papers, decisions=[split]))
    assert sorted(map(len, groups)) == [1, 8, 9]


# --- company, on a graph

NOUNS = ("tides", "gravel", "lanterns", "orchards", "beetles", "kettles", "marble", "violins")
CIRCLES = [
    paper(f"{mate[:2]}{number}", f"{noun.title()} and {other}", "Wei Wang", mate)
    for mate, other in (("Bo Quillfeather", "rain"), ("Cy Zymurgist", "snow"))
    for number, noun in enumerate(NOUNS)
]


def test_parts_told_apart_by_company_stand_in_the_graph_and_a_decision_joins_them(grown):
    data = grown([*CIRCLES, paper("alone", "Alone with a plough", "Wei Wang")])
    held = check(data)
    assert failed(data) == {}
    (row,) = held.subjects(terms.AMBIGUOUS_BY, "company")
    one, other = sorted(held.subjects(terms.PART_OF, row))
    assert len(held.subjects(terms.AUTHORED_BY, row)) == 1
    assert [len(held.subjects(terms.AUTHORED_BY, part)) for part in (one, other)] == [8, 8]
    assert not [quad for quad in held.quads if quad[2] == terms.DIFFERENT_FROM]
    with Generations(data).open() as reader:
        assert explain(reader, one, other).flip.startswith("one row was divided into them")
    before = links(data)
    resolve(data)
    assert links(data) == before
    deciding.decide(data, one, other, "same", by="Ann", reason="moved house")
    held = check(data)
    assert failed(data) == {}
    (person,) = {held.values(part, terms.CANONICAL)[0] for part in (one, other)}
    assert len(held.subjects(terms.AUTHORED_BY, person)) == 16
