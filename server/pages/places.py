"""Venues and sources: what is in them, who, how much over time."""

from flask import Response, request

from ontology import terms
from server import charts
from server.context import Service
from server.pages import papers
from server.pages.asking import Ask, Table, ask, catalogued, counted, kept
from server.pages.asking import page as asking
from server.pages.frame import blueprint, held, here, page, pager
from server.pages.things import Thing
from server.problems import Problem

SHOWN = 25
PEOPLE = 20


def venue(service: Service, iri: str, told: Thing) -> Response:
    """A series: papers per year, who publishes there, its papers page by page."""
    year = request.args.get("year", "")
    if year and not (year.isdigit() and len(year) == 4):
        raise Problem(400, f"year={year[:40]!r} is no year of four digits")
    years, kinds, people = ask(
        service,
        kept(catalogued("venue-per-year", venue=iri)),
        kept(asking("kinds-of-venue", venue=iri)),
        kept(catalogued("authors-of-venue", venue=iri)),
    )
    total = sum(int(row["papers"]) for row in kinds)
    in_year = {row["year"]: int(row["papers"]) for row in years}
    at = pager(in_year.get(year, 0) if year else total, SHOWN)
    shown = _papers(service, iri, year, at.offset)
    return page(
        "venue.html",
        thing=told,
        total=total,
        year=year,
        years=years,
        kinds=kinds,
        people=people[:PEOPLE],
        chart=_chart(years, lambda name: here(year=name, page=None)),
        pairs=[(row["year"], row["papers"]) for row in years],
        cards=papers.cards(service, [one for one in shown if one]),
        pager=at,
    )


def _papers(service: Service, iri: str, year: str, offset: int) -> list[str]:
    """A page of the venue's publications; of all years, newest first, from one kept list."""
    if year:
        wanted = asking("papers-of-venue-year", SHOWN, offset, venue=iri, year=year)
        return [row["publication"] for row in ask(service, wanted)[0]]
    lines = counted(service, asking("papers-of-venue", venue=iri), "text/csv").decode()
    return lines.split("\r\n")[1 + offset : 1 + offset + SHOWN]


def _chart(years: Table, link: object = None) -> object:
    pairs = papers.spanned({int(row["year"]): int(row["papers"]) for row in years})
    return charts.bars(pairs, "Papers per year", link)  # type: ignore[arg-type]


def source(service: Service, iri: str, told: Thing) -> Response:
    """What a source says of itself beside what is held, its loads, its records page by page."""
    graph = service.iris.source_graph(told.label)
    sizes, loads, years = ask(
        service,
        kept(catalogued("declared-and-held")),
        asking("loads-of-source", source=iri),
        kept(asking("source-per-year", graph=graph)),
    )
    size = next((row for row in sizes if row["source"] == iri), {})
    at = pager(int(size.get("held", "0")), SHOWN)
    (records,) = ask(service, _records(graph, at.offset))
    return page(
        "source.html",
        thing=told,
        size=size,
        loads=loads,
        chart=_chart(years),
        pairs=[(row["year"], row["papers"]) for row in years],
        years=years,
        records=records,
        pager=at,
        licences=told.all(terms.DC_LICENSE),
        homepages=told.all(terms.FOAF_HOMEPAGE),
        publishers=told.all(terms.DC_PUBLISHER),
        unknown=told.one(terms.LICENCE_UNKNOWN) == "true",
    )


def _records(graph: str, offset: int) -> Ask:
    """A page of the source's records; the page is cut before anything is looked up for it."""
    return Ask("pages/papers-of-source", {"graph": graph}, offset=offset)


@blueprint.route("/venues")
def venues() -> Response:
    """Every venue, those with most papers first."""
    (found,) = ask(held(), kept(asking("venues")))
    at = pager(len(found), 100)
    return page("venues.html", venues=found[at.offset : at.last], pager=at)


@blueprint.route("/sources")
def sources() -> Response:
    """Every source: licence, declared, held."""
    told, sizes = ask(held(), asking("sources"), kept(catalogued("declared-and-held")))
    return page("sources.html", sources=joined(told, sizes))


def joined(told: Table, sizes: Table) -> Table:
    """Each source once with its figures and its latest load."""
    by_source = {row["source"]: row for row in sizes}
    found: dict[str, dict[str, str]] = {}
    for row in told:
        known = found.setdefault(row["source"], dict(row) | by_source.get(row["source"], {}))
        if row.get("ended", "") > known.get("ended", ""):
            known["ended"] = row["ended"]
    return list(found.values())
