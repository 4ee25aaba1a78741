"""Review: the pairs that the rules leave to people, best first, and what was decided so far.

The lists need no script. Deciding does: the curator's token lives in the tab's session storage.
"""

from collections import Counter
from dataclasses import dataclass

from flask import Response, request

from ingest.resolution.grouping.docket import State
from server.context import Service
from server.pages import linking
from server.pages.asking import Table, ask, kept, listed
from server.pages.asking import page as asking
from server.pages.decided import Docket, docket_of
from server.pages.frame import blueprint, expanded, held, page, pager
from server.problems import Problem
from server.tokens import Tokens

RULES = {"authors": "people", "publications": "publications"}
SIZE = 50
MOST = 2000  # pairs that are looked through for a name
ROWS = 200  # rows that may hold several people
TABS = {
    "": "Waiting",
    "links": "Other graphs",
    "conflicts": "Contradicted",
    "suspended": "Suspended",
    "several": "Several people?",
    "decided": "Decided",
}
STATES = {
    "conflicts": (State.ASIDE,),
    "suspended": (State.SUSPENDED,),
    "decided": (),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entities that may be one; `knew` are the decisions about them that stand."""

    match: str
    score: str
    one: str
    one_label: str
    other: str
    other_label: str
    knew: str = ""


@blueprint.route("/review")
def review() -> Response:
    """A tab a list: `show`; `rule`, `about` and `least` narrow the pairs, `a` and `b` name one."""
    service = held()
    tab = request.args.get("show", "")
    if tab not in TABS:
        raise Problem(400, f"show={tab[:40]!r} is none of {', '.join(filter(None, TABS))}")
    docket = docket_of(service)
    if tab == "links" or linking.is_named():
        tab, told = "links", _links(service, docket)
    else:
        told = _waiting(service, docket) if not tab else _listed(service, docket, tab)
    return page(
        "review.html",
        tab=tab,
        tabs=TABS,
        counts={name: len(docket.of_state(*STATES[name])) for name in STATES},
        read_only=service.config.read_only,
        tokens=any(token.allows("curate") for token in Tokens(service.config.data).list()),
        **told,
    )


def _listed(service: Service, docket: Docket, tab: str) -> dict[str, object]:
    """Decisions in some state; rows that may hold several people."""
    if tab == "several":
        (rows,) = ask(service, kept(asking("rows-of-several", ROWS)))
        return {"rows": rows, "capped": len(rows) == ROWS}
    found = docket.of_state(*STATES[tab])
    at = pager(len(found), SIZE)
    every = {one.iri: one for one in docket.of_state()}
    return {"decided": found[at.offset : at.last], "pager": at, "every": every}


def _waiting(service: Service, docket: Docket) -> dict[str, object]:
    """The queue, or the one pair that is named."""
    rule = request.args.get("rule", "authors")
    if rule not in RULES:
        raise Problem(400, f"rule={rule[:40]!r} is none of {', '.join(RULES)}")
    about, least = request.args.get("about", "").strip()[:200], _least()
    a, b = (expanded(request.args.get(name, "").strip()) for name in ("a", "b"))
    if a and b:
        pairs, total, capped = [_named(service, docket, a, b)], 1, False
    else:
        (order,) = ask(service, asking("review-queue", MOST, rule=rule))
        capped = len(order) == MOST
        order = [row for row in order if float(row.get("score", "1")) >= least]
        pairs = _pairs(service, docket, order if about else order[:SIZE])
        pairs = [one for one in pairs if _meant(one, about)]
        total = len(pairs) if about else len(order)
    return {
        "rule": rule,
        "rules": RULES,
        "about": about,
        "least": request.args.get("least", ""),
        "only": a and b,
        "pairs": pairs[:SIZE],
        "total": total,
        "capped": capped,
        "latest": docket.of_state()[:12],
    }


def _links(service: Service, docket: Docket) -> dict[str, object]:
    """Maybes in other graphs, or the one pair that is named; `graph` is the host of those meant."""
    about, least = request.args.get("about", "").strip()[:200], _least()
    graph, only = request.args.get("graph", "")[:200], linking.is_named()
    if only:
        (pair,) = waiting = [linking.named(service)]
        graphs = {pair.target: 1}
    else:
        waiting = linking.waiting(service)
        graphs = dict(Counter(one.target for one in waiting).most_common())
        waiting = [
            one for one in waiting if graph in ("", one.target) and float(one.score) >= least
        ]
    labels = linking.labels(service, waiting if about else waiting[:SIZE])
    pairs = [_linked(one, labels, docket) for one in (waiting if about else waiting[:SIZE])]
    pairs = [one for one in pairs if _meant(one, about)]
    return {
        "rule": "links",
        "about": about,
        "least": request.args.get("least", ""),
        "graph": graph,
        "graphs": graphs,
        "only": only,
        "pairs": pairs[:SIZE],
        "total": len(pairs) if about else len(waiting),
        "capped": sum(graphs.values()) >= linking.MOST,
        "latest": [one for one in docket.of_state() if one.said.is_of_link][:12],
    }


def _linked(one: linking.Maybe, labels: dict[str, str], docket: Docket) -> Pair:
    called = labels.get(one.outside, one.outside)
    knew = " ".join(docket.about(one.entity, one.outside))
    mine = labels.get(one.entity, one.entity)
    return Pair(one.match, one.score, one.entity, mine, one.outside, called, knew)


def _least() -> float:
    text = request.args.get("least", "") or "0"
    try:
        return float(text)
    except ValueError:
        raise Problem(400, f"least={text[:40]!r} is no number") from None


def _named(service: Service, docket: Docket, a: str, b: str) -> Pair:
    """This very pair, whatever the rules say of it."""
    iris = service.iris.read(a), service.iris.read(b)
    kinds = {one.entity_class for one in iris if one is not None}
    if None in iris or a == b or kinds not in ({"author"}, {"publication"}):
        raise Problem(400, "a= and b= are two people, or two publications, to decide about")
    (rows,) = ask(service, listed("labels", "thing", (a, b)))
    labels = {row["thing"]: row["label"] for row in rows}
    for iri in (a, b):
        if iri not in labels:
            raise Problem(404, f"nothing is known of {iri[:200]}", cause="unknown")
    return Pair("", "", a, labels[a], b, labels[b], " ".join(docket.about(a, b)))


def _pairs(service: Service, docket: Docket, order: Table) -> list[Pair]:
    """The two of each match, best first."""
    if not order:
        return []
    (rows,) = ask(service, listed("review-pairs", "match", (row["match"] for row in order)))
    found = {row["match"]: row for row in rows}
    return [
        Pair(
            row["match"],
            row.get("score", ""),
            row["one"],
            row["oneLabel"],
            row["other"],
            row["otherLabel"],
            " ".join(docket.about(row["one"], row["other"])),
        )
        for match in dict.fromkeys(one["match"] for one in order)
        if (row := found.get(match)) is not None
    ]


def _meant(pair: Pair, about: str) -> bool:
    names = f"{pair.one_label} {pair.other_label}".casefold()
    return all(word in names for word in about.casefold().split())
