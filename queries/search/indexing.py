"""Builds and amends the text index of a generation: SQLite FTS5 over names and titles.

A row's number carries its kind and its rank (papers, descending), so the best come first without
sorting, and a kind is a range. Its vocabulary says how many rows have each word. It is read by
`queries.search.textindex`.
"""

import re
import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

KINDS = ("author", "publication", "venue")
BATCH = 10_000
NAMES_APART = " · "
SHORT_LABEL = 40  # letters of a label that is found by itself, however frequent its words are

_SEQUENCE_BITS = 38
_PAPER_BITS = 20
_WORD = re.compile(r"\w+")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entity (
    id INTEGER PRIMARY KEY, iri TEXT NOT NULL, kind TEXT NOT NULL, label TEXT NOT NULL,
    detail TEXT NOT NULL, papers INTEGER NOT NULL, names TEXT NOT NULL
);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(
    label, names, content='entity', content_rowid='id', columnsize=0,
    tokenize='unicode61 remove_diacritics 2', prefix='1 2 3 4'
);
"""
# A word counts the rows that have it: exactly after a build, at least as many after amendments.
_VOCABULARY = """
CREATE TABLE term (term TEXT PRIMARY KEY, rows INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, words, row);
INSERT INTO term SELECT term, doc FROM temp.terms;
DROP TABLE temp.terms;
"""
_INDICES = f"""
CREATE UNIQUE INDEX IF NOT EXISTS entity_iri ON entity (iri);
CREATE INDEX IF NOT EXISTS entity_label ON entity (label COLLATE NOCASE)
    WHERE length(label) <= {SHORT_LABEL};
"""
_COUNT = "INSERT INTO term VALUES (?, ?) ON CONFLICT DO UPDATE SET rows = rows + excluded.rows"
_INSERT = "INSERT INTO entity VALUES (?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Row:
    """What can be found of one canonical entity.

    `names` are its other names, with `NAMES_APART` between them.
    """

    iri: str
    kind: str
    label: str
    detail: str = ""
    papers: int = 0
    names: str = ""


def folded(text: str) -> list[str]:
    """The words of a text as the index holds them: lower case, without accents."""
    plain = text.lower()
    if not plain.isascii():
        parts = unicodedata.normalize("NFKD", plain)
        plain = "".join(c for c in parts if not unicodedata.combining(c))
    return _WORD.findall(plain.replace("_", " "))


def build(path: Path, rows: Iterable[Row]) -> None:
    """A new index of these rows."""
    path.unlink(missing_ok=True)
    with _writing(path) as database:
        numbered = _numbered(rows, 0)
        while batch := list(islice(numbered, BATCH)):
            database.executemany(_INSERT, batch)
        _note_last(database)
        database.execute("INSERT INTO words (words) VALUES ('rebuild')")
        _complete(database)


def amend(path: Path, gone: Iterable[str], added: Iterable[Row]) -> None:
    """Take entities out by their IRIs and put rows in (for the same IRI: instead)."""
    if not path.exists():
        build(path, added)
        return
    with _writing(path) as database:
        _complete(database)
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
            terms = Counter(term for row in batch for term in {*folded(f"{row[3]} {row[6]}")})
            database.executemany(_COUNT, sorted(terms.items()))
        _note_last(database)
        database.execute(  # ascending: FTS5 writes a segment at each step back
            "INSERT INTO words (rowid, label, names) SELECT id, label, names FROM fresh ORDER BY id"
        )


def _complete(database: sqlite3.Connection) -> None:
    """Make what searches read beside the words, where it is not there yet."""
    known = "SELECT 1 FROM sqlite_master WHERE name = 'term'"
    for script in (*(() if database.execute(known).fetchone() else (_VOCABULARY,)), _INDICES):
        for statement in script.split(";\n"):  # `executescript` would commit
            if statement.strip():
                database.execute(statement)


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


def numbers(kind: str) -> tuple[int, int]:
    """The first and the last number that a row of this kind may have."""
    first = _first(kind)
    return first, first + (1 << (_SEQUENCE_BITS + _PAPER_BITS)) - 1


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
