"""Version 0.2 at `/reconcile`: manifest, matching, extension; suggestions and preview below it."""

import re
from collections.abc import Mapping

from flask import Blueprint, Response, request

from server.context import Service, service
from server.problems import Problem
from server.reconciliation import extending, manifest, matching, previewing, suggesting
from server.reconciliation.places import answer, no_jsonp, room
from server.reconciliation.questions import LIMITS, batch, decoded
from server.reconciliation.scoring import Candidate

blueprint = Blueprint("reconciliation", __name__, url_prefix="/reconcile")


@blueprint.route("", methods=["GET", "POST"])
def reconcile() -> Response:
    """The manifest; or the answers to `queries=`, or the values that `extend=` asks for."""
    no_jsonp()
    room()
    held = service()
    if "queries" in request.values:
        return answer(_matched(held, request.values["queries"]))
    if "extend" in request.values:
        given = decoded(request.values["extend"], "extend")
        found = extending.extended(held, given)
        return answer({"meta": found.meta(), "rows": found.rows})
    if request.method == "POST" or "query" in request.values:
        raise Problem(400, "send queries= (a batch of one will do) or extend=", cause="parameter")
    return answer(manifest.of_02(held))


def _matched(held: Service, text: str) -> dict[str, object]:
    questions = batch(text)
    found = matching.answers(held, list(questions.values()))
    return {
        name: {"result": [_candidate(held, *one) for one in told.candidates]}
        for name, told in zip(questions, found, strict=True)
    }


def _candidate(
    held: Service, one: Candidate, told: list[tuple[str, str, float | bool]]
) -> dict[str, object]:
    return described(held, one) | {
        "features": [{"id": name, "value": value} for name, _, value in told]
    }


def described(held: Service, one: Candidate) -> dict[str, object]:
    """A candidate as both versions write it, but for its features."""
    return {
        "id": matching.identifier(one.iri, held.iris.base),
        "name": one.label,
        "description": one.detail,
        "type": matching.types(one),
        "score": one.score,
        "match": one.match,
    }


@blueprint.route("/suggest/<any(entity, property, type):what>")
def suggest(what: str) -> Response:
    """Completions of what is being typed."""
    no_jsonp()
    found: Mapping[str, object] = {"result": _SUGGESTED[what]()}
    return answer(found)


_SUGGESTED = {
    "entity": lambda: suggesting.entities(service()),
    "property": suggesting.properties,
    "type": suggesting.types,
}


@blueprint.route("/preview")
def preview() -> Response:
    """A page about one entity, for a frame."""
    return previewing.preview(service())


@blueprint.route("/extend/propose")
def propose() -> Response:
    """The properties that entities of a type have."""
    no_jsonp()
    wanted = request.args.get("limit", "")
    number = int(wanted) if re.fullmatch(r"[0-9]{1,6}", wanted) else 0
    return answer(extending.proposed(request.args.get("type", ""), min(number, LIMITS)))
