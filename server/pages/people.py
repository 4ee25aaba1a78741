"""People: the resolved person, and the row of one source that became part of one."""

from dataclasses import dataclass

from flask import Response, request

from ontology import terms
from server import charts
from server.context import Service
from server.pages import identifying, marking, papers, saying
from server.pages.asking import Table, Texts, ask, beside, catalogued, lean, listed
from server.pages.asking import page as asking
from server.pages.authorship import authorship, names_used, orcids
from server.pages.collection import collected
from server.pages.frame import here, page
from server.pages.things import Thing
from server.pages.wording import words_of

VENUES = 12
COAUTHORS = 20
ALIKE = 30


@dataclass(frozen=True, slots=True)
class Lookalike:
    """Somebody who stayed apart: the nearest comparison with them, if there was one."""

    iri: str
    name: str
    score: float | None
    verdict: str
    rules: tuple[str, ...]


def author(held: Service, iri: str, told: Thing) -> Response:
    """The resolved person; a row that another one stands for keeps a page of its own."""
    canonical = told.one(terms.CANONICAL)
    if canonical and canonical != iri:
        return _row(held, iri, told, canonical)
    return _person(held, iri, told)


def _row(held: Service, iri: str, told: Thing, canonical: str) -> Response:
    """What one source says under one name, and where the person is."""
    found, labels, sourced = ask(
        held,
        asking("papers-of-row", row=iri),
        listed("labels", "thing", [canonical]),
        asking("rows-as-said", person=canonical),
    )
    own = collected(found)
    return page(
        "row.html",
        thing=told,
        canonical=canonical,
        canonical_name=labels[0]["label"] if labels else "",
        listing=papers.listing(held, own, signed="authors-as-said"),
        entries=own,
        views=saying.views(held.iris, canonical, sourced, "no tab is this row"),
    )


def _person(held: Service, iri: str, told: Thing) -> Response:
    if "source" in request.args:
        (sourced,) = ask(held, asking("rows-as-said", person=iri))
        return saying.said(held, iri, told, sourced)
    wrote, signed, rows, counts, apart, parts, decisions, known, sourced = ask(
        held,
        beside(lean(asking("authorship", person=iri))),
        asking("signed-by-person", person=iri),
        catalogued("joined-rows", person=iri),
        asking("row-counts", person=iri),
        catalogued("kept-apart", entity=iri),
        asking("parts-of-row", row=iri),
        asking("decisions-of", canonical=iri),
        asking("known-of-rows", person=iri),
        asking("rows-as-said", person=iri),
    )
    work = authorship(wrote, iri, f"{held.iris.base}id/publication/")
    own, company = work.papers, work.most(COAUTHORS)
    listing = papers.listing(held, own, named=[one for one, _ in company])
    labels, venues = listing.names, own.per_venue()
    alike = lookalikes(apart)
    by_year = papers.spanned(own.per_year())
    return page(
        "author.html",
        thing=told,
        entries=own,
        listing=listing,
        chart=charts.bars(by_year, "Papers per year", lambda year: here(year=year, page=None)),
        pairs=[pair for pair in by_year if pair[1]],
        years=own.span,
        venues=[((one, labels.get(one, one)), n) for one, n in venues.most_common(VENUES)],
        venue_count=len(venues),
        coauthors=sorted(
            ({"coauthor": one, "name": labels.get(one, one), "papers": n} for one, n in company),
            key=lambda row: (-row["papers"], row["name"]),
        ),
        coauthor_count=len(work.together),
        names=_names(held, iri, signed, sourced),
        rows=rows,
        row_papers={row["row"]: row["papers"] for row in counts},
        alike=alike[:ALIKE],
        alike_count=len(alike),
        parts=parts,
        decisions=decisions,
        ambiguous=terms.AMBIGUOUS_AUTHOR in told.all(terms.TYPE),
        views=saying.views(held.iris, iri, sourced, ""),
        outside=identifying.links([*known, *orcids(signed)]),
        formerly={row["row"] for row in known if row["what"] == "formerly"},
        met=papers.drawn(work.met(), "year", "people", "New co-authors per year"),
        marked=marking.described(iri, marking.person(iri, list(told.statements), known), ()),
        words=words_of(papers.titles(held, own.own).values()),
    )


def _names(held: Service, iri: str, signed: Table, sourced: Table) -> Table:
    """Every name printed for the person, how often, and in which source."""
    found = names_used(signed, sourced)
    if found is None:
        (found,) = ask(held, catalogued("names-of-person", person=iri))
    return found


def lookalikes(table: Table) -> list[Lookalike]:
    """Each once, with their nearest comparison; those only of the same name come last."""
    best: dict[str, Texts] = {}
    rules: dict[str, set[str]] = {}
    for row in table:
        known = best.get(row["lookalike"])
        if known is None or float(row.get("score", "-1")) > float(known.get("score", "-1")):
            best[row["lookalike"]] = row
        if "cannotLink" in row:
            rules.setdefault(row["lookalike"], set()).add(row["cannotLink"])
    found = [
        Lookalike(
            iri,
            row["name"],
            float(row["score"]) if "score" in row else None,
            row.get("verdict", ""),
            tuple(sorted(rules.get(iri, ()))),
        )
        for iri, row in best.items()
    ]
    return sorted(found, key=lambda one: (-(one.score or 0.0), one.name, one.iri))
