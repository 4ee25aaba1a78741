"""Names for blank nodes by what is said of them: the same file gives the same names, in any run.

A node's name is a digest of the triples it stands in, its blank neighbours described the same way,
no deeper than it takes to tell it from all others, so that a change elsewhere leaves it alone.
Nodes that cannot be told apart are counted in the order of the file. All is worked out in the
database in which the triples stand (`ingest.readers.triples`), as there may be millions.
"""

import sqlite3
from itertools import islice

from ontology.iris import text_hash

ROUNDS = 16  # neighbours of neighbours looked at; past it, the order of the file decides
BATCH = 1_000

_IS_BLANK = "substr(value, 1, 2) = '_:'"
_FIND = f"""
CREATE INDEX said_of_blank ON said (value) WHERE {_IS_BLANK};
CREATE TABLE blank (
    node TEXT PRIMARY KEY, place INTEGER NOT NULL, colour TEXT NOT NULL, alike INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO blank SELECT node, min(place), '', 1 FROM (
    SELECT subject AS node, 2 * number AS place FROM said WHERE substr(subject, 1, 2) = '_:'
    UNION ALL SELECT value, 2 * number + 1 FROM said WHERE {_IS_BLANK}
) GROUP BY node;
CREATE TABLE fresh (node TEXT PRIMARY KEY, colour TEXT NOT NULL) WITHOUT ROWID;
"""
_EDGES = f"""
SELECT '> ' || predicate || ' ' || graph, value, colour
    FROM said LEFT JOIN blank ON node = value WHERE subject = ?1
UNION ALL SELECT '< ' || predicate || ' ' || graph, subject, colour
    FROM said LEFT JOIN blank ON node = subject WHERE value = ?1 AND {_IS_BLANK}
"""
_ALIKE = "SELECT node, colour FROM blank WHERE alike"
_COLOURS = "SELECT count(DISTINCT colour) FROM blank WHERE alike"
_COLOUR = """
UPDATE blank SET colour = fresh.colour FROM fresh WHERE fresh.node = blank.node;
DELETE FROM fresh;
"""
_TELL_APART = """
UPDATE blank SET alike = 0 WHERE alike AND colour IN (
    SELECT colour FROM blank WHERE alike GROUP BY colour HAVING count(*) = 1
)
"""
_NAME = """
CREATE TABLE name (node TEXT PRIMARY KEY, colour TEXT NOT NULL, times INTEGER NOT NULL)
    WITHOUT ROWID;
INSERT INTO name
    SELECT node, colour, row_number() OVER (PARTITION BY colour ORDER BY place) FROM blank;
"""


def name(database: sqlite3.Connection) -> None:
    """Find a name such as `_:k3…` for each blank node that a triple speaks of."""
    database.executescript(_FIND)
    classes = 0
    for _ in range(ROUNDS):
        _colour(database)
        (colours,) = database.execute(_COLOURS).fetchone()
        database.execute(_TELL_APART)
        (left,) = database.execute(_COLOURS).fetchone()
        if not left or colours == classes:
            break
        classes = left
    database.executescript(_NAME)


def name_of(database: sqlite3.Connection, node: str) -> str:
    """The name found for a blank node."""
    statement = "SELECT colour, times FROM name WHERE node = ?"
    colour, times = database.execute(statement, (node,)).fetchone()
    return f"_:{colour if times == 1 else text_hash(f'{colour} {times}')}"


def _colour(database: sqlite3.Connection) -> None:
    """Describe those that look alike once more, by how their neighbours have looked so far."""
    fresh = ((node, _digest(database, node, colour)) for node, colour in database.execute(_ALIKE))
    while batch := list(islice(fresh, BATCH)):
        database.executemany("INSERT INTO fresh VALUES (?, ?)", batch)
    database.executescript(_COLOUR)


def _digest(database: sqlite3.Connection, node: str, colour: str) -> str:
    """Of a node as it is known so far and all that it stands beside."""
    beside = sorted(
        f"{how} {value if seen is None else f'_:{seen}'}"
        for how, value, seen in database.execute(_EDGES, (node,))
    )
    return text_hash("\n".join([colour, *beside]))
