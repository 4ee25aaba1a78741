"""What real files hold that tidy ones do not, format by format; each text is short and made up."""

import io
import json
from pathlib import Path

import pytest

from ingest.readers import READERS, delimited, open_records, opencitations
from ingest.records import Record, RecordError


def records(name, text):
    data = text if isinstance(text, bytes) else text.encode()
    items = READERS[name].read(io.BufferedReader(io.BytesIO(data)))
    return [item for item in items if isinstance(item, Record)]


def record(name, text):
    (found,) = records(name, text)
    return found


def names(found):
    return [c.name for c in found.contributors]


def values(found):
    return {(i.scheme, i.value) for i in found.identifiers}


def ris(*lines):
    return record(
        "ris", "TY  - JOUR\nTI  - Ink\n" + "".join(f"{one}\n" for one in lines) + "ER  - "
    )


def csl(**fields):
    item = {"type": "article-journal", "title": "Ink", "id": "a", **fields}
    return record("csl", json.dumps([item]))


def crossref(**fields):
    work = {"DOI": "10.5555/a", "type": "journal-article", "title": ["Ink"], "indexed": {}}
    return record("crossref", json.dumps(work | fields))


def pubmed(article="", citation="", author=""):
    return record(
        "pubmed",
        "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>7</PMID><Article>"
        f"<ArticleTitle>Ink</ArticleTitle><AuthorList>{author}</AuthorList>{article}</Article>"
        f"{citation}</MedlineCitation></PubmedArticle></PubmedArticleSet>",
    )


# ---- RIS


def test_several_people_on_a_line_of_ris():
    found = ris("AU  - Quill, Ada and Nib, Bo", "AU  - Tan, M; Reed, B", "A1  - The Ink Society")
    assert names(found) == ["Ada Quill", "Bo Nib", "M Tan", "B Reed", "The Ink Society"]
    assert [r.rule for r in found.repairs] == ["several-in-one-name"] * 2


def test_ris_with_carriage_returns_alone():
    text = "TY  - JOUR\rTI  - Ink\rAU  - Tan, Mei\rER  - \r"
    assert names(record("ris", text)) == ["Mei Tan"]


def test_the_date_that_says_most_and_numbers_in_notes():
    found = ris("PY  - 2010", "Y1  - 2010/06/01", "N1  - PMID: 12345678", "C2  - PMC42")
    assert (found.issued, found.year) == ("2010-06-01", 2010)
    assert values(found) == {("pmid", "12345678"), ("pmcid", "PMC42")}


def test_dates_and_pages_of_ris_are_not_mixed_up():
    found = ris("PY  - 2010", "DA  - 2012/06/01", "SP  - 12")
    assert (found.issued, found.year, found.pages) == ("2010", 2010, "12")


def test_who_supervised_a_thesis_is_no_editor_of_it():
    found = record("ris", "TY  - THES\nTI  - Ink\nAU  - Tan, Mei\nA2  - Reed, Bo\nER  - ")
    assert [(c.name, c.role) for c in found.contributors] == [
        ("Mei Tan", "author"),
        ("Bo Reed", "advisor"),
    ]


@pytest.mark.parametrize(
    ("lines", "kind", "rules"),
    [
        ("TY  - GEN\nJO  - Pens\nVL  - 3", "JournalArticle", []),
        ("TY  - GEN", "Other", []),
        ("TY  - ELEC\nUR  - https://arxiv.org/abs/2101.00001", "Preprint", []),
        ("TY  - NOSUCH", "Other", ["unknown-type"]),
    ],
)
def test_kinds_that_ris_leaves_open(lines, kind, rules):
    found = record("ris", f"{lines}\nTI  - Ink\nER  - ")
    assert (found.kind, [r.rule for r in found.repairs]) == (kind, rules)


# ---- MEDLINE and PubMed


