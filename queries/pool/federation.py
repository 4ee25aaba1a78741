"""Queries with SERVICE to listed endpoints: one at a time, in a worker without the wall.

Every target must be written as an IRI on the list (`queries.pool.outreach`). It is replaced by an
address of the gate (`queries.pool.gate`), and what comes of that is read again before it runs: no
call may lead elsewhere. The worker lives for one query.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from queries.binding import Token as Word
from queries.binding import tokens
from queries.pool.answers import Answer, Cause, QueryFailed, QueryKilled
from queries.pool.gate import PORTS, Endpoint, Gate
from queries.pool.outreach import OutreachRefused, calls
from queries.pool.process import Process

if TYPE_CHECKING:
    from queries.pool.errands import Errand
    from queries.pool.turns import Token


class BadEndpoint(ValueError):
    """What is listed is no address of an endpoint."""


def endpoint(text: str) -> Endpoint:
    """A listed endpoint; BadEndpoint where the text is none."""
    found = Endpoint(text)
    try:
        good = found.parts.scheme in PORTS and bool(found.parts.hostname) and found.port > 0
    except ValueError:
        good = False
    if not good or found.parts.fragment or found.parts.username is not None:
        raise BadEndpoint(f"{text!r} is no http or https address of an endpoint")
    return found


class Federation:
    """The endpoints that queries may ask, and the one who asks now."""

    def __init__(self, listed: Iterable[str], seconds: float, size: int) -> None:
        self.endpoints = {text: endpoint(text) for text in listed}
        self.gate = Gate(seconds, size)
        self._turn = threading.Lock()

    @property
    def allowed(self) -> frozenset[str]:
        """The IRIs that SERVICE may name."""
        return frozenset(self.endpoints)

    def reaches(self, text: str) -> bool:
        """Whether a query calls on another endpoint at all."""
        return "service" in text.lower() and next(calls(text), None) is not None

    def answers(
        self,
        errand: "Errand",
        token: "Token | None",
        start: Callable[[], Process],
        move: Callable[[Process], int],
        received: Callable[["Errand", Process], list[Answer]],
    ) -> list[Answer]:
        """The answers to a query that reaches out, from a worker of its own."""
        with self._alone(errand.end):
            worker = start()
            try:
                if token is not None:
                    token.attach(worker)
                move(worker)
                with self._through(errand) as refused:
                    errand.send(worker)
                    return self._received(errand, worker, received, refused)
            finally:
                if token is not None:
                    token.attach()
                worker.close()

    @staticmethod
    def _received(
        errand: "Errand",
        worker: Process,
        received: Callable[["Errand", Process], list[Answer]],
        refused: Callable[[], str],
    ) -> list[Answer]:
        try:
            return received(errand, worker)
        except QueryFailed as error:
            raise QueryFailed(refused() or str(error)) from None

    @contextmanager
    def _alone(self, end: float) -> Iterator[None]:
        if not self._turn.acquire(timeout=max(0.0, end - time.monotonic())):
            why = "another query asks other endpoints; try again later"
            raise QueryKilled(Cause.QUEUE, why, 1)
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _through(self, errand: "Errand") -> Iterator[Callable[[], str]]:
        """The errand's queries with addresses of the gate; gives why a call was refused."""
        iris = sorted({call.iri for job in errand.jobs for call in calls(job[0]) if call.iri})
        secret, held, addresses = self.gate.open([self.endpoints[i] for i in iris], errand.end)
        by_iri = dict(zip(iris, addresses, strict=True))
        try:
            errand.jobs = [(rewritten(job[0], by_iri), *job[1:]) for job in errand.jobs]
            yield lambda: held.refusal
        finally:
            self.gate.shut(secret)

    def close(self) -> None:
        """Close the gate."""
        self.gate.close()


def rewritten(text: str, addresses: dict[str, str]) -> str:
    """The query with other targets of SERVICE; OutreachRefused where any call stays as it was."""
    parts: list[str] = []
    after = False
    for token in tokens(text):
        inner = token.text[1:-1]
        if after and token.kind == "iri" and inner in addresses:
            parts.append(f"<{addresses[inner]}>")
        else:
            parts.append(token.text)
        after = _awaits_target(token, after)
    made = "".join(parts)
    for call in calls(made):
        if call.iri not in addresses.values():
            raise OutreachRefused(call)
    return made


def _awaits_target(token: Word, after: bool) -> bool:
    if token.is_word("SERVICE"):
        return True
    return after and (token.kind == "skip" or token.is_word("SILENT"))
