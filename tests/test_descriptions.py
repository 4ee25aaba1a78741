"""All descriptions of a publication in one query, beside the queries that ask for parts of it."""

import pytest

from ontology import terms
from queries.pool.answers import Request
from server import create_app
from server.config import Config
from server.pages.asking import ask, catalogued, page
from server.pages.descriptions import described

SIGNATURES = f"""
SELECT ?member ?signature ?role ?ordinal ?printed ?person ?personName WHERE {{
  <%s> <{terms.CANONICAL}> ?canonical . ?member <{terms.CANONICAL}> ?canonical .
  ?signature <{terms.OF_PUBLICATION}> ?member ; <{terms.ROLE}> ?role ;
    <{terms.PRINTED_NAME}> ?printed ; <{terms.PERSON_PROPERTY}> ?holder .
  ?holder <{terms.CANONICAL}> ?person .
  OPTIONAL {{ ?signature <{terms.ORDINAL}> ?ordinal }}
  OPTIONAL {{ ?person <{terms.LABEL}> ?personName }}
}}"""


@pytest.fixture(scope="module")
def held(small_data):
    app = create_app(Config(data=small_data, workers=1))
    with app.test_request_context():
        yield app.extensions["quiver"]
    app.extensions["quiver"].close()


def column(held, text):
    body = held.pool.run(Request(text, "text/csv")).read().decode()
    return [line.split(",") for line in body.split("\r\n")[1:-1]]


@pytest.fixture(scope="module")
def publications(held):
    return [row[0] for row in column(held, f"SELECT DISTINCT ?p {{ ?p a <{terms.PUBLICATION}> }}")]


def rows(table, names):
    return sorted(tuple(row.get(name, "") for name in names) for row in table)


def test_records_are_those_of_the_query_that_the_page_links_to(held, publications):
    names = ["member", "record", "source", "sourceName", "licence", "file", "key", "line", "repair"]
    for iri in publications:
        (expected,) = ask(held, page("member-records", publication=iri))
        found = described(held, iri).records
        assert rows(found, names) == rows(expected, names), iri
        assert [row["sourceName"] for row in found] == [row["sourceName"] for row in expected]


def test_signatures_lead_to_who_stands_for_the_rows_that_signed(held, publications):
    names = ["member", "signature", "role", "ordinal", "printed", "person", "personName"]
    several = 0
    for iri in publications:
        found = rows(described(held, iri).signatures, names)
        assert found == sorted(tuple(row) for row in column(held, SIGNATURES % iri)), iri
        several += len({row[0] for row in found}) > 1
    assert several


def test_statements_are_all_that_any_description_says(held, publications):
    for iri in publications:
        found = {(row["member"], row["property"]) for row in described(held, iri).statements}
        text = f"""SELECT DISTINCT ?m ?p {{ <{iri}> <{terms.CANONICAL}> ?c .
            ?m <{terms.CANONICAL}> ?c ; ?p ?o }}"""
        assert found == {tuple(row) for row in column(held, text)}


def test_versions_and_comparisons_are_found_wherever_there_are_some(held, publications):
    some = {"versions": 0, "compared": 0}
    for iri in publications:
        expected = ask(
            held, catalogued("versions", publication=iri), page("matches-of", entity=iri)
        )
        found = described(held, iri)
        for name, table in zip(some, expected, strict=True):
            assert getattr(found, name) == table, (iri, name)
            some[name] += len(table)
    assert all(some.values()), some


def test_nothing_is_told_of_what_is_not_known(held):
    found = described(held, "http://localhost:8000/id/publication/nowhere-aaaaaaaaaaaa")
    assert (found.statements, found.records, found.signatures) == ([], [], [])


def test_what_most_publications_lack_is_not_asked_for(held, publications, monkeypatch):
    asked = []
    whole = held.pool.batch
    monkeypatch.setattr(held.pool, "batch", lambda wanted: asked.append(1) or whole(wanted))
    for iri in publications:
        described(held, iri)
    assert len(asked) < 2 * len(publications)
