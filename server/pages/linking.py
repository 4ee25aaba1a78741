"""A thing of another graph beside one of ours: what each says, and how they were compared.

The queue of such pairs, and the page about one that the review desk shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response, request

from ingest.linking import theirs
from ingest.linking.choosing import target_of
from ingest.linking.ours import title_key
from ingest.linking.outside import GRAPH
from ingest.linking.theirs import Theirs
from ingest.resolution.weighing.titles import words_of
from ontology import terms
from server import charts
from server.context import Service
from server.pages import identifying
from server.pages.asking import Ask, Texts, ask, lean, listed
from server.pages.asking import page as asking
from server.pages.explaining import verdicts_of
from server.pages.frame import blueprint, expanded, held, is_ours, page
from server.pages.sides import Side, side
from server.problems import Problem

MOST = 2000  # maybes that are looked through
SHOWN = 12  # papers of a side
FIELDS = (
    (terms.Q + "year", "Year"),
    (terms.Q + "printedVenue", "Venue"),
    (terms.Q + "pages", "Pages"),
)


@dataclass(frozen=True, slots=True)
class Maybe:
    """An entity here and a thing of another graph that nobody decided about."""

    match: str
    score: str
    entity: str
    outside: str

    @property
    def target(self) -> str:
        """The graph that it is of."""
        return target_of(self.outside)


def waiting(service: Service) -> list[Maybe]:
    """The pairs that wait, the likeliest first; each once."""
    graph = service.iris.graph(GRAPH)
    (rows,) = ask(service, Ask("linking/queue", {"graph": graph}, limit=MOST))
    found: dict[tuple[str, str], Maybe] = {}
    for row in rows:
        pair = row["subject"], row["target"]
        found.setdefault(pair, Maybe(row["match"], row["score"], *pair))
    return list(found.values())


def is_named() -> bool:
    """Whether the address names one pair, of an entity here and a thing of another graph."""
    a, b = (expanded(request.args.get(name, "").strip()) for name in ("a", "b"))
    return bool(a and b) and is_ours(a) != is_ours(b)


def named(service: Service) -> Maybe:
    """The pair that the address names, whatever is known of it."""
    mine, outside = _meant()
    return Maybe("", "", _ours(service, mine).side.canonical, outside)


def labels(service: Service, pairs: Sequence[Maybe]) -> dict[str, str]:
    """What both sides of these are called."""
    things = [iri for one in pairs for iri in (one.entity, one.outside)]
    if not things:
        return {}
    (rows,) = ask(service, listed("labels", "thing", things))
    return {row["thing"]: row["label"] for row in rows}


@dataclass(frozen=True, slots=True)
class Ours:
    """Our side: papers as IRI, title and year, people by name, identifiers."""

    side: Side
    works: tuple[tuple[str, str, str], ...] = ()
    people: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Common:
    """What stands on both sides: papers by folded titles, people by folded names."""

    titles: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()

    @classmethod
    def of(cls, ours: Ours, told: Theirs | None) -> "Common":
        """What both say; nothing where it is not known what they say."""
        if told is None:
            return cls()
        titles = {title_key(work.title) for work in told.works} - {""}
        people = {folded(one) for one in told.people}
        return cls(
            frozenset(titles & {title_key(title) for _, title, _ in ours.works}),
            frozenset(people & {folded(one) for one in ours.people}),
        )

    def has_title(self, title: str) -> bool:
        """Whether a paper stands on both sides."""
        return title_key(title) in self.titles

    def has_name(self, name: str) -> bool:
        """Whether a name stands on both sides."""
        return folded(name) in self.people


def folded(name: str) -> str:
    """A name without capitals and marks, its words in the order of the alphabet."""
    return " ".join(sorted(words_of(name)))


@blueprint.route("/review/link")
def linked_pair() -> Response:
    """The two side by side, each term of the score, and what else either is linked to."""
    service = held()
    mine, outside = _meant()
    ours = _ours(service, mine)
    pair = {"entity": ours.side.canonical, "outside": outside}
    about, linked, named = ask(
        service,
        Ask("linking/pair", pair),
        Ask("linking/linked-near", pair | {"graph": service.iris.graph(GRAPH)}),
        listed("labels", "thing", [outside]),
    )
    verdicts = verdicts_of(about)
    told = theirs.read(service.snapshot.path, outside)
    common = Common.of(ours, told)
    return page(
        "link.html",
        ours=ours,
        shown=sorted(ours.works, key=lambda one: not common.has_title(one[1]))[:SHOWN],
        shared=[one for one in ours.people if common.has_name(one)],
        theirs=told,
        common=common,
        outside=outside,
        label=named[0]["label"] if named else "",
        target=target_of(outside),
        is_person="/id/author/" in mine,
        same=any(_is_pair(row, pair) for row in linked),
        linked=[row for row in linked if _is_in_the_way(row, pair)],
        verdicts=verdicts,
        fields=FIELDS,
        charts={one.iri: charts.balance(one.strongest, "Terms of the score") for one in verdicts},
    )


def _meant() -> tuple[str, str]:
    """The entity here and the IRI outside that are named, in any order."""
    a, b = (expanded(request.args.get(name, "").strip()) for name in ("a", "b"))
    mine, outside = (b, a) if is_ours(b) else (a, b)
    if not is_ours(mine) or is_ours(outside) or not outside.startswith(("http://", "https://")):
        raise Problem(400, "a= and b= are an entity here and an IRI of another graph")
    return mine, outside


def _is_pair(row: Texts, pair: Mapping[str, str]) -> bool:
    return row["subject"] == pair["entity"] and row["target"] == pair["outside"]


def _is_in_the_way(row: Texts, pair: Mapping[str, str]) -> bool:
    """Whether a link goes to the same thing, or from the same entity to the same graph."""
    if row["target"] == pair["outside"]:
        return row["subject"] != pair["entity"]
    return target_of(row["target"]) == target_of(pair["outside"])


def _ours(service: Service, iri: str) -> Ours:
    (said,) = ask(service, asking("triples", entity=iri))
    if not said:
        raise Problem(404, f"nothing is known of {iri[:200]}", cause="unknown")
    found = side(iri, said)
    if "/id/author/" in iri:
        return _person(service, found)
    (rows,) = ask(service, listed("paper-authors", "publication", [found.canonical]))
    rows.sort(key=lambda row: int(row.get("ordinal", "0")))
    people = tuple(row["printed"] for row in rows)
    work = found.canonical, found.label, ""
    return Ours(found, (work,), people, tuple(found.values(terms.IDENTIFIER_IRI)))


def _person(service: Service, found: Side) -> Ours:
    """Their papers here, the latest first, the names of co-authors, identifiers of any row."""
    papers, company, known = ask(
        service,
        lean(asking("papers-of-author", person=found.canonical)),
        asking("company-of-person", person=found.canonical),
        asking("known-of-person", person=found.canonical),
    )
    years = {row["publication"]: row.get("year", "") for row in papers}
    coauthors = {row["coauthor"] for row in company} - {found.canonical}
    wanted = [*list(years)[:MOST], *sorted(coauthors)[:MOST]]
    (rows,) = ask(service, listed("labels", "thing", wanted)) if wanted else ([],)
    names = {row["thing"]: row["label"] for row in rows}
    works = ((iri, names.get(iri, ""), year) for iri, year in years.items())
    return Ours(
        found,
        tuple(sorted(works, key=lambda one: (-int(one[2] or 0), one[1]))),
        tuple(sorted(names[iri] for iri in coauthors if iri in names)),
        tuple(one.link for one in identifying.links(known) if not one.note),
    )
