"""What a generation says of things that several sources share, and of what can be searched."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox

from ingest import captions, shared
from ingest.difference import Change, Changes, apply
from ingest.relink import Graphs
from ingest.tally import Count
from ingest.venues import Venues
from ontology import terms
from queries.search.textindex import NAMES_APART, Row
from queries.writes.drafts import Draft

_LABEL = ox.NamedNode(terms.LABEL)
_VARIANT = ox.NamedNode(terms.NAME_VARIANT)
_YEAR = ox.NamedNode(terms.YEAR)
_PRINTED_VENUE = ox.NamedNode(terms.PRINTED_VENUE)
_AUTHORED_BY = ox.NamedNode(terms.AUTHORED_BY)
_AUTHORS_FROM = ox.NamedNode(terms.AUTHORS_FROM)
_CANONICAL = ox.NamedNode(terms.CANONICAL)
_IN_CLUSTER = ox.NamedNode(terms.IN_CLUSTER)
_PLACED = re.compile(f" <{re.escape(terms.IN_CLUSTER)}> <([^>]*)>".encode())


def write_shared(draft: Draft, changes: Iterable[Change], scratch: Path) -> tuple[int, int]:
    """Bring venues and clusters in the store to their new state; how many quads went and came."""
    kept = Changes(scratch)
    for _ in kept.take(changes):
        pass
    if not kept.is_empty:
        apply(draft, "shared", kept, side=None)
    return kept.removed, kept.added


def touched_clusters(store: ox.Store, places: Changes, changes: Changes) -> list[str]:
    """The clusters that rows came to, left, or are in under another name now."""
    found: set[str] = set()
    for old, new in places:
        for text in (old or b"", new or b""):
            found.update(name.decode() for name in _PLACED.findall(text))
    for old, new in changes:
        row = (new or old or b"")[1:].partition(b">")[0].decode()
        if old and new and "/id/author/" in row:
            quads = store.quads_for_pattern(ox.NamedNode(row), _IN_CLUSTER, None, None)
            found.update(q.object.value for q in quads if isinstance(q.object, ox.NamedNode))
    return sorted(found)


def cluster_changes(
    clusters: shared.Clusters, found: Iterable[tuple[str, Counter[str]]]
) -> Iterator[Change]:
    """Clusters before and after; `found` are the names by which a new source adds rows to them.

    Where the store knows a cluster already, or `found` has no names, the store's rows count.
    """
    for iri, names in found:
        old = clusters.block(iri)
        held = clusters.names(iri) if old or not names else names
        new = shared.cluster_block(iri, held) if held else ""
        yield old.encode() or None, new.encode() or None


def venue_changes(old: shared.VenueTable, new: shared.VenueTable) -> Iterator[Change]:
    """Venues before and after."""
    for iri in sorted(old.keys() | new.keys()):
        before = shared.venue_block(iri, old[iri]) if iri in old else ""
        after = shared.venue_block(iri, new[iri]) if iri in new else ""
        yield before.encode() or None, after.encode() or None


def venue_rows(old: shared.VenueTable, new: shared.VenueTable) -> Iterator[Row]:
    """What can be found of the venues that changed."""
    for iri, by_source in new.items():
        if old.get(iri) != by_source:
            yield venue_row(iri, by_source)


def venue_row(iri: str, by_source: dict[str, list[list[object]]]) -> Row:
    """A venue for the index: its label, kind, and how many publications name it."""
    forms = [form for held in by_source.values() for form in held]
    label = shared.venue_label(forms)
    kinds = sorted({str(form[1]) for form in forms if form[1]})
    papers = sum(int(str(form[3])) for form in forms)
    printed = {str(form[5]) for form in forms}
    # NIPS, but no phrases: each of their words would be found, too, where a letter is corrected.
    short = {name for name in Venues.bundled().called(label) if " " not in name}
    names = NAMES_APART.join(sorted((printed | short) - {label}))
    return Row(iri, "venue", label, ", ".join(kinds), papers, names)


def rows(graphs: Graphs, iris: Iterable[str]) -> Iterator[Row]:
    """What can be found of canonical publications and authors, as the store has them."""
    for iri in iris:
        label = graphs.object(iri, _LABEL)
        if label is not None:
            yield (
                _author(graphs, iri, label)
                if "/id/author/" in iri
                else (_publication(graphs, iri, label))
            )


def _author(graphs: Graphs, iri: str, label: str) -> Row:
    papers = graphs.subjects(_AUTHORED_BY, iri)
    total = Count(0)
    for paper in papers:
        year = int(graphs.object(paper, _YEAR) or 0)
        total += Count(1, 1, year, year)
    return Row(
        iri,
        "author",
        label,
        captions.of_author(total.first, total.last),
        len(papers),
        _names(graphs, iri, label),
    )


def _publication(graphs: Graphs, iri: str, label: str) -> Row:
    venue = graphs.object(iri, _PRINTED_VENUE) or ""
    chosen = graphs.object(iri, _AUTHORS_FROM) or iri
    signed = [s for s in graphs.publication(chosen).signatures if s.role == "author"]
    signed.sort(key=lambda s: (s.ordinal is None, s.ordinal or 0, s.iri))
    people = [graphs.object(s.row, _LABEL) or "" for s in signed[: captions.SHOWN]]
    detail = captions.of_publication(venue, graphs.object(iri, _YEAR) or "", people, len(signed))
    return Row(iri, "publication", label, detail, 0, _names(graphs, iri, label))


def _names(graphs: Graphs, iri: str, label: str) -> str:
    """The other names of a cluster's members."""
    members = graphs.subjects(_CANONICAL, iri)
    names = {
        name
        for member in members
        for said in (_LABEL, _VARIANT)
        for name in graphs.objects(member, said)
    }
    return NAMES_APART.join(sorted(names - {label}))
