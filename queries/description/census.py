"""Counts all that a store holds, in one pass over its N-Quads: what VoID says of a dataset.

By property; by class; for each class and property by datatype and class of the value; links to
other datasets. Asked as SPARQL, a join for each class, the same takes many times as long.
"""

import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, cast

import pyoxigraph as ox

from ontology import terms

TYPE = f"<{terms.TYPE}>".encode()
STRING = f"{terms.XSD}string"
LANGUAGE_STRING = f"{terms.RDF}langString"
LINKS = {f"<{iri}>".encode() for iri in (terms.SAME_AS, terms.IDENTIFIER_IRI)}
BUFFER = 1 << 18
LINKSETS = 100  # the most that are told of, the largest first
_SPACE = re.compile(rb"<([a-z]+://[^/]+/)")

Keep = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Partition:
    """One property of one class: its triples, by datatype of the value, by class of the value.

    A value of several classes counts for each; one of none counts in `triples` only.
    """

    of: str
    property: str
    triples: int
    datatypes: Mapping[str, int]
    classes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Census:
    """What was counted."""

    triples: int
    classes: Mapping[str, int]
    properties: Mapping[str, int]
    linksets: tuple[tuple[str, str, int], ...]
    parts: tuple[Partition, ...]


class Classes:
    """The classes of each entity: a number that stands for a set, as few sets are in use.

    Entities are kept as hashes of their names: two of 2^64 that clash would cost one count.
    """

    def __init__(self) -> None:
        self.sets: list[frozenset[str]] = [frozenset()]
        self.numbers: dict[int, int] = {}
        self._known = {self.sets[0]: 0}
        self._grown: dict[tuple[int, bytes], int] = {}

    def take(self, lines: Iterable[bytes]) -> None:
        """Learn from the lines that give a type."""
        for line in lines:
            subject, property_, rest = line.split(b" ", 2)
            if property_ != TYPE or not rest.startswith(b"<"):
                continue
            key = hash(subject)
            step = (self.numbers.get(key, 0), rest[1 : rest.index(b">")])
            if step not in self._grown:
                self._grown[step] = self._number(self.sets[step[0]] | {step[1].decode()})
            self.numbers[key] = self._grown[step]

    def _number(self, wanted: frozenset[str]) -> int:
        if wanted not in self._known:
            self._known[wanted] = len(self.sets)
            self.sets.append(wanted)
        return self._known[wanted]

    def sizes(self) -> dict[str, int]:
        """Entities by class."""
        found: Counter[str] = Counter()
        for number, entities in Counter(self.numbers.values()).items():
            found.update(dict.fromkeys(self.sets[number], entities))
        return dict(sorted(found.items()))


@dataclass(slots=True)
class Tally:
    """Running counts: by classes of the subject, property, and datatype or classes of the value."""

    held: Classes
    counts: Counter[tuple[int, bytes, int | str]] = field(default_factory=Counter)
    links: Counter[tuple[bytes, bytes]] = field(default_factory=Counter)

    def take(self, lines: Iterable[bytes]) -> None:
        """Count lines of N-Quads or N-Triples."""
        numbers, counts = self.held.numbers, self.counts
        for line in lines:
            subject, name, rest = line.split(b" ", 2)
            kind: int | str = 0
            if rest[0] == 60:  # <
                value = rest[: rest.index(b">") + 1]
                kind = numbers.get(hash(value), 0)
                if name in LINKS and (found := _SPACE.match(value)):
                    self.links[name, found[1]] += 1
            elif rest[0] == 34:  # "
                kind = _datatype(rest)
            counts[numbers.get(hash(subject), 0), name, kind] += 1

    def with_(self, lines: Iterable[bytes]) -> "Tally":
        """These counts and those of some more lines."""
        more = Tally(self.held, self.counts.copy(), self.links.copy())
        more.take(lines)
        return more

    def census(self) -> Census:
        """The counts by their names."""
        properties: Counter[str] = Counter()
        for (_, name, _), number in self.counts.items():
            properties[_iri(name)] += number
        links = [(_iri(name), space.decode(), n) for (name, space), n in self.links.items()]
        return Census(
            sum(self.counts.values()),
            self.held.sizes(),
            dict(sorted(properties.items())),
            tuple(sorted(links, key=lambda link: (-link[2], *link[:2]))[:LINKSETS]),
            tuple(self._parts()),
        )

    def _parts(self) -> Iterator[Partition]:
        totals: Counter[tuple[str, str]] = Counter()
        datatypes: dict[tuple[str, str], Counter[str]] = {}
        classes: dict[tuple[str, str], Counter[str]] = {}
        for (owners, name, kind), number in self.counts.items():
            for owner in self.held.sets[owners]:
                key = (owner, _iri(name))
                totals[key] += number
                if isinstance(kind, str):
                    datatypes.setdefault(key, Counter())[kind] += number
                else:
                    into = classes.setdefault(key, Counter())
                    into.update(dict.fromkeys(self.held.sets[kind], number))
        for key in sorted(totals):
            inner = (
                dict(sorted(found.get(key, Counter()).items())) for found in (datatypes, classes)
            )
            yield Partition(*key, totals[key], *inner)


def tally(engine: ox.Store, keep: Keep = lambda _: True, seed: Iterable[bytes] = ()) -> Tally:
    """Count the lines of a store that are to be kept; `seed` gives types known beforehand."""
    held = Classes()
    held.take(seed)
    held.take(filter(keep, _types(engine)))
    found = Tally(held)
    into = _Lines(lambda lines: found.take(filter(keep, lines)))
    # Buffered, for the engine writes each term by itself, and each call takes longer than the term.
    with io.BufferedWriter(into, BUFFER) as buffer:
        engine.dump(cast(IO[bytes], buffer), ox.RdfFormat.N_QUADS)
    return found


def _types(engine: ox.Store) -> Iterator[bytes]:
    """The lines that give a type: a part of the whole, found by an index."""
    for quad in engine.quads_for_pattern(None, ox.NamedNode(terms.TYPE), None, None):
        yield f"{quad} .".encode()


class _Lines(io.RawIOBase):
    """What the engine dumps into: hands on whole lines."""

    def __init__(self, take: Callable[[list[bytes]], object]) -> None:
        self._take = take
        self._rest = b""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        text = bytes(data)  # type: ignore[call-overload]
        lines = (self._rest + text).split(b"\n")
        self._rest = lines.pop()
        self._take(lines)
        return len(text)


def _datatype(rest: bytes) -> str:
    """The datatype of the literal that a line goes on with."""
    after = rest.rpartition(b'"')[2]
    if after.startswith(b"^^<"):
        return after[3 : after.index(b">")].decode()
    return LANGUAGE_STRING if after.startswith(b"@") else STRING


def _iri(name: bytes) -> str:
    return name[1:-1].decode()
