"""Rows that hold several people: who says so, how they are divided, and what then holds."""

import gzip
import json
import random
import re
from pathlib import Path

import pyshacl
import pytest
import rdflib
from click.testing import CliRunner

from ingest.pipeline import load, unload
from ingest.resolution import deciding, parts, splitting
from ingest.resolution.assignment import assign
from ingest.resolution.doubts import Rule
from ingest.resolution.evidence import Before, Decision, Evidence, Publication, Row, Signature
from ingest.resolution.links import resolve
from ontology import terms
from queries.generations import Generations
from server import create_app
from server.cli import main
from server.config import Config
from tests.conftest import publish
from tests.test_pipeline import Held, check, paper
from tests.test_resolution_links import failed, links

WHO = {"by": "Ann Archivist", "reason": "two theses"}
RARE = "Ada Quillfeather"
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


# --- on a graph

PINE = paper("pine", "Pine Needles Counted by Hand", RARE, "Dee Vanterpool")
OAKS = paper("oak", "Roots of an Unusual Oak", RARE, "Bo Zymurgist")
ELMS = paper("elm", "An Elm Reconsidered Twice", RARE, "Cy Xanthopoulos")
FIRS = paper("fir", "Firs Felled in Fair Weather", "Cy Xanthopoulos", RARE)
OTHER = {**PINE, "bibtex_key": "again"}


@pytest.fixture
def write(tmp_path):
    def write(name, *papers):
        (tmp_path / name).write_text("".join(json.dumps(one) + "\n" for one in papers))
        return tmp_path / name

    return write


@pytest.fixture
def data(fast_path, write):
    """Ada of four papers in one source, of one of them in another: one person, as resolved."""
    data = fast_path / "data"
    load(data, [write("one.jsonl", PINE, OAKS, ELMS, FIRS)])
    load(data, [write("two.jsonl", OTHER)])
    resolve(data)
    return data


def ada(data):
    """Her row of four papers, and that of one, which the resolver joins to it."""
    held = Held(data)
    signed = {r: len(held.subjects(terms.BY_AUTHOR, r)) for r in held.subjects(terms.LABEL, RARE)}
    return sorted((row for row in signed if signed[row]), key=lambda row: -signed[row])


def papers_of(held, person):
    return sorted(
        title
        for paper in held.subjects(terms.AUTHORED_BY, person)
        for title in held.values(paper, terms.DC_TITLE)
    )


def test_a_split_makes_a_part_that_the_resolver_joins_with_others(data):
    row, other = ada(data)
    assert len({Held(data).values(one, terms.CANONICAL)[0] for one in (row, other)}) == 1
    made, report = splitting.split(data, row, publications=[PINE["title"]], **WHO)
    assert (report.problems, len(made)) == ((), 1)
    held = check(data)
    assert failed(data) == {}
    (part,) = held.subjects(terms.PART_OF, row)
    assert held.values(part, terms.CANONICAL) == held.values(other, terms.CANONICAL) != [row]
    assert terms.AMBIGUOUS_AUTHOR in held.values(row, terms.TYPE)
    assert held.values(row, terms.AMBIGUOUS_BY) == ["decision"]
    assert held.values(row, terms.REASON) == ["decision: Ann Archivist: two theses"]
    (person,) = held.values(part, terms.CANONICAL)
    assert papers_of(held, person) == [PINE["title"]]
    assert papers_of(held, row) == sorted(one["title"] for one in (OAKS, ELMS, FIRS))
    assert held.values(part, terms.IN_CLUSTER) == held.values(row, terms.IN_CLUSTER)
    assert held.values(part, terms.LABEL) == [RARE]
    (signature,) = held.subjects(terms.PERSON_PROPERTY, part)
    assert held.values(signature, terms.BY_AUTHOR) == [row]


def test_a_second_run_and_a_reload_leave_a_split_as_it_is(data, write):
    row, _ = ada(data)
    splitting.split(data, row, publications=[PINE["title"], OAKS["title"]], **WHO)
    parted = set(Held(data).subjects(terms.PART_OF, row))
    assert not resolve(data).changed
    load(data, [write("one.jsonl", PINE, OAKS, ELMS)])  # a paper fewer
    check(data)
    assert failed(data) == {}
    resolve(data)
    held = check(data)
    assert failed(data) == {}
    assert set(held.subjects(terms.PART_OF, row)) == parted
    load(data, [write("one.jsonl", OAKS, ELMS)])  # that of the smallest signature, perhaps
    assert resolve(data).problems[0].endswith("is not there any more")
    held = check(data)
    assert set(held.subjects(terms.PART_OF, row)) == parted
    assert failed(data) == {}


