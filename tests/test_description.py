"""What the service says of itself, held against what it does."""

import json
import time

import pyoxigraph as ox
import pytest
from rdflib import RDF, Graph, Namespace, URIRef

from ingest.resolution.functions import FUNCTIONS
from ontology import terms
from tests.servers import HANGS, publish, running_inside

SH = Namespace("http://www.w3.org/ns/shacl#")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
VOID = Namespace("http://rdfs.org/ns/void#")
BASE = "http://localhost:8000/"
RDF_TYPES = ["text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"]


def graph(reply):
    assert reply.status == 200, reply.text
    # Not by rdflib's own readers: that of JSON-LD warns of its own parts.
    found = ox.parse(reply.body, ox.RdfFormat.from_media_type(reply.media_type))
    body = ox.serialize((quad.triple for quad in found), format=ox.RdfFormat.N_TRIPLES)
    return Graph().parse(data=body, format="nt")


def counted(library, text):
    rows = library.query(text).json()["results"]["bindings"]
    return {row["key"]["value"]: int(row["number"]["value"]) for row in rows}


@pytest.mark.parametrize("accept", [None, "*/*", *RDF_TYPES])
def test_service_description_is_rdf(library, accept):
    reply = library.get("/sparql", accept)
    assert reply.media_type == (accept if accept in RDF_TYPES else "text/turtle")
    assert len(graph(reply))


def test_service_description_names_the_endpoint(library):
    found = graph(library.get("/sparql"))
    (service,) = found.subjects(RDF.type, SD.Service)
    assert list(found.objects(service, SD.endpoint)) == [URIRef(f"{BASE}sparql")]


def test_service_description_keeps_to_the_schema(library):
    found = graph(library.get("/sparql"))
    (service,) = found.subjects(RDF.type, SD.Service)
    assert set(found.objects(service, SD.supportedLanguage)) == {
        SD.SPARQL10Query, SD.SPARQL11Query, SD.SPARQL11Update
    }  # fmt: skip
    assert list(found.objects(service, SD.feature)) == [SD.UnionDefaultGraph]
    functions = {str(one) for one in found.objects(service, SD.extensionFunction)}
    assert functions == {function.value for function in FUNCTIONS}
    assert len(set(found.objects(service, SD.resultFormat))) == 10
    (dataset,) = found.objects(service, SD.defaultDataset)
    assert (dataset, RDF.type, SD.Dataset) in found
    (default,) = found.objects(dataset, SD.defaultGraph)
    assert (default, RDF.type, SD.Graph) in found
    for named in found.objects(dataset, SD.namedGraph):
        assert (named, RDF.type, SD.NamedGraph) in found
        assert len(list(found.objects(named, SD.name))) == 1
        (one,) = found.objects(named, SD.graph)
        assert (one, RDF.type, SD.Graph) in found
    for predicate in set(found.predicates()):
        if predicate.startswith(SD):
            assert predicate.removeprefix(SD) in {
                "endpoint", "supportedLanguage", "feature", "resultFormat", "inputFormat",
                "defaultDataset", "defaultGraph", "namedGraph", "name", "graph",
                "extensionFunction",
            }  # fmt: skip


def test_named_graphs_and_their_counts(library):
    found = graph(library.get("/sparql"))
    (dataset,) = found.subjects(RDF.type, SD.Dataset)
    counts = {}
    for named in found.objects(dataset, SD.namedGraph):
        triples = found.value(found.value(named, SD.graph), VOID.triples)
        counts[str(found.value(named, SD.name))] = int(triples)
    assert counts == counted(
        library, "SELECT ?key (COUNT(*) AS ?number) { GRAPH ?key { ?s ?p ?o } } GROUP BY ?key"
    )
    assert f"{BASE}graph/links" in counts


