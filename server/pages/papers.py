"""Publications in lists: what a list shows of each, filters, order, and pages."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from flask import request
from markupsafe import Markup

from ontology.iris import Iris
from server import charts
from server.context import Service
from server.pages.asking import Table, Texts, ask, listed
from server.pages.frame import Pager, pager, words
from server.problems import Problem

SHOWN = 25
AUTHORS_SHOWN = 40
SIGNED = "paper-authors"
NAMES_SHOWN = 240  # on one page, whose every name is a link: it stays below 100 kB
LETTERS = 1500  # of an abstract in a list
COLUMNS = 60  # of a chart
YEARS_IN_A_ROW = 80  # a longer span has only the years that have papers
ORDERS = {"newest": "newest first", "oldest": "oldest first", "title": "by title"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One publication of a list that is filtered, counted and sorted here."""

    iri: str
    year: int | None
    kinds: tuple[str, ...]
    venue: str
    venue_name: str = ""
    people: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """The words of the title, as the IRI has them: to look each title up takes too long."""
        return slug(self.iri)


@dataclass(frozen=True, slots=True)
class Name:
    """A name on a publication, and the person behind it where one is known."""

    printed: str
    person: str
    person_name: str
    ordinal: int | None
    row: str = ""  # whom the source means, where that was asked for


@dataclass(frozen=True, slots=True)
class Card:
    """A publication as a list shows it."""

    iri: str
    title: str
    year: str
    kind: str
    venue: str
    venue_name: str
    venue_kind: str
    cut_off: bool
    retracted: bool
    authors: tuple[Name, ...] = ()
    abstract: str = ""
    most: int = AUTHORS_SHOWN

    @property
    def shown(self) -> tuple[Name, ...]:
        return self.authors[: self.most]

    @property
    def hidden(self) -> int:
        return len(self.authors) - len(self.shown)


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing to filter by: the parameter, and its values with label and count."""

    name: str
    title: str
    chosen: str
    values: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """What is left of a list after the filters, cut to one page."""

    cards: tuple[Card, ...]
    facets: tuple[Facet, ...]
    pager: Pager
    order: str
    filtered: bool


def slug(iri: str) -> str:
    """What follows the class in an IRI: the words that it was made of, and a hash."""
    return iri.rpartition("/")[2]


def chosen_order() -> str:
    """The order of papers that the address asks for."""
    order = request.args.get("order", "") or "newest"
    if order not in ORDERS:
        raise Problem(400, f"order={order[:40]!r} is none of {', '.join(ORDERS)}")
    return order


def entries(held: Service, table: Table) -> list[Entry]:
    """One entry a publication, newest first; several kinds or people of it come as several rows."""
    names = names_of(held, {row["venue"] for row in table if "venue" in row})
    rows: dict[str, Texts] = {}
    kinds: dict[str, dict[str, None]] = {}
    people: dict[str, dict[str, None]] = {}
    for row in table:
        iri = row["publication"]
        rows.setdefault(iri, row)
        for name, several in (("kind", kinds), ("person", people)):
            if name in row:
                several.setdefault(iri, {})[row[name]] = None
    found = [
        _entry(row, names, tuple(kinds.get(iri, ())), tuple(people.get(iri, ())))
        for iri, row in rows.items()
    ]
    return sorted(found, key=lambda entry: (-(entry.year or 0), entry.slug))


def names_of(held: Service, things: Set[str]) -> dict[str, str]:
    """What these venues or people are called."""
    if not things:
        return {}
    (found,) = ask(held, listed("labels", "thing", sorted(things)))
    return {row["thing"]: row["label"] for row in reversed(found)}


def _entry(
    row: Texts, names: Mapping[str, str], kinds: tuple[str, ...], people: tuple[str, ...]
) -> Entry:
    year = int(row["year"]) if row.get("year", "").lstrip("-").isdigit() else None
    venue = row.get("venue", "")
    return Entry(row["publication"], year, kinds, venue, names.get(venue, venue), people)


def per_year(found: Iterable[Entry]) -> list[tuple[str, int]]:
    """Papers by year, the empty years between included."""
    counted = Counter(entry.year for entry in found if entry.year is not None)
    return spanned(counted)


def spanned(counted: Mapping[int, int]) -> list[tuple[str, int]]:
    """Counts by year in order; in a short span the years without any stand too."""
    if not counted:
        return []
    if max(counted) - min(counted) > YEARS_IN_A_ROW:
        return [(str(year), counted[year]) for year in sorted(counted)]
    years = range(min(counted), max(counted) + 1)
    return [(str(year), counted.get(year, 0)) for year in years]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart with the pairs of its table."""

    svg: Markup
    pairs: tuple[tuple[str, str], ...]
    title: str


def drawn(rows: Table, x: str, y: str, title: str) -> Drawn:
    """Columns of one figure of a table over another; the last sixty."""
    pairs = tuple((row[x], row[y]) for row in rows if x in row and y in row)
    columns = [(name, float(value)) for name, value in pairs[-COLUMNS:]]
    return Drawn(charts.bars(columns, title), pairs, title)


