"""`graph/shared`: venues and name clusters, of which several sources speak.

A thing stands there as long as any source's file gives it. Its label is the alias table's (venues),
else the form printed most often, then the smallest. Venues' forms are few and kept by source in
`venues.json`; a cluster's are the names of its rows, looked up in the store.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from ingest.forms import VenueForm
from ingest.lines import LABEL, TYPE, block, collapsed, literal
from ingest.tally import Count
from ontology import terms

VENUES_FILE = "venues.json"
_UNKNOWN = f'<{terms.VENUE_UNKNOWN}> "true"^^<{terms.XSD_BOOLEAN}>'

# {venue IRI: {source: [[label, kind, ISSNs, times, known to the table, printed], …]}}
VenueTable = dict[str, dict[str, list[list[Any]]]]


def read_venues(path: Path | None) -> VenueTable:
    """The venues of a generation with the forms that its sources print."""
    return {} if path is None else dict(json.loads(path.read_text(encoding="utf-8")))


def write_venues(path: Path, table: VenueTable) -> None:
    """Keep the forms beside the generation."""
    path.write_text(json.dumps(table, ensure_ascii=False, sort_keys=True), encoding="utf-8")


def with_source(
    table: VenueTable, source: str, found: Iterable[tuple[str, Sequence[tuple[VenueForm, Count]]]]
) -> VenueTable:
    """The table with what this source now prints in the place of what it printed before."""
    new = {
        iri: held
        for iri, by_source in table.items()
        if (held := {name: forms for name, forms in by_source.items() if name != source})
    }
    for iri, forms in found:
        new.setdefault(iri, {})[source] = sorted(
            [v.name, v.kind, list(v.issn), count.papers, v.known, printed]
            for v, printed, count in ((form.venue, form.printed, count) for form, count in forms)
        )
    return new


def venue_block(iri: str, by_source: Mapping[str, Sequence[Sequence[Any]]]) -> str:
    """What is said of a venue: by the alias table where that knows it, else by the sources.

    That the table does not know it is said too.
    """
    forms = _trusted(form for held in by_source.values() for form in held)
    unknown = () if any(form[4] for form in forms) else (_UNKNOWN,)
    kinds = {kind for _, kind, *_ in forms if kind}
    numbers = {issn for form in forms for issn in form[2]}
    subject = f"<{iri}>"
    return block(
        [
            f"{subject} {TYPE} <{terms.VENUE}> .\n",
            f"{subject} {LABEL} {literal(venue_label(forms))} .\n",
            *(f"{subject} {TYPE} <{terms.Q}{kind}> .\n" for kind in kinds),
            *(f"{subject} <{terms.ISSN}> {literal(issn)} .\n" for issn in numbers),
            *(f"{subject} {said} .\n" for said in unknown),
        ]
    )


def venue_label(forms: Iterable[Sequence[Any]]) -> str:
    """The name of a venue: the alias table's, else the one printed most often."""
    labels: Counter[str] = Counter()
    for name, _, _, times, *_ in _trusted(forms):
        labels[collapsed(name)] += times
    return most_frequent(labels)


def _trusted(forms: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
    held = list(forms)
    return [form for form in held if form[4]] or held


def cluster_block(iri: str, names: Counter[str]) -> str:
    """What is said of a name cluster."""
    subject = f"<{iri}>"
    label = literal(collapsed(most_frequent(names)))
    return f"{subject} {TYPE} <{terms.NAME_CLUSTER}> .\n{subject} {LABEL} {label} .\n"


def most_frequent(forms: Counter[str]) -> str:
    """The form met most often, then the smallest."""
    return min(forms, key=lambda form: (-forms[form], form))


class Clusters:
    """Looks up name clusters in a store."""

    def __init__(self, store: ox.Store, shared: str) -> None:
        self._store = store
        self._shared = ox.NamedNode(shared)

    def block(self, iri: str) -> str:
        """What the store says of a cluster now; empty where it has none."""
        lines = (
            f"{quad.subject} {quad.predicate} {quad.object} .\n"
            for quad in self._store.quads_for_pattern(ox.NamedNode(iri), None, None, self._shared)
        )
        return block(lines)

    def names(self, iri: str) -> Counter[str]:
        """The names of the rows that stand in the cluster now, each row once."""
        names: Counter[str] = Counter()
        for quad in self._store.quads_for_pattern(
            None, _IN_CLUSTER, ox.NamedNode(iri), self._shared
        ):
            for name in self._store.quads_for_pattern(quad.subject, _NAME, None, None):
                if isinstance(name.object, ox.Literal):
                    names[name.object.value] += 1
        return names


_IN_CLUSTER = ox.NamedNode(terms.IN_CLUSTER)
_NAME = ox.NamedNode(terms.FOAF_NAME)
