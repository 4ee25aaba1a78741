"""People alone: ORCID's public data file, its records one by one, memory that does not grow."""

import io
import json
import tarfile

import pytest

from ingest.linking import rosters
from ingest.linking.others import Source
from ingest.linking.rosters import Somebody
from ingest.records import RecordError

# Made by hand after the schema of ORCID's records (record-3.0.xsd and what it includes).
RECORD = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<record:record path="/{orcid}" xmlns:record="http://www.orcid.org/ns/record"
    xmlns:common="http://www.orcid.org/ns/common" xmlns:person="http://www.orcid.org/ns/person"
    xmlns:personal-details="http://www.orcid.org/ns/personal-details"
    xmlns:other-name="http://www.orcid.org/ns/other-name" xmlns:work="http://www.orcid.org/ns/work"
    xmlns:activities="http://www.orcid.org/ns/activities">
  <common:orcid-identifier>
    <common:uri>https://orcid.org/{orcid}</common:uri>
    <common:path>{orcid}</common:path>
    <common:host>orcid.org</common:host>
  </common:orcid-identifier>
  <!-- a comment -->
  <person:person path="/{orcid}/person">
    <person:name visibility="public" path="{orcid}">
      <common:created-date>2026-01-02T03:04:05Z</common:created-date>
      <personal-details:given-names>Ada</personal-details:given-names>
      <personal-details:family-name>Quill</personal-details:family-name>
      <personal-details:credit-name>A. B. Quill</personal-details:credit-name>
    </person:name>
    <other-name:other-names path="/{orcid}/other-names">
      <other-name:other-name put-code="1"><other-name:content>Ada Fletcher</other-name:content>
      </other-name:other-name>
    </other-name:other-names>
  </person:person>
  <activities:activities-summary path="/{orcid}/activities">
    <activities:works path="/{orcid}/works">
      <activities:group>
        <common:external-ids/>
        <work:work-summary put-code="2">
          <work:title><common:title>Bows &amp; Strings</common:title>
            <common:subtitle>A Reader</common:subtitle></work:title>
          <common:external-ids>
            <common:external-id>
              <common:external-id-type>doi</common:external-id-type>
              <common:external-id-value>10.9999/BOWS.1</common:external-id-value>
              <common:external-id-relationship>self</common:external-id-relationship>
            </common:external-id>
            <common:external-id>
              <common:external-id-type>eid</common:external-id-type>
              <common:external-id-value>2-s2.0-1</common:external-id-value>
            </common:external-id>
          </common:external-ids>
          <work:type>journal-article</work:type>
        </work:work-summary>
      </activities:group>
    </activities:works>
  </activities:activities-summary>
</record:record>
"""
ADA, BO = "0000-0002-1825-0097", "0000-0002-1694-233X"


def archive(path, members):
    with tarfile.open(path, "w:gz") as made:
        for name, data in members:
            told = tarfile.TarInfo(f"ORCID_summaries/{name}")
            told.size = len(data)
            made.addfile(told, io.BytesIO(data))
    return path


def xml(orcid):
    return RECORD.format(orcid=orcid).encode()


@pytest.fixture(scope="module")
def ada(tmp_path_factory):
    file = tmp_path_factory.mktemp("orcid") / "ada.xml"
    file.write_bytes(xml(ADA))
    (found,) = Source(file).read()
    return found


def test_a_record_of_xml_has_names_titles_and_what_identifies_works(ada):
    assert ada.iri == f"https://orcid.org/{ADA}"
    assert ada.names == ("Ada Quill", "A. B. Quill", "Ada Fletcher")
    assert ada.titles == ("Bows & Strings",)
    assert [(one.scheme, one.value) for one in ada.works] == [("doi", "10.9999/bows.1")]
    assert [one.scheme for one in ada.identifiers] == ["orcid"]


def test_the_public_data_file_is_read_member_by_member(ada, tmp_path):
    told = {"orcid-identifier": {"path": BO}, "person": {"name": {"given-names": {"value": "Bo"}}}}
    members = [
        ("097/" + ADA + ".xml", xml(ADA)),
        ("README.txt", b"not a record"),
        ("33X/" + BO + ".json", json.dumps(told).encode()),
        ("000/torn.xml", xml(ADA)[:900]),
        ("000/other.xml", b"<error><code>404</code></error>"),
    ]
    found = list(Source(archive(tmp_path / "summaries.tar.gz", members)).read())
    assert found[0] == ada and isinstance(found[1], Somebody) and found[1].names == ("Bo",)
    assert [one.key for one in found[2:]] == [
        "ORCID_summaries/000/torn.xml",
        "ORCID_summaries/000/other.xml",
    ]


def test_no_member_of_an_archive_stays_in_memory(tmp_path, monkeypatch):
    file = archive(tmp_path / "many.tar.gz", [(f"{n}.xml", xml(ADA)) for n in range(50)])
    held = []
    real = rosters._member

    def seen(archive, member):
        held.append(len(archive.members))
        return real(archive, member)

    monkeypatch.setattr(rosters, "_member", seen)
    assert len(list(Source(file).read())) == 50 and max(held) <= 1


def test_a_record_that_is_too_long_and_an_archive_cut_off_are_told(tmp_path, monkeypatch):
    file = archive(tmp_path / "some.tar.gz", [(f"{n}.xml", xml(ADA)) for n in range(3)])
    monkeypatch.setattr(rosters, "LARGEST", 100)
    assert all("more than" in one.reason for one in Source(file).read())
    monkeypatch.undo()
    plain = tmp_path / "cut.tar"
    with tarfile.open(plain, "w") as made:
        for name in ("a.xml", "b.xml"):
            told = tarfile.TarInfo(name)
            told.size = len(xml(ADA))
            made.addfile(told, io.BytesIO(xml(ADA)))
    plain.write_bytes(plain.read_bytes()[: len(xml(ADA)) + 2000])
    *sound, last = Source(plain).read()
    assert len(sound) == 1 and isinstance(last, RecordError)


def test_no_entity_of_a_document_type_is_read(tmp_path):
    file = tmp_path / "bomb.xml"
    bomb = '<!DOCTYPE r [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>'
    text = RECORD.format(orcid=ADA).replace("?>\n<record", f"?>\n{bomb}<record", 1)
    file.write_text(
        text.replace("<personal-details:given-names>Ada", "<personal-details:given-names>&b;")
    )
    (found,) = Source(file).read()
    assert isinstance(found, RecordError) or "x" not in found.names[0]
