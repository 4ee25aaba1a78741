"""What readers think is wrong: suggestions without a login, which only curators see.

A suggestion changes nothing in the graph. It is short, few an hour are taken from one client and in
all, and the queue is bounded.
"""

import json
import re
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as Redirect

from server import access
from server.context import Service, service
from server.decisions import body, decided, field
from server.letterbox import LONGEST, STATES, Suggestion, Suggestions
from server.pages.asking import ask, listed
from server.pages.frame import expanded, page, root
from server.problems import Problem

blueprint = Blueprint("suggestions", __name__)

BODY = 16 * 1024  # bytes
VERDICTS = ("same", "different")
_PAGE = re.compile(r"/doc/([a-z]+/[^/?#\s]+?)(?:\.html)?(?:[?#]\S*)?$")


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
    verdict, other = _pair(held, told, about)
    held.suggested.take(request.remote_addr or "")
    kept = Suggestions(held.config.data).add(about, text, verdict, other)
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
    held.curator.ready()  # who asks this has opened the desk
    found = Suggestions(held.config.data).open()
    base = f"{held.iris.base}id/"
    about = {path for one in found for path in (one.about, one.other) if path}
    labels: dict[str, str] = {}
    if about:
        (rows,) = ask(held, listed("labels", "thing", [base + path for path in sorted(about)]))
        labels = {row["thing"].removeprefix(base): row["label"] for row in rows}
    told = [
        asdict(one)
        | {
            "label": labels.get(one.about, one.about),
            "otherLabel": labels.get(one.other, one.other),
        }
        for one in found
    ]
    return _json({"suggestions": told}, 200)


@blueprint.route("/suggestions/<name>", methods=["POST"])
def settle(name: str) -> Response:
    """Say what became of one: `state` accepted or dismissed; for curators.

    One that says that two are the same, or are not, is decided so where it is accepted.
    """
    held = service()
    token = access.require(held, "curate")
    state = field(body(), "state")
    if state not in STATES:
        raise Problem(400, f"state must be one of {', '.join(STATES)}", cause="parameter")
    box = Suggestions(held.config.data)
    one, answer = box.find(name), {}
    if one.state != "open":
        raise Problem(409, f"{one.by or 'somebody'} {one.state} this already", cause="meanwhile")
    if state == "accepted" and one.verdict:
        answer = decided(held, _job(held, one, token.name))
    settled = asdict(box.settle(name, state, token.name))
    return _json({"decisions": [], "problems": []} | answer | settled, 200)


def _job(held: Service, one: Suggestion, by: str) -> dict[str, Any]:
    a, b = (f"{held.iris.base}id/{path}" for path in (one.about, one.other))
    reason = f"a reader's suggestion: {one.text}"
    return {"task": "decide", "a": a, "b": b, "verdict": one.verdict, "by": by, "reason": reason}


def _pair(held: Service, told: dict[str, Any], about: str) -> tuple[str, str]:
    """Whom it says to be the same, or not the same; nothing where it says neither."""
    verdict, other = (str(told.get(name) or "").strip() for name in ("verdict", "other"))
    if not verdict:
        return "", ""
    if verdict not in VERDICTS:
        raise Problem(400, f"verdict must be one of {', '.join(VERDICTS)}", cause="parameter")
    if not other:
        raise Problem(400, "give the address of the other one's page", cause="parameter")
    path = _path(held, other)
    if path == about or path.partition("/")[0] != about.partition("/")[0]:
        raise Problem(400, "name two different people, or two publications", cause="parameter")
    return verdict, path


def _path(held: Service, text: str) -> str:
    """The path below `id/` of an entity that there is, by its IRI or the address of its page."""
    page = _PAGE.search(text.strip())
    iri = expanded(page[1] if page else text.strip())
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
