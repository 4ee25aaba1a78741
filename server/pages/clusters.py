"""The name cluster: all that bears one exact name, as the page of a name has it, and who is behind.

The rows of the sources come first, then the people and parts that they were found to be, then
those who look alike and were kept apart, each with the reason.
"""

from collections.abc import Iterable, Mapping, Sequence, Set

from flask import Response, request

from server.context import Service
from server.pages import papers
from server.pages.asking import (
    Ask,
    Table,
    Texts,
    ask,
    beside,
    catalogued,
    kept,
    lean,
    listed,
    requested,
)
from server.pages.asking import page as asking
from server.pages.authorship import Authorship, under_name
from server.pages.frame import expanded, page, pager
from server.pages.people import Lookalike, lookalikes
from server.pages.things import Thing
from server.problems import Problem

ALIKE = 30
ALIKE_OF = 5  # people of a name whose look-alikes its page lists
PEOPLE = 20  # on one page
ROWS = 12  # of one person
PAPERS = 20
COAUTHORS = 60  # to choose from


def cluster(held: Service, iri: str, told: Thing) -> Response:
    """All that bears one exact name, then who is behind it."""
    with_whom = kept(asking("co-authors-in-cluster", cluster=iri))
    held.kept.begin(held.pool, [requested(held, with_whom)])  # beside the others, not after them
    rows, elsewhere = ask(
        held, asking("rows-in-cluster", cluster=iri), asking("held-elsewhere", cluster=iri)
    )
    few = sorted({row["person"] for row in rows})
    few = few if len(few) <= ALIKE_OF else []  # of more, those with most papers are asked about
    found, declared, counted, coauthors, *told_of = ask(
        held,
        beside(lean(asking("signed-in-cluster" if elsewhere else "signed-by-rows", cluster=iri))),
        asking("declared-for-cluster", cluster=iri),
        asking("held-in-cluster", cluster=iri),
        with_whom,
        *_about(few, few),
    )
    work = under_name(found, f"{held.iris.base}id/publication/")
    people = _by_papers(rows, work)
    at = pager(len(people), PEOPLE, "people")
    shown = people[at.offset : at.last]
    of = few or list(dict.fromkeys([*people[:1], *shown[:ALIKE_OF]]))
    profiles, reasons, apart = _told(people, of, told_of or ask(held, *_about(shown, of)))
    chosen = request.args.get("coauthor", "")
    others = {row["person"]: int(row["papers"]) for row in coauthors if row["person"] not in people}
    return page(
        "cluster.html",
        thing=told,
        entries=work.papers,
        listing=papers.listing(
            held,
            work.papers,
            PAPERS,
            abstracts=True,
            more=lambda names: _coauthors(others, chosen, names),
            only=signed_with(held, iri, chosen) if chosen else None,
            named=others,
        ),
        whole_rows=sum("whole" not in row for row in _once(rows)),
        people=_behind(shown, _once(rows), profiles, reasons),
        most=people[0] if people else "",
        people_pager=at,
        alike=_alike(people, apart),
        sources=_declared_and_held(told, declared, counted),
    )


def _once(rows: Table) -> Table:
    """Each row once: one with two labels or reasons comes as several."""
    return list({row["row"]: row for row in reversed(rows)}.values())[::-1]


def _by_papers(rows: Table, work: Authorship) -> list[str]:
    """The people behind the name, those with most papers under it first."""
    people = {row["person"] for row in rows}
    return sorted(people, key=lambda one: (-len(work.together.get(one, ())), one))


def _about(shown: Sequence[str], of: Sequence[str]) -> list[Ask]:
    """Papers and years of these people, and who looks like those."""
    if not shown:
        return []
    return [
        listed("people", "person", shown),
        *(catalogued("kept-apart", entity=person) for person in of),
    ]


def _told(
    people: Sequence[str], of: Sequence[str], tables: Sequence[Table]
) -> tuple[dict[str, Texts], dict[str, Lookalike], list[tuple[str, Table]]]:
    """Of the answers: the profiles, why each is not the first of the people, their look-alikes."""
    if not tables:
        return {}, {}, []
    profiles, *apart = tables
    by_person = dict(zip(of, apart, strict=True))
    reasons = {one.iri: one for one in lookalikes(by_person[people[0]])}
    ranked = [(one, by_person[one]) for one in people if one in by_person]
    return {row["person"]: row for row in profiles}, reasons, ranked


def _coauthors(others: Mapping[str, int], chosen: str, names: Mapping[str, str]) -> papers.Facet:
    """The co-authors to choose from, those of most papers first."""
    values = sorted(
        ((papers.slug(one), names.get(one, one), count) for one, count in others.items()),
        key=lambda value: (-value[2], value[1]),
    )[:COAUTHORS]
    return papers.Facet("coauthor", "Co-author", chosen, tuple(values))


def signed_with(held: Service, iri: str, chosen: str) -> Set[str]:
    """The papers of a cluster that this author signed too."""
    person = expanded(f"author/{chosen}")
    if held.iris.read(person) is None:
        raise Problem(400, f"coauthor={chosen[:80]!r} is no author here")
    (signed,) = ask(held, asking("papers-in-cluster-with", cluster=iri, coauthor=person))
    return {row["publication"] for row in signed}


def _alike(
    people: Sequence[str], apart: Iterable[tuple[str, Table]]
) -> list[tuple[str, Lookalike]]:
    """Those kept apart from the first people of the name, each with whom from."""
    found = {
        one.iri: (person, one)
        for person, table in apart
        for one in lookalikes(table)
        if one.iri not in people
    }
    return sorted(found.values(), key=lambda pair: -(pair[1].score or 0.0))[:ALIKE]


def _behind(
    people: Sequence[str],
    rows: Table,
    profiles: Mapping[str, Texts],
    reasons: Mapping[str, Lookalike],
) -> list[dict[str, object]]:
    """Each person with the rows of this name that were joined into them."""
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
                "rows": mine[:ROWS],
                "hidden": len(mine[ROWS:]),
                "apart": reasons.get(person),
                "ambiguous": any(row.get("ambiguous") == "true" for row in mine),
            }
        )
    return found


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