def test_case_reports_are_articles_and_generations_are_no_given_names():
    lines = (
        "PMID- 7\nTI  - Ink\nPT  - Case Reports\n"
        "FAU - Tan, Mei L 3rd\nAU  - Tan ML 3rd\nAU  - Solo M"
    )
    found = record("medline", lines)
    assert found.kind == "JournalArticle"
    assert [(c.given, c.family) for c in found.contributors] == [("Mei L", "Tan"), ("M", "Solo")]
    assert found.contributors[0].name == "Mei L Tan 3rd"


def test_what_follows_a_name_in_medline_is_of_that_name():
    lines = "PMID- 7\nTI  - Ink\nFAU - Tan, Mei\nAU  - Tan M\nFAU - Reed, Bo\nAU  - Reed B\n"
    found = record("medline", f"{lines}AD  - Pen College.")
    assert [c.affiliations for c in found.contributors] == [(), ("Pen College.",)]


def test_pubmed_s_own_corrections():
    found = pubmed(
        article="<Pagination><StartPage>12</StartPage><EndPage>15</EndPage></Pagination>",
        citation="<CommentsCorrectionsList>"
        '<CommentsCorrections RefType="RetractionIn"><PMID>99</PMID></CommentsCorrections>'
        '<CommentsCorrections RefType="Cites"><PMID>77</PMID></CommentsCorrections>'
        "</CommentsCorrectionsList>",
        author='<Author ValidYN="N"><LastName>Tann</LastName></Author>'
        '<Author ValidYN="Y"><LastName>Tan</LastName><AffiliationInfo><Affiliation>Pen College.'
        " Electronic address: mei@pens.example.</Affiliation></AffiliationInfo></Author>",
    )
    assert (names(found), found.pages, found.retracted) == (["Tan"], "12-15", True)
    assert [(r.scheme, r.value) for r in found.references] == [("pmid", "77")]
    (tan,) = found.contributors
    assert (tan.affiliations, tan.email_domain) == (("Pen College.",), "pens.example")


# ---- CSL and Crossref


@pytest.mark.parametrize(
    ("issued", "expected"),
    [
        ("2001-03~", "2001-03"),
        ({"edtf": "2001-03-XX"}, "2001-03"),
        ({"raw": "2001-03/2001-05"}, "2001-03"),
        ({"date-parts": [["2001"]], "season": 2}, "2001"),
        ({"date-parts": [[2001, 13, 45]]}, "2001"),
        ({"literal": "Spring 2001"}, "2001"),
        ({"date-parts": [[None]]}, ""),
        ({"date-parts": []}, ""),
    ],
)
def test_dates_of_csl(issued, expected):
    assert csl(issued=issued).issued == expected


def test_csl_s_loose_ends():
    found = csl(
        title=["Ink"],
        author="Mei Tan",
        note="PMID: 1234567\nOriginal: x",
        ISBN="978-3-16-148410-0 0306406152",
        number="arXiv:2101.00001",
    )
    assert (found.title, names(found)) == ("Ink", ["Mei Tan"])
    assert values(found) == {
        ("pmid", "1234567"),
        ("arxiv", "2101.00001"),
        ("isbn", "9783161484100"),
        ("isbn", "0306406152"),
    }


def test_crossref_s_loose_ends():
    found = crossref(
        title=["Ink &amp;amp; &amp;lt;i&amp;gt;pens&amp;lt;/i&amp;gt;"],
        author=[{"name": "Nib Works"}, {"family": "Solo"}],
        issued={"date-parts": [[None]]},
        link=None,
        reference=[{"unstructured": "Reed, doi:10.5555/c"}, {"DOI": "10.5555/b"}, {"key": "3"}],
    )
    assert (found.label, found.issued) == ("Ink & pens", "")
    assert [(c.name, c.kind) for c in found.contributors] == [
        ("Nib Works", "group"),
        ("Solo", "person"),
    ]
    assert [r.value for r in found.references] == ["10.5555/c", "10.5555/b"]


def test_what_crossref_says_twice_or_withdrew():
    assert crossref(title=["Ink: a Study"], subtitle=["A study"]).title == "Ink: a Study"
    for update in ("retraction", "removal", "withdrawal"):
        assert crossref(**{"updated-by": [{"DOI": "10.5555/z", "type": update}]}).retracted
    assert not crossref(**{"updated-by": [{"DOI": "10.5555/z", "type": "correction"}]}).retracted


