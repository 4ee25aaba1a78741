"""The readers of PubMed's XML, EndNote's XML and Crossref's Unixref."""

import re

from ingest.readers import open_records
from ingest.records import Record
from tests.reading import people, read, samples_of, values


def test_pubmed_article():
    (article, *_), errors = read("pubmed/set.xml")
    assert (article.key, article.line) == ("12345", 4)
    assert (article.title, article.label) == (
        "Feathers in H<sub>2</sub>O &lt; ink.",
        "Feathers in H2O < ink.",
    )
    assert people(article) == [
        ("Ada Quill Jr", "author", "person"),
        ("Ink Consortium", "author", "group"),
    ]
    assert article.contributors[0].affiliations == ("Pen College.",)
    assert article.contributors[0].identifiers[0].value == "0000-0002-1825-0097"
    assert (article.issued, article.volume, article.number, article.cut_off) == (
        "2021-05-03",
        "4",
        "2",
        True,
    )
    assert article.abstract == "AIM: We count.\n\nThen stop."
    assert values(article) == {
        ("pmid", "12345"),
        ("pmcid", "PMC54321"),
        ("doi", "10.5555/pens.51"),
    }
    assert [r.value for r in article.references] == ["10.5555/pens.4"]
    assert [(e.line, e.fatal) for e in errors] == [(4, False), (13, True)]


def test_pubmed_preprint_in_its_own_words_and_chapter():
    (_, preprint, chapter), _ = read("pubmed/set.xml")
    assert (preprint.title, preprint.kind, preprint.issued) == ("Federn.", "Preprint", "2019-01")
    assert (chapter.title, chapter.kind, chapter.container.title, chapter.issued) == (
        "A Chapter",
        "Chapter",
        "The Book of Ink",
        "2020",
    )
    assert people(chapter) == [("Cy Nib", "editor", "person")]
    assert values(chapter.container) == {("isbn", "9780306406157")}


def test_endnote():
    (article, thesis), errors = read("endnote/library.xml")
    assert not errors
    assert (article.key, article.title, article.issued) == ("7", "Feathers and ink", "2021-05-03")
    assert people(article) == [
        ("Ada Quill", "author", "person"),
        ("Reed Works", "author", "person"),
    ]
    assert (article.venue.name, article.venue.issn) == ("Journal of Pens", ("1234-5679",))
    assert values(article) == {("doi", "10.5555/pens.61")}
    assert people(thesis)[1] == ("Ada Quill", "advisor", "person")


def test_unixref():
    (article, paper, preprint, book), errors = read("unixref/records.xml")
    assert not errors
    assert (article.key, article.title) == ("10.5555/pens.71", "The <i>Ink</i>: A study")
    assert people(article) == [
        ("Ada Quill", "author", "person"),
        ("Ink Consortium", "author", "group"),
    ]
    assert (article.issued, article.volume, article.number, article.pages) == (
        "2021-05",
        "4",
        "2",
        "10-19",
    )
    assert article.venue.issn == ("1234-5679",)
    assert values(article) == {("doi", "10.5555/pens.71")}
    assert [r.value for r in article.references] == ["10.5555/pens.4"]
    assert (paper.kind, paper.container.title) == ("ConferencePaper", "Proceedings of Ink")
    assert values(paper.container) == {("isbn", "9780306406157")}
    assert (preprint.kind, preprint.issued, preprint.venue.name) == (
        "Preprint",
        "2018-07-03",
        "Pens",
    )
    assert (book.kind, book.title, people(book)) == (
        "Book",
        "The Book of Ink",
        [("Cy Nib", "editor", "person")],
    )


def test_samples_of_pubmed_have_every_article(samples):
    for path in samples_of(samples / "formats" / "biopython-medline" / "Entrez", "*.xml"):
        text = path.read_text("utf-8")
        expected = len(re.findall(r"<Pubmed(?:Book)?Article>", text))
        found = list(open_records(path).items)
        assert [type(item) for item in found] == [Record] * expected, path.name
