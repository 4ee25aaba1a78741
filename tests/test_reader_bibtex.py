"""The reader of BibTeX and BibLaTeX."""

import io
from pathlib import Path

import pytest
from bibtexparser.model import Entry, ImplicitComment
from bibtexparser.splitter import Splitter

from ingest.readers import bibtex, open_records
from ingest.readers.bibtex_plain import plain_entry
from ingest.records import Container, Identifier, Link, Record, RecordError

EVERYDAY = (Path(__file__).parent / "data" / "bibtex" / "everyday.bib").read_bytes()


def read(data):
    return list(bibtex.read(io.BytesIO(data if isinstance(data, bytes) else data.encode())))


def records(data=EVERYDAY):
    return {item.key: item for item in read(data) if isinstance(item, Record)}


def errors(data):
    return [item for item in read(data) if isinstance(item, RecordError)]


def people(record, role="author"):
    return [(c.given, c.family, c.kind) for c in record.contributors if c.role == role]


def test_an_everyday_file_loads_whole():
    assert not errors(EVERYDAY)
    assert {key: r.kind for key, r in records().items()} == {
        "quill2024": "JournalArticle",
        "workshop2022": "WorkshopPaper",
        "arxiv2021": "Preprint",
        "DBLP:journals/corr/abs-2101-00002": "Preprint",
        "pens2023": "Proceedings",
        "reed2023": "ConferencePaper",
    }


def test_strings_and_concatenation_are_worked_out():
    assert records()["quill2024"].venue.name == "Journal of Ink Letters"


def test_names_keep_particles_juniors_groups_and_others():
    record = records()["quill2024"]
    assert people(record) == [
        ("Ada", "Quill", "person"),
        ("", "", "group"),
        ("Jan", "van der Ink", "person"),
        ("Jörg", "Müller", "person"),
    ]
    assert [c.printed for c in record.contributors] == [
        "Ada Quill",
        "The Ink Collaboration",
        "Jan van der Ink Jr.",
        "Jörg Müller",
    ]
    assert record.cut_off
    assert people(records()["reed2023"])[1] == (
        "Charles Louis Xavier Joseph",
        "de la Vallée Poussin",
        "person",
    )
    assert people(records()["workshop2022"])[0] == ("Jan", "van der Ink", "person")


def test_fields_of_an_article():
    record = records()["quill2024"]
    assert record.title == "{On} {\\'E}crins and $k$-Nibs"
    assert record.label == "On Écrins and $k$-Nibs"
    assert (record.year, record.issued, record.line) == (2024, "2024-05", 6)
    assert (record.volume, record.number, record.pages) == ("7", "3", "1-12")
    assert record.identifiers == (Identifier("doi", "10.5555/ink.7"),)
    assert record.venue.issn == ("2049-3630",)
    assert record.keywords == ("pens", "ink", "nibs")
    assert record.links == (Link("page", "https://example.org/quill_24"),)


def test_crossref_lends_the_proceedings():
    record = records()["reed2023"]
    assert (record.year, record.venue.name, record.publisher) == (
        2023,
        "Proceedings of Pens",
        "Ink Press",
    )
    assert record.container == Container(
        "Proceedings of Pens",
        "Proceedings",
        "pens2023",
        (Identifier("isbn", "0306406152"), Identifier("doi", "10.5555/pens")),
    )
    assert not record.identifiers
    assert not people(record, "editor")


def test_a_book_s_number_is_not_its_part_s():
    record = records()["workshop2022"]
    assert record.container.identifiers == (Identifier("isbn", "9783161484100"),)
    assert record.identifiers == (Identifier("openreview", "aBc_1-Xy9Z"),)
    assert (record.year, [r.rule for r in record.repairs]) == (2022, ["year-extracted"])


def test_arxiv_and_dblp_are_known_by_their_fields():
    assert records()["arxiv2021"].identifiers == (Identifier("arxiv", "2101.00001"),)
    assert records()["arxiv2021"].issued == "2021-01-02"
    assert records()["DBLP:journals/corr/abs-2101-00002"].identifiers == (
        Identifier("arxiv", "2101.00002"),
        Identifier("dblpKey", "journals/corr/abs-2101-00002"),
    )


@pytest.mark.parametrize(
    ("entry", "key", "reason", "fatal"),
    [
        ("@article{a, title={Open\n", "a", "", True),
        ("@article{a, year=2020}", "a", "no title", True),
        ("@article{a, author={B. C}}", "a", "no title", False),
        ("@article{a, title={T}, year={soon}}", "a", "not a year", False),
        ("@article{a, title={T}, journal=nowhere}", "a", "not defined", False),
        ("@article{a, title={T}, title={U}}", "a", "twice", False),
        ("@article{a, title={T}, author={A, B, C, D}}", "a", "two commas", False),
        ("@article{a, title={T}, url={nowhere}}", "a", "not a web address", False),
        ("@inproceedings{a, title={T}, crossref={nowhere}}", "a", "does not have", False),
        ("@misc{quill2024, title={Again}}", "quill2024", "used before, on line 6", False),
    ],
)
def test_a_bad_entry_is_named_and_costs_no_neighbour(entry, key, reason, fatal):
    last = "\n@misc{last, title={Last}}\n"
    before = EVERYDAY.decode()
    found = errors(before + entry + last)
    assert [(e.key, e.fatal, e.line) for e in found] == [(key, fatal, before.count("\n") + 1)]
    assert reason in found[0].reason
    assert set(records()) <= set(records(before + entry + last))
    assert "last" in records(before + entry + last)


