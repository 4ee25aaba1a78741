"""What an answer was, in sixteen letters: so that one that is cited can be checked later.

The rows are hashed one by one and the hashes summed, so the order of rows, which SPARQL leaves open
without ORDER BY, does not matter; how often each row comes does.
"""

import hashlib
from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from queries.pool.answers import HeldBody, SpooledBody
from server.pages.tables import opened

MOST = 20_000  # rows; hashing more would take longer than many a query
LETTERS = 16
_MODULUS = 1 << 128


def of_answer(body: HeldBody | SpooledBody, rows: int, graph: bool) -> str:
    """The fingerprint of a whole answer in JSON or N-Triples; empty where it is too long."""
    if rows > MOST:
        return ""
    with opened(body) as file:
        if graph:
            return _digest(("",), (line.decode() for line in file if line.strip()))
        found = ox.parse_query_results(file, ox.QueryResultsFormat.JSON)
        if isinstance(found, ox.QueryBoolean):
            return _digest((), [str(bool(found))])
        assert isinstance(found, ox.QuerySolutions)
        names = sorted(variable.value for variable in found.variables)
        return _digest(names, (_row(names, row) for row in found))


def _row(names: Sequence[str], row: ox.QuerySolution) -> str:
    """A row as text; blank nodes have no name that lasts."""
    cells = (row[name] for name in names)
    return "\t".join("_:" if isinstance(cell, ox.BlankNode) else str(cell) for cell in cells)


def _digest(names: Sequence[str], rows: Iterable[str]) -> str:
    total = 0
    for row in rows:
        total += int.from_bytes(hashlib.sha256(row.encode()).digest()[:16])
    text = "\t".join([*names, f"{total % _MODULUS:032x}"])
    return hashlib.sha256(text.encode()).hexdigest()[:LETTERS]
