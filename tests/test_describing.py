"""The description of the dataset that the store itself holds, held against what queries find."""
# ruff: noqa: E501 (queries)

import time

import pyoxigraph as ox
import pytest

from ingest import pipeline
from ontology import terms
from queries.catalogue import Catalogue
from queries.generations import Generations
from queries.writes.upkeep import Chores
from server.tokens import Tokens
from server.upkeep import LOOK, QUIET
from tests.test_description import BY_CLASS, BY_DATATYPE, PATHS, SH, eventually

BIBTEX = """@inproceedings{{one, title={{A First Paper}}, author={{Ada Lovelace and Bo Bowyer}},
  booktitle={{NeurIPS}}, year={{2020}}, doi={{10.1234/one}}}}
@article{{two, title={{A Second Paper}}, author={{Ada Lovelace and {name}}}, journal={{JMLR}}, year={{2021}}}}
"""
VOID = "PREFIX void: <http://rdfs.org/ns/void#> "
# What editors ask: of the whole, by class, by property.
TOLD = {
    "all": "SELECT ('all' AS ?key) ?n { ?d a void:Dataset ; void:sparqlEndpoint ?e ; void:triples ?n }",
    "class": "SELECT ?key ?n { ?d void:classPartition ?p . ?p void:class ?key ; void:entities ?n }",
    "property": "SELECT ?key ?n { ?d void:classes ?c ; void:propertyPartition ?p . ?p void:property ?key ; void:triples ?n }",
    "links": "SELECT ?key ?n { ?l a void:Linkset ; void:linkPredicate ?key ; void:triples ?n }",
}
TRUE = {
    "all": "SELECT ('all' AS ?key) (COUNT(*) AS ?n) { ?s ?p ?o }",
    "class": "SELECT ?key (COUNT(DISTINCT ?s) AS ?n) { ?s a ?key } GROUP BY ?key",
    "property": "SELECT ?key (COUNT(*) AS ?n) { ?s ?key ?o } GROUP BY ?key",
    "links": f"SELECT ?key (COUNT(*) AS ?n) {{ VALUES ?key {{ <{terms.IDENTIFIER_IRI}> }} ?s ?key ?o }} GROUP BY ?key",
}
TWICE = "SELECT * { GRAPH ?g { ?s ?p ?o } GRAPH ?h { ?s ?p ?o } FILTER(STR(?g) < STR(?h)) }"


def load(data, name="Cy Cobb", replace=False):
    file = data.parent / "papers.bib"
    file.write_text(BIBTEX.format(name=name))
    pipeline.load(data, [file], base="http://localhost:8000/", replace=replace)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    data = tmp_path_factory.mktemp("described") / "data"
    load(data)
    assert Chores(data, 512 << 20).describe() == 2
    return data


def rows(data, text):
    with Generations(data).open() as reader:
        found = reader.store.engine.query(text, use_default_graph_as_union=True)
        return sorted(tuple(str(getattr(x, "value", x)) for x in row) for row in found)


@pytest.mark.parametrize("what", TOLD)
def test_what_is_told_is_what_a_query_finds(loaded, what):
    assert rows(loaded, VOID + TOLD[what]) == rows(loaded, TRUE[what])


def test_paths_of_each_class_are_those_that_a_query_finds(loaded):
    told = rows(loaded, PATHS.replace("?class ?property ?to ?datatype ?triples", "?class ?property (COALESCE(?to, ?datatype) AS ?value) ?triples"))  # fmt: skip
    assert told == sorted(rows(loaded, BY_CLASS) + rows(loaded, BY_DATATYPE))
    assert len(told) > 50


def test_prefixes_are_declared_in_the_store(loaded):
    asked = f"SELECT ?p ?n {{ GRAPH <http://localhost:8000/graph/ontology> {{ ?o <{SH.declare}> ?d . ?d <{SH.prefix}> ?p ; <{SH.namespace}> ?n }} }}"
    assert rows(loaded, asked) == sorted(terms.PREFIXES.items())


# How SIB's editor asks a store for its examples; each with the prefixes that it leads to.
EXAMPLES = f"""SELECT ?example ?label ?comment ?query ?target (COUNT(?declared) AS ?prefixes) {{
  GRAPH <http://localhost:8000/graph/about> {{
    ?example a <{SH.SPARQLExecutable}> ; <{terms.LABEL}> ?label ; <{terms.COMMENT}> ?comment ;
      <{SH.select}>|<{SH.ask}>|<{SH.construct}> ?query ; <{terms.SCHEMA}target> ?target ;
      <{SH.prefixes}> ?ontology }}
  ?ontology <{SH.declare}> ?declared . ?declared <{SH.prefix}> ?prefix ; <{SH.namespace}> ?space
}} GROUP BY ?example ?label ?comment ?query ?target"""


