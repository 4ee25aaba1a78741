"""The draft of version 1.0 at `/reconcile/1.0`, as far as it is settled."""

from flask import Blueprint, Response, request

from server.context import service
from server.reconciliation import extending, manifest, matching, routes
from server.reconciliation.places import answer, room
from server.reconciliation.questions import batch_of_draft, decoded

blueprint = Blueprint("draft", __name__, url_prefix="/1.0")


@blueprint.route("")
@blueprint.route("/")
def introduce() -> Response:
    """The manifest of the draft."""
    return answer(manifest.of_draft(service()))


@blueprint.route("/match", methods=["POST"])
def match() -> Response:
    """The candidates of each query, in order."""
    held = service()
    found = matching.answers(held, batch_of_draft(_body()))
    results = [
        {
            "candidates": [
                routes.described(held, one)
                | {
                    "features": [
                        {"id": id, "name": name, "value": value} for id, name, value in told
                    ]
                }
                for one, told in answered.candidates
            ]
        }
        for answered in found
    ]
    return answer({"results": results})


@blueprint.route("/extend", methods=["POST"])
def extend() -> Response:
    """Values of properties, rows and properties as lists."""
    found = extending.extended(service(), _body())
    rows = [
        {"id": id, "properties": [{"id": name, "values": cells} for name, cells in told.items()]}
        for id, told in found.rows.items()
    ]
    return answer({"meta": found.meta(), "rows": rows})


blueprint.add_url_rule("/suggest/<any(entity, property, type):what>", view_func=routes.suggest)
blueprint.add_url_rule("/preview", view_func=routes.preview)
blueprint.add_url_rule("/extend/propose", view_func=routes.propose)


def _body() -> object:
    room()
    return decoded(request.get_data(as_text=True), "the body")
