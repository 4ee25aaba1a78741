"""The triples of a file by subject, in the order of the file, in little memory however many.

They stand in a private database without a name, which SQLite keeps in memory while it is small and
in a temporary file where it is not.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice

from pyoxigraph import BlankNode, Literal, NamedNode

from ingest.readers import blanks
from ingest.readers.graphs import Node, Said
from ingest.records import RecordError, Statement

BATCH = 1_000
HELD = 500  # subjects whose triples are remembered: those of one publication and its neighbours
_MEMORY = 32_768  # KiB of the database that are held
# `value` is as N-Triples writes it; of a literal, `text` is what it says.
_SCHEMA = f"""
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -{_MEMORY};
PRAGMA temp_store = FILE;
CREATE TABLE said (
    number INTEGER PRIMARY KEY, subject TEXT NOT NULL, predicate TEXT NOT NULL,
    value TEXT NOT NULL, text TEXT, graph TEXT NOT NULL
);
"""
_INSERT = "INSERT INTO said (subject, predicate, value, text, graph) VALUES (?, ?, ?, ?, ?)"
_ABOUT = "SELECT predicate, value, text, graph, number FROM said WHERE subject = ? ORDER BY number"
_SUBJECTS = "SELECT subject FROM said GROUP BY subject ORDER BY min(number)"
_ALL = "SELECT number, subject, predicate, value, graph FROM said ORDER BY number"

_Row = tuple[str, str, str, str | None, str]


class Triples(Mapping[Node, list[Said]]):
    """Those of one file, once `fill` has read them all."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.executescript(_SCHEMA)
        self._about = lru_cache(HELD)(self._read)

    def close(self) -> None:
        """Let go of all of them."""
        self._database.close()

    def fill(self, found: Iterable[tuple[Node, Said] | RecordError]) -> Iterator[RecordError]:
        """Take what a file says; gives what is wrong with it."""
        errors: list[RecordError] = []
        rows = _rows(found, errors)
        self._database.execute("BEGIN")
        while batch := list(islice(rows, BATCH)):
            self._database.executemany(_INSERT, batch)
            yield from errors
            errors.clear()
        yield from errors
        self._database.execute("CREATE INDEX said_subject ON said (subject)")
        self._database.execute("COMMIT")

    def __getitem__(self, node: Node) -> list[Said]:
        found = self._about(str(node))
        if not found:
            raise KeyError(node)
        return found

    def _read(self, subject: str) -> list[Said]:
        return [
            Said(predicate, _term(value, text), graph, number)
            for predicate, value, text, graph, number in self._database.execute(_ABOUT, (subject,))
        ]

    def __iter__(self) -> Iterator[Node]:
        return (_node(subject) for (subject,) in self._database.execute(_SUBJECTS))

    def __len__(self) -> int:
        found = self._database.execute("SELECT count(DISTINCT subject) FROM said")
        return int(found.fetchone()[0])

    def rest(self, taken: bytearray) -> Iterator[Statement]:
        """Those whose bits are not set, their blank nodes named by what is said of them."""
        named = False
        for number, subject, predicate, value, graph in self._database.execute(_ALL):
            if number >> 3 < len(taken) and taken[number >> 3] & 1 << (number & 7):
                continue
            if not named:
                blanks.name(self._database)
                named = True
            yield Statement(self._named(subject), f"<{predicate}>", self._named(value), graph)

    def _named(self, term: str) -> str:
        return blanks.name_of(self._database, term) if term.startswith("_:") else term


def _rows(
    found: Iterable[tuple[Node, Said] | RecordError], errors: list[RecordError]
) -> Iterator[_Row]:
    for one in found:
        if isinstance(one, RecordError):
            errors.append(one)
            continue
        subject, said = one
        text = said.value.value if isinstance(said.value, Literal) else None
        yield str(subject), said.predicate, str(said.value), text, said.graph


def _node(text: str) -> Node:
    return NamedNode(text[1:-1]) if text[0] == "<" else BlankNode(text[2:])


def _term(value: str, text: str | None) -> Node | Literal:
    return _node(value) if text is None else Literal(text)
