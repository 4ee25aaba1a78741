"""Why a row may hold several people, and how it was divided: what `explain` tells of one row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.resolution.explaining import Explaining
from ingest.resolution.gathering.reading import read_decisions
from ingest.resolution.grouping.decisions import SPLIT, not_undone
from ingest.resolution.weighing.evidence import Decision
from queries.generations import Reader


@dataclass(frozen=True, slots=True)
class PartTold:
    """A part: how many signatures it has, and who stands for the person that it is of."""

    iri: str
    canonical: str
    signatures: int


@dataclass(frozen=True, slots=True)
class Several:
    """What is known of the people that one row, or the row of a part, holds.

    `rules` and `reasons` say why it is thought to hold several; there are none where people only
    gave signatures of it to somebody. `decisions` are those about its signatures.
    """

    entity: str
    row: str
    label: str
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    parts: tuple[PartTold, ...]
    decisions: tuple[Decision, ...]

    @property
    def is_part(self) -> bool:
        """Whether it was asked of a part."""
        return self.entity != self.row


def several(reader: Reader, text: str) -> list[Several]:
    """What is known of each row, or part, that this IRI or name means; of others nothing."""
    asking = Explaining(reader)
    decided = [
        one
        for one in not_undone(read_decisions(reader.store.engine, asking.base))
        if one.verdict == SPLIT
    ]
    found = (_several(asking, one.iri, decided) for one in asking.entities(text) if one.is_author)
    return [one for one in found if one is not None]


def _several(asking: Explaining, iri: str, decided: Iterable[Decision]) -> Several | None:
    told = asking.ask("several-people", entity=iri)
    row = next((one["row"] for one in told if "row" in one), iri)
    below = f"{asking.base}id/"
    about = tuple(one for one in decided if row.removeprefix(below) in (one.one, one.to))
    if not about and not any("rule" in one for one in told):
        return None
    entity = asking.entity(row)
    return Several(
        iri,
        row,
        entity.label if entity else "",
        _texts(told, "rule"),
        _texts(told, "reason"),
        tuple(
            PartTold(one["part"], one["partCanonical"], int(one["signatures"]))
            for one in told
            if "part" in one
        ),
        about,
    )


def _texts(told: Sequence[dict[str, str]], name: str) -> tuple[str, ...]:
    return tuple(sorted({one[name] for one in told if name in one}))
