"""The resolver's word on papers of another graph: they are resolved with ours, in a copy.

Only papers that may be ours (an identifier, a title) are kept of the other side, so what is held
is bounded by our graph and not by theirs. The copy shares the files of the generation; it is
thrown away when its links and matches have been read.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from ingest import identifiers, pipeline
from ingest.lines import literal
from ingest.linking.choosing import GREY, LINKED, MIXED, NAMESAKES, Candidate, Tally
from ingest.linking.others import NAMED, Paper, Stranger
from ingest.linking.ours import Ours
from ingest.linking.theirs import Spool, Theirs
from ingest.records import Contributor
from ingest.resolution.links import resolve
from ontology import terms
from ontology.iris import Iris
from queries.catalogue import Catalogue
from queries.generations import Generations
from queries.store import EmbeddedStore, select
from queries.writes.files import link_or_copy

SOURCE = "outside"
STAGED = "urn:x-quiver-outside:"
_TYPE, _DBLP = f"<{terms.TYPE}>", terms.DBLP
_KINDS = {"JournalArticle": "Article", "Preprint": "Informal", "Book": "Book", "Dataset": "Data"}
TIE = 0.5  # nats
Match = tuple[str, float, tuple[tuple[str, float], ...]]  # verdict, score, terms by property
_UNCOMPARED: Match = GREY, 0.5, ()
Progress = Callable[[str, int, int | None], None]


@dataclass(slots=True)
class Sieve:
    """Papers that may be ours, as a file for the loader, and what their IRIs were."""

    path: Path
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
        with self.path.open("w", encoding="utf-8") as file:
            for paper in papers:
                seen += 1
                people = dict.fromkeys(filter(None, paper.people))
                for person in people:
                    self.there.add(person, paper.count if isinstance(paper, Stranger) else 1)
                if isinstance(paper, Paper) and ours.knows(paper.record):
                    file.writelines(self._lines(paper))
                    signed = map(self.people.__getitem__, people)
                    self.spool.add(len(self.papers) - 1, paper, signed)
                elif known := [self.people[one] for one in people if one in self.people]:
                    self.spool.pass_by(_passed(paper), known)
        self.spool.done()
        return seen

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


@contextmanager
def scratch(data: Path) -> Iterator[Path]:
    """A folder beside the data, on the same disk so that its files can be shared."""
    with tempfile.TemporaryDirectory(prefix="link.tmp-", dir=data) as folder:
        yield Path(folder)


def candidates(
    data: Path, sieve: Sieve, ours: Ours, folder: Path, progress: Progress
) -> list[Candidate]:
    """What the resolver makes of the papers in the sieve and of ours, taken together."""
    if not sieve.papers:
        return []
    copy = folder / "data"
    _copied(data, copy)
    pipeline.load(copy, [sieve.path], source=SOURCE, format="rdf")
    resolve(copy, progress=progress)
    with Generations(copy).open() as reader:
        return list(_Verdicts(reader.store, ours, sieve.meant(), sieve.mixed()).candidates())


def _copied(data: Path, copy: Path) -> None:
    """The current generation under another roof; its files are links, and never written to."""
    with Generations(data).open() as reader:
        target = copy / "generations" / str(reader.number)
        shutil.copytree(reader.path, target, copy_function=_link)
        (copy / "generations" / f"{reader.number}.lock").touch()
        (copy / "current").symlink_to(Path("generations") / str(reader.number))


def _link(old: str, new: str) -> None:
    link_or_copy(Path(old), Path(new))


class _Verdicts:
    """Reads from a resolved copy which of the outside things are ours."""

    def __init__(
        self, held: EmbeddedStore, ours: Ours, meant: Mapping[str, str], mixed: Collection[str]
    ) -> None:
        self.held = held
        self.ours = ours
        self.meant = meant
        self.mixed = mixed
        self.graph = Iris(ours.iris.base).source_graph(SOURCE)
        self.queries = Catalogue.bundled("linking")

    def candidates(self) -> Iterator[Candidate]:
        """A candidate for each outside thing and each entity that it was joined with, or nearly."""
        outside, mixed = self._outside(), self._mixed()
        joined, matches = self._joined(outside), self._matches(outside)
        labels = {thing: label for thing, label in self._rows("labels")}  # noqa: C416 (pairs)
        tied = _tied(matches)
        pairs = {(thing, entity) for thing, here in joined.items() for entity in here}
        for thing, entity in sorted(pairs | matches.keys()):
            if outside[thing].startswith(NAMED):
                continue
            _, score, told = matches.get((thing, entity), _UNCOMPARED)
            doubt = self._doubt(entity, joined.get(thing, set()), matches.get((thing, entity)))
            label = labels.get(thing, "")
            if not doubt and thing in mixed and self.ours.namesakes(entity) > NAMESAKES:
                doubt = MIXED
            if (thing, entity) in tied or self.ours.is_doubled(entity, label, dict(told)):
                doubt = doubt or "another is as like it"
            rule = f"{'publications' if '/id/publication/' in entity else 'people'} outside"
            verdict = GREY if doubt else LINKED
            yield Candidate(entity, outside[thing], rule, score, verdict, told, label, doubt)

    def _doubt(self, entity: str, here: set[str], match: Match | None) -> str:
        """Why an entity of ours is not surely the outside thing; nothing where it is."""
        if entity not in here:
            return "the resolver is not sure"
        if len(here) > 1:
            return "it would join several here"
        if entity in self.ours.several:
            return "the row here holds several people"
        return "" if match and match[0] == LINKED else "joined by way of others only"

    def _rows(self, name: str) -> list[tuple[str, ...]]:
        query = self.queries.get(name)
        found = select(self.held, query.text, query.bind({"graph": self.graph}))
        names = [variable.value for variable in found.variables]
        return [tuple(_text(row[name]) for name in names) for row in found]

    def _outside(self) -> dict[str, str]:
        """What the loader called each thing of the other side, and its IRI there."""
        return {thing: self.meant[key] for key, thing in self._rows("outside") if key in self.meant}

    def _mixed(self) -> set[str]:
        """What the loader called people of whom most papers are not here."""
        return {thing for key, thing in self._rows("outside") if key in self.mixed}

    def _joined(self, outside: Mapping[str, str]) -> dict[str, set[str]]:
        """The entities of ours, as they stand without the others, in the cluster of each."""
        found: dict[str, set[str]] = {}
        for member, thing in self._rows("joined"):
            if thing in outside and (entity := self.ours.canonical.get(member)):
                found.setdefault(thing, set()).add(entity)
        return found

    def _matches(self, outside: Mapping[str, str]) -> dict[tuple[str, str], Match]:
        """The best match of each outside thing with each entity of ours: verdict, score, terms."""
        best: dict[tuple[str, str], tuple[bool, float, str]] = {}
        for match, member, score, thing, verdict in self._rows("matches"):
            entity = self.ours.canonical.get(member)
            if entity is None or thing not in outside or verdict not in (LINKED, GREY):
                continue
            found = verdict == LINKED, float(score), match
            pair = thing, entity
            if pair not in best or found[:2] > best[pair][:2]:
                best[pair] = found
        return {
            pair: (LINKED if same else GREY, score, self._terms(match))
            for pair, (same, score, match) in best.items()
        }

    def _terms(self, match: str) -> tuple[tuple[str, float], ...]:
        """The terms of a score, looked up alone: most matches are of no pair's best."""
        quads = self.held.engine.quads_for_pattern(ox.NamedNode(match), None, None, None)
        return tuple(
            sorted(
                (quad.predicate.value, float(_text(quad.object)))
                for quad in quads
                if quad.predicate.value.startswith(terms.EVIDENCE)
            )
        )


def _tied(matches: Mapping[tuple[str, str], Match]) -> set[tuple[str, str]]:
    """The pairs of which either could as well be of another pair: the evidence is nearly the same.

    A paper that stands in three workshops with the same title, authors and year is such a one.
    """
    sums = {pair: sum(weight for _, weight in match[2]) for pair, match in matches.items()}
    rivals: dict[tuple[int, str], list[float]] = {}
    for pair, value in sums.items():
        for side in (0, 1):
            rivals.setdefault((side, pair[side]), []).append(value)
    return {
        pair
        for pair, value in sums.items()
        if any(sum(one > value - TIE for one in rivals[side, pair[side]]) > 1 for side in (0, 1))
    }


def _text(term: object) -> str:
    return term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else ""
