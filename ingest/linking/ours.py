"""What we hold that another graph may hold too: identifiers, titles, names; read once, by keys."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from ingest.identifiers import SCHEMES
from ingest.records import Identifier, Record
from ingest.resolution import usual
from ingest.resolution.names import homonym, parse
from ingest.resolution.titles import words_of
from ontology import terms
from ontology.iris import Iris

_CANONICAL = ox.NamedNode(terms.CANONICAL)
SHORTEST_TITLE = 3  # words: fewer are many publications' titles


def title_key(title: str) -> str:
    """A title folded, without spaces; nothing where it is too short to tell."""
    words = words_of(title)
    return "".join(words) if len(words) >= SHORTEST_TITLE else ""


@dataclass(slots=True)
class Ours:
    """Canonical entities of the graph by identifier, publications by title, people by name."""

    iris: Iris
    store: ox.Store
    canonical: dict[str, str] = field(default_factory=dict)
    identified: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    titled: dict[str, set[str]] = field(default_factory=dict)
    several: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, store: ox.Store, iris: Iris) -> "Ours":
        """What the store holds now."""
        found = cls(iris, store)
        found.canonical = dict(found._pairs(terms.CANONICAL))
        ambiguous = store.quads_for_pattern(
            None, ox.NamedNode(terms.TYPE), ox.NamedNode(terms.AMBIGUOUS_AUTHOR), None
        )
        found.several = {_value(quad.subject) for quad in ambiguous}
        identified: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for scheme in SCHEMES:
            for subject, value in found._pairs(terms.Q + scheme):
                if subject in found.canonical:
                    identified[scheme, value].add(found.canonical[subject])
        titled: defaultdict[str, set[str]] = defaultdict(set)
        publications = f"{iris.base}id/publication/"
        for subject, label in found._pairs(terms.LABEL):
            if subject.startswith(publications) and subject in found.canonical:
                key = title_key(label)
                if key:
                    titled[key].add(found.canonical[subject])
        found.identified, found.titled = dict(identified), dict(titled)
        return found

    def _pairs(self, predicate: str) -> Iterator[tuple[str, str]]:
        quads = self.store.quads_for_pattern(None, ox.NamedNode(predicate), None, None)
        return ((_value(quad.subject), _value(quad.object)) for quad in quads)

    def knows(self, record: Record) -> bool:
        """Whether a record may be one of our publications: by an identifier, or by its title."""
        return self.may_have(record.label or record.title, record.identifiers)

    def may_have(self, title: str, identifiers: Iterable[Identifier]) -> bool:
        """The same of a title and identifiers alone."""
        return any((one.scheme, one.value) in self.identified for one in identifiers) or (
            title_key(title) in self.titled
        )

    def having(self, identifiers: Iterable[Identifier]) -> set[str]:
        """The canonical entities that have any of these identifiers."""
        return {
            entity
            for one in identifiers
            for entity in self.identified.get((one.scheme, one.value), ())
        }

    def authors(self, publication: str) -> list[str]:
        """The canonical authors of a canonical publication."""
        return self._objects(publication, terms.AUTHORED_BY)

    def names(self, entity: str) -> list[str]:
        """Every name of the members of a canonical entity."""
        quads = self.store.quads_for_pattern(None, _CANONICAL, ox.NamedNode(entity), None)
        members = {entity, *(_value(quad.subject) for quad in quads)}
        found = {n for m in members for n in self._objects(m, terms.FOAF_NAME)}
        return sorted(found or {n for m in members for n in self._objects(m, terms.LABEL)})

    def namesakes(self, entity: str) -> float:
        """How many people of an author's name to expect in the world; none of a publication's."""
        if "/id/author/" not in entity:
            return 0.0
        names = (parse(homonym(name)[0]) for name in self.names(entity))
        return min((usual.namesakes(one.family, one.first) for one in names), default=0.0)

    def is_doubled(self, entity: str, title: str, told: Mapping[str, float]) -> bool:
        """Whether another publication here is as like it, or liker, and nothing else tells.

        A paper that was given in three workshops stands three times, and elsewhere as well.
        """
        like = self.titled.get(title_key(title), set())
        if "/id/publication/" not in entity or told.get(terms.EVIDENCE_IDENTIFIER, 0) > 0:
            return False
        if entity not in like:
            return bool(like)  # another has the very title
        mine = self._place(entity)
        return any(one != entity and self._place(one) & mine for one in like)

    def _place(self, publication: str) -> set[tuple[str, str]]:
        """The series and years of a publication's members."""
        quads = self.store.quads_for_pattern(None, _CANONICAL, ox.NamedNode(publication), None)
        members = {publication, *(_value(quad.subject) for quad in quads)}
        return {
            (venue, year)
            for member in members
            for venue in self._objects(member, terms.VENUE_PROPERTY) or [""]
            for year in self._objects(member, terms.YEAR) or [""]
        }

    def label(self, entity: str) -> str:
        """What an entity is called."""
        return next(iter(self._objects(entity, terms.LABEL)), "")

    def _objects(self, subject: str, predicate: str) -> list[str]:
        quads = self.store.quads_for_pattern(
            ox.NamedNode(subject), ox.NamedNode(predicate), None, None
        )
        return [_value(quad.object) for quad in quads]


def _value(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    return "" if isinstance(term, ox.Triple) else term.value
