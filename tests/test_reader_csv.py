"""The reader of tables: CSV and TSV of several exporters, and any other by a mapping."""

import csv
import io
from pathlib import Path

import pytest

from ingest.readers import ReadError, delimited, guess, open_records
from ingest.readers.authors import Style, cut, style_of
from ingest.records import Record, RecordError

DATA = Path(__file__).parent / "data" / "csv"


def items(name):
    return list(open_records(DATA / name).items)


def records(name):
    return [item for item in items(name) if isinstance(item, Record)]


def names(record, role="author"):
    return [(c.given, c.family) for c in record.contributors if c.role == role]


def values(record):
    return {(i.scheme, i.value) for i in record.identifiers}


@pytest.mark.parametrize("path", sorted(DATA.iterdir()), ids=lambda path: path.name)
def test_tables_are_known_by_their_header(path):
    assert guess(path.read_bytes(), "unnamed").name == "csv"


@pytest.mark.parametrize(
    ("name", "key", "doi"),
    [
        ("scopus.csv", "2-s2.0-1", "10.5555/pens.4"),
        ("wos.tsv", "WOS:0001", "10.5555/pens.5"),
        ("zotero.csv", "AAAA1111", "10.5555/pens.6"),
        ("lens.csv", "000-000-000-000-001", "10.5555/pens.7"),
        ("meta.csv", "omid:br/061", "10.5555/pens.8"),
        ("openalex.csv", "https://openalex.org/W1", "10.5555/pens.9"),
    ],
)
def test_layouts(name, key, doi):
    first = records(name)[0]
    assert (first.key, first.year, first.kind) == (key, 2021, "JournalArticle")
    assert names(first)[:2] == [("Ada", "Quill"), ("Bo", "Reed")]
    assert ("doi", doi) in values(first)
    assert first.venue.name.lower() == "journal of pens"
    assert first.venue.issn[0] == "1234-5679"
    if name not in ("meta.csv", "openalex.csv"):
        assert (first.volume, first.number, first.pages) == ("4", "2", "10-19")


def test_springer_s_names_have_nothing_between_them(tmp_path):
    path = tmp_path / "SearchResults.csv"
    path.write_text(
        "Item Title,Publication Title,Book Series Title,Journal Volume,Journal Issue,Item DOI,"
        "Authors,Publication Year,URL,Content Type\n"
        '"Ink","Pens","","7","3","10.5555/a","Ada QuillBo McReedÉva Nib",2000,'
        '"http://pens.example/a",Article\n'
    )
    (found,) = open_records(path).items
    assert [c.name for c in found.contributors] == ["Ada Quill", "Bo McReed", "Éva Nib"]
    assert (found.venue.name, found.volume, found.number) == ("Pens", "7", "3")
    assert (found.kind, found.year, found.identifiers[0].value) == (
        "JournalArticle",
        2000,
        "10.5555/a",
    )


def test_scopus_s_NA_is_nothing_and_quotes_are_undone():  # noqa: N802
    first, second = records("scopus.csv")
    assert first.title == 'Feathers, "counted"'
    assert not names(first, "editor")
    assert names(second, "editor") == [("Ada", "Quill")]
    assert ("isbn", "9780306406157") in values(second)


def test_a_cell_may_have_lines_and_records_know_theirs():
    first, second = records("zotero.csv")
    assert first.abstract == "Two lines:\none and two"
    assert (first.line, second.line) == (2, 4)
    assert (second.kind, second.container.title) == ("Chapter", "The Book of Ink")


def test_opencitations_identifiers_in_brackets():
    (record,) = records("meta.csv")
    people = record.contributors
    assert [i.value for i in people[0].identifiers] == ["0000-0002-1825-0097"]
    assert [(c.name, c.kind) for c in people[2:]] == [("Ink Consortium", "group")]
    assert values(record) == {("doi", "10.5555/pens.8"), ("openalex", "W123456")}
    assert record.publisher == "Pens Press"


def test_openalex_orcids_go_to_their_place():
    (record,) = records("openalex.csv")
    assert [len(c.identifiers) for c in record.contributors] == [0, 1]
    assert record.retracted


def test_latin1_lines_are_read_and_noted():
    first, second = records("latin1.csv")
    assert first.title == "Flügel"
    assert [c.name for c in first.contributors] == ["Jürg Feder", "Ada Quill Jr.", "Bo Reed"]
    assert [r.rule for r in first.repairs] == ["latin-1"]
    assert not second.repairs


