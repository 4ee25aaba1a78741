"""`graph/citations`: which publication held cites which, derived from references by identifier.

A reference stays what its source says: `dcterms:references` and the IRI of an identifier. Where a
publication is held that has this identifier, of whatever source and loaded before or after, the
citing one says `cito:cites` too. Both are as their sources describe them: `q:canonical` leads on.
"""

import re
from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from ingest.difference import Change
from ingest.lines import block
from ontology import terms
from ontology.iris import Iris

GRAPH = "citations"

_REFERENCES = ox.NamedNode(terms.DC_REFERENCES)
_IDENTIFIER = ox.NamedNode(terms.IDENTIFIER_IRI)
_SAID = re.compile(
    f"^<([^>]*/id/publication/[^>]*)> <({re.escape(terms.DC_REFERENCES)}"
    f"|{re.escape(terms.IDENTIFIER_IRI)})> <([^>]*)>".encode(),
    re.MULTILINE,
)


def of_source(store: ox.Store, iris: Iris, source: str) -> list[str]:
    """The publications that a source not held before may make to cite, or to be seen citing.

    Takes time by the size of the source, and none where no source gives references.
    """
    if next(store.quads_for_pattern(None, _REFERENCES, None, None), None) is None:
        return []
    graph = ox.NamedNode(iris.source_graph(source))
    own = store.quads_for_pattern(None, _REFERENCES, None, graph)
    citing = {quad.subject.value for quad in own}  # type: ignore[union-attr]
    for quad in store.quads_for_pattern(None, _IDENTIFIER, None, graph):
        citing.update(_citing(store, quad.object))
    return sorted(citing)


def of_changes(store: ox.Store, changes: Iterable[Change]) -> list[str]:
    """The same of a source that changed: those whose references did, and who cites what did."""
    citing: set[str] = set()
    for old, new in changes:
        before, after = _said(old), _said(new)
        for publication, predicate, iri in before ^ after:
            if predicate == terms.DC_REFERENCES:
                citing.add(publication)
            else:
                citing.update(_citing(store, ox.NamedNode(iri)))
    return sorted(citing)


def _said(text: bytes | None) -> set[tuple[str, str, str]]:
    found = _SAID.findall(text) if text else ()
    return {(one.decode(), said.decode(), iri.decode()) for one, said, iri in found}


def _citing(store: ox.Store, identifier: object) -> Iterator[str]:
    if isinstance(identifier, ox.NamedNode):
        for quad in store.quads_for_pattern(None, _REFERENCES, identifier, None):
            if isinstance(quad.subject, ox.NamedNode):
                yield quad.subject.value


def lines(store: ox.Store, publication: str) -> str:
    """What a publication cites of all that is held, as lines."""
    cited = {
        held.subject.value
        for quad in store.quads_for_pattern(ox.NamedNode(publication), _REFERENCES, None, None)
        for held in store.quads_for_pattern(None, _IDENTIFIER, quad.object, None)
        if isinstance(held.subject, ox.NamedNode) and "/id/publication/" in held.subject.value
    }
    return block(f"<{publication}> <{terms.CITES}> <{one}> .\n" for one in cited - {publication})
