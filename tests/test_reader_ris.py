"""The reader of RIS."""

import re
from pathlib import Path

import pytest

from ingest.readers import open_records
from ingest.records import Record, RecordError
from tests.reading import samples_of

DATA = Path(__file__).parent / "data" / "ris"


def items(name):
    return list(open_records(DATA / name).items)


def records(name="journal.ris"):
    return [item for item in items(name) if isinstance(item, Record)]


def people(record):
    return [(c.name, c.role, c.ordinal, c.kind) for c in record.contributors]


def test_an_article():
    record = records()[0]
    assert (record.key, record.kind, record.line) == ("q1", "JournalArticle", 4)
    assert record.title == "Feathers in the Wind"
    assert (record.issued, record.year) == ("2021-05-03", 2021)
    assert (record.volume, record.number, record.pages) == ("4", "2", "10-19")
    assert (record.venue.name, record.venue.issn) == ("Journal of Pens", ("1234-5679",))
    assert {(i.scheme, i.value) for i in record.identifiers} == {("doi", "10.5555/pens.4")}
    assert [(link.kind, link.url) for link in record.links] == [
        ("page", "https://pens.example/4"),
        ("pdf", "https://pens.example/4.pdf"),
    ]
    assert record.keywords == ("ink", "paper", "wind")
    assert record.abstract == "Two lines of\nan abstract."


def test_people_by_role_in_the_order_of_the_lines():
    assert people(records()[0]) == [
        ("Ada Quill", "author", 1, "person"),
        ("Bo van Reed Jr.", "author", 2, "person"),
        ("Ink Consortium", "author", 3, "group"),
        ("Cy Nib", "editor", 1, "person"),
    ]
    assert people(records()[2])[1] == ("Ada Quill", "advisor", 1, "person")


def test_a_chapter_has_its_book():
    record = records()[1]
    assert (record.kind, record.container.title, record.issued) == (
        "Chapter",
        "The Book of Ink",
        "2020",
    )
    assert [i.value for i in record.container.identifiers] == ["9780306406157"]
    assert not record.identifiers


def test_what_is_damaged_is_told_of_and_the_rest_read():
    found = items("damaged.ris")
    assert [r.title for r in found if isinstance(r, Record)] == ["No End Here", "Cut Off"]
    errors = [(e.line, e.reason) for e in found if isinstance(e, RecordError)]
    assert errors == [
        (1, "fields outside of a record"),
        (4, "no ER line at the end"),
        (7, "no ER line at the end"),
    ]


def test_latin1_is_read_and_noted():
    (record,) = records("latin1.ris")
    assert (record.title, record.contributors[0].name) == ("Flügel", "Jürg Feder")
    assert [r.rule for r in record.repairs] == ["latin-1"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marked_encodings(tmp_path, encoding):
    path = tmp_path / "marked"
    path.write_bytes((DATA / "journal.ris").read_text("utf-8").encode(encoding))
    found = [item for item in open_records(path).items if isinstance(item, Record)]
    assert [r.title for r in found] == [r.title for r in records()]


def test_samples_have_a_record_or_an_error_for_each_end(samples):
    for path in samples_of(samples / "formats" / "rispy-tests" / "tests" / "data", "*.ris"):
        ends = len(re.findall(rb"(?m)^\s*TY  ?-", path.read_bytes()))
        if not ends:
            continue  # a Web of Science file by another name
        found = list(open_records(path).items)
        whole = [i for i in found if isinstance(i, Record) or i.fatal]
        assert len(whole) == ends, path.name
