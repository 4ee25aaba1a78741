"""Records become exactly the triples of the model, the same on any machine."""

from dataclasses import replace

import pyoxigraph as ox
import pytest

from ingest import derive
from ingest.forms import RowForm, chosen
from ingest.keys import cluster_key, publication_key
from ingest.lines import block, date, literal, web_iri
from ingest.mapping import Mapping
from ingest.records import (
    Container,
    Contributor,
    Identifier,
    Link,
    Record,
    Repair,
    VenueMention,
)
from ingest.rows import Rows
from ingest.tally import Count
from ingest.venues import Venues
from ontology import terms
from ontology.iris import Iris

BASE = "http://localhost:8000/"
PAPER = Record(
    title="A  Paper",
    kind="ConferencePaper",
    key="p1",
    contributors=(
        Contributor("Yulai Zhao", ordinal=1, suffix="0002"),
        Contributor("Sergey Levine"),
        Contributor("Edith Or", role="editor", ordinal=1),
    ),
    year=2016,
    issued="2016-05",
    venue=VenueMention("NIPS", "Conference"),
    identifiers=(Identifier("doi", "10.1000/x"), Identifier("doi", "10.bad", valid=False)),
    links=(Link("code", "https://github.com/a/b", recovered=True), Link("page", "nonsense")),
    cut_off=True,
    line=12,
    repairs=(Repair("latex", "title", "x"),),
)


LOAD = BASE + "id/load/s-aaaaaaaaaaaa"


@pytest.fixture
def rows(tmp_path):
    return Rows(Iris(BASE), "s", tmp_path)


@pytest.fixture
def mapping(rows):
    made = Mapping(Iris(BASE), LOAD, Venues.bundled(), "s", rows)
    made.reads("x.bib")
    return made


def triples(text):
    """Parsed strictly, as any other tool would."""
    return {
        (q.subject.value, q.predicate.value, q.object.value)
        for q in ox.parse(text, format=ox.RdfFormat.N_TRIPLES)
    }


def values(text, predicate):
    return sorted(value for _, p, value in triples(text) if p == predicate)


def test_publication_says_what_the_record_says(mapping):
    mapped = mapping.record(PAPER)
    said = {(p, o) for s, p, o in triples(mapped.source) if s == mapped.iri}
    assert {
        (terms.TYPE, terms.PUBLICATION),
        (terms.TYPE, terms.CONFERENCE_PAPER),
        (terms.LABEL, "A Paper"),
        (terms.DC_TITLE, "A  Paper"),
        (terms.YEAR, "2016"),
        (terms.DC_ISSUED, "2016-05"),
        (terms.PRINTED_VENUE, "NIPS"),
        (terms.DOI, "10.1000/x"),
        (terms.IDENTIFIER_IRI, "https://doi.org/10.1000/x"),
        (terms.CODE, "https://github.com/a/b"),
        (terms.RECOVERED_LINK, "https://github.com/a/b"),
        (terms.CUT_OFF, "true"),
    } <= said
    assert values(mapped.source, terms.INVALID_IDENTIFIER) == ["doi:10.bad", "url:nonsense"]


def test_record_says_where_it_stands(mapping):
    mapped = mapping.record(PAPER)
    described = values(mapped.source, terms.DESCRIBED_IN)[0]
    assert {(p, o) for s, p, o in triples(mapped.source) if s == described} == {
        (terms.TYPE, terms.RECORD),
        (terms.SOURCE_PROPERTY, mapping.iris.entity("source", ["s"], "s")),
        (terms.FILE_NAME, "x.bib"),
        (terms.RECORD_KEY, "p1"),
        (terms.LINE, "12"),
        (terms.LOAD_PROPERTY, LOAD),
        (terms.REPAIR, "latex: title"),
    }


def test_signatures_keep_place_and_printed_name(mapping):
    text = mapping.record(PAPER).source
    assert values(text, terms.PRINTED_NAME) == ["Edith Or", "Sergey Levine", "Yulai Zhao 0002"]
    assert values(text, terms.ORDINAL) == ["1", "1"]
    assert values(text, terms.ROLE) == ["author", "author", "editor"]
    key = ["s", "p1", "author", 1]
    assert mapping.iris.entity("signature", key, "author-1") in text
    assert (
        mapping.iris.entity("signature", ["s", "p1", "author", "Sergey Levine", 1], "author")
        in text
    )


