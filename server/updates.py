"""SPARQL Update over HTTP: for tokens of the scope write, in a process that may be killed."""

from flask import Response

from server import access
from server.context import Service
from server.protocol import Change


def respond(held: Service, change: Change) -> Response:
    """204 where something was done; 200 with a word where no pattern matched anything."""
    access.require(held, "write")
    done = held.writer.update(change.text, change.using, change.using_named, change.timeout)
    if done.matched:
        return Response(status=204)
    default = f"{held.iris.base}graph/default"
    return Response(
        "No pattern of the update matched, so nothing was changed. Patterns without GRAPH, WITH "
        f"or USING are matched against <{default}> only, not against the union of all graphs.\n",
        content_type="text/plain; charset=utf-8",
    )
