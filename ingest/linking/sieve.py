"""The papers of another graph that may be ours, written for the loader, and what their IRIs were.

Of a stream of any length only those are kept that have an identifier or a title of ours.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from ingest import identifiers
from ingest.lines import literal
from ingest.linking.choosing import Tally
from ingest.linking.others import Paper, Stranger
from ingest.linking.ours import Ours
from ingest.linking.theirs import Spool, Theirs
from ingest.records import Contributor
from ontology import terms

STAGED = "urn:x-quiver-outside:"
BATCH = 5_000  # papers in one file: the triples of so many are held in memory while it is read
_TYPE, _DBLP = f"<{terms.TYPE}>", terms.DBLP
_KINDS = {"JournalArticle": "Article", "Preprint": "Informal", "Book": "Book", "Dataset": "Data"}


@dataclass(slots=True)
class Sieve:
    """Papers that may be ours, as files in a folder for the loader, and what their IRIs were."""

    folder: Path
    spool: Spool
    papers: list[str] = field(default_factory=list)
    people: dict[str, int] = field(default_factory=dict)
    named: dict[str, int] = field(default_factory=dict)
    renamed: dict[int, str] = field(default_factory=dict)
    there: Tally = field(default_factory=Tally)
    shared: Counter[str] = field(default_factory=Counter)

    def write(self, papers: Iterable[Paper | Stranger], ours: Ours) -> int:
        """Keep what may be ours; gives how many papers were looked at."""
        seen = 0
        with ExitStack() as stack:
            for paper in papers:
                seen += 1
                people = dict.fromkeys(filter(None, paper.people))
                for person in people:
                    self.there.add(person, paper.count if isinstance(paper, Stranger) else 1)
                if isinstance(paper, Paper) and ours.knows(paper.record):
                    if len(self.papers) % BATCH == 0:
                        file = self._next(stack)
                    file.writelines(self._lines(paper))
                    signed = map(self.people.__getitem__, people)
                    self.spool.add(len(self.papers) - 1, paper, signed)
                elif known := [self.people[one] for one in people if one in self.people]:
                    self.spool.pass_by(_passed(paper), known)
        self.spool.done()
        return seen

    @property
    def files(self) -> list[Path]:
        """What the loader reads."""
        count = -(-len(self.papers) // BATCH)
        return [self.folder / f"outside-{number}.nt" for number in range(count)]

    def _next(self, stack: ExitStack) -> TextIO:
        """The next file, in the place of the last."""
        stack.close()
        path = self.folder / f"outside-{len(self.papers) // BATCH}.nt"
        return stack.enter_context(path.open("w", encoding="utf-8"))

    def said(self, outside: Collection[str], against: str) -> Iterator[tuple[str, Theirs]]:
        """What the other side says of these things."""
        wanted = set(outside)
        for number, iri in enumerate(self.papers):
            if iri in wanted:
                yield iri, self.spool.paper(number, against)
        meant = {number: iri for iri, number in self.people.items()} | self.renamed
        counted = dict(self._people())
        for number, iri in meant.items():
            if iri in wanted:
                yield iri, self.spool.person(number, against, self.there.of(counted[number]), ())

    def _lines(self, paper: Paper) -> Iterator[str]:
        """A paper in dblp's schema, which has signatures with creators and ordinals."""
        number, record = len(self.papers), paper.record
        self.papers.append(paper.iri)
        node = f"<{STAGED}{number}>"
        kind = _KINDS.get(record.kind, "Inproceedings")
        yield f"{node} {_TYPE} <{_DBLP}{kind}> .\n"
        yield f"{node} <{_DBLP}title> {literal(record.label or record.title)} .\n"
        if record.year is not None:
            yield f'{node} <{_DBLP}yearOfPublication> "{record.year}" .\n'
        if record.venue and record.venue.name:
            yield f"{node} <{_DBLP}publishedIn> {literal(record.venue.name)} .\n"
        if record.pages:
            yield f"{node} <{_DBLP}pagination> {literal(record.pages)} .\n"
        for one in record.identifiers:
            address = identifiers.iri(one)
            if address and one.scheme != "isbn":
                yield f"{node} <{terms.SAME_AS}> <{address}> .\n"
        self.shared.update(set(paper.people) - {""})
        people = zip(record.contributors, paper.people, strict=True)
        for ordinal, (person, iri) in enumerate(people, 1):
            yield from self._signed(node, f"<{STAGED}{number}:{ordinal}>", ordinal, person, iri)

    def _signed(
        self, node: str, signature: str, ordinal: int, person: Contributor, iri: str
    ) -> Iterator[str]:
        role = "EditorSignature" if person.role == "editor" else "AuthorSignature"
        yield f"{node} <{_DBLP}hasSignature> {signature} .\n"
        yield f"{signature} {_TYPE} <{_DBLP}{role}> .\n"
        yield f"{signature} <{_DBLP}signatureDblpName> {literal(person.printed)} .\n"
        yield f'{signature} <{_DBLP}signatureOrdinal> "{ordinal}" .\n'
        if iri:
            mine = self.people.setdefault(iri, len(self.people))
            yield f"{signature} <{_DBLP}signatureCreator> <{STAGED}p:{mine}> .\n"
        for one in person.identifiers:
            if one.scheme == "orcid" and one.valid:
                yield f"{signature} <{_DBLP}signatureOrcid> <https://orcid.org/{one.value}> .\n"

    def mixed(self) -> set[str]:
        """What stood for people of whom most papers are not here."""
        return {
            f"{STAGED}p:{number}"
            for number, iri in self._people()
            if 2 * self.shared[iri] < self.there.of(iri)
        }

    def _people(self) -> Iterator[tuple[int, str]]:
        """Everybody by number, under the IRI or name by which they were counted."""
        return ((number, iri) for iri, number in (self.people | self.named).items())

    def rename(self, name: str, iri: str) -> None:
        """Say which IRI somebody has of whom only the name was known."""
        number = self.people.pop(name, None)
        if number is not None:
            self.named[name] = number
            self.renamed[number] = iri

    def meant(self) -> dict[str, str]:
        """The IRI of the other side by the name that stood for it here."""
        found = {f"{STAGED}{number}": iri for number, iri in enumerate(self.papers)}
        found |= {f"{STAGED}p:{number}": iri for iri, number in self.people.items()}
        return found | {f"{STAGED}p:{number}": iri for number, iri in self.renamed.items()}


def _passed(paper: Paper | Stranger) -> Stranger:
    """A paper that is not ours, though it may have been read whole."""
    return paper if isinstance(paper, Stranger) else Stranger(paper.people, lambda: paper)
