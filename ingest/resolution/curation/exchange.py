"""Decisions from and to files of SSSOM: all of a file or nothing, and none that stands already."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from ingest.linking import deciding as linking
from ingest.linking.decided import sides
from ingest.resolution.curation import sssom
from ingest.resolution.curation.deciding import DecisionError, decisions_of, record
from ingest.resolution.curation.listing import Listed, listed
from ingest.resolution.curation.splitting import decisions_of as splits_of
from ingest.resolution.curation.splitting import row_of, signatures_of
from ingest.resolution.curation.sssom import Mapping, Stated
from ingest.resolution.explaining import Explaining
from ingest.resolution.grouping import decisions
from ingest.resolution.grouping.decisions import SPLIT
from ingest.resolution.links import WAIT
from ingest.resolution.report import RunReport
from ingest.resolution.running import Progress, silent
from ingest.resolution.weighing.evidence import Decision
from queries.errors import QueriesError
from queries.generations import Generations, Reader


class BadFile(DecisionError, ValueError):
    """A file of decisions of which a line is none; nothing of it is taken."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path


def decide_all(
    data: Path,
    path: Path,
    *,
    by: str = "",
    reason: str = "",
    wait: float = WAIT,
    progress: Progress = silent,
) -> tuple[list[Decision], RunReport | None]:
    """Record all decisions of an SSSOM file that do not stand yet; no run where none is new."""
    with Generations(data).open() as reader:
        try:
            said = list(sssom.read(path.read_text("utf-8"), by, reason))
            fresh = list(chain(_pairs(reader, said), _splits(reader, said)))
            links = list(_links(reader, said))
        except (sssom.SssomError, UnicodeDecodeError) as error:
            raise BadFile(path, str(error)) from error
        known = {_said(one.decision) for one in listed(reader) if one.is_obeyed}
    fresh = [one for one in fresh if _said(one) not in known]
    links = [one for one in links if _said(one) not in known]
    made, report = _recorded(data, fresh, wait, progress) if fresh else ([], None)
    if links:
        linked, told = linking.record(data, lambda reader: links, wait=wait)
        made, report = [*made, *linked], report or told
    return made, report


def _recorded(
    data: Path, fresh: list[Decision], wait: float, progress: Progress
) -> tuple[list[Decision], RunReport]:
    return record(data, lambda reader: fresh, wait=wait, progress=progress)


def _said(one: Decision) -> tuple[object, ...]:
    """What a decision says, by whomever and whenever."""
    return *decisions.pair_of(one), one.verdict, one.moves, one.to


def _pairs(reader: Reader, said: Iterable[Stated]) -> Iterator[Decision]:
    base = str(reader.meta["base"])
    for one in said:
        if one.verdict != SPLIT and not _is_link(one, base):
            told = one.subject, one.object, one.verdict, one.by, one.reason
            try:
                yield from decisions_of(reader, *told)
            except QueriesError as error:
                raise sssom.SssomError(one.line, str(error)) from error


def _is_link(one: Stated, base: str) -> bool:
    return linking.is_outside(one.subject, base) or linking.is_outside(one.object, base)


def _links(reader: Reader, said: Iterable[Stated]) -> Iterator[Decision]:
    """Lines about a thing of another graph."""
    for one in said:
        if one.verdict != SPLIT and _is_link(one, str(reader.meta["base"])):
            told = one.subject, one.object, one.verdict, one.by, one.reason
            try:
                yield linking.decision_of(reader, *told)
            except QueriesError as error:
                raise sssom.SssomError(one.line, str(error)) from error


def _splits(reader: Reader, said: Iterable[Stated]) -> Iterator[Decision]:
    """Lines that give signatures to one person for one reason are one decision."""
    asking = Explaining(reader)
    groups: defaultdict[tuple[str, ...], list[Stated]] = defaultdict(list)
    for one in said:
        if one.verdict == SPLIT:
            row = one.part_of or _row(asking, one)
            to = "" if one.part_of else one.object
            groups[row, to, one.object, one.by, one.reason].append(one)
    for (row, to, _, by, reason), held in groups.items():
        try:
            yield from splits_of(reader, row, [one.subject for one in held], [], to, by, reason)
        except QueriesError as error:
            raise sssom.SssomError(held[0].line, str(error)) from error


def _row(asking: Explaining, one: Stated) -> str:
    found = asking.ask("row-of-signature", signature=asking.iri(one.subject))
    if not found:
        raise sssom.SssomError(one.line, f"{one.subject!r} is no signature of anything here")
    return found[0]["row"]


def export(reader: Reader) -> str:
    """The decisions that stand, as SSSOM, the oldest first."""
    standing = [one for one in listed(reader) if one.is_obeyed]
    asking = Explaining(reader)
    return sssom.write(mapping for one in reversed(standing) for mapping in _mappings(asking, one))


def _mappings(asking: Explaining, listed_one: Listed) -> Iterator[Mapping]:
    one, labels = listed_one.decision, listed_one.labels
    below = f"{asking.base}id/"
    about = one.by, one.on[:10], one.reason
    if one.is_of_link:
        mine, outside = sides(one)
        label = next(iter(one.printed), "")
        yield Mapping(below + mine, label, one.verdict, outside, "", *about)
        return
    if one.verdict != SPLIT:
        yield Mapping(below + one.one, labels[0], one.verdict, below + one.other, labels[1], *about)
        return
    row = below + one.one
    signed = {s.iri: s for s in signatures_of(asking, row)}
    for iri in (below + moved for moved in one.moves):
        held = signed.get(iri)
        entity = asking.entity(held.person) if held else None
        if held and entity and (one.to or row_of(asking, entity.iri) == row != entity.iri):
            to = (entity.iri, entity.label)
            yield Mapping(iri, held.printed, SPLIT, *to, *about, part_of="" if one.to else row)
