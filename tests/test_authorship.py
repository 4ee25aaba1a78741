"""What the page of a person reads in two queries, beside the queries that its figures link to."""

import pyoxigraph as ox
import pytest

from ontology import terms
from queries.binding import bind
from queries.pool.answers import Request
from server import create_app
from server.config import Config
from server.pages.asking import ask, catalogued, lean, page
from server.pages.authorship import authorship, names_used, orcids, under_name
from server.pages.collection import Collection, collected

BELOW = "http://localhost:8000/id/publication/"
LONE, OTHER, B = "lone-paper-lmnopqrstuvw", "other-abcdefghijkl", "abcdefghijkl"


@pytest.fixture(scope="module")
def held(small_data):
    app = create_app(Config(data=small_data, workers=1))
    with app.test_request_context():
        yield app.extensions["quiver"]
    app.extensions["quiver"].close()


@pytest.fixture(scope="module")
def people(held):
    text = f"SELECT DISTINCT ?p {{ ?p <{terms.CANONICAL}> ?p ; a <{terms.AUTHOR}> }}"
    found = held.pool.run(Request(text, "text/csv"))
    return found.read().decode().split()[1:]


def read(held, person):
    return authorship(ask(held, page("authorship", person=person))[0], person, BELOW)


def test_papers_are_those_of_the_query_with_year_kinds_and_venue(held, people):
    told_of = 0
    for person in people:
        (table,) = ask(held, page("papers-of-author", person=person))
        papers = read(held, person).papers
        assert papers == collected(table)
        assert set(papers.own) == {row["publication"] for row in table}
        for one in papers.own:
            rows = [row for row in table if row["publication"] == one]
            assert {row.get("year", "None") for row in rows} == {str(papers.years.get(one))}
            assert {row["kind"] for row in rows if "kind" in row} == set(papers.kinds.get(one, ()))
            assert papers.venues.get(one, "") in {row.get("venue", "") for row in rows}
            told_of += 1
    assert told_of > 5


def test_co_authors_are_counted_as_by_the_query(held, people):
    some = 0
    for person in people:
        (table,) = ask(held, catalogued("co-authors", person=person))
        found = read(held, person)
        expected = {row["coauthor"]: int(row["papers"]) for row in table}
        assert dict(found.most(1000)) == expected
        assert [many for _, many in found.most(2)] == sorted(expected.values(), reverse=True)[:2]
        some += len(expected)
    assert some > 5


def test_new_co_authors_are_counted_as_by_the_query(held, people):
    for person in people:
        (table,) = ask(held, catalogued("co-author-growth", person=person))
        expected = [(row["year"], row["new"]) for row in table if row["new"] != "0"]
        assert [(row["year"], row["people"]) for row in read(held, person).met()] == expected


def test_names_are_those_of_the_query(held, people):
    for person in people:
        signed, rows, names = ask(
            held,
            page("signed-by-person", person=person),
            page("rows-as-said", person=person),
            catalogued("names-of-person", person=person),
        )
        assert names_used(signed, rows) == names


def test_names_of_a_row_with_signatures_of_several_sources_are_left_to_the_query():
    def said(prop, value):
        return {"row": "r", "property": prop, "value": value, "signed": "1"}

    rows = [{"row": name, "sourceName": f"source of {name}"} for name in ("r", "s")]
    one = [said(terms.PRINTED_NAME, "A. Quill"), said(terms.BY_AUTHOR, "r")]
    assert names_used(one, rows) == [
        {"printed": "A. Quill", "sourceName": "source of r", "times": "1"}
    ]
    assert names_used([*one, said(terms.BY_AUTHOR, "s")], rows) is None
    assert names_used([one[0], said(terms.BY_AUTHOR, "elsewhere")], rows) is None


def test_each_orcid_that_signatures_bear_is_told_once():
    signed = [
        {"row": row, "property": terms.ORCID, "value": "0000-0001", "signed": "2"} for row in "rs"
    ]
    assert orcids(signed) == [{"what": "signed", "value": "0000-0001"}]


def test_a_paper_of_no_kind_year_venue_or_company_is_there():
    table = [{"property": terms.AUTHORED_BY, "value": "me", "publications": LONE}]
    found = authorship(table, "me", BELOW)
    assert found.papers == Collection([f"{BELOW}{LONE}"], {}, {}, {})
    assert (found.most(5), found.met()) == ([], [])


