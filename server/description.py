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
from queries import formats
from queries.binding import Term
from queries.description import dumps, void
from queries.description.void import triple
from queries.formats import Format
from queries.pool.answers import Request
from queries.writes.files import DESCRIBED
from server import pages
from server.context import Service, service
from server.negotiate import Choice, choose
from server.statistics import FOLDER, Sizes, Statistics

blueprint = Blueprint("description", __name__)

SD = "http://www.w3.org/ns/sparql-service-description#"
SH = "http://www.w3.org/ns/shacl#"
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
    "void-ext": void.EXTENDED,
    "dcterms": terms.DCTERMS,
    "foaf": terms.FOAF,
    "rdfs": terms.RDFS,
    "owl": terms.OWL,
    "q": terms.Q,
    "xsd": terms.XSD,
}
ONTOLOGY = Path(ontology.__file__).parent
DESCRIPTION = FOLDER / "description.rq"


@blueprint.route("/.well-known/void")
def description() -> Response:
    """The dataset in VoID: as the store has it where that is true, else counted now."""
    held = service()
    chosen = choose(RDF, request.headers.getlist("Accept"), request.args.get("format", ""))
    whole = held.snapshot.meta.get(DESCRIBED) == held.snapshot.number
    found = _stored(held) if whole else _counted(held)
    triples = chain(found, _prefixes(held.iris.base), _dumps(held))
    response = _graph(held, triples, chosen)
    if not whole:
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
    if held.config.services:
        yield triple(endpoint, f"{SD}feature", node(f"{SD}BasicFederatedQuery"))
    for function in (terms.FOLD, terms.SIMILARITY, terms.NAME_RELATION):
        yield triple(endpoint, f"{SD}extensionFunction", node(function))
        yield triple(function, f"{terms.RDF}type", node(f"{SD}Function"))
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


def _stored(held: Service) -> Iterator[ox.Triple]:
    """The description in the store."""
    base = held.iris.base
    bindings: dict[str, Term] = {
        "graph": ox.NamedNode(held.iris.graph("about")),
        "dataset": ox.NamedNode(base),
        "document": ox.Literal(void.document(base)),
    }
    asked = Request(
        DESCRIPTION.read_text(encoding="utf-8"),
        results=None,
        graph=formats.N_TRIPLES.media_type,
        bindings=bindings,
        kind="page",
    )
    body = held.pool.run(asked).read()
    return (quad.triple for quad in ox.parse(body, format=ox.RdfFormat.N_TRIPLES))


def _counted(held: Service) -> Iterator[ox.Triple]:
    """What is known at once; the partitions of classes once they have been counted."""
    counted, base = statistics(), held.iris.base
    sizes, details = counted.sizes.get(held), counted.details.get(held)
    yield from void.dataset(
        base, sizes.triples, sizes.classes, details.properties, details.linksets
    )
    found = counted.nested.get(held)
    if found is not None:
        exact = found.generation == held.snapshot.number
        yield from void.nested(void.document(base), found.parts, exact)


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
