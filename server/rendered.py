"""Rendered documents, kept for who asks again: by generation, path, query string and format.

A generation never changes, so what was rendered from it stays true. What shows a figure of an
earlier generation is not kept, nor what was rendered while another generation became current.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Response, g, request

from queries.pool.responses import ResponseCache

if TYPE_CHECKING:
    from server.context import Service

LARGEST = 1 << 20  # bytes of a document that is kept


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document's body and headers, without those that every answer sets for itself."""

    body: bytes
    headers: tuple[tuple[str, str], ...]

    def response(self) -> Response:
        return Response(self.body, headers=list(self.headers))

    @property
    def size(self) -> int:
        return len(self.body) + sum(len(name) + len(value) for name, value in self.headers)


class Shelf:
    """The rendered documents of one application; the least recently used go first."""

    def __init__(self, capacity: int) -> None:
        self.held: ResponseCache[Rendered] = ResponseCache(capacity)

    def document(
        self, service: "Service", media_type: str, make: Callable[[], Response]
    ) -> Response:
        """The document of this request in this format: from the shelf, or made and laid there."""
        number = service.snapshot.number
        key = (number, request.full_path, media_type)
        if (found := self.held.get(key)) is not None:
            return found.response()
        response = make()
        if _lasts(response) and number == service.pool.generation().number:
            made = Rendered(response.get_data(), tuple(response.headers.items()))
            self.held.put(key, made, made.size + len(request.full_path))
        return response


def _lasts(response: Response) -> bool:
    small = (response.content_length or 0) <= LARGEST
    return response.status_code == 200 and small and not g.get("counted_before")
