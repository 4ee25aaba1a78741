"""What `quiver demo` makes, as a person finds it: held against SPARQL and against the shapes."""

import http.client
import os
import re
import subprocess
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from urllib.parse import urljoin

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from click.testing import CliRunner

import ontology
from ontology import terms
from queries.generations import Generations
from server import create_app
from server.cli import main
from server.config import Config
from tests.conftest import QUIVER
from tests.servers import HANGS, answers, free_port

SHACL = rdflib.Namespace("http://www.w3.org/ns/shacl#")
TYPE = ox.NamedNode(terms.TYPE)
PREFIX = f"PREFIX q: <{terms.Q}> "


@pytest.fixture(scope="module")
def client(demo):
    app = create_app(Config(data=demo.data, workers=1))
    yield app.test_client()
    app.extensions["quiver"].close()


def as_graph(triples):
    body = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
    return rdflib.Graph().parse(data=body, format="nt")


@pytest.fixture(scope="module")
def members(demo):
    """The entities of each class."""
    found = defaultdict(set)
    with Generations(demo.data).open() as reader:
        for quad in reader.store.engine.quads_for_pattern(None, TYPE, None):
            found[quad.object.value].add(quad.subject)
    return {of: sorted(entities, key=str) for of, entities in found.items()}


@pytest.fixture(scope="module")
def few(members):
    """A dozen of the entities of each class."""
    return {one for all_ in members.values() for one in all_[:: 1 + len(all_) // 12]}


@pytest.fixture(scope="module")
def graph(demo, few):
    """What the demo says of these few, and of which classes their values are."""
    with Generations(demo.data).open() as reader:
        engine = reader.store.engine
        said = {quad.triple for one in few for quad in engine.quads_for_pattern(one, None, None)}
        values = {triple.object for triple in said if not isinstance(triple.object, ox.Literal)}
        for value in values:
            said |= {quad.triple for quad in engine.quads_for_pattern(value, TYPE, None)}
        return as_graph(said)


def numbers(client, text):
    """The rows of a query, each a tuple of whole numbers."""
    answer = client.get("/sparql", query_string={"query": PREFIX + text, "format": "csv"})
    assert answer.status_code == 200, answer.text
    return [tuple(map(int, line.split(","))) for line in answer.text.split()[1:]]


def get(client, path, accept):
    """What a browser ends at, redirects followed."""
    while (answer := client.get(path, headers={"Accept": accept})).status_code in (302, 303):
        path = urljoin(path, answer.headers["Location"])
    assert answer.status_code == 200, path
    return answer


def read(client, path):
    """The text of a page, without its tags."""
    answer = get(client, path, "text/html")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text))


# ---- the command


def test_progress_is_shown_in_a_terminal(demo):
    assert "publishing" in demo.shown


def test_addresses_have_the_port_that_was_asked_for(tmp_path, monkeypatch):
    (tmp_path / "a.bib").write_text("@misc{a, title={On A}, author={B. C}}")
    monkeypatch.setattr("server.commands.demo.BUNDLE", {"a": str(tmp_path / "a.bib")})
    data = str(tmp_path / "data")
    done = CliRunner().invoke(main, ["demo", "--no-serve", "--port", "8123", "--data", data])
    assert "http://localhost:8123/name/Sergey%20Levine" in done.stdout
    with Generations(tmp_path / "data").open() as reader:
        assert reader.meta["base"] == "http://localhost:8123/"


def test_demo_serves_what_it_built(demo):
    port = free_port()
    with subprocess.Popen(
        [QUIVER, "demo", "--data", demo.data, "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if not name.startswith("QUIVER_")},
    ) as process:
        try:
            assert answers(port, process)
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=HANGS)) as client:
                client.request("GET", "/health")
                assert client.getresponse().status == 200
        finally:
            process.terminate()
            process.wait(HANGS)


# ---- the shapes


def test_a_part_of_the_graph_conforms_to_the_shapes(graph, few, shapes):
    nodes = [one.value for one in few if isinstance(one, ox.NamedNode)]
    conforms, _, text = pyshacl.validate(graph, shacl_graph=shapes, focus_nodes=nodes)
    assert conforms, text


@pytest.mark.thorough
def test_the_graph_conforms_to_the_shapes(demo, shapes):
    with Generations(demo.data).open() as reader:
        whole = as_graph(quad.triple for quad in reader.store.engine)
    conforms, _, text = pyshacl.validate(whole, shacl_graph=shapes)
    assert conforms, text


def test_a_record_that_breaks_is_reported(graph, members, few, shapes):
    paper = next(rdflib.URIRef(one.value) for one in members[terms.PUBLICATION] if one in few)
    said = [*graph.triples((paper, None, None)), (paper, rdflib.URIRef(terms.YEAR), rdflib.RDF.nil)]
    broken = rdflib.Graph()
    for triple in said:
        if triple[1] != rdflib.URIRef(terms.DC_TITLE):
            broken.add(triple)
    nodes = [str(paper)]
    conforms, report, _ = pyshacl.validate(broken, shacl_graph=shapes, focus_nodes=nodes)
    assert not conforms
    paths = set(report.objects(None, SHACL.resultPath))
    assert {rdflib.URIRef(terms.DC_TITLE), rdflib.URIRef(terms.YEAR)} <= paths
    assert paper in set(report.objects(None, SHACL.focusNode))