def test_openalex_says_where_it_left_authors_out():
    work = {"id": "https://openalex.org/W1", "title": "Ink", "is_authors_truncated": True}
    assert record("openalex", json.dumps(work)).cut_off
    assert not record("openalex", json.dumps(work | {"is_authors_truncated": False})).cut_off


def test_datacite_s_own_date_and_translators():
    data = {
        "doi": "10.5555/d",
        "types": {"resourceTypeGeneral": "Book"},
        "titles": [{"title": "Ink"}],
        "publicationYear": 2021,
        "dates": [
            {"date": "2021-01-02", "dateType": "Available"},
            {"date": "2021-03-04", "dateType": "Issued"},
        ],
        "contributors": [{"name": "Tan, Mei", "contributorType": "Translator"}],
    }
    found = record("datacite-json", json.dumps({"data": [{"attributes": data}]}))
    assert (found.issued, found.contributors[0].role) == ("2021-03-04", "translator")


def test_crossref_s_preprints_and_notices():
    posted = crossref(type="posted-content", institution=[{"name": "inkRxiv"}])
    assert (posted.kind, posted.venue.name, posted.venue.kind) == (
        "Preprint",
        "inkRxiv",
        "Repository",
    )
    notice = crossref(**{"update-to": [{"DOI": "10.5555/z", "type": "retraction"}]})
    assert (notice.kind, notice.retracted) == ("Erratum", False)


# ---- BibTeX and EndNote as reference managers export them


def test_day_and_month_in_the_date_of_bibtex_beside_the_year():
    found = record("bibtex", "@article{a, title={Ink}, date={Mar 3}, year={2015}}")
    assert (found.year, found.issued) == (2015, "2015-03-03")
    found = record("bibtex", "@article{a, title={Ink}, date={2014-05}, year={2015}}")
    assert found.issued == "2014-05"


def test_any_name_of_a_type_begins_an_entry_of_bibtex():
    text = (
        "@book_section{a, title={A}}\n@web-page{b, title={B}}\n@commentary{c, title={C}}\n"
        "@stringy{d, title={D}}\n@artículo{e, title={E}}\n@ article{f, title={F}}\n"
        "@misc\n{g,\n title={G}}\n@web_page{\n title={H}}\n@ STRING {ink = {I}}\n"
        "@article{i, title=ink}\n@comment{j, title={J}}\n"
    )
    found = records("bibtex", text)
    assert "".join(one.title for one in found) == "ABCDEFGHI"
    assert [one.line for one in found] == [1, 2, 3, 4, 5, 6, 7, 10, 13]
    assert [one.kind for one in found[:2]] == ["Chapter", "Other"]
    repaired = [repair.before for one in found for repair in one.repairs]
    assert repaired == ["commentary", "stringy", "artículo"]


def test_issns_among_isbns():
    remarked = "1532-1827 (Electronic) 0007-0920 (Linking)"
    found = record("bibtex", f"@article{{a, title={{Ink}}, journal={{Nib}}, isbn={{{remarked}}}}}")
    assert (found.venue.issn, found.identifiers) == (("1532-1827", "0007-0920"), ())
    book = record("bibtex", "@book{a, title={Ink}, isbn={978-3-16-148410-0; 0-306-40615-2}}")
    assert values(book) == {("isbn", "9783161484100"), ("isbn", "0306406152")}
    found = record(
        "endnote",
        "<xml><records><record><ref-type name='Journal Article'>17</ref-type><titles>"
        "<title>Ink</title><secondary-title>Nib</secondary-title></titles>"
        f"<isbn>{remarked}; 978-3-16-148410-0; 12</isbn></record></records></xml>",
    )
    assert found.venue.issn == ("1532-1827", "0007-0920")
    assert values(found) == {("isbn", "9783161484100"), ("isbn", "12")}


# ---- ACL Anthology and dblp


