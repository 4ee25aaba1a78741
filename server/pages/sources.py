"""Sources: what each says of itself beside what is held, its loads, its records page by page."""

import csv
import io

from flask import Response, request

from ontology import terms
from server import charts
from server.context import Service
from server.pages import papers
from server.pages.asking import Ask, Table, Texts, ask, catalogued, counted, kept, listed
from server.pages.asking import page as asking
from server.pages.frame import blueprint, held, here, page, pager
from server.pages.sorting import Column, Sorting, sorting
from server.pages.things import Thing
from server.problems import Problem

SHOWN = 25
SIZES = kept(catalogued("declared-and-held"))
# Records that are sorted for a page: as a list of as many they are read and sorted in 60 ms. A
# larger source is listed as the store has it, until a year makes it small enough.
SORTED = 10_000
RECORDS = (Column("where", "Where"), Column("title", "Title"), Column("year", "Year", number=True))
SOURCES = (
    Column("name", "Source"),
    Column("held", "Papers held", number=True),
    Column("declared", "declared", number=True),
    Column("rows", "Author rows held", number=True),
    Column("declaredRows", "declared", number=True),
    Column("licence", "Licence"),
)


def source(service: Service, iri: str, told: Thing) -> Response:
    """What a source says of itself beside what is held, its loads, its records page by page."""
    graph = service.iris.source_graph(told.label)
    sizes, loads = ask(service, SIZES, asking("loads-of-source", source=iri))
    years, *gaps = ask(service, *_long(iri, graph, sizes))
    size = next((row for row in sizes if row["source"] == iri), {})
    missing = gaps[0] if gaps else []
    year = chosen_year()
    in_year = {row["year"]: int(row["papers"]) for row in years}
    total = in_year.get(year, 0) if year else int(size.get("held", "0"))
    at = pager(total, SHOWN)
    order = sorting(RECORDS, "where") if total <= SORTED else None
    return page(
        "source.html",
        thing=told,
        graph=graph,
        size=size,
        loads=loads,
        chart=charts.bars(
            papers.spanned(in_year_numbers(years)),
            "Papers per year",
            lambda name: here(year=name, page=None),
        ),
        pairs=[(row["year"], row["papers"]) for row in years],
        gaps=papers.drawn(missing, "year", "missing", "Papers that only others describe, per year"),
        lacking=any(row["missing"] != "0" for row in missing),
        years=years,
        year=year,
        records=_records(service, graph, year, order, at.offset),
        order=order,
        sortable=SORTED,
        pager=at,
        licences=told.all(terms.DC_LICENSE),
        homepages=told.all(terms.FOAF_HOMEPAGE),
        publishers=told.all(terms.DC_PUBLISHER),
        unknown=told.one(terms.LICENCE_UNKNOWN) == "true",
    )


def _long(iri: str, graph: str, sizes: Table) -> list[Ask]:
    """What goes through all records of a source; what it lacks, where there are others."""
    years = kept(asking("source-per-year", graph=graph))
    others = any(row["source"] != iri for row in sizes)
    return [years, kept(catalogued("gaps-in-source", source=iri))] if others else [years]


def warm(service: Service, many: int, least: int) -> None:
    """Count what first visitors of the largest sources would wait for, those of so many papers."""
    (sizes,) = ask(service, SIZES)
    held = {row["source"]: (int(row.get("held", "0")), row["name"]) for row in sizes}
    for iri, (papers_held, name) in sorted(held.items(), key=lambda one: -one[1][0])[:many]:
        if papers_held >= least:
            pointing = kept(asking("inverse", entity=iri))
            ask(service, pointing, *_long(iri, service.iris.source_graph(name), sizes))


def chosen_year() -> str:
    """The year that the address asks for, or nothing."""
    year = request.args.get("year", "")
    if year and not (year.isdigit() and len(year) == 4):
        raise Problem(400, f"year={year[:40]!r} is no year of four digits")
    return year


def in_year_numbers(years: Table) -> dict[int, int]:
    """Papers by year, as numbers."""
    return {int(row["year"]): int(row["papers"]) for row in years}


def _records(
    service: Service, graph: str, year: str, order: Sorting | None, offset: int
) -> list[Texts]:
    """A page of the source's records with their titles."""
    if order is None:
        return ask(service, _as_stored(graph, year, offset))[0]
    found = order.sorted(_listed(service, graph, year))[offset : offset + SHOWN]
    if not found:
        return []
    (labels,) = ask(service, listed("labels", "thing", [row["publication"] for row in found]))
    titles = {row["thing"]: row["label"] for row in reversed(labels)}
    return [row | {"title": titles.get(row["publication"], row["title"])} for row in found]


def _as_stored(graph: str, year: str, offset: int) -> Ask:
    """A page of many records; the page is cut before anything is looked up for it."""
    if year:
        return Ask(
            "pages/papers-of-source-year", {"graph": graph, "published": year}, offset=offset
        )
    return Ask("pages/papers-of-source", {"graph": graph}, offset=offset)


def _listed(service: Service, graph: str, year: str) -> list[Texts]:
    """Every record, each publication once; the words of its IRI stand for the title."""
    wanted = (
        asking("records-of-source-year", graph=graph, published=year)
        if year
        else asking("records-of-source", graph=graph)
    )
    lines = counted(service, wanted, "text/csv").decode()
    found: dict[str, Texts] = {}
    for row in csv.DictReader(io.StringIO(lines)):
        where = f"{int(row['line']):09}" if row["line"].isdigit() else row["key"]
        title = row["publication"].rpartition("/")[2]
        found.setdefault(row["publication"], row | {"where": where, "title": title})
    return [found[iri] for iri in sorted(found)]


@blueprint.route("/sources")
def sources() -> Response:
    """Every source: licence, declared, held."""
    told, sizes = ask(held(), asking("sources"), kept(catalogued("declared-and-held")))
    order = sorting(SOURCES, "name")
    return page("sources.html", sources=order.sorted(joined(told, sizes)), order=order)


def joined(told: Table, sizes: Table) -> Table:
    """Each source once with its figures, however often it was loaded."""
    by_source = {row["source"]: row for row in sizes}
    found: dict[str, Texts] = {}
    for row in told:
        found.setdefault(row["source"], row | by_source.get(row["source"], {}))
    return list(found.values())
