"""What a load reports: counts, errors by reason, what the files say of themselves."""

from dataclasses import dataclass, field

from ingest.jobs import Found
from ingest.sources import SourceState


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load read, did and published; where nothing changed, `generation` is the old one.

    `rejected` counts records, `reasons` all errors by what was wrong, `values` those of them that
    cost a value and not its record, `examples` where; `declared` is what the files say of
    themselves beside what is held; `kept` the graphs of triples that no record took up.
    """

    source: str
    generation: int | None
    changed: bool
    read: int = 0
    loaded: int = 0
    rejected: int = 0
    repaired: int = 0
    repairs: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    formats: list[str] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)
    added: int = 0
    removed: int = 0
    seconds: float = 0.0


def report(source: str, generation: int | None, found: Found, kept: dict[str, int]) -> LoadReport:
    """What was found, before anything is published."""
    return LoadReport(
        source=source,
        generation=generation,
        changed=False,
        read=found.read,
        loaded=found.loaded,
        rejected=found.rejected,
        repaired=found.repaired,
        repairs=dict(found.repairs),
        reasons=dict(found.reasons),
        values=dict(found.values),
        examples=found.examples,
        formats=found.formats,
        declared=declared(found),
        kept=kept,
    )


def first_reason(found: Found) -> str:
    """The first reason for which nothing could be read."""
    reason = next(iter(found.examples), None)
    return f" ({reason}: {found.examples[reason][0]})" if reason else ""


def found_of(state: SourceState) -> Found:
    """What the last load of a source found, as far as it was kept."""
    return Found(
        read=state.read,
        loaded=state.loaded,
        rejected=state.rejected,
        repaired=state.repaired,
        facts=state.facts,
    )


def declared(found: Found) -> list[str]:
    """What the files declare, beside what is held."""
    lines = []
    for name, values in found.facts:
        if name == "declaredPublications":
            lines.append(f"declares {values[0]} publications, lists {found.loaded}")
        elif name == "declaredAuthorRows":
            lines.append(f"declares {values[0]} author rows, without saying whose a paper is")
    return lines
