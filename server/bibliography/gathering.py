"""Citations of many publications at once: a few queries for all of them, whoever answers these."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import IO, Any

import pyoxigraph as ox

from ontology import terms
from server.bibliography.citations import FIELDS, Citation, Name, completed, name_of, ordered

Table = Sequence[Mapping[str, str]]
# Queries by name, each about these things in the place of one variable; their rows in text.
Asking = Callable[[Sequence[tuple[str, str, Sequence[str]]]], Sequence[Table]]
# What is said of a signature, by the names that it has here.
SIGNED = {
    terms.PRINTED_NAME: "printed",
    terms.ROLE: "role",
    terms.BY_AUTHOR: "row",
    terms.ORDINAL: "ordinal",
}
Fields = dict[str, dict[str, list[str]]]


def is_publication(base: str, term: object) -> bool:
    """Whether a term of an answer is the IRI of a publication here."""
    return isinstance(term, ox.NamedNode) and term.value.startswith(f"{base}id/publication/")


def publications(file: IO[bytes], base: str, most: int, makes_graph: bool = False) -> list[str]:
    """The publications of an answer, in JSON or N-Triples, each once as they come, up to `most`."""
    found: dict[str, None] = {}
    for row in _rows(file, makes_graph):
        found.update((term.value, None) for term in row if is_publication(base, term))
        if len(found) >= most:
            break
    return list(found)[:most]


def _rows(file: IO[bytes], makes_graph: bool) -> Iterable[Iterable[Any]]:
    """The terms of each row; of each triple its subject."""
    if makes_graph:
        return ((quad.subject,) for quad in ox.parse(file, ox.RdfFormat.N_TRIPLES))
    rows = ox.parse_query_results(file, ox.QueryResultsFormat.JSON)
    return rows if isinstance(rows, ox.QuerySolutions) else ()


def citations(ask: Asking, iris: Iterable[str]) -> list[Citation]:
    """These publications as citations, in the order given; what is no publication is left out."""
    wanted = list(dict.fromkeys(iris))
    if not wanted:
        return []
    said, others, containers = ask(
        [
            (f"cited/{name}", "publication", wanted)
            for name in ("said", "said-by-others", "containers")
        ]
    )
    own, lent = _fields(said), _fields(others)
    for row in containers:
        field, column = ("container", "title") if "title" in row else ("series", "series")
        own[row["publication"]].setdefault(field, []).append(row[column])
    described = {iri: own[iri].get("from", [iri])[0] for iri in wanted if own[iri].get("title")}
    signed, cut_off = _signed(ask, list(dict.fromkeys(described.values())))
    return [
        Citation(
            iri,
            completed(own[iri], lent[iri]),
            ordered(signed[by], "author"),
            ordered(signed[by], "editor"),
            by in cut_off,
        )
        for iri, by in described.items()
    ]


def _fields(rows: Table) -> Fields:
    found: Fields = defaultdict(dict)
    for row in rows:
        prop = row["property"]
        name = "from" if prop == terms.AUTHORS_FROM else FIELDS.get(prop)
        if name:
            found[row["publication"]].setdefault(name, []).append(row["value"])
    return found


def _signed(
    ask: Asking, described: Sequence[str]
) -> tuple[Mapping[str, list[tuple[str, str, Name]]], set[str]]:
    """Role, place and name of each signature by description; which lists are cut off."""
    if not described:
        return defaultdict(list), set()
    told, cut = ask([(f"cited/{name}", "publication", described) for name in ("names", "cut-off")])
    named = _signatures(told)
    parts, groups = _parts(ask, list(dict.fromkeys(one["row"] for one in named)))
    signed: dict[str, list[tuple[str, str, Name]]] = defaultdict(list)
    for one in named:
        name = name_of(one["printed"], parts[one["row"]], one["row"] in groups)
        signed[one["publication"]].append((one["role"], one.get("ordinal", ""), name))
    for names in signed.values():
        names.sort(key=lambda one: one[2].printed)  # those without a place
    return signed, {row["publication"] for row in cut}


def _signatures(rows: Table) -> list[dict[str, str]]:
    """Each signature with what is said of it, by the names of `SIGNED`."""
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        one = found.setdefault(row["signature"], {"publication": row["publication"]})
        one[SIGNED[row["property"]]] = row["value"]
    return [one for one in found.values() if one.keys() >= {"printed", "role", "row"}]


def _parts(
    ask: Asking, rows: Sequence[str]
) -> tuple[Mapping[str, list[tuple[str, str]]], set[str]]:
    """Given and family names by row, and the rows that are groups."""
    parts: dict[str, list[tuple[str, str]]] = defaultdict(list)
    groups: set[str] = set()
    said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in ask([("cited/parts-of-names", "row", rows)])[0] if rows else ():
        if row["value"] == terms.GROUP:
            groups.add(row["row"])
        said[row["row"]][row["property"]].append(row["value"])
    for iri, told in said.items():
        parts[iri] += product(told[terms.FOAF_GIVEN_NAME], told[terms.FOAF_FAMILY_NAME])
    return parts, groups
