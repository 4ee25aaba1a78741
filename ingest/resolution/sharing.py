"""Work shared among processes: forked, so that what all of them read is not copied.

Results come in the order of the items, so one process and several give the same.
"""

import os
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NoReturn, TypeVar

CHUNK = 1_000  # items done at a stretch; dealt out by turns, as blocks differ in weight
LEAST = 10_000  # items: below, a fork costs more than it saves

Item = TypeVar("Item")
Result = TypeVar("Result")

Work = Callable[[Sequence[Item]], list[Result]]


class LostWork(RuntimeError):
    """A process that shared the work ended without its results: killed, or out of memory."""

    def __init__(self, status: int) -> None:
        super().__init__(f"a process that shared the work ended with status {status}")
        self.status = status


def cores() -> int:
    """How many processes this machine lets us run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def mapped(
    work: Callable[[Sequence[Item]], list[Result]],
    items: Sequence[Item],
    processes: int,
    least: int = LEAST,
    chunk: int | None = None,
) -> list[Result]:
    """What `work` makes of the items, chunk by chunk, all chunks in order; `work` must be pure."""
    size = chunk or CHUNK
    chunks = [items[start : start + size] for start in range(0, len(items), size)]
    if processes < 2 or len(items) < least or not hasattr(os, "fork"):
        return list(chain.from_iterable(map(work, chunks)))
    helpers = [_Helper.begun(work, chunks[turn::processes]) for turn in range(1, processes)]
    shares: list[list[list[Result]]] = [list(map(work, chunks[::processes]))]
    shares += [helper.results() for helper in helpers]
    turns = (divmod(place, processes) for place in range(len(chunks)))
    return list(chain.from_iterable(shares[share][turn] for turn, share in turns))


class Aside:
    """Something worked out by another process, where there may be one, until it is asked for."""

    def __init__(self, work: Callable[[], Any], processes: int) -> None:
        self._work = work
        shared = processes > 1 and hasattr(os, "fork")
        self._helper = _Helper.begun(lambda _: [work()], [()]) if shared else None

    def result(self) -> Any:
        """What came of it."""
        if self._helper is None:
            return self._work()
        ((found,),) = self._helper.results()
        return found


@dataclass(frozen=True, slots=True)
class _Helper:
    """Another process at work on its share."""

    process: int
    pipe: int

    @classmethod
    def begun(cls, work: Work[Item, Result], chunks: Sequence[Sequence[Item]]) -> "_Helper":
        reading, writing = os.pipe()
        process = os.fork()
        if not process:
            os.close(reading)
            _help(work, chunks, writing)
        os.close(writing)
        return cls(process, reading)

    def results(self) -> list[list[Any]]:
        """Its results, when it is done."""
        with open(self.pipe, "rb") as stream:  # noqa: PTH123 - a descriptor
            found = stream.read()
        _, status = os.waitpid(self.process, 0)
        if status:
            raise LostWork(status)
        shares: list[list[Any]] = pickle.loads(found)
        return shares


def _help(work: Work[Item, Result], chunks: Sequence[Sequence[Item]], pipe: int) -> NoReturn:
    """Do a share and end at once: nothing of what the process was forked from is ours to close."""
    status = 1
    try:
        found = pickle.dumps(list(map(work, chunks)), pickle.HIGHEST_PROTOCOL)
        with open(pipe, "wb") as stream:
            stream.write(found)
        status = 0
    finally:
        os._exit(status)
