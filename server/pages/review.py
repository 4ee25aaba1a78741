"""Review: the pairs that the rules leave to people, best first, and what was decided last.

The list needs no script. Deciding does: the curator's token lives in the tab's session storage.
"""

from dataclasses import dataclass, field

from flask import Response, request

from server.context import Service
from server.pages.asking import Table, ask, listed
from server.pages.asking import page as asking
from server.pages.frame import blueprint, held, page
from server.problems import Problem

RULES = {"authors": "people", "publications": "publications"}
SIZE = 50
MOST = 2000  # pairs that are looked through for a name


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entities that may be one."""

    match: str
    score: str
    one: str
    one_label: str
    other: str
    other_label: str


@dataclass(slots=True)
class Decided:
    """A decision, newest first in the list."""

    iri: str
    verdict: str
    by: str
    on: str
    reason: str
    undone: bool = False
    things: dict[str, str] = field(default_factory=dict)


@blueprint.route("/review")
def review() -> Response:
    """The queue; `rule` tells people from publications, `about` keeps pairs whose names have it."""
    service = held()
    rule = request.args.get("rule", "authors")
    if rule not in RULES:
        raise Problem(400, f"rule={rule[:40]!r} is none of {', '.join(RULES)}")
    about = request.args.get("about", "").strip()[:200]
    order, latest = ask(
        service, asking("review-queue", MOST, rule=rule), asking("recent-decisions")
    )
    pairs = [pair for pair in _pairs(service, order) if _meant(pair, about)]
    return page(
        "review.html",
        rule=rule,
        rules=RULES,
        about=about,
        pairs=pairs[:SIZE],
        total=len(pairs),
        capped=len(order) == MOST,
        decided=_decided(latest),
        read_only=service.config.read_only,
    )


def _pairs(service: Service, order: Table) -> list[Pair]:
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
        )
        for match in dict.fromkeys(one["match"] for one in order)
        if (row := found.get(match)) is not None
    ]


def _meant(pair: Pair, about: str) -> bool:
    names = f"{pair.one_label} {pair.other_label}".casefold()
    return all(word in names for word in about.casefold().split())


def _decided(table: Table) -> list[Decided]:
    found: dict[str, Decided] = {}
    for row in table:
        verdict, by, on, reason = (row.get(n, "") for n in ("verdict", "by", "on", "reason"))
        fresh = Decided(row["decision"], verdict, by, on, reason, "undoer" in row)
        one = found.setdefault(row["decision"], fresh)
        if "thing" in row:
            one.things[row["thing"]] = row.get("label", row["thing"])
    return list(found.values())
