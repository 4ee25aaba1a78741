"""The reader of dblp's XML."""

import re
from pathlib import Path

from ingest.readers import open_records
from ingest.records import Record, RecordError, SourceFact
from tests.reading import samples_of

PATH = Path(__file__).parent / "data" / "dblp" / "dblp.xml"


def items():
    return list(open_records(PATH).items)


def records():
    return {item.key: item for item in items() if isinstance(item, Record)}


def test_an_article_with_markup_and_a_homonym():
    record = records()["journals/pens/QuillR21"]
    assert record.title == "F\u00fcll <i>Ink</i> H<sub>2</sub>O."
    assert record.label == "F\u00fcll Ink H2O"
    ada, bo = record.contributors
    assert [i.value for i in ada.identifiers] == ["0000-0002-1825-0097"]
    assert (bo.name, bo.suffix, bo.printed) == ("Bo Reed", "0002", "Bo Reed 0002")
    assert (record.kind, record.venue.name, record.volume, record.number, record.pages) == (
        "JournalArticle",
        "J. Pens",
        "4",
        "2",
        "10-19",
    )
    assert {(i.scheme, i.value) for i in record.identifiers} == {
        ("doi", "10.5555/pens.21"),
        ("dblpKey", "journals/pens/QuillR21"),
    }
    assert (record.year, record.line) == (2021, 4)


def test_a_workshop_paper_is_in_its_proceedings():
    paper, volume = records()["conf/ink/Nib20"], records()["conf/ink/2020"]
    assert (paper.kind, paper.venue.name, paper.container.key) == (
        "WorkshopPaper",
        "Nibs@INK",
        volume.key,
    )
    assert paper.label == ""
    assert (volume.kind, volume.contributors[0].role, volume.publisher) == (
        "Proceedings",
        "editor",
        "Pens Press",
    )


def test_preprints_and_theses():
    preprint, thesis = records()["journals/corr/abs-2001-00001"], records()["phd/Quill19"]
    assert (preprint.kind, preprint.retracted, preprint.label) == ("Preprint", True, "")
    assert ("arxiv", "2001.00001") in {(i.scheme, i.value) for i in preprint.identifiers}
    assert (thesis.kind, thesis.publisher) == ("Thesis", "Pen College")


def test_home_pages_say_who_is_one_person_and_are_no_publications():
    facts = [item for item in items() if isinstance(item, SourceFact)]
    assert [(f.name, f.values) for f in facts] == [("samePerson", ("Ada Quill", "A. Quill-Reed"))]
    assert len(records()) == 5


def test_a_broken_record_costs_itself():
    errors = [item for item in items() if isinstance(item, RecordError)]
    assert [(e.line, e.fatal) for e in errors] == [(13, True)]


def test_samples_have_every_record(samples):
    tags = r"<(?:article|inproceedings|proceedings|book|incollection|phdthesis|mastersthesis|www)\s"
    for path in samples_of(samples / "formats" / "dblp-xml", "**/*.xml"):
        text = path.read_text("latin-1")
        expected = len(re.findall(tags, text)) - text.count('key="homepages/')
        found = list(open_records(path).items)
        assert sum(isinstance(item, Record) for item in found) == expected, path
        assert not [item for item in found if isinstance(item, RecordError) and item.fatal]