def test_undo_of_a_split_leaves_the_links_byte_for_byte_as_they_were(data):
    row, _ = ada(data)
    before = links(data)
    for to in ("", "Dee Vanterpool"):
        (made,), _ = splitting.split(data, row, publications=[ELMS["title"]], to=to, **WHO)
        assert links(data) != before
        deciding.undo(data, [made.iri], **WHO)
        assert links(data) == before
    check(data)


def test_signatures_given_to_a_person_count_there_once_and_the_row_stays(data):
    row, _ = ada(data)
    splitting.split(data, row, publications=[ELMS["title"]], to="Dee Vanterpool", **WHO)
    held = check(data)
    assert failed(data) == {}
    (dee,) = {
        held.values(one, terms.CANONICAL)[0]
        for one in held.subjects(terms.LABEL, "Dee Vanterpool")
        if "/author/" in one
    }
    assert ELMS["title"] in papers_of(held, dee)
    assert ELMS["title"] not in papers_of(held, held.values(row, terms.CANONICAL)[0])
    assert terms.AMBIGUOUS_AUTHOR not in held.values(row, terms.TYPE)


def test_same_is_not_obeyed_of_a_row_that_was_split_but_of_its_part(data):
    row, other = ada(data)
    splitting.split(data, row, publications=[ELMS["title"]], **WHO)
    _, report = deciding.decide(data, row, other, "same", **WHO)
    (problem,) = report.problems
    assert "was split among several people: say it of a part" in problem
    (part,) = Held(data).subjects(terms.PART_OF, row)
    deciding.decide(data, part, other, "same", **WHO)
    held = check(data)
    assert held.values(part, terms.CANONICAL) == held.values(other, terms.CANONICAL)
    assert failed(data) == {}


def test_a_name_that_a_reload_changes_suspends_the_split(data, write):
    row, _ = ada(data)
    (made,), _ = splitting.split(data, row, publications=[ELMS["title"]], **WHO)
    changed = {
        **ELMS,
        "authors": [{"given": "Adela", "family": "Quillfeather"}, *ELMS["authors"][1:]],
    }
    load(data, [write("one.jsonl", PINE, OAKS, changed, FIRS)])
    (problem,) = resolve(data).problems
    assert f"decision {made.iri} is suspended: " in problem
    assert "was printed 'Ada Quillfeather' and is 'Adela Quillfeather' now" in problem
    held = check(data)
    assert held.subjects(terms.TYPE, terms.AMBIGUOUS_AUTHOR) == []
    assert failed(data) == {}
    with Generations(data).open() as reader:
        assert next(deciding.listed(reader)).state.startswith("suspended: ")


def test_a_part_that_stands_for_others_goes_with_its_source(data):
    row, other = ada(data)
    splitting.split(data, row, publications=[PINE["title"]], **WHO)
    unload(data, "one")
    held = check(data)
    assert failed(data) == {}
    assert held.subjects(terms.TYPE, terms.AMBIGUOUS_AUTHOR) == []
    assert held.values(other, terms.CANONICAL) == [other]


# --- the command


def call(data, *words):
    found = CliRunner().invoke(main, [*words, "--data", str(data)])
    return found.exit_code, found.output


