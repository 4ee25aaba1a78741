"""The bundled demo data: what the command makes, and nothing of anybody's sentences."""

import json
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from ingest import bundle
from ingest.readers import ReadError, open_records
from ingest.records import Record, SourceFact

DATA = Path(__file__).parent / "data"


def items(path):
    return list(open_records(path).items)


def bare(found):
    return [
        replace(item, abstract="", line=None) if isinstance(item, Record) else item
        for item in found
        if isinstance(item, Record)
    ]


def test_the_page_reads_as_before_without_its_abstracts(tmp_path):
    made, _ = bundle.bundle(DATA / "arrow/page.txt", DATA / "mlanthology/papers.jsonl", tmp_path)
    assert bare(items(made)) == bare(items(DATA / "arrow/page.txt"))
    assert not [item.abstract for item in items(made) if isinstance(item, Record) and item.abstract]


def test_the_records_read_as_before_without_their_abstracts(tmp_path):
    _, made = bundle.bundle(DATA / "arrow/page.txt", DATA / "mlanthology/papers.jsonl", tmp_path)
    before = items(DATA / "mlanthology/papers.jsonl")
    assert any(record.abstract for record in before)
    assert bare(items(made)) == bare(before)
    assert "abstract" not in made.read_text()


def test_a_page_with_errors_makes_no_bundle(tmp_path):
    page = tmp_path / "page.txt"
    page.write_bytes((DATA / "arrow/page.txt").read_bytes().replace(b"Bo Reed 0002", b""))
    with pytest.raises(ReadError, match="line 20"):
        bundle.bundle(page, DATA / "mlanthology/papers.jsonl", tmp_path)


@pytest.mark.parametrize(("name", "count"), [(bundle.PAGE, 328), (bundle.RECORDS, 399)])
def test_what_is_bundled_loads_whole_and_has_no_abstract(name, count):
    with resources.as_file(bundle.bundled(name)) as path:
        found = items(path)
    records = [item for item in found if isinstance(item, Record)]
    assert len(records) == count
    assert not [item for item in found if not isinstance(item, Record | SourceFact)]
    assert not [record for record in records if record.abstract]


def test_bundled_lines_are_facts_not_sentences():
    page = bundle.bundled(bundle.PAGE).read_text("utf-8").split("\n\n")
    assert not [text for text in page[5:] if len(text) > 400]
    for fields in json.loads(bundle.bundled(bundle.RECORDS).read_text("utf-8")):
        assert len(max((v for v in fields.values() if isinstance(v, str)), key=len)) <= 250


def test_the_bundle_is_what_the_command_makes(samples, tmp_path):
    page = samples / "arrow" / "sergey-levine.txt"
    records = samples / "corpora" / "mlanthology" / "sergey_levine_399.json.gz"
    for made in bundle.bundle(page, records, tmp_path):
        assert made.read_bytes() == bundle.bundled(made.name).read_bytes()