def test_the_anthology_s_journals_removals_and_orcids():
    journal, paper, gone = records(
        "acl-anthology",
        '<collection id="J01"><volume id="1" type="journal"><meta>'
        "<booktitle>Computational Linguistics, Volume 27, Number 1</booktitle>"
        "<journal-volume>27</journal-volume><journal-issue>1</journal-issue>"
        "<month>March</month><year>2001</year></meta>"
        '<paper id="1"><title>Ink</title><author orcid="0000-0002-1825-0097"><first>Mei</first>'
        "<last>Tan</last></author></paper>"
        '<paper id="2"><title>Gone</title><removed date="2003-01-01">Withdrawn</removed></paper>'
        "</volume></collection>",
    )
    assert (journal.venue.name, paper.volume, paper.number) == (
        "Computational Linguistics",
        "27",
        "1",
    )
    assert paper.contributors[0].identifiers[0].value == "0000-0002-1825-0097"
    assert (paper.retracted, gone.retracted) == (False, True)


def test_the_anthology_s_first_years_and_names_in_other_scripts():
    volume = (
        '<collection id="{}"><volume id="1"><meta><booktitle>Ink</booktitle></meta>'
        '<paper id="1"><title>Ink</title><author><first>Mina</first><last>Kim</last>'
        '<variant script="{}"><first>미나</first><last>김</last></variant></author></paper>'
        "</volume></collection>"
    )
    for collection, year in (("P79", 1979), ("C60", 1960), ("P00", 2000), ("W19", 2019)):
        assert records("acl-anthology", volume.format(collection, "hang"))[1].year == year
    for script, shown in (("hang", "김미나"), ("latn", "미나 김")):
        paper = records("acl-anthology", volume.format("P79", script))[1]
        assert paper.contributors[0].variants == (shown,)


def test_dblp_s_citations_and_months():
    found = record(
        "dblp",
        '<dblp><article mdate="2020-01-01" key="journals/ink/T"><author>Mei Tan</author>'
        "<title>Ink.</title><year>2001</year><month>March</month><cite>...</cite>"
        "<cite>journals/ink/R</cite></article></dblp>",
    )
    assert (found.issued, [r.value for r in found.references]) == ("2001-03", ["journals/ink/R"])


# ---- JATS, OAI-PMH and arXiv


def jats(front, contrib=""):
    return record(
        "jats",
        "<article><front><article-meta><title-group><article-title>Ink</article-title>"
        f"</title-group><contrib-group>{contrib}</contrib-group>{front}</article-meta></front>"
        "</article>",
    )


def test_an_article_of_jats_has_its_own_date_and_place_and_all_affiliations():
    dates = (
        '<pub-date pub-type="collection"><day>1</day><month>1</month><year>2019</year></pub-date>'
        '<pub-date pub-type="epub"><month>5</month><year>2020</year></pub-date>'
    )
    places = '<aff id="a">Pen College</aff><aff id="b">Ink Office</aff>'
    who = (
        '<contrib contrib-type="author"><name><surname>Tan</surname><given-names>Mei</given-names>'
        '</name><xref ref-type="aff" rid="a b"/></contrib>'
    )
    found = jats(f"{dates}{places}<elocation-id>e7</elocation-id>", who)
    assert (found.issued, found.pages) == ("2020-05", "e7")
    assert found.contributors[0].affiliations == ("Pen College", "Ink Office")
    assert jats("<fpage>3</fpage><lpage>9</lpage><elocation-id>e7</elocation-id>").pages == "3-9"
    assert jats(dates.partition('<pub-date pub-type="epub"')[0]).issued == "2019-01-01"


def test_the_first_date_of_dublin_core_and_arxiv_s_raw_authors():
    dc = (
        '<dc xmlns="http://purl.org/dc/elements/1.1/"><title>Ink</title>'
        "<date>2019-05</date><date>2021</date></dc>"
    )
    assert record("oai", dc).issued == "2019-05"
    raw = (
        "<OAI-PMH><record><header><identifier>x</identifier></header><metadata>"
        '<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>2101.00001</id><title>Ink</title>'
        "<authors>Mei Tan (Pen College), Bo Reed (1 and 2)</authors></arXivRaw>"
        "</metadata></record></OAI-PMH>"
    )
    assert names(record("oai", raw)) == ["Mei Tan", "Bo Reed"]