def test_the_command_splits_and_explain_tells_of_it(data):
    row, _ = ada(data)
    why = ("--by", "Ann", "--reason", "two theses")
    status, out = call(data, "decide", "split", row, "--publication", ELMS["title"], *why, "-q")
    assert status == 0, out
    assert ": Ada Quillfeather: split" in out
    _, out = call(data, "decide", "--list")
    assert "Ada Quillfeather split 1 signature" in out
    status, out = call(data, "explain", row)
    assert status == 0, out
    assert "possibly several people" in out
    assert "decision: Ann: two theses" in out
    (part,) = Held(data).subjects(terms.PART_OF, row)
    assert f"1 signature  {part}" in out
    _, out = call(data, "explain", part, "Dee Vanterpool")
    assert f"a part of {row}" in out


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("split", "ROW"), 1, "name at least one signature"),
        (("split", "ROW", "--publication", "Nothing"), 1, "'Nothing' is neither an IRI nor a name"),
        (("split", "ROW", "--signature", "signature/x"), 1, "'signature/x' is no signature of"),
        (("split", PINE["title"], "--publication", "x"), 1, "is no author row"),
        (("a", "same", "b", "--to", "c"), 2, "belong to: split ROW"),
    ],
)
def test_what_cannot_be_split_is_one_line(data, words, status, told):
    words = [ada(data)[0] if word == "ROW" else word for word in words]
    found = call(data, "decide", *words, "--by", "A", "--reason", "r", "-q")
    assert found[0] == status
    assert told in found[1]


def test_all_signatures_of_a_row_are_no_split(data):
    titles = [word for p in (PINE, OAKS, ELMS, FIRS) for word in ("--publication", p["title"])]
    words = ("decide", "split", ada(data)[0], *titles, "--by", "A", "--reason", "r", "-q")
    status, out = call(data, *words)
    assert status == 1
    assert "nothing would be left" in out


def test_splits_go_out_as_sssom_and_come_back_once(data, tmp_path):
    row, _ = ada(data)
    before = Generations(data).current()
    splitting.split(data, row, publications=[ELMS["title"], FIRS["title"]], **WHO)
    splitting.split(data, row, publications=[OAKS["title"]], to="Dee Vanterpool", **WHO)
    after = links(data)
    status, out = call(data, "decide", "--export")
    assert status == 0
    assert "#  - slot_name: part_of\n" in out
    (tmp_path / "x.sssom.tsv").write_text(out)
    Generations(data).rollback(before)
    status, told = call(data, "decide", "--file", str(tmp_path / "x.sssom.tsv"), "-q")
    assert status == 0, told
    assert without_runs(links(data)) == without_runs(after)
    status, told = call(data, "decide", "--file", str(tmp_path / "x.sssom.tsv"), "-q")
    assert "stands already" in told
    check(data)


def without_runs(text):
    return [line for line in text.splitlines() if terms.RUN_PROPERTY.encode() not in line]


# --- single signatures of a bare name


def assigned(papers, home=None, person=None, fixed=()):
    found = assign(evidence(papers), home or {}, person or {}, fixed)
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


def test_bare_row_between_namesakes_of_another_source_on_a_graph(fast_path, write):
    data = fast_path / "data"
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


def test_a_signature_given_on_evidence_has_a_match_and_counts_once(fast_path, write):
    data = fast_path / "data"
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


def test_a_part_that_stands_for_a_person_is_followed_by_another_when_its_source_goes(data):
    row, other = ada(data)
    splitting.split(data, row, publications=[PINE["title"], OAKS["title"]], **WHO)
    (part,) = Held(data).subjects(terms.PART_OF, row)
    resolve(data)
    held = Held(data)
    assert {held.values(one, terms.CANONICAL)[0] for one in (part, other)} == {part}
    unload(data, "one")
    held = check(data)
    assert failed(data) == {}
    assert held.values(other, terms.CANONICAL) == [other]
    assert held.subjects(terms.PART_OF, row) == []


def test_a_row_that_people_say_is_one_is_doubted_again_when_they_take_that_back(data, write):
    twice = paper("kit", "Kites for Two of One Name", RARE, "Ed Mill", RARE)
    load(data, [write("one.jsonl", PINE, OAKS, ELMS, FIRS, twice)])
    resolve(data)
    row, other = ada(data)
    before = links(data)
    assert Held(data).values(row, terms.AMBIGUOUS_BY) == ["one paper"]
    (made,), _ = deciding.decide(data, row, other, "same", **WHO)
    held = check(data)
    assert held.values(row, terms.CANONICAL) == held.values(other, terms.CANONICAL)
    assert held.subjects(terms.TYPE, terms.AMBIGUOUS_AUTHOR) == []
    deciding.undo(data, [made.iri], **WHO)
    assert links(data) == before


