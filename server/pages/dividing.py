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
from server.pages import papers, signed
from server.pages.asking import Table, ask, lean
from server.pages.asking import page as asking
from server.pages.decided import docket_of
from server.pages.frame import blueprint, expanded, held, page, root
from server.pages.signed import Mark
from server.pages.things import Thing, thing
from server.problems import Problem
from server.tokens import Tokens

SHOWN = 12  # co-authors of a paper that its line shows
SHARED = 24  # those by whom papers of the same people are found


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
        lean(asking("row-signatures", row=row)),
        asking("rows-in-cluster", cluster=told.one(terms.IN_CLUSTER) or row),
    )
    marked = signed.marks(found, f"{service.iris.base}id/signature/")
    about, whose = (request.args.get(n, "").strip()[:200] for n in ("about", "whose"))
    order = request.args.get("order", "")
    signed.turn_of(order)
    left = [one for one in marked if whose in ("", one.person)]
    shown, at = signed.shown(service, left, order, about)
    among = signed.names_on(service, shown)
    return page(
        "dividing.html",
        thing=told,
        row=row,
        signed=[(one, among.get(one.publication, ())) for one in shown],
        company=company,
        total=len(marked),
        left=at.total,
        pager=at,
        about=about,
        whose=whose,
        order=order,
        orders=signed.ORDERS,
        shown_names=SHOWN,
        owners=_owners(service, row, marked),
        targets=_targets(told, marked, cluster),
        canonical=told.one(terms.CANONICAL),
        knew=" ".join(docket_of(service).about(row)),
        read_only=service.config.read_only,
        tokens=any(token.allows("curate") for token in Tokens(service.config.data).list()),
    )


def company(names: Sequence[papers.Name], row: str) -> str:
    """Who else is on a paper, as words that mean the same on every page of the list."""
    others = (name.person for name in names if name.person and name.row != row)
    return " ".join(dict.fromkeys(other.rpartition("-")[2] for other in islice(others, SHARED)))


def _owners(service: Service, row: str, marked: Sequence[Mark]) -> list[Whose]:
    """Whose the signatures are now: the row's own first, then those of most."""
    counted = Counter(one.person for one in marked)
    names = papers.names_of(service, counted.keys())
    found = [
        Whose(person, names.get(person, person), "the row itself" if person == row else "", count)
        for person, count in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    return sorted(found, key=lambda one: one.iri != row)


def _targets(told: Thing, marked: Sequence[Mark], cluster: Table) -> list[Whose]:
    """Whom signatures can be given to: the row's parts, its own, others of the same name."""
    counts = Counter(one.person for one in marked)
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