def test_the_catalogue_stands_in_the_store_as_examples_for_editors(loaded):
    found = rows(loaded, EXAMPLES)
    assert [row[:4] for row in found] == sorted(
        (f"http://localhost:8000/queries/{one.name}", one.title, one.description, one.text)
        for one in Catalogue.bundled()
    )
    assert {row[4:] for row in found} == {
        ("http://localhost:8000/sparql", str(len(terms.PREFIXES)))
    }


def test_no_triple_stands_in_two_graphs(loaded):
    assert rows(loaded, TWICE) == []


def test_counts_are_carried_forward(loaded):
    with Generations(loaded).open() as reader:
        size = len(list(reader.store.engine.quads_for_pattern(None, None, None, ox.NamedNode("http://localhost:8000/graph/about"))))  # fmt: skip
        counts = (reader.path / "counts.json").read_text()
    assert f'"about": {size}' in counts


def test_a_description_takes_the_place_of_the_one_before(tmp_path):
    data = tmp_path / "data"
    load(data)
    chores = Chores(data, 512 << 20)
    chores.describe()
    load(data, "Di Dodd", replace=True)
    assert chores.describe() == 4
    for what in TOLD:
        assert rows(data, VOID + TOLD[what]) == rows(data, TRUE[what])
    assert chores.describe() == 5  # again, of the same
    assert rows(data, VOID + TOLD["all"]) == rows(data, TRUE["all"])


@pytest.mark.thorough
def test_rollback_takes_back_the_write_not_its_description(tmp_path):
    data = tmp_path / "data"
    load(data)
    Chores(data, 512 << 20).describe()
    load(data, "Di Dodd", replace=True)
    Chores(data, 512 << 20).describe()
    Chores(data, 512 << 20).settle()
    assert Generations(data).current() == 5
    assert Generations(data).rollback() == 2


@pytest.mark.thorough
def test_settling_keeps_a_description_true(tmp_path):
    data = tmp_path / "data"
    load(data)
    chores = Chores(data, 512 << 20)
    chores.describe()
    chores.settle()
    with Generations(data).open() as reader:
        assert reader.meta["described"] == reader.number == 3


def test_nothing_is_described_over_somebody_who_writes(tmp_path):
    data = tmp_path / "data"
    load(data)
    with Generations(data).write():
        assert Chores(data, 512 << 20).describe() is None
    assert Generations(data).current() == 1


@pytest.mark.thorough
def test_server_leaves_a_store_that_is_too_large(serving, tmp_path):
    data = tmp_path / "data"
    load(data)
    with serving(data, workers=1, describe_up_to=10) as served:
        time.sleep(LOOK + QUIET + 0.5)
        assert served.get("/health").json()["generation"] == 1


@pytest.mark.thorough
def test_server_keeps_the_description_true(serving, tmp_path):
    data = tmp_path / "data"
    load(data)

    def told():
        answer = served.query(VOID + TOLD["all"], "text/csv").text.split()
        return answer[1:] and answer == served.query(TRUE["all"], "text/csv").text.split()

    with serving(data, workers=1) as served:
        eventually(told)
        token = Tokens(data).new("writer", ["write"])
        text = (
            "INSERT DATA { GRAPH <http://e/g> { <http://e/s> a <http://e/New> ; <http://e/p> 1 } }"
        )
        assert served.update(text, token).status == 204
        assert not told()
        eventually(told)
        asked = f"{VOID} SELECT ?n {{ ?p void:class <http://e/New> ; void:entities ?n }}"
        assert served.query(asked, "text/csv").text.split() == ["n", "1"]
        shown = served.get("/.well-known/void", "application/n-triples").text
        assert "http://e/New" in shown
        stored = served.query("CONSTRUCT { ?s ?p ?o } { GRAPH <http://localhost:8000/graph/about> { ?s ?p ?o } FILTER(CONTAINS(STR(?s), 'well-known')) }", "application/n-triples").text  # fmt: skip
        assert set(stored.splitlines()) <= set(shown.splitlines())
