"""The reader of ACL papers as JSON Lines."""

import gzip
import json
from itertools import islice
from pathlib import Path

import pytest

from ingest.readers import guess, open_records
from ingest.readers.acl_papers import kind_of
from ingest.records import Record, RecordError

PATH = Path(__file__).parent / "data" / "acl-papers" / "papers.jsonl"


def items():
    return list(open_records(PATH).items)


def records():
    return [item for item in items() if isinstance(item, Record)]


def test_known_by_content():
    assert guess(PATH.read_bytes(), "x").name == "acl-papers"


def test_keys_and_kinds_follow_the_anthology_s_ids():
    assert [(r.key, r.kind, r.venue.kind, r.year) for r in records()] == [
        ("P01-1002", "ConferencePaper", "Conference", 2001),
        ("2020.tacl-1.3", "JournalArticle", "Journal", 2020),
        ("W19-0102", "WorkshopPaper", "Workshop", 2019),
    ]


@pytest.mark.parametrize(
    ("collection", "kind"),
    [
        ("J12", "JournalArticle"),
        ("Q13", "JournalArticle"),
        ("2020.cl", "JournalArticle"),
        ("2020.tacl", "JournalArticle"),
        ("W19", "WorkshopPaper"),
        ("2020.emnlp", "ConferencePaper"),
    ],
)
def test_a_collection_tells_its_kind(collection, kind):
    assert kind_of(collection)[0] == kind


def test_ordinals_are_positions_even_after_a_name_that_is_none():
    assert [(c.name, c.ordinal) for c in records()[2].contributors] == [("Cy Pen", 2)]
    assert [(c.name, c.family) for c in records()[1].contributors] == [
        ("Quill", "Quill"),
        ("Bo Reed", "Reed"),
    ]


def test_a_broken_line_costs_itself():
    errors = [e for e in items() if isinstance(e, RecordError) and e.fatal]
    assert [e.line for e in errors] == [3]


def test_signatures_of_the_sample_are_all_there(samples):
    path = samples / "er" / "acl-and" / "papers.jsonl.gz"
    with gzip.open(path, "rt") as stream:
        papers = [json.loads(line) for line in islice(stream, 15_000)]
    items = open_records(path).items
    found = list(islice((item for item in items if isinstance(item, Record)), 15_000))
    items.close()
    assert [r.key for r in found] == [paper["id"] for paper in papers]
    for record, paper in zip(found, papers, strict=True):
        places = [c.ordinal - 1 for c in record.contributors]
        assert places == [a["pos"] for a in paper["authors"] if any(map(str.isalnum, a["name"]))]
