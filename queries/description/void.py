"""The dataset in VoID: what was counted, as triples; pure.

They stand in the store as well, so that what reads them there, such as query editors, need ask
nothing else. Nodes have IRIs below the document's, and a name that follows from what they tell of.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

import pyoxigraph as ox

from ontology import terms
from queries.description.census import Census, Partition

# Beside the datatypes of a property, which VoID has no word for; several editors read it.
EXTENDED = "http://ldf.fi/void-ext#"
VOCABULARIES = (terms.Q, terms.DCTERMS, terms.FOAF, terms.PROV, terms.OWL, terms.RDFS)
INTEGER = ox.NamedNode(f"{terms.XSD}integer")


def document(base: str) -> str:
    """The IRI of the description."""
    return f"{base}.well-known/void"


def described(base: str, found: Census, generation: int, moment: str) -> Iterator[ox.Triple]:
    """All that was counted of a generation, and of which."""
    about = document(base)
    when = ox.Literal(moment, datatype=ox.NamedNode(f"{terms.XSD}dateTime"))
    yield ox.Triple(ox.NamedNode(about), ox.NamedNode(f"{terms.DCTERMS}modified"), when)
    yield triple(about, f"{terms.OWL}versionInfo", f"generation {generation}")
    yield from dataset(base, found.triples, found.classes, found.properties, found.linksets)
    yield from nested(about, found.parts)


def dataset(
    base: str,
    triples: int,
    classes: Mapping[str, int],
    properties: Mapping[str, int],
    linksets: Iterable[tuple[str, str, int]],
) -> Iterator[ox.Triple]:
    """The dataset, its classes, properties and links to others."""
    node, rdf_type, void, about = ox.NamedNode, f"{terms.RDF}type", terms.VOID, document(base)
    yield triple(about, rdf_type, node(f"{void}DatasetDescription"))
    yield triple(about, f"{terms.FOAF}primaryTopic", node(base))
    yield triple(base, rdf_type, node(f"{void}Dataset"))
    yield triple(base, f"{terms.FOAF}homepage", node(base))
    yield triple(base, f"{void}sparqlEndpoint", node(f"{base}sparql"))
    yield triple(base, f"{void}uriSpace", f"{base}id/")
    yield triple(base, f"{void}triples", triples)
    yield triple(base, f"{void}classes", len(classes))
    yield triple(base, f"{void}properties", len(properties))
    for name in VOCABULARIES:
        yield triple(base, f"{void}vocabulary", node(name))
    for name, count in classes.items():
        part = f"{about}#class-{_short(name)}"
        yield triple(base, f"{void}classPartition", node(part))
        yield triple(part, f"{void}class", node(name))
        yield triple(part, f"{void}entities", count)
    for name, count in properties.items():
        part = f"{about}#property-{_short(name)}"
        yield triple(base, f"{void}propertyPartition", node(part))
        yield triple(part, f"{void}property", node(name))
        yield triple(part, f"{void}triples", count)
    for predicate, space, count in linksets:
        yield from _linkset(base, about, predicate, space, count)


def nested(about: str, parts: Iterable[Partition], exact: bool = True) -> Iterator[ox.Triple]:
    """What each class says of its entities; the numbers only where they hold."""
    node, void = ox.NamedNode, terms.VOID
    for part in parts:
        owner = f"{about}#class-{_short(part.of)}"
        name = f"{owner}-{_short(part.property)}"
        yield triple(owner, f"{void}class", node(part.of))
        yield triple(owner, f"{void}propertyPartition", node(name))
        yield triple(name, f"{void}property", node(part.property))
        if exact:
            yield triple(name, f"{void}triples", part.triples)
        inner = (
            (EXTENDED, "datatypePartition", "datatype", part.datatypes),
            (void, "classPartition", "class", part.classes),
        )
        for space, link, kind, counts in inner:
            for value, count in counts.items():
                end = f"{name}-{_short(value)}"
                yield triple(name, space + link, node(end))
                yield triple(end, space + kind, node(value))
                if exact:
                    yield triple(end, f"{void}triples", count)


def triple(subject: str, predicate: str, value: str | int | ox.NamedNode) -> ox.Triple:
    """A triple; a str becomes a plain literal, an int an integer."""
    term: ox.NamedNode | ox.Literal
    if isinstance(value, ox.NamedNode):
        term = value
    elif isinstance(value, str):
        term = ox.Literal(value)
    else:
        term = ox.Literal(str(value), datatype=INTEGER)
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), term)


def _linkset(base: str, about: str, predicate: str, space: str, count: int) -> Iterator[ox.Triple]:
    node, void = ox.NamedNode, terms.VOID
    part = f"{about}#links-{_short(predicate + ' ' + space)}"
    target = base if space == base else f"{about}#dataset-{_short(space)}"
    yield triple(part, f"{terms.RDF}type", node(f"{void}Linkset"))
    yield triple(part, f"{void}linkPredicate", node(predicate))
    yield triple(part, f"{void}subjectsTarget", node(base))
    yield triple(part, f"{void}objectsTarget", node(target))
    yield triple(part, f"{void}triples", count)
    yield triple(base, f"{void}subset", node(part))
    if target != base:
        yield triple(target, f"{terms.RDF}type", node(f"{void}Dataset"))
        yield triple(target, f"{void}uriSpace", space)


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]
