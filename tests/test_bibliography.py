"""Citations in every format: what is written is read back by our own readers, and set in styles."""
# ruff: noqa: E501, RUF001 (a citation a line, in the quotation marks and dashes of print)

import io
import json
import re
import warnings

import pytest
from citeproc import CitationStylesStyle
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers import bibtex as bibtex_reader
from ingest.readers import csl as csl_reader
from ingest.readers import ris as ris_reader
from ingest.records import Record
from ontology import terms
from queries import formats
from server.bibliography import bibtex, styles, writing
from server.bibliography.citations import Citation, name_of
from server.pages import citing

READERS = {
    formats.BIBTEX: bibtex_reader,
    formats.RIS: ris_reader,
    formats.CSL_JSON: csl_reader,
}
NAMES = [
    "Ann Maria Archer",
    "Bo van der Berg",
    "María de la Cruz",
    "Martin Luther Shaft Jr.",
    "Plato",
    "Østen Dørum-Ångström",
    "D'Angelo Fletch",
    "J. R. R. Quill",
    "Олег Стрелов",
    "陈丹琦",
    "山田 太郎",
    "김 철수",
    "رامي السهم",
    "Sands and Dunes Consortium",
    "The Arrow Group",
]


def cited(key, kind, title, names=("Ann Archer",), cut_off=False, editors=(), **fields):
    said = {name: [value] for name, value in fields.items()}
    return Citation(
        f"http://localhost:8000/id/publication/paper-{key}",
        {"type": [terms.PUBLICATION, terms.Q + kind], "title": [title]} | said,
        tuple(map(name_of, names)),
        tuple(map(name_of, editors)),
        cut_off,
    )


LIST = [
    cited(1, "ConferencePaper", "50% of O(n) & {braces} } ~ #1 \\ a|b^c_d $5 and $6", NAMES,
          venue="NeurIPS & Friends", year="2016", pages="1-12", doi="10.5555/a_b", volume="30"),
    cited(2, "JournalArticle", "On $\\alpha_1$ and other weights", NAMES[:2], True,
          venue="J. Arrows", year="2016", issued="2016-05-03", volume="12", number="3",
          pages="e12", url="https://flight.example/a_b?x=1&y=%20#z", language="en"),
    cited(3, "Book", "No year at all", publisher="Press & Sons", isbn="9780262033848"),
    cited(4, "Preprint", "Before its time", venue="arXiv", arxiv="2001.00001", year="2020"),
    cited(5, "Chapter", "A part", container="The whole", editors=["Bo Fletch"], year="2001"),
    cited(6, "Thesis", "Straight flight", publisher="University of Arrows", year="1999"),
    cited(7, "Dataset", "Measured flights", publisher="An Archive", year="1999"),
    cited(8, "Report", "What was found", publisher="An Institute", number="12", year="1999"),
    cited(9, "Software", "Bow", year="1999"),
    cited(10, "ConferencePaper", "Without authors", (), venue="ICML", year="2000"),
]  # fmt: skip


def read(text, form):
    stream = io.BufferedReader(io.BytesIO(text.encode()))
    found = list(READERS[form].read(stream))
    assert [item for item in found if not isinstance(item, Record)] == []
    return found


def told(record):
    """A record as a citation's fields; the names in order."""
    numbers = {one.scheme: one.value for one in record.identifiers}
    pages = [link.url for link in record.links]
    people = {
        role: [person.printed for person in record.contributors if person.role == role]
        for role in ("author", "editor")
    }
    return people | {
        "kind": record.kind,
        "title": " ".join((record.label or record.title).split()),
        "year": str(record.year or ""),
        "place": record.container.title if record.kind == "Chapter" else _venue(record),
        "volume": record.volume,
        "pages": record.pages,
        "doi": numbers.get("doi", ""),
        "arxiv": numbers.get("arxiv", ""),
        "url": next((url for url in pages if "/id/publication/" not in url), ""),
        "cut off": record.cut_off,
    }


def _venue(record):
    return record.venue.name if record.venue else ""


def expected(one):
    found = {
        name: one.one(name) for name in ("title", "year", "volume", "pages", "doi", "arxiv", "url")
    }
    return found | {
        "kind": one.kind,
        "place": one.place,
        "author": [name.printed for name in one.authors],
        "editor": [name.printed for name in one.editors],
        "cut off": one.cut_off,
    }


@pytest.mark.parametrize("form", READERS, ids=lambda form: form.name)
def test_what_is_exported_is_read_back_as_it_was(form):
    records = read(writing.written(LIST, form), form)
    assert len(records) == len(LIST)
    for one, record in zip(LIST, records, strict=True):
        wanted = expected(one)
        if form is formats.BIBTEX:  # whose reader writes formulas out
            wanted["title"] = wanted["title"].replace("$\\alpha_1$", "α₁")
        if form is formats.CSL_JSON and one.kind == "Preprint":
            wanted["place"] = ""  # CSL's preprints appear in nothing
        assert told(record) == wanted


def test_keys_are_unique_and_the_ends_of_the_iris():
    found = re.findall(r"@\w+\{([^,]*),", writing.written(LIST, formats.BIBTEX))
    assert found == [f"paper-{number}" for number in range(1, 11)]


def test_dates_are_as_precise_as_they_are_known():
    article = LIST[1]
    assert "  month = may,\n" in writing.written([article], formats.BIBTEX)
    assert "DA  - 2016/05/03/\r\n" in writing.written([article], formats.RIS)
    (item,) = json.loads(writing.written([article], formats.CSL_JSON))
    assert item["issued"] == {"date-parts": [[2016, 5, 3]]}


