"""The reader of ML Anthology's JSON and JSON Lines."""

import gzip
import io
import json
import lzma
from collections import Counter
from pathlib import Path

import pytest

from ingest.readers import mlanthology, open_records
from ingest.records import Identifier, Link, Record, RecordError

PAPERS = Path(__file__).parent / "data" / "mlanthology" / "papers.jsonl"
LINES = PAPERS.read_bytes()


def read(data):
    return list(mlanthology.read(io.BufferedReader(io.BytesIO(data))))


def one(**fields):
    paper = {"bibtex_key": "k", "title": "T", "year": "2020", "authors": []} | fields
    return read(json.dumps(paper).encode())


def test_a_paper_becomes_a_record():
    record = read(LINES)[0]
    assert (record.key, record.kind, record.year, record.issued) == (
        "quill2024icml-pens",
        "ConferencePaper",
        2024,
        "2024",
    )
    assert (record.venue.name, record.venue.kind, record.venue.key) == (
        "icml",
        "Conference",
        "icml",
    )
    assert [(c.printed, c.ordinal) for c in record.contributors] == [
        ("Bo Reed", 1),
        ("Ada Quill", 2),
    ]
    assert (record.volume, record.pages, record.abstract) == ("999", "1-12", "We plan with pens.")


def test_identifiers_come_from_fields_and_addresses():
    record, _, blank = read(LINES)
    assert record.identifiers == (
        Identifier("doi", "10.5555/abc.12"),
        Identifier("dblpKey", "conf/icml/ReedQ24"),
        Identifier("openreview", "aBc_1-Xy9Z"),
    )
    assert blank.identifiers == (Identifier("openreview", "Zz9_y-X1"),)


def test_a_resolver_address_is_no_page():
    assert read(LINES)[0].links == (
        Link("pdf", "https://example.org/pens.pdf"),
        Link("code", "https://github.com/aquill/pens"),
    )


def test_names_are_mended_beside_their_literal():
    record = read(LINES)[1]
    found = [(c.name, c.kind, c.literal, c.affiliations) for c in record.contributors]
    assert found == [
        ("OpenInk Anonymous", "person", "", ()),
        ("Anonymous", "anonymous", "", ()),
        ("Ada Quill", "person", "OpenAI Ada Quill", ("OpenAI",)),
        ("Jan van der Ink", "person", "\u202aJan van der Ink\u202c", ()),
        ("Ruth H. III", "person", "", ()),
        ("Ada First", "person", "", ()),
        ("Uma Two", "person", "", ()),
        ("Ida Three", "person", "", ()),
        ("Lea Four", "person", "", ()),
        ("Max Five", "person", "", ()),
    ]
    assert Counter(repair.rule for repair in record.repairs) == {
        "several-people": 2,
        "glued-affiliation": 1,
        "stray-characters": 1,
        "address-escaped": 1,
    }


def test_the_title_stays_literal_and_the_label_is_plain():
    record = read(LINES)[1]
    assert (record.title, record.label) == ("On $k$-Nibs and {\\'E}crins", "On $k$-Nibs and Écrins")


@pytest.mark.parametrize(
    "encode",
    [
        lambda papers: json.dumps(papers).encode(),
        lambda papers: json.dumps(papers, indent=2).encode(),
        lambda papers: b"\n".join(json.dumps(p, indent=1).encode() for p in papers),
        lambda papers: b"\xef\xbb\xbf" + LINES,
        lambda papers: LINES.replace(b"\n", b"\r\n\r\n"),
        lambda papers: b"\xff\xfe" + LINES.decode().encode("utf-16-le"),
        lambda papers: b"\xff\xfe" + json.dumps(papers).encode("utf-16-le"),
    ],
    ids=["array", "indented", "objects in a row", "bom", "crlf", "utf-16 lines", "utf-16 array"],
)
def test_other_ways_to_write_the_same_papers(encode):
    papers = [json.loads(line) for line in LINES.splitlines()]
    plain = [(r.key, r.title, r.contributors) for r in read(LINES)]
    assert [(r.key, r.title, r.contributors) for r in read(encode(papers))] == plain