def test_a_key_used_twice_costs_no_publication():
    text = "@misc{a, title={One}}\n@misc{a, title={Two}}\n@misc{a, title={One}}\n"
    items = read(text)
    assert [item.title for item in items if isinstance(item, Record)] == ["One", "Two"]
    assert [(e.reason, e.line, e.fatal) for e in items if isinstance(e, RecordError)] == [
        ("key used before, on line 1", 2, False),
        ("the same entry stands on line 1", 3, True),
    ]


def test_one_bad_author_does_not_cost_its_entry():
    (record,) = records(
        "@misc{a, title={T}, author={Good One and A, B, C, D and {} and X Y}}"
    ).values()
    assert [c.name for c in record.contributors] == ["Good One", "C D A B", "X Y"]


@pytest.mark.parametrize(
    ("entry", "year", "rules"),
    [
        ('@article{a, title="T" author={B C} year=2020}', 2020, ["comma-missing"] * 2),
        ("@article{title={T}, author={B C}, year=2020}", 2020, []),
        ("@article{a, title={T}, author={B C}, year=2020\n\n@misc{b, title={U}}", 2020, None),
        ("@article{a, title={T},\n% year=1990,\n author={B C}, % so\n year=2020}", 2020, []),
    ],
)
def test_common_slips_of_the_pen_cost_nothing(entry, year, rules):
    first = next(item for item in read(entry) if isinstance(item, Record))
    assert not errors(entry)
    assert (first.title, first.year, [c.name for c in first.contributors]) == ("T", year, ["B C"])
    assert [r.rule for r in first.repairs] == (["entry-unclosed"] if rules is None else rules)


def test_several_people_between_two_ands():
    def listed(author):
        (record,) = records(f"@misc{{a, title={{T}}, author={{{author}}}}}").values()
        return [c.name for c in record.contributors], [r.rule for r in record.repairs]

    mended = ["several-in-one-name"]
    assert listed("Tan, Mei; Reed, Bo") == (["Mei Tan", "Bo Reed"], mended)
    assert listed("Tan, M., Reed, B., and Quill, A.") == (["M. Tan", "B. Reed", "A. Quill"], mended)
    assert listed("M Tan, B Reed, A Quill") == (["M Tan", "B Reed", "A Quill"], mended)
    assert listed("Mei Tan \\& Bo Reed") == (["Mei Tan", "Bo Reed"], mended)
    assert listed("{Nib \\& Sons}")[1] == []
    assert listed("King, Jr., Martin Luther") == (["Martin Luther King Jr."], [])


@pytest.mark.parametrize(
    ("fields", "issued"),
    [
        ('year=2001, month="10~" # jan', "2001-01-10"),
        ("year=2001, month=jun, day=18", "2001-06-18"),
        ('year=2001, month=jul # "--" # aug', "2001-07"),
        ("year={c2001}, month={Sept.}", "2001-09"),
        ("date={2001-21}", "2001"),
        ("date={2001-03-05/..}", "2001-03-05"),
        ("date={2001~}", "2001"),
        ("year={1998a}", "1998"),
    ],
)
def test_dates_in_all_their_forms(fields, issued):
    (record,) = records(f"@misc{{a, title={{T}}, {fields}}}").values()
    assert record.issued == issued


def test_strings_keep_their_spaces_and_small_formulas_become_characters():
    (record,) = records(
        '@string{and = " and "}\n'
        '@misc{a, title={CO$_2$ at $10^{-3}$ of $n$}, author="Mei Tan" # and # "Bo Reed", '
        "doi={10.1002/(SICI)1:8$<$69::AID-A4$>$3.0.CO;2-O}, note={{PMID:} 23439512}}"
    ).values()
    assert [c.name for c in record.contributors] == ["Mei Tan", "Bo Reed"]
    assert record.label == "CO\u2082 at 10\u207b\xb3 of $n$"
    assert record.identifiers == (
        Identifier("doi", "10.1002/(sici)1:8<69::aid-a4>3.0.co;2-o"),
        Identifier("pmid", "23439512"),
    )


def test_keys_of_parents_are_known_whatever_their_case():
    found = records(
        "@inproceedings{a, title={T}, crossref={PENS}}\n@proceedings{pens, title={P}, year=2002}"
    )
    assert (found["a"].year, found["a"].container.key) == (2002, "pens")


