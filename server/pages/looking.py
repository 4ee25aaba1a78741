"""Looking things up: search, suggestions, and addresses made of a name."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from queries import formats
from queries.search.textindex import KINDS
from server.context import Service
from server.naming import LOOKED_AT, exact
from server.negotiate import choose
from server.pages import exports
from server.pages.asking import ask
from server.pages.asking import page as asking
from server.pages.excerpts import Piece
from server.pages.finding import MOST, Results, excerpts, hits, results
from server.pages.frame import blueprint, held, href, likes_json, page, root
from server.problems import Problem

SHOWN = 20
LONGEST = 300
PLACES = ("labels", "abstracts")
ORDERS = {"best": "best first", "papers": "most papers first", "name": "by name"}


@blueprint.route("/search")
def search() -> Response:
    """Everything that a few words find; kind, place, order and page stand in the address."""
    if likes_json():
        return search_json()
    asked = _asked()
    found, counts = _found(asked)
    start = (asked.number - 1) * SHOWN
    shown = found.found[start : start + SHOWN]
    response = page(
        "search.html",
        asked=asked,
        kinds=KINDS,
        counts=counts,
        orders=ORDERS,
        shown=shown,
        excerpts=excerpts(held(), shown, found, asked.text),
        total=len(found.found),
        in_abstracts=sum(1 for one in found.found if one.said_by),
        more=found.more,
        pages=max(1, -(-len(found.found) // SHOWN)),
        corrected=found.corrected,
        abstracts=_has_abstracts(held()),
    )
    response.vary.add("Accept")
    return response


@blueprint.route("/search.json")
def search_json() -> Response:
    """The same for programs."""
    asked = _asked()
    found, counts = _found(asked)
    start = (asked.number - 1) * SHOWN
    shown = found.found[start : start + SHOWN]
    said = excerpts(held(), shown, found, asked.text)
    body = {
        "query": asked.text,
        "total": len(found.found),
        "more": found.more,
        "corrected": found.corrected,
        "counts": counts,
        "hits": [
            {
                "iri": one.hit.iri,
                "kind": one.hit.kind,
                "label": one.hit.label,
                "detail": one.hit.detail,
                "papers": one.hit.papers,
                "found": "abstract" if one.said_by else "label",
            }
            | ({"abstract": _plain(said[one.hit.iri])} if said.get(one.hit.iri) else {})
            for one in shown
        ],
    }
    if start + SHOWN < len(found.found):
        following = request.args.to_dict() | {"page": str(asked.number + 1)}
        body["next"] = f"{held().iris.base}search.json?{urlencode(following)}"
    response = Response(json.dumps(body, ensure_ascii=False), content_type="application/json")
    response.vary.add("Accept")
    return response


@blueprint.route("/search.<suffix>")
def search_list(suffix: str) -> Response:
    """The publications that were found, as citations: a file, or set in a style to be read."""
    asked = _asked()
    found, _ = _found(asked)
    iris = [one.hit.iri for one in found.found if one.hit.kind == "publication"]
    label = f"“{asked.text}”"
    if suffix == "html" and exports.chosen_style():
        return exports.as_page(held(), label, iris, f"search?{_asked_again()}")
    offers = formats.of_kind("bibliography")
    return exports.as_file(held(), label, iris, choose(offers, (), suffix).offer, "search")


def _asked_again() -> str:
    """The address of the search itself."""
    kept = {name: value for name, value in request.args.items() if name not in ("style", "page")}
    return urlencode(kept)


def _has_abstracts(service: Service) -> bool:
    passages = service.snapshot.passages
    return passages is not None and passages.has_abstracts()


def _plain(pieces: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a search says."""

    text: str
    kind: str
    place: str
    order: str
    number: int


def _asked() -> Asked:
    kind, place = request.args.get("kind", ""), request.args.get("in", "")
    if kind and kind not in KINDS:
        raise Problem(400, f"kind={kind[:40]!r} is none of {', '.join(KINDS)}")
    if place and place not in PLACES:
        raise Problem(400, f"in={place[:40]!r} is none of {', '.join(PLACES)}")
    text = request.args.get("q", "").strip()[:LONGEST]
    return Asked(text, kind, place, request.args.get("order", "best"), _page_number())


def _found(asked: Asked) -> tuple[Results, dict[str, int]]:
    """What is found, in the order asked for, and how many of each kind."""
    told = results(held(), asked.text, asked.kind, asked.place == "labels")
    found = [one for one in told.found if one.said_by or asked.place != "abstracts"]
    if asked.order == "papers":
        found.sort(key=lambda one: -one.hit.papers)
    elif asked.order == "name":
        found.sort(key=lambda one: one.hit.label.casefold())
    counts = {kind: sum(1 for one in found if one.hit.kind == kind) for kind in KINDS}
    return replace(told, found=tuple(found)), counts


def _page_number() -> int:
    text = request.args.get("page", "1")
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text) or int(text) > MOST // SHOWN:
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
    wanted = _words(text)
    clusters = _clusters(service, wanted)
    if len(clusters) == 1:
        return redirect(href(clusters[0]), 302)
    return redirect(f"{root()}search?{urlencode({'q': wanted, 'kind': 'author'})}", 302)


def _words(text: str) -> str:
    """A name out of an address: blanks once, and no slash behind, as addresses elsewhere."""
    return " ".join(text.split()).rstrip("/")


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
    wanted = _words(text)
    found = exact(hits(held(), wanted, kind, LOOKED_AT), wanted)
    if len(found) == 1:
        return redirect(href(found[0].iri), 302)
    return redirect(f"{root()}search?{urlencode({'q': wanted, 'kind': kind})}", 302)
