"""From any entity to what it hangs together with, step by step; and the way from one to another.

Both work without a script: an entity's neighbours are a list, each with a way on. With one, the
graph grows by a click, the triples beside it.
"""

import json

from flask import Response, request

from server.context import Service
from server.pages.asking import Table, Texts, ask, catalogued
from server.pages.asking import page as asking
from server.pages.finding import hits
from server.pages.frame import blueprint, expanded, held, href, page, short
from server.problems import Problem

SHOWN = 60  # neighbours of one entity, each direction: the query cuts them off too
STEPS = 4  # papers on the longest way that is looked for


@blueprint.route("/explore")
def explore() -> Response:
    """The neighbours of an entity, as a page."""
    service = held()
    iri = _asked(service, "iri", "")
    if not iri:
        return page("explore.html", iri="", label="", near=[], more=False)
    label, near = _near(service, iri)
    return page("explore.html", iri=iri, label=label, near=near, more=len(near) >= SHOWN)


@blueprint.route("/explore.json")
def neighbours() -> Response:
    """The same for the script that draws them."""
    service = held()
    iri = _asked(service, "iri", "")
    if not iri:
        raise Problem(400, "iri must be that of an entity here", cause="parameter")
    label, near = _near(service, iri)
    told = {
        "id": iri,
        "label": label,
        "href": href(iri),
        "near": [
            {
                "id": row["other"],
                "label": row.get("label", short(row["other"])),
                "href": href(row["other"]),
                "property": short(row["property"]),
                "out": row["direction"] == "out",
            }
            for row in near
        ],
    }
    response = Response(json.dumps(told, ensure_ascii=False), content_type="application/json")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _near(service: Service, iri: str) -> tuple[str, Table]:
    """What the entity is called, and the entities that it leads to or that lead to it."""
    labels, near = ask(service, asking("known-as", entity=iri), asking("neighbours", entity=iri))
    if not labels and not near:
        raise Problem(404, f"nothing here has the IRI {iri[:200]}", cause="unknown")
    ours = [row for row in near if row["other"].startswith(f"{service.iris.base}id/")]
    return (labels[0]["label"] if labels else short(iri)), ours


def _asked(service: Service, name: str, kind: str) -> str:
    """The entity that the address names, by IRI or, of one kind, by its name; or nothing."""
    text = request.args.get(name, "").strip()
    if not text or service.iris.read(expanded(text)) is not None:
        return expanded(text)
    found = hits(service, text, kind, 1) if "://" not in text else []
    if not found:
        raise Problem(404, f"nothing here has the IRI or the name {text[:200]!r}", cause="unknown")
    return found[0].iri


@blueprint.route("/path")
def path() -> Response:
    """How two people hang together by their papers."""
    service = held()
    a, b = (_asked(service, name, "author") for name in ("a", "b"))
    given = {name: request.args.get(name, "") for name in ("a", "b")}
    if not a or not b:
        return page("path.html", a=a, b=b, given=given, ways=None)
    ways, one, other = ask(
        service,
        catalogued("paths", a=a, b=b),
        asking("known-as", entity=a),
        asking("known-as", entity=b),
    )
    names = [rows[0]["label"] if rows else short(iri) for rows, iri in ((one, a), (other, b))]
    return page("path.html", a=a, b=b, given=given, names=names, ways=[_steps(way) for way in ways])


def _steps(way: Texts) -> list[tuple[str, str, str]]:
    """The papers and people of one way in turn: what it is, its IRI, its name."""
    found = []
    for at in range(1, STEPS + 1):
        for kind, name in (("paper", "title"), ("person", "name")):
            if f"{kind}{at}" in way:
                iri = way[f"{kind}{at}"]
                found.append((kind, iri, way.get(f"{name}{at}", short(iri))))
    return found
