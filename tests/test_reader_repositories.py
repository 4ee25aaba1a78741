"""The readers of arXiv's feed, OAI-PMH with Dublin Core, and JATS."""

import json
import re

from ingest.readers import open_records
from ingest.records import Record, RecordError
from tests.reading import people, read, samples_of, values


def test_arxiv_feed():
    (paper, old), errors = read("arxiv/feed.xml")
    assert (paper.key, paper.kind, paper.issued, paper.venue.name) == (
        "2101.00001",
        "Preprint",
        "2021-01-01",
        "arXiv",
    )
    assert paper.label == "On $n^2$ Feathers of Schrödinger"
    assert people(paper) == [
        ("Ada Quill", "author", "person"),
        ("Ink Collaboration", "author", "group"),
    ]
    assert paper.contributors[0].affiliations == ("Pen College",)
    assert values(paper) == {("arxiv", "2101.00001"), ("doi", "10.5555/pens.101")}
    assert (old.key, old.title) == ("quant-ph/0101001", "Old & Good")
    assert [e.reason for e in errors] == ["arXiv answered: incorrect id"]


def test_oai_records_in_the_formats_that_they_hold():
    (dc, arxiv, marc, mods), errors = read("oai/list.xml")
    assert (dc.key, dc.kind, dc.issued, dc.venue.name) == (
        "oai:pens:1",
        "JournalArticle",
        "2021-05",
        "Journal of Pens",
    )
    assert people(dc) == [("Ada Quill", "author", "person"), ("Bo Reed", "author", "person")]
    assert values(dc) == {("doi", "10.5555/pens.111")}
    assert (arxiv.key, arxiv.kind) == ("oai:arXiv.org:2101.00002", "Preprint")
    assert values(arxiv) == {("arxiv", "2101.00002"), ("doi", "10.5555/pens.112")}
    assert (marc.key, marc.title, mods.title) == ("oai:pens:3", "A Book", "A Part")
    assert [(e.key, e.reason) for e in errors] == [
        ("oai:pens:0", "deleted at the source"),
        ("oai:pens:4", "a record in no format that is known"),
    ]


def test_jats():
    (article,), errors = read("jats/article.xml")
    assert not errors
    assert (article.key, article.title, article.label) == (
        "10.5555/pens.121",
        "Feathers in <italic>ink</italic>",
        "Feathers in ink",
    )
    assert people(article) == [
        ("Ada Quill Jr", "author", "person"),
        ("Ink Consortium", "author", "group"),
        ("Bo Reed", "editor", "person"),
    ]
    ada = article.contributors[0]
    assert (ada.affiliations, ada.identifiers[0].value) == (
        ("Pen College, Penland",),
        "0000-0002-1825-0097",
    )
    assert (article.issued, article.volume, article.number, article.pages) == (
        "2021-05-03",
        "4",
        "2",
        "10-19",
    )
    assert values(article) == {("doi", "10.5555/pens.121"), ("pmcid", "PMC54321")}
    assert [r.value for r in article.references] == ["10.5555/pens.4"]
    assert (article.abstract, article.venue.issn) == ("We count.", ("1234-5679",))


def test_samples_of_arxiv_have_every_entry(samples, tmp_path):
    for number, path in enumerate(samples_of(samples / "formats" / "arxiv-atom", "*.json")):
        body = json.loads(path.read_text("utf-8"))["body"]
        file = tmp_path / str(number)
        file.write_text(body, "utf-8")
        found = list(open_records(file).items)
        assert len(found) == body.count("<entry>")
        wrong = sum(isinstance(item, RecordError) and item.fatal for item in found)
        assert wrong == len(re.findall(r"<id>[^<]*api/errors", body))


def test_samples_of_jats_have_an_article_each(samples):
    for path in samples_of(samples / "formats" / "jats-elife", "**/elife*.xml"):
        items = list(open_records(path).items)
        (record,) = (item for item in items if isinstance(item, Record))
        expected = re.search(r'pub-id-type="doi">([^<]+)<', path.read_text("utf-8"))[1]
        assert record.key == expected.lower()


def test_samples_of_oai_tell_of_what_holds_no_record(samples):
    for path in samples_of(samples / "formats" / "oai-sickle", "*Record*.xml"):
        text = path.read_text("utf-8")
        if "<OAI-PMH" not in text:
            continue
        items = list(open_records(path).items)
        records = sum(isinstance(item, Record) for item in items)
        assert records == len(re.findall(r"<metadata>", text)), path.name
        told = text.count('status="deleted"') + text.count("<error ")
        assert len(items) - records == told, path.name
