"""Rows that people split: what it does to the graph, how it is taken back, what pages tell."""

import gzip
import json

import pytest
from click.testing import CliRunner

from ingest.pipeline import load, unload
from ingest.resolution.curation import deciding, listing, splitting
from ingest.resolution.links import resolve
from ontology import terms
from queries.generations import Generations
from server import create_app
from server.cli import main
from server.config import Config
from tests.test_pipeline import Held, check, paper
from tests.test_resolution_links import failed, links

WHO = {"by": "Ann Archivist", "reason": "two theses"}
RARE = "Ada Quillfeather"
PINE = paper("pine", "Pine Needles Counted by Hand", RARE, "Dee Vanterpool")
OAKS = paper("oak", "Roots of an Unusual Oak", RARE, "Bo Zymurgist")
ELMS = paper("elm", "An Elm Reconsidered Twice", RARE, "Cy Xanthopoulos")
FIRS = paper("fir", "Firs Felled in Fair Weather", "Cy Xanthopoulos", RARE)
OTHER = {**PINE, "bibtex_key": "again"}


@pytest.fixture
def data(grown):
    """Ada of four papers in one source, of one of them in another: one person, as resolved."""
    return grown([PINE, OAKS, ELMS, FIRS], [OTHER])


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


def test_two_parts_of_one_row_are_two_people_however_alike(data):
    row, _ = ada(data)
    for one in (OAKS, ELMS):
        splitting.split(data, row, publications=[one["title"]], **WHO)
    held = check(data)
    assert failed(data) == {}
    found = held.subjects(terms.PART_OF, row)
    assert len({held.values(part, terms.CANONICAL)[0] for part in found}) == len(found) == 2


@pytest.mark.thorough
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


@pytest.mark.thorough
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


@pytest.mark.thorough
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
        assert next(listing.listed(reader)).state.startswith("suspended: ")


@pytest.mark.thorough
def test_a_part_that_stands_for_others_goes_with_its_source(data):
    row, other = ada(data)
    splitting.split(data, row, publications=[PINE["title"]], **WHO)
    (part,) = Held(data).subjects(terms.PART_OF, row)
    unload(data, "one")
    held = check(data)
    assert failed(data) == {}
    assert len(held.values(part, terms.WITHDRAWN_AT)) == 1
    assert held.values(part, terms.DC_REPLACED_BY) == []
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


# --- parts come and go


@pytest.mark.thorough
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


@pytest.mark.thorough
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


@pytest.mark.thorough
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


@pytest.mark.thorough
def test_yang_liu_of_ml_anthology_is_divided_and_every_count_stays_right(samples, tmp_path, write):
    papers = mlanthology(samples, ["liu-yang", "wang2025cvpr-federated", "garber2016neurips-fas"])
    data = tmp_path / "data"
    load(data, [write("mlanthology.jsonl", *papers)])
    resolve(data)
    held = Held(data)
    named = {one for one in held.subjects(terms.LABEL, "Yang Liu") if "/author/" in one}
    (row,) = (one for one in named if not held.values(one, terms.PART_OF))  # company divides it
    total = len(held.subjects(terms.BY_AUTHOR, row))

    def papers():
        people = (row, *held.subjects(terms.PART_OF, row))
        return [{*held.subjects(terms.AUTHORED_BY, one)} for one in people]

    count = sum(map(len, papers()))
    assert count >= total > 360  # some are another row's, which is joined with one of them
    for mate in ("Zhaowei Zhu", "Qing Guo"):
        (other,) = (r for r in held.subjects(terms.LABEL, mate) if "/author/" in r)
        (mate_person,) = held.values(other, terms.CANONICAL)
        shared = set().union(*papers()) & {*held.subjects(terms.AUTHORED_BY, mate_person)}
        assert len(shared) > 9
        splitting.split(data, row, publications=sorted(shared), by="Ann", reason=mate)
        held = check(data)
        assert failed(data) == {}
        assert shared in papers()
        assert sum(map(len, papers())) == count
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
