"""The text index of a generation: SQLite FTS5 over names and titles, built and amended with it.

A row's number carries its kind and its rank (papers, descending), so the best come first without
sorting, and a kind is a range. Opened immutable, as a published generation never changes. A word
that the index lacks is corrected against its vocabulary: faster than an index of trigrams.
"""

import re
import sqlite3
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

KINDS = ("author", "publication", "venue")
BATCH = 10_000
CORRECTIONS = 5  # nearest words tried in the place of one that the index lacks
RESCORED = 50  # best by papers that are then ordered by likeness to what was typed

_SEQUENCE_BITS = 38
_PAPER_BITS = 20
_WORD = re.compile(r"\w+")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entity (
    id INTEGER PRIMARY KEY, iri TEXT NOT NULL, kind TEXT NOT NULL, label TEXT NOT NULL,
    detail TEXT NOT NULL, papers INTEGER NOT NULL, names TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS word (term TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(
    label, names, content='entity', content_rowid='id', columnsize=0, detail=none,
    tokenize='unicode61 remove_diacritics 2', prefix='1 2 3'
);
"""
_INSERT = "INSERT INTO entity VALUES (?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Row:
    """What can be found of one canonical entity: `names` are its other names."""

    iri: str
    kind: str
    label: str
    detail: str = ""
    papers: int = 0
    names: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """An entity found; `score` is 100 where its label is what was typed."""

    iri: str
    kind: str
    label: str
    detail: str
    papers: int
    score: float


def folded(text: str) -> list[str]:
    """The words of a text as the index holds them: lower case, without accents."""
    plain = unicodedata.normalize("NFKD", text.lower())
    return _WORD.findall(
        "".join(c for c in plain if not unicodedata.combining(c)).replace("_", " ")
    )


def build(path: Path, rows: Iterable[Row]) -> None:
    """A new index of these rows."""
    path.unlink(missing_ok=True)
    with _writing(path) as database:
        numbered = _numbered(rows, 0)
        while batch := list(islice(numbered, BATCH)):
            database.executemany(_INSERT, batch)
        _note_last(database)
        database.execute("INSERT INTO words (words) VALUES ('rebuild')")
        database.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, words, row)")
        database.execute("INSERT INTO word SELECT term FROM temp.terms")
        database.execute("CREATE UNIQUE INDEX entity_iri ON entity (iri)")


def amend(path: Path, gone: Iterable[str], added: Iterable[Row]) -> None:
    """Take entities out by their IRIs and put rows in (for the same IRI: instead)."""
    if not path.exists():
        build(path, added)
        return
    with _writing(path) as database:
        for iri in gone:
            _take_out(database, iri)
        (last,) = database.execute("PRAGMA user_version").fetchone()
        database.execute("CREATE TEMP TABLE fresh AS SELECT * FROM entity LIMIT 0")
        numbered = _numbered(added, last)
        while batch := list(islice(numbered, BATCH)):
            for row in batch:
                _take_out(database, row[1])
            database.executemany(_INSERT, batch)
            database.executemany(_INSERT.replace("entity", "temp.fresh"), batch)
            terms = {(term,) for row in batch for term in folded(f"{row[3]} {row[6]}")}
            database.executemany("INSERT OR IGNORE INTO word VALUES (?)", sorted(terms))
        _note_last(database)
        database.execute(  # ascending: FTS5 writes a segment at each step back
            "INSERT INTO words (rowid, label, names) SELECT id, label, names FROM fresh ORDER BY id"
        )


def _note_last(database: sqlite3.Connection) -> None:
    """Keep the highest sequence number, which grows with every row and is never given again."""
    mask = (1 << _SEQUENCE_BITS) - 1
    known = database.execute("PRAGMA user_version").fetchone()[0]
    table = "fresh" if known else "entity"
    (last,) = database.execute(f"SELECT max(id & {mask}) FROM {table}").fetchone()
    database.execute(f"PRAGMA user_version = {max(known, last or 0)}")


def _take_out(database: sqlite3.Connection, iri: str) -> None:
    found = database.execute("SELECT id, label, names FROM entity WHERE iri = ?", (iri,)).fetchone()
    if found:
        database.execute(
            "INSERT INTO words (words, rowid, label, names) VALUES ('delete', ?, ?, ?)", found
        )
        database.execute("DELETE FROM entity WHERE id = ?", found[:1])


def _numbered(rows: Iterable[Row], last: int) -> Iterator[tuple[int, str, str, str, str, int, str]]:
    most = (1 << _PAPER_BITS) - 1
    for sequence, row in enumerate(rows, last + 1):
        rank = most - min(row.papers, most)
        number = _first(row.kind) | rank << _SEQUENCE_BITS | sequence
        yield number, row.iri, row.kind, row.label, row.detail, row.papers, row.names


def _first(kind: str) -> int:
    return KINDS.index(kind) << (_SEQUENCE_BITS + _PAPER_BITS)


class _writing:  # noqa: N801 - a context, used as a function
    """A database open for one transaction; half of it is never kept."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)

    def __enter__(self) -> sqlite3.Connection:
        for pragma in ("journal_mode=MEMORY", "synchronous=OFF", "cache_size=-131072"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.executescript(_SCHEMA)
        self._database.execute("BEGIN")
        return self._database

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            self._database.execute("COMMIT" if kind is None else "ROLLBACK")
        finally:
            self._database.close()


class TextIndex:
    """An index being read; one for each thread, as SQLite wants it."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._terms: list[str] | None = None

    @classmethod
    def open(cls, path: Path) -> Self:
        """The index in this file of a published generation, which must never change."""
        uri = f"file:{quote(str(path.resolve()))}?immutable=1&mode=ro"
        return cls(sqlite3.connect(uri, uri=True, check_same_thread=False))

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def search(
        self, text: str, kind: str | None = None, limit: int = 20, offset: int = 0
    ) -> list[Hit]:
        """The entities with all these words, best first; the last word may be a beginning."""
        words = folded(text)
        if not words:
            return []
        wanted = offset + max(limit, RESCORED)
        found = self._matches([self._known(word) for word in words], kind, wanted)
        if not found:
            found = self._matches([self._likely(word) for word in words], kind, wanted)
        return ranked(found, " ".join(words))[offset : offset + limit]

    def suggest(self, prefix: str, kind: str | None = None, limit: int = 10) -> list[Hit]:
        """What can still become of the letters typed so far."""
        return self.search(prefix, kind, limit)

    def _matches(
        self, choices: Sequence[Sequence[str]], kind: str | None, wanted: int
    ) -> list[Hit]:
        if not all(choices):
            return []
        last = len(choices) - 1
        query = " AND ".join(
            "(" + " OR ".join(_term(word, place == last) for word in words) + ")"
            for place, words in enumerate(choices)
        )
        hits: list[Hit] = []
        for one in KINDS if kind is None else (kind,):
            first = _first(one)
            hits += (
                Hit(iri, kind, label, detail, papers, 0.0)
                for iri, kind, label, detail, papers in self._database.execute(
                    "SELECT e.iri, e.kind, e.label, e.detail, e.papers FROM words"
                    " JOIN entity e ON e.id = words.rowid"
                    " WHERE words MATCH ? AND words.rowid BETWEEN ? AND ?"
                    " ORDER BY words.rowid LIMIT ?",
                    (query, first, first + (1 << (_SEQUENCE_BITS + _PAPER_BITS)) - 1, wanted),
                )
            )
        return hits

    @property
    def terms(self) -> list[str]:
        """The words of the index in order; read at the first need."""
        if self._terms is None:
            rows = self._database.execute("SELECT term FROM word ORDER BY term")
            self._terms = [row[0] for row in rows]
        return self._terms

    def _known(self, word: str) -> list[str]:
        """The word, if the index has any that begins with it; else those nearest to it."""
        place = bisect_left(self.terms, word)
        if place < len(self.terms) and self.terms[place].startswith(word):
            return [word]
        return self._near(word)

    def _likely(self, word: str) -> list[str]:
        return list(dict.fromkeys([word, *self._near(word)]))

    def _near(self, word: str) -> list[str]:
        """Words at most one edit away, two for long ones, the nearest first."""
        if len(word) < 3:
            return []
        found = process.extract(
            word,
            self.terms,
            scorer=OSA.distance,
            processor=None,
            score_cutoff=1 if len(word) < 8 else 2,
            limit=CORRECTIONS,
        )
        return [term for term, _, _ in found]


def _term(word: str, last: bool) -> str:
    """A word as FTS5 wants it; initials and the last word may be beginnings."""
    return f'"{word}"*' if last or len(word) == 1 else f'"{word}"'


def ranked(hits: Iterable[Hit], typed: str) -> list[Hit]:
    """Hits by likeness to what was typed, in steps of ten, then by papers."""
    scored = [
        replace(hit, score=round(fuzz.token_sort_ratio(typed, " ".join(folded(hit.label))), 1))
        for hit in hits
    ]
    return sorted(
        scored, key=lambda hit: (hit.score < 100, -hit.papers, -hit.score, hit.label, hit.iri)
    )
