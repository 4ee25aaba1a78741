"""The reader of RDF, and what it refuses for its parser's sake."""

import io
import tracemalloc
from pathlib import Path

import pytest

from ingest.readers import READERS, open_records, rdf
from ingest.readers.guarded import Guarded, UnsafeXml
from ingest.records import Record, RecordError, Statement

DATA = Path(__file__).parent / "data" / "rdf"
START = b'<?xml version="1.0"?>%s<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'


def read(data):
    return list(READERS["rdf"].read(io.BufferedReader(io.BytesIO(data))))


def record(name):
    (found,) = (item for item in open_records(DATA / name).items if isinstance(item, Record))
    return found


def people(found):
    return [(c.name, c.key, c.ordinal) for c in found.contributors]


def values(found):
    return {(i.scheme, i.value) for i in found.identifiers}


def test_dblp_s_signatures_come_by_their_ordinals():
    found = record("dblp.ttl")
    assert people(found) == [
        ("Ada Quill", "https://dblp.org/pid/56/78", 1),
        ("Bo Reed", "https://dblp.org/pid/12/34-2", 2),
    ]
    assert found.contributors[1].suffix == "0002"
    assert (found.key, found.kind, found.year, found.pages) == (
        "conf/ink/QuillR21",
        "ConferencePaper",
        2021,
        "10-19",
    )
    assert values(found) == {("dblpKey", "conf/ink/QuillR21"), ("doi", "10.5555/pens.131")}


def test_schema_org_keeps_the_order_of_authors_and_fetches_no_context():
    found = record("schema.jsonld")
    assert [(c.name, c.kind, c.ordinal) for c in found.contributors] == [
        ("Ada Quill", "person", 1),
        ("Reed Works", "group", 2),
        ("Cy Nib", "person", 3),
    ]
    assert (found.key, found.kind, found.issued) == (
        "10.5555/pens.132",
        "JournalArticle",
        "2021-05-03",
    )
    assert values(found) == {("doi", "10.5555/pens.132"), ("arxiv", "2101.00001")}
    assert (found.venue.name, found.venue.issn, found.number) == (
        "Journal of Pens",
        ("1234-5679",),
        "2",
    )


def test_without_a_list_authors_have_no_position():
    found = record("bibo.rdf")
    assert [(c.name, c.ordinal) for c in found.contributors] == [
        ("Cy Nib", None),
        ("Ada Quill", None),
    ]
    assert (found.kind, found.issued, values(found)) == (
        "Book",
        "2017",
        {("isbn", "9780306406157")},
    )


def test_n_triples():
    found = record("fabio.nt")
    assert (found.kind, found.title, people(found)) == (
        "JournalArticle",
        "Nibs",
        [("Ada Quill", "", 1)],
    )


def test_what_no_publication_takes_up_is_given_as_it_is():
    assert read(b"<urn:a> <urn:b> <urn:c> <urn:g> .\n") == [
        Statement("<urn:a>", "<urn:b>", "<urn:c>", "<urn:g>")
    ]
    more = b'<http://pens.example/a> <urn:mood> "blue" .\n'
    found = read((DATA / "fabio.nt").read_bytes() + more)
    assert found[1:] == [Statement("<http://pens.example/a>", "<urn:mood>", '"blue"')]


def test_blank_nodes_are_named_by_what_is_said_of_them():
    one = b'_:x <urn:p> "1" .\n<urn:s> <urn:q> _:y .\n_:y <urn:p> _:x .\n'
    other = b'<urn:s> <urn:q> _:b2 .\n_:b1 <urn:p> "1" .\n_:b2 <urn:p> _:b1 .\n'
    assert set(read(one)) == set(read(other))
    more = set(read(one + b'<urn:t> <urn:p> _:z .\n_:z <urn:p> "2" .\n'))
    assert set(read(one)) < more and len({item.subject for item in more}) == 5


def test_blank_nodes_that_look_alike_stay_several():
    ring = b"".join(b"_:n%d <urn:next> _:n%d .\n" % (i, (i + 1) % 5) for i in range(5))
    assert len({item.subject for item in read(ring)}) == 5
    assert read(ring) == read(ring)


def test_a_triple_about_a_triple_is_told_of():
    (error,) = read(b"<urn:a> <urn:b> <<( <urn:a> <urn:b> <urn:c> )>> .\n")
    assert (error.fatal, error.reason) == (False, "a triple about a triple")


def test_triples_before_an_error_are_used():
    found = read((DATA / "fabio.nt").read_bytes() + b"<broken\n")
    assert [type(item) for item in found] == [RecordError, Record]
    assert found[0].line == 4


@pytest.mark.parametrize(
    ("doctype", "rest"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>', b""),
        (b'<!DOCTYPE x [<!ENTITY a "' + b"b" * 500 + b'">]>', b""),
        (b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>', b""),
        (b"", b'<!DOCTYPE x [<!ENTITY a "b">]>'),
        (b"", b"<a>" * 2000),
    ],
    ids=["nested", "long", "external", "late", "deep"],
)
def test_rdf_xml_that_could_exhaust_the_parser_is_refused(doctype, rest):
    (error,) = read(START % doctype + rest)
    assert error.fatal
    with pytest.raises(UnsafeXml):
        Guarded(io.BytesIO(START % doctype + rest))


def test_rdf_xml_cut_off_is_told_of():
    whole = (DATA / "bibo.rdf").read_bytes()
    errors = [
        e.reason for e in read(whole[: whole.index(b"</rdf:RDF>")]) if isinstance(e, RecordError)
    ]
    assert errors == ["RDF/XML cut off before its end"]


def test_samples_of_dblp_and_schema_org(samples):
    folder = samples / "formats"
    for path in (folder / "dblp-rdf-openreview").rglob("*.ttl"):
        expected = path.read_text("utf-8").count("dblp:title ")
        found = [i for i in open_records(path).items if isinstance(i, Record)]
        assert len(found) == expected
    items = open_records(folder / "commonmeta-py" / "schema_org.json").items
    (one,) = (item for item in items if isinstance(item, Record))
    assert one.contributors[0].ordinal == 1


def test_what_a_large_file_says_is_not_held():
    said = [f"_:n{i // 6} <urn:p{i}> <urn:o{i}> .\n" for i in range(8_000)]
    stream = io.BufferedReader(io.BytesIO("".join(said).encode()))
    tracemalloc.start()
    try:
        read = sum(1 for item in rdf.read(stream) if isinstance(item, Statement))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert read == 8_000
    assert peak < 5 << 19  # 500 subjects are remembered; all of them take more than that
