"""Links to other graphs over HTTP: as SSSOM, as a feed of what came and went, counted by graph."""

from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox
from flask import Blueprint, Response, request

from ingest.linking.mappings import written
from ingest.linking.outside import GRAPH, Event, events
from server.context import Service, service
from server.pages.asking import Ask, ask, catalogued
from server.pages.frame import page
from server.reconciliation.places import answer as json_answer

blueprint = Blueprint("linksets", __name__)

FEED = "application/atom+xml; charset=utf-8"
SSSOM = "text/tab-separated-values; charset=utf-8"
HTML, JSON = "text/html", "application/json"
SHOWN = 200  # events in the feed, the latest


@blueprint.route("/links.sssom.tsv")
def mappings() -> Response:
    """All links out; with `?review` the maybes instead."""
    review = "review" in request.args
    response = Response(written(_rows(service(), review), review), content_type=SSSOM)
    return _kept(response)


@blueprint.route("/links")
def counted() -> Response:
    """How many links lead to each graph, and how many maybes there are: a page, or JSON."""
    held = service()
    links, waiting = ask(
        held,
        catalogued("links-by-graph"),
        Ask("linking/waiting", {"graph": held.iris.graph(GRAPH)}),
    )
    maybes = {row["host"]: int(row["maybes"]) for row in waiting}
    told = {row["graph"]: int(row["links"]) for row in links}
    if request.accept_mimetypes.best_match((JSON, HTML), JSON) == HTML:
        rows = [*links, *({"graph": one} for one in sorted(maybes.keys() - told.keys()))]
        response = page("links.html", links=rows, maybes=maybes)
    else:
        targets = {
            one: {"links": told.get(one, 0), "maybes": maybes.get(one, 0)}
            for one in sorted(told.keys() | maybes.keys())
        }
        response = json_answer({"targets": targets})
    response.headers["Vary"] = "Accept"
    return _kept(response)


@blueprint.route("/links/feed")
def feed() -> Response:
    """What was linked and withdrawn lately, newest first (Atom)."""
    held = service()
    base = held.iris.base
    latest = events(held.snapshot.path)[-SHOWN:][::-1]
    updated = latest[0].at if latest else held.snapshot.created.isoformat()
    entries = "".join(_entry(one, base) for one in latest)
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<id>{escape(base)}links/feed</id>\n<title>Links to other graphs</title>\n"
        f"<updated>{updated}</updated>\n<author><name>Quiver</name></author>\n"
        f'<link rel="self" href={quoteattr(f"{base}links/feed")}/>\n{entries}</feed>\n'
    )
    return _kept(Response(body, content_type=FEED))


def _entry(one: Event, base: str) -> str:
    name = f"{base}links/feed#{quote(one.at)}-{one.what}-{quote(one.outside, safe='')}"
    title = f"{one.what}: {one.entity.rpartition('/')[2]} and {one.outside}"
    return (
        f"<entry>\n<id>{escape(name)}</id>\n<title>{escape(title)}</title>\n"
        f"<updated>{one.at}</updated>\n<summary>{escape(one.why)}</summary>\n"
        f'<link rel="alternate" href={quoteattr(f"{base}id/{one.entity}")}/>\n'
        f'<link rel="related" href={quoteattr(one.outside)}/>\n</entry>\n'
    )


def _rows(held: Service, review: bool) -> list[list[str]]:
    """Subject, label, object, label, score and reason of each."""
    query = held.catalogue.get("linking/maybes" if review else "linking/links")
    last = ("score", "why") if review else ("confidence", "reason", "author", "on")
    wanted = ("subject", "label", "target", "name", *last)
    return [[_text(row.get(name)) for name in wanted] for row in held.query(query)]


def _text(term: object) -> str:
    return term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else ""


def _kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-cache"
    return response
