"""The home page: what is here, from which sources, and where to look first; and what this is."""

from collections.abc import Mapping

from flask import Response

from ontology import terms
from queries.description import dumps
from server import charts
from server.context import Service
from server.pages import papers
from server.pages.asking import Table, ask, catalogued, kept, requested
from server.pages.asking import page as asking
from server.pages.frame import blueprint, held, page
from server.pages.sources import joined

# Each figure of the home page and the row of the query `what-is-here` that it must equal.
FIGURES = (
    ("publications", "publications after joining"),
    ("people and groups", "people and groups after joining"),
    ("venues", "venues"),
    ("sources", "sources"),
    ("descriptions of publications", "publications as sources describe them"),
    ("author rows", "author rows, and parts of rows"),
    ("names", "names"),
    ("signatures", "signatures: one name on one publication"),
)


# What goes through the whole graph.
LONG = tuple(
    kept(catalogued(name))
    for name in (
        "papers-by-year",
        "declared-and-held",
        "most-papers",
        "team-size",
        "productivity",
        "links-by-graph",
    )
)


@blueprint.route("/")
def home() -> Response:
    """What is here."""
    service = held()
    years, told, sizes, people, teams, productive, links = ask(
        service,
        LONG[0],
        asking("sources"),
        *LONG[1:],
    )
    return page(
        "home.html",
        figures=figures(service),
        resolved=is_resolved(service.snapshot.counts),
        sources=joined(told, sizes),
        links=links,
        people=people[:12],
        chart=charts.bars(
            papers.spanned({int(row["year"]): int(row["papers"]) for row in years}),
            "Papers per year",
        ),
        pairs=[(row["year"], row["papers"]) for row in years],
        teams=papers.drawn(teams, "year", "average", "Authors per paper"),
        productive=papers.drawn(productive, "papers", "people", "People by number of papers"),
        snapshot=service.snapshot,
    )


def warm(service: Service) -> None:
    """Begin to count what the first visitor would wait for."""
    service.kept.begin(service.pool, [requested(service, one) for one in LONG])


def figures(service: Service) -> list[tuple[str, int]]:
    """The figures of the generation's own counts; asked of the graph where it has none."""
    counts = service.snapshot.counts
    if not counts:
        (rows,) = ask(service, kept(catalogued("what-is-here")))
        return _from_rows(rows)
    classes, canonical = _numbers(counts, "classes"), _numbers(counts, "canonical")
    found = {
        "publications": canonical.get("publication", 0),
        "people and groups": canonical.get("author", 0),
        "venues": classes.get(terms.VENUE, 0),
        "sources": classes.get(terms.SOURCE, 0),
        "descriptions of publications": classes.get(terms.PUBLICATION, 0),
        "author rows": classes.get(terms.AUTHOR, 0),
        "names": classes.get(terms.NAME_CLUSTER, 0),
        "signatures": classes.get(terms.SIGNATURE, 0),
    }
    return [(name, found[name]) for name, _ in FIGURES]


def is_resolved(counts: Mapping[str, object]) -> bool:
    """Whether anything was ever compared; believed where a generation has no counts."""
    return not counts or _numbers(counts, "classes").get(terms.RUN, 0) > 0


def _from_rows(rows: Table) -> list[tuple[str, int]]:
    by_thing = {row["thing"]: int(row["count"]) for row in rows}
    return [(name, by_thing.get(thing, 0)) for name, thing in FIGURES]


def _numbers(counts: Mapping[str, object], name: str) -> Mapping[str, int]:
    found = counts.get(name, {})
    return found if isinstance(found, Mapping) else {}


@blueprint.route("/about")
def about() -> Response:
    """What this is, and how it comes to its answers."""
    from server import downloads  # which needs the pages

    service = held()
    (told,) = ask(service, asking("sources"))
    dumped = (downloads.folder() / dumps.INDEX).is_file()
    sources = joined(told, [])
    return page("about.html", snapshot=service.snapshot, sources=sources, dumped=dumped)
