"""Record what people say of single signatures: that they are one person, or whose they are.

A split is a decision like others: append-only, dated, above every run, taken back by an undo. It
stores the names that its signatures print, so that a reload which changes one suspends it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.resolution.curation.deciding import DecisionError, record
from ingest.resolution.explaining import Entity, Explaining
from ingest.resolution.grouping.decisions import SPLIT
from ingest.resolution.links import WAIT
from ingest.resolution.report import RunReport
from ingest.resolution.running import Progress, silent
from ingest.resolution.weighing.evidence import Decision
from queries.generations import Reader


class BadSplit(DecisionError, ValueError):
    """What cannot be split so."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature of a row: the name that it prints, its publication, whose it is now."""

    iri: str
    printed: str
    publication: str
    canonical: str
    person: str


def split(
    data: Path,
    row: str,
    signatures: Sequence[str] = (),
    *,
    publications: Sequence[str] = (),
    to: str = "",
    by: str,
    reason: str,
    knew: Collection[str] | None = None,
    wait: float = WAIT,
    progress: Progress = silent,
    later: bool = False,
) -> tuple[list[Decision], RunReport]:
    """Move signatures of a row into a part of their own, or to the person `to`.

    All are IRIs, local paths or names; signatures can be given by publications. A name that stands
    for several rows of one person gives a decision for each. `to` the row itself: back to it.
    `knew` are the splits of the row that were seen: where there are others, nothing is decided.
    With `later` nobody waits for a long run.
    """
    return record(
        data,
        lambda reader: list(decisions_of(reader, row, signatures, publications, to, by, reason)),
        knew=knew,
        wait=wait,
        progress=progress,
        later=later,
    )


def decisions_of(
    reader: Reader,
    row: str,
    signatures: Sequence[str],
    publications: Sequence[str],
    to: str,
    by: str,
    reason: str,
) -> Iterator[Decision]:
    """The decisions that say so, not yet dated."""
    asking = Explaining(reader)
    held = _held(asking, row)
    chosen = _chosen(asking, held, signatures, publications)
    target = _target(asking, to) if to else ""
    for iri, moved in chosen.items():
        if not target and len(moved) == len(held[iri]):
            raise BadSplit(f"all {len(moved)} signatures of {iri} are named: nothing would be left")
        yield Decision(
            "",
            _local(asking, iri),
            "",
            SPLIT,
            by=by,
            reason=reason,
            printed=tuple(sorted({one.printed for one in moved})),
            moves=tuple(sorted(_local(asking, one.iri) for one in moved)),
            to=_local(asking, target) if target else "",
        )


def _held(asking: Explaining, text: str) -> dict[str, list[Signed]]:
    """The rows that are meant, each with its signatures; of a part those of the part."""
    found: dict[str, list[Signed]] = {}
    for entity in asking.entities(text):
        if not entity.is_author:
            raise BadSplit(f"{entity.iri} is no author row")
        row = row_of(asking, entity.iri)
        signed = list(signatures_of(asking, row))
        if row != entity.iri:
            signed = [one for one in signed if one.person == entity.iri]
        found.setdefault(row, []).extend(signed)
    return found


def row_of(asking: Explaining, entity: str) -> str:
    """The row that this is a part of; itself where it is none."""
    return next((told["row"] for told in asking.ask("several-people", entity=entity)), entity)


def signatures_of(asking: Explaining, row: str) -> Iterator[Signed]:
    """What the source gives to this row."""
    for told in asking.ask("signatures-of-row", row=row):
        yield Signed(
            told["signature"],
            told["printed"],
            told["publication"],
            told["canonical"],
            told["person"],
        )


def _chosen(
    asking: Explaining,
    held: dict[str, list[Signed]],
    signatures: Sequence[str],
    publications: Sequence[str],
) -> dict[str, list[Signed]]:
    by_iri = {one.iri: (row, one) for row, signed in held.items() for one in signed}
    chosen: defaultdict[str, dict[str, Signed]] = defaultdict(dict)
    for text in signatures:
        iri = asking.iri(text)
        if iri not in by_iri:
            raise BadSplit(f"{text!r} is no signature of {', '.join(held)}")
        row, one = by_iri[iri]
        chosen[row][one.iri] = one
    for text in publications:
        homes = {entity.canonical for entity in asking.entities(text)}
        found = [(row, one) for row, one in by_iri.values() if one.canonical in homes]
        if not found:
            raise BadSplit(f"{text!r} bears no signature of {', '.join(held)}")
        for row, one in found:
            chosen[row][one.iri] = one
    if not chosen:
        raise BadSplit("name at least one signature, or one publication")
    return {row: list(found.values()) for row, found in sorted(chosen.items())}


def _target(asking: Explaining, text: str) -> str:
    """Whom the signatures are given to: a person who is one."""
    entities: list[Entity] = asking.entities(text)
    canonical = next((e for e in entities if e.iri == e.canonical), entities[0])
    if not canonical.is_author:
        raise BadSplit(f"{canonical.iri} is no person")
    return canonical.iri


def _local(asking: Explaining, iri: str) -> str:
    return iri.removeprefix(f"{asking.base}id/")