def test_papers_under_a_name_are_those_of_the_query_by_person(held):
    text = f"SELECT DISTINCT ?c {{ ?row <{terms.IN_CLUSTER}> ?c }}"
    clusters = held.pool.run(Request(text, "text/csv")).read().decode().split()[1:]
    told_of = 0
    for cluster in clusters:
        found, table = ask(
            held,
            lean(page("signed-in-cluster", cluster=cluster)),
            page("papers-in-cluster", cluster=cluster),
        )
        work = under_name(found, BELOW)
        assert work.papers == collected(table)
        for one in work.papers.own:
            people = {person for person, own in work.together.items() if one in own}
            assert {row["person"] for row in table if row["publication"] == one} == people
            told_of += 1
    assert told_of > 5


def test_a_paper_under_a_name_of_which_nothing_else_is_known_is_there_once():
    table = [
        {"person": "me", "publications": f"{LONE} {OTHER}"},
        {
            "person": "you",
            "property": terms.TYPE,
            "value": terms.PUBLICATION,
            "publications": OTHER,
        },
        {"person": "me", "property": terms.YEAR, "value": "2016", "publications": f"{B} {B}"},
        {"person": "you", "property": terms.YEAR, "value": "2016", "publications": B},
    ]
    found = under_name(table, BELOW)
    lone, other = f"{BELOW}{LONE}", f"{BELOW}{OTHER}"
    assert found.papers == Collection([other, lone], {other: 2016}, {}, {})
    assert found.together == {"me": (lone, other), "you": (other,)}


def test_a_collection_counts_each_paper_for_its_year_its_venue_and_each_of_its_kinds():
    table = [
        {"publication": "p/a", "year": "2015", "venue": "v", "kind": "Talk"},
        {"publication": "p/a", "year": "2015", "venue": "v", "kind": "Film"},
        {"publication": "p/b", "year": "2016", "venue": "v"},
        {"publication": "p/c", "kind": "Film"},
    ]
    found = collected(table)
    assert (len(found), found.own) == (3, ["p/b", "p/a", "p/c"])
    assert (found.per_year(), found.span) == ({2015: 1, 2016: 1}, (2015, 2016))
    assert (found.per_venue(), found.per_kind()) == ({"v": 2}, {"Talk": 1, "Film": 2})
    assert collected([]).span == ()


def test_papers_of_a_name_are_read_from_its_rows_unless_somebody_of_another_name_has_some(held):
    text = f"SELECT DISTINCT ?c {{ ?row <{terms.IN_CLUSTER}> ?c }}"
    clusters = held.pool.run(Request(text, "text/csv")).read().decode().split()[1:]
    for cluster in clusters:
        names = ("signed-by-rows", "signed-in-cluster", "held-elsewhere")
        by_rows, every, elsewhere = ask(held, *(page(name, cluster=cluster) for name in names))
        assert not elsewhere
        assert under_name(by_rows, BELOW) == under_name(every, BELOW)


def test_a_signature_that_somebody_of_another_name_has_is_found(held):
    store = ox.Store()
    store.update(
        f"""BASE <http://localhost:8000/id/> PREFIX q: <{terms.Q}> INSERT DATA {{
        <row> q:inCluster <name> ; q:canonical <row> . <other> q:canonical <other> .
        <one> q:byAuthor <row> ; q:person <row> ; q:ofPublication <publication/{LONE}> .
        <two> q:byAuthor <row> ; q:person <other> ; q:ofPublication <publication/{OTHER}> .
        <publication/{LONE}> a q:Publication ; q:canonical <publication/{LONE}> .
        <publication/{OTHER}> a q:Publication ; q:canonical <publication/{OTHER}> }}"""
    )

    def found(name):
        query = held.catalogue.get(f"pages/{name}")
        bound = query.bind({"cluster": "http://localhost:8000/id/name"})
        return [
            [term.value for term in row if term] for row in store.query(bind(query.text, bound))
        ]

    assert found("held-elsewhere") == [["http://localhost:8000/id/two"]]
    assert {row[-1] for row in found("signed-in-cluster")} == {LONE, OTHER}
    assert {row[-1] for row in found("signed-by-rows")} == {LONE}
