"""What an RDF file says, and its graph as asked by the local names of properties.

It notes what it was asked for, so that what nothing took up can be kept. Contexts of JSON-LD are
never fetched: those of schema.org and CodeMeta are replaced by ours.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, BinaryIO, NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, RdfFormat, Triple, parse

from ingest.readers import envelopes, xmls
from ingest.readers.guarded import Guarded
from ingest.records import RecordError

Node = NamedNode | BlankNode
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_FIRST, _REST = f"{_RDF}first", f"{_RDF}rest"
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
_MORE = 4096  # bytes of bits at once


class Said(NamedTuple):
    """What a triple says of its subject, and the named graph in which it does ("" for none).

    `number` is its place among the triples of its file, from 1; 0 where nobody needs to know.
    """

    predicate: str
    value: Node | Literal
    graph: str = ""
    number: int = 0


def triples(stream: BinaryIO, found: RdfFormat) -> Iterator[tuple[Node, Said] | RecordError]:
    """What a file says, and what is wrong with it: triples before that are given too."""
    try:
        source: Any = stream
        if found == RdfFormat.JSON_LD:
            source = json.dumps(_localised(json.loads(stream.read()))).encode()
        elif found == RdfFormat.RDF_XML:
            source = Guarded(stream)
        for quad in parse(source, found, base_iri=FILE):
            subject, value = quad.subject, quad.object
            if isinstance(subject, Triple) or isinstance(value, Triple):
                yield RecordError("a triple about a triple", value=str(quad)[:200], fatal=False)
                continue
            graph = "" if isinstance(quad.graph_name, DefaultGraph) else str(quad.graph_name)
            yield subject, Said(quad.predicate.value, value, graph)
        if isinstance(source, Guarded) and not source.complete:
            yield RecordError("RDF/XML cut off before its end")
    except SyntaxError as error:
        yield RecordError(f"not well-formed RDF: {error.msg}", error.lineno)
    except (ValueError, RecursionError) as error:
        yield RecordError(f"not well-formed RDF: {error}")


@dataclass(slots=True)
class Graph:
    """Triples by subject; of those with numbers it notes which were asked for, a bit for each."""

    nodes: Mapping[Node, Sequence[Said]]
    taken: bytearray = field(default_factory=bytearray)
    _notes: bool = True

    @contextmanager
    def unnoticed(self) -> Iterator[None]:
        """Note nothing meanwhile."""
        self._notes = False
        try:
            yield
        finally:
            self._notes = True

    def _take(self, said: Iterable[Said]) -> None:
        for number in (one.number for one in said if self._notes and one.number):
            if number >> 3 >= len(self.taken):
                self.taken.extend(bytes((number >> 3) + _MORE - len(self.taken)))
            self.taken[number >> 3] |= 1 << (number & 7)

    def values(self, node: Any, *names: str) -> list[Node | Literal]:
        """The objects of predicates of these local names, those of the first name first."""
        held = [(local(said.predicate), said) for said in self.nodes.get(node, ())]
        found = [said for name in names for known, said in held if known == name]
        self._take(said for said in found if said.predicate != TYPE)
        return [said.value for said in found]

    def types(self, node: Node, within: tuple[str, ...] = ("",)) -> list[str]:
        """The local names of a node's classes within these vocabularies."""
        typed = (said for said in self.nodes.get(node, ()) if said.predicate == TYPE)
        known = [said for said in typed if said.value.value.startswith(within)]
        self._take(known)
        return [local(said.value.value) for said in known]

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
        held = self.nodes.get(node, ()) if isinstance(node, NamedNode | BlankNode) else ()
        places = {said.predicate: said for said in held if said.predicate.startswith(f"{_RDF}_")}
        if places:
            self._take(said for said in held if said.predicate in places)
            numbers = sorted((int(p[len(_RDF) + 1 :]), p) for p in places if p[-1].isdecimal())
            return [places[p].value for _, p in numbers]
        if not any(said.predicate == _FIRST for said in held):
            return None
        found: list[Node | Literal] = []
        at: Node | Literal | None = node
        while at is not None and len(found) < _MOST_STEPS:
            if isinstance(at, Literal):
                break
            links = {said.predicate: said.value for said in self.nodes.get(at, ())}
            if _FIRST not in links:
                break
            self._take(said for said in self.nodes.get(at, ()) if _is_of_list(said))
            found.append(links[_FIRST])
            at = links.get(_REST)
        return found


def _is_of_list(said: Said) -> bool:
    """Whether it is one of those that make a list."""
    if said.predicate == TYPE:
        return said.value.value == f"{_RDF}List"
    return local(said.predicate) in ("first", "rest")


@lru_cache(4096)
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
