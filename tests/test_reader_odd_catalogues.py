"""What real files of library catalogues hold that tidy ones do not; each is short and made up."""

import io

import pytest

from ingest.readers import READERS, open_records
from ingest.readers import marc as marc_reader
from tests.test_reader_odd_files import names, record, values

MARCXML = (
    '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000   4500</leader>'
    '<controlfield tag="001">u1</controlfield>{}</record>'
)


def field(tag, **subfields):
    inside = "".join(f'<subfield code="{code}">{v}</subfield>' for code, v in subfields.items())
    return f'<datafield tag="{tag}" ind1=" " ind2=" ">{inside}</datafield>'


# ---- MARC


def test_unimarc():
    found = record(
        "marcxml",
        MARCXML.format(
            field("010", a="978-3-16-148410-0")
            + field("101", a="fre")
            + field("200", a="Plumes", e="une étude", f="Ada Quill")
            + field("210", a="Paris", c="Encre", d="DL 2001")
            + field("700", a="Quill", b="Ada", **{"4": "070"})
            + field("702", a="Reed", b="Bo", **{"4": "340"})
            + field("711", a="Société des plumes")
        ),
    )
    assert (found.title, found.year, found.publisher) == ("Plumes: une étude", 2001, "Encre")
    assert [(c.name, c.role, c.kind) for c in found.contributors] == [
        ("Ada Quill", "author", "person"),
        ("Bo Reed", "editor", "person"),
        ("Société des plumes", "author", "group"),
    ]
    assert (values(found), found.language) == ({("isbn", "9783161484100")}, "fre")


def test_marc_without_its_namespace_is_known_for_its_leader(tmp_path):
    sru = (
        "<zs:searchRetrieveResponse><zs:records><zs:record><zs:recordData><record>"
        "<leader>00864naa a2200253 c 4500</leader>"
        f"{field('245', a='Ink')}</record></zs:recordData></zs:record></zs:records>"
        "</zs:searchRetrieveResponse>"
    )
    path = tmp_path / "answer.xml"
    path.write_text(sru)
    opened = open_records(path)
    items = list(opened.items)
    assert (opened.format.name, items[0].title) == ("marcxml", "Ink")
    assert [item.reason[:19] for item in items[1:]] == ["not well-formed XML"]  # zs: is not bound


def test_old_catalogues_and_holdings():
    old = field("100", a="Quill, Ada. [from old catalog]") + field("245", a="Plumes")
    numbers = field("020", a="0-306-40615-2.")
    found = record("marcxml", MARCXML.format(old + numbers))
    assert (names(found), values(found)) == (["Ada Quill"], {("isbn", "0306406152")})
    holdings = MARCXML.format(field("852", a="Shelf")).replace("00000nam", "00000nx ")
    (told,) = READERS["marcxml"].read(io.BufferedReader(io.BytesIO(holdings.encode())))
    assert told.reason == "a record of holdings, not of a publication" and told.fatal


def marc(leader_9, title):
    content = b"10\x1fa" + title
    field = b"245%04d00000" % (len(content) + 1)
    leader = b"00000nam " + leader_9 + b"22000370  4500"
    return leader + field + b"\x1e" + content + b"\x1e\x1d"


@pytest.mark.parametrize(
    ("leader_9", "title", "shown", "whole"),
    [
        (b" ", b"Ink \xe8o", "Ink ö", True),
        (b" ", b"Ink \xff!", "Ink !", False),
        (b" ", b"Ink \x1b$1!A", "Ink", False),
        (b" ", b"Ink \x1b", "Ink", False),
        (b"a", b"Ink \xff!", "Ink \ufffd!", False),
    ],
)
def test_bytes_that_marc_cannot_read_are_told_of(capsys, leader_9, title, shown, whole):
    items = list(READERS["marc"].read(io.BytesIO(marc(leader_9, title))))
    found = items[-1]
    assert (found.label or found.title).strip() == shown
    told = [(e.field, e.reason, e.fatal) for e in items[:-1]]
    assert told == ([] if whole else [("245", "bytes that its encoding does not have", False)])
    assert capsys.readouterr().err == ""


def test_a_host_that_is_serial_makes_a_chapter_an_article():
    leader = "00000nab a2200000   4500"
    for kind, shown in (("nnas", "JournalArticle"), ("nnam", "Chapter")):
        text = MARCXML.format(field("245", a="Ink") + field("773", t="Pens", **{"7": kind}))
        assert record("marcxml", text.replace("00000nam a2200000   4500", leader)).kind == shown


def test_the_year_of_marc_is_of_publication_or_coded():
    rights = (
        '<datafield tag="264" ind1=" " ind2="4"><subfield code="c">c1999</subfield></datafield>'
    )
    coded = '<controlfield tag="008">000101s2003    xx</controlfield>'
    for fields, year in (
        (field("264", c="2001"), 2001),
        (rights + field("260", c="2001"), 2001),
        (rights + coded, 2003),
        (coded + field("260", c="[n.d.]"), 2003),
    ):
        assert record("marcxml", MARCXML.format(field("245", a="Ink") + fields)).year == year


def test_a_record_of_marc_without_end_is_given_up_and_the_rest_read(monkeypatch):
    monkeypatch.setattr(marc_reader, "_BLOCK", 1000)
    monkeypatch.setattr(marc_reader, "_MAX_RECORD", 4000)
    sizes = []

    def parsed(block):
        sizes.append(len(block))
        raise ValueError("too long")

    monkeypatch.setattr(marc_reader, "_parsed", parsed)
    list(marc_reader.read_binary(io.BytesIO(b"x" * 100_000)))
    assert max(sizes) <= 5000


# ---- MODS


@pytest.mark.parametrize(
    ("origin", "year"),
    [
        ("<copyrightDate>2003</copyrightDate><dateCreated keyDate='yes'>1955</dateCreated>", 2003),
        ("<dateIssued>2004</dateIssued><dateIssued keyDate='yes'>2003</dateIssued>", 2003),
        ("<dateCreated>1955</dateCreated><dateIssued>2003</dateIssued>", 2003),
        ("<dateIssued>ca. 1950</dateIssued><dateIssued encoding='marc'>1951</dateIssued>", 1951),
    ],
)
def test_kinds_of_date_in_mods(origin, year):
    text = "<mods xmlns='http://www.loc.gov/mods/v3'><titleInfo><title>Ink</title></titleInfo>"
    found = record("mods", f"{text}<originInfo>{origin}</originInfo></mods>")
    assert found.year == year