@pytest.mark.parametrize(("opener", "suffix"), [(gzip.compress, "gz"), (lzma.compress, "xz")])
def test_compressed(tmp_path, opener, suffix):
    path = tmp_path / f"papers.jsonl.{suffix}"
    path.write_bytes(opener(LINES))
    opened = open_records(path)
    assert (opened.format.name, list(opened.items)) == ("mlanthology", read(LINES))


def test_an_array_longer_than_a_block_streams():
    paper = {"bibtex_key": "k", "title": "T" * 5000, "authors": [{"given": "Ä", "family": "Ö"}]}
    papers = [paper | {"bibtex_key": f"k{n}"} for n in range(200)]
    data = json.dumps(papers, ensure_ascii=False, indent=1).encode()
    found = read(data)
    assert [r.key for r in found] == [f"k{n}" for n in range(200)]
    assert [r.line for r in found[:2]] == [2, 12]


@pytest.mark.parametrize(
    ("fields", "field", "fatal"),
    [
        ({"title": ""}, "title", True),
        ({"title": ["T"]}, "title", True),
        ({"bibtex_key": ""}, "bibtex_key", False),
        ({"year": "20x0"}, "year", False),
        ({"year": "3020"}, "year", False),
        ({"authors": {"family": "A"}}, "authors", False),
        ({"authors": [7]}, "authors", False),
        ({"authors": [{"given": ["Ada"], "family": "A"}]}, "authors", False),
        ({"authors": [{"given": "Ada", "family": 5}]}, "authors", False),
        ({"authors": [{"given": "", "family": ""}]}, "authors", False),
        ({"pdf_url": "ftp://x/y"}, "pdf_url", False),
        ({"volume": {"a": 1}}, "volume", False),
    ],
)
def test_a_bad_field_is_named_and_costs_no_more_than_it_must(fields, field, fatal):
    found = one(**fields)
    errors = [item for item in found if isinstance(item, RecordError)]
    assert errors[-1].field == field
    assert errors[-1].fatal == fatal
    assert errors[-1].key == fields.get("bibtex_key", "k")
    assert len([item for item in found if isinstance(item, Record)]) == (not fatal)


def test_an_invalid_doi_is_kept_as_flagged_text():
    (record,) = one(doi="10.bad")
    assert record.identifiers == (Identifier("doi", "10.bad", valid=False),)


@pytest.mark.parametrize("broken", [b'{"bibtex_key": "x", "ti', b"[1, 2]", b'"text"', b"nonsense"])
def test_a_broken_line_costs_no_neighbour(broken):
    first, *rest = LINES.splitlines()
    found = read(b"\n".join([first, broken, *rest]))
    assert [r.key for r in found if isinstance(r, Record)] == [r.key for r in read(LINES)]
    (error,) = [item for item in found if isinstance(item, RecordError)]
    assert (error.line, error.fatal) == (2, True)


def test_a_broken_element_of_an_array_costs_no_neighbour():
    papers = [json.loads(line) for line in LINES.splitlines()]
    data = (
        json.dumps(papers, indent=1).replace('"key', '"key').replace('"year": 2023', '"year": 2x')
    )
    found = read(data.encode())
    keys = [r.key for r in found if isinstance(r, Record)]
    assert keys == ["quill2024icml-pens", "nobody2022iclrw-blank"]
    assert [e.reason[:8] for e in found if isinstance(e, RecordError)] == ["not JSON"]


def test_bytes_that_are_not_utf8_are_told_of():
    found = read(LINES.replace(b"A Blank", b"A Bl\xffnk"))
    assert [(e.key, e.reason) for e in found if isinstance(e, RecordError)] == [
        ("nobody2022iclrw-blank", "not UTF-8")
    ]
    assert found[-1].title == "A Bl\ufffdnk Page"


def test_lone_surrogates_become_writable():
    (record,) = one(title="A \ud83d B")
    assert record.title == "A \ufffd B"


def test_the_whole_corpus(samples):
    path = samples / "corpora" / "mlanthology" / "sample_2000.jsonl.gz"
    found = list(open_records(path).items)
    with gzip.open(path) as stream:
        assert len(found) == sum(1 for _ in stream)
    assert all(isinstance(item, Record) for item in found)
