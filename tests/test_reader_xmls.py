"""XML read record by record: entities, damage, memory."""

import io
import tracemalloc

import pytest

from ingest.readers import xmls
from ingest.records import RecordError

HEAD = b'<?xml version="1.0" encoding="ISO-8859-1"?>\n<!DOCTYPE dblp SYSTEM "dblp.dtd">\n<dblp>\n'


def read(data):
    found = []
    for item in xmls.elements(io.BytesIO(data), ("article",)):
        if isinstance(item, RecordError):
            found.append((item.line, item.reason.partition(":")[0], item.fatal))
        else:
            found.append((item.line, item.element.get("key"), xmls.content(item.element)))
    return found


def test_named_characters_and_the_declared_encoding():
    data = HEAD + b'<article key="a">J&uuml;rg \xe9 &amp;\n</article></dblp>'
    assert read(data) == [(4, "a", "J\u00fcrg \u00e9 &")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_marked_encodings(encoding):
    head = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    data = head + '<dblp><article key="a">\u00fc</article></dblp>'
    assert read(data.encode(encoding)) == [(1, "a", "\u00fc")]


@pytest.mark.parametrize(
    "broken",
    [
        b"M & N",
        b"<!-- never closed",
        b"<![CDATA[ never closed",
        b"<i",
        b"<i>open",
        b"\x01",
        b"&unknown;",
        b"a < b",
        b"</title>",
    ],
)
def test_broken_markup_costs_its_own_record(broken):
    good = b'<article key="%d">x</article>\n'
    data = HEAD + good % 1 + b'<article key="2">' + broken + b"</article>\n" + good % 3 + good % 4
    assert read(data + b"</dblp>") == [
        (4, "1", "x"),
        (5, "not well-formed XML", True),
        (6, "3", "x"),
        (7, "4", "x"),
    ]


def test_the_reason_is_the_parser_s_own():
    data = HEAD + b'<article key="1">M & N</article>\n<article key="2">x</article></dblp>'
    (error, _) = xmls.elements(io.BytesIO(data), ("article",))
    assert "xmlParseEntityRef: no name" in error.reason


def test_a_file_cut_off_keeps_what_came_before():
    data = HEAD + b'<article key="1">x</article>\n<article key="2">y</art'
    assert read(data) == [(4, "1", "x"), (5, "XML cut off before its end", True)]


@pytest.mark.parametrize(
    "declared",
    [
        b'<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">',
        b'<!ENTITY c SYSTEM "file:///etc/hostname">',
        b'<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p; <!ENTITY c "&d;">',
    ],
    ids=["expanding", "a file", "the network"],
)
def test_the_file_s_own_entities_are_never_used(declared):
    data = b"<!DOCTYPE dblp [" + declared + b']><dblp><article key="1">&c;</article></dblp>'
    assert read(data) == [(1, "not well-formed XML", True)]


def test_an_unknown_encoding_is_told_of():
    assert read(b'<?xml version="1.0" encoding="x-own"?><dblp><article/></dblp>') == [
        (1, "not well-formed XML", True)
    ]


def test_no_xml_is_told_of():
    assert read(b"hello") == [(1, "not XML", True)]
    assert read(b"<html><body>no records</body></html>") == []


def test_a_prefix_that_nobody_declared_is_no_part_of_a_name():
    data = HEAD + b'<article key="a"><own:title>x</own:title></article></dblp>'
    found = next(xmls.elements(io.BytesIO(data), ("article",)))
    assert [xmls.name(child) for child in found.element] == ["title"]


def test_inline_tags_of_titles_are_kept_and_notes_dropped():
    data = HEAD + b'<article key="a">A <i x="1">b</i> &lt; c<fn>note</fn> d</article></dblp>'
    found = next(xmls.elements(io.BytesIO(data), ("article",)))
    assert xmls.inner(found.element, frozenset({"fn"})) == "A <i>b</i> &lt; c d"


def test_memory_stays_flat():
    class Endless(io.RawIOBase):
        blocks = 12

        def readable(self):
            return True

        def read(self, size=-1):
            self.blocks -= 1
            record = b'<article key="1">' + b"x" * 100_000 + b"</article>\n"
            return HEAD + record if self.blocks == 11 else record * 20 * (self.blocks > 0)

    tracemalloc.start()
    found = xmls.elements(Endless(), ("article",))
    count = sum(not isinstance(item, RecordError) for item in found)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 1 + 10 * 20
    assert peak < 9_000_000  # of 20 MB
