"""Where the service is, as its client sees it, and how its answers go out."""

import json
from urllib.parse import urlsplit

from flask import Response, request

from server.context import Service
from server.problems import Problem

PATH = "reconcile"
BODY = 4 << 20  # bytes of a batch


def address(held: Service) -> str:
    """The absolute address of the service: below the base where the client uses the base."""
    base = held.iris.base
    same = urlsplit(base).netloc == request.host
    return f"{base if same else request.host_url}{PATH}"


def answer(told: object) -> Response:
    """JSON, which whoever asks must ask for again: the next generation may say more."""
    body = json.dumps(told, ensure_ascii=False) + "\n"
    response = Response(body, content_type="application/json; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Language"] = "en"  # in which we speak; names are in their own
    return response


def no_jsonp() -> None:
    """Refuse what only scripts ask for: any page may read the answers as they are (CORS)."""
    if "callback" in request.args:
        raise Problem(
            400, "JSONP is not offered: use CORS, which every answer allows", cause="jsonp"
        )


def room() -> None:
    """Take a batch of some size, as a form or as JSON; 413 for more."""
    request.max_content_length = BODY
    request.max_form_memory_size = BODY
