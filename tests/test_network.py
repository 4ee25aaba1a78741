"""The graph of co-authors: its nodes and edges agree with SPARQL."""

from urllib.parse import quote

import pytest

from server import create_app
from server.config import Config
from server.pages.network import LARGEST, MOST, drawn

Q = "PREFIX q: <https://w3id.org/quiver/ontology#> "


@pytest.fixture(scope="module")
def client(demo):
    app = create_app(Config(data=demo.data, workers=1))
    yield app.test_client()
    app.extensions["quiver"].close()


def rows(client, text):
    found = client.post("/sparql", data={"query": text, "format": "json"}).json
    return [{k: v["value"] for k, v in row.items()} for row in found["results"]["bindings"]]


def test_nodes_and_edges_count_what_sparql_counts(client):
    (busiest,) = rows(
        client,
        Q + "SELECT ?who (COUNT(?p) AS ?n) { ?p q:authoredBy ?who } "
        "GROUP BY ?who ORDER BY DESC(?n) LIMIT 1",
    )
    told = client.get(f"/network.json?person={quote(busiest['who'])}").json
    first, second = told["nodes"][:2]
    assert (first["id"], first["papers"]) == (busiest["who"], int(busiest["n"]))
    assert len(told["nodes"]) == MOST + 1
    edge = next(
        one
        for one in told["edges"]
        if {one["source"], one["target"]} == {first["id"], second["id"]}
    )
    (counted,) = rows(
        client,
        Q + f"SELECT (COUNT(?p) AS ?n) {{ ?p q:authoredBy <{first['id']}>, <{second['id']}> }}",
    )
    assert edge["papers"] == second["papers"] == int(counted["n"])
    assert client.get("/" + second["href"].lstrip("./")).status_code == 200


def test_who_has_no_papers_has_no_graph(client):
    assert client.get("/network.json").status_code == 400
    assert client.get("/network.json?person=author/nobody-aaaaaaaaaaaa").status_code == 404


def test_a_paper_of_hundreds_joins_nobody():
    crowd = {f"a{n}" for n in range(LARGEST + 1)}
    nodes, edges = drawn("a0", [crowd, {"a0", "a1"}])
    assert edges == {("a0", "a1"): 1}
    assert nodes["a0"] == nodes["a1"] == 2
    assert next(iter(nodes)) == "a0"