def test_row_keeps_suffix_apart(mapping):
    row = mapping.rows.of(PAPER.contributors[0]).form
    blocks = mapping.row_blocks([(row, 1)])
    assert values(blocks.source, terms.LABEL) == ["Yulai Zhao 0002"]
    assert values(blocks.source, terms.FOAF_NAME) == ["Yulai Zhao"]
    assert values(blocks.source, terms.HOMONYM_SUFFIX) == ["0002"]
    assert values(blocks.source, terms.TYPE) == [terms.AUTHOR, terms.PERSON]
    assert values(blocks.shared, terms.IN_CLUSTER) == [mapping.cluster("yulai  ZHAO")]


def test_a_name_with_a_number_links_to_its_page(mapping):
    numbered, bare, _ = (
        mapping.row_blocks([(mapping.rows.of(person).form, 1)]).source
        for person in PAPER.contributors
    )
    page = "https://dblp.org/pers/z/Zhao_0002:Yulai"
    assert values(numbered, terms.IDENTIFIER_IRI) == [page]
    assert values(bare, terms.IDENTIFIER_IRI) == []


def test_row_of_an_identity_key_is_one_whatever_the_name(mapping):
    one = mapping.rows.of(Contributor("S. Levine", key="l/SergeyLevine")).form
    other = mapping.rows.of(Contributor("Sergey Levine", key="l/SergeyLevine")).form
    assert one.iri == other.iri
    blocks = mapping.row_blocks([(one, 1), (other, 3)])
    assert values(blocks.source, terms.LABEL) == ["Sergey Levine"]
    assert mapping.rows.of(Contributor("Sergey Levine")).iri != one.iri


def test_identifier_of_a_person_is_the_rows_only_with_a_key(mapping):
    orcid = (Identifier("orcid", "0000-0002-1825-0097"),)
    bare = mapping.rows.of(Contributor("A B", identifiers=orcid)).form
    keyed = mapping.rows.of(Contributor("A B", key="k", identifiers=orcid)).form
    assert values(mapping.row_blocks([(bare, 1)]).source, terms.ORCID) == []
    assert values(mapping.row_blocks([(keyed, 1)]).source, terms.ORCID) == ["0000-0002-1825-0097"]


def test_same_place_twice_gives_two_signatures(mapping):
    twins = (Contributor("Wei Wang", ordinal=1), Contributor("Wei Wang", ordinal=1))
    text = mapping.record(Record("T", key="t", contributors=twins)).source
    assert len(values(text, terms.OF_PUBLICATION)) == 2


def test_container_is_a_publication_of_its_own(mapping):
    held = Container("Proceedings of X", key="x16", identifiers=(Identifier("doi", "10.1000/v"),))
    mapped = mapping.record(Record("T", key="t", container=held))
    assert values(mapped.source, terms.DC_IS_PART_OF) == [mapped.container.iri]
    blocks = mapping.container_blocks([(mapped.container, 2)])
    assert values(blocks.source, terms.DOI) == ["10.1000/v"]
    assert terms.PROCEEDINGS in values(blocks.source, terms.TYPE)
    record = Record("Proceedings of X", kind="Proceedings", key="x16")
    assert mapping.record(record).iri == mapped.container.iri


def test_a_new_title_moves_no_iri_of_a_record_with_a_key(mapping):
    assert mapping.record(PAPER).iri == mapping.record(replace(PAPER, title="Renamed")).iri
    bare = replace(PAPER, key="")
    assert mapping.record(bare).iri != mapping.record(replace(bare, title="Renamed")).iri


def test_key_is_the_sources_id_else_what_is_printed():
    assert publication_key("s", PAPER, 1) == ["s", "p1"]
    bare = Record("T", year=2001, venue=VenueMention("V"), contributors=(Contributor("A"),))
    assert publication_key("s", bare, 2) == ["s", "T", 2001, "V", "A", 2]


def test_cluster_folds_case_and_space_but_not_accents():
    assert cluster_key(" Sergey\tLEVINE ") == cluster_key("sergey levine")
    assert cluster_key("José") != cluster_key("Jose")
    assert cluster_key("J. Smith") != cluster_key("J Smith")


def test_most_frequent_form_wins_then_the_smallest():
    forms = [(RowForm("i", name), count) for name, count in (("B", 2), ("A", 2), ("C", 1))]
    assert chosen(forms, lambda form: form.name).name == "A"
    assert chosen([*forms, (RowForm("i", "C", given="C"), 2)], lambda f: f.name).name == "C"