def test_read_only_server_offers_no_update(tmp_path):
    publish(tmp_path / "data", "")
    with running_inside(tmp_path / "data", read_only=True) as served:
        languages = set(graph(served.get("/sparql")).objects(None, SD.supportedLanguage))
        assert SD.SPARQL11Update not in languages
        assert served.update("CLEAR DEFAULT").status == 403


def test_browser_gets_the_editor(library):
    assert library.get("/sparql", "text/html,*/*;q=0.8").media_type == "text/html"


def test_void_counts_the_live_graph(library):
    found = graph(library.get("/.well-known/void"))
    dataset = URIRef(BASE)
    assert (dataset, RDF.type, VOID.Dataset) in found
    assert str(found.value(dataset, VOID.uriSpace)) == f"{BASE}id/"
    assert found.value(dataset, VOID.sparqlEndpoint) == URIRef(f"{BASE}sparql")
    total = counted(library, "SELECT ('n' AS ?key) (COUNT(*) AS ?number) { ?s ?p ?o }")["n"]
    assert int(found.value(dataset, VOID.triples)) == total
    classes = {
        str(found.value(part, VOID["class"])): int(found.value(part, VOID.entities))
        for part in found.objects(dataset, VOID.classPartition)
    }
    assert classes == counted(
        library, "SELECT ?key (COUNT(DISTINCT ?s) AS ?number) { ?s a ?key } GROUP BY ?key"
    )
    properties = {
        str(found.value(part, VOID.property)): int(found.value(part, VOID.triples))
        for part in found.objects(dataset, VOID.propertyPartition)
    }
    assert properties == counted(
        library, "SELECT ?key (COUNT(*) AS ?number) { ?s ?key ?o } GROUP BY ?key"
    )


def test_void_tells_of_links_to_others(library):
    found = graph(library.get("/.well-known/void"))
    (linkset,) = found.subjects(RDF.type, VOID.Linkset)
    assert int(found.value(linkset, VOID.triples)) == 1
    target = found.value(linkset, VOID.objectsTarget)
    assert str(found.value(target, VOID.uriSpace)) == "https://doi.org/"


@pytest.mark.parametrize("path", ["/ontology", "/shapes"])
@pytest.mark.parametrize("accept", RDF_TYPES)
def test_ontology_and_shapes_in_every_format(library, path, accept):
    reply = library.get(path, accept)
    assert reply.media_type == accept
    assert len(graph(reply)) == len(graph(library.get(f"{path}.ttl"))) > 50


def test_ontology_is_a_page_for_browsers(library):
    assert library.get("/ontology", "text/html").media_type == "text/html"


def test_context_is_served(library):
    reply = library.get("/context.jsonld")
    assert reply.media_type == "application/ld+json"
    assert "@context" in reply.json()


def test_catalog_of_interfaces(library):
    reply = library.get("/.well-known/api-catalog")
    assert reply.media_type == "application/linkset+json"
    assert json.loads(reply.body)["linkset"][0]["anchor"] == f"{BASE}sparql"


@pytest.mark.parametrize("path", ["/.well-known/void", "/sparql", "/ontology", "/shapes"])
def test_conditional_requests_and_406(library, path):
    tag = library.get(path, "text/turtle").headers["ETag"]
    assert library.get(path, "text/turtle", If_None_Match=tag).status == 304
    assert library.get(path, "image/png").status == 406


def test_description_follows_the_generation(tmp_path):
    data = tmp_path / "data"
    publish(data, f"<{BASE}graph/shared> {{ <http://e/s> <http://e/p> 1 }}")
    with running_inside(data) as served:
        assert int(graph(served.get("/.well-known/void")).value(URIRef(BASE), VOID.triples)) == 1
        publish(data, f"<{BASE}graph/shared> {{ <http://e/s> <http://e/p> 1, 2 }}")
        assert int(graph(served.get("/.well-known/void")).value(URIRef(BASE), VOID.triples)) == 2


