"""Profiles: the words of others in which the graph can be had, one CONSTRUCT query each.

`queries/profiles/NAME.rq` makes one entity's triples, or with no entity bound everybody's.
`ontology/profiles/NAME.ttl` holds the shapes that they keep to.
"""

from dataclasses import dataclass
from typing import BinaryIO

import pyoxigraph as ox

from ontology import terms
from queries.branching import alternatives
from queries.catalogue import Catalogue, Query


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile: the token that asks for it, the IRI that names it, and the prefixes it is in."""

    token: str
    iri: str
    title: str
    prefixes: tuple[tuple[str, str], ...] = ()

    @property
    def query(self) -> Query:
        """The query that makes its triples."""
        return Catalogue.bundled("profiles").get(self.token)


_USUAL = (("rdfs", terms.RDFS), ("owl", terms.OWL), ("xsd", terms.XSD))
OWN = Profile("quiver", terms.Q, "Quiver's own words")
OTHERS = (
    Profile("dblp", terms.DBLP, "dblp's schema", (("dblp", terms.DBLP), *_USUAL)),
    Profile("schema", terms.SCHEMA, "schema.org", (("schema", terms.SCHEMA), *_USUAL)),
    Profile(
        "dublin-core",
        terms.DCTERMS,
        "Dublin Core",
        (("dcterms", terms.DCTERMS), ("dctype", "http://purl.org/dc/dcmitype/"), *_USUAL),
    ),
)
PROFILES = (OWN, *OTHERS)


def named(text: str) -> Profile | None:
    """The profile of this token or IRI; an IRI also without its last `#` or `/`."""
    bare = text.strip().strip("<>").rstrip("#/")
    return next((one for one in PROFILES if bare in (one.token, one.iri.rstrip("#/"))), None)


def parts(profile: Profile) -> list[str]:
    """The queries that together say all of a store, each to be written on its own."""
    return alternatives(profile.query.text)


def write(engine: ox.Store, text: str, out: BinaryIO) -> None:
    """Write what one of them says as N-Triples, in the engine's own time."""
    found = engine.query(text, use_default_graph_as_union=True)
    if not isinstance(found, ox.QueryTriples):
        raise TypeError("the query of a profile is no CONSTRUCT")
    found.serialize(out, ox.RdfFormat.N_TRIPLES)
