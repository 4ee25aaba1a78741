"""What people decided, and what became of it: worked out anew from the graph, for the review.

A decision that a reload or another decision takes its force from is nowhere marked as such in the
graph: the same rules that a run goes by say it here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingest.linking import decided
from ingest.linking.decided import Member
from ingest.resolution.grouping import decisions, docket
from ingest.resolution.grouping.docket import Fate, Known, State, Topic
from ingest.resolution.weighing.evidence import Decision, Signature
from server.context import Service
from server.pages.asking import Table, ask, listed
from server.pages.asking import page as asking


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision as a list shows it; `things` are what it is about, each with its label."""

    iri: str
    said: Decision
    fate: Fate
    things: tuple[tuple[str, str], ...] = ()
    against: tuple[str, ...] = ()

    @property
    def can_be_undone(self) -> bool:
        """Whether it is no undo, and nobody took it back."""
        return self.fate.state not in (State.UNDO, State.TAKEN_BACK)


@dataclass(frozen=True, slots=True)
class Docket:
    """All decisions, the latest first, with the state of each."""

    below: str
    found: tuple[Decision, ...] = ()
    fates: dict[str, Fate] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    topics: dict[Topic, list[str]] = field(default_factory=dict)

    def of_state(self, *states: State) -> list[Decided]:
        """Those that are in one of these states; all where none is named."""
        return [
            self._shown(one)
            for one in self.found
            if not states or self.fates[one.iri].state in states
        ]

    def about(self, one: str, other: str = "") -> list[str]:
        """The IRIs of the decisions on this pair, or of the splits of this row, that stand."""
        first, second = sorted(text.removeprefix(self.below) for text in (one, other))
        return [self.below + iri for iri in self.topics.get(((first, second), not other), ())]

    def _shown(self, one: Decision) -> Decided:
        told = [text for text in (one.one, one.other, one.to) if text]
        fate = self.fates[one.iri]
        return Decided(
            self.below + one.iri,
            one,
            Fate(fate.state, self._named(fate.why)),
            tuple(
                (docket.iri_of(text, self.below), self.labels.get(text, ""))
                for text in dict.fromkeys(told)
            ),
            tuple(self.below + iri for iri in fate.against),
        )

    def _named(self, why: str) -> str:
        """The reason with names in the place of local paths."""
        told = " ".join(self.labels.get(word, word) for word in why.split(" "))
        return told.replace(" different ", " was decided to be different from ")


def docket_of(held: Service) -> Docket:
    """All that was decided."""
    (rows,) = ask(held, asking("decisions"))
    below = f"{held.iris.base}id/"
    found = decisions.latest_first(_read(rows, below))
    known = _known(held, found, below)
    links = [one for one in found if one.is_of_link]
    fates = docket.fates([one for one in found if not one.is_of_link], known)
    named, labels = _linked(held, links, known, below)
    fates |= decided.weigh(links, named).fates
    labels = dict(known.labels) | labels
    return Docket(below, tuple(found), fates, labels, docket.topics(found))


def _linked(
    held: Service, links: Sequence[Decision], known: Known, below: str
) -> tuple[dict[str, Member], dict[str, str]]:
    """What became of those that links are decided about; what the others are called."""
    if not links:
        return {}, {}
    pairs = [decided.sides(one) for one in links]
    entities = (below + entity for entity, _ in pairs)
    rows, outside = ask(
        held,
        listed("what-stands-for", "member", entities),
        listed("labels", "thing", (iri for _, iri in pairs)),
    )
    members = {
        (name := row["member"].removeprefix(below)): Member(
            row["canonical"].removeprefix(below), known.labels.get(name, ""), "several" in row
        )
        for row in rows
    }
    names = {iri: iri for _, iri in pairs}
    return members, names | {row["thing"]: row["label"] for row in outside}


def _read(rows: Table, below: str) -> Iterator[Decision]:
    said: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        said.setdefault(row["decision"], {}).setdefault(row["property"], []).append(row["value"])
    for iri, properties in said.items():
        yield docket.decision_of(iri, properties, below)


def _known(held: Service, found: Sequence[Decision], below: str) -> Known:
    """What there is of all that these are about."""
    about = {one for each in found for one in (*decisions.pair_of(each), each.to) if one}
    about = {one for one in about if "://" not in one}
    moves = {one for each in found for one in each.moves}
    if not about:
        return Known()
    rows = [one for one in about if one.startswith("author/")]
    labelled, signed, moved = ask(
        held,
        listed("labels", "thing", (below + one for one in sorted(about))),
        listed("decided-rows", "row", (below + one for one in sorted(rows))),
        listed("moved-signatures", "signature", (below + one for one in sorted(moves))),
    )
    return Known(
        {row["thing"].removeprefix(below): row["label"] for row in labelled},
        [
            Signature(
                row["signature"].removeprefix(below),
                "",
                row["row"].removeprefix(below),
                printed=row["printed"],
            )
            for row in moved
        ],
        frozenset(row["row"].removeprefix(below) for row in signed if "split" in row),
        [
            (row["publication"], row["row"].removeprefix(below))
            for row in signed
            if "publication" in row
        ],
    )
