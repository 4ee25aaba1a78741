"""All decisions of a generation, for people: what each is about and what became of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from ingest.linking.decided import Weighed, sides
from ingest.linking.outside import Outside
from ingest.relink import Graphs
from ingest.resolution.gathering import reading
from ingest.resolution.grouping import decisions, docket
from ingest.resolution.grouping.docket import Fate, Known, State
from ingest.resolution.weighing.evidence import Decision, Signature
from ontology import terms
from ontology.iris import Iris
from queries.generations import Reader


@dataclass(frozen=True, slots=True)
class Listed:
    """A decision for people: the labels of the two, and what became of it."""

    decision: Decision
    labels: tuple[str, str]
    fate: Fate

    @property
    def state(self) -> str:
        """What became of it, in words; nothing of an undo."""
        return str(self.fate)

    @property
    def is_obeyed(self) -> bool:
        """Whether it stands, or would but for another one that contradicts it."""
        return self.fate.state in (State.STANDS, State.ASIDE)


def listed(reader: Reader) -> Iterator[Listed]:
    """All decisions, the latest first, with what became of each."""
    base = reader.meta["base"]
    found = reading.read_decisions(reader.store.engine, base)
    links, weighed = _links(reader)
    known = _Looking(Graphs(reader.store.engine, Iris(base)), f"{base}id/").known(found)
    fates = docket.fates(found, known) | weighed.fates
    labels = known.labels
    for one in decisions.latest_first([*found, *links]):
        if one.is_of_link:
            entity, outside = sides(one)
            yield Listed(one, (next(iter(one.printed), entity), outside), fates[one.iri])
            continue
        names = labels.get(one.one, one.one), labels.get(one.other, one.other) or moved(one)
        yield Listed(one, names, fates[one.iri])


def _links(reader: Reader) -> tuple[list[Decision], Weighed]:
    """The decisions about links to other graphs, and what became of them."""
    base = str(reader.meta["base"])
    held = Outside(reader.store.engine, Iris(base))
    return reading.read_link_decisions(reader.store.engine, base), held.weighed


def moved(split: Decision) -> str:
    """How many signatures a split moves, and to whom."""
    told = f"{len(split.moves)} signature{'s' if len(split.moves) > 1 else ''}"
    return f"{told} to {split.to}" if split.to else told if split.moves else ""


@dataclass(frozen=True, slots=True)
class _Looking:
    """What the graphs hold of that which decisions are about."""

    graphs: Graphs
    below: str

    def known(self, found: Sequence[Decision]) -> Known:
        about = {one for each in found for one in (*decisions.pair_of(each), each.to) if one}
        rows = {one for one in about if one.startswith("author/")}
        labels = ((one, self._one(one, terms.LABEL)) for one in about)
        split = {one for one in rows if "decision" in self._all(one, terms.AMBIGUOUS_BY)}
        return Known(
            {one: label for one, label in labels if label is not None},
            tuple(self._signatures(found)),
            frozenset(split),
            tuple(pair for row in rows for pair in self._signed(row)),
        )

    def _signatures(self, found: Iterable[Decision]) -> Iterator[Signature]:
        for iri in sorted({moved for decision in found for moved in decision.moves}):
            row, printed = self._one(iri, terms.BY_AUTHOR), self._one(iri, terms.PRINTED_NAME)
            if row is not None and printed is not None:
                yield Signature(iri, "", row.removeprefix(self.below), printed=printed)

    def _signed(self, row: str) -> Iterator[tuple[str, str]]:
        person = ox.NamedNode(terms.PERSON_PROPERTY)
        for signature in self.graphs.subjects(person, self.below + row):
            of = self.graphs.object(signature, ox.NamedNode(terms.OF_PUBLICATION))
            if of and "author" in self.graphs.objects(signature, ox.NamedNode(terms.ROLE)):
                yield of, row

    def _one(self, local: str, prop: str) -> str | None:
        return self.graphs.object(self.below + local, ox.NamedNode(prop))

    def _all(self, local: str, prop: str) -> Iterable[str]:
        return self.graphs.objects(self.below + local, ox.NamedNode(prop))
