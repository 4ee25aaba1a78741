"""Venues: what is in them, who, how much over time."""

from flask import Response

from ontology import terms
from server import charts
from server.context import Service
from server.pages import papers
from server.pages.asking import CSV, Ask, Table, ask, catalogued, counted, kept
from server.pages.asking import page as asking
from server.pages.frame import blueprint, held, here, page, pager, words
from server.pages.sorting import Column, sorting
from server.pages.sources import chosen_year, in_year_numbers
from server.pages.things import Thing

SHOWN = 25
PEOPLE = 20
VENUES_SHOWN = 100
WHO = (
    Column("name", "Name"),
    Column("papers", "Papers", number=True),
    Column("first", "First", number=True),
    Column("last", "Last", number=True),
)
VENUES = (
    Column("name", "Venue"),
    Column("kind", "Kind"),
    Column("papers", "Papers", number=True),
    Column("first", "First", number=True),
    Column("last", "Last", number=True),
)


def venue(service: Service, iri: str, told: Thing) -> Response:
    """A series: papers per year, who publishes there, its papers page by page."""
    year = chosen_year()
    years, kinds, people, new = ask(service, *_long(iri))
    total = next((int(row["papers"]) for row in kinds if row["kind"] == terms.PUBLICATION), 0)
    in_year = {row["year"]: int(row["papers"]) for row in years}
    at = pager(in_year.get(year, 0) if year else total, SHOWN)
    order = papers.chosen_order()
    who = sorting(WHO, "-papers", "who", "people")
    by = pager(len(people), PEOPLE, "people")
    return page(
        "venue.html",
        thing=told,
        total=total,
        year=year,
        years=years,
        kinds=_kinds(kinds, total),
        people=who.sorted(people)[by.offset : by.last],
        people_pager=by,
        who=who,
        chart=charts.bars(
            papers.spanned(in_year_numbers(years)),
            "Papers per year",
            lambda name: here(year=name, page=None),
        ),
        pairs=[(row["year"], row["papers"]) for row in years],
        new=papers.drawn(new, "year", "new", "New authors per year"),
        cards=papers.cards(service, listed(service, iri, year, order)[at.offset : at.last]),
        order=order,
        orders=papers.ORDERS,
        pager=at,
    )


def _kinds(rows: Table, total: int) -> list[tuple[str, int]]:
    """How many of each kind; those whose source says none are publications."""
    found = [(words(row["kind"]), int(row["papers"])) for row in rows]
    of_a_kind = [pair for pair in found if pair[0] != words(terms.PUBLICATION)]
    rest = total - sum(count for _, count in of_a_kind)
    return [*of_a_kind, (words(terms.PUBLICATION), rest)] if rest > 0 else of_a_kind


def _long(iri: str) -> tuple[Ask, ...]:
    """What goes through all papers of a venue."""
    return (
        kept(catalogued("venue-per-year", venue=iri)),
        kept(asking("kinds-of-venue", venue=iri)),
        kept(catalogued("authors-of-venue", venue=iri)),
        kept(catalogued("newcomers", venue=iri)),
    )


def warm(service: Service, iri: str) -> None:
    """Count what the first visitor of a venue would wait for."""
    ask(service, *_long(iri))
    counted(service, asking("papers-of-venue", venue=iri), CSV)


def listed(service: Service, iri: str, year: str, order: str) -> list[str]:
    """The venue's publications in this order, from one kept list of them all, newest first."""
    wanted = (
        asking("papers-of-venue-year", venue=iri, year=year)
        if year
        else asking("papers-of-venue", venue=iri)
    )
    lines = counted(service, wanted, CSV).decode().split("\r\n")[1:]
    found = [line for line in lines if line]
    if order == "title":
        return papers.by_title(service, found)
    if year:
        found.sort(key=papers.slug)
    elif order == "oldest":
        found.reverse()
    return found


@blueprint.route("/venues")
def venues() -> Response:
    """Every venue, those with most papers first."""
    (found,) = ask(held(), kept(asking("venues")))
    once = list({row["venue"]: row for row in reversed(found)}.values())[::-1]
    order = sorting(VENUES, "-papers")
    at = pager(len(once), VENUES_SHOWN)
    shown = order.sorted(once)[at.offset : at.last]
    return page("venues.html", venues=shown, order=order, pager=at)
