"""What a person wrote and signed, from two queries that go through it once.

An author of two thousand papers has as many signatures, and pages of them are asked for: a query
for each figure would go through all of it again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from ontology import terms
from ontology.iris import HASH_LENGTH
from server.pages.asking import Table, Texts
from server.pages.collection import Collection, newest


@dataclass(frozen=True, slots=True)
class Authorship:
    """The papers, and by each co-author those written together."""

    papers: Collection
    together: Mapping[str, tuple[str, ...]]

    def most(self, many: int) -> list[tuple[str, int]]:
        """Those with whom most papers were written, and how many."""
        counted = [(iri, len(papers)) for iri, papers in self.together.items()]
        return sorted(counted, key=lambda pair: (-pair[1], pair[0]))[:many]

    def met(self) -> list[Texts]:
        """How many people the person first wrote with in each year: the rows of a table."""
        years = self.papers.years
        first = (
            min((years[paper] for paper in papers if paper in years), default=None)
            for papers in self.together.values()
        )
        counted = Counter(year for year in first if year is not None)
        return [{"year": str(year), "people": str(counted[year])} for year in sorted(counted)]


def authorship(table: Table, person: str, below: str) -> Authorship:
    """The rows of `pages/authorship`; publications' IRIs begin with what they are `below`."""
    iris = _iris((row for row in table if row["value"] == person), below)
    together = {
        row["value"]: _papers(row, iris) for row in table if row["property"] == terms.AUTHORED_BY
    }
    own = together.pop(person, ())
    return Authorship(_collection(own, table, iris), together)


def under_name(table: Table, below: str) -> Authorship:
    """Likewise the rows of `pages/signed-in-cluster`: all papers, and by each person their own."""
    told = [row for row in table if row.get("value", terms.PUBLICATION) != terms.PUBLICATION]
    iris = _iris((row for row in table if row not in told), below)
    signed: dict[str, dict[str, None]] = defaultdict(dict)
    for row in table:
        signed[row["person"]] |= dict.fromkeys(_papers(row, iris))
    own = dict.fromkeys(chain.from_iterable(signed.values()))
    together = {person: tuple(papers) for person, papers in signed.items()}
    return Authorship(_collection(own, told, iris), together)


def _iris(rows: Iterable[Texts], below: str) -> dict[str, str]:
    """By its hash the IRI of each publication: these rows have them in full, all others hashes."""
    every = chain.from_iterable(row["publications"].split(" ") for row in rows)
    return {local[-HASH_LENGTH:]: below + local for local in every}


def _papers(row: Texts, iris: Mapping[str, str]) -> tuple[str, ...]:
    """The publications of a row, each once."""
    hashes = (local[-HASH_LENGTH:] for local in row["publications"].split(" "))
    return tuple(dict.fromkeys(iris[one] for one in hashes if one in iris))


def _collection(own: Iterable[str], table: Table, iris: Mapping[str, str]) -> Collection:
    """These with what the rows say of them; of several years or venues, the first by its text."""
    years: dict[str, int] = {}
    venues: dict[str, str] = {}
    kinds: dict[str, tuple[str, ...]] = {}
    for row in sorted(table, key=lambda row: row["value"], reverse=True):
        prop, value = row["property"], row["value"]
        if prop == terms.VENUE_PROPERTY:
            venues.update(dict.fromkeys(_papers(row, iris), value))
        elif prop == terms.TYPE:
            kinds.update({one: (value, *kinds.get(one, ())) for one in _papers(row, iris)})
        elif prop == terms.YEAR and value.lstrip("-").isdigit():
            years.update(dict.fromkeys(_papers(row, iris), int(value)))
    return Collection(newest(own, years), years, venues, kinds)


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
