"""What the service says of itself: SPARQL service description, VoID, the ontology, the catalog."""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from itertools import chain
from pathlib import Path

import pyoxigraph as ox
from flask import Blueprint, Response, current_app, request

import ontology
from ontology import terms
from queries import dumps, formats
from queries.formats import Format
from queries.upkeep import Partitions
from server import pages
from server.context import Service, service
from server.negotiate import Choice, choose
from server.statistics import Details, Sizes, Statistics

blueprint = Blueprint("description", __name__)

SD = "http://www.w3.org/ns/sparql-service-description#"
SH = "http://www.w3.org/ns/shacl#"
# Beside the datatypes of a property, which VoID has no word for; several editors read it.
VOID_EXT = "http://ldf.fi/void-ext#"
FORMATS = "http://www.w3.org/ns/formats/"
RDF = formats.of_kind("rdf")
# The W3C's names of formats, https://www.w3.org/ns/formats/.
FORMAT_NAMES = {
    "srj": "SPARQL_Results_JSON",
    "srx": "SPARQL_Results_XML",
    "csv": "SPARQL_Results_CSV",
    "tsv": "SPARQL_Results_TSV",
    "ttl": "Turtle",
    "nt": "N-Triples",
    "nq": "N-Quads",
    "trig": "TriG",
    "rdf": "RDF_XML",
    "jsonld": "JSON-LD",
}
PREFIXES = {
    "sd": SD,
    "sh": SH,
    "void": terms.VOID,
    "void-ext": VOID_EXT,
    "dcterms": terms.DCTERMS,
    "foaf": terms.FOAF,
    "rdfs": terms.RDFS,
    "owl": terms.OWL,
    "q": terms.Q,
    "xsd": terms.XSD,
}
VOCABULARIES = (terms.Q, terms.DCTERMS, terms.FOAF, terms.PROV, terms.OWL, terms.RDFS)
ONTOLOGY = Path(ontology.__file__).parent
INTEGER = ox.NamedNode(f"{terms.XSD}integer")


@blueprint.route("/.well-known/void")
def void() -> Response:
    """The dataset in VoID, counted on the live graph."""
    held = service()
    chosen = choose(RDF, request.headers.getlist("Accept"), request.args.get("format", ""))
    counted = statistics()
    sizes, details = counted.sizes.get(held), counted.details.get(held)
    nested = counted.nested.get(held)
    number = held.snapshot.number
    triples = chain(
        _void(held.iris.base, sizes, details),
        _nested(f"{held.iris.base}.well-known/void", nested, number) if nested else (),
        _prefixes(held.iris.base),
        _dumps(held),
    )
    response = _graph(held, triples, chosen)
    if nested is None or nested.generation != number:
        del response.last_modified  # more is to come within this generation
    return response


@blueprint.route("/ontology")
@blueprint.route("/ontology.<suffix>")
def vocabulary(suffix: str = "") -> Response:
    """The ontology: a page, or quiver.ttl in the format asked for."""
    asked = suffix or request.args.get("format", "")
    chosen = choose((formats.HTML, *RDF), request.headers.getlist("Accept"), asked)
    if chosen.offer is formats.HTML:
        return pages.render_ontology(service())
    return _static(_reserialized("quiver.ttl", chosen.offer), chosen)


@blueprint.route("/shapes")
@blueprint.route("/shapes.<suffix>")
def shapes(suffix: str = "") -> Response:
    """The SHACL shapes that the graph keeps to."""
    asked = suffix or request.args.get("format", "")
    chosen = choose(RDF, request.headers.getlist("Accept"), asked)
    return _static(_reserialized("shapes.ttl", chosen.offer), chosen)


@blueprint.route("/context.jsonld")
def context() -> Response:
    """The JSON-LD context of our terms."""
    body = (ONTOLOGY / "context.jsonld").read_bytes()
    return _static(body, Choice(formats.JSON_LD, formats.JSON_LD.media_type))


@blueprint.route("/.well-known/api-catalog")
def catalog() -> Response:
    """Where the interfaces are (RFC 9727)."""
    base = service().iris.base
    endpoint = {
        "anchor": f"{base}sparql",
        "service-desc": [{"href": f"{base}sparql", "type": "text/turtle"}],
        "service-meta": [{"href": f"{base}.well-known/void", "type": "text/turtle"}],
    }
    body = json.dumps({"linkset": [endpoint, {"anchor": f"{base}graphs"}]}, indent=1) + "\n"
    return Response(body, content_type="application/linkset+json")