def listing(
    held: Service,
    found: Sequence[Entry],
    size: int = SHOWN,
    abstracts: bool = False,
    more: Facet | None = None,
    only: Set[str] | None = None,
    signed: str = SIGNED,
) -> Listing:
    """The page of the list that the address asks for.

    `more` is a facet that the entries themselves do not show, `only` what is left by it; `signed`
    is the query for the names on each.
    """
    facets = tuple(_facets(held.iris, found, _chosen())) + ((more,) if more else ())
    kept = selected(held, found, only)
    at = pager(len(kept), size)
    shown = [entry.iri for entry in kept[at.offset : at.last]]
    filtered = any(_chosen().values()) or only is not None
    return Listing(cards(held, shown, abstracts, signed), facets, at, chosen_order(), filtered)


def selected(held: Service, found: Sequence[Entry], only: Set[str] | None = None) -> list[Entry]:
    """What is left of the list by the filters that the address gives, in its order."""
    chosen = _chosen()
    iris, some = held.iris, any(chosen.values())
    kept = [
        entry
        for entry in found
        if (only is None or entry.iri in only) and (not some or _passes(iris, entry, chosen))
    ]
    order = chosen_order()
    if order == "oldest":
        kept.sort(key=lambda entry: (entry.year or 9999, entry.slug))
    elif order == "title":
        kept.sort(key=lambda entry: entry.slug)
    return kept


def _chosen() -> dict[str, str]:
    """The value of each filter that the address gives, or nothing."""
    return {name: request.args.get(name, "") for name in ("year", "venue", "kind")}


def _local(iris: Iris, iri: str) -> str:
    entity = iris.read(iri)
    return entity.local if entity else iri


def _passes(iris: Iris, entry: Entry, chosen: dict[str, str]) -> bool:
    return (
        (not chosen["year"] or str(entry.year) == chosen["year"])
        and (not chosen["venue"] or _local(iris, entry.venue) == chosen["venue"])
        and (not chosen["kind"] or chosen["kind"] in map(words, entry.kinds))
    )


def _facets(iris: Iris, found: Sequence[Entry], chosen: dict[str, str]) -> Iterable[Facet]:
    years = Counter(str(entry.year) for entry in found if entry.year is not None)
    yield Facet("year", "Year", chosen["year"], _values(sorted(years.items(), reverse=True)))
    venues = Counter((entry.venue, entry.venue_name) for entry in found if entry.venue)
    most = [(_local(iris, iri), name, count) for (iri, name), count in venues.most_common(60)]
    yield Facet("venue", "Venue", chosen["venue"], tuple(most))
    kinds = Counter(kind for entry in found for kind in entry.kinds)
    named = [(words(kind), count) for kind, count in kinds.most_common()]
    yield Facet("kind", "Type", chosen["kind"], _values(named))


def _values(pairs: Iterable[tuple[str, int]]) -> tuple[tuple[str, str, int], ...]:
    return tuple((value, value, count) for value, count in pairs)


def cards(
    held: Service, iris: Sequence[str], abstracts: bool = False, signed: str = SIGNED
) -> tuple[Card, ...]:
    """These publications with their authors, in the order given."""
    if not iris:
        return ()
    wanted = [listed("paper-cards", "publication", iris)]
    wanted.append(listed(signed, "publication", iris))
    if abstracts:
        wanted.append(listed("paper-abstracts", "publication", iris))
    told, written, *more = ask(held, *wanted)
    texts = {row["publication"]: row["abstract"] for row in reversed(more[0])} if more else {}
    heads = {row["publication"]: row for row in reversed(told)}
    names = authors(written)
    most = _share([len(names.get(iri, ())) for iri in iris])
    return tuple(
        replace(_card(heads[iri], names.get(iri, ()), texts.get(iri, "")), most=most)
        for iri in iris
        if iri in heads
    )


def _share(counts: Sequence[int]) -> int:
    """How many names of each publication are shown, so that a page has no more than its share."""
    fits = (n for n in range(AUTHORS_SHOWN, 1, -1) if sum(min(n, c) for c in counts) <= NAMES_SHOWN)
    return next(fits, 1)


def _card(row: Texts, names: tuple[Name, ...], abstract: str) -> Card:
    return Card(
        iri=row["publication"],
        title=row["title"],
        year=row.get("year", ""),
        kind=words(row["kind"]),
        venue=row.get("venue", ""),
        venue_name=row.get("venueName", ""),
        venue_kind=words(row.get("venueKind", "")),
        cut_off=row.get("cutOff") == "true",
        retracted=row.get("retracted") == "true",
        authors=names,
        abstract=abstract if len(abstract) <= LETTERS else f"{abstract[:LETTERS]}…",
    )


def authors(table: Table) -> dict[str, tuple[Name, ...]]:
    """The names on each publication in order, those of unknown position last."""
    found: dict[str, dict[str, Name]] = {}
    for row in table:
        place = row.get("ordinal", "")
        name = Name(
            row["printed"],
            row.get("person", ""),
            row.get("personName", ""),
            int(place) if place.isdigit() else None,
            row.get("row", ""),
        )
        found.setdefault(row["publication"], {})[row["signature"]] = name
    return {
        publication: tuple(
            sorted(
                names.values(),
                key=lambda name: (name.ordinal is None, name.ordinal or 0, name.printed),
            )
        )
        for publication, names in found.items()
    }
