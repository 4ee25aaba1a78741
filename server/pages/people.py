"""People: the name cluster as its source page has it, and the person that it is not."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response

from ontology import terms
from server import charts
from server.context import Service
from server.pages import papers
from server.pages.asking import Table, Texts, ask, catalogued, listed
from server.pages.asking import page as asking
from server.pages.frame import here, page
from server.pages.things import Thing

VENUES = 12
ALIKE = 30
PEOPLE = 100
ALIKE_OF = 5  # people of a name whose look-alikes its page lists


@dataclass(frozen=True, slots=True)
class Lookalike:
    """Somebody who stayed apart: the nearest comparison with them, if there was one."""

    iri: str
    name: str
    score: float | None
    verdict: str
    rules: tuple[str, ...]


def cluster(held: Service, iri: str, told: Thing) -> Response:
    """All that bears one exact name, then who is behind it."""
    found, rows, declared, counted = ask(
        held,
        asking("papers-in-cluster", cluster=iri),
        asking("rows-in-cluster", cluster=iri),
        asking("declared-for-cluster", cluster=iri),
        asking("held-in-cluster", cluster=iri),
    )
    listed_papers = papers.entries(held, found)
    people = list(dict.fromkeys(row["person"] for row in rows))
    wanted = [listed("people", "person", people[:PEOPLE])] if people else []
    wanted += [catalogued("kept-apart", entity=person) for person in people[:ALIKE_OF]]
    profiles, *apart = ask(held, *wanted) if wanted else [[]]
    by_person = {row["person"]: row for row in profiles}
    return page(
        "cluster.html",
        thing=told,
        entries=listed_papers,
        listing=papers.listing(held, listed_papers, size=20, abstracts=True),
        rows=rows,
        people=_behind(people[:PEOPLE], rows, by_person),
        hidden=max(0, len(people) - PEOPLE),
        alike=_alike(people, apart),
        sources=_declared_and_held(told, declared, counted),
    )


def _alike(people: Sequence[str], apart: Sequence[Table]) -> list[tuple[str, Lookalike]]:
    """Those kept apart from the first people of the name, each with whom from."""
    found = {
        one.iri: (person, one)
        for person, table in zip(people, apart, strict=False)
        for one in lookalikes(table)
        if one.iri not in people
    }
    return sorted(found.values(), key=lambda pair: -(pair[1].score or 0.0))[:ALIKE]


def _behind(
    people: Sequence[str], rows: Table, profiles: dict[str, Texts]
) -> list[dict[str, object]]:
    """Each person with the rows of this name that were joined into them, most papers first."""
    found: list[dict[str, object]] = []
    for person in people:
        mine = [row for row in rows if row["person"] == person]
        profile = profiles.get(person, {})
        found.append(
            {
                "iri": person,
                "name": mine[0]["personName"],
                "papers": int(profile.get("papers", "0")),
                "first": profile.get("first", ""),
                "last": profile.get("last", ""),
                "rows": mine,
                "ambiguous": any(row.get("ambiguous") == "true" for row in mine),
            }
        )
    return sorted(found, key=lambda one: (-int(str(one["papers"])), str(one["name"])))


def _declared_and_held(told: Thing, declared: Table, counted: Table) -> list[Texts]:
    """What each source declares for this very name, beside what is held of it."""
    held = {row["sourceName"]: row for row in counted}
    found = []
    for row in declared:
        own = held.get(row["sourceName"], {})
        named = row.get("clusterName", "").casefold() == told.label.casefold()
        found.append(
            {
                "iri": row["source"],
                "name": row["sourceName"],
                "publications": own.get("publications", "0"),
                "rows": own.get("rows", "0"),
                "declaredPublications": row.get("publications", "") if named else "",
                "declaredRows": row.get("rows", "") if named else "",
            }
        )
    return found


def author(held: Service, iri: str, told: Thing) -> Response:
    """The resolved person; a row that another one stands for keeps a page of its own."""
    canonical = told.one(terms.CANONICAL)
    if canonical and canonical != iri:
        return _row(held, iri, told, canonical)
    return _person(held, iri, told)


def _row(held: Service, iri: str, told: Thing, canonical: str) -> Response:
    """What one source says under one name, and where the person is."""
    found, labels, parts, alike = ask(
        held,
        asking("papers-of-row", row=iri),
        listed("labels", "thing", [canonical]),
        asking("parts-of-row", row=iri),
        asking("matches-of", entity=canonical),
    )
    own = papers.entries(held, found)
    return page(
        "row.html",
        thing=told,
        canonical=canonical,
        canonical_name=labels[0]["label"] if labels else "",
        listing=papers.listing(held, own),
        entries=own,
        parts=parts,
        compared=[row for row in alike if iri in (row["one"], row["other"])],
    )


def _person(held: Service, iri: str, told: Thing) -> Response:
    found, coauthors, names, rows, counts, apart, parts, decisions = ask(
        held,
        asking("papers-of-author", person=iri),
        asking("co-authors-of-person", person=iri),
        catalogued("names-of-person", person=iri),
        catalogued("joined-rows", person=iri),
        asking("row-counts", person=iri),
        catalogued("kept-apart", entity=iri),
        asking("parts-of-row", row=iri),
        asking("decisions-of", canonical=iri),
    )
    own = papers.entries(held, found)
    years = [entry.year for entry in own if entry.year is not None]
    venues = Counter((entry.venue, entry.venue_name) for entry in own if entry.venue)
    alike = lookalikes(apart)
    by_year = papers.per_year(own)
    return page(
        "author.html",
        thing=told,
        entries=own,
        listing=papers.listing(held, own),
        chart=charts.bars(by_year, "Papers per year", lambda year: here(year=year, page=None)),
        pairs=[pair for pair in by_year if pair[1]],
        years=(min(years), max(years)) if years else (),
        venues=venues.most_common(VENUES),
        venue_count=len(venues),
        coauthors=coauthors,
        coauthor_count=int(coauthors[0]["all"]) if coauthors else 0,
        names=names,
        rows=rows,
        row_papers={row["row"]: row["papers"] for row in counts},
        alike=alike[:ALIKE],
        alike_count=len(alike),
        parts=parts,
        decisions=decisions,
        ambiguous=terms.AMBIGUOUS_AUTHOR in told.all(terms.TYPE),
    )


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
