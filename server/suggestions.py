"""What readers think is wrong: suggestions without a login, which only curators see.

A suggestion changes nothing in the graph. It is short, few an hour are taken from one client and in
all, and the queue is bounded.
"""

import json
from dataclasses import asdict

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as Redirect

from server import access
from server.context import Service, service
from server.decisions import body, field
from server.letterbox import LONGEST, STATES, Suggestions
from server.pages.asking import ask, listed
from server.pages.frame import expanded, page, root
from server.problems import Problem

blueprint = Blueprint("suggestions", __name__)

BODY = 16 * 1024  # bytes


@blueprint.route("/suggestions", methods=["POST"])
def take() -> Response | Redirect:
    """Keep a suggestion: of a form, then back to the page; or of a JSON object."""
    held = service()
    if held.config.read_only:
        raise Problem(403, "this server was started read-only", cause="read-only")
    request.max_content_length = BODY
    told = body() if request.is_json else request.form.to_dict()
    about = _path(held, field(told, "about"))
    text = field(told, "text", LONGEST)
    held.suggested.take(request.remote_addr or "")
    kept = Suggestions(held.config.data).add(about, text)
    if request.is_json:
        return _json({"id": kept.id}, 201)
    return redirect(f"{root()}suggestions/thanks?about={about}", 303)


@blueprint.route("/suggestions/thanks")
def thanks() -> Response:
    """Where a form leads to."""
    return page("thanks.html", about=_path(service(), request.args.get("about", "")))


@blueprint.route("/suggestions", methods=["GET"])
def waiting() -> Response:
    """Those that wait, with the labels of what they are about; for curators."""
    held = service()
    access.require(held, "curate")
    found = Suggestions(held.config.data).open()
    base = f"{held.iris.base}id/"
    labels: dict[str, str] = {}
    if found:
        (rows,) = ask(held, listed("labels", "thing", [base + one.about for one in found]))
        labels = {row["thing"]: row["label"] for row in rows}
    told = [asdict(one) | {"label": labels.get(base + one.about, one.about)} for one in found]
    return _json({"suggestions": told}, 200)


@blueprint.route("/suggestions/<name>", methods=["POST"])
def settle(name: str) -> Response:
    """Say what became of one: `state` accepted or dismissed; for curators."""
    held = service()
    token = access.require(held, "curate")
    state = field(body(), "state")
    if state not in STATES:
        raise Problem(400, f"state must be one of {', '.join(STATES)}", cause="parameter")
    return _json(asdict(Suggestions(held.config.data).settle(name, state, token.name)), 200)


def _path(held: Service, text: str) -> str:
    """The path below `id/` of an entity that there is."""
    iri = expanded(text.strip())
    if held.iris.read(iri) is None:
        raise Problem(400, f"{text[:200]!r} is not the IRI of anything here", cause="parameter")
    (rows,) = ask(held, listed("labels", "thing", [iri]))
    if not rows:
        raise Problem(404, f"nothing is known of {iri[:200]}", cause="unknown")
    return iri.removeprefix(f"{held.iris.base}id/")


def _json(told: object, status: int) -> Response:
    response = Response(json.dumps(told) + "\n", status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
