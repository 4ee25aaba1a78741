"""Obey the decisions that wait for a run, found out beside the writers.

A run on millions of quads takes minutes. It reads a published generation; what it found is written
where that is still the current one, else it is found out again, at last with the writers waiting.
Started as `python -m ingest.resolution.curation.obeying FOLDER`, it can be killed without harm: the
decisions are recorded, and wait on.
"""

import signal
import sys
from collections.abc import Sequence
from ctypes import CDLL
from pathlib import Path

from ingest.resolution import sharing
from ingest.resolution.curation import deciding
from ingest.resolution.gathering import memory, reading
from ingest.resolution.links import WAIT, no_cycles
from ingest.resolution.recall import Kept
from ingest.resolution.report import RunReport
from ingest.resolution.running import Progress, Run, run, silent
from ingest.resolution.weighing.evidence import Decision
from ontology.iris import Iris
from queries.generations import Generations, Reader
from queries.writes.drafts import Draft

TRIES = 3  # beside the writers
PR_SET_PDEATHSIG = 1


def obey(data: Path, *, wait: float = WAIT, progress: Progress = silent) -> RunReport | None:
    """Run for the decisions that wait; None where none does."""
    generations = Generations(data, "quiver decide")
    for left in reversed(range(TRIES + 1)):
        with generations.open() as reader, no_cycles():
            if not reader.meta.get(memory.WAITING):
                return None
            number, found = reader.number, _found(reader, progress) if left else None
        with generations.write(wait) as draft, no_cycles():
            if draft.base == number or not left:
                same = found if draft.base == number else None
                return Obeying(draft, progress, same).run()
    raise AssertionError("the last try writes")


def _found(reader: Reader, progress: Progress) -> Run:
    """What a run finds on a published generation."""
    base = reader.meta["base"]
    decided = reading.read_decisions(reader.store.engine, base)
    held = reading.read(reader.path, base, decided, sharing.cores())
    undone = deciding.undone(_waiting(decided, reader.meta), reader.path.joinpath)
    before = Kept.read(reader.path)
    held = deciding.restored(held, undone)
    return run(held, Iris(base), progress, sharing.cores(), before)


def _waiting(decided: Sequence[Decision], meta: dict[str, object]) -> list[Decision]:
    waiting = meta.get(memory.WAITING)
    names = set(waiting) if isinstance(waiting, list) else set()
    return [one for one in decided if one.iri in names]


class Obeying(deciding.Deciding):
    """The run for decisions that the draft holds already; `found` is what it finds, if known."""

    def __init__(self, draft: Draft, progress: Progress, found: Run | None) -> None:
        super().__init__(draft, progress, ())
        self.fresh = _waiting(reading.read_decisions(self.store, self.iris.base), draft.meta)
        self._known = found

    def run(self) -> RunReport:
        """By a whole run."""
        return self.whole()

    def found(self) -> Run:
        """What is known, or else what a run finds."""
        return super().found() if self._known is None else self._known


def main() -> None:
    """Obey what waits in the folder that is named; end with whoever asked."""
    CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    obey(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
