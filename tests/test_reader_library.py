"""The readers of MARC 21, MARCXML and MODS."""

import json

from ingest.readers import open_records
from ingest.records import Record
from tests.reading import people, read, values


def test_marc_book():
    (book, *_), _ = read("marc/three.mrc")
    assert (book.key, book.title, book.kind) == ("q1", "Feathers: a study", "Book")
    assert people(book) == [
        ("Ada Quill", "author", "person"),
        ("Bo Reed", "editor", "person"),
        ("Ink Consortium. Office", "author", "group"),
    ]
    assert (book.issued, book.publisher, book.language) == ("2021", "Pens Press", "eng")
    assert values(book) == {("isbn", "9780306406157")}
    assert book.keywords == ("Ink.",)


def test_marc8_is_decoded_and_composed_in_names():
    (_, thesis, _), _ = read("marc/three.mrc")
    assert (thesis.label or thesis.title) == "R\u00f6m. Bd. 1: Anf\u00e4nge"
    assert (thesis.kind, thesis.issued) == ("Thesis", "1998")
    assert people(thesis) == [("J\u00f6rg M\u00fcller", "author", "person")]


def test_marc_article_in_its_journal():
    (_, _, article), _ = read("marc/three.mrc")
    assert (article.kind, article.venue.name, article.volume, article.pages) == (
        "JournalArticle",
        "Journal of Pens",
        "4",
        "10-19",
    )
    assert people(article) == [("Mono", "author", "person")]


def test_a_broken_marc_record_costs_itself():
    _, errors = read("marc/three.mrc")
    assert [(e.key, e.fatal) for e in errors] == [("record 2", True)]


def test_marcxml():
    (book, other_script), errors = read("marcxml/collection.xml")
    assert not errors
    assert (book.key, book.title, book.line) == ("q1", "Feathers: a study", 3)
    assert values(book) == {("isbn", "9780306406157"), ("doi", "10.5555/q1")}
    assert other_script.title == "羽"


def test_mods():
    (book, article), errors = read("mods/collection.xml")
    assert not errors
    assert (book.key, book.title, book.kind) == ("m1", "The Feathers: a study. 1", "Book")
    assert people(book) == [
        ("Ada Quill", "author", "person"),
        ("Ink Consortium, Office", "author", "group"),
        ("Bo Reed", "editor", "person"),
    ]
    assert (book.issued, book.publisher) == ("2021-05", "Pens Press")
    assert (article.kind, article.venue.name, article.issued) == (
        "JournalArticle",
        "Journal of Pens",
        "2021",
    )
    assert (article.volume, article.number, article.pages) == ("4", "2", "10-19")
    assert values(article) == {("doi", "10.5555/pens.91")}


def test_the_cases_of_zotero_load_whole(samples, tmp_path):
    for name, marks in (("MARC", "\x1d"), ("MARCXML", 'tag="245"'), ("MODS", "</mods>")):
        path = samples / "formats" / "zotero-testcases" / f"import__{name}.json"
        for number, case in enumerate(json.loads(path.read_text("utf-8"))):
            file = tmp_path / f"{name}-{number}"
            file.write_text(case["input"], "utf-8")
            found = [i for i in open_records(file).items if isinstance(i, Record)]
            assert len(found) == case["input"].count(marks) == len(case["items"])
