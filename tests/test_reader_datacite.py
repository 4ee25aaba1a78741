"""The readers of DataCite's JSON and XML."""

from pathlib import Path

import pytest

from ingest.readers import open_records
from ingest.records import Record, RecordError

DATA = Path(__file__).parent / "data"


def records(path):
    return [item for item in open_records(DATA / path).items if isinstance(item, Record)]


@pytest.mark.parametrize("path", ["datacite-xml/resource.xml", "datacite-json/answer.json"])
def test_xml_and_json_say_the_same(path):
    record = records(path)[0]
    assert (record.key, record.kind) == ("10.5555/data.1", "Dataset")
    assert record.title == "Feathers & Ink: Counts"
    assert (record.issued, record.publisher, record.language) == ("2021-05-03", "Pens Press", "en")
    assert [(c.name, c.role, c.kind) for c in record.contributors] == [
        ("Ada Quill", "author", "person"),
        ("Reed Works", "author", "group"),
        ("Cy Nib", "editor", "person"),
        ("Ink Office", "contributor", "group"),
    ]
    ada = record.contributors[0]
    assert (ada.affiliations, ada.identifiers[0].value) == (("Pen College",), "0000-0002-1825-0097")
    assert [r.value for r in record.references] == ["10.5555/pens.4"]
    assert record.venue.issn == ("1234-5679",)
    assert record.abstract == "We count."


def test_a_free_type_tells_what_a_text_is():
    chapter = records("datacite-json/answer.json")[1]
    assert (chapter.kind, chapter.container.title, chapter.pages) == (
        "Chapter",
        "The Book of Ink",
        "10-19",
    )
    assert [i.value for i in chapter.container.identifiers] == ["9780306406157"]


def test_samples_of_the_schema_have_one_record_each(samples):
    paths = sorted((samples / "formats" / "datacite-schema").rglob("*.xml"))
    assert len(paths) == 148
    for path in paths[::4]:
        items = list(open_records(path).items)
        assert [type(item) for item in items] == [Record], path.name
        assert items[0].title and items[0].key


def test_every_answer_of_the_interface(samples):
    path = samples / "formats" / "openalex-works" / "commonmeta_datacite.jsonl.gz"
    items = list(open_records(path).items)
    assert len(items) == 11 and not [i for i in items if isinstance(i, RecordError)]
