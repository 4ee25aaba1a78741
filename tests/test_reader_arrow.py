"""The reader of Arrow Research author name cluster pages."""

import io
from pathlib import Path

import pytest

from ingest.readers import arrow
from ingest.records import Record, RecordError, SourceFact

PAGE = (Path(__file__).parent / "data" / "arrow" / "page.txt").read_bytes()


def read(data):
    return list(arrow.read(io.BytesIO(data)))


def records(data=PAGE):
    return [item for item in read(data) if isinstance(item, Record)]


def errors(data):
    return [item for item in read(data) if isinstance(item, RecordError)]


def test_the_head_declares_name_papers_and_rows():
    facts = [item for item in read(PAGE) if isinstance(item, SourceFact)]
    assert [(fact.name, fact.values) for fact in facts] == [
        ("clusterName", ("Ada Quill",)),
        ("declaredPublications", ("7",)),
        ("declaredAuthorRows", ("2",)),
    ]


def test_headings_give_venue_kind_year_and_type():
    found = [(r.venue.name, r.venue.kind, r.year, r.kind, r.line) for r in records()]
    assert found == [
        ("ICML", "Conference", 2024, "ConferencePaper", 16),
        ("RLJ", "Journal", 2024, "JournalArticle", 25),
        ("NeurIPS", "Conference", 2023, "ConferencePaper", 42),
        ("Feather Letters", "Workshop", 2022, "Other", 57),
        ("International Conference on Ink", "Conference", 2021, "ConferenceAbstract", 64),
    ]


def test_an_unknown_type_is_told_of():
    assert [(r.rule, r.before) for r in records()[3].repairs] == [("unknown-type", "Broadside")]


def test_a_homonym_suffix_is_kept_apart():
    author = records()[0].contributors[0]
    assert (author.name, author.suffix, author.printed) == ("Bo Reed", "0002", "Bo Reed 0002")


def test_eight_authors_may_be_cut_off_and_the_page_s_name_joins():
    record = records()[1]
    assert record.cut_off
    assert [c.ordinal for c in record.contributors] == [*range(1, 9), None]
    assert record.contributors[-1].name == "Ada Quill"


def test_eight_authors_with_the_page_s_name_get_no_ninth():
    record = records()[2]
    assert record.cut_off
    assert len(record.contributors) == 8


def test_abstract_is_literal_and_links_are_recovered():
    first, second = records()[:2]
    assert first.abstract == "We plan with pens. Code: https: //github. com/aquill/pens."
    assert [(k.kind, k.url, k.recovered) for k in first.links] == [
        ("code", "https://github.com/aquill/pens", True)
    ]
    assert "\n\nA second paragraph." in second.abstract
    assert second.links[0].url == "https://eight-hands.github.io/"


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: b"\xff\xfe" + data.decode().encode("utf-16-le"),
        lambda data: data.replace(b"  \xe2\x80\xa2 ", b"\xe2\x80\xa2\t"),
        lambda data: data.rstrip(b"\n"),
    ],
    ids=["crlf", "bom", "utf-16", "bullets", "no last line end"],
)
def test_other_ways_to_write_the_same_page(change):
    assert records(change(PAGE)) == records()


@pytest.mark.parametrize(
    ("before", "after", "line", "reason"),
    [
        (b"NeurIPS Conference 2023", b"NeurIPS Conference 20x3", 42, "not a heading"),
        (b"Eight Hands, Shown\n\n", b"", 42, "no title"),
        (b"Eight Hands, Shown", b"Eight Hands, Sh\xffown", 42, "not UTF-8"),
        (b"Paper\n\nEight Hands, Shown", b"Paper\nEight Hands, Shown", 42, "blank line"),
        (b"Paper\n\nEight Hands, Shown", b"Paper\n\nEight\nHands, Shown", 42, "blank line"),
    ],
)
def test_a_damaged_record_is_an_error_with_its_line_and_the_others_load(
    before, after, line, reason
):
    data = PAGE.replace(before, after)
    assert data != PAGE
    (error,) = errors(data)
    assert (error.line, reason in error.reason, error.fatal) == (line, True, True)
    kept = {r.title: r.abstract for r in records() if r.title != "Eight Hands, Shown"}
    assert {r.title: r.abstract for r in records(data)} == kept


def test_a_record_without_authors_is_an_error():
    data = (
        b"ICML Conference 2024 Conference Paper\n\nAlone\n\nAn abstract.\n\n"
        + PAGE[PAGE.index(b"NeurIPS") :]
    )
    assert [e.reason for e in errors(data) if e.fatal] == [
        "no authors after the heading and the title"
    ]
    assert len(records(data)) == 3


def test_an_empty_author_line_keeps_its_place():
    data = PAGE.replace(b"Bo Reed 0002", b"")
    (error,) = errors(data)
    assert (error.line, error.field, error.fatal) == (20, "authors", False)
    assert [c.ordinal for c in records(data)[0].contributors] == [2]


def test_a_page_without_a_name_is_told_of():
    data = PAGE.replace(b"Author name cluster", b"Author")
    assert [e.field for e in errors(data)] == ["head"]
    assert len(records(data)) == 5


def test_a_page_cut_anywhere_keeps_the_records_before_the_cut():
    whole = [r.title for r in records()]
    for cut in range(0, len(PAGE), 97):
        titles = [r.title for r in records(PAGE[:cut])]
        assert titles[:-1] == whole[: len(titles) - 1] if titles else True


def test_the_seed_page(samples):
    with (samples / "arrow" / "sergey-levine.txt").open("rb") as stream:
        items = list(arrow.read(stream))
    found = [item for item in items if isinstance(item, Record)]
    assert [i.values[0] for i in items if isinstance(i, SourceFact)] == [
        "Sergey Levine",
        "329",
        "2",
    ]
    assert not [item for item in items if isinstance(item, RecordError)]
    assert len(found) == 328
    assert sum(r.cut_off for r in found) == 47
    assert sum(any(c.ordinal is None for c in r.contributors) for r in found) == 23
    assert len({c.printed for r in found for c in r.contributors}) == 588
    assert not [r for r in found if r.repairs]
    assert sum(len(r.links) for r in found) == 58
