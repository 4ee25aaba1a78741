"""Graphs as people read them: what they are about first, then in order, under short prefixes.

The engine writes a CONSTRUCT as it finds it, so a signature's statements stand apart and Turtle
repeats every subject. Documents are small: sorting one costs less than asking for it.
"""

from collections.abc import Iterable

import pyoxigraph as ox

from ontology import terms
from ontology.iris import CLASSES
from queries import wellformed
from queries.formats import RDF_XML, Format
from queries.pool.answers import Unwritable

_WRITTEN = ("q", "rdf", "rdfs", "owl", "xsd", "dcterms", "foaf", "prov", "void")


def prefixes(base: str) -> dict[str, str]:
    """The vocabularies that documents use, and one prefix a class of our own IRIs."""
    ours = {name: f"{base}id/{name}/" for name in CLASSES}
    return {name: terms.PREFIXES[name] for name in _WRITTEN} | ours


def read(triples: bytes) -> set[ox.Triple]:
    """The triples of N-Triples, each once."""
    return {quad.triple for quad in ox.parse(triples, ox.RdfFormat.N_TRIPLES)}


def written(found: set[ox.Triple], about: str, form: Format, base: str) -> bytes:
    """Triples as a document about one thing, in this format."""
    if form is RDF_XML:
        return _xml(found, about, base)
    return _serialized(found, about, form, base)


def _xml(found: set[ox.Triple], about: str, base: str) -> bytes:
    try:
        for name in {triple.predicate.value for triple in found}:
            wellformed.check_property(name)
        return wellformed.carried(_serialized(found, about, RDF_XML, base))
    except wellformed.Unwritable as error:
        raise Unwritable(RDF_XML.media_type, str(error)) from None


def _serialized(found: set[ox.Triple], about: str, form: Format, base: str) -> bytes:
    body = ox.serialize(_ordered(found, about), format=form.rdf, prefixes=prefixes(base))
    return body or b""  # None is what serializing into a file gives


def _ordered(triples: Iterable[ox.Triple], about: str) -> list[ox.Triple]:
    """The thing itself, what it points to or bears it, then the rest; types come first."""
    near = {_text(t.object): 1 for t in triples if _text(t.subject) == about}
    near |= {_text(t.subject): 1 for t in triples if _text(t.object) == about}
    near[about] = 0

    def place(triple: ox.Triple) -> tuple[int, int, str, bool, str, str]:
        subject, predicate = _text(triple.subject), triple.predicate.value
        return (
            near.get(subject, 2),
            len(subject) if "/id/signature/" in subject else 0,  # author-2 before author-10
            subject,
            predicate != terms.TYPE,
            predicate,
            str(triple.object),
        )

    return sorted(triples, key=place)


def _text(term: object) -> str:
    return str(getattr(term, "value", term))
