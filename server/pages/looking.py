"""Looking things up: search, suggestions, and addresses made of a name."""

import json
from urllib.parse import urlencode

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from queries.textindex import KINDS, Hit, folded
from server.context import Service
from server.pages.asking import ask
from server.pages.asking import page as asking
from server.pages.frame import blueprint, held, href, page, root
from server.problems import Problem

SHOWN = 20
MOST = 500  # hits that are paged through; a search that finds more should be made narrower
LONGEST = 300
ORDERS = {"best": "best first", "papers": "most papers first", "name": "by name"}


@blueprint.route("/search")
def search() -> Response:
    """Everything that a few words find; a kind, an order and a page in the address."""
    text = request.args.get("q", "").strip()[:LONGEST]
    kind = request.args.get("kind", "")
    if kind and kind not in KINDS:
        raise Problem(400, f"kind={kind[:40]!r} is none of {', '.join(KINDS)}")
    order = request.args.get("order", "best")
    number = _page_number()
    found = hits(held(), text, kind)
    counts = {name: sum(1 for hit in found if hit.kind == name) for name in KINDS}
    if order == "papers":
        found.sort(key=lambda hit: -hit.papers)
    elif order == "name":
        found.sort(key=lambda hit: hit.label.casefold())
    start = (number - 1) * SHOWN
    return page(
        "search.html",
        text=text,
        kind=kind,
        kinds=KINDS,
        counts=counts,
        order=order,
        orders=ORDERS,
        hits=found[start : start + SHOWN],
        total=len(found),
        more=len(found) >= MOST,
        number=number,
        pages=max(1, -(-len(found) // SHOWN)),
        corrected=bool(found) and not _spelled(found, text),
    )


def hits(service: Service, text: str, kind: str = "", limit: int = MOST) -> list[Hit]:
    """What the text index finds; nothing where the generation has none."""
    index = service.index
    return index.search(text, kind or None, limit) if index is not None and text else []


def _spelled(found: list[Hit], text: str) -> bool:
    """Whether the best hit holds the words as they were typed (or begins with them)."""
    known = folded(f"{found[0].label} {found[0].detail}")
    return all(any(word.startswith(typed) for word in known) for typed in folded(text))


def _page_number() -> int:
    text = request.args.get("page", "1")
    if not text.isdigit() or not 1 <= int(text) <= MOST // SHOWN:
        raise Problem(400, f"page={text[:40]!r} is not the number of a page")
    return int(text)


@blueprint.route("/suggest")
def suggest() -> Response:
    """What the letters typed so far may become, as JSON for the search box."""
    text = request.args.get("q", "").strip()[:LONGEST]
    kind = request.args.get("kind", "")
    index = held().index
    known = kind if kind in KINDS else None
    found = index.suggest(text, known, 8) if index is not None and text else []
    body = [
        {
            "label": hit.label,
            "kind": hit.kind,
            "detail": hit.detail,
            "papers": hit.papers,
            "iri": hit.iri,
            "href": href(hit.iri).removeprefix("./"),
        }
        for hit in found
    ]
    return Response(json.dumps(body, ensure_ascii=False), content_type="application/json")


@blueprint.route("/name/<path:text>")
def name(text: str) -> AnyResponse:
    """302 to the name cluster; a search where no row bears exactly this name."""
    service = held()
    wanted = " ".join(text.split())
    clusters = _clusters(service, wanted)
    if len(clusters) == 1:
        return redirect(href(clusters[0]), 302)
    return redirect(f"{root()}search?{urlencode({'q': wanted, 'kind': 'author'})}", 302)


def _clusters(service: Service, wanted: str) -> list[str]:
    """The clusters of this name; in other letter case through the index, which folds it."""
    (found,) = ask(service, asking("cluster-of-name", name=wanted))
    if not found:
        alike = [hit.label for hit in hits(service, wanted, "author", 10)]
        same = [label for label in alike if label.casefold() == wanted.casefold()]
        found = ask(service, asking("cluster-of-name", name=same[0]))[0] if same else []
    return list(dict.fromkeys(row["cluster"] for row in found))


@blueprint.route("/<any(author, venue, publication):kind>/<path:text>")
def lookup(kind: str, text: str) -> AnyResponse:
    """302 to the one entity with this label, or to the list of those that it may mean."""
    wanted = " ".join(text.split())
    exact = [hit for hit in hits(held(), wanted, kind, 50) if folded(hit.label) == folded(wanted)]
    if len(exact) == 1:
        return redirect(href(exact[0].iri), 302)
    return redirect(f"{root()}search?{urlencode({'q': wanted, 'kind': kind})}", 302)
