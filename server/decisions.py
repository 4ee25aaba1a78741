"""Decisions over HTTP: POST /decisions with a token of the scope curate; an undo is one too.

A JSON object: `a`, `b` (IRIs, or paths below the base's `id/`; one may be an IRI of another graph),
`verdict` (same or different) and `reason`; or `row`, `signatures`, `verdict` (split), perhaps `to`
(whose they are) and `reason`; or `undo` (a decision) and `reason`. With `knew`, the decisions about
the same that the sender saw, it is refused (409, "meanwhile") where there are others. The answer
comes when pages and SPARQL show what was decided; where only a long run can obey it, the decision
is recorded at once, the answer has `"obeyed": false`, and the links follow.
"""

from typing import Any

from flask import Blueprint, Response, json, request

from server import access
from server.context import Service, service
from server.pages.frame import expanded
from server.problems import Problem

blueprint = Blueprint("decisions", __name__)

VERDICTS = ("same", "different", "split")
MOST_SIGNATURES = 2_000  # of one split: those of a whole row can be marked
MOST_KNOWN = 50  # decisions about one pair or row
LONGEST = 2000  # characters of a reason
BODY = 32 * 1024  # bytes


@blueprint.route("/decisions", methods=["POST"])
def take() -> Response:
    """201 with the decision and what it changed."""
    held = service()
    token = access.require(held, "curate")
    answer = decided(held, _job(held, body(), token.name))
    response = Response(json.dumps(answer) + "\n", 201, content_type="application/json")
    response.headers["Location"] = answer["decisions"][0]
    response.headers["Cache-Control"] = "no-store"
    return response


def decided(held: Service, job: dict[str, Any]) -> dict[str, Any]:
    """The decisions that were made, and what they changed."""
    told = held.curator.run(job)
    held.pool.follow()
    base = f"{held.iris.base}id/"
    return {
        "decisions": [f"{base}{one['iri']}" for one in told["decisions"]],
        "generation": told["generation"],
        "obeyed": told["obeyed"],
        "problems": told["problems"],
        "changes": told["changes"],
    }


def body() -> dict[str, Any]:
    """The JSON object that was sent."""
    request.max_content_length = BODY
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise Problem(400, "send a JSON object, as application/json", cause="parameter")
    return found


def field(told: dict[str, Any], name: str, most: int = 1000) -> str:
    """A text of the object that must be there."""
    value = told.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > most:
        raise Problem(400, f"{name} must be a text of 1 to {most:,} characters", cause="parameter")
    return value.strip()


def _job(held: Service, told: dict[str, Any], by: str) -> dict[str, Any]:
    job: dict[str, Any] = {"by": by, "reason": field(told, "reason", LONGEST)}
    if "knew" in told:
        job["knew"] = _known(told["knew"])
    if "undo" in told:
        return job | {"task": "undo", "undo": field(told, "undo")}
    verdict = field(told, "verdict")
    if verdict == "split":
        return job | _split(held, told)
    if verdict not in VERDICTS:
        raise Problem(400, f"verdict must be one of {', '.join(VERDICTS)}", cause="parameter")
    a, b = (field(told, name) for name in ("a", "b"))
    if any(is_outside(held, text) for text in (a, b)):
        return job | _link(held, a, b, verdict)
    a, b = (entity(held, text) for text in (a, b))
    return job | {"task": "decide", "a": a, "b": b, "verdict": verdict}


def is_outside(held: Service, text: str) -> bool:
    """Whether this can only be the IRI of a thing of another graph."""
    return text.startswith(("http://", "https://")) and not text.startswith(held.iris.base)


def _link(held: Service, a: str, b: str, verdict: str) -> dict[str, Any]:
    """A link to a thing of another graph: one of the two must be here."""
    mine, outside = (b, a) if is_outside(held, a) else (a, b)
    return {"task": "link", "a": entity(held, mine), "b": outside, "verdict": verdict}


def _known(named: object) -> list[str]:
    if not isinstance(named, list) or len(named) > MOST_KNOWN:
        raise Problem(
            400, f"knew must be a list of at most {MOST_KNOWN} decisions", cause="parameter"
        )
    if not all(isinstance(one, str) for one in named):
        raise Problem(400, "knew must be a list of IRIs", cause="parameter")
    return named


def _split(held: Service, told: dict[str, Any]) -> dict[str, Any]:
    named = told.get("signatures")
    if not isinstance(named, list) or not 0 < len(named) <= MOST_SIGNATURES:
        least = f"signatures must be a list of 1 to {MOST_SIGNATURES} IRIs"
        raise Problem(400, least, cause="parameter")
    signatures = [entity(held, one) if isinstance(one, str) else "" for one in named]
    return {
        "task": "split",
        "row": entity(held, field(told, "row")),
        "signatures": signatures,
        "to": entity(held, field(told, "to")) if "to" in told else "",
    }


def entity(held: Service, text: str) -> str:
    """The IRI that a text means, of something that can be here."""
    iri = expanded(text)
    if held.iris.read(iri) is None:
        raise Problem(400, f"{text[:200]!r} is not the IRI of anything here", cause="parameter")
    return iri
