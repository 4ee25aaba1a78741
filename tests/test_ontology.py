"""The five files of the ontology hold each other: terms, definitions, shapes, context, IRIs."""

import json
import re
from pathlib import Path

import pyshacl
import pytest
import rdflib
from rdflib.namespace import OWL, RDF, RDFS, SKOS

from ontology import terms

FOLDER = Path(terms.__file__).parent
FUNCTION = rdflib.URIRef("http://www.w3.org/ns/sparql-service-description#Function")
KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, FUNCTION)
SHACL = rdflib.Namespace("http://www.w3.org/ns/shacl#")
SCHEMA = rdflib.Namespace("https://schema.org/")
BROKEN = """
@prefix q: <https://w3id.org/quiver/ontology#> .
<x:paper> a q:Publication ; q:year "nineteen" .
<x:signature> a q:Signature ; q:role "bystander" .
"""


@pytest.fixture(scope="module")
def ontology():
    return rdflib.Graph().parse(FOLDER / "quiver.ttl")


@pytest.fixture(scope="module")
def shapes():
    return rdflib.Graph().parse(FOLDER / "shapes.ttl")


@pytest.fixture(scope="module")
def context():
    return json.loads((FOLDER / "context.jsonld").read_text())["@context"]


def defined(ontology, kinds=KINDS):
    return {str(s) for kind in kinds for s in ontology.subjects(RDF.type, kind)}


def own_constants():
    return {
        value
        for value in vars(terms).values()
        if isinstance(value, str) and value.startswith(terms.Q) and value != terms.Q
    }


def test_a_constant_for_every_term_and_a_term_for_every_constant(ontology):
    assert own_constants() == defined(ontology)


def test_constants_of_other_vocabularies_name_a_term():
    for name, value in vars(terms).items():
        if name.isupper() and isinstance(value, str) and not value.startswith(terms.Q):
            assert re.fullmatch(r"https?://[^\s]+[#/](\w+)?", value), name
    for prefix, namespace in terms.PREFIXES.items():
        assert re.fullmatch(r"https?://[^\s]+[#/]", namespace), prefix


@pytest.mark.parametrize("needed", [RDFS.label, SKOS.definition, RDFS.isDefinedBy])
def test_every_term_is_described_once(ontology, needed):
    for term in defined(ontology):
        assert len(list(ontology.objects(rdflib.URIRef(term), needed))) == 1, (term, needed)


def test_every_property_says_its_scope(ontology):
    for term in defined(ontology, KINDS[1:3]):
        assert ontology.value(rdflib.URIRef(term), SCHEMA.domainIncludes), term


def test_no_functional_or_disjointness_axiom(ontology):
    for axiom in (OWL.FunctionalProperty, OWL.InverseFunctionalProperty, OWL.AllDisjointClasses):
        assert not list(ontology.subjects(RDF.type, axiom))
    assert not list(ontology.triples((None, OWL.disjointWith, None)))


def test_references_within_the_ontology_resolve(ontology):
    known = defined(ontology)
    for triple in ontology:
        for node in triple:
            if isinstance(node, rdflib.URIRef) and str(node).startswith(terms.Q):
                assert str(node) in known or str(node) == terms.Q, node


def test_shapes_speak_only_of_defined_terms(ontology, shapes):
    known = defined(ontology)
    used = {str(n) for t in shapes for n in t if str(n).startswith(terms.Q)}
    assert used <= known


def test_a_node_shape_for_every_top_class(ontology, shapes):
    shaped = {str(o) for o in shapes.objects(None, SHACL.targetClass)}
    tops = {
        term
        for term in defined(ontology, KINDS[:1])
        if not any(
            str(o).startswith(terms.Q)
            for o in ontology.objects(rdflib.URIRef(term), RDFS.subClassOf)
        )
    }
    assert tops <= shaped


def test_shapes_report_a_broken_record(shapes):
    data = rdflib.Graph().parse(data=BROKEN, format="turtle")
    conforms, report, _ = pyshacl.validate(data, shacl_graph=shapes)
    paths = {
        str(p).rsplit("/", 1)[-1].rsplit("#", 1)[-1] for p in report.objects(None, SHACL.resultPath)
    }
    assert not conforms
    assert {"year", "role", "title", "ofPublication"} <= paths


def test_the_context_names_every_term(ontology, context):
    for term in defined(ontology, KINDS[:3]):
        local = term[len(terms.Q) :]
        entry = context[local]
        iri = entry["@id"] if isinstance(entry, dict) else entry
        assert iri == f"q:{local}"


def test_the_context_types_as_the_ontology_does(ontology, context):
    for term in defined(ontology, (OWL.ObjectProperty,)):
        assert context[term[len(terms.Q) :]]["@type"] == "@id"
    for term in defined(ontology, (OWL.DatatypeProperty,)):
        declared = ontology.value(rdflib.URIRef(term), RDFS.range)
        entry = context[term[len(terms.Q) :]]
        if isinstance(entry, dict):
            assert str(declared).endswith("#" + entry["@type"].removeprefix("xsd:"))
