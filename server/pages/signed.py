"""The signatures of one row: of thousands, only what a page shows is looked up.

Whose they are and from which year is known of all, and puts them in order but for those of one
year, which stand by their titles. To search them, or to order them by venue, all are looked up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from server.context import Service
from server.pages import papers
from server.pages.asking import Table, ask, lean, listed
from server.pages.frame import Pager, pager
from server.problems import Problem

SIZE = 80  # on a page
AT_ONCE = 100  # are looked up by one query: of hundreds the engine joins with the whole graph
ORDERS = {"": "newest first", "oldest": "oldest first", "venue": "by venue"}

Among = Mapping[str, tuple[papers.Name, ...]]


@dataclass(frozen=True, slots=True)
class Mark:
    """A signature as far as is known of all: whose it is now, from which year."""

    iri: str
    person: str
    year: int


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature as a page shows it."""

    iri: str
    printed: str
    publication: str
    title: str
    year: str
    venue: str
    person: str
    person_name: str
    affiliation: str
    orcid: str

    @property
    def words(self) -> str:
        """What a search in the list looks through, but for the co-authors."""
        return " ".join((self.title, self.venue, self.year, self.affiliation, self.orcid))


def marks(table: Table, below: str) -> list[Mark]:
    """The rows of `pages/row-signatures`, each signature once; IRIs begin with `below`."""
    found: dict[str, Mark] = {}
    for row in sorted(table, key=lambda row: (row["person"], row.get("year", ""))):
        person, year = row["person"], int(row.get("year", "0"))
        for local in row["signatures"].split(" "):
            found.setdefault(local, Mark(below + local, person, year))
    return list(found.values())


def turn_of(order: str) -> int:
    """What a year is multiplied by to stand in its order; a Problem where there is none such."""
    if order not in ORDERS:
        raise Problem(400, f"order={order[:40]!r} is none of {', '.join(filter(None, ORDERS))}")
    return 1 if order == "oldest" else -1


def shown(
    service: Service, left: Sequence[Mark], order: str, about: str
) -> tuple[list[Signed], Pager]:
    """Those on the page that the address asks for, of these or of those that have the words."""
    if about or order == "venue":
        found = _all(service, left, order, about)
        at = pager(len(found), SIZE)
        return found[at.offset : at.last], at
    at = pager(len(left), SIZE)
    return _some(service, left, turn_of(order), at), at


def _some(service: Service, left: Sequence[Mark], turn: int, at: Pager) -> list[Signed]:
    """Those of a page by year and title: of the years of other pages no title is asked."""
    by_year = sorted(left, key=lambda one: turn * one.year)
    years = {one.year for one in by_year[at.offset : at.last]}
    places = [place for place, one in enumerate(by_year) if one.year in years]
    near = {by_year[place].iri: by_year[place].year for place in places}
    found = looked_up(service, near)
    found.sort(key=lambda one: (turn * near[one.iri], one.title, one.iri))
    before = places[0] if places else 0
    return found[at.offset - before : at.last - before]


def _all(service: Service, left: Sequence[Mark], order: str, about: str) -> list[Signed]:
    """Those that have these words, in this order."""
    turn = turn_of(order)
    found = looked_up(service, (one.iri for one in left))
    if about:
        among = names_on(service, found)
        found = [one for one in found if _meant(one, among, about)]
    found.sort(key=lambda one: (one.title, one.iri))
    if order == "venue":
        found.sort(key=lambda one: (one.venue.casefold(), -int(one.year or 0)))
    else:
        found.sort(key=lambda one: turn * int(one.year or 0))
    return found


def looked_up(service: Service, iris: Iterable[str]) -> list[Signed]:
    """What these signatures say; each once, whatever it has several of."""
    found: dict[str, Signed] = {}
    for row in _parts(service, "signatures-to-divide", "signature", iris):
        found.setdefault(
            row["signature"],
            Signed(
                row["signature"],
                row.get("printed", ""),
                row["publication"],
                row["title"],
                row.get("year", ""),
                row.get("venue", ""),
                row["person"],
                row["personName"],
                row.get("affiliation", ""),
                row.get("orcid", ""),
            ),
        )
    return list(found.values())


def names_on(service: Service, signed: Iterable[Signed]) -> Among:
    """The names on each of these publications, as their source has them."""
    iris = (one.publication for one in signed)
    return papers.authors(_parts(service, "names-on", "publication", iris))


def _parts(service: Service, name: str, variable: str, iris: Iterable[str]) -> Table:
    """The rows about all of these, by as many queries as it takes."""
    wanted = list(dict.fromkeys(iris))
    parts = [wanted[at : at + AT_ONCE] for at in range(0, len(wanted), AT_ONCE)]
    tables = ask(service, *(lean(listed(name, variable, part)) for part in parts))
    return [row for table in tables for row in table]


def _meant(one: Signed, among: Among, about: str) -> bool:
    names = " ".join(name.printed for name in among.get(one.publication, ()))
    told = f"{one.words} {names}".casefold()
    return all(word in told for word in about.casefold().split())
