"""The readers of MEDLINE and Web of Science, and the tagged lines that they share."""

import io
import re

import pytest

from ingest.readers import READERS, open_records
from ingest.records import Record
from tests.reading import people, read, samples_of, values


def test_medline():
    (article, report), errors = read("medline/two.nbib")
    assert not errors
    assert (article.key, article.line) == ("12345", 2)
    assert article.title == "Feathers in the wind."
    assert people(article) == [
        ("Ada Quill", "author", "person"),
        ("B O Reed", "author", "person"),
        ("Ink Consortium", "author", "group"),
        ("Cy Nib", "editor", "person"),
    ]
    ada = article.contributors[0]
    assert ada.affiliations == ("Pen College.", "Ink Office.")
    assert [i.value for i in ada.identifiers] == ["0000-0002-1825-0097"]
    assert article.cut_off and article.retracted
    assert (article.issued, article.volume, article.number, article.pages) == (
        "2021-05-03",
        "4",
        "2",
        "10-9",
    )
    assert article.venue.issn == ("1234-5679", "2049-3630")
    assert values(article) == {
        ("pmid", "12345"),
        ("doi", "10.5555/pens.31"),
        ("pmcid", "PMC54321"),
    }
    assert (report.key, report.kind, report.issued) == ("ED1", "Report", "2019-04")


def test_web_of_science():
    (article, paper), errors = read("wos/two.txt")
    assert [(e.line, e.field) for e in errors] == [(30, "ER")]
    assert (article.key, article.title) == ("WOS:0001", "Feathers in the wind")
    assert people(article) == [
        ("Ada Quill", "author", "person"),
        ("Bo Reed", "author", "person"),
        ("Ink Consortium", "author", "group"),
    ]
    assert [len(c.identifiers) for c in article.contributors] == [0, 1, 0]
    assert (article.issued, article.pages, article.keywords) == (
        "2021-05-03",
        "10-19",
        ("ink", "paper"),
    )
    assert values(article) == {("doi", "10.5555/pens.41"), ("pmid", "12345")}
    assert (paper.kind, paper.issued, paper.pages) == ("ConferencePaper", "2020-01", "7")
    assert people(paper)[1:] == [("A Quill", "editor", "person"), ("B Reed", "editor", "person")]
    assert [i.value for i in paper.container.identifiers] == ["9780306406157"]


def test_full_names_stand_in_only_where_there_are_as_many():
    entry = "FN Clarivate\nVR 1.0\nPT J\nAU Quill, A\n   Reed, B\nAF {}\nTI Ink\nER\n"
    for full, shown in (
        ("Quill, Ada", ["A Quill", "B Reed"]),
        ("Q, Ada\n   R, Bo", ["Ada Q", "Bo R"]),
    ):
        (found,) = READERS["wos"].read(io.BufferedReader(io.BytesIO(entry.format(full).encode())))
        assert [c.name for c in found.contributors] == shown


@pytest.mark.parametrize("name", ["ris", "medline", "wos"])
def test_a_file_without_entries_is_told_of(name):
    (error,) = READERS[name].read(io.BufferedReader(io.BytesIO(b"nothing here\n")))
    assert error.fatal and "no record" in error.reason


def test_samples_of_medline_have_all_entries(samples):
    for path in samples_of(samples / "formats" / "biopython-medline" / "Medline", "*.txt"):
        expected = re.findall(r"(?m)^PMID- *(\d+)", path.read_text("utf-8"))
        assert [r.key for r in open_records(path).items if isinstance(r, Record)] == expected


def test_samples_of_web_of_science_have_all_entries(samples):
    path = samples / "formats" / "bibliometrix" / "wos_sample.txt"
    expected = re.findall(r"(?m)^UT (\S+)", path.read_text("utf-8"))
    assert [r.key for r in open_records(path).items if isinstance(r, Record)] == expected
    assert len(expected) == 8
