"""The preview of an entity: a small page that other sites may frame, as no other page of ours."""

from flask import Response, render_template, request

from server.context import Service
from server.headers import PAGE_POLICY
from server.problems import Problem
from server.reconciliation.facts import gather, identified
from server.reconciliation.schema import ROOTS, property_of

POLICY = PAGE_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
# What is told of each kind, in this order.
TOLD = {
    "author": ("name", "papers", "venue", "coauthor", "orcid", "dblpPid"),
    "publication": ("author", "venue", "year", "doi", "arxiv"),
    "venue": ("papers", "issn"),
}
SHOWN = 4


def preview(held: Service) -> Response:
    """What tells an entity from its namesakes, in a frame's space."""
    given = request.args.get("id", "")
    base = held.iris.base
    iri = given if given.startswith(base) else f"{base}id/{given}"
    entity = held.iris.read(iri)
    found = identified(held, (), [iri]) if entity else []
    if entity is None or not found or entity.entity_class not in ROOTS:
        raise Problem(404, f"there is no author, publication or venue {given[:120]!r}")
    named = [
        one for name in TOLD[entity.entity_class] if (one := property_of(entity.entity_class, name))
    ]
    values = gather(held, [(one, [found[0].iri]) for one in named])
    told = [
        (one.name, sorted({fact.text for fact in facts.get(found[0].iri, ())}))
        for one, facts in zip(named, values, strict=True)
    ]
    body = render_template(
        "preview.html",
        label=found[0].label,
        iri=found[0].iri,
        kind=ROOTS[entity.entity_class],
        told=[(name, texts[:SHOWN], len(texts)) for name, texts in told if texts],
    )
    response = Response(body, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-cache"
    return response
