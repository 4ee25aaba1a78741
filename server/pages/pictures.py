"""An answer as a chart or as a graph, where its columns allow it."""

from collections import Counter
from collections.abc import Callable, Sequence

import pyoxigraph as ox
from markupsafe import Markup

from queries.catalogue import Query
from server import charts
from server.context import Service
from server.pages.asking import ask, listed
from server.pages.frame import href, short
from server.pages.tables import NUMBERS, Row

COLUMNS_DRAWN = 60
ROWS_DRAWN = 25
NODES = 80  # more cannot be told apart
LABEL = 60  # letters of a node's name


def chart(columns: Sequence[str], rows: Sequence[Row], title: str) -> Markup:
    """The first column of numbers over what names its rows; empty where there is none."""
    numbers = [name for name in columns if _all(name, rows, _number)]
    if not numbers or len(columns) < 2:
        return Markup("")
    value = numbers[-1]
    named = [name for name in columns if name != value]
    # A label says more than the IRI beside it.
    by = next((name for name in named if _all(name, rows, _literal)), "")
    if not by:
        return Markup("")
    pairs = [(_text(row[by]), float(_text(row[value]))) for row in rows[:COLUMNS_DRAWN]]
    if any(number < 0 for _, number in pairs):
        return Markup("")
    draw = charts.bars if _all(by, rows, _year) else charts.lengths
    return draw(pairs, title)


def of_query(query: Query, rows: Sequence[Row]) -> Markup:
    """What the `#+ chart:` of a query asks for: columns over years and numbers, else lengths."""
    if query.chart is None:
        return Markup("")
    x, y = query.chart.x, query.chart.y
    told = [row for row in rows if x in row and _number(row.get(y))]
    upright = _all(x, told, _number)
    pairs = [(_text(row[x]), float(_text(row[y]))) for row in told]
    draw, most = (charts.bars, COLUMNS_DRAWN) if upright else (charts.lengths, ROWS_DRAWN)
    return draw(pairs[:most], query.title)


def edges(columns: Sequence[str], rows: Sequence[Row]) -> list[tuple[str, str]]:
    """What the first two columns of IRIs join; of triples, subject and object."""
    if tuple(columns) == ("subject", "predicate", "object"):
        pair: Sequence[str] = ("subject", "object")
    else:
        pair = [name for name in columns if _any(name, rows, _iri)][:2]
    if len(pair) < 2:
        return []
    one, other = pair
    return [
        (_text(row[one]), _text(row[other]))
        for row in rows
        if _iri(row.get(one)) and _iri(row.get(other))
    ]


def network(service: Service, found: Sequence[tuple[str, str]]) -> dict[str, object]:
    """The most joined nodes and what joins them, as the script of graphs wants them."""
    often = Counter(node for edge in found for node in edge)
    nodes = dict(often.most_common(NODES))
    (named,) = ask(service, listed("labels", "thing", nodes))
    labels = {row["thing"]: row["label"] for row in named}
    joined = Counter(tuple(sorted(edge)) for edge in found if set(edge) <= nodes.keys())
    return {
        "nodes": [
            {
                "id": iri,
                "label": (labels.get(iri) or short(iri))[:LABEL],
                "papers": count,
                "href": href(iri),
            }
            for iri, count in nodes.items()
        ],
        "edges": [
            {"source": one, "target": other, "papers": count}
            for (one, other), count in sorted(joined.items())
            if one != other
        ],
    }


def _all(name: str, rows: Sequence[Row], good: Callable[[object], bool]) -> bool:
    return bool(rows) and all(good(row.get(name)) for row in rows)


def _any(name: str, rows: Sequence[Row], good: Callable[[object], bool]) -> bool:
    return any(good(row.get(name)) for row in rows)


def _iri(term: object) -> bool:
    return isinstance(term, ox.NamedNode)


def _literal(term: object) -> bool:
    return isinstance(term, ox.Literal)


def _number(term: object) -> bool:
    return isinstance(term, ox.Literal) and term.datatype.value.rpartition("#")[2] in NUMBERS


def _year(term: object) -> bool:
    return _number(term) and len(_text(term)) == 4


def _text(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal | ox.BlankNode) else ""
