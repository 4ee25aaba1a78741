"""Publications in lists: what a list shows of each, filters, order, and pages."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from flask import request
from markupsafe import Markup

from ontology import terms
from ontology.iris import Iris
from queries.search.textindex import folded
from server import charts
from server.context import Service
from server.pages.asking import Ask, Table, Texts, ask, beside, listed
from server.pages.collection import Collection
from server.pages.frame import Pager, pager, words
from server.problems import Problem
from server.typesetting import prose

SHOWN = 25
AUTHORS_SHOWN = 40
SIGNED = "paper-authors"
NAMES_SHOWN = 240  # on one page, whose every name is a link: it stays below 100 kB
LETTERS = 1500  # of an abstract in a list
COLUMNS = 60  # of a chart
YEARS_IN_A_ROW = 80  # a longer span has only the years that have papers
ORDERS = {"newest": "newest first", "oldest": "oldest first", "title": "by title"}


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
    names: Mapping[str, str]  # of its venues, and of what else was asked for with them


def slug(iri: str) -> str:
    """What follows the class in an IRI: the words that it was made of, and a hash."""
    return iri.rpartition("/")[2]


def titles(held: Service, iris: Sequence[str]) -> dict[str, str]:
    """What these publications are called: as the text index has it, which takes 8 µs for each.

    The words of their IRIs will not do: often they are those of a key that the source gave.
    """
    found = held.index.labels(iris) if held.index is not None else {}
    return found if len(found) == len(iris) else found | names_of(held, {*iris} - found.keys())


def by_title(held: Service, iris: Sequence[str]) -> list[str]:
    """These publications by the words of their titles."""
    called = titles(held, iris)
    return sorted(iris, key=lambda one: (folded(called.get(one, "")), one))


def chosen_order() -> str:
    """The order of papers that the address asks for."""
    order = request.args.get("order", "") or "newest"
    if order not in ORDERS:
        raise Problem(400, f"order={order[:40]!r} is none of {', '.join(ORDERS)}")
    return order


def names_of(held: Service, things: Set[str]) -> dict[str, str]:
    """What these venues or people are called."""
    if not things:
        return {}
    (found,) = ask(held, listed("labels", "thing", sorted(things)))
    return _labels(found)


def _labels(table: Table) -> dict[str, str]:
    return {row["thing"]: row["label"] for row in reversed(table)}


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
    found: Collection,
    size: int = SHOWN,
    abstracts: bool = False,
    more: Callable[[Mapping[str, str]], Facet] | None = None,
    only: Set[str] | None = None,
    signed: str = SIGNED,
    named: Iterable[str] = (),
) -> Listing:
    """The page of the list that the address asks for.

    `more` makes a facet that the publications themselves do not show, of the names that were
    asked for; `only` is what is left by it; `signed` is the query for the names on each, and
    `named` what else the page needs names of.
    """
    kept = selected(held, found, only)
    at = pager(len(kept), size)
    shown = kept[at.offset : at.last]
    venues = found.per_venue()
    told, *carded = ask(
        held,
        listed("labels", "thing", sorted({*venues, *named})),
        *_asked(shown, abstracts, signed),
    )
    names = _labels(told)
    facets = (*_facets(held.iris, found, names), *((more(names),) if more else ()))
    filtered = any(_chosen().values()) or only is not None
    return Listing(_cards(shown, carded), facets, at, chosen_order(), filtered, names)


def selected(held: Service, found: Collection, only: Set[str] | None = None) -> list[str]:
    """What is left of the list by the filters that the address gives, in its order."""
    chosen, iris = _chosen(), held.iris
    kept = [
        one
        for one in found.own
        if (only is None or one in only)
        and (not chosen["year"] or str(found.years.get(one)) == chosen["year"])
        and (not chosen["venue"] or _local(iris, found.venues.get(one, "")) == chosen["venue"])
        and (not chosen["kind"] or chosen["kind"] in map(words, found.kinds.get(one, ())))
    ]
    order = chosen_order()
    if order == "title":
        return by_title(held, kept)
    if order == "oldest":
        kept.sort()
        kept.sort(key=lambda one: found.years.get(one) or 9999)
    return kept


def _chosen() -> dict[str, str]:
    """The value of each filter that the address gives, or nothing."""
    return {name: request.args.get(name, "") for name in ("year", "venue", "kind")}


def _local(iris: Iris, iri: str) -> str:
    entity = iris.read(iri)
    return entity.local if entity else iri


def _facets(iris: Iris, found: Collection, names: Mapping[str, str]) -> Iterable[Facet]:
    chosen = _chosen()
    years = sorted(((str(year), n) for year, n in found.per_year().items()), reverse=True)
    yield Facet("year", "Year", chosen["year"], _values(years))
    venues = found.per_venue().most_common(60)
    most = [(_local(iris, iri), names.get(iri, iri), count) for iri, count in venues]
    yield Facet("venue", "Venue", chosen["venue"], tuple(most))
    kinds = [(words(kind), count) for kind, count in found.per_kind().most_common()]
    yield Facet("kind", "Type", chosen["kind"], _values(kinds))


def _values(pairs: Iterable[tuple[str, int]]) -> tuple[tuple[str, str, int], ...]:
    return tuple((value, value, count) for value, count in pairs)


def cards(
    held: Service, iris: Sequence[str], abstracts: bool = False, signed: str = SIGNED
) -> tuple[Card, ...]:
    """These publications with their authors, in the order given."""
    return _cards(iris, ask(held, *_asked(iris, abstracts, signed)))


def _asked(iris: Sequence[str], abstracts: bool, signed: str) -> list[Ask]:
    """What cards of these publications are made of."""
    if not iris:
        return []
    wanted = [
        listed("paper-cards", "publication", iris),
        beside(listed(signed, "publication", iris)),
    ]
    return [*wanted, listed("paper-abstracts", "publication", iris)] if abstracts else wanted


def _cards(iris: Sequence[str], tables: Sequence[Table]) -> tuple[Card, ...]:
    if not iris:
        return ()
    told, written, *more = tables
    told_of = reversed(more[0]) if more else ()
    texts = {row["publication"]: prose(row["abstract"]) for row in told_of}
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
        kind=words(row.get("kind", terms.PUBLICATION)),
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