# ---- RDF


def test_editors_by_dblp_s_signatures_and_the_date_of_what_holds_a_paper():
    found = record(
        "rdf",
        "@prefix d: <https://dblp.org/rdf/schema#> . @prefix s: <http://schema.org/> . "
        '<http://e/p> a d:Editorship ; d:title "Pens" ; d:hasSignature [ a d:EditorSignature ; '
        'd:signatureOrdinal 1 ; d:signatureDblpName "Bo Reed" ] .',
    )
    assert [(c.name, c.role) for c in found.contributors] == [("Bo Reed", "editor")]
    part = record(
        "rdf",
        '@prefix s: <http://schema.org/> . <http://e/p> a s:ScholarlyArticle ; s:name "Ink" ; '
        "s:isPartOf <http://e/i> . <http://e/i> a s:PublicationIssue ; s:datePublished 2020 .",
    )
    assert part.year == 2020


# ---- tables


def test_a_table_has_years_beside_dates_and_numbers_of_articles():
    table = "Title,Date,Year,Art. No.,Pages\nInk,n.d.,2001,e7,\nNib,2002-03,2001,e8,3-9\n"
    first, second = records("csv", table)
    assert (first.year, first.pages) == (2001, "e7")
    assert (second.issued, second.pages) == ("2002-03", "3-9")


def test_a_column_that_is_mapped_comes_before_those_that_are_known():
    stream = io.BufferedReader(io.BytesIO(b"Title,Titel,Year\nOld,New,2001\n"))
    (found,) = (i for i in delimited.read(stream, {"Titel": "title"}) if isinstance(i, Record))
    assert found.title == "New"


def test_scopus_mixes_styles_and_says_who_is_nobody():
    table = (
        "Authors,Author full names,Title,Year,References,EID\n"
        '"Tan M.; Reed B.","Tan, Mei (5712345678); Reed, Bo (5798765432)",Ink,2021,'
        '"Q, (2001) 10.5555/r1; S",e1\n'
        '"[No author name available]","[No author name available]",Preface,2021,,e2\n'
        '"Tan M., Reed B.",,Old,2011,,e3\n'
    )
    first, preface, old = records("csv", table)
    assert (names(first), names(preface), names(old)) == (
        ["Mei Tan", "Bo Reed"],
        [],
        ["Tan M.", "Reed B."],
    )
    assert [r.value for r in first.references] == ["10.5555/r1"]


def test_a_line_about_the_export_may_stand_before_the_header(tmp_path):
    path = tmp_path / "export"
    path.write_text('"About the data: Exported"\nRank,DOI,Title,PubYear\n1,10.5555/a,Ink,2021\n')
    opened = open_records(path)
    (found,) = opened.items
    assert (opened.format.name, found.title, found.year) == ("csv", "Ink", 2021)


def test_the_index_of_opencitations_gives_citing_ones_with_references():
    path = Path(__file__).parent / "data/opencitations/index.csv"
    first, second, error = sorted(
        open_records(path).items, key=lambda i: isinstance(i, RecordError)
    )
    assert [(r.key, r.label, [i.value for i in r.references]) for r in (first, second)] == [
        ("10.5555/a", "10.5555/a", ["10.5555/b", "10.5555/c"]),
        ("10.5555/c", "omid:br/1 doi:10.5555/c pmid:7", ["10.5555/b"]),
    ]
    assert (error.reason, error.line) == ("no two publications", 5)


def test_a_large_index_is_given_in_parts_that_lose_nothing(monkeypatch):
    text = "oci,citing,cited\n" + "".join(f"{n},10.5555/a{n % 2},10.5555/b{n}\n" for n in range(6))
    monkeypatch.setattr(opencitations, "_MOST", 3)
    found = [(r.key, i.value) for r in records("opencitations", text) for i in r.references]
    assert sorted(found) == [(f"10.5555/a{n % 2}", f"10.5555/b{n}") for n in (0, 2, 4, 1, 3, 5)]