def test_a_quote_never_closed_costs_its_own_line():
    found = items("unclosed-quote.csv")
    assert [r.key for r in found if isinstance(r, Record)] == ["1", "3", "4", "5", "6"]
    errors = [(e.line, e.fatal) for e in found if isinstance(e, RecordError)]
    assert errors == [(3, True), (6, False)]


def test_columns_can_be_mapped(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("Nr;Titel;Wer;Jahr\n7;Feathers;Ada Quill and Bo Reed;2001\n")
    with pytest.raises(ReadError):
        open_records(path, columns={"Nr": "id"}, format_name="arrow")
    columns = {"Nr": "id", "Titel": "title", "Wer": "authors", "Jahr": "year"}
    (record,) = open_records(path, columns=columns).items
    assert (record.key, record.title, record.year) == ("7", "Feathers", 2001)
    assert names(record) == [("Ada", "Quill"), ("Bo", "Reed")]


@pytest.mark.parametrize(
    ("columns", "said"), [({"Zahl": "id"}, "no column"), ({"Nr": "number of"}, "no such field")]
)
def test_a_wrong_mapping_is_told_in_one_line(columns, said):
    (error,) = delimited.read(io.BytesIO(b"Nr,Titel\n1,x\n"), columns)
    assert said in error.reason


def test_a_header_without_a_title_is_told_of():
    (error,) = delimited.read(io.BytesIO(b"a,b\n1,2\n"))
    assert error.fatal and "a, b" in error.reason


@pytest.mark.parametrize(
    ("cells", "style", "first"),
    [
        (["Ada Quill", "Bo Reed; Ada Quill"], Style.SEMICOLON, ["Ada Quill"]),
        (["Ada Quill, Bo Reed", "Cy Nib"], Style.COMMA, ["Ada Quill", "Bo Reed"]),
        (["Quill, Ada and Reed, Bo", "Nib, Cy"], Style.AND, ["Quill, Ada", "Reed, Bo"]),
        (["Quill, A., Reed, B.", "Nib, C."], Style.PAIRS, ["Quill, A.", "Reed, B."]),
        (["Quill, Ada", "Reed, Bo"], Style.ONE, ["Quill, Ada"]),
        (["Quill A., Reed B.", "Nib C."], Style.COMMA, ["Quill A.", "Reed B."]),
    ],
)
def test_how_names_stand_in_a_cell(cells, style, first):
    assert style_of(cells) is style
    assert cut(cells[0], style) == first


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("dblp-acm/DBLP2.csv", "latin-1"),
        ("dblp-acm/ACM.csv", "utf-8"),
        ("dblp-scholar/A_dblp.csv", "utf-8"),
        ("dblp-scholar/B_scholar.csv", "utf-8"),
    ],
)
def test_every_row_of_the_matching_tables(samples, name, encoding):
    path = samples / "er" / name
    with path.open(encoding=encoding, newline="") as stream:
        expected = [row["id"] for row in csv.DictReader(stream)]
    found = [r.key for r in open_records(path).items if isinstance(r, Record)]
    assert found == expected


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("bibliometrix/lens_sample.csv", 8),
        ("bibliometrix/scopus_sample.csv", 8),
        ("bibliometrix/openalex_sample.csv", 8),
        ("zotero-csv/zotero.csv", 817),
    ],
)
def test_exported_tables(samples, name, count):
    found = list(open_records(samples / "formats" / name).items)
    assert sum(isinstance(item, Record) for item in found) == count
    assert not [item for item in found if isinstance(item, RecordError) and item.fatal]


def test_columns_are_mapped_from_the_command_line(tmp_path):
    from click.testing import CliRunner

    from server.cli import main

    path = tmp_path / "own.csv"
    path.write_text("Nr;Titel;Wer\n7;Feathers;Ada Quill and Bo Reed\n")
    command = ["load", "--data", str(tmp_path / "data"), "--quiet", str(path)]
    maps = ["--map", "Nr=id", "--map", "Titel=title", "--map", "Wer=authors"]
    said = CliRunner().invoke(main, [*command, *maps])
    assert (said.exit_code, "1 read, 1 loaded" in said.output) == (0, True)
    wrong = CliRunner().invoke(main, [*command, "--map", "Nr"])
    assert wrong.exit_code == 2 and "COLUMN=FIELD" in wrong.output
