"""Who signed what: the signatures of one row, to be marked and given to a part or to somebody.

To look takes no script and no token; to decide takes both.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlencode

from flask import Response, redirect, request
from werkzeug.wrappers import Response as Redirect

from ontology import terms
from server.context import Service
from server.pages import papers
from server.pages.asking import Table, ask, listed
from server.pages.asking import page as asking
from server.pages.decided import docket_of
from server.pages.frame import blueprint, expanded, held, page, pager, root
from server.pages.things import Thing, thing
from server.problems import Problem
from server.tokens import Tokens

SIZE = 80
SHOWN = 12  # co-authors of a paper that its line shows
SHARED = 24  # those by whom papers of the same people are found
ORDERS = {"": "newest first", "oldest": "oldest first", "venue": "by venue"}


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature of the row; `among` are the other authors, each with a number of this page."""

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


@dataclass(frozen=True, slots=True)
class Whose:
    """Somebody whom signatures can be given to, or belong to now."""

    iri: str
    name: str
    what: str
    count: int = 0


@blueprint.app_context_processor
def _for_templates() -> dict[str, object]:
    return {"split_link": split_link}


def split_link(row: str) -> str:
    """The page where a row is divided."""
    return f"{root()}review/split?{urlencode({'row': row})}"


@blueprint.route("/review/split")
def split() -> Response | Redirect:
    """`row`; `about` narrows by words, `whose` by whose the signatures are now."""
    service = held()
    row = expanded(request.args.get("row", "").strip())
    iri = service.iris.read(row)
    if iri is None or iri.entity_class != "author":
        raise Problem(400, "row= is the IRI of an author row here")
    told = thing(service, row)
    if whole := told.one(terms.PART_OF):
        return redirect(split_link(whole), 302)
    found, cluster = ask(
        service,
        asking("row-to-divide", row=row),
        asking("rows-in-cluster", cluster=told.one(terms.IN_CLUSTER) or row),
    )
    signed = _signed(found)
    about, whose = (request.args.get(n, "").strip()[:200] for n in ("about", "whose"))
    among = _among(service, signed) if about else {}
    left = [one for one in signed if _meant(one, among, about) and whose in ("", one.person)]
    _sort(left, request.args.get("order", ""))
    at = pager(len(left), SIZE)
    shown = left[at.offset : at.last]
    among = among or _among(service, shown)
    return page(
        "dividing.html",
        thing=told,
        row=row,
        signed=[(one, among.get(one.publication, ())) for one in shown],
        company=company,
        total=len(signed),
        left=len(left),
        pager=at,
        about=about,
        whose=whose,
        order=request.args.get("order", ""),
        orders=ORDERS,
        shown_names=SHOWN,
        owners=_owners(row, signed),
        targets=_targets(told, signed, cluster),
        canonical=told.one(terms.CANONICAL),
        knew=" ".join(docket_of(service).about(row)),
        read_only=service.config.read_only,
        tokens=any(token.allows("curate") for token in Tokens(service.config.data).list()),
    )


def _signed(table: Table) -> list[Signed]:
    """Each signature once, whatever it has several of."""
    found: dict[str, Signed] = {}
    for row in table:
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


def _among(service: Service, signed: list[Signed]) -> dict[str, tuple[papers.Name, ...]]:
    """The names on each of these publications, as their source has them."""
    wanted = listed("names-on", "publication", (one.publication for one in signed))
    (rows,) = ask(service, wanted)
    return papers.authors(rows)


def _meant(one: Signed, among: dict[str, tuple[papers.Name, ...]], about: str) -> bool:
    names = " ".join(name.printed for name in among.get(one.publication, ()))
    told = f"{one.words} {names}".casefold()
    return all(word in told for word in about.casefold().split())


def _sort(signed: list[Signed], order: str) -> None:
    if order not in ORDERS:
        raise Problem(400, f"order={order[:40]!r} is none of {', '.join(filter(None, ORDERS))}")
    signed.sort(key=lambda one: (one.title, one.iri))
    if order == "venue":
        signed.sort(key=lambda one: (one.venue.casefold(), -int(one.year or 0)))
    else:
        turn = 1 if order == "oldest" else -1
        signed.sort(key=lambda one: turn * int(one.year or 0))


def company(names: Sequence[papers.Name], row: str) -> str:
    """Who else is on a paper, as words that mean the same on every page of the list."""
    others = (name.person for name in names if name.person and name.row != row)
    return " ".join(dict.fromkeys(other.rpartition("-")[2] for other in islice(others, SHARED)))


def _owners(row: str, signed: list[Signed]) -> list[Whose]:
    """Whose the signatures are now: the row's own first."""
    counted = Counter((one.person, one.person_name) for one in signed)
    found = [
        Whose(person, name, "the row itself" if person == row else "", count)
        for (person, name), count in counted.most_common()
    ]
    return sorted(found, key=lambda one: one.iri != row)


def _targets(told: Thing, signed: list[Signed], cluster: Table) -> list[Whose]:
    """Whom signatures can be given to: the row's parts, its own, others of the same name."""
    counts = Counter(one.person for one in signed)
    found = [Whose(told.iri, told.label, "back to the row itself", counts[told.iri])]
    for one in cluster:
        if one.get("whole") == told.iri:
            found.append(Whose(one["row"], one["name"], "part of this row", counts[one["row"]]))
    own = {one.iri for one in found} | {told.one(terms.CANONICAL)}
    for one in cluster:
        if one["person"] not in own and one["row"] not in own:
            own.add(one["person"])
            found.append(Whose(one["person"], one["personName"], one.get("sourceName", "")))
    return found