@pytest.fixture(scope="module")
def shapes():
    return rdflib.Graph().parse(Path(ontology.__file__).parent / "shapes.ttl")


# ---- counts


def test_home_counts_equal_those_of_sparql(client):
    canonical = "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?e a q:%s ; q:canonical ?c }"
    ((papers,),) = numbers(client, canonical % "Publication")
    ((records,),) = numbers(client, "SELECT (COUNT(?r) AS ?n) { ?r a q:Record }")
    page = read(client, "/")
    ((people,),) = numbers(client, canonical % "Author")
    assert f"{papers} publications, {people} people" in page
    assert f"descriptions of publications {records} " in page
    assert records == 727


def test_a_person_s_papers_are_counted_once(client):
    rows = numbers(
        client,
        "SELECT (COUNT(?p) AS ?n) (COUNT(DISTINCT ?p) AS ?d) { ?p q:authoredBy ?a } GROUP BY ?a",
    )
    assert len(rows) > 500
    assert all(count == distinct for count, distinct in rows)
    assert max(rows)[0] > 300


def test_no_two_names_of_one_paper_are_one_person(client):
    rows = numbers(
        client,
        "SELECT (COUNT(?s) AS ?n) { ?s q:ofPublication ?p ; q:role 'author' ; q:ordinal ?o ;"
        " q:person/q:canonical ?c } GROUP BY ?p ?c",
    )
    assert len(rows) > 2000
    assert set(rows) == {(1,)}


def test_few_of_all_pairs_are_compared(client):
    ((rows,),) = numbers(client, "SELECT (COUNT(?a) AS ?n) { ?a a q:Person ; q:source ?s }")
    ((matches,),) = numbers(client, "SELECT (COUNT(?m) AS ?n) { ?m a q:Match ; q:rule 'authors' }")
    assert 300 < matches < rows * (rows - 1) / 2 / 50


def test_each_match_has_a_score_and_terms(client):
    ((matches,),) = numbers(client, "SELECT (COUNT(?m) AS ?n) { ?m a q:Match }")
    ((told,),) = numbers(
        client,
        "SELECT (COUNT(DISTINCT ?m) AS ?n) { ?m a q:Match ; q:score ?score ; ?term ?weight ."
        " ?term <http://www.w3.org/2000/01/rdf-schema#subPropertyOf> q:evidence }",
    )
    assert matches == told > 700


# ---- pages and documents


def test_name_page_shows_declared_beside_held_and_leads_to_persons(client):
    page = read(client, "/name/Sergey%20Levine")
    assert "arrow 328 329" in page
    assert "exact" in page
    assert "not a full identity disambiguation profile" in page
    assert "why joined" in page


def test_an_entity_of_each_class_dereferences_to_turtle_that_contains_it(
    client, graph, members, demo
):
    found = set()
    for name in ("Publication", "Author", "Venue", "NameCluster", "Signature", "Record", "Work"):
        entity = rdflib.URIRef(members[terms.Q + name][0].value)
        assert entity.startswith(f"{demo.base}id/")
        path = entity.removeprefix(demo.base.rstrip("/"))
        said = rdflib.Graph().parse(data=get(client, path, "text/turtle").data, format="turtle")
        assert set(graph.predicate_objects(entity)) <= set(said.predicate_objects(entity))
        found.add(name)
    assert len(found) == 7


@pytest.mark.parametrize("typed", ["Sid Reddy", "Siddharth Reddy"])
def test_one_person_under_two_names_is_found_by_either_and_shown_with_both(client, typed):
    page = read(client, f"search?kind=author&q={typed.replace(' ', '+')}")
    assert "Siddharth Reddy 10 papers also Sid Reddy 2018-2023" in page
    assert "these come nearest" not in page


def test_why_says_that_shared_co_authors_told_nothing_and_what_the_terms_mean(client):
    why = get(client, "/explain?a=Sid+Reddy&b=Siddharth+Reddy", "text/html").text
    assert "They add nothing to the score" in why
    assert '/ontology#evidenceRarity">rarity</a>' in why
    ontology_page = get(client, "/ontology", "text/html").text
    assert 'id="evidenceRarity"' in ontology_page


GPLAC = "GPLAC: Generalizing Vision-Based Robotic Skills Using Weakly Labeled Images"


@pytest.mark.parametrize(
    "typed",
    [
        "10.1109/ICCV.2017.623",
        "doi:10.1109/iccv.2017.623",
        " https://doi.org/10.1109/iccv.2017.623",
        "http://localhost:8000/id/publication/singh2017iccv-gplac-b44tg66syprl",
    ],
)
def test_an_identifier_finds_what_has_it(client, typed):
    told = client.get("/search.json", query_string={"q": typed}).json
    assert [hit["label"] for hit in told["hits"]] == [GPLAC]
    assert not told["corrected"]
    assert client.get("/search.json", query_string={"q": typed, "kind": "venue"}).json["total"] == 0
