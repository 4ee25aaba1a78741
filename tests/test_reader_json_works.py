"""The readers of CSL-JSON, Crossref's works and OpenAlex's works."""

import gzip
import io
import json

import pytest

from ingest.readers import READERS, guess, open_records
from ingest.readers.csl import date_of
from ingest.records import Record
from tests.reading import DATA, read, values


def test_csl_names_dates_and_numbers():
    (first, chapter, edtf, raw), errors = read("csl/items.json")
    assert (first.key, first.kind, first.issued) == ("quill1", "JournalArticle", "2021-05-03")
    assert (first.title, first.label) == ("Feathers &amp; <i>Ink</i>", "Feathers & Ink")
    assert [(c.name, c.family, c.kind) for c in first.contributors] == [
        ("Ada Quill", "Quill", "person"),
        ("Bo de van Reed Jr.", "de van Reed", "person"),
        ("Ink Consortium", "", "group"),
    ]
    assert [i.value for i in first.contributors[0].identifiers] == ["0000-0002-1825-0097"]
    assert first.venue.issn == ("1234-5679", "2049-3630")
    assert values(first) == {("doi", "10.5555/pens.10"), ("pmid", "12345")}
    assert (chapter.key, chapter.kind, chapter.issued) == ("2", "Chapter", "2020-02")
    assert chapter.container.title == "The Book of Ink"
    assert values(chapter.container) == {("isbn", "9780306406157")}
    assert [(c.name, c.role) for c in chapter.contributors] == [
        ("Ada Quill", "author"),
        ("Cy Nib", "editor"),
    ]
    assert (edtf.issued, edtf.contributors[0].name) == ("2016-05-03", "Mono")
    assert (raw.issued, raw.kind) == ("2016-05-03", "Preprint")
    assert [(e.key, e.reason) for e in errors] == [("raw", "a name without letters")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"date-parts": [[None]]}, ""),
        ({"date-parts": [["2016", "5"]]}, "2016-05"),
        ({"date-parts": [[2016, None, 3]]}, "2016"),
        ({"date-parts": []}, ""),
        ({"literal": "1999"}, "1999"),
        (2016, "2016"),
        ([2016], ""),
        (True, ""),
    ],
)
def test_csl_dates(value, expected):
    assert date_of(value) == expected


def test_crossref_works():
    (article, paper, bare), errors = read("crossref/works.jsonl")
    assert (article.title, article.label) == (
        "On <i>Ink</i> &amp; H<sub>2</sub>O: A Study",
        "On Ink & H2O: A Study",
    )
    assert [(c.name, c.kind, c.affiliations) for c in article.contributors] == [
        ("Ada Quill", "person", ("Pen College",)),
        ("Ink Consortium", "group", ()),
        ("Mono", "person", ()),
    ]
    assert [r.value for r in article.references] == ["10.5555/pens.4"]
    assert article.abstract == "<jats:p>We write.</jats:p>"
    assert (paper.issued, paper.retracted, paper.venue.name, paper.container.title) == (
        "2020",
        True,
        "Lecture Notes in Pens",
        "Proceedings of Ink 2020",
    )
    assert (bare.key, bare.title, bare.year) == ("10.5555/none", "", None)
    assert [(e.line, e.reason, e.fatal) for e in errors] == [
        (3, "no title", False),
        (4, "no title, name or identifier", True),
    ]


def test_openalex_works():
    (paper, untitled), errors = read("openalex/page.json")
    assert (paper.key, paper.kind, paper.issued) == ("W1000000001", "ConferencePaper", "2021-05-03")
    ada, bo = paper.contributors
    assert (ada.key, ada.name, ada.printed) == ("A5000000001", "Ada Quill", "A. Quill")
    assert (bo.key, bo.name, bo.affiliations) == ("", "Bo Reed", ("Reed Works",))
    assert paper.abstract == "We write again write"
    assert (paper.pages, paper.retracted, paper.venue.kind) == ("10", True, "Conference")
    assert values(paper) == {
        ("doi", "10.5555/pens.13"),
        ("openalex", "W1000000001"),
        ("pmid", "12345"),
    }
    assert [r.value for r in paper.references] == ["W1000000002"]
    assert (untitled.key, untitled.kind) == ("W1000000002", "Preprint")
    assert [(e.key, e.fatal) for e in errors] == [("W1000000002", False)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_json_in_utf_16_that_is_cut_off_is_told_of(encoding):
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    whole = mark + json.dumps([{"type": "book", "title": "Ink", "id": "a"}] * 2).encode(encoding)
    for cut, found, told in ((0, 2, 0), (1, 2, 1), (2, 2, 0), (9, 1, 1)):
        stream = io.BufferedReader(io.BytesIO(whole[: len(whole) - cut]))
        items = list(READERS["csl"].read(stream))
        assert [isinstance(item, Record) for item in items] == [True] * found + [False] * told


def test_one_work_alone_and_an_answer_are_the_same():
    work = json.loads((DATA / "crossref" / "works.jsonl").read_text().splitlines()[0])
    for wrapped in (work, [work], {"message": work}, {"message": {"items": [work]}}):
        data = json.dumps(wrapped, indent=1).encode()
        assert guess(data, "x").name == "crossref"
        (record,) = READERS["crossref"].read(io.BufferedReader(io.BytesIO(data)))
        assert record.key == "10.5555/pens.11"


@pytest.mark.parametrize("name", ["csl", "crossref", "openalex"])
def test_anything_in_place_of_anything_is_told_of(name):
    """Every value replaced by values of other types: errors, never a traceback."""
    for path in (DATA / name).iterdir():
        whole = path.read_bytes()
        loaded = (
            [json.loads(s) for s in whole.splitlines()] if b"}\n{" in whole else json.loads(whole)
        )
        for other in (None, 0, "", "x", [], [None], {}, {"a": [1]}, True):
            for changed in _each_changed(loaded, other):
                data = json.dumps(changed).encode()
                for item in READERS[name].read(io.BufferedReader(io.BytesIO(data))):
                    str(item)


def _each_changed(value, other):
    yield other
    if isinstance(value, dict):
        for key in value:
            for changed in _each_changed(value[key], other):
                yield {**value, key: changed}
    elif isinstance(value, list):
        for place, item in enumerate(value):
            for changed in _each_changed(item, other):
                yield [*value[:place], changed, *value[place + 1 :]]


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("crossref-works/works.jsonl.gz", 521),
        ("openalex-works/commonmeta_openalex.jsonl.gz", 32),
        ("openalex-works/commonmeta_crossref.jsonl.gz", 50),
    ],
)
def test_samples(samples, path, count):
    path = samples / "formats" / path
    with gzip.open(path) as stream:
        works = [json.loads(line) for line in stream]
    records = [item for item in open_records(path).items if isinstance(item, Record)]
    assert len(records) == len(works) == count
    if "crossref" in path.name or "works.jsonl" in path.name:
        authors = sum(len(work.get("author") or []) for work in works)
        kept = sum(c.role == "author" for r in records for c in r.contributors)
        assert authors - 1 <= kept <= authors  # one author has neither name nor family
        assert [r.key for r in records] == [work["DOI"].lower() for work in works]
