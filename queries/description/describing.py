"""Keeps the VoID of `graph/about` true: a generation's description, published with it.

Done when nobody waits, after a write: counting takes as long as a store is large. The description
counts itself too, so that what it says of the whole is what a query finds. A generation whose
`described` in meta.json is its own number has a true one.
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pyoxigraph as ox

from ontology import terms
from ontology.iris import Iris
from queries.description import void
from queries.description.census import Keep, tally
from queries.generations import Generations
from queries.writes.drafts import Draft

COUNTS = "counts.json"
BASE = f"<{terms.BASE}>".encode()


def describe(generations: Generations, wait: float = 10.0) -> int | None:
    """The generation that holds the description; None where somebody wrote meanwhile."""
    with generations.open() as reader:
        base = str(reader.meta["base"])
        number = generations.next_number()
        fresh = _Description(base).lines(reader.store.engine, number)
        with generations.write(wait) as draft:
            if (draft.base, generations.next_number()) != (reader.number, number):
                return None
            _replace(draft, base, fresh)
            draft.describe()
            return draft.publish()


class _Description:
    """The description of one dataset, which is about the dataset's base."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.about = f" <{Iris(base).graph('about')}> .".encode()
        self.document = f"<{void.document(base)}".encode()
        self.subject = f"<{base}> ".encode()

    def is_mine(self, line: bytes) -> bool:
        """Whether a line of N-Quads belongs to the description."""
        if not line.endswith(self.about):
            return False
        if line.startswith(self.document):
            return True
        return line.startswith(self.subject) and line.split(b" ", 2)[1] != BASE

    def lines(self, engine: ox.Store, number: int) -> set[bytes]:
        """The lines, in N-Triples, for a store that will hold them.

        What they tell depends on themselves: told again until nothing changes. The types of their
        nodes go in first, so that what others say of these is counted as of their classes.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        theirs: Keep = lambda line: not self.is_mine(line)  # noqa: E731
        seed = [self.subject + f"<{terms.TYPE}> <{terms.VOID}Dataset> .".encode()]
        held = tally(engine, theirs, seed)
        fresh: list[bytes] = []
        while True:
            held.held.take(fresh)
            found = held.with_(fresh).census()
            told = _lines(void.described(self.base, found, number, now))
            again = list(dict.fromkeys(told))  # a class is named by both its partitions
            if again == fresh:
                return set(fresh)
            fresh = again


def _replace(draft: Draft, base: str, fresh: set[bytes]) -> None:
    """Put the description in the place of the one before."""
    mine, graph = _Description(base), ox.NamedNode(Iris(base).graph("about"))
    engine = draft.store.engine
    old: dict[bytes, ox.Quad] = {}
    for quad in engine.quads_for_pattern(None, None, None, graph):
        (line,) = _lines([quad.triple])
        if mine.is_mine(line[:-2] + mine.about):
            old[line] = quad
    added, removed = fresh - old.keys(), old.keys() - fresh
    for line in removed:
        engine.remove(old[line])
    body = b"\n".join(sorted(added)) + b"\n"
    engine.load(body, ox.RdfFormat.N_TRIPLES, to_graph=graph)
    _count(draft, added, removed)


def _count(draft: Draft, added: set[bytes], removed: set[bytes]) -> None:
    """Carry the counts forward, as every write does."""
    held = draft.read_path(COUNTS)
    if held is None:
        return
    counts = json.loads(held.read_text(encoding="utf-8"))
    more = len(added) - len(removed)
    counts["quads"] += more
    counts["graphs"]["about"] = counts["graphs"].get("about", 0) + more
    classes = Counter(counts["classes"])
    for lines, times in ((added, 1), (removed, -1)):
        for line in lines:
            _, name, rest = line.split(b" ", 2)
            if name == f"<{terms.TYPE}>".encode():
                classes[rest[1 : rest.index(b">")].decode()] += times
    counts["classes"] = {name: n for name, n in sorted(classes.items()) if n}
    (draft.path / COUNTS).write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")


def _lines(triples: Iterator[ox.Triple] | list[ox.Triple]) -> Iterator[bytes]:
    body = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    yield from body.split(b"\n")[:-1]