def test_groups_stay_in_one_piece_in_bibtex():
    (record, *_) = read(writing.written(LIST, formats.BIBTEX), formats.BIBTEX)
    kinds = {person.printed: person.kind for person in record.contributors}
    assert {name for name, kind in kinds.items() if kind == "group"} == set(NAMES[-2:])


def test_the_source_says_which_words_are_the_family_name():
    name = name_of("Ana Quill Shaft", [("Ana", "Quill Shaft")])
    assert bibtex.name(name) == "Quill Shaft, Ana"
    assert bibtex.name(name_of("Ana Quill Shaft", [("A.", "Quill Shaft")])) == "Shaft, Ana Quill"
    assert bibtex.name(name_of("Ann Archer 0002")) == "Archer, Ann"


# BibTeX counts every brace, and cannot hold a text that is none.
TEXT = st.text(
    st.sampled_from("abc XYZ{}\\$%&#_~^<>|\"'-–,.:;@éßøЖ中ع∑½1234567890"), min_size=1, max_size=40
)


@given(title=TEXT, names=st.lists(TEXT, max_size=3), venue=TEXT, url=TEXT)
def test_no_text_breaks_an_entry_or_its_neighbours(title, names, venue, url):
    odd = cited(1, "JournalArticle", title, names, venue=venue, url=url, pages=venue, doi=url)
    text = writing.written([LIST[0], odd, LIST[2]], formats.BIBTEX)
    assert text.count("{") == text.count("}")
    stream = io.BufferedReader(io.BytesIO(text.encode()))
    found = [one for one in bibtex_reader.read(stream) if isinstance(one, Record)]
    assert [one.key for one in found if one.key != "paper-1"] == ["paper-3"]
    assert (
        found[0].title == read(writing.written([LIST[0]], formats.BIBTEX), formats.BIBTEX)[0].title
    )
    json.loads(writing.written([odd], formats.CSL_JSON))
    lines = writing.written([odd], formats.RIS).split("\r\n")
    assert all(re.match("[A-Z][A-Z0-9]  - ", line) for line in lines[:-1])


@given(title=TEXT, names=st.lists(TEXT, max_size=3), pages=TEXT, year=TEXT)
def test_every_style_sets_every_text_and_no_text_is_markup(title, names, pages, year):
    odd = cited(1, "JournalArticle", title, names, venue=title, pages=pages, year=year)
    for style in styles.bundled().values():
        (line,) = styles.plain(style, [odd])
        assert line
        (marked,) = styles.marked(style, [odd])
        bare = re.sub(r"</?(?:i|b|sup|sub)>|<math.*?</math>|</?(?:em|strong|code)>", "", marked)
        assert "<" not in bare


@pytest.mark.parametrize("style", styles.bundled().values(), ids=lambda style: style.name)
def test_our_styles_keep_to_the_schema_of_csl(style):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert CitationStylesStyle(str(style.file), validate=True).has_bibliography()


PAPER = cited(
    1, "JournalArticle", "Straight flight.", ["Ann Maria Archer", "Bo van der Berg"],
    venue="J. Arrows", year="2016", volume="12", number="3", pages="1-12", doi="10.5555/a_b",
)  # fmt: skip


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("author-date", "Archer, A. M. and van der Berg, B. (2016). Straight flight. J. Arrows 12(3), 1–12. https://doi.org/10.5555/a_b"),
        ("numbered", "[7] A. M. Archer and B. van der Berg, “Straight flight”, J. Arrows, vol. 12, no. 3, pp. 1–12, 2016, doi:10.5555/a_b."),
        ("notes", "Ann Maria Archer and Bo van der Berg, ‘Straight flight’, J. Arrows, 12.3 (2016), pp. 1–12, https://doi.org/10.5555/a_b."),
    ],
)  # fmt: skip
def test_a_citation_in_each_style(style, expected):
    assert list(styles.plain(styles.bundled()[style], [PAPER], first=7)) == [expected]


@pytest.mark.parametrize(
    ("printed", "told"),
    [("iclr", "ICLR"), ("", "ICLR"), ("Int. Conf. on Learning", "Int. Conf. on Learning")],
)
def test_a_key_in_the_place_of_a_venue_gives_way_to_the_name_of_its_series(printed, told):
    paper = cited(1, "ConferencePaper", "On A", venue=printed, series="ICLR", year="2016")
    assert f"booktitle = {{{told}}}" in bibtex.entry(paper)
    assert "series" not in bibtex.entry(paper)
    (line,) = styles.plain(styles.bundled()["author-date"], [paper])
    assert told in line
    said = {terms.TYPE: f"{terms.Q}ConferencePaper", terms.PRINTED_VENUE: printed}
    statements = [{"member": "x", "property": prop, "value": said[prop]} for prop in said]
    series = {"member": "x", "property": terms.VENUE_PROPERTY, "value": "y", "label": "ICLR"}
    on_its_page = citing.citation_of("x", [*statements, series], [])
    assert f"booktitle = {{{told}}}" in bibtex.entry(on_its_page)


def test_numbers_go_on_from_part_to_part():
    text = writing.written([PAPER] * (writing.PART + 1), formats.TEXT, styles.bundled()["numbered"])
    assert [line.split()[0] for line in text.split("\n\n")[-3:-1]] == ["[100]", "[101]"]


def test_what_is_no_style_for_lists_is_refused(tmp_path):
    file = tmp_path / "x.csl"
    for text, reason in (
        ("<style", "cannot be read as XML"),
        ("<html/>", "not a style"),
        (f'<style xmlns="{styles.CSL}"><info/><citation/></style>', "sets no lists"),
    ):
        file.write_text(text)
        with pytest.raises(styles.StyleError, match=reason):
            styles.described(file)
