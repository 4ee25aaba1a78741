"""Batches that are answered side by side, each by a worker of its own while any is idle.

What one page asks for may keep one worker for a tenth of a second while others have nothing to do.
"""

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from queries.errors import GenerationError
from queries.pool.answers import Answer, QueryError, Request
from queries.pool.errands import Errand

if TYPE_CHECKING:
    from queries.workers import Pool


def abreast(pool: "Pool", batches: Sequence[Sequence[Request]]) -> list[list[Answer]]:
    """The answers to each batch, all from one generation."""
    found = _side_by_side(pool, batches)
    if len({answer.generation for batch in found for answer in batch}) == 1:
        return found
    together = iter(pool.batch([request for batch in batches for request in batch]))
    return [list(islice(together, len(batch))) for batch in batches]


def _side_by_side(pool: "Pool", batches: Sequence[Sequence[Request]]) -> list[list[Answer]]:
    """Nobody holds a worker here while they wait for another: those who have one come first."""
    begun: list[Errand] = []
    found: dict[Errand, list[Answer]] = {}
    errors: list[Exception] = []
    for batch in batches:
        try:
            begun.append(pool.begin(*batch))
        except (QueryError, GenerationError, OSError) as error:
            errors.append(error)
    for errand in sorted(begun, key=lambda one: (not one.sent, one.worker is None)):
        if errors and errand.worker is None:
            continue
        try:
            found[errand] = pool.answers(errand)
        except (QueryError, GenerationError, OSError) as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return [found[errand] for errand in begun]
