"""The reader of the ACL Anthology's XML."""

import io
import tarfile
from itertools import islice
from pathlib import Path

import pytest

from ingest.readers import acl_anthology, open_records
from ingest.records import Record, RecordError

DATA = Path(__file__).parent / "data" / "acl-anthology"


def items(name="W19.xml"):
    return list(open_records(DATA / name).items)


def records(name="W19.xml"):
    return {item.key: item for item in items(name) if isinstance(item, Record)}


@pytest.mark.parametrize(
    ("place", "key"),
    [
        (("P18", "1", "1"), "P18-1001"),
        (("W19", "1", "2"), "W19-0102"),
        (("C69", "4", "1"), "C69-0401"),
        (("D19", "50", "3"), "D19-50003"),
        (("2020.acl", "main", "6"), "2020.acl-main.6"),
        (("1952.earlymt", "1", "6"), "1952.earlymt-1.6"),
    ],
)
def test_the_anthology_s_own_ids(place, key):
    assert acl_anthology.paper_id(*place) == key


def test_a_paper():
    paper = records()["W19-0101"]
    assert paper.title == (
        "Counting <fixed-case>F</fixed-case>eathers with <tex-math>n^2</tex-math>"
    )
    assert paper.label == "Counting Feathers with n^2"
    assert [(c.name, c.key, c.ordinal) for c in paper.contributors] == [
        ("Ada Quill", "ada-quill", 1),
        ("明 李", "", 2),
        ("Reed", "", 3),
    ]
    assert [c.variants for c in paper.contributors] == [(), ("李明",), ()]
    assert (paper.kind, paper.issued, paper.pages, paper.retracted) == (
        "WorkshopPaper",
        "2019-07",
        "1\u20136",
        True,
    )
    assert {(i.scheme, i.value) for i in paper.identifiers} == {
        ("aclId", "W19-0101"),
        ("doi", "10.5555/w19-0101"),
    }
    assert ("code", "https://github.com/aquill/feathers") in {(k.kind, k.url) for k in paper.links}


def test_a_volume_is_what_its_papers_are_in():
    found = records()
    volume = found["W19-01"]
    assert (volume.kind, volume.label) == ("Proceedings", "Proceedings of the Nib Workshop")
    assert [(c.name, c.role) for c in volume.contributors] == [("Ada Quill", "editor")]
    assert found["W19-0101"].container.key == "W19-01"
    assert found["W19-1203"].container.key == "W19-12"
    assert records("2020.tacl.xml")["2020.tacl-1"].kind == "Issue"


def test_a_volume_without_a_year_has_its_collection_s():
    assert records()["W19-1203"].year == 2019


def test_a_broken_paper_costs_itself_and_not_the_next_volume():
    errors = [(e.line, e.fatal) for e in items() if isinstance(e, RecordError)]
    assert errors == [(21, True)]
    assert set(records()) == {"W19-01", "W19-0101", "W19-12", "W19-1203"}


def test_an_archive_is_read_without_unpacking(tmp_path):
    path = tmp_path / "anthology.tar.xz"
    with tarfile.open(path, "w:xz") as archive:
        for name in ("W19.xml", "2020.tacl.xml"):
            archive.add(DATA / name, f"data/xml/{name}")
    found = list(open_records(path).items)
    keys = [item.key for item in found if isinstance(item, Record)]
    assert keys == [*records(), *records("2020.tacl.xml")]
    assert [e.reason.endswith("(in data/xml/W19.xml)") for e in found if not isinstance(e, Record)]


def test_a_broken_archive_is_told_of():
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.add(DATA / "W19.xml", "W19.xml")
    data = stream.getvalue()[:1000]
    found = list(acl_anthology.read(io.BufferedReader(io.BytesIO(data))))
    assert isinstance(found[-1], RecordError)


def test_samples_have_the_ids_of_the_papers(samples):
    archive = samples / "corpora" / "acl-anthology" / "acl-anthology-xml.tar.xz"
    found = list(islice(open_records(archive).items, 3000))
    assert not [item for item in found if isinstance(item, RecordError) and item.fatal]
    assert len({item.key for item in found if isinstance(item, Record)}) == 3000