def test_xdata_lends_everything_and_circles_end():
    text = """@xdata{x, publisher={P}, year=2020, xdata={y}} @xdata{y, xdata={x}, series={S}}
    @book{b, title={T}, xdata={x}}"""
    (record,) = records(text).values()
    assert (record.publisher, record.year) == ("P", 2020)
    text = "@xdata{x, title={T}, doi={10.5555/x}} @article{a, xdata={x}, journal={J}}"
    (record,) = records(text).values()  # as if they stood there: no title of a book
    assert (record.title, record.identifiers) == ("T", (Identifier("doi", "10.5555/x"),))


def test_what_an_entry_says_stands_above_what_it_borrows():
    book = "@book{b, title={B}, year=1999, publisher={P}}"
    text = f"@inbook{{a, title={{A}}, year=2001, publisher={{Q}}, crossref={{b}}}} {book}"
    assert (records(text)["a"].year, records(text)["a"].publisher) == (2001, "Q")


def test_strings_are_known_in_any_case():
    text = "@STRING{Pens = {Journal of Pens}} @article{a, title={T}, journal=PENS # { B}}"
    assert records(text)["a"].venue.name == "Journal of Pens B"
    assert not errors(text)


@pytest.mark.parametrize(
    ("encode", "rule"),
    [
        (lambda text: text.encode("latin-1"), ["encoding"]),
        (lambda text: b"% Encoding: iso8859_7\n" + text.encode("latin-1"), ["encoding"]),
        (lambda text: b"\xef\xbb\xbf" + text.encode(), []),
        (lambda text: b"\xff\xfe" + text.encode("utf-16-le"), []),
        (lambda text: b"\xfe\xff" + text.encode("utf-16-be"), []),
        (lambda text: text.replace("\n", "\r\n").encode(), []),
        (lambda text: text.replace("\n", "\r").encode(), []),
    ],
    ids=["latin-1", "declared", "bom", "utf-16-le", "utf-16-be", "crlf", "cr"],
)
def test_encodings_and_line_ends(encode, rule):
    found = records(encode("@misc{a,\n title={Über},\n year=2020}\n@misc{b,\n title={B}}\n"))
    assert set(found) == {"a", "b"}
    assert found["a"].title == ("άber" if "7" in "".join(rule) else "Über") or rule
    assert [r.rule for r in found["a"].repairs] == rule


def test_entries_on_one_line_and_junk_between():
    found = records("junk @ @misc{a, title={A}} more @misc{b, title={B}}\n%@misc{c, title={C}}")
    assert set(found) == {"a", "b", "c"}


def test_samples_load_as_many_entries_as_they_have(samples):
    for path, count in {
        "pmlr-corl/corl21.bib": 167,
        "pmlr-corl/corl23.bib": 200,
        "biblatex-examples/biblatex-examples.bib": 90,
    }.items():
        found = list(open_records(samples / "formats" / path).items)
        assert [type(item) for item in found] == [Record] * count


# --- the short way for plain entries


def parsed(raw):
    """The entries that bibtexparser alone finds."""
    blocks = Splitter(raw).split().blocks
    return [
        (type(block), block.start_line, *said(block))
        for block in blocks
        if not isinstance(block, ImplicitComment)
    ]


def said(block):
    fields = [(one.key, one.value) for one in getattr(block, "fields", ())]
    return getattr(block, "entry_type", ""), getattr(block, "key", ""), fields


@pytest.mark.parametrize(
    "raw",
    [
        '  @Book{a, title = {A {B {C\\{}}, \\\\}},\n year=2001 , key.b = "{Q} x, \\" y",}\n',
        "@book {b,title={@a line},}",
        "@book{c, title = {}}",
        '@misc{d ,\n title = {a}\n\n}  rest = {of}, "it"',
    ],
)
def test_plain_entries_are_what_bibtexparser_finds(raw):
    entry = plain_entry(raw)
    assert entry is not None
    assert parsed(raw) == [(Entry, 0, *said(entry))]


@pytest.mark.parametrize(
    "raw",
    [
        "@book{a, title = {One} # {Two}}",
        "@book{a, title = {One}, title = {Two}}",
        "@book{a, title = {One\n @book{b, title = {Two}}",
        "@book{a, title = {One}} @book{b, title = {Two}}",
        "@book{a, title = {One} year = 2001}",
        "@book{a, title = {One}\n% a note\n, year = 2001}",
        "@book{a, title = {One}",
        '@book{a, title = "a {"}" b"}',
        "@book(a, title = {One})",
        "@book{title = {One}}",
        "@string{a = {One}, b = {Two}}",
        "remark\n@book{a, title = {One}}",
    ],
)
def test_what_is_written_in_another_way_is_left_to_bibtexparser(raw):
    assert plain_entry(raw) is None


def test_no_damage_makes_a_plain_entry_of_something_else():
    entry = '@book{a1,\n title = {On {\\\'E}tudes},\n note = "x {y}, z",\n year = 2001\n}\n'
    for place in range(len(entry)):
        for mark in ("", "{", "}", '"', ",", "\\", "\n@b{"):
            damaged = entry[:place] + mark + entry[place + (not mark) :]
            if (found := plain_entry(damaged)) is not None:
                assert parsed(damaged) == [(Entry, 0, *said(found))], damaged
