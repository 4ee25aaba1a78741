"""Whom a name means, where an IRI is wanted: the one who has exactly this name, or nobody.

Letter case and accents aside. Other names of a person count where nobody's first name is this:
"Sid Reddy" means the person who stands for that row. What is only near is offered, never taken.
"""

from collections.abc import Mapping, Sequence

from ontology import terms
from ontology.iris import Iris
from queries.catalogue import ParameterError, Query
from queries.generations import Reader
from queries.search.textindex import NAMES_APART, Hit, TextIndex, folded
from queries.store import select

# Which kind of entity a parameter of this name means, so that a name will do for its IRI.
MEANT = {
    "person": "author",
    "a": "author",
    "b": "author",
    "venue": "venue",
    "publication": "publication",
}
LOOKED_AT = 50
OFFERED = 8


class Unclear(LookupError):
    """Nothing, or more than one thing, has exactly the name; `hits` have it or come near."""

    def __init__(self, text: str, having: Sequence[Hit], near: Sequence[Hit]) -> None:
        if having:
            said = f"{len(having)} have the name {text!r}; give the IRI of one"
        else:
            said = f"nothing here has exactly the name {text!r}"
            said += "; these come near" if near else ""
        super().__init__(said)
        self.hits = tuple(having or near)[:OFFERED]


def exact(hits: Sequence[Hit], text: str) -> list[Hit]:
    """Those of the hits that have this name; by their other names where no label is it."""
    wanted = folded(text)
    labelled = [hit for hit in hits if folded(hit.label) == wanted]
    return labelled or [
        hit for hit in hits if any(folded(one) == wanted for one in hit.names.split(NAMES_APART))
    ]


def named(index: TextIndex | None, text: str, kind: str) -> str:
    """The IRI of the one that has exactly this name; Unclear for none and for several."""
    hits = index.search(text, kind or None, LOOKED_AT) if index is not None else []
    found = exact(hits, text)
    if len(found) != 1:
        raise Unclear(text, found, hits)
    return found[0].iri


def meant(reader: Reader, query: Query, given: Mapping[str, str]) -> dict[str, str]:
    """The values for a query with IRIs in the place of names; those of no parameter as they are."""
    found = dict(given)
    iris = Iris(str(reader.meta["base"]))
    for param in query.params:
        text = found.get(param.name, "").strip()
        if param.type != "iri" or not text or "://" in text or text.startswith("<"):
            continue
        below = f"{iris.base}id/{text}"
        found[param.name] = below if iris.read(below) else _meant(reader, param.name, text)
    return found


def _meant(reader: Reader, name: str, text: str) -> str:
    """The IRI of a source, or of what has a name."""
    if name == "source":
        asked = f"SELECT ?it ?name {{ ?it a <{terms.SOURCE}> ; <{terms.LABEL}> ?name }}"
        known = {
            str(row["name"].value): str(row["it"].value) for row in select(reader.store, asked)
        }
        if text not in known:
            there = ", ".join(sorted(known)) or "none"
            raise ParameterError(name, text, f"there is no source {text!r}; there is {there}")
        return known[text]
    with TextIndex.open(reader.path / "text.sqlite") as index:
        try:
            return named(index, text, MEANT.get(name, ""))
        except Unclear as error:
            said = "; ".join(map(told, error.hits))
            raise ParameterError(name, text, f"{error}: {said}" if said else str(error)) from None


def told(hit: Hit) -> str:
    """A hit as a line that tells it from others of its name."""
    papers = f" ({hit.papers:,} paper{'' if hit.papers == 1 else 's'})" if hit.papers else ""
    return f"{hit.label}{papers}  {hit.iri}"
