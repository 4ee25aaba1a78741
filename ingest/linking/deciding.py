"""Write what a person decides of a link to another graph, and the links that obey it; take it back.

Like any decision it is only ever added to `graph/decisions`, wins over every run, and is published
in one generation with the links, which are found by looking at what stands about the two.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pyoxigraph as ox

from ingest.lines import block
from ingest.linking import following
from ingest.linking.decided import sides
from ingest.linking.outside import Outside
from ingest.resolution.curation.deciding import (
    NONE,
    DecidedMeanwhile,
    Deciding,
    DecisionError,
    undoing,
)
from ingest.resolution.explaining import entities_of
from ingest.resolution.gathering import reading
from ingest.resolution.grouping import docket
from ingest.resolution.grouping.decisions import SAME
from ingest.resolution.links import WAIT
from ingest.resolution.report import RunReport
from ingest.resolution.weighing.evidence import Decision
from queries.errors import NoData
from queries.generations import Generations, Reader
from queries.writes.ahead import copy_of


class NoLink(DecisionError, ValueError):
    """What cannot be linked: no IRI of another graph, or a name of several here."""


def is_outside(text: str, base: str) -> bool:
    """Whether this can only mean a thing of another graph."""
    return is_web(text) and not text.startswith(base)


def is_web(text: str) -> bool:
    """Whether a text is an IRI of the web, ours or another's."""
    return urlsplit(text).scheme in ("http", "https")


def is_about_link(data: Path, a: str, b: str) -> bool:
    """Whether one of the two can only be of another graph."""
    if not (is_web(a) or is_web(b)):
        return False
    with Generations(data).open() as reader:
        base = str(reader.meta["base"])
    return is_outside(a, base) or is_outside(b, base)


def decide(
    data: Path,
    a: str,
    b: str,
    verdict: str,
    *,
    by: str,
    reason: str,
    knew: Collection[str] | None = None,
    wait: float = WAIT,
) -> tuple[list[Decision], RunReport]:
    """Record that an entity here and an IRI outside, in any order, are the same or different."""
    return record(
        data, lambda reader: [decision_of(reader, a, b, verdict, by, reason)], knew=knew, wait=wait
    )


def undo(
    data: Path, names: Sequence[str], *, by: str, reason: str, wait: float = WAIT
) -> tuple[list[Decision], RunReport]:
    """Take decisions about links back, each named by its IRI or the end of it."""
    return record(data, lambda reader: list(undoing(_known(reader), names, by, reason)), wait=wait)


def decision_of(reader: Reader, a: str, b: str, verdict: str, by: str, reason: str) -> Decision:
    """The decision that says so, not yet dated."""
    base = str(reader.meta["base"])
    mine, outside = (b, a) if is_outside(a, base) else (a, b)
    if not is_outside(outside, base) or is_outside(mine, base):
        raise NoLink(f"{a} and {b}: one must be an entity here, the other an IRI of another graph")
    try:
        ox.NamedNode(outside)
    except ValueError as error:
        raise NoLink(f"{outside!r} is no IRI: {error}") from error
    entity, label = _entity(reader, mine)
    one, other = sorted((entity.removeprefix(f"{base}id/"), outside))
    return Decision("", one, other, verdict, by=by, reason=reason, printed=(label,))


def _entity(reader: Reader, text: str) -> tuple[str, str]:
    """The one entity that is meant, by the member that stands for it, and its label."""
    found = {one.canonical: one for one in entities_of(reader, text)}
    if len(found) > 1:
        told = ", ".join(sorted(found))
        raise NoLink(f"{text!r} is the name of several here; give the IRI of one: {told}")
    (one,) = found.values()
    return one.iri, one.label


def _known(reader: Reader) -> list[Decision]:
    return reading.read_link_decisions(reader.store.engine, str(reader.meta["base"]))


def record(
    data: Path,
    said: Callable[[Reader], Sequence[Decision]],
    *,
    knew: Collection[str] | None = None,
    wait: float = WAIT,
) -> tuple[list[Decision], RunReport]:
    """Date what is said, and publish it with the links that obey it."""
    began = time.monotonic()
    generations = Generations(data, "quiver decide", clears=False, copy=copy_of(data))
    if generations.current() is None:
        raise NoData(data)
    with generations.write(wait) as draft:
        assert draft.base is not None
        assert draft.previous is not None
        as_it_is = Reader(draft.base, draft.previous, draft.meta, -1, draft.store)
        fresh = said(as_it_is)
        if knew is not None:
            _check_known(as_it_is, fresh, knew)
        writing = _Linking(draft, lambda phase, done, total: None, fresh)
        report = writing.run()
    return writing.fresh, replace(report, seconds=time.monotonic() - began)


def _check_known(reader: Reader, fresh: Sequence[Decision], knew: Collection[str]) -> None:
    """Refuse to decide where others decided about the same and it was not seen."""
    known = {one.iri: one for one in _known(reader)}
    seen = {iri.rpartition("/")[2] for iri in knew}
    topics = docket.topics(known.values())
    for one in fresh:
        for iri in topics.get(docket.topic(one), ()):
            if iri.rpartition("/")[2] not in seen:
                raise DecidedMeanwhile(known[iri])


class _Linking(Deciding):
    """Decisions about links on a draft."""

    def run(self) -> RunReport:
        """Bring the links about these to what is decided now."""
        below = f"{self.iris.base}id/"
        for one in self.fresh:
            if one.verdict == SAME:
                lines = following.run_lines(self.iris, one.iri, one.by)
                self.put("about", [(None, block(lines).encode())])
        pairs = [(below + entity, iri) for entity, iri in map(sides, self.fresh)]
        why = f"{', '.join(dict.fromkeys(one.by for one in self.fresh))} decided"
        following.obey(self.draft, self.iris, pairs, self.put, why)
        self._write_size()
        problems = tuple(self._problems())
        return self._published(
            RunReport("", self.draft.base, True, False, NONE, NONE, 0, (), problems)
        )

    def _problems(self) -> Iterator[str]:
        """What of it does not hold, and why."""
        fates = Outside(self.store, self.iris).weighed.fates
        for one in self.fresh:
            fate = fates[one.iri]
            if fate.why:
                yield f"decision {one.iri} is {fate}"
