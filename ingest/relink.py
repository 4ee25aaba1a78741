"""`graph/links` after a source changed: only the clusters that the change touches.

Publications and rows that came stand for themselves. Of a cluster that lost its canonical member
another takes the place; what was said of vanished ones (sameAs, matches, parts) goes with them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyoxigraph as ox

from ingest import derive
from ingest.difference import Change
from ingest.lines import block
from ontology import terms
from ontology.iris import Iris

_CANONICAL = ox.NamedNode(terms.CANONICAL)
_PERSON = ox.NamedNode(terms.PERSON_PROPERTY)
_BY_AUTHOR = ox.NamedNode(terms.BY_AUTHOR)
_OF_PUBLICATION = ox.NamedNode(terms.OF_PUBLICATION)
_PART_OF = ox.NamedNode(terms.PART_OF)
_COMPARES = ox.NamedNode(terms.COMPARES)
_RULE, _SIGNATURES_RULE = ox.NamedNode(terms.RULE), ox.Literal("signatures")
_DIFFERENT = ox.NamedNode(terms.DIFFERENT_FROM)
_VERSION_OF = ox.NamedNode(terms.VERSION_OF)
_AGENTS = tuple(ox.NamedNode(term) for term in (terms.AUTHORED_BY, terms.EDITED_BY))
_DERIVED = frozenset(
    (
        terms.CANONICAL,
        terms.AUTHORS_FROM,
        terms.AUTHORED_BY,
        terms.EDITED_BY,
        terms.DC_CREATOR,
        terms.PERSON_PROPERTY,
    )
)
_SIGNATURES = re.compile(rb"^<([^>]*/id/signature/[^>]*)>", re.MULTILINE)
_ROWS = re.compile(f"^<([^>]*)> <{re.escape(terms.BY_AUTHOR)}> <([^>]*)>".encode(), re.MULTILINE)


@dataclass(slots=True)
class Touched:
    """What the index must look at again: canonical ones to take out, and to put in (anew)."""

    gone: set[str] = field(default_factory=set)
    fresh: set[str] = field(default_factory=set)


class Graphs:
    """The few patterns asked of a store, by plain strings."""

    def __init__(self, store: ox.Store, iris: Iris) -> None:
        self.store = store
        self.links = ox.NamedNode(iris.graph("links"))

    def objects(self, subject: str, predicate: ox.NamedNode) -> list[str]:
        """The values of a property, in whatever graph."""
        quads = self.store.quads_for_pattern(ox.NamedNode(subject), predicate, None, None)
        return [_text(quad.object) for quad in quads]

    def object(self, subject: str, predicate: ox.NamedNode) -> str | None:
        """The value of a property that has one at most."""
        return next(iter(self.objects(subject, predicate)), None)

    def subjects(self, predicate: ox.NamedNode, value: str) -> list[str]:
        """What has this value of a property."""
        quads = self.store.quads_for_pattern(None, predicate, ox.NamedNode(value), None)
        return [_text(quad.subject) for quad in quads]

    def matches_of_signatures(self) -> list[str]:
        """The matches that say whose single signatures are."""
        quads = self.store.quads_for_pattern(None, _RULE, _SIGNATURES_RULE, self.links)
        return [_text(quad.subject) for quad in quads]

    def said(self, subject: str) -> Iterator[ox.Quad]:
        """What `graph/links` says of this."""
        return self.store.quads_for_pattern(ox.NamedNode(subject), None, None, self.links)

    def lines(self, subjects: Iterable[str]) -> set[str]:
        """The same of several, as lines."""
        quads = (quad for subject in subjects for quad in self.said(subject))
        return {f"{quad.subject} {quad.predicate} {quad.object} .\n" for quad in quads}

    def publication(self, iri: str) -> derive.Publication:
        """A publication with its signatures, as `derive` wants it."""
        signatures = []
        for signature in self.subjects(_OF_PUBLICATION, iri):
            ordinal = self.object(signature, ox.NamedNode(terms.ORDINAL))
            signatures.append(
                derive.Signed(
                    iri=signature,
                    role=self.object(signature, ox.NamedNode(terms.ROLE)) or "",
                    ordinal=None if ordinal is None else int(ordinal),
                    row=self.object(signature, _BY_AUTHOR) or "",
                )
            )
        cut_off = self.object(iri, ox.NamedNode(terms.CUT_OFF)) == "true"
        return derive.Publication(iri, signatures, cut_off)


def _text(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    return str(term) if isinstance(term, ox.Triple) else term.value


class Relink:
    """The changes of one source's graph, already in the store, carried into `graph/links`."""

    def __init__(self, graphs: Graphs, changes: Iterable[Change]) -> None:
        self.graphs = graphs
        self.touched = Touched()
        self._signatures: dict[str, set[str]] = {}  # of touched publications, before and after
        self._vanished: set[str] = set()
        self._came: set[str] = set()
        self._was_by: dict[str, str] = {}  # rows of signatures before the change
        self._renamed: set[str] = set()  # signatures that vanished, or are another row's now
        self._publications: set[str] = set()
        self._rows: set[str] = set()
        self._mentioned: set[str] = set()  # rows on touched publications
        for old, new in changes:
            self._take(old, new)
        self.parts: dict[str, str] = {}  # to rows that vanished: they vanish too
        for row in sorted(self._rows & self._vanished):
            self.parts |= dict.fromkeys(graphs.subjects(_PART_OF, row), row)
        self._rows.update(self.parts)
        self._vanished.update(self.parts)
        self._new_canonical: dict[str, str] = {}

    def _take(self, old: bytes | None, new: bytes | None) -> None:
        either = new or old or b""
        iri = either[1 : either.index(b">")].decode()
        if new is None:
            self._vanished.add(iri)
        if old is None:
            self._came.add(iri)
        if "/id/author/" in iri:
            self._rows.add(iri)
            return
        self._publications.add(iri)
        signed: dict[str, str] = {}
        for text in (old or b"", new or b""):
            found = {name.decode() for name in _SIGNATURES.findall(text)}
            self._signatures.setdefault(iri, set()).update(found)
            signed = {one.decode(): row.decode() for one, row in _ROWS.findall(text)}
            self._mentioned.update(signed.values())
            if text is old:
                self._was_by.update(signed)
        was = self._was_by
        self._renamed.update(
            one
            for one in self._signatures[iri]
            if one in was and (new is None or signed.get(one) != was[one])
        )

    def changes(self) -> Iterator[Change]:
        """The blocks of `graph/links` before and after."""
        gone = self._gone()
        moved = self._rows_changes()
        for clusters in self._publication_clusters():
            yield from clusters
        yield from moved
        yield from gone
        self._tell_rows()

    # --- rows

    def _rows_changes(self) -> list[Change]:
        changes: list[Change] = []
        for row in sorted(self._rows & self._came):
            changes.append(self._pair([row], derive.row_block(row)))
        for row in sorted(self._rows & self._vanished):
            changes.append(self._pair([row], ""))
            self.touched.gone.add(row)
        for canonical in sorted(self._clusters_of(self._rows & self._vanished)):
            changes += self._heir(canonical)
        return changes

    def _clusters_of(self, entities: Iterable[str]) -> set[str]:
        found = (self.graphs.object(entity, _CANONICAL) for entity in entities)
        return {canonical for canonical in found if canonical is not None}

    def _heir(self, canonical: str) -> Iterator[Change]:
        """The other members of a row cluster whose canonical member vanished."""
        members = [m for m in self._members(canonical) if m not in self._vanished]
        if canonical not in self._vanished or not members:
            self.touched.fresh.update(() if canonical in self._vanished else (canonical,))
            return
        heir = min(members, key=lambda m: (-len(self.graphs.subjects(_BY_AUTHOR, m)), m))
        self.touched.fresh.add(heir)
        self._new_canonical.update(dict.fromkeys(members, heir))
        for predicate in _AGENTS:
            self._publications.update(self.graphs.subjects(predicate, canonical))
        for member in members:
            kept = self._kept([member])
            yield self._pair([member], derive.row_block(member, heir), kept)

    def _members(self, canonical: str) -> list[str]:
        return self.graphs.subjects(_CANONICAL, canonical)

    def row_canonical(self, row: str) -> str:
        """The canonical member of a row or part, after the change."""
        if row in self._new_canonical:
            return self._new_canonical[row]
        known = self.graphs.object(row, _CANONICAL)
        return row if known is None or known in self._vanished else known

    # --- publications

    def _publication_clusters(self) -> Iterator[Iterator[Change]]:
        done: set[str] = set()
        for publication in sorted(self._publications):
            canonical = self.graphs.object(publication, _CANONICAL) or publication
            if canonical not in done:
                done.add(canonical)
                yield self._cluster(canonical)

    def _cluster(self, canonical: str) -> Iterator[Change]:
        before = {canonical, *self._members(canonical)}
        alive = sorted(before - self._vanished)
        for member in sorted(before & self._vanished):
            self.touched.gone.add(member)
            yield self._pair([member, *self._signatures.get(member, ())], "")
        if not alive:
            return
        if canonical not in alive:
            canonical = alive[0]
        self.touched.fresh.add(canonical)
        held = [self.graphs.publication(iri) for iri in alive]
        persons = self._persons(held)
        rows = {
            row: self.row_canonical(row)
            for one in held
            for row in (persons.get(s.iri, s.row) for s in one.signatures)
        }
        self._mentioned.update(rows)
        blocks = derive.publication_blocks(held, canonical, rows, persons)
        for one, text in zip(held, blocks, strict=True):
            own = {s.iri for s in one.signatures} | self._signatures.get(one.iri, set())
            if one.iri in self._came:  # its signatures may be those of one with another title
                own = set()
            yield self._pair([one.iri, *own], text, self._kept([one.iri]))

    def _persons(self, members: Iterable[derive.Publication]) -> dict[str, str]:
        """What resolution assigned to signatures, where that still stands."""
        persons = {}
        for member in members:
            for signed in member.signatures:
                if self._was_by.get(signed.iri, signed.row) != signed.row:
                    continue  # another name now: what was assigned was assigned to the old one
                person = self.graphs.object(signed.iri, _PERSON)
                if person and person != signed.row and self._stands(person):
                    persons[signed.iri] = person
        return persons

    def _stands(self, person: str) -> bool:
        whole = self.graphs.object(person, _PART_OF)
        return person not in self._vanished and whole not in self._vanished

    # --- what else is said

    def _gone(self) -> list[Change]:
        """Matches with vanished ones, or signatures that have another name; empty works."""
        subjects: set[str] = set()
        for iri in self._vanished:
            subjects.update(self.graphs.subjects(_COMPARES, iri))
            for work in self.graphs.objects(iri, _VERSION_OF):
                if set(self.graphs.subjects(_VERSION_OF, work)) <= self._vanished:
                    subjects.add(work)
        for match in self.graphs.matches_of_signatures() if self._renamed else ():
            if not self._renamed.isdisjoint(self.graphs.objects(match, _COMPARES)):
                subjects.add(match)
        decisions = f"{self.graphs.links.value[: -len('graph/links')]}id/decision/"
        found = sorted(s for s in subjects if not s.startswith(decisions))
        return [pair for s in found if (pair := self._pair([s], ""))[0] is not None]

    def _kept(self, subjects: Iterable[str]) -> set[str]:
        """What a load does not derive: versions, differences, links outside, former canonicals."""
        base = self.graphs.links.value[: -len("graph/links")]
        kept = set()
        for subject in subjects:
            for quad in self.graphs.store.quads_for_pattern(
                ox.NamedNode(subject), None, None, self.graphs.links
            ):
                inner = quad.predicate.value == terms.SAME_AS and _text(quad.object).startswith(
                    base
                )
                if quad.predicate.value in _DERIVED or inner:
                    continue
                if _text(quad.object) not in self._vanished:
                    kept.add(f"{quad.subject} {quad.predicate} {quad.object} .\n")
        return kept

    def _pair(self, subjects: list[str], new: str, kept: Iterable[str] = ()) -> Change:
        old = block(self.graphs.lines(subjects))
        after = block({*new.splitlines(keepends=True), *kept}) if new else ""
        return old.encode() or None, after.encode() or None

    def _tell_rows(self) -> None:
        """Rows on touched publications have another count of papers."""
        for row in self._mentioned:
            if row not in self._vanished:
                self.touched.fresh.add(self.row_canonical(row))
        self.touched.fresh -= self._vanished
