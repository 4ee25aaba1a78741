"""Counts what many records say of one thing with flat memory: runs on disk, merged at the end."""

import heapq
import itertools
import pickle
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

Form = TypeVar("Form", bound=Hashable)

HELD = 300_000  # forms in memory at once, about 150 MB
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Count:
    """How often a form was met, on how many papers, and the span of their years (0: unknown)."""

    times: int
    papers: int = 0
    first: int = 0
    last: int = 0

    def __add__(self, other: "Count") -> "Count":
        first = min(self.first, other.first) or self.first or other.first
        times, papers = self.times + other.times, self.papers + other.papers
        return Count(times, papers, first, max(self.last, other.last))


class Tally(Generic[Form]):
    """Forms by the IRI of what they are forms of."""

    def __init__(self, scratch: Path, name: str, held: int = HELD) -> None:
        self._path = scratch / name
        self._limit = held
        self._size = 0
        self._held: dict[str, dict[Form, Count]] = {}
        self._runs: list[Path] = []

    def add(self, iri: str, form: Form, count: Count) -> None:
        """Count a form of this thing."""
        forms = self._held.get(iri)
        if forms is None:
            forms = self._held[iri] = {}
        known = forms.get(form)
        if known is None:
            self._size += 1
            if self._size > self._limit:
                self._spill()
                forms = self._held[iri] = {}
                known = None
                self._size = 1
        forms[form] = count if known is None else known + count

    def _spill(self) -> None:
        path = self._path.with_name(f"{self._path.name}-{len(self._runs)}")
        entries = iter(sorted((iri, forms) for iri, forms in self._held.items() if forms))
        with path.open("wb") as stream:
            while batch := list(itertools.islice(entries, BATCH)):
                pickle.dump(batch, stream, pickle.HIGHEST_PROTOCOL)
        self._runs.append(path)
        self._held = {}

    def grouped(self) -> Iterator[tuple[str, list[tuple[Form, Count]]]]:
        """Each thing with its forms and their counts, by IRI; the runs are removed at the end."""
        if not self._runs:
            for iri in sorted(self._held):
                yield iri, list(self._held[iri].items())
            return
        held = [(iri, self._held[iri]) for iri in sorted(self._held)]
        merged = heapq.merge(*map(_read, self._runs), held, key=_iri)
        for iri, same in itertools.groupby(merged, key=_iri):
            total: dict[Form, Count] = {}
            for _, forms in same:
                for form, count in forms.items():
                    total[form] = total[form] + count if form in total else count
            yield iri, list(total.items())
        for path in self._runs:
            path.unlink()


_iri: Callable[[tuple[str, object]], str] = lambda entry: entry[0]  # noqa: E731


def _read(path: Path) -> Iterator[tuple[str, dict[Form, Count]]]:
    with path.open("rb") as stream:
        while True:
            try:
                yield from pickle.load(stream)
            except EOFError:
                return
