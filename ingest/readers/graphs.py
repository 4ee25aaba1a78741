"""The graph of an RDF file: read whole, asked by the local names of properties.

It remembers what it was asked for, so that what nothing took up can be kept. Contexts of JSON-LD
are never fetched: those of schema.org and CodeMeta are replaced by ours.
"""

import json
import re
from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, RdfFormat, Triple, parse

from ingest.readers import blanks, envelopes, xmls
from ingest.readers.guarded import Guarded
from ingest.records import RecordError, Statement

Node = NamedNode | BlankNode
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
TYPE = f"{_RDF}type"
FILE = "urn:quiver:file/"  # against which the addresses of a file are resolved that has no base
TITLES = ("title", "name", "headline", "shortTitle", "label")
_CONTEXTS = ("schema.org", "codemeta")
_CONTEXT = {
    "@vocab": "http://schema.org/",
    "id": "@id",
    "type": "@type",
    **{
        name: {"@id": f"http://schema.org/{name}", "@container": "@list"}
        for name in ("author", "creator", "editor", "contributor")
    },
}
_MOST_STEPS = 20_000  # a list that bites its tail


class Said(NamedTuple):
    """What a triple says of its subject, and the named graph in which it does ("" for none)."""

    predicate: str
    value: Node | Literal
    graph: str = ""


@dataclass(slots=True)
class Graph:
    """Triples by subject, in the order of the file."""

    nodes: MutableMapping[Node, list[Said]] = field(default_factory=dict)
    asked: set[tuple[Node, str]] = field(default_factory=set)  # subjects, names of properties

    def load(self, stream: BinaryIO, found: RdfFormat) -> Iterator[RecordError]:
        """Fills the graph; gives what is wrong with the file: triples before it are kept."""
        try:
            source: Any = stream
            if found == RdfFormat.JSON_LD:
                source = json.dumps(_localised(json.loads(stream.read()))).encode()
            elif found == RdfFormat.RDF_XML:
                source = Guarded(stream)
            quads = parse(source, found, base_iri=FILE)
            for quad in quads:
                subject, value = quad.subject, quad.object
                if isinstance(subject, Triple) or isinstance(value, Triple):
                    yield RecordError("a triple about a triple", value=str(quad)[:200], fatal=False)
                    continue
                graph = "" if isinstance(quad.graph_name, DefaultGraph) else str(quad.graph_name)
                said = Said(quad.predicate.value, value, graph)
                self.nodes.setdefault(subject, []).append(said)
            if isinstance(source, Guarded) and not source.complete:
                yield RecordError("RDF/XML cut off before its end")
        except SyntaxError as error:
            yield RecordError(f"not well-formed RDF: {error.msg}", error.lineno)
        except (ValueError, RecursionError) as error:
            yield RecordError(f"not well-formed RDF: {error}")

    def values(self, node: Any, *names: str) -> list[Node | Literal]:
        """The objects of predicates of these local names, those of the first name first."""
        held = self.nodes.get(node, [])
        if held:
            self.asked.update((node, name) for name in names)
        return [o for name in names for p, o, _ in held if local(p) == name]

    def types(self, node: Node, within: tuple[str, ...] = ("",)) -> list[str]:
        """The local names of a node's classes within these vocabularies."""
        found = [o.value for p, o, _ in self.nodes.get(node, []) if p == TYPE]
        known = [name for name in found if name.startswith(within)]
        self.asked.update((node, name) for name in known)
        return [local(name) for name in known]

    def rest(self) -> Iterator[Statement]:
        """The triples that nothing asked for, their blank nodes named by what is said of them."""
        left = [
            (subject, said)
            for subject, held in self.nodes.items()
            for said in held
            if not self._was_asked(subject, said)
        ]
        if not left:
            return
        names = blanks.named(
            (subject, said.predicate, said.value, said.graph)
            for subject, held in self.nodes.items()
            for said in held
        )
        for subject, said in left:
            value = said.value
            yield Statement(
                names.get(subject) or str(subject),
                f"<{said.predicate}>",
                (names.get(value) if isinstance(value, BlankNode) else None) or str(value),
                said.graph,
            )

    def _was_asked(self, subject: Node, said: Said) -> bool:
        if said.predicate == TYPE:
            return (subject, said.value.value) in self.asked
        return (subject, local(said.predicate)) in self.asked

    def text(self, node: Any, *names: str) -> str:
        """The first of these values that is text, or names itself."""
        for value in self.values(node, *names):
            if isinstance(value, Literal):
                if value.value.strip():
                    return value.value
            elif shown := self.text(value, *TITLES, "value") if names != TITLES else "":
                return shown
        return ""

    def held(self, values: Iterable[Node | Literal]) -> Node | None:
        """The first of these nodes that the graph says something of."""
        nodes = (value for value in values if not isinstance(value, Literal))
        return next((node for node in nodes if node in self.nodes), None)

    def members(self, node: Node | Literal) -> list[Node | Literal] | None:
        """The members of a list or sequence, in order; None for any other node."""
        held = self.nodes.get(node, []) if isinstance(node, NamedNode | BlankNode) else []
        places = {p: o for p, o, _ in held if p.startswith(f"{_RDF}_")}
        if places:
            self.asked.update((node, name) for name in map(local, places))  # type: ignore[misc]
            numbers = sorted((int(p[len(_RDF) + 1 :]), p) for p in places if p[-1].isdecimal())
            return [places[p] for _, p in numbers]
        if not any(p == f"{_RDF}first" for p, _, _ in held):
            return None
        found: list[Node | Literal] = []
        at: Node | Literal | None = node
        while at is not None and len(found) < _MOST_STEPS:
            if isinstance(at, Literal):
                break
            links = {p: o for p, o, _ in self.nodes.get(at, [])}
            if f"{_RDF}first" not in links:
                break
            self.asked.update(((at, "first"), (at, "rest"), (at, f"{_RDF}List")))
            found.append(links[f"{_RDF}first"])
            at = links.get(f"{_RDF}rest")
        return found


def local(iri: str) -> str:
    """The last part of an IRI."""
    return re.split(r"[/#]", iri)[-1]


def format_of(head: bytes) -> RdfFormat | None:
    """The serialization of RDF that these first bytes are of."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"<?xml", b"<rdf:", b"<!DOCTYPE", b"<!--")):
        root, rest = xmls.root_of(head)
        return RdfFormat.RDF_XML if root == "RDF" and _RDF.encode() in head + rest else None
    if envelopes.starts_as_json(start):
        return RdfFormat.JSON_LD if re.search(rb'"@(?:context|graph|id)"\s*:', start) else None
    lines = (line.strip() for line in start.split(b"\n"))
    first = next((line for line in lines if line and not line.startswith(b"#")), b"")
    if re.match(rb"(?i)@prefix\s|@base\s|prefix\s+[\w.-]*:\s*<|base\s+<", first):
        return RdfFormat.TRIG
    if re.match(rb"(?:<[^<>\s]+>|_:\S+) <[^<>\s]+> .+\.$", first):
        return RdfFormat.N_QUADS
    return None


def _localised(value: Any) -> Any:
    """JSON-LD with contexts of schema.org and CodeMeta replaced by ours."""
    if isinstance(value, list):
        return [_localised(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _context(held) if key == "@context" else _localised(held)
        for key, held in value.items()
    }


def _context(value: Any) -> Any:
    if isinstance(value, str) and any(name in value for name in _CONTEXTS):
        return _CONTEXT
    return [_context(item) for item in value] if isinstance(value, list) else value
