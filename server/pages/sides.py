"""The two sides of a comparison: what each is called, what it signs, what both have.

Of thousands of papers only those are looked up by title that the page shows.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from ontology import terms
from server.context import Service
from server.pages.asking import Table, Texts, ask, beside, lean, listed
from server.pages.asking import page as asking
from server.pages.authorship import authorship
from server.pages.papers import slug
from server.problems import Problem

LATEST = 5  # papers of each side
TITLES = 20  # of the papers of both
LOOKED_UP = 2000  # shared things that are listed by name


@dataclass(slots=True)
class Side:
    """One of the two; `papers` has the year of each, or nothing, and `names` what is shown."""

    iri: str
    label: str
    canonical: str
    kind: str
    source: str
    statements: Table = field(default_factory=list)
    papers: dict[str, str] = field(default_factory=dict)
    venues: Set[str] = frozenset()
    coauthors: Set[str] = frozenset()
    company: Set[str] = frozenset()  # who wrote with all that is joined with it
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def latest(self) -> list[tuple[str, str, str]]:
        """The IRI, title and year of its last papers, the latest first."""
        found = sorted(self.papers.items(), key=lambda one: (-int(one[1] or 0), one[0]))
        return [(iri, self.names.get(iri, iri), year) for iri, year in found[:LATEST]]

    @property
    def years(self) -> set[int]:
        return {int(year) for year in self.papers.values() if year}

    @property
    def venue_names(self) -> list[str]:
        return sorted(self.names.get(iri, iri) for iri in self.venues)

    def values(self, prop: str) -> list[str]:
        """What it says under a property."""
        return list(
            dict.fromkeys(row["value"] for row in self.statements if row["property"] == prop)
        )


def read(service: Service, a: str, b: str) -> tuple[Side, Side]:
    """What is said of the two themselves; 404 where nothing is."""
    one, other = ask(service, asking("triples", entity=a), asking("triples", entity=b))
    for iri, table in ((a, one), (b, other)):
        if not table:
            raise Problem(404, f"nothing is known of {iri}")
    return side(a, one), side(b, other)


def side(iri: str, table: Table) -> Side:
    """What is said of an entity itself."""
    first: Texts = {}
    labels: Texts = {}
    for row in table:
        first.setdefault(row["property"], row["value"])
        labels.setdefault(row["property"], row.get("label", row["value"]))
    return Side(
        iri,
        first.get(terms.LABEL, iri),
        first.get(terms.CANONICAL, iri),
        first.get(terms.TYPE, ""),
        labels.get(terms.SOURCE_PROPERTY, ""),
        statements=table,
    )


def fill(service: Service, sides: tuple[Side, Side], same: bool) -> None:
    """What each signs: alone where the two are one, with all that is joined where they are not."""
    if same:
        _fill_alone(service, sides)
    else:
        _fill_joined(service, sides)
    one, other = sides
    wanted = [iri for side in sides for iri, _, _ in side.latest]
    wanted += sorted(one.venues | other.venues)
    wanted += sorted(one.papers.keys() & other.papers.keys(), key=slug)[:TITLES]
    wanted += sorted(one.coauthors & other.coauthors)[:LOOKED_UP]
    (found,) = ask(service, listed("labels", "thing", wanted)) if wanted else ([],)
    one.names = other.names = {row["thing"]: row["label"] for row in reversed(found)}


def _fill_alone(service: Service, sides: tuple[Side, Side]) -> None:
    rows = [[side.iri] for side in sides]
    found = ask(
        service,
        *(lean(listed("profile", "row", row)) for row in rows),
        *(listed("company-of-rows", "row", row) for row in rows),
    )
    for side, papers, company in zip(sides, found[:2], found[2:], strict=True):
        for row in papers:
            side.papers.setdefault(row["publication"], row.get("year", ""))
        side.venues = {row["venue"] for row in papers if "venue" in row}
        side.coauthors = {row["coauthor"] for row in company} - {side.iri, side.canonical}


def _fill_joined(service: Service, sides: tuple[Side, Side]) -> None:
    """As the pages of the two people have it, each asked of a worker of its own."""
    one, other = (lean(asking("authorship", person=side.canonical)) for side in sides)
    below = f"{service.iris.base}id/publication/"
    for side, table in zip(sides, ask(service, one, beside(other)), strict=True):
        work = authorship(table, side.canonical, below)
        years = work.papers.years
        side.papers = {paper: str(years.get(paper, "")) for paper in work.papers.own}
        side.venues = {*work.papers.venues.values()}
        side.company = work.together.keys()
        side.coauthors = side.company - {side.iri}


def shared(sides: tuple[Side, Side], what: str) -> list[tuple[str, str]]:
    """The papers, venues or coauthors of both: IRIs with their names, by the words of the IRI."""
    one, other = (set(getattr(side, what)) for side in sides)
    names = sides[0].names
    return [(iri, names.get(iri, iri)) for iri in sorted(one & other, key=slug)]
