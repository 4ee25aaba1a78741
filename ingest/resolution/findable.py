"""What the text index says of canonical entities after a run, from the evidence in memory."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from ingest import captions, derive
from ingest.resolution.gathering.reading import Held
from ingest.resolution.statements import Resolved
from ingest.resolution.weighing.evidence import Publication, Signature
from ingest.tally import Count
from queries.search.textindex import NAMES_APART, Row


class Findable:
    """Rows of the text index, as a load would write them."""

    def __init__(self, held: Held, resolved: Resolved) -> None:
        self.held = held
        self.resolved = resolved
        self._published = {entry.iri: entry for entry in held.evidence.publications}
        self._signed: defaultdict[str, list[Signature]] = defaultdict(list)
        for signature in held.evidence.signatures:
            self._signed[signature.publication].append(signature)
        self._members: defaultdict[str, list[str]] = defaultdict(list)
        for entry in held.evidence.publications:
            self._members[resolved.publications.get(entry.iri, entry.iri)].append(entry.iri)
        rows = [*(row.iri for row in held.evidence.rows), *(part.iri for part in resolved.parts)]
        for iri in rows:
            self._members[resolved.rows.get(iri, iri)].append(iri)
        self.papers: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._chosen: dict[str, str] = {}
        for canonical in {resolved.publications.get(p, p) for p in self._published}:
            self._count(canonical)

    def _count(self, canonical: str) -> None:
        chosen = self._most_complete(canonical)
        self._chosen[canonical] = chosen
        for signature in self._signed.get(chosen, ()):
            if signature.role == "author":
                row = self.resolved.persons.get(signature.iri, signature.row)
                agent = self.resolved.rows.get(row, row)
                self.papers[agent][canonical] = self._published[canonical].year or 0

    def _most_complete(self, canonical: str) -> str:
        members = self._members[canonical]
        if len(members) == 1:
            return canonical
        held = [self._derived(self._published[member]) for member in members]
        return derive.most_complete(held, canonical).iri

    def _derived(self, entry: Publication) -> derive.Publication:
        signed = [
            derive.Signed(s.iri, s.role, s.ordinal, s.row) for s in self._signed.get(entry.iri, ())
        ]
        return derive.Publication(entry.iri, signed, entry.cut_off)

    def rows(self, wanted: Collection[str], below: str) -> Iterator[Row]:
        """What can be found of these canonical entities; `below` is put before local paths."""
        for iri in wanted:
            if iri in self._published:
                yield self._publication(iri, below)
            elif iri in self.held.labels:
                yield self._author(iri, below)

    def _author(self, iri: str, below: str) -> Row:
        total = Count(0)
        for year in self.papers.get(iri, {}).values():
            total += Count(1, 1, year, year)
        caption = captions.of_author(total.first, total.last)
        label = self.held.labels[iri]
        return Row(below + iri, "author", label, caption, total.papers, self._names(iri, label))

    def _publication(self, iri: str, below: str) -> Row:
        entry = self._published[iri]
        signed = [s for s in self._signed.get(self._chosen[iri], ()) if s.role == "author"]
        signed.sort(key=lambda s: (s.ordinal is None, s.ordinal or 0, s.iri))
        people = [self.held.labels.get(s.row, "") for s in signed[: captions.SHOWN]]
        year = "" if entry.year is None else str(entry.year)
        caption = captions.of_publication(entry.venue, year, people, len(signed))
        label = self.held.labels[iri]
        return Row(below + iri, "publication", label, caption, 0, self._names(iri, label))

    def _names(self, iri: str, label: str) -> str:
        """The other names of a cluster's members."""
        members = self._members.get(iri, ())
        names = {self.held.labels[member] for member in members}
        names.update(name for member in members for name in self.held.variants.get(member, ()))
        return NAMES_APART.join(sorted(names - {label}))
