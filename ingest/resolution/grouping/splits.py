"""What people said of single signatures: that some are one person, or somebody else's; pure.

The latest word on a signature holds. A signature that vanished, or whose name a reload changed, is
left out and told of, and so are decisions of which nothing is left.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ingest.resolution.grouping.decisions import SPLIT, not_undone
from ingest.resolution.weighing.evidence import Decision, Signature


@dataclass(frozen=True, slots=True)
class Splits:
    """The signatures that decisions move, each with the latest; what cannot be obeyed, and why."""

    moved: Mapping[str, Decision] = field(default_factory=dict)
    suspended: tuple[tuple[Decision, str], ...] = ()
    overruled: tuple[tuple[Decision, str], ...] = ()
    aside: tuple[tuple[Decision, str], ...] = ()  # signatures that a standing decision lost

    @property
    def problems(self) -> tuple[str, ...]:
        """What to tell people of."""
        told = [f"decision {one.iri} is suspended: {why}" for one, why in self.suspended]
        told += [f"decision {one.iri} is overruled: {why}" for one, why in self.overruled]
        told += [f"decision {one.iri}: {why}" for one, why in self.aside]
        return tuple(told)

    @property
    def standing(self) -> tuple[Decision, ...]:
        """The decisions of which something holds, by path."""
        found = {one.iri: one for one in self.moved.values()}
        return tuple(found[iri] for iri in sorted(found))


def standing(
    decisions: Iterable[Decision], signatures: Iterable[Signature], rows: Mapping[str, object]
) -> Splits:
    """Whom people gave signatures to; `rows` are all that a signature can be given to, by path."""
    asked = [one for one in not_undone(decisions) if one.verdict == SPLIT]
    if not asked:
        return Splits()
    wanted = {iri for one in asked for iri in one.moves}
    known = {one.iri: one for one in signatures if one.iri in wanted}
    return _Weighing(known, rows).weighed(asked)


class _Weighing:
    """Decisions, the latest first, against the signatures that there are."""

    def __init__(self, known: Mapping[str, Signature], rows: Mapping[str, object]) -> None:
        self.known = known
        self.rows = rows
        self.moved: dict[str, Decision] = {}
        self.suspended: list[tuple[Decision, str]] = []
        self.overruled: list[tuple[Decision, str]] = []
        self.aside: list[tuple[Decision, str]] = []

    def weighed(self, asked: Iterable[Decision]) -> Splits:
        """What holds of them."""
        for decision in asked:
            self._take(decision)
        return Splits(self.moved, tuple(self.suspended), tuple(self.overruled), tuple(self.aside))

    def _take(self, decision: Decision) -> None:
        if decision.to and decision.to not in self.rows:
            self.suspended.append((decision, f"{decision.to} is not there any more"))
            return
        lost = list(self._lost(decision))
        if len(lost) == len(decision.moves):
            why = lost[0][1] if lost else "it names no signature"
            self.suspended.append((decision, why))
            return
        self.aside += [(decision, why) for _, why in lost]
        gone = {iri for iri, _ in lost}
        held = [one for one in decision.moves if one not in gone]
        later = sorted({self.moved[one].iri for one in held if one in self.moved})
        fresh = [one for one in held if one not in self.moved]
        if later:
            whole = "all of it" if not fresh else f"{len(held) - len(fresh)} of its signatures"
            self.overruled.append((decision, f"{whole}, by the later {', '.join(later)}"))
        self.moved.update(dict.fromkeys(fresh, decision))

    def _lost(self, decision: Decision) -> Iterator[tuple[str, str]]:
        """The signatures that cannot be moved, each with why."""
        for iri in decision.moves:
            one = self.known.get(iri)
            if one is None:
                yield iri, f"{iri} is not there any more"
            elif one.printed not in decision.printed:
                told = " or ".join(decision.printed)
                yield iri, f"{iri} was printed {told!r} and is {one.printed!r} now"
            elif one.row != decision.one:
                yield iri, f"{iri} is by {one.row} now"
