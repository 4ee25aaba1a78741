"""Links to other graphs over HTTP: as SSSOM, as a feed of what came and went, counted by graph."""

from collections import Counter
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox
from flask import Blueprint, Response, request

from ingest.linking.choosing import target_of
from ingest.linking.mappings import written
from ingest.linking.outside import Event, events
from server.context import Service, service
from server.reconciliation.places import answer as json_answer

blueprint = Blueprint("linksets", __name__)

FEED = "application/atom+xml; charset=utf-8"
SSSOM = "text/tab-separated-values; charset=utf-8"
SHOWN = 200  # events in the feed, the latest


@blueprint.route("/links.sssom.tsv")
def mappings() -> Response:
    """All links out; with `?review` the maybes instead."""
    review = "review" in request.args
    response = Response(written(_rows(service(), review), review), content_type=SSSOM)
    return _kept(response)


@blueprint.route("/links")
def counted() -> Response:
    """How many links lead to each graph, and how many maybes there are."""
    held = service()
    links = Counter(target_of(row[2]) for row in _rows(held, False))
    maybes = Counter(target_of(row[2]) for row in _rows(held, True))
    told = {
        target: {"links": links[target], "maybes": maybes[target]}
        for target in sorted(links | maybes)
    }
    return _kept(json_answer({"targets": told}))


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
    last = ("score", "why") if review else ("confidence", "reason")
    wanted = ("subject", "label", "target", "name", *last)
    return [[_text(row.get(name)) for name in wanted] for row in held.query(query)]


def _text(term: object) -> str:
    return term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else ""


def _kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-cache"
    return response
