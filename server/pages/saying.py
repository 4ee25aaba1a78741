"""A person as one source says: its rows, names, papers and co-authors, before any resolution."""

from dataclasses import dataclass

from flask import Response, request

from ontology.iris import Iris
from server import charts
from server.context import Service
from server.pages import papers
from server.pages.asking import Table, ask, beside, lean
from server.pages.asking import page as asking
from server.pages.collection import collected
from server.pages.frame import here, href, page
from server.pages.things import Thing
from server.problems import Problem

SHOWN = 20  # co-authors, venues


@dataclass(frozen=True, slots=True)
class View:
    """One way to see a person: as resolved (`local` is empty), or as one source says."""

    local: str
    name: str
    link: str
    current: bool


def views(iris: Iris, person: str, rows: Table, chosen: str) -> list[View]:
    """The resolved person, then each source that has rows of theirs."""
    sources = {_local(iris, row["source"]): row["sourceName"] for row in rows}
    here_is = href(person)
    found = [View("", "As resolved", here_is, not chosen)]
    found += [
        View(local, f"As {name} says", f"{here_is}?source={local}", local == chosen)
        for local, name in sorted(sources.items(), key=lambda pair: pair[1])
    ]
    return found


def said(held: Service, person: str, told: Thing, rows: Table) -> Response:
    """The page of `?source=`; 404 where that source says nothing of the person."""
    chosen = request.args["source"]
    mine = [row for row in rows if _local(held.iris, row["source"]) == chosen]
    if not mine:
        raise Problem(404, f"no source {chosen[:80]!r} has a row of {told.label[:80]}")
    source = mine[0]["source"]
    found, names, coauthors = ask(
        held,
        lean(asking("said-papers", person=person, source=source)),
        asking("said-names", person=person, source=source),
        beside(asking("said-co-authors", person=person, source=source)),
    )
    own = collected(found)
    listing = papers.listing(held, own, signed="authors-as-said")
    by_year, venues = papers.spanned(own.per_year()), own.per_venue()
    return page(
        "said.html",
        thing=told,
        source=source,
        source_name=mine[0]["sourceName"],
        views=views(held.iris, person, rows, chosen),
        rows=mine,
        names=names,
        entries=own,
        listing=listing,
        chart=charts.bars(by_year, "Papers per year", lambda year: here(year=year, page=None)),
        pairs=[pair for pair in by_year if pair[1]],
        years=own.span,
        coauthors=coauthors[:SHOWN],
        coauthor_count=len(coauthors),
        venues=[((one, listing.names.get(one, one)), n) for one, n in venues.most_common(SHOWN)],
        venue_count=len(venues),
    )


def _local(iris: Iris, iri: str) -> str:
    entity = iris.read(iri)
    return entity.local if entity else iri
