"""The shapes as SPARQL: each constraint of a file of SHACL asked of the whole graph at once.

Only what our shapes use is known: node shapes with a target class, property shapes with a plain
path, and objects of a property that must not be of a class. The queries stand in `shapes/`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from queries.binding import Term
from queries.catalogue import Catalogue
from queries.store import Store, select

SH = "http://www.w3.org/ns/shacl#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_QUERIES = {
    "minCount": "min-count",
    "maxCount": "max-count",
    "datatype": "datatype",
    "class": "class",
    "nodeKind": "node-kind",
    "in": "one-value",
    "pattern": "pattern",
    "minInclusive": "min-inclusive",
    "maxInclusive": "max-inclusive",
    "minLength": "min-length",
}
_NO_CONSTRAINTS = {"path"}
_OF_ANYBODY = {
    "max-count",
    "class",
    "datatype",
    "node-kind",
    "pattern",
    "min-inclusive",
    "max-inclusive",
    "min-length",
}

Known = dict[tuple[str, Term, Term], bool]  # query, path and value: whether anybody breaks it


class UnknownConstraint(ValueError):
    """A shape uses what no query is written for; `name` is its local name."""

    def __init__(self, shape: str, name: str) -> None:
        super().__init__(f"{shape}: no query for sh:{name}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint of a shape: what it is of, and the query that finds who breaks it."""

    shape: str
    name: str
    query: str
    bindings: dict[str, Term]
    allowed: tuple[Term, ...] = ()

    @property
    def of(self) -> str:
        """The node shape that it belongs to: "Publication"."""
        return self.shape.rpartition("#")[2].partition("-")[0]

    @property
    def title(self) -> str:
        """The shape and the constraint: "Publication-year maxCount"."""
        return f"{self.shape.rpartition('#')[2]} {self.name}"

    def breaking(
        self, store: Store, known: Known | None = None
    ) -> Iterator[ox.NamedNode | ox.BlankNode]:
        """The nodes that break it; `known` is what constraints before it found out."""
        if self.query in _OF_ANYBODY and not self._is_broken(store, {} if known is None else known):
            return
        if self.name != "in":
            yield from _focus(store, self.query, self.bindings)
            return
        for row in _rows(store, "values", self.bindings):
            if row["value"] not in self.allowed:
                yield from _focus(store, self.query, {**self.bindings, "value": row["value"]})

    def _is_broken(self, store: Store, known: Known) -> bool:
        """Whether anybody breaks it, of whatever class: that is asked once for all classes.

        Going through a property is ten times as fast as looking its values up for each member.
        """
        key = self.query, self.bindings["path"], self.bindings["value"]
        if key not in known:
            known[key] = any(True for _ in _rows(store, f"any-{self.query}", self.bindings))
        return known[key]


def constraints(shapes: Path) -> Iterator[Constraint]:
    """Every constraint of a file of shapes; UnknownConstraint where no query is written for it."""
    held = ox.Store()
    held.load(path=str(shapes), format=ox.RdfFormat.TURTLE)
    said = partial(_values, held)
    for shape in said(None, _RDF + "type", ox.NamedNode(SH + "NodeShape")):
        for target in said(shape, SH + "targetClass"):
            for part in said(shape, SH + "property"):
                yield from _of_property(held, part, target)
        for target in said(shape, SH + "targetObjectsOf"):
            for other in chain.from_iterable(
                said(inner, SH + "class") for inner in said(shape, SH + "not")
            ):
                yield Constraint(shape.value, "not", "not-class", {"path": target, "value": other})


def _of_property(held: ox.Store, shape: ox.NamedNode, target: Term) -> Iterator[Constraint]:
    (path,) = _values(held, shape, SH + "path")
    base: dict[str, Term] = {"class": target, "path": path}
    for quad in held.quads_for_pattern(shape, None, None, None):
        name, value = quad.predicate.value.removeprefix(SH), quad.object
        if not quad.predicate.value.startswith(SH) or name in _NO_CONSTRAINTS:
            continue
        if name not in _QUERIES:
            raise UnknownConstraint(shape.value, name)
        if name == "in":
            yield Constraint(shape.value, name, _QUERIES[name], base, tuple(_list(held, value)))
            continue
        if isinstance(value, ox.NamedNode | ox.Literal):
            least = name == "minCount" and value.value == "1"
            query = "missing" if least else _QUERIES[name]
            yield Constraint(shape.value, name, query, {**base, "value": value})


def _values(
    held: ox.Store,
    subject: ox.NamedNode | ox.BlankNode | None,
    predicate: str,
    value: Term | None = None,
) -> list[Any]:
    """The objects of a subject, or the subjects of a value."""
    quads = held.quads_for_pattern(subject, ox.NamedNode(predicate), value, None)
    return [quad.object if value is None else quad.subject for quad in quads]


def _list(held: ox.Store, node: object) -> Iterator[Term]:
    while isinstance(node, ox.BlankNode):
        yield from _values(held, node, _RDF + "first")
        (node,) = _values(held, node, _RDF + "rest")


def _text(name: str) -> str:
    return Catalogue.bundled("shapes").get(name).text


def _focus(
    store: Store, name: str, bindings: dict[str, Term]
) -> Iterator[ox.NamedNode | ox.BlankNode]:
    for row in _rows(store, name, bindings):
        yield row["focus"]


def _rows(store: Store, name: str, bindings: dict[str, Term]) -> ox.QuerySolutions:
    text = _text(name)
    return select(store, text, {key: term for key, term in bindings.items() if f"${key}" in text})
