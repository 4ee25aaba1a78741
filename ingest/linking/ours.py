"""What we hold that another graph may hold too: identifiers, titles, names; read once, by keys."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyoxigraph as ox

from ingest.identifiers import SCHEMES
from ingest.records import Identifier, Record
from ingest.resolution.weighing import usual
from ingest.resolution.weighing.names import homonym, parse
from ingest.resolution.weighing.titles import words_of
from ontology import terms
from ontology.iris import Iris

_CANONICAL = ox.NamedNode(terms.CANONICAL)
SHORTEST_TITLE = 3  # words: fewer are many publications' titles


def title_key(title: str) -> str:
    """A title folded, without spaces; nothing where it is too short to tell."""
    words = words_of(title)
    return "".join(words) if len(words) >= SHORTEST_TITLE else ""


@dataclass(frozen=True, slots=True)
class Index:
    """Entities by keys of which only hashes are kept, in columns: a fifth of what objects take.

    Two keys may have one hash, once in some million million millions: what is found is compared.
    """

    hashes: "array[int]"
    starts: "array[int]"
    paths: bytes

    @classmethod
    def of(cls, pairs: Iterable[tuple[Hashable, str]]) -> "Index":
        """Of pairs of a key and a local path."""
        hashes, starts, paths = array("q"), array("q", [0]), bytearray()
        for key, path in pairs:
            hashes.append(hash(key))
            paths += path.encode()
            starts.append(len(paths))
        order = np.argsort(np.array(hashes, np.int64), kind="stable").tolist()
        rows = array("q", (value for place in order for value in starts[place : place + 2]))
        return cls(array("q", (hashes[place] for place in order)), rows, bytes(paths))

    def __contains__(self, key: Hashable) -> bool:
        wanted = hash(key)
        place = bisect_left(self.hashes, wanted)
        return place < len(self.hashes) and self.hashes[place] == wanted

    def get(self, key: Hashable) -> set[str]:
        """The local paths of all that have this key."""
        wanted = hash(key)
        first, last = bisect_left(self.hashes, wanted), bisect_right(self.hashes, wanted)
        return {
            self.paths[self.starts[2 * place] : self.starts[2 * place + 1]].decode()
            for place in range(first, last)
        }


@dataclass(slots=True)
class Ours:
    """Canonical entities of the graph by identifier, publications by title, people by name."""

    iris: Iris
    store: ox.Store
    several: set[str]
    identified: Index
    titles: Index

    @classmethod
    def of(cls, store: ox.Store, iris: Iris) -> "Ours":
        """What the store holds now."""
        ambiguous = store.quads_for_pattern(
            None, ox.NamedNode(terms.TYPE), ox.NamedNode(terms.AMBIGUOUS_AUTHOR), None
        )
        several = {_value(quad.subject) for quad in ambiguous}
        below = f"{iris.base}id/"
        reading = _Reading(store, below)
        found = cls(
            iris, store, several, Index.of(reading.identified()), Index.of(reading.titled())
        )
        words_of.cache_clear()  # of all our titles: none is asked for again
        return found

    def canonical(self, iri: str) -> str | None:
        """The canonical member of an entity here; nothing of what is none."""
        if not iri.startswith(f"{self.iris.base}id/"):
            return None
        return next(iter(self._objects(iri, terms.CANONICAL)), None)

    def knows(self, record: Record) -> bool:
        """Whether a record may be one of our publications: by an identifier, or by its title."""
        return self.may_have(record.label or record.title, record.identifiers)

    def may_have(self, title: str, identifiers: Iterable[Identifier]) -> bool:
        """The same of a title and identifiers alone."""
        return any((one.scheme, one.value) in self.identified for one in identifiers) or (
            self.has_title(title)
        )

    def has_title(self, title: str) -> bool:
        """Whether a publication of ours has this title."""
        key = title_key(title)
        return bool(key) and key in self.titles

    def titled(self, title: str) -> set[str]:
        """The canonical publications with this title."""
        key = title_key(title)
        return self._entities(self.titles.get(key)) if key else set()

    def having(self, identifiers: Iterable[Identifier]) -> set[str]:
        """The canonical entities that have any of these identifiers."""
        return {
            entity
            for one in identifiers
            for entity in self._entities(self.identified.get((one.scheme, one.value)))
        }

    def _entities(self, paths: Iterable[str]) -> set[str]:
        return {f"{self.iris.base}id/{path}" for path in paths}

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
        like = self.titled(title)
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


class _Reading:
    """The keys of all publications and people in a store, with canonical members."""

    def __init__(self, store: ox.Store, below: str) -> None:
        self.store = store
        self.below = below
        self.of_entities = f"{below}publication/", f"{below}author/"
        self.moved = {one: other for one, other in self._pairs(terms.CANONICAL) if one != other}

    def identified(self) -> Iterator[tuple[Hashable, str]]:
        """By scheme and value."""
        for scheme in SCHEMES:
            for subject, value in self._pairs(terms.Q + scheme):
                if subject.startswith(self.of_entities):
                    yield (scheme, value), self._canonical(subject)

    def titled(self) -> Iterator[tuple[Hashable, str]]:
        """By title, publications only."""
        for subject, label in self._pairs(terms.LABEL):
            if subject.startswith(self.of_entities[0]) and (key := title_key(label)):
                yield key, self._canonical(subject)

    def _canonical(self, subject: str) -> str:
        return self.moved.get(subject, subject).removeprefix(self.below)

    def _pairs(self, predicate: str) -> Iterator[tuple[str, str]]:
        quads = self.store.quads_for_pattern(None, ox.NamedNode(predicate), None, None)
        return ((_value(quad.subject), _value(quad.object)) for quad in quads)


def _value(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    return "" if isinstance(term, ox.Triple) else term.value
