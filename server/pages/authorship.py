"""What a person wrote and signed, from two queries that go through it once.

An author of two thousand papers has as many signatures, and pages of them are asked for: a query
for each figure would go through all of it again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from ontology import terms
from server.pages.asking import Table, Texts
from server.pages.papers import Entry


@dataclass(frozen=True, slots=True)
class Authorship:
    """The papers, newest first, and by each co-author those written together, by their slugs.

    Years, venues and kinds are those of the papers that have some.
    """

    below: str
    own: Sequence[str]
    years: Mapping[str, int]
    venues: Mapping[str, str]
    kinds: Mapping[str, tuple[str, ...]]
    together: Mapping[str, tuple[str, ...]]

    def most(self, many: int) -> list[tuple[str, int]]:
        """Those with whom most papers were written, and how many."""
        counted = [(iri, len(papers)) for iri, papers in self.together.items()]
        return sorted(counted, key=lambda pair: (-pair[1], pair[0]))[:many]

    def named(self, names: Mapping[str, str]) -> list[Entry]:
        """The papers with what their venues are called."""
        return [self._entry(one, self.venues.get(one, ""), names) for one in self.own]

    def _entry(self, one: str, venue: str, names: Mapping[str, str]) -> Entry:
        year, kinds = self.years.get(one), self.kinds.get(one, ())
        return Entry(self.below + one, year, kinds, venue, names.get(venue, venue))

    def met(self) -> list[Texts]:
        """How many people the person first wrote with in each year: the rows of a table."""
        years = self.years
        first = (
            min((years[paper] for paper in papers if paper in years), default=None)
            for papers in self.together.values()
        )
        counted = Counter(year for year in first if year is not None)
        return [{"year": str(year), "people": str(counted[year])} for year in sorted(counted)]


def authorship(table: Table, person: str, below: str) -> Authorship:
    """The rows of `pages/authorship`; publications' IRIs begin with what they are `below`."""
    years: dict[str, int] = {}
    venues: dict[str, str] = {}
    kinds: dict[str, tuple[str, ...]] = {}
    together: dict[str, tuple[str, ...]] = {}
    for row in sorted(table, key=lambda row: row["value"]):
        prop, value = row["property"], row["value"]
        papers = dict.fromkeys(row["publications"].split(" "))
        if prop == terms.AUTHORED_BY:
            together[value] = tuple(papers)
        elif prop == terms.VENUE_PROPERTY:
            venues |= {one: value for one in papers if one not in venues}
        elif prop == terms.TYPE:
            told = ((one, kinds.get(one, ())) for one in papers)
            kinds |= {one: (*known, value) for one, known in told if value not in known}
        elif value.lstrip("-").isdigit():
            year = int(value)
            years |= {one: year for one in papers if one not in years}
    own = _newest(together.pop(person, ()), years)
    return Authorship(below, own, years, venues, kinds, together)


def under_name(table: Table, below: str) -> Authorship:
    """Likewise the rows of `pages/signed-in-cluster`: all papers, and by each person their own."""
    signed: dict[str, dict[str, None]] = defaultdict(dict)
    for row in table:
        signed[row["person"]] |= dict.fromkeys(row["publications"].split(" "))
    told = [row for row in table if row.get("value", terms.PUBLICATION) != terms.PUBLICATION]
    found = authorship(told, "", below)
    every = dict.fromkeys(chain.from_iterable(signed.values()))
    together = {person: tuple(papers) for person, papers in signed.items()}
    return replace(found, own=_newest(every, found.years), together=together)


def _newest(papers: Iterable[str], years: Mapping[str, int]) -> list[str]:
    return sorted(papers, key=lambda one: (-years.get(one, 0), one))


def names_used(signed: Table, rows: Table) -> list[Texts] | None:
    """The rows of `names-of-person`, from `pages/signed-by-person` and the rows of each source.

    Nothing where that does not tell: where one row was given signatures of several sources.
    """
    sources = {row["row"]: row["sourceName"] for row in rows}
    by_row: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for row in signed:
        by_row[row["row"]][row["property"]][row["value"]] += int(row["signed"])
    times: Counter[tuple[str, str]] = Counter()
    for told in by_row.values():
        meant = {sources.get(row, "") for row in told[terms.BY_AUTHOR]}
        if len(meant) != 1 or "" in meant:
            return None
        for printed, many in told[terms.PRINTED_NAME].items():
            times[printed, min(meant)] += many
    return [
        {"printed": printed, "sourceName": source, "times": str(many)}
        for (printed, source), many in sorted(times.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def orcids(signed: Table) -> list[Texts]:
    """ORCIDs that signatures bear, as rows of `pages/known-of-person` have them."""
    found = dict.fromkeys(row["value"] for row in signed if row["property"] == terms.ORCID)
    return [{"what": "signed", "value": value} for value in found]
