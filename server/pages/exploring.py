"""From any entity to what it hangs together with, step by step; and the way from one to another.

Both work without a script: an entity's neighbours are a list, each with a way on. With one, the
graph grows by a click, the triples beside it.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence

from flask import Response, request

from server.context import Service
from server.pages.asking import Table, ask, ask_apart, listed
from server.pages.asking import page as asking
from server.pages.finding import hits
from server.pages.frame import blueprint, expanded, held, href, page, short
from server.pages.ways import WAYS, Found, between
from server.problems import Problem

SHOWN = 60  # neighbours of one entity, each direction: the query cuts them off too
PAPERS = 6  # on the longest way that is looked for
SECONDS = 20.0  # that are taken for it


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
    found = _between(service, a, b)
    told = [a, b, *(iri for chain in found.chains for iri in chain)]
    (rows,) = ask(service, listed("labels", "thing", told))
    labels = {row["thing"]: row["label"] for row in reversed(rows)}
    return page(
        "path.html",
        a=a,
        b=b,
        given=given,
        names=[labels.get(iri, short(iri)) for iri in (a, b)],
        same=found.chains == () and found.seen == 0,
        found=found,
        ways=sorted((_named(chain, labels) for chain in found.chains), key=_by_names),
        most=PAPERS,
        listed=WAYS,
        seconds=SECONDS,
    )


def _between(service: Service, a: str, b: str) -> Found:
    """The chains between the people that these rows are of."""
    (rows,) = ask(service, listed("canonical", "member", [a, b]))
    canonical = {row["member"]: row["canonical"] for row in rows}
    for iri in (a, b):
        if iri not in canonical:
            raise Problem(404, f"nobody here has the IRI {iri[:200]}", cause="unknown")
    one, other = canonical[a], canonical[b]
    if one == other:
        return Found()

    def neighbours(people: bool, places: Sequence[str]) -> Iterator[tuple[str, str]]:
        name = "papers-of-people" if people else "people-of-papers"
        for row in ask_apart(service, listed(name, "from", places)):
            yield row["from"], row["to"]

    until = time.monotonic() + min(SECONDS, service.config.timeout)
    return between(one, other, neighbours, PAPERS, until)


def _named(chain: Sequence[str], labels: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """The papers and people of one way in turn: what it is, its IRI, its name."""
    kinds = ("paper", "person")
    return [(kinds[place % 2], iri, labels.get(iri, short(iri))) for place, iri in enumerate(chain)]


def _by_names(way: Sequence[tuple[str, str, str]]) -> list[str]:
    return [name for kind, _, name in way if kind == "person"] + [name for *_, name in way]
