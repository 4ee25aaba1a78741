"""The catalogue: headers with line numbers, typed parameters, and terms that are never text."""

import pyoxigraph as ox
import pytest

from queries.binding import bind
from queries.catalogue import FOLDER, Catalogue, HeaderError, ParameterError, UnknownQuery, read

PAPERS = """#+ title: Papers
#+ description: Papers of a person: by year.
#+ param: person iri The person
#+ param: since year [1900] Published in or after
#+ param: order choice(year|title) [year] Sorted by
#+ chart: bar x=year y=papers
SELECT ?year (COUNT(?p) AS ?papers) {
  ?p <http://example.org/by> $person ; <http://example.org/year> ?year
  FILTER(?year >= $since && $order != "none")
} GROUP BY ?year
"""


@pytest.fixture
def written(tmp_path):
    def write(text, name="papers.rq"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        return file

    return write


def head(*lines):
    """A query with a good header, these lines in it."""
    return (
        "#+ title: T\n#+ description: D\n"
        + "".join(f"#+ {line}\n" for line in lines)
        + "ASK {?a ?b ?c}"
    )


def test_header_is_read(written):
    query = read(written(PAPERS))
    assert (query.name, query.title) == ("papers", "Papers")
    assert query.description == "Papers of a person: by year."
    assert [(p.name, p.type, p.default) for p in query.params] == [
        ("person", "iri", None),
        ("since", "year", "1900"),
        ("order", "choice", "year"),
    ]
    assert query.params[2].choices == ("year", "title")
    assert (query.chart.kind, query.chart.x, query.chart.y) == ("bar", "year", "papers")
    assert query.text.startswith("SELECT ?year") and "#+" not in query.text


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("#+ title: T\nASK {}", 0, "no description"),
        ("#+ title: T\n#+ title: T\nASK {}", 2, "a second title"),
        ("#+ title: T\n#+ colour: red\nASK {}", 2, "unknown key 'colour'"),
        ("#+ title: T\n#+ description\nASK {}", 2, "key: value"),
        (head("param: a"), 3, "name type"),
        (head("param: a colour The a"), 3, "unknown type 'colour'"),
        (head("param: a iri The a", "param: a iri Again"), 4, "a second parameter a"),
        (head("param: z iri The z"), 3, "no variable [?]z"),
        (head("param: a year [then] The a"), 3, "'then' is no year"),
        (head("param: a choice The a"), 3, "choice"),
        (head("param: a iri(x) The a"), 3, "choice"),
        (head("param: a choice(x|y) [z] The a"), 3, "none of: x, y"),
        (head("chart: bar"), 3, "x=column"),
        (head("chart: bar x=z"), 3, "no variable [?]z"),
        (head("page: path"), 3, "name what it does"),
    ],
)
def test_wrong_header_is_named_by_file_and_line(written, text, line, reason):
    file = written(text)
    with pytest.raises(HeaderError, match=reason) as caught:
        read(file)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{file}:{line}: " if line else f"{file}: ")


@pytest.mark.parametrize(
    ("type_", "text", "term"),
    [
        ("iri", " http://example.org/a ", ox.NamedNode("http://example.org/a")),
        ("iri", "<http://example.org/a>", ox.NamedNode("http://example.org/a")),
        ("string", 'say "x" } # \\', ox.Literal('say "x" } # \\')),
        ("integer", "-12", ox.Literal(-12)),
        ("year", "2016", ox.Literal(2016)),
        ("doi", "https://doi.org/10.1145/ABC", ox.Literal("10.1145/abc")),
        ("doi", "doi:10.1145/abc", ox.Literal("10.1145/abc")),
        ("choice(x|y)", "y", ox.Literal("y")),
    ],
)
def test_text_becomes_a_term(written, type_, text, term):
    assert read(written(head(f"param: a {type_} The a"))).bind({"a": text}) == {"a": term}


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("iri", "not an iri"),
        ("iri", "http://example.org/a> ?x ?y . <"),
        ("integer", "1.5"),
        ("integer", "9" * 30),
        ("year", "16"),
        ("year", "\uff12\uff10\uff11\uff16"),
        ("doi", "11.1/x"),
        ("string", "x" * 1001),
        ("string", "  "),
        ("choice(x|y)", "z"),
    ],
)
def test_wrong_text_is_refused(written, type_, text):
    with pytest.raises(ParameterError) as caught:
        read(written(head(f"param: a {type_} The a"))).bind({"a": text})
    assert (caught.value.name, caught.value.value) == ("a", text)


def test_unknown_parameter_is_refused(written):
    with pytest.raises(ParameterError, match="takes order, person, since"):
        read(written(PAPERS)).bind({"persom": "http://example.org/a"})


def test_terms_go_into_the_query_as_terms(written):
    store = ox.Store()
    for number in range(3):
        paper, by = ox.NamedNode(f"http://example.org/p{number}"), "http://example.org/by"
        store.add(ox.Quad(paper, ox.NamedNode(by), ox.NamedNode("http://example.org/a")))
        year = ox.Literal(2000 + number)
        store.add(ox.Quad(paper, ox.NamedNode("http://example.org/year"), year))
    query = read(written(PAPERS))
    terms = query.bind({"person": "http://example.org/a", "since": "2001"})
    rows = [[term.value for term in row] for row in store.query(bind(query.text, terms))]
    assert sorted(rows) == [["2001", "1"], ["2002", "1"]]


def test_lists_go_where_undef_stands(written):
    text = "#+ title: T\n#+ description: D\nSELECT ?x { VALUES ?x { UNDEF } }"
    query = read(written(text)).over("x", [ox.Literal("a } b"), ox.NamedNode("http://x/")])
    assert [row["x"].value for row in ox.Store().query(query.text)] == ["a } b", "http://x/"]
    with pytest.raises(ParameterError, match="has no VALUES"):
        read(written(text)).over("y", [])


def test_catalogue_holds_its_folder_and_those_below(written, tmp_path):
    written(PAPERS)
    written(head(), "pages/inner.rq")
    catalogue = Catalogue(tmp_path)
    assert [query.name for query in catalogue] == ["papers"]
    assert catalogue.get("pages/inner").name == "inner"
    with pytest.raises(UnknownQuery, match="no query 'inner'"):
        catalogue.get("inner")


def test_bundled_queries_are_read_once_and_all_well_formed():
    catalogue = Catalogue.bundled()
    assert catalogue is Catalogue.bundled()
    assert len(list(catalogue)) == len(catalogue) >= 10
    for file in FOLDER.rglob("*.rq"):
        assert catalogue.get(str(file.relative_to(FOLDER).with_suffix(""))).name == file.stem


def test_a_file_is_read_when_its_query_is_first_asked_for(written, tmp_path):
    written(PAPERS)
    written("#+ titel: T", "wrong.rq")
    catalogue = Catalogue(tmp_path)
    assert catalogue.get("papers") is catalogue.get("papers")
    with pytest.raises(HeaderError, match=r"wrong\.rq:1: unknown key 'titel'"):
        catalogue.get("wrong")
