"""Evidence is what the generation's side files say, whatever wrote them and in whatever order."""

import pytest

from ingest.pipeline import load
from ingest.resolution.gathering import reading
from ingest.resolution.gathering.triples import text_of
from ingest.resolution.links import resolve
from ontology import terms
from queries.generations import Generations
from tests.test_pipeline import Held, paper

BASE = "http://localhost:8000/"
QUOTED = 'Say "Hello\\World"\nTwice'
OAK = paper("oak", QUOTED, "Ada Quillfeather", "Bo Zymurgist 0002", doi="10.1000/oak", volume="3")
ELM = paper("elm", "An Elm", "Ada Quillfeather", venue="Curious Letters", year=2021, pages="1-2")


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


def read(data):
    with Generations(data).open() as reader:
        return reading.read(reader.path, BASE)


def test_publications_have_what_the_source_says(data, write):
    load(data, [write("one.jsonl", OAK, ELM)])
    entries = {entry.title: entry for entry in read(data).evidence.publications}
    oak, elm = entries[QUOTED], entries["An Elm"]
    assert (oak.source, oak.year, oak.series, oak.series_kind) == (
        "one",
        2020,
        "icml",
        "Conference",
    )
    assert oak.identifiers == (("doi", "10.1000/oak"),)
    assert (elm.venue, elm.series, elm.pages, elm.cut_off) == ("Curious Letters", "", "1-2", False)
    assert oak.iri.startswith("publication/")


def test_signatures_lead_to_rows_whose_suffix_stands_apart(data, write):
    load(data, [write("one.jsonl", OAK)])
    evidence = read(data).evidence
    rows = {row.iri: row for row in evidence.rows}
    signed = sorted(
        (s.ordinal, s.printed, rows[s.row].name, rows[s.row].suffix, s.role)
        for s in evidence.signatures
    )
    assert signed == [
        (1, "Ada Quillfeather", "Ada Quillfeather", "", "author"),
        (2, "Bo Zymurgist 0002", "Bo Zymurgist", "0002", "author"),
    ]


def test_everything_is_read_that_the_store_holds(data, write):
    load(data, [write("one.jsonl", OAK)])
    load(data, [write("two.jsonl", ELM, {**OAK, "bibtex_key": "again"})])
    resolve(data)
    held, evidence = Held(data), read(data).evidence
    for kind, entities in (
        (terms.PUBLICATION, evidence.publications),
        (terms.SIGNATURE, evidence.signatures),
        (terms.AUTHOR, evidence.rows),
    ):
        iris = [f"{BASE}id/{entity.iri}" for entity in entities]
        assert iris == sorted(held.subjects(terms.TYPE, kind))


def test_amended_side_files_are_read_as_amended(data, write):
    load(data, [write("one.jsonl", OAK, ELM)])
    load(data, [write("one.jsonl", OAK, {**ELM, "year": "1999"})])
    assert {entry.year for entry in read(data).evidence.publications} == {2020, 1999}


def test_labels_and_links_come_by_local_path(data, write):
    load(data, [write("one.jsonl", OAK)])
    held = read(data)
    ada, bo, title = sorted(held.labels.values())
    assert (ada, bo) == ("Ada Quillfeather", "Bo Zymurgist 0002")
    assert title.startswith('Say "Hello')
    assert title.endswith("Twice")
    assert held.canonical == {iri: iri for iri in held.labels}


def test_what_a_run_left_is_known_to_the_next(data, write):
    load(data, [write("one.jsonl", OAK)])
    load(data, [write("two.jsonl", {**OAK, "bibtex_key": "again"})])
    assert read(data).evidence.before.canonical == frozenset()
    report = resolve(data)
    before = read(data).evidence.before
    assert len(before.canonical) == 3
    assert {run for run, _ in before.runs.values()} == {report.run}


def test_the_digest_depends_on_what_was_said_and_not_on_its_order(data, tmp_path, write):
    load(data, [write("one.jsonl", OAK, ELM)])
    load(tmp_path / "other", [write("one.jsonl", ELM, OAK)])
    assert read(data).digest == read(tmp_path / "other").digest
    load(data, [write("one.jsonl", OAK, {**ELM, "pages": "3-4"})])
    assert read(data).digest != read(tmp_path / "other").digest


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ('"plain"', "plain"),
        (r'"a \"b\" \\ c\n\r\t"', 'a "b" \\ c\n\r\t'),
        (r'"\u00e9\U0001F600"', "é😀"),
        ('"2020"^^<http://www.w3.org/2001/XMLSchema#integer>', "2020"),
        ('"mot"@fr', "mot"),
    ],
)
def test_literals_are_unescaped(term, text):
    assert text_of(term) == text