def statistics() -> Statistics:
    """The counts that the application keeps."""
    found: Statistics = current_app.extensions.setdefault("quiver.statistics", Statistics())
    return found


def service_document(held: Service, asked: str) -> Response:
    """The service description, Turtle by default; for a browser the query editor."""
    offers = (*RDF, formats.HTML)
    chosen = choose(offers, request.headers.getlist("Accept"), asked)
    if chosen.offer is formats.HTML:
        return pages.render_editor(held)
    triples = chain(_service(held, statistics().sizes.get(held)), _prefixes(held.iris.base))
    return _graph(held, triples, chosen)


def turtle(body: bytes, chosen: Choice[Format]) -> Response:
    """A description kept in Turtle, in the format chosen."""
    found = (quad.triple for quad in ox.parse(body, format=ox.RdfFormat.TURTLE))
    again = ox.serialize(found, format=chosen.offer.rdf, prefixes=dumps.PREFIXES)
    assert again is not None
    return _static(again, chosen)


def triple(subject: str, predicate: str, value: str | int | ox.NamedNode) -> ox.Triple:
    """A triple; a str becomes a plain literal, an int an integer."""
    term: ox.NamedNode | ox.Literal
    if isinstance(value, ox.NamedNode):
        term = value
    else:
        term = (
            ox.Literal(value)
            if isinstance(value, str)
            else ox.Literal(str(value), datatype=INTEGER)
        )
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), term)


def _service(held: Service, sizes: Sizes) -> Iterator[ox.Triple]:
    base = held.iris.base
    endpoint, node = f"{base}sparql", ox.NamedNode
    yield triple(endpoint, f"{terms.RDF}type", node(f"{SD}Service"))
    yield triple(endpoint, f"{SD}endpoint", node(endpoint))
    languages = ["SPARQL10Query", "SPARQL11Query"]
    languages += [] if held.config.read_only else ["SPARQL11Update"]
    for language in languages:
        yield triple(endpoint, f"{SD}supportedLanguage", node(SD + language))
    yield triple(endpoint, f"{SD}feature", node(f"{SD}UnionDefaultGraph"))
    for entry in formats.of_kind("results", "rdf"):
        yield triple(endpoint, f"{SD}resultFormat", node(FORMATS + _format_name(entry)))
    if not held.config.read_only:
        for entry in RDF:
            yield triple(endpoint, f"{SD}inputFormat", node(FORMATS + _format_name(entry)))
    yield from _dataset(base, endpoint, sizes)


def _dataset(base: str, endpoint: str, sizes: Sizes) -> Iterator[ox.Triple]:
    """The default dataset and each named graph with its count; skolem IRIs for the nodes."""
    node, rdf_type = ox.NamedNode, f"{terms.RDF}type"
    dataset, default = f"{endpoint}#dataset", f"{endpoint}#default-graph"
    yield triple(endpoint, f"{SD}defaultDataset", node(dataset))
    yield triple(dataset, rdf_type, node(f"{SD}Dataset"))
    yield triple(dataset, f"{SD}defaultGraph", node(default))
    yield triple(default, rdf_type, node(f"{SD}Graph"))
    yield triple(default, f"{terms.VOID}triples", sizes.triples)
    for name, count in sizes.graphs.items():
        named, graph = f"{endpoint}#named-{_short(name)}", f"{endpoint}#graph-{_short(name)}"
        yield triple(dataset, f"{SD}namedGraph", node(named))
        yield triple(named, rdf_type, node(f"{SD}NamedGraph"))
        yield triple(named, f"{SD}name", node(name))
        yield triple(named, f"{SD}graph", node(graph))
        yield triple(graph, rdf_type, node(f"{SD}Graph"))
        yield triple(graph, f"{terms.VOID}triples", count)
    yield triple(default, f"{terms.RDFS}seeAlso", node(f"{base}.well-known/void"))