def test_block_is_sorted_and_begins_with_its_publication(mapping):
    mapped = mapping.record(PAPER)
    lines = mapped.source.splitlines()
    assert lines == sorted(set(lines))
    assert lines[0].startswith(f"<{mapped.iri}> ")


def test_block_with_all_that_a_signature_can_say_is_sorted(mapping):
    orcid = (Identifier("orcid", "0000-0002-1825-0097"), Identifier("orcid", "1", valid=False))
    people = [
        Contributor(
            f"P {n}", ordinal=n, affiliations=("A", "B"), identifiers=orcid, email_domain="x"
        )
        for n in range(1, 12)
    ]
    lines = mapping.record(replace(PAPER, contributors=tuple(people))).source.splitlines(True)
    assert "".join(lines) == block(lines)
    assert sum(terms.EMAIL_DOMAIN in line for line in lines) == 11


@pytest.mark.parametrize("roles", [(), ("author",) * 12, ("editor", "author", "translator") * 2])
def test_links_are_those_that_derive_gives_for_one(mapping, roles):
    people = [Contributor(f"P {n % 4}", role, n) for n, role in enumerate(roles, 1)]
    mapped = mapping.record(replace(PAPER, contributors=tuple(people)))
    said = {(s, p): o for s, p, o in triples(mapped.source)}
    signed = [
        derive.Signed(s, said[s, terms.ROLE], 1, said[s, terms.BY_AUTHOR])
        for s, p in said
        if p == terms.BY_AUTHOR
    ]
    one = derive.Publication(mapped.iri, signed)
    assert [mapped.links] == list(derive.publication_blocks([one], mapped.iri))


def test_rows_are_counted_whether_remembered_or_not(tmp_path):
    people = [Contributor(f"P {n % 7}", ordinal=n) for n in range(100)]
    counted = []
    for held in (1, 1000):
        rows = Rows(Iris(BASE), "s", tmp_path, held)
        for place, person in enumerate(people):
            rows.tidy()
            rows.of(person).met(1, place % 3 and 2000 + place)
        counted.append(list(rows.grouped()))
    assert counted[0] == counted[1]
    assert dict(counted[0])[rows.of(people[0]).iri][0][1] == Count(15, 15, 2007, 2098)


def test_load_is_the_only_thing_that_depends_on_the_load(mapping):
    other = Mapping(mapping.iris, LOAD.replace("/s-", "/t-"), Venues.bundled(), "s", mapping.rows)
    other.reads("x.bib")
    one = set(mapping.record(PAPER).source.splitlines())
    two = set(other.record(PAPER).source.splitlines())
    assert [line for line in one ^ two if terms.LOAD_PROPERTY not in line] == []


@pytest.mark.parametrize(
    "text", ['a "b" \\ c', "two\nlines\r", "\ud800 lone", "\x00\x1f\x7f", "漢 é"]
)
def test_any_text_survives_as_a_literal(text):
    (quad,) = ox.parse(f"<a:b> <a:c> {literal(text)} .", format=ox.RdfFormat.N_TRIPLES)
    assert quad.object.value == text.replace("\ud800", "\ufffd")


@pytest.mark.parametrize(
    ("given", "iri"),
    [
        ("https://a.org/b?c=d#e", "https://a.org/b?c=d#e"),
        (" http://a.org/b c ", "http://a.org/b%20c"),
        ("http://a.org/50%", "http://a.org/50%25"),
        ("http://a.org/{x}|y", "http://a.org/%7Bx%7D%7Cy"),
        ("http://a.org/[1]", "http://a.org/%5B1%5D"),
        ("http://a.org/é", "http://a.org/é"),
        ("http://a.org/#b#c", "http://a.org/#b%23c"),
        ("www.a.org", None),
        ("javascript:alert(1)", None),
        ("http://", None),
        ("http://a b/", None),
        ("", None),
    ],
)
def test_address_becomes_an_iri_that_parsers_take(given, iri):
    assert web_iri(given) == iri
    if iri:
        assert ox.NamedNode(iri).value == iri


def test_date_keeps_its_precision():
    assert date("2016").endswith(f"<{terms.XSD_G_YEAR}>")
    assert date("2016-05").endswith(f"<{terms.XSD_G_YEAR_MONTH}>")
    assert date("2016-05-03").endswith(f"<{terms.XSD_DATE}>")
    assert [date(text) for text in ("2016-13", "May 2016", "", "16")] == [None] * 4