def test_formats_named_are_formats_given(library):
    names = {str(name) for name in graph(library.get("/sparql")).objects(None, SD.resultFormat)}
    assert all(name.startswith("http://www.w3.org/ns/formats/") for name in names)
    for suffix in ("srj", "srx", "csv", "tsv"):
        assert library.query("ASK {}", format=suffix).status == 200
    for suffix in ("ttl", "nt", "nq", "trig", "rdf", "jsonld"):
        reply = library.query("CONSTRUCT { ?s a ?o } { ?s a ?o }", format=suffix)
        assert list(ox.parse(reply.body, ox.RdfFormat.from_media_type(reply.media_type)))


# What editors with completions ask of a dataset's description.
PATHS = """
PREFIX void: <http://rdfs.org/ns/void#>
PREFIX void-ext: <http://ldf.fi/void-ext#>
SELECT ?class ?property ?to ?datatype ?triples WHERE {
  ?part void:class ?class ; void:propertyPartition ?of . ?of void:property ?property .
  { ?of void:classPartition ?end . ?end void:class ?to }
  UNION { ?of void-ext:datatypePartition ?end . ?end void-ext:datatype ?datatype }
  OPTIONAL { ?end void:triples ?triples }
}"""
BY_CLASS = """
SELECT ?class ?property ?to (COUNT(*) AS ?triples) WHERE {
  ?s a ?class ; ?property ?o . FILTER(isIRI(?o)) ?o a ?to
} GROUP BY ?class ?property ?to"""
BY_DATATYPE = """
SELECT ?class ?property ?datatype (COUNT(*) AS ?triples) WHERE {
  ?s a ?class ; ?property ?o . FILTER(isLiteral(?o)) BIND(DATATYPE(?o) AS ?datatype)
} GROUP BY ?class ?property ?datatype"""


def paths(served):
    """Class, property and what it leads to, with the number of triples, as VoID has them."""
    rows = graph(served.get("/.well-known/void")).query(PATHS)
    return {
        (str(row["class"]), str(row.property), str(row.to or row.datatype)): row.triples
        and int(row.triples)
        for row in rows
    }


def asked(served, text, end):
    rows = served.query(text).json()["results"]["bindings"]
    return {
        (row["class"]["value"], row["property"]["value"], row[end]["value"]): int(
            row["triples"]["value"]
        )
        for row in rows
    }


def eventually(condition):
    """Wait for something that has to come; fail when it does not."""
    end = time.monotonic() + HANGS
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def test_void_tells_what_each_class_says_and_leads_to(library):
    eventually(lambda: all(paths(library).values()) and paths(library))
    truth = asked(library, BY_CLASS, "to") | asked(library, BY_DATATYPE, "datatype")
    assert paths(library) == truth
    assert len(truth) > 20


@pytest.mark.thorough
def test_partitions_of_an_older_generation_have_no_numbers(serving, tmp_path):
    data = tmp_path / "data"
    serving.publish(
        data, f"<{BASE}graph/shared> {{ <http://e/s> a <http://e/C> ; <http://e/p> 1 }}"
    )
    with serving(data, workers=1) as served:
        key = ("http://e/C", "http://e/p", "http://www.w3.org/2001/XMLSchema#integer")
        eventually(lambda: paths(served).get(key) == 1)
        more = "<http://e/s> a <http://e/C> ; <http://e/p> 1, 2"
        serving.publish(data, f"<{BASE}graph/shared> {{ {more} }}")
        assert paths(served).get(key) in (None, 2)
        eventually(lambda: paths(served).get(key) == 2)


@pytest.mark.parametrize("path", ["/.well-known/void", "/sparql"])
def test_prefixes_are_declared_for_editors(library, path):
    found = graph(library.get(path))
    declared = {
        str(found.value(name, SH.prefix)): str(found.value(name, SH.namespace))
        for name in found.objects(URIRef(f"{BASE}sparql"), SH.declare)
    }
    assert declared == terms.PREFIXES