def _void(base: str, sizes: Sizes, details: Details) -> Iterator[ox.Triple]:
    node, rdf_type, void = ox.NamedNode, f"{terms.RDF}type", terms.VOID
    document = f"{base}.well-known/void"
    yield triple(document, rdf_type, node(f"{void}DatasetDescription"))
    yield triple(document, f"{terms.FOAF}primaryTopic", node(base))
    yield triple(base, rdf_type, node(f"{void}Dataset"))
    yield triple(base, f"{terms.FOAF}homepage", node(base))
    yield triple(base, f"{void}sparqlEndpoint", node(f"{base}sparql"))
    yield triple(base, f"{void}uriSpace", f"{base}id/")
    yield triple(base, f"{void}triples", sizes.triples)
    yield triple(base, f"{void}classes", len(sizes.classes))
    yield triple(base, f"{void}properties", len(details.properties))
    for name in VOCABULARIES:
        yield triple(base, f"{void}vocabulary", node(name))
    for name, count in sizes.classes.items():
        part = f"{document}#class-{_short(name)}"
        yield triple(base, f"{void}classPartition", node(part))
        yield triple(part, f"{void}class", node(name))
        yield triple(part, f"{void}entities", count)
    for name, count in details.properties.items():
        part = f"{document}#property-{_short(name)}"
        yield triple(base, f"{void}propertyPartition", node(part))
        yield triple(part, f"{void}property", node(name))
        yield triple(part, f"{void}triples", count)
    for predicate, space, count in details.linksets:
        yield from _linkset(base, document, predicate, space, count)


def _nested(document: str, found: Partitions, number: int) -> Iterator[ox.Triple]:
    """What each class says of its entities; the numbers only where they are of this generation."""
    node, void, extended = ox.NamedNode, terms.VOID, VOID_EXT
    exact = found.generation == number
    for part in found.parts:
        owner = f"{document}#class-{_short(part.of)}"
        name = f"{owner}-{_short(part.property)}"
        yield triple(owner, f"{void}class", node(part.of))
        yield triple(owner, f"{void}propertyPartition", node(name))
        yield triple(name, f"{void}property", node(part.property))
        if exact:
            yield triple(name, f"{void}triples", part.triples)
        inner = (
            (extended, "datatypePartition", "datatype", part.datatypes),
            (void, "classPartition", "class", part.classes),
        )
        for space, link, kind, counts in inner:
            for value, count in counts.items():
                end = f"{name}-{_short(value)}"
                yield triple(name, space + link, node(end))
                yield triple(end, space + kind, node(value))
                if exact:
                    yield triple(end, f"{void}triples", count)


def _dumps(held: Service) -> Iterator[ox.Triple]:
    """The files with the whole graph that can be downloaded now."""
    base = held.iris.base
    for name in dumps.published(held.config.data / dumps.FOLDER):
        if name.startswith(f"{dumps.WHOLE}."):
            yield triple(base, f"{terms.VOID}dataDump", ox.NamedNode(f"{base}dump/{name}"))


def _prefixes(base: str) -> Iterator[ox.Triple]:
    """The prefixes that answers are written with, as editors read them (SHACL, section 5.2.1)."""
    for prefix, namespace in terms.PREFIXES.items():
        name = f"{base}sparql#prefix-{prefix}"
        yield triple(f"{base}sparql", f"{SH}declare", ox.NamedNode(name))
        yield triple(name, f"{SH}prefix", prefix)
        value = ox.Literal(namespace, datatype=ox.NamedNode(f"{terms.XSD}anyURI"))
        yield ox.Triple(ox.NamedNode(name), ox.NamedNode(f"{SH}namespace"), value)


def _linkset(
    base: str, document: str, predicate: str, space: str, count: int
) -> Iterator[ox.Triple]:
    node, void = ox.NamedNode, terms.VOID
    part = f"{document}#links-{_short(predicate + ' ' + space)}"
    target = base if space == base else f"{document}#dataset-{_short(space)}"
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


def _format_name(entry: Format) -> str:
    return FORMAT_NAMES[entry.names[0]]


def _graph(held: Service, triples: Iterable[ox.Triple], chosen: Choice[Format]) -> Response:
    """Triples of our own as a response that changes with the generation."""
    body = ox.serialize(triples, format=chosen.offer.rdf, prefixes=PREFIXES)
    assert body is not None
    response = _static(body, chosen)
    response.last_modified = held.snapshot.created
    return response


def _static(body: bytes, chosen: Choice[Format]) -> Response:
    charset = "; charset=utf-8" if chosen.media_type.startswith("text/") else ""
    response = Response(body, content_type=chosen.media_type + charset)
    response.headers["Cache-Control"] = "public, no-cache"
    response.add_etag(weak=True)
    response.vary.add("Accept")
    response.make_conditional(request)
    return response


@cache
def _reserialized(name: str, chosen: Format) -> bytes:
    """A Turtle file of the ontology's folder in another format."""
    body = (ONTOLOGY / name).read_bytes()
    if chosen is formats.TURTLE:
        return body
    parsed = ox.parse(body, format=ox.RdfFormat.TURTLE)
    found = ox.serialize((quad.triple for quad in parsed), format=chosen.rdf, prefixes=PREFIXES)
    assert found is not None
    return found
