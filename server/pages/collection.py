"""A list of publications as far as it is filtered, counted and sorted here: without their titles.

Of a person's two thousand papers a page shows twenty-five, and counts all: what is known of them is
held by what it is, and not by paper, so that to count takes no step of Python for each.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from server.pages.asking import Table


@dataclass(frozen=True, slots=True)
class Collection:
    """Publications, newest first, by their IRIs; year, venue and kinds of those that have some."""

    own: Sequence[str]
    years: Mapping[str, int]
    venues: Mapping[str, str]
    kinds: Mapping[str, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.own)

    @property
    def span(self) -> tuple[int, int] | tuple[()]:
        """The first and the last year."""
        years = self.years.values()
        return (min(years), max(years)) if years else ()

    def per_year(self) -> Counter[int]:
        """Papers by year."""
        return Counter(self.years[one] for one in self.own if one in self.years)

    def per_venue(self) -> Counter[str]:
        """Papers by venue."""
        return Counter(self.venues[one] for one in self.own if one in self.venues)

    def per_kind(self) -> Counter[str]:
        """Papers by kind; one of several kinds counts for each."""
        return Counter(chain.from_iterable(self.kinds.get(one, ()) for one in self.own))


def newest(papers: Iterable[str], years: Mapping[str, int]) -> list[str]:
    """Publications by year, the newest first; those of one year by the words of their IRIs."""
    found = sorted(papers)
    found.sort(key=lambda one: -years.get(one, 0))
    return found


def collected(table: Table) -> Collection:
    """Rows of a publication each, newest first; several kinds of one come as several rows."""
    years: dict[str, int] = {}
    venues: dict[str, str] = {}
    kinds: dict[str, dict[str, None]] = {}
    papers: dict[str, None] = {}
    for row in table:
        iri = row["publication"]
        if iri not in papers:
            papers[iri] = None
            if row.get("year", "").lstrip("-").isdigit():
                years[iri] = int(row["year"])
            if "venue" in row:
                venues[iri] = row["venue"]
        if "kind" in row:
            kinds.setdefault(iri, {})[row["kind"]] = None
    told = {iri: tuple(several) for iri, several in kinds.items()}
    return Collection(newest(papers, years), years, venues, told)
