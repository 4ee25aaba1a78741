"""The catalogue in RDF: each query as an executable of SHACL, as SPARQL editors read examples.

As SIB's collection of examples has them: `sh:prefixes` leads to where prefixes are declared, which
is our ontology; editors read examples and declarations from the store itself.
"""

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from ontology import terms
from queries.catalogue import Query

ONTOLOGY = terms.Q.rstrip("#")
SHACL = "http://www.w3.org/ns/shacl#"
PREFIXES = {"sh": SHACL, "schema": terms.SCHEMA, "rdfs": terms.RDFS}
# The form of a query: the class of its executable, and the property that has the text.
FORMS = {
    "SELECT": ("SPARQLSelectExecutable", "select"),
    "ASK": ("SPARQLAskExecutable", "ask"),
    "CONSTRUCT": ("SPARQLConstructExecutable", "construct"),
    "DESCRIBE": ("SPARQLDescribeExecutable", "describe"),
}


def executables(queries: Iterable[Query], base: str) -> Iterator[ox.Triple]:
    """What is told of each query; its IRI is the address of its form."""
    for query in queries:
        kind, prop = FORMS[query.form]
        said: tuple[tuple[str, ox.NamedNode | ox.Literal], ...] = (
            (terms.TYPE, ox.NamedNode(f"{SHACL}SPARQLExecutable")),
            (terms.TYPE, ox.NamedNode(f"{SHACL}{kind}")),
            (terms.LABEL, ox.Literal(query.title)),
            (terms.COMMENT, ox.Literal(query.description)),
            (f"{SHACL}prefixes", ox.NamedNode(ONTOLOGY)),
            (f"{SHACL}{prop}", ox.Literal(query.text)),
            (f"{terms.SCHEMA}target", ox.NamedNode(f"{base}sparql")),
            *((f"{terms.SCHEMA}keywords", ox.Literal(param.name)) for param in query.params),
        )
        for name, value in said:
            yield ox.Triple(ox.NamedNode(f"{base}queries/{query.name}"), ox.NamedNode(name), value)


def declarations(base: str) -> Iterator[ox.Triple]:
    """The prefixes of the vocabularies, as the ontology declares them."""
    any_uri = ox.NamedNode(f"{terms.XSD}anyURI")
    for prefix, namespace in terms.PREFIXES.items():
        name = ox.NamedNode(f"{base}ontology#prefix-{prefix}")
        yield ox.Triple(ox.NamedNode(ONTOLOGY), ox.NamedNode(f"{SHACL}declare"), name)
        yield ox.Triple(name, ox.NamedNode(f"{SHACL}prefix"), ox.Literal(prefix))
        value = ox.Literal(namespace, datatype=any_uri)
        yield ox.Triple(name, ox.NamedNode(f"{SHACL}namespace"), value)
