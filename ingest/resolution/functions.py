"""SPARQL functions of our own: what the resolver knows of names, at hand in a query.

Query processes import this when a query first names one of them; `FUNCTIONS` is what they hand to
the engine. An argument that is no literal makes an error of the expression, as SPARQL 1.1 (17.3)
has it for a function's wrong arguments: a FILTER drops the row, a BIND leaves its variable unbound.
"""

from collections.abc import Callable

import pyoxigraph as ox
from rapidfuzz.distance import Indel

from ingest.resolution.weighing import names, relations
from ontology import terms

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


def fold(text: Term) -> ox.Literal | None:
    """The text as names are compared: lower-case ASCII words, without marks and punctuation."""
    return ox.Literal(names.plain(text.value)) if isinstance(text, ox.Literal) else None


def similarity(one: Term, other: Term) -> ox.Literal | None:
    """How alike two folded texts are, from 0 to 1: the part of their letters in common order.

    Normalised Indel similarity, as `rapidfuzz.fuzz.ratio` over 100.
    """
    if not isinstance(one, ox.Literal) or not isinstance(other, ox.Literal):
        return None
    alike = Indel.normalized_similarity(names.plain(one.value), names.plain(other.value))
    return ox.Literal(alike)


def name_relation(one: Term, other: Term) -> ox.Literal | None:
    """What two personal names could be to each other ("nickname", "initials", …).

    The empty string, which is false in a FILTER, where they cannot be one person's.
    """
    if not isinstance(one, ox.Literal) or not isinstance(other, ox.Literal):
        return None
    found = relations.relation(names.parse(one.value), names.parse(other.value))
    return ox.Literal("" if found is None else found.value)


FUNCTIONS: dict[ox.NamedNode, Callable[..., ox.Literal | None]] = {
    ox.NamedNode(terms.FOLD): fold,
    ox.NamedNode(terms.SIMILARITY): similarity,
    ox.NamedNode(terms.NAME_RELATION): name_relation,
}