def test_a_part_that_is_no_more_leads_to_its_row_until_it_is_there_again(data):
    row, _ = ada(data)
    (made,), _ = splitting.split(data, row, publications=[ELMS["title"]], **WHO)
    (part,) = Held(data).subjects(terms.PART_OF, row)
    deciding.undo(data, [made.iri], **WHO)
    held = check(data)
    assert held.values(part, terms.DC_REPLACED_BY) == [row]
    assert len(held.values(part, terms.WITHDRAWN_AT)) == 1
    splitting.split(data, row, publications=[ELMS["title"]], **WHO)
    held = check(data)
    assert held.subjects(terms.PART_OF, row) == [part]
    assert held.graph("withdrawn") == set()


# --- real records


def mlanthology(samples, wanted):
    """The papers of ML Anthology whose lines hold one of these texts."""
    path = samples / "corpora" / "mlanthology" / "papers.noabs.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream if any(text in line for text in wanted)]


def test_yang_liu_of_ml_anthology_is_divided_and_every_count_stays_right(samples, fast_path, write):
    papers = mlanthology(samples, ["liu-yang", "wang2025cvpr-federated", "garber2016neurips-fas"])
    data = fast_path / "data"
    load(data, [write("mlanthology.jsonl", *papers)])
    resolve(data)
    held = Held(data)
    (row,) = (r for r in held.subjects(terms.LABEL, "Yang Liu") if "/author/" in r)
    total = len(papers_of(held, row))
    assert total > 360
    moved = {}
    for mate in ("Zhaowei Zhu", "Qing Guo"):
        (other,) = (r for r in held.subjects(terms.LABEL, mate) if "/author/" in r)
        (mate_person,) = held.values(other, terms.CANONICAL)
        shared = {*held.subjects(terms.AUTHORED_BY, row)} & {
            *held.subjects(terms.AUTHORED_BY, mate_person)
        }
        assert len(shared) > 9
        splitting.split(data, row, publications=sorted(shared), by="Ann", reason=mate)
        held = check(data)
        assert failed(data) == {}
        (part,) = set(held.subjects(terms.PART_OF, row)) - set(moved)
        moved[part] = len(shared)
        assert len(papers_of(held, part)) == len(shared)
        assert len(papers_of(held, row)) == total - sum(moved.values())
    assert len(held.subjects(terms.BY_AUTHOR, row)) == total
    doubted = {held.values(r, terms.LABEL)[0]: held.values(r, terms.AMBIGUOUS_BY)
               for r in held.subjects(terms.TYPE, terms.AMBIGUOUS_AUTHOR)}  # fmt: skip
    assert doubted["Zheng Wang"] == ["one paper"]
    assert "Dan Garber" not in doubted


# --- pages


def test_pages_show_the_doubt_its_reason_and_the_parts(data):
    unload(data, "two")
    (row,) = ada(data)
    splitting.split(data, row, publications=[ELMS["title"]], **WHO)
    held = Held(data)
    (part,) = held.subjects(terms.PART_OF, row)
    (cluster,) = held.values(row, terms.IN_CLUSTER)
    app = create_app(Config(data=data, workers=1))
    try:
        client = app.test_client()

        def page(iri):
            path = iri.replace("http://localhost:8000/id/", "/doc/")
            answer = client.get(path, headers={"Accept": "text/html"})
            assert answer.status_code == 200, answer.text
            return " ".join(answer.text.split())

        of_cluster, of_row, of_part = map(page, (cluster, row, part))
        name = part.rpartition("/")[2]
        assert "possibly several people" in of_cluster
        assert "decision: Ann Archivist: two theses" in of_cluster
        assert name in of_cluster
        assert "part of a row" in of_cluster
        assert "Possibly several people." in of_row
        assert "decision: Ann Archivist: two theses" in of_row
        assert f'{name}"><bdi>Ada Quillfeather</bdi></a> (1)' in of_row
        assert "One of the people in the row" in of_part
        assert ELMS["title"] in of_part
        assert PINE["title"] not in of_part
        assert "<strong>split</strong>, decided by <bdi>Ann Archivist</bdi>" in of_part
        document = client.get(part.replace("http://localhost:8000/id/", "/doc/") + ".nt")
        assert f"<{part}> <{terms.PART_OF}> <{row}>" in document.text
    finally:
        app.extensions["quiver"].close()


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


def test_check_finds_what_no_row_of_several_people_may_be(fast_path):
    data = fast_path / "data"
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
